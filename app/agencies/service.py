"""What may be asked of and done to an agency's offices and officers: who can sign, which office may take filings."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.agencies.models import Agency, AgencyUser, Office, OfficeMapping
from app.agencies.rules import AgencyStatus, OfficeStatus, PersonStatus, SigningFacts, why_not_sign, why_read_only
from app.core import clock
from app.core.actor import Actor, Role
from app.infra import current
from app.infra.settings import setting
from app.signing.models import DscRegistration
from app.signing.service import active_registration

_UNSCOPED = {"unscoped": True}
_STATUS = select(Agency.status).where(Agency.id == bindparam("id"))


def officer_actor(session: Session, user_id: int) -> Actor | None:
    """The actor behind an agency account, with the offices it is mapped to today; None when it is no such account."""
    person = session.scalar(select(AgencyUser).where(AgencyUser.user_id == user_id), execution_options=_UNSCOPED)
    if person is None or person.status != PersonStatus.ACTIVE:
        return None
    return Actor(
        role=Role(person.role),
        user_id=user_id,
        name=person.full_name,
        agency_id=person.agency_id,
        agency_user_id=person.id,
        office_ids=mapped_offices(session, person.id),
        read_only=why_read_only(session.scalars(_STATUS, {"id": person.agency_id}, execution_options=_UNSCOPED).one()),
    )


current.RESOLVERS.append(officer_actor)


def mapped_offices(session: Session, agency_user_id: int) -> tuple[int, ...]:
    """The offices an officer is mapped to today (India's date)."""
    today = clock.india_today()
    open_now = OfficeMapping.to_date.is_(None) | (OfficeMapping.to_date >= today)
    query = select(OfficeMapping.office_id).where(
        OfficeMapping.agency_user_id == agency_user_id, OfficeMapping.from_date <= today, open_now
    )
    return tuple(sorted(session.scalars(query, execution_options=_UNSCOPED)))


def why_cannot_sign(session: Session, person: AgencyUser, office: Office, now: datetime) -> list[str]:
    """The sentences that keep this officer from signing for this office; empty when nothing does (rule 4.3)."""
    return why_not_sign(signing_facts(session, person, office, now))


def signing_facts(session: Session, person: AgencyUser, office: Office, now: datetime) -> SigningFacts:
    """What decides whether this officer can sign for this office now."""
    registration = active_registration(session, person.user_id)
    valid = registration is not None and registration.not_before <= now < registration.not_after
    agency = session.get_one(Agency, office.agency_id, execution_options=_UNSCOPED)
    return SigningFacts(
        officer_status=person.status,
        is_officer=person.role == Role.OFFICER,
        mapped=office.id in mapped_offices(session, person.id),
        has_signature_image=person.signature_sha256 is not None,
        has_dsc=valid,
        office_status=office.status,
        has_stamp=office.stamp_sha256 is not None,
        agency_status=agency.status,
    )


def window_of(agency: Agency) -> date | None:
    """Until when the people of a newly listed agency may register: ONBOARDING_DAYS after it was notified; None is no end."""
    days = setting("ONBOARDING_DAYS")
    return (agency.notified_on or clock.india_today()) + timedelta(days=days) if days > 0 else None


def officer(session: Session, agency_user_id: int) -> AgencyUser:
    """The officer with this id, whoever asks."""
    return session.get_one(AgencyUser, agency_user_id, execution_options=_UNSCOPED)


def registration_of(session: Session, person: AgencyUser) -> DscRegistration | None:
    """The officer's active digital signature certificate, if any."""
    return active_registration(session, person.user_id)


def ready_offices(session: Session) -> list[Office]:
    """The offices an exporter may file with: agency and office active, stamp present, an officer who can sign (4.2)."""
    query = (
        select(Office)
        .join(Agency)
        .where(Agency.status == AgencyStatus.ACTIVE, Office.status == OfficeStatus.ACTIVE, Office.stamp_sha256.is_not(None))
        .order_by(Agency.name, Office.code)
    )
    offices = session.scalars(query, execution_options=_UNSCOPED).all()
    return [office for office in offices if is_ready(session, office)]


def is_ready(session: Session, office: Office) -> bool:
    """At least one officer can sign for this office now."""
    now = clock.now()
    return any(not why_cannot_sign(session, person, office, now) for person in officers_of(session, office.id))


def would_be_ready(session: Session, office: Office) -> bool:
    """At least one officer could sign for this office if only the agency were live."""
    now = clock.now()
    facts = (signing_facts(session, person, office, now) for person in officers_of(session, office.id))
    return any(not why_not_sign(replace(each, agency_status=AgencyStatus.ACTIVE)) for each in facts)


def officers_of(session: Session, office_id: int) -> list[AgencyUser]:
    """The officers mapped to an office, active or not."""
    query = select(AgencyUser).join(OfficeMapping, OfficeMapping.agency_user_id == AgencyUser.id)
    query = query.where(OfficeMapping.office_id == office_id).order_by(AgencyUser.id)
    return list(session.scalars(query, execution_options=_UNSCOPED).unique())


def office_by_codes(session: Session, agency_code: str, office_code: str) -> Office | None:
    """The office with these codes, or None."""
    query = select(Office).join(Agency).where(Agency.code == agency_code, Office.code == office_code)
    return session.scalar(query, execution_options=_UNSCOPED)


def steps_of(session: Session, person: AgencyUser) -> list[tuple[bool, str]]:
    """What an officer needs to sign, each done or not: account, offices, signature image, certificate (rule 4.3)."""
    registration, now = active_registration(session, person.user_id), clock.now()
    days = (registration.not_after - now).days if registration is not None and registration.not_before <= now else -1
    valid = f"Digital signature certificate, valid for {days} more days" if days >= 0 else "Valid digital signature certificate"
    return [
        (person.status == PersonStatus.ACTIVE, "Active account"),
        (bool(mapped_offices(session, person.id)), "Mapped to an office"),
        (person.signature_sha256 is not None, "Signature image"),
        (days >= 0, valid),
    ]
