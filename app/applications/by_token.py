"""Applications and replies that wait for a token: what is asked of its holder, and what becomes of them when it has signed."""

import base64
from typing import Any

from sqlalchemy.orm import Session

from app.applications import payload
from app.applications.models import Application
from app.applications.moves import VERBS
from app.applications.queries import bound, unbound
from app.applications.submission import CHANGED, CHANGED_REPLY, signer_of
from app.applications.to_sign import to_sign
from app.core import clock
from app.core.actor import Actor
from app.core.canonical import canonical_json
from app.core.errors import BusinessError, WrongState
from app.infra.db import lock
from app.signing import detached, fitness, orders, service
from app.signing.models import SignatureOrder
from app.signing.orders import Document, Subject
from app.signing.rules import OrderState
from app.signing.signed import Signed

_UNSCOPED = {"unscoped": True}
SUBJECTS = {"submit": "SUBMIT", "reply": "REPLY"}
MOVES = {subject: move for move, subject in SUBJECTS.items()}
WAITS = "Your token has to sign this first: have the desk agent sign the order, and hand the signature over."
ASKED_AGAIN = "It was asked for once more; the newer one counts."
GONE = "The draft was removed meanwhile; nothing was submitted."
SAME_MOMENT = "Somebody of the firm asks for the same signature at this very moment. Look at the draft again."


def signs(session: Session, actor: Actor) -> bool:
    """Whether what this person submits waits for a token."""
    return service.is_at_desk(session, actor.user_id)


def ask(session: Session, application: Application, actor: Actor, move: str, **said: Any) -> SignatureOrder | None:
    """The move («submit», «reply») waits for the person's token from now on; refused wherever the move would be.

    None when there is nothing to sign: a reply that changed nothing. An older order for the same is over.
    """
    subject = SUBJECTS[move]
    former = orders.living(session, subject, application.id)
    if former is not None:
        lock(session, former)  # orders are locked before what they are about
    data = to_sign(session, application, actor, move, **said)
    if not data:
        return None
    registration = service.usable(session, actor.user_id)
    if registration.backend != "DESK_AGENT":
        raise WrongState("Your registered certificate is not on a token. Submit again; it signs by itself.")
    fitness.must_be_fit(registration, actor.own_name, clock.now())
    now = orders.living(session, subject, application.id)
    if now is not None and now is not former:
        raise WrongState(SAME_MOMENT)
    if now is not None:
        orders.withdraw(session, [now], ASKED_AGAIN)
    kept = bound(application, said) if move == "reply" else said
    document = Document(
        subject, application.id, str(application), application.exporter_name, application.consignee_name,
        detached.attributes(registration.certificate_pem.encode(), data), None, application.exporter_id, kept,
    )  # fmt: skip
    return orders.place(session, document, registration, clock.now(), actor)


def told(order: SignatureOrder) -> dict[str, Any]:
    """What a program is told in place of a move that waits: the order, where it is, and what to do."""
    return {"order": orders.state_of(order), "address": f"/api/v1/signing/orders/{order.id}", "detail": WAITS}


def waits(session: Session, application: Application, actor: Actor) -> bool:
    """Whether this person's token has to sign something for this application now."""
    if actor.exporter_id is None:
        return False
    return any(row.subject in MOVES and row.subject_id == application.id for row in orders.waiting(session, actor))


def answers_kept(session: Session, application: Application) -> list[str]:
    """What was answered in this round's last reply that was to be signed and was not sent; empty when there is none."""
    order = orders.latest(session, SUBJECTS["reply"], application.id)
    if order is None or order.status == OrderState.DONE or order.created_at < application.status_since:
        return []
    return [str(text) for text in (order.said or {}).get("answers") or []]


def answered(session: Session, order: SignatureOrder, actor: Actor) -> str:
    """The token has signed: the move is made at once, and whole or not at all; the sentence why not, else nothing."""
    try:
        with session.begin_nested():
            _make(session, order, actor)
    except BusinessError as refusal:
        return refusal.sentence
    return ""


def _make(session: Session, order: SignatureOrder, actor: Actor) -> None:
    """Call the verb with the whole signature over what is filed now, which is what was shown to the token or refused."""
    application = session.get(Application, order.subject_id, execution_options=_UNSCOPED)
    if application is None:
        raise WrongState(GONE)
    lock(session, application)
    said = unbound(application, order.said or {}) if order.subject == SUBJECTS["reply"] else order.said or {}
    registration = service.usable(session, actor.user_id)
    fitness.must_be_fit(registration, actor.own_name, clock.now())
    certificate = registration.certificate_pem.encode()
    data = canonical_json(payload.signed_by(application, signer_of(session, actor).broker))
    if detached.attributes(certificate, data) != base64.b64decode(order.attributes):
        raise WrongState(CHANGED if order.subject == SUBJECTS["submit"] else CHANGED_REPLY)
    whole = detached.assembled(certificate, [registration.chain_pem.encode()], data, base64.b64decode(order.signature))
    signed = Signed("DSC", base64.b64encode(whole).decode(), registration.certificate_pem, registration.subject_cn)
    VERBS[MOVES[order.subject]](session, application, actor, signed=signed, **said)


def gone(_session: Session, _order: SignatureOrder, _reason: str) -> None:
    """Nothing was begun, so nothing goes back: the draft is a draft, the question is open."""


orders.SUBJECTS[SUBJECTS["submit"]] = Subject(
    answered, gone, "application", "Press «Submit and pay» again; the draft is kept."
)  # fmt: skip
orders.SUBJECTS[SUBJECTS["reply"]] = Subject(answered, gone, "application", "Send the reply again; what you wrote is kept.")
