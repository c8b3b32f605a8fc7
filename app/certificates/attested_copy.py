"""Draws an attested copy: each page of the paper as a picture, and under it the office's stamp, who attests, and for what."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.certificates import typeset
from app.certificates.typeset import Paragraph, plain
from app.infra import fonts

MM = 72 / 25.4
BAND, EDGE, STAMP = 36 * MM, 8 * MM, 30 * MM


@dataclass(frozen=True, slots=True)
class Attestation:
    """What stands under each page."""

    officer: str
    office: str
    day: str
    certificate: str
    filename: str
    sha256: str
    stamp: bytes


def draw(pages: Sequence[bytes], of: Attestation) -> bytes:
    """The copy as a PDF of A4 pages; it holds pictures and our own words, and nothing of the paper's inner life."""
    out = io.BytesIO()
    base = fonts.drawable(fonts.faces(False)[0])
    options: dict[str, Any] = {"pagesize": A4, "invariant": 1, "initialFontName": base.fontName}
    canvas = Canvas(out, **options)
    canvas.setTitle(f"Attested copy, certificate {of.certificate}")
    for number, page in enumerate(pages, 1):
        picture = ImageReader(io.BytesIO(page))
        wide, high = picture.getSize()
        width, height = (A4[1], A4[0]) if wide > high * 1.1 else A4
        canvas.setPageSize((width, height))
        _paper(canvas, picture, width, height)
        _band(canvas, of, width, f"Page {number} of {len(pages)}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _paper(canvas: Any, picture: ImageReader, width: float, height: float) -> None:
    """The page of the paper above the band, as large as there is room."""
    wide, high = picture.getSize()
    scale = min((width - 2 * EDGE) / wide, (height - BAND - 2 * EDGE) / high)
    left, bottom = (width - wide * scale) / 2, BAND + EDGE + (height - BAND - 2 * EDGE - high * scale) / 2
    canvas.drawImage(picture, left, bottom, wide * scale, high * scale)
    canvas.setStrokeGray(0.6)
    canvas.rect(left, bottom, wide * scale, high * scale, stroke=1, fill=0)


def _band(canvas: Any, of: Attestation, width: float, page: str) -> None:
    """The stamp, and beside it the words."""
    canvas.setStrokeColorRGB(0.06, 0.35, 0.26)
    canvas.setLineWidth(1.2)
    canvas.line(EDGE, BAND + 2, width - EDGE, BAND + 2)
    stamp = ImageReader(io.BytesIO(of.stamp))
    wide, high = stamp.getSize()
    scale = min(STAMP / wide, STAMP / high)
    canvas.drawImage(stamp, EDGE + (STAMP - wide * scale) / 2, 3 * MM, wide * scale, high * scale, mask="auto")
    words: list[Paragraph] = [
        plain("ATTESTED COPY", 12.0, bold=True),
        plain(f"{of.officer}, {of.office}", 8.6, bold=True, gap=1.5),
        plain(f"Attested on {of.day} with certificate {of.certificate}", 8.6, gap=1.0),
        plain(f"{page} of «{of.filename}»", 7.4, gap=1.5),
        plain(f"SHA-256 of the paper as it was filed: {of.sha256}", 6.4, gap=1.0),
    ]
    left = EDGE + STAMP + 5 * MM
    room = width - EDGE - left
    lines, _left_over = typeset.fit(words, room, BAND - 4 * MM)
    canvas.setFillGray(0)
    typeset.draw(canvas, lines, left, BAND - 1 * MM, room)
