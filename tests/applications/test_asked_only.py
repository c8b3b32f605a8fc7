"""The whole form while a query is open: what the officer asked about can be typed into, and all else is only shown."""

from flask import Flask

from app.applications.checks import MINIMAL_OPERATIONS
from app.applications.goods_columns import NAMES
from tests import factories
from tests.applications.test_filing_form import Login, said, send, stored
from tests.people import EXPORTER, OFFICER

QUANTITY = NAMES.index("quantity")


def asked(app: Flask, *marks: str) -> int:
    """An application with a question about each of these places."""
    pk = factories.filed(app, "UNDER_REVIEW")
    items = [{"field_path": mark, "reason": "FIGURES", "text": "Look at this again."} for mark in marks]
    factories.move(app, pk, OFFICER, "query", items=items)
    return pk


def test_what_no_question_frees_is_shown_and_cannot_be_typed_into(app: Flask, login: Login) -> None:
    """Fields, drop-downs, ticks, cells, rows and papers; the two that were asked about are open."""
    pk = asked(app, "consignee.name", "items[0].quantity")
    text = login(EXPORTER).get(f"/filing/{pk}").text
    assert f'data-free="[[0, {QUANTITY}]]"' in text
    for closed in ("Add an invoice", "Add a proof of origin", "Add a goods line", 'name="goods_file"', 'name="invoice_file"'):
        assert closed not in text, closed
    assert 'id="imported_inputs_used" disabled' in text
    for name, free in {"consignee-name": True, "consignee-country": False, "consignee-address": False, "items-0-quantity": True,
                       "items-0-description": False}.items():  # fmt: skip
        tag = next(part for part in text.split("<") if f'name="{name}"' in part)
        assert ("readonly" not in tag.split(">")[0]) is free, name


def test_a_list_that_was_asked_about_may_grow(app: Flask, login: Login) -> None:
    """All goods lines, and the paper that was asked for."""
    pk = asked(app, "items", "attachments")
    text = login(EXPORTER).get(f"/filing/{pk}").text
    assert 'data-free=""' in text
    for opened in ("Add a goods line", 'name="goods_file"', 'name="invoice_file"', 'name="packing_list_file"'):
        assert opened in text, opened


def test_what_the_page_sends_back_is_what_was_submitted(app: Flask, login: Login) -> None:
    """Saving with only the free field changed: what is shown and not asked is sent as it was, the ticks too."""
    ticked = {
        "imported_inputs_used": True, "minimal_operations": dict.fromkeys(MINIMAL_OPERATIONS, "goes beyond"),
        "process_note": "Woven and finished from imported yarn.",
    }  # fmt: skip
    pk = factories.filed(app, "UNDER_REVIEW", **ticked)
    factories.move(app, pk, OFFICER, "query", items=[{"field_path": "consignee.name", "reason": "PARTY", "text": "Who is it?"}])
    before, browser = stored(app, pk), login(EXPORTER)
    page = said(browser.get(f"/filing/{pk}")) | {"consignee-name": "Nordlicht Import GmbH"}
    answer = send(browser, f"/filing/{pk}", page)
    assert answer.status_code == 302, answer.text
    after = stored(app, pk)
    assert after["consignee"].pop("name") == "Nordlicht Import GmbH"
    before["consignee"].pop("name")
    assert after == before
