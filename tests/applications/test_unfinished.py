"""What is typed and not saved: kept for one person, shown on return, never over another window's words, gone with the save."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.applications.models import Unfinished
from tests.applications.test_filing_form import ask, drafts, file, papers, said, send, typed
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, SUPERVISOR

Login = Callable[[str], FlaskClient]
JSON = {"Accept": "application/json"}


def keep(browser: FlaskClient, pk: int = 0, **words: Any) -> Any:
    """What the page's script sends a moment after somebody has typed."""
    return browser.post(f"/filing/typed/{pk}", data=words, headers=JSON)


def rows(app: Flask) -> int:
    """How much unsaved work there is, everybody's together."""
    return int(ask(app, lambda session: session.query(Unfinished).count()))


def test_unsaved_work_is_there_on_return_and_gone_with_the_save(app: Flask, login: Login) -> None:
    browser, before = login(CLERK), drafts(app)
    first = keep(browser, **{"consignee-name": "Half a buyer <b>", "invoices-0-date": "31-02-2026"}).json
    assert first["kept_version"] == 1
    assert drafts(app) == before, "nothing is saved"
    page = browser.get("/filing/")
    assert "You have unsaved work from" in page.text
    assert said(page)["consignee-name"] == "", "it is offered, not forced upon"
    page = browser.get("/filing/?go_on=1")
    assert said(page)["consignee-name"] == "Half a buyer <b>"
    assert said(page)["kept_version"] == "1"
    assert "You have unsaved work from" not in page.text
    data = typed(browser) | {"kept_version": "1"}
    assert send(browser, "/filing/", data).status_code == 302
    assert rows(app) == 0
    assert "unsaved work" not in browser.get("/filing/").text


def test_a_save_that_is_refused_keeps_the_unsaved_work(app: Flask, login: Login) -> None:
    browser = login(CLERK)
    keep(browser, **{"consignee-name": "Somebody"})
    page = send(browser, "/filing/", typed(browser) | {"items-0-itc_hs": "1", "kept_version": "1"})
    assert page.status_code == 200
    assert rows(app) == 1
    assert "You have unsaved work from" not in page.text, "this window is the one that keeps it"


def test_two_windows_never_overwrite_each_other(app: Flask, login: Login) -> None:
    browser = login(CLERK)
    assert keep(browser, **{"consignee-name": "first"}).json["kept_version"] == 1
    refused = keep(browser, **{"consignee-name": "second window"}).json
    assert "Another window" in refused["not_kept"]
    assert refused["missing"], "it is checked all the same"
    assert keep(browser, **{"consignee-name": "first, more", "kept_version": "1"}).json["kept_version"] == 2
    assert "not_kept" in keep(browser, **{"consignee-name": "old", "kept_version": "1"}).json
    assert send(browser, "/filing/", typed(browser)).status_code == 302, "the other window saves something else"
    assert said(browser.get("/filing/?go_on=1"))["consignee-name"] == "first, more"


def test_a_window_that_missed_an_answer_goes_on(app: Flask, login: Login) -> None:
    """The server kept it, the answer was lost: the window knows an old version, but the row is its own."""
    browser = login(CLERK)
    assert keep(browser, **{"consignee-name": "one", "kept_window": "w1"}).json["kept_version"] == 1
    assert keep(browser, **{"consignee-name": "two", "kept_window": "w1"}).json["kept_version"] == 2
    assert "not_kept" in keep(browser, **{"consignee-name": "x", "kept_window": "w2"}).json
    assert send(browser, "/filing/", typed(browser) | {"kept_version": "1", "kept_window": "w1"}).status_code == 302
    assert rows(app) == 0


def test_papers_chosen_are_kept_too(app: Flask, login: Login) -> None:
    browser = login(CLERK)
    taken = browser.post("/filing/typed/paper", data={"kind": "INVOICE", "file": file("inv.pdf")}, headers=JSON).json
    assert (taken["filename"], taken["kind"]) == ("inv.pdf", "INVOICE")
    second = browser.post("/filing/typed/paper", data={"kind": "PACKING_LIST", "file": file("pl.pdf")}, headers=JSON).json
    told = keep(browser, kept_paper=[taken["token"], second["token"]]).json
    assert not {"invoice_file", "packing_list_file"} & {each["target"] for each in told["missing"]}
    resumed = said(browser.get("/filing/?go_on=1"))
    assert len(resumed["kept_paper"]) == 2
    answer = send(browser, "/filing/", typed(browser) | {"kept_paper": resumed["kept_paper"], "kept_version": "1"})
    pk = int(answer.location.rsplit("/", 1)[-1])
    assert sorted(name for _kind, name, _counts in papers(app, pk)) == ["inv.pdf", "pl.pdf"]


@pytest.mark.parametrize("data", [
    {"kind": "OTHER", "file": (io.BytesIO(b"%PDF-1.4"), "x.pdf")}, {"kind": "INVOICE"},
    {"kind": "INVOICE", "file": (io.BytesIO(b"MZ\x90 not a paper"), "x.pdf")},
])  # fmt: skip
def test_what_is_no_paper_is_refused_in_a_sentence(login: Login, data: dict[str, Any]) -> None:
    answer = login(CLERK).post("/filing/typed/paper", data=data, headers=JSON)
    assert answer.status_code in {400, 409, 422}
    assert answer.json["detail"]


def test_a_kept_paper_of_another_person_is_left_out(app: Flask, login: Login) -> None:
    theirs = login(EXPORTER).post("/filing/typed/paper", data={"kind": "INVOICE", "file": file("theirs.pdf")}, headers=JSON).json
    browser = login(CLERK)
    told = keep(browser, kept_paper=[theirs["token"], "made up"]).json
    assert "invoice_file" in {each["target"] for each in told["missing"]}
    assert "kept_paper" not in said(browser.get("/filing/?go_on=1"))


def test_a_draft_saved_by_a_colleague_meanwhile_is_not_overwritten(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    pk = filed("DRAFT")
    clerk, exporter = login(CLERK), login(EXPORTER)
    mine = said(clerk.get(f"/filing/{pk}")) | {"consignee-name": "Mine Ltd"}
    assert keep(clerk, pk, **mine).json["kept_version"] == 1
    assert "unsaved work" not in exporter.get(f"/filing/{pk}").text, "it is one person's"
    theirs = said(exporter.get(f"/filing/{pk}")) | {"consignee-name": "Theirs Ltd"}
    assert send(exporter, f"/filing/{pk}", theirs).status_code == 302
    assert "has been saved since" in clerk.get(f"/filing/{pk}").text
    resumed = said(clerk.get(f"/filing/{pk}?go_on=1"))
    assert (resumed["consignee-name"], resumed["kept_version"]) == ("Mine Ltd", "1")
    refused = send(clerk, f"/filing/{pk}", resumed)
    assert refused.status_code == 200
    assert "Yours differs from what is saved in" in refused.text


def test_throwing_away_means_what_was_shown(app: Flask, login: Login) -> None:
    browser = login(CLERK)
    keep(browser, **{"consignee-name": "one"})
    keep(browser, **{"consignee-name": "two", "kept_version": "1"})
    assert browser.post("/filing/typed/0/forget", data={"kept_version": "1"}).status_code == 302
    assert rows(app) == 1, "it has changed since the page was shown"
    assert browser.post("/filing/typed/0/forget", data={"kept_version": "2"}).status_code == 302
    assert rows(app) == 0


def test_a_deleted_draft_takes_the_unsaved_work_with_it(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    pk = filed("DRAFT")
    assert keep(login(CLERK), pk, **{"consignee-name": "x"}).json["kept_version"] == 1
    assert login(EXPORTER).post(f"/applications/move/{pk}/delete").status_code == 302
    assert rows(app) == 0


def test_nobody_else_keeps_or_reads(app: Flask, login: Login, client: FlaskClient, filed: Callable[..., int]) -> None:
    pk = filed("DRAFT")
    submitted = filed("SUBMITTED")
    assert keep(login(CLERK), pk, **{"consignee-name": "Secret buyer"}).json["kept_version"] == 1
    for email in (OFFICER, ADMIN, SUPERVISOR):
        browser = login(email)
        assert keep(browser, pk).status_code == 403
        assert browser.get("/filing/typed/").status_code == 403
        assert browser.get("/filing/typed/codes/country?q=de").status_code == 403
    other = login(OTHER_EXPORTER)
    assert keep(other, pk).status_code == 404
    assert other.post(f"/filing/typed/{pk}/forget", data={"kept_version": "1"}).status_code == 404
    assert "unsaved work" not in other.get("/filing/").text
    assert keep(client, 0).status_code in {302, 401}
    assert keep(login(CLERK), 99999999).status_code == 404
    assert "not_kept" in keep(login(CLERK), submitted).json, "what is filed is changed no more"
    assert rows(app) == 1


def test_a_form_beyond_all_measure_is_not_kept(app: Flask, login: Login) -> None:
    browser = login(CLERK)
    huge = {f"x{number}": "y" * 400_000 for number in range(6)}
    answer = keep(browser, **huge)
    assert "not kept" in answer.json["not_kept"]
    assert rows(app) == 0


def test_faults_and_warnings_come_with_the_ids_of_their_fields(login: Login) -> None:
    browser = login(CLERK)
    data = typed(browser) | {"consignee-country": "FR", "items-0-gross_weight_kg": "1", "final_destination": "", "look_only": "1"}
    told = browser.post("/filing/typed/0", data=data, headers=JSON).json
    assert "kept_version" not in told
    assert {each["target"] for each in told["wrong"]} == {"items-0-gross_weight_kg"}
    assert {each["target"] for each in told["missing"]} == {"invoice_file", "packing_list_file"}
    assert {"destination_country"} <= {each["target"] for each in told["odd"]}
    ids = browser.get("/filing/").text
    assert all(f'id="{each["target"]}"' in ids for part in ("wrong", "missing", "odd") for each in told[part] if each["target"])
    assert browser.get("/filing/").text.count("unsaved work") == 0


def test_codes_are_found_and_the_firms_own_tariff_lines_with_them(login: Login, filed: Callable[..., int]) -> None:
    filed("DRAFT")
    browser = login(CLERK)
    assert browser.get("/filing/typed/codes/port_in?q=mundra").json["codes"][0] == {"code": "INMUN1", "name": "Mundra"}
    assert browser.get("/filing/typed/codes/hs?q=terry").json["codes"][0]["code"] == "63026090"
    assert browser.get("/filing/typed/codes/hs?q=6302").json["codes"][0]["code"] == "63026090"
    assert login(OTHER_EXPORTER).get("/filing/typed/codes/hs?q=terry").json["codes"] == [], "another firm's are not offered"
    assert browser.get("/filing/typed/codes/passwords").status_code == 404
    assert len(browser.get("/filing/typed/codes/locode").json["codes"]) == 20


def test_the_page_learns_who_is_logged_in(login: Login, client: FlaskClient) -> None:
    browser = login(CLERK)
    told = browser.get("/filing/typed/").json
    assert isinstance(told["user"], int)
    assert "csrf_token" not in told, "a page that does not say for whom it was made gets none"
    assert browser.get(f"/filing/typed/?user={told['user']}&firm={told['firm']}").json["csrf_token"]
    assert "csrf_token" not in browser.get(f"/filing/typed/?user=1&firm={told['firm']}").json
    assert client.get("/filing/typed/").status_code == 302
