"""Registering over HTTP: it works, and whoever may not, comes late, twice or with somebody else's text is refused."""

import base64
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.agencies.models import Agency
from app.agencies.rules import AgencyStatus
from app.audit.models import AuditEvent
from app.core import clock
from app.signing import registration
from app.signing.models import DscChallenge, DscRegistration
from tests import factories
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OFFICER2, SUPERVISOR, actor_for
from tests.signing.bench import Made, made


def name_of(session: Any, email: str) -> str:
    """The name on the account."""
    return actor_for(session, email).name


def rows(session: Any, email: str) -> list[DscRegistration]:
    """Every registration of an account, the oldest first."""
    session.expire_all()
    own = select(DscRegistration).where(DscRegistration.user_id == actor_for(session, email).user_id)
    return list(session.scalars(own.order_by(DscRegistration.id)))


def send(browser: Any, holder: Made) -> Any:
    """Step 1; the answer of the server."""
    return browser.post("/dsc/certificate", data={"certificate": (io.BytesIO(holder.der), "mine.cer")})


def begun(session: Any, browser: Any, holder: Made) -> DscChallenge:
    """Step 1 done: the challenge."""
    answer = send(browser, holder)
    assert answer.status_code == 302, answer.text
    session.expire_all()
    return session.get_one(DscChallenge, int(answer.location.rsplit("/", 1)[1]))


@pytest.mark.parametrize("email", [OFFICER, EXPORTER, CLERK])
def test_both_steps(session: Any, login: Any, email: str) -> None:
    """Send, sign, paste: active; the older one is kept as replaced, and the trail says so."""
    browser, holder = login(email), made(name_of(session, email))
    challenge = begun(session, browser, holder)
    page = browser.get(f"/dsc/challenge/{challenge.id}")
    text = browser.get(f"/dsc/challenge/{challenge.id}/challenge.txt")
    assert text.text in page.text
    assert text.headers["Content-Disposition"] == 'attachment; filename="challenge.txt"'
    pasted = base64.encodebytes(holder.sign(text.data)).decode()
    done = browser.post(f"/dsc/challenge/{challenge.id}", data={"signature": pasted})
    assert (done.status_code, done.location) == (302, "/dsc/")
    old, new = rows(session, email)
    assert (old.status, new.status, new.backend, old.ended_at is not None) == ("REPLACED", "ACTIVE", "DESK_AGENT", True)
    assert new.proof_of_possession_at is not None
    assert (new.agency_id, new.exporter_id) == (old.agency_id, old.exporter_id)
    events = select(AuditEvent.event).where(AuditEvent.object_kind == "dsc_registration", AuditEvent.object_id == new.id)
    assert session.scalars(events).all() == ["certificate registered"]
    shown = browser.get("/dsc/").text
    assert "With its holder" in shown
    assert "Replaced" in shown


def test_the_signature_may_come_as_a_file(session: Any, login: Any) -> None:
    """As a token's program writes it."""
    browser, holder = login(OFFICER), made(name_of(session, OFFICER), key="p256")
    challenge = begun(session, browser, holder)
    file = {"file": (io.BytesIO(holder.answer(challenge.nonce)), "answer.bin")}
    assert browser.post(f"/dsc/challenge/{challenge.id}", data=file).status_code == 302
    assert rows(session, OFFICER)[-1].status == "ACTIVE"


def test_the_doctors_page_lists_everything(session: Any, login: Any) -> None:
    """Each finding with its cure, and nothing kept."""
    browser = login(OFFICER)
    page = send(browser, made("Somebody Else", class3=False))
    assert page.status_code == 422
    assert page.text.count("What to do:") == 2
    assert "2 things are in the way" in page.text
    assert browser.post("/dsc/certificate").status_code == 422
    assert session.scalars(select(DscChallenge)).all() == []


def test_somebody_elses_text_is_not_there(session: Any, login: Any) -> None:
    """404 for its page, its file and an answer, also for a colleague of the same office; 403 never tells that it exists."""
    holder = made(name_of(session, OFFICER))
    challenge = begun(session, login(OFFICER), holder)
    other = login(OFFICER2)
    for method, path, data in (
        ("GET", "", None),
        ("GET", "/challenge.txt", None),
        ("POST", "", {"signature": base64.b64encode(holder.answer(challenge.nonce))}),
    ):
        assert other.open(f"/dsc/challenge/{challenge.id}{path}", method=method, data=data).status_code == 404
    assert other.get("/dsc/challenge/99999999999").status_code == 404
    assert len(rows(session, OFFICER)) == 1


def test_an_answer_counts_once(session: Any, login: Any) -> None:
    """The same answer again is refused and changes nothing; its page leads back."""
    browser, holder = login(OFFICER), made(name_of(session, OFFICER))
    challenge = begun(session, browser, holder)
    address, data = f"/dsc/challenge/{challenge.id}", {"signature": base64.b64encode(holder.answer(challenge.nonce))}
    assert browser.post(address, data=data).status_code == 302
    again = browser.post(address, data=data)
    assert (again.status_code, "used already" in again.text) == (409, True)
    assert browser.get(address).location == "/dsc/"
    assert len(rows(session, OFFICER)) == 2
    assert send(browser, holder).status_code == 422, "registered already"


def test_an_answer_to_another_challenge_is_none(session: Any, login: Any) -> None:
    """What was signed for one text does not fit the next; the page offers to try again."""
    browser, holder = login(OFFICER), made(name_of(session, OFFICER))
    first, second = begun(session, browser, holder), begun(session, browser, holder)
    wrong = browser.post(f"/dsc/challenge/{second.id}", data={"signature": base64.b64encode(holder.answer(first.nonce))})
    assert wrong.status_code == 422
    assert "Sign the text again" in wrong.text


def test_too_late(session: Any, login: Any) -> None:
    """After 15 minutes the page says so, and the right answer is refused."""
    browser, holder = login(OFFICER), made(name_of(session, OFFICER))
    challenge = begun(session, browser, holder)
    challenge.expires_at = clock.now() - timedelta(seconds=1)
    session.commit()
    address, data = f"/dsc/challenge/{challenge.id}", {"signature": base64.b64encode(holder.answer(challenge.nonce))}
    assert "they are over" in browser.get(address).text
    assert "Too late" in browser.post(address, data=data).text
    assert len(rows(session, OFFICER)) == 1


@pytest.mark.parametrize("email", [SUPERVISOR, ADMIN, "viewer"])
def test_who_signs_nothing_registers_nothing(session: Any, login: Any, email: str) -> None:
    """The supervisor, an administrator and a viewer: 403 at every door, and in the verb itself."""
    from app.core.errors import NotAllowed
    from app.exporters.models import ExporterUser

    if email == "viewer":
        email = CLERK
        session.query(ExporterUser).filter_by(email=CLERK).one().role = "VIEWER"
        session.commit()
    browser = login(email)
    assert browser.get("/dsc/").status_code == 403
    for path in ("certificate", "demonstration", "revoke"):
        assert browser.post(f"/dsc/{path}").status_code == 403
    actor = actor_for(session, email)
    for act in (
        lambda: registration.begin(session, actor, certificate=made(actor.name).pem),
        lambda: registration.revoke(session, actor, reason="not mine"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_suspended_agencys_officer_only_reads(session: Any, login: Any) -> None:
    """The page opens and says why; registering is refused."""
    session.query(Agency).filter_by(code="FIEC").one().status = AgencyStatus.SUSPENDED
    session.commit()
    browser = login(OFFICER)
    assert "suspended" in browser.get("/dsc/").text
    assert send(browser, made(name_of(session, OFFICER))).status_code == 403
    assert browser.post("/dsc/demonstration").status_code == 403
    assert len(rows(session, OFFICER)) == 1


def test_revoking_stops_what_is_queued(session: Any, app: Flask, login: Any, filed: Any, run_jobs: Any) -> None:
    """Approved and queued, then revoked: the worker signs nothing, and the officer cannot sign again."""
    from app.applications.models import Application

    pk = filed("SIGNING")
    browser = login(OFFICER)
    assert browser.post("/dsc/revoke", data={"reason": "lost"}).status_code == 422
    assert browser.post("/dsc/revoke", data={"reason": "token lost in a taxi"}).status_code == 302
    run_jobs()
    session.expire_all()
    assert session.get_one(Application, pk).status == "SIGN_FAILED"
    row = rows(session, OFFICER)[0]
    assert (row.status, row.end_reason) == ("REVOKED", "token lost in a taxi")
    assert browser.post("/dsc/revoke", data={"reason": "once more"}).status_code == 409
    events = session.scalars(select(AuditEvent).where(AuditEvent.event == "certificate revoked")).all()
    assert [event.reason for event in events] == ["token lost in a taxi"]


def test_a_demonstration_certificate_signs(session: Any, app: Flask, login: Any, filed: Any) -> None:
    """Made and registered with one press; the next certificate of origin is signed with it."""
    from app.certificates.models import Certificate

    browser = login(OFFICER)
    assert browser.post("/dsc/demonstration").status_code == 302
    old, new = rows(session, OFFICER)
    assert (old.status, new.status, new.backend, new.proof_of_possession_at is not None) == ("REPLACED", "ACTIVE", "SOFT", True)
    pk = filed("ISSUED")
    session.expire_all()
    assert session.query(Certificate).filter_by(live_application_id=pk).one().dsc_sha256 == new.sha256


def test_production_makes_no_demonstration_certificate(
    session: Any, app: Flask, login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No button, and no way round it."""
    browser = login(OFFICER)
    monkeypatch.setitem(app.config, "SOFT_SIGNER", False)
    assert "demonstration certificate" not in browser.get("/dsc/").text
    assert browser.post("/dsc/demonstration").status_code == 403
    assert browser.get("/dsc/hsm").status_code == 404
    assert len(rows(session, OFFICER)) == 1


def test_two_at_once_leave_one(app: Flask, own: Any) -> None:
    """Two different certificates of one person, answered at the same moment: one is active, whoever wins."""
    from app.infra.db import db, transaction
    from tests.own_database import at_once

    factories.settle()
    with app.app_context(), transaction(db.session):
        actor = actor_for(db.session, OFFICER)
        holders = [made(actor.name, key="p256") for _ in range(2)]
        challenges = [registration.begin(db.session, actor, certificate=each.pem) for each in holders]
        given = [(challenge.id, holder.answer(challenge.nonce)) for challenge, holder in zip(challenges, holders, strict=True)]

    def act(pk: int, answer: bytes) -> Any:
        return lambda: registration.answer(db.session, db.session.get_one(DscChallenge, pk), actor, answer=answer).id

    at_once(app, *[act(*each) for each in given])
    with app.app_context():
        states = [row.status for row in rows(db.session, OFFICER)]
        db.session.remove()
    assert states.count("ACTIVE") == 1
