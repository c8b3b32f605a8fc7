"""Granting, answering and ending: who may, when, what is written down; on a real database, through the verbs."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound, WrongState
from tests import factories, states
from tests.brokers import scene
from tests.people import ADMIN, BALAJI, BROKER, CLERK, EXPORTER, NILGIRI, OFFICER, OTHER_EXPORTER, SUPERVISOR


def offer(app: Flask, email: str = EXPORTER, **changes: Any) -> int:
    """Ask for a right to act; everything is right unless changed."""
    from app.brokers import granting
    from app.core import clock
    from app.infra.db import db, transaction

    today = clock.india_today()
    said = {"licence_no": scene.LICENCE, "scope": "DRAFT", "from_date": today, "until": today + timedelta(days=9)} | changes
    actor = states.told(app, email)
    with app.app_context(), transaction(db.session):
        return int(granting.grant(db.session, actor, **said).id)


@pytest.mark.parametrize("email", [CLERK, OFFICER, ADMIN, SUPERVISOR, BROKER])
def test_only_the_primary_user_grants(app: Flask, rolled_back: None, email: str) -> None:
    """Nobody else of the firm or elsewhere, and a broker not even for the firm it acts for."""
    scene.ended(app)
    with pytest.raises(NotAllowed):
        offer(app, email)


def test_a_broker_who_acts_for_the_firm_grants_nothing_and_ends_nothing(app: Flask, rolled_back: None) -> None:
    """With the firm's own number in hand the broker is still not the firm."""
    from app.brokers import granting
    from app.brokers.models import Delegation
    from app.core import clock
    from app.infra.db import db

    actor, today = scene.acting(app), clock.india_today()
    with app.app_context():
        with pytest.raises(NotAllowed):
            granting.grant(db.session, actor, licence_no=scene.LICENCE, scope="SUBMIT", from_date=today, until=today)
        with pytest.raises(NotAllowed):
            granting.end(db.session, db.session.get_one(Delegation, scene.open_now(app)), actor)
        with pytest.raises(NotFound):
            granting.end(db.session, db.session.get_one(Delegation, scene.open_now(app, NILGIRI)), actor)


def test_every_fault_of_a_grant_stands_at_its_field(app: Flask, rolled_back: None) -> None:
    """An unknown licence, an unknown scope and days the wrong way round are told at once."""
    from app.core import clock

    today = clock.india_today()
    with pytest.raises(InvalidInput) as refusal:
        offer(app, licence_no="AAAAA0000ACH999", scope="EVERYTHING", from_date=today, until=today - timedelta(days=1))
    assert [fault.field for fault in refusal.value.faults] == ["until", "licence_no", "scope"]


def test_one_right_at_a_time(app: Flask, rolled_back: None) -> None:
    """A second grant to the same broker is refused until the first has ended."""
    with pytest.raises(WrongState, match="End that first"):
        offer(app)
    scene.ended(app)
    first = offer(app)
    with pytest.raises(WrongState):
        offer(app)
    scene.move(app, first, "decline", reason="We have no time for it.")
    assert offer(app) > first


def test_nobody_acts_before_the_broker_accepts(app: Flask, rolled_back: None) -> None:
    """Offered, it is seen by both and used by nobody; accepted, it holds; the firm cannot accept for the broker."""
    pk = scene.granted(app, "SUBMIT", accepted=False)
    assert scene.acting(app).role == "BROKER"
    assert "has not accepted" in scene.acting(app).closed
    with pytest.raises(NotAllowed):
        scene.move(app, pk, "accept", EXPORTER)
    for stranger in (OTHER_EXPORTER, OFFICER):
        with pytest.raises(NotFound):
            scene.move(app, pk, "accept", stranger)
    scene.move(app, pk, "accept")
    assert (scene.acting(app).role, scene.acting(app).name) == ("BROKER_FILER", scene.FOR_BALAJI)
    with pytest.raises(WrongState):
        scene.move(app, pk, "accept")


@pytest.mark.parametrize("who", [EXPORTER, BROKER])
def test_either_side_ends_it_at_once(app: Flask, rolled_back: None, who: str) -> None:
    """It is ended when the verb returns; who, when and why are kept, both sides are told, and it cannot be ended twice."""
    from app.audit.models import AuditEvent
    from app.infra.db import db
    from app.notices.models import Notice

    pk = scene.open_now(app)
    scene.move(app, pk, "end", who, reason="The season is over.")
    assert scene.acting(app).role == "BROKER"
    assert "ended the right of Seaways Logistics" in scene.acting(app).closed
    with pytest.raises(WrongState):
        scene.move(app, pk, "end", who)
    with app.app_context():
        event = (
            db.session.query(AuditEvent).filter_by(object_kind="delegation", object_id=pk).order_by(AuditEvent.id.desc()).first()
        )
        assert (event.event, event.reason) == ("right to act ended", "The season is over.")
        told = {row.user_id for row in db.session.query(Notice).filter(Notice.text.contains("ended the right of Seaways"))}
    assert {states.told(app, email).user_id for email in (EXPORTER, CLERK, BROKER)} <= told


def test_its_day_ends_it_and_the_job_writes_it_down(app: Flask, rolled_back: None) -> None:
    """From midnight on nobody acts, with or without the job `brokers.run_out`; the job closes it once and tells both sides."""
    from app.brokers import jobs
    from app.brokers.models import Delegation
    from app.core import clock
    from app.infra import queue
    from app.infra.db import db, transaction

    until = clock.india_today() + timedelta(days=2)
    pk = scene.granted(app, "READ", until=until)
    with clock.travel(clock.india_midnight(until + timedelta(days=1)) - timedelta(seconds=1)):
        assert scene.acting(app).role == "BROKER_READER"
    with clock.travel(clock.india_midnight(until + timedelta(days=1)) + timedelta(seconds=1)):
        assert "ran out on" in scene.acting(app).closed
        with app.app_context(), transaction(db.session):
            queue.promise(db.session, jobs.RUN_OUT, "brokers.run_out:test")
        factories.run_jobs(app)
        with app.app_context():
            row = db.session.get_one(Delegation, pk)
            assert (row.status, row.ended_by) == ("EXPIRED", "")
            assert db.session.query(Delegation).filter_by(status="EXPIRED").count() == 1
        assert "ran out on" in scene.acting(app).closed
        with pytest.raises(WrongState):
            scene.move(app, pk, "end", EXPORTER)


def test_an_offer_that_is_too_old_is_not_accepted(app: Flask, rolled_back: None) -> None:
    """Its last day has passed before the broker answered."""
    from app.core import clock

    pk = scene.granted(app, "READ", accepted=False)
    with clock.travel(clock.now() + timedelta(days=40)), pytest.raises(BusinessError, match="ran out"):
        scene.move(app, pk, "accept")


def test_a_suspended_broker_and_a_switched_off_person_act_for_nobody(app: Flask, rolled_back: None) -> None:
    """At once, without touching what firms granted; and admitted again they act again."""
    from app.brokers import admitting, service
    from app.brokers.models import Broker, BrokerUser
    from app.infra.db import db, transaction

    held, dgft = scene.acting(app), states.told(app, SUPERVISOR)
    with app.app_context(), transaction(db.session):
        admitting.suspend(db.session, db.session.query(Broker).one(), dgft, reason="The licence is under review.")
    assert "has suspended Seaways Logistics" in scene.acting(app).closed
    with app.app_context(), pytest.raises(NotAllowed, match="has suspended"):
        service.must_still_act(db.session, held)
    with app.app_context(), transaction(db.session):
        admitting.resume(db.session, db.session.query(Broker).one(), dgft)
    assert scene.acting(app).role == "BROKER_FILER"
    with app.app_context(), transaction(db.session):
        admitting.switch_off(db.session, db.session.query(BrokerUser).one(), dgft, reason="Has left the firm.")
    with app.app_context():
        assert service.acting(db.session, held.user_id, BALAJI) is None
        with pytest.raises(NotAllowed):
            service.must_still_act(db.session, held)


def test_dgft_alone_brings_brokers_in(app: Flask, rolled_back: None) -> None:
    """With every fault by its field; a licence once, an address once; the person gets a password by mail."""
    from app.brokers import admitting
    from app.infra.db import db, transaction
    from app.notices.models import Mail

    said = {"licence_no": "aabcp1234qch007", "name": "Pier Clearing", "pan": "AABCP1234Q", "city": "Kochi"}
    dgft = states.told(app, SUPERVISOR)
    with app.app_context():
        for email in (ADMIN, EXPORTER, BROKER):
            with pytest.raises(NotAllowed):
                admitting.admit(db.session, states.told(app, email), **said)
        with pytest.raises(InvalidInput) as refusal:
            admitting.admit(db.session, dgft, licence_no="?", name=" ", pan="X", city="")
        assert [fault.field for fault in refusal.value.faults] == ["licence_no", "name", "pan"]
    with app.app_context(), transaction(db.session):
        broker = admitting.admit(db.session, dgft, **said)
        assert broker.licence_no == "AABCP1234QCH007"
        person = admitting.add_person(db.session, broker, dgft, full_name="Asha Pillai", email="Asha@pier.example")
        assert db.session.query(Mail).filter_by(recipient="asha@pier.example").count() == 1
        assert person.status == "ACTIVE"
        with pytest.raises(InvalidInput):
            admitting.admit(db.session, dgft, **said)
        with pytest.raises(InvalidInput):
            admitting.add_person(db.session, broker, dgft, full_name="Asha Pillai", email="asha@pier.example")
        with pytest.raises(NotAllowed):
            admitting.add_person(db.session, broker, states.told(app, BROKER), full_name="X Y", email="x@pier.example")
