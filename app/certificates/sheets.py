"""Distributes the lines of goods over as many sheets as they need, so that nothing is cut and nothing overlaps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from app.certificates import layout, typeset
from app.certificates.layout import MM
from app.certificates.text import CertificateText, GoodsText
from app.certificates.typeset import Line, Paragraph, plain

SIZE = 7.8
SIDE = 1.1 * MM
ABOVE = 1.0 * MM
# Every goods box keeps this much free at its foot: for "continued on sheet n" or for the closing line.
CLOSING = 5.0 * MM
_SHRINKS = (1.0, 0.92, 0.84)


@dataclass(frozen=True)
class Row:
    """One row of a goods box: six cells, or one text over the whole width."""

    cells: tuple[tuple[Line, ...], ...] = ()
    wide: tuple[Line, ...] = ()

    @cached_property
    def height(self) -> float:
        """What the row takes, with the space around its text."""
        return 2 * ABOVE + max(typeset.height(cell) for cell in (self.cells or (self.wide,)))

    def split(self, room: float) -> tuple["Row", "Row"]:
        """The part that fits into `room` and the rest, for a row that is taller than a whole sheet."""
        if self.wide:
            here, there = _cut(self.wide, room - 2 * ABOVE)
            return Row(wide=here), Row(wide=there)
        halves = [_cut(cell, room - 2 * ABOVE) for cell in self.cells]
        return Row(tuple(half[0] for half in halves)), Row(tuple(half[1] for half in halves))


@dataclass(slots=True)
class Sheet:
    """The rows of one sheet and the room that is left for more."""

    left: float
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Put a row under the others."""
        self.rows.append(row)
        self.left -= row.height


def rooms() -> tuple[float, float]:
    """The height for goods on the first sheet and on the others."""
    return layout.box("goods").height - CLOSING, layout.box("next-goods").height - CLOSING


def goods_row(line: GoodsText) -> Row:
    """A line of goods in its cells, a little smaller if it would otherwise not fit the first sheet."""
    row = Row()
    for shrink in _SHRINKS:
        row = Row(
            tuple(
                tuple(typeset.lay(paragraphs, width - 2 * SIDE, shrink))
                for paragraphs, (_, width) in zip(_cells(line), layout.columns(), strict=True)
            )
        )
        if row.height <= rooms()[0]:
            break
    return row


def note_row(title: str, lines: Iterable[Line]) -> Row:
    """What was left over of a box, printed over the whole width under its title."""
    return Row(wide=(*typeset.lay([plain(title, 7.0, bold=True)], layout.box("goods").width), *lines))


def distribute(rows: Sequence[Row]) -> list[Sheet]:
    """The sheets with their rows; a row is kept whole unless no sheet could hold it."""
    first, others = rooms()
    sheets = [Sheet(first)]
    for row in rows:
        rest = row
        if rest.height > sheets[-1].left and (rest.height <= others or sheets[-1].left < others / 4):
            sheets.append(Sheet(others))
        while rest.height > sheets[-1].left:
            here, rest = rest.split(sheets[-1].left)
            sheets[-1].add(here)
            sheets.append(Sheet(others))
        sheets[-1].add(rest)
    return sheets


def closing(text: CertificateText) -> str:
    """The line after the last item, which leaves no room for another."""
    items = f"{len(text.goods)} item{'s' if len(text.goods) > 1 else ''}"
    return (
        f"* * * END OF LIST \u2013 {items} \u2013 {text.packages_total} \u2013 gross {text.gross_total} "
        "\u2013 NOTHING FOLLOWS * * *"
    )


def _cells(line: GoodsText) -> tuple[list[Paragraph], ...]:
    """Boxes 5 to 10 of one line."""
    return (
        [plain(str(line.line_no), SIZE)],
        [plain(line.marks, SIZE)],
        [plain(line.packages, SIZE, bold=True), plain(line.description, SIZE), plain(f"HS {line.hs_code}", 7.0)],
        [plain(line.origin, SIZE)],
        [plain(line.gross_weight, SIZE), plain(line.quantity, SIZE)],
        [plain(line.invoice, SIZE)],
    )


def _cut(lines: Sequence[Line], room: float) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """The lines that fit into `room`, at least one, and the others."""
    taken, count = 0.0, 0
    while count < len(lines) and (not count or taken + lines[count].height <= room):
        taken += lines[count].height
        count += 1
    return tuple(lines[:count]), tuple(lines[count:])
