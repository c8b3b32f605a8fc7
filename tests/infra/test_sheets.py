"""Tables as people send them: CSV in every common dress and XLSX, told row by row what is wrong, and attacks refused."""

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BusinessError, InvalidInput
from app.infra import workbook
from app.infra.sheets import MAX_BYTES, MAX_CELL, MAX_ROWS, Column, Entry, Plan, parse_date, read_table, template

COLUMNS = (
    Column("code", ("short name",), required=True),
    Column("full_name", ("name",)),
    Column("notified_on"),
    Column("status", never="The status is not set here."),
)


def book(*rows: list[Any], spoil: Callable[[Any], Any] | None = None) -> bytes:
    """A real workbook with these rows in its first sheet."""
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    if spoil:
        spoil(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def rebuilt(content: bytes, change: Mapping[str, bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """The package with parts replaced, added or (None) taken out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in dict.fromkeys([*old.namelist(), *change]):
            given = change.get(name, lambda same: same)
            if given is not None:
                new.writestr(name, given(old.read(name)) if callable(given) else given)
    return out.getvalue()


def cells(content: bytes) -> list[tuple[int, dict[str, str]]]:
    return [(row.line, dict(row.cells)) for row in read_table(content, COLUMNS)]


def told(content: bytes) -> dict[str, str]:
    """The faults of a table, by their place."""
    with pytest.raises(InvalidInput) as refusal:
        read_table(content, COLUMNS)
    return {fault.field: fault.message for fault in refusal.value.faults}


def refused(content: bytes, words: str) -> None:
    """The whole file, in a sentence, and before anybody gets impatient: by the work it takes, whatever else the machine does."""
    begun = time.process_time()
    with pytest.raises(BusinessError, match=words):
        read_table(content, COLUMNS)
    assert time.process_time() - begun < 10


# --- CSV -------------------------------------------------------------------------------------------------------------

TABLE = "code,full_name\r\nFIEC,Fédération उद्गम\r\n"
DRESSES: dict[str, bytes] = {
    "UTF-8": TABLE.encode(),
    "UTF-8 with a mark": TABLE.encode("utf-8-sig"),
    "UTF-16 with a mark": TABLE.encode("utf-16"),
    "UTF-16, big end first, with a mark": b"\xfe\xff" + TABLE.encode("utf-16-be"),
    "UTF-16, little end first": TABLE.encode("utf-16-le"),
    "UTF-16, big end first": TABLE.encode("utf-16-be"),
    "semicolons": TABLE.replace(",", ";").encode(),
    "tabs": TABLE.replace(",", "\t").encode(),
    "line feeds": TABLE.replace("\r\n", "\n").encode(),
    "returns": TABLE.replace("\r\n", "\r").encode(),
    "no last line end": TABLE.rstrip().encode(),
    "quotes": b'"code","full_name"\n"FIEC","F\xc3\xa9d\xc3\xa9ration \xe0\xa4\x89\xe0\xa4\xa6\xe0\xa5\x8d\xe0\xa4\x97\xe0\xa4\xae"\n',
    "a hint for the spreadsheet program": b"sep=;\r\n" + TABLE.replace(",", ";").encode(),
    "headings in other letters": TABLE.replace("code,full_name", " Short  NAME , Full Name*").encode(),
    "spaces around the cells": TABLE.replace("FIEC,", "  FIEC , ").encode(),
    "empty columns to the right": "code,full_name,,\nFIEC,Fédération उद्गम,,\n".encode(),
    "empty rows below": (TABLE + "\r\n,,\r\n\r\n").encode(),
    "a workbook": book(["code", "full_name"], ["FIEC", "Fédération उद्गम"]),
}


@pytest.mark.parametrize("name", DRESSES)
def test_the_same_table_in_every_dress(name: str) -> None:
    """However it was saved, the same row comes out."""
    assert cells(DRESSES[name]) == [(2, {"code": "FIEC", "full_name": "Fédération उद्गम"})]


def test_lines_are_counted_as_the_spreadsheet_program_shows_them() -> None:
    """Empty rows count, line ends inside quotes do not."""
    content = b'\n\ncode,name\nA,"one\ntwo"\n\nB,x\n'
    assert [(line, row["full_name"]) for line, row in cells(content)] == [(4, "one\ntwo"), (6, "x")]


def test_a_semicolon_in_a_cell_does_not_turn_commas_into_text() -> None:
    """The delimiter is the one under which most headings are known."""
    assert cells(b"code,full_name\nA,x; y; z; w\n") == [(2, {"code": "A", "full_name": "x; y; z; w"})]


def test_formula_text_in_csv_is_text() -> None:
    """It is kept as it stands; what we export carries an apostrophe before it."""
    assert cells(b"code,full_name\nA,=1+1\n") == [(2, {"code": "A", "full_name": "=1+1"})]


def test_a_short_row_ends_in_empty_cells() -> None:
    assert cells(b"code,full_name\nA\n") == [(2, {"code": "A", "full_name": ""})]


def test_an_empty_table_to_fill_in_can_be_read_back() -> None:
    """It has every heading one may send, marked as UTF-8, and no entry that would be taken over by mistake."""
    text = template(COLUMNS)
    assert text == "\ufeffcode,full_name,notified_on\r\n"
    assert cells((text + "A,x,\r\n").encode())[0][1] == {"code": "A", "full_name": "x", "notified_on": ""}


NO_TABLE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "only blanks": (b"\n\n  \n", "empty"),
    "only headings": (b"code,name\n", "no rows"),
    "an old workbook": (workbook.OLD + b"\0" * 600, r"\.xls"),
    "a PDF": (b"%PDF-1.7\n1 0 obj", "neither CSV nor XLSX"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "neither CSV nor XLSX"),
    "a page called .xls": (b"<html><table><tr><td>code", "neither CSV nor XLSX"),
    "a program": (b"MZ\x90\0\x03", "neither CSV nor XLSX"),
    "control characters": (b"code\nA\x1b[2J\n", "neither CSV nor XLSX"),
    "a zero within": (b"code" + b" " * 300 + b"\nA\0B\n", "neither CSV nor XLSX"),
    "half a character of UTF-16": (b"\xff\xfec\0o", "missing|neither|not known"),
    "Windows letters": ("code,name\nA,Fédération\n".encode("cp1252"), "not in UTF-8"),
    "an open quotation mark": (b'code,name\nA,"x\nB,y\n', "Row 2 of the file cannot be read"),
    "a mark inside a cell": (b'code,name\nA,"x"y\n', "Row 2 of the file cannot be read"),
    "too large": (b"code\n" + b"A" * MAX_BYTES, "larger than 2 MiB"),
    "too many rows": (b"code\n" + b"A\n" * (MAX_ROWS + 1), "more than 5,000 rows"),
    "too many columns": (b"code" + b"," * 60 + b"x\n", "more than 60 columns"),
    "a package of another kind": (rebuilt(book(["code"]), {"[Content_Types].xml": None}), "neither CSV nor XLSX"),
    "only the beginning of a workbook": (book(["code"], ["A"])[:900], "cannot be read"),
    "a workbook without sheets": (rebuilt(book(["code"]), {"xl/workbook.xml": b"<workbook/>"}), "cannot be read"),
}


@pytest.mark.parametrize("name", NO_TABLE)
def test_what_is_no_table_is_refused_in_a_sentence(name: str) -> None:
    """And the sentence says what to do."""
    refused(*NO_TABLE[name])


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_read_or_refused(content: bytes) -> None:
    """Nothing else ever happens."""
    for head in (b"", b"code,name\n", workbook.ZIP):
        with suppress(BusinessError):
            assert read_table(head + content, COLUMNS)


# --- headings and cells ------------------------------------------------------------------------------------------------


def test_headings_that_are_unknown_twice_forbidden_or_missing_are_told_at_once() -> None:
    """Each by the heading it is about; a column that has no place here says why."""
    faults = told(b"full_name,Name,colour,Status\nx,y,z,w\n")
    assert set(faults) == {"row 1, Name", "row 1, colour", "row 1, Status", "row 1"}
    assert faults["row 1, Name"].startswith("The column full_name is there twice.")
    assert faults["row 1, colour"].endswith("one of: code, full_name, notified_on.")
    assert faults["row 1, Status"] == "The status is not set here."
    assert faults["row 1"] == "The column code is missing. Add it."


def test_a_cell_under_no_heading_is_named_by_its_letter() -> None:
    assert list(told(b"code,,full_name\nA,x,B\n")) == ["row 2, column B"]


def test_a_cell_that_is_far_too_long_is_a_fault_of_its_row() -> None:
    faults = told(b"code,full_name\nA,ok\nB," + b"x" * (MAX_CELL + 1) + b"\n")
    assert faults == {"row 3, full_name": "The cell has 5,001 characters; at most 5,000 are read."}


def test_faults_are_counted_only_so_far() -> None:
    """Whoever sends the wrong file is not shown thousands of lines."""
    with pytest.raises(InvalidInput) as refusal:
        read_table(b"code,\n" + b"A,x\n" * 4_000, COLUMNS)
    assert 100 <= len(refusal.value.faults) <= 160


# --- XLSX --------------------------------------------------------------------------------------------------------------


def test_cells_come_as_one_would_type_them() -> None:
    """27.0 is 27, a text keeps its leading zeros, a day is ISO, and a number shown with zeros has them."""

    def shown(made: Any) -> None:
        made.active["A6"].number_format = "000"

    values = ["00142", 27.0, 9876543210, 1.5, 7, True, datetime(2026, 3, 27), date(2026, 3, 27), datetime(2026, 3, 27, 9, 30)]
    content = book(["code"], *[[value] for value in values], spoil=shown)
    assert [row["code"] for _, row in cells(content)] == [
        "00142", "27", "9876543210", "1.5", "007", "yes", "2026-03-27", "2026-03-27", "2026-03-27T09:30",
    ]  # fmt: skip


def test_formulas_and_errors_are_faults_of_their_cells() -> None:
    """Whatever result was stored with them; text that only looks like a formula is text."""

    def text(made: Any) -> None:
        made.active["B4"].data_type = "s"

    faults = told(book(["code", "name"], ["A", "=1+1"], ["=A2", "#REF!"], ["C", "=x"], spoil=text))
    assert set(faults) == {"row 2, full_name", "row 3, code", "row 3, full_name"}
    assert faults["row 2, full_name"] == workbook.FORMULA
    assert "#REF!" in faults["row 3, full_name"]
    assert told(book(["=1", "code"], ["x", "A"])).keys() >= {"row 1, column A"}


def test_the_first_sheet_one_can_see_is_read() -> None:
    """Others, and hidden ones before it, are not."""

    def hide(made: Any) -> None:
        made.active.sheet_state = "hidden"
        second = made.create_sheet("Seen")
        second.append(["code"])
        second.append(["B"])
        made.active = 1

    assert cells(book(["code"], ["A"], spoil=hide)) == [(2, {"code": "B"})]


def test_links_that_spreadsheet_programs_put_on_addresses_do_no_harm() -> None:
    """A mail address becomes a link while it is typed; that is no reference to another file."""

    def link(made: Any) -> None:
        made.active["B2"].hyperlink = "mailto:office@konkan.example"

    assert cells(book(["code", "name"], ["A", "office@konkan.example"], spoil=link))[0][1]["full_name"] == "office@konkan.example"


def test_texts_are_read_as_excel_keeps_them() -> None:
    """In a part of their own."""
    assert [row["code"] for _, row in cells(with_texts(" Fédération ", 2))] == ["Fédération", "Fédération"]


def test_gaps_count_as_lines() -> None:
    def gap(made: Any) -> None:
        made.active["A9"] = "B"

    assert [line for line, _ in cells(book(["code"], ["A"], spoil=gap))] == [2, 9]


SHEET = "xl/worksheets/sheet1.xml"
PLAIN = book(["code"], ["A"])
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'


def sheet(markup: str) -> bytes:
    """The plain workbook with this inside its sheet."""
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return rebuilt(PLAIN, {SHEET: f"{head}{markup}</sheetData></worksheet>".encode()})


def with_texts(text: str, times: int) -> bytes:
    """A workbook as Excel writes it: the texts in a part of their own, the cells naming them."""
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    declared = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    texts = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>code</t></si><si><t>{text}</t></si></sst>'
    )
    content = sheet('<row><c t="s"><v>0</v></c></row>' + '<row><c t="s"><v>1</v></c></row>' * times)
    types = {"[Content_Types].xml": lambda old: old.replace(b"</Types>", declared)}
    return rebuilt(content, types | {"xl/sharedStrings.xml": texts.encode()})


def lying(content: bytes, name: str, size: int, checksum: int | None = None) -> bytes:
    """The package with another size (and checksum) claimed for a part, in both of its tables."""
    out = bytearray(content)
    for mark, at, named in ((b"PK\x03\x04", 14, 30), (b"PK\x01\x02", 16, 46)):
        place = out.find(mark)
        while place >= 0:
            if out[place + named : place + named + len(name)] == name.encode():
                struct.pack_into("<I", out, place + at + 8, size)
                if checksum is not None:
                    struct.pack_into("<I", out, place + at, checksum)
            place = out.find(mark, place + 4)
    return bytes(out)


@cache
def hidden_bomb() -> bytes:
    """A part that unpacks to 256 MiB and claims to hold only its first 1,000 bytes, checksum and all."""
    begin = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(begin.compress(b" " * 2**20) for _ in range(256)) + begin.flush()
    content = rebuilt(PLAIN, {"xl/styles.xml": packed})
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        info = {part.filename: part for part in parts.infolist()}["xl/styles.xml"]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
    made = bytearray(out.getvalue())  # all parts stored as they are; now this one is called deflated
    for mark, at, named in ((b"PK\x03\x04", 8, 30), (b"PK\x01\x02", 10, 46)):
        place = made.find(mark)
        while made[place + named : place + named + len(info.filename)] != info.filename.encode():
            place = made.find(mark, place + 4)
        struct.pack_into("<H", made, place + at, zipfile.ZIP_DEFLATED)
    return lying(bytes(made), info.filename, 1_000, zlib.crc32(b" " * 1_000))


def lzma() -> bytes:
    """A part packed in a way that cannot be unpacked bit by bit."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as new:
        for part in old.namelist():
            new.writestr(part, old.read(part))
    return out.getvalue()


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a sheet of 60 MiB in 60 KiB": (lambda: rebuilt(PLAIN, {SHEET: b" " * 60 * 2**20}), "far more in it"),
    "many parts of 2 MiB": (lambda: rebuilt(PLAIN, {f"xl/theme/{n}.xml": b" " * 2**21 for n in range(12)}), "far more in it"),
    "styles of 3 MiB": (lambda: rebuilt(PLAIN, {"xl/styles.xml": b" " * 3 * 2**20}), "far more in it"),
    "a thousand parts": (lambda: rebuilt(PLAIN, {f"xl/{n}.bin": b"" for n in range(1_000)}), "far more in it"),
    "1 GiB claimed": (lambda: lying(PLAIN, SHEET, 2**30), "far more in it"),
    "less claimed than there is": (lambda: lying(PLAIN, SHEET, 100), "cannot be read"),
    "256 MiB hidden behind a right checksum": (hidden_bomb, "cannot be read"),
    "another way of packing": (lzma, "cannot be read"),
    "an entity bomb in the sheet": (lambda: rebuilt(PLAIN, {SHEET: BOMB}), "cannot be read"),
    "an entity bomb in the styles": (lambda: rebuilt(PLAIN, {"xl/styles.xml": BOMB}), "cannot be read"),
    "an entity bomb in UTF-16": (lambda: rebuilt(PLAIN, {SHEET: BOMB.decode().encode("utf-16")}), "cannot be read"),
    "an entity bomb in UTF-7": (
        lambda: rebuilt(PLAIN, {SHEET: b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x'}), "cannot be read"),
    "a file of the server asked for": (
        lambda: rebuilt(PLAIN, {SHEET: b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet/>'}), "cannot be read"),
    "macros under another name": (lambda: rebuilt(PLAIN, {"xl/vbaProject.bin": b"x"}), "macros"),
    "macros by their type": (
        lambda: rebuilt(PLAIN, {"[Content_Types].xml": lambda old: old.replace(b".sheet.main", b".sheet.macroEnabled.main")}),
        "macros"),
    "another workbook": (lambda: rebuilt(PLAIN, {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}), "refers to other"),
    "a question to a database": (lambda: rebuilt(PLAIN, {"xl/connections.xml": b"<connections/>"}), "refers to other"),
    "something embedded": (lambda: rebuilt(PLAIN, {"xl/embeddings/evil.exe": b"MZ"}), "refers to other"),
    "a row at the end of the world": (lambda: sheet('<row r="999999999999"><c r="A1"><v>1</v></c></row>'), "below row 20,000"),
    "many wide rows": (lambda: sheet('<row><c r="XFD1"><v>1</v></c></row>' * 60_000), "empty|below row 20,000"),
    "many rows": (lambda: sheet('<row><c t="inlineStr"><is><t>code</t></is></c></row>' * 9_000), "more than 5,000 rows"),
    "one huge text in many cells": (lambda: with_texts(" " + "x" * 8 * 2**20 + " ", 4_000), "8,388,6"),
    "deeply nested markup": (lambda: rebuilt(PLAIN, {SHEET: b"<a>" * 100_000}), "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_a_workbook_made_to_do_harm_is_refused_at_once(name: str) -> None:
    """In a sentence, within seconds, and whatever the file is called."""
    make, words = ATTACKS[name]
    refused(make(), words)


def test_a_hidden_bomb_is_never_unpacked() -> None:
    """Memory grows by little while such a file is looked at."""
    import tracemalloc

    content = hidden_bomb()
    assert len(content) < MAX_BYTES
    tracemalloc.start()
    try:
        refused(content, "cannot be read")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 * 2**20


# --- days and plans ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["2026-03-27", "27-03-2026", "27/03/2026", "27.3.2026", "2026-03-27T00:00"])
def test_days_are_read_as_india_writes_them(text: str) -> None:
    """The day first, or ISO."""
    assert parse_date(text) == date(2026, 3, 27)


@pytest.mark.parametrize(
    "text", ["", "03/27/2026", "27-03/2026", "27-03-26", "2026-02-30", "45012", "27 March 2026", "२७-०३-२०२६"]
)
def test_other_days_are_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(BusinessError, match="day first"):
        parse_date(text)


def test_two_plans_that_do_the_same_have_the_same_fingerprint() -> None:
    """And any difference shows."""
    entry = Entry(2, "A", True, {"name": "x"})
    assert Plan((entry,), ()).fingerprint == Plan((Entry(2, "A", True, {"name": "x"}),), ()).fingerprint
    assert Plan((entry,), ()).fingerprint != Plan((Entry(2, "A", True, {"name": "y"}),), ()).fingerprint
    assert Plan((entry,), ()).fingerprint != Plan((Entry(2, "A", False, {"name": "x"}),), ()).fingerprint
