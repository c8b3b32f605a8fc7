"""A customs broker at work in the tests: rights granted through the verbs, a program and a browser that act for a firm."""

from datetime import date, timedelta
from typing import Any

from flask import Flask

from tests import factories, states
from tests.people import BALAJI, BROKER, EXPORTER, NILGIRI, OTHER_EXPORTER, actor_for

LICENCE = "AAKCS7712QCH001"
PRIMARY = {BALAJI: EXPORTER, NILGIRI: OTHER_EXPORTER}
NAME = "Ravi Kumar (Seaways Logistics)"
FOR_BALAJI = f"{NAME} for Shree Balaji Textiles & Overseas Pvt. Ltd."


def granted(app: Flask, scope: str, iec: str = BALAJI, until: date | None = None, *, accepted: bool = True) -> int:
    """End what there is and grant anew, by the firm's primary user, accepted by the broker; returns the delegation's id."""
    from app.brokers import granting
    from app.core import clock
    from app.infra.db import db, transaction

    ended(app, iec)
    today = clock.india_today()
    with app.app_context(), transaction(db.session):
        row = granting.grant(
            db.session, actor_for(db.session, PRIMARY[iec]), licence_no=LICENCE, scope=scope, from_date=today,
            until=until or today + timedelta(days=30),
        )  # fmt: skip
        pk = row.id
    if accepted:
        move(app, pk, "accept")
    return pk


def ended(app: Flask, iec: str = BALAJI, by: str = "") -> None:
    """Whatever right the broker has for this firm is ended by the firm's primary user."""
    pk = open_now(app, iec)
    if pk:
        move(app, pk, "end", by or PRIMARY[iec])


def open_now(app: Flask, iec: str = BALAJI) -> int:
    """The delegation under way for this firm, or 0."""
    from app.brokers.models import Delegation
    from app.infra.db import db

    factories.settle()
    with app.app_context():
        found = db.session.query(Delegation.id).filter_by(exporter_iec=iec).filter(Delegation.status.in_(("OFFERED", "ACTIVE")))
        return int(found.scalar() or 0)


def move(app: Flask, pk: int, name: str, by: str = BROKER, **args: Any) -> None:
    """One move of a delegation by one person, committed."""
    from app.brokers.granting import DELEGATION_VERBS
    from app.brokers.models import Delegation
    from app.infra.db import db, transaction

    factories.settle()
    with app.app_context(), transaction(db.session):
        DELEGATION_VERBS[name](db.session, db.session.get_one(Delegation, pk), actor_for(db.session, by), **args)


def acting(app: Flask, iec: str = BALAJI) -> Any:
    """The broker's actor for a firm, as a request would find it."""
    from app.brokers import service
    from app.infra.db import db

    with app.app_context():
        return service.acting(db.session, states.told(app, BROKER).user_id, iec)


class For(factories.Api):
    """The API in the hands of the broker's program, which names the firm with every request."""

    def __init__(self, api: factories.Api, iec: str = BALAJI) -> None:
        self.client, self.headers = api.client, api.headers | {"X-Acting-For": iec}


def chosen(browser: Any, iec: str = BALAJI) -> Any:
    """The same browser, acting for the firm from now on."""
    answer = browser.post(f"/firms/for/{iec}")
    assert answer.status_code == 302, answer.text
    return browser
