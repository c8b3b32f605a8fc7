"""The worker is killed, frozen or raced at every step of issuing: one certificate, one number, one fee all the same."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.audit.service import prove as prove_trail
from app.certificates import issue, jobs, register, stages
from app.certificates.models import Certificate
from app.core import clock
from app.infra import keystore, queue, store
from app.infra.db import db
from app.infra.queue import Claim, Job
from app.signing import fitness, timestamp
from app.signing.judge import judge
from app.wallet import service as wallet
from tests import factories
from tests.desk import Desk
from tests.running import until

Steps = tuple[tuple[Any, str], ...]
# Before each of these, in a child process, the lights may go out.
STEPS: Steps = (
    (queue, "claim"), (Session, "commit"), (stages, "read"), (stages, "render"), (store, "put"), (os, "replace"),
    (store, "_sync_folder"), (Claim, "hold"), (jobs, "_sign"), (timestamp, "stamp"), (fitness, "judged"), (stages, "must_still_sign"),
    (issue, "finish"), (wallet, "capture"), (issue, "move_to"), (issue, "tell_firm"), (Claim, "done"),
    (os, "_exit"),
)  # fmt: skip


def strike(here: Callable[[int, str], bool], how: signal.Signals, steps: Steps) -> None:
    """In a child: send ourselves a signal before the first step, counted over all of them, for which `here` is true."""
    seen = 0

    def before(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def struck(*args: Any, **named: Any) -> Any:
            nonlocal seen
            seen += 1
            if here(seen, name):
                os.kill(os.getpid(), how)
            return step(*args, **named)

        return struck

    for place, name in steps:
        setattr(place, name, before(name, getattr(place, name)))


def worker(work: Callable[[], None], here: Callable[[int, str], bool], how: signal.Signals, steps: Steps = STEPS) -> int:
    """A process that does this work and is struck on the way; returns its id."""
    db.session.remove()
    db.engine.dispose()
    if child := os.fork():
        return child
    code = 1
    with suppress(BaseException):
        strike(here, how, steps)
        work()
        code = 0
    os._exit(code)


def job_of(pk: int) -> int:
    """The job that issues the certificate of this application."""
    certificate = select(Certificate.id).where(Certificate.live_application_id == pk)
    found = int(db.session.scalars(select(Job.id).where(Job.ref.in_(certificate), Job.kind == issue.JOB)).one())
    db.session.rollback()
    return found


def resumed(app: Flask, job_id: int) -> bool:
    """A minute later: has the reaper given the job back, and is it done now?"""
    with clock.travel(clock.now() + timedelta(seconds=app.config["JOB_LEASE_SECONDS"] + 1)):
        queue.reap(db.session())
        factories.run_jobs(app)
    state = db.session.scalars(select(Job.state).where(Job.id == job_id)).one()
    db.session.rollback()
    return bool(state == "DONE")


def all_is_well(app: Flask, pks: list[int]) -> None:
    """Every application is issued once, in order and without a gap, and all the books agree."""
    desk = Desk(db.session, app)
    for sequence, pk in enumerate(pks, 1):
        (certificate,) = desk.certificates(pk)
        assert (desk.application(pk).status, certificate.status, certificate.sequence) == ("ISSUED", "VALID", sequence)
        assert (desk.fees(pk), wallet.held_for(db.session, pk)) == (1, 0)
        assert judge(store.get(certificate.sha256 or ""), keystore.roots(), certificate.dsc_sha256).ok
    assert desk.events("certificate issued") == 2 * len(pks)  # one of the certificate, one of its application
    assert [*wallet.prove(db.session), *prove_trail(db.session), *register.check(db.session, quick=True)] == []
    db.session.rollback()


@pytest.mark.slow
def test_killed_before_any_step(app: Flask, own: Engine) -> None:
    """kill -9 at each step in turn, until a worker comes through; what it left is taken up by the next one (scenario 39)."""
    with app.app_context():
        pks = [factories.filed(app, "ISSUED")]  # also loads everything the children then share
        for number in range(1, 100):
            pks.append(factories.filed(app, "SIGNING"))
            if came_through(app, pks[-1], number):
                break
        assert number > len(STEPS), "the steps are not what they were: look at STEPS"
        all_is_well(app, pks)


def came_through(app: Flask, pk: int, number: int) -> bool:
    """A worker is killed at the step of this number and its work resumed; whether there was no such step any more."""
    job_id = job_of(pk)
    child = worker(lambda: queue.run_job(job_id), lambda seen, _name: seen == number, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, -signal.SIGKILL}
    # The database may need a moment to notice that its client is gone.
    assert until(lambda: resumed(app, job_id), 180), f"not resumed after step {number}"
    return code == 0


@pytest.mark.slow
@pytest.mark.parametrize("step", ["_sign", "stamp", "judged"])
def test_a_frozen_worker_that_wakes_up_writes_nothing(app: Flask, own: Engine, step: str) -> None:
    """It was thought dead, and another has finished its work: what is issued stays as it is."""
    with app.app_context():
        pks = [factories.filed(app, "ISSUED"), factories.filed(app, "SIGNING")]
        job_id = job_of(pks[1])
        child = worker(lambda: queue.run_job(job_id), lambda _seen, name: name == step, signal.SIGSTOP)
        assert os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
        assert resumed(app, job_id)
        before = Desk(db.session, app).certificate(pks[1]).sha256
        db.session.rollback()
        os.kill(child, signal.SIGCONT)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert Desk(db.session, app).certificate(pks[1]).sha256 == before
        all_is_well(app, pks)
