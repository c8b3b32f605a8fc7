"""Goods lines out of people's own tables: what a cell means, where it belongs, and that nothing is guessed or lost."""

import io
import time
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.applications.goods_cells import guarded, read_cell
from app.applications.goods_columns import COLUMNS, HEADINGS, NAMES
from app.applications.goods_table import Taken, as_csv, looked_at, pasted
from app.core.errors import BusinessError
from app.infra.sheets import heading_key
from tests import factories

READ = {
    ("package_count", "12 CTN"): "12", ("package_count", "1,200"): "1200", ("package_count", "12.0"): "12",
    ("package_count", "7 Wooden Cases."): "7", ("quantity", "4000 PCS"): "4000", ("quantity", "१२"): "12",
    ("fob_value", "$ 1,23,456.50"): "123456.50", ("fob_value", "USD 210.50"): "210.50", ("fob_value", "₹1,200/-"): "1200",
    ("fob_value", "1.234,50"): "1234.50", ("fob_value", "1\u00a0234.50"): "1234.50", ("fob_value", "10 EUR"): "10",
    ("net_weight_kg", "38.4 Kgs."): "38.4", ("itc_hs", "8481.80.30"): "84818030", ("itc_hs", "8481 8030"): "84818030",
    ("origin_country", "India"): "IN", ("origin_country", "u.a.e."): "AE", ("origin_criterion", "M – made here"): "M",
    ("package_kind", "cartons"): "CT", ("package_kind", "bx"): "BX", ("uqc", "Pieces"): "PCS", ("uqc", "Kg"): "KGS",
    ("description", "'=SUM(A1)"): "=SUM(A1)", ("description", "<script>alert(1)</script>"): "<script>alert(1)</script>",
    ("description", "सूती तौलिये"): "सूती तौलिये", ("description", '12" pipe'): '12" pipe',
}  # fmt: skip
NOT_READ = {
    ("package_count", "1-12"): "not read as a number", ("package_count", "5 widgets"): "«widgets» is no kind of package",
    ("package_count", "12.5"): "whole number", ("fob_value", "-5"): "not read", ("fob_value", "(1,200.00)"): "not read",
    ("fob_value", "1.2E+05"): "not read", ("fob_value", "12,50"): "not read", ("fob_value", "=1+1"): "not read",
    ("fob_value", "USD 5 net"): "not understood", ("net_weight_kg", "1.5 MT"): "kilograms", ("quantity", "0"): "more than zero",
    ("itc_hs", "9022010"): "write 09022010", ("itc_hs", "8.48E+07"): "shortened", ("itc_hs", "77000000"): "eight digits",
    ("origin_country", "Atlantis"): "Atlantis is not a country code", ("uqc", "heaps"): "heaps is not a unit code",
    ("description", "x" * 1001): "1001 characters", ("net_weight_kg", "1 " * 5000 + "x5"): "another column",
    ("gross_weight_kg", "1.123456"): "more than 3 decimals", ("itc_hs", "a\u202eb"): "eight digits",
}  # fmt: skip
HEADED = (
    "Sr No\tGross Wt. (Kgs)\tHS Code\tDescription of Goods\tPkgs\tQty\tRate\tNett Weight kg\tAmount (USD)\r\n"
    '1\t1,744\t6302.60.90\t"Towels\n""soft"", 5 m²"\t80 CTN\t4000 PCS\t3\t1600\t$12,500.00\r\n'
    '2\t12\t8481\t"Special" valve\t3 heaps\t1\t4\t10\t5\r\n'
    "TOTAL\t1,756\t\t\t\t\t\t\t\r\n"
)


@pytest.mark.parametrize(("name", "text"), READ)
def test_a_cell_is_read_as_people_write_it(name: str, text: str) -> None:
    """Separators, units, currencies and names instead of codes."""
    cell = read_cell(name, text)
    assert (cell.value, cell.fault) == (READ[name, text], "")


@pytest.mark.parametrize(("name", "text"), NOT_READ)
def test_what_is_not_clear_is_kept_as_written_and_told(name: str, text: str) -> None:
    """A guess in a weight or a value would be printed on a certificate."""
    cell = read_cell(name, text)
    assert cell.value == text.strip()
    assert NOT_READ[name, text] in cell.fault


def test_columns_are_found_by_their_headings_in_any_order() -> None:
    """Kinds and units that stand with the numbers go to their own columns; what is not known is put aside, not dropped."""
    taken = pasted(HEADED, "marks", 500)
    assert taken.by_heading
    assert taken.lines[0] == {
        "gross_weight_kg": "1744", "itc_hs": "63026090", "description": 'Towels\n"soft", 5 m²', "package_count": "80",
        "package_kind": "CT", "quantity": "4000", "uqc": "PCS", "net_weight_kg": "1600", "fob_value": "12500.00",
    }  # fmt: skip
    assert taken.lines[1]["description"] == '"Special" valve'
    assert [(line, name) for line, name, _sentence in taken.faults] == [(1, "itc_hs"), (1, "package_count")]
    assert (taken.lines[1]["package_count"], taken.dropped) == ("3 heaps", {"$"})
    assert taken.left[:3] == [["Rate"], ["3"], ["4"]]
    assert taken.left[-1][:2] == ["TOTAL", "1,756"]


def test_every_column_is_known_by_what_the_page_calls_it() -> None:
    """And by what people write: what it is counted in behind it, dots and signs between."""
    for column in COLUMNS:
        assert {HEADINGS.get(heading_key(str(word))) for word in (column.name, column.label, column.head)} == {column.name}
    for heading, name in {
        "Gross Wt. (Kgs)": "gross_weight_kg", "FOB Value (US$)": "fob_value", "Amount in USD": "fob_value", "Sl. No.": "line",
        "No. & Kind of Pkgs.": "package_count", "ITC (HS) Code": "itc_hs", "Country of Origin": "origin_country",
        "Total Net Weight (kg)": "net_weight_kg", "Rate": None, "Unit price": None,
    }.items():  # fmt: skip
        assert HEADINGS.get(heading_key(heading)) == name, heading


def test_without_headings_cells_go_in_from_the_chosen_column() -> None:
    """As in a spreadsheet; what is wider than the sheet is put aside, and numbers in front are no descriptions."""
    assert pasted("80\tCT\n3\tBX", "package_count", 9).lines == [
        {"package_count": "80", "package_kind": "CT"}, {"package_count": "3", "package_kind": "BX"},
    ]  # fmt: skip
    assert pasted("IN\tM\tmore", "origin_country", 9).left == [["more"]]
    assert pasted("1\tTowels\n2\tValves", "description", 9).lines == [{"description": "Towels"}, {"description": "Valves"}]
    assert pasted("PCS\nNOS", "uqc", 9).lines == [{"uqc": "PCS"}, {"uqc": "NOS"}], "these are no headings"
    assert pasted("Gross Wt\n5", "gross_weight_kg", 9).lines == [{"gross_weight_kg": "5"}]


def test_lines_for_which_there_is_no_room_are_put_aside() -> None:
    """501 lines: 500 are taken, and the last is not lost."""
    taken = pasted("\n".join(f"Valve {number}" for number in range(501)), "description", 500)
    assert (len(taken.lines), taken.over, taken.left) == (500, 1, [["Valve 500"]])


@pytest.mark.parametrize("text", ["", " \n\t\n", "a\0b", "\x01\x02", "%PDF\x00", "x\t" * 3_000_000, "x\n" * 100_000, "x\t" * 61])
def test_what_is_no_paste_is_refused_in_a_sentence(text: str) -> None:
    """Empty, binary, or far too much; and it is known soon."""
    began = time.monotonic()
    with pytest.raises(BusinessError):
        pasted(text, "description", 500)
    assert time.monotonic() - began < 60  # a second; what grows with the square takes an hour


@given(some.text(max_size=200), some.sampled_from(NAMES))
def test_no_paste_breaks_the_reader(text: str, first: str) -> None:
    """Whatever it is: it is taken, or refused in a sentence, and no filled cell is lost."""
    try:
        taken: Taken = pasted(text, first, 500)
    except BusinessError:
        return
    assert all({*line} <= {*NAMES} for line in taken.lines)
    assert taken.lines or taken.left or taken.by_heading


@given(some.text(max_size=30))
def test_a_table_that_is_sent_holds_no_formula_and_reads_back(text: str) -> None:
    """Also when a text begins with an apostrophe already."""
    safe = guarded(text)
    assert safe[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert read_cell("description", safe).value == text.strip() or read_cell("description", safe).value == safe.strip()


def table(*lines: dict[str, Any], also: str = "") -> bytes:
    """A file with these lines, each the usual one with changes."""
    usual = {name: str(factories.FILING["items"][0][name]) for name in NAMES}
    return (as_csv([usual | line for line in lines]) + also).encode()


def test_a_file_that_is_right_gives_the_lines_it_was_made_from() -> None:
    """What was saved as a table comes back equal; so does a workbook."""
    tricky = {"description": '=cmd|"calc"\nसूती, 12" x', "marks": "-5\n@home"}
    looked = looked_at(table(tricky, {"quantity": "1,200.500"}), [])
    assert looked.faults == ()
    assert [looked.lines[0][name] for name in tricky] == [*tricky.values()]
    assert looked.lines[1]["quantity"] == "1200.500"
    made = openpyxl.Workbook()
    made.active.append(["HS Code", "Description", "Packages", "Qty", "Net Wt", "Gross Wt", "FOB", "Criterion"])
    made.active.append([63026090, "Towels", "80 cartons", "4000 PCS", 1600, 1744.5, 12500, "M"])
    out = io.BytesIO()
    made.save(out)
    looked = looked_at(out.getvalue(), ["INV-1"])
    assert looked.faults == ()
    assert (looked.lines[0]["invoice"], looked.lines[0]["origin_country"], looked.lines[0]["itc_hs"]) == (
        "INV-1",
        "IN",
        "63026090",
    )


def test_a_file_with_faults_gives_no_line_and_tells_each_by_row_and_column() -> None:
    """All of them at once, those of two columns together too."""
    bad = [{}, {"itc_hs": "12"}, {"quantity": "-1", "package_count": "many"}, {"gross_weight_kg": "1"}, {"origin_criterion": ""}]
    looked = looked_at(table(*bad), [])
    assert looked.lines == ()
    assert [fault.field for fault in looked.faults] == [
        "row 3, ITC(HS)", "row 4, Packages", "row 4, Quantity", "row 5, Gross kg", "row 6, Criterion",
    ]  # fmt: skip
    assert "less than the net weight" in looked.faults[3].message
    assert looked_at(b"description,colour\nTowels,red\n", []).faults[0].field == "row 1, colour"


def test_a_file_of_501_lines_is_refused_whole() -> None:
    """Nothing is cut off silently."""
    with pytest.raises(BusinessError, match="501 goods lines"):
        looked_at(table(*[{}] * 501), [])
