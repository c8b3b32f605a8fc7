"""Templates of the firm: kept from the form, begun from by everybody who files, renamed, deleted, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.applications import starting
from app.applications.models import Template
from app.audit.models import AuditEvent
from app.core.errors import BusinessError
from tests import factories
from tests.applications.test_filing_form import ask, drafts, said, send, typed
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, SUPERVISOR, actor_for

Login = Callable[[str], FlaskClient]


def kept(app: Flask, browser: FlaskClient, name: str = "Hamburg towels", **changes: Any) -> int:
    """A template, kept from the form."""
    page = send(browser, "/filing/", typed(browser, **changes) | {"template": "keep", "template_name": name})
    assert page.status_code == 200
    assert "Kept as the template" in page.text, page.text[:3000]
    return int(ask(app, lambda session: session.query(Template.id).filter_by(name=" ".join(name.split())).scalar()))


def test_a_template_goes_all_the_way_round(app: Flask, login: Login) -> None:
    clerk, exporter, before = login(CLERK), login(EXPORTER), drafts(app)
    pk = kept(app, clerk, departure_date="2026-08-01", voyage="017W")
    assert drafts(app) == before, "the application itself is not saved"
    assert "Hamburg towels" in exporter.get("/filing/").text
    begun = said(exporter.get(f"/filing/from/{pk}"))
    assert begun["consignee-name"] == factories.FILING["consignee"]["name"]
    assert (begun["office"], begun["destination_country"], begun["invoices-0-currency"]) == ("FIEC/001", "DE", "EUR")
    assert begun["items-0-description"] == factories.FILING["items"][0]["description"]
    for name in ("invoices-0-no", "invoices-0-date", "invoices-0-value", "items-0-quantity", "items-0-fob_value", "items-0-invoice",
                 "departure_date", "voyage"):  # fmt: skip
        assert begun[name] == "", f"{name} belongs to one shipment"
    assert exporter.post(f"/templates/{pk}/rename", data={"name": "Towels to Hamburg"}).status_code == 302
    assert "Towels to Hamburg" in clerk.get("/templates/").text
    assert clerk.post(f"/templates/{pk}/delete").status_code == 302
    assert "Towels to Hamburg" not in exporter.get("/filing/").text
    assert exporter.get(f"/filing/from/{pk}").status_code == 404
    events = ask(app, lambda session: [row.event for row in session.query(AuditEvent).filter_by(object_kind="filing_template")])
    assert events == ["template kept", "template renamed", "template deleted"]


def test_half_a_form_can_be_kept_and_begun_from(app: Flask, login: Login) -> None:
    browser = login(CLERK)
    page = send(browser, "/filing/", {"template": "keep", "template_name": "Half", "b2b_evidence-0-date": "31-02-2026",
                                      "consignee-name": "Only a name", "kind": "BACK_TO_BACK"})  # fmt: skip
    assert "Kept as the template" in page.text
    pk = ask(app, lambda session: session.query(Template.id).filter_by(name="Half").scalar())
    assert said(browser.get(f"/filing/from/{pk}"))["consignee-name"] == "Only a name"
    assert browser.get("/templates/").status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "x" * 5000, "bell \x07", "Taken"])
def test_a_name_that_cannot_be_is_refused_and_what_was_typed_stays(app: Flask, login: Login, name: str) -> None:
    browser = login(CLERK)
    kept(app, browser, "Taken")
    page = send(browser, "/filing/", typed(browser) | {"template": "keep", "template_name": name})
    assert (page.status_code, "alert-danger" in page.text) == (200, True)
    assert said(page)["consignee-name"] == factories.FILING["consignee"]["name"]
    assert ask(app, lambda session: session.query(Template).count()) == 1


def test_the_name_of_a_template_is_shown_as_it_is(app: Flask, login: Login) -> None:
    browser = login(CLERK)
    kept(app, browser, "<script>alert(1)</script>")
    assert "&lt;script&gt;alert" in browser.get("/templates/").text
    assert "<script>alert(1)" not in browser.get("/filing/").text


def test_templates_are_the_firms_own(app: Flask, login: Login, client: FlaskClient) -> None:
    pk = kept(app, login(CLERK), "Ours alone")
    other = login(OTHER_EXPORTER)
    assert "Ours alone" not in other.get("/filing/").text + other.get("/templates/").text
    assert other.get(f"/filing/from/{pk}").status_code == 404
    assert other.post(f"/templates/{pk}/rename", data={"name": "Theirs"}).status_code == 404
    assert other.post(f"/templates/{pk}/delete").status_code == 404
    for email in (OFFICER, ADMIN, SUPERVISOR):
        browser = login(email)
        assert browser.get("/templates/").status_code == 403
        assert browser.post(f"/templates/{pk}/delete").status_code == 403
    assert client.post(f"/templates/{pk}/delete").status_code == 302
    assert ask(app, lambda session: session.query(Template).filter_by(name="Ours alone").count()) == 1


def test_the_verbs_themselves_refuse_strangers(app: Flask, login: Login, session: Any) -> None:
    row = starting.keep(session, actor_for(session, CLERK), "Ours", factories.filing())
    for email in (OTHER_EXPORTER, OFFICER, SUPERVISOR):
        with pytest.raises(BusinessError):
            starting.remove(session, row, actor_for(session, email))
        with pytest.raises(BusinessError):
            starting.rename(session, row, actor_for(session, email), name="x")
    for email in (OFFICER, SUPERVISOR):
        with pytest.raises(BusinessError):
            starting.keep(session, actor_for(session, email), "Mine", factories.filing())
    assert row.name == "Ours"
