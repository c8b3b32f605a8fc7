"""Says, when a form is filed, which character in it no certificate could ever print."""

import unicodedata
from functools import cache

# Turning the direction of text round can make a certificate read differently from what was filed.
_BIDI_CONTROLS = frozenset([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Joiners choose between two right spellings in Indic and Persian text; they have no picture of their own.
_JOINERS = frozenset([0x200C, 0x200D])
# Pictures are no words of a certificate, even where a font happens to hold one; nor are the selectors for them.
_PICTURES = (range(0x1F000, 0x20000), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_KINDS = {
    "Cc": "a control character",
    "Cf": "an invisible formatting character",
    "Cs": "half a character",
    "Co": "a private-use character",
    "Cn": "a character that does not exist",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
}


def normal(text: str) -> str:
    """The text in the one spelling that is kept and printed: NFC, with one kind of line end."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def unprintable(text: str, *, lines: bool = False) -> str | None:
    """The first character of `text` that cannot be printed, named; None when all can. `lines` allows line ends."""
    if text.isascii() and text.isprintable():
        return None
    for char in dict.fromkeys(normal(text)):
        if char == "\n" and lines:
            continue
        reason = _refused(char)
        if reason:
            return f"the character U+{ord(char):04X} ({unicodedata.name(char, reason)})"
    return None


@cache
def _printable() -> frozenset[int]:
    """What the installed fonts can print; loaded when the first unusual character turns up."""
    from app.infra.fonts import coverage

    return coverage()


@cache
def _refused(char: str) -> str:
    """Why this character is refused, or an empty string."""
    code = ord(char)
    if code in _JOINERS:
        return ""
    if code in _BIDI_CONTROLS:
        return "a control that turns the direction of text round"
    kind = unicodedata.category(char)
    if kind in _KINDS:
        return _KINDS[kind]
    if any(code in pictures for pictures in _PICTURES):
        return "a picture"
    return "" if code in _printable() else "no installed font has it"
