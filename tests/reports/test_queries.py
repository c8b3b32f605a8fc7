"""The supervisor's numbers against a count made by hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, update

from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.reports import queries
from tests.people import ADMIN, OTHER_ADMIN, SUPERVISOR, actor_for

NOON = timedelta(hours=12)


@pytest.fixture
def supervisor(session: Any) -> Actor:
    """The supervisor of the cast."""
    return actor_for(session, SUPERVISOR)


@pytest.fixture
def register(session: Any, issued: Callable[..., Any]) -> None:
    """Five certificates: days ago, hours from submission to issue, and what became of them; and two never issued."""
    made = [(0, 2, "VALID"), (0, 4, "SUPERSEDED"), (6, 12, "REVOKED"), (29, 40, "VALID"), (60, 100, "VALID")]
    first = issued()
    for number, (ago, hours, status) in enumerate([*made, (1, 1, "PREPARED"), (1, 1, "VOID")]):
        certificate = twin(session, first, number) if number else first
        day = clock.india_today() - timedelta(days=ago)
        noon = clock.india_midnight(day) + NOON
        certificate.issue_date, certificate.issued_at, certificate.status = day, noon, status
        certificate.application.submitted_at = noon - timedelta(hours=hours)
    session.commit()


def twin(session: Any, certificate: Any, number: int) -> Any:
    """Another certificate like this one, on another application like its own; issuing each would take seconds."""
    application = copied(certificate.application, number=f"NP{number:010d}")
    session.add(application)
    session.flush()
    unique = {
        "sequence": 900 + number,
        "number": f"N{number}",
        "number_norm": f"N{number}",
        "verify_token": f"T{number}",
    }
    certificate = copied(certificate, application_id=application.id, live_application_id=None, **unique)
    session.add(certificate)
    session.flush()
    return certificate


def copied(row: Any, **changes: Any) -> Any:
    """The same row once more, with its own key and these changes."""
    own = {"id", "version", "created_at", "updated_at"}
    values = {name: getattr(row, name) for name in set(inspect(type(row)).columns.keys()) - own}
    return type(row)(**(values | changes))


@pytest.mark.usefixtures("register")
def test_certificates_per_day(session: Any, supervisor: Actor) -> None:
    """Every day of the period has a row, in order; superseded and revoked ones were issued, prepared and void not (scenario 40)."""
    rows = queries.per_day(session, supervisor).rows
    today = clock.india_today()
    assert [label for label, _n in rows] == [clock.day(today - timedelta(days=ago)) for ago in range(29, -1, -1)]
    assert [number for _label, number in rows] == [1] + [0] * 22 + [1] + [0] * 5 + [2]


@pytest.mark.usefixtures("register")
def test_certificates_per_agency(session: Any, supervisor: Actor) -> None:
    """An agency's certificates of the period are counted; an agency that issued none is left out."""
    assert queries.per_agency(session, supervisor).rows == [("FIEC", 5)]
    assert queries.per_agency(session, supervisor, 30).rows == [("FIEC", 4)]
    assert queries.per_agency(session, supervisor, 7).rows == [("FIEC", 3)]


@pytest.mark.usefixtures("register")
def test_figures(session: Any, supervisor: Actor) -> None:
    """Totals, fees, and the middle and ninth of ten turnaround of 2, 4, 12 and 40 hours."""
    found = queries.figures(session, supervisor)
    assert (found.issued_today, found.issued_7_days, found.issued_30_days) == (2, 3, 4)
    assert found.fee_paise == 20_000  # of the one that went through the wallet
    assert found.median_hours == pytest.approx(8)  # between 4 and 12
    assert found.ninetieth_hours == pytest.approx(31.6)  # 12 + 0.7 × 28
    assert queries.figures(session, supervisor, 90).median_hours == pytest.approx(12)


def test_nothing_issued(session: Any, supervisor: Actor) -> None:
    """An empty register gives zeros, no turnaround, and no agency."""
    assert queries.figures(session, supervisor) == queries.Figures(0, 0, 0, 0, None, None)
    assert queries.per_day(session, supervisor).total == 0
    assert queries.per_agency(session, supervisor).rows == []


def test_fees_of_the_period(session: Any, supervisor: Actor) -> None:
    """An entry on the agencies' account counts in the period in which it was booked, by India's days."""
    from app.wallet.models import LedgerEntry, LedgerMovement

    midnight = clock.india_midnight(clock.india_today() - timedelta(days=6))
    for at, amount in ((midnight - timedelta(seconds=1), 100), (midnight, 7), (clock.now(), 20)):
        move = LedgerMovement(kind="FEE", reference=f"test:{amount}", actor_name="Test", at=at)
        session.add(move)
        session.flush()
        for account, sign in (("AGENCY", 1), ("GATEWAY", -1)):
            entry = LedgerEntry(movement_id=move.id, kind="FEE", account=account, amount_paise=sign * amount, at=at)
            session.add(entry)
    session.flush()
    assert queries.fee_earned(session, supervisor, 7) == 27
    assert queries.fee_earned(session, supervisor, 30) == 127


def test_pending_by_age(session: Any, supervisor: Actor, filed: Callable[..., int]) -> None:
    """Whatever waits is counted by whole days in India; drafts and what is closed are not."""
    from app.applications.models import Application

    waiting = {"SUBMITTED": 1, "UNDER_REVIEW": 2, "QUERY_RAISED": 3, "RESUBMITTED": 30, "SIGNING": 31}
    for state, ago in waiting.items():
        moment = clock.india_midnight(clock.india_today() - timedelta(days=ago))
        session.execute(update(Application).where(Application.id == filed(state)).values(submitted_at=moment))
    for state in ("DRAFT", "REJECTED", "WITHDRAWN"):
        filed(state)
    session.commit()
    found = queries.pending_by_age(session, supervisor)
    assert found.rows == [("0 to 1", 1), ("2 to 3", 2), ("4 to 7", 0), ("8 to 30", 1), ("over 30", 1)]


@pytest.mark.usefixtures("register")
def test_only_what_the_actor_may_see(session: Any) -> None:
    """The same queries asked by an agency count that agency's rows; the public counts nothing."""
    mine, other = actor_for(session, ADMIN), actor_for(session, OTHER_ADMIN)
    assert queries.per_day(session, mine, 90).total == 5
    assert queries.per_day(session, other, 90).total == 0
    assert queries.fee_earned(session, mine) == 20_000
    assert queries.fee_earned(session, other) == 0
    nobody = Actor(Role.PUBLIC, None, "the public")
    assert queries.per_agency(session, nobody).rows == []
    assert queries.per_agency(session, SYSTEM_ACTOR).total == 5
