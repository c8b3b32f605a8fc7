"""The doors of the sheet of goods lines over HTTP, and the same work on the page where no script runs."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.applications.goods_columns import NAMES
from app.applications.goods_field import UNREADABLE
from tests import factories
from tests.applications.test_filing_form import Login, said, send, stored
from tests.applications.test_goods_table import table
from tests.people import EXPORTER, OFFICER

ITEM = factories.FILING["items"][0]
LINE = [str(ITEM[name]) for name in NAMES]


def csv_file(content: bytes) -> tuple[io.BytesIO, str]:
    """A table to choose on the page."""
    return io.BytesIO(content), "goods.csv"


def test_a_paste_is_read_and_answered_cell_by_cell(login: Login) -> None:
    """Lines by column, faults by place, and a summary for people whose links lead to the cells; no markup gets in."""
    text = "HS Code\tDescription\tRate\n1\t<script>alert(1)</script>\t<b>5</b>"
    answer = login(EXPORTER).post("/filing/goods/read", data={"text": text, "row": "7", "column": "marks"})
    assert answer.json["lines"] == [{"itc_hs": "1", "description": "<script>alert(1)</script>"}]
    assert answer.json["faults"][0][:2] == [0, NAMES.index("itc_hs")]
    assert 'href="#items-7-itc_hs"' in answer.json["html"]
    assert "<script>" not in answer.json["html"]
    assert "<b>5" not in answer.json["html"]


@pytest.mark.parametrize("sent", [
    {}, {"text": "\0"}, {"text": "x\t" * 3_000_000}, {"text": "a", "row": "-1", "column": "nonsense"},
    {"text": "a", "row": "9" * 4000}, {"text": "a", "row": "501"},
], ids=["nothing", "binary", "huge", "no such place", "a row of 4,000 digits", "no room"])  # fmt: skip
def test_whatever_is_pasted_the_answer_is_a_sentence_or_lines(login: Login, sent: dict[str, str]) -> None:
    """Never a 500."""
    answer = login(EXPORTER).post("/filing/goods/read", data=sent)
    assert answer.status_code in {200, 413, 422}
    if answer.status_code == 422:
        assert answer.json["error"].endswith(".")


def test_only_those_who_file_come_through_these_doors(login: Login, client: Any) -> None:
    """An officer is refused, and a stranger sent to the log-in; a file must be there and be one."""
    officer, browser = login(OFFICER), login(EXPORTER)
    for door in ("read", "look", "lines.csv"):
        assert officer.post(f"/filing/goods/{door}", data={"text": "a"}).status_code == 403, door
        assert client.post(f"/filing/goods/{door}", data={"text": "a"}).status_code in {302, 401}, door
    assert officer.get("/filing/goods/template.csv").status_code == 403
    for content in (b"", b"\0\1", b"%PDF-1.7", b"PK\x03\x04broken", b"a,b\n=1,2\n"):
        answer = send(browser, "/filing/goods/look", {"goods_file": csv_file(content)})
        assert answer.status_code in {200, 422}
        assert "right." not in answer.json.get("html", "")
    assert browser.post("/filing/goods/look").json["error"] == "Choose a file first, then press the button again."


def test_the_lines_on_the_page_come_as_a_table_without_formulas(login: Login) -> None:
    """Saved or not; and the table can be sent back as it is."""
    browser, tricky = login(EXPORTER), dict(zip(NAMES, LINE, strict=True)) | {"description": "=1+1", "marks": "@x"}
    answer = browser.post("/filing/goods/lines.csv", data={"items": json.dumps([[tricky[name] for name in NAMES]])})
    assert "'=1+1" in answer.text
    assert "'@x" in answer.text
    looked = send(browser, "/filing/goods/look", {"goods_file": csv_file(answer.data)}).json["html"]
    assert "The file has 1 goods line, and it is right." in looked
    assert browser.get("/filing/goods/template.csv").text.startswith("\ufeffline,description,itc_hs")


def test_a_file_is_looked_at_and_taken_over_without_script(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """Faults take nothing; a good file replaces or is added; it is saved only with the page."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    before, page = stored(app, pk), said(browser.get(f"/filing/{pk}"))
    bad = send(browser, f"/filing/{pk}", page | {"goods_look": "1", "goods_file": csv_file(table({"itc_hs": "1"}))})
    assert "so none of its lines is taken" in bad.text
    assert "Row 2, ITC(HS)" in bad.text
    assert "goods_take" not in bad.text
    good = csv_file(table({"marks": "A1", "fob_value": "6000"}, {"marks": "A2", "fob_value": "6500"}))
    looked = send(browser, f"/filing/{pk}", page | {"goods_file": good})
    assert "The file has 2 goods lines, and they are right." in looked.text, "chosen and not looked at: shown, not lost"
    assert stored(app, pk) == before
    added = send(browser, f"/filing/{pk}", said(looked) | {"goods_take": "append"})
    assert [said(added)[f"items-{line}-marks"] for line in range(3)] == [page["items-0-marks"], "A1", "A2"]
    taken = send(browser, f"/filing/{pk}", said(looked) | {"goods_take": "replace"})
    assert stored(app, pk) == before
    assert send(browser, f"/filing/{pk}", said(taken)).status_code == 302
    assert [line["marks"] for line in stored(app, pk)["items"]] == ["A1", "A2"]
    for pending in ("", "nonsense", "[[1]]", json.dumps([LINE] * 500)):
        refused = send(browser, f"/filing/{pk}", said(looked) | {"goods_take": "append", "goods_pending": pending})
        assert "no longer at hand" in refused.text or "at most 500 fit" in refused.text


def test_lines_that_cannot_be_read_are_refused_and_nothing_is_changed(
    app: Flask, login: Login, filed: Callable[..., int]
) -> None:
    """The sheet's one field with anything in it but lines."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    before, page = stored(app, pk), said(browser.get(f"/filing/{pk}"))
    deep = "[" * 100_000
    for text in ("x", "{}", "[1]", "[[]]", '[["a"]]', json.dumps([[None] * 13]), deep, json.dumps([LINE] * 2_001), "NaN", "\0"):
        answer = send(browser, f"/filing/{pk}", page | {"items": text})
        assert answer.status_code == 200
        assert UNREADABLE in answer.text
    many = send(browser, f"/filing/{pk}", page | {"items": json.dumps([LINE] * 501)})
    assert "There are 501 goods lines; at most 500 fit on one certificate." in many.text
    assert json.loads(said(many)["items"]) == [LINE] * 501, "and none of them is lost"
    assert stored(app, pk) == before


def test_faults_of_a_refused_save_stand_in_their_cells(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """The list on top leads to the cell; empty lines at the end are nobody's fault, and are not saved."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    page = said(browser.get(f"/filing/{pk}"))
    wrong = [[*LINE[:8], "1", *LINE[9:]]] + [[""] * 13] * 2
    answer = send(browser, f"/filing/{pk}", page | {"items": json.dumps(wrong)})
    assert '<a href="#items-0-gross_weight_kg">Goods line 1, Gross weight, kg: the gross weight is less' in answer.text
    assert 'aria-describedby="items-0-gross_weight_kg-error"' in answer.text
    assert send(browser, f"/filing/{pk}", page | {"items": json.dumps([LINE] + [[""] * 13] * 2)}).status_code == 302
    assert len(stored(app, pk)["items"]) == 1
