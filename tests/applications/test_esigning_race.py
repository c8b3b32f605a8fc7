"""The same e-signature arrives several times at once, and beside a colleague's own pressing: one number, one fee, one use."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.applications import esigning
from app.applications.esigning import What
from app.applications.models import Application
from app.audit.service import prove as prove_trail
from app.infra.db import db, transaction
from app.signing import esign
from app.signing.models import EsignOrder
from app.wallet.models import LedgerEntry
from app.wallet.rules import Kind
from app.wallet.service import prove as prove_ledger
from tests import factories
from tests.conftest import HOME
from tests.people import CLERK, EXPORTER, actor_for
from tests.signing import esigner
from tests.signing.esigner import Bent


@pytest.fixture
def provider(app: Flask, own: Engine) -> Iterator[Bent]:
    with esigner.at_hand(app, HOME / "esign-tests") as bent:
        yield bent


def answered(app: Flask, provider: Bent, pk: int) -> str:
    """The exporter has agreed and signed; what the browser is about to bring back."""
    with app.app_context(), transaction(db.session):
        application = db.session.get_one(Application, pk)
        who = actor_for(db.session, EXPORTER)
        order = esigning.begin(db.session, application, who, what=What.SUBMIT, agreed=True)
        fields = esign.form_for(order).fields
    return provider.answers(fields)


def together(app: Flask, *works: Any) -> list[Any]:
    """Everybody starts at the same moment, each in a thread without a context."""
    start = threading.Barrier(len(works))

    def one(work: Any) -> Any:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result() for each in [pool.submit(one, work) for work in works]]


def test_one_answer_brought_by_four_browsers_is_used_once(app: Flask, provider: Bent) -> None:
    pk = factories.filed(app)
    answer = answered(app, provider, pk)
    told = together(app, *[lambda: app.test_client(use_cookies=False).post("/esign/back", data={"eSignResponse": answer})] * 4)
    assert [each.status_code for each in told] == [303] * 4
    _looks(app, pk, "AADHAAR", {"DONE"})


def test_a_colleague_presses_submit_at_the_same_moment(app: Flask, provider: Bent) -> None:
    pk = factories.filed(app)
    answer = answered(app, provider, pk)

    def press() -> str:
        try:
            factories.move(app, pk, CLERK, "submit")
        except Exception as refusal:  # whichever refusal it is, the other one was first
            return type(refusal).__name__
        return "SUBMITTED"

    told = together(app, press, lambda: app.test_client(use_cookies=False).post("/esign/back", data={"eSignResponse": answer}))
    assert told[1].status_code == 303
    first = told[0] == "SUBMITTED"
    assert first or told[0] == "WrongState"
    _looks(app, pk, "DSC" if first else "AADHAAR", {"REFUSED"} if first else {"DONE"})


def _looks(app: Flask, pk: int, mode: str, states: set[str]) -> None:
    """One number, one fee set aside, and the order says what became of it; ledger and trail are whole."""
    with app.app_context():
        row = db.session.get_one(Application, pk)
        assert (row.status, row.sign_mode, bool(row.number)) == ("SUBMITTED", mode, True)
        assert {order.status for order in db.session.query(EsignOrder)} == states
        assert db.session.query(LedgerEntry.movement_id).filter_by(application_id=pk, kind=Kind.HOLD).distinct().count() == 1
        assert [*prove_ledger(db.session), *prove_trail(db.session)] == []
        db.session.rollback()
