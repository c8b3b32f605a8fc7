"""The whole form while a query is open: what the officer asked about can be typed into, and all else is only shown."""

import json
from datetime import timedelta

from flask import Flask

from app.applications.checks import MINIMAL_OPERATIONS
from app.applications.goods_columns import NAMES
from app.applications.models import Application
from app.core import clock
from tests import factories
from tests.applications.test_filing_form import Login, ask, said, send, stored
from tests.people import CLERK, EXPORTER, OFFICER

QUANTITY = NAMES.index("quantity")


def asked(app: Flask, *marks: str) -> int:
    """An application with a question about each of these places."""
    pk = factories.filed(app, "UNDER_REVIEW")
    items = [{"field_path": mark, "reason": "FIGURES", "text": "Look at this again."} for mark in marks]
    factories.move(app, pk, OFFICER, "query", items=items)
    return pk


def version(app: Flask, pk: int) -> str:
    """The version that a fresh page carries."""
    return str(ask(app, lambda session: session.get_one(Application, pk).version))


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
        tag = next(
            part for part in text.split("<") if f'id="{name}"' in part and part.startswith(("input", "select", "textarea"))
        )
        assert ("readonly" not in tag) is free, name


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


def test_what_was_typed_before_the_question_is_put_back(app: Flask, login: Login) -> None:
    """Unsaved work on the draft, submitted by a colleague and asked about: shown as it was submitted, and the answer is saved."""
    pk = factories.filed(app)
    clerk = login(CLERK)
    page = said(clerk.get(f"/filing/{pk}"))
    line = json.loads(page["items"]) if page.get("items") else [[page[f"items-0-{name}"] for name in NAMES]]
    rows = [line[0], ["Something else" if name == "description" else "" for name in NAMES]]
    more = {"vessel_flight": "OTHER SHIP", "transport_mode": "4", "imported_inputs_used": "y", "items": json.dumps(rows)}
    assert (
        clerk.post(f"/filing/typed/{pk}", data=page | more | {"invoices-1-no": "NEW/77", "kept_window": "w"}).status_code == 200
    )
    factories.move(app, pk, EXPORTER, "submit")
    factories.move(app, pk, OFFICER, "take_up")
    factories.move(app, pk, OFFICER, "query", items=[{"field_path": "consignee.name", "reason": "PARTY", "text": "Who is it?"}])
    before = stored(app, pk)
    shown = clerk.get(f"/filing/{pk}?go_on=1")
    assert "Who is it?" in shown.text
    assert "it is shown as you submitted it again" in shown.text
    for wrong in ("OTHER SHIP", "Something else", "NEW/77"):
        assert wrong not in shown.text, wrong
    saved = send(clerk, f"/filing/{pk}", said(shown) | {"consignee-name": "Nordlicht Import GmbH", "version": version(app, pk)})
    assert saved.status_code == 302, saved.text
    assert stored(app, pk) == before | {"consignee": before["consignee"] | {"name": "Nordlicht Import GmbH"}}


def test_a_post_that_changes_more_is_refused_and_can_be_saved_again(app: Flask, login: Login) -> None:
    """The page that comes back holds the answer as typed and all else as submitted; saved once more, it goes through."""
    pk = asked(app, "consignee.name", "items[0].quantity")
    before, browser = stored(app, pk), login(EXPORTER)
    page = said(browser.get(f"/filing/{pk}"))
    refused = send(
        browser, f"/filing/{pk}", page | {"consignee-name": "New Ltd", "transport_mode": "4", "items-0-description": "Bombs"}
    )
    assert refused.status_code == 200
    assert stored(app, pk) == before
    assert "look it over and save once more" in refused.text
    assert 'value="New Ltd"' in refused.text
    assert "Bombs" not in refused.text
    assert send(browser, f"/filing/{pk}", said(refused)).status_code == 302
    assert stored(app, pk) == before | {"consignee": before["consignee"] | {"name": "New Ltd"}}


def test_every_question_stands_on_the_page(app: Flask, login: Login) -> None:
    """Two on one field, one on a tick, on a paper and on a list without rows, and one on nothing in particular."""
    pk = factories.filed(app, "UNDER_REVIEW")
    places = ["consignee.name", "consignee.name", "imported_inputs_used", "attachments", "b2b_evidence", "lc_no", ""]
    items = [
        {"text": f"Question number {number}.", **({"field_path": place} if place else {})} for number, place in enumerate(places)
    ]
    factories.move(app, pk, OFFICER, "query", items=items)
    text = login(EXPORTER).get(f"/filing/{pk}").text
    for number in range(len(places)):
        assert f"Question number {number}." in text


def test_why_it_is_late_stays_open_after_the_first_answer(app: Flask, login: Login) -> None:
    """The goods have left since: the reason may be written, and put right again, as long as the query is open."""
    pk = factories.filed(app, "UNDER_REVIEW", departure_date=(clock.india_today() + timedelta(days=1)).isoformat())
    factories.move(app, pk, OFFICER, "query", items=[{"field_path": "consignee.name", "text": "Who is it?"}])
    with clock.travel(clock.now() + timedelta(days=5)):
        browser = login(EXPORTER)
        for reason in ("The vessel left erly.", "The vessel left early."):
            page = said(browser.get(f"/filing/{pk}")) | {"retro_reason": reason}
            answer = send(browser, f"/filing/{pk}", page)
            assert answer.status_code == 302, answer.text
            assert stored(app, pk)["retro_reason"] == reason
