"""Specimens: an agency's trial prints, with a number series of their own; nothing here touches a certificate, fee or wallet."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.agencies.models import AgencyUser, Office
from app.agencies.rules import READ_ONLY, PersonStatus
from app.applications.numbers import take
from app.audit.service import record
from app.certificates import specimen
from app.certificates.models import Specimen
from app.certificates.snapshot import office_address
from app.certificates.text import Agency, CertificateText, Officer
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed
from app.infra.queue import promise
from app.infra.settings import setting
from app.infra.tenancy import must_see

JOB = "certificate.specimen"
LINES = 12  # two sheets, so that the continuation is seen too
MAKERS = frozenset({Role.ADMINISTRATOR, Role.OFFICER})
_UNSCOPED = {"unscoped": True}


def make(session: Session, actor: Actor, *, office_id: int, officer_id: int) -> Specimen:
    """Promise a specimen of this office, by this officer of the same agency; the worker prints it.

    InvalidInput when no such office or active officer is the actor's; NotAllowed while the agency may only be read.
    """
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    if actor.role not in MAKERS or actor.agency_id is None:
        raise NotAllowed("Only an agency's administrators and officers make specimens.")
    office, officer = _chosen(session, actor, office_id, officer_id)
    if office.agency.status in READ_ONLY:
        raise NotAllowed("An agency that is suspended or de-listed makes no specimens.")
    now = clock.now()
    _not_too_many(session, actor.agency_id, now)
    year = clock.india(now).year
    sequence = take(session, f"specimen:{actor.agency_id}:{office.id}:{year}")
    number = f"SPECIMEN-{office.agency.code}-{year}-{office.code}-{sequence:04d}"
    row = Specimen(
        agency_id=actor.agency_id, office_id=office.id, officer_id=officer.id, number=number, office_name=office.name,
        officer_name=officer.full_name, data_snapshot=text_of(office, officer, number, now).to_dict(),
        stamp_sha256=office.stamp_sha256, signature_image_sha256=officer.signature_sha256,
    )  # fmt: skip
    session.add(row)
    session.flush()
    promise(session, JOB, f"specimen:{row.id}", ref=row.id, agency_id=row.agency_id)
    record(session, actor, "specimen made", row, number=number)
    return row


def offices(session: Session, actor: Actor) -> list[Office]:
    """The offices a specimen can be made of: all of the actor's agency, ready or not."""
    query = select(Office).where(Office.agency_id == actor.agency_id).order_by(Office.code)
    return list(session.scalars(query, execution_options=_UNSCOPED))


def officers(session: Session, actor: Actor) -> list[AgencyUser]:
    """The officers who can stand on a specimen: the active ones of the actor's agency, ready or not."""
    active = (AgencyUser.role == Role.OFFICER, AgencyUser.status == PersonStatus.ACTIVE)
    query = select(AgencyUser).where(AgencyUser.agency_id == actor.agency_id, *active).order_by(AgencyUser.full_name)
    return list(session.scalars(query, execution_options=_UNSCOPED))


def see(session: Session, actor: Actor, specimen_id: int) -> Specimen:
    """The specimen with this number, or NotFound when it is another agency's or not there."""
    row = session.get(Specimen, specimen_id, execution_options=_UNSCOPED)
    must_see(actor, row)
    assert row is not None  # noqa: S101  must_see has refused what is not there
    return row


def finish(session: Session, row: Specimen, *, sha256: str, size: int) -> None:
    """The worker has printed it."""
    row.state, row.sha256, row.size, row.ready_at, row.error = "READY", sha256, size, clock.now(), ""
    session.flush()


def fail(session: Session, row: Specimen, reason: str) -> None:
    """It could not be printed; the sentence says what to put right before another is made."""
    row.state, row.error = "FAILED", reason[:500]
    session.flush()


def text_of(office: Office, officer: AgencyUser, number: str, now: datetime) -> CertificateText:
    """Invented goods of an invented firm, under the real head of the office and the real name of the officer."""
    sample, today, base_url = specimen.sample_text(LINES), clock.day(clock.india_today(now)), setting("BASE_URL")
    return replace(
        sample,
        number=number, application_number="SPECIMEN", issue_date=today, issue_place=office.city, specimen=True,
        agency=Agency(name=office.agency.name, office=office.name, address=office_address(office)),
        exporter=replace(sample.exporter, name="Specimen Exporter Private Limited"),
        consignee=replace(sample.consignee, name="Specimen Importer GmbH"),
        officer=Officer(officer.full_name, officer.designation, office.city, today),
        declaration=replace(sample.declaration, signatory="Specimen Signatory", date=today),
        verify_url=f"{base_url}/verify/specimen", verify_host=base_url.split("://", 1)[-1],
    )  # fmt: skip


def _chosen(session: Session, actor: Actor, office_id: int, officer_id: int) -> tuple[Office, AgencyUser]:
    office = {row.id: row for row in offices(session, actor)}.get(office_id)
    officer = {row.id: row for row in officers(session, actor)}.get(officer_id)
    if office is None or officer is None:
        faults = [] if office else [Fault("office_id", "Office: choose an office of your agency.")]
        faults += [] if officer else [Fault("officer_id", "Officer: choose an active officer of your agency.")]
        raise InvalidInput(faults)
    return office, officer


def _not_too_many(session: Session, agency_id: int, now: datetime) -> None:
    """Trial prints cost the worker time and the store room: so many in a day and no more."""
    recent = select(func.count()).where(Specimen.agency_id == agency_id, Specimen.created_at > now - timedelta(days=1))
    most = setting("SPECIMENS_PER_DAY")
    if (session.scalar(recent, execution_options=_UNSCOPED) or 0) >= most:
        raise BusinessError(f"Your agency has made {most} specimens within a day. Look at those, and make more tomorrow.")
