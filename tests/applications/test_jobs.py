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
