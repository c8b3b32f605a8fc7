"""Money in whole paise, and how it is written in India."""

import re

from app.core.errors import BusinessError

# Commas only where India or the West puts them: «1,50» is one rupee fifty elsewhere, and must not become 150.
_AMOUNT = r"([0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{2})*,[0-9]{3}|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]{1,2}))?"
_LONGEST = 12


def rupees(paise: int) -> str:
    """₹1,23,456.00: three digits, then groups of two."""
    sign, whole = ("-" if paise < 0 else ""), str(abs(paise) // 100)
    head, tail = whole[:-3], whole[-3:]
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return f"{sign}₹{','.join([*groups, tail])}.{abs(paise) % 100:02d}"


def parse_rupees(text: str) -> int:
    """Rupees as a person writes them (1,23,456.50) in paise; refuses signs, exponents and a third decimal."""
    found = re.fullmatch(_AMOUNT, text.strip().removeprefix("₹").strip(), re.ASCII)
    whole = found[1].replace(",", "") if found else ""
    if found is None or len(whole) > _LONGEST:
        raise BusinessError("The amount must be written in rupees and paise, such as 1,500 or 1500.50.")
    return int(whole) * 100 + int((found[2] or "").ljust(2, "0"))
