"""What a password may be, and how browsers are named."""

import pytest

from app.access import rules
from app.access.passwords import READABLE

WHO = ("meera.iyer@fiec.example", "Meera Iyer")


@pytest.mark.parametrize(
    "password",
    [
        "tea in the blue bus", "correct horse battery staple", "k3f9-x7qp-mm4r-t8zn", "Tiger, lion, bear, 2026",
        "नमस्ते मेरा पासवर्ड", "a1b2c3d4e5f6g", "Meera likes mangoes", "x" * 3 + "q7!w" * 2 + "Zp", "vK" + "9tR " * 31 + "xy",
    ],
)  # fmt: skip
def test_long_and_unlikely_is_enough(password: str) -> None:
    """No rule asks for capitals, digits or signs; spaces and every script are taken."""
    assert rules.why_not(password, *WHO) == ""


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", rules.TOO_SHORT),
        ("blue bus tea", ""),
        ("blue bus te", rules.TOO_SHORT),
        ("vK" + "9tR " * 31 + "xyz", rules.TOO_LONG),
        ("tea in\0the blue bus", rules.UNTYPABLE),
        ("tea in the\nblue bus", rules.UNTYPABLE),
        ("meera.iyer@fiec.example", rules.YOUR_NAME),
        ("MEERA.IYER@fiec.example", rules.YOUR_NAME),
        ("MeeraIyer2026!", rules.YOUR_NAME),
        ("iyer-iyer-iyer-1", rules.YOUR_NAME),
        ("UdgamUdgam2026", rules.YOUR_NAME),
        ("aaaaaaaaaaaaaa", rules.TOO_COMMON),
        ("abcabcabcabcab", rules.TOO_COMMON),
        ("19851985198519", rules.TOO_COMMON),
        ("7391 0482 6151", rules.TOO_COMMON),
        ("qwertyuiop12", rules.TOO_COMMON),
        ("poiuytrewq99", rules.TOO_COMMON),
        ("1qaz2wsx3edc4", rules.TOO_COMMON),
        ("abcdefghijkl", rules.TOO_COMMON),
        ("Password1234", rules.TOO_COMMON),
        ("P@ssw0rd2026!", rules.TOO_COMMON),
        ("Welcome2026India", rules.TOO_COMMON),
        ("monkeydragon99", rules.TOO_COMMON),
        ("JaiHind@19470815", rules.TOO_COMMON),
        ("udgam-demo-2026", rules.TOO_COMMON),
    ],
)
def test_what_would_be_guessed_is_refused(password: str, reason: str) -> None:
    """Each with the sentence that says what to do instead."""
    assert rules.why_not(password, *WHO) == reason


def test_somebody_without_a_name_is_judged_too() -> None:
    """An empty name takes nothing out of the password."""
    assert rules.why_not("tea in the blue bus", "", " ") == ""


def test_issued_passwords_are_easy_to_read_out() -> None:
    """No letter or digit that is taken for another."""
    assert not set("0Ool1iI") & set(READABLE)
    assert len(set(READABLE)) == len(READABLE) >= 30


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", ("Firefox", "Windows")),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0",
            ("Edge", "Windows"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36",
            ("Chrome", "Android"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1",
            ("Safari", "iPhone"),
        ),
        ("curl/8.5.0", ("", "")),
        ("", ("", "")),
    ],
)
def test_browsers_are_named_as_people_name_them(said: str, words: tuple[str, str]) -> None:
    assert rules.browser_words(said) == words
