"""What stands first on the desk: the rule by itself, and the same order in the database and on the page."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app.applications.models import Application
from app.applications.pressing import Pressing, Rank, pressing
from app.core import clock
from tests.people import OFFICER

TODAY = date(2026, 11, 27)
SOME_DAYS = TODAY - timedelta(days=4)


@pytest.mark.parametrize(
    ("status", "rounds", "departure", "told", "words"),
    [
        ("SUBMITTED", 0, None, Pressing(Rank.WAITING, 4), "waits 4 days"),
        ("UNDER_REVIEW", 0, TODAY + timedelta(days=4), Pressing(Rank.WAITING, 4), "waits 4 days"),
        ("SUBMITTED", 0, TODAY + timedelta(days=3), Pressing(Rank.LEAVING, 3), "leaves in 3 days"),
        ("APPROVED", 0, TODAY - timedelta(days=1), Pressing(Rank.LEAVING, -1), "left 1 day ago"),
        ("APPROVED", 0, TODAY, Pressing(Rank.LEAVING, 0), "leaves today"),
        ("RESUBMITTED", 2, TODAY - timedelta(days=9), Pressing(Rank.LEAVING, -9), "left 9 days ago"),
        ("RESUBMITTED", 1, None, Pressing(Rank.ANSWERED), "query answered"),
        ("APPROVED", 1, None, Pressing(Rank.WAITING, 4), "waits 4 days"),
        ("SIGN_FAILED", 1, TODAY, Pressing(Rank.FAILED), "signing failed"),
        ("SIGNING", 1, TODAY, Pressing(Rank.SIGNING), "being signed"),
    ],
)
def test_why_it_presses(status: str, rounds: int, departure: date | None, told: Pressing, words: str) -> None:
    found = pressing(status, rounds, departure, SOME_DAYS, TODAY, soon=3)
    assert (found, str(found)) == (told, words)


def test_the_page_has_the_order_of_the_rule(session: Any, filed: Callable[..., int], login: Any) -> None:
    """Rows of every rank, filed in the wrong order, and two of a rank."""
    today = clock.india_today()
    wanted: list[tuple[str, int, int | None, int]] = [  # status, rounds, days to departure, days of waiting
        ("SIGNING", 0, 1, 9), ("SUBMITTED", 0, None, 1), ("SUBMITTED", 0, 40, 5), ("RESUBMITTED", 1, None, 0),
        ("UNDER_REVIEW", 0, 2, 0), ("APPROVED", 1, None, 2), ("SUBMITTED", 0, -3, 0), ("SIGN_FAILED", 0, None, 0),
    ]  # fmt: skip
    for status, rounds, sails, waited in wanted:
        row = session.get_one(Application, filed("SUBMITTED"))
        row.status, row.query_round = status, rounds
        row.departure_date = today + timedelta(days=sails) if sails is not None else None
        row.submitted_at = clock.now() - timedelta(days=waited)
    session.commit()
    rows = session.query(Application).filter(Application.status != "DRAFT").all()

    def key(row: Application) -> Any:
        told = row.pressing
        return told.rank, told.days if told.rank == Rank.LEAVING else 0, row.submitted_at, row.id

    page = login(OFFICER).get("/desk/list/").text
    assert re.findall(r'href="/desk/show/(\d+)"', page) == [str(row.id) for row in sorted(rows, key=key)]
    for words in (
        "signing failed",
        "left 3 days ago",
        "leaves in 2 days",
        "query answered",
        "waits 5 days",
        "being signed",
    ):
        assert f"<span>{words}</span>" in page
