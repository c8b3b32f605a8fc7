"""Breaks text into lines that fit a box: it wraps, then makes the letters smaller, and hands back what is left over."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.certificates import shape

SMALLEST = 6.5
LEADING = 1.24
_SHRINKS = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.6)
# A long mark such as HAMBURG/ROTTERDAM/0001-0200 is rather broken after one of these than inside a word.
_GOOD_BREAKS = frozenset("-/,;:._+&)|")

Span = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text of one size, in spans that are bold or not."""

    spans: tuple[Span, ...]
    size: float
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line."""

    spans: tuple[Span, ...]
    size: float
    gap: float = 0.0

    @property
    def height(self) -> float:
        """What the line takes from top to top of the next."""
        return self.size * LEADING + self.gap

    def width(self) -> float:
        """How wide it is printed."""
        return sum(shape.width(text, bold) for text, bold in self.spans) * self.size


def plain(text: str, size: float, bold: bool = False, gap: float = 0.0) -> Paragraph:
    """A paragraph in one weight."""
    return Paragraph(((text, bold),), size, gap)


def height(lines: Iterable[Line]) -> float:
    """The height of the lines together."""
    return sum(line.height for line in lines)


def lay(paragraphs: Iterable[Paragraph], width: float, shrink: float = 1.0) -> list[Line]:
    """The paragraphs' lines at a given shrinking, never below the smallest legible size."""
    lines: list[Line] = []
    for paragraph in paragraphs:
        size = paragraph.size if shrink == 1.0 else max(min(SMALLEST, paragraph.size), paragraph.size * shrink)
        gap = paragraph.gap
        for spans in _wrap(paragraph.spans, width / size):
            lines.append(Line(spans, size, gap))
            gap = 0.0
    return lines


def fit(paragraphs: Sequence[Paragraph], width: float, room: float) -> tuple[list[Line], list[Line]]:
    """The lines that go into the box at the largest size that holds them, and the lines left over at the smallest."""
    lines: list[Line] = []
    for shrink in _SHRINKS:
        lines = lay(paragraphs, width, shrink)
        if height(lines) <= room:
            return lines, []
    kept = 0
    while kept < len(lines) and height(lines[: kept + 1]) <= room - SMALLEST * LEADING:
        kept += 1
    return lines[:kept], lines[kept:]


def draw(canvas: Any, lines: Iterable[Line], x: float, top: float, width: float = 0.0, align: str = "left") -> None:
    """Draw a cell's lines one after another, so that its text stays together in the file."""
    pen = canvas.beginText()
    for line in lines:
        top -= line.gap
        at = x + (width - line.width()) * {"left": 0.0, "centre": 0.5, "right": 1.0}[align] if align != "left" else x
        for text, bold in line.spans:
            shape.write(pen, at, top - line.size, text, bold, line.size)
            if len(line.spans) > 1:
                at += shape.width(text, bold) * line.size
        top -= line.height - line.gap
    canvas.drawText(pen)


@lru_cache(maxsize=4096)
def _wrap(spans: tuple[Span, ...], room: float) -> list[tuple[Span, ...]]:
    """Break spans into lines no wider than `room` (at size 1); a line end in the text is kept."""
    lines: list[tuple[Span, ...]] = []
    for part in _split_at_line_ends(spans):
        lines += _fill(part, room)
    return lines


def _split_at_line_ends(spans: Sequence[Span]) -> list[list[Span]]:
    """The spans of each typed line."""
    parts: list[list[Span]] = [[]]
    for text, bold in spans:
        first, *others = text.split("\n")
        parts[-1].append((first, bold))
        parts += [[(other, bold)] for other in others]
    return parts


def _fill(spans: Sequence[Span], room: float) -> list[tuple[Span, ...]]:
    """Fill lines word by word."""
    if len(spans) == 1:
        text = " ".join(spans[0][0].split())
        if shape.width(text, spans[0][1]) <= room:
            return [((text, spans[0][1]),)]
    lines: list[tuple[Span, ...]] = []
    line: list[Span] = []
    used = 0.0
    for word, bold, spaced in _words(spans, room):
        token = f" {word}" if spaced and line else word
        wide = shape.width(token, bold)
        if line and used + wide > room:
            lines.append(_joined(line))
            line, token = [], word
            used, wide = 0.0, shape.width(word, bold)
        line.append((token, bold))
        used += wide
    return [*lines, _joined(line)] if line else lines or [(("", False),)]


def _joined(tokens: Iterable[Span]) -> tuple[Span, ...]:
    """Neighbouring words of the same weight as one piece of text."""
    spans: list[Span] = []
    for text, bold in tokens:
        if spans and spans[-1][1] == bold:
            spans[-1] = (spans[-1][0] + text, bold)
        else:
            spans.append((text, bold))
    return tuple(spans)


def _words(spans: Iterable[Span], room: float) -> list[tuple[str, bool, bool]]:
    """The words with their weight and whether a space stands before them; a word wider than a line comes in pieces."""
    words = []
    spaced = False
    for text, bold in spans:
        spaced = spaced or text[:1].isspace()
        for word in text.split():
            for piece in _pieces(word, bold, room):
                words.append((piece, bold, spaced))
                spaced = False
            spaced = True
        spaced = text[-1:].isspace()
    return words


def _pieces(word: str, bold: bool, room: float) -> list[str]:
    """A word that is wider than a line, cut where it hurts least."""
    pieces = []
    while shape.width(word, bold) > room:
        cut = _longest(word, bold, room)
        good = max((i + 1 for i in range(cut // 2, cut) if word[i] in _GOOD_BREAKS), default=0)
        cut = _at_letter(word, good or cut)
        pieces.append(word[:cut])
        word = word[cut:]
    return [*pieces, word] if word else pieces


def _longest(word: str, bold: bool, room: float) -> int:
    """How many characters fit, found by halving."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        if shape.width(word[:middle], bold) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _at_letter(word: str, cut: int) -> int:
    """The cut moved back so that a letter keeps its marks, and a conjunct its halves."""
    back = cut
    while back > 1 and back < len(word) and _clings(word, back):
        back -= 1
    return back if back > 1 else max(cut, 1)


def _clings(word: str, at: int) -> bool:
    """Whether the character at this place belongs to the letter before it."""
    before, here = word[at - 1], word[at]
    joined = unicodedata.combining(before) == 9 or before == "\u200d"
    return joined or unicodedata.category(here)[0] == "M" or here in "\u200c\u200d"
