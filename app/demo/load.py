"""Load the demonstration: once when a machine starts for the first time, or again by command."""

from datetime import timedelta

import click
from flask import current_app
from sqlalchemy import select

from app.core import clock
from app.core.actor import SYSTEM_ACTOR
from app.demo import pages
from app.demo.cast import AGENCIES, FIRMS
from app.demo.firms import BALAJI
from app.demo.people import come_aboard, more_come_aboard
from app.demo.plans import ROADS, first, later
from app.exporters.models import Exporter
from app.infra.db import db, transaction
from app.infra.queue import Job
from app.infra.settings import setting
from app.notices.service import mark_read
from app.signing import sandbox_tsa
from app.wallet import service as wallet
from app.wallet.rules import Kind, fee

REFUSED = "The demonstration is not loaded on a production server."
BELLS_READ = 4  # days ago
OPENING = timedelta(days=30)  # how long before the oldest application everybody came aboard


def once() -> None:
    """Load people and the first applications unless that was done to its end; a worker makes the others afterwards."""
    from app.demo.jobs import HISTORY, promise_batch

    _refuse_production()
    if not setting("DEMO_HISTORY"):
        with transaction(db.session):
            come_aboard(db.session)
        return
    if db.session.scalar(select(Job.id).where(Job.key == f"{HISTORY}:0")) is None:
        with sandbox_tsa.at_hand():
            beginning()
        with transaction(db.session):
            promise_batch(db.session, 0)


def everything() -> int:
    """Bring in whatever is missing of the demonstration, here and now; returns how many applications were made."""
    from app.demo.history import play_all

    _refuse_production()
    with sandbox_tsa.at_hand():
        return beginning() + play_all(db.session, later())


def beginning() -> int:
    """Everybody, the pages, and the first applications; returns how many were made."""
    from app.demo.history import play_all

    session = db.session
    stage()
    made = play_all(session, [plan for plan in first() if plan.age > BELLS_READ])
    if made:
        _read_bells()
    return made + play_all(session, [plan for plan in first() if plan.age <= BELLS_READ])


def stage() -> None:
    """Everybody with their money, who came aboard before the history begins, and the pages."""
    with clock.travel(clock.now() - timedelta(days=setting("LAPSE_DAYS")) - OPENING), transaction(db.session):
        come_aboard(db.session)
        more_come_aboard(db.session)
        _cover_the_past()
    with transaction(db.session):
        pages.put_up(db.session)


def _read_bells() -> None:
    """What happened long ago has been read; only the last days ring."""
    from app.demo.history import actor

    people = [person for group in (*AGENCIES, *FIRMS) for person in group.people]
    with clock.travel(clock.now() - timedelta(days=BELLS_READ)), transaction(db.session):
        for person in people:
            mark_read(db.session, actor(db.session, person.email))


def _refuse_production() -> None:
    if current_app.config["UDGAM_ENV"] != "demo":
        raise click.ClickException(REFUSED)


def _cover_the_past() -> None:
    """Money for the fees of Balaji's history, so that after it the wallet shows its opening balance to the paisa."""
    price = fee(setting("FEE_PAISE"), setting("FEE_GST_BPS")).total_paise
    kept = {"ISSUED"} if setting("REFUND_ON_REFUSAL") else set(ROADS) - {"DRAFT"}
    paid = sum(price for plan in first() if plan.pan == BALAJI and plan.outcome in kept)
    firm = db.session.scalars(select(Exporter).where(Exporter.iec == BALAJI)).one()
    if paid:
        reference = f"topup:demo:exporter:{firm.id}"
        wallet.credit(db.session, firm.id, paid, SYSTEM_ACTOR, kind=Kind.TOPUP, reference=reference)
