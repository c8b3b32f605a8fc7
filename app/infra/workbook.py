"""Reads the cells of an XLSX workbook's first sheet as text, after making sure that nothing in it does harm."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from app.core.errors import BusinessError

ZIP = b"PK\x03\x04"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .xls, and of a workbook with a password
MAX_UNPACKED = 20 * 1024 * 1024
MAX_PART = 2 * 1024 * 1024  # of everything that is neither a sheet nor its texts
MAX_PARTS = 500
MAX_LINES = 20_000  # the last line that is looked at; empty lines count here
MAX_WIDTH = 256  # likewise for columns

NO_WORKBOOK = "The file is neither CSV nor XLSX. Save the table as one of these in the spreadsheet program and send it again."
DAMAGED = "The workbook cannot be read; it may be damaged. Open it in the spreadsheet program, save it anew as XLSX or CSV."
TOO_MUCH = "The workbook has far more in it than a table of this size. Copy the table into a new workbook and send that."
MACROS = "The workbook contains macros. Save it as XLSX (not XLSM), or as CSV, and send that."
LINKS = "The workbook refers to other files. Copy the table, insert it as values into a new workbook, and send that."
FORMULA = "The cell holds a formula. Copy the column and insert it as values."

_BULKY = re.compile(r"xl/(worksheets/[^/]+\.xml|sharedStrings\.xml|media/.*)", re.IGNORECASE)
_MARKUP = (".xml", ".rels", ".vml")
_CROOKED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError)
_FOREIGN = re.compile(rb"""encoding\s*=\s*["'](?!utf-8["']|us-ascii["'])""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: its number as the spreadsheet program shows it, its texts, and the places that are refused."""

    number: int
    cells: list[str]
    refused: dict[int, str]


def lines(content: bytes) -> Iterator[Line]:
    """The lines of the first visible sheet; BusinessError when the workbook is none, is damaged or may do harm."""
    harmless = _harmless(content)
    import openpyxl  # type: ignore[import-untyped]  # it ships no types; loaded here, because few requests need it

    try:
        book = openpyxl.load_workbook(harmless, read_only=True, data_only=False, keep_links=False)
        sheet = next(each for each in book.worksheets if each.sheet_state == "visible")
        sheet.reset_dimensions()  # the workbook may claim any
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_WIDTH), 1):
            yield _line(number, cells)
    except BusinessError:
        raise
    except Exception as error:  # openpyxl breaks on a crooked workbook in many ways, all of them the sender's
        raise BusinessError(DAMAGED) from error


def _line(number: int, cells: Any) -> Line:
    texts = [_text(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    refused = {}
    for place, cell in enumerate(cells):
        if cell.data_type == "f":
            refused[place] = FORMULA
        elif cell.data_type == "e":
            refused[place] = f"The cell holds an error ({cell.value}). Put it right in the spreadsheet program."
    return Line(number, texts, refused)


def _text(cell: Any) -> str:
    """A cell as it would be typed: 27.0 is 27, a day is 2026-03-27, a number shown as 007 is 007."""
    value = cell.value
    if value is None or cell.data_type in {"f", "e"}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _figure(value, str(cell.number_format))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _figure(value: int | float, shown_as: str) -> str:
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < 10**15)
    text = str(int(value)) if whole else repr(value)
    return text.zfill(len(shown_as)) if whole and re.fullmatch("0+", shown_as) else text


# --- harm ----------------------------------------------------------------------------------------------------------------


def _harmless(content: bytes) -> io.BytesIO:
    """The workbook's markup in a package of our own, whose sizes are true, so that reading it again unpacks no more.

    Whatever a part claims, no more than that is unpacked here; what it really holds beyond it is left behind.
    """
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(made, "w") as kept:
            _refuse_parts(parts.infolist())
            for part in parts.infolist():
                if part.filename.lower().endswith(_MARKUP):
                    with parts.open(part) as packed:
                        markup = packed.read(part.file_size)
                    _refuse_markup(part.filename, markup)
                    kept.writestr(part.filename, markup)
    except _CROOKED as error:
        raise BusinessError(DAMAGED) from error
    return made


def _refuse_parts(parts: list[zipfile.ZipInfo]) -> None:
    """By the table of contents, before anything is unpacked."""
    names = [part.filename.lower() for part in parts]
    if "[Content_Types].xml" not in [part.filename for part in parts] or not any(name.startswith("xl/") for name in names):
        raise BusinessError(NO_WORKBOOK)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise BusinessError(TOO_MUCH)
    if any(part.file_size > MAX_PART and not _BULKY.fullmatch(part.filename) for part in parts):
        raise BusinessError(TOO_MUCH)
    if any("vbaproject" in name or name.startswith("xl/macrosheets/") for name in names):
        raise BusinessError(MACROS)
    if any(name.startswith(("xl/externallinks/", "xl/embeddings/", "xl/connections")) for name in names):
        raise BusinessError(LINKS)
    usual = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the others cannot be unpacked within a limit
    if len(set(names)) < len(names) or any(part.compress_type not in usual for part in parts):
        raise BusinessError(DAMAGED)


def _refuse_markup(name: str, content: bytes) -> None:
    """A workbook needs no declarations of its own, which is what entity bombs are made of, and is written in UTF-8."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content or _FOREIGN.search(content[:200]):
        raise BusinessError(DAMAGED)
    if name == "[Content_Types].xml" and b"macroEnabled" in content:
        raise BusinessError(MACROS)
