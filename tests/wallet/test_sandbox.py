"""The sandbox gateway as the process it is: order, pay, fail, lose the message, leave; and the money is where it should be."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.core import clock
from app.infra import queue
from app.infra.db import db, transaction
from app.wallet import asking, gateway, jobs, service, topups
from app.wallet.models import GatewayMessage, TopUp
from tests.factories import run_jobs
from tests.people import EXPORTER, actor_for
from tests.running import until
from tests.wallet.gateway import press, sandbox

RS_1000, OPENING = 100_000, 5_000_000


@pytest.fixture
def address(app: Flask, own: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The sandbox's, with our pages listening for it and commits that are real."""
    with sandbox(app, tmp_path, monkeypatch) as found:
        yield found


class Firm:
    """Balaji at the gateway."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def order(self, *, told: bool = True) -> tuple[int, str]:
        """Order Rs 1,000 and have the gateway told; the order and the page where it is paid."""
        with self.app.app_context():
            with transaction(db.session):
                topup = topups.create(db.session, actor_for(db.session, EXPORTER), RS_1000)
                pk, order_id = topup.id, topup.gateway_order_id
            if told:
                asking.ask(db.session, pk)
            db.session.remove()
            return pk, gateway.the_gateway().page(order_id)

    def ask(self, pk: int) -> Any:
        with self.app.app_context():
            try:
                return asking.ask(db.session, pk)
            finally:
                db.session.remove()

    def status(self, pk: int) -> str:
        with self.app.app_context():
            try:
                return db.session.get_one(TopUp, pk).status
            finally:
                db.session.remove()

    def books(self) -> tuple[int, list[str]]:
        """What is available, and everything that is wrong with the ledger."""
        with self.app.app_context():
            try:
                wallet = service.open_wallet(db.session, actor_for(db.session, EXPORTER).exporter_id or 0)
                return wallet.available_paise, list(service.prove(db.session))
            finally:
                db.session.remove()

    def reconcile(self, minutes: int, kind: str = jobs.RECONCILE) -> None:
        """The regular job, as it runs after so many minutes."""
        with clock.travel(clock.now() + timedelta(minutes=minutes)):
            with self.app.app_context(), transaction(db.session):
                queue.promise(db.session, kind, f"{kind}:{minutes}")
            run_jobs(self.app)


@pytest.fixture
def firm(app: Flask, address: str) -> Firm:
    return Firm(app)


def test_pay_and_come_back(app: Flask, firm: Firm) -> None:
    """The order is placed, the page shows the sum, the message comes by itself, and the way leads back to its page."""
    pk, page = firm.order()
    assert firm.status(pk) == "PENDING"
    with urllib.request.urlopen(page, timeout=60) as shown:
        assert "₹1,000.00" in shown.read().decode()
    assert press(page, "pay") == f"{app.config['BASE_URL']}/wallet/topups/show/{pk}?back=1"
    assert until(lambda: firm.status(pk) == "SUCCESS", 60)
    assert firm.books() == (OPENING + RS_1000, [])
    assert firm.ask(pk).outcome == "repeated"
    press(page, "pay")
    firm.reconcile(5)
    assert firm.books() == (OPENING + RS_1000, [])


def test_a_payment_that_fails(firm: Firm) -> None:
    """Nothing is credited, and the page says so."""
    pk, page = firm.order()
    press(page, "fail")
    assert until(lambda: firm.status(pk) == "FAILED", 60)
    assert firm.books() == (OPENING, [])


def test_a_message_that_never_arrives_is_made_up_for(firm: Firm) -> None:
    """wallet.reconcile asks the gateway for what has been pending for more than a minute."""
    pk, page = firm.order()
    press(page, "lose")
    firm.reconcile(0)
    assert firm.status(pk) == "PENDING"
    firm.reconcile(2)
    assert (firm.status(pk), firm.books()) == ("SUCCESS", (OPENING + RS_1000, []))


def test_a_payment_after_the_order_has_expired_is_found_too(firm: Firm) -> None:
    """wallet.reconcile_late asks for three days about what ended unpaid."""
    pk, page = firm.order()
    press(page, "leave")
    with firm.app.app_context(), clock.travel(clock.now() + timedelta(minutes=31)), transaction(db.session):
        assert topups.expire(db.session, db.session.get_one(TopUp, pk))
    press(page, "lose")
    firm.reconcile(2)
    assert firm.status(pk) == "EXPIRED", "the round of every three minutes asks for what is under way only"
    firm.reconcile(3, jobs.LATE)
    assert (firm.status(pk), firm.books()) == ("SUCCESS", (OPENING + RS_1000, []))


def test_an_order_the_gateway_did_not_hear_of_is_placed_later(firm: Firm) -> None:
    """By the person, or by the job; and one order the gateway does not take does not hold up the others."""
    pk, page = firm.order(told=False)
    assert firm.status(pk) == "CREATED"
    firm.reconcile(2)
    assert firm.status(pk) == "PENDING"
    press(page, "pay")
    assert until(lambda: firm.status(pk) == "SUCCESS", 60)


def test_an_order_unknown_to_the_gateway_does_not_hold_up_the_others(app: Flask, firm: Firm) -> None:
    """A gateway that lost its memory says so for each; the one it knows is credited in the same round."""
    lost, _page = firm.order(told=False)
    with app.app_context(), transaction(db.session):
        topups.placed(db.session, db.session.get_one(TopUp, lost))
    pk, page = firm.order()
    press(page, "lose")
    firm.reconcile(2)
    assert (firm.status(lost), firm.status(pk)) == ("PENDING", "SUCCESS")


def test_nobody_else_orders_or_asks_at_the_sandbox(address: str) -> None:
    """It wants the signature as we do."""
    for path in ("/orders", "/state"):
        sent = urllib.request.Request(address + path, json.dumps({"kind": "order", "order_id": "x"}).encode())
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(sent, timeout=60)
        assert refused.value.code == 401
        refused.value.close()


def test_an_answer_with_another_signature_is_not_believed(app: Flask, firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody between us and the gateway cannot credit a wallet."""
    pk, page = firm.order()
    press(page, "lose")
    real = gateway.SignedHttp._post

    def altered(self: Any, path: str, words: dict[str, Any]) -> tuple[bytes, str]:
        body, signature = real(self, path, words)
        return body.replace(b"100000", b"900000"), signature

    monkeypatch.setattr(gateway.SignedHttp, "_post", altered)
    with pytest.raises(gateway.Unbelievable):
        firm.ask(pk)
    firm.reconcile(2)
    assert (firm.status(pk), firm.books()) == ("PENDING", (OPENING, []))


def test_the_sandbox_knows_nothing_of_the_program() -> None:
    """Standard library only, so that nothing of ours can hide in it."""
    import ast
    import sys

    import config

    tree = ast.parse((config.ROOT / "app" / "wallet" / "sandbox_gateway.py").read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_every_message_is_kept(app: Flask, firm: Firm) -> None:
    """As it came, with its hash."""
    import hashlib

    pk, page = firm.order()
    press(page, "pay")
    assert until(lambda: firm.status(pk) == "SUCCESS", 60)
    with app.app_context():
        row = db.session.query(GatewayMessage).one()
        assert (row.outcome, row.body_sha256) == ("credited", hashlib.sha256(row.body.encode()).hexdigest())
        db.session.remove()
