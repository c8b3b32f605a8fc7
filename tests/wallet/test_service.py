"""Money moves once for one reason, never below zero, and what was written stays written."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError
from app.wallet import service as wallet
from app.wallet.models import LedgerEntry, LedgerMovement, Wallet
from app.wallet.rules import Account, Fee, InsufficientFunds, Kind
from tests.people import EXPORTER, actor_for
from tests.tampering import tamper

RS_200 = Fee(20_000, 0)
WITH_GST = Fee(20_000, 3_600)
OPENING = 5_000_000


class Firm:
    """Balaji's wallet and applications to pay for, with short words for the verbs."""

    def __init__(self, session: Any, filed: Callable[..., int]) -> None:
        self.session, self.filed = session, filed
        self.actor = actor_for(session, EXPORTER)
        self.id: int = self.actor.exporter_id or 0
        self.agency_id: int = session.scalar(text("SELECT id FROM agency WHERE code = 'FIEC'"))

    def figures(self) -> tuple[int, int]:
        row = self.session.query(Wallet).filter_by(exporter_id=self.id).one()
        return row.available_paise, row.held_paise

    def hold(self, pk: int, fee: Fee = RS_200) -> None:
        wallet.hold(self.session, self.id, pk, fee, self.actor)

    def capture(self, pk: int, fee: Fee = RS_200) -> None:
        wallet.capture(self.session, self.id, pk, self.agency_id, fee, SYSTEM_ACTOR)

    def release(self, pk: int) -> int:
        return wallet.release(self.session, self.id, pk, SYSTEM_ACTOR)

    def credit(self, paise: int, reference: str) -> None:
        wallet.credit(self.session, self.id, paise, self.actor, kind=Kind.TOPUP, reference=reference)

    def movements(self) -> int:
        return int(self.session.scalar(select(func.count()).select_from(LedgerMovement)))

    def booked(self, account: Account) -> int:
        of = select(func.coalesce(func.sum(LedgerEntry.amount_paise), 0)).where(LedgerEntry.account == account)
        return int(self.session.scalar(of))


@pytest.fixture
def firm(session: Any, filed: Callable[..., int]) -> Firm:
    """Balaji, whose wallet starts with Rs 50,000."""
    found = Firm(session, filed)
    assert found.figures() == (OPENING, 0)
    return found


def test_a_held_fee_is_set_aside_and_then_earned(firm: Firm) -> None:
    """Fee to the agency, GST to the tax account, nothing left aside."""
    pk = firm.filed()
    firm.hold(pk, WITH_GST)
    assert firm.figures() == (OPENING - 23_600, 23_600)
    assert wallet.held_for(firm.session, pk) == 23_600
    firm.capture(pk, WITH_GST)
    assert firm.figures() == (OPENING - 23_600, 0)
    assert (firm.booked(Account.AGENCY), firm.booked(Account.TAX)) == (20_000, 3_600)
    assert list(wallet.prove(firm.session)) == []


def test_a_released_fee_is_the_firms_again(firm: Firm) -> None:
    """All of it, and a second release gives nothing."""
    pk = firm.filed()
    firm.hold(pk, WITH_GST)
    assert firm.release(pk) == 23_600
    assert firm.release(pk) == 0
    assert firm.figures() == (OPENING, 0)
    assert list(wallet.prove(firm.session)) == []


def test_the_same_reference_books_nothing_a_second_time(firm: Firm) -> None:
    """A double click, a repeated callback or a retried job moves no paisa."""
    pk = firm.filed()
    acts: list[Callable[[], Any]] = [
        lambda: firm.credit(10_000, "topup:order:7"),
        lambda: firm.hold(pk, WITH_GST),
        lambda: firm.capture(pk, WITH_GST),
    ]
    for act in acts:
        act()
        before = (firm.figures(), firm.movements())
        act()
        assert (firm.figures(), firm.movements()) == before


def test_a_wallet_that_cannot_pay_is_left_alone(firm: Firm) -> None:
    """The refusal is a sentence and nothing was booked; the last paisa may be spent."""
    first, second = firm.filed(), firm.filed()
    firm.hold(first, Fee(OPENING - 19_900, 0))
    before = firm.movements()
    with pytest.raises(InsufficientFunds, match=r"^The wallet has ₹199\.00 available and the fee is ₹200\.00\. Top up"):
        firm.hold(second)
    assert (firm.figures(), firm.movements()) == ((19_900, OPENING - 19_900), before)
    firm.credit(100, "topup:one-rupee")
    firm.hold(second)
    assert firm.figures() == (0, OPENING + 100)


def test_what_is_not_held_cannot_be_earned(firm: Firm) -> None:
    """Neither for an application that never paid, nor for one whose fee was given back."""
    never, given_back = firm.filed(), firm.filed()
    firm.hold(given_back)
    firm.release(given_back)
    for pk in (never, given_back):
        with pytest.raises(BusinessError, match="No fee is held"):
            firm.capture(pk)
    assert firm.booked(Account.AGENCY) == 0


def test_a_certificate_that_costs_nothing_books_nothing(firm: Firm) -> None:
    """A fee of zero is a price too."""
    pk, before = firm.filed(), firm.movements()
    firm.hold(pk, Fee(0, 0))
    firm.capture(pk, Fee(0, 0))
    assert (firm.figures(), firm.movements()) == ((OPENING, 0), before)


def test_a_frozen_wallet_pays_nothing(firm: Firm) -> None:
    """Money may come in, but none goes out."""
    pk = firm.filed()
    firm.session.query(Wallet).filter_by(exporter_id=firm.id).one().status = "FROZEN"
    with pytest.raises(BusinessError, match="frozen"):
        firm.hold(pk)
    assert firm.figures() == (OPENING, 0)


@pytest.mark.parametrize("paise", [0, -1, -20_000])
def test_nothing_and_less_than_nothing_cannot_be_credited(firm: Firm, paise: int) -> None:
    """A negative credit would be a debit without a reason."""
    with pytest.raises(BusinessError, match="more than zero"):
        firm.credit(paise, "topup:order:8")


def test_every_movement_sums_to_zero_and_says_what_it_left(firm: Firm) -> None:
    """Money comes from somewhere and goes somewhere, and the firm can follow its balance line by line."""
    pk = firm.filed()
    firm.credit(10_000, "topup:order:9")
    firm.hold(pk, WITH_GST)
    firm.capture(pk, WITH_GST)
    sums = select(func.sum(LedgerEntry.amount_paise)).group_by(LedgerEntry.movement_id)
    assert set(firm.session.scalars(sums)) == {0}
    mine = select(LedgerEntry.account, LedgerEntry.balance_after_paise).where(LedgerEntry.exporter_id == firm.id)
    last = {account: after for account, after in firm.session.execute(mine.order_by(LedgerEntry.id))}
    assert (last["WALLET"], last["HELD"]) == firm.figures()


PLANTED = {
    "UPDATE wallet SET available_paise = available_paise + 1 WHERE exporter_id = :firm": "its entries say 4980000",
    "UPDATE wallet SET held_paise = held_paise - 1 WHERE exporter_id = :firm": "shows 19999 paise on HELD",
    "UPDATE ledger_entry SET amount_paise = amount_paise + 1 WHERE account = 'HELD'": "not sum to zero but to 1 paise",
    "DELETE FROM ledger_entry WHERE account = 'HELD'": "do not sum to zero",
    "UPDATE ledger_entry SET amount_paise = 2 * amount_paise WHERE kind = 'HOLD'": "its entries say 4960000",
    "UPDATE ledger_entry SET account = 'WALLET' WHERE account = 'HELD'": "20000 paise on HELD, its entries say 0",
}


@pytest.mark.parametrize(("planted", "told"), PLANTED.items())
def test_a_planted_error_is_found(firm: Firm, planted: str, told: str) -> None:
    """Whoever changes the books by hand is contradicted by the rest of the books."""
    firm.hold(firm.filed())
    assert list(wallet.prove(firm.session)) == []
    tamper(firm.session, planted, **({"firm": firm.id} if ":firm" in planted else {}))
    assert told in "\n".join(wallet.prove(firm.session))


@pytest.mark.parametrize("table", ["ledger_movement", "ledger_entry"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET kind = 'TOPUP'", "DELETE FROM {0}"])
def test_the_database_itself_refuses_to_change_the_ledger(firm: Firm, table: str, statement: str) -> None:
    """Whatever program tries it."""
    with pytest.raises(DBAPIError, match=f"rows of {table} are only ever added"), firm.session.begin_nested():
        firm.session.execute(text(statement.format(table)))


def test_the_ledger_cannot_be_emptied_or_written_over(firm: Firm) -> None:
    """The ways round a row's guard: PostgreSQL empties whole tables, SQLite replaces rows."""
    row = firm.session.execute(text("SELECT id FROM ledger_entry ORDER BY id LIMIT 1")).one()
    if firm.session.get_bind().dialect.name == "postgresql":
        way = "TRUNCATE ledger_entry"
    else:
        way = f"REPLACE INTO ledger_entry SELECT * FROM ledger_entry WHERE id = {row.id}"  # noqa: S608  a number of ours
    with pytest.raises(DBAPIError, match="only ever added"), firm.session.begin_nested():
        firm.session.execute(text(way))


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE wallet SET available_paise = -1",
        "UPDATE wallet SET held_paise = -1",
        "UPDATE wallet SET status = 'OPEN'",
        "INSERT INTO wallet"
        " (exporter_id, currency, available_paise, held_paise, status, opened_at, created_at, updated_at, version)"
        " SELECT exporter_id, currency, 0, 0, status, opened_at, created_at, updated_at, 1 FROM wallet",
        "INSERT INTO ledger_movement (at, kind, reference, actor_name, note)"
        " SELECT at, kind, reference, actor_name, note FROM ledger_movement",
        "INSERT INTO ledger_entry (movement_id, at, kind, account, amount_paise, balance_after_paise)"
        " SELECT movement_id, at, kind, account, 0, 0 FROM ledger_entry",
        "INSERT INTO ledger_entry (movement_id, at, kind, account, amount_paise, balance_after_paise)"
        " SELECT movement_id, at, kind, 'POCKET', 1, 0 FROM ledger_entry",
        "INSERT INTO ledger_entry (movement_id, at, kind, account, amount_paise, balance_after_paise)"
        " SELECT 999999, at, kind, account, 1, 0 FROM ledger_entry",
        "INSERT INTO ledger_entry (movement_id, at, kind, account, exporter_id, amount_paise, balance_after_paise)"
        " SELECT movement_id, at, kind, account, exporter_id, -1, -1 FROM ledger_entry WHERE exporter_id IS NOT NULL",
    ],
)
def test_the_database_itself_refuses_impossible_money(firm: Firm, wrong: str) -> None:
    """Below zero, of no known account, booked twice, or of a movement that is none."""
    with pytest.raises(IntegrityError), firm.session.begin_nested():
        firm.session.execute(text(wrong))
