"""Scenario 31: a question marks a field or a paper, the reply changes that alone, the officer reads what changed."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.applications import marks, rounds
from app.applications.jobs import REMIND
from app.applications.models import Query
from app.applications.rules import QUERY_REASONS
from app.core import clock
from app.core.errors import InvalidInput
from app.infra import queue
from app.notices.models import Mail, Notice
from tests import factories, states
from tests.desk import Desk
from tests.people import BROKER, CLERK, EXPORTER, OFFICER, OTHER_EXPORTER

Filed = Callable[..., int]
LINE = factories.FILING["items"][0]
TWO_LINES = [LINE, LINE | {"description": "Cotton napkins", "fob_value": "1.00"}]


def asked(desk: Desk, filed: Filed, *places: str | int, **filing: Any) -> int:
    """An application whose officer has asked about these fields (a path) and papers (their place among the papers)."""
    pk = filed("UNDER_REVIEW", **filing)
    papers = [row.id for row in desk.application(pk).attachments]
    marked = [{"field_path": at} if isinstance(at, str) else {"attachment_id": papers[at]} for at in places]
    desk.move(pk, OFFICER, "query", items=[{"text": "Which is right?"} | mark for mark in marked])
    return pk


def faults(api: Any, pk: int, filing: dict[str, Any]) -> set[str]:
    """The fields for which the API refuses a filing; empty when it is taken."""
    answer = api(EXPORTER).put(f"/applications/{pk}", filing)
    return set() if answer.status_code == 200 else {fault["field"] for fault in answer.json["errors"]}


# --- the officer marks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["items[1]", "colour", "items[0].colour", "agency", "office", "certificate_type", "items.description",
                                  "consignee[0]", "attachments[0]", "items[0", "items[-1]", "a.b.c", "consignee.name.first"])  # fmt: skip
def test_a_mark_leads_to_something(app: Flask, api: Any, filed: Filed, path: str) -> None:
    """A path that is none would free nothing, and where it was filed is not in question."""
    pk = filed("UNDER_REVIEW")
    before = states.picture(app)
    told = api(OFFICER).post(f"/applications/{pk}/query", {"items": [{"text": "Which is right?", "field_path": path}]})
    assert (told.status_code, told.json["errors"][0]["field"]) == (422, "items[0].field_path")
    assert states.changed(before, states.picture(app)) == []


def test_a_reason_of_the_list_is_a_question(desk: Desk, api: Any, filed: Filed) -> None:
    """Its wording opens the question and the officer's words follow; a code that is none is refused."""
    pk = filed("UNDER_REVIEW")
    paper = desk.application(pk).attachments[0].id
    items = [
        {"reason": "HS_CODE", "field_path": "items[0].itc_hs"},
        {"reason": "UNREADABLE", "text": "Page 2.", "attachment_id": paper},
    ]
    wrong = [[{"reason": "MOOD"}], [{"reason": ""}], [items[0] | {"attachment_id": paper}], [{"reason": 5, "text": "Which one?"}]]
    assert {api(OFFICER).post(f"/applications/{pk}/query", {"items": body}).status_code for body in wrong} == {422}
    assert api(OFFICER).post(f"/applications/{pk}/query", {"items": items}).status_code == 200
    kept = desk.application(pk).queries[0].items
    assert [item["text"] for item in kept] == [QUERY_REASONS["HS_CODE"], QUERY_REASONS["UNREADABLE"] + " Page 2."]
    assert [item["reason"] for item in kept] == ["HS_CODE", "UNREADABLE"]


# --- the exporter changes what is marked, and nothing else -----------------------------------------------------------

FREE: dict[str, tuple[tuple[str, ...], dict[str, Any], set[str]]] = {
    "the marked field": (("vessel_flight",), {"vessel_flight": "EVER GIVEN"}, set()),
    "a field nobody asked about": (("vessel_flight",), {"notify_party": "N GmbH"}, {"notify_party"}),
    "both": (("vessel_flight",), {"vessel_flight": "EVER GIVEN", "voyage": "9"}, {"voyage"}),
    "within the consignee": (("consignee.name",), {"consignee": factories.FILING["consignee"] | {"name": "Neu"}}, set()),
    "beside it": (("consignee.name",), {"consignee": factories.FILING["consignee"] | {"country": "AT"}}, {"consignee.country"}),
    "the whole consignee": (("consignee",), {"consignee": factories.FILING["consignee"] | {"country": "AT"}}, set()),
    "one line": (("items[0]",), {"item": {"description": "Bath towels"}}, set()),
    "a field of a line": (("items[0].marks",), {"item": {"marks": "X"}}, set()),
    "another field of that line": (("items[0].marks",), {"item": {"itc_hs": "63026010"}}, {"items[0].itc_hs"}),
    "another line": (("items[0]",), {"items": [LINE, TWO_LINES[1] | {"marks": "X"}]}, {"items[1].marks"}),
    "a line more": (("items[0]", "items[1]"), {"items": [*TWO_LINES, LINE]}, {"items"}),
    "a line less, by a question on all": (("items",), {"items": [LINE]}, set()),
    "the invoice's number, and the lines on it": (
        ("invoices[0].no",),
        {"invoices": [factories.FILING["invoices"][0] | {"no": "X/1"}],
         "items": [line | {"invoice": "X/1"} for line in TWO_LINES]}, set()),
    "the reason, with the date it explains": (
        ("departure_date",), {"departure_date": "2026-01-02", "retro_reason": "The bank held the papers back."}, set()),
    "a question without a field": (("",), {"vessel_flight": "EVER GIVEN"}, {"vessel_flight"}),
    "the kind": (("items",), {"kind": "IN_LIEU", "in_lieu_of": "X"}, {"kind", "in_lieu_of"}),
}  # fmt: skip


@pytest.mark.parametrize(("places", "changes", "refused"), FREE.values(), ids=FREE.keys())
def test_only_what_is_marked_can_be_changed(app: Flask, desk: Desk, api: Any, filed: Filed, places: tuple[str, ...],
                                            changes: dict[str, Any], refused: set[str]) -> None:  # fmt: skip
    """Each field that no question marks is named, and then nothing at all is changed."""
    pk = asked(desk, filed, *places, items=TWO_LINES)
    before, changes = states.picture(app), dict(changes)
    item, lines = changes.pop("item", {}), changes.pop("items", TWO_LINES)
    lines = [lines[0] | item, *lines[1:]]
    assert faults(api, pk, factories.filing(items=lines, **changes)) == refused
    assert (states.changed(before, states.picture(app)) == []) == bool(refused)


def test_a_refusal_names_the_field_and_what_is_open(desk: Desk, api: Any, filed: Filed) -> None:
    """In words, not in paths."""
    pk = asked(desk, filed, "items[1].itc_hs", items=TWO_LINES)
    answer = api(EXPORTER).put(f"/applications/{pk}", factories.filing(items=TWO_LINES, notify_party="N GmbH"))
    assert "(notify party): leave it as submitted. You may change: goods line 2, ITC(HS) code." in answer.json["detail"]


def test_the_goods_leave_while_the_question_is_open(desk: Desk, api: Any, filed: Filed) -> None:
    """The rules then ask for a reason that nobody marked: it is free, or the reply could never be sent."""
    tomorrow = (clock.india_today() + timedelta(days=1)).isoformat()
    pk = asked(desk, filed, "vessel_flight", departure_date=tomorrow)
    with clock.travel(clock.now() + timedelta(days=3)):
        late = {"departure_date": tomorrow, "vessel_flight": "EVER GIVEN"}
        with pytest.raises(InvalidInput, match="say why"):
            desk.move(pk, CLERK, "edit", filing=factories.filing(**late))
        desk.move(pk, CLERK, "edit", filing=factories.filing(retro_reason="You asked meanwhile.", **late))
        desk.move(pk, CLERK, "reply", reply="Corrected.")
    assert desk.application(pk).status == "RESUBMITTED"


def test_an_office_that_closed_does_not_hold_the_reply_up(app: Flask, desk: Desk, api: Any, filed: Filed) -> None:
    """It lies there already; what is changed there is not filed there anew."""
    pk = asked(desk, filed, "vessel_flight")
    with states.as_the_system(app, pk) as (_session, application):
        application.office.status = "INACTIVE"
    assert faults(api, pk, factories.filing(vessel_flight="EVER GIVEN")) == set()
    desk.move(pk, EXPORTER, "reply", reply="Corrected.")


# --- papers ----------------------------------------------------------------------------------------------------------


def put(api: Any, pk: int, kind: str, who: str = EXPORTER, **more: Any) -> int:
    """Send a paper; the answer's status."""
    data = {"kind": kind, "file": (io.BytesIO(factories.pdf(f"{kind} {more}")), "new.pdf"), **more}
    person = api(who)
    return int(person.client.post(f"/api/v1/applications/{pk}/attachments", headers=person.headers, data=data).status_code)


def held(desk: Desk, pk: int) -> list[tuple[str, bool]]:
    """Kind of each paper, and whether it still counts."""
    return [(row.kind, row.replaced_by_id is None) for row in desk.application(pk).attachments]


def test_only_the_marked_paper_is_replaced(app: Flask, desk: Desk, api: Any, filed: Filed) -> None:
    """Its successor may be replaced again; the other paper stays, and none is added."""
    pk = asked(desk, filed, 0)
    invoice, listed = (row.id for row in desk.application(pk).attachments)
    before = states.picture(app)
    assert put(api, pk, "PACKING_LIST") == put(api, pk, "OTHER") == put(api, pk, "PACKING_LIST", replaces=listed) == 422
    assert put(api, pk, "OTHER", replaces=invoice) == put(api, pk, "INVOICE", replaces="x") == 422
    assert put(api, pk, "INVOICE", replaces=987654) == 422
    assert put(api, pk, "INVOICE", OTHER_EXPORTER, replaces=invoice) == 404
    assert states.changed(before, states.picture(app)) == []
    assert put(api, pk, "INVOICE", replaces=invoice) == put(api, pk, "INVOICE") == 201
    assert held(desk, pk) == [("INVOICE", False), ("PACKING_LIST", True), ("INVOICE", False), ("INVOICE", True)]


def test_a_question_without_a_paper_frees_none(desk: Desk, api: Any, filed: Filed) -> None:
    """But one for further papers does."""
    closed, opened = asked(desk, filed, "items"), asked(desk, filed, "attachments")
    assert (put(api, closed, "INVOICE"), put(api, opened, "BL_AWB")) == (422, 201)
    assert held(desk, opened)[-1] == ("BL_AWB", True)


def test_a_question_for_further_papers_frees_no_other(app: Flask, desk: Desk, api: Any, filed: Filed) -> None:
    """It asks for one that is not there yet: what the officer has read stays; what came with the reply may be put right."""
    pk = asked(desk, filed, "attachments")
    invoice = desk.application(pk).attachments[0].id
    before = states.picture(app)
    assert put(api, pk, "INVOICE", replaces=invoice) == 422
    assert states.changed(before, states.picture(app)) == []
    assert put(api, pk, "INVOICE") == 201, "a second invoice beside the first"
    added = desk.application(pk).attachments[-1].id
    assert put(api, pk, "INVOICE", replaces=added) == 201
    assert held(desk, pk) == [("INVOICE", True), ("PACKING_LIST", True), ("INVOICE", False), ("INVOICE", True)]


def test_a_further_paper_is_of_a_kind_that_there_is(app: Flask, desk: Desk, login: Any, filed: Filed) -> None:
    """A made-up kind is refused at its question, not by the database."""
    pk = asked(desk, filed, "attachments")
    before = states.picture(app)
    data = {"answers": "Here it is.", "q0-kind": "EVIL", "q0-file": (io.BytesIO(factories.pdf("x")), "a.pdf")}
    page = login(EXPORTER).post(f"/applications/move/{pk}/reply", data=data, content_type="multipart/form-data")
    assert (page.status_code, "Choose one from the list" in page.text) == (200, True)
    assert states.changed(before, states.picture(app)) == []


# --- the officer reads what changed ----------------------------------------------------------------------------------


def test_scenario_31_the_query_loop(desk: Desk, api: Any, filed: Filed, run_jobs: Callable[[], int]) -> None:
    """One fee, the same officer, a fresh signature over the changed data, the changes kept old and new, then round 2."""
    pk = asked(desk, filed, "items[1].description", 0, items=TWO_LINES)
    signed, invoice = desk.application(pk).payload_sha256, desk.application(pk).attachments[0].id
    lines = [LINE, TWO_LINES[1] | {"description": "Cotton napkins, hemmed"}]
    desk.move(pk, CLERK, "edit", filing=factories.filing(items=lines))
    assert put(api, pk, "INVOICE", replaces=invoice) == 201
    desk.move(pk, CLERK, "reply", answers=["Hemmed.", "Here is the right one."])
    row = desk.application(pk)
    assert row.queries[0].changes == [
        {"path": "items[1].description", "old": "Cotton napkins", "new": "Cotton napkins, hemmed"},
        {"path": "attachments.INVOICE", "old": "INVOICE.pdf", "new": "new.pdf"},
    ]
    assert (row.status, row.declared_by, row.payload_sha256 != signed) == ("RESUBMITTED", "Kiran Desai", True)
    desk.move(pk, OFFICER, "take_up")
    desk.move(pk, OFFICER, "query", items=[{"text": "And the marks?"}])
    desk.move(pk, CLERK, "reply", reply="They are right.")
    desk.move(pk, OFFICER, "take_up")
    desk.move(pk, OFFICER, "approve")
    run_jobs()
    row = desk.application(pk)
    assert [(query.round, query.changes) for query in row.queries][1] == (2, [])
    assert (row.status, row.query_round, desk.fees(pk)) == ("ISSUED", 2, 1)


def test_a_line_taken_out_does_not_make_the_others_look_changed() -> None:
    """Rows are compared with their like."""
    lines = [{"no": str(number), "value": "1"} for number in range(4)]
    whole = {"items": lines, "b2b_evidence": [], "voyage": "1"}
    before = {"filing": whole | {"invoices": []}, "papers": []}
    after = {
        "filing": whole | {"invoices": [], "items": [lines[0], *lines[2:3], {"no": "3", "value": "2"}, {"no": "9"}]},
        "papers": [],
    }
    told = rounds.differences(before, after)
    assert told == [
        {"path": "items[1]", "old": "1, 1", "new": ""},
        {"path": "items[2].value", "old": "1", "new": "2"},
        {"path": "items[3]", "old": "", "new": "9"},
    ]
    assert rounds.differences(None, after) == []


def test_paths_are_called_by_their_names() -> None:
    """As people count."""
    said = {"items[2].itc_hs": "goods line 3, ITC(HS) code", "consignee.name": "consignee, name", "items": "items", "a.b.c": "a.b.c",
            "retro_reason": "retro reason", "invoices[0]": "invoice 1"}  # fmt: skip
    assert {path: marks.called(path) for path in said} == said


# --- reminders -------------------------------------------------------------------------------------------------------


def test_the_firm_is_reminded_thirty_seven_and_one_day_before(desk: Desk, filed: Filed, app: Flask) -> None:
    """Bell and mail to each of its people and to its broker's, each reminder once, however often the job runs; none after the answer."""
    assert REMIND == "application.remind"
    told = {EXPORTER, CLERK, BROKER}
    pk, answered = filed("QUERY_RAISED"), filed("RESUBMITTED")
    start = clock.india_midnight(clock.india_today())
    for days, expected in ((1, 0), (59, 0), (60, 1), (61, 1), (83, 2), (83.5, 2), (89, 3), (89.9, 3)):
        with clock.travel(start + timedelta(days=days, minutes=1)):
            queue.promise(desk.session, REMIND, f"{REMIND}:{days}")
            desk.session.commit()
            factories.run_jobs(app)
        bells = desk.session.scalars(select(Notice.text).where(Notice.text.like("%Answer by%"))).all()
        mails = desk.session.scalars(select(Mail).where(Mail.subject.like("%Answer by%"))).all()
        assert (len(bells), len(mails)) == (len(told) * expected, len(told) * expected), days
    assert {row.recipient for row in mails} == told
    assert str(desk.application(pk)) in mails[0].subject
    assert desk.events("reminder sent") == 3
    assert desk.session.scalars(select(Query.reminded_days).where(Query.application_id == answered)).one() is None


def test_a_worker_that_slept_reminds_once(desk: Desk, filed: Filed, app: Flask) -> None:
    """Of three reminders that were due meanwhile the last is sent, not all."""
    pk = filed("QUERY_RAISED")
    with clock.travel(clock.india_midnight(clock.india_today()) + timedelta(days=89, minutes=1)):
        for run in range(2):
            queue.promise(desk.session, REMIND, f"{REMIND}:late {run}")
            desk.session.commit()
            factories.run_jobs(app)
    assert (desk.events("reminder sent"), desk.application(pk).queries[0].reminded_days) == (1, 1)


@pytest.mark.parametrize(("said", "days"), [("30,7,1", (30, 7, 1)), (" 1, 10 ,10", (10, 1)), ("none", ()), ("", (30, 7, 1))])
def test_the_days_of_the_reminders_are_a_setting(monkeypatch: pytest.MonkeyPatch, said: str, days: tuple[int, ...]) -> None:
    """Commas between them."""
    import config

    monkeypatch.setenv("QUERY_REMINDER_DAYS", said)
    assert config.reminder_days() == days


@pytest.mark.parametrize("said", ["a", "1,,2", "-1", "1.5", "0"])
def test_days_that_are_none_stop_the_start(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """With a sentence."""
    import config

    monkeypatch.setenv("QUERY_REMINDER_DAYS", said)
    with pytest.raises(config.ConfigurationError, match="must be days like 30,7,1 or none"):
        config.reminder_days()
