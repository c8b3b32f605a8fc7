"""Move money: hold the fee at submission, capture it at issue, release it when the system cannot deliver.

Every verb locks the wallet's row, writes a movement with a unique reference and its entries, and changes nothing when
the same reference was booked before. Amounts are whole paise.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, NotFound
from app.core.money import rupees
from app.exporters import service as exporters
from app.infra.db import lock
from app.notices.rules import Kind as Told
from app.notices.service import tell
from app.wallet import low, proof
from app.wallet.models import LedgerEntry, LedgerMovement, LegacyWalletNote, Wallet
from app.wallet.rules import Account, Fee, Kind, refund_parts, refuse_shortfall

SHORTEST_REASON = 10
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
    """Set the fee aside for an application; refused with a sentence when the wallet cannot pay, or the presses stand."""
    proof.must_run(session)
    wallet = _locked(session, exporter_id)
    reference = f"hold:application:{application_id}"
    if _booked(session, reference):
        return
    _must_cover(wallet, fee)
    if fee.total_paise == 0:
        return
    move = _movement(session, Kind.HOLD, reference, exporter_id, actor, application_id)
    _wallet_entry(session, move, wallet, Account.WALLET, -fee.total_paise)
    _wallet_entry(session, move, wallet, Account.HELD, fee.total_paise)


def must_afford(session: Session, exporter_id: int, fee: Fee) -> None:
    """Refused in the same words when `hold` would be refused now; nothing is set aside."""
    proof.must_run(session)
    _must_cover(open_wallet(session, exporter_id), fee)


def _must_cover(wallet: Wallet, fee: Fee) -> None:
    if wallet.status != "ACTIVE":
        raise BusinessError("The wallet is frozen. Ask DGFT about it; the draft is kept.")
    if wallet.available_paise < fee.total_paise:
        raise refuse_shortfall(wallet.available_paise, fee.total_paise)


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


def refund(session: Session, application_id: int, actor: Actor, *, reason: str, paise: int | None = None) -> LedgerMovement:
    """DGFT gives back a fee that was taken, or part of it, once; `paise` None is all of it with its GST.

    Rule 4.11: at most what was taken, and only for a fee taken twice or a certificate the system could not deliver.
    """
    if actor.role is not Role.SUPERVISOR:
        raise NotAllowed("Only DGFT gives a fee back.")
    if len(reason.strip()) < SHORTEST_REASON:
        raise InvalidInput([Fault("reason", f"Give the reason in at least {SHORTEST_REASON} characters; the firm reads it.")])
    exporter_id, agency_id, paid = _taken(session, application_id)
    wallet = _locked(session, exporter_id)
    reference = f"refund:application:{application_id}"
    if _booked(session, reference):
        raise BusinessError("The fee of this application was given back before; that is possible once.")
    parts = refund_parts(paid, paid.total_paise if paise is None else paise)
    move = _movement(session, Kind.REFUND, reference, exporter_id, actor, application_id, reason.strip())
    for account, amount in ((Account.AGENCY, parts.fee_paise), (Account.TAX, parts.gst_paise)):
        if amount:
            _entry(session, move, account, -amount, agency_id=agency_id)
    _wallet_entry(session, move, wallet, Account.WALLET, parts.total_paise)
    record(session, actor, "fee refunded", move, reason=reason.strip(), paise=parts.total_paise)
    told = f"{rupees(parts.total_paise)} were given back to the wallet by DGFT: {reason.strip()}"
    tell(
        session, [person.user_id for person in exporters.people(session, exporter_id)], told, "/wallet/statement", kind=Told.MONEY
    )
    return move


def refundable(session: Session, application_id: int) -> int:
    """The paise that may still be given back for an application: all that was taken, or 0 when some was given back."""
    if _booked(session, f"refund:application:{application_id}"):
        return 0
    try:
        return _taken(session, application_id)[2].total_paise
    except NotFound:
        return 0


def note_legacy(session: Session, exporter_id: int, paise: int, as_of: date, actor: Actor) -> LegacyWalletNote:
    """Write down what a firm had in the wallet of eCoO 1.0: to be shown, it pays for nothing here (trade notice 13, S24)."""
    if actor.role not in {Role.SYSTEM, Role.SUPERVISOR}:
        raise NotAllowed("Only DGFT says what was in the old wallet.")
    if paise < 0 or as_of > clock.india_today():
        raise BusinessError("The old balance must not be below zero, nor its date in the future.")
    note = legacy_note(session, exporter_id)
    if note is None:
        note = LegacyWalletNote(exporter_id=exporter_id)
        session.add(note)
    note.legacy_balance_paise, note.as_of = paise, as_of
    session.flush()
    record(session, actor, "old wallet noted", note, paise=paise)
    return note


def prove(session: Session) -> Iterator[str]:
    """Recompute everything from the entries; yields a sentence for each paisa that is not where it should be."""
    yield from proof.prove(session)


def legacy_note(session: Session, exporter_id: int) -> LegacyWalletNote | None:
    """What the firm had in eCoO 1.0, when that is known."""
    query = select(LegacyWalletNote).where(LegacyWalletNote.exporter_id == exporter_id)
    return session.scalar(query, execution_options=_UNSCOPED)


def book(session: Session, kind: Kind, reference: str, exporter_id: int | None, actor: Actor, sides: Mapping[Account, int],
         note: str = "") -> LedgerMovement | None:  # fmt: skip
    """One movement between accounts that are no fee's; None when its reference was booked before.

    `sides` are paise by account and sum to zero; what touches the firm's wallet is refused below zero.
    """
    wallet = _locked(session, exporter_id) if exporter_id is not None else None
    if _booked(session, reference):
        return None
    if wallet is not None and wallet.available_paise + sides.get(Account.WALLET, 0) < 0:
        raise BusinessError(f"The wallet has only {rupees(wallet.available_paise)} available, and no balance goes below zero.")
    move = _movement(session, kind, reference, exporter_id, actor, None, note)
    for account, amount in sides.items():
        if account is Account.WALLET and wallet is not None:
            _wallet_entry(session, move, wallet, account, amount)
        else:
            _entry(session, move, account, amount)
    return move


def _taken(session: Session, application_id: int) -> tuple[int, int, Fee]:
    """The firm that paid, the agency that earned, and the fee with its GST; NotFound when no fee was taken."""
    mine = (LedgerEntry.application_id == application_id, LedgerEntry.kind.in_((Kind.FEE.value, Kind.GST.value)))
    rows = session.scalars(select(LedgerEntry).where(*mine), execution_options=_UNSCOPED).all()
    sums = {account: sum(row.amount_paise for row in rows if row.account == account) for account in Account}
    payers, earners = ({fact for row in rows if (fact := getattr(row, name))} for name in ("exporter_id", "agency_id"))
    if not payers or not earners:
        raise NotFound("No fee was taken for this application, so there is nothing to give back.")
    return payers.pop(), earners.pop(), Fee(sums[Account.AGENCY], sums[Account.TAX])


def _locked(session: Session, exporter_id: int) -> Wallet:
    return lock(session, open_wallet(session, exporter_id))


def _booked(session: Session, reference: str) -> bool:
    query = select(LedgerMovement.id).where(LedgerMovement.reference == reference)
    return session.scalar(query, execution_options=_UNSCOPED) is not None


def _must_be_held(session: Session, application_id: int, amount: int) -> None:
    if held_for(session, application_id) < amount:
        raise BusinessError("No fee is held for this application, so its certificate cannot be issued. Tell the help desk.")


def _movement(session: Session, kind: Kind, reference: str, exporter_id: int | None, actor: Actor,
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
        low.watch(session, wallet, move, amount)
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
