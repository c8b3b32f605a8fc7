"""A certificate whose key is on the officer's token: prepared, waits, answered, issued once; late, refused or replaced, it goes back."""

import base64
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

import config
from app.agencies import people
from app.audit.models import AuditEvent
from app.certificates import by_hand
from app.certificates.jobs import sweep_stuck
from app.core import clock
from app.infra import keystore, store
from app.infra.db import db, transaction
from app.infra.queue import Job
from app.signing import jobs, orders, registration, seal
from app.signing.desk_agent.sealed import open_order
from app.signing.judge import judge
from app.signing.models import SignatureOrder
from tests import factories
from tests.desk import Desk
from tests.own_database import at_once
from tests.people import ADMIN, EXPORTER, OFFICER, OFFICER2, OTHER_OFFICER, SUPERVISOR, actor_for
from tests.signing.bench import Made, made


def by_token(session: Any, email: str = OFFICER, key: str = "p256") -> Made:
    """The officer's certificate is on a token from now on."""
    officer = actor_for(session, email)
    holder = made(officer.name, key=key)
    begun = registration.begin(session, officer, certificate=holder.der)
    registration.answer(session, begun, officer, answer=holder.answer(begun.nonce))
    session.commit()
    return holder


def answers(holder: Made, told: Any) -> list[dict[str, Any]]:
    """What an agent makes of the server's sealed order."""
    known = seal.pairing()
    order = open_order(told["sealed"], known.key, known.origin, clock.now().timestamp())
    return [{"id": each.id, "signature": base64.b64encode(holder.sign(each.attributes)).decode()} for each in order.items]


@pytest.fixture
def holder(session: Any) -> Made:
    """The officer's token."""
    return by_token(session)


def one_order(desk: Desk) -> SignatureOrder:
    desk.session.expire_all()
    row: SignatureOrder = desk.session.scalars(select(SignatureOrder).order_by(SignatureOrder.id.desc()).limit(1)).one()
    return row


def test_from_approval_to_issue(desk: Desk, filed: Any, run_jobs: Any, api: Any, holder: Made) -> None:
    """APPROVED waits for «sign»; prepared it waits for the token; the answer makes it a certificate, once."""
    pks = [filed("SIGNING"), filed("SIGNING")]
    assert {desk.application(pk).status for pk in pks} == {"APPROVED"}
    officer = api(OFFICER)
    for pk in pks:
        assert officer.post(f"/applications/{pk}/sign").status_code == 200
    run_jobs()
    assert {desk.application(pk).status for pk in pks} == {"SIGNING"}
    listed = officer.get("/signing/orders/?q=(filters:!((col:status,opr:eq,value:WAITING)))").json
    assert listed["count"] == 2
    assert {row["number"] for row in listed["result"]} == {desk.certificate(pk).number for pk in pks}
    told = officer.post("/signing/orders/sealed", {}).json
    assert sorted(told["ids"]) == sorted(row["id"] for row in listed["result"])
    made_here = answers(holder, told)
    for _ in range(3):
        said = officer.post("/signing/orders/answers", {"answers": made_here})
        assert [row["status"] for row in said.json["answers"]] == ["ANSWERED", "ANSWERED"]
    assert one_order(desk).prepared is not None
    run_jobs()
    assert [row["status"] for row in officer.post("/signing/orders/answers", {"answers": made_here}).json["answers"]] == [
        "DONE",
        "DONE",
    ]
    assert run_jobs() == 0
    assert one_order(desk).prepared is None, "what waited is not kept twice"
    for pk in pks:
        certificate = desk.certificate(pk)
        assert (desk.application(pk).status, certificate.status, desk.fees(pk)) == ("ISSUED", "VALID", 1)
        assert certificate.dsc_sha256 == desk.key().sha256
        assert judge(store.get(certificate.sha256 or ""), keystore.roots(), certificate.dsc_sha256).ok
    assert desk.events("certificate issued") == 4


def test_rsa_keys_too(desk: Desk, filed: Any, run_jobs: Any, api: Any) -> None:
    """As nearly all tokens have them."""
    holder = by_token(desk.session, key="rsa2048")
    pk, officer = waiting(desk, filed, run_jobs), api(OFFICER)
    officer.post("/signing/orders/answers", {"answers": answers(holder, officer.post("/signing/orders/sealed").json)})
    run_jobs()
    assert desk.application(pk).status == "ISSUED"


def waiting(desk: Desk, filed: Any, run_jobs: Any) -> int:
    """A certificate that is prepared and waits for the token."""
    pk: int = filed("SIGNING")
    desk.move(pk, OFFICER, "sign")
    run_jobs()
    assert one_order(desk).status == "WAITING"
    return pk


def test_late_refused_or_replaced_it_goes_back_with_its_number(
    desk: Desk, filed: Any, run_jobs: Any, api: Any, holder: Made
) -> None:
    """Three times it comes back, each with a sentence; the fourth time it is signed: one number, one fee, three orders over."""
    pk, officer = waiting(desk, filed, run_jobs), api(OFFICER)
    number = desk.certificate(pk).number
    late = answers(holder, officer.post("/signing/orders/sealed").json)

    with clock.travel(clock.now() + timedelta(minutes=31)):
        told = officer.post("/signing/orders/answers", {"answers": late}).json["answers"]
        assert "too late" in told[0]["error"]
        with transaction(desk.session):
            desk.session.add(Job(kind=jobs.ORDERS, key="late"))
        run_jobs()
    assert (one_order(desk).status, desk.application(pk).status) == ("EXPIRED", "SIGN_FAILED")
    assert desk.events("signing failed") == 1

    desk.move(pk, OFFICER, "sign")
    run_jobs()
    assert officer.post(f"/signing/orders/{one_order(desk).id}/refuse").status_code == 200
    assert (one_order(desk).status, desk.application(pk).status) == ("REFUSED", "SIGN_FAILED")
    assert officer.post(f"/signing/orders/{one_order(desk).id}/refuse").status_code == 409

    desk.move(pk, OFFICER, "sign")
    run_jobs()
    newer = by_token(desk.session, key="rsa2048")
    told = officer.post("/signing/orders/sealed").json
    assert told == {"ids": [], "sealed": None}
    assert (one_order(desk).status, desk.application(pk).status) == ("EXPIRED", "SIGN_FAILED")

    desk.move(pk, OFFICER, "sign")
    run_jobs()
    assert late[0]["id"] != one_order(desk).id
    told = officer.post("/signing/orders/answers", {"answers": late}).json["answers"]
    assert "is expired" in told[0]["error"]
    officer.post("/signing/orders/answers", {"answers": answers(newer, officer.post("/signing/orders/sealed").json)})
    run_jobs()
    certificate = desk.certificate(pk)
    assert (desk.application(pk).status, certificate.number, desk.fees(pk)) == ("ISSUED", number, 1)
    assert (len(desk.certificates(pk)), certificate.dsc_sha256) == (1, desk.key().sha256)
    by_status = select(SignatureOrder.status, func.count()).group_by(SignatureOrder.status)
    assert dict(desk.session.execute(by_status).all()) == {"EXPIRED": 2, "REFUSED": 1, "DONE": 1}


def test_what_is_no_signature_of_this_leaves_it_waiting(desk: Desk, filed: Any, run_jobs: Any, api: Any, holder: Made) -> None:
    """Another key, another document, nonsense: refused with a sentence, and the right one still counts."""
    pks = [waiting(desk, filed, run_jobs) for _ in range(2)]
    officer = api(OFFICER)
    first, second = answers(holder, officer.post("/signing/orders/sealed").json)
    stranger = answers(made("Somebody Else", key="p256"), officer.post("/signing/orders/sealed").json)[0]
    for value in (second["signature"], stranger["signature"], "", "!", "QUJD", "A" * 4000, None, 7, ["x"]):
        (told,) = officer.post("/signing/orders/answers", {"answers": [{"id": first["id"], "signature": value}]}).json["answers"]
        assert "signature" in told["error"].lower()
        if isinstance(value, str) and value:
            assert officer.post(f"/signing/orders/{first['id']}/answer", {"signature": value}).status_code == 422
    for said in (
        [],
        {},
        {"answers": []},
        {"answers": [1]},
        {"answers": [{"id": True}]},
        {"answers": [{"id": 2**40}]},
        {"ids": "x"},
    ):
        assert officer.post("/signing/orders/answers", said).status_code == 422
    for said in ([], {"ids": "all"}, {"ids": [True]}, {"ids": [0]}, {"else": 1}):
        assert officer.post("/signing/orders/sealed", said).status_code == 422
    assert officer.post("/signing/orders/sealed", {"ids": [first["id"]]}).json["ids"] == [first["id"]]
    assert officer.post(f"/signing/orders/{first['id']}/answer", {"signature": first["signature"]}).status_code == 200
    officer.post("/signing/orders/answers", {"answers": [second]})
    run_jobs()
    assert {desk.application(pk).status for pk in pks} == {"ISSUED"}


def test_it_is_the_officers_own_hand(desk: Desk, filed: Any, run_jobs: Any, api: Any, login: Any, holder: Made) -> None:
    """Nobody else sees, seals, answers or refuses it, on the screen or over REST; it still waits afterwards."""
    waiting(desk, filed, run_jobs)
    pk = one_order(desk).id
    answer = answers(holder, api(OFFICER).post("/signing/orders/sealed").json)
    for email in (OFFICER2, OTHER_OFFICER, EXPORTER):
        other = api(email)
        assert other.get("/signing/orders/").json["count"] == 0
        assert other.get(f"/signing/orders/{pk}").status_code == 404
        assert other.post("/signing/orders/sealed").json == {"ids": [], "sealed": None}
        assert other.post("/signing/orders/sealed", {"ids": [pk]}).json["ids"] == []
        assert "not yours" in other.post("/signing/orders/answers", {"answers": answer}).json["answers"][0]["error"]
        assert other.post(f"/signing/orders/{pk}/refuse").status_code == 404
        assert other.post(f"/signing/orders/{pk}/answer", answer[0]).status_code == 404
        if email == EXPORTER:
            continue  # has no such screen; see below
        screen = login(email)
        assert screen.get("/to-sign/state").json == {"rows": []}
        assert screen.post("/to-sign/refuse", json={"ids": [pk]}).json == {"refused": []}
    for email in (EXPORTER, ADMIN, SUPERVISOR):
        assert api(email).get("/signing/orders/").status_code == (200 if email == EXPORTER else 403)
        assert login(email).post("/to-sign/sealed", json={}).status_code == 403
    assert one_order(desk).status == "WAITING"


def test_who_may_not_sign_any_more_does_not(desk: Desk, filed: Any, run_jobs: Any, api: Any, holder: Made) -> None:
    """Deactivated between the answer and the issue: nothing is issued; the certificate revoked: neither."""
    pk, officer = waiting(desk, filed, run_jobs), api(OFFICER)
    officer.post("/signing/orders/answers", {"answers": answers(holder, officer.post("/signing/orders/sealed").json)})
    desk.officer().status = "INACTIVE"
    desk.session.commit()
    run_jobs()
    assert (one_order(desk).status, desk.application(pk).status) == ("FAILED", "SIGN_FAILED")
    assert "account is not active" in one_order(desk).reason
    desk.officer().status = "ACTIVE"
    desk.session.commit()
    desk.move(pk, OFFICER, "sign")
    run_jobs()
    last = answers(holder, officer.post("/signing/orders/sealed").json)
    registration.revoke(desk.session, actor_for(desk.session, OFFICER), reason="token lost")
    desk.session.commit()
    assert "not your registered one" in officer.post("/signing/orders/answers", {"answers": last}).json["answers"][0]["error"]
    assert (desk.certificate(pk).status, desk.fees(pk)) == ("PREPARED", 0)


def test_what_waits_for_an_officer_who_leaves_goes_to_the_queue(desk: Desk, filed: Any, run_jobs: Any, holder: Made) -> None:
    """As what he approved and did not send for signing; the numbers are void."""
    pks = [waiting(desk, filed, run_jobs), filed("SIGNING")]
    with transaction(desk.session):
        people.deactivate(desk.session, desk.officer(), actor_for(desk.session, ADMIN), reason="retired this week")
    assert [desk.application(pk).status for pk in pks] == ["SUBMITTED", "SUBMITTED"]
    assert [desk.certificate(pk).status for pk in pks] == ["VOID", "VOID"]
    assert one_order(desk).status == "EXPIRED"
    assert desk.session.scalar(select(func.count()).where(AuditEvent.event == "approval taken back")) == 2


def test_what_got_stuck_is_found(desk: Desk, filed: Any, run_jobs: Any, api: Any, holder: Made) -> None:
    """What waits for a hand is left alone; an answer whose job is lost is promised again, and so is a lost preparation."""
    pk, officer = waiting(desk, filed, run_jobs), api(OFFICER)
    with transaction(desk.session):
        assert sweep_stuck(desk.session) == 0
    officer.post("/signing/orders/answers", {"answers": answers(holder, officer.post("/signing/orders/sealed").json)})
    for kind, key in ((by_hand.FINISH, f"finish:order:{one_order(desk).id}"),):
        desk.session.execute(Job.__table__.delete().where(Job.kind == kind, Job.key == key))
    desk.session.commit()
    with transaction(desk.session):
        assert sweep_stuck(desk.session) == 1
    run_jobs()
    assert desk.application(pk).status == "ISSUED"
    other = filed("SIGNING")
    desk.move(other, OFFICER, "sign")
    desk.session.execute(
        Job.__table__.update().where(Job.key == f"issue:certificate:{desk.certificate(other).id}").values(state="DONE")
    )
    desk.session.commit()
    with transaction(desk.session):
        assert sweep_stuck(desk.session) == 1
    run_jobs()
    assert one_order(desk).status == "WAITING"


@pytest.mark.slow
def test_the_same_answer_at_once_and_against_the_clock(app: Flask, own: Engine) -> None:
    """Eight posts of one answer, a refusal and the expiry at the same moment: one of them wins, and the books agree."""
    with app.app_context():
        holder = by_token(db.session)
        for _ in range(3):
            pk = factories.filed(app, "SIGNING")
            factories.move(app, pk, OFFICER, "sign")
            factories.run_jobs(app)
            officer = actor_for(db.session, OFFICER)
            with transaction(db.session):
                (answer,) = answers(holder, orders.sealed(db.session, officer))
            db.session.remove()

            def post(answer: dict[str, Any] = answer, officer: Any = officer) -> Any:
                return orders.answered_or_why_not(db.session, officer, answer["id"], answer["signature"])

            def refuse(answer: dict[str, Any] = answer, officer: Any = officer) -> Any:
                return orders.refuse(db.session, db.session.get_one(SignatureOrder, answer["id"]), officer)

            at_once(app, *[post] * 8, refuse)
            factories.run_jobs(app)
            desk = Desk(db.session, app)
            status, state = one_order(desk).status, desk.application(pk).status
            assert (status, state) in {("DONE", "ISSUED"), ("REFUSED", "SIGN_FAILED")}
            assert desk.fees(pk) == (status == "DONE")
            db.session.rollback()


def test_no_pin_is_taken_anywhere(app: Flask) -> None:
    """No address, form, table or document of the program has a place for the PIN of a token."""
    tables = [mapper for mapper in db.Model.registry.mappers if mapper.class_.__module__.startswith("app.signing")]
    words = [column.name for mapper in tables for column in mapper.columns]
    words += [argument for rule in app.url_map.iter_rules() for argument in (rule.rule, *rule.arguments)]
    assert not [word for word in words if {"pin", "passphrase"} & set(re.split("[^a-z]", str(word).lower()))]
    for file in [*(config.ROOT / "app" / "static").glob("*.js"), *(config.ROOT / "app" / "templates").rglob("*.html")]:
        text = Path(file).read_text().lower()
        assert 'name="pin' not in text, file
        assert 'type="password"' not in text or "signing" not in str(file), file
    for name in ("agent.js", "to-sign.js", "register-token.js"):
        assert "<input" not in (config.ROOT / "app" / "static" / name).read_text()
        assert "prompt(" not in (config.ROOT / "app" / "static" / name).read_text()
