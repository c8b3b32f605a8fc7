"""Every identifier of domain rule 4.0: the good ones are read, the bad ones refused with a cure."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import codes
from app.core import identifiers as ids
from app.core.check_digit import ALPHABET
from app.core.errors import BusinessError

GOOD: list[tuple[Callable[[str], str], list[str]]] = [
    (ids.parse_pan, ["AAPFU0939F", "AAACR5055K", "ABCPE1234F"]),
    (ids.parse_iec, ["AAPFU0939F", "0388012345"]),
    (ids.parse_gstin, ["27AAPFU0939F1ZV", "07AAACA1111A1ZU", "33AAACC4567D2Z0", "38AAPFU0939F1ZS"]),
    (ids.parse_pin, ["110011"]),
    (ids.parse_mobile, ["9876543210", "6000000000"]),
    (ids.parse_itc_hs, ["07132090", "10064010", "98010013"]),
    (ids.parse_indian_port, ["INNSA1", "INPTPB"]),
    (ids.parse_locode, ["AEJEA", "USNYC", "USZ2X"]),
    (ids.parse_indian_invoice, ["TORQ22-23/RC/068", "1", "a/b-C"]),
    (ids.parse_shipping_bill, ["5937232"]),
    (ids.parse_container, ["CSQU3054383"]),
    (ids.parse_imo, ["9074729"]),
]
BAD: list[tuple[Callable[[str], str], list[str]]] = [
    (ids.parse_pan, ["ABCDE1234F", "AAPFU0000F", "AAPFU0939", "AAPFU09391"]),
    (ids.parse_iec, ["ABCDE1234F", "038801234", "0000000000", "03880123456"]),
    (
        ids.parse_gstin,
        [
            "27AAPFU0939F1ZW",
            "72AAPFU0939F1ZV",
            "27AAPFU0939F0ZV",
            "27AAPFU0939F1CV",
            "27AAPXU0939F1ZV",
            "27AAPFU0939F1Z",
        ],
    ),
    (ids.parse_pin, ["010011", "40061", "4006111"]),
    (ids.parse_mobile, ["5876543210", "+919876543210", "98765 43210"]),
    (ids.parse_itc_hs, ["77010000", "00123456", "0713209", "0713.20.90"]),
    (ids.parse_indian_port, ["INNSA", "USNYC1", "INNSA0"]),
    (ids.parse_locode, ["INNSA1", "AE1EA", "A2JEA"]),
    (ids.parse_indian_invoice, ["/A1", "A1234567890123456", "INV 12", "-1"]),
    (ids.parse_shipping_bill, ["593723", "59372321", "593723A"]),
    (ids.parse_container, ["CSQU3054384", "CSQX3054383", "CSQU305438"]),
    (ids.parse_imo, ["9074728", "907472", "IMO"]),
]
GOOD_ROWS = [(parse, value) for parse, values in GOOD for value in values]
BAD_ROWS = [(parse, value) for parse, values in BAD for value in values]
NOT_ASCII = ["", " ", "１１００１１", "९८७६५४३२१०", "\u0131", "x\ny", "x\x00"]

parsers = pytest.mark.parametrize("parse", [parse for parse, _ in GOOD])


@pytest.mark.parametrize(("parse", "value"), GOOD_ROWS)
def test_a_good_identifier_is_read_as_it_is(parse: Callable[[str], str], value: str) -> None:
    """Spaces around it do not matter, and reading it again changes nothing."""
    assert parse(value) == value
    assert parse(f"  {value} ") == value


@pytest.mark.parametrize(("parse", "value"), [row for row in GOOD_ROWS if row[0] is not ids.parse_indian_invoice])
def test_small_letters_become_capitals(parse: Callable[[str], str], value: str) -> None:
    """Codes are typed in small letters, and kept in capitals."""
    assert parse(value.lower()) == value


@pytest.mark.parametrize(("parse", "value"), BAD_ROWS)
def test_a_bad_identifier_is_refused_in_a_sentence(parse: Callable[[str], str], value: str) -> None:
    """A whole sentence with the cure, not a code."""
    with pytest.raises(BusinessError) as refusal:
        parse(value)
    assert refusal.value.sentence.endswith(".")
    assert len(refusal.value.sentence) > 30


@parsers
@pytest.mark.parametrize("value", NOT_ASCII)
def test_other_digits_and_nothing_are_refused(parse: Callable[[str], str], value: str) -> None:
    """Full-width and Devanagari digits look right and are not."""
    with pytest.raises(BusinessError):
        parse(value)


@parsers
@given(value=st.text(max_size=20))
def test_whatever_is_typed_the_answer_is_a_code_or_a_sentence(parse: Callable[[str], str], value: str) -> None:
    """No other exception, and what is read once can be read again."""
    try:
        read = parse(value)
    except BusinessError:
        return
    assert parse(read) == read
    assert read.isascii()


@pytest.mark.parametrize("value", ["AAPFU0939\u017f", "AAPFU0939F\u0131", "\u0131npfu0939f"])
def test_letters_that_only_become_ascii_in_capitals_are_refused(value: str) -> None:
    """The capital of a dotless i is an I, but nobody has such a PAN."""
    with pytest.raises(BusinessError):
        ids.parse_pan(value)


@pytest.mark.parametrize(
    ("payload", "check"),
    [("27AAPFU0939F1Z", "V"), ("27AAPFU0059F1Z", "0"), ("33AAACC4567D2Z", "0"), ("38AAPFU0939F1Z", "S")],
)
def test_the_check_character_of_a_gstin(payload: str, check: str) -> None:
    """The worked example, and the case in which the sum divides evenly and the check is 0."""
    assert ids.gstin_check(payload) == check


@given(st.text(ALPHABET, min_size=14, max_size=14), st.integers(0, 13), st.sampled_from(ALPHABET))
def test_one_wrong_character_changes_the_check(payload: str, at: int, other: str) -> None:
    """Luhn modulo 36 catches every single mistake, wherever it is."""
    wrong = payload[:at] + other + payload[at + 1 :]
    assert (ids.gstin_check(wrong) == ids.gstin_check(payload)) == (wrong == payload)


@pytest.mark.parametrize("gstin", [value for parse, value in GOOD_ROWS if parse is ids.parse_gstin])
def test_every_single_mistyped_character_of_a_gstin_is_caught(gstin: str) -> None:
    """Fifteen places, thirty-five other characters each: 525 mistakes, none passes."""
    wrong = [gstin[:at] + c + gstin[at + 1 :] for at in range(15) for c in ALPHABET if c != gstin[at]]
    assert len(wrong) == 525
    for typed in wrong:
        with pytest.raises(BusinessError):
            ids.parse_gstin(typed)


def test_a_gstin_must_carry_the_firms_pan() -> None:
    """A sister company's GSTIN is refused, its own is taken."""
    assert ids.parse_gstin("27AAPFU0939F1ZV", "AAPFU0939F") == "27AAPFU0939F1ZV"
    with pytest.raises(BusinessError, match="another PAN"):
        ids.parse_gstin("27AAPFU0939F1ZV", "AAACR5055K")


@pytest.mark.parametrize(
    ("gstin", "part"),
    [
        ("27AAPFU0939F1ZW", "last character"),
        ("72AAPFU0939F1ZV", "state"),
        ("27AAPXU0939F1ZV", "PAN"),
        ("27AAPFU0939F1Z", "15"),
    ],
)
def test_a_gstin_is_refused_with_its_reason(gstin: str, part: str) -> None:
    """Check character, state, PAN and length are told apart."""
    with pytest.raises(BusinessError, match=part):
        ids.parse_gstin(gstin)


def test_an_iec_like_a_pan_is_the_firms_pan() -> None:
    """New codes equal the PAN; old all-digit codes say nothing about it."""
    assert ids.parse_iec("aapfu0939f", "AAPFU0939F") == "AAPFU0939F"
    assert ids.parse_iec("0388012345", "AAPFU0939F") == "0388012345"
    with pytest.raises(BusinessError, match="another PAN"):
        ids.parse_iec("AAACR5055K", "AAPFU0939F")


def test_containers_and_ships_are_read_as_they_are_painted() -> None:
    """With spaces, a dash before the check digit, or IMO in front."""
    assert ids.parse_container("csqu 305438-3") == "CSQU3054383"
    assert ids.parse_imo(" IMO 9074729 ") == "9074729"


@given(st.integers(0, 5), st.integers(1, 9))
def test_a_wrong_digit_of_an_imo_number_is_caught_where_its_weight_allows(at: int, more: int) -> None:
    """The weights 7 to 2 miss a mistake only where weight times difference is a multiple of ten."""
    digits = [int(digit) for digit in "9074729"]
    digits[at] = (digits[at] + more) % 10
    if (7 - at) * more % 10:
        with pytest.raises(BusinessError):
            ids.parse_imo("".join(map(str, digits)))


def test_an_invoice_number_keeps_its_letters() -> None:
    """It is printed as on the invoice, so it is not put in capitals."""
    assert ids.parse_indian_invoice("ab/22-23/x") == "ab/22-23/x"


def test_the_states_of_a_gstin_are_the_listed_ones() -> None:
    """Two lists of states would part ways one day."""
    assert frozenset(codes.STATES) == ids.STATES
