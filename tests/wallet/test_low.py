"""A firm hears that its wallet is low: once for each time it falls below the mark, and the mark is the firm's own."""

from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.core.actor import SYSTEM_ACTOR
from app.core.errors import InvalidInput, NotAllowed, NotFound
from app.infra.queue import Job
from app.notices.models import Mail, Notice
from app.wallet import low
from app.wallet import service as wallet
from app.wallet.models import Wallet
from app.wallet.rules import Fee, Kind
from tests import factories
from tests.people import CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, SUPERVISOR, actor_for


@pytest.fixture
def purse(session: Any, filed: Any) -> Wallet:
    """Balaji's wallet with Rs 50,000, and three drafts to pay for."""
    for _ in range(3):
        filed()
    row: Wallet = session.query(Wallet).filter_by(exporter_id=actor_for(session, EXPORTER).exporter_id).one()
    return row


def heard(session: Any, email: str) -> list[str]:
    """What somebody was told about little money."""
    mine = select(Notice.text).where(Notice.kind == "LOW", Notice.user_id == actor_for(session, email).user_id)
    return list(session.scalars(mine.order_by(Notice.id)))


def spend(session: Any, purse: Wallet, number: int, paise: int) -> None:
    """Set this much aside for one of the drafts."""
    from app.applications.models import Application

    pk = session.scalars(select(Application.id).order_by(Application.id.desc())).all()[number]
    wallet.hold(session, purse.exporter_id, pk, Fee(paise, 0), SYSTEM_ACTOR)
    session.commit()


def pay_in(session: Any, purse: Wallet, paise: int, reference: str) -> None:
    wallet.credit(session, purse.exporter_id, paise, SYSTEM_ACTOR, kind=Kind.TOPUP, reference=reference)
    session.commit()


def test_told_once_for_each_fall(app: Any, session: Any, purse: Wallet) -> None:
    """Below: everybody is told, once. Lower still: silence. Filled up and below again: told again. The trail has both."""
    spend(session, purse, 0, 4_900_001)
    factories.run_jobs(app)
    said = "The wallet has ₹999.99 available, less than ₹1,000.00. Top it up in good time."
    assert heard(session, EXPORTER) == heard(session, CLERK) == [said]
    assert session.scalars(select(Mail.subject).where(Mail.recipient == EXPORTER)).all() == [said]
    assert heard(session, OTHER_EXPORTER) == []
    spend(session, purse, 1, 50_000)
    factories.run_jobs(app)
    assert len(heard(session, EXPORTER)) == 1
    pay_in(session, purse, 100_000, "again")
    spend(session, purse, 2, 100_000)
    factories.run_jobs(app)
    assert len(heard(session, EXPORTER)) == 2
    assert {row.kind for row in session.query(Job).filter(Job.kind == low.LOW)} == {"wallet.low"}
    events = session.scalars(select(AuditEvent).where(AuditEvent.event == low.IS_LOW)).all()
    assert [event.exporter_id for event in events] == [purse.exporter_id] * 2


def test_money_that_comes_first_makes_it_needless(app: Any, session: Any, purse: Wallet) -> None:
    """Between the fall and the job somebody topped up: nobody is alarmed."""
    spend(session, purse, 0, 4_950_000)
    pay_in(session, purse, 500_000, "in time")
    factories.run_jobs(app)
    assert heard(session, EXPORTER) == []


def test_exactly_the_mark_is_enough_and_a_mark_of_zero_is_never(app: Any, session: Any, purse: Wallet) -> None:
    spend(session, purse, 0, 4_900_000)
    low.set_mark(session, purse, actor_for(session, EXPORTER), 0)
    session.commit()
    spend(session, purse, 1, 100_000)
    factories.run_jobs(app)
    assert (purse.available_paise, heard(session, EXPORTER)) == (0, [])


def test_the_firm_sets_its_own_mark(app: Any, session: Any, purse: Wallet, login: Any, api: Any) -> None:
    """By page and by REST; back to what DGFT has set; told at the new mark."""
    assert login(EXPORTER).post(f"/walletview/low/{purse.id}", data={"low": "20,000"}).status_code == 302
    session.expire_all()
    assert low.mark(purse) == 2_000_000
    assert api(EXPORTER).put(f"/wallets/{purse.id}", {"low_paise": 4_000_000}).json["result"]["mark_paise"] == 4_000_000
    session.expire_all()
    spend(session, purse, 0, 1_100_000)
    factories.run_jobs(app)
    assert len(heard(session, EXPORTER)) == 1
    assert api(EXPORTER).put(f"/wallets/{purse.id}", {"low_paise": None}).json["result"]["mark_paise"] == 100_000
    login(EXPORTER).post(f"/walletview/low/{purse.id}", data={"low": "a lot"})
    session.expire_all()
    assert low.mark(purse) == 100_000


def test_nobody_else_sets_it(session: Any, purse: Wallet, login: Any, api: Any) -> None:
    for email, error in ((CLERK, NotAllowed), (OTHER_EXPORTER, NotFound), (OFFICER, NotFound), (SUPERVISOR, NotAllowed)):
        with pytest.raises(error):
            low.set_mark(session, purse, actor_for(session, email), 100)
    for email, status in ((CLERK, 403), (OTHER_EXPORTER, 404), (OFFICER, 403), (SUPERVISOR, 403)):
        assert api(email).put(f"/wallets/{purse.id}", {"low_paise": 100}).status_code == status
        assert login(email).post(f"/walletview/low/{purse.id}", data={"low": "1"}).status_code == status
    with pytest.raises(InvalidInput):
        low.set_mark(session, purse, actor_for(session, EXPORTER), -1)
    for body in ({}, {"low_paise": "100"}, {"low_paise": True}, {"low_paise": -1}, {"low_paise": 2**40}, [], {"x": 1}):
        assert api(EXPORTER).put(f"/wallets/{purse.id}", body).status_code == 422
    session.expire_all()
    assert purse.low_paise is None


def test_the_statement_over_rest(session: Any, purse: Wallet, api: Any) -> None:
    """As data in paise and as a table; the other firm has its own; DGFT names the firm; nonsense is refused."""
    spend(session, purse, 0, 20_000)
    mine = api(EXPORTER)
    told = mine.get("/wallets/statement").json["result"]
    assert told["iec"] == purse.iec
    assert told["closing_paise"] == told["opening_paise"] + sum(line["amount_paise"] for line in told["lines"]) == 5_000_000
    assert [line["kind"] for line in told["lines"]][-1] == "HOLD"
    table = mine.get("/wallets/statement.csv")
    assert table.mimetype == "text/csv"
    assert table.text.splitlines()[0].startswith("When,What,Application,Certificate")
    assert api(SUPERVISOR).get(f"/wallets/statement?firm={purse.exporter_id}").json["result"]["iec"] == purse.iec
    assert api(OTHER_EXPORTER).get(f"/wallets/statement?firm={purse.exporter_id}").status_code == 404
    assert api(OFFICER).get("/wallets/statement").status_code == 403
    for asked in ("first=yesterday", "first=2026-02-02&last=2026-01-01", "firm=x", "first=2020-01-01&last=2026-01-01"):
        assert mine.get(f"/wallets/statement?{asked}").status_code == 422, asked
        assert mine.get(f"/wallets/statement.csv?{asked}").status_code == 422, asked
