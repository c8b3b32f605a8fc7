"""The verbs of an agency's people: activate, reject, deactivate, map to offices, invite; each told to whom it concerns."""

import secrets
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import accounts, passwords
from app.access.service import close_all
from app.agencies.models import Agency, AgencyUser, Office, OfficeMapping
from app.agencies.rules import AGENCY_LIFE, PERSON_LIFE, AgencyStatus, OfficeStatus, PersonStatus, may_decide
from app.audit.service import record
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed
from app.core.workflow import Move
from app.infra.db import lock
from app.infra.settings import setting
from app.infra.tenancy import must_see
from app.notices.rules import Kind
from app.notices.service import mail, tell
from app.signing.models import DscRegistration
from app.signing.registration import ALSO_TOLD

_UNSCOPED = {"unscoped": True}
WORK = {Role.ADMINISTRATOR: "manage its offices and officers", Role.OFFICER: "examine applications and sign certificates"}

# Applications and certificates sit above agencies; what must happen to the cases of somebody who leaves, they add here:
# a function that locks what it will change, and returns what then changes it. All locks come before the first event.
DEPARTED: list[Callable[[Session, AgencyUser], Callable[[Actor], None]]] = []


def activate(session: Session, person: AgencyUser, actor: Actor) -> None:
    """Let somebody in: the account is made, a one-time password is mailed; an officer begins at the office asked for."""
    move = _begin(session, person, actor, "activate")
    first = person.user_id is None
    if first:
        _make_account(session, person)
    else:
        _switch(session, person, on=True)
    person.reason = ""
    _aboard(session, person)
    if first and person.role == Role.OFFICER and person.requested_office_id and not person.mappings:
        _map(session, person, person.requested_office_id, clock.india_today(), None)
    _arrive(session, person, actor, move)
    tell(session, [person.user_id], "Your account is active. Welcome.", "/", kind=Kind.ACCOUNT, mailed=True)


def reject(session: Session, person: AgencyUser, actor: Actor, *, reason: str) -> None:
    """Refuse a registration for a reason, which the applicant is mailed as it stands; the address is free again."""
    move = _begin(session, person, actor, "reject")
    person.reason = reason
    _arrive(session, person, actor, move, reason)
    body = f"Dear {person.full_name},\n\nyour registration with {person.agency.name} was not accepted.\n\nReason: {reason}\n"
    mail(session, person.email, "Your registration was not accepted", body)


def deactivate(session: Session, person: AgencyUser, actor: Actor, *, reason: str) -> None:
    """Lock somebody out at once: sessions end, cases under review return to the queue, queued signing is refused."""
    move = _begin(session, person, actor, "deactivate")
    for settle in [hold(session, person) for hold in DEPARTED]:
        settle(actor)
    person.reason = reason
    _switch(session, person, on=False)
    _arrive(session, person, actor, move, reason)
    body = f"Dear {person.full_name},\n\nyour account with {person.agency.name} was deactivated.\n\nReason: {reason}\n"
    mail(session, person.email, "Your account was deactivated", body)


def map_office(
    session: Session, person: AgencyUser, actor: Actor, *, office: int, from_date: date | None = None, to_date: date | None = None
) -> None:
    """The officer works for this office from one day to another (India's dates); InvalidInput for what cannot be."""
    move = _begin(session, person, actor, "map_office")
    _officers_only(person)
    place = _own_office(session, person, office)
    begins = from_date or clock.india_today()
    if to_date is not None and to_date < begins:
        raise InvalidInput([Fault("to_date", "The last day lies before the first. Choose a later one, or leave it empty.")])
    if any(row.office_id == office and _overlap(row, begins, to_date) for row in person.mappings):
        raise InvalidInput([Fault("office", f"{person.full_name} is mapped to {place.name} in that time already.")])
    _map(session, person, office, begins, to_date)
    _arrive(session, person, actor, move, office=place.code, begins=begins.isoformat())


def unmap_office(session: Session, person: AgencyUser, actor: Actor, *, office: int) -> None:
    """The officer works for this office no more, from now on; what the officer has in hand there stays to be given away."""
    move = _begin(session, person, actor, "unmap_office")
    _officers_only(person)
    today = clock.india_today()
    open_now = [row for row in person.mappings if row.office_id == office and (row.to_date is None or row.to_date >= today)]
    if not open_now:
        raise InvalidInput([Fault("office", f"{person.full_name} is not mapped to this office.")])
    for row in open_now:
        if row.from_date >= today:
            session.delete(row)
        else:
            row.to_date = today - timedelta(days=1)
    session.flush()
    session.expire(person, ["mappings"])
    _arrive(session, person, actor, move, office=open_now[0].office.code)


PEOPLE_VERBS: dict[str, Callable[..., Any]] = {
    "activate": activate, "reject": reject, "deactivate": deactivate, "map_office": map_office, "unmap_office": unmap_office,
}  # fmt: skip


def invite(
    session: Session, actor: Actor, *, full_name: str, designation: str, email: str, mobile: str,
    employee_code: str = "", office_ids: Iterable[int] = (),
) -> AgencyUser:  # fmt: skip
    """An officer whom the own administrator brings in needs no request: active at once, mapped, the password mailed."""
    if actor.role is not Role.ADMINISTRATOR or actor.agency_id is None:
        raise NotAllowed("Only an administrator invites officers, and only into the own agency.")
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    address = email.strip().lower()
    if known(session, address):
        raise BusinessError(f"{address} already has an account or a request. Look it up under Officers.")
    person = AgencyUser(
        agency_id=actor.agency_id, role=Role.OFFICER.value, full_name=full_name, designation=designation, email=address,
        mobile=mobile, employee_code=employee_code, status=PersonStatus.PENDING,
    )  # fmt: skip
    session.add(person)
    session.flush()
    activate(session, person, actor)
    for office in office_ids:
        map_office(session, person, actor, office=office)
    return person


def known(session: Session, email: str) -> bool:
    """Whether somebody of an agency has this address already: pending, active or inactive."""
    counts = (PersonStatus.PENDING, PersonStatus.ACTIVE, PersonStatus.INACTIVE)
    same = select(AgencyUser.id).where(AgencyUser.email == email.strip().lower(), AgencyUser.status.in_(counts))
    return session.scalar(same.limit(1), execution_options=_UNSCOPED) is not None


def administrators(session: Session, agency_id: int) -> list[AgencyUser]:
    """The active administrators of an agency, whoever asks."""
    query = select(AgencyUser).where(
        AgencyUser.agency_id == agency_id, AgencyUser.role == Role.ADMINISTRATOR, AgencyUser.status == PersonStatus.ACTIVE
    )
    return list(session.scalars(query.order_by(AgencyUser.id), execution_options=_UNSCOPED))


def _told_of(session: Session, certificate: DscRegistration) -> list[int | None]:
    """Who hears that an officer's certificate ends: the administrators of the agency."""
    return [person.user_id for person in administrators(session, certificate.agency_id)] if certificate.agency_id else []


ALSO_TOLD.append(_told_of)


def _begin(session: Session, person: AgencyUser, actor: Actor, name: str) -> Move:
    """May this actor know of the person, may the role do it, to this person, in this state; then lock."""
    must_see(actor, person)
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    PERSON_LIFE.check(name, person.status, actor.role)
    if person.user_id is not None and person.user_id == actor.user_id:
        raise NotAllowed("Nobody decides on their own account. Ask another administrator, or DGFT.")
    if not may_decide(actor.role, actor.agency_id, person.role, person.agency_id):
        who = "DGFT" if person.role == Role.ADMINISTRATOR else "an administrator of the officer's own agency"
        raise NotAllowed(f"Only {who} decides this.")
    lock(session, person)
    return PERSON_LIFE.check(name, person.status, actor.role)


def _arrive(session: Session, person: AgencyUser, actor: Actor, move: Move, reason: str = "", **detail: Any) -> None:
    before, person.status = person.status, str(move.to)
    if before != person.status:
        person.decided_by_id, person.decided_at = actor.user_id, clock.now()
    record(session, actor, move.event, person, reason=reason, before=before, after=person.status, who=person.full_name, **detail)


def _make_account(session: Session, person: AgencyUser) -> None:
    """An account with a password that is good for a short time and must be changed; the mail says how to go on."""
    if accounts.exists(session, person.email):
        raise BusinessError(f"{person.email} already has an account of another kind. Ask the person for another address.")
    user = accounts.account(session, person.email, person.full_name, secrets.token_urlsafe(24))
    person.user_id = user.id
    password = passwords.issue(session, user)
    body = (
        f"Dear {person.full_name},\n\nyour account with {person.agency.name} is active: you may {WORK[Role(person.role)]}.\n\n"
        f"Log in: {setting('BASE_URL')}/login/\nName: {person.email}\nPassword: {password}\n\n"
        "The password is good for 72 hours and must be changed at the first log-in.\n"
    )
    mail(session, person.email, "Your account is active", body)


def _switch(session: Session, person: AgencyUser, *, on: bool) -> None:
    if person.user_id is None:
        return
    accounts.switch(session, person.user_id, on=on)
    if not on:
        close_all(session, person.user_id)


def _aboard(session: Session, person: AgencyUser) -> None:
    """With its first administrator a notified agency begins to come aboard."""
    agency = session.get_one(Agency, person.agency_id, execution_options=_UNSCOPED)
    if person.role == Role.ADMINISTRATOR and agency.status == AgencyStatus.NOTIFIED:
        move = AGENCY_LIFE.check("begin_onboarding", agency.status, Role.SYSTEM)
        agency.status = str(move.to)
        record(session, SYSTEM_ACTOR, move.event, agency)


def _officers_only(person: AgencyUser) -> None:
    if person.role != Role.OFFICER:
        raise BusinessError("Only officers are mapped to offices; an administrator sees all of them.")


def _own_office(session: Session, person: AgencyUser, office_id: int) -> Office:
    office = session.get(Office, office_id, execution_options=_UNSCOPED)
    if office is None or office.agency_id != person.agency_id or office.status != OfficeStatus.ACTIVE:
        raise InvalidInput([Fault("office", "Choose an active office of your own agency.")])
    return office


def _overlap(row: OfficeMapping, begins: date, ends: date | None) -> bool:
    return (row.to_date is None or row.to_date >= begins) and (ends is None or row.from_date <= ends)


def _map(session: Session, person: AgencyUser, office_id: int, begins: date, ends: date | None) -> None:
    whose = {"agency_id": person.agency_id, "agency_user_id": person.id, "office_id": office_id}
    session.add(OfficeMapping(**whose, from_date=begins, to_date=ends))
    session.flush()
    session.expire(person, ["mappings"])
