"""What the invoice itself says at the place of a value that it does not bear out, so that an officer reads both side by side."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

from app.applications import paper_dates
from app.applications.paper_facts import GOAL, ORIGIN, SIGNS, country_in
from app.applications.paper_lines import CODE, GROSS, PACKED
from app.core import clock
from app.infra.codes import country_name

MOST_DAYS = 3
_NUMBER = re.compile(r"INVOICE\s*(?:NO|NUMBER|NR|#)\.?\s*[:.#-]*\s*([A-Z0-9][A-Z0-9/._-]{1,34})", re.IGNORECASE)
_TOTAL = re.compile(r"TOTAL[^\n\d]{0,60}(\d[\d., '’]*\d)", re.IGNORECASE)
_PARTY = re.compile(r"(?:CONSIGNEE|CONSIGNED\s+TO|SHIP(?:PED)?\s+TO)\s*[:.-]*\s*([^\n]{3,120})", re.IGNORECASE)


def says(text: str, path: str) -> str:
    """The invoice's own value for a path of the filing (`invoices[0].date`), as it is written; empty where none can be told."""
    words = re.sub(r"[^\S\n]+", " ", unicodedata.normalize("NFKC", text))
    found = _FINDERS.get(re.sub(r"\[\d+\]", "", path))
    return found(words).strip(" .,:;-") if found else ""


def _first(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """What stands behind the words that name it, the first time."""
    return lambda words: found[1] if (found := pattern.search(words)) else ""


def _total(words: str) -> str:
    """The last total: above it are those of single lines."""
    found = _TOTAL.findall(words)
    return str(found[-1]) if found else ""


def _day(words: str) -> str:
    """The dates on it; none when there are so many that no one of them says anything."""
    found = sorted(paper_dates.days(words.upper()))
    return ", ".join(clock.day(each) for each in found) if len(found) <= MOST_DAYS else ""


def _money(words: str) -> str:
    found = [code for code in SIGNS if re.search(rf"(?<![A-Z]){code}(?![A-Z])", words.upper())]
    return ", ".join(found[:2])


def _land(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """A country behind its label, if it is one: the rest of the line may be anything."""
    return lambda words: country_name(code) if (code := country_in(pattern.search(words.upper()))) else ""


def _code(words: str) -> str:
    found = {"".join(each) for each in CODE.findall(words)}
    return ", ".join(sorted(found)) if len(found) <= MOST_DAYS else ""


def _most(pattern: re.Pattern[str], unit: str) -> Callable[[str], str]:
    """The largest of the figures behind these words, which is the sum."""

    def find(words: str) -> str:
        found = [Decimal(each.replace(",", "")) for each in pattern.findall(words.upper())]
        return f"{max(found):,}{unit}" if found else ""

    return find


_FINDERS: dict[str, Callable[[str], str]] = {
    "invoices.no": _first(_NUMBER),
    "invoices.date": _day,
    "invoices.value": _total,
    "invoices.currency": _money,
    "consignee.name": _first(_PARTY),
    "destination_country": _land(GOAL),
    "items.origin_country": _land(ORIGIN),
    "items.itc_hs": _code,
    "items.gross_weight_kg": _most(GROSS, " kg"),
    "items.package_count": _most(PACKED, ""),
}
