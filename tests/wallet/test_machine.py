"""Any order of top-ups, holds, captures, releases and refunds leaves the wallet where a sheet of paper says it is."""

from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from app.applications.models import Application
from app.core.actor import SYSTEM_ACTOR, Actor
from app.core.errors import BusinessError
from app.wallet import service as wallet
from app.wallet import topups
from app.wallet.models import LedgerEntry, TopUp, Wallet
from app.wallet.rules import Account, Fee, InsufficientFunds, Kind, Payment, refund_parts
from tests.people import EXPORTER, SUPERVISOR, actor_for

PRICES = (Fee(20_000, 0), Fee(20_000, 3_600), Fee(2_000_000, 1))
WHICH = st.integers(0, len(PRICES) - 1)


class Books(RuleBasedStateMachine):
    """The product's wallet beside a model of four sums."""

    session: ClassVar[Any]
    firm: ClassVar[int]
    agency: ClassVar[int]
    applications: ClassVar[list[int]]
    payer: ClassVar[Actor]
    dgft: ClassVar[Actor]

    def __init__(self) -> None:
        super().__init__()
        self.point = self.session.begin_nested()
        row = self.session.query(Wallet).filter_by(exporter_id=self.firm).one()
        self.available, self.aside = row.available_paise, dict.fromkeys(self.applications, 0)
        self.earned, self.taxed, self.booked = 0, 0, set[str]()
        self.orders: list[TopUp] = []

    def teardown(self) -> None:
        self.point.rollback()

    @rule(paise=st.integers(-1, 3_000_000), order=st.integers(1, 4))
    def credit(self, paise: int, order: int) -> None:
        def act() -> None:
            wallet.credit(self.session, self.firm, paise, SYSTEM_ACTOR, kind=Kind.ADJUSTMENT, reference=f"adjusted:{order}")

        if paise <= 0:
            return self.refused(act, BusinessError)
        act()
        if f"adjusted:{order}" not in self.booked:
            self.booked.add(f"adjusted:{order}")
            self.available += paise
        return None

    @rule(which=WHICH)
    def hold(self, which: int) -> None:
        pk, price = self.applications[which], PRICES[which]

        def act() -> None:
            wallet.hold(self.session, self.firm, pk, price, SYSTEM_ACTOR)

        if f"hold:{pk}" in self.booked:
            return act()
        if self.available < price.total_paise:
            return self.refused(act, InsufficientFunds)
        act()
        self.booked.add(f"hold:{pk}")
        self.available -= price.total_paise
        self.aside[pk] += price.total_paise
        return None

    @rule(which=WHICH)
    def capture(self, which: int) -> None:
        pk, price = self.applications[which], PRICES[which]

        def act() -> None:
            wallet.capture(self.session, self.firm, pk, self.agency, price, SYSTEM_ACTOR)

        if f"fee:{pk}" in self.booked:
            return act()
        if not self.aside[pk]:
            return self.refused(act, BusinessError)
        act()
        self.booked.add(f"fee:{pk}")
        self.aside[pk] = 0
        self.earned += price.fee_paise
        self.taxed += price.gst_paise
        return None

    @rule(which=WHICH)
    def release(self, which: int) -> None:
        pk = self.applications[which]
        assert wallet.release(self.session, self.firm, pk, SYSTEM_ACTOR) == self.aside[pk]
        self.available += self.aside[pk]
        self.aside[pk] = 0

    @rule(paise=st.integers(10_000, 50_000_000))
    def order(self, paise: int) -> None:
        if len(self.orders) < 4:
            self.orders.append(topups.create(self.session, self.payer, paise))

    @rule(which=st.integers(0, 3), what=st.sampled_from(["paid", "short", "failed", "place", "cancel", "of another payment"]))
    def gateway(self, which: int, what: str) -> None:
        if which >= len(self.orders):
            return
        topup = self.orders[which]
        was, status = topup.status, "FAILED" if what == "failed" else "SUCCESS"
        if what == "place":
            return topups.placed(self.session, topup)
        if what == "cancel":
            if was in topups.UNDER_WAY:
                return topups.cancel(self.session, topup, self.payer)
            return self.refused(lambda: topups.cancel(self.session, topup, self.payer), BusinessError)
        payment = f"P{topup.id}{'b' if what == 'of another payment' else ''}"
        said = Payment(topup.gateway_order_id, status, payment, topup.amount_paise - (what == "short"), "INR")
        verdict = topups.follow(self.session, b"", said)
        counts = status == "SUCCESS" and what != "short" and was not in {"SUCCESS", "FAILED"}
        assert (verdict.outcome == "credited") == counts
        self.available += topup.amount_paise if counts else 0
        return None

    @rule(which=WHICH, paise=st.one_of(st.none(), st.integers(0, 25_000)))
    def refund(self, which: int, paise: int | None) -> None:
        pk, price = self.applications[which], PRICES[which]

        def act() -> None:
            wallet.refund(self.session, pk, self.dgft, reason="The fee was taken twice.", paise=paise)

        asked = price.total_paise if paise is None else paise
        if f"fee:{pk}" not in self.booked or f"refund:{pk}" in self.booked or not 0 < asked <= price.total_paise:
            return self.refused(act, BusinessError)
        act()
        self.booked.add(f"refund:{pk}")
        parts = refund_parts(price, asked)
        self.available += asked
        self.earned -= parts.fee_paise
        self.taxed -= parts.gst_paise
        return None

    def refused(self, act: Callable[[], None], kind: type[BusinessError]) -> None:
        try:
            act()
        except kind:
            return
        raise AssertionError("this should have been refused")

    @invariant()
    def agrees_with_the_sheet_of_paper(self) -> None:
        self.session.expire_all()
        row = self.session.query(Wallet).filter_by(exporter_id=self.firm).one()
        assert (row.available_paise, row.held_paise) == (self.available, sum(self.aside.values()))
        assert {pk: wallet.held_for(self.session, pk) for pk in self.applications} == self.aside
        assert (self.sum_of(Account.AGENCY), self.sum_of(Account.TAX)) == (self.earned, self.taxed)
        assert list(wallet.prove(self.session)) == []

    def sum_of(self, account: Account) -> int:
        of = select(func.sum(LedgerEntry.amount_paise)).where(LedgerEntry.account == account)
        return int(self.session.scalar(of) or 0)


def test_the_wallet_agrees_with_a_model_whatever_happens(session: Any, filed: Callable[..., int]) -> None:
    """Thirty lives of a wallet with up to thirty events each."""
    actor = actor_for(session, EXPORTER)
    pks = [filed() for _ in PRICES]
    agency = session.get_one(Application, pks[0]).agency_id
    facts = {
        "session": session, "firm": actor.exporter_id, "agency": agency, "applications": pks, "payer": actor,
        "dgft": actor_for(session, SUPERVISOR),
    }  # fmt: skip
    machine = type("TheseBooks", (Books,), facts)
    few = settings(max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=few)
