"""Money that fits no order is in the books all the same: once, seen by DGFT alone, and settled by a person, once."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.errors import BusinessError, InvalidInput, NotAllowed
from app.wallet import proof, service, suspense, topups
from app.wallet.models import LedgerEntry, LedgerMovement, TopUp
from app.wallet.rules import Account
from tests.own_database import at_once
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, SUPERVISOR, actor_for
from tests.wallet.gateway import message, say

REASON = "The bank's letter of 26 November names the firm."


@pytest.fixture
def ordered(session: Any) -> TopUp:
    """An order of Rs 500 that the gateway knows."""
    made = topups.create(session, actor_for(session, EXPORTER), 50_000)
    topups.placed(session, made)
    session.commit()
    return made


def stands(session: Any) -> int:
    """Paise in SUSPENSE."""
    session.expire_all()
    return int(
        session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount_paise), 0)).where(LedgerEntry.account == "SUSPENSE"))
    )


def line(session: Any) -> LedgerEntry:
    """The line of the payment that waits."""
    query = select(LedgerEntry).where(LedgerEntry.account == "SUSPENSE", LedgerEntry.amount_paise > 0)
    found: LedgerEntry = session.scalars(query).one()
    return found


def available(session: Any) -> int:
    """What the firm may spend."""
    session.expire_all()
    return service.open_wallet(session, actor_for(session, EXPORTER).exporter_id or 0).available_paise


@pytest.mark.parametrize(
    ("before", "said", "paise"),
    [
        ([], {"amount_paise": 40_000}, 40_000),  # less than was ordered
        ([{"status": "FAILED", "payment_id": ""}], {}, 50_000),  # after a failure
        ([{}], {"payment_id": "PAY-second"}, 50_000),  # paid twice
        ([], {"order_id": "UDG-nobody-knows-it"}, 50_000),  # an order that is none of ours
    ],
)
def test_what_fits_no_order_is_booked_once(
    app: Any, session: Any, ordered: TopUp, before: list[dict[str, Any]], said: dict[str, Any], paise: int
) -> None:
    """Told three times, booked once; no wallet moves; supervisors hear of it; the books are whole."""
    for earlier in before:
        say(app, message(ordered, **earlier))
    purse = available(session)
    for _ in range(3):
        assert say(app, message(ordered, **said)).status_code == 400
    assert stands(session) == paise
    assert available(session) == purse
    assert list(proof.prove(session)) == []
    assert line(session).movement.note.startswith(f"{said.get('order_id', ordered.gateway_order_id)}: ")


@pytest.mark.parametrize(
    "said",
    [{"amount_paise": 40_000, "currency": "USD"}, {"payment_id": ""}, {"status": "FAILED", "payment_id": ""}, {"status": "OPEN"}],
)
def test_what_is_no_payment_in_rupees_is_only_kept_as_a_message(
    app: Any, session: Any, ordered: TopUp, said: dict[str, Any]
) -> None:
    """Nothing is booked that cannot be counted."""
    say(app, message(ordered, **said))
    assert stands(session) == 0


def test_a_message_that_is_not_the_gateways_books_nothing(app: Any, session: Any, ordered: TopUp) -> None:
    """Without the signature it is nobody's word."""
    assert say(app, message(ordered, amount_paise=1), {"Content-Type": "application/json"}).status_code == 400
    assert stands(session) == 0


def test_a_payment_that_fits_after_all_leaves_suspense(app: Any, session: Any, ordered: TopUp) -> None:
    """First a wrong amount, then the right one under the same payment number: credited once, and nothing waits any more."""
    purse = available(session)
    say(app, message(ordered, amount_paise=40_000))
    for _ in range(2):
        assert say(app, message(ordered)).status_code == 200
    assert (available(session), stands(session)) == (purse + 50_000, 0)
    assert list(proof.prove(session)) == []


def test_what_a_person_has_settled_is_not_credited_again(app: Any, session: Any, ordered: TopUp) -> None:
    """The right message comes after DGFT has credited the firm by hand: refused."""
    purse = available(session)
    say(app, message(ordered, amount_paise=40_000))
    suspense.settle(session, line(session), actor_for(session, SUPERVISOR), iec="AABCS4821K", reason=REASON)
    session.commit()
    assert say(app, message(ordered)).status_code == 400
    assert (available(session), stands(session)) == (purse + 40_000, 0)


def test_dgft_credits_a_firm_or_notes_that_it_went_back_once(app: Any, session: Any, ordered: TopUp) -> None:
    """The wallet gets it and the firm is told; a second settlement is refused, whichever way."""
    supervisor, purse = actor_for(session, SUPERVISOR), available(session)
    say(app, message(ordered, amount_paise=40_000))
    suspense.settle(session, line(session), supervisor, iec=" aabcs4821k ", reason=REASON)
    session.commit()
    assert (available(session), stands(session)) == (purse + 40_000, 0)
    for iec in ("AABCS4821K", ""):
        with pytest.raises(BusinessError, match="settled before"):
            suspense.settle(session, line(session), supervisor, iec=iec, reason=REASON)
    assert list(proof.prove(session)) == []


def test_given_back_by_the_gateway_no_wallet_moves(app: Any, session: Any, ordered: TopUp) -> None:
    """It leaves the books as it came."""
    purse = available(session)
    say(app, message(ordered, amount_paise=40_000))
    suspense.settle(session, line(session), actor_for(session, SUPERVISOR), iec="", reason=REASON)
    session.commit()
    assert (available(session), stands(session)) == (purse, 0)


def test_an_adjustment_gives_and_takes_and_never_goes_below_zero(session: Any) -> None:
    """Against the account DGFT; pressed twice it is made once; without a reason, by others or beyond the purse it is refused."""
    supervisor, firm, purse = actor_for(session, SUPERVISOR), actor_for(session, EXPORTER).exporter_id or 0, available(session)
    suspense.adjust(session, firm, supervisor, paise=12_345, reason=REASON, once="a")
    suspense.adjust(session, firm, supervisor, paise=-345, reason=REASON, once="b")
    assert available(session) == purse + 12_000
    with pytest.raises(BusinessError, match="made before"):
        suspense.adjust(session, firm, supervisor, paise=12_345, reason=REASON, once="a")
    with pytest.raises(BusinessError, match="below zero"):
        suspense.adjust(session, firm, supervisor, paise=-purse - 12_001, reason=REASON, once="c")
    for paise, reason in ((0, REASON), (50_000_001, REASON), (100, "short")):
        with pytest.raises(InvalidInput):
            suspense.adjust(session, firm, supervisor, paise=paise, reason=reason, once="d")
    for email in (EXPORTER, CLERK, OFFICER, ADMIN):
        with pytest.raises(NotAllowed):
            suspense.adjust(session, firm, actor_for(session, email), paise=100, reason=REASON, once="e")
    dgft = session.scalar(select(func.sum(LedgerEntry.amount_paise)).where(LedgerEntry.account == Account.DGFT.value))
    assert dgft == -12_000
    assert list(proof.prove(session)) == []


def test_the_screens(app: Any, session: Any, ordered: TopUp, login: Any) -> None:
    """DGFT settles and adjusts by form, and a page posted twice books once; nobody else opens either."""
    purse = available(session)
    say(app, message(ordered, amount_paise=40_000))
    pk, wallet = line(session).id, service.open_wallet(session, actor_for(session, EXPORTER).exporter_id or 0).id
    for email in (EXPORTER, OFFICER, ADMIN):
        for address in (f"/wallet/suspense/{pk}", f"/wallet/adjust/{wallet}"):
            assert login(email).get(address).status_code in {302, 403, 404}, (email, address)
    dgft = login(SUPERVISOR)
    assert "Settle this payment" in dgft.get(f"/ledgerview/show/{pk}").text
    assert "There is no firm" in dgft.post(f"/wallet/suspense/{pk}", data={"iec": "AAAAA0000A", "reason": REASON}).text
    assert dgft.post(f"/wallet/suspense/{pk}", data={"iec": "AABCS4821K", "reason": REASON}).status_code == 302
    assert dgft.get(f"/wallet/suspense/{pk}").status_code == 404  # settled
    page = {"once": "f" * 32, "amount": "-200", "reason": REASON}
    assert dgft.post(f"/wallet/adjust/{wallet}", data=page).status_code == 302
    assert "made before" in dgft.post(f"/wallet/adjust/{wallet}", data=page).text
    assert dgft.post(f"/wallet/adjust/{wallet}", data=page | {"once": "g" * 32, "amount": "1e9"}).status_code == 422
    assert available(session) == purse + 40_000 - 20_000
    assert "Payment that fits no order" in login(EXPORTER).get("/wallet/statement").text


def test_two_supervisors_settle_at_once(app: Any, own: Any) -> None:
    """One is first; the money is there once."""
    from app.infra.db import db

    with app.app_context():
        made = topups.create(db.session, actor_for(db.session, EXPORTER), 50_000)
        db.session.commit()
        say(app, message(made, order_id="UDG-nobody-knows-it"))
        pk = line(db.session).id
        db.session.commit()

    def press() -> Any:
        entry = db.session.get_one(LedgerEntry, pk)
        return suspense.settle(db.session, entry, actor_for(db.session, SUPERVISOR), iec="AABCS4821K", reason=REASON).id

    told = at_once(app, press, press)
    assert sum(isinstance(one, int) for one in told) == 1, told
    with app.app_context():
        settled = select(func.count()).select_from(LedgerMovement).where(LedgerMovement.reference == f"settled:entry:{pk}")
        assert db.session.scalar(settled) == 1
        assert list(proof.prove(db.session)) == []
        db.session.rollback()
