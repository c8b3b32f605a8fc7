"""The number of a certificate: AGENCY/YYYY/OFF/NP/NNNNNNN-C, unique for ever, its last character a check."""

import re
from dataclasses import dataclass

from app.core.check_digit import fits, mod_37_36
from app.core.errors import BusinessError

LARGEST = 9_999_999
SHAPE = re.compile(r"([A-Z][A-Z0-9]{1,9})(2[0-9]{3})((?!000)[0-9]{3})NP((?!0{7})[0-9]{7})([0-9A-Z])", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberParts:
    """The parts of a certificate number."""

    agency: str
    year: int
    office: str
    sequence: int


def format_number(agency: str, year: int, office: str, sequence: int) -> str:
    """FIEO, 2024, 013, 1 → FIEO/2024/013/NP/0000001-5 (domain rule 4.10)."""
    if not 1 <= sequence <= LARGEST:
        raise BusinessError(f"The number series of office {office} for {year} is used up.")
    payload = f"{agency}{year}{office}NP{sequence:07d}"
    check = mod_37_36(payload)
    if not SHAPE.fullmatch(payload + check):
        raise ValueError(f"{agency}, {year} and {office} do not make a certificate number")
    return f"{agency}/{year}/{office}/NP/{sequence:07d}-{check}"


def normalise(text: str) -> str:
    """Letters and digits only, capitals: how numbers are looked up however they were typed."""
    return re.sub(r"[\s/\-–—._]", "", text).upper()


def parse(text: str) -> NumberParts:
    """The parts of a number as typed; a sentence when it has another form or its check character is wrong."""
    compact = normalise(text)
    found = SHAPE.fullmatch(compact) if compact.isascii() else None
    if found is None:
        raise BusinessError("This is not a certificate number. It looks like FIEC/2026/001/NP/0000001-X.")
    if not fits(compact):
        raise BusinessError("The number is mistyped (check character wrong). Compare it with the certificate.")
    agency, year, office, sequence, _ = found.groups()
    return NumberParts(agency, int(year), office, int(sequence))
