"""From draft to the officer's desk through the verbs: who may do what when, and what it costs."""

import base64
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from app.applications import payload, service
from app.applications.models import Application
from app.audit.models import AuditEvent
from app.core import clock
from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound, WrongState
from app.exporters.models import Exporter, ExporterUser
from app.infra.uploads import paper
from app.signing import registration
from app.signing.payload import verify_payload
from app.signing.proof import text_of
from app.wallet.models import LedgerEntry
from app.wallet.rules import Fee, InsufficientFunds
from app.wallet.service import hold
from tests import factories
from tests.desk import Desk
from tests.exporters.scene import row, said, sync
from tests.own_database import at_once
from tests.people import (
    ADMIN,
    CLERK,
    EXPORTER,
    OFFICER,
    OFFICER2,
    OTHER_ADMIN,
    OTHER_EXPORTER,
    OTHER_OFFICER,
    SUPERVISOR,
    actor_for,
)
from tests.tampering import tamper

Filed = Callable[..., int]
OPENING = 5_000_000
QUESTION = {"items": [{"text": "Which towels are these?"}]}


def leave(desk: Desk, filed: Filed, paise: int) -> None:
    """Leave exactly this much in Balaji's wallet; the rest is held for another draft."""
    firm = desk.wallet().exporter_id
    hold(desk.session, firm, filed(), Fee(OPENING - paise, 0), SYSTEM_ACTOR)
    desk.session.commit()


# --- filing ----------------------------------------------------------------------------------------------------------


def test_the_number_of_a_deleted_draft_does_not_come_back(desk: Desk, filed: Filed) -> None:
    """The trail speaks of it, and must not seem to speak of another."""
    pk = filed()
    desk.move(pk, EXPORTER, "delete")
    assert filed() > pk


def test_colleagues_share_their_firms_drafts(desk: Desk, filed: Filed) -> None:
    """One saves, the other sees and submits, and the trail names both (scenario 1)."""
    pk = filed()
    desk.move(pk, CLERK, "submit")
    assert desk.application(pk).status == "SUBMITTED"
    about = select(AuditEvent.event, AuditEvent.actor_name).where(
        AuditEvent.object_kind == "application", AuditEvent.object_id == pk
    )
    told = [(event, who) for event, who in desk.session.execute(about.order_by(AuditEvent.id))]
    assert (told[0], told[-1]) == (("draft created", "Meera Patel"), ("application submitted", "Kiran Desai"))


@pytest.mark.parametrize("who", [OTHER_EXPORTER, OTHER_OFFICER, OTHER_ADMIN, OFFICER, ADMIN, SUPERVISOR])
def test_a_draft_is_nobody_elses_business(desk: Desk, filed: Filed, who: str) -> None:
    """To everybody outside the firm it does not exist, or is at least not theirs to submit (scenario 2)."""
    pk = filed()
    for name, args in (("submit", {}), ("delete", {}), ("take_up", {}), ("edit", {"filing": factories.filing()})):
        with pytest.raises((NotFound, NotAllowed)) as told:
            desk.move(pk, who, name, **args)
        assert "Balaji" not in told.value.sentence
    assert desk.application(pk).status == "DRAFT"


def test_what_was_submitted_is_signed_by_the_person_who_submitted(desk: Desk, filed: Filed) -> None:
    """The signature verifies over exactly what was filed, papers included (scenario 3)."""
    row = desk.application(filed("SUBMITTED"))
    data = payload.signed_bytes(row)
    assert payload.digest(row) == row.payload_sha256
    assert (row.declared_by, row.sign_mode) == ("Meera Patel", "DSC")
    certificate, signature = row.signer_certificate_pem.encode(), base64.b64decode(row.signature)
    assert verify_payload(certificate, data, signature)
    assert not verify_payload(certificate, data + b" ", signature)


def test_who_cannot_sign_cannot_submit(desk: Desk, filed: Filed) -> None:
    """Neither certificate nor Aadhaar: the sentence says where to register (scenario 5)."""
    pk, who = filed(), actor_for(desk.session, EXPORTER)
    registration.revoke(desk.session, who, reason="The token was lost on a journey.")
    desk.session.commit()
    with pytest.raises(BusinessError, match="register a digital signature"):
        desk.move(pk, EXPORTER, "submit")
    assert (desk.application(pk).status, desk.wallet().held_paise) == ("DRAFT", 0)
    assert desk.session.get_one(ExporterUser, who.exporter_user_id).sign_mode == "NONE"


def test_whoever_comes_from_dgft_signs_as_soon_as_a_certificate_is_registered(desk: Desk, filed: Filed) -> None:
    """Refused before; registered as on the page, submitted after; the verb alone cannot sign for a key on a token."""
    sync(desk.session, said(row("NEW", "new@balaji.example"), complete=False))
    desk.session.commit()
    pk, who = filed(), actor_for(desk.session, "new@balaji.example")
    person = desk.session.get_one(ExporterUser, who.exporter_user_id)
    with pytest.raises(BusinessError, match="no e-signature yet"):
        desk.move(pk, "new@balaji.example", "submit")
    begun = registration.begin_demonstration(desk.session, who)
    made = registration.answer(desk.session, begun, who, answer=registration.sign_here(begun, text_of(begun.nonce)))
    made.backend = "DESK_AGENT"
    desk.session.commit()
    with pytest.raises(BusinessError, match="through the desk agent"):
        desk.move(pk, "new@balaji.example", "submit")
    assert (desk.application(pk).status, desk.wallet().held_paise) == ("DRAFT", 0)
    made.backend = "SOFT"
    desk.session.commit()
    desk.move(pk, "new@balaji.example", "submit")
    filed_now = desk.application(pk)
    assert (filed_now.status, filed_now.sign_mode, filed_now.declared_by) == ("SUBMITTED", "DSC", person.full_name)
    assert (person.sign_mode, filed_now.signer_certificate_pem) == ("DSC", made.certificate_pem)


def test_filing_opens_at_midnight_in_india(desk: Desk, filed: Filed, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One second before it is refused with the day, on the stroke of it it is taken (scenario 9)."""
    assert app.config["FILING_OPEN_FROM"] == "2024-08-28"
    pk = filed()
    opening = clock.india_today() + timedelta(days=1)
    monkeypatch.setitem(app.config, "FILING_OPEN_FROM", opening.isoformat())
    midnight = clock.india_midnight(opening)
    with clock.travel(midnight - timedelta(seconds=1)), pytest.raises(BusinessError, match=f"from {clock.day(opening)}"):
        desk.move(pk, EXPORTER, "submit")
    assert desk.application(pk).status == "DRAFT"
    with clock.travel(midnight):
        desk.move(pk, EXPORTER, "submit")
    assert desk.application(pk).number == f"NPA-{opening.year}-00000001"


def test_the_cut_over_of_28_august_2024(desk: Desk, filed: Filed) -> None:
    """The real one: refused on the 27th at 23:59:59 IST; a second later this is no longer the reason."""
    pk, midnight = filed(), clock.india_midnight(clock.india_today().replace(year=2024, month=8, day=28))
    with clock.travel(midnight - timedelta(seconds=1)), pytest.raises(BusinessError, match="from 28 Aug 2024"):
        desk.move(pk, EXPORTER, "submit")
    with clock.travel(midnight), pytest.raises(BusinessError) as told:
        desk.move(pk, EXPORTER, "submit")
    assert "eCoO 1.0" not in told.value.sentence


def test_rs_199_are_not_enough_and_rs_200_are(desk: Desk, filed: Filed, run_jobs: Callable[[], int]) -> None:
    """Refused without a number or an entry; with one rupee more the balance is 0 and there is one fee (scenario 26)."""
    pk = filed()
    leave(desk, filed, 19_900)
    before = desk.session.scalar(select(func.count()).select_from(LedgerEntry))
    with pytest.raises(InsufficientFunds, match=r"₹199\.00 available and the fee is ₹200\.00"):
        desk.move(pk, EXPORTER, "submit")
    row = desk.application(pk)
    assert (row.status, row.number, row.payload_sha256) == ("DRAFT", None, None)
    assert desk.session.scalar(select(func.count()).select_from(LedgerEntry)) == before
    _one_rupee_more(desk)
    for who, name in ((EXPORTER, "submit"), (OFFICER, "take_up"), (OFFICER, "approve")):
        desk.move(pk, who, name)
    run_jobs()
    assert (desk.application(pk).status, desk.wallet().available_paise, desk.fees(pk)) == ("ISSUED", 0, 1)
    assert desk.application(pk).number == f"NPA-{clock.india_today().year}-00000001"


def _one_rupee_more(desk: Desk) -> None:
    from app.wallet.rules import Kind
    from app.wallet.service import credit

    credit(desk.session, desk.wallet().exporter_id, 100, SYSTEM_ACTOR, kind=Kind.TOPUP, reference="topup:one-rupee")
    desk.session.commit()


def test_an_invoice_and_a_packing_list_and_nothing_more(desk: Desk, filed: Filed) -> None:
    """Without either it is refused by name; with both nothing else is asked for (scenario 30)."""
    pk = filed()
    for kind, words in (("PACKING_LIST", "packing list"), ("INVOICE", "invoice")):
        (row,) = [row for row in desk.application(pk).attachments if row.kind == kind]
        service.detach(desk.session, row, actor_for(desk.session, EXPORTER))
        with pytest.raises(BusinessError, match=f"Attach the.* {words}"):
            desk.move(pk, EXPORTER, "submit")
    for kind in ("INVOICE", "PACKING_LIST"):
        attach(desk, pk, kind)
    desk.move(pk, EXPORTER, "submit")
    assert desk.application(pk).status == "SUBMITTED"


def attach(desk: Desk, pk: int, kind: str) -> None:
    """One more paper by the exporter."""
    upload = paper(f"{kind}.pdf", factories.pdf(kind))
    service.attach(desk.session, desk.application(pk), actor_for(desk.session, EXPORTER), kind=kind, paper=upload)
    desk.session.commit()


@pytest.mark.parametrize("status", ["DEACTIVATED", "SUSPENDED", "CANCELLED", "DENIED"])
def test_a_firm_whose_iec_does_not_stand_files_nothing(desk: Desk, filed: Filed, status: str) -> None:
    """The sentence says what to do about it."""
    pk = filed()
    desk.session.get_one(Exporter, desk.wallet().exporter_id).status = status
    with pytest.raises(BusinessError, match=r"Ask DGFT|with DGFT"):
        desk.move(pk, EXPORTER, "submit")


def test_what_was_submitted_stays(desk: Desk, filed: Filed) -> None:
    """No change, no new paper, no paper taken away, no second submission, no deletion."""
    pk = filed("SUBMITTED")
    moves: list[tuple[str, dict[str, Any]]] = [("edit", {"filing": factories.filing()}), ("submit", {}), ("delete", {})]
    for name, args in moves:
        with pytest.raises(WrongState):
            desk.move(pk, EXPORTER, name, **args)
    with pytest.raises(WrongState):
        attach(desk, pk, "OTHER")
    with pytest.raises(WrongState):
        service.detach(desk.session, desk.application(pk).attachments[0], actor_for(desk.session, EXPORTER))


def test_a_preferential_certificate_is_sent_elsewhere(filed: Filed) -> None:
    """With directions (scenario 22)."""
    with pytest.raises(InvalidInput, match=r"eCoO 1\.0"):
        filed(certificate_type="PREFERENTIAL")


# --- the officer's desk ----------------------------------------------------------------------------------------------


def test_two_officers_take_up_at_once(app: Flask, own: Engine) -> None:
    """One has it, the other reads why not (scenario 41)."""
    from app.infra.db import db

    pk = factories.filed(app, "SUBMITTED")

    def take_up(who: str) -> str:
        service.take_up(db.session, db.session.get_one(Application, pk), actor_for(db.session, who))
        return who

    told = at_once(app, partial(take_up, OFFICER), partial(take_up, OFFICER2))
    (winner,) = [answer for answer in told if isinstance(answer, str)]
    (refusal,) = [answer for answer in told if isinstance(answer, WrongState)]
    assert refusal.sentence
    with app.app_context():
        row = db.session.get_one(Application, pk)
        assert row.assigned_officer_id == actor_for(db.session, winner).agency_user_id
        db.session.rollback()


def test_only_the_officer_who_has_it_goes_on(desk: Desk, filed: Filed) -> None:
    """A colleague is told who has it."""
    pk = filed("UNDER_REVIEW")
    for name, args in (("query", QUESTION), ("reject", {"reason": "Not ours."}), ("approve", {}), ("release", {})):
        with pytest.raises(NotAllowed, match=r"R\. K\. Srinivasan"):
            desk.move(pk, OFFICER2, name, **args)


def test_released_and_given_to_another(desk: Desk, filed: Filed) -> None:
    """Back to the queue, where anybody may take it; or handed over by the administrator to an officer of the office."""
    pk = filed("UNDER_REVIEW")
    desk.move(pk, OFFICER, "release")
    assert (desk.application(pk).status, desk.application(pk).assigned_officer_id) == ("SUBMITTED", None)
    desk.move(pk, OFFICER2, "take_up")
    mine, stranger = (actor_for(desk.session, who).agency_user_id for who in (OFFICER, OTHER_OFFICER))
    with pytest.raises(InvalidInput, match="mapped to this office"):
        desk.move(pk, ADMIN, "reassign", officer=stranger)
    desk.move(pk, ADMIN, "reassign", officer=mine)
    assert (desk.application(pk).status, desk.application(pk).assigned_officer_id) == ("UNDER_REVIEW", mine)


def test_what_changed_after_the_exporter_signed_is_not_approved(desk: Desk, filed: Filed) -> None:
    """Not even by a hand in the database."""
    pk = filed("UNDER_REVIEW")
    tamper(desk.session, "UPDATE goods_item SET description = 'Silk scarves' WHERE application_id = :pk", pk=pk)
    with pytest.raises(BusinessError, match="not the one the exporter signed"):
        desk.move(pk, OFFICER, "approve")
    assert desk.certificates(pk) == []
