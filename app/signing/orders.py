"""Orders to sign: a document waits for the hand of whoever holds the key; the answer is kept, used once, or it expires.

Whose documents they are, signing does not know: each kind joins SUBJECTS and hears when an answer has come or will not come.
An order is locked before the document it is about, by everybody.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, WrongState
from app.infra.db import lock
from app.infra.settings import setting
from app.infra.tenancy import must_see
from app.signing import seal, service
from app.signing.desk_agent.sealed import MOST_ITEMS
from app.signing.models import DscRegistration, SignatureOrder
from app.signing.payload import embeddable
from app.signing.rules import ORDER_LIFE, OrderState

_UNSCOPED = {"unscoped": True}
LIVING = (OrderState.WAITING, OrderState.ANSWERED)
LONGEST_SIGNATURE = 2048  # bytes; RSA-8192 gives 1024
REFUSED_AT_DESK = "It was not signed: it was refused at the desk."
OTHER_CERTIFICATE = "It was not signed: the certificate it was prepared for is not the registered one any more."


@dataclass(frozen=True, slots=True)
class Subject:
    """What a kind of document does when its signature has come, and when it will not come.

    `answered` gives None when a worker goes on from there. Else it is over at once: "" when the signature was used, or the
    sentence why not. It is called before the trail is written, so it may lock what it needs.
    """

    answered: Callable[[Session, SignatureOrder, Actor], str | None]
    gone: Callable[[Session, SignatureOrder, str], None]
    what: str  # as the desk agent calls it: one of its WORDS
    again: str  # what the person does to have it signed after all


SUBJECTS: dict[str, Subject] = {}


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be signed: which document, as the signer reads it, and the bytes that wait."""

    subject: str
    subject_id: int
    number: str
    exporter_name: str
    consignee_name: str
    attributes: bytes
    prepared: bytes | None
    exporter_id: int | None = None
    said: dict[str, Any] | None = None  # what goes with it when it is signed


def place(session: Session, document: Document, registration: DscRegistration, signing_time: Any,
          actor: Actor = SYSTEM_ACTOR) -> SignatureOrder:  # fmt: skip
    """The document waits for its signer from now on; the rows' rules allow no second living order for it."""
    row = SignatureOrder(
        user_id=registration.user_id, agency_id=registration.agency_id, exporter_id=document.exporter_id, said=document.said,
        certificate_sha256=registration.sha256, subject=document.subject, subject_id=document.subject_id,
        number=document.number, exporter_name=document.exporter_name, consignee_name=document.consignee_name,
        attributes=base64.b64encode(document.attributes).decode(), prepared=document.prepared, signing_time=signing_time,
        expires_at=clock.now() + timedelta(minutes=setting("SIGN_ORDER_MINUTES")),
    )  # fmt: skip
    session.add(row)
    record(session, actor, "signature order placed", row, number=row.number)
    return row


def latest(session: Session, subject: str, subject_id: int) -> SignatureOrder | None:
    """The newest order of a document, whatever became of it."""
    query = select(SignatureOrder).where(SignatureOrder.subject == subject, SignatureOrder.subject_id == subject_id)
    return session.scalar(query.order_by(SignatureOrder.id.desc()).limit(1), execution_options=_UNSCOPED)


def living(session: Session, subject: str, subject_id: int) -> SignatureOrder | None:
    """The order of a document that waits or was answered, if any."""
    query = select(SignatureOrder).where(SignatureOrder.subject == subject, SignatureOrder.subject_id == subject_id)
    return session.scalar(query.where(SignatureOrder.status.in_(LIVING)), execution_options=_UNSCOPED)


def waiting(session: Session, actor: Actor, ids: Sequence[int] | None = None) -> list[SignatureOrder]:
    """What waits for this person's hand in the present role and firm, the oldest first; with `ids`, only of these."""
    query = select(SignatureOrder).where(
        SignatureOrder.user_id == actor.user_id,
        SignatureOrder.exporter_id == actor.exporter_id,  # a broker's person signs for one firm at a time
        SignatureOrder.status == OrderState.WAITING,
        SignatureOrder.expires_at > clock.now(),
    )
    if ids is not None:
        query = query.where(SignatureOrder.id.in_(ids))
    return list(session.scalars(query.order_by(SignatureOrder.id), execution_options=_UNSCOPED))


def sealed(session: Session, actor: Actor, ids: Sequence[int] | None = None) -> dict[str, Any]:
    """One sealed order for the agent over what waits, as much of one kind as it may hold; what cannot be signed goes back."""
    registration = service.active_registration(session, must_hold(actor))
    sha256 = registration.sha256 if registration is not None and registration.backend == "DESK_AGENT" else ""
    rows = waiting(session, actor, ids)
    for row in [row for row in rows if row.certificate_sha256 != sha256]:
        _over(session, lock(session, row), SYSTEM_ACTOR, "expire", OTHER_CERTIFICATE)
    good = [row for row in rows if row.certificate_sha256 == sha256]
    what = SUBJECTS[good[0].subject].what if good else ""
    chosen = [row for row in good if SUBJECTS[row.subject].what == what][:MOST_ITEMS]
    if not chosen:  # no refusal: it would undo what went back
        return {"ids": [], "sealed": None}
    items = [
        {
            "id": row.id, "number": row.number, "exporter": row.exporter_name, "consignee": row.consignee_name,
            "attributes": row.attributes,
        }
        for row in chosen
    ]  # fmt: skip
    envelope = seal.sealed("sign", actor.name, certificate=sha256, what=what, items=items)
    return {"ids": [row.id for row in chosen], "sealed": envelope}


def answer(session: Session, order: SignatureOrder, actor: Actor, *, signature: str) -> SignatureOrder:
    """Keep the signature and let the document be finished; the same again changes nothing, another is refused.

    Refused are also a signature over another document or by another key, one that comes late, and one by a certificate
    that is not the person's registered one any more.
    """
    value = _value(signature)
    must_hold(actor)
    must_see(actor, order)
    lock(session, order)
    if order.status in (OrderState.ANSWERED, OrderState.DONE, OrderState.FAILED):
        return order  # posted twice, or by two windows: what came first counts
    move = ORDER_LIFE.check("answer", order.status, actor.role)
    if clock.now() >= order.expires_at:
        raise WrongState(f"This came too late: it was to be signed before. {SUBJECTS[order.subject].again}")
    registration = service.active_registration(session, actor.user_id)
    if registration is None or registration.sha256 != order.certificate_sha256:
        again = SUBJECTS[order.subject].again
        raise WrongState(f"The certificate this was prepared for is not your registered one any more. {again}")
    if not embeddable(registration.certificate_pem.encode(), base64.b64decode(order.attributes), value):
        raise InvalidInput([Fault("signature", "This signature is not over this document by your registered certificate.")])
    order.signature, order.answered_at = base64.b64encode(value).decode(), clock.now()
    order.status = move.to or order.status
    outcome = SUBJECTS[order.subject].answered(session, order, actor)
    record(session, actor, move.event, order, number=order.number)
    if outcome is not None:
        _ended(session, order, SYSTEM_ACTOR, "fail" if outcome else "finish", outcome)
    return order


def refuse(session: Session, order: SignatureOrder, actor: Actor) -> None:
    """The person will not sign this now; the document can be prepared again later."""
    must_hold(actor)
    must_see(actor, order)
    _over(session, lock(session, order), actor, "refuse", REFUSED_AT_DESK)


def due(session: Session) -> list[int]:
    """The orders whose time is over."""
    query = select(SignatureOrder.id).where(SignatureOrder.status == OrderState.WAITING, SignatureOrder.expires_at <= clock.now())
    return list(session.scalars(query.order_by(SignatureOrder.id), execution_options=_UNSCOPED))


def expire(session: Session, order_id: int) -> None:
    """Nobody signed in time; an order answered meanwhile is left alone."""
    order = lock(session, session.get_one(SignatureOrder, order_id, execution_options=_UNSCOPED))
    if order.status == OrderState.WAITING and order.expires_at <= clock.now():
        minutes = setting("SIGN_ORDER_MINUTES")
        reason = f"It was not signed within {minutes} minutes. {SUBJECTS[order.subject].again}"
        _over(session, order, SYSTEM_ACTOR, "expire", reason)


def withdraw(session: Session, orders: Iterable[SignatureOrder], reason: str) -> None:
    """End orders that are locked and still wait, without telling their documents: the caller moves those itself."""
    for order in orders:
        _ended(session, order, SYSTEM_ACTOR, "expire", reason)


def use(session: Session, order: SignatureOrder) -> None:
    """The signature goes into the document, in the transaction that issues it. The order is locked first of all."""
    lock(session, order)
    _ended(session, order, SYSTEM_ACTOR, "finish", "")


def fail(session: Session, order: SignatureOrder, reason: str) -> None:
    """The signature that came cannot be used."""
    if lock(session, order).status == OrderState.ANSWERED:
        _over(session, order, SYSTEM_ACTOR, "fail", reason)


def _over(session: Session, order: SignatureOrder, actor: Actor, name: str, reason: str) -> None:
    _ended(session, order, actor, name, reason)
    SUBJECTS[order.subject].gone(session, order, reason)


def _ended(session: Session, order: SignatureOrder, actor: Actor, name: str, reason: str) -> None:
    move = ORDER_LIFE.check(name, order.status, actor.role)
    order.status, order.ended_at, order.reason, order.prepared = move.to or order.status, clock.now(), reason[:500], None
    record(session, actor, move.event, order, reason=reason, number=order.number)


def must_hold(actor: Actor) -> int:
    if actor.user_id is None or actor.role not in ORDER_LIFE.rows("answer")[0].by:
        raise NotAllowed("Your role signs nothing.")
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    return actor.user_id


def _value(signature: Any) -> bytes:
    try:
        value = base64.b64decode(signature, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise InvalidInput([Fault("signature", "The signature must be sent as base64.")]) from error
    if not 0 < len(value) <= LONGEST_SIGNATURE:
        raise InvalidInput([Fault("signature", "This is not a signature: it is empty or far too long.")])
    return value


def state_of(order: SignatureOrder) -> dict[str, Any]:
    """What is answered about an order."""
    return {"id": order.id, "number": order.number, "status": str(order.status), "reason": order.reason}


def answered_or_why_not(session: Session, actor: Actor, order_id: int, signature: Any) -> dict[str, Any]:
    """One of several answers: what became of the order, or the sentence why not; a refusal changes nothing."""
    order = session.get(SignatureOrder, order_id, execution_options=_UNSCOPED)
    try:
        must_see(actor, order)
        return state_of(answer(session, order, actor, signature=signature))  # type: ignore[arg-type]  # must_see refuses None
    except BusinessError as refusal:
        return {"id": order_id, "error": refusal.sentence}
