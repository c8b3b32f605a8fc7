"""What every move of an application has in common: asking for the right, the lock, the new state, the event, the fee."""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.applications.in_hand import hold_ends
from app.applications.models import Application, Query
from app.applications.rules import HOLDER, LIFE
from app.audit.service import record
from app.brokers import service as brokers
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotAllowed, NotFound
from app.core.workflow import Move
from app.exporters import service as exporters
from app.infra.db import lock
from app.infra.settings import setting
from app.infra.tenancy import must_see
from app.notices.rules import Kind as Told
from app.notices.service import tell
from app.wallet import service as wallet
from app.wallet.rules import Fee

Verb = Callable[..., Any]
VERBS: dict[str, Verb] = {}
NAMED = 10  # applications named one by one in a notice about many


def verb(name: str) -> Callable[[Verb], Verb]:
    """Give a function as the verb of a move; the screens, the API and the tests find it here."""

    def register(function: Verb) -> Verb:
        VERBS[name] = function
        return function

    return register


def begin(session: Session, application: Application, actor: Actor, name: str) -> Move:
    """The first line of every verb: may this actor know of it, may the role do this, is it the state for it; then lock."""
    must_see(actor, application)
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    LIFE.check(name, application.status, actor.role)
    brokers.must_still_act(session, actor)
    lock(session, application)
    return LIFE.check(name, application.status, actor.role)


def arrive(session: Session, application: Application, actor: Actor, move: Move, reason: str = "", **detail: Any) -> None:
    """The last line of every verb: the new state and the event."""
    assert move.to is not None, "a move that deletes has no state to arrive in"  # noqa: S101  a slip in the table, not input
    before, application.status = application.status, move.to
    application.status_since, application.waiting_for = clock.now(), ""
    application.held_until = hold_ends(move.to)
    record(session, actor, move.event, application, reason=reason, before=before, after=move.to, **detail)
    if actor.delegation_id is not None and before != move.to:
        _tell_own_people(session, application, f"{actor.name}: {move.event}:", Told.DECISION)


def must_hold(session: Session, application: Application, actor: Actor) -> None:
    """Only the officer who has taken an application up goes on with it."""
    if application.assigned_officer_id != actor.agency_user_id:
        raise NotAllowed(f"This application is with {application.hold or 'nobody'}; {HOLDER} can do this.")


def price_of(application: Application) -> Fee:
    """The fee fixed at submission."""
    return Fee(application.fee_paise, application.gst_paise)


def settle_fee(session: Session, application: Application, actor: Actor) -> None:
    """After a refusal, withdrawal or lapse the fee is earned all the same, unless REFUND_ON_REFUSAL is set."""
    if setting("REFUND_ON_REFUSAL"):
        wallet.release(session, application.exporter_id, application.id, actor, "given back: REFUND_ON_REFUSAL is set")
    else:
        wallet.capture(session, application.exporter_id, application.id, application.agency_id, price_of(application), actor)


def open_query(application: Application) -> Query:
    """The one open query; a rule of the table that there is one while QUERY_RAISED."""
    for row in application.queries:
        if row.status == "OPEN":
            return row
    raise NotFound("There is no open query on this application.")


def close_queries(application: Application, status: str) -> None:
    """Nobody need answer any more: the open query gets its last state."""
    for row in application.queries:
        if row.status == "OPEN":
            row.status = status


def tell_firm(session: Session, application: Application, words: str, kind: Told) -> None:
    """Everybody of the firm hears of it, and the customs brokers who act for it now."""
    _tell_own_people(session, application, words, kind)
    for user_id, iec, firm in brokers.people_for(session, application.exporter_id):
        way = f"/firms/for/{iec}?next=/applications/{application.id}"
        tell(session, [user_id], f"{firm}: {words} {application}", way, kind=kind, exporter_id=application.exporter_id)


def tell_firms(session: Session, applications: Iterable[Application], words: str, kind: Told) -> None:
    """One notice for each firm over all of its applications that something happened to at once."""
    by_firm: dict[int, list[Application]] = {}
    for application in applications:
        by_firm.setdefault(application.exporter_id, []).append(application)
    for exporter_id, rows in sorted(by_firm.items()):
        if len(rows) == 1:
            tell_firm(session, rows[0], words, kind)
            continue
        more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
        line, page = f"{words} {', '.join(map(str, rows[:NAMED]))}{more}", "/applications/list/"
        people = exporters.people(session, exporter_id)
        tell(session, [person.user_id for person in people], line, page, kind=kind)
        for user_id, iec, firm in brokers.people_for(session, exporter_id):
            way = f"/firms/for/{iec}?next={page}"
            tell(session, [user_id], f"{firm}: {line}", way, kind=kind, exporter_id=exporter_id)


def _tell_own_people(session: Session, application: Application, words: str, kind: Told) -> None:
    people = exporters.people(session, application.exporter_id)
    tell(session, [person.user_id for person in people], f"{words} {application}", f"/applications/{application.id}", kind=kind)


def tell_officer(session: Session, application: Application, words: str) -> None:
    """A bell for the officer who has it, if any."""
    if application.assigned_officer_id:
        officer = agencies.officer(session, application.assigned_officer_id)
        tell(session, [officer.user_id], f"{words} {application}", f"/applications/{application.id}")
