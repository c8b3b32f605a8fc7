"""A small storm: certificates signed by a token while worker, web, queue and agent are killed, and every book is whole."""

import pytest

from tests.signing.softhsm import NEEDED
from tests.signing_storm import weather

pytestmark = [pytest.mark.slow, pytest.mark.servers, NEEDED]
NUMBER, KILLS = 24, 4


def test_each_is_issued_once_whoever_is_killed() -> None:
    """As many certificates, numbers and fees as there were applications, every file valid; the books are asked inside."""
    told = weather(NUMBER, KILLS)
    assert told["n"] == NUMBER
    assert sum(told["killed"].values()) == KILLS
    assert "signatures are in order" in told["check"]
