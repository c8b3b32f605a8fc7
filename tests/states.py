"""Bring an application or a certificate into any state of its table, and tell whether anything in the database changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from tests import factories
from tests.people import ADMIN, EXPORTER, OFFICER, SUPERVISOR

WRONG = "The consignee's name was misspelt."
RIGHT = factories.FILING["consignee"] | {"name": "Nordlicht Handel GmbH"}
REASON = "The goods left before they could be examined."
# Tables that note who asked, not what happened to an application.
PASSING = {"ab_user", "login_failure", "web_session"}
Picture = dict[str, list[Any]]


def brought(app: Flask, state: str, **changes: Any) -> int:
    """An application in `state`, made by the verbs alone; returns its id."""
    made = {"APPROVED": _approved, "SIGN_FAILED": _sign_failed, "DEEMED_WITHDRAWN": _lapsed}.get(state)
    return made(app, changes) if made else factories.filed(app, state, **changes)


def _approved(app: Flask, changes: dict[str, Any]) -> int:
    """The officer's key lies on a token at the desk, so approval waits for the hand that signs."""
    officer = changes.get("officer", OFFICER)
    pk = factories.filed(app, "UNDER_REVIEW", **changes)
    _keep_key(app, officer, "DESK_AGENT")
    factories.move(app, pk, officer, "approve")
    _keep_key(app, officer, "SOFT")
    return pk


def _keep_key(app: Flask, email: str, backend: str) -> None:
    from app.infra.db import db, transaction
    from app.signing.service import active_registration
    from tests.people import actor_for

    with app.app_context(), transaction(db.session):
        registration = active_registration(db.session, actor_for(db.session, email).user_id or 0)
        assert registration is not None
        registration.backend = backend


def _sign_failed(app: Flask, changes: dict[str, Any]) -> int:
    from app.certificates import issue

    pk = factories.filed(app, "SIGNING", **changes)
    with as_the_system(app, pk) as (session, application):
        issue.fail(session, issue.of_application(session, application), "The security module did not answer.")
    return pk


def _lapsed(app: Flask, changes: dict[str, Any]) -> int:
    from app.applications import service
    from app.core import clock

    pk = factories.filed(app, "QUERY_RAISED", **changes)
    with as_the_system(app, pk) as (session, application):
        application.lapse_on = clock.india_today()
        session.flush()
        service.lapse(session, application)
    return pk


def certified(app: Flask, status: str) -> int:
    """A certificate in `status`; returns its id."""
    from app.certificates.models import Certificate

    states = {"PREPARED": "SIGNING", "VOID": "APPROVED"}
    pk = brought(app, states.get(status, "ISSUED"))
    with as_the_system(app, pk) as (session, _application):
        certificate = session.query(Certificate).filter_by(application_id=pk).one()
        identity, number = certificate.id, certificate.number
    if status == "VOID":
        factories.move(app, pk, OFFICER, "recall")
    if status == "SUPERSEDED":
        factories.filed(app, "ISSUED", kind="IN_LIEU", in_lieu_of=number, in_lieu_reason=WRONG, consignee=RIGHT)
    if status == "REVOKED":
        certificate_move(app, identity, ADMIN, "propose_revocation")
        certificate_move(app, identity, SUPERVISOR, "revoke")
    return int(identity)


def certificate_move(app: Flask, pk: int, email: str, name: str) -> None:
    """One move of a certificate by one person, committed."""
    from app.certificates.issue import CERTIFICATE_VERBS
    from app.certificates.models import Certificate
    from app.infra.db import db, transaction
    from tests.people import actor_for

    with app.app_context(), transaction(db.session):
        CERTIFICATE_VERBS[name](db.session, db.session.get_one(Certificate, pk), actor_for(db.session, email), reason=REASON)


@contextmanager
def as_the_system(app: Flask, pk: int) -> Iterator[tuple[Any, Any]]:
    """The session and an application, outside any request; committed at the end."""
    from app.applications.models import Application
    from app.infra.db import db, transaction

    with app.app_context(), transaction(db.session):
        yield db.session, db.session.get_one(Application, pk)


def picture(app: Flask) -> Picture:
    """Every row of every business table, to compare with a later picture."""
    from app.infra.db import db

    with app.app_context():
        bind: Any = db.engines[None]
        tables = [table for table in db.Model.metadata.sorted_tables if table.name not in PASSING]
        return {table.name: sorted(bind.execute(table.select()).all(), key=repr) for table in tables}


def changed(before: Picture, after: Picture) -> list[str]:
    """The tables in which the two pictures differ."""
    return [name for name in after if before[name] != after[name]]


@contextmanager
def undone(app: Flask) -> Iterator[None]:
    """Whatever happens inside, commits included, is taken back."""
    from app.infra.db import db

    with app.app_context():
        bind: Any = db.engines[None]
    point = bind.begin_nested()
    try:
        yield
    finally:
        with app.app_context():
            db.session.remove()
        point.rollback()


def officer_id(app: Flask, email: str) -> int:
    """The agency's own number of an officer."""
    from app.infra.db import db
    from tests.people import actor_for

    with app.app_context():
        return int(actor_for(db.session, email).agency_user_id or 0)


def told(app: Flask, email: str = EXPORTER) -> Any:
    """The actor behind an account, fetched in a context of its own."""
    from app.infra.db import db
    from tests.people import actor_for

    with app.app_context():
        return actor_for(db.session, email)
