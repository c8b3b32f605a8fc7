"""What the same exporter had before: earlier applications and certificates that this officer may see, and a likely duplicate."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.applications.models import Application, Invoice
from app.applications.rules import Status
from app.applications.scope import visible_to
from app.certificates.models import Certificate
from app.core.actor import Actor

MOST, TWICE, INVOICES = 6, 5, 20
# Whose invoice may be used again: it came to nothing, or nobody has seen it yet.
UNUSED = (Status.DRAFT, Status.REJECTED, Status.WITHDRAWN, Status.DEEMED_WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier application, with its certificate where there is one."""

    id: int
    number: str
    status: str
    submitted_at: datetime
    consignee: str
    destination: str
    certificate: str | None
    certificate_id: int | None
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """What an officer reads beside an application: to the same consignee, to others, and what looks like the same again."""

    same_consignee: tuple[Earlier, ...]
    others: tuple[Earlier, ...]
    twice: tuple[Earlier, ...]


def before(session: Session, application: Application, actor: Actor) -> Before:
    """In three statements, the newest first and a few of each; only rows of this actor's scope."""
    same = and_(
        func.lower(Application.consignee_name) == func.lower(application.consignee_name),
        Application.consignee_country == application.consignee_country,
    )
    of_firm = _rows(actor, application).where(Application.status != Status.DRAFT)
    return Before(
        _read(session, of_firm.where(same).limit(MOST)),
        _read(session, of_firm.where(~same).limit(MOST)),
        _twice(session, application, actor),
    )


def _rows(actor: Actor, application: Application) -> Select[Any]:
    columns = (Application.id, Application.number, Application.status, Application.submitted_at, Application.consignee_name,
               Application.destination_country, Certificate.number, Certificate.id)  # fmt: skip
    others = select(*columns).outerjoin(Certificate, Certificate.id == Application.certificate_id).where(visible_to(actor))
    firm = (Application.exporter_id == application.exporter_id) & (Application.id != application.id)
    return others.where(firm).order_by(Application.submitted_at.desc(), Application.id.desc())  # type: ignore[return-value]  # the types of its columns say nothing here


def _read(session: Session, query: Select[Any]) -> tuple[Earlier, ...]:
    return tuple(Earlier(*row) for row in session.execute(query))


def _twice(session: Session, application: Application, actor: Actor) -> tuple[Earlier, ...]:
    """Others of the firm under the same invoice number and date; not those that came to nothing, nor the one to be replaced.

    An invoice may be shipped in parts, so this is a question for the officer and no refusal.
    """
    mine = [
        and_(func.upper(Invoice.no) == func.upper(row.no), Invoice.date == row.date) for row in application.invoices[:INVOICES]
    ]
    if not mine:
        return ()
    query = _rows(actor, application).add_columns(Invoice.no).join(Invoice, Invoice.application_id == Application.id)
    query = query.where(Invoice.exporter_id == application.exporter_id, or_(*mine), Application.status.not_in(UNUSED))
    if application.in_lieu_of_certificate_id is not None:
        replaced = Application.certificate_id == application.in_lieu_of_certificate_id
        query = query.where(or_(Application.certificate_id.is_(None), ~replaced))
    return _read(session, query.limit(TWICE))
