"""Words of descriptions: what they say against a code, against a brand alone, and how they are spelt."""

import csv
import random
from pathlib import Path

import pytest

from app.applications.goods_words import chapters, elsewhere, meant, names_goods, words
from app.core.identifiers import parse_itc_hs

# Descriptions as firms write them, gathered after the words were, to see how often they are wronged.
ORDINARY = [
    (row[0], row[1]) for row in csv.reader(Path(__file__).with_name("descriptions.csv").read_text(encoding="utf-8").splitlines())
]


def test_ordinary_descriptions_are_left_in_peace() -> None:
    """Of nearly two hundred descriptions that firms write, at most two in a hundred hear of a code, a brand or a slip."""
    alarmed = [text for code, text in ORDINARY if elsewhere(code, text) or not names_goods(text) or any(map(meant, words(text)))]
    assert len(ORDINARY) > 180
    assert len(alarmed) <= len(ORDINARY) * 0.02, alarmed


def test_goods_under_a_code_of_a_far_chapter_are_often_told() -> None:
    """Of everyday goods under codes of quite other trades at least a third are told; the words do not pretend to know all."""
    from tests.applications.faults import GOODS

    dice, tried = random.Random(4), [(other[0], mine[1]) for mine in GOODS for other in GOODS if mine[0][0] != other[0][0]]
    chosen = dice.sample(tried, 400)
    assert sum(bool(elsewhere(code, text)) for code, text in chosen) > len(chosen) / 3


@pytest.mark.parametrize("text", ["Surf Excel", "MAAZA 250", "XR-2200 Turbo", "Kurkure"])
def test_a_brand_alone_names_no_goods(text: str) -> None:
    """A name that only a shop knows."""
    assert not names_goods(text)


@pytest.mark.parametrize(
    "text", ["Maaza mango drink", "THRESHERS", "Grain driers", "Diclofenac sodium", "EVA flip flops", "चावल बासमती के बोरे"]
)
def test_a_word_for_the_goods_is_enough(text: str) -> None:
    """Whoever says what it is may give the brand too; other languages are given credit."""
    assert names_goods(text)


@pytest.mark.parametrize(
    ("wrong", "right"), [("cottton", "cotton"), ("twoels", "towel"), ("carpts", "carpet"), ("basmtai", "basmati")]
)
def test_a_slip_of_the_pen_is_known(wrong: str, right: str) -> None:
    """One letter doubled or dropped, or two in the wrong order."""
    assert meant(wrong) == right


@pytest.mark.parametrize(
    "word", ["cotton", "towels", "valves", "casing", "knitting", "georgette", "Hamburg", "leaf", "boxes", "zari"]
)
def test_what_is_spelt_rightly_is_left_alone(word: str) -> None:
    """Grammar and unknown words are no slips."""
    assert meant(word.casefold()) == ""


def test_every_chapter_has_a_title_and_words() -> None:
    """The list has each chapter of goods once; 77 does not exist, 98 and 99 are not goods."""
    assert set(chapters()) == {f"{number:02d}" for number in range(1, 98) if number != 77}
    assert all(title and named for title, named in chapters().values())
    assert all(parse_itc_hs(chapter + "000000") for chapter in chapters())
