"""Takes the paper away from a photo: its colour, its shading and its ruled lines; what is left is how dark the ink is."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter, ImageMath, ImageOps, ImageStat

from app.agencies.ink import darkest_band
from app.core.errors import BusinessError

PAPER = 224  # what paper becomes once its shading is divided out; the rest up to 255 is room for its grain

FAINTEST_LINE = 8
HARDEST_STEP = 0.13  # of the light, within a fortieth of the picture: the edge of a shadow, sharper than paper ever shades

CURE = "photograph it on plain paper, in even light, filling most of the picture"

Part = tuple[float, float, float, float]  # of a picture: left, top, right, bottom, as shares of its width and height
WHOLE: Part = (0, 0, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The ruled lines of the paper: the angle that makes them level, and where they are (white), unturned."""

    angle: float
    where: Image.Image


def paper_of(small: Image.Image) -> Image.Image:
    """The paper as it would look without the ink, at a third of the size: its colour and shading.

    Ink is darker than the paper around it, so each place takes the brightest colour near by; where a wide dark area is left
    (a filled stamp), the brightest further off.
    """
    tiny = _widest(small.filter(ImageFilter.GaussianBlur(1)), 3)
    tiny = tiny.resize((small.width // 3, small.height // 3), Image.Resampling.BOX)
    near = _closed(tiny, max(tiny.size) // 8)
    far = _closed(tiny, max(tiny.size) * 3 // 5)
    filled = darkness(flat(near, far)).point(lambda value: 255 * (value > PAPER * 0.25))
    near.paste(far, (0, 0), _widest(filled, 11))
    return near.filter(ImageFilter.GaussianBlur(2))


def _closed(image: Image.Image, reach: int) -> Image.Image:
    """Dark marks narrower than `reach` pixels filled with what is around them; edges of wider ones stay where they are."""
    reach |= 1  # the window must have a middle
    widest = _widest(image, reach, keep=reach)
    return ImageOps.crop(ImageOps.invert(_widest(ImageOps.invert(widest), reach)), reach)


def _widest(image: Image.Image, across: int, down: int | None = None, keep: int = 0) -> Image.Image:
    """At each pixel the brightest within a window of `across` by `down` pixels; `keep` leaves so wide a border around."""
    down = across if down is None else down
    wide = ImageOps.expand(image, border=max(across, down))
    for steps, right, below in ((across, 1, 0), (down, 0, 1)):
        have = 1
        while have < steps:
            step = min(have, steps - have)
            wide = ImageChops.lighter(wide, ImageChops.offset(wide, -step * right, -step * below))
            have += step
    wide = ImageChops.offset(wide, across // 2, down // 2)
    return ImageOps.crop(wide, max(across, down) - keep)


def flat(image: Image.Image, paper: Image.Image, part: Part = WHOLE) -> Image.Image:
    """The picture with the paper (or this part of it) divided out: paper becomes 224 in every colour, wherever it lies."""
    spread = _spread(paper, part, image.size)
    bands = [
        ImageMath.lambda_eval(
            lambda args: args["convert"](args["min"](args["seen"] * PAPER / args["max"](args["paper"], 1), 255), "L"),
            seen=seen,
            paper=ground,
        )
        for seen, ground in zip(image.split(), spread.split(), strict=True)
    ]
    return Image.merge("RGB", bands)


def _spread(image: Image.Image, part: Part, size: tuple[int, int]) -> Image.Image:
    """This part of a small picture, as large as the one it is laid over."""
    left, top, right, bottom = part
    box = (left * image.width, top * image.height, right * image.width, bottom * image.height)
    return image.resize(size, Image.Resampling.BICUBIC, box=box)


def darkness(flat: Image.Image) -> Image.Image:
    """How much light the ink takes away in the colour it takes most of: 0 for paper, 224 for the blackest."""
    return darkest_band(flat).point(lambda value: max(0, PAPER - value))


def levels(counts: list[int]) -> tuple[int, int]:
    """Where ink begins and where it is full, from how often each darkness (0 to 255) occurs.

    Otsu's threshold, with the paper counted no heavier than the ink: it outweighs a signature fifty times, and would pull the
    threshold into its own grain. 0, 0 when nothing stands out.
    """
    rough = counts[: _otsu(counts) + 1]
    middle, grain = _share_below(rough, 0.5), _share_below(rough, 0.8)
    floor = middle + max(8, 3 * (grain - middle))
    ink = counts[floor:]
    if sum(ink) == 0:
        return 0, 0
    weights = [count * min(1, sum(ink) / max(1, sum(counts[:floor]))) for count in counts[:floor]] + ink
    begins = max(floor, _otsu(weights))
    return begins, begins + _share_below(counts[begins:], 0.7)


def _otsu(weights: Sequence[float]) -> int:
    """The level that parts the weights into two groups as far from each other as can be."""
    total, moment = sum(weights), sum(level * weight for level, weight in enumerate(weights))
    best, at, below, below_moment = 0.0, 0, 0.0, 0.0
    for level, weight in enumerate(weights):
        below += weight
        below_moment += level * weight
        if 0 < below < total:
            apart = (moment * below / total - below_moment) ** 2 / (below * (total - below))
            if apart > best:
                best, at = apart, level
    return at


def _share_below(counts: list[int], share: float) -> int:
    """The level that this share of the counts does not exceed."""
    total, seen = sum(counts), 0
    for level, count in enumerate(counts):
        seen += count
        if seen >= share * total:
            return level
    return len(counts) - 1


# --- ruled lines ----------------------------------------------------------------------------------------------------------


def ruled_lines(dark: Image.Image) -> list[Rules]:
    """The paper's printed lines, level ones and upright ones: they run from edge to edge, as no stamp or signature does."""
    return [rules for quarter in (0, 90) if (rules := _lines_near(dark, quarter))]


def _lines_near(dark: Image.Image, quarter: int) -> Rules | None:
    """The lines within six degrees of level (0) or upright (90)."""
    faint = dark.point(lambda value: min(value, 70))  # so that the ink does not outweigh the lines
    angle = quarter + max((step / 2 for step in range(-12, 13)), key=lambda turn: _stripes(faint, quarter + turn))
    angle += max((step / 8 for step in range(-4, 5)), key=lambda turn: _stripes(faint, angle + turn))
    level = _level_runs(_level(dark, angle))
    inside = _level(Image.new("L", dark.size, 255), angle).point(lambda value: 255 * (value > 250))
    where = Image.new("L", level.size, 0)
    for y, mean in enumerate(level.resize((1, level.height), Image.Resampling.BOX).tobytes()):
        if mean >= FAINTEST_LINE and _edge_to_edge(level, inside, y):
            where.paste(255, (0, max(0, y - 2), level.width, y + 3))
    return Rules(angle, _unlevel(where, angle, dark.size)) if where.getbbox() else None


def _stripes(faint: Image.Image, angle: float) -> float:
    """How much the rows of the turned picture differ from their neighbours."""
    turned = _level(faint, angle)
    rows = turned.resize((1, turned.height), Image.Resampling.BOX).tobytes()
    return sum((before + after - 2 * row) ** 2 for before, row, after in zip(rows, rows[1:], rows[2:], strict=False))


def _edge_to_edge(level: Image.Image, inside: Image.Image, y: int) -> bool:
    """Is the row of the levelled picture dark at both ends and nearly all along?"""
    span = inside.crop((0, y, level.width, y + 1)).getbbox()
    if span is None or span[2] - span[0] < level.width / 5:
        return False
    row = level.crop((span[0], y, span[2], y + 1)).resize((12, 1), Image.Resampling.BOX).tobytes()
    return min(row[0], row[-1]) >= FAINTEST_LINE and sum(part >= FAINTEST_LINE for part in row) >= 11


def _level(image: Image.Image, angle: float) -> Image.Image:
    return image.rotate(angle, resample=Image.Resampling.BILINEAR, expand=True)


def _unlevel(image: Image.Image, angle: float, size: tuple[int, int]) -> Image.Image:
    """Turned back, and cut to the size it had before it was made level."""
    back = image.rotate(-angle, resample=Image.Resampling.BILINEAR, expand=True)
    left, top = (back.width - size[0]) // 2, (back.height - size[1]) // 2
    return back.crop((left, top, left + size[0], top + size[1]))


def _level_runs(level: Image.Image) -> Image.Image:
    """What is dark for a long way to right and left, but thin: level lines, under the ink that crosses them too."""
    reach = min(max(level.size) // 5, level.width * 3 // 4) | 1  # longer than any level stroke of a letter
    thin = max(level.size) // 30 | 1
    along = _opened(level, reach, 1)
    return ImageChops.subtract(along, _opened(along, 1, thin))


def _opened(image: Image.Image, across: int, down: int) -> Image.Image:
    """What is bright over windows of `across` by `down` pixels; anything smaller disappears."""
    return _widest(ImageOps.invert(_widest(ImageOps.invert(image), across, down)), across, down)


def without_lines(dark: Image.Image, rules: list[Rules], part: Part = WHOLE) -> Image.Image:
    """The darkness without that of the lines; ink that crosses a line keeps its own."""
    lines = Image.new("L", dark.size, 0)
    for rule in rules:
        along = _unlevel(_level_runs(_level(dark, rule.angle)), rule.angle, dark.size)
        lines = ImageChops.lighter(lines, ImageChops.multiply(along, _spread(rule.where, part, dark.size)))
    lines = lines.point(lambda value: min(PAPER, value * 5 // 4))  # a line's own unevenness goes with it
    left: Image.Image = ImageMath.lambda_eval(
        lambda args: args["convert"](args["max"]((args["dark"] - args["lines"]) * 255 / (256 - args["lines"]), 0), "L"),
        dark=dark,
        lines=lines,
    )
    return left


# --- grounds that cannot be taken away -------------------------------------------------------------------------------------


def refuse_hard_shadow(paper: Image.Image, noun: str) -> None:
    """Light that falls by an eighth within a fortieth of the picture, over a length that matters."""
    grey, step = paper.convert("L"), max(paper.size) // 40
    inner = (step, step, paper.width, paper.height)
    sharp = Image.new("L", (paper.width - step, paper.height - step), 0)
    for across, down in ((step, 0), (0, step)):
        moved = ImageChops.offset(grey, across, down).crop(inner)
        here = grey.crop(inner)
        apart, most = ImageChops.difference(here, moved), ImageChops.lighter(here, moved)
        fall = ImageMath.lambda_eval(
            lambda args: args["convert"](args["apart"] * 255 / (args["most"] + 1), "L"), apart=apart, most=most
        )
        sharp = ImageChops.lighter(sharp, fall)
    steep = sum(sharp.histogram()[round(255 * HARDEST_STEP) :])
    if steep > 0.1 * step * min(paper.size):
        raise BusinessError(
            f"A hard shadow, a fold or the edge of the sheet lies across the picture. Move the {noun} and {CURE}."
        )


def refuse_painted_squares(photo: Image.Image) -> None:
    """The grey-and-white squares by which programs show that nothing is there, saved as if they were the picture."""
    side = min(240, *photo.size)
    for left in (0, photo.width - side):
        for top in (0, photo.height - side):
            if _has_squares(photo.crop((left, top, left + side, top + side)).convert("L")):
                raise BusinessError(
                    "The squares behind the ink are part of the picture. Save it with a transparent background instead."
                )


def _has_squares(corner: Image.Image) -> bool:
    """Two pale tones, each the other's opposite one square further, and the same again one further and one down."""
    counts = corner.histogram()
    middle = ImageStat.Stat(corner).mean[0]
    dim, bright = sum(counts[: round(middle)]), sum(counts[round(middle) :])
    if min(dim, bright) < 0.25 * (dim + bright):
        return False
    mask = corner.point(lambda value: 255 * (value >= middle))
    for cell in range(3, corner.width // 3):
        inner = (cell, cell, *corner.size)
        here = mask.crop(inner)
        moved = [ImageChops.offset(mask, across, down).crop(inner) for across, down in ((cell, 0), (0, cell), (cell, cell))]
        unlike = [ImageStat.Stat(ImageChops.difference(here, other)).mean[0] / 255 for other in moved]
        if min(unlike[:2]) > 0.8 and unlike[2] < 0.2:
            return True
    return False
