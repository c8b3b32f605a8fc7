"""The record of one certificate: who did what and when, who was told, how often it was used, and what proves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, true
from sqlalchemy.orm import Session

from app.agencies.models import AgencyUser
from app.audit.models import AuditEvent
from app.audit.service import holds
from app.certificates import uses
from app.certificates.models import Certificate, Leaf
from app.certificates.rules import Leaves
from app.certificates.uses import Day
from app.core.actor import EXPORTER_ROLES, Actor, Role
from app.exporters.models import ExporterUser
from app.infra.tenancy import UNSCOPED, must_see, visible_to
from app.notices.models import Notice

MOST_DAYS = 60  # of use that are told one by one; the sums are of all


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the audit trail; `ip` is empty for all but DGFT, `holds` is false when somebody changed the entry."""

    number: int
    at: datetime
    who: str
    role: str
    event: str
    of_application: bool  # else it is about the certificate itself
    reason: str
    ip: str
    hash: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One notice, to how many people it went, and how many of them have read it."""

    at: datetime
    text: str
    people: int
    read: int


@dataclass(frozen=True, slots=True)
class Trail:
    """What the reader may know of a certificate's life, oldest first; of the days of use the newest first."""

    steps: Sequence[Step]
    told: Sequence[Told]
    days: Sequence[Day]
    rendered_sha256: str  # of the page before it was signed; empty until it is drawn

    @property
    def altered(self) -> int:
        """How many entries are not as they were written."""
        return sum(not step.holds for step in self.steps)


def trail(session: Session, actor: Actor, certificate: Certificate) -> Trail:
    """The entries about a certificate and its application, as far as this actor may read them; NotFound for another's.

    Addresses of computers are personal and of use only to whoever looks into a misuse, so DGFT alone reads them.
    """
    must_see(actor, certificate)
    about = or_(
        and_(AuditEvent.object_kind == "certificate", AuditEvent.object_id == certificate.id),
        and_(AuditEvent.object_kind == "application", AuditEvent.object_id == certificate.application_id),
    )
    mine = visible_to(actor, AuditEvent)  # said here, because a worker who makes the file is under no scope of a request
    rows = session.scalars(select(AuditEvent).where(about, mine).order_by(AuditEvent.id))
    page = select(Leaf.rendered_sha256).where(Leaf.certificate_id == certificate.id, Leaf.kind == Leaves.ELECTRONIC)
    steps = [_step(row, actor.role is Role.SUPERVISOR) for row in rows]
    used = uses.days(session, certificate.id, MOST_DAYS)
    return Trail(steps, _told(session, actor, certificate), used, session.scalar(page) or "")


def _told(session: Session, actor: Actor, certificate: Certificate) -> list[Told]:
    """The bells that rang for the certificate or its application in the reader's own house; DGFT reads all of them."""
    addresses = (f"/applications/{certificate.application_id}", f"/certificates/{certificate.id}")
    columns = (Notice.created_at, Notice.text, Notice.read_at)
    found = session.execute(
        select(*columns).where(Notice.url.in_(addresses), _of_the_house(actor)).order_by(Notice.id), execution_options=UNSCOPED
    )
    same: dict[tuple[str, datetime], list[bool]] = {}
    for at, text, read_at in found:
        same.setdefault((text, at.replace(microsecond=0)), []).append(read_at is not None)
    return [Told(at, text, len(read), sum(read)) for (text, at), read in same.items()]


def _of_the_house(actor: Actor) -> Any:
    """Notices to the people of the reader's firm, or of the reader's agency."""
    if actor.role is Role.SUPERVISOR:
        return true()
    if actor.role in EXPORTER_ROLES:
        return Notice.user_id.in_(select(ExporterUser.user_id).where(ExporterUser.exporter_id == actor.exporter_id))
    return Notice.user_id.in_(select(AgencyUser.user_id).where(AgencyUser.agency_id == actor.agency_id))


def _step(row: AuditEvent, with_addresses: bool) -> Step:
    ip = row.ip if with_addresses else ""
    of_application = row.object_kind == "application"
    return Step(row.id, row.at, row.actor_name, row.role, row.event, of_application, row.reason, ip, row.hash, holds(row))
