"""Several people and workers at once: nobody waits for somebody who waits for them, and nothing happens twice."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from app.agencies.models import AgencyUser
from app.agencies.people import deactivate
from app.applications.models import Application
from app.applications.service import VERBS
from app.audit.service import prove as prove_trail
from app.certificates import issue, register
from app.certificates.models import Certificate
from app.core.errors import WrongState
from app.infra import queue
from app.infra.db import db, transaction
from app.infra.queue import Job
from app.wallet.service import prove as prove_ledger
from tests import factories
from tests.own_database import at_once
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OFFICER2, SUPERVISOR, actor_for
from tests.states import RIGHT, brought, certificate_move

GIVEN_UP = "The key was lost and the goods have left."


def act(pk: int, who: str, name: str, **args: Any) -> str:
    """One move within the caller's transaction; returns the new state."""
    application = db.session.get_one(Application, pk)
    VERBS[name](db.session, application, actor_for(db.session, who), **args)
    return str(application.status)


def jobs(app: Flask) -> list[int]:
    """The jobs that wait."""
    with app.app_context():
        waiting = list(db.session.scalars(select(Job.id).where(Job.state == "PENDING", Job.kind == issue.JOB)))
        db.session.rollback()
        return waiting


def certificates(app: Flask) -> list[tuple[int, str]]:
    """(sequence, status) of all certificates, in the order of their numbers; ledger, trail and register are whole."""
    with app.app_context():
        assert [*prove_ledger(db.session), *prove_trail(db.session), *register.check(db.session, quick=True)] == []
        rows = db.session.execute(select(Certificate.sequence, Certificate.status).order_by(Certificate.sequence))
        found = [(row.sequence, row.status) for row in rows]
        db.session.rollback()
        return found


def test_certificates_are_issued_while_the_same_firm_files(app: Flask, own: Engine) -> None:
    """The worker takes the fee and the clerk has the next one set aside; neither is turned away."""
    for _ in range(3):
        factories.filed(app, "SIGNING")
    drafts = [factories.filed(app) for _ in range(5)]
    work = [partial(queue.run_job, job) for job in jobs(app)]
    told = at_once(app, *work, *(partial(act, pk, CLERK, "submit") for pk in drafts))
    assert told == [None] * 3 + ["SUBMITTED"] * 5
    factories.run_jobs(app)  # what was turned away for a moment has been promised again
    assert certificates(app) == [(1, "VALID"), (2, "VALID"), (3, "VALID")]


def test_two_officers_approve_at_once(app: Flask, own: Engine) -> None:
    """Six approvals of one office, six numbers without a gap."""
    pks = [factories.filed(app, "UNDER_REVIEW", officer=who) for who in (OFFICER, OFFICER2) * 3]
    whose = zip(pks, (OFFICER, OFFICER2) * 3, strict=True)
    assert at_once(app, *(partial(act, pk, who, "approve") for pk, who in whose)) == ["SIGNING"] * 6
    assert certificates(app) == [(number, "PREPARED") for number in range(1, 7)]


def test_approved_and_withdrawn_at_once(app: Flask, own: Engine) -> None:
    """Officer and exporter press at the same moment: one of them, and a sentence for the other."""
    pk = factories.filed(app, "UNDER_REVIEW")
    told = at_once(app, partial(act, pk, OFFICER, "approve"), partial(act, pk, EXPORTER, "withdraw"))
    assert sorted(type(answer).__name__ for answer in told) == ["WrongState", "str"], told
    assert len(certificates(app)) == told.count("SIGNING")


def test_sign_pressed_five_times(app: Flask, own: Engine) -> None:
    """One job."""
    pk = brought(app, "APPROVED")
    told = at_once(app, *[partial(act, pk, OFFICER, "sign")] * 5)
    assert sum(isinstance(answer, WrongState) for answer in told) == 4, told
    assert len(jobs(app)) == 1


@pytest.mark.parametrize("workers", [2, 4])
def test_one_job_sent_to_several_workers(app: Flask, own: Engine, workers: int) -> None:
    """Issued once."""
    factories.filed(app, "SIGNING")
    (job,) = jobs(app)
    assert at_once(app, *[partial(queue.run_job, job)] * workers) == [None] * workers
    assert certificates(app) == [(1, "VALID")]


# --- the order in which rows are locked ------------------------------------------------------------------------------

LOCKED = re.compile(r"FROM (\w+).* FOR UPDATE|UPDATE (number_series) |INSERT INTO (application) ", re.DOTALL)


@contextmanager
def locks(engine: Engine) -> Iterator[list[list[str]]]:
    """The tables in which each transaction on PostgreSQL locks rows, in order, each row when it is locked first."""
    seen: list[list[str]] = [[]]
    rows: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        found = LOCKED.search(statement)
        if found and (row := f"{found.groups()} {values}") not in rows:
            rows.add(row)
            seen[-1].append(found[1] or found[2] or f"new {found[3]}")

    def begin_another(_connection: Any) -> None:
        rows.clear()
        seen.append([])

    for name, listener in (("before_cursor_execute", note), ("commit", begin_another), ("rollback", begin_another)):
        event.listen(engine, name, listener)
    yield seen


def everything_that_happens(app: Flask) -> None:
    """Each move of an application and a certificate at least once, with what the system adds."""
    for state in ("REJECTED", "WITHDRAWN", "RESUBMITTED", "DEEMED_WITHDRAWN"):
        brought(app, state)
    pk = brought(app, "APPROVED")
    factories.move(app, pk, OFFICER, "recall")
    factories.move(app, brought(app, "SIGN_FAILED"), ADMIN, "give_up", reason=GIVEN_UP)
    number, identity = issued(app)
    factories.filed(app, "ISSUED", kind="IN_LIEU", in_lieu_of=number, in_lieu_reason="The name was misspelt.", consignee=RIGHT)
    number, identity = issued(app)
    for who, name in ((ADMIN, "propose_revocation"), (SUPERVISOR, "revoke")):
        certificate_move(app, identity, who, name)
    for _ in range(2):
        factories.filed(app, "UNDER_REVIEW")
    with app.app_context(), transaction(db.session):
        officer = db.session.get_one(AgencyUser, actor_for(db.session, OFFICER).agency_user_id)
        deactivate(db.session, officer, actor_for(db.session, ADMIN), reason=GIVEN_UP)


def issued(app: Flask) -> tuple[str, int]:
    """(number, id) of a new certificate."""
    pk = factories.filed(app, "ISSUED")
    with app.app_context():
        row = db.session.scalars(select(Certificate).where(Certificate.live_application_id == pk)).one()
        found = row.number, row.id
        db.session.rollback()
        return found


def test_the_head_of_the_trail_is_locked_last(app: Flask, own: Engine) -> None:
    """Everybody needs it, so whoever held it and wanted another row could wait for somebody who waits for it."""
    if own.dialect.name != "postgresql":
        return  # SQLite has one writer and no row locks
    with locks(own) as seen:
        everything_that_happens(app)
    # Nobody waits for a row that is not there yet: a draft just made may be locked at any time.
    recorded = [tables for tables in seen if "audit_head" in tables and "new application" not in tables]
    assert [tables for tables in recorded if tables[-1] != "audit_head" or tables.count("audit_head") > 1] == []
    assert ["application", "wallet", "certificate", "audit_head"] in recorded, "nothing was watched"
