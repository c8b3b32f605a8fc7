"""The verbs of DGFT: bring a customs broker and its people in, suspend a broker, switch a person off; at once, every time."""

import re
import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import accounts, passwords
from app.access.service import close_all
from app.audit.service import record
from app.brokers.models import Broker, BrokerUser
from app.brokers.rules import BROKER_LIFE, BROKER_PERSON_LIFE
from app.core import text
from app.core.actor import Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, WrongState
from app.core.identifiers import parse_pan
from app.core.workflow import Move, Workflow
from app.infra.db import lock
from app.infra.settings import setting
from app.infra.tenancy import UNSCOPED, must_see
from app.notices.service import ADDRESS, mail

LICENCE = "The licence number has 5 to 30 letters, digits, hyphens and slashes, such as ABCPD1234ECH001. Check it on the licence."
ONLY_DGFT = "Only DGFT brings customs brokers and their people in."


def admit(session: Session, actor: Actor, *, licence_no: str, name: str, pan: str, city: str = "") -> Broker:
    """A new customs broker; InvalidInput names every fault by its field."""
    _must_be_dgft(actor)
    readers: dict[str, tuple[str, Callable[[str], str]]] = {
        "licence_no": (licence_no, read_licence), "name": (name, lambda said: _words(said, 200)), "pan": (pan, parse_pan),
        "city": (city or "–", lambda said: _words(said, 80)),
    }  # fmt: skip
    values = _read(readers)
    if session.scalar(select(Broker.id).where(Broker.licence_no == values["licence_no"]), execution_options=UNSCOPED):
        raise InvalidInput([Fault("licence_no", "A broker with this licence number is here already. Look it up in the list.")])
    row = Broker(**values)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise WrongState("A broker with this licence number was brought in at this very moment. Look at the list.") from error
    record(session, actor, "customs broker admitted", row, licence_no=row.licence_no)
    return row


def add_person(session: Session, broker: Broker, actor: Actor, *, full_name: str, email: str) -> BrokerUser:
    """A person of the broker with an account of their own; a password for the first log-in is mailed."""
    _must_be_dgft(actor)
    must_see(actor, broker)
    values = _read({"full_name": (full_name, lambda said: _words(said, 120)), "email": (email, _address)})
    if accounts.exists(session, values["email"]):
        raise InvalidInput([Fault("email", "There is an account with this address already. Ask the person for another one.")])
    user = accounts.account(session, values["email"], values["full_name"], secrets.token_urlsafe(24))
    person = BrokerUser(user_id=user.id, broker_id=broker.id, status=BROKER_PERSON_LIFE.initial, **values)
    session.add(person)
    session.flush()
    password = passwords.issue(session, user)
    record(session, actor, "broker's person added", person, who=person.full_name, broker=broker.name)
    body = (
        f"Dear {person.full_name},\n\nDGFT has given you an account as a person of the customs broker {broker.name}: you may act "
        f"for the exporters who let your firm.\n\nLog in: {setting('BASE_URL')}/login/\nName: {person.email}\n"
        f"Password: {password}\n\nThe password is good for 72 hours and must be changed at the first log-in.\n"
    )
    mail(session, person.email, "Your account is active", body)
    return person


def suspend(session: Session, broker: Broker, actor: Actor, *, reason: str) -> None:
    """From the next request on nobody of the broker acts for anybody; the delegations stay, and wait."""
    _move(session, broker, actor, BROKER_LIFE, "suspend", reason)
    broker.reason = reason


def resume(session: Session, broker: Broker, actor: Actor) -> None:
    """The broker's people act again for the firms that still let them."""
    _move(session, broker, actor, BROKER_LIFE, "resume")
    broker.reason = ""


def switch_off(session: Session, person: BrokerUser, actor: Actor, *, reason: str) -> None:
    """The person is logged out at once and acts for nobody any more."""
    _move(session, person, actor, BROKER_PERSON_LIFE, "switch_off", reason)
    accounts.switch(session, person.user_id, on=False)
    close_all(session, person.user_id)


def switch_on(session: Session, person: BrokerUser, actor: Actor) -> None:
    """The person may log in again."""
    _move(session, person, actor, BROKER_PERSON_LIFE, "switch_on")
    accounts.switch(session, person.user_id, on=True)


BROKER_VERBS: dict[str, Callable[..., Any]] = {"suspend": suspend, "resume": resume}
BROKER_PERSON_VERBS: dict[str, Callable[..., Any]] = {"switch_off": switch_off, "switch_on": switch_on}


def read_licence(said: str) -> str:
    """A licence number in capitals, or a BusinessError."""
    value = said.strip().upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9/-]{4,29}", value, re.ASCII):
        raise BusinessError(LICENCE)
    return value


def _move(session: Session, row: Any, actor: Actor, life: Workflow, name: str, reason: str = "") -> Move:
    must_see(actor, row)
    life.check(name, row.status, actor.role)
    lock(session, row)
    move = life.check(name, row.status, actor.role)
    before, row.status = row.status, str(move.to)
    record(session, actor, move.event, row, reason=reason, before=before, after=row.status)
    return move


def _must_be_dgft(actor: Actor) -> None:
    if actor.role is not Role.SUPERVISOR:
        raise NotAllowed(ONLY_DGFT)


def _read(readers: dict[str, tuple[str, Callable[[str], str]]]) -> dict[str, str]:
    """The values, or every fault at once."""
    values, faults = {}, []
    for field, (said, reader) in readers.items():
        try:
            values[field] = reader(said)
        except BusinessError as refusal:
            faults.append(Fault(field, refusal.sentence))
    if faults:
        raise InvalidInput(faults)
    return values


def _words(said: str, most: int) -> str:
    cleaned = text.clean(said, most)
    if not cleaned:
        raise BusinessError("This may not be empty. Fill it in.")
    return "" if cleaned == "–" else cleaned


def _address(said: str) -> str:
    address = said.strip().lower()
    if not ADDRESS.fullmatch(address) or len(address) > 254:
        raise BusinessError("This is no e-mail address. Write one such as name@firm.in.")
    return address
