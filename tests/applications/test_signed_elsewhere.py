"""Submitting and replying with a signature that was made elsewhere: what is looked at, and that no request can bring one."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.applications.models import Application
from app.applications.to_sign import to_sign
from app.audit.models import AuditEvent
from app.core.errors import BusinessError, InvalidInput, WrongState
from app.infra import keystore
from app.infra.db import db
from app.signing import detached, registration
from app.signing.payload import open_p12, sign_bytes
from app.signing.proof import text_of
from app.signing.service import active_registration
from app.signing.signed import Signed, holds
from tests import factories
from tests.desk import Desk
from tests.people import CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, actor_for

Filed = Callable[..., int]


def wanted(desk: Desk, pk: int, who: str = EXPORTER, move: str = "submit", **said: Any) -> bytes:
    """What has to be signed, asked for in a transaction of its own that is then given up."""
    data = to_sign(desk.session, desk.application(pk), actor_for(desk.session, who), move, **said)
    desk.session.rollback()
    return data


def by_hand(desk: Desk, data: bytes, who: str = EXPORTER) -> Signed:
    """What a token with this person's key would make of it."""
    actor = actor_for(desk.session, who)
    row = active_registration(desk.session, actor.user_id)
    assert row is not None
    opened = open_p12(*keystore.load(row.key_ref))
    raw = sign_bytes(opened.key, detached.attributes(opened.certificate, data))
    made = detached.assembled(opened.certificate, opened.chain, data, raw)
    return Signed("DSC", base64.b64encode(made).decode(), row.certificate_pem, actor.own_name)


def untouched(desk: Desk, pk: int) -> None:
    """A draft as ever: no number, no money, no signature."""
    row = desk.application(pk)
    assert (row.status, row.number, row.signature, row.filed_office) == ("DRAFT", None, "", "")
    assert desk.wallet().held_paise == 0


def test_a_signature_made_elsewhere_submits(desk: Desk, filed: Filed) -> None:
    """The bytes promised are the bytes recomputed; the CMS is kept and verifies over exactly what was filed."""
    pk = filed()
    data = wanted(desk, pk)
    untouched(desk, pk)
    signed = by_hand(desk, data)
    desk.move(pk, EXPORTER, "submit", signed=signed)
    row = desk.application(pk)
    assert (row.status, row.sign_mode, row.declared_by) == ("SUBMITTED", "DSC", "Meera Patel")
    assert (row.signature, row.signer_certificate_pem) == (signed.signature, signed.certificate_pem)
    assert holds("DSC", row.signer_certificate_pem, data, row.signature)
    assert not holds("DSC", row.signer_certificate_pem, data + b" ", row.signature)
    assert not holds("AADHAAR", row.signer_certificate_pem, data, "not even base64")


def test_a_draft_changed_after_signing_is_not_submitted(desk: Desk, filed: Filed) -> None:
    """Not one letter may differ; nothing half-done stays behind."""
    pk = filed()
    signed = by_hand(desk, wanted(desk, pk))
    desk.move(pk, CLERK, "edit", filing=factories.filing(notify_party="Somebody else"))
    with pytest.raises(WrongState, match="The draft was changed after it was signed; nothing was submitted"):
        desk.move(pk, EXPORTER, "submit", signed=signed)
    untouched(desk, pk)


def test_somebody_elses_signature_does_not_count(desk: Desk, filed: Filed) -> None:
    """A colleague's, a neighbour's, one by a certificate that was replaced meanwhile, one of a mode nobody looks at."""
    pk = filed()
    data = wanted(desk, pk)
    for who in (CLERK, OTHER_EXPORTER):
        with pytest.raises(WrongState, match="not your registered one any more"):
            desk.move(pk, EXPORTER, "submit", signed=by_hand(desk, data, who))
    mine = by_hand(desk, data)
    for wrong in (replace(mine, mode="AADHAAR"), replace(mine, signature="????"), replace(mine, signature="")):
        with pytest.raises(WrongState, match="changed after it was signed"):
            desk.move(pk, EXPORTER, "submit", signed=wrong)
    who = actor_for(desk.session, EXPORTER)
    begun = registration.begin_demonstration(desk.session, who)
    registration.answer(desk.session, begun, who, answer=registration.sign_here(begun, text_of(begun.nonce)))
    desk.session.commit()
    with pytest.raises(WrongState, match="not your registered one any more"):
        desk.move(pk, EXPORTER, "submit", signed=mine)
    untouched(desk, pk)


def test_nobody_is_asked_to_sign_what_would_be_refused(desk: Desk, filed: Filed) -> None:
    """No right, no paper, no money, too late: said before anything is signed, and nothing is left behind."""
    pk = filed()
    for who in (OFFICER, OTHER_EXPORTER):
        with pytest.raises(BusinessError):
            wanted(desk, pk, who)
    desk.session.rollback()
    desk.wallet().status = "FROZEN"
    desk.session.commit()
    with pytest.raises(BusinessError, match="frozen"):
        wanted(desk, pk)
    desk.session.rollback()
    desk.wallet().status = "ACTIVE"
    desk.session.commit()
    row = desk.application(pk)
    row.attachments.pop()
    desk.session.commit()
    with pytest.raises(BusinessError, match="Attach the packing list"):
        wanted(desk, pk)
    desk.session.rollback()
    untouched(desk, pk)
    submitted = filed("SUBMITTED")
    with pytest.raises(WrongState):
        wanted(desk, submitted)
    desk.session.rollback()


def test_a_reply_is_signed_elsewhere_only_when_something_was_changed(desk: Desk, filed: Filed) -> None:
    """Nothing to sign while all is as it was; afterwards exactly what is filed now."""
    pk = filed("QUERY_RAISED")
    said = {"reply": "Bath towels, as on the invoice."}
    assert wanted(desk, pk, move="reply", **said) == b""
    with pytest.raises(InvalidInput):
        wanted(desk, pk, move="reply", reply=" ")
    desk.session.rollback()
    before = desk.application(pk).signature
    desk.move(pk, EXPORTER, "edit", filing=factories.filing(vessel_flight="MV Godavari"))
    signed = by_hand(desk, wanted(desk, pk, move="reply", **said))
    with pytest.raises(WrongState, match="changed after it was signed; nothing was sent"):
        desk.move(pk, EXPORTER, "reply", signed=by_hand(desk, b"{}"), **said)
    desk.move(pk, EXPORTER, "reply", signed=signed, **said)
    row = desk.application(pk)
    assert (row.status, row.signature) == ("RESUBMITTED", signed.signature)
    assert row.signature != before


@pytest.mark.parametrize(("state", "move", "said"), [("DRAFT", "submit", {}), ("QUERY_RAISED", "reply", {"reply": "Towels."})])
def test_no_request_can_bring_a_signature(app: Flask, api: Any, filed: Filed, state: str, move: str, said: Any) -> None:
    """What the code hands to the verb is no argument of the move: a body that has it is refused, and nothing moves."""
    pk = filed(state)
    signed = {"mode": "AADHAAR", "signature": "AA==", "certificate_pem": "", "name": "Meera Patel", "timestamp": ""}
    answer = api(EXPORTER).post(f"/applications/{pk}/{move}", said | {"signed": signed})
    assert (answer.status_code, [each["field"] for each in answer.json["errors"]]) == (422, ["signed"])
    with app.app_context():
        assert db.session.get_one(Application, pk).status == state


def test_reading_what_to_sign_leaves_no_trace(desk: Desk, filed: Filed) -> None:
    """Neither event nor version, although it was committed."""
    pk = filed()
    version, events = desk.application(pk).version, desk.session.query(AuditEvent).count()
    to_sign(desk.session, desk.application(pk), actor_for(desk.session, EXPORTER), "submit")
    desk.session.commit()
    assert (desk.application(pk).version, desk.session.query(AuditEvent).count()) == (version, events)
    assert desk.session.scalars(select(Application.broker).where(Application.id == pk)).one() is None
