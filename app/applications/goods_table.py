"""Goods lines out of people's own tables: cells pasted into the sheet, and a file that is looked at before it is taken over."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app.applications.checks import RULES, Facts, told
from app.applications.filing import ItemSchema, faults
from app.applications.goods_cells import guarded, read_cell
from app.applications.goods_columns import AS_TABLE, BLANK, BY_NAME, HEADINGS, MOST, NAMES
from app.applications.goods_field import as_sheet
from app.core import clock
from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra.sheets import MAX_BYTES, MAX_ROWS, Row, heading_key, read_table

MAX_PASTED_COLUMNS = 60
TOO_MUCH = "This is too much to paste. Send it as a file, or paste it in parts; nothing was changed."
NO_TEXT = "What was pasted is no text. Copy the cells in the spreadsheet program and paste them again; nothing was changed."
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TOTAL = re.compile(r"(?:grand |sub ?)?total\b.*", re.IGNORECASE | re.DOTALL)

Line = dict[str, str]


@dataclass(slots=True)
class Taken:
    """What was pasted: lines with the columns it fills, what was not understood, and what found no place."""

    lines: list[Line] = field(default_factory=list)
    faults: list[tuple[int, str, str]] = field(default_factory=list)  # line, column, sentence
    left: list[list[str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    by_heading: bool = False
    over: int = 0  # lines for which there was no room
    dropped: set[str] = field(default_factory=set)  # currencies that stood with values


# --- pasted ---------------------------------------------------------------------------------------------------------------


def pasted(text: str, first: str, room: int) -> Taken:
    """Cells copied in a spreadsheet, put in from the column `first`, or by their headings when they have a heading row."""
    if len(text) > MAX_BYTES:
        raise BusinessError(TOO_MUCH)
    if _CONTROLS.search(text):
        raise BusinessError(NO_TEXT)
    rows = [row for row in islice(_rows(text), MAX_ROWS + 1) if any(cell.strip() for cell in row)]
    if len(rows) > MAX_ROWS:
        raise BusinessError(TOO_MUCH)
    if not rows:
        raise BusinessError("There is nothing in what was pasted.")
    if max(map(len, rows)) > MAX_PASTED_COLUMNS:
        raise BusinessError(TOO_MUCH)
    places = _by_heading(rows[0], first)
    taken = Taken(by_heading=bool(places))
    head = rows.pop(0) if places else []
    places = places or _in_order(rows, first)
    taken.columns = [name for name in places.values() if name != "line"]
    for row in rows:
        _take(taken, row, places, room)
    strangers = [place for place in range(max(map(len, [head, *rows]))) if place not in places]
    _keep_strangers(taken, head, rows, strangers)
    return taken


def _take(taken: Taken, row: list[str], places: dict[int, str], room: int) -> None:
    """One row becomes a line; a row of totals and one without room are put aside."""
    first = next(cell.strip() for cell in row if cell.strip())
    if _TOTAL.fullmatch(first):
        taken.left.append(row)
    elif len(taken.lines) >= room:
        taken.over += 1
        taken.left.append(row)
    else:
        cells = {name: row[place] if place < len(row) else "" for place, name in places.items() if name != "line"}
        line, wrong, dropped = _line(cells)
        taken.faults += [(len(taken.lines), name, sentence) for name, sentence in wrong.items()]
        taken.dropped |= dropped
        taken.lines.append(line)


def _keep_strangers(taken: Taken, head: list[str], rows: list[list[str]], strangers: list[int]) -> None:
    """Columns that are not known are not thrown away either: they are shown to be copied from."""
    if any(_at(row, place).strip() for row in rows for place in strangers):
        taken.left = [[_at(row, place) for place in strangers] for row in ([head] if head else []) + rows] + taken.left


def _at(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _line(cells: Line) -> tuple[Line, dict[str, str], set[str]]:
    """The line, what is wrong in it by column, and the currencies that stood with values."""
    read = {name: read_cell(name, text) for name, text in cells.items()}
    line = {name: cell.value for name, cell in read.items()}
    wrong = {name: cell.fault for name, cell in read.items() if cell.fault}
    for name, cell in read.items():
        other, value = cell.beside
        if other and line.get(other) and line[other] != value:
            wrong[name] = (
                f"The cell says {value}, but the column «{BY_NAME[other].head}» says {line[other]}. Correct one of them."
            )
            line[name] = cells[name].strip()
        elif other:
            line[other] = value
    return line, wrong, {cell.dropped for cell in read.values() if cell.dropped}


def _by_heading(row: list[str], first: str) -> dict[int, str]:
    """Which place holds which column, when this row is a heading; empty when it is not."""
    places: dict[int, str] = {}
    for place, text in enumerate(row):
        name = HEADINGS.get(heading_key(text)) if len(text) < 60 else None
        if name and name not in places.values():
            places[place] = name
    filled = sum(bool(cell.strip()) for cell in row)
    several = len(places) > 1 and len(places) * 2 >= filled
    alone = filled == 1 and list(places.values()) == [first] and not BY_NAME[first].codes
    return places if several or alone else {}


def _in_order(rows: list[list[str]], first: str) -> dict[int, str]:
    """Column by column from the first; numbers 1, 2, 3 in front of the lines are not taken for a description."""
    numbers = [_at(row, 0).strip() for row in rows]
    numbered = first == NAMES[0] and len(rows) > 1 and numbers == [str(n) for n in range(1, len(rows) + 1)]
    names = [*(["line"] if numbered else []), *NAMES[NAMES.index(first) :]]
    return dict(enumerate(names[: max(map(len, rows))]))


def _rows(text: str) -> Iterator[list[str]]:
    """Cells as spreadsheet programs copy them: tabs between, quotes only around what holds a tab, a line break or a quote."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    row: list[str] = []
    here = 0
    while here <= len(text):
        quoted = re.compile(r'"((?:[^"]|"")*)"(?=[\t\n]|\Z)').match(text, here)
        if quoted and re.search('[\t\n]|""', quoted[1]):
            cell, here = quoted[1].replace('""', '"'), quoted.end()
        else:
            end = re.compile(r"[^\t\n]*").match(text, here)
            cell, here = (end[0], end.end()) if end else ("", here)
        row.append(cell)
        if text[here : here + 1] != "\t":
            yield row
            row = []
        here += 1


# --- a file ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file would do: its lines when all of them are right, else every fault by row and column; never some of both."""

    lines: tuple[Line, ...] = ()
    faults: tuple[Fault, ...] = ()

    def as_sheet(self) -> str:
        """The lines for the sheet."""
        return as_sheet(self.lines)


def looked_at(content: bytes, invoices: Sequence[str]) -> Looked:
    """The file read as it would be taken over; where it leaves out the invoice, the page's only one is meant."""
    try:
        rows = read_table(content, AS_TABLE)
    except InvalidInput as refusal:
        return Looked(faults=refusal.faults)
    if len(rows) > MOST:
        raise BusinessError(f"The file has {len(rows)} goods lines; at most {MOST} fit on one certificate. Nothing was taken.")
    given = {"invoice": invoices[0]} if len(invoices) == 1 else {}
    lines, wrong, clean = [], [], []
    for row in rows:
        line, said = _filed(row, given)
        wrong += [row.fault(str(BY_NAME[name].head), sentence) for name, sentence in said.items()]
        lines.append(line)
        clean.append({} if said else ItemSchema().load(_typed(line)))
    wrong += _together(rows, clean)
    return Looked(faults=tuple(sorted(wrong, key=_row_of))) if wrong else Looked(tuple(lines))


def _filed(row: Row, given: Line) -> tuple[Line, dict[str, str]]:
    """The line of a row, and what is wrong with it by column, what is missing too."""
    cells = {name: text for name, text in row.cells.items() if name in BY_NAME}
    line, wrong, _dropped = _line(cells)
    line = BLANK | given | {name: value for name, value in line.items() if value}
    for fault in faults(ItemSchema().validate(_typed(line))):
        wrong.setdefault(fault.field, fault.message)
    return line, wrong


def _typed(line: Line) -> dict[str, Any]:
    """As the API takes it: empty cells left out, packages a whole number."""
    typed: dict[str, Any] = {name: value for name, value in line.items() if value}
    packages = line.get("package_count", "")
    if packages.isascii() and packages.isdecimal() and len(packages) < 20:
        typed["package_count"] = int(packages)
    return typed


def _together(rows: Sequence[Row], clean: list[dict[str, Any]]) -> Iterator[Fault]:
    """What the filing rules say of lines that are right by themselves, such as gross less than net."""
    whole = [(row, line) for row, line in zip(rows, clean, strict=True) if line]
    for row, line in whole:
        for fault in told(RULES, {"items": [line]}, Facts(clock.india_today())):
            name = fault.field.rpartition(".")[2]
            yield row.fault(str(BY_NAME[name].head) if name in BY_NAME else "", fault.message.removeprefix("Goods line 1: "))


def _row_of(fault: Fault) -> int:
    found = re.match(r"row (\d+)", fault.field)
    return int(found[1]) if found else 0


def as_csv(lines: Sequence[Line]) -> str:
    """The lines as a table for a spreadsheet, which can be sent back; no cell of it is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.name for column in AS_TABLE])
    for number, line in enumerate(lines, 1):
        writer.writerow([number, *(guarded(line[name]) for name in NAMES)])
    return "\ufeff" + out.getvalue()
