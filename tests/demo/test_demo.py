"""The demonstration shows every state, keeps its books in order, and is the same however often it is loaded."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import click
import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from app.applications.checks import Facts, check
from app.applications.filing import read
from app.applications.models import Application
from app.applications.rules import Status
from app.audit.models import AuditEvent
from app.audit.service import prove as prove_audit
from app.certificates import register
from app.certificates.models import Certificate
from app.certificates.rules import CertificateStatus
from app.core import clock
from app.demo import jobs, load, pages
from app.demo.filings import filing
from app.demo.firms import BALAJI, NILGIRI
from app.demo.history import play_all
from app.demo.plans import Plan, diary, first, later, road
from app.exporters.models import Exporter
from app.infra.db import transaction
from app.infra.queue import Job, run_job
from app.portal.models import FtaInfo, TradeEvent
from app.wallet.models import LedgerMovement, Wallet
from app.wallet.service import prove as prove_ledger

LAPSE_DAYS = 90


def wallet_of(session: Any, pan: str) -> tuple[int, int, int]:
    """What the wallet of a firm shows: balance, held, available."""
    row = session.scalars(select(Wallet).join(Exporter).where(Exporter.iec == pan)).one()
    return row.balance_paise, row.held_paise, row.available_paise


def counts(session: Any) -> list[int]:
    """How many rows there are of what a second load could double."""
    kinds = (Application, Certificate, AuditEvent, LedgerMovement, Job, FtaInfo, TradeEvent)
    return [session.scalar(select(func.count()).select_from(kind)) for kind in kinds]


def a_few() -> list[Plan]:
    """All of Balaji, one application for each other state, and those with something special."""
    few = {plan.outcome: plan for plan in first() if plan.pan != BALAJI and plan.outcome != "ISSUED"}
    return [plan for plan in first() if plan.pan == BALAJI or plan in few.values() or plan.afterwards]


def test_every_state_is_shown_and_the_books_are_in_order(session: Any) -> None:
    """All states of both tables are there, everything proves itself, and Balaji's wallet shows Rs 50,000, none held."""
    load.stage()
    assert play_all(session, a_few()) == len(a_few())
    assert set(session.scalars(select(Application.status))) == set(Status)
    assert set(session.scalars(select(Certificate.status))) == set(CertificateStatus)
    assert [*prove_ledger(session), *prove_audit(session), *register.check(session, quick=True)] == []
    assert wallet_of(session, BALAJI) == (5_000_000, 0, 5_000_000)
    assert_dates_agree(session)
    before = counts(session)
    load.stage()
    assert play_all(session, a_few()) == 0
    assert counts(session) == before


def assert_dates_agree(session: Any) -> None:
    """Filed, approved, signed, issued and printed in this order, the last four on one day of India."""
    rows = session.scalars(select(Certificate).where(Certificate.issued_at.is_not(None))).all()
    assert len(rows) >= 8
    for row in rows:
        assert row.issue_date == clock.india_today(row.issued_at) == clock.india_today(row.signature_time)
        assert row.data_snapshot["issue_date"] == clock.day(row.issue_date)
        assert row.application.created_at < row.application.submitted_at < row.approved_at < row.issued_at
    assert min(row.issued_at for row in rows) < clock.now() - timedelta(days=80)
    assert any("ISSUED RETROSPECTIVELY" in row.endorsements for row in rows)


def test_a_background_job_makes_a_few_and_promises_the_next(app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job makes its share and promises one other job, touching no firm that one can log in for."""
    monkeypatch.setattr(jobs, "BATCH", 3)
    load.stage()
    with transaction(session):
        jobs.promise_batch(session, 0)
    money = [wallet_of(session, pan) for pan in (BALAJI, NILGIRI)]
    run_job(session.scalars(select(Job.id).where(Job.key == f"{jobs.HISTORY}:0")).one())
    states = session.execute(select(Job.key, Job.state).where(Job.kind == jobs.HISTORY).order_by(Job.id)).all()
    assert [tuple(row) for row in states] == [(f"{jobs.HISTORY}:0", "DONE"), (f"{jobs.HISTORY}:1", "PENDING")]
    assert session.scalar(select(func.count()).select_from(Application)) == 3
    assert [*prove_ledger(session), *prove_audit(session)] == []
    assert play_all(session, later()[:3]) == 0
    assert [wallet_of(session, pan) for pan in (BALAJI, NILGIRI)] == money
    stranger = {"username": "exports@girnar.example", "password": "udgam-demo-2026"}
    assert app.test_client().post("/login/", data=stranger).headers.get("Location", "/login/") == "/login/"


def test_production_has_no_demonstration(app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a production server loading is refused in a sentence, and nothing is made."""
    monkeypatch.setitem(app.config, "UDGAM_ENV", "production")
    before = counts(session)
    for attempt in (load.once, load.everything):
        with pytest.raises(click.ClickException, match="not loaded on a production server"):
            attempt()
    with transaction(session):
        jobs.promise_batch(session, 0)
    job = session.scalars(select(Job).where(Job.kind == jobs.HISTORY)).one()
    run_job(job.id)
    assert session.scalars(select(Job).where(Job.kind == jobs.HISTORY)).one().error == load.REFUSED
    assert counts(session)[0] == before[0]


def test_two_hundred_plans_in_every_state() -> None:
    """There are two hundred, numbered without gaps; those of firms one can log in for come with the first start."""
    plans = [*first(), *later()]
    assert sorted(plan.number for plan in plans) == list(range(1, 201))
    assert {plan.outcome for plan in first()} == set(Status)
    assert 100 <= Counter(plan.outcome for plan in plans)["ISSUED"] <= 115
    assert not {plan.pan for plan in later()} & {BALAJI, NILGIRI}
    settled = {"ISSUED", "REJECTED", "WITHDRAWN", "DEEMED_WITHDRAWN", "DRAFT"}
    assert {plan.outcome for plan in first() if plan.pan == BALAJI} <= settled
    assert {plan.instead_of is not None for plan in plans} == {plan.foreign for plan in plans} == {True, False}


def test_diaries_run_forward_and_end_in_the_past() -> None:
    """Each step comes after the one before, none lies in the future, and the oldest not much before the lapse."""
    now = clock.now()
    for plan in [*first(), *later()]:
        steps = diary(plan, now, LAPSE_DAYS)
        moments = [step.at for step in steps]
        assert tuple(step.verb for step in steps) == road(plan)
        assert moments == sorted(set(moments))
        assert now - timedelta(days=LAPSE_DAYS + 30) < moments[0] <= moments[-1] < now


def test_filled_in_forms_have_no_faults() -> None:
    """Every form is accepted by the reading and the checks of a real filing, and is the same each time."""
    day = date(2026, 7, 1)
    for plan in [*first(), *later()]:
        form = filing(plan, day)
        assert check(read(form), Facts(day)) == []
        assert form == filing(plan, day)


def test_pages_are_put_up_once(session: Any) -> None:
    """Fourteen agreements and eight events to come; what was edited is left alone."""
    with transaction(session):
        pages.put_up(session)
    session.scalars(select(FtaInfo).limit(1)).one().summary = "Edited."
    with transaction(session):
        pages.put_up(session)
    assert session.scalar(select(func.count()).select_from(FtaInfo)) == len(pages.AGREEMENTS) == 14
    events = session.scalars(select(TradeEvent)).all()
    assert len(events) == 8
    assert all(event.ends_on >= event.starts_on > clock.india_today() for event in events)
    assert session.scalar(select(func.count()).where(FtaInfo.summary == "Edited.")) == 1


def test_two_chambers_are_on_their_way(app: Flask, own: Engine) -> None:
    """DGFT has somebody to decide on, and so has an administrator; twice adds nothing."""
    from app.agencies.models import Agency, AgencyUser
    from app.demo.aboard import on_the_way
    from app.infra.db import db, transaction

    with app.app_context():
        for _ in range(2):
            with transaction(db.session):
                on_the_way(db.session)
        found = {row.code: row.status for row in db.session.scalars(select(Agency).where(Agency.code.in_(["KECC", "DECA"])))}
        waiting = db.session.scalars(select(AgencyUser.role).where(AgencyUser.status == "PENDING")).all()
        db.session.rollback()
    assert found == {"KECC": "ONBOARDING", "DECA": "NOTIFIED"}
    assert sorted(waiting) == ["ADMINISTRATOR", "OFFICER"]
