"""Writes a certificate's values over the fixed page, box by box and sheet by sheet."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from app.certificates import boxes, layout, ornaments, sheets, typeset
from app.certificates.layout import MM, Box
from app.certificates.sheets import Row, Sheet
from app.certificates.text import CertificateText
from app.certificates.typeset import Line, Paragraph, plain
from app.core.errors import BusinessError
from app.infra import fonts

# Boxes whose text may run on under the list of goods; everything else must fit where it stands.
RUNNING = {
    "exporter": ("Box 1, exporter", boxes.exporter),
    "consignee": ("Box 2, consignee", boxes.consignee),
    "transport": ("Box 3, transport", boxes.transport),
    "official": ("Box 4, official use", boxes.official),
    "declared": ("Box 12, declaration", boxes.declared),
}
# Name of the place, its words, alignment, and what a person calls it when it does not fit.
FIXED: dict[str, tuple[Callable[[CertificateText], list[Paragraph]], str, str]] = {
    "agency": (boxes.agency, "centre", "the agency's name and address"),
    "officer": (boxes.officer, "left", "the officer's name, designation and office"),
}
FIXED_NEXT: dict[str, tuple[Callable[[CertificateText], list[Paragraph]], str, str]] = {
    "next-agency": (boxes.next_agency, "left", "the agency's name"),
    "next-officer": (boxes.next_officer, "left", "the officer's name and designation"),
}


@dataclass(frozen=True, slots=True)
class Composed:
    """A certificate whose every line has its place: what goes into each box, and the rows of each sheet."""

    text: CertificateText
    boxes: dict[str, list[Line]]
    running_on: frozenset[str]
    sheets: list[Sheet]


def compose(text: CertificateText) -> Composed:
    """Give every line its place."""
    placed: dict[str, list[Line]] = {}
    rows = [sheets.goods_row(line) for line in text.goods]
    running_on = set()
    for name, (title, words) in RUNNING.items():
        inside = _inside(name)
        placed[name], left_over = typeset.fit(words(text), inside.width, inside.height)
        if left_over:
            running_on.add(name)
            rows.append(sheets.note_row(f"{title} (continued)", left_over))
    return Composed(text, placed, frozenset(running_on), sheets.distribute(rows))


def misfits(text: CertificateText) -> list[str]:
    """A sentence for each value that does not fit its box at the smallest legible size."""
    found = []
    for name, (words, _, called) in {**FIXED, **FIXED_NEXT}.items():
        inside = _inside(name)
        if typeset.fit(words(text), inside.width, inside.height)[1]:
            found.append(f"Shorten {called}: it does not fit the certificate at the smallest legible size.")
    others = sheets.rooms()[1]
    for line in text.goods:
        if sheets.goods_row(line).height > others:
            found.append(f"Shorten item {line.line_no}: its text is taller than a whole sheet of the certificate.")
    return found


def draw(composed: Composed, missing: Iterable[str] = ()) -> bytes:
    """The values as a PDF of their own, to be laid over the fixed pages; a specimen says which pictures are `missing`."""
    out = io.BytesIO()
    base = fonts.drawable(fonts.faces(False)[0])
    options: dict[str, Any] = {"pageCompression": 0, "invariant": 1, "initialFontName": base.fontName}
    canvas = Canvas(out, pagesize=(layout.PAGE_WIDTH, layout.PAGE_HEIGHT), **options)
    for number in range(1, len(composed.sheets) + 1):
        _first(canvas, composed) if number == 1 else _next(canvas, composed, number)
        _foot(canvas, composed, number)
        for name in missing:
            ornaments.missing(canvas, name if number == 1 else f"next-{name}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _first(canvas: Canvas, composed: Composed) -> None:
    """The values of the first sheet."""
    text = composed.text
    if text.specimen:
        ornaments.specimen(canvas, text.trial)
        ornaments.not_a_certificate(canvas, text.trial, "title", "subtitle")
    ornaments.leaf(canvas, text)
    ornaments.qr(canvas, text)
    _fixed(canvas, text, FIXED, {"agency": ornaments.GREEN})
    _number(canvas, text)
    for name in RUNNING:
        inside = _inside(name)
        ornaments.colour(canvas, ornaments.INK)
        typeset.draw(canvas, composed.boxes[name], inside.left, inside.top)
        if name in composed.running_on:
            last = len(composed.sheets)
            where = f"continued under the list of goods, sheet {last}" if last > 1 else "continued under the goods"
            ornaments.small(canvas, f"({where})", inside.left, inside.bottom + 1.5)
    certified = layout.box("certified").inside(0)
    typeset.draw(canvas, typeset.lay([plain(boxes.CERTIFIED, 8.2)], certified.width), certified.left, certified.top)
    if text.leaf != "ELECTRONIC":
        ornaments.blanks(canvas, "stamp", "signature")
    _goods(canvas, composed, 1, layout.box("goods"))


def _next(canvas: Canvas, composed: Composed, number: int) -> None:
    """The values of a continuation sheet."""
    text = composed.text
    if text.specimen:
        ornaments.specimen(canvas, text.trial)
        ornaments.not_a_certificate(canvas, text.trial, "next-title")
    ornaments.qr(canvas, text)
    _fixed(canvas, text, FIXED_NEXT, {"next-agency": ornaments.GREEN})
    place = layout.box("next-number")
    ornaments.colour(canvas, ornaments.RED)
    line = typeset.lay([plain(text.number, 11.0, bold=True)], place.width)
    typeset.draw(canvas, line, place.left, place.top)
    ornaments.colour(canvas, ornaments.INK)
    room = place.height - typeset.height(line)
    below, left_over = typeset.fit(boxes.next_number(text), place.width, room)
    if left_over:
        below, _ = typeset.fit(boxes.next_number(text, named=False), place.width, room)
    typeset.draw(canvas, below, place.left, place.top - typeset.height(line))
    if text.leaf != "ELECTRONIC":
        ornaments.blanks(canvas, "next-stamp", "next-signature")
    _goods(canvas, composed, number, layout.box("next-goods"))


def _goods(canvas: Canvas, composed: Composed, number: int, area: Box) -> None:
    """The rows of one sheet, each cell written whole before the next."""
    top = area.top
    for row in composed.sheets[number - 1].rows:
        _row(canvas, row, area, top)
        top -= row.height
        ornaments.rule(canvas, area.left, area.right, top)
    if number == len(composed.sheets):
        _close(canvas, composed.text, area, top)
    else:
        if top - area.bottom > 12 * MM:
            ornaments.strike(canvas, area, top, area.bottom + sheets.CLOSING)
        words = f"continued on sheet {number + 1}"
        ornaments.small(canvas, words, area.right - sheets.SIDE, area.bottom + 4.0, "right")


def _row(canvas: Canvas, row: Row, area: Box, top: float) -> None:
    """One row; numbers and weights stand to the right."""
    ornaments.colour(canvas, ornaments.INK)
    if row.wide:
        canvas.setFillColorRGB(0.97, 0.98, 0.97)
        canvas.rect(area.left + 0.5, top - row.height, area.width - 0.8, row.height, stroke=0, fill=1)
        ornaments.colour(canvas, ornaments.INK)
        typeset.draw(canvas, row.wide, area.left + layout.PADDING, top - sheets.ABOVE)
        return
    for name, (left, width), lines in zip(layout.COLUMNS, layout.columns(), row.cells, strict=True):
        align = "right" if name in ("item", "weight") else "left"
        typeset.draw(canvas, lines, left + sheets.SIDE, top - sheets.ABOVE, width - 2 * sheets.SIDE, align)


def _close(canvas: Canvas, text: CertificateText, area: Box, top: float) -> None:
    """The closing line, and a stroke through the space that stays empty."""
    lines, _ = typeset.fit([plain(sheets.closing(text), 7.4, bold=True)], area.width - 2 * sheets.SIDE, sheets.CLOSING)
    canvas.setFillColorRGB(0.894, 0.937, 0.914)
    canvas.rect(area.left + 0.5, top - sheets.CLOSING, area.width - 0.8, sheets.CLOSING, stroke=0, fill=1)
    ornaments.rule(canvas, area.left, area.right, top - sheets.CLOSING)
    ornaments.colour(canvas, ornaments.INK)
    inset = (sheets.CLOSING - typeset.height(lines)) / 2
    typeset.draw(canvas, lines, area.left + sheets.SIDE, top - inset, area.width - 2 * sheets.SIDE, "centre")
    if top - sheets.CLOSING - area.bottom > 4 * MM:
        ornaments.strike(canvas, area, top - sheets.CLOSING, area.bottom)


def _number(canvas: Canvas, text: CertificateText) -> None:
    """The certificate number in dark red, and what belongs to it."""
    inside = layout.box("number").inside()
    lines, left_over = typeset.fit([plain(text.number, 15.5, bold=True)], inside.width, 9 * MM)
    ornaments.colour(canvas, ornaments.RED)
    typeset.draw(canvas, lines, inside.left, inside.top)
    ornaments.colour(canvas, ornaments.INK)
    below, more = typeset.fit(boxes.number(text), inside.width, inside.height - typeset.height(lines))
    if left_over or more:
        raise BusinessError("The certificate number does not fit its box.")
    typeset.draw(canvas, below, inside.left, inside.top - typeset.height(lines))


def _fixed(canvas: Canvas, text: CertificateText, places: dict[str, Any], colours: dict[str, Any]) -> None:
    """The boxes whose text must fit where it stands."""
    for name, (words, align, called) in places.items():
        inside = _inside(name)
        lines, left_over = typeset.fit(words(text), inside.width, inside.height)
        if left_over:
            raise BusinessError(f"Shorten {called}: it does not fit the certificate at the smallest legible size.")
        ornaments.colour(canvas, colours.get(name, ornaments.INK))
        typeset.draw(canvas, lines, inside.left, inside.top, inside.width, align)


def _foot(canvas: Canvas, composed: Composed, number: int) -> None:
    """Number and page count of every sheet."""
    place = layout.box("page")
    lines = typeset.lay(
        [plain(f"Page {number} of {len(composed.sheets)}", 7.4, bold=True), plain(composed.text.number, 6.8)],
        place.width,
    )
    typeset.draw(canvas, lines, place.left, place.top, place.width, "right")


def _inside(name: str) -> Box:
    """Where a place's text is written: under its label, or the whole place when it has none."""
    if name in ("declared", "exporter", "consignee", "transport", "official"):
        return layout.box(name).inside(0 if name == "declared" else layout.LABEL)
    return layout.box(name)
