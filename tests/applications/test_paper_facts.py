"""What the invoice's words bear out and what they do not; real PDFs, real child processes, and papers that say nothing."""

import datetime
import io
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from reportlab.pdfgen.canvas import Canvas

from app.applications import paper_facts
from app.applications.filing import read
from app.applications.paper_dates import days
from app.applications.paper_facts import LEAST, compare, read_text, says_enough
from tests import factories

WORDS = """COMMERCIAL INVOICE
Bharat Textiles Exports Private Limited, Pune
Invoice No. BTX/26/0042 dated 3rd August 2026
Consignee: Nordlicht Handel GmbH & Co. KG, Hamburg
80 cartons, cotton terry towels, piece-dyed, HSN 6302.60.90, 4,000 pcs
Total FOB EUR 12,500.00
"""


def told(words: str = WORDS, **changes: Any) -> dict[str, str]:
    """What is told of the sample filing, changed, beside these words."""
    return {fault.field: fault.message for fault in compare(words, read(factories.filing(**changes)), "Bharat Textiles Exports")}


def invoice(**changes: Any) -> dict[str, Any]:
    """The sample's invoice, changed, with its line on it."""
    return {"invoices": [factories.FILING["invoices"][0] | changes], "item": {"invoice": changes.get("no", "BTX/26/0042")}}


def drawn(*pages: str) -> bytes:
    """A PDF with these words on its pages."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in pages:
        for number, line in enumerate(page.splitlines()):
            canvas.drawString(50, 780 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_an_invoice_that_says_the_same_is_no_news() -> None:
    """Number, date, total, currency, consignee, code: all there."""
    assert told() == {}


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "number": (invoice(no="BTX/26/0043"), "invoices[0].no", "does not mention BTX/26/0043"),
    "a part of the number": (invoice(no="BTX/26/004"), "invoices[0].no", "right paper"),
    "the end of the number": (invoice(no="26/0042"), "invoices[0].no", "right number"),
    "date": (invoice(date="2026-08-04"), "invoices[0].date", "does not bear the date 4 Aug 2026"),
    "total": (invoice(value="12520.00"), "invoices[0].value", "12,520.00 does not stand"),
    "currency": (invoice(currency="GBP"), "invoices[0].currency", "speaks of EUR"),
    "consignee": (
        {"consignee": factories.FILING["consignee"] | {"name": "Zenith DMCC"}},
        "consignee.name",
        "give that firm as buyer",
    ),
    "spelling": ({"consignee": factories.FILING["consignee"] | {"name": "Nordlich Handel GmbH"}}, "consignee.name", "Nordlich"),
    "code": ({"item": {"itc_hs": "63026010"}}, "items[0].itc_hs", "63026090"),
    "goods": ({"item": {"description": "Woollen shawls", "itc_hs": "62142090"}}, "items[0].description", "woollen"),
}


@pytest.mark.parametrize(("changes", "field", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_differs_is_told_by_its_field(changes: dict[str, Any], field: str, words: str) -> None:
    """Each in a sentence with what to do."""
    assert words in told(**changes)[field]


@pytest.mark.parametrize(
    "way", ["12,500.00", "12.500,00", "12 500.00", "12'500.00", "12500", "12500.00", "12,500/-", "12,500.-", "12500,0"]
)
def test_a_total_is_found_in_every_usual_notation(way: str) -> None:
    """English, continental, Swiss, bare, and the shopkeeper's."""
    assert told(WORDS.replace("12,500.00", way)) == {}


@pytest.mark.parametrize("way", ["112,500.00", "12,500.01", "12,500,000", "1 12500", "12,5000"])
def test_a_total_that_is_another_number_is_not_found(way: str) -> None:
    """More digits before, after or within."""
    found = told(WORDS.replace("12,500.00", way))
    assert ("invoices[0].value" in found) is (way != "1 12500")  # two numbers beside each other are two numbers


def test_lakhs_are_read() -> None:
    """12,34,567.50 is how India groups."""
    assert told(WORDS.replace("12,500.00", "12,34,567.50"), **invoice(value="1234567.50")) == {}


@pytest.mark.parametrize(
    "way",
    ["03.08.2026", "3/8/26", "2026-08-03", "03-Aug-26", "3 August 2026", "August 3, 2026", "3rd of Aug., 2026", "08/03/2026", "03AUG2026",
     "Sept 1, 2026 and 03 08 2026 03/08/2026"],
)  # fmt: skip
def test_a_date_is_found_in_every_usual_notation(way: str) -> None:
    """Day first, month first, year first, in figures and words."""
    assert "invoices[0].date" not in told(WORDS.replace("3rd August 2026", way))


@given(some.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)))
def test_every_day_of_the_century_is_read(day: datetime.date) -> None:
    """Written in the house's own way, and as India writes it."""
    assert day in days(f"DATED {day:%d.%m.%Y}")
    assert day in days(f"{day:%d %B %Y}".upper())


def test_there_is_no_thirtieth_of_february() -> None:
    """What is no day is none; a telephone number is none either."""
    assert days("30.02.2026 AND 040-2345-6789") == frozenset()


@given(some.text(max_size=400))
def test_whatever_the_words_nothing_breaks(words: str) -> None:
    """Any text at all gives faults of known fields or none."""
    found = compare(words, read(factories.filing()))
    assert all(fault.field and fault.message for fault in found)


@pytest.mark.parametrize("words", ["", "   \n", "Page 1 of 1", "x" * (LEAST - 1)])
def test_a_scan_says_nothing(words: str) -> None:
    """Without words there is nothing to compare."""
    assert told(words) == {}
    assert not says_enough(words), "and nobody is told that it says the same"
    assert says_enough(WORDS)


def test_a_pro_forma_invoice_is_known_by_its_heading() -> None:
    """Only when it is what the paper is, not when the paper mentions one."""
    heading = WORDS.replace("COMMERCIAL INVOICE", "PRO-FORMA INVOICE").replace("Invoice No.", "No.")
    assert "pro-forma" in told(heading)["attachments"]
    assert told(WORDS + "\nRef: your proforma invoice PI/12") == {}


def test_an_invoice_signed_for_another_firm_is_noticed() -> None:
    """The wrong signatory is one of the nine reasons."""
    assert "signed for Malwa Agro" in told(WORDS + "\nFor Malwa Agro LLP\n\nAuthorised Signatory")["attachments"]
    assert told(WORDS + "\nFor Bharat Textiles\n\nAuthorised Signatory") == {}


def test_boxes_of_the_invoice_are_read_where_it_has_them() -> None:
    """Origin, destination, gross weight, packages."""
    assert "China" in told(WORDS + "\nCountry of origin of goods: CHINA")["items[0].origin_country"]
    assert "Austria" in told(WORDS + "\nCountry of final destination: AUSTRIA")["destination_country"]
    assert "1,800" in told(WORDS + "\nGross weight: 1,800.00 kgs")["items[0].gross_weight_kg"]
    assert "90 packages" in told(WORDS + "\nTotal cartons: 90")["items[0].package_count"]
    right = "\nCountry of origin: INDIA\nCountry of destination: GERMANY\nGross weight 1744 kgs\nTotal packages: 80"
    assert told(WORDS + right) == {}


def test_umlauts_are_written_in_two_ways() -> None:
    """Müller, Muller and Mueller are one name."""
    for written in ("Müller Söhne AG", "Mueller Soehne AG", "Muller Sohne AG"):
        text = WORDS.replace("Nordlicht Handel GmbH & Co. KG", written)
        assert told(text, consignee={"name": "Müller Söhne AG", "address": "Basel", "country": "DE"}) == {}


@pytest.mark.parametrize("amount", ["1.00", "999.99", "1000.00", "12345678.90", "0.50", "100000.05"])
def test_amounts_of_every_size_are_found_as_they_are_printed(amount: str) -> None:
    """As Python groups them, and as nobody does."""
    assert paper_facts._bears(f"TOTAL {Decimal(amount):,.2f}", Decimal(amount))
    assert not paper_facts._bears(f"TOTAL 7{Decimal(amount):,.2f}", Decimal(amount))


def test_the_words_of_a_real_pdf_are_read_by_the_child() -> None:
    """A page drawn with words is compared; words on the sixth page are not looked for."""
    assert "BTX/26/0042" in read_text(drawn(WORDS))
    assert told(read_text(drawn(WORDS))) == {}
    assert "SIXTH" not in read_text(drawn(*["page"] * 5, "SIXTH"))


def test_what_has_no_words_or_is_no_pdf_gives_none() -> None:
    """An empty page, a picture, something damaged."""
    assert read_text(factories.pdf()).strip() == ""
    assert read_text(b"\xff\xd8\xff not a PDF") == ""
    assert read_text(b"%PDF-1.7 and then nonsense") == ""


def test_a_paper_that_takes_too_long_is_given_up() -> None:
    """A stream that unfolds to gigabytes costs the child its life and nobody else anything."""
    import pikepdf

    document = pikepdf.new()
    page = document.add_blank_page()
    page.Contents = pikepdf.Stream(document, b"BT (x) Tj ET " * 4_000_000)
    out = io.BytesIO()
    document.save(out, compress_streams=True)
    began = time.monotonic()
    assert len(read_text(out.getvalue())) <= 50_000
    assert time.monotonic() - began < paper_facts.SECONDS + 30  # a busy machine is slow to unpack the rest


def test_the_child_knows_no_secret() -> None:
    """Its environment is empty, its limits are those of examine.py, and it prints what it read."""
    import inspect

    source = inspect.getsource(paper_facts.read_text)
    assert "env={}" in source
    assert "timeout=SECONDS" in source
