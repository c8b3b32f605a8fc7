"""The rules of acting for another firm: when a right holds, which days may be granted, how an act is signed."""

from datetime import date, timedelta

import pytest

from app.brokers import rules
from app.brokers.rules import DELEGATION_LIFE, ROLE_OF, Scope, Term, called, why_not_act, why_not_dates
from app.core.actor import ACTING_ROLES, EXPORTER_ROLES, Role

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


def told(status: str, today: date) -> str:
    return why_not_act(Term(status, FIRST, LAST, "Seaways", "Balaji", "Meera Patel", "2 Mar 2026, 10:00 IST"), today)


def test_an_accepted_right_holds_from_its_first_to_its_last_day() -> None:
    """Both days included; the day before and the day after, not."""
    assert told("ACTIVE", FIRST) == told("ACTIVE", LAST) == ""
    assert told("ACTIVE", FIRST - timedelta(days=1)) == "The right of Seaways to act for Balaji begins on 1 Mar 2026."
    assert told("ACTIVE", LAST + timedelta(days=1)).startswith("The right of Seaways to act for Balaji ran out on 31 Mar 2026.")


@pytest.mark.parametrize("status", DELEGATION_LIFE.states)
def test_no_other_state_lets_anybody_act(status: str) -> None:
    """Every state but ACTIVE refuses with a sentence that names both firms."""
    sentence = told(status, FIRST)
    assert (sentence == "") == (status == "ACTIVE")
    if sentence:
        assert "Seaways" in sentence
        assert "Balaji" in sentence
        assert sentence.endswith(".")
    if status == "ENDED":
        assert sentence.startswith("Meera Patel ended the right of Seaways to act for Balaji on 2 Mar 2026, 10:00 IST.")


@pytest.mark.parametrize(
    ("from_date", "until", "field"),
    [
        (FIRST, FIRST, ""), (FIRST, FIRST + timedelta(days=366), ""), (FIRST, FIRST + timedelta(days=367), "until"),
        (FIRST - timedelta(days=1), LAST, "from_date"), (LAST, FIRST, "until"),
    ],
)  # fmt: skip
def test_a_year_at_most_and_not_backwards(from_date: date, until: date, field: str) -> None:
    """From today on, a year at most; the fault stands at its field."""
    assert why_not_dates(from_date, until, FIRST)[0] == field


def test_a_broker_never_has_a_role_of_the_firm() -> None:
    """Each scope has a role of its own, and none of them is one of the firm's people."""
    assert {ROLE_OF[scope] for scope in Scope} == ACTING_ROLES
    assert not ACTING_ROLES & EXPORTER_ROLES
    assert not any(Role.PRIMARY in move.by for move in rules.BROKER_LIFE.moves)


def test_an_act_is_signed_with_person_broker_and_firm() -> None:
    """And however long the names are, the line fits where it is kept."""
    assert called("Ravi Kumar", "Seaways", "Balaji") == "Ravi Kumar (Seaways) for Balaji"
    assert called("Ravi Kumar", "Seaways") == "Ravi Kumar (Seaways)"
    assert len(called("R" * 120, "S" * 200, "B" * 200)) <= rules.MOST_LETTERS
    assert called("R" * 120, "S" * 200, "B" * 200).count("…") == 3
