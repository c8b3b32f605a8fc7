"""Money on its way in: order it, place the order with the gateway, believe or refuse what the gateway says, credit it once.

The row comes first: an order is written down before the gateway hears of it, so a payment always finds its order. Every
message is kept as it came, believed or not (`gateway_message`); one that is refused changes nothing else. The top-up's row
is locked before the wallet, and the movement's reference `topup:<id>` is what makes a second credit impossible.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed
from app.core.money import rupees
from app.exporters import service as exporters
from app.infra.db import lock
from app.infra.settings import setting
from app.infra.tenancy import UNSCOPED, must_see
from app.notices.rules import Kind as Told
from app.notices.service import tell
from app.wallet import proof, suspense
from app.wallet import service as wallet
from app.wallet.gateway import MOST_BYTES, Order, the_gateway
from app.wallet.models import GatewayMessage, TopUp
from app.wallet.rules import PAY_WITHIN, TOPUP_LIFE, Kind, Outcome, Payment, TopUpStatus, Verdict, judge, why_not_top_up

OF_A_STRANGER = 1024  # bytes that are kept of a message nobody vouches for: anybody may send them
MOST_OPEN = 20  # orders of one firm under way at the same time
PAYERS = frozenset({Role.PRIMARY, Role.APPLICANT})
UNDER_WAY = ("CREATED", "PENDING")


def create(session: Session, actor: Actor, paise: int) -> TopUp:
    """Write the order down; the gateway is told after the commit (`place`). InvalidInput when the amount is not possible."""
    if actor.role not in PAYERS or actor.exporter_id is None:
        raise NotAllowed("Only a person who files for the firm may top up its wallet.")
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    the_gateway()  # refused here when there is none
    if why := why_not_top_up(paise):
        raise InvalidInput([Fault("amount_paise", why)])
    purse = lock(session, wallet.open_wallet(session, actor.exporter_id))
    if purse.status != "ACTIVE":
        raise BusinessError("The wallet is frozen. Ask DGFT about it; nothing was taken.")
    mine = (TopUp.exporter_id == actor.exporter_id, TopUp.status.in_(UNDER_WAY))
    if (session.scalar(select(func.count()).select_from(TopUp).where(*mine), execution_options=UNSCOPED) or 0) >= MOST_OPEN:
        raise BusinessError(f"{MOST_OPEN} top-ups are under way already. Pay or cancel one of them first.")
    now = clock.now()
    topup = TopUp(
        exporter_id=actor.exporter_id, amount_paise=paise, gateway_order_id=f"UDG-{secrets.token_hex(16)}",
        status=TOPUP_LIFE.initial, status_since=now, expires_at=now + PAY_WITHIN, asked_by=actor.name[:120],
    )  # fmt: skip
    session.add(topup)
    session.flush()
    record(session, actor, "top-up ordered", topup, paise=paise)
    return topup


def order_of(session: Session, topup: TopUp) -> Order:
    """The order as the gateway is told of it."""
    firm = exporters.firm(session, topup.exporter_id)
    back = f"{setting('BASE_URL')}/wallet/topups/show/{topup.id}?back=1"
    return Order(topup.gateway_order_id, topup.amount_paise, topup.currency, str(firm), back)


def placed(session: Session, topup: TopUp) -> None:
    """The gateway knows the order; its own message may have been faster, and then nothing is left to note."""
    lock(session, topup)
    if topup.status == TopUpStatus.CREATED:
        _arrive(session, topup, SYSTEM_ACTOR, "place")


def cancel(session: Session, topup: TopUp, actor: Actor) -> None:
    """Give the order up. Whoever pays at this very moment has not lost the money: it is credited as a late payment."""
    must_see(actor, topup)
    lock(session, topup)
    _arrive(session, topup, actor, "cancel", reason="cancelled by the firm")


def expire(session: Session, topup: TopUp) -> bool:
    """Close an order that nobody paid within its 30 minutes; True when that was due."""
    lock(session, topup)
    if topup.status not in UNDER_WAY or clock.now() < topup.expires_at:
        return False
    _arrive(session, topup, SYSTEM_ACTOR, "expire", reason="not paid within 30 minutes")
    return True


VERBS = {"cancel": cancel}


# --- what the gateway says -------------------------------------------------------------------------------------------


def is_believed(body: bytes, signature: str) -> bool:
    """Is this the gateway's own and fresh message? Whatever it says."""
    try:
        the_gateway().read(body, signature)
    except BusinessError:
        return False
    return True


def hear(session: Session, body: bytes, signature: str) -> Verdict:
    """Take a message: keep it, and do what follows from it. Never refuses: the verdict says what was done and why."""
    try:
        said = the_gateway().read(body, signature)
    except BusinessError as doubt:
        return _keep(session, body, "", Verdict(Outcome.REFUSED, doubt.sentence), OF_A_STRANGER)
    return follow(session, body, said)


def follow(session: Session, body: bytes, said: Payment) -> Verdict:
    """Do what a believed message leads to, under the lock of its order."""
    query = select(TopUp).where(TopUp.gateway_order_id == said.order_id)
    topup = session.scalar(query, execution_options=UNSCOPED)
    if topup is None:
        return _refused(session, body, said, Verdict(Outcome.REFUSED, "no order of ours"), None)
    lock(session, topup)
    verdict = judge(topup.status, topup.amount_paise, topup.currency, topup.gateway_payment_id, said)
    if verdict.move == "pay" and (other := _paid_by(session, said.payment_id)) is not None:
        verdict = Verdict(Outcome.REFUSED, f"this payment was credited before, for top-up {other}")
    elif verdict.move == "pay" and not suspense.withdraw(session, said.payment_id):
        verdict = Verdict(Outcome.REFUSED, "this payment was settled by DGFT before")
    if verdict.outcome is Outcome.REFUSED:
        return _refused(session, body, said, verdict, topup.exporter_id)
    if verdict.move == "pay":
        _pay(session, topup, said)
    elif verdict.move:
        _arrive(session, topup, SYSTEM_ACTOR, verdict.move, reason=verdict.reason)
    return _keep(session, body, said.order_id, verdict)


def _refused(session: Session, body: bytes, said: Payment, verdict: Verdict, exporter_id: int | None) -> Verdict:
    """The gateway has somebody's money and no wallet was credited: it stands in suspense, or DGFT is told of it once."""
    booked = suspense.suspend(session, said, exporter_id, verdict.reason) is not None
    same = (GatewayMessage.gateway_order_id == said.order_id, GatewayMessage.reason == verdict.reason[:300])
    query = select(GatewayMessage.id).where(*same, GatewayMessage.outcome == Outcome.REFUSED.value)
    heard = booked or said.status != "SUCCESS" or suspense.holds(session, said.payment_id)
    if not heard and session.scalar(query.limit(1), execution_options=UNSCOPED) is None:
        told = f"A payment of {rupees(said.amount_paise)} was not credited: {verdict.reason}. Order {said.order_id}"
        tell(session, proof.supervisors(session), told, "/wallet/messages/list/", kind=Told.SYSTEM)
    return _keep(session, body, said.order_id, verdict)


def _pay(session: Session, topup: TopUp, said: Payment) -> None:
    """Credit it: the one place where money comes in."""
    topup.gateway_payment_id, topup.settled_at = said.payment_id, clock.now()
    reference = f"topup:{topup.id}"
    wallet.credit(session, topup.exporter_id, topup.amount_paise, SYSTEM_ACTOR, kind=Kind.TOPUP, reference=reference)
    late = "the payment came after the order had ended" if topup.status == TopUpStatus.EXPIRED else ""
    _arrive(session, topup, SYSTEM_ACTOR, "pay", reason=late)
    told = f"{rupees(topup.amount_paise)} were added to the wallet."
    people = [person.user_id for person in exporters.people(session, topup.exporter_id)]
    tell(session, people, told, f"/wallet/topups/show/{topup.id}", kind=Told.MONEY)


def _paid_by(session: Session, payment_id: str) -> int | None:
    """The top-up that this payment was credited for, if any; a wallet is never credited twice by one payment."""
    query = select(TopUp.id).where(TopUp.gateway_payment_id == payment_id)
    return session.scalar(query, execution_options=UNSCOPED)


def _arrive(session: Session, topup: TopUp, actor: Actor, name: str, reason: str = "") -> None:
    move = TOPUP_LIFE.check(name, topup.status, actor.role)
    topup.status, topup.status_since, topup.reason = str(move.to), clock.now(), reason
    session.flush()
    record(session, actor, move.event, topup, reason=reason, paise=topup.amount_paise)


def _keep(session: Session, body: bytes, order_id: str, verdict: Verdict, most: int = MOST_BYTES) -> Verdict:
    """Every message as it came, as far as a database can hold it; the hash is that of the true bytes."""
    text = body[:most].decode(errors="replace").replace("\0", "�")
    session.add(
        GatewayMessage(
            gateway_order_id=order_id, body_sha256=hashlib.sha256(body).hexdigest(), body=text,
            outcome=verdict.outcome.value, reason=verdict.reason[:300],
        )
    )  # fmt: skip
    session.flush()
    return verdict


# --- what is still open ----------------------------------------------------------------------------------------------


def open_orders(session: Session, older_than: timedelta) -> list[int]:
    """The orders under way that have not moved for a while, the longest waiting first."""
    query = select(TopUp.id).where(TopUp.status.in_(UNDER_WAY), TopUp.status_since <= clock.now() - older_than)
    return list(session.scalars(query.order_by(TopUp.status_since), execution_options=UNSCOPED))


def expired_orders(session: Session, since: datetime) -> list[int]:
    """The orders that ended unpaid after a moment: somebody may have paid them late."""
    query = select(TopUp.id).where(TopUp.status == TopUpStatus.EXPIRED.value, TopUp.status_since >= since)
    return list(session.scalars(query.order_by(TopUp.id), execution_options=UNSCOPED))
