"""A broker at work: every scope tries every move, rights end with the next request, firms never mix; over REST and pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.applications.rules import LIFE
from app.core.actor import Role
from tests import factories, states
from tests.brokers import scene
from tests.brokers.scene import For, chosen
from tests.people import BALAJI, BROKER, EXPORTER, NILGIRI, OFFICER, OTHER_EXPORTER
from tests.test_role_matrix import ARGS, MOVES, by_the_table

ROLES = {"READ": Role.BROKER_READER, "DRAFT": Role.BROKER_DRAFTER, "SUBMIT": Role.BROKER_FILER}
DRAFTS = {"READ": 403, "DRAFT": 201, "SUBMIT": 201}


@pytest.mark.parametrize("scope", ROLES)
def test_every_move_by_a_broker_of_every_scope(app: Flask, api: Any, login: Any, scope: str) -> None:
    """In each state, over REST and by the button: what the table gives the scope and nothing else; a refusal changes nothing."""
    scene.granted(app, scope)
    pks = {state: states.brought(app, state) for state in LIFE.states}
    program, browser, before = For(api(BROKER)), chosen(login(BROKER)), states.picture(app)
    for state, pk in pks.items():
        done = [name for name in MOVES if by_the_table(LIFE, name, state, ROLES[scope]) == 200]
        for name in MOVES:
            want = by_the_table(LIFE, name, state, ROLES[scope])
            with states.undone(app):
                answer = program.post(f"/applications/{pk}/{name}", ARGS.get(name, {"officer": 1} if name == "reassign" else {}))
                assert answer.status_code == want, f"{scope} {name} in {state}: {answer.json}"
            with states.undone(app):
                answer = browser.post(f"/applications/move/{pk}/{name}", data={"reply": "Bath towels."})
                assert answer.status_code == (403 if name == "edit" and want == 200 else 302 if want == 200 else want), (
                    f"{name} {state}"
                )
        assert set(program.get(f"/applications/{pk}").json["result"]["moves"]) == set(done), state
        page = browser.get(f"/applications/show/{pk}").text
        shown = {name for name in MOVES if f'"/applications/move/{pk}/{name}"' in page}
        assert shown == set(done) - {"edit"}, f"{scope} {state}"
    assert states.changed(before, states.picture(app)) == []


@pytest.mark.parametrize("scope", ROLES)
def test_filing_by_a_broker_of_every_scope(app: Flask, api: Any, login: Any, scope: str) -> None:
    """New drafts, papers, changes and deletion: for who may draft; the draft is the firm's, whoever wrote it."""
    scene.granted(app, scope)
    program, browser = For(api(BROKER)), chosen(login(BROKER))
    answer = program.post("/applications/", factories.filing())
    assert answer.status_code == DRAFTS[scope]
    assert browser.get("/filing/").status_code == (403 if scope == "READ" else 200)
    if scope == "READ":
        return
    pk = answer.json["id"]
    assert program.attach(pk, "INVOICE").status_code == program.attach(pk, "PACKING_LIST").status_code == 201
    assert program.put(f"/applications/{pk}", factories.filing(vessel_flight="EVER GIVEN")).status_code == 200
    assert api(EXPORTER).get(f"/applications/{pk}").json["result"]["exporter_iec"] == BALAJI
    assert program.post(f"/applications/{pk}/submit").status_code == (200 if scope == "SUBMIT" else 403)
    scene.ended(app)
    assert program.put(f"/applications/{pk}", factories.filing()).status_code == 403
    kept = api(EXPORTER).get(f"/applications/{pk}").json["result"]
    assert (kept["status"], len(kept["attachments"])) == ("SUBMITTED" if scope == "SUBMIT" else "DRAFT", 2)


@pytest.mark.parametrize("scope", ["READ", "DRAFT", "SUBMIT"])
def test_money_and_people_stay_shut(app: Flask, api: Any, login: Any, scope: str) -> None:
    """No top-up, no ledger, no people, no rights to act, whatever the scope; the row is not even found by number."""
    scene.granted(app, scope)
    program, browser = For(api(BROKER)), chosen(login(BROKER))
    before = states.picture(app)
    assert program.post("/wallets/topups", {"amount_paise": 100000}).status_code == 403
    for path in ("/wallets/", "/ledger/", "/topups/", "/delegations/", "/officers/"):
        assert program.get(path).status_code == 403, path
    said = {"licence_no": scene.LICENCE, "scope": "SUBMIT", "from_date": "2026-12-01", "until": "2026-12-02"}
    assert program.post("/delegations/", said).status_code == 403
    assert program.post(f"/delegations/{scene.open_now(app)}/end").status_code == 403
    for path in ("/walletview/list/", "/ledgerview/list/", "/wallet/topup", "/wallet/statement", "/exporteruserview/list/",
                 "/delegations/list/", "/delegations/grant", "/dsc/", "/brokers/list/"):  # fmt: skip
        assert browser.get(path).status_code in {403, 404}, path
    home = browser.get("/").text
    assert ("available" in home) == (scope == "SUBMIT")
    assert states.changed(before, states.picture(app)) == []


# --- the header and the session -----------------------------------------------------------------------------------------


def test_without_a_firm_nothing_is_open(app: Flask, api: Any, login: Any) -> None:
    """The refusal says what to do: choose a firm, or send the header; the first page leads to the list of firms."""
    pk = states.brought(app, "SUBMITTED")
    program, browser = api(BROKER), login(BROKER)
    answer = program.get(f"/applications/{pk}")
    assert answer.status_code == 403
    assert "X-Acting-For" in answer.json["detail"]
    assert "«My firms»" in browser.get(f"/applications/show/{pk}").text
    assert browser.get("/").headers["Location"] == "/firms/"


@pytest.mark.parametrize("iec", ["AAAAA0000A", "%00", "' OR 1=1 --", "x" * 5000, "ÄÖÜ", BALAJI.lower()])
def test_a_header_that_names_no_firm_of_mine_is_refused(app: Flask, api: Any, iec: str) -> None:
    """Unknown, hostile or endless: 403 with a sentence; the IEC in small letters is the IEC."""
    answer = api(BROKER).get("/applications/", headers={"X-Acting-For": iec.encode().decode("latin-1")})
    assert answer.status_code == (200 if iec == BALAJI.lower() else 403)


@pytest.mark.parametrize("email", [EXPORTER, OTHER_EXPORTER, OFFICER])
def test_nobody_but_a_broker_acts_for_a_firm(app: Flask, api: Any, login: Any, email: str) -> None:
    """The header of somebody else is refused and gives nothing away; there is no page to choose a firm."""
    for iec in (BALAJI, NILGIRI):
        answer = api(email).get("/applications/", headers={"X-Acting-For": iec})
        assert (answer.status_code, "Only a customs broker" in answer.json["detail"]) == (403, True)
    browser = login(email)
    assert browser.get("/firms/").status_code == browser.post(f"/firms/for/{BALAJI}").status_code == 403
    assert browser.post("/firms/leave").status_code == 403


def test_each_firm_by_itself(app: Flask, api: Any, login: Any) -> None:
    """The same person, token and cookie: for Balaji nothing of Nilgiri, for Nilgiri nothing of Balaji, in lists and by number."""
    mine, theirs = states.brought(app, "SUBMITTED"), factories.filed(app, "SUBMITTED", exporter=OTHER_EXPORTER, agency="SWCC")
    draft = states.brought(app, "DRAFT")
    program, other = For(api(BROKER)), For(api(BROKER), NILGIRI)
    assert theirs not in program.get("/applications/").json["ids"]
    assert mine not in other.get("/applications/").json["ids"]
    assert program.get(f"/applications/{theirs}").status_code == other.get(f"/applications/{mine}").status_code == 404
    assert other.put(f"/applications/{draft}", factories.filing()).status_code == 404
    assert other.delete(f"/applications/{draft}").status_code == other.attach(draft, "OTHER").status_code == 404
    browser = chosen(login(BROKER), NILGIRI)
    assert browser.get(f"/applications/show/{mine}").status_code == 404
    assert browser.post(f"/applications/move/{mine}/withdraw").status_code == 404
    assert chosen(browser).get(f"/applications/show/{mine}").status_code == 200
    assert browser.get(f"/applications/show/{theirs}").status_code == 404


def test_a_key_used_for_one_firm_is_not_answered_for_another(app: Flask, api: Any) -> None:
    """The same Idempotency-Key and body for two firms are two questions: the second is refused, and nothing is given away."""
    key, body = {"Idempotency-Key": "one"}, factories.filing()
    first = For(api(BROKER)).post("/applications/", body, headers=key)
    assert first.status_code == 201
    assert For(api(BROKER)).post("/applications/", body, headers=key).json == first.json
    other = For(api(BROKER), NILGIRI).post("/applications/", body, headers=key)
    assert other.status_code == 422
    assert "used for a different request" in other.json["detail"]
    scene.ended(app)
    assert For(api(BROKER)).post("/applications/", body, headers=key).status_code == 403


# --- the right ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [EXPORTER, BROKER])
def test_the_next_request_after_the_end_is_refused(app: Flask, api: Any, login: Any, who: str) -> None:
    """Same token, same cookie: reading and writing are refused with the sentence until another firm is chosen; drafts stay."""
    program, browser = For(api(BROKER)), chosen(login(BROKER))
    pk = program.post("/applications/", factories.filing()).json["id"]
    assert browser.get(f"/filing/{pk}").status_code == 200
    scene.ended(app, by=who)
    before = states.picture(app)
    for answer in (browser.get(f"/filing/{pk}"), browser.post(f"/filing/{pk}", data={"kind": "ORIGINAL"}),
                   browser.get("/applications/list/"), browser.post(f"/applications/move/{pk}/delete")):  # fmt: skip
        assert (answer.status_code, "ended the right of Seaways Logistics" in answer.text) == (403, True)
    answers = (program.get(f"/applications/{pk}"), program.post(f"/applications/{pk}/submit"),
               program.put(f"/applications/{pk}", factories.filing()), program.get("/applications/"))  # fmt: skip
    assert all(answer.status_code == 403 and "ended the right" in answer.json["detail"] for answer in answers)
    assert states.changed(before, states.picture(app)) == []
    assert "ended the right of Seaways Logistics" in browser.get("/firms/").text
    assert "Act for this firm" in browser.get("/firms/").text, "for Nilgiri"
    assert browser.get("/firms/").text.count("ended the right") == 1
    assert browser.post(f"/firms/for/{BALAJI}").status_code == 403
    assert api(EXPORTER).delete(f"/applications/{pk}").status_code == 200


def test_midnight_of_the_last_day_ends_it(app: Flask, api: Any) -> None:
    """The same token a moment before and after, without any job."""
    from app.core import clock

    until = clock.india_today()
    scene.granted(app, "READ", until=until)
    program = For(api(BROKER))
    assert program.get("/applications/").status_code == 200
    program.headers = For(api(BROKER)).headers
    with clock.travel(clock.india_midnight(until + timedelta(days=1))):
        from app.brokers import service

        with app.app_context():
            from app.infra.db import db

            found = service.acting(db.session, states.told(app, BROKER).user_id, BALAJI)
    assert found is not None
    assert "ran out on" in found.closed


def test_a_smaller_right_is_smaller_at_once(app: Flask, api: Any) -> None:
    """What a verb was told of the broker before is asked again under the lock: an old actor submits nothing."""
    from app.applications.service import VERBS, Application
    from app.core.errors import NotAllowed
    from app.infra.db import db

    pk, held = states.brought(app, "DRAFT"), scene.acting(app)
    scene.granted(app, "DRAFT")
    with app.app_context(), pytest.raises(NotAllowed):
        VERBS["submit"](db.session, db.session.get_one(Application, pk), held)
    assert For(api(BROKER)).post(f"/applications/{pk}/submit").status_code == 403


# --- every act is marked ----------------------------------------------------------------------------------------------------


def test_every_act_says_for_whom(app: Flask, api: Any, login: Any) -> None:
    """Trail, signature, signed data, certificate, ledger and notices name the person, the broker and the firm."""
    from app.applications.models import Application
    from app.applications.payload import signed
    from app.audit.models import AuditEvent
    from app.certificates.models import Certificate
    from app.infra.db import db
    from app.notices.models import Notice
    from app.signing.service import active_registration
    from app.wallet.models import LedgerEntry

    program = For(api(BROKER))
    pk = program.post("/applications/", factories.filing()).json["id"]
    assert program.attach(pk, "INVOICE").status_code == program.attach(pk, "PACKING_LIST").status_code == 201
    assert program.post(f"/applications/{pk}/submit").status_code == 200
    with app.app_context():
        row = db.session.get_one(Application, pk)
        assert (row.declared_by, row.exporter_iec) == (scene.FOR_BALAJI, BALAJI)
        assert signed(row)["broker"] == {"person": "Ravi Kumar", "broker": "Seaways Logistics", "licence_no": scene.LICENCE,
                                         "delegation": scene.open_now(app)}  # fmt: skip
        own = active_registration(db.session, states.told(app, BROKER).user_id)
        assert own is not None
        assert row.signer_certificate_pem == own.certificate_pem
        events = db.session.query(AuditEvent).filter_by(object_kind="application", object_id=pk).all()
        assert {(event.actor_name, event.detail["for"]) for event in events} == {
            (scene.FOR_BALAJI, f"Shree Balaji Textiles & Overseas Pvt. Ltd. (IEC {BALAJI})")
        }
        assert {e.actor_name for e in db.session.query(LedgerEntry).filter_by(application_id=pk)} == {scene.FOR_BALAJI}
        firm = states.told(app, EXPORTER).user_id
        assert any(scene.FOR_BALAJI in note.text for note in db.session.query(Notice).filter_by(user_id=firm))
    assert scene.FOR_BALAJI.replace("&", "&amp;") in login(EXPORTER).get(f"/applications/show/{pk}").text
    for name, args in (("take_up", {}), ("approve", {})):
        factories.move(app, pk, OFFICER, name, **args)
    factories.run_jobs(app)
    with app.app_context():
        certificate = db.session.query(Certificate).filter_by(application_id=pk).one()
        assert certificate.status == "VALID"
        assert certificate.data_snapshot["declaration"]["signatory"] == scene.NAME, "and below it the firm"
        note = db.session.query(Notice).filter_by(user_id=states.told(app, BROKER).user_id).order_by(Notice.id.desc()).first()
        assert (note.url, note.exporter_id) == (f"/firms/for/{BALAJI}?next=/applications/{pk}", row.exporter_id)
    browser = chosen(login(BROKER), NILGIRI)
    assert "Balaji" not in browser.get("/notices/").text, "the bell rings for the firm one acts for"
    assert f"/applications/{pk}" in chosen(browser).get("/notices/").text


def test_the_firm_itself_signs_again_after_the_broker(app: Flask, api: Any) -> None:
    """A reply with changes by the firm's own person carries that person's signature and no broker's name."""
    from app.applications.models import Application
    from app.infra.db import db

    program = For(api(BROKER))
    pk = program.post("/applications/", factories.filing()).json["id"]
    assert program.attach(pk, "INVOICE").status_code == program.attach(pk, "PACKING_LIST").status_code == 201
    assert program.post(f"/applications/{pk}/submit").status_code == 200
    factories.move(app, pk, OFFICER, "take_up")
    factories.move(app, pk, OFFICER, "query", items=[{"text": "Which vessel is it?", "field_path": "vessel_flight"}])
    own = api(EXPORTER)
    assert own.put(f"/applications/{pk}", factories.filing(vessel_flight="EVER GIVEN")).status_code == 200
    assert own.post(f"/applications/{pk}/reply", {"reply": "Bath towels."}).status_code == 200
    with app.app_context():
        row = db.session.get_one(Application, pk)
        assert (row.declared_by, row.broker) == ("Meera Patel", None)


# --- two tabs -----------------------------------------------------------------------------------------------------------------


def token(page: Any) -> str:
    """The token the forms of a page carry."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text[:500]
    return found[1]


def test_a_page_made_for_one_firm_is_not_taken_for_another(app: Flask, login: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tabs: the draft typed for Balaji is refused while acting for Nilgiri, in a sentence; back with Balaji it is taken."""
    browser = login(BROKER)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    pk = states.brought(app, "DRAFT")
    first = token(browser.get("/firms/"))
    assert browser.post(f"/firms/for/{BALAJI}", data={"csrf_token": first}).status_code == 302
    page = token(browser.get(f"/applications/move/{pk}/submit"))
    filing = token(browser.get("/filing/"))
    idle = token(browser.get("/firms/"))
    assert browser.post("/firms/leave", data={"csrf_token": idle}).status_code == 302
    assert browser.post(f"/firms/for/{NILGIRI}", data={"csrf_token": first}).status_code == 302, (
        "the page of nobody is good again"
    )
    before = states.picture(app)
    for path, sent in (
        (f"/applications/move/{pk}/submit", page),
        ("/filing/", filing),
        ("/firms/leave", idle),
        ("/firms/leave", first),
    ):
        answer = browser.post(path, data={"csrf_token": sent})
        assert (answer.status_code, "Nothing was changed, for either" in answer.text) == (409, True), path
    assert browser.post("/filing/", data={"csrf_token": "made up"}).status_code == 400
    assert browser.post("/filing/", data={}).status_code == 400
    assert states.changed(before, states.picture(app)) == []
    other = token(browser.get("/filing/"))
    assert browser.post("/firms/leave", data={"csrf_token": other}).status_code == 302
    assert browser.post(f"/firms/for/{BALAJI}", data={"csrf_token": first}).status_code == 302
    assert browser.post(f"/applications/move/{pk}/submit", data={"csrf_token": page}).status_code == 302
    assert api_status(app, pk) == "SUBMITTED"


def api_status(app: Flask, pk: int) -> str:
    with states.as_the_system(app, pk) as (_session, application):
        return str(application.status)


def test_a_paper_kept_for_one_firm_is_not_carried_to_another(app: Flask, login: Any) -> None:
    """What the page carries of a paper is of use for the firm it was chosen for alone."""
    from dataclasses import replace

    from app.applications.kept import Kept, carried

    actor = scene.acting(app)
    with app.app_context():
        paper = Kept("INVOICE", "a.pdf", "application/pdf", 3, "0" * 64, beside=False).token(actor)
        assert len(carried(actor, [paper])) == 1
        assert carried(scene.acting(app, NILGIRI), [paper]) == []
        assert carried(replace(actor, exporter_id=None), [paper]) == []
