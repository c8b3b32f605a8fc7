"""Words as people send them: normalised, trimmed, without control characters, not longer than they may be."""

import re
import unicodedata

from app.core.errors import BusinessError

# Controls, halves of characters, unassigned, private and invisible ones: among the last are marks that turn the
# direction of writing, with which a name can be made to read as another.
_REFUSED = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_JOINERS = frozenset("\u200c\u200d")  # Indian scripts need these two to shape a word


def clean(value: str, max_length: int, *, multiline: bool = False) -> str:
    """NFC, trimmed, runs of spaces made one, line breaks only when `multiline`; a sentence when it cannot be taken."""
    if len(value) > max_length * 4 + 1000:  # before any work is done on megabytes
        raise BusinessError(f"This is far too long; at most {max_length} characters fit.")
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    for character in text:
        if not _printable(character) and not (multiline and character == "\n"):
            name = "a line break" if character == "\n" else f"the control character U+{ord(character):04X}"
            raise BusinessError(f"This contains {name}, which cannot be printed. Remove it.")
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n")]
    text = "\n".join(lines).strip("\n")
    if len(text) > max_length:
        raise BusinessError(f"This has {len(text)} characters; at most {max_length} fit.")
    return text


def _printable(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _REFUSED
