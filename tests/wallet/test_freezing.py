"""DGFT freezes a firm's wallet: nothing new is paid from it, what is under way goes on, and no rupee moves or is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.core.errors import BusinessError, NotAllowed, NotFound, WrongState
from app.infra.db import db, transaction
from app.notices.models import Notice
from app.notices.service import shortened
from app.wallet import freezing, low, service, topups
from app.wallet.models import Wallet
from app.wallet.rules import WALLET_LIFE, Payment, WalletStatus
from tests import factories
from tests.desk import Desk
from tests.own_database import at_once
from tests.people import ADMIN, CLERK, EVERYBODY, EXPORTER, OFFICER, OTHER_EXPORTER, SUPERVISOR, actor_for

WHY = "The firm is under investigation, order 12/2026."
DONE = "The investigation has ended without finding."


@pytest.fixture
def desk(session: Any, app: Flask) -> Desk:
    """Moves and questions of the cast."""
    return Desk(session, app)


def purse(session: Any, email: str = EXPORTER) -> Wallet:
    """The wallet of this person's firm as it is now."""
    session.expire_all()
    found: Wallet = session.scalars(
        select(Wallet).where(Wallet.exporter_id == actor_for(session, email).exporter_id), execution_options={"unscoped": True}
    ).one()
    return found


def move(session: Any, name: str, reason: str = WHY, who: str = SUPERVISOR) -> None:
    """One move of Balaji's wallet, committed."""
    with transaction(session):
        freezing.VERBS[name](session, purse(session), actor_for(session, who), reason=reason)


def test_the_table_knows_every_state_and_each_move_has_its_verb() -> None:
    assert set(WALLET_LIFE.states) == set(WalletStatus)
    assert set(freezing.VERBS) == set(WALLET_LIFE.names)


def test_frozen_it_pays_nothing_new_and_what_is_under_way_goes_on(
    session: Any, desk: Desk, filed: Callable[..., int], run_jobs: Any
) -> None:
    """A draft stays a draft, a top-up is refused, a fee set aside is taken, a payment that comes late is credited."""
    draft, under_way = filed(), filed("UNDER_REVIEW")
    with transaction(session):
        order = topups.create(session, actor_for(session, EXPORTER), 100_000)
        topups.placed(session, order)
    move(session, "freeze")
    before = desk.wallet()
    figures = (before.available_paise, before.held_paise)
    with pytest.raises(BusinessError, match="wallet is frozen"):
        desk.move(draft, EXPORTER, "submit")
    with pytest.raises(BusinessError, match="wallet is frozen"):
        topups.create(session, actor_for(session, CLERK), 100_000)
    session.rollback()
    assert (desk.application(draft).status, desk.wallet().available_paise, desk.wallet().held_paise) == ("DRAFT", *figures)
    desk.move(under_way, OFFICER, "approve", origin_criteria_checked=True)
    run_jobs()
    assert (desk.application(under_way).status, desk.fees(under_way)) == ("ISSUED", 1)
    assert desk.wallet().held_paise == figures[1] - 20_000
    with transaction(session):
        topups.follow(session, b"", Payment(order.gateway_order_id, "SUCCESS", "P-77", 100_000, "INR"))
    assert desk.wallet().available_paise == figures[0] + 100_000
    move(session, "thaw", DONE)
    desk.move(draft, EXPORTER, "submit")
    assert desk.application(draft).status == "SUBMITTED"
    assert list(service.prove(session)) == []


def test_the_firm_reads_why_and_the_trail_keeps_it(session: Any, desk: Desk, login: Any) -> None:
    """On the wallet's page, on the bell of each of its people, and nobody else's."""
    move(session, "freeze")
    page = login(CLERK).get("/walletview/list/").text
    assert WHY in page
    assert "Top up</a>" not in page
    told = session.execute(select(Notice.user_id, Notice.text).where(Notice.text.contains(WHY))).all()
    mine = {actor_for(session, EXPORTER).user_id, actor_for(session, CLERK).user_id}
    assert {row.user_id for row in told} == mine
    assert desk.events("wallet frozen") == 1
    move(session, "thaw", DONE)
    assert (purse(session).status, purse(session).frozen_because) == ("ACTIVE", "")
    assert WHY not in login(CLERK).get("/walletview/list/").text


def test_the_firm_is_told_before_it_presses(session: Any, filed: Callable[..., int], login: Any) -> None:
    """On the page of a top-up, which has no form then, and on the last look before submitting."""
    pk = filed()
    move(session, "freeze")
    browser = login(EXPORTER)
    page = browser.get("/wallet/topup").text
    assert WHY in page
    assert 'name="amount"' not in page
    look = browser.get(f"/applications/move/{pk}/submit").text
    assert "DGFT has frozen this wallet." in look
    assert "After submitting the wallet has" not in look


def test_where_certificates_cost_nothing_a_freeze_stops_them_too(
    app: Flask, session: Any, desk: Desk, filed: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fee of zero sets nothing aside, and is refused all the same."""
    monkeypatch.setitem(app.config, "FEE_PAISE", 0)
    pk = filed()
    move(session, "freeze")
    with pytest.raises(BusinessError, match="wallet is frozen"):
        desk.move(pk, EXPORTER, "submit")
    session.rollback()
    assert desk.application(pk).status == "DRAFT"


def test_a_frozen_firm_is_not_asked_to_top_up(session: Any) -> None:
    """Little is left, and nothing could be paid in."""
    move(session, "freeze")
    wallet = purse(session)
    with transaction(session):
        wallet.low_paise = wallet.available_paise + 1
        assert low.tell_firm(session, wallet) is False
    move(session, "thaw", DONE)
    with transaction(session):
        assert low.tell_firm(session, purse(session)) is True


@pytest.mark.parametrize("words", [freezing.FROZEN, freezing.LIFTED])
def test_the_longest_reason_fits_the_bell(words: str) -> None:
    """What the table lets DGFT say is read whole."""
    (reason,) = WALLET_LIFE.rows("freeze")[0].args
    told = words.format(reason="x" * reason.max_length)
    assert shortened(told) == told


def test_only_dgft_and_only_once(session: Any, api: Any, login: Any) -> None:
    """Everybody else is refused on the screen and over REST; a second press changes nothing; a reason is asked for."""
    pk = purse(session).id
    for who in sorted(set(EVERYBODY) - {SUPERVISOR}):
        assert api(who).post(f"/wallets/{pk}/freeze", {"reason": WHY}).status_code == 403, who
        assert login(who).post(f"/walletview/move/{pk}/freeze", data={"reason": WHY}).status_code in (403, 404), who
        assert f"/walletview/move/{pk}/" not in login(who).get(f"/walletview/show/{pk}").text, who
    with pytest.raises((NotAllowed, NotFound)):
        freezing.freeze(session, purse(session), actor_for(session, ADMIN), reason=WHY)
    with pytest.raises((NotAllowed, NotFound)):
        freezing.freeze(session, purse(session), actor_for(session, OTHER_EXPORTER), reason=WHY)
    session.rollback()
    assert purse(session).status == "ACTIVE"
    dgft = api(SUPERVISOR)
    assert dgft.post(f"/wallets/{pk}/freeze", {}).status_code == 422
    assert dgft.post(f"/wallets/{pk}/freeze", {"reason": "short"}).status_code == 422
    assert dgft.post(f"/wallets/{pk}/freeze", {"reason": WHY}).json["result"] == {"status": "FROZEN", "frozen_because": WHY}
    assert dgft.post(f"/wallets/{pk}/freeze", {"reason": WHY}).status_code == 409
    assert dgft.post("/wallets/999999/freeze", {"reason": WHY}).status_code == 404
    with pytest.raises(WrongState):
        move(session, "freeze")
    session.rollback()
    assert api(EXPORTER).get(f"/wallets/{pk}").json["result"]["frozen_because"] == WHY
    browser = login(SUPERVISOR)
    assert f"/walletview/move/{pk}/thaw" in browser.get(f"/walletview/show/{pk}").text
    assert browser.post(f"/walletview/move/{pk}/thaw", data={"reason": DONE}).status_code == 302
    assert purse(session).status == "ACTIVE"


def test_a_freeze_and_a_submission_at_once(app: Flask, own: Engine) -> None:
    """Whichever comes first: the fee is wholly set aside before the freeze, or not at all."""
    with app.app_context():
        pk = factories.filed(app)

        def freeze() -> None:
            freezing.freeze(db.session, purse(db.session), actor_for(db.session, SUPERVISOR), reason=WHY)

        def submit() -> None:
            factories.move(app, pk, EXPORTER, "submit")

        frozen, submitted = at_once(app, freeze, submit)
        assert frozen is None
        assert submitted is None or "wallet is frozen" in str(submitted)
        desk = Desk(db.session, app)
        held, status = desk.wallet().held_paise, desk.application(pk).status
        assert (held, status) in ((20_000, "SUBMITTED"), (0, "DRAFT"))
        assert purse(db.session).status == "FROZEN"
        assert list(service.prove(db.session)) == []
