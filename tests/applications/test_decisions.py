"""Questions, answers and ends: what the other side reads, and where the money goes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.applications import payload, service
from app.applications.models import Query
from app.audit.models import AuditEvent
from app.core import clock
from app.core.errors import InvalidInput, NotAllowed, WrongState
from app.infra import queue
from app.notices.models import Notice
from app.wallet.models import LedgerMovement
from tests import factories
from tests.desk import Desk
from tests.people import (
    CLERK,
    EXPORTER,
    OFFICER,
    OFFICER2,
)

Filed = Callable[..., int]
OPENING = 5_000_000
QUESTION = {"items": [{"text": "Which towels are these?"}]}


# --- questions and answers -------------------------------------------------------------------------------------------


def test_a_question_is_answered_without_a_second_fee(desk: Desk, filed: Filed, run_jobs: Callable[[], int]) -> None:
    """The reply goes to the same officer; the second question is round 2; one fee in the end (scenario 31)."""
    pk = filed("RESUBMITTED")
    with pytest.raises(NotAllowed, match=r"R\. K\. Srinivasan raised the query"):
        desk.move(pk, OFFICER2, "take_up")
    for who, name, args in (
        (OFFICER, "take_up", {}),
        (OFFICER, "query", QUESTION),
        (CLERK, "reply", {"reply": "As above."}),
        (OFFICER, "take_up", {}),
        (OFFICER, "approve", {}),
    ):
        desk.move(pk, who, name, **args)
    run_jobs()
    rounds = [(row.round, row.status, row.replied_by) for row in desk.application(pk).queries]
    assert rounds == [(1, "REPLIED", "Meera Patel"), (2, "REPLIED", "Kiran Desai")]
    assert (desk.application(pk).status, desk.fees(pk)) == ("ISSUED", 1)
    assert desk.wallet().available_paise == OPENING - 20_000


def test_every_question_is_answered(desk: Desk, filed: Filed) -> None:
    """Two questions, two answers, none of them empty."""
    pk = filed("UNDER_REVIEW")
    desk.move(pk, OFFICER, "query", items=[{"text": "Which towels?"}, {"text": "Which invoice?"}])
    for answers in (["Bath towels."], ["Bath towels.", " "], ["a", "b", "c"]):
        with pytest.raises(InvalidInput, match="2 questions"):
            desk.move(pk, EXPORTER, "reply", answers=answers)
    desk.move(pk, EXPORTER, "reply", answers=["Bath towels.", "BTX/26/0042."])
    assert [item["answer"] for item in desk.application(pk).queries[0].items] == ["Bath towels.", "BTX/26/0042."]


def test_what_is_changed_for_the_answer_is_signed_anew(desk: Desk, filed: Filed) -> None:
    """And only that: an unchanged application keeps its signature."""
    pk = filed("UNDER_REVIEW")
    desk.move(pk, OFFICER, "query", items=[{"text": "Which towels are these?", "field_path": "items[0].description"}])
    before = desk.application(pk).signature
    desk.move(pk, CLERK, "edit", filing=factories.filing(item={"description": "Cotton bath towels"}))
    desk.move(pk, CLERK, "reply", reply="Corrected.")
    row = desk.application(pk)
    assert (row.payload_sha256, row.declared_by) == (payload.digest(row), "Kiran Desai")
    assert row.signature != before
    assert row.items[0].desk_office_id == row.office_id
    unchanged = filed("QUERY_RAISED")
    before = desk.application(unchanged).signature
    desk.move(unchanged, CLERK, "reply", reply="It is right as it is.")
    assert desk.application(unchanged).signature == before


def test_after_ninety_days_without_an_answer_it_is_deemed_withdrawn(desk: Desk, filed: Filed, app: Flask) -> None:
    """On the ninetieth day and not before, by the job that looks every hour; an answered one stays (scenario 31)."""
    pk, answered = filed("QUERY_RAISED"), filed("RESUBMITTED")
    asked = clock.india_today()
    assert desk.application(pk).lapse_on == asked + timedelta(days=90)
    for days, status in ((89, "QUERY_RAISED"), (90, "DEEMED_WITHDRAWN")):
        with clock.travel(clock.india_midnight(asked + timedelta(days=days)) + timedelta(minutes=1)):
            queue.schedule(desk.session)
            factories.run_jobs(app)
        assert desk.application(pk).status == status
    assert desk.application(answered).status == "RESUBMITTED"
    assert desk.session.scalars(select(Query.status).where(Query.application_id == pk)).one() == "LAPSED"
    told = desk.session.scalars(select(Notice.text).where(Notice.text.like("%deemed withdrawn%"))).all()
    assert len(told) == 3, "both people of the firm hear of it, and the broker who acts for it"


# --- the end and the money -------------------------------------------------------------------------------------------

ENDS: dict[str, tuple[str, Callable[[Desk, int], None]]] = {
    "rejected": ("REJECTED", lambda desk, pk: desk.move(pk, OFFICER, "reject", reason="The goods are not Indian.")),
    "withdrawn": ("WITHDRAWN", lambda desk, pk: desk.move(pk, EXPORTER, "withdraw")),
    "lapsed": ("DEEMED_WITHDRAWN", lambda desk, pk: _lapse(desk, pk)),
}


def _lapse(desk: Desk, pk: int) -> None:
    desk.move(pk, OFFICER, "query", **QUESTION)
    with clock.travel(clock.now() + timedelta(days=91)):
        service.lapse(desk.session, desk.application(pk))
        desk.session.commit()


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize(("refund", "gst"), [(False, 0), (False, 1_800), (True, 0), (True, 1_800)])
def test_the_fee_is_kept_or_given_back_as_the_setting_says(
    desk: Desk, filed: Filed, app: Flask, monkeypatch: pytest.MonkeyPatch, name: str, refund: bool, gst: int
) -> None:
    """Whole, with its GST, and exactly once; nothing stays set aside."""
    monkeypatch.setitem(app.config, "REFUND_ON_REFUSAL", refund)
    monkeypatch.setitem(app.config, "FEE_GST_BPS", gst)
    status, end = ENDS[name]
    pk = filed("UNDER_REVIEW")
    price = 20_000 + gst * 2
    assert desk.wallet().held_paise == price
    end(desk, pk)
    assert desk.application(pk).status == status
    assert (desk.wallet().held_paise, desk.wallet().available_paise) == (0, OPENING if refund else OPENING - price)
    booked = desk.session.scalars(select(LedgerMovement.kind).where(LedgerMovement.application_id == pk)).all()
    kept = ["HOLD", "FEE", "GST"] if gst else ["HOLD", "FEE"]
    assert list(booked) == (["HOLD", "RELEASE"] if refund else kept)


def test_the_exporter_reads_the_reason_as_it_stands(desk: Desk, filed: Filed) -> None:
    """A rejection without a specific reason is none."""
    pk = filed("UNDER_REVIEW")
    desk.move(pk, OFFICER, "reject", reason="The invoice is of another firm <b>& Co.</b>")
    assert desk.application(pk).decision_reason == "The invoice is of another firm <b>& Co.</b>"
    told = desk.session.scalars(select(Notice.text).where(Notice.text.like("Rejected:%"))).all()
    assert len(told) == 2


def test_nothing_happens_after_the_end(desk: Desk, filed: Filed) -> None:
    """Neither side can move what is finished."""
    for state in ("REJECTED", "WITHDRAWN"):
        pk = filed(state)
        for who, name, args in (
            (OFFICER, "take_up", {}),
            (OFFICER, "approve", {}),
            (EXPORTER, "withdraw", {}),
            (EXPORTER, "reply", {"reply": "But why?"}),
        ):
            with pytest.raises(WrongState):
                desk.move(pk, who, name, **args)


@pytest.mark.parametrize(("said", "kept"), [({}, "stated by approving"), ({"origin_criteria_checked": True}, "ticked")])
def test_the_trail_says_how_the_origin_was_stated(desk: Desk, filed: Filed, said: dict[str, bool], kept: str) -> None:
    """By the tick on the screen, or by the approval itself (decision 0007)."""
    pk = filed("UNDER_REVIEW")
    desk.move(pk, OFFICER, "approve", **said)
    query = select(AuditEvent).where(AuditEvent.object_id == pk, AuditEvent.event == "application approved")
    assert desk.session.scalars(query).one().detail["origin_criteria"] == kept
