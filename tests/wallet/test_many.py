"""Ten thousand random errands by twenty hands at once: the books close, nobody is below zero, nothing is taken or given twice."""

import random
from collections import Counter
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError
from app.wallet import service as wallet
from app.wallet import topups
from app.wallet.models import LedgerEntry, LedgerMovement, TopUp, Wallet
from app.wallet.rules import Account, Fee, Payment
from tests import factories
from tests.own_database import at_once
from tests.people import EXPORTER, OTHER_EXPORTER, SUPERVISOR, actor_for

HANDS, ERRANDS, PRICE = 20, 500, Fee(1_000_000, 180_000)  # dear, so that wallets run dry
DRAFTS = 40  # of each firm: more than its money can pay
FIRMS = ((EXPORTER, "FIEC"), (OTHER_EXPORTER, "SWCC"))
pytestmark = pytest.mark.slow


class Errands:
    """What the hands work on: applications and orders of two firms, shared by all."""

    def __init__(self, app: Flask) -> None:
        from app.applications.models import Application
        from app.infra.db import db, transaction

        self.dgft: Any = None
        self.applications: list[tuple[int, int, int]] = []
        self.orders: list[tuple[str, int]] = []
        for firm, agency in FIRMS:
            drafts = [factories.filed(app, exporter=firm, agency=agency, office="001") for _ in range(DRAFTS)]
            with app.app_context(), transaction(db.session):
                actor = actor_for(db.session, firm)
                self.dgft = actor_for(db.session, SUPERVISOR)
                agency_id = db.session.get_one(Application, drafts[0]).agency_id
                self.applications += [(pk, actor.exporter_id or 0, agency_id) for pk in drafts]
                for _ in range(topups.MOST_OPEN):
                    row = topups.create(db.session, actor, 10_000)
                    self.orders.append((row.gateway_order_id, row.id))

    def one(self, session: Any, dice: random.Random) -> str:
        """One errand; the word for how it ended."""
        pk, firm, agency = dice.choice(self.applications)
        order_id, number = dice.choice(self.orders)
        match dice.randrange(6):
            case 0:
                wallet.hold(session, firm, pk, PRICE, SYSTEM_ACTOR)
            case 1:
                wallet.capture(session, firm, pk, agency, PRICE, SYSTEM_ACTOR)
            case 2:
                wallet.release(session, firm, pk, SYSTEM_ACTOR)
            case 3:
                wallet.refund(session, pk, self.dgft, reason="The fee was taken twice.")
            case 4:
                return f"paid {topups.follow(session, b'', Payment(order_id, 'SUCCESS', f'P{number}', 10_000, 'INR')).outcome}"
            case 5:
                topups.cancel(session, session.get_one(TopUp, number), actor_for(session, EXPORTER))
        return "done"

    def hand(self, app: Flask, seed: int) -> Counter[str]:
        """One hand's errands, each a transaction of its own."""
        from app.infra.db import db, transaction

        dice, told = random.Random(seed), Counter[str]()
        db.session.rollback()
        for _ in range(ERRANDS):
            try:
                with transaction(db.session):
                    told[self.one(db.session, dice)] += 1
            except BusinessError as refusal:
                told[type(refusal).__name__] += 1
            except OperationalError as busy:  # SQLite's one writer, waited for in vain: a 503 on the page, and nothing changed
                if db.engine.dialect.name != "sqlite":
                    raise
                told[type(busy).__name__] += 1
        return told


def close(session: Any, errands: Errands, held: dict[int, int]) -> None:
    """What is still held is captured or released: then no rupee hangs between, and each application went one way only."""
    agencies = {pk: (firm, agency) for pk, firm, agency in errands.applications}
    for place, pk in enumerate(sorted(pk for pk, paise in held.items() if paise)):
        firm, agency = agencies[pk]
        if place % 2:
            wallet.capture(session, firm, pk, agency, PRICE, SYSTEM_ACTOR)
        else:
            wallet.release(session, firm, pk, SYSTEM_ACTOR)
    session.flush()
    sums = {account: paise for account, paise in session.execute(
        select(LedgerEntry.account, func.sum(LedgerEntry.amount_paise)).group_by(LedgerEntry.account)
    )}  # fmt: skip
    assert sums[Account.HELD] == 0
    assert sums[Account.WALLET] + sums[Account.AGENCY] + sums[Account.TAX] == -sums[Account.GATEWAY]
    ends = select(LedgerMovement.application_id, LedgerMovement.kind).where(LedgerMovement.kind.in_(("HOLD", "FEE", "RELEASE")))
    ways: dict[int, set[str]] = {}
    for pk, kind in session.execute(ends):
        ways.setdefault(pk, set()).add(kind)
    assert set(map(frozenset, ways.values())) == {frozenset({"HOLD", "FEE"}), frozenset({"HOLD", "RELEASE"})}


@pytest.fixture
def room(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection for each hand, so that none of them waits for one instead of for a row."""
    options = app.config["SQLALCHEMY_ENGINE_OPTIONS"]
    if "pool_size" in options:
        monkeypatch.setitem(app.config, "SQLALCHEMY_ENGINE_OPTIONS", options | {"pool_size": HANDS + 5})


def test_ten_thousand_errands_by_twenty_hands(app: Flask, room: None, own: Engine) -> None:
    """The sum is zero, every balance is its entries', each order is credited once, and no fee is taken or given back twice."""
    from app.infra.db import db

    errands = Errands(app)
    told = at_once(app, *(partial(errands.hand, app, seed) for seed in range(HANDS)), seconds=600)
    assert all(isinstance(answer, Counter) for answer in told), told
    words: Counter[str] = sum(told, Counter[str]())
    assert words.total() == HANDS * ERRANDS
    with app.app_context():
        session = db.session
        assert list(wallet.prove(session)) == []
        paid = session.query(TopUp).filter_by(status="SUCCESS").count()
        credited = session.query(LedgerMovement).filter(LedgerMovement.kind == "TOPUP", LedgerMovement.reference.like("topup:%"))
        assert credited.count() == paid == words["paid credited"] > 0
        once = select(LedgerMovement.kind, LedgerMovement.application_id).where(LedgerMovement.application_id.is_not(None))
        twice = once.group_by(LedgerMovement.kind, LedgerMovement.application_id).having(func.count() > 1)
        assert session.execute(twice).all() == []
        for account in (Wallet.available_paise, Wallet.held_paise):
            assert (session.scalar(select(func.min(account))) or 0) >= 0
        left = select(LedgerEntry.application_id, func.sum(LedgerEntry.amount_paise)).where(LedgerEntry.account == Account.HELD)
        held = dict(session.execute(left.group_by(LedgerEntry.application_id)).all())
        assert set(held.values()) <= {0, PRICE.total_paise}
        assert words["InsufficientFunds"] > 0, "no wallet ran dry, so nothing was proved about going below zero"
        close(session, errands, held)
        assert list(wallet.prove(session)) == []
        db.session.remove()
