"""The web server is killed while somebody files: paid and filed, or neither."""

import os
import signal
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from app.applications import service
from app.applications.models import Application
from app.audit.service import prove as prove_trail
from app.infra.db import db, transaction
from app.wallet.service import held_for
from app.wallet.service import prove as prove_ledger
from tests import factories
from tests.people import EXPORTER, actor_for
from tests.running import until

FEE = 20_000


def submit_and_die(own: Engine, pk: int, number: int) -> int:
    """In a child, submit, with kill -9 before the statement of this number or the commit; how the child ended."""
    db.session.remove()
    own.dispose()
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(own, "before_cursor_execute", count)
    event.listen(own, "commit", count)
    with suppress(BaseException), transaction(db.session):
        service.submit(db.session, db.session.get_one(Application, pk), actor_for(db.session, EXPORTER))
    os._exit(0)


def state(pk: int) -> tuple[str, int]:
    """(status, paise held) of an application."""
    db.session.rollback()
    found = db.session.get_one(Application, pk).status, held_for(db.session, pk)
    db.session.rollback()
    return found


@pytest.mark.slow
def test_killed_at_any_statement_of_a_submission(app: Flask, own: Engine) -> None:
    """Never paid without an application, never an application without its fee, and the draft can be filed again."""
    with app.app_context():
        pk = factories.filed(app)
        for number in range(1, 500):
            if (code := submit_and_die(own, pk, number)) == 0:
                break
            assert code == -signal.SIGKILL
            assert until(lambda: state(pk) == ("DRAFT", 0), 90)
        assert number > 20, "hardly anything was watched"
        assert state(pk) == ("SUBMITTED", FEE)
        row = db.session.get_one(Application, pk)
        assert (row.number or "")[-8:] == "00000001", "no number was used up on the way"
        assert [*prove_ledger(db.session), *prove_trail(db.session)] == []
        db.session.rollback()
