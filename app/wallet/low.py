"""When little is left in a wallet its firm is told: once each time it falls below the mark, and the mark is the firm's to set.

The trail's head is locked last of all, so a fee that is set aside only promises the telling; a job does it.
"""

from sqlalchemy.orm import Session

from app.audit.service import record
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.errors import Fault, InvalidInput, NotAllowed
from app.core.money import rupees
from app.exporters import service as exporters
from app.infra import queue
from app.infra.db import lock
from app.infra.settings import setting
from app.infra.tenancy import must_see
from app.notices.rules import Kind
from app.notices.service import tell
from app.wallet.models import LedgerMovement, Wallet
from app.wallet.rules import MOST_PAISE

LOW = "wallet.low"
IS_LOW = "wallet low"


def mark(wallet: Wallet) -> int:
    """Below how many paise the firm is told; 0 is never."""
    return int(setting("LOW_BALANCE_PAISE")) if wallet.low_paise is None else wallet.low_paise


def watch(session: Session, wallet: Wallet, move: LedgerMovement, paise: int) -> None:
    """After `paise` came to (or went from) what may be spent, with the wallet locked: has it fallen below the mark?"""
    if wallet.available_paise >= mark(wallet):
        wallet.low_told = False
    elif paise < 0 and not wallet.low_told:
        wallet.low_told = True
        queue.promise(session, LOW, f"{LOW}:{move.id}", ref=wallet.id)


def tell_firm(session: Session, wallet: Wallet) -> bool:
    """Tell everybody of the firm, and the trail; False when money has come in since, or DGFT has frozen it."""
    lock(session, wallet)
    if wallet.available_paise >= mark(wallet) or wallet.status != "ACTIVE":  # frozen: it could not be topped up
        return False
    people = [person.user_id for person in exporters.people(session, wallet.exporter_id)]
    told = f"The wallet has {rupees(wallet.available_paise)} available, less than {rupees(mark(wallet))}. Top it up in good time."
    tell(session, people, told, "/walletview/list/", kind=Kind.LOW)
    record(session, SYSTEM_ACTOR, IS_LOW, wallet, available_paise=wallet.available_paise, mark_paise=mark(wallet))
    return True


def set_mark(session: Session, wallet: Wallet, actor: Actor, paise: int | None) -> None:
    """The firm's primary user says below what it is told; None is what DGFT has set for everybody, 0 is never."""
    must_see(actor, wallet)
    if actor.role is not Role.PRIMARY:
        raise NotAllowed("Only the firm's primary user sets below what the firm is told.")
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    if paise is not None and not 0 <= paise <= MOST_PAISE:
        raise InvalidInput([Fault("low_paise", f"Choose an amount from {rupees(0)} to {rupees(MOST_PAISE)}.")])
    lock(session, wallet)
    wallet.low_paise = paise
    wallet.low_told = wallet.low_told and wallet.available_paise < mark(wallet)
    session.flush()
    record(session, actor, "low balance mark set", wallet, paise=paise)
