"""The code lists say what they should, each code once, in a form that can be printed."""

import csv
import re
from pathlib import Path

import pytest

from app.core import codes
from app.core.errors import BusinessError
from app.core.identifiers import parse_indian_port
from app.infra.codes import countries, country_name, currencies

KINDS = {"1": "sea", "2": "rail", "4": "air", "5": "post", "6": "icd", "B": "land"}


@pytest.mark.parametrize(
    ("count", "kind", "printed"),
    [
        (141, "CT", "141 cartons"),
        (1, "CT", "1 carton"),
        (2600, "BG", "2,600 bags"),
        (2, "BX", "2 boxes"),
        (0, "NE", "Unpacked"),
        (3, "NE", "3 unpacked pieces"),
        (0, "VL", "Bulk liquid"),
        (7, "VR", "Bulk solids, granular"),
        (12, "4G", "12 fibreboard boxes"),
    ],
)
def test_packages_are_counted_in_words(count: int, kind: str, printed: str) -> None:
    """One is one, several are several, and bulk has no number."""
    assert codes.packages(count, kind) == printed


def test_a_package_that_is_not_listed_is_refused() -> None:
    """The e-invoice's X before the code is not ours."""
    with pytest.raises(BusinessError, match="XCT"):
        codes.packages(1, "XCT")


def test_packages_are_many_and_printable() -> None:
    """At least sixty kinds, two characters each, in plain ASCII."""
    assert len(codes.PACKAGES) >= 60
    assert all(re.fullmatch(r"[A-Z0-9]{2}", code) for code in codes.PACKAGES)
    assert all(one and many and (one + many).isascii() for one, many in codes.PACKAGES.values())
    assert codes.PACKAGES.keys() >= codes.BULK | {
        "BG",
        "BX",
        "CT",
        "CR",
        "CS",
        "DR",
        "BL",
        "BE",
        "RO",
        "SA",
        "PX",
        "PK",
        "NE",
    }


def test_the_units_are_the_forty_five_of_gst() -> None:
    """Three capitals each, and the common ones are there."""
    assert len(codes.UNITS) == 45
    assert all(re.fullmatch(r"[A-Z]{3}", code) for code in codes.UNITS)
    assert codes.UNITS.keys() >= {
        "KGS",
        "NOS",
        "PCS",
        "MTS",
        "MTR",
        "LTR",
        "SET",
        "DOZ",
        "PRS",
        "CTN",
        "BOX",
        "SQM",
        "CBM",
        "OTH",
    }


def test_the_states_are_those_of_gst() -> None:
    """01 to 38, other territory and the centre; each name is used once."""
    assert set(codes.STATES) == {f"{n:02d}" for n in range(1, 39)} | {"97", "99"}
    assert len(set(codes.STATES.values())) == len(codes.STATES)


def test_every_port_is_an_indian_one_and_of_the_kind_its_code_says() -> None:
    """The sixth character tells sea, rail, air, post, inland depot or land station."""
    assert len(codes.PORTS) >= 29
    for code, kind in codes.PORT_KINDS.items():
        assert parse_indian_port(code) == code
        assert KINDS[code[5]] == kind
    assert (codes.PORTS["INNSA1"], codes.PORTS["INATRB"]) == ("Nhava Sheva", "Attari Road")


@pytest.mark.parametrize("name", ["ports_in", "packages"])
def test_a_list_has_each_code_once(name: str) -> None:
    """A second line for a code would silently win."""
    path = Path(codes.__file__).with_suffix("") / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        listed = [row[0] for row in csv.reader(lines)]
    assert len(listed) == len(set(listed))


def test_short_lists_are_complete() -> None:
    """Eleven Incoterms, eight ways of transport, and the papers a certificate is concerned with."""
    assert set(codes.INCOTERMS) == {"EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"}
    assert set(codes.TRANSPORT_MODES) == set(range(1, 9))
    assert codes.DOCUMENTS["861"] == "Certificate of origin"
    assert set(codes.DOCUMENTS) >= {"271", "380", "860", "862", "864", "865"}


def test_countries_have_the_names_people_use() -> None:
    """249 of ISO 3166, none turned round for sorting."""
    assert len(countries()) == 249
    names = {code: country_name(code) for code in ("US", "KR", "TZ", "VN", "RU", "CD", "VG", "IN")}
    assert names == {
        "US": "United States", "KR": "South Korea", "TZ": "Tanzania", "VN": "Vietnam", "RU": "Russia",
        "CD": "Democratic Republic of the Congo", "VG": "British Virgin Islands", "IN": "India",
    }  # fmt: skip
    assert [name for name in countries().values() if re.search(r", (?!Sint|Ascension)", name)] == []
    assert country_name("XX") == "XX"


def test_currencies_are_money() -> None:
    """What an invoice may be in: no metals, funds, tests, or money that has ended."""
    assert currencies().keys() >= {"USD", "EUR", "INR", "AED", "GBP", "JPY", "ZWG", "XCG", "XOF"}
    assert not currencies().keys() & {
        "XAU",
        "XDR",
        "XTS",
        "XXX",
        "CHE",
        "CLF",
        "BOV",
        "UYI",
        "HRK",
        "ZWL",
        "ANG",
        "DEM",
    }
