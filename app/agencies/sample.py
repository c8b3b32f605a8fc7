"""Draws a cut-out of a sample certificate, box 11 with stamp and signature, as it will look on paper."""

import io
from dataclasses import dataclass
from functools import cache
from math import cos, pi, sin

from PIL import Image, ImageDraw, ImageFont

from app.infra import fonts

# Places on the sheet in millimetres (left, top, width, height), as in the certificate's own template; a test compares.
PLACES = {
    "certification": (14, 225, 91, 50), "certified": (14, 229.8, 91, 9), "stamp": (16, 238, 35, 35),
    "signature": (53, 238.6, 46, 15), "officer": (52.4, 254.4, 51.6, 20),
}  # fmt: skip
LEFT, TOP, WIDTH, HEIGHT = 11.0, 222.0, 97.0, 55.0  # the part of the sheet that is shown
SCALE = 9  # pixels in a millimetre
POINT = 25.4 / 72 * SCALE
PAPER, RULE, GREEN, INK, GREY = "#fdfdfb", "#14503a", "#14503a", "#121a17", "#8b948e"
TITLE = "11. Certification by the authorised agency"
CERTIFIED = (
    "It is hereby certified, on the basis of the control carried out, that",
    "the declaration by the exporter is correct.",
)
FINE = 2  # the engraved lines are drawn this many times larger and then reduced, so that they are thin and smooth


@dataclass(frozen=True, slots=True)
class Words:
    """What is printed beside the signature."""

    officer: str
    designation: str
    office: str
    place_and_date: str


def draw(stamp: bytes | None, signature: bytes | None, words: Words) -> bytes:
    """The cut-out as PNG; where a picture is missing its place is outlined."""
    sheet = _engraved().copy()
    pen = ImageDraw.Draw(sheet)
    _form(pen)
    _officer(pen, words)
    for name, png in (("stamp", stamp), ("signature", signature)):
        if png is None:
            _outline(pen, name)
        else:
            _lay(sheet, name, png)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


@cache
def _engraved() -> Image.Image:
    """The paper with its fine lines: the stamp has to be read over them."""
    scale = SCALE * FINE
    sheet = Image.new("RGB", (round(WIDTH * scale), round(HEIGHT * scale)), PAPER)
    pen = ImageDraw.Draw(sheet)
    for line in range(-1, round(HEIGHT / 2.2) + 1):
        points: list[tuple[float, float]] = [
            (x, (line * 2.2 + 0.35 * sin(x / scale * 1.1 + line)) * scale) for x in range(0, sheet.width + 8, 8)
        ]
        pen.line(points, fill="#ece9d8", width=2)
    middle = (PLACES["stamp"][0] + 17.5 - LEFT) * scale, (PLACES["stamp"][1] + 15 - TOP) * scale
    for ring in range(9):
        turn = [step / 360 * pi for step in range(721)]
        radii = [(13 + ring / 1.6 + 4 * sin(9 * angle + ring * 0.7)) * scale for angle in turn]
        points = [(middle[0] + r * cos(a), middle[1] + r * sin(a)) for r, a in zip(radii, turn, strict=True)]
        pen.line(points, fill="#cfe3de", width=2)
    return sheet.reduce(FINE)


def _form(pen: ImageDraw.ImageDraw) -> None:
    """The rules round the box, its label and its sentence."""
    left, top, right, bottom = _pixels("certification")
    pen.rectangle((left, top, right, bottom), outline=RULE, width=2)
    pen.line((left, 0, left, top), fill=RULE, width=2)  # the boxes around go on outside the cut-out
    pen.line((right, top, WIDTH * SCALE, top), fill=RULE, width=2)
    pen.line((right, bottom, WIDTH * SCALE, bottom), fill=RULE, width=2)
    pad = 1.6 * SCALE
    pen.text((left + pad, top + 1.1 * SCALE), TITLE, font=_font(6.3, bold=True), fill=GREEN)
    pen.text((right - pad, top + 1.1 * SCALE), "SAMPLE", font=_font(6.3, bold=True), fill=GREY, anchor="ra")
    at = _pixels("certified")[1]
    for line in CERTIFIED:
        pen.text((left + pad, at), line, font=_font(8.2), fill=INK)
        at += 11.2 * POINT


def _officer(pen: ImageDraw.ImageDraw, words: Words) -> None:
    left, at, right, _ = _pixels("officer")
    for text, size, bold in ((words.officer, 9.0, True), (words.designation, 7.2, False), (words.office, 7.2, False),
                             (f"Place, date: {words.place_and_date}", 6.8, False)):  # fmt: skip
        if text:
            pen.text((left, at), _short(text, _font(size, bold=bold), right - left), font=_font(size, bold=bold), fill=INK)
            at += size * 1.36 * POINT


def _short(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """As much of a text as goes into the width."""
    while font.getlength(text) > width and len(text) > 1:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text


def _lay(sheet: Image.Image, name: str, png: bytes) -> None:
    """A picture as large as its place allows, in the middle of it: as the certificate prints it."""
    left, top, right, bottom = _pixels(name)
    with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
        picture = opened.convert("RGBA")
    scale = min((right - left) / picture.width, (bottom - top) / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    at = round(left + (right - left - size[0]) / 2), round(top + (bottom - top - size[1]) / 2)
    sheet.paste(picture, at, picture)


def _outline(pen: ImageDraw.ImageDraw, name: str) -> None:
    left, top, right, bottom = _pixels(name)
    pen.rectangle((left, top, right, bottom), outline="#d5d9d4", width=2)
    pen.text(((left + right) / 2, (top + bottom) / 2), f"no {name} yet", font=_font(7.2), fill=GREY, anchor="mm")


def _pixels(name: str) -> tuple[float, float, float, float]:
    """A place within the cut-out: left, top, right, bottom."""
    left, top, width, height = PLACES[name]
    x, y = (left - LEFT) * SCALE, (top - TOP) * SCALE
    return x, y, x + width * SCALE, y + height * SCALE


@cache
def _font(points: float, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The certificate's own typeface."""
    return ImageFont.truetype(io.BytesIO(fonts.faces(bold)[0].data), round(points * POINT))
