"""A certificate's number names agency, year, office and sequence, and a mistyped one is noticed."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import certificate_number as number
from app.core.check_digit import ALPHABET, fits, mod_37_36
from app.core.errors import BusinessError

KNOWN = [
    ("FIEO", 2024, "013", 1, "FIEO/2024/013/NP/0000001-5"),
    ("PHDCCI", 2025, "007", 1_234_567, "PHDCCI/2025/007/NP/1234567-G"),
]
AGENCIES = st.from_regex(re.compile(r"[A-Z][A-Z0-9]{1,9}", re.ASCII), fullmatch=True)
OFFICES = st.integers(1, 999).map("{:03d}".format)


@pytest.mark.parametrize(("agency", "year", "office", "sequence", "written"), KNOWN)
def test_known_numbers_have_their_check_character(agency: str, year: int, office: str, sequence: int, written: str) -> None:
    """Two worked examples, both ways."""
    assert number.format_number(agency, year, office, sequence) == written
    assert number.parse(written) == number.NumberParts(agency, year, office, sequence)


@given(AGENCIES, st.integers(2024, 2999), OFFICES, st.integers(1, 9_999_999))
def test_every_number_can_be_read_back(agency: str, year: int, office: str, sequence: int) -> None:
    """An agency whose code ends in digits is no exception."""
    written = number.format_number(agency, year, office, sequence)
    assert number.parse(written) == number.NumberParts(agency, year, office, sequence)


@pytest.mark.parametrize(
    "typed",
    [
        "fieo/2024/013/np/0000001-5",
        " FIEO 2024 013 NP 0000001 5\n",
        "FIEO2024013NP00000015",
        "FIEO/2024/013/NP/0000001–5",
    ],
)
def test_a_number_is_found_however_it_is_typed(typed: str) -> None:
    """Capitals, spaces, slashes and dashes do not matter."""
    assert number.normalise(typed) == "FIEO2024013NP00000015"
    assert number.parse(typed).agency == "FIEO"


def test_every_single_mistyped_character_is_caught() -> None:
    """All places of a number, all other letters and digits: 735 mistakes, none passes."""
    compact = number.normalise(KNOWN[0][4])
    wrong = [compact[:at] + c + compact[at + 1 :] for at in range(len(compact)) for c in ALPHABET if c != compact[at]]
    assert len(wrong) == 735
    assert not [typed for typed in wrong if fits(typed)]


@given(st.text(ALPHABET, min_size=1, max_size=30), st.data())
def test_the_check_character_catches_one_wrong_character_anywhere(payload: str, data: st.DataObject) -> None:
    """ISO 7064 MOD 37,36 promises it for every text."""
    checked = payload + mod_37_36(payload)
    at = data.draw(st.integers(0, len(payload)))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda c: c != checked[at]))
    assert fits(checked)
    assert not fits(checked[:at] + other + checked[at + 1 :])


def test_a_wrong_check_character_is_named_as_such() -> None:
    """The person is told that it is a typing mistake, not that there is no such certificate."""
    with pytest.raises(BusinessError, match="check character wrong"):
        number.parse("FIEO/2024/013/NP/0000001-6")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "5",
        "FIEO/2024/013/0000001-5",
        "FIEO/2024/13/NP/0000001-5",
        "FIEO/2024/000/NP/0000001-5",
        "FIEO/2024/013/NP/0000000-5",
        "FIEO/२०२४/013/NP/0000001-5",
        "FIEO/2024/013/NP/0000001-5;DROP",
        "FIEO/2024/013/NP/0000001-",
        "X" * 1000,
    ],
)
def test_another_form_is_refused(typed: str) -> None:
    """Too short, too long, no NP, office or sequence nought, other digits."""
    with pytest.raises(BusinessError, match="not a certificate number"):
        number.parse(typed)


@pytest.mark.parametrize("sequence", [0, -1, 10_000_000])
def test_the_series_ends(sequence: int) -> None:
    """Seven digits, from 1 on."""
    with pytest.raises(BusinessError, match="used up"):
        number.format_number("FIEO", 2024, "013", sequence)


@pytest.mark.parametrize(
    ("agency", "year", "office"),
    [
        ("fieo", 2024, "013"),
        ("F", 2024, "013"),
        ("FIEO", 24, "013"),
        ("FIEO", 2024, "13"),
        ("FI/O", 2024, "013"),
        ("FIEO", 2024, "000"),
    ],
)
def test_parts_that_make_no_number_are_a_programmers_mistake(agency: str, year: int, office: str) -> None:
    """What is in the database has been checked; such parts must never be printed."""
    with pytest.raises(ValueError, match=r"."):
        number.format_number(agency, year, office, 1)


@pytest.mark.parametrize("text", ["", "5", "fieo5", "FIEO/5", "１5"])
def test_what_is_not_letters_and_digits_does_not_fit(text: str) -> None:
    """Nothing, a lone character, small letters and punctuation have no check character."""
    assert not fits(text)
    assert set(string.digits + string.ascii_uppercase) == set(ALPHABET)
