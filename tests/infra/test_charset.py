"""Which characters a filing may contain: those that can be printed, and no others."""

import time

import pytest

from app.infra.charset import normal, unprintable


@pytest.mark.parametrize(
    "text",
    [
        "Cotton T-shirts, 180 GSM (men's) & more",
        "Große Elbstraße",
        "Đặc biệt",
        "हस्तनिर्मित कालीन",
        "शक्\u200dति",
        "Хлопок",
        "₹ 1,000",
        "شركة",
        "קרטון",
        "ผ้าฝ้าย",
        "25 °C ± 2 µm",
    ],
)
def test_printable_text_is_accepted(text: str) -> None:
    """Trade text in the scripts our own typefaces hold is accepted."""
    assert unprintable(text) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Ship \U0001f6a2", "U+1F6A2 (SHIP)"),
        ("exe\u202egnp", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("bell\x07", "U+0007 (a control character)"),
        ("mark\ue000", "U+E000 (a private-use character)"),
        ("plane\U000f0000", "U+F0000 (a private-use character)"),
        ("half\ud800", "U+D800 (half a character)"),
        ("none\u0378", "U+0378 (a character that does not exist)"),
        ("soft\u00adhyphen", "U+00AD (SOFT HYPHEN)"),
        ("\U00012000", "U+12000 (CUNEIFORM SIGN A)"),
        ("heart\ufe0f", "U+FE0F (VARIATION SELECTOR-16)"),
    ],
)
def test_an_unprintable_character_is_named(text: str, named: str) -> None:
    """What cannot be printed, or would turn text round, is refused by its number and name."""
    assert unprintable(text) == f"the character {named}"


def test_line_ends_only_where_allowed() -> None:
    """An address may have lines, a name may not."""
    assert unprintable("Plot 1\r\nSurat", lines=True) is None
    assert unprintable("Plot 1\nSurat") == "the character U+000A (a control character)"


def test_normal_text_is_composed() -> None:
    """Letters typed in two parts become one, as they are kept and printed."""
    assert normal("Cafe\u0301") == "Caf\u00e9"
    assert unprintable("Cafe\u0301") is None


def test_the_check_takes_microseconds() -> None:
    """A hundred characters are checked in well under a tenth of a millisecond once the fonts are known."""
    text = "हस्तनिर्मित ऊनी कालीन और सूती वस्त्र " * 3
    unprintable(text)
    start = time.process_time()
    for _ in range(500):
        unprintable(text)
    assert (time.process_time() - start) / 500 < 0.0005
