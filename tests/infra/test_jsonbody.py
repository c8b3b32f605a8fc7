"""The JSON of a request is read to the digit, once per name, and within bounds."""

from decimal import Decimal

import pytest

from app.core.errors import InvalidInput
from app.infra.jsonbody import MAX_BYTES, parse_json


def test_numbers_keep_every_digit() -> None:
    """0.1 is a tenth, not what a computer makes of it."""
    assert parse_json(b'{"value": 0.10, "lines": [{"no": 1}, {"no": 2}]}') == {
        "value": Decimal("0.10"),
        "lines": [{"no": 1}, {"no": 2}],
    }


@pytest.mark.parametrize("body", [b'{"number": "A", "number": "B"}', b'{"items": [{"hs": 1, "number": 2, "number": 2}]}'])
def test_a_name_given_twice_is_refused(body: bytes) -> None:
    """Nobody can say which of the two was signed; the fault names the field."""
    with pytest.raises(InvalidInput) as refusal:
        parse_json(body)
    assert [(fault.field, fault.message) for fault in refusal.value.faults] == [
        ("number", "This field is given twice. Send it once.")
    ]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b" " * (MAX_BYTES + 1)], ids=lambda b: repr(b[:8])
)
def test_what_is_not_json_is_told_so(body: bytes) -> None:
    """In a sentence, however it is spoilt."""
    with pytest.raises(InvalidInput, match=r"not JSON|larger than 4 MiB"):
        parse_json(body)
