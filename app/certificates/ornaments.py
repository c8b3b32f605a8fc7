"""Draws what is no text box: the QR code, the leaf's name, the stroke through empty space, the word SPECIMEN."""

from functools import lru_cache
from itertools import groupby

import segno
from reportlab.pdfgen.canvas import Canvas

from app.certificates import layout, typeset
from app.certificates.layout import MM, Box
from app.certificates.text import CertificateText
from app.certificates.typeset import Line, plain
from app.core.errors import BusinessError

INK = (0.07, 0.10, 0.09)
GREEN = (0.06, 0.29, 0.20)
RED = (0.58, 0.07, 0.09)
GREY = (0.36, 0.42, 0.39)
RULE = (0.55, 0.68, 0.61)
# White modules around a QR code, as its standard asks.
QUIET = 4
MASK = 3


def leaf(canvas: Canvas, text: CertificateText) -> None:
    """Which leaf this is, in a frame of its own; under it the code of a paper leaf and which print of it this is."""
    place = layout.box("leaf")
    canvas.setStrokeColorRGB(*GREEN)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.setLineWidth(0.8)
    canvas.roundRect(place.left, place.bottom, place.width, place.height, 2.5, stroke=1, fill=1)
    colour(canvas, GREEN)
    lines = typeset.lay([plain(text.leaf, 9.0, bold=True)], place.width)
    typeset.draw(canvas, lines, place.left, place.top - (place.height - lines[0].height) / 2, place.width, "centre")
    if text.leaf_code:
        below = typeset.lay([plain(f"{text.leaf_code} \u00b7 print {text.leaf_print}", 7.0)], place.width)
        typeset.draw(canvas, below, place.left, place.bottom - 1.2 * MM, place.width, "centre")


def qr(canvas: Canvas, text: CertificateText) -> None:
    """The QR code as squares on white, with the words that say what it is for."""
    if not text.verify_url:  # a preview: there is nothing that could be verified
        return
    place = layout.box("qr")
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(place.left, place.bottom, place.width, place.height, stroke=0, fill=1)
    stretches, modules = _dark(text.verify_url)
    unit = place.width / (modules + 2 * QUIET)
    path = canvas.beginPath()
    for down, start, length in stretches:
        path.rect(place.left + (start + QUIET) * unit, place.top - (down + 1 + QUIET) * unit, length * unit, unit)
    canvas.setFillColorRGB(0.03, 0.10, 0.07)
    canvas.drawPath(path, stroke=0, fill=1)
    colour(canvas, GREEN)
    below = layout.box("scan")
    words = [plain("Scan to verify", 7.0, bold=True), plain(text.verify_host, typeset.SMALLEST)]
    lines, left_over = typeset.fit(words, below.width, below.height)
    if left_over:
        raise BusinessError("The address for verifying does not fit under the QR code; set a shorter one.")
    typeset.draw(canvas, lines, below.left, below.top, below.width, "right")
    colour(canvas, INK)


@lru_cache(maxsize=8)
def _dark(url: str) -> tuple[tuple[tuple[int, int, int], ...], int]:
    """Row, start and length of the dark stretches of a QR code, and its side; every sheet carries the same one."""
    # Trying all eight masks would cost a third of a certificate's time; readers undo any, and our links are random.
    matrix = segno.make_qr(url, error="m", mask=MASK).matrix
    stretches = []
    for down, modules in enumerate(matrix):
        at = 0
        for dark, group in groupby(modules):
            length = len(list(group))
            if dark:
                stretches.append((down, at, length))
            at += length
    return tuple(stretches), len(matrix)


def strike(canvas: Canvas, area: Box, top: float, bottom: float) -> None:
    """A stroke through empty space, in the shape of a Z where there is room, so that nothing can be added."""
    canvas.setStrokeColorRGB(*GREY)
    canvas.setLineWidth(0.7)
    left, right = area.left + 3 * MM, area.right - 3 * MM
    path = canvas.beginPath()
    if top - bottom < 12 * MM:
        path.moveTo(right, top - MM)
        path.lineTo(left, bottom + MM)
    else:
        path.moveTo(left, top - 2 * MM)
        path.lineTo(right, top - 2 * MM)
        path.lineTo(left, bottom + 2 * MM)
        path.lineTo(right, bottom + 2 * MM)
    canvas.drawPath(path)


def blanks(canvas: Canvas, stamp: str, signature: str) -> None:
    """Where a paper leaf is stamped and signed by hand."""
    for name, words in ((stamp, "Stamp of the agency"), (signature, "Signature of the officer")):
        place = layout.box(name)
        canvas.setStrokeColorRGB(*RULE)
        canvas.setDash(1, 2)
        canvas.rect(place.left, place.bottom, place.width, place.height)
        canvas.setDash()
        small(canvas, words, place.left + place.width / 2, place.bottom + 2.5, "centre")


def specimen(canvas: Canvas, word: str) -> None:
    """The word SPECIMEN or PREVIEW across the sheet."""
    canvas.saveState()
    canvas.setFillColorRGB(0.8, 0.1, 0.1)
    canvas.setFillAlpha(0.12)
    canvas.translate(layout.PAGE_WIDTH / 2, layout.PAGE_HEIGHT / 2)
    canvas.rotate(52)
    typeset.draw(canvas, [Line(((word, True),), 92.0)], -300, 40, 600, "centre")
    canvas.restoreState()


def not_a_certificate(canvas: Canvas, word: str, *places: str) -> None:
    """A red band over the printed title, so that nobody takes a specimen or a preview for a certificate."""
    first, last = layout.box(places[0]), layout.box(places[-1])
    band = Box(first.left, first.top, first.width, first.top - last.bottom)
    colour(canvas, RED)
    canvas.rect(band.left, band.bottom, band.width, band.height, stroke=0, fill=1)
    lines, _ = typeset.fit([plain(f"{word} \u2013 NOT A CERTIFICATE", 17.0, bold=True)], band.width - 4 * MM, band.height)
    canvas.setFillColorRGB(1, 1, 1)
    typeset.draw(canvas, lines, band.left, band.top - (band.height - typeset.height(lines)) / 2, band.width, "centre")
    colour(canvas, INK)


def missing(canvas: Canvas, name: str) -> None:
    """A grey box where a specimen has no stamp or signature image yet."""
    place = layout.box(name)
    canvas.setFillColorRGB(0.87, 0.87, 0.87)
    canvas.rect(place.left, place.bottom, place.width, place.height, stroke=0, fill=1)
    words = f"{name.removeprefix('next-').capitalize()} missing"
    lines, _ = typeset.fit([plain(words, 9.0, bold=True)], place.width, place.height)
    colour(canvas, GREY)
    typeset.draw(canvas, lines, place.left, place.top - (place.height - typeset.height(lines)) / 2, place.width, "centre")
    colour(canvas, INK)


def small(canvas: Canvas, words: str, x: float, y: float, align: str = "left") -> None:
    """A small grey remark."""
    colour(canvas, GREY)
    line = Line(((words, False),), 6.6)
    shift = {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * line.width()
    typeset.draw(canvas, [line], x - shift, y + 6.6)
    colour(canvas, INK)


def rule(canvas: Canvas, left: float, right: float, y: float) -> None:
    """A thin line between two rows."""
    canvas.setStrokeColorRGB(*RULE)
    canvas.setLineWidth(0.4)
    canvas.line(left, y, right, y)


def colour(canvas: Canvas, ink: tuple[float, float, float]) -> None:
    """The colour of the text that follows."""
    canvas.setFillColorRGB(*ink)
