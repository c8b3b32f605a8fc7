"""A small table that people send, CSV or XLSX, read into rows with named columns; every fault is told by row and column.

The file is judged by its bytes, not by its name. Nothing in it is ever worked out, opened or fetched: a workbook with
formulas in the table, macros, links to other workbooks, or more in it than its size lets one expect is refused in a sentence.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.core.canonical import canonical_json, sha256_hex
from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra import workbook
from app.infra.workbook import MAX_LINES, Line

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 60
MAX_CELL = 5_000  # characters; the longest text of a filing has 1,000
MAX_FAULTS = 100  # so many are told at once; whoever has more has sent the wrong file

NOT_A_TABLE = "The file is neither CSV nor XLSX. Save the table as one of these in the spreadsheet program and send it again."
OLD_WORKBOOK = (
    "The file is a workbook of the old kind (.xls), or one with a password. Save it as XLSX without a password and send it again."
)
NOT_UTF8 = (
    "The file is not in UTF-8, so letters would be read wrongly. Save it as «CSV UTF-8» or as XLSX in the spreadsheet program."
)
_DELIMITERS = (",", ";", "\t")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column one may send: its name, what else its heading may say, and whether it must be there.

    `never` is for a column that people know but must not send: the sentence that says why.
    """

    name: str
    also: tuple[str, ...] = ()
    required: bool = False
    never: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line as the spreadsheet program shows it, and the trimmed text under each column that was sent."""

    line: int
    cells: Mapping[str, str]

    def fault(self, column: str, sentence: str) -> Fault:
        """A fault of this row, by its place: «row 7, official_email»."""
        return Fault(f"row {self.line}, {column}", sentence)


@dataclass(frozen=True, slots=True)
class Change:
    """What a row would change in one column, as people read it."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What would become of one row: added as `shown`, changed by `changes`, or, without either, nothing."""

    line: int
    title: str
    new: bool
    shown: Mapping[str, str]
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking over a table would do; a table with a single fault does nothing."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]

    @property
    def added(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.new]

    @property
    def changed(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.changes and not entry.new]

    @property
    def unchanged(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.new and not entry.changes]

    @property
    def fingerprint(self) -> str:
        """A hash of all that it would do: what is taken over is what was shown."""
        said = [[entry.line, entry.title, entry.new, dict(entry.shown), _as_lists(entry.changes)] for entry in self.entries]
        return sha256_hex(canonical_json(said))


def _as_lists(changes: Sequence[Change]) -> list[list[str]]:
    return [[change.column, change.before, change.after] for change in changes]


def read_table(content: bytes, columns: Sequence[Column]) -> list[Row]:
    """The rows under the headings that are known; BusinessError for a file that is none, InvalidInput with every fault."""
    lines = _filled(_lines(content, columns))
    head = next(lines, None)
    if head is None:
        raise BusinessError("The file is empty. The first row names the columns, each row below is an entry.")
    places = _headings(head, columns)
    rows, faults = [], []
    for line in lines:
        faults += _faults(line, places)
        if len(faults) >= MAX_FAULTS:
            break
        rows.append(Row(line.number, {name: _cell(line, place) for place, name in places.items()}))
        if len(rows) > MAX_ROWS:
            raise BusinessError(f"The file has more than {MAX_ROWS:,} rows. Send it in several parts.")
    if faults:
        raise InvalidInput(faults)
    if not rows:
        raise BusinessError("The file has headings and no rows below them.")
    return rows


def template(columns: Sequence[Column]) -> str:
    """An empty table to fill in, as CSV: the headings alone, since an example would be taken for an entry."""
    text = io.StringIO()
    csv.writer(text).writerow([column.name for column in columns if not column.never])
    return "\ufeff" + text.getvalue()  # with the mark, spreadsheet programs read and save it as UTF-8


def parse_date(text: str) -> date:
    """A day as 2026-03-27, or with the day first as India writes it (27-03-2026, 27/03/2026, 27.03.2026)."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T00:00)?", text, re.ASCII)
    parts = found.groups() if found else ()
    if not parts and (turned := re.fullmatch(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})", text, re.ASCII)):
        parts = (turned[4], turned[3], turned[1])
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError as error:
        raise BusinessError("The date is written 2026-03-27, or with the day first: 27-03-2026.") from error


# --- headings and cells -------------------------------------------------------------------------------------------------


def heading_key(heading: str) -> str:
    """What counts in a heading: its letters and digits, whatever their case."""
    return re.sub(r"[\W_]+", "", heading.casefold())


def _headings(head: Line, columns: Sequence[Column]) -> dict[int, str]:
    """Which place holds which column; InvalidInput for headings that are unknown, twice or missing."""
    known = {heading_key(word): column for column in columns for word in (column.name, *column.also)}
    places: dict[int, str] = {}
    faults = _faults(head, {})
    for place, heading in enumerate(head.cells):
        if not heading or place in head.refused:
            continue
        column, at = known.get(heading_key(heading)), f"row {head.number}, {heading[:40]}"
        if column is None:
            names = ", ".join(each.name for each in columns if not each.never)
            faults.append(Fault(at, f"This column is not known. Leave it out, or name it as one of: {names}."))
        elif column.never:
            faults.append(Fault(at, column.never))
        elif column.name in places.values():
            faults.append(Fault(at, f"The column {column.name} is there twice. Leave one out."))
        else:
            places[place] = column.name
    missing = [each.name for each in columns if each.required and each.name not in places.values()]
    faults += [Fault(f"row {head.number}", f"The column {name} is missing. Add it.") for name in missing]
    if faults:
        raise InvalidInput(faults[:MAX_FAULTS])
    return places


def _faults(line: Line, places: Mapping[int, str]) -> list[Fault]:
    """What cannot be read in this line: a formula, an error, too long a text, or a cell under no heading."""
    faults = [
        Fault(f"row {line.number}, {places.get(place, _letter(place))}", sentence) for place, sentence in line.refused.items()
    ]
    for place, text in enumerate(line.cells):
        at = f"row {line.number}, {places.get(place, _letter(place))}"
        if len(text) > MAX_CELL:
            faults.append(Fault(at, f"The cell has {len(text):,} characters; at most {MAX_CELL:,} are read."))
        elif text and places and place not in places:
            faults.append(Fault(at, "The cell stands under no heading. Name its column in the first row, or empty the cell."))
    return faults


def _letter(place: int) -> str:
    """How the spreadsheet program names a column without a heading: 0 → column A."""
    name, rest = "", place + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(65 + digit) + name
    return f"column {name}"


def _cell(line: Line, place: int) -> str:
    return line.cells[place] if place < len(line.cells) else ""


def _filled(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines with something in them, their texts trimmed; a sentence when they are too wide or go on for too long."""
    for line in lines:
        if line.number > MAX_LINES:
            raise BusinessError(f"The table goes on below row {MAX_LINES:,}. Delete empty rows below it, or send it in parts.")
        # What is too long is left as it is: a workbook can name one huge text in many cells, and trimming copies it.
        cells = [text.strip() if len(text) <= MAX_CELL else text for text in line.cells]
        if any(cells[MAX_COLUMNS:]):
            raise BusinessError(f"The table has more than {MAX_COLUMNS} columns. Leave out those that are not asked for.")
        if any(cells) or line.refused:
            yield Line(line.number, cells, line.refused)


# --- the two kinds of file ----------------------------------------------------------------------------------------------


def _lines(content: bytes, columns: Sequence[Column]) -> Iterator[Line]:
    """The lines of the file, whichever of the two it is."""
    if not content:
        raise BusinessError("The file is empty. Choose the file again.")
    if len(content) > MAX_BYTES:
        raise BusinessError("The file is larger than 2 MiB. Send only the table, in several parts if need be.")
    if content.startswith(workbook.ZIP):
        return workbook.lines(content)
    if content.startswith(workbook.OLD):
        raise BusinessError(OLD_WORKBOOK)
    return _csv_lines(_decoded(content), {heading_key(word) for column in columns for word in (column.name, *column.also)})


def _decoded(content: bytes) -> str:
    """CSV as text: UTF-8 with or without a mark, or UTF-16 as spreadsheet programs save it."""
    encoding = "utf-8-sig"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in content[:200]:  # the headings are ASCII, so every other byte is zero: the second one, or the first
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    elif content.lstrip()[:1] == b"<" or content.startswith((b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"MZ", b"\x7fELF")):
        raise BusinessError(NOT_A_TABLE)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BusinessError(NOT_UTF8 if encoding == "utf-8-sig" else NOT_A_TABLE) from error
    if _CONTROLS.search(text):
        raise BusinessError(NOT_A_TABLE)
    return text


def _csv_lines(text: str, known: set[str]) -> Iterator[Line]:
    """The records of CSV text; a spreadsheet program counts these, not the line ends inside quotes."""
    said = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)  # a hint for spreadsheet programs, which do not show it
    if said:
        text = text[said.end() :]
    delimiter = said[1] if said else max(_DELIMITERS, key=lambda each: _recognised(text, each, known))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield Line(number, cells, {})
    except csv.Error as error:
        raise BusinessError(
            f"Row {number + 1} of the file cannot be read: a quotation mark is not closed, or stands in the middle of a cell."
        ) from error


def _recognised(text: str, delimiter: str, known: set[str]) -> tuple[int, int]:
    """How many known headings, then how many cells at all, the first filled line has when it is divided like this."""
    try:
        for cells in csv.reader(io.StringIO(text[:20_000], newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in cells):
                return len({heading_key(cell) for cell in cells} & known), len(cells)
    except csv.Error:
        pass
    return 0, 0
