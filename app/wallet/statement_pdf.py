"""A firm's statement as a PDF to print or file: a head, the lines, and the sums, over as many pages as it takes."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from app.core import clock
from app.core.money import rupees
from app.infra import fonts
from app.wallet.statement import Line, Statement

WIDTH, HEIGHT, MARGIN, STEP = 595, 842, 40, 22  # points; A4
FIRST_PAGE, OTHER_PAGES = 26, 32  # lines
# Where each column stands: (left edge, width, right-aligned), and its heading.
COLUMNS = (
    (40, 92, False, "When"), (132, 178, False, "What, for which application and certificate"), (310, 66, True, "In"),
    (376, 66, True, "Out"), (442, 52, True, "Set aside"), (494, 61, True, "Balance"),
)  # fmt: skip
KINDS = {
    "OPENING": "Opening balance", "TOPUP": "Top-up", "HOLD": "Fee set aside", "FEE": "Fee", "GST": "GST",
    "RELEASE": "Fee given back", "REFUND": "Refund", "ADJUSTMENT": "Adjustment",
}  # fmt: skip


def draw(told: Statement) -> bytes:
    """The PDF of a statement."""
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1)
    canvas.setTitle(f"Wallet statement {told.firm.iec} {told.period.first} to {told.period.last}")
    pages = _pages(told.lines)
    for number, lines in enumerate(pages, 1):
        top = _head(canvas, told) if number == 1 else HEIGHT - MARGIN
        bottom = _table(canvas, lines, top)
        if number == len(pages):
            _sums(canvas, told, bottom)
        _write(canvas, f"Page {number} of {len(pages)}", MARGIN, 24, WIDTH - 2 * MARGIN, size=8, right=True)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _pages(lines: Sequence[Line]) -> list[Sequence[Line]]:
    rest = range(FIRST_PAGE, len(lines), OTHER_PAGES)
    return [lines[:FIRST_PAGE], *(lines[start : start + OTHER_PAGES] for start in rest)]


def _head(canvas: Any, told: Statement) -> float:
    """Whose statement this is and from which balance it starts; returns where the table begins."""
    y, room = HEIGHT - MARGIN - 12, WIDTH - 2 * MARGIN
    _write(canvas, "Statement of the e-wallet", MARGIN, y, room, size=15, bold=True)
    _write(canvas, f"{told.firm.firm_name}, IEC {told.firm.iec}", MARGIN, y - 20, room, size=10)
    when = f"{clock.day(told.period.first)} to {clock.day(told.period.last)}, printed {clock.stamp(clock.now())}"
    _write(canvas, when, MARGIN, y - 34, room)
    _write(canvas, "Udgam. Amounts in rupees; a fee is set aside at submission and taken at issue.", MARGIN, y - 47, room, size=8)
    opening = f"Opening balance {rupees(told.opening_paise)}, of it set aside {rupees(told.opening_aside_paise)}"
    _write(canvas, opening, MARGIN, y - 68, room, bold=True)
    return y - 78


def _table(canvas: Any, lines: Sequence[Line], top: float) -> float:
    """The headings and these lines; returns where they end."""
    y = top - 14
    for left, width, right, heading in COLUMNS:
        _write(canvas, heading, left, y, width - 4, size=8, bold=True, right=right)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, y - 4, WIDTH - MARGIN, y - 4)
    for line in lines:
        y -= STEP
        for (left, width, right, _heading), text in zip(COLUMNS, _cells(line), strict=True):
            _write(canvas, text, left, y + 4, width - 4, size=8, right=right)
        _write(canvas, _which(line), COLUMNS[1][0], y - 5, COLUMNS[1][1] - 4, size=7)
    if not lines:
        y -= STEP
        _write(canvas, "No money moved in this period.", MARGIN, y, 300)
    return y - 12


def _cells(line: Line) -> tuple[str, ...]:
    into, out = max(line.amount_paise, 0), max(-line.amount_paise, 0)
    figures = [_figure(paise) if paise else "" for paise in (into, out, line.aside_paise)]
    what = ", ".join(word for word in (KINDS.get(line.kind, line.kind), line.application) if word)
    return (clock.stamp(line.at).removesuffix(" IST"), what, *figures, _figure(line.balance_paise))


def _which(line: Line) -> str:
    return (line.certificate and f"Certificate {line.certificate}") or line.note or ("" if line.application else line.reference)


def _sums(canvas: Any, told: Statement, y: float) -> None:
    canvas.line(MARGIN, y + 4, WIDTH - MARGIN, y + 4)
    for (left, width, right, _heading), paise in zip(COLUMNS[2:4], (told.in_paise, told.out_paise), strict=True):
        _write(canvas, _figure(paise), left, y - 8, width - 4, size=8, bold=True, right=right)
    _write(canvas, "In all", MARGIN, y - 8, 200, size=8, bold=True)
    closing = f"Closing balance {rupees(told.closing_paise)}, of it set aside {rupees(told.closing_aside_paise)}"
    _write(canvas, closing, MARGIN, y - 28, WIDTH - 2 * MARGIN, bold=True)


def _figure(paise: int) -> str:
    return rupees(paise).replace("₹", "")


def _write(canvas: Any, text: str, x: float, y: float, room: float, *, size: float = 9, bold: bool = False,
           right: bool = False) -> None:  # fmt: skip
    """One line of text in a face that has its characters, cut with an ellipsis where there is no more room."""
    faces = fonts.faces(bold)
    wanted = {ord(letter) for letter in text}
    face = next((face for face in faces if wanted <= face.coverage), faces[0])
    font = fonts.drawable(face).fontName
    while text and canvas.stringWidth(text, font, size) > room:
        text = text.removesuffix("…")[:-1] + "…" if len(text) > 1 else ""
    canvas.setFont(font, size)
    (canvas.drawRightString if right else canvas.drawString)(x + room if right else x, y, text)
