"""The verbs of a delegation: the exporter's primary user grants, the broker answers, either ends it; the day ends it too."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.service import record
from app.brokers.models import Broker, BrokerUser, Delegation
from app.brokers.rules import DELEGATION_LIFE, Scope, Term, why_not_act, why_not_dates
from app.brokers.service import term
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, WrongState
from app.core.workflow import Move
from app.exporters import service as exporters
from app.infra.db import lock
from app.infra.tenancy import UNSCOPED, must_see
from app.notices.rules import Kind
from app.notices.service import tell

ONLY_PRIMARY = "Only a primary user of the firm lets a customs broker act for it."
UNKNOWN = "There is no customs broker with this licence number here. Ask the broker for it; DGFT brings brokers in."
TWICE = "This broker may act for the firm already, or has been asked to. End that first, then grant it anew."
FIRMS = "/firms/"


def grant(session: Session, actor: Actor, *, licence_no: str, scope: str, from_date: date, until: date) -> Delegation:
    """Offer a broker the right to act for the actor's own firm; InvalidInput names every fault by its field."""
    if actor.role is not Role.PRIMARY or actor.exporter_id is None:
        raise NotAllowed(ONLY_PRIMARY)
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    broker = _broker(session, licence_no)
    field, wrong = why_not_dates(from_date, until, clock.india_today())
    faults = [Fault(field, wrong)] if wrong else []
    if broker is None:
        faults.append(Fault("licence_no", UNKNOWN))
    if scope not in tuple(Scope):
        faults.append(Fault("scope", f"Say how far the broker may go: {', '.join(Scope)}."))
    if faults or broker is None:
        raise InvalidInput(faults)
    row = _offered(session, actor, broker, scope, from_date, until)
    record(session, actor, "right to act granted", row, scope=scope, until=until.isoformat(), broker=broker.name)
    tell(
        session,
        _people(session, broker.id),
        f"{row.exporter_name} asks you to act for it. Accept or decline.",
        FIRMS,
        kind=Kind.ACCOUNT,
    )
    return row


def _offered(session: Session, actor: Actor, broker: Broker, scope: str, from_date: date, until: date) -> Delegation:
    """The row; of two grants at the same moment one wins."""
    firm = exporters.firm(session, actor.exporter_id or 0)
    row = Delegation(
        exporter_id=firm.id, broker_id=broker.id, exporter_name=firm.firm_name, exporter_iec=firm.iec, broker_name=broker.name,
        licence_no=broker.licence_no, scope=scope, from_date=from_date, until=until, granted_by=actor.name,
        status=DELEGATION_LIFE.initial,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise WrongState(TWICE) from error
    return row


def accept(session: Session, delegation: Delegation, actor: Actor) -> None:
    """The broker takes it on; from the first day on its people may act for the firm."""
    move = _begin(session, delegation, actor, "accept")
    today = clock.india_today()
    past = Term("ACTIVE", min(delegation.from_date, today), delegation.until, delegation.broker_name, delegation.exporter_name)
    if why := why_not_act(past, today):
        raise BusinessError(why)
    delegation.answered_by, delegation.answered_at = actor.name, clock.now()
    _arrive(session, delegation, actor, move)
    _tell_firm(session, delegation, f"{delegation.broker_name} acts for you from {clock.day(delegation.from_date)} on.")


def decline(session: Session, delegation: Delegation, actor: Actor, *, reason: str = "") -> None:
    """The broker does not take it on."""
    move = _begin(session, delegation, actor, "decline")
    delegation.answered_by, delegation.answered_at, delegation.reason = actor.name, clock.now(), reason
    _arrive(session, delegation, actor, move, reason)
    _tell_firm(session, delegation, f"{delegation.broker_name} does not take it on to act for you. {reason}".strip())


def end(session: Session, delegation: Delegation, actor: Actor, *, reason: str = "") -> None:
    """Either side ends it at once: an act under way is waited for, and the next request is refused."""
    move = _begin(session, delegation, actor, "end")
    delegation.ended_by, delegation.ended_at, delegation.reason = actor.name, clock.now(), reason
    _arrive(session, delegation, actor, move, reason)
    words = f"{actor.name} ended the right of {delegation.broker_name} to act for {delegation.exporter_name}. {reason}".strip()
    _tell_firm(session, delegation, words)
    tell(session, _people(session, delegation.broker_id), words, FIRMS, kind=Kind.ACCOUNT)


def expire(session: Session, delegation: Delegation, actor: Actor = SYSTEM_ACTOR) -> bool:
    """Its last day has passed: nobody could act any more, and now it is written down. False when it was not due."""
    lock(session, delegation)
    if delegation.status not in ("OFFERED", "ACTIVE") or clock.india_today() <= delegation.until:
        return False
    move = DELEGATION_LIFE.check("expire", delegation.status, actor.role)
    delegation.ended_at = clock.now()
    _arrive(session, delegation, actor, move)
    words = why_not_act(term(delegation), clock.india_today())
    _tell_firm(session, delegation, words)
    tell(session, _people(session, delegation.broker_id), words, FIRMS, kind=Kind.ACCOUNT)
    return True


DELEGATION_VERBS: dict[str, Callable[..., Any]] = {"accept": accept, "decline": decline, "end": end}


def _begin(session: Session, delegation: Delegation, actor: Actor, name: str) -> Move:
    must_see(actor, delegation)
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    DELEGATION_LIFE.check(name, delegation.status, actor.role)
    lock(session, delegation)
    return DELEGATION_LIFE.check(name, delegation.status, actor.role)


def _arrive(session: Session, delegation: Delegation, actor: Actor, move: Move, reason: str = "") -> None:
    before, delegation.status = delegation.status, str(move.to)
    record(
        session, actor, move.event, delegation, reason=reason, before=before, after=delegation.status,
        broker=delegation.broker_name,
    )  # fmt: skip


def _broker(session: Session, licence_no: str) -> Broker | None:
    """The broker with this licence, if DGFT has not suspended it."""
    query = select(Broker).where(Broker.licence_no == licence_no.strip().upper(), Broker.status == "ACTIVE")
    return session.scalar(query, execution_options=UNSCOPED)


def _people(session: Session, broker_id: int) -> list[int | None]:
    query = select(BrokerUser.user_id).where(BrokerUser.broker_id == broker_id, BrokerUser.status == "ACTIVE")
    return list(session.scalars(query, execution_options=UNSCOPED))


def _tell_firm(session: Session, delegation: Delegation, words: str) -> None:
    people = exporters.people(session, delegation.exporter_id)
    tell(session, [person.user_id for person in people], words, f"/delegations/show/{delegation.id}", kind=Kind.ACCOUNT)
