"""Draws the fine engraved lines of a document of value: border, rosettes and ground, always exactly the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, pi, sin

Point = tuple[float, float]
Curve = Callable[[float], Point]
Ink = tuple[float, float, float]

GREEN: Ink = (0.07, 0.31, 0.22)
DEEP: Ink = (0.10, 0.42, 0.32)
PALE: Ink = (0.76, 0.87, 0.81)
SAND: Ink = (0.91, 0.85, 0.70)
SKY: Ink = (0.74, 0.84, 0.91)
WHITE: Ink = (1.0, 1.0, 1.0)

# One line of each figure is drawn once and then used many times, turned or moved: that keeps the file small.
# A ring is (middle radius, swing, waves, lines), in hundredths of the rosette's radius.
RINGS = ((29, 14, 16, 8), (54, 21, 22, 10), (80, 19, 34, 8))
WAVE_LENGTH = 54.0
STRANDS = 10


@dataclass(frozen=True)
class Engraving:
    """The drawing operators of a sheet, and the named figures (with the box each stays within) that they use."""

    strokes: bytes
    figures: dict[str, tuple[bytes, tuple[float, float, float, float]]]


def sheet(width: float, height: float, border: float, inner: float) -> Engraving:
    """All engraved lines of one sheet; the border runs between two distances from the edge."""
    band = inner - border
    parts = ["q 1 J 1 j", *_ground(width, height, inner), *_rosette(width / 2, height * 0.44, 205, PALE)]
    for x in (0.185, 0.815):
        parts += _rosette(width * x, height * 0.135, 64, _between(PALE, SKY, 0.5), every=2)
        parts += _rosette(width * x, height * 0.86, 64, _between(PALE, SAND, 0.45), every=2)
    parts += _frame(width, height, border, inner)
    for x in (border + band / 2, width - border - band / 2):
        for y in (border + band / 2, height - border - band / 2):
            parts += _medallion(x, y, band * 0.74)
    return Engraving("\n".join([*parts, "Q"]).encode("ascii"), _figures(width, band))


def _figures(width: float, band: float) -> dict[str, tuple[bytes, tuple[float, float, float, float]]]:
    """The figures by name."""
    around = (-110.0, -110.0, 110.0, 110.0)
    figures = {f"Ring{number}": (_ring(*ring[:3]), around) for number, ring in enumerate(RINGS)}
    figures["Wave"] = (_wave(width), (-5.0, -5.0, width + 5, 5.0))
    figures["Plait"] = (_plait(band), (-1.0, -1.0, band * 3 + 1, band + 1))
    figures["Star"] = (_ring(52, 36, 9), around)
    return {name: (path.encode("ascii"), box) for name, (path, box) in figures.items()}


def _ring(middle: float, swing: float, waves: int) -> str:
    """A closed line that swings between two radii, with a beat so that its waves are not all alike."""

    def line(t: float) -> Point:
        r = middle + swing * sin(waves * t) * (0.74 + 0.26 * cos(2 * waves * t + 1.0))
        return r * cos(t), r * sin(t)

    return _bezier(line, 0.0, 2 * pi, waves * 7) + " S"


def _wave(width: float) -> str:
    """One line of the ground."""
    pieces = round(width / WAVE_LENGTH * 5)
    return (
        _bezier(lambda t: (t, 2.0 * sin(2 * pi * t / WAVE_LENGTH) + 0.7 * sin(6 * pi * t / WAVE_LENGTH)), 0.0, width, pieces)
        + " S"
    )


def _plait(band: float) -> str:
    """A length of border: strands that swing across the band, swelling and narrowing together."""
    length = band * 3
    paths = []
    for strand in range(STRANDS):
        late = 2 * pi * strand / STRANDS

        def line(t: float, late: float = late) -> Point:
            swell = 0.62 + 0.38 * cos(4 * pi * t)
            return length * t, band * (0.5 + 0.46 * swell * sin(2 * pi * t + late))

        paths.append(_bezier(line, 0.0, 1.0, 14))
    return "\n".join(paths) + " S"


def _ground(width: float, height: float, inner: float) -> Iterator[str]:
    """Waves over the whole sheet whose ink turns from sand over green to blue, as rainbow printing does."""
    left, right, bottom, top = inner + 2, width - inner - 2, inner + 2, height - inner - 2
    yield f"q {left:.2f} {bottom:.2f} {right - left:.2f} {top - bottom:.2f} re W n 0.24 w"
    rows = int((top - bottom) / 5.6)
    for row in range(rows):
        share = row / (rows - 1)
        ink = _between(SAND, PALE, share * 2) if share < 0.5 else _between(PALE, SKY, share * 2 - 1)
        # the rows lag behind one another in a slow swing, which makes the moiré no copier keeps
        late = WAVE_LENGTH / 2 * (1 + sin(row * 0.21))
        tone = _ink(_between(ink, WHITE, 0.3))
        yield f"{tone} q 1 0 0 1 {left - late:.2f} {bottom + 3 + row * 5.6:.2f} cm /Wave Do Q"
    yield "Q"


def _rosette(x: float, y: float, radius: float, ink: Ink, every: int = 1) -> Iterator[str]:
    """Interwoven rings: the same line, turned a little further each time; a small one needs only every second."""
    scale = radius / 100
    for number, (_, _, waves, lines) in enumerate(RINGS):
        yield f"{_ink(_between(ink, WHITE, 0.10 * number))} {0.3 / scale:.3f} w"
        for line in range(0, lines, every):
            yield _turned(x, y, 2 * pi * line / lines / waves, scale, f"Ring{number}")


def _frame(width: float, height: float, border: float, inner: float) -> Iterator[str]:
    """The border: rules on both sides of a plait, on all four sides of the sheet."""
    for inset, weight in ((border - 2.0, 0.4), (border - 0.4, 1.1), (inner + 0.4, 0.9), (inner + 2.2, 0.35)):
        yield (f"{_ink(GREEN)} {weight} w {inset:.2f} {inset:.2f} {width - 2 * inset:.2f} {height - 2 * inset:.2f} re S")
    yield f"{_ink(DEEP)} 0.28 w"
    tile = (inner - border) * 3
    across, up = width - 2 * border, height - 2 * border
    count = round(across / tile)
    for index in range(count):
        for y in (border, height - inner):
            yield f"q {across / count / tile:.5f} 0 0 1 {border + across / count * index:.2f} {y:.2f} cm /Plait Do Q"
    count = round(up / tile)
    for index in range(count):
        for x in (inner, width - border):
            yield f"q 0 {up / count / tile:.5f} -1 0 {x:.2f} {border + up / count * index:.2f} cm /Plait Do Q"


def _medallion(x: float, y: float, radius: float) -> Iterator[str]:
    """A small rosette over each corner, where two sides of the border meet."""
    for share, fill, weight in ((1.0, "1 1 1 rg", 0.9), (0.9, "0.93 0.97 0.95 rg", 0.3)):
        yield f"{fill} {_ink(GREEN)} {weight} w {_circle(x, y, radius * share)} B"
    scale = radius / 100
    yield f"{_ink(DEEP)} {0.26 / scale:.3f} w"
    for line in range(6):
        yield _turned(x, y, 2 * pi * line / 6 / 9, scale, "Star")


def _turned(x: float, y: float, angle: float, scale: float, figure: str) -> str:
    """A figure used at a place, turned and scaled."""
    c, s = cos(angle) * scale, sin(angle) * scale
    return f"q {c:.5f} {s:.5f} {-s:.5f} {c:.5f} {x:.2f} {y:.2f} cm /{figure} Do Q"


def _circle(x: float, y: float, radius: float) -> str:
    return _bezier(lambda t: (x + radius * cos(t), y + radius * sin(t)), 0.0, 2 * pi, 12)


def _bezier(curve: Curve, start: float, end: float, pieces: int) -> str:
    """A curve as joined Bezier pieces that share their slopes, so that few pieces look smooth."""
    step = (end - start) / pieces
    nudge = step / 1000
    parts = []
    leave = (0.0, 0.0)
    for index in range(pieces + 1):
        t = start + step * index
        x, y = curve(t)
        after, before = curve(t + nudge), curve(t - nudge)
        dx, dy = ((after[axis] - before[axis]) / (2 * nudge) * step / 3 for axis in (0, 1))
        if index:
            parts.append(f"{leave[0]:.2f} {leave[1]:.2f} {x - dx:.2f} {y - dy:.2f} {x:.2f} {y:.2f} c")
        else:
            parts.append(f"{x:.2f} {y:.2f} m")
        leave = (x + dx, y + dy)
    return "\n".join(parts)


def _ink(ink: Ink) -> str:
    return f"{ink[0]:.3f} {ink[1]:.3f} {ink[2]:.3f} RG"


def _between(one: Ink, other: Ink, share: float) -> Ink:
    """The ink that lies between two others."""
    first, second, third = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return first, second, third
