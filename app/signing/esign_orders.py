"""Orders to the e-sign provider: placed with the signer's consent, used once, refused with a sentence, or out of time.

What is signed and what then happens is known to whoever places the order (applications/esigning.py). An order is locked
before the application it is about, by everybody.
"""

import secrets
import string
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor
from app.core.errors import WrongState
from app.infra.db import lock
from app.infra.settings import setting
from app.infra.tenancy import UNSCOPED
from app.signing.esign import Checked
from app.signing.esign_answer import Answer
from app.signing.models import EsignOrder
from app.signing.rules import ESIGN_LIFE, EsignState

LETTERS = string.ascii_lowercase  # and no digit, so that no name of an order looks like a number of anybody's
ANEW = "You began to sign this once more; this order is not good any more."
LATE = "It was not signed within {minutes} minutes. Nothing was submitted and nothing was paid; sign once more."
LATE_REPLY = "It was not signed within {minutes} minutes. Nothing was sent; sign once more."


@dataclass(frozen=True, slots=True)
class Asking:
    """What is to be signed: of which application, for what, under which words, by whom, and what was agreed to."""

    application_id: int
    what: str
    about: str
    said: dict[str, Any]
    sha256: str
    consent: str


def give_up(session: Session, actor: Actor, application_id: int) -> None:
    """What this person began before for the same application is over; whoever begins anew does this first."""
    mine = select(EsignOrder).where(EsignOrder.user_id == actor.user_id, EsignOrder.application_id == application_id)
    waiting = mine.where(EsignOrder.status == EsignState.WAITING).order_by(EsignOrder.id)
    for row in list(session.scalars(waiting, execution_options=UNSCOPED)):
        if lock(session, row).status == EsignState.WAITING:
            _ended(session, row, SYSTEM_ACTOR, "expire", ANEW)
    session.flush()


def place(session: Session, actor: Actor, asking: Asking) -> EsignOrder:
    """The order waits for the person from now on; of each application one order of a person does."""
    now = clock.now()
    order = EsignOrder(
        user_id=actor.user_id, exporter_id=actor.exporter_id, application_id=asking.application_id, what=asking.what,
        about=asking.about, said=asking.said, sha256=asking.sha256, name=actor.own_name[:120], consent=asking.consent,
        consented_at=now, txn=f"udgam-{''.join(secrets.choice(LETTERS) for _ in range(40))}",
        expires_at=now + timedelta(minutes=setting("ESIGN_ORDER_MINUTES")),
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(order)
    except IntegrityError as error:
        raise WrongState("You have begun to sign this at this very moment in another window. Go on there.") from error
    record(session, actor, "e-sign order placed", order, consent=asking.consent, sha256=asking.sha256)
    return order


def named(session: Session, txn: str) -> EsignOrder | None:
    """The order under this name, whoever asks: the provider's signature vouches for the name."""
    return session.scalar(select(EsignOrder).where(EsignOrder.txn == txn), execution_options=UNSCOPED)


def hold(session: Session, order_id: int) -> EsignOrder:
    """The order, locked; WrongState when it does not wait any more, or its time is over."""
    order = lock(session, session.get_one(EsignOrder, order_id, execution_options=UNSCOPED))
    ESIGN_LIFE.check("finish", order.status, SYSTEM_ACTOR.role)
    if clock.now() >= order.expires_at:
        raise WrongState(_late(order))
    return order


def finish(session: Session, order: EsignOrder, signed: Checked, answer: Answer, raw: str) -> None:
    """The signature was used, in this transaction; the provider's answer stays beside it. The order is held."""
    order.signature, order.answer, order.reference = signed.signature, raw, answer.reference
    _ended(session, order, SYSTEM_ACTOR, "finish", "", reference=answer.reference, sha256=order.sha256)


def refuse(session: Session, order_id: int, reason: str, answer: Answer, raw: str) -> EsignOrder:
    """Nothing was signed, and why; `raw` is "" where the provider's words must not be kept. Over already: left as it is."""
    order = lock(session, session.get_one(EsignOrder, order_id, execution_options=UNSCOPED))
    if order.status == EsignState.WAITING:
        kept = bool(raw)
        order.answer, order.reference = raw, answer.reference if kept else ""
        late = clock.now() >= order.expires_at
        code = answer.code if kept else ""
        _ended(session, order, SYSTEM_ACTOR, "expire" if late else "refuse", reason, code=code, reference=order.reference)
    return order


def due(session: Session) -> list[int]:
    """The orders whose time is over."""
    query = select(EsignOrder.id).where(EsignOrder.status == EsignState.WAITING, EsignOrder.expires_at <= clock.now())
    return list(session.scalars(query.order_by(EsignOrder.id), execution_options=UNSCOPED))


def expire(session: Session, order_id: int) -> None:
    """Nobody came back in time; an order used meanwhile is left alone."""
    order = lock(session, session.get_one(EsignOrder, order_id, execution_options=UNSCOPED))
    if order.status == EsignState.WAITING and order.expires_at <= clock.now():
        _ended(session, order, SYSTEM_ACTOR, "expire", _late(order))


def _late(order: EsignOrder) -> str:
    return (LATE_REPLY if order.what == "REPLY" else LATE).format(minutes=setting("ESIGN_ORDER_MINUTES"))


def _ended(session: Session, order: EsignOrder, actor: Actor, name: str, reason: str, **detail: Any) -> None:
    move = ESIGN_LIFE.check(name, order.status, actor.role)
    order.status, order.ended_at, order.reason = move.to or order.status, clock.now(), reason[:500]
    record(session, actor, move.event, order, reason=reason, **detail)


def state_of(order: EsignOrder) -> dict[str, Any]:
    """What is answered about an order."""
    return {
        "id": order.id, "status": str(order.status), "what": order.what, "application_id": order.application_id,
        "expires_at": order.expires_at.isoformat(), "reason": order.reason, "sha256": order.sha256,
    }  # fmt: skip
