"""Ending a right while the broker submits: what was under way is done, and nothing comes after the end."""

from functools import partial

from flask import Flask
from sqlalchemy import Engine

from app.core.actor import Actor
from app.core.errors import NotAllowed
from tests import factories
from tests.brokers import scene
from tests.own_database import at_once
from tests.people import EXPORTER, actor_for


def submit(pk: int, actor: Actor) -> str:
    """One draft by the broker, whose right was found good at the beginning of the request."""
    from app.applications import service
    from app.applications.models import Application
    from app.infra.db import db

    service.submit(db.session, db.session.get_one(Application, pk), actor)
    return "submitted"


def end(pk: int) -> str:
    """The firm's primary user ends it."""
    from app.brokers import granting
    from app.brokers.models import Delegation
    from app.infra.db import db

    granting.end(db.session, db.session.get_one(Delegation, pk), actor_for(db.session, EXPORTER))
    return "ended"


def test_nothing_of_the_broker_comes_after_the_end(app: Flask, own: Engine) -> None:
    """Eight submissions and the end at the same moment: the trail has no act of the broker after the end, the books agree."""
    from app.applications.models import Application
    from app.audit.models import AuditEvent
    from app.infra.db import db
    from app.wallet.service import open_wallet, prove

    *drafts, spare = [factories.filed(app) for _ in range(9)]
    held, pk = scene.acting(app), scene.open_now(app)
    works = [partial(submit, draft, held) for draft in drafts]
    told = at_once(app, *works[:4], partial(end, pk), *works[4:])
    refusals = [answer for answer in told if isinstance(answer, Exception)]
    assert all(isinstance(refusal, NotAllowed) and "ended the right" in refusal.sentence for refusal in refusals), refusals
    assert told.count("ended") == 1
    with app.app_context():
        ended = (
            db.session.query(AuditEvent.id).filter_by(object_kind="delegation", object_id=pk, event="right to act ended").scalar()
        )
        acts = [
            row.id for row in db.session.query(AuditEvent).filter_by(actor_name=scene.FOR_BALAJI, event="application submitted")
        ]
        assert all(act < ended for act in acts)
        done = db.session.query(Application).filter(Application.id.in_(drafts), Application.status == "SUBMITTED").count()
        assert done == len(acts) == told.count("submitted")
        assert open_wallet(db.session, held.exporter_id or 0).held_paise == done * 20_000
        assert [*prove(db.session)] == []
    later = at_once(app, partial(submit, spare, held), partial(submit, spare, held))
    assert all(isinstance(answer, NotAllowed) for answer in later)
