"""Money is whole paise, written the Indian way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BusinessError
from app.core.money import parse_rupees, rupees


@pytest.mark.parametrize(
    ("paise", "written"),
    [
        (0, "₹0.00"),
        (5, "₹0.05"),
        (20_000, "₹200.00"),
        (99_999, "₹999.99"),
        (100_000, "₹1,000.00"),
        (12_345_600, "₹1,23,456.00"),
        (1_234_567_890, "₹1,23,45,678.90"),
        (-20_005, "-₹200.05"),
    ],
)
def test_rupees_are_grouped_as_in_india(paise: int, written: str) -> None:
    """Three digits, then groups of two; a debit carries its sign in front."""
    assert rupees(paise) == written


@given(st.integers(0, 99_999_999_999_999))
def test_what_is_printed_can_be_read_back(paise: int) -> None:
    """Writing and reading lose not a paisa."""
    assert parse_rupees(rupees(paise)) == paise


@pytest.mark.parametrize(
    ("typed", "paise"),
    [
        ("1500", 150_000),
        (" ₹ 1,500.5 ", 150_050),
        ("1,23,456.00", 12_345_600),
        ("123,456", 12_345_600),
        ("1,234,567.89", 123_456_789),
        ("0.01", 1),
        ("007", 700),
    ],
)
def test_rupees_are_read_as_people_type_them(typed: str, paise: int) -> None:
    """With or without sign of the rupee and commas, in the Indian or the Western grouping."""
    assert parse_rupees(typed) == paise


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "₹", ".", ".5", "5.", "1.234", "-1", "+1", "−1", "1e5", "1E5", "NaN", "inf", "Infinity", "0x10",
        "1_000", "１２", "१२", "1,2", "1,50", ",,5", "5,", "1,,000", "12,34", "1 000", "1.000,50",
        "1,00,00", "1'000", "$5",
        "1\n2", "1234567890123", "9,99,99,99,99,99,99,999",
    ],
)  # fmt: skip
def test_what_is_not_plainly_an_amount_is_refused(typed: str) -> None:
    """Signs, exponents, other digits, a third decimal, a comma for a point: a sentence, and nothing is taken."""
    with pytest.raises(BusinessError, match="rupees and paise"):
        parse_rupees(typed)
