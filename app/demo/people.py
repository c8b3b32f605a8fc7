"""Bring the cast aboard: agencies with offices and stamps, officers with signatures and keys, firms with wallets."""

import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.accounts import account
from app.access.models import Supervisor
from app.agencies.models import Agency, AgencyUser, Office, OfficeMapping
from app.agencies.rules import AgencyStatus, PersonStatus
from app.brokers.models import Broker, BrokerUser, Delegation
from app.brokers.rules import called
from app.certificates.artwork import draw_signature, draw_stamp
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Role
from app.demo.aboard import on_the_way
from app.demo.cast import AGENCIES, BROKERS, FIRMS, PASSWORD, SUPERVISOR, AgencyCast, BrokerCast, FirmCast, PersonCast
from app.demo.firms import NEWCOMERS, TOKEN_OFFICER
from app.exporters.models import Branch, Exporter, ExporterUser
from app.infra import store
from app.notices.service import bells_only
from app.signing import certcheck, demonstration, service
from app.wallet import service as wallet
from app.wallet.rules import Kind

KEYS_SINCE = timedelta(days=200)  # the demonstration signs as of months ago


@bells_only()
def come_aboard(session: Session) -> None:
    """Make everybody and everything of the cast that is not there yet."""
    supervisor = account(session, SUPERVISOR.email, SUPERVISOR.name, PASSWORD)
    if session.scalar(select(Supervisor).where(Supervisor.user_id == supervisor.id)) is None:
        session.add(Supervisor(user_id=supervisor.id, full_name=SUPERVISOR.name))
    for cast in AGENCIES:
        _agency(session, cast)
    for firm in FIRMS:
        _firm(session, firm, PASSWORD)
    for broker in BROKERS:
        _broker(session, broker)


@bells_only()
def more_come_aboard(session: Session) -> None:
    """The firms nobody logs in for, and the officer with a token: only the long history needs them."""
    for firm in NEWCOMERS:
        _firm(session, firm, secrets.token_urlsafe(32), key="p256")
    agency = session.scalars(select(Agency).where(Agency.code == AGENCIES[0].code)).one()
    if session.scalar(select(AgencyUser).where(AgencyUser.email == TOKEN_OFFICER.email)) is None:
        offices = {row.code: row for row in session.scalars(select(Office).where(Office.agency_id == agency.id))}
        _officer(session, TOKEN_OFFICER, agency, offices, backend="DESK_AGENT")
    on_the_way(session)


def _agency(session: Session, cast: AgencyCast) -> None:
    agency = session.scalar(select(Agency).where(Agency.code == cast.code))
    if agency is not None:
        return
    agency = Agency(
        code=cast.code, name=cast.name, kind="ALL_INDIA", appendix_2e_ref=f"Appendix 2E, {cast.code}",
        official_email=cast.official_email, email_domains=[cast.official_email.split("@")[1]], address=cast.address,
        city=cast.city, state_code=cast.state, pin=cast.pin, phone="022 5550 1020", status=AgencyStatus.ACTIVE,
        notified_on=clock.india_today() - timedelta(days=900),
    )  # fmt: skip
    session.add(agency)
    session.flush()
    offices = {}
    for row in cast.offices:
        stamp = store.put(draw_stamp(cast.name, row.city))
        offices[row.code] = Office(
            agency_id=agency.id, code=row.code, name=row.name, address1=row.address1, city=row.city,
            state_code=row.state, pin=row.pin, phone="022 5550 1020", email=cast.official_email, stamp_sha256=stamp,
        )  # fmt: skip
        session.add(offices[row.code])
    session.flush()
    for person in cast.people:
        _officer(session, person, agency, offices)


def _officer(
    session: Session,
    person: PersonCast,
    agency: Agency,
    offices: dict[str, Office],
    backend: str = "SOFT",
) -> None:
    user = account(session, person.email, person.name, PASSWORD)
    is_officer = person.role is Role.OFFICER
    row = AgencyUser(
        user_id=user.id, agency_id=agency.id, role=person.role.value, full_name=person.name,
        designation=person.designation, email=person.email, mobile="9876543210", status=PersonStatus.ACTIVE,
        decided_at=clock.now(),
        signature_sha256=store.put(draw_signature(person.name)) if is_officer else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    since = clock.india_today() - timedelta(days=400)
    for code in person.offices:
        office = offices[code].id
        session.add(OfficeMapping(agency_id=agency.id, agency_user_id=row.id, office_id=office, from_date=since))
    if is_officer:
        _key(session, user.id, person, agency.name, backend, kind="OFFICER", agency_id=agency.id)


def _firm(session: Session, cast: FirmCast, password: str, key: str = "rsa2048") -> None:
    if session.scalar(select(Exporter).where(Exporter.iec == cast.pan)) is not None:
        return
    firm = Exporter(
        iec=cast.pan, pan=cast.pan, firm_name=cast.name, constitution="Company", gstins=[cast.gstin],
        address1=cast.address1, city=cast.city, state_code=cast.state, pin=cast.pin, email=cast.people[0].email,
        mobile="9876543210", dgft_synced_at=clock.now(),
    )  # fmt: skip
    session.add(firm)
    session.flush()
    place = {"city": cast.city, "state_code": cast.state, "pin": cast.pin}
    session.add(Branch(exporter_id=firm.id, kind="REGISTERED", address=cast.address1, **place))
    for person in cast.people:
        user = account(session, person.email, person.name, password)
        session.add(
            ExporterUser(
                user_id=user.id, exporter_id=firm.id, full_name=person.name, role=person.role.value, email=person.email,
                dgft_user_ref=person.dgft_ref or f"DEMO-{user.id}",
            )
        )  # fmt: skip
        session.flush()
        _key(session, user.id, person, cast.name, "SOFT", key, kind="INDIVIDUAL", exporter_id=firm.id)
    reference = f"opening:exporter:{firm.id}"
    wallet.credit(session, firm.id, cast.paise, SYSTEM_ACTOR, kind=Kind.OPENING, reference=reference)


def _broker(session: Session, cast: BrokerCast) -> None:
    """A customs broker whose people act for some of the firms."""
    if session.scalar(select(Broker).where(Broker.licence_no == cast.licence_no)) is not None:
        return
    broker = Broker(licence_no=cast.licence_no, name=cast.name, pan=cast.pan, city=cast.city)
    session.add(broker)
    session.flush()
    for person in cast.people:
        user = account(session, person.email, person.name, PASSWORD)
        session.add(BrokerUser(user_id=user.id, broker_id=broker.id, full_name=person.name, email=person.email))
        session.flush()
        _key(session, user.id, person, cast.name, "SOFT", kind="INDIVIDUAL")
    for pan, scope in cast.acts_for:
        firm = session.scalars(select(Exporter).where(Exporter.iec == pan)).one()
        today, granted_by = clock.india_today(), next(each for each in FIRMS if each.pan == pan).people[0].name
        session.add(
            Delegation(
                exporter_id=firm.id, broker_id=broker.id, exporter_name=firm.firm_name, exporter_iec=firm.iec, scope=scope,
                broker_name=cast.name, licence_no=cast.licence_no, from_date=today, until=today + timedelta(days=360),
                status="ACTIVE", granted_by=granted_by, answered_by=called(cast.people[0].name, cast.name),
                answered_at=clock.now(),
            )
        )  # fmt: skip
    session.flush()


def _key(
    session: Session, user_id: int, person: PersonCast, organisation: str, backend: str,
    key: str = "rsa2048", **whose: Any,
) -> None:  # fmt: skip
    """A test key of the demonstration's authority, registered as the person's certificate; a token keeps its own."""
    key_ref = f"demo-{user_id}" if backend == "SOFT" else ""
    since = clock.now() - KEYS_SINCE
    pem, chain = demonstration.new_key(key_ref, person.name, organisation, key=key, not_before=since)
    service.register(
        session, certcheck.read(pem), user_id=user_id, backend=backend, certificate_pem=pem.decode(),
        chain_pem=chain.decode(), key_ref=key_ref, **whose,
    )  # fmt: skip
