"""An application is submitted, or a reply sent, with an e-signature that its person makes at the Aadhaar e-sign provider.

Whatever would refuse it refuses it before anybody is sent away (to_sign.py). When the signature is back, everything is asked
once more, under the locks, and what was signed is compared with what is filed then.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import accounts
from app.applications import service
from app.applications.models import Application
from app.applications.queries import bound, unbound
from app.applications.submission import CHANGED_REPLY
from app.applications.to_sign import to_sign
from app.brokers import service as brokers
from app.core.actor import Actor
from app.core.canonical import sha256_hex
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, NotFound, WrongState
from app.exporters import service as exporters
from app.infra import current
from app.infra.db import lock
from app.infra.tenancy import UNSCOPED
from app.signing import esign, esign_orders
from app.signing import service as signing
from app.signing.esign import Checked
from app.signing.esign_answer import Answer
from app.signing.esign_orders import Asking
from app.signing.esign_signature import NumberSent
from app.signing.models import EsignOrder
from app.signing.rules import EsignState
from app.signing.signed import Signed

CONSENT = (
    "I agree that Udgam passes the hash (SHA-256) of this application to the e-sign provider {host}, that the provider checks "
    "my Aadhaar number with UIDAI, and that it makes one electronic signature in my name. Udgam does not see my Aadhaar number."
)
AGREE = "Without your consent nothing is passed on to the e-sign provider. Read it and tick the box."
STRANGER = "This answer of the e-sign provider is to no request of ours. Nothing was changed."
GONE = "The application you signed is not there any more. Nothing was sent and nothing was paid."
NO_LONGER = "The account that began this may not act for the firm any more. Nothing was sent and nothing was paid."
AS_IT_IS = "Nothing was changed since the last signature, so this reply needs no new one. Send it without."


class NothingToSign(WrongState):
    """A reply with which nothing was changed that had been signed: it is sent as it is."""

    def __init__(self) -> None:
        super().__init__(AS_IT_IS)


class What(StrEnum):
    """What happens once it is signed."""

    SUBMIT = "SUBMIT"
    REPLY = "REPLY"


@dataclass(frozen=True, slots=True)
class Awaited:
    """What an answer must fit: the order, read with no transaction left open."""

    order_id: int
    waits: bool
    sha256: str
    name: str


def consent() -> str:
    """The words that are agreed to; they are kept with the order."""
    return CONSENT.format(host=esign.host())


def offered(session: Session, actor: Actor) -> dict[str, Any] | None:
    """What a page says of signing with Aadhaar; None where nobody offers it. `registered`: has the person a certificate?"""
    if not esign.is_offered():
        return None
    registered = signing.active_registration(session, actor.user_id) is not None
    return {"host": esign.host(), "consent": consent(), "registered": registered}


def begin(
    session: Session, application: Application, actor: Actor, *, what: What, agreed: bool, said: dict[str, Any] | None = None
) -> EsignOrder:
    """An order for the provider, good once; refused as the move itself would be, and without consent.

    `said` are the answers of a reply. NothingToSign when a reply needs no new signature.
    """
    esign.must_be_offered()
    if agreed is not True:
        raise InvalidInput([Fault("consent", AGREE)])
    given = said or {}
    esign_orders.give_up(session, actor, application.id)  # first of all: an order is locked before its application
    data = to_sign(session, application, actor, what.lower(), **given)
    if not data:
        raise NothingToSign
    about = f"{application.exporter_iec} application {application.number or application.id}"
    kept = bound(application, given) if what is What.REPLY else given
    return esign_orders.place(session, actor, Asking(application.id, what, about, kept, sha256_hex(data), consent()))


def answers_before(session: Session, application: Application, actor: Actor) -> list[str]:
    """The answers this person has typed and not sent, because the signature did not come; none for another round."""
    mine = select(EsignOrder).where(EsignOrder.user_id == actor.user_id, EsignOrder.application_id == application.id)
    newest = session.scalar(mine.where(EsignOrder.what == What.REPLY).order_by(EsignOrder.id.desc()).limit(1))
    if newest is None or newest.status == EsignState.DONE or newest.created_at < application.status_since:
        return []
    return list(newest.said.get("answers") or [])


def awaited(session: Session, answer: Answer) -> Awaited:
    """The order an answer is to; NotFound when there is none of that name."""
    order = esign_orders.named(session, answer.txn)
    if order is None:
        raise NotFound(STRANGER)
    return Awaited(order.id, order.status == EsignState.WAITING, order.sha256, order.name)


def finish(session: Session, order_id: int, checked: Checked, answer: Answer, raw: str, ip: str = "") -> None:
    """Submit, or send the reply, as the person who placed the order; everything, or with a refusal nothing.

    The order is locked, then the application, and only then is it seen whether what was signed, and asked, still stands.
    """
    order = esign_orders.hold(session, order_id)
    person = replace(_person(session, order), ip=ip)
    with current.standing_in(person):
        application = session.get(Application, order.application_id, execution_options=UNSCOPED) if order.application_id else None
        if application is None:
            raise NotFound(GONE)
        signed = Signed("AADHAAR", checked.signature, checked.certificate_pem, checked.name)
        _move(session, application, person, What(order.what), order.said, signed)
        if application.payload_sha256 != order.sha256:  # what is filed now is what the order was for
            raise WrongState(CHANGED_REPLY)
        esign_orders.finish(session, order, checked, answer, raw)
        session.flush()


def refuse(session: Session, order_id: int, refusal: BusinessError, answer: Answer, raw: str) -> None:
    """Note why nothing was signed or submitted; what may hold an Aadhaar number is not noted."""
    kept = "" if isinstance(refusal, NumberSent) else raw
    esign_orders.refuse(session, order_id, refusal.sentence, answer, kept)


def _move(session: Session, application: Application, actor: Actor, what: What, said: dict[str, Any], signed: Signed) -> None:
    if what is What.SUBMIT:
        service.submit(session, application, actor, signed=signed)
    else:
        lock(session, application)
        service.reply(session, application, actor, **unbound(application, said), signed=signed)


def _person(session: Session, order: EsignOrder) -> Actor:
    """Who placed the order, as they stand now: still with an account, and still allowed to act for this firm."""
    firm = exporters.firm(session, order.exporter_id)
    found = exporters.exporter_actor(session, order.user_id) or brokers.acting(session, order.user_id, firm.iec)
    if found is None or found.exporter_id != order.exporter_id or not accounts.is_active(session, order.user_id):
        raise NotAllowed(NO_LONGER)
    return found
