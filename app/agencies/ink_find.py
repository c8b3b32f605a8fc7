"""Finds the ink of a stamp or signature in a photo and cuts it out, or says why it cannot be had."""

import re
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

from app.agencies.ink import PRINTED_SIDE, Colour, darkest_band, fault_in, fitted, on_white
from app.agencies.ink_paper import (
    CURE,
    PAPER,
    Rules,
    darkness,
    flat,
    levels,
    paper_of,
    refuse_hard_shadow,
    refuse_painted_squares,
    ruled_lines,
    without_lines,
)
from app.core.errors import BusinessError

SURVEY_SIDE = 480  # where the ink lies, and whether it can be had, is decided on a copy of this size
CUT_SIDE = 2 * PRINTED_SIDE  # the ink itself is cut out at twice its final size, which makes the edges smooth
LEAST_INK_SIDE = 150
FAINTEST, FAINT = 24, 56  # darkness, of 224: what counts as a trace of ink, and what is printed well enough
# Parts that do not touch each other: a long agency's name in a ring has eighty, a signature some initials and dots.
MOST_LETTERS = {"stamp": 180, "signature": 50}

Box = tuple[int, int, int, int]
Run = tuple[int, int, int]  # a row, its first marked pixel, and the one after its last


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The ink alone, and what was measured on the way."""

    image: Image.Image  # RGBA, cropped to the ink, at most 400 px on the longer side
    box: Box  # where it lies in the photo: left, top, right, bottom, in pixels
    colour: Colour  # of the ink on white paper
    contrast: float  # how much of the paper's light the ink takes away, 0 to 1
    cleaned: bool  # False for a picture whose background had been removed before


@dataclass(frozen=True, slots=True, eq=False)
class _Blob:
    """Marked pixels that hang together, how many they are, and the box around them."""

    runs: list[Run]
    area: int
    box: Box


def find_ink(photo: Image.Image, kind: str) -> Found:
    """The ink of a stamp or signature (`kind` STAMP or SIGNATURE) out of a photo from `open_photo`, on a clear ground.

    A picture that already has a clear ground is only cropped and made smaller. BusinessError, with what to do, when there is no
    ink, when it is too faint, too small or cut off, and when something else lies under or across it.
    """
    noun = kind.lower()
    if photo.mode == "RGBA":
        if fault_in(photo, kind) is None:
            return _as_it_is(photo)
        photo = on_white(photo)
    refuse_painted_squares(photo)
    small = fitted(photo, SURVEY_SIDE)
    paper = paper_of(small)
    refuse_hard_shadow(paper, noun)
    dark = darkness(flat(small, paper))
    rules = ruled_lines(dark)
    dark = ImageOps.expand(ImageOps.crop(without_lines(dark, rules), 2), 2)  # half a line along the very edge tells nothing
    box = _photo_box(_extent(dark, noun), photo.width / small.width, photo.size)
    if max(box[2] - box[0], box[3] - box[1]) < LEAST_INK_SIDE:
        raise BusinessError(f"The {noun} is too small in the picture. Go closer and {CURE}.")
    return _cut(photo, box, paper, rules, noun)


def _as_it_is(photo: Image.Image) -> Found:
    """A picture that was clean when it came."""
    alpha = photo.getchannel("A")
    box = alpha.point(lambda value: 255 * (value > 16)).getbbox() or (0, 0, *photo.size)
    colour = _mean(photo.convert("RGB"), alpha.point(lambda value: 255 * (value > 200)))
    return Found(fitted(photo.crop(box), PRINTED_SIDE), box, colour, 1 - min(colour) / 255, cleaned=False)


# --- where the ink lies ---------------------------------------------------------------------------------------------------


def _extent(dark: Image.Image, noun: str) -> Box:
    """The box around the ink in the survey copy; a sentence when it cannot be had."""
    begins, full = levels(dark.histogram())
    blobs = [blob for blob in _blobs(dark.point(lambda value: 255 * (value > begins))) if blob.area >= 6]
    if full < FAINTEST or not blobs:
        raise BusinessError(f"There is no {noun} to be seen. Make one with fresh ink and {CURE}.")
    if full < FAINT:
        raise BusinessError(_too_faint(noun))
    ink, rest = _gathered(blobs, max(dark.size) // 9)
    _refuse_crowd(ink, rest, dark.size, noun)
    return _around(ink)


def _too_faint(noun: str) -> str:
    return f"The ink of the {noun} is too faint. Use a fresh pad or a dark pen and {CURE}."


def _gathered(blobs: list[_Blob], gap: int) -> tuple[list[_Blob], list[_Blob]]:
    """The largest blob with all that lie near it, or near one that does; and those that do not. Largest first."""
    rest = sorted(blobs, key=lambda blob: blob.area, reverse=True)
    ink = [rest.pop(0)]
    while near := [blob for blob in rest if _apart(blob.box, _around(ink)) <= gap]:
        ink += near
        rest = [blob for blob in rest if blob not in near]
    return ink, rest


def _around(blobs: list[_Blob]) -> Box:
    lefts, tops, rights, bottoms = zip(*(blob.box for blob in blobs), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _apart(one: Box, other: Box) -> int:
    return max(one[0] - other[2], other[0] - one[2], one[1] - other[3], other[1] - one[3])


def _blobs(mask: Image.Image) -> list[_Blob]:
    """The marked (255) pixels of a mask, those that touch put together."""
    wide, data = mask.width, mask.tobytes()
    runs = [
        (y, found.start(), found.end())
        for y in range(mask.height)
        for found in re.finditer(rb"\xff+", data[y * wide : (y + 1) * wide])
    ]
    parents = list(range(len(runs)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    above = 0
    for number, (y, first, last) in enumerate(runs):
        while runs[above][0] < y - 1 or (runs[above][0] == y - 1 and runs[above][2] < first):
            above += 1
        at = above
        while runs[at][0] == y - 1 and runs[at][1] <= last:
            parents[root(at)] = root(number)
            at += 1
    together: dict[int, list[Run]] = {}
    for number, run in enumerate(runs):
        together.setdefault(root(number), []).append(run)
    return [_blob(group) for group in together.values()]


def _blob(runs: list[Run]) -> _Blob:
    rows, firsts, lasts = zip(*runs, strict=True)
    return _Blob(runs, sum(lasts) - sum(firsts), (min(firsts), rows[0], max(lasts), rows[-1] + 1))


def _photo_box(box: Box, by: float, size: tuple[int, int]) -> Box:
    """A box of the survey copy as one of the photo, with a little paper around."""
    margin = 0.02 * max(box[2] - box[0], box[3] - box[1]) + 2
    left, top = (max(0, round((side - margin) * by)) for side in box[:2])
    right, bottom = (min(most, round((side + margin) * by)) for side, most in zip(box[2:], size, strict=True))
    return left, top, right, bottom


# --- cutting it out -------------------------------------------------------------------------------------------------------


def _cut(photo: Image.Image, box: Box, paper: Image.Image, rules: list[Rules], noun: str) -> Found:
    """The ink of this part of the photo with soft edges, in its own colour."""
    part = fitted(photo.crop(box), CUT_SIDE)
    share = (box[0] / photo.width, box[1] / photo.height, box[2] / photo.width, box[3] / photo.height)
    seen = flat(part, paper, share).filter(ImageFilter.GaussianBlur(0.6))
    dark = without_lines(darkness(seen), rules, share)
    begins, full = levels(dark.histogram())
    if full < FAINT:
        raise BusinessError(_too_faint(noun))
    none, whole = 0.45 * begins, 0.75 * full
    alpha = _despeckled(dark.point(lambda value: round(255 * _smooth((value - none) / (whole - none)))))
    coloured = seen.point(lambda value: min(255, round(value * 255 / PAPER)))
    core = dark.point(lambda value: 255 * (value >= full * 0.85))
    image = _colours(coloured, core, noun)
    image.putalpha(alpha)
    return Found(fitted(image, PRINTED_SIDE), box, _mean(coloured, core), full / PAPER, cleaned=True)


def _smooth(share: float) -> float:
    """From 0 to 1 without corners."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def _despeckled(alpha: Image.Image) -> Image.Image:
    """Without the grain: a mark stays when it is more than a few pixels and dark somewhere, so that hyphens are kept."""
    kept = Image.new("L", alpha.size, 0)
    strong = alpha.point(lambda value: 255 * (value > 140))
    for blob in _blobs(alpha.point(lambda value: 255 * (value > 40))):
        if blob.area >= 14 and strong.crop(blob.box).getbbox():
            for y, first, last in blob.runs:
                kept.paste(255, (first, y, last, y + 1))
    return ImageChops.darker(alpha, kept.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.GaussianBlur(1)))


def _colours(seen: Image.Image, core: Image.Image, noun: str) -> Image.Image:
    """One colour everywhere, which prints cleanest; of two inks, at each place that of the ink near by."""
    red, green, blue = seen.split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    counts = ImageChops.subtract(strongest, darkest_band(seen)).histogram(mask=core)
    black, between, coloured = sum(counts[:24]), sum(counts[24:60]), sum(counts[60:])
    if min(black, coloured) > 0.1 * sum(counts) and between < black:  # a poor JPEG greys the ink too, but not in two heaps
        raise BusinessError(f"There is black print or another ink across the {noun}. Make it on blank paper and {CURE}.")
    mean = _mean(seen, core)
    even = Image.new("RGB", seen.size, mean)
    unlike = ImageChops.difference(seen, even).histogram(mask=core)
    if max(sum(unlike[start + 64 : start + 256]) for start in (0, 256, 512)) < 0.1 * sum(counts):
        return even
    even.paste(seen, (0, 0), core)
    return even.filter(ImageFilter.GaussianBlur(1.5))


def _mean(image: Image.Image, mask: Image.Image) -> Colour:
    red, green, blue = (round(value) for value in ImageStat.Stat(image, mask).mean)
    return red, green, blue


# --- what is refused ------------------------------------------------------------------------------------------------------


def _refuse_crowd(ink: list[_Blob], rest: list[_Blob], size: tuple[int, int], noun: str) -> None:
    """Print under the mark, a pattern, or a mark that runs over the picture's edge."""
    area, box, largest = sum(blob.area for blob in ink), _around(ink), ink[0].box
    framed = _size(largest) > 0.4 * _size(box)
    outside = sum(_apart(blob.box, largest) > 0 for blob in ink)
    most = MOST_LETTERS[noun]
    if max(len(ink), len(rest) * 12) > most or (framed and outside > most / 10) or sum(blob.area for blob in rest) > 0.15 * area:
        raise BusinessError(f"There is print or a pattern around the {noun}. Make it on blank paper and {CURE}.")
    if any(_on_edge(blob.box, size) for blob in ink if blob.area > 0.01 * area):
        raise BusinessError(f"The {noun} is cut off by the edge of the picture. Leave paper visible all around it and {CURE}.")


def _size(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _on_edge(box: Box, size: tuple[int, int]) -> bool:
    return min(box[:2]) <= 3 or box[2] >= size[0] - 3 or box[3] >= size[1] - 3
