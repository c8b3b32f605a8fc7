"""Draws the record of a certificate as a document to keep: the facts, the fingerprints, who did what, who was told, its use."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app.certificates import typeset
from app.certificates.trail import Trail
from app.certificates.typeset import Line, plain
from app.core import clock
from app.infra import fonts

WIDTH, HEIGHT = A4
EDGE, TOP, FOOT = 48.0, HEIGHT - 52, 58.0
ROOM, LABEL = WIDTH - 2 * EDGE, 138.0
INK, GREEN, GREY = (0.1, 0.12, 0.12), (0.06, 0.35, 0.26), (0.42, 0.45, 0.45)
WHAT_IT_IS = (
    "This document says what happened to a certificate of origin and by which fingerprints that can be proved. It is not the "
    "certificate, and it is as of the moment it was made: whether the certificate still counts is said at the address below."
)
HELD = "Each entry was compared with its hash when this document was made, and all were as they were written."
ALTERED = "{number} of these entries were not as they were written when this document was made. DGFT has to look into it."

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RecordText:
    """Everything the document says, already in words: no row of the database comes this far."""

    number: str
    verify_url: str
    made_at: str
    facts: Sequence[Fact]
    signature: Sequence[Fact]
    prints: Sequence[Fact]
    trail: Trail
    downloads: int
    verifications: int


@dataclass(slots=True)
class _Pen:
    """Where the next line goes, on which page."""

    canvas: Canvas
    number: str
    y: float = TOP
    page: int = 1
    drawn: list[str] = field(default_factory=list)

    def need(self, room: float) -> None:
        """A new page when so much does not fit any more."""
        if self.y - room < FOOT:
            self.turn()

    def turn(self) -> None:
        """Close the page with its foot and begin the next one."""
        self.foot()
        self.canvas.showPage()
        self.page += 1
        self.y = TOP

    def foot(self) -> None:
        """Which record this is and which page."""
        self.line(EDGE, FOOT - 14, WIDTH - EDGE)
        lines = typeset.lay([plain(f"Record of certificate {self.number}", 7.2)], ROOM - 70)
        self.canvas.setFillColorRGB(*GREY)
        typeset.draw(self.canvas, lines, EDGE, FOOT - 18)
        typeset.draw(self.canvas, typeset.lay([plain(f"Page {self.page}", 7.2)], 70), EDGE, FOOT - 18, ROOM, "right")

    def line(self, left: float, y: float, right: float) -> None:
        """A hairline."""
        self.canvas.setStrokeColorRGB(*GREEN)
        self.canvas.setLineWidth(0.5)
        self.canvas.line(left, y, right, y)

    def text(self, text: str, size: float, *, bold: bool = False, colour: tuple[float, float, float] = INK,
             left: float = 0.0, gap: float = 0.0) -> None:  # fmt: skip
        """A paragraph over the whole width, broken over pages line by line."""
        self.y -= gap
        for line in typeset.lay([plain(text, size, bold)], ROOM - left):
            self.need(line.height)
            self._draw([line], EDGE + left, colour)
            self.y -= line.height

    def fact(self, name: str, value: str) -> None:
        """A name and beside it what it is."""
        left, right = typeset.lay([plain(name, 8.4)], LABEL - 8), typeset.lay([plain(value, 8.8)], ROOM - LABEL)
        tall = max(typeset.height(left), typeset.height(right))
        self.need(tall)
        self._draw(left, EDGE, GREY)
        self._draw(right, EDGE + LABEL, INK)
        self.y -= tall + 2.5

    def _draw(self, lines: Iterable[Line], left: float, colour: tuple[float, float, float]) -> None:
        self.canvas.setFillColorRGB(*colour)
        typeset.draw(self.canvas, lines, left, self.y)


def draw(of: RecordText) -> bytes:
    """The document, A4 and over as many pages as it takes; the same text always gives the same bytes."""
    out = io.BytesIO()
    options: dict[str, Any] = {"pagesize": A4, "invariant": 1, "initialFontName": fonts.drawable(fonts.faces(False)[0]).fontName}
    canvas = Canvas(out, **options)
    canvas.setTitle(f"Record of certificate {of.number}")
    canvas.setSubject("What happened to a certificate of origin. Not the certificate.")
    pen = _Pen(canvas, of.number)
    _head(pen, of)
    for heading, facts in (("The certificate", of.facts), ("Its signature", of.signature), ("Fingerprints (SHA-256)", of.prints)):
        _section(pen, heading)
        for name, value in facts:
            pen.fact(name, value)
    _history(pen, of.trail)
    _notices(pen, of.trail)
    _use(pen, of)
    pen.foot()
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _head(pen: _Pen, of: RecordText) -> None:
    pen.text("Record of a certificate of origin", 17, bold=True, colour=GREEN)
    pen.text(of.number, 12, bold=True, gap=4)
    pen.text(f"Made {of.made_at} by Udgam, and sealed with its own key", 8.8, colour=GREY, gap=2)
    pen.text(WHAT_IT_IS, 8.8, gap=8)
    pen.text(of.verify_url, 8.8, bold=True, gap=3)


def _section(pen: _Pen, heading: str) -> None:
    """A heading never stands alone at the foot of a page."""
    pen.need(58)
    pen.y -= 14
    pen.text(heading, 11, bold=True, colour=GREEN)
    pen.line(EDGE, pen.y - 1, WIDTH - EDGE)
    pen.y -= 6


def _history(pen: _Pen, trail: Trail) -> None:
    _section(pen, f"Who did what ({len(trail.steps)} entries)")
    pen.text(ALTERED.format(number=trail.altered) if trail.altered else HELD, 8.8, bold=bool(trail.altered))
    for step in trail.steps:
        pen.need(34)
        what = step.event[:1].upper() + step.event[1:] + ("" if step.holds else "  (this entry was altered)")
        pen.text(what, 9, bold=True, gap=6)
        pen.text(f"{clock.stamp(step.at)} · {step.who}, {step.role.replace('_', ' ').capitalize()}", 8.4, left=10)
        if step.reason:
            pen.text(step.reason, 8.4, left=10)
        about = "the application" if step.of_application else "the certificate"
        pen.text(f"Entry {step.number}, about {about}: {step.hash}", 7, colour=GREY, left=10)


def _notices(pen: _Pen, trail: Trail) -> None:
    _section(pen, "Who was told")
    if not trail.told:
        pen.text("Nobody was told anything.", 8.8)
    for told in trail.told:
        people = f"{told.people} people" if told.people > 1 else "1 person"
        pen.fact(clock.stamp(told.at), f"{told.text} (to {people}, {told.read} read it)")


def _use(pen: _Pen, of: RecordText) -> None:
    _section(pen, "Its use")
    pen.fact("Downloads in all", f"{of.downloads:,}")
    pen.fact("Verifications in all", f"{of.verifications:,}; who verifies a certificate is not noted")
    for day in of.trail.days:
        pen.fact(clock.day(day.day), f"{_many(day.downloads, 'download')}, {_many(day.verifications, 'verification')}")


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def said(moment: datetime | None) -> str:
    """A moment as the document writes it; empty when there is none."""
    return clock.stamp(moment) if moment else ""
