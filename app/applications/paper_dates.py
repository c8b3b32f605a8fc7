"""Every date that stands in a text, in whichever of the usual ways it is written."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH = rf"({'|'.join(MONTHS)})[A-Z]*"
_YEAR = r"((?:19|20)\d\d|\d\d)(?!\d)"
_NAMED = re.compile(rf"(?<!\d)(\d{{1,2}})(?:ST|ND|RD|TH)?(?:\s+OF)?[\s./,'-]*{_MONTH}[\s./,'’-]*{_YEAR}")
_NAMED_FIRST = re.compile(rf"(?<![A-Z]){_MONTH}[\s.-]*(\d{{1,2}})(?:ST|ND|RD|TH)?[\s,.-]+{_YEAR}")
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,2})(?!\d)")
_FIGURES = re.compile(rf"(?<![\d/.-])(\d{{1,2}})\s?[-/.]\s?(\d{{1,2}})\s?[-/.]\s?{_YEAR}")


def days(text: str) -> frozenset[date]:
    """The dates of a text in capitals; 03/04/2026 counts as both of the days it may mean."""
    found = set()
    for year, month, day in _written(text.replace("SEPT", "SEP")):
        with suppress(ValueError):
            found.add(date(year + (2000 if year < 100 else 0), month, day))
    return frozenset(found)


def _written(text: str) -> Iterator[tuple[int, int, int]]:
    for day, month, year in _NAMED.findall(text):
        yield int(year), MONTHS.index(month) + 1, int(day)
    for month, day, year in _NAMED_FIRST.findall(text):
        yield int(year), MONTHS.index(month) + 1, int(day)
    for year, month, day in _YEAR_FIRST.findall(text):
        yield int(year), int(month), int(day)
    for first, second, year in _FIGURES.findall(text):
        yield int(year), int(second), int(first)
        yield int(year), int(first), int(second)
