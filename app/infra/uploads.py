"""What people send us: how large, what it really is (by its bytes, not its name), and a name safe to show."""

import subprocess
import sys
import threading
import unicodedata
from dataclasses import dataclass

from app.core.errors import BusinessError
from app.infra import examine

MEBIBYTE = 1024 * 1024
MAX_BYTES = 5 * MEBIBYTE
MAX_TOTAL_BYTES = 25 * MEBIBYTE
SECONDS = 8.0
AT_ONCE = 2  # children of one web process; each may use a core for as long as it lives
TOO_MUCH = "The {kind} is too large or too involved to be examined. Print it to a new PDF, or scan it at a lower resolution."
REASONS = {
    examine.PASSWORD: "The PDF is protected with a password. Save a copy without one and try again.",
    examine.DAMAGED: "The {kind} cannot be read; it may be damaged. Scan it again, or print it to a new PDF.",
    examine.ACTIVE: "The PDF contains scripts or attachments. Print it to a new PDF and try again.",
    examine.PIXELS: "The picture has more than 50 million pixels. Scan it at a lower resolution.",
}
_places = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class Upload:
    """A paper that may be kept: its cleaned name, its real type and its bytes."""

    filename: str
    mime: str
    content: bytes


def paper(filename: str, content: bytes) -> Upload:
    """A PDF, JPEG or PNG of at most 5 MiB (domain rule for attachments); a sentence when it is anything else.

    It takes up to some seconds: called before the transaction, never in it.
    """
    if not content:
        raise BusinessError("The file is empty. Choose the file again.")
    if len(content) > MAX_BYTES:
        raise BusinessError("The file is larger than 5 MiB. Scan it at a lower resolution or split it.")
    mime = sniff(content)
    if mime is None:
        raise BusinessError("The file is not a PDF, JPEG or PNG. Save it as one of these and try again.")
    _examine(content, mime)
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


def _examine(content: bytes, mime: str) -> None:
    """Have a child of ours look inside, a few at a time; whatever it cannot get through in its limits is refused."""
    if not _places.acquire(timeout=SECONDS):
        raise BusinessError("Many papers are being looked at just now. Try again in a minute.")
    try:
        done = subprocess.run(  # noqa: S603  our own script; the file is on its standard input, the environment is empty
            [sys.executable, "-I", examine.__file__, mime], input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=SECONDS, env={}, cwd="/", check=False,
        )  # fmt: skip
        said = done.stdout.decode("ascii", "replace").strip()
    except subprocess.TimeoutExpired:
        said = ""
    finally:
        _places.release()
    if said != examine.GOOD:
        kind = "PDF" if mime == "application/pdf" else "picture"
        raise BusinessError(REASONS.get(said, TOO_MUCH).format(kind=kind))
