"""Money that somebody paid and that fits no order: booked at once where everybody sees it, and settled by DGFT; adjustments.

Nothing that the gateway says was paid is left out of the books (domain rule 4.11): it stands in SUSPENSE until a person at
DGFT credits a firm with it, or says that the gateway has given it back.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed
from app.core.money import rupees
from app.exporters import service as exporters
from app.exporters.models import Exporter
from app.infra.tenancy import UNSCOPED
from app.notices.rules import Kind as Told
from app.notices.service import tell
from app.wallet import proof
from app.wallet import service as wallet
from app.wallet.models import LedgerEntry, LedgerMovement, TopUp
from app.wallet.rules import Account, Kind, Payment

SHORTEST_REASON = 10
MOST_ADJUSTED = 50_000_000  # paise; as the largest top-up (rule 4.11)


def suspend(session: Session, said: Payment, exporter_id: int | None, why: str) -> LedgerMovement | None:
    """Book a payment that fits no order, once for each payment number; None when there is nothing to book.

    Only rupees can be booked; a payment in another currency, or without a number, is kept as the message it was.
    """
    if said.status != "SUCCESS" or said.currency != "INR" or said.amount_paise <= 0 or not said.payment_id:
        return None
    if session.scalar(select(TopUp.id).where(TopUp.gateway_payment_id == said.payment_id), execution_options=UNSCOPED):
        return None  # credited already: the same money, told of twice
    sides = {Account.GATEWAY: -said.amount_paise, Account.SUSPENSE: said.amount_paise}
    move = wallet.book(session, Kind.SUSPENSE, _reference(said.payment_id), None, SYSTEM_ACTOR, sides, f"{said.order_id}: {why}")
    if move is not None:
        move_of = {"firm": exporter_id} if exporter_id is not None else {}
        record(session, SYSTEM_ACTOR, "payment in suspense", move, reason=why, paise=said.amount_paise, **move_of)
        entry = _entry_of(session, move)
        told = f"A payment of {rupees(said.amount_paise)} was not credited: {why}. Order {said.order_id}. Settle it."
        tell(session, proof.supervisors(session), told, f"/ledgerview/show/{entry.id}", kind=Told.SYSTEM)
    return move


def holds(session: Session, payment_id: str) -> bool:
    """Was this payment booked to SUSPENSE, settled or not?"""
    query = select(LedgerMovement.id).where(LedgerMovement.reference == _reference(payment_id))
    return session.scalar(query, execution_options=UNSCOPED) is not None


def withdraw(session: Session, payment_id: str) -> bool:
    """The payment fits its order after all: out of SUSPENSE again. False when a person has settled it before."""
    query = select(LedgerMovement).where(LedgerMovement.reference == _reference(payment_id))
    move = session.scalar(query, execution_options=UNSCOPED)
    if move is None:
        return True
    entry = _entry_of(session, move)
    sides = {Account.SUSPENSE: -entry.amount_paise, Account.GATEWAY: entry.amount_paise}
    note = "the gateway named its order later"
    return wallet.book(session, Kind.SUSPENSE, _settled(entry), None, SYSTEM_ACTOR, sides, note) is not None


def is_open(session: Session, entry: LedgerEntry) -> bool:
    """Is this the line of a payment in suspense that nobody has settled yet?"""
    if entry.account != Account.SUSPENSE or entry.amount_paise <= 0:
        return False
    query = select(LedgerMovement.id).where(LedgerMovement.reference == _settled(entry))
    return session.scalar(query, execution_options=UNSCOPED) is None


def settle(session: Session, entry: LedgerEntry, actor: Actor, *, iec: str, reason: str) -> LedgerMovement:
    """Credit the firm of this IEC; with an empty IEC the gateway has given the money back. Once for each payment."""
    _must_be_dgft(actor, reason)
    if entry.account != Account.SUSPENSE or entry.amount_paise <= 0:
        raise BusinessError("This line of the ledger is no payment in suspense.")
    firm = _firm(session, iec) if iec.strip() else None
    other = Account.WALLET if firm is not None else Account.GATEWAY
    sides = {Account.SUSPENSE: -entry.amount_paise, other: entry.amount_paise}
    move = wallet.book(session, Kind.SUSPENSE, _settled(entry), firm.id if firm else None, actor, sides, reason.strip())
    if move is None:
        raise BusinessError("This payment was settled before; look at the ledger.")
    record(session, actor, "payment in suspense settled", move, reason=reason.strip(), paise=entry.amount_paise)
    if firm is not None:
        _tell_firm(session, firm.id, f"{rupees(entry.amount_paise)} were added to the wallet by DGFT: {reason.strip()}")
    return move


def adjust(session: Session, exporter_id: int, actor: Actor, *, paise: int, reason: str, once: str) -> LedgerMovement:
    """DGFT gives (paise > 0) or takes (paise < 0) money, against its own account; `once` makes a second press nothing new."""
    _must_be_dgft(actor, reason)
    if paise == 0 or abs(paise) > MOST_ADJUSTED:
        raise InvalidInput(
            [Fault("amount", f"The amount is not zero and at most {rupees(MOST_ADJUSTED)}; with a minus it is taken.")]
        )
    sides = {Account.DGFT: -paise, Account.WALLET: paise}
    move = wallet.book(session, Kind.ADJUSTMENT, f"adjust:{exporter_id}:{once[:40]}", exporter_id, actor, sides, reason.strip())
    if move is None:
        raise BusinessError("This adjustment was made before; look at the statement.")
    record(session, actor, "wallet adjusted", move, reason=reason.strip(), paise=paise)
    verb = "added to" if paise > 0 else "taken from"
    _tell_firm(session, exporter_id, f"{rupees(abs(paise))} were {verb} the wallet by DGFT: {reason.strip()}")
    return move


def _must_be_dgft(actor: Actor, reason: str) -> None:
    if actor.role is not Role.SUPERVISOR:
        raise NotAllowed("Only DGFT settles payments and adjusts wallets.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise InvalidInput([Fault("reason", f"Give the reason in at least {SHORTEST_REASON} characters; it is kept for ever.")])


def _firm(session: Session, iec: str) -> Exporter:
    firm: Exporter | None = session.scalar(
        select(Exporter).where(Exporter.iec == iec.strip().upper()), execution_options=UNSCOPED
    )
    if firm is None:
        raise InvalidInput([Fault("iec", "There is no firm with this IEC here. Check it, or leave it empty.")])
    return firm


def _tell_firm(session: Session, exporter_id: int, words: str) -> None:
    people = [person.user_id for person in exporters.people(session, exporter_id)]
    tell(session, people, words, "/wallet/statement", kind=Told.MONEY)


def _entry_of(session: Session, move: LedgerMovement) -> LedgerEntry:
    query = select(LedgerEntry).where(LedgerEntry.movement_id == move.id, LedgerEntry.account == Account.SUSPENSE)
    return session.scalars(query, execution_options=UNSCOPED).one()


def _reference(payment_id: str) -> str:
    return f"suspense:{payment_id}"


def _settled(entry: LedgerEntry) -> str:
    return f"settled:entry:{entry.id}"
