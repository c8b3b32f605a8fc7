"""Move money: hold the fee at submission, capture it at issue, release it when the system cannot deliver.

Every verb locks the wallet's row, writes a movement with a unique reference and its entries, and changes nothing when
the same reference was booked before. Amounts are whole paise.
"""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import BusinessError
from app.infra.db import lock
from app.wallet.models import LedgerEntry, LedgerMovement, Wallet
from app.wallet.rules import Account, Fee, Kind, refuse_shortfall

_UNSCOPED = {"unscoped": True}


def open_wallet(session: Session, exporter_id: int) -> Wallet:
    """The firm's wallet; opened at zero when there is none."""
    wallet = session.scalar(select(Wallet).where(Wallet.exporter_id == exporter_id), execution_options=_UNSCOPED)
    if wallet is None:
        wallet = Wallet(exporter_id=exporter_id, available_paise=0, held_paise=0)
        session.add(wallet)
        session.flush()
    return wallet


def credit(session: Session, exporter_id: int, amount_paise: int, actor: Actor, *, kind: Kind, reference: str) -> None:
    """Money comes in from outside; booked once per reference."""
    if amount_paise <= 0:
        raise BusinessError("The amount must be more than zero.")
    wallet = _locked(session, exporter_id)
    if _booked(session, reference):
        return
    move = _movement(session, kind, reference, exporter_id, actor)
    _entry(session, move, Account.GATEWAY, -amount_paise)
    _wallet_entry(session, move, wallet, Account.WALLET, amount_paise)


def hold(session: Session, exporter_id: int, application_id: int, fee: Fee, actor: Actor) -> None:
    """Set the fee aside for an application; refused with a sentence when the wallet cannot pay."""
    wallet = _locked(session, exporter_id)
    reference = f"hold:application:{application_id}"
    if fee.total_paise == 0 or _booked(session, reference):
        return
    if wallet.status != "ACTIVE":
        raise BusinessError("The wallet is frozen. Ask DGFT about it; the draft is kept.")
    if wallet.available_paise < fee.total_paise:
        raise refuse_shortfall(wallet.available_paise, fee.total_paise)
    move = _movement(session, Kind.HOLD, reference, exporter_id, actor, application_id)
    _wallet_entry(session, move, wallet, Account.WALLET, -fee.total_paise)
    _wallet_entry(session, move, wallet, Account.HELD, fee.total_paise)


def capture(session: Session, exporter_id: int, application_id: int, agency_id: int, fee: Fee, actor: Actor) -> None:
    """The held fee is earned by the agency, and its GST is due; booked once per application."""
    for kind, amount, account in (
        (Kind.FEE, fee.fee_paise, Account.AGENCY),
        (Kind.GST, fee.gst_paise, Account.TAX),
    ):
        wallet = _locked(session, exporter_id)
        reference = f"{kind.lower()}:application:{application_id}"
        if amount == 0 or _booked(session, reference):
            continue
        _must_be_held(session, application_id, amount)
        move = _movement(session, kind, reference, exporter_id, actor, application_id)
        _wallet_entry(session, move, wallet, Account.HELD, -amount)
        _entry(session, move, account, amount, agency_id=agency_id)


def release(session: Session, exporter_id: int, application_id: int, actor: Actor, note: str = "") -> int:
    """Give back what is still held for an application; returns the paise given back (0 when nothing was held)."""
    wallet = _locked(session, exporter_id)
    amount = held_for(session, application_id)
    reference = f"release:application:{application_id}"
    if amount == 0 or _booked(session, reference):
        return 0
    move = _movement(session, Kind.RELEASE, reference, exporter_id, actor, application_id, note)
    _wallet_entry(session, move, wallet, Account.HELD, -amount)
    _wallet_entry(session, move, wallet, Account.WALLET, amount)
    return amount


def held_for(session: Session, application_id: int) -> int:
    """The paise now held for an application: the sum of its entries on the HELD account."""
    query = select(func.coalesce(func.sum(LedgerEntry.amount_paise), 0))
    query = query.where(LedgerEntry.account == Account.HELD, LedgerEntry.application_id == application_id)
    return int(session.scalar(query, execution_options=_UNSCOPED) or 0)


def prove(session: Session) -> Iterator[str]:
    """Recompute everything from the entries; yields a sentence for each paisa that is not where it should be."""
    total = session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount_paise), 0)))
    if total != 0:
        yield f"the ledger does not sum to zero but to {total} paise"
    uneven = select(LedgerEntry.movement_id).group_by(LedgerEntry.movement_id).having(func.sum(LedgerEntry.amount_paise) != 0)
    for movement_id in session.scalars(uneven):
        yield f"the entries of movement {movement_id} do not sum to zero"
    for wallet in session.scalars(select(Wallet)):
        for account, shown in ((Account.WALLET, wallet.available_paise), (Account.HELD, wallet.held_paise)):
            mine = (LedgerEntry.account == account, LedgerEntry.exporter_id == wallet.exporter_id)
            proved = session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount_paise), 0)).where(*mine))
            if proved != shown:
                yield f"wallet {wallet.id} shows {shown} paise on {account}, its entries say {proved}"


def _locked(session: Session, exporter_id: int) -> Wallet:
    return lock(session, open_wallet(session, exporter_id))


def _booked(session: Session, reference: str) -> bool:
    query = select(LedgerMovement.id).where(LedgerMovement.reference == reference)
    return session.scalar(query, execution_options=_UNSCOPED) is not None


def _must_be_held(session: Session, application_id: int, amount: int) -> None:
    if held_for(session, application_id) < amount:
        raise BusinessError("No fee is held for this application, so its certificate cannot be issued. Tell the help desk.")


def _movement(session: Session, kind: Kind, reference: str, exporter_id: int, actor: Actor,
              application_id: int | None = None, note: str = "") -> LedgerMovement:  # fmt: skip
    move = LedgerMovement(
        kind=kind.value, reference=reference, exporter_id=exporter_id, application_id=application_id,
        actor_name=actor.name, user_id=actor.user_id, note=note,
    )  # fmt: skip
    session.add(move)
    session.flush()
    return move


def _wallet_entry(session: Session, move: LedgerMovement, wallet: Wallet, account: Account, amount: int) -> None:
    """An entry on one of the firm's two accounts; the wallet's figure moves with it."""
    if account is Account.WALLET:
        wallet.available_paise += amount
    else:
        wallet.held_paise += amount
    after = wallet.available_paise if account is Account.WALLET else wallet.held_paise
    _entry(session, move, account, amount, exporter_id=wallet.exporter_id, balance_after=after)


def _entry(session: Session, move: LedgerMovement, account: Account, amount: int, *, exporter_id: int | None = None,
           agency_id: int | None = None, balance_after: int = 0) -> None:  # fmt: skip
    session.add(
        LedgerEntry(
            movement_id=move.id, at=move.at, kind=move.kind, account=account.value, exporter_id=exporter_id,
            agency_id=agency_id, application_id=move.application_id, amount_paise=amount,
            balance_after_paise=balance_after,
        )
    )  # fmt: skip
    session.flush()
