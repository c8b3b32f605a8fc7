"""DGFT freezes a wallet and lifts the freeze again: what is under way goes on, nothing new is paid from it, no rupee moves.

A freeze stops new submissions and new top-ups of the firm. Fees that are set aside are taken or given back as their
applications end, and a payment that is on its way in is credited: it is the firm's money (decision 0047).
"""

from sqlalchemy.orm import Session

from app.audit.service import record
from app.core.actor import Actor
from app.exporters import service as exporters
from app.infra.db import lock
from app.infra.tenancy import must_see
from app.notices.rules import Kind as Told
from app.notices.service import tell
from app.wallet.models import Wallet
from app.wallet.rules import WALLET_LIFE, WalletStatus

FROZEN = "DGFT has frozen the wallet of your firm: nothing can be submitted or topped up for now. Reason: {reason}"
LIFTED = "DGFT has lifted the freeze on the wallet of your firm. Reason: {reason}"


def freeze(session: Session, wallet: Wallet, actor: Actor, *, reason: str) -> None:
    """Stop new payments from this wallet. NotAllowed but for DGFT; WrongState when it is frozen already."""
    _arrive(session, wallet, actor, "freeze", reason, FROZEN)


def thaw(session: Session, wallet: Wallet, actor: Actor, *, reason: str) -> None:
    """Let it pay again. NotAllowed but for DGFT; WrongState when it is not frozen."""
    _arrive(session, wallet, actor, "thaw", reason, LIFTED)


def _arrive(session: Session, wallet: Wallet, actor: Actor, name: str, reason: str, words: str) -> None:
    must_see(actor, wallet)
    lock(session, wallet)  # as `hold` does: a submission is wholly before the freeze or refused by it
    move = WALLET_LIFE.check(name, wallet.status, actor.role)
    wallet.status = str(move.to)
    wallet.frozen_because = reason if move.to == WalletStatus.FROZEN else ""
    session.flush()
    record(session, actor, move.event, wallet, reason=reason)
    people = [person.user_id for person in exporters.people(session, wallet.exporter_id)]
    tell(session, people, words.format(reason=reason), "/walletview/list/", kind=Told.MONEY)


VERBS = {"freeze": freeze, "thaw": thaw}
