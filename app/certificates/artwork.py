"""Draws the demonstration's rubber stamps and signatures, so that a specimen looks as a real certificate does."""

import io
import random
import zlib
from itertools import pairwise
from math import atan2, cos, degrees, hypot, pi, sin

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from app.infra import fonts

VIOLET = (62, 58, 150)
PEN = (22, 32, 96)
# Drawn this many times larger and then reduced, which is what makes the edges smooth.
FINE = 3
STAMP_SIDE = 400
SIGNATURE = (440, 150)

Point = tuple[float, float]

# The course of the pen through the kinds of letters: baseline 0, small letters up to 1, tall ones up to 2.3.
_COURSES: dict[str, tuple[Point, ...]] = {
    "hump": ((0.05, 0.05), (0.22, 0.95), (0.42, 0.8), (0.5, 0.05)),
    "bowl": ((0.5, 0.85), (0.12, 0.65), (0.14, 0.08), (0.5, 0.2), (0.58, 0.85), (0.72, 0.05)),
    "tall": ((0.4, 1.5), (0.42, 2.2), (0.18, 2.0), (0.14, 0.1), (0.5, 0.12)),
    "low": ((0.1, 0.85), (0.3, 0.1), (0.6, 0.85), (0.42, -0.9), (0.12, -1.2), (0.16, -0.6), (0.8, 0.15)),
    "bend": ((0.3, 0.9), (0.5, 0.45), (0.2, 0.02), (0.6, 0.08)),
}
_KINDS = {
    **dict.fromkeys("aoceqg", "bowl"),
    **dict.fromkeys("lhbktfd", "tall"),
    **dict.fromkeys("gyjpz", "low"),
    **dict.fromkeys("sx", "bend"),
}
_CAPITALS: tuple[tuple[Point, ...], ...] = (
    ((-0.7, 0.7), (-0.1, 1.9), (0.8, 2.9), (0.9, 2.2), (0.3, 0.3), (-0.3, -0.5), (-0.6, 0.1), (0.4, 0.7), (1.4, 0.3)),
    ((0.0, 2.3), (0.2, 0.2), (0.05, -0.4), (0.1, 1.6), (0.8, 2.8), (1.4, 2.0), (0.5, 1.1), (0.9, 0.5), (1.6, 0.1)),
    ((1.2, 2.3), (0.5, 2.8), (0.05, 2.1), (0.8, 1.3), (1.0, 0.3), (0.2, -0.2), (-0.5, 0.3), (0.4, 0.6), (1.5, 0.2)),
)


def draw_stamp(agency: str, city: str) -> bytes:
    """An agency's round stamp as a transparent PNG: its name around the ring, its city below."""
    chance = random.Random(zlib.crc32(f"{agency}|{city}".encode()))
    side = STAMP_SIDE * FINE
    ink = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(ink)
    centre = side / 2
    for radius, weight in ((0.485, 0.011), (0.465, 0.004), (0.325, 0.006)):
        r = radius * side
        pen.ellipse((centre - r, centre - r, centre + r, centre + r), outline=255, width=round(weight * side))
    _around(ink, agency.upper(), 0.395 * side, top=True)
    _around(ink, f"\u2022 {city.upper()} \u2022", 0.395 * side, top=False)
    _middle(pen, centre, side)
    ink = ink.rotate(chance.uniform(-7, 7), resample=Image.Resampling.BICUBIC)
    ink = ink.resize((STAMP_SIDE, STAMP_SIDE), Image.Resampling.LANCZOS)
    return _png(_worn(ink, chance), VIOLET)


def draw_signature(name: str) -> bytes:
    """A signature as a transparent PNG, in a hand that belongs to the name."""
    chance = random.Random(zlib.crc32(name.encode()))
    course = _smooth(_course(name, chance))
    left, right = min(x for x, _ in course), max(x for x, _ in course)
    low, high = min(y for _, y in course), max(y for _, y in course)
    width, height = SIGNATURE[0] * FINE, SIGNATURE[1] * FINE
    margin = 8 * FINE
    scale = min((width - 2 * margin) / (right - left), (height - 2 * margin) / (high - low))
    at = [((x - left) * scale + margin, height - margin - (y - low) * scale) for x, y in course]
    ink = Image.new("L", (width, height), 0)
    _trace(ImageDraw.Draw(ink), at, chance)
    ink = ink.crop((0, 0, round(max(x for x, _ in at) + margin), height))
    ink = ink.filter(ImageFilter.GaussianBlur(0.6 * FINE / 2))
    return _png(ink.resize((ink.width // FINE, ink.height // FINE), Image.Resampling.LANCZOS), PEN)


def _font(size: float) -> ImageFont.FreeTypeFont:
    """The certificate's own bold face."""
    return ImageFont.truetype(io.BytesIO(fonts.faces(True)[0].data), round(size))


def _around(ink: Image.Image, words: str, radius: float, *, top: bool) -> None:
    """Letters set one by one around the ring, as wide apart as the arc allows."""
    arc = 1.32 * pi if top else 0.56 * pi
    size = ink.width * 0.088
    while True:
        font = _font(size)
        length = sum(font.getlength(letter) for letter in words)
        if length <= arc * radius * 0.92 or size < ink.width * 0.03:
            break
        size *= 0.95
    spread = min(1.22, arc * radius / length)
    angle = -length * spread / radius / 2
    for letter in words:
        step = font.getlength(letter) * spread / radius
        _letter(ink, letter, font, radius, angle + step / 2, top=top)
        angle += step


def _letter(ink: Image.Image, letter: str, font: ImageFont.FreeTypeFont, radius: float, angle: float, *, top: bool) -> None:
    """One letter at its angle from the top (or, below, from the bottom)."""
    tile = Image.new("L", (round(font.size * 2),) * 2, 0)
    ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2 + font.size * 0.36), letter, fill=255, font=font, anchor="ms")
    outwards = 1 if top else -1
    tile = tile.rotate(-outwards * degrees(angle), resample=Image.Resampling.BICUBIC)
    x = ink.width / 2 + sin(angle) * radius
    y = ink.height / 2 - outwards * cos(angle) * radius
    box = (round(x - tile.width / 2), round(y - tile.height / 2))
    ink.paste(255, box, tile)


def _middle(pen: ImageDraw.ImageDraw, centre: float, side: int) -> None:
    """The words in the middle, between two short rules."""
    font = _font(side * 0.055)
    for row, words in enumerate(("NON-", "PREFERENTIAL", "CERTIFICATE", "OF ORIGIN")):
        pen.text((centre, centre + (row - 1.5) * side * 0.072), words, fill=255, font=font, anchor="mm")
    for y in (-0.2, 0.2):
        half = side * 0.12
        pen.line((centre - half, centre + y * side, centre + half, centre + y * side), fill=255, width=round(side * 0.005))


def _worn(ink: Image.Image, chance: random.Random) -> Image.Image:
    """Ink as rubber leaves it: a little uneven everywhere, with a few pale spots."""
    coarse = Image.new("L", (22, 22))
    coarse.putdata([chance.randint(196, 255) for _ in range(22 * 22)])
    fine = Image.new("L", (200, 200))
    fine.putdata([255 if chance.random() > 0.09 else chance.randint(120, 220) for _ in range(200 * 200)])
    for wear in (coarse, fine):
        ink = ImageChops.multiply(ink, wear.resize(ink.size, Image.Resampling.BICUBIC))
    return ink.filter(ImageFilter.GaussianBlur(0.35)).point(lambda value: min(255, round(value * 1.08)))


def _course(name: str, chance: random.Random) -> list[Point]:
    """The points the pen passes: a large initial, the family name growing flatter, and a stroke underneath."""
    words = [word for word in name.replace(".", " ").split() if word.isalpha()] or ["x"]
    family = max(words, key=len).lower()
    slant = chance.uniform(0.22, 0.45)
    points: list[Point] = []
    x = 0.0
    for capital in [*[word[0] for word in words if word.lower() != family][:1], family[0]]:
        shape = _CAPITALS[(ord(capital.lower()) + chance.randint(0, 1)) % len(_CAPITALS)]
        points += [(x + px * 1.15, py) for px, py in shape]
        x += 1.75
    for count, letter in enumerate(family[1:9]):
        flat = max(0.42, 1.0 - 0.09 * count)
        wide = chance.uniform(0.95, 1.3) * (1 + 0.07 * count)
        for px, py in _COURSES[_KINDS.get(letter, "hump")]:
            points.append((x + px * wide, py * flat + chance.uniform(-0.05, 0.05)))
        x += 0.66 * wide
    points += [
        (x + 0.9, 0.35),
        (x + 1.9, 0.75),
        (x + 1.5, 0.0),
        (x * 0.5, -0.75),
        (x * 0.28, -0.95),
        (x * 0.4, -0.65),
        (x + 0.6, -0.5),
        (x + 2.4, -0.05),
    ]
    return [(px + py * slant, py + px * 0.035) for px, py in points]


def _smooth(points: list[Point]) -> list[Point]:
    """A line through all points without corners."""
    padded = [points[0], *points, points[-1]]
    line = []
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for part in range(24):
            t = part / 24
            line.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(before, start, end, after, strict=True)
                )
            )
    return [(x, y) for x, y in line]


def _trace(pen: ImageDraw.ImageDraw, line: list[Point], chance: random.Random) -> None:
    """Draw the line as a nib does: broad on slow down-strokes, thin where the hand flies, tapered at both ends."""
    broad, count = chance.uniform(1.7, 2.2) * FINE, len(line)
    before = broad * 0.5
    for index, ((x0, y0), (x1, y1)) in enumerate(pairwise(line)):
        speed = hypot(x1 - x0, y1 - y0) / FINE
        down = 0.5 + 0.5 * sin(atan2(y1 - y0, x1 - x0))
        taper = min(1.0, (index + 4) / 20, (count - index) / 45)
        wanted = broad * (0.55 + 0.65 * down) * taper / (1 + 0.035 * speed)
        before += (wanted - before) * 0.18
        steps = max(1, round(hypot(x1 - x0, y1 - y0) / 1.2))
        for step in range(steps):
            x, y = x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
            pen.ellipse((x - before, y - before, x + before, y + before), fill=255)


def _png(ink: Image.Image, colour: tuple[int, int, int]) -> bytes:
    """One colour under the ink's own strength; the coarser steps of strength keep the file small."""
    picture = Image.new("RGBA", ink.size, (*colour, 0))
    picture.putalpha(ink.point(lambda value: 0 if value < 12 else min(255, round(value / 255 * 31) * 255 // 31)))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
