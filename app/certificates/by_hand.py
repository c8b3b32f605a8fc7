"""Certificates that wait for the officer's token: what becomes of one when it is signed, refused, late, or its officer left."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agencies.models import AgencyUser
from app.agencies.people import DEPARTED
from app.applications.models import Application
from app.applications.rules import Status
from app.certificates import issue
from app.certificates.models import Certificate
from app.core.actor import Actor
from app.infra.db import lock
from app.infra.queue import URGENT, promise
from app.signing import orders
from app.signing.models import SignatureOrder
from app.signing.orders import Document, Subject
from app.signing.rules import OrderState

_UNSCOPED = {"unscoped": True}
SUBJECT = "CERTIFICATE"
FINISH = "certificate.finish"
LEFT = "It was not signed: the officer was deactivated."
OPEN = (Status.APPROVED, Status.SIGN_FAILED, Status.SIGNING)


def answered(session: Session, order: SignatureOrder, _actor: Actor) -> None:
    """The signature is here: the worker makes the certificate of it."""
    promise(session, FINISH, f"finish:order:{order.id}", ref=order.id, agency_id=order.agency_id, priority=URGENT)


def gone(session: Session, order: SignatureOrder, reason: str) -> None:
    """No signature will come of this order: the officer may press Sign again, with the same number."""
    issue.fail(session, session.get_one(Certificate, order.subject_id, execution_options=_UNSCOPED), reason)


AGAIN = "Press Sign again; its number stays the same."
orders.SUBJECTS[SUBJECT] = Subject(answered, gone, "certificate", AGAIN)


def document(certificate: Certificate, attributes: bytes, prepared: bytes) -> Document:
    """The certificate as the officer will read it at the desk."""
    return Document(
        SUBJECT, certificate.id, certificate.number, certificate.exporter_name, certificate.consignee_name, attributes, prepared
    )


@dataclass(frozen=True, slots=True)
class ToSign:
    """One line of the page «To sign»."""

    application_id: int
    number: str
    exporter_name: str
    consignee_name: str
    state: str  # APPROVED, SIGN_FAILED, PREPARING, WAITING, ANSWERED
    order_id: int | None = None


def to_sign(session: Session, actor: Actor) -> list[ToSign]:
    """What this officer approved and is not issued yet, the oldest first."""
    query = (
        select(Application.id, Application.status, Certificate)
        .join(Certificate, Certificate.live_application_id == Application.id)
        .where(Certificate.officer_id == actor.agency_user_id, Application.status.in_(OPEN))
        .order_by(Certificate.id)
    )
    alive = select(SignatureOrder.subject_id, SignatureOrder.id, SignatureOrder.status).where(
        SignatureOrder.subject == SUBJECT, SignatureOrder.user_id == actor.user_id, SignatureOrder.status.in_(orders.LIVING)
    )
    by_certificate = {subject: (order, state) for subject, order, state in session.execute(alive)}
    found = []
    for application, status, certificate in session.execute(query):
        order, state = by_certificate.get(certificate.id, (None, "PREPARING"))
        found.append(
            ToSign(
                application, certificate.number, certificate.exporter_name, certificate.consignee_name,
                str(state if status == Status.SIGNING else status), order,
            )
        )  # fmt: skip
    return found


def take_back_waiting(session: Session, person: AgencyUser) -> Callable[[Actor], None]:
    """What waits for the token of an officer who leaves goes back to the queue, as what he approved does."""
    waiting = select(SignatureOrder).where(
        SignatureOrder.user_id == person.user_id, SignatureOrder.subject == SUBJECT, SignatureOrder.status == OrderState.WAITING
    )
    rows = [lock(session, row) for row in session.scalars(waiting.order_by(SignatureOrder.id), execution_options=_UNSCOPED)]
    held = [row for row in rows if row.status == OrderState.WAITING]
    certificates = [session.get_one(Certificate, row.subject_id, execution_options=_UNSCOPED) for row in held]
    pairs = [(lock(session, row.application), lock(session, row)) for row in certificates]

    def settle(actor: Actor) -> None:
        orders.withdraw(session, held, LEFT)
        for application, certificate in pairs:
            issue.fail(session, certificate, LEFT)
            issue.send_back(session, application, certificate, actor)

    return settle


DEPARTED.append(take_back_waiting)
