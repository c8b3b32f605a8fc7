"""Moves with wrong words, addresses that are none, and lists asked wrongly: a sentence, a field, and no change."""

from typing import Any

import pytest
from flask import Flask

from tests import factories, states
from tests.people import ADMIN, EXPORTER, OFFICER, SUPERVISOR
from tests.refusals import refused

BAD_MOVES: dict[str, tuple[str, Any, str]] = {
    "an argument too many": ("reject", {"reason": "Not made in India.", "colour": "red"}, "colour"),
    "no reason": ("reject", {}, "reason"),
    "an empty reason": ("reject", {"reason": "   "}, "reason"),
    "a reason that is too short": ("reject", {"reason": "no"}, "reason"),
    "a reason that is too long": ("reject", {"reason": "x" * 1001}, "reason"),
    "a reason that is a number": ("reject", {"reason": 5}, "reason"),
    "a reason that is a list": ("reject", {"reason": ["x" * 10]}, "reason"),
    "a reason with a bell": ("reject", {"reason": "Not made\u0007 in India"}, "reason"),
    "a reason that turns round": ("reject", {"reason": "Not made\u202e in India"}, "reason"),
    "a reason with a picture": ("reject", {"reason": "Not made in India 🧺"}, "reason"),
    "no questions": ("query", {"items": []}, "items"),
    "questions that are a text": ("query", {"items": "Why?"}, "items"),
    "21 questions": ("query", {"items": [{"text": "Which towels?"}] * 21}, "items"),
    "a question that is a text": ("query", {"items": ["Which towels?"]}, "items[0]"),
    "a question that is too short": ("query", {"items": [{"text": "Why"}]}, "items[0].text"),
    "a question without words": ("query", {"items": [{}]}, "items[0].text"),
    "a question with something unknown": ("query", {"items": [{"text": "Which towels?", "colour": 1}]}, "items[0]"),
    "a question about a paper by name": (
        "query",
        {"items": [{"text": "Which towels?", "attachment_id": "1"}]},
        "items[0].attachment_id",
    ),
    "a question about a field by number": (
        "query",
        {"items": [{"text": "Which towels?", "field_path": 5}]},
        "items[0].field_path",
    ),
    "a tick that is no tick": ("approve", {"origin_criteria_checked": "yes"}, "origin_criteria_checked"),
    "a tick denied": ("approve", {"origin_criteria_checked": False}, "origin_criteria_checked"),
    "an array": ("reject", ["Not made in India."], ""),
    "a text": ("reject", "Not made in India.", ""),
}


@pytest.mark.parametrize(("name", "body", "field"), BAD_MOVES.values(), ids=BAD_MOVES.keys())
def test_a_move_with_wrong_words_is_refused_by_field(app: Flask, api: Any, filed: Any, name: str, body: Any, field: str) -> None:
    """422 at the argument's path, and the application stands where it stood."""
    pk = filed("UNDER_REVIEW")
    before = states.picture(app)
    assert set(refused(api(OFFICER).post(f"/applications/{pk}/{name}", body))) == {field}
    assert states.changed(before, states.picture(app)) == []


@pytest.mark.parametrize("officer", [0, -1, 2**31, 2**63, "1", 1.5, True, None, [1]], ids=repr)
def test_an_officer_that_is_none_is_refused(app: Flask, api: Any, filed: Any, officer: Any) -> None:
    """The administrator chooses from the list, by number."""
    pk = filed("UNDER_REVIEW")
    assert set(refused(api(ADMIN).post(f"/applications/{pk}/reassign", {"officer": officer}))) == {"officer"}


@pytest.mark.parametrize("body", [{}, {"reply": ""}, {"reply": "  "}, {"answers": []}, {"answers": ["a", "b", "c"]}, {"answers": [""]}, {"reply": 5},
                                  {"answers": "a"}, {"answers": [None]}, {"reply": "x" * 2001}, {"answers": ["x"] * 21}], ids=lambda b: repr(b)[:30])  # fmt: skip
def test_a_reply_answers_every_question(app: Flask, api: Any, filed: Any, body: Any) -> None:
    """Empty, too many or too long: refused, and the query stays open."""
    pk = filed("QUERY_RAISED")
    before = states.picture(app)
    assert set(refused(api(EXPORTER).post(f"/applications/{pk}/reply", body))) <= {"reply", "answers"}
    assert states.changed(before, states.picture(app)) == []


def test_a_move_that_is_not_there_is_404(api: Any, filed: Any) -> None:
    """So is one of another table, and one with a path in it."""
    pk = filed("UNDER_REVIEW")
    for name in ("stamp", "revoke", "issue", "../submit", "SUBMIT"):
        assert api(OFFICER).post(f"/applications/{pk}/{name}", {}).status_code in {404, 405}, name


# --- addresses ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pk", ["0", "-1", str(2**31), str(2**63), str(10**40), "abc", "1.5", "%C2%B2", "1%20or%201=1"])
def test_an_id_that_is_none_is_404(api: Any, login: Any, pk: str) -> None:
    """At every door of applications and certificates, by token and by cookie."""
    person, browser = api(EXPORTER), login(EXPORTER)
    for path in (f"/applications/{pk}", f"/certificates/{pk}", f"/certificates/{pk}/pdf", f"/wallets/{pk}"):
        assert person.get(path).status_code == 404, path
    assert person.put(f"/applications/{pk}", factories.filing()).status_code in {404, 405}
    assert person.delete(f"/applications/{pk}").status_code in {404, 405}
    assert person.post(f"/applications/{pk}/submit", {}).status_code in {404, 405}
    assert person.attach(pk, "OTHER").status_code in {404, 405}
    for path in (f"/applications/show/{pk}", f"/applications/move/{pk}/submit", f"/applications/paper/{pk}", f"/filing/{pk}",
                 f"/certificates/show/{pk}", f"/certificates/pdf/{pk}", f"/certificates/move/{pk}/revoke", f"/goodsitemview/show/{pk}"):  # fmt: skip
        assert browser.get(path).status_code == 404, path


def test_nul_in_an_address_is_refused(api: Any, login: Any) -> None:
    """No database takes U+0000, and no address of ours has it: 400, at every door."""
    for path in ("/applications/%00", "/applications/1/submit%00", "/certificates/?q=%00"):
        assert api(EXPORTER).get(path).status_code == 400, path
    for path in ("/applications/show/%00", "/applications/list/?_flt_0_status=%00"):
        assert login(EXPORTER).get(path).status_code == 400, path


QUESTIONS = [
    "q=((", "q=(page:abc)", "q=(page:-1)", "q=(page_size:20000)", "q=(page_size:abc)", "q=(page_size:-5)", "q=(page:99999999999999999999)",
    "q=(order_column:password,order_direction:asc)", "q=(order_column:id,order_direction:sideways)", "q=(filters:!((col:status,opr:xx,value:1)))",
    "q=(filters:!((col:password,opr:eq,value:1)))", "q=(filters:!((col:office_id,opr:eq,value:abc)))", "q=(filters:abc)", "q=(columns:!(signature))",
    "q=(filters:!((col:office_id,opr:eq,value:99999999999999999999)))", "q=(keys:!(none))", "q=!(1,2)", "q=1", "q=%00", "q=(filters:!(1))",
    "q=(filters:!((col:status,opr:eq,value:!(a))))", "q=(filters:!((col:status,opr:eq,value:'%00')))", "page=abc", "q=(filters:!((opr:eq)))",
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_list_asked_wrongly_is_answered_in_words(api: Any, filed: Any, question: str) -> None:
    """400 with a sentence, or a list that is clamped; never a 500, never more than 100 rows, never a hidden column."""
    filed("DRAFT")
    for resource in ("applications", "certificates", "ledger"):
        answer = api(EXPORTER).get(f"/{resource}/?{question}")
        assert answer.status_code in {200, 400, 404, 422}, f"{resource} {answer.status_code} {answer.text[:200]}"
        if answer.status_code == 200:
            assert len(answer.json["result"]) <= 100
            assert "signature" not in answer.text


ASKED = [
    "page_ApplicationView=abc", "page_ApplicationView=-1", "page_ApplicationView=99999999", "page_ApplicationView=99999999999999999999",
    "psize_ApplicationView=20000", "psize_ApplicationView=abc", "psize_ApplicationView=-1", "psize_ApplicationView=0",
    "_flt_9_status=x", "_flt_99999_status=x", "_flt_x_status=x", "_flt_-1_status=x", "_flt_0_password=x", "_flt_0_=x", "_flt_=x",
    "_flt_0_status=%00", "_flt_0_status=" + "x" * 2000, "_oc_ApplicationView=password&_od_ApplicationView=asc", "_oc_ApplicationView=number",
    "_oc_ApplicationView=number&_od_ApplicationView=sideways", "_flt_0_number=%27%20or%201=1--", "_flt_0_number=%25", "_flt_0_number=%ff",
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_a_page_asked_wrongly_is_clamped_or_refused(login: Any, filed: Any, asked: str) -> None:
    """The screens' addresses are typed by people and by attackers: a page or a sentence, never a 500."""
    filed("DRAFT")
    browser = login(EXPORTER)
    for path in ("/applications/list/", "/applications/export", "/ledgerview/list/"):
        view = asked.replace("ApplicationView", "LedgerView").replace("status", "kind") if "ledger" in path else asked
        with browser.get(f"{path}?{view}") as answer:
            assert answer.status_code in {200, 302, 400, 404}, f"{path} {answer.status_code}"


@pytest.mark.parametrize("value", [str(2**31), str(2**63), "9" * 40, "-" + "9" * 40, "1e400", "abc", "١٢"])
def test_a_filter_with_a_number_no_column_holds(login: Any, api: Any, value: str) -> None:
    """A page, nothing found, or a sentence: in lists, exports and the API."""
    for who, screen, column in (
        (ADMIN, "jobs", "ref"),
        (EXPORTER, "ledgerview", "application_id"),
        (SUPERVISOR, "audit", "object_id"),
    ):
        browser = login(who)
        for path in (f"/{screen}/list/", f"/{screen}/export"):
            for operator in range(6):
                answer = browser.get(f"{path}?_flt_{operator}_{column}={value}")
                assert answer.status_code in {200, 302, 400, 404}, f"{path} {operator} {answer.status_code}"
    question = f"(filters:!((col:application_id,opr:eq,value:'{value}')))"
    assert api(EXPORTER).get(f"/ledger/?q={question}").status_code in {200, 400}
