"""Words are taken as they will be printed, or refused with a sentence."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BusinessError
from app.core.text import clean


def test_spaces_are_trimmed_and_made_one() -> None:
    """Tabs and hard spaces from a spreadsheet are spaces, too."""
    assert clean("  Hansa \t Textil\u00a0 GmbH ", 50) == "Hansa Textil GmbH"


def test_letters_are_composed() -> None:
    """NFC: the accent goes onto its letter before anything is counted."""
    assert clean("Cafe\u0301", 4) == "Café"


def test_lines_are_kept_where_they_are_wanted() -> None:
    """An address keeps its lines, whatever the machine ends them with."""
    assert clean(" Elbstr. 1 \r\n 22767  Hamburg\r\n\n", 50, multiline=True) == "Elbstr. 1\n22767 Hamburg"


def test_a_line_break_in_one_line_is_refused() -> None:
    """A name has one line, and the sentence says what is in the way."""
    with pytest.raises(BusinessError, match="a line break"):
        clean("one\ntwo", 50)


@pytest.mark.parametrize(
    "hidden", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\ue000"]
)
@pytest.mark.parametrize("multiline", [False, True])
def test_hidden_characters_are_refused_by_name(hidden: str, multiline: bool) -> None:
    """Controls, turned writing, invisible and private characters: each named, so that it can be found."""
    with pytest.raises(BusinessError, match=rf"U\+{ord(hidden):04X}"):
        clean(f"ACME{hidden}Ltd", 50, multiline=multiline)


def test_hindi_keeps_its_joiners() -> None:
    """Two invisible characters shape Devanagari and stay."""
    assert clean("क्\u200dष भारत", 50) == "क्\u200dष भारत"


def test_what_is_too_long_is_refused_with_its_length() -> None:
    """Exactly the limit fits; one more does not; megabytes are not even read."""
    assert clean("x" * 10, 10) == "x" * 10
    with pytest.raises(BusinessError, match="11 characters; at most 10"):
        clean("x" * 11, 10)
    with pytest.raises(BusinessError, match="far too long"):
        clean("x" * 5_000_000, 10)


@given(st.text(max_size=60), st.booleans())
def test_what_is_clean_stays_as_it_is(value: str, multiline: bool) -> None:
    """Cleaning twice changes nothing, and what comes out is composed and trimmed."""
    try:
        once = clean(value, 100, multiline=multiline)
    except BusinessError:
        return
    assert clean(once, 100, multiline=multiline) == once == unicodedata.normalize("NFC", once).strip()
