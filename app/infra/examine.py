"""Looks inside one paper in a process of its own, which may be stopped at any moment, and says what is wrong with it.

Started by uploads.py as a bare script, with the type as its argument and the bytes on its standard input: it knows no
settings, no database and no secret, allows itself little memory and time, and opens no file and no connection. A file of a
few kilobytes may unfold to gigabytes; here that costs nobody but itself. It prints one word of WORDS.
"""

import io
import sys
from contextlib import suppress
from typing import Any

MEMORY_BYTES, CPU_SECONDS = 768 * 1024 * 1024, 5
MAX_PIXELS = 50_000_000  # an A4 page at 700 dots per inch
GOOD, PASSWORD, DAMAGED, ACTIVE, PIXELS, UNREAD = "good", "password", "damaged", "active", "pixels", "unread"

# Features of a PDF that run or open something by themselves, or carry other files; a paper needs none of them.
_KEYS = frozenset({"/JavaScript", "/JS", "/XFA", "/AA", "/EmbeddedFiles", "/EF"})
_ACTIONS = frozenset({"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR", "/Rendition", "/Movie",
                      "/Sound", "/RichMediaExecute"})  # fmt: skip
_NOTES = frozenset({"/RichMedia", "/FileAttachment", "/Movie", "/Sound", "/Screen", "/3D"})


def main() -> None:
    """Limit ourselves, read the paper, print the word."""
    limit()
    mime, content = sys.argv[1], sys.stdin.buffer.read()
    print(of_pdf(content) if mime == "application/pdf" else of_picture(content, mime))


def limit(cpu_seconds: int = CPU_SECONDS) -> None:
    """Little memory, little time, no files written; a system that cannot limit one of these still limits the rest."""
    import resource

    wanted = {"RLIMIT_AS": MEMORY_BYTES, "RLIMIT_CPU": cpu_seconds, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, most in wanted.items():
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))


def of_pdf(content: bytes) -> str:
    """Look through the object tree, not the raw bytes: names may be written with escapes or inside compressed streams."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                return PASSWORD
            if not len(pdf.pages):
                return DAMAGED
            if any(_is_active(item) for item in pdf.objects):
                return ACTIVE
            told = " ".join(map(str, pdf.get_warnings()))  # of what could not be read, nobody knows what is in it
            return UNREAD if "bad_alloc" in told else DAMAGED if "as null because of error" in told else GOOD
    except pikepdf.PasswordError:
        return PASSWORD
    except (pikepdf.PdfError, RecursionError, ValueError):
        return DAMAGED


def of_picture(content: bytes, mime: str) -> str:
    """Decode it once, within a limit: the first bytes alone prove nothing."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=[mime.removeprefix("image/").upper()]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return PIXELS
            picture.draft(None, (picture.width // 8, picture.height // 8))  # a JPEG is read small; a PNG knows no such thing
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return PIXELS
    except (OSError, SyntaxError, ValueError):
        return DAMAGED
    return GOOD


def _is_active(item: object) -> bool:
    """Is there one of these features in the object, or in what is written directly inside it?"""
    import pikepdf

    inside = [item]
    while inside:
        part = inside.pop()
        if isinstance(part, pikepdf.Array):
            inside += [value for value in part if not _own(value)]
        elif isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
            entries = dict(part.stream_dict.items() if isinstance(part, pikepdf.Stream) else part.items())
            if _KEYS & set(entries) or _named(entries, "/S") in _ACTIONS or _named(entries, "/Subtype") in _NOTES:
                return True
            inside += [value for value in entries.values() if not _own(value)]
    return False


def _own(value: object) -> bool:
    """Whether it is an object with a number of its own, which the caller looks at anyway."""
    return bool(getattr(value, "is_indirect", False))


def _named(entries: dict[str, Any], key: str) -> str:
    return str(entries.get(key, ""))


if __name__ == "__main__":
    main()
