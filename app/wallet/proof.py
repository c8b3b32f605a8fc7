"""The proof of the books: every sum is made again from the entries, and when anything differs the presses stop.

Each question is one statement, so each sees the books at one moment while others go on paying. Whether the presses stand is
the last word of the trail about it: a row that cannot be changed unseen. The nightly job stops them, `udgam prove` lets them
run again once it finds nothing (decision 0023).
"""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace

from sqlalchemy import BigInteger, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from app.access.models import Supervisor
from app.audit.models import AuditEvent
from app.audit.service import record
from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError
from app.infra.tenancy import UNSCOPED
from app.notices.rules import Kind as Told
from app.notices.service import tell
from app.wallet.models import LedgerEntry, LedgerMovement, TopUp, Wallet
from app.wallet.rules import PRESSES_STAND, Account, Kind

LEDGER = SimpleNamespace(__tablename__="ledger", id=0)  # the whole of it, as the trail names it
STOPPED, RUNNING = "presses stopped", "presses run again"
_SUM = func.coalesce(func.sum(LedgerEntry.amount_paise), 0)


def prove(session: Session) -> Iterator[str]:
    """Recompute everything from the entries; yields a sentence for each paisa that is not where it should be."""
    total = session.scalar(select(_SUM), execution_options=UNSCOPED)
    if total != 0:
        yield f"the ledger does not sum to zero but to {total} paise"
    uneven = select(LedgerEntry.movement_id).group_by(LedgerEntry.movement_id).having(func.sum(LedgerEntry.amount_paise) != 0)
    for movement_id in session.scalars(uneven, execution_options=UNSCOPED):
        yield f"the entries of movement {movement_id} do not sum to zero"
    yield from _wallets(session)
    yield from _lines(session)
    yield from _topups(session)
    yield from _refunds(session)


def _wallets(session: Session) -> Iterator[str]:
    """Each wallet's two figures against the sum of its entries."""
    for account, shown in ((Account.WALLET, Wallet.available_paise), (Account.HELD, Wallet.held_paise)):
        mine = and_(LedgerEntry.account == account, LedgerEntry.exporter_id == Wallet.exporter_id)
        query = select(Wallet.id, shown, _SUM).outerjoin(LedgerEntry, mine).group_by(Wallet.id, shown).having(shown != _SUM)
        for wallet_id, figure, proved in session.execute(query, execution_options=UNSCOPED):
            yield f"wallet {wallet_id} shows {figure} paise on {account}, its entries say {proved}"


def _lines(session: Session) -> Iterator[str]:
    """The balance after each line of a firm's accounts against the sum of all lines up to it."""
    running = func.sum(LedgerEntry.amount_paise).over(
        partition_by=(LedgerEntry.exporter_id, LedgerEntry.account), order_by=LedgerEntry.id
    )
    lines = select(LedgerEntry.id, LedgerEntry.balance_after_paise.label("shown"), running.label("proved"))
    lines = lines.where(LedgerEntry.exporter_id.is_not(None), LedgerEntry.account.in_(("WALLET", "HELD")))
    asked = lines.subquery()
    wrong = select(asked).where(asked.c.shown != asked.c.proved).order_by(asked.c.id)
    for entry_id, shown, proved in session.execute(wrong, execution_options=UNSCOPED):
        yield f"entry {entry_id} shows a balance of {shown} paise, the lines up to it say {proved}"


def _topups(session: Session) -> Iterator[str]:
    """Each paid top-up is booked with its amount, and none is booked that was not paid."""
    reference = literal("topup:") + cast(TopUp.id, String)
    booked = and_(LedgerEntry.movement_id == LedgerMovement.id, LedgerEntry.account == Account.WALLET)
    query = select(TopUp.id, TopUp.status, TopUp.amount_paise, _SUM)
    query = query.outerjoin(LedgerMovement, LedgerMovement.reference == reference).outerjoin(LedgerEntry, booked)
    query = query.group_by(TopUp.id, TopUp.status, TopUp.amount_paise)
    wrong = or_(
        and_(TopUp.status == "SUCCESS", cast(TopUp.amount_paise, BigInteger) != _SUM),
        and_(TopUp.status != "SUCCESS", _SUM != 0),
    )
    for topup_id, status, amount, found in session.execute(query.having(wrong), execution_options=UNSCOPED):
        yield f"top-up {topup_id} over {amount} paise is {status}, and {found} paise are booked for it"


def _refunds(session: Session) -> Iterator[str]:
    """No more is given back for an application than was taken."""
    earned = LedgerEntry.account.in_((Account.AGENCY.value, Account.TAX.value))
    query = select(LedgerEntry.application_id, _SUM).where(earned, LedgerEntry.application_id.is_not(None))
    query = query.where(LedgerEntry.kind.in_((Kind.FEE.value, Kind.GST.value, Kind.REFUND.value)))
    query = query.group_by(LedgerEntry.application_id).having(_SUM < 0)
    for application_id, paise in session.execute(query, execution_options=UNSCOPED):
        yield f"for application {application_id} {-paise} paise more were given back than taken"


def must_run(session: Session) -> None:
    """Refuse (BusinessError) to take money while the presses stand."""
    if stand(session):
        raise BusinessError(PRESSES_STAND)


def stand(session: Session) -> bool:
    """Do the presses stand? The last word of the trail about the ledger."""
    query = select(AuditEvent.event).where(AuditEvent.object_kind == LEDGER.__tablename__, AuditEvent.object_id == LEDGER.id)
    query = query.where(AuditEvent.event.in_((STOPPED, RUNNING))).order_by(AuditEvent.id.desc()).limit(1)
    return session.scalar(query, execution_options=UNSCOPED) == STOPPED


def stop(session: Session, faults: Sequence[str]) -> None:
    """The books differ: nothing is submitted from now on, and every supervisor is told; again each night it differs."""
    sentence = f"The ledger does not agree with itself ({len(faults)}): {faults[0]}. Nothing can be submitted."
    tell(session, supervisors(session), sentence, kind=Told.SYSTEM)
    record(session, SYSTEM_ACTOR, STOPPED, LEDGER, reason="\n".join(faults[:50]), faults=len(faults))


def run_again(session: Session) -> bool:
    """The books were proved whole: submissions are taken again. Returns whether the presses had stood."""
    if not stand(session):
        return False
    tell(session, supervisors(session), "The ledger agrees with itself again. Applications can be submitted.", kind=Told.SYSTEM)
    record(session, SYSTEM_ACTOR, RUNNING, LEDGER)
    return True


def could_not_prove(session: Session, reason: str) -> None:
    """The nightly proof was not made: supervisors hear of it, so that silence never means that all is well."""
    tell(session, supervisors(session), f"The nightly proof of the ledger could not be made: {reason}"[:300], kind=Told.SYSTEM)


def supervisors(session: Session) -> list[int]:
    """Who is told when money is not where it should be."""
    return list(session.scalars(select(Supervisor.user_id), execution_options=UNSCOPED))
