"""What people send us: how large, what it really is (by its bytes, not its name), and a name safe to show."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from app.core.errors import BusinessError

MEBIBYTE = 1024 * 1024
MAX_BYTES = 5 * MEBIBYTE
MAX_TOTAL_BYTES = 25 * MEBIBYTE
MAX_PIXELS = 50_000_000  # an A4 page at 700 dots per inch

TOO_MANY_PIXELS = "The picture has more than 50 million pixels. Scan it at a lower resolution."

# Features of a PDF that run or open something by themselves, or carry other files; a paper needs none of them.
_KEYS = frozenset({"/JavaScript", "/JS", "/XFA", "/AA", "/EmbeddedFiles", "/EF"})
_ACTIONS = frozenset({"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition"})
_NOTES = frozenset({"/RichMedia", "/FileAttachment"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A paper that may be kept: its cleaned name, its real type and its bytes."""

    filename: str
    mime: str
    content: bytes


def paper(filename: str, content: bytes) -> Upload:
    """A PDF, JPEG or PNG of at most 5 MiB (domain rule for attachments); a sentence when it is anything else."""
    if not content:
        raise BusinessError("The file is empty. Choose the file again.")
    if len(content) > MAX_BYTES:
        raise BusinessError("The file is larger than 5 MiB. Scan it at a lower resolution or split it.")
    mime = sniff(content)
    if mime is None:
        raise BusinessError("The file is not a PDF, JPEG or PNG. Save it as one of these and try again.")
    if mime == "application/pdf":
        _refuse_active(content)
    else:
        _refuse_unreadable(content, mime)
    return Upload(safe_name(filename), mime, content)


def sniff(content: bytes) -> str | None:
    """The type the bytes say they are, or None."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return None


def safe_name(filename: str) -> str:
    """The last part of the name without anything that could act as a path or turn text round; at most 120 characters."""
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = "".join(c if _letter(c) or c in "_.-() " else "_" for c in name).strip(". ")
    if len(name) > 120:
        stem, _, ending = name.rpartition(".")
        name = f"{stem[: 119 - len(ending)]}.{ending}" if 0 < len(ending) < 6 else name[:120]
    return name or "paper"


def _letter(sign: str) -> bool:
    """A letter or digit of any script, and the vowel signs that most Indian scripts write over and under them."""
    return sign.isalnum() or unicodedata.category(sign)[0] == "M"


def _refuse_active(content: bytes) -> None:
    """Look through the object tree, not the raw bytes: names may be written with escapes or inside compressed streams."""
    import io

    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                raise BusinessError("The PDF is protected with a password. Save a copy without one and try again.")
            active = any(_is_active(item) for item in pdf.objects)
    except pikepdf.PasswordError as error:
        raise BusinessError("The PDF is protected with a password. Save a copy without one and try again.") from error
    except (pikepdf.PdfError, RecursionError, ValueError) as error:
        raise BusinessError("The PDF cannot be read; it may be damaged. Print it to a new PDF and try again.") from error
    if active:
        raise BusinessError("The PDF contains scripts or attachments. Print it to a new PDF and try again.")


def _refuse_unreadable(content: bytes, mime: str) -> None:
    """Decode the picture once, within a limit: the first bytes alone prove nothing, and a bomb must not reach an officer."""
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=[mime.removeprefix("image/").upper()]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise BusinessError(TOO_MANY_PIXELS)
            picture.draft(None, (picture.width // 8, picture.height // 8))  # a JPEG is read small; a PNG knows no such thing
            picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BusinessError(TOO_MANY_PIXELS) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BusinessError("The picture cannot be read; it may be damaged. Scan it again, or save it as a PDF.") from error


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
