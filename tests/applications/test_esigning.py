"""An application is signed with Aadhaar: the whole walk, and everything that may come back from a provider and must not count."""

import base64
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from lxml import etree

from app.applications import payload, signatures
from app.applications.models import Application
from app.core import clock
from app.core.errors import BusinessError
from app.signing import esign, registration
from app.signing.esign_signature import why_not_kept
from app.signing.models import EsignOrder
from app.signing.sandbox_esign import Asked
from app.wallet.models import Wallet
from tests import factories, states
from tests.conftest import HOME
from tests.desk import Desk
from tests.people import BALAJI, BROKER, CLERK, EXPORTER, OTHER_EXPORTER, actor_for
from tests.signing import esigner
from tests.signing.esigner import Bent, begun, came_back
from tests.signing.stamps import settings

VALID = "2341 2341 2346"  # the example of the number's own specification: twelve digits with the right check digit


@pytest.fixture
def provider(app: Flask, rolled_back: None) -> Iterator[Bent]:
    with esigner.at_hand(app, HOME / "esign-tests") as bent:
        yield bent


def order_of(desk: Desk, order_id: int) -> EsignOrder:
    desk.session.expire_all()
    return desk.session.get_one(EsignOrder, order_id)


def everything(desk: Desk) -> str:
    """All that the database holds, as one text."""
    return repr(list(states.picture(desk.app).items()))


def test_scenario_4_an_exporter_signs_with_aadhaar(
    app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent, caplog: Any
) -> None:
    """The person has no certificate, agrees, signs at the provider's, and the application is submitted; no number is kept."""
    pk, who = filed(), actor_for(desk.session, EXPORTER)
    registration.revoke(desk.session, who, reason="The token was lost on a journey.")
    desk.session.commit()
    browser = login(EXPORTER)
    page = browser.get(f"/applications/move/{pk}/submit").get_data(as_text=True)
    assert "Sign with Aadhaar" in page
    assert "does not see my Aadhaar number" in page
    assert ">Submit and pay</button>" not in page, "without a certificate it could only be refused"
    order_id, fields = begun(browser, pk)
    sent = browser.get(f"/esign/{order_id}/send")
    assert "form-action 'self' http://127.0.0.1:8084; " in sent.headers["Content-Security-Policy"]
    assert "csrf_token" not in fields
    assert (desk.application(pk).status, desk.wallet().held_paise) == ("DRAFT", 0)
    back = came_back(app, provider.answers(fields))
    assert (back.status_code, back.headers["Location"]) == (303, f"/esign/{order_id}")
    row, order = desk.application(pk), order_of(desk, order_id)
    assert (row.status, row.sign_mode, row.declared_by, desk.wallet().held_paise) == (
        "SUBMITTED",
        "AADHAAR",
        "Meera Patel",
        20_000,
    )
    assert (row.payload_sha256, order.status, order.sha256) == (payload.digest(row), "DONE", payload.digest(row))
    assert why_not_kept(row.signature, row.signer_certificate_pem, payload.digest(row), esign.whom_we_trust(), clock.now()) == ""
    assert "my Aadhaar number with UIDAI" in order.consent
    assert order.reference
    shown = browser.get(f"/esign/{order_id}").get_data(as_text=True)
    assert row.number in shown
    assert list(signatures.faults(desk.session)) == []
    kept = everything(desk) + caplog.text
    number = esigner.NUMBERS["Meera Patel"]
    for form in (number, f"{number[:4]} {number[4:8]} {number[8:]}", f"{number[:4]}-{number[4:8]}-{number[8:]}", number[4:]):
        assert form not in kept
        assert form not in base64.b64decode(row.signature).decode("latin-1")


def test_scenario_4_a_code_that_has_expired_costs_nothing(app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent) -> None:
    pk, browser = filed(), login(EXPORTER)
    order_id, fields = begun(browser, pk)
    provider.patience = timedelta(0)
    before = desk.wallet().available_paise
    assert came_back(app, provider.answers(fields)).status_code == 303
    order = order_of(desk, order_id)
    assert (order.status, desk.application(pk).status, desk.wallet().available_paise) == ("REFUSED", "DRAFT", before)
    assert "The one-time password has expired. Nothing was changed." in browser.get(f"/esign/{order_id}").get_data(as_text=True)


def test_an_answer_counts_once(app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent) -> None:
    """Posted again, in another window or by somebody who has seen it, it changes nothing at all."""
    pk = filed()
    order_id, fields = begun(login(EXPORTER), pk)
    answer = provider.answers(fields)
    came_back(app, answer)
    desk.session.rollback()
    before = states.picture(app)
    again = came_back(app, answer)
    assert (again.status_code, again.headers["Location"]) == (303, f"/esign/{order_id}")
    assert states.changed(before, states.picture(app)) == []


# --- what a provider may answer, and must not ------------------------------------------------------------------------


def parts(
    bent: Bent, asked: Asked, *, name: str = esigner.SIGNER, digest: str = "", holder: Any = None, other: Any = None
) -> Any:
    """The sandbox's answer before it is sealed."""
    held = holder or bent.keys.signer(name)
    root = bent._answer(asked, "1", "NA", "NA")
    shown = base64.b64encode((other or held).certificate.public_bytes(Encoding.DER)).decode()
    etree.SubElement(root, "UserX509Certificate").text = shown
    one = etree.SubElement(etree.SubElement(root, "Signatures"), "DocSignature", id="1", sigHashAlgorithm="SHA256", error="NA")
    one.text = base64.b64encode(bent.keys.pkcs7(held, bytes.fromhex(digest or asked.sha256))).decode()
    return root


def expired(bent: Bent, asked: Asked) -> bytes:
    start = datetime.now(UTC) - timedelta(minutes=31)
    return bent.sealed(parts(bent, asked, holder=bent.keys.signer(esigner.SIGNER, start=start)))


def long_lived(bent: Bent, asked: Asked) -> bytes:
    return bent.sealed(parts(bent, asked, holder=bent.keys.signer(esigner.SIGNER, life=timedelta(hours=1))))


def other_policy(bent: Bent, asked: Asked) -> bytes:
    return bent.sealed(parts(bent, asked, holder=bent.keys.signer(esigner.SIGNER, policy="2.16.356.100.2.3")))


def strange_authority(bent: Bent, asked: Asked) -> bytes:
    theirs = esigner.other_keys(HOME / "esign-others")
    root = parts(bent, asked, holder=theirs.signer(esigner.SIGNER))
    forged = theirs.pkcs7(theirs.signer(esigner.SIGNER), bytes.fromhex(asked.sha256))
    root.find("./Signatures/DocSignature").text = base64.b64encode(forged).decode()
    root.find("./UserX509Certificate").text = "NA"
    return bent.sealed(root)


def broken(bent: Bent, asked: Asked) -> bytes:
    """The value of the signature has one bit that is not the signer's."""
    root = parts(bent, asked)
    one = root.find("./Signatures/DocSignature")
    der = bytearray(base64.b64decode(one.text))
    der[-1] ^= 1
    one.text = base64.b64encode(bytes(der)).decode()
    return bent.sealed(root)


def nonsense(bent: Bent, asked: Asked) -> bytes:
    root = parts(bent, asked)
    root.find("./Signatures/DocSignature").text = base64.b64encode(b"not a signature").decode()
    return bent.sealed(root)


def number_in_name(bent: Bent, asked: Asked) -> bytes:
    return bent.sealed(parts(bent, asked, name=f"Meera Patel {VALID}"))


def number_in_words(bent: Bent, asked: Asked) -> bytes:
    return bent.refused(asked, "112", f"Aadhaar {VALID.replace(' ', '')} has no telephone")


REFUSED: dict[str, tuple[Callable[[Bent, Asked], bytes], str]] = {
    "another document": (lambda bent, asked: bent.sealed(parts(bent, asked, digest="0" * 64)), "not over this document"),
    "another name": (lambda bent, asked: bent.sealed(parts(bent, asked, name="Kiran Desai")), "knows the signer as Kiran Desai"),
    "another certificate shown": (
        lambda bent, asked: bent.sealed(parts(bent, asked, other=bent.keys.signer(esigner.SIGNER))), "another certificate than"),
    "expired": (expired, "has expired"),
    "lives too long": (long_lived, "not a certificate for one e-signature"),
    "not on an Aadhaar check": (other_policy, "not issued on an Aadhaar check"),
    "a strange authority": (strange_authority, "not from an authority trusted"),
    "does not verify": (broken, "does not verify"),
    "no signature at all": (nonsense, "cannot be read"),
    "the provider's own refusal": (lambda bent, asked: bent.refused(asked, "112", "No telephone is known"), "No telephone is known."),
    "a number in the name": (number_in_name, "may be an Aadhaar number"),
    "a number in the words": (number_in_words, "may be an Aadhaar number"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_hold_is_refused_in_a_sentence(
    case: str, app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent, caplog: Any
) -> None:
    """The draft stays a draft, nothing is paid, the person reads why, and no number that came along is kept anywhere."""
    pk, browser = filed(), login(EXPORTER)
    order_id, fields = begun(browser, pk)
    provider.bend, sentence = REFUSED[case]
    before = desk.wallet().available_paise
    assert came_back(app, provider.answers(fields)).headers["Location"] == f"/esign/{order_id}"
    order = order_of(desk, order_id)
    assert (order.status, order.signature) == ("REFUSED", "")
    assert sentence in order.reason
    assert sentence in browser.get(f"/esign/{order_id}").get_data(as_text=True)
    assert (desk.application(pk).status, desk.wallet().available_paise) == ("DRAFT", before)
    assert bool(order.answer) == ("number in" not in case), "kept for evidence, unless it may hold a number"
    assert VALID.replace(" ", "") not in (everything(desk) + caplog.text).replace(" ", "")


def altered(provider: Bent, answer: str) -> str:
    return answer.replace('status="0"', 'status="1"')


def by_another(provider: Bent, answer: str) -> str:
    root = etree.fromstring(answer)
    root.remove(root[-1])
    theirs = esigner.other_keys(HOME / "esign-others")
    return Bent(theirs, "", [], "").sealed(root).decode()


def bare(provider: Bent, answer: str) -> str:
    root = etree.fromstring(answer)
    root.remove(root[-1])
    return etree.tostring(root).decode()


def wrapped(provider: Bent, answer: str) -> str:
    """The true answer inside another that says more."""
    return f'<EsignResp status="1" txn="x">{answer}</EsignResp>'


def entities(provider: Bent, answer: str) -> str:
    return '<!DOCTYPE EsignResp [<!ENTITY a "b">]>' + answer


@pytest.mark.parametrize(
    "forge", [altered, by_another, bare, wrapped, entities, lambda *_: "", lambda *_: "<", lambda *_: "x" * 70_000]
)
def test_what_the_provider_has_not_signed_changes_nothing(
    forge: Any, app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent
) -> None:
    """Not even the order: the true answer may still come."""
    pk = filed()
    order_id, fields = begun(login(EXPORTER), pk)
    true = provider.answers(fields, do="cancel")
    desk.session.rollback()
    before = states.picture(app)
    told = came_back(app, forge(provider, true))
    assert told.status_code == 400
    assert "did not come from the e-sign provider" in told.get_data(as_text=True)
    assert states.changed(before, states.picture(app)) == []
    came_back(app, true)
    assert (
        order_of(desk, order_id).reason
        == "The e-sign provider did not sign: The signer cancelled the signature. Nothing was changed."
    )


def test_an_answer_to_no_request_of_ours_changes_nothing(app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent) -> None:
    begun(login(EXPORTER), filed())
    stray = Asked("somebody-elses-txn", "0" * 64, "", "", datetime.now(UTC))
    desk.session.rollback()
    before = states.picture(app)
    told = came_back(app, provider.signed(stray, esigner.SIGNER).decode())
    assert (told.status_code, "to no request of ours" in told.get_data(as_text=True)) == (404, True)
    assert states.changed(before, states.picture(app)) == []
    assert app.test_client(use_cookies=False).post("/esign/back", data={"eSignResponse": "x" * 200_000}).status_code == 413


# --- what may happen meanwhile ---------------------------------------------------------------------------------------


def emptied(desk: Desk, pk: int) -> None:
    desk.session.query(Wallet).filter_by(exporter_id=desk.application(pk).exporter_id).one().available_paise = 100


def edited(desk: Desk, pk: int) -> None:
    factories.move(desk.app, pk, CLERK, "edit", filing=factories.filing(vessel_flight="MV Another Ship"))


def deleted(desk: Desk, pk: int) -> None:
    factories.move(desk.app, pk, CLERK, "delete")


def submitted(desk: Desk, pk: int) -> None:
    factories.move(desk.app, pk, CLERK, "submit")


def switched_off(desk: Desk, pk: int) -> None:
    from app.access import accounts

    accounts.switch(desk.session, actor_for(desk.session, EXPORTER).user_id or 0, on=False)


MEANWHILE: dict[str, tuple[Callable[[Desk, int], None], str]] = {
    "the draft was changed": (edited, "The draft was changed after it was signed; nothing was submitted"),
    "the draft was deleted": (deleted, "not there any more"),
    "a colleague has submitted": (submitted, "submitted"),
    "the account was switched off": (switched_off, "may not act for the firm any more"),
}


@pytest.mark.parametrize("case", MEANWHILE)
def test_what_happened_meanwhile_is_seen_under_the_lock(
    case: str, app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent
) -> None:
    pk = filed()
    order_id, fields = begun(login(EXPORTER), pk)
    answer = provider.answers(fields)
    happens, sentence = MEANWHILE[case]
    happens(desk, pk)
    desk.session.commit()
    held = desk.wallet().held_paise
    came_back(app, answer)
    order = order_of(desk, order_id)
    assert (order.status, order.signature, desk.wallet().held_paise) == ("REFUSED", "", held)
    assert sentence in order.reason
    row = desk.session.get(Application, pk)
    assert row is None or row.sign_mode != "AADHAAR"


def test_an_empty_wallet_is_found_before_anybody_is_sent_away_and_again_at_the_end(
    app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk, browser = filed(), login(EXPORTER)
    order_id, fields = begun(browser, pk)
    answer = provider.answers(fields)
    monkeypatch.setitem(app.config, "FEE_PAISE", 10**9)
    came_back(app, answer)
    order = order_of(desk, order_id)
    assert (order.status, desk.application(pk).status, desk.application(pk).number) == ("REFUSED", "DRAFT", None)
    assert "wallet" in order.reason
    refused = browser.post(f"/esign/begin/{pk}", data={"consent": "yes"})
    assert refused.headers["Location"] == f"/applications/move/{pk}/submit"
    assert desk.session.query(EsignOrder).count() == 1
    monkeypatch.undo()


def test_without_a_time_stamp_nothing_happens_and_the_same_answer_may_come_again(
    app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent
) -> None:
    pk = filed()
    order_id, fields = begun(login(EXPORTER), pk)
    answer = provider.answers(fields)
    with settings(app, TSA_URL="http://127.0.0.1:9/"):
        told = came_back(app, answer)
    assert told.status_code == 503
    page = told.get_data(as_text=True)
    assert "you need not sign once more" in page
    assert (order_of(desk, order_id).status, desk.application(pk).status) == ("WAITING", "DRAFT")
    assert came_back(app, esigner.fields_on(page)["eSignResponse"]).status_code == 303
    assert (order_of(desk, order_id).status, desk.application(pk).status) == ("DONE", "SUBMITTED")


def test_an_order_is_good_for_half_an_hour_and_the_newest_of_a_person(
    app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent
) -> None:
    pk, browser = filed(), login(EXPORTER)
    first, _ = begun(browser, pk)
    second, fields = begun(browser, pk)
    assert (order_of(desk, first).status, order_of(desk, second).status) == ("EXPIRED", "WAITING")
    answer = provider.answers(fields)
    order_of(desk, second).expires_at = clock.now() - timedelta(seconds=1)
    desk.session.commit()
    assert browser.get(f"/esign/{second}/send").headers["Location"] == f"/esign/{second}"
    came_back(app, answer)
    assert (order_of(desk, second).status, desk.application(pk).status) == ("EXPIRED", "DRAFT")
    third, _ = begun(browser, pk)
    order_of(desk, third).expires_at = clock.now() - timedelta(seconds=1)
    desk.session.commit()
    from app.infra import queue
    from app.signing import jobs

    job = queue.promise(desk.session, jobs.ESIGN, "test")
    desk.session.commit()
    queue.run_job(job.id)
    assert "within 30 minutes" in order_of(desk, third).reason


# --- who may, and how ------------------------------------------------------------------------------------------------


def test_nobody_signs_without_consent_or_for_others(app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent) -> None:
    pk, browser = filed(), login(EXPORTER)
    refused = browser.post(f"/esign/begin/{pk}", data={})
    assert refused.headers["Location"] == f"/applications/move/{pk}/submit"
    assert "Without your consent" in browser.get(refused.headers["Location"]).get_data(as_text=True)
    assert login(OTHER_EXPORTER).post(f"/esign/begin/{pk}", data={"consent": "yes"}).status_code == 404
    order_id, _ = begun(browser, pk)
    for other in (CLERK, OTHER_EXPORTER):
        assert login(other).get(f"/esign/{order_id}").status_code == 404
        assert login(other).get(f"/esign/{order_id}/send").status_code == 404
    with settings(app, ESIGN_PROVIDER="none"):
        assert "Sign with Aadhaar" not in browser.get(f"/applications/move/{pk}/submit").get_data(as_text=True)
        assert browser.post(f"/esign/begin/{pk}", data={"consent": "yes"}).headers["Location"].endswith("/submit")
    for kind, told in (("hosted", "keys are not in place"), ("sandbox", "not offered here")):
        gone = {"ESIGN_PROVIDER": kind, "ESIGN_ASP_KEY": str(HOME / "nowhere.pem")}
        with settings(app, **gone), pytest.raises(BusinessError, match=told):
            esign.must_be_offered()


def test_a_broker_signs_with_the_own_aadhaar_for_the_firm(app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent) -> None:
    """The broker's person is named in what is signed, also when the answer comes without a session that says for whom."""
    from tests.brokers import scene

    scene.granted(app, "SUBMIT", BALAJI)
    pk, browser = filed(), scene.chosen(login(BROKER))
    order_id, fields = begun(browser, pk)
    came_back(app, provider.answers(fields, "Ravi Kumar"))
    row = desk.application(pk)
    assert (order_of(desk, order_id).status, row.status, row.sign_mode) == ("DONE", "SUBMITTED", "AADHAAR")
    assert row.broker["person"] == "Ravi Kumar"
    assert row.payload_sha256 == payload.digest(row)


def test_a_program_hands_the_browser_over(app: Flask, desk: Desk, filed: Any, api: Any, provider: Bent) -> None:
    """The answer names the provider's form; the order tells what came of it."""
    pk, program = filed(), api(EXPORTER)
    assert program.post(f"/applications/{pk}/esign", {"what": "submit"}).status_code == 422
    assert program.post(f"/applications/{pk}/esign", {"consent": True, "what": "approve"}).status_code == 422
    assert program.post(f"/applications/{pk}/esign", {"consent": True, "what": "reply"}).status_code == 409
    assert api(OTHER_EXPORTER).post(f"/applications/{pk}/esign", {"consent": True}).status_code == 404
    begun_now = program.post(f"/applications/{pk}/esign", {"consent": True})
    assert begun_now.status_code == 201, begun_now.json
    said = begun_now.json
    came_back(app, provider.answers(said["result"]["form"]["fields"]))
    order = program.get(f"/signing/esign_orders/{said['id']}").json["result"]
    assert (order["status"], order["sha256"]) == ("DONE", desk.application(pk).payload_sha256)
    assert api(CLERK).get(f"/signing/esign_orders/{said['id']}").status_code == 404


# --- a reply ---------------------------------------------------------------------------------------------------------


def typed(browser: Any, pk: int, **changes: Any) -> dict[str, Any]:
    """The page of a reply as it stands, with both questions answered."""
    page = browser.get(f"/applications/move/{pk}/reply").get_data(as_text=True)
    assert page.count("does not see my Aadhaar number") == 1
    assert "submit and pay" not in page
    fields = dict(re.findall(r'name="(q0-[^"]+)" type="[a-z]+" value="([^"]*)"', page))
    assert "q0-vessel_flight" in fields
    form = page[page.index('enctype="multipart') :]
    first = re.search(r'<button[^>]*type="submit"[^>]*>', form)
    assert first is not None
    assert "aadhaar" not in first.group(), "the Enter key presses the first button of a form"
    assert form.index('name="aadhaar"') < form.index("</form>")
    return fields | {"answers": ["It is on the invoice.", "Terry towels."], "aadhaar": "yes"} | changes


def test_a_reply_that_changes_something_is_signed_with_aadhaar(
    app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent
) -> None:
    """The changes are saved, the answer waits with the order and is shown again when the signature did not come."""
    pk, browser = filed("QUERY_RAISED"), login(EXPORTER)
    page, new = f"/applications/move/{pk}/reply", {"q0-vessel_flight": "MV Godavari"}
    assert "Without your consent" in browser.post(page, data=typed(browser, pk, **new)).get_data(as_text=True)
    assert desk.application(pk).vessel_flight != "MV Godavari", "nothing is saved with a refusal"
    sent = browser.post(page, data=typed(browser, pk, consent="yes", **new))
    assert sent.status_code == 302, sent.get_data(as_text=True)
    way = browser.get(sent.headers["Location"]).get_data(as_text=True)
    assert "The reply is sent when you have signed." in way
    came_back(app, provider.answers(esigner.fields_on(way), do="cancel"))
    assert (desk.application(pk).status, desk.application(pk).vessel_flight) == ("QUERY_RAISED", "MV Godavari")
    assert "It is on the invoice." in browser.get(page).get_data(as_text=True)
    again = browser.post(page, data=typed(browser, pk, consent="yes")).headers["Location"]
    before = desk.application(pk).signature
    came_back(app, provider.answers(esigner.fields_on(browser.get(again).get_data(as_text=True))))
    row = desk.application(pk)
    assert (row.status, row.sign_mode, row.payload_sha256) == ("RESUBMITTED", "AADHAAR", payload.digest(row))
    assert row.signature != before
    assert [item["answer"] for item in row.queries[-1].items] == ["It is on the invoice.", "Terry towels."]
    assert "the officer has your reply" in browser.get(again.removesuffix("/send")).get_data(as_text=True)


def test_a_reply_that_changes_nothing_is_sent_at_once(app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent) -> None:
    pk, browser = filed("QUERY_RAISED"), login(EXPORTER)
    sent = browser.post(f"/applications/move/{pk}/reply", data=typed(browser, pk, consent="yes"))
    assert (sent.status_code, sent.headers["Location"]) == (302, f"/applications/show/{pk}")
    assert (desk.application(pk).status, desk.session.query(EsignOrder).count()) == ("RESUBMITTED", 0)


# --- afterwards ------------------------------------------------------------------------------------------------------


def test_the_check_finds_a_kept_signature_that_does_not_hold(
    app: Flask, desk: Desk, filed: Any, login: Any, provider: Bent
) -> None:
    """Made with Aadhaar or with a certificate: a word, the signature or the certificate changed behind our back is named."""
    with_key = filed("SUBMITTED")
    pk = filed()
    came_back(app, provider.answers(begun(login(EXPORTER), pk)[1]))
    assert list(signatures.faults(desk.session)) == []
    other = desk.application(with_key).signature
    for tamper, told in (
        ({"vessel_flight": "MV Nobody"}, "is not what was signed"),
        ({"signature": other}, "not over what was filed"),
        ({"signer_certificate_pem": desk.application(with_key).signer_certificate_pem}, "not over what was filed"),
        ({"sign_mode": "DSC"}, "not over what was filed"),
    ):
        row = desk.application(pk)
        before = {name: getattr(row, name) for name in tamper}
        for changes, expected in ((tamper, [told]), (before, [])):
            for name, value in changes.items():
                setattr(desk.application(pk), name, value)
            desk.session.commit()
            found = list(signatures.faults(desk.session))
            assert len(found) == len(expected), found
            assert all(words in sentence for words, sentence in zip(expected, found, strict=True))
    esigner.other_keys(HOME / "esign-others")
    with settings(app, ESIGN_ROOTS=str(HOME / "esign-others" / "root.pem")):
        assert "not from an authority trusted" in "".join(signatures.faults(desk.session))
    with settings(app, ESIGN_ROOTS=str(HOME / "nowhere.pem")):
        assert "roots of the e-sign provider are not in place" in "".join(signatures.faults(desk.session))
