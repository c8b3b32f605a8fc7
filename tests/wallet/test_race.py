"""Many clerks at once cannot spend more than there is."""

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.core.actor import SYSTEM_ACTOR
from app.wallet.rules import Fee, InsufficientFunds, Kind
from tests import factories
from tests.own_database import at_once
from tests.people import CLERK, EXPORTER, actor_for

OPENING = 5_000_000


def submit(pk: int, who: str) -> str:
    """Submit one draft within the caller's transaction; returns its number."""
    from app.applications import service
    from app.applications.models import Application
    from app.infra.db import db

    application = db.session.get_one(Application, pk)
    service.submit(db.session, application, actor_for(db.session, who))
    return str(application.number)


def spend_all_but(app: Flask, paise: int) -> None:
    """Leave exactly this much in Balaji's wallet; the rest is held for another draft."""
    from app.infra.db import db, transaction
    from app.wallet import service as wallet

    other = factories.filed(app)
    with app.app_context(), transaction(db.session):
        firm = actor_for(db.session, EXPORTER).exporter_id or 0
        wallet.hold(db.session, firm, other, Fee(OPENING - paise, 0), SYSTEM_ACTOR)


def books(app: Flask) -> tuple[tuple[int, int], list[str]]:
    """(available, held) of Balaji's wallet, and everything that is wrong with ledger and trail."""
    from app.audit.service import prove as prove_trail
    from app.infra.db import db
    from app.wallet.service import open_wallet, prove

    with app.app_context():
        row = open_wallet(db.session, actor_for(db.session, EXPORTER).exporter_id or 0)
        found = (row.available_paise, row.held_paise), [*prove(db.session), *prove_trail(db.session)]
        db.session.rollback()
        return found


def test_sixteen_submissions_with_money_for_five(app: Flask, own: Engine) -> None:
    """Exactly five go through, with the numbers 1 to 5; eleven are told to top up and have no number."""
    drafts = [factories.filed(app) for _ in range(16)]
    spend_all_but(app, 5 * 20_000)
    told = at_once(app, *(partial(submit, pk, CLERK if pk % 2 else EXPORTER) for pk in drafts))
    numbers = sorted(str(answer) for answer in told if not isinstance(answer, Exception))
    refusals = [answer for answer in told if isinstance(answer, Exception)]
    assert [type(answer) for answer in refusals] == [InsufficientFunds] * 11, refusals
    assert [int(number[-8:]) for number in numbers] == [1, 2, 3, 4, 5]
    assert books(app) == ((0, OPENING), [])


def test_two_drafts_and_rs_200(app: Flask, own: Engine) -> None:
    """Two tabs, two drafts, money for one: exactly one is filed (scenario 27)."""
    drafts = [factories.filed(app) for _ in range(2)]
    spend_all_but(app, 20_000)
    told = at_once(app, *(partial(submit, pk, EXPORTER) for pk in drafts))
    assert sum(isinstance(answer, InsufficientFunds) for answer in told) == 1, told
    assert sum(isinstance(answer, str) for answer in told) == 1, told
    assert books(app) == ((0, OPENING), [])


def test_one_draft_submitted_eight_times(app: Flask, own: Engine) -> None:
    """A nervous finger files once and pays once."""
    draft = factories.filed(app)
    told = at_once(app, *[partial(submit, draft, EXPORTER)] * 8)
    assert sum(isinstance(answer, str) for answer in told) == 1, told
    assert books(app) == ((OPENING - 20_000, 20_000), [])


@pytest.mark.parametrize("reference", ["one order", None])
def test_sixteen_callbacks_of_the_gateway(app: Flask, own: Engine, reference: str | None) -> None:
    """The same order is credited once; sixteen orders are credited sixteen times."""
    from app.infra.db import db
    from app.wallet import service as wallet

    def credit(number: int) -> None:
        firm = actor_for(db.session, EXPORTER).exporter_id or 0
        order = reference or f"order {number}"
        wallet.credit(db.session, firm, 1_000, SYSTEM_ACTOR, kind=Kind.TOPUP, reference=order)

    told: list[Any] = at_once(app, *(partial(credit, number) for number in range(16)))
    assert told == [None] * 16
    assert books(app) == ((OPENING + (1_000 if reference else 16_000), 0), [])
