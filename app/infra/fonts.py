"""Finds the typefaces a certificate is printed with, and knows which characters each of them can print."""

import importlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.core.errors import BusinessError

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont

# Latin text must look the same on every machine, so the first faces come out of a Python package, not the system.
PACKAGE = "pymupdf_fonts"
PACKAGED = {"NotoSans": ("notos", "notosbo"), "FiraGO": ("figo", "figbo")}

# Further scripts, when the system has them (Debian: fonts-noto-core, fonts-wqy-microhei, fonts-droid-fallback).
SYSTEM_FOLDERS = (Path("/usr/share/fonts/truetype"), Path("/usr/local/share/fonts"), Path("/usr/share/fonts/noto"))
NOTO_SCRIPTS = (
    "Bengali",
    "Tamil",
    "Gujarati",
    "Gurmukhi",
    "Kannada",
    "Telugu",
    "Malayalam",
    "Oriya",
    "Sinhala",
    "Myanmar",
    "Khmer",
    "Lao",
    "Ethiopic",
    "Armenian",
    "Georgian",
    "Arabic",
    "Hebrew",
    "Thai",
    "Devanagari",
)
WHOLE_EAST_ASIA = {"WQYMicroHei": "wqy-microhei.ttc", "DroidFallback": "DroidSansFallbackFull.ttf"}


@dataclass(frozen=True, eq=False)
class Face:
    """One typeface in one weight, in the order of preference it was found."""

    name: str
    data: bytes
    coverage: frozenset[int]

    @property
    def is_base(self) -> bool:
        """The face of all Latin, Greek and Cyrillic text."""
        return self.name.startswith("NotoSans-")


class FontMissing(BusinessError):
    """The base typeface is not installed, so no certificate can be printed at all."""


@cache
def faces(bold: bool) -> tuple[Face, ...]:
    """Every usable face in order of preference; a script without a bold face is printed in its regular one."""
    found = [_packaged(name, bold) for name in PACKAGED]
    found += [face for path in _system_paths(bold) if (face := _from_file(path)) is not None]
    return tuple(found)


@cache
def coverage() -> frozenset[int]:
    """All characters that at least one face can print, in regular and in bold."""
    regular, bold = (frozenset[int]().union(*(face.coverage for face in faces(weight))) for weight in (False, True))
    return regular & bold


@cache
def drawable(face: Face) -> "TTFont":
    """The face as reportlab wants it, registered once in this process."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    # names of our own: xhtml2pdf registers the same faces, and reportlab keeps one font for each name
    font = TTFont(f"Udgam-{face.name}", BytesIO(face.data), asciiReadable=1)
    font.face.name += b"-Text"
    # reportlab names the embedded file after its origin: ours is the face, whatever machine it was found on
    font.face.filename = face.name
    pdfmetrics.registerFont(font)
    return font


@cache
def shaper(face: Face) -> Any:
    """The face as uharfbuzz wants it."""
    import uharfbuzz

    return uharfbuzz.Font(uharfbuzz.Face(face.data))


def materialise(folder: Path) -> dict[str, Path]:
    """The two base faces as files in `folder`, for a program that reads fonts from files only."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for bold, key in ((False, "regular"), (True, "bold")):
        face = faces(bold)[0]
        paths[key] = folder / f"{face.name}.ttf"
        if not paths[key].exists() or paths[key].stat().st_size != len(face.data):
            paths[key].write_bytes(face.data)
    return paths


def _packaged(name: str, bold: bool) -> Face:
    """A face out of the font package, or a sentence saying what to install."""
    try:
        package = importlib.import_module(PACKAGE)
        data = package.myfont(PACKAGED[name][bold])
    except (ImportError, KeyError) as error:
        raise FontMissing(
            f"The typeface {name} is not installed, so no certificate can be printed. "
            "Install the Python package pymupdf-fonts and start again."
        ) from error
    return Face(f"{name}-{'Bold' if bold else 'Regular'}", data, _covered(data))


def _from_file(path: Path) -> Face | None:
    """A face from the system, or None when it is not TrueType (reportlab cannot embed the other kind)."""
    data = path.read_bytes()
    if data[:4] not in (b"\x00\x01\x00\x00", b"true", b"ttcf"):
        return None
    return Face(path.stem, data, _covered(data))


def _covered(data: bytes) -> frozenset[int]:
    """The characters a font file has a picture for."""
    import uharfbuzz

    return frozenset(uharfbuzz.Face(data).unicodes)


def _system_paths(bold: bool) -> list[Path]:
    """The system's faces for further scripts, each in the asked weight or else in regular."""
    here: dict[str, Path] = {}
    for folder in SYSTEM_FOLDERS:
        for path in sorted(folder.rglob("*.tt[fc]")) if folder.is_dir() else ():
            here.setdefault(path.name, path)
    wanted = []
    for script in NOTO_SCRIPTS:
        weights = (f"NotoSans{script}-{weight}.ttf" for weight in (("Bold", "Regular") if bold else ("Regular",)))
        wanted += [here[name] for name in weights if name in here][:1]
    wanted += [here[name] for name in WHOLE_EAST_ASIA.values() if name in here]
    return wanted
