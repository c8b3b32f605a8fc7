"""The check character at the end of a certificate number: it catches every single mistyped character (ISO 7064)."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MODULUS = 36


def mod_37_36(payload: str) -> str:
    """The check character of letters and digits (punctuation already removed)."""
    product = MODULUS
    for character in payload:
        total = (product + ALPHABET.index(character)) % MODULUS or MODULUS
        product = total * 2 % (MODULUS + 1)
    return ALPHABET[(MODULUS + 1 - product) % MODULUS]


def fits(checked: str) -> bool:
    """Is the last character the check character of those before it?"""
    return len(checked) > 1 and all(c in ALPHABET for c in checked) and mod_37_36(checked[:-1]) == checked[-1]
