"""Turns typed text into the glyphs of its script, and lets the printed glyphs still read as the typed text."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from xhtml2pdf.bidi import display_order, mirrored

from app.infra import fonts
from app.infra.fonts import Face

if TYPE_CHECKING:
    from pikepdf import Pdf
    from reportlab.pdfbase.ttfonts import TTFont

# Shaped glyphs have no character of their own; each borrows a code from here, which no typed text may contain.
_FIRST_CODE = 0xF0000
# What is set in the face of the letter before it, so that a sentence is not torn at every stop.
_STAY = frozenset(" ,.;:!?()-/'\"%\u200c\u200d")
_ESCAPED = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one line in one face: `codes` is drawn, `typed` is what it reads as, `width` is at size 1."""

    face: Face
    typed: str
    codes: str
    width: float
    steps: tuple[tuple[float, float, float], ...] = ()


class _Borrowed:
    """The codes lent to glyphs while one document is drawn."""

    def __init__(self) -> None:
        self.codes: dict[tuple[Face, int, str], int] = {}
        self.meaning: dict[int, str] = {}

    def code(self, face: Face, glyph: int, cluster: str, advance: float) -> str:
        key = (face, glyph, cluster)
        if key not in self.codes:
            code = self.codes[key] = _FIRST_CODE + len(self.codes)
            self.meaning[code] = cluster
            drawn = fonts.drawable(face).face
            drawn.charToGlyph[code] = glyph
            drawn.charWidths[code] = advance * 1000
        return chr(self.codes[key])

    def give_back(self) -> None:
        for (face, _, _), code in self.codes.items():
            drawn = fonts.drawable(face).face
            drawn.charToGlyph.pop(code, None)
            drawn.charWidths.pop(code, None)
        self.codes.clear()
        self.meaning.clear()


_borrowed = _Borrowed()


def start_document() -> None:
    """Forget the last document's glyphs; one document is drawn at a time."""
    _runs_of_unusual.cache_clear()
    _borrowed.give_back()


def width(text: str, bold: bool) -> float:
    """How wide the text is at size 1."""
    if _is_plain(text, bold):
        return float(_base(bold)[0].stringWidth(text, 1))
    return sum(run.width for run in _runs_of_unusual(text, bold))


def write(pen: Any, x: float, y: float, text: str, bold: bool, size: float) -> None:
    """Draw one line of text into a reportlab text object with its start at (x, y)."""
    if text.isascii():
        # ASCII keeps its codes in the first part of the font, so it can be written without looking each letter up
        name = _base(bold)[0].getSubsetInternalName(0, pen._canvas._doc)
        pen._code.append(f"{name} {size:.4g} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm ({text.translate(_ESCAPED)}) Tj")
    elif _is_plain(text, bold):
        pen.setFont(_base(bold)[0].fontName, size)
        pen.setTextOrigin(x, y)
        pen.textOut(text)
    else:
        for run in _runs_of_unusual(text, bold):
            pen.setFont(fonts.drawable(run.face).fontName, size)
            _write_run(pen, x, y, run, size)
            x += run.width * size


def _write_run(pen: Any, x: float, y: float, run: Run, size: float) -> None:
    """Draw one run; a shaped one says in the file which text it stands for, as its glyphs are not in typed order."""
    if not run.steps:
        pen.setTextOrigin(x, y)
        pen.textOut(run.codes)
        return
    rightwards = not any(unicodedata.bidirectional(char) in ("R", "AL") for char in run.typed)
    if rightwards:
        pen._code.append(f"/Span <</ActualText <FEFF{run.typed.encode('utf-16-be').hex().upper()}>>> BDC")
    for code, (step, right, up) in zip(run.codes, run.steps, strict=True):
        pen.setTextOrigin(x + right * size, y + up * size)
        pen.textOut(code)
        x += step * size
    if rightwards:
        pen._code.append("EMC")


def mend_to_unicode(pdf: "Pdf") -> None:
    """Rewrite the fonts' reading tables, so that borrowed codes read as the text they stand for.

    reportlab also writes code 0 as U+0000 and characters above U+FFFF with five digits, both of which are not allowed.
    """
    from pikepdf import Name

    for item in pdf.objects:
        if not _is_font_with_table(item):
            continue
        stream = item[Name.ToUnicode]
        head, entries, tail = re.split(rb"\d+ beginbfchar\n|endbfchar\n", stream.read_bytes())
        pairs = (_entry(*found.groups()) for found in re.finditer(rb"<(\w+)> <(\w+)>", entries))
        kept = [pair for pair in pairs if pair]
        # a block of a table may hold a hundred entries at most
        blocks = (kept[start : start + 100] for start in range(0, len(kept), 100))
        written = b"".join(b"%d beginbfchar\n%bendbfchar\n" % (len(block), b"".join(block)) for block in blocks)
        stream.write(head + written + tail)


def _is_font_with_table(item: Any) -> bool:
    """Whether this object of the file is a font that carries a reading table."""
    from pikepdf import Dictionary, Name

    return isinstance(item, Dictionary) and item.get(Name.Type) == Name.Font and Name.ToUnicode in item


def _entry(place: bytes, reads: bytes) -> bytes:
    """One line of a reading table: borrowed codes become their text, the empty code 0 is left out."""
    code = int(reads, 16)
    if code == 0:
        return b""
    text = _borrowed.meaning.get(code, chr(code))
    return b"<%b> <%b>\n" % (place, text.encode("utf-16-be").hex().upper().encode())


@cache
def _base(bold: bool) -> tuple["TTFont", frozenset[int]]:
    """The base face, and the characters it prints rightly one by one."""
    face = fonts.faces(bold)[0]
    marks = (code for code in face.coverage if unicodedata.combining(chr(code)))
    return fonts.drawable(face), face.coverage.difference(marks)


def _is_plain(text: str, bold: bool) -> bool:
    """Whether the base face prints this text rightly without shaping."""
    return text.isascii() or _base(bold)[1].issuperset(map(ord, text))


@lru_cache(maxsize=20_000)
def _runs_of_unusual(text: str, bold: bool) -> tuple[Run, ...]:
    """The runs of a line from left to right as they are drawn."""
    order, levels = display_order(text)
    # Characters are taken in the order they are drawn; a stretch of one direction and one face is shaped as a whole.
    stretches: list[tuple[Face, int, list[int]]] = []
    for index in order:
        face = _face_for(text, index, bold)
        level = levels[index] & 1
        if stretches and stretches[-1][0] is face and stretches[-1][1] == level:
            stretches[-1][2].append(index)
        else:
            stretches.append((face, level, [index]))
    return tuple(_run(face, level, "".join(text[i] for i in sorted(indices))) for face, level, indices in stretches)


def _face_for(text: str, index: int, bold: bool) -> Face:
    """The first face that has the character; marks, joiners, spaces and stops stay with the letter before them."""
    char = text[index]
    faces = fonts.faces(bold)
    if index and (char in _STAY or unicodedata.category(char)[0] == "M"):
        before = _face_for(text, index - 1, bold)
        if ord(char) in before.coverage or char in "\u200c\u200d":
            return before
    return next((face for face in faces if ord(char) in face.coverage), faces[0])


def _run(face: Face, level: int, typed: str) -> Run:
    """One run: drawn as it is in the base face and for Chinese, Japanese and Korean, shaped otherwise."""
    if not level and not any(_needs_shaping(char) for char in typed):
        return Run(face, typed, typed, float(fonts.drawable(face).stringWidth(typed, 1)))
    import uharfbuzz

    if level and not any(unicodedata.bidirectional(char) in ("R", "AL") for char in typed):
        typed = "".join(mirrored(char, level) for char in typed)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(typed)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if level else "ltr"
    font = fonts.shaper(face)
    uharfbuzz.shape(font, buffer)
    return _shaped(face, typed, buffer, font.face.upem)


def _shaped(face: Face, typed: str, buffer: Any, upem: int) -> Run:
    """Lend each glyph a code: the first of a cluster reads as the whole cluster, the rest as nothing visible."""
    clusters = sorted({info.cluster for info in buffer.glyph_infos})
    end = dict(zip(clusters, [*clusters[1:], len(typed)], strict=True))
    seen: set[int] = set()
    codes, steps, total = [], [], 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        reads = "\u200b" if info.cluster in seen else typed[info.cluster : end[info.cluster]]
        seen.add(info.cluster)
        advance = position.x_advance / upem
        codes.append(_borrowed.code(face, info.codepoint, reads, advance))
        steps.append((advance, position.x_offset / upem, position.y_offset / upem))
        total += advance
    return Run(face, typed, "".join(codes), total, tuple(steps))


@cache
def _needs_shaping(char: str) -> bool:
    """Whether the character's picture depends on its neighbours: marks, and the scripts from Hebrew to Khmer."""
    code = ord(char)
    return unicodedata.category(char)[0] == "M" or 0x0590 <= code < 0x1100 or 0x1700 <= code < 0x1E00
