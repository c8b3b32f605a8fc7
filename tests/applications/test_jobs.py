"""What happens by itself to applications: `application.lapse` runs every hour and ends what nobody answered."""

from datetime import timedelta
from typing import Any

from app.applications.jobs import LAPSE
from app.applications.models import Application
from app.core import clock
from app.infra import queue
from app.infra.db import transaction


def test_a_query_without_a_reply_lapses_when_its_time_has_run_out(session: Any, filed: Any, run_jobs: Any) -> None:
    """Not a day before the ninety are over, and then by itself; the other application is left alone."""
    assert LAPSE == "application.lapse"
    late, answered = filed("QUERY_RAISED"), filed("RESUBMITTED")
    for days, expected in ((89, "QUERY_RAISED"), (90, "DEEMED_WITHDRAWN")):
        with clock.travel(clock.now() + timedelta(days=days)):
            with transaction(session):
                queue.promise(session, LAPSE, f"{LAPSE}:{days}")
            run_jobs()
        session.expire_all()
        assert session.get_one(Application, late).status == expected
    assert session.get_one(Application, answered).status == "RESUBMITTED"
    assert [row.status for row in session.get_one(Application, late).queries] == ["LAPSED"]


def test_one_that_does_not_lapse_does_not_hold_up_the_others(session: Any, filed: Any, run_jobs: Any) -> None:
    """The held fee of the first cannot be captured; the second lapses all the same, and the job is done."""
    broken, good = filed("QUERY_RAISED"), filed("QUERY_RAISED")
    session.get_one(Application, broken).fee_paise = 99_000_000
    session.commit()
    with clock.travel(clock.now() + timedelta(days=91)):
        with transaction(session):
            queue.promise(session, LAPSE, f"{LAPSE}:once")
        run_jobs()
    session.expire_all()
    states = [session.get_one(Application, pk).status for pk in (broken, good)]
    assert states == ["QUERY_RAISED", "DEEMED_WITHDRAWN"]
    assert session.query(queue.Job).filter_by(key=f"{LAPSE}:once").one().state == "DONE"
