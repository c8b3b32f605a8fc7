"""Submitting and replying with a key on a token: asked for, signed at the desk, sent in one piece; or refused, and nothing is half done."""

import base64
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from app.applications import by_token, payload, service
from app.applications.models import Application
from app.applications.payload import signed_bytes
from app.core import clock
from app.core.errors import BusinessError
from app.infra.db import db, transaction
from app.signing import demonstration, orders, registration, seal
from app.signing.desk_agent.bound import why_not_attributes
from app.signing.desk_agent.desk import heading
from app.signing.desk_agent.sealed import open_order
from app.signing.diagnosis import Unfit
from app.signing.models import SignatureOrder
from app.signing.signed import holds
from app.wallet import service as wallet
from tests import factories
from tests.applications.test_service import leave
from tests.brokers import scene
from tests.desk import Desk
from tests.own_database import at_once
from tests.people import BROKER, CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, actor_for
from tests.signing.bench import Made, made
from tests.signing.stamps import settings

Filed = Callable[..., int]


def on_token(session: Any, email: str = EXPORTER, key: str = "p256") -> Made:
    """This person's certificate is on a token from now on."""
    who = actor_for(session, email)
    holder = made(who.own_name, key=key)
    begun = registration.begin(session, who, certificate=holder.der)
    registration.answer(session, begun, who, answer=holder.answer(begun.nonce))
    session.commit()
    return holder


@pytest.fixture
def holder(session: Any) -> Made:
    """The exporter's token."""
    return on_token(session)


def agent(holder: Made, told: Any) -> dict[str, Any]:
    """What the desk agent makes of the server's sealed order, once it has looked at it."""
    known = seal.pairing()
    order = open_order(told["sealed"], known.key, known.origin, clock.now().timestamp())
    assert [why_not_attributes(each.attributes, order.certificate) for each in order.items] == [""] * len(order.items)
    assert f"asks you to sign {len(order.items)} application" in heading(order)[1]
    return {"answers": [{"id": each.id, "signature": _text(holder.sign(each.attributes))} for each in order.items]}


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def signed(person: Any, holder: Made, *ids: int) -> list[dict[str, Any]]:
    """Fetch what waits, have it signed, hand it over."""
    told = person.post("/signing/orders/sealed", {"ids": list(ids)} if ids else {}).json
    answer = person.post("/signing/orders/answers", agent(holder, told))
    assert answer.status_code == 200, answer.json
    rows: list[dict[str, Any]] = answer.json["answers"]
    return rows


def states_of(desk: Desk) -> dict[str, int]:
    """How many orders stand where."""
    desk.session.expire_all()
    rows = desk.session.execute(select(SignatureOrder.status, func.count()).group_by(SignatureOrder.status))
    return {status: number for status, number in rows}


def is_a_draft(desk: Desk, *pks: int) -> None:
    """As ever: no number, no signature, no money."""
    rows = [desk.application(pk) for pk in pks]
    assert [(row.status, row.number, row.signature, row.filed_office) for row in rows] == [("DRAFT", None, "", "")] * len(pks)
    assert desk.wallet().held_paise == 0


@pytest.mark.parametrize("key", ["p256", "rsa2048"])
def test_a_submission_waits_for_the_token_and_is_then_made(desk: Desk, filed: Filed, api: Any, key: str) -> None:
    """With a registered token the signature verifies over what was filed, as the agent and the server see it (scenario 3)."""
    holder, person, pk = on_token(desk.session, key=key), api(EXPORTER), filed()
    answer = person.post(f"/applications/{pk}/submit")
    assert answer.status_code == 202
    assert (answer.json["result"]["status"], answer.json["order"]["status"]) == ("DRAFT", "WAITING")
    assert answer.json["address"] == f"/api/v1/signing/orders/{answer.json['order']['id']}"
    is_a_draft(desk, pk)
    assert person.get(answer.json["address"].removeprefix("/api/v1")).json["result"]["number"] == f"Draft {pk}"
    told = signed(person, holder)
    assert [(row["status"], row["reason"]) for row in told] == [("DONE", "")]
    row = desk.application(pk)
    assert (row.status, row.sign_mode, row.declared_by) == ("SUBMITTED", "DSC", "Meera Patel")
    assert row.payload_sha256 == payload.digest(row)
    assert holds("DSC", row.signer_certificate_pem, signed_bytes(row), row.signature)
    assert base64.b64decode(row.signature)[0] == 0x30, "a whole CMS is kept"
    assert desk.wallet().held_paise == row.fee_paise == 20_000
    assert person.post(f"/applications/{pk}/submit").status_code == 409


def test_several_drafts_with_one_sealed_order_and_one_wallet(desk: Desk, filed: Filed, api: Any, holder: Made) -> None:
    """Two are paid for, the third is not; each is whole or untouched, and the same answers again change nothing."""
    person, pks = api(EXPORTER), [filed() for _ in range(3)]
    for pk in pks:
        assert person.post(f"/applications/{pk}/submit").status_code == 202
    leave(desk, filed, 40_000)
    told = person.post("/signing/orders/sealed").json
    handed = agent(holder, told)
    for _ in range(2):
        rows = person.post("/signing/orders/answers", handed).json["answers"]
        assert [row["status"] for row in rows] == ["DONE", "DONE", "FAILED"]
        assert "The wallet has ₹0.00 available" in rows[2]["reason"]
    assert [desk.application(pk).status for pk in pks] == ["SUBMITTED", "SUBMITTED", "DRAFT"]
    answer = person.post(f"/applications/{pks[2]}/submit")
    assert answer.status_code == 409, "nobody is asked to sign what cannot be paid"
    assert desk.application(pks[2]).number is None


def test_what_changed_meanwhile_is_not_sent(desk: Desk, filed: Filed, api: Any, holder: Made) -> None:
    """The draft, the certificate, the right: each refusal says what to do, and the draft is as it was."""
    person, pk = api(EXPORTER), filed()
    person.post(f"/applications/{pk}/submit")
    desk.move(pk, CLERK, "edit", filing=factories.filing(notify_party="Somebody else"))
    (row,) = signed(person, holder)
    assert (row["status"], row["reason"]) == (
        "FAILED", "The draft was changed after it was signed; nothing was submitted. Look at it and sign again.",
    )  # fmt: skip
    person.post(f"/applications/{pk}/submit")
    late = agent(holder, person.post("/signing/orders/sealed").json)
    newer = on_token(desk.session)
    (row,) = person.post("/signing/orders/answers", late).json["answers"]
    assert row["error"].startswith("The certificate this was prepared for is not your registered one any more. Press «Submit")
    assert person.post("/signing/orders/sealed").json["sealed"] is None
    person.post(f"/applications/{pk}/submit")
    desk.move(pk, CLERK, "delete")
    (row,) = signed(person, newer)
    assert (row["status"], row["reason"]) == ("FAILED", "The draft was removed meanwhile; nothing was submitted.")
    assert states_of(desk) == {"FAILED": 2, "EXPIRED": 1}
    assert desk.wallet().held_paise == 0


def test_late_refused_asked_again_and_other_peoples(desk: Desk, filed: Filed, api: Any, holder: Made, run_jobs: Any) -> None:
    """An order ends by time, by hand, or when it is asked for again; nobody else can see or answer it."""
    person, pk = api(EXPORTER), filed()
    order = person.post(f"/applications/{pk}/submit").json["order"]["id"]
    handed = agent(holder, person.post("/signing/orders/sealed").json)
    for who in (CLERK, OTHER_EXPORTER, OFFICER):
        other = api(who)
        assert other.get(f"/signing/orders/{order}").status_code == 404
        assert other.post(f"/signing/orders/{order}/answer", {"signature": "AA=="}).status_code == 404
        assert "nothing here" in other.post("/signing/orders/answers", handed).json["answers"][0]["error"]
    with clock.travel(clock.now() + timedelta(minutes=31)):
        (row,) = person.post("/signing/orders/answers", handed).json["answers"]
    assert row["error"] == "This came too late: it was to be signed before. Press «Submit and pay» again; the draft is kept."
    newer = person.post(f"/applications/{pk}/submit").json["order"]["id"]
    assert person.post(f"/signing/orders/{order}/answer", {"signature": handed["answers"][0]["signature"]}).status_code == 409
    assert person.post(f"/signing/orders/{newer}/refuse").status_code == 200
    assert states_of(desk) == {"EXPIRED": 1, "REFUSED": 1}
    is_a_draft(desk, pk)


def test_nobody_is_asked_to_sign_what_would_be_refused(desk: Desk, filed: Filed, api: Any, holder: Made) -> None:
    """No order without both papers or without money; and a wrong signature leaves it waiting."""
    person, pk = api(EXPORTER), filed()
    row = desk.application(pk)
    row.attachments.pop()
    desk.session.commit()
    answer = person.post(f"/applications/{pk}/submit")
    assert (answer.status_code, states_of(desk)) == (409, {})
    assert "Attach the packing list" in answer.json["detail"]
    other, pk = made("Meera Patel", key="p256"), filed()
    order = person.post(f"/applications/{pk}/submit").json["order"]["id"]
    handed = agent(other, person.post("/signing/orders/sealed").json)["answers"][0]["signature"]
    answer = person.post(f"/signing/orders/{order}/answer", {"signature": handed})
    assert (answer.status_code, states_of(desk)) == (422, {"WAITING": 1})
    is_a_draft(desk, pk)


@pytest.mark.parametrize("asked", ["SUBMIT", "REPLY"])
def test_what_was_revoked_while_it_waited_signs_nothing(
    app: Flask, desk: Desk, filed: Filed, api: Any, tmp_path: Path, asked: str
) -> None:
    """The certificate is asked after again when its signature comes: its authority's newest list counts."""
    pk = filed("QUERY_RAISED") if asked == "REPLY" else filed()
    holder, person = on_token(desk.session), api(EXPORTER)
    if asked == "REPLY":
        desk.move(pk, EXPORTER, "edit", filing=factories.filing(vessel_flight="MV Godavari"))
    before, held = desk.application(pk).signature, desk.wallet().held_paise
    with settings(app, CRL_FOLDER=str(tmp_path)):
        move, said = ("reply", {"reply": "As on the invoice."}) if asked == "REPLY" else ("submit", {})
        assert person.post(f"/applications/{pk}/{move}", said).status_code == 202
        (tmp_path / "issuing.crl").write_bytes(demonstration.authority().crl([holder.pem]))
        (row,) = signed(person, holder)
    assert row["status"] == "FAILED"
    assert row["reason"].startswith("The digital signature certificate cannot be used. ")
    assert "was revoked on" in row["reason"]
    now = desk.application(pk)
    assert (now.status, now.signature) == ("QUERY_RAISED" if asked == "REPLY" else "DRAFT", before)
    assert desk.wallet().held_paise == held


def test_a_reply_waits_only_when_it_changes_what_was_signed(desk: Desk, filed: Filed, api: Any) -> None:
    """The answers are kept with the order and sent with the signature; an unchanged application needs none."""
    pks = [filed("QUERY_RAISED"), filed("QUERY_RAISED")]
    holder, person = on_token(desk.session), api(EXPORTER)
    said = {"reply": "Bath towels, as on the invoice."}
    assert person.post(f"/applications/{pks[0]}/reply", said).status_code == 200
    desk.move(pks[1], EXPORTER, "edit", filing=factories.filing(vessel_flight="MV Godavari"))
    assert person.post(f"/applications/{pks[1]}/reply", said).status_code == 202
    assert [row["status"] for row in signed(person, holder)] == ["DONE"]
    row = desk.application(pks[1])
    assert (row.status, row.queries[0].reply) == ("RESUBMITTED", said["reply"])
    assert holds("DSC", row.signer_certificate_pem, signed_bytes(row), row.signature)
    assert desk.wallet().held_paise == 40_000, "no second fee"


def test_a_broker_signs_with_a_token_of_its_own(app: Flask, desk: Desk, api: Any, filed: Filed) -> None:
    """For the firm it acts for and no other; once the firm has ended that, nothing is sent."""
    holder, person, pks = on_token(desk.session, BROKER), scene.For(api(BROKER)), [filed(), filed()]
    for pk in pks:
        assert person.post(f"/applications/{pk}/submit").status_code == 202
    assert api(BROKER).post("/signing/orders/sealed").status_code == 403, "acting for nobody"
    told = person.post("/signing/orders/sealed").json
    handed = agent(holder, told)["answers"]
    answer = person.post("/signing/orders/answers", {"answers": handed[:1]})
    assert [row["status"] for row in answer.json["answers"]] == ["DONE"]
    row = desk.application(pks[0])
    assert (row.declared_by, payload.signed(row)["broker"]["person"]) == (scene.FOR_BALAJI, "Ravi Kumar")
    assert holds("DSC", row.signer_certificate_pem, signed_bytes(row), row.signature)
    scene.ended(app)
    assert person.post("/signing/orders/answers", {"answers": handed[1:]}).status_code == 403
    assert desk.application(pks[1]).status == "DRAFT"


def test_the_page_asks_shows_and_gives_up(desk: Desk, filed: Filed, login: Any, holder: Made) -> None:
    """«Submit and pay» leads to the page of what waits; the answers of the page's script submit; giving up keeps the draft."""
    person, pks = login(EXPORTER), [filed(), filed()]
    for pk in pks:
        answer = person.post(f"/applications/move/{pk}/submit")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/with-token/")
    page = person.get("/with-token/").text
    assert all(f"Draft {pk}" in page for pk in pks)
    assert "then it is sent at once. The fee of what you submit is set aside then." in page
    told = person.post(
        "/with-token/sealed", json={"ids": [row.id for row in desk.session.scalars(select(SignatureOrder))][:1]}
    ).json
    rows = person.post("/with-token/answers", json=agent(holder, told)).json["answers"]
    assert [row["status"] for row in rows] == ["DONE"]
    assert person.post("/with-token/refuse").status_code == 302
    assert [desk.application(pk).status for pk in pks] == ["SUBMITTED", "DRAFT"]
    assert "Nothing waits for your token" in person.get("/with-token/").text
    assert login(OFFICER).get("/with-token/").status_code == 403


@pytest.mark.parametrize("email", [EXPORTER, BROKER])
def test_an_organisations_certificate_is_of_the_own_firm(desk: Desk, email: str) -> None:
    """Another firm's is refused with the name; the own one, in other signs and capitals, and a personal one are taken."""
    who = actor_for(desk.session, email)
    own = {EXPORTER: "SHREE BALAJI TEXTILES AND OVERSEAS PVT LTD", BROKER: "seaways  logistics"}[email]
    with pytest.raises(Unfit) as told:
        registration.begin(desk.session, who, certificate=made(who.own_name, of="Federation of Exporters", key="p256").der)
    assert [found.code for found in told.value.findings] == ["WRONG_FIRM"]
    assert "somebody of Federation of Exporters" in told.value.sentence
    for firm in (own, own.replace(" AND ", " & "), "Personal", ""):
        assert registration.begin(desk.session, who, certificate=made(who.own_name, of=firm, key="p256").der)


def test_answers_at_once_and_against_everything_else(app: Flask, own: Engine) -> None:
    """Two drafts, each answered three times, asked for anew, refused and edited at one moment: whole or not at all."""
    with app.app_context():
        holder = on_token(db.session)
        for _ in range(2):
            pks = [factories.filed(app), factories.filed(app)]
            who, clerk = actor_for(db.session, EXPORTER), actor_for(db.session, CLERK)
            with transaction(db.session):
                for pk in pks:
                    by_token.ask(db.session, db.session.get_one(Application, pk), who, "submit")
                told = orders.sealed(db.session, who)
            handed = agent(holder, told)["answers"]
            db.session.remove()

            def post(answer: dict[str, Any], who: Any = who) -> Any:
                return orders.answered_or_why_not(db.session, who, answer["id"], answer["signature"])

            def again(pk: int, who: Any = who) -> Any:
                return by_token.ask(db.session, db.session.get_one(Application, pk), who, "submit").id  # type: ignore[union-attr]  # a draft always has something to sign

            def edit(pk: int, who: Any = clerk) -> Any:
                filing = factories.filing(notify_party="Somebody else")
                return service.edit(db.session, db.session.get_one(Application, pk), who, filing=filing)

            posts = [partial(post, answer) for answer in handed for _ in range(3)]
            ended = at_once(app, *posts, partial(again, pks[0]), partial(again, pks[1]), partial(edit, pks[0]))
            assert [each for each in ended if isinstance(each, Exception) and not isinstance(each, BusinessError)] == []
            desk = Desk(db.session, app)
            rows = [desk.application(pk) for pk in pks]
            for row in rows:
                assert (row.status, row.number is None, row.signature == "") in {
                    ("SUBMITTED", False, False), ("DRAFT", True, True),
                }  # fmt: skip
                assert wallet.held_for(db.session, row.id) == (20_000 if row.status == "SUBMITTED" else 0)
                if row.status == "SUBMITTED":
                    assert holds("DSC", row.signer_certificate_pem, signed_bytes(row), row.signature)
            db.session.rollback()


def test_the_reply_page_waits_for_the_token_and_keeps_the_answers(desk: Desk, filed: Filed, login: Any) -> None:
    """Changes are saved and the answers wait; given up, they stand on the page again; an unchanged reply goes at once."""
    pk, holder, person = filed("QUERY_RAISED"), on_token(desk.session), login(EXPORTER)
    data = {"answers": ["The Godavari.", "Bath towels, as before."], "q0-vessel_flight": "MV Godavari"}
    answer = person.post(f"/applications/move/{pk}/reply", data=data, content_type="multipart/form-data")
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/with-token/")
    row = desk.application(pk)
    assert (row.status, row.vessel_flight) == ("QUERY_RAISED", "MV Godavari")
    waiting = person.get("/with-token/").text
    assert "The reply to the query" in waiting
    assert "then it is sent at once." in waiting
    assert "set aside" not in waiting, "a reply costs nothing"
    assert "It waits for your token" in person.get(f"/applications/show/{pk}").text
    person.post("/with-token/refuse")
    page = person.get(f"/applications/move/{pk}/reply").text
    assert all(said in page for said in data["answers"])
    person.post(f"/applications/move/{pk}/reply", data=data, content_type="multipart/form-data")
    (told,) = person.post("/with-token/answers", json=agent(holder, person.post("/with-token/sealed", json={}).json)).json[
        "answers"
    ]
    row = desk.application(pk)
    assert (told["status"], row.status, row.queries[0].items[0]["answer"]) == ("DONE", "RESUBMITTED", "The Godavari.")
    assert row.queries[0].changes[0]["new"] == "MV Godavari"
