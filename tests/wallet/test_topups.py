"""Money comes in once for one payment, and a message that is not to be believed changes nothing but the record of it."""

import hashlib
import json
import random
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound
from app.infra.db import transaction
from app.notices.models import Notice
from app.wallet import gateway, jobs, proof, service, topups
from app.wallet.models import GatewayMessage, TopUp
from app.wallet.rules import LEAST_PAISE, MOST_PAISE, Account, TopUpStatus
from tests import states
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, SUPERVISOR, actor_for
from tests.wallet.gateway import message, say, signed

RS_1000 = 100_000
OPENING = 5_000_000
ALARM = {"notice", "mail", "job"}  # DGFT is told of a payment that was not credited


@pytest.fixture
def ordered(session: Any) -> TopUp:
    """An order of Balaji over Rs 1,000 that the gateway knows."""
    with transaction(session):
        topup = topups.create(session, actor_for(session, EXPORTER), RS_1000)
        topups.placed(session, topup)
    return topup


def available(session: Any, email: str = EXPORTER) -> int:
    session.expire_all()
    return service.open_wallet(session, actor_for(session, email).exporter_id or 0).available_paise


def outcomes(session: Any) -> list[str]:
    return [row.outcome for row in session.scalars(select(GatewayMessage).order_by(GatewayMessage.id))]


def at(moment: Any) -> int:
    return int(moment.timestamp())


def test_scenario_28_a_success_callback_delivered_three_times_credits_once(app: Flask, session: Any, ordered: TopUp) -> None:
    """Given a gateway success callback delivered three times, then one credit (S23)."""
    body = message(ordered)
    answers = [say(app, body) for _ in range(3)]
    assert [(answer.status_code, answer.json["outcome"]) for answer in answers] == [
        (200, "credited"), (200, "repeated"), (200, "repeated"),
    ]  # fmt: skip
    assert available(session) == OPENING + RS_1000
    assert (ordered.status, ordered.gateway_payment_id) == ("SUCCESS", f"PAY-{ordered.id}")
    assert outcomes(session) == ["credited", "repeated", "repeated"]
    assert list(service.prove(session)) == []


def test_the_firm_hears_of_it(app: Flask, session: Any, ordered: TopUp, login: Any) -> None:
    """A line on the bell, and the page that was shown while it was open says it now."""
    page = f"/wallet/topups/show/{ordered.id}"
    browser = login(CLERK)
    assert "Not paid yet, as far as we know." in browser.get(page).text
    say(app, message(ordered))
    assert "₹1,000.00 were added to the wallet." in browser.get(page).text
    assert "₹1,000.00 were added to the wallet." in browser.get("/notices/").text


def test_the_page_one_comes_back_to_looks_again_by_itself(app: Flask, ordered: TopUp, login: Any) -> None:
    """For a minute, as long as nothing is known, with and without script; opened later, or once it is paid, it stands still."""
    page, browser = f"/wallet/topups/show/{ordered.id}", login(CLERK)
    first = browser.get(f"{page}?back=1").text
    assert f'<noscript><meta http-equiv="refresh" content="20; url={page}?back=2"></noscript>' in first
    assert "topup.js" in first
    assert "data-waits" in first
    assert f'url={page}?back=4"' in browser.get(f"{page}?back=3").text
    for said in ("", "?back=", "?back=4", "?back=0", "?back=-1", "?back=²", "?back=1e9"):
        stands = browser.get(page + said).text
        assert 'http-equiv="refresh"' not in stands, said
        assert "data-waits" not in stands, said
    say(app, message(ordered))
    assert 'http-equiv="refresh"' not in browser.get(f"{page}?back=1").text


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "too little": ({"amount_paise": RS_1000 - 1}, "the order is for 100000 paise INR"),
    "too much": ({"amount_paise": RS_1000 + 1}, "the order is for 100000 paise INR"),
    "another currency": ({"currency": "USD"}, "100000 paise USD"),
    "an order that is none": ({"order_id": "UDG-0"}, "no order of ours"),
    "an old message": ({"at": at(clock.now() - timedelta(days=1))}, "too old"),
    "from the future": ({"at": at(clock.now() + timedelta(days=1))}, "too old"),
    "without its moment": ({"at": None}, "whole numbers"),
    "a fraction": ({"amount_paise": 100_000.0}, "whole numbers"),
    "a text": ({"amount_paise": "100000"}, "whole numbers"),
    "a truth": ({"amount_paise": True}, "whole numbers"),
    "below zero": ({"amount_paise": -RS_1000}, "whole numbers"),
    "no payment number": ({"payment_id": ""}, "a payment without its number"),
    "an unknown status": ({"status": "PAID"}, "the status is none of"),
    "our own words thrown back": ({"kind": "order"}, "no message of the kind payment"),
    "an answer sent as a message": ({"kind": "state"}, "no message of the kind payment"),
    "a number for an order": ({"order_id": 7}, "short texts"),
}  # fmt: skip

# Money that was paid and fits no order: in the books, and in no wallet (test_suspense.py).
IN_SUSPENSE = {"too little", "too much", "an order that is none"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_message_changes_nothing_but_the_record(app: Flask, session: Any, ordered: TopUp, name: str) -> None:
    """Signed or not: what does not fit is kept with the reason, and nothing else is touched."""
    changes, why = FAULTS[name]
    before = states.picture(app)
    answer = say(app, message(ordered, **changes))
    assert (answer.status_code, why in answer.json["detail"]) == (400, True), answer.json
    booked = {"ledger_movement", "ledger_entry"} if name in IN_SUSPENSE else set()
    assert (
        set(states.changed(before, states.picture(app))) - ALARM - {"audit_event", "audit_head"} == {"gateway_message"} | booked
    )
    assert outcomes(session) == ["refused"]


@pytest.mark.parametrize("way", ["none", "wrong", "of other bytes", "not hexadecimal"])
def test_a_message_without_the_signature_is_kept_and_not_believed(app: Flask, ordered: TopUp, way: str) -> None:
    """Everything in it may be right: without the signature it is nobody's word."""
    body = message(ordered)
    headers = {
        "none": {}, "wrong": {gateway.SIGNATURE: "0" * 64}, "of other bytes": signed(app, body + b" "),
        "not hexadecimal": {gateway.SIGNATURE: "ü" * 64},
    }[way]  # fmt: skip
    before = states.picture(app)
    answer = say(app, body, headers)
    assert (answer.status_code, "signature" in answer.json["detail"]) == (400, True)
    assert states.changed(before, states.picture(app)) == ["gateway_message"]


@pytest.mark.parametrize("body", [b"", b"\0", b"{", b"[]", b"null", b"\xff\xfe", b'{"kind":"payment","kind":"payment"}'])
def test_signed_nonsense_is_kept_and_refused(app: Flask, ordered: TopUp, body: bytes) -> None:
    """Not even a broken gateway breaks us."""
    before = states.picture(app)
    assert say(app, body).status_code == 400
    assert states.changed(before, states.picture(app)) == ["gateway_message"]


def test_a_flood_without_signature_is_not_kept_for_ever(app: Flask, session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are kept as evidence; a true message still comes through."""
    from app.wallet import gateway_view

    monkeypatch.setattr(gateway_view, "UNBELIEVED_PER_MINUTE", 3)
    monkeypatch.setitem(app.config, "REDIS_URL", "")
    app.extensions.pop("udgam_count", None)
    with clock.travel(clock.now()):
        assert [say(app, b"{}", {}).status_code for _ in range(5)].count(429) >= 1
    assert len(outcomes(session)) <= 4
    assert say(app, b"x" * (gateway.MOST_BYTES + 1)).status_code == 413


def test_little_is_kept_of_what_a_stranger_sends(app: Flask, session: Any, ordered: TopUp) -> None:
    """Anybody may send it, so it must not fill the disk; the hash is that of all of it. What is signed is kept whole."""
    long = message(ordered, status="OPEN", note="x" * 10_000)
    assert say(app, long, {}).status_code == 400
    assert say(app, long).status_code == 200
    rows = session.scalars(select(GatewayMessage).order_by(GatewayMessage.id)).all()
    assert [len(row.body) for row in rows] == [topups.OF_A_STRANGER, len(long)]
    assert {row.body_sha256 for row in rows} == {hashlib.sha256(long).hexdigest()}


def test_a_payment_is_credited_for_one_order_only(app: Flask, session: Any, ordered: TopUp) -> None:
    """The number of a payment that was credited before credits nothing else."""
    with transaction(session):
        other = topups.create(session, actor_for(session, OTHER_EXPORTER), RS_1000)
    say(app, message(ordered))
    before = states.picture(app)
    answer = say(app, message(other, payment_id=f"PAY-{ordered.id}"))
    assert (answer.status_code, "credited before" in answer.json["detail"]) == (400, True)
    assert set(states.changed(before, states.picture(app))) - ALARM == {"gateway_message"}


@pytest.mark.parametrize(
    ("first", "then", "why"),
    [({"status": "FAILED", "payment_id": ""}, {}, "had said that the payment failed"), ({}, {"payment_id": "PAY-2"}, "another payment"),
     ({"status": "OPEN"}, {"amount_paise": 90_000}, "the payment is 90000 paise"), ({}, {"order_id": "UDG-0"}, "no order of ours")],
)  # fmt: skip
def test_money_that_was_taken_and_not_credited_is_told_to_dgft(
    app: Flask, session: Any, ordered: TopUp, first: Any, then: Any, why: str
) -> None:
    """Nobody reads a table of messages by himself: each supervisor hears of it, once, however often the gateway says it."""
    say(app, message(ordered, **first))
    before = available(session)
    for _ in range(3):
        assert say(app, message(ordered, **then)).status_code == 400
    told = session.scalars(select(Notice.text).where(Notice.text.like("A payment of %"))).all()
    assert (len(told), why in told[0]) == (len(proof.supervisors(session)), True)
    assert available(session) == before
    say(app, message(ordered, order_id="UDG-1"), {})
    assert len(session.scalars(select(Notice.text).where(Notice.text.like("A payment of %"))).all()) == len(told), "not signed"


def test_an_order_paid_twice_is_credited_once_and_seen_by_dgft(app: Flask, session: Any, ordered: TopUp, login: Any) -> None:
    """The second payment is kept for a person to look at."""
    say(app, message(ordered))
    assert "another payment" in say(app, message(ordered, payment_id="PAY-second")).json["detail"]
    assert available(session) == OPENING + RS_1000
    assert "another payment" in login(SUPERVISOR).get("/wallet/messages/list/").text


def test_a_message_that_overtakes_our_own_note_counts(app: Flask, session: Any) -> None:
    """The gateway may speak before we have written down that it knows the order, and before the browser is back."""
    with transaction(session):
        topup = topups.create(session, actor_for(session, EXPORTER), RS_1000)
    assert say(app, message(topup)).json["outcome"] == "credited"
    with transaction(session):
        topups.placed(session, topup)
    assert (topup.status, available(session)) == ("SUCCESS", OPENING + RS_1000)


@pytest.mark.parametrize("ending", ["expired", "cancelled"])
def test_a_late_payment_is_credited_once(app: Flask, session: Any, ordered: TopUp, ending: str) -> None:
    """After 30 minutes, or after somebody gave the order up: the money is there, so it counts."""
    with transaction(session), clock.travel(clock.now() + timedelta(minutes=31)):
        if ending == "expired":
            assert topups.expire(session, ordered)
        else:
            topups.cancel(session, ordered, actor_for(session, CLERK))
    assert ordered.status == TopUpStatus.EXPIRED
    assert [say(app, message(ordered)).json["outcome"] for _ in range(2)] == ["credited", "repeated"]
    assert (ordered.status, available(session)) == ("SUCCESS", OPENING + RS_1000)


def test_a_failed_payment_takes_nothing_and_is_final(app: Flask, session: Any, ordered: TopUp) -> None:
    """And what the gateway says differently afterwards is kept for a person."""
    assert say(app, message(ordered, status="FAILED", payment_id="")).json["outcome"] == "noted"
    assert (ordered.status, available(session)) == ("FAILED", OPENING)
    assert "a person must look" in say(app, message(ordered)).json["detail"]
    assert available(session) == OPENING


def test_a_thousand_messages_credit_each_paid_order_once(app: Flask, session: Any) -> None:
    """Orders, their messages three times over, altered ones among them, in any order."""
    dice, ours = random.Random(28), []
    with transaction(session), clock.travel(clock.now()):
        for number in range(topups.MOST_OPEN):
            ours.append(topups.create(session, actor_for(session, EXPORTER), LEAST_PAISE + number))
    letters = [(message(topup), True) for topup in ours for _ in range(30)]
    letters += [(message(topup, amount_paise=topup.amount_paise + 1), True) for topup in ours for _ in range(10)]
    letters += [(message(topup), False) for topup in ours for _ in range(10)]
    dice.shuffle(letters)
    for body, is_true in letters:
        with transaction(session):
            topups.hear(session, body, signed(app, body)[gateway.SIGNATURE] if is_true else "0" * 64)
    assert len(outcomes(session)) == len(letters) == 1000
    assert available(session) == OPENING + sum(topup.amount_paise for topup in ours)
    assert outcomes(session).count("credited") == len(ours)
    assert list(service.prove(session)) == []


# --- ordering ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paise", [LEAST_PAISE - 1, MOST_PAISE + 1, 0, -RS_1000])
def test_an_amount_out_of_bounds_is_refused(session: Any, paise: int) -> None:
    """Rs 100 to Rs 5 lakh (rule 4.11)."""
    with pytest.raises(InvalidInput, match=r"A top-up is from ₹100.00 to ₹5,00,000.00"):
        topups.create(session, actor_for(session, EXPORTER), paise)


@pytest.mark.parametrize("paise", [LEAST_PAISE, MOST_PAISE])
def test_the_bounds_themselves_are_possible(session: Any, paise: int) -> None:
    """Both ends belong to it."""
    assert topups.create(session, actor_for(session, CLERK), paise).status == "CREATED"


@pytest.mark.parametrize("who", [ADMIN, OFFICER, SUPERVISOR])
def test_only_the_firm_orders(session: Any, who: str) -> None:
    """Nobody else pays in for it."""
    with pytest.raises(NotAllowed):
        topups.create(session, actor_for(session, who), RS_1000)


def test_nobody_cancels_the_neighbours_order(session: Any, ordered: TopUp) -> None:
    """It is not even there."""
    with pytest.raises(NotFound):
        topups.cancel(session, ordered, actor_for(session, OTHER_EXPORTER))


def test_too_many_orders_at_once_are_refused(session: Any) -> None:
    """Pay or cancel one first."""
    actor = actor_for(session, EXPORTER)
    for _ in range(topups.MOST_OPEN):
        topups.create(session, actor, RS_1000)
    with pytest.raises(BusinessError, match="under way already"):
        topups.create(session, actor, RS_1000)


def test_without_a_gateway_topping_up_is_closed(session: Any, app: Flask, login: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence, no button, and no row."""
    monkeypatch.setitem(app.config, "GATEWAY", "none")
    page = login(EXPORTER).post("/wallet/topup", data={"amount": "1000"})
    assert (page.status_code, "Topping up is switched off here." in page.text) == (422, True)
    assert session.query(TopUp).count() == 0


WRONG_AMOUNTS = ["99.99", "5,00,000.01", "-1000", "1e5", "NaN", "1000.001", "", "१०००", "1,00", "0x64", "1000 INR"]


@pytest.mark.parametrize("amount", WRONG_AMOUNTS)
def test_what_is_no_amount_is_told_at_its_field(session: Any, login: Any, amount: str) -> None:
    """And what was typed stays; nothing is ordered."""
    page = login(EXPORTER).post("/wallet/topup", data={"amount": amount})
    assert (page.status_code, 'id="amount-error"' in page.text) == (422, True)
    assert session.query(TopUp).count() == 0


def test_a_usual_amount_needs_one_press(session: Any, login: Any) -> None:
    """A browser sends the empty field along with the button."""
    assert login(EXPORTER).post("/wallet/topup", data={"amount": "", "usual": "5000"}).status_code == 302
    assert session.query(TopUp).one().amount_paise == 500_000


def test_a_gateway_that_is_silent_leaves_the_order_to_be_placed_later(session: Any, login: Any) -> None:
    """Row first: the page says that nothing was taken and offers to try again."""
    answer = login(EXPORTER).post("/wallet/topup", data={"amount": "1,000"}, follow_redirects=True)
    assert "The payment gateway does not know this order yet." in answer.text
    assert "The payment gateway does not answer just now." in answer.text
    assert session.query(TopUp).one().status == "CREATED"


def test_an_order_that_nobody_pays_expires_by_itself(app: Flask, session: Any, ordered: TopUp, run_jobs: Any) -> None:
    """Even when the gateway never answers: after 30 minutes wallet.reconcile closes it, and not before."""
    from app.infra import queue

    for minutes, status in ((2, "PENDING"), (31, "EXPIRED")):
        with clock.travel(clock.now() + timedelta(minutes=minutes)):
            with transaction(session):
                queue.promise(session, jobs.RECONCILE, f"again:{minutes}")
            run_jobs()
        session.expire_all()
        assert ordered.status == status
    assert available(session) == OPENING


def test_the_way_of_an_api_client(app: Flask, session: Any, api: Any) -> None:
    """Order once for an Idempotency-Key, pay at the address, read what became of it, cancel another."""
    firm, key = api(EXPORTER), {"Idempotency-Key": "topup-1"}
    first = firm.post("/wallets/topups", {"amount_paise": RS_1000}, headers=key)
    again = firm.post("/wallets/topups", {"amount_paise": RS_1000}, headers=key)
    assert (first.status_code, again.json) == (201, first.json)
    assert first.json["result"]["pay_url"].endswith(session.query(TopUp).one().gateway_order_id)
    say(app, message(session.query(TopUp).one()))
    assert firm.get(f"/topups/{first.json['id']}").json["result"]["status"] == "SUCCESS"
    other = firm.post("/wallets/topups", {"amount_paise": RS_1000}).json["id"]
    assert firm.post(f"/topups/{other}/cancel").json["result"]["status"] == "EXPIRED"
    assert firm.post(f"/topups/{other}/pay").status_code == 404
    assert api(OTHER_EXPORTER).get("/topups/").json["count"] == 0
    for wrong in ({}, {"amount_paise": "1000"}, {"amount_paise": 1e5}, {"amount_paise": RS_1000, "status": "SUCCESS"}, []):
        assert firm.post("/wallets/topups", wrong).status_code == 422, json.dumps(wrong)


def test_what_comes_in_comes_from_the_gateway_account(app: Flask, session: Any, ordered: TopUp) -> None:
    """Double entry: the gateway's account goes down by what the wallet goes up."""
    from app.wallet.models import LedgerEntry, LedgerMovement

    say(app, message(ordered))
    move = session.query(LedgerMovement).filter_by(reference=f"topup:{ordered.id}").one()
    entries = session.query(LedgerEntry).filter_by(movement_id=move.id).order_by(LedgerEntry.amount_paise)
    assert [(row.account, row.amount_paise) for row in entries] == [(Account.GATEWAY, -RS_1000), (Account.WALLET, RS_1000)]


@pytest.mark.parametrize(("seconds", "status"), [(-299, 200), (299, 200), (-301, 400), (301, 400)])
def test_a_message_is_good_for_five_minutes(app: Flask, session: Any, ordered: TopUp, seconds: int, status: int) -> None:
    """Before and after, because clocks differ."""
    now = clock.now().replace(microsecond=0)
    with clock.travel(now):
        assert say(app, message(ordered, at=at(now + timedelta(seconds=seconds)))).status_code == status
