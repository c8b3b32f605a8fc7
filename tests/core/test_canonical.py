"""The same facts are always spelled the same, so a signature can be checked years later."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.actor import Role
from app.core.canonical import canonical_json, sha256_hex

FACTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcdé"), inner),
    max_leaves=20,
)


def test_the_order_of_entry_does_not_matter() -> None:
    """Keys are sorted, and there is no space between."""
    assert canonical_json({"b": 1, "a": [True, None]}) == b'{"a":[true,null],"b":1}'
    assert canonical_json({"b": 1, "a": 2}) == canonical_json({"a": 2, "b": 1})


def test_letters_are_composed_and_kept_as_letters() -> None:
    """An e with its accent beside it is the é it looks like, in UTF-8, in keys as in values."""
    assert canonical_json({"e\u0301": "Große e\u0301"}) == '{"é":"Große é"}'.encode()


def test_numbers_and_dates_are_text() -> None:
    """Decimals without exponent, dates as ISO 8601, the words of a list as themselves."""
    facts = {"w": Decimal("2913.190"), "k": Decimal("1E+3"), "d": date(2026, 8, 18), "r": Role.OFFICER, "t": (1,)}
    assert canonical_json(facts) == b'{"d":"2026-08-18","k":"1000","r":"OFFICER","t":[1],"w":"2913.190"}'


def test_a_moment_is_spelled_in_utc() -> None:
    """A database may return the moment in another zone; the spelling stays."""
    moment = datetime(2026, 8, 18, 12, 0, tzinfo=UTC)
    assert canonical_json(moment) == canonical_json(moment.astimezone(timezone(timedelta(hours=5.5))))


@pytest.mark.parametrize("value", [1.5, {1, 2}, b"x", Decimal("NaN"), Decimal("Infinity"), {1: "a"}, {"é": 1, "e\u0301": 2}])
def test_what_has_no_one_spelling_is_refused(value: Any) -> None:
    """Floats, sets, bytes, numbers that are none, keys that are no text or collide: told at once."""
    with pytest.raises(TypeError, match="spelling"):
        canonical_json([value])


def test_a_moment_without_zone_is_refused() -> None:
    """It could be spelled differently on another machine."""
    with pytest.raises(ValueError, match="time zone"):
        canonical_json(datetime(2026, 8, 18))


@given(FACTS)
def test_spelling_twice_gives_the_same(facts: Any) -> None:
    """What was spelled, read and spelled again is the same, byte for byte."""
    spelled = canonical_json(facts)
    assert canonical_json(json.loads(spelled)) == spelled


def test_the_hash_is_sha_256() -> None:
    """The known hash of nothing."""
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
