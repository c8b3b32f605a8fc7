"""Countries and currencies, out of a package that keeps up with ISO."""

from collections.abc import Mapping
from functools import cache

import pycountry

# ISO lists funds, metals and test codes beside money; nobody invoices in these.
NOT_MONEY = frozenset({"XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX",
                       "BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW", "XAD"})  # fmt: skip

# Where the package has no common name and the formal one is turned round for sorting, or is not what people say.
PLAIN = {
    "BN": "Brunei", "CD": "Democratic Republic of the Congo", "FK": "Falkland Islands", "FM": "Micronesia",
    "PS": "Palestine", "RU": "Russia", "VA": "Vatican City", "VG": "British Virgin Islands", "VI": "US Virgin Islands",
}  # fmt: skip


@cache
def countries() -> Mapping[str, str]:
    """Every ISO 3166 alpha-2 code and its name as people say it."""
    return {row.alpha_2: PLAIN.get(row.alpha_2, getattr(row, "common_name", row.name)) for row in pycountry.countries}


def country_name(code: str) -> str:
    """The name of a country; the code itself when it is not on the list."""
    return countries().get(code, code)


@cache
def currencies() -> Mapping[str, str]:
    """Every ISO 4217 currency that is money."""
    return {row.alpha_3: row.name for row in pycountry.currencies if row.alpha_3 not in NOT_MONEY}
