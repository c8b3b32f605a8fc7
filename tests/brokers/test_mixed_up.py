"""Where a broker's firms could be mixed up: a page kept open over a new log-in, and files that belong to a person."""

import html
import re
from typing import Any

import pytest
from flask import Flask

from app.certificates.models import Bundle
from tests import factories, states
from tests.brokers import scene
from tests.brokers.scene import chosen
from tests.people import BALAJI, BROKER, NILGIRI

JSON = {"Accept": "application/json"}


def asks(page: Any) -> str:
    """Where the script of this filing page asks for a new token after a new log-in."""
    found = re.search(r'data-who="([^"]+)"', page.text)
    assert found, page.text[:500]
    return html.unescape(found[1])


def test_a_page_of_one_firm_gets_no_token_for_another(app: Flask, login: Any) -> None:
    """After a new log-in the old page of Balaji must not go on by itself with the token of Nilgiri, for the same person."""
    who = asks(chosen(login(BROKER)).get("/filing/"))
    anew = chosen(login(BROKER), NILGIRI)
    told = anew.get(who, headers=JSON)
    assert (told.status_code, "csrf_token" in told.json) == (200, False)
    assert "csrf_token" in chosen(anew).get(who, headers=JSON).json, "back with Balaji it goes on"
    assert "csrf_token" not in anew.get(f"/filing/typed/?user=1&firm={told.json['firm']}", headers=JSON).json


@pytest.mark.parametrize(("scope", "status"), [("READ", 403), ("DRAFT", 200), ("SUBMIT", 200)])
def test_the_sheet_of_goods_lines_is_open_to_who_may_draft(app: Flask, login: Any, scope: str, status: int) -> None:
    """The filing page offers a table to fill in and reads a paste: for a broker as for the firm."""
    scene.granted(app, scope)
    browser = chosen(login(BROKER))
    assert browser.get("/filing/goods/template.csv").status_code == status
    assert browser.post("/filing/goods/read", data={"text": "Towels\t63026010"}).status_code == status


def test_files_put_together_are_not_for_brokers(app: Flask, login: Any) -> None:
    """They are a person's own, whatever the firm: no button, no file, no work for the worker."""
    pk = states.brought(app, "ISSUED")
    browser = chosen(login(BROKER), BALAJI)
    assert "/certificates/archive" not in browser.get("/certificates/list/").text
    before = count(app)
    for path in ("/certificates/archive", "/certificates/print-run"):
        assert browser.post(path, data={"all": "1"}).status_code == 403, path
    assert count(app) == before
    assert pk


def count(app: Flask) -> int:
    from app.infra.db import db

    factories.settle()
    with app.app_context():
        return int(db.session.query(Bundle).count())
