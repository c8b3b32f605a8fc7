"""The identifiers of Indian foreign trade: read one, or say in a sentence what is wrong with it and how to cure it.

Every pattern is matched in full; a value is trimmed and put in capitals first. Rules: domain dictionary 4.0.
"""

import re

from app.core.errors import BusinessError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STATES = frozenset(f"{code:02d}" for code in range(1, 39)) | {"97", "99"}
_PAN = r"[A-Z]{3}[ABCEFGHJLPT][A-Z](?!0000)[0-9]{4}[A-Z]"


def _read(text: str, pattern: str, sentence: str) -> str:
    value = text.strip().upper()
    if not text.isascii() or not re.fullmatch(pattern, value, re.ASCII):  # the capital of a dotless i is an ASCII I
        raise BusinessError(sentence)
    return value


def parse_pan(text: str) -> str:
    """A PAN: five letters (the fourth tells the kind of holder), four digits, a letter."""
    sentence = "The PAN has five letters, four digits and a letter, such as AAPFU0939F. Check it on the card."
    return _read(text, _PAN, sentence)


def parse_iec(text: str, pan: str | None = None) -> str:
    """An Importer-Exporter Code: a PAN, or ten digits from before GST; with `pan`, a PAN in it must be that one."""
    sentence = "The IEC is the firm's PAN, or ten digits for an old code. Check it on the IEC certificate."
    value = _read(text, rf"{_PAN}|(?!0{{10}})[0-9]{{10}}", sentence)
    if pan is not None and value != pan and not value.isdigit():
        raise BusinessError(f"The IEC belongs to another PAN than the firm's ({pan}).")
    return value


def parse_gstin(text: str, pan: str | None = None) -> str:
    """A GSTIN: state, PAN, entity, Z and check character; with `pan`, the PAN inside must be that one."""
    sentence = "The GSTIN has 15 characters, such as 27AAPFU0939F1ZV. Check it on the registration certificate."
    value = _read(text, r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z][Z1-9ABD-J][0-9A-Z]", sentence)
    if value[:2] not in STATES:
        raise BusinessError(f"The GSTIN begins with {value[:2]}, which is no state's code. Check the first two digits.")
    if not re.fullmatch(_PAN, value[2:12], re.ASCII):
        raise BusinessError("Characters 3 to 12 of the GSTIN are not a PAN. Check them.")
    if gstin_check(value[:14]) != value[14]:
        raise BusinessError("The GSTIN is mistyped: its last character does not fit the others. Check it.")
    if pan is not None and value[2:12] != pan:
        raise BusinessError(f"The GSTIN belongs to another PAN than the firm's ({pan}).")
    return value


def gstin_check(payload: str) -> str:
    """The check character of a GSTIN's first 14 characters (Luhn modulo 36)."""
    total = 0
    for position, character in enumerate(payload):
        product = ALPHABET.index(character) * (1 + position % 2)
        total += product // 36 + product % 36
    return ALPHABET[(36 - total % 36) % 36]


def parse_pin(text: str) -> str:
    """A PIN code: six digits, the first not zero."""
    return _read(text, r"[1-9][0-9]{5}", "The PIN code has six digits and does not begin with 0, such as 110011.")


def parse_mobile(text: str) -> str:
    """An Indian mobile number: ten digits beginning with 6 to 9, without +91."""
    sentence = "The mobile number has ten digits and begins with 6, 7, 8 or 9; leave out +91."
    return _read(text, r"[6-9][0-9]{9}", sentence)


def parse_itc_hs(text: str) -> str:
    """An ITC(HS) code: eight digits, in a chapter that exists (not 00, not 77)."""
    sentence = "The ITC(HS) code has eight digits without dots, such as 61091000; chapters 00 and 77 do not exist."
    return _read(text, r"(?!77|00)[0-9]{8}", sentence)


def parse_indian_port(text: str) -> str:
    """An Indian customs location: IN, three letters and a digit or letter."""
    return _read(text, r"IN[A-Z]{3}[1-9A-Z]", "The Indian port has six characters, such as INNSA1 for Nhava Sheva.")


def parse_locode(text: str) -> str:
    """A UN/LOCODE: the country's two letters and three letters or digits 2 to 9."""
    sentence = "The port is given by its UN/LOCODE of five characters, such as AEJEA for Jebel Ali."
    return _read(text, r"[A-Z]{2}[A-Z2-9]{3}", sentence)


def parse_indian_invoice(text: str) -> str:
    """An Indian GST invoice number: at most 16 letters, digits, - and /, beginning with a letter or digit."""
    value = text.strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9/\-]{0,15}", value, re.ASCII):
        raise BusinessError("The invoice number has up to 16 letters, digits, - or /, the first a letter or digit.")
    return value


def parse_shipping_bill(text: str) -> str:
    """A shipping bill number: seven digits."""
    return _read(text, r"[0-9]{7}", "The shipping bill number has seven digits, such as 5937232.")


def parse_container(text: str) -> str:
    """A freight container number with its check digit (ISO 6346)."""
    value = _read(text.replace(" ", "").replace("-", ""), r"[A-Z]{3}[UJZ][0-9]{7}",
                  "The container number has four letters and seven digits, such as CSQU3054383.")  # fmt: skip
    weights = {letter: number for number, letter in zip(_iso6346_values(), ALPHABET[10:], strict=True)}
    total = sum((weights[c] if c.isalpha() else int(c)) * 2**place for place, c in enumerate(value[:10]))
    if total % 11 % 10 != int(value[10]):
        raise BusinessError("The container number is mistyped: its last digit does not fit the others. Check it.")
    return value


def _iso6346_values() -> list[int]:
    """A to Z count from 10 to 38, leaving out the multiples of 11."""
    return [number for number in range(10, 39) if number % 11]


def parse_imo(text: str) -> str:
    """An IMO ship number: seven digits, the last a check digit."""
    bare = text.strip().upper().removeprefix("IMO")
    value = _read(bare, r"[0-9]{7}", "The IMO number has seven digits, such as 9074729.")
    if sum(int(digit) * weight for digit, weight in zip(value, range(7, 1, -1), strict=False)) % 10 != int(value[6]):
        raise BusinessError("The IMO number is mistyped: its last digit does not fit the others. Check it.")
    return value
