"""Warnings as an officer would put them: for each one a filing that draws it and one like it that does not; and the API."""

import datetime
from typing import Any

import pytest
from flask import Flask

from app.applications.advice import advise
from app.applications.advised import read_partly
from app.applications.checks import Facts, check
from app.applications.filing import read
from tests import factories
from tests.applications.test_paper_facts import WORDS, drawn
from tests.people import EXPORTER, OFFICER, OTHER_EXPORTER

TODAY = datetime.date(2026, 8, 18)
FACTS = Facts(today=TODAY, exporter="Bharat Textiles Exports Private Limited")
LINE, BUYER = factories.FILING["items"][0], factories.FILING["consignee"]


def told(**changes: Any) -> dict[str, str]:
    """The warnings of the sample filing, changed, by their field; it must have no fault."""
    clean = read(factories.filing(**changes))
    assert check(clean, FACTS) == []
    return {fault.field: fault.message for fault in advise(clean, FACTS)}


def invoice(**changes: Any) -> list[dict[str, Any]]:
    """The sample's invoice, changed."""
    return [factories.FILING["invoices"][0] | changes]


DRAWN: dict[str, tuple[dict[str, Any], str, str]] = {
    "an old invoice": ({"invoices": invoice(date="2026-06-18")}, "invoices[0].date", "61 days"),
    "gone by the bill of lading": (
        {"transport_doc_no": "X1", "transport_doc_date": "2026-08-10"}, "departure_date", "may have left"),
    "late without a departure": ({"retro_reason": "The bank asked."}, "departure_date", "departure date"),
    "a port on the way": ({"port_of_discharge": "NLRTM", "final_destination": ""}, "port_of_discharge", "Netherlands"),
    "a ship from an airport": ({"port_of_loading": "INBOM4"}, "port_of_loading", "airport"),
    "containers by air": (
        {"transport_mode": 4, "port_of_loading": "INBOM4", "container_nos": ["CSQU3054383"]}, "container_nos", "air"),
    "the lines are more": ({"item": {"fob_value": "13000.00"}}, "invoices[0].value", "more than it says"),
    "a line is missing": ({"item": {"fob_value": "8000.00"}}, "invoices[0].value", "Is a line missing?"),
    "an invoice without goods": (
        {"invoices": [*invoice(), *invoice(no="BTX/26/0043")]}, "invoices[1].no", "No goods line"),
    "inputs without P": (
        {"imported_inputs_used": True, "process_note": "Woven and dyed in Surat.",
         "minimal_operations": {f"MO{n}": "goes beyond" for n in range(1, 11)}}, "items[0].origin_criterion", "criterion P"),
    "knitted in the chapter of woven": (
        {"item": {"itc_hs": "62052090", "description": "Men's shirts, knitted"}}, "items[0].itc_hs", "61"),
    "country twice": ({"consignee": BUYER | {"address": "Hafen 1\n20457 Hamburg, Germany"}}, "consignee.address", "twice"),
    "foreign words": ({"item": {"description": "Cotton towels, made in China"}}, "items[0].origin_country", "foreign"),
    "back where it came from": (
        {"kind": "BACK_TO_BACK", "item": {"origin_country": "DE"}}, "items[0].origin_country", "go back"),
}  # fmt: skip
SILENT: dict[str, dict[str, Any]] = {
    "sixty days": {"invoices": invoice(date="2026-06-19")},
    "old, and explained": {"invoices": invoice(date="2026-05-01"), "retro_reason": "The ship was late."},
    "a port on the way, the end given": {"port_of_discharge": "NLRTM"},
    "freight on top": {"item": {"fob_value": "10000.00"}},
    "rounded line by line": {"item": {"fob_value": "12500.40"}},
    "a town that is a country too": {"consignee": {"name": "Merlion", "address": "1 Anson Road\nSingapore", "country": "SG"},
                                     "destination_country": "SG", "port_of_discharge": "SGSIN", "final_destination": ""},
    "Georgia in America": {"consignee": {"name": "Harbour", "address": "Atlanta, Georgia", "country": "US"},
                           "destination_country": "US", "port_of_discharge": "USSAV", "final_destination": ""},
    "the consignee elsewhere, a party to notify": {"destination_country": "AT", "notify_party": "Spedition Wien", "final_destination": "Wien"},
}  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "words"), DRAWN.values(), ids=DRAWN.keys())
def test_what_an_officer_would_ask_is_told(changes: dict[str, Any], field: str, words: str) -> None:
    """By its field and nothing else; none of it is a fault."""
    found = told(**changes)
    assert words in found[field]
    assert set(found) - {field} <= {"b2b_evidence[0].country"}


@pytest.mark.parametrize("changes", SILENT.values(), ids=SILENT.keys())
def test_what_is_right_though_unusual_is_left_alone(changes: dict[str, Any]) -> None:
    """No warning."""
    assert told(**changes) == {}


def test_in_lieu_of_the_same_certificate_nothing_differs() -> None:
    """A certificate in lieu corrects something that is printed."""
    clean = read(factories.filing(kind="IN_LIEU", in_lieu_of="X", in_lieu_reason="A slip."))
    facts = Facts(today=TODAY, replaced=read(factories.filing()))
    assert [fault.field for fault in advise(clean, facts)] == ["in_lieu_reason"]
    corrected = read(factories.filing(kind="IN_LIEU", in_lieu_of="X", in_lieu_reason="A slip.", po_no="7"))
    assert advise(corrected, facts) == []


def test_what_is_half_filled_is_checked_as_far_as_it_goes() -> None:
    """The wrong date is told though the goods are not there yet, and nothing breaks whatever is left out."""
    clean, wrong = read_partly({"invoices": [{"no": "X", "date": "2026-09-30"}], "destination_country": "IN"})
    assert {"items", "consignee", "invoices[0].value"} <= {fault.field for fault in wrong}
    assert {"invoices[0].date", "destination_country"} <= {fault.field for fault in check(clean, FACTS)}
    assert all(advise(read_partly({name: factories.FILING[name]})[0], FACTS) is not None for name in factories.FILING)


@pytest.mark.parametrize(
    "data", [None, [], 7, "x", {}, {"items": 5}, {"items": [1, {}]}, {"consignee": []}, {"invoices": [None]}]
)
def test_nonsense_is_named_and_breaks_nothing(data: Any) -> None:
    """What is no filing has faults of form; the rules are silent about what is not there."""
    clean, wrong = read_partly(data)
    assert wrong
    assert check(clean, FACTS) == []
    assert advise(clean, FACTS) == []


def test_each_part_left_out_in_turn_breaks_no_rule() -> None:
    """While somebody types, any field may be missing, in any row."""
    whole = factories.filing(kind="BACK_TO_BACK")
    for name in whole:
        clean, _wrong = read_partly({key: value for key, value in whole.items() if key != name})
        check(clean, FACTS)
        advise(clean, FACTS)
    for name in LINE:
        clean, _wrong = read_partly(whole | {"items": [{key: value for key, value in whole["items"][0].items() if key != name}]})
        assert all(fault.message for fault in [*check(clean, FACTS), *advise(clean, FACTS)])


def ask(api: Any, body: Any, person: str = EXPORTER) -> Any:
    """The answer to a check."""
    return api(person).post("/applications/check", body)


def test_the_api_checks_without_storing(app: Flask, api: Any) -> None:
    """Faults and warnings in one answer; no draft comes of it."""
    from app.applications.models import Application
    from app.infra.db import db

    answer = ask(api, factories.filing(departure_date="2020-01-01", item={"fob_value": "1000.00"}))
    assert answer.status_code == 200
    assert "retro_reason" in {fault["field"] for fault in answer.json["faults"]}
    assert "invoices[0].value" in {fault["field"] for fault in answer.json["warnings"]}
    with app.app_context():
        assert db.session.query(Application).execution_options(unscoped=True).count() == 0


def test_the_api_tells_what_only_the_database_knows(api: Any) -> None:
    """An office that is none, beside a field that is missing elsewhere."""
    assert {fault["field"] for fault in ask(api, factories.filing(office="999")).json["faults"]} == {"office"}
    half = factories.filing()
    del half["items"][0]["gross_weight_kg"]
    assert {fault["field"] for fault in ask(api, half).json["faults"]} == {"items[0].gross_weight_kg"}


def test_the_api_is_for_those_who_file(api: Any) -> None:
    """An officer is refused, what is no JSON is refused, preferential is sent on and told nothing else."""
    assert ask(api, factories.filing(), OFFICER).status_code == 403
    assert api(EXPORTER).client.post("/api/v1/applications/check", data=b"{", headers=api(EXPORTER).headers).status_code == 422
    sent_on = ask(api, factories.filing(certificate_type="PREFERENTIAL", destination_country="IN")).json
    assert ([fault["field"] for fault in sent_on["faults"]], sent_on["warnings"]) == (["certificate_type"], [])


def test_advice_reads_the_attached_invoice(api: Any) -> None:
    """The invoice of another shipment is noticed; a scan beside it makes us silent; a stranger sees nothing of it."""
    exporter = api(EXPORTER)
    pk = exporter.post("/applications/", factories.filing(item={"invoice": "BTX/77"}, invoices=invoice(no="BTX/77"))).json["id"]
    exporter.attach(pk, "INVOICE", drawn(WORDS))
    found = exporter.get(f"/applications/{pk}/advice").json["result"]
    assert "does not mention BTX/77" in {fault["field"]: fault["message"] for fault in found}["invoices[0].no"]
    assert api(OTHER_EXPORTER).get(f"/applications/{pk}/advice").status_code == 404
    exporter.attach(pk, "INVOICE", factories.pdf("a scan"))
    silent = exporter.get(f"/applications/{pk}/advice").json["result"]
    assert "invoices[0].no" not in {fault["field"] for fault in silent}


def test_nobody_knows_an_application_that_is_not_there(api: Any) -> None:
    """404, as for every other question about it."""
    assert api(EXPORTER).get("/applications/999999/advice").status_code == 404
