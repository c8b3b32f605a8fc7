"""The nightly proof, the alarm, and the presses that stand until the books agree again."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.cli import udgam
from app.core import clock
from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError
from app.infra import queue
from app.infra.db import transaction
from app.wallet import jobs, proof, service
from app.wallet.models import TopUp
from app.wallet.rules import Kind
from tests import factories
from tests.people import EXPORTER, SUPERVISOR, actor_for
from tests.tampering import tamper

ONE_TOO_MUCH = "UPDATE wallet SET available_paise = available_paise + 1"


@pytest.fixture
def tonight(session: Any, run_jobs: Any) -> Any:
    """Run tonight's proof."""

    def run(night: int = 0) -> None:
        with clock.travel(clock.now() + timedelta(days=night)):
            with transaction(session):
                queue.promise(session, jobs.PROVE, f"night:{night}")
            run_jobs()

    return run


def test_when_the_books_agree_nothing_happens(session: Any, tonight: Any, filed: Any) -> None:
    """No bell, and filings go on."""
    tonight()
    assert not proof.stand(session)
    filed("SUBMITTED")


def test_a_difference_stops_the_presses_until_it_is_put_right(
    app: Flask, session: Any, tonight: Any, filed: Any, login: Any
) -> None:
    """Submitting is refused with a sentence, supervisors are told, and only a clean `udgam prove` lets it go on."""
    pk = filed()
    with transaction(session):
        tamper(session, ONE_TOO_MUCH)
    tonight()
    with pytest.raises(BusinessError, match="Nothing can be submitted just now"):
        factories.move(app, pk, EXPORTER, "submit")
    assert "The ledger does not agree with itself" in login(SUPERVISOR).get("/notices/").text
    assert "the ledger is being checked" in login(EXPORTER).get("/walletview/list/", follow_redirects=True).text

    assert app.test_cli_runner().invoke(udgam, ["prove"]).exit_code == 1
    assert proof.stand(session)
    with transaction(session):
        tamper(session, ONE_TOO_MUCH.replace("+ 1", "- 1"))
    tonight(1)
    assert proof.stand(session), "a person looks first"
    told = app.test_cli_runner().invoke(udgam, ["prove"])
    assert (told.exit_code, "The presses stood" in told.output) == (0, True), told.output
    factories.move(app, pk, EXPORTER, "submit")


def test_what_was_held_before_is_still_issued(app: Flask, session: Any, tonight: Any, filed: Any) -> None:
    """The presses stop for new money only; a firm that has paid gets its certificate."""
    from app.applications.models import Application

    pk = filed("UNDER_REVIEW")
    with transaction(session):
        tamper(session, ONE_TOO_MUCH)
    tonight()
    factories.move(app, pk, "officer@fiec.example", "approve")
    factories.run_jobs(app)
    session.expire_all()
    assert session.get_one(Application, pk).status == "ISSUED"


def test_a_proof_that_cannot_be_made_is_told(session: Any, login: Any) -> None:
    """Silence must not mean that all is well."""
    job = queue.promise(session, jobs.PROVE, "a dead one")
    job.error = "it took too long"
    with transaction(session):
        jobs.not_proved(session, job)
    assert "could not be made: it took too long" in login(SUPERVISOR).get("/notices/").text


def _paid(session: Any) -> None:
    with transaction(session):
        firm = actor_for(session, EXPORTER).exporter_id or 0
        now = clock.now()
        topup = TopUp(exporter_id=firm, amount_paise=70_000, gateway_order_id="O-1", status="SUCCESS", expires_at=now)
        session.add(topup)
        session.flush()
        service.credit(session, firm, 70_000, SYSTEM_ACTOR, kind=Kind.TOPUP, reference=f"topup:{topup.id}")


PLANTED = {
    "UPDATE ledger_entry SET balance_after_paise = balance_after_paise + 1 WHERE account = 'WALLET'": "the lines up to it say",
    "UPDATE topup SET amount_paise = 70001": "over 70001 paise is SUCCESS, and 70000 paise are booked",
    "UPDATE topup SET status = 'EXPIRED'": "is EXPIRED, and 70000 paise are booked",
    "UPDATE ledger_movement SET reference = 'x' WHERE reference LIKE 'topup:%'": "is SUCCESS, and 0 paise are booked",
}


@pytest.mark.parametrize(("planted", "told"), PLANTED.items())
def test_each_line_and_each_top_up_is_proved(session: Any, planted: str, told: str) -> None:
    """A balance that was changed in one line only, a top-up that says another sum, and one that was never paid."""
    _paid(session)
    assert list(proof.prove(session)) == []
    tamper(session, planted)
    assert told in "\n".join(proof.prove(session))
