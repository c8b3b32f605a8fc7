"""A bulk sitting whose worker is killed with a signal at every step: each application is approved once, and none is lost."""

import os
import signal
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.certificates import issue, sitting, sitting_part
from app.certificates.sitting_models import Sitting
from app.certificates.sitting_rules import SittingKind
from app.core import clock
from app.infra import queue
from app.infra.db import db, transaction
from app.infra.queue import Claim, Job
from tests import factories
from tests.certificates.test_killed import Steps, all_is_well, worker
from tests.people import OFFICER, actor_for
from tests.running import until

# Before each of these, in a child process, the lights may go out.
STEPS: Steps = (
    (queue, "claim"), (Session, "commit"), (Claim, "hold"), (sitting_part, "work"), (sitting_part, "hold"), (sitting_part, "act"),
    (issue, "approve"), (sitting, "count"), (sitting, "go_on"), (sitting, "finish"), (Claim, "done"), (os, "_exit"),
)  # fmt: skip


def begun(ids: list[int]) -> int:
    """A sitting over these, started by the officer."""
    with transaction(db.session):
        row = sitting.prepare(db.session, actor_for(db.session, OFFICER), SittingKind.APPROVE, ids)
        sitting.start(db.session, row, actor_for(db.session, OFFICER), origin_criteria_checked=True)
        return row.id


def all_parts() -> None:
    """A worker that does nothing but the parts of sittings, as long as there are any."""
    due = select(Job.id).where(Job.kind == sitting.JOB, Job.state == "PENDING")
    while job_id := db.session.scalar(due):
        db.session.rollback()
        queue.run_job(job_id)


def resumed(app: Flask, pk: int) -> bool:
    """A minute later: has the next worker brought it to its end?"""
    with clock.travel(clock.now() + timedelta(seconds=app.config["JOB_LEASE_SECONDS"] + 1)):
        queue.reap(db.session())
        factories.run_jobs(app)
    row = db.session.get_one(Sitting, pk)
    ended = (row.status, row.done, row.refused, row.failed) == ("DONE", 2, 0, 0)
    db.session.rollback()
    return ended


@pytest.mark.slow
def test_killed_before_any_step(app: Flask, own: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """kill -9 at each step of both parts in turn, until a worker comes through; the numbers have no gap and none is doubled."""
    monkeypatch.setattr(sitting_part, "PART", 1)
    with app.app_context():
        pks = [factories.filed(app, "ISSUED")]  # also loads everything the children then share
        for number in range(1, 100):
            mine = [factories.filed(app, "UNDER_REVIEW") for _ in range(2)]
            pks += mine
            sitting_id = begun(mine)
            child = worker(all_parts, lambda seen, _name, last=number: seen == last, signal.SIGKILL, STEPS)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            assert code in {0, -signal.SIGKILL}
            # The database may need a moment to notice that its client is gone.
            assert until(lambda pk=sitting_id: resumed(app, pk), 180), f"not resumed after step {number}"
            if code == 0:
                break
        assert number > 2 * len(STEPS) - 4, "the steps are not what they were: look at STEPS"
        all_is_well(app, pks)
