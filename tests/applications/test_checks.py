"""What must be right before an application may be filed: for each check an example that passes and one that does not."""

import datetime
from typing import Any

import pytest

from app.applications.checks import MINIMAL_OPERATIONS, Facts, check, is_retrospective
from app.applications.filing import read
from tests import factories

TODAY = datetime.date(2026, 8, 18)
FACTS = Facts(today=TODAY)
EVIDENCE = factories.BACK_TO_BACK["b2b_evidence"][0]
SECOND_LINE = factories.FILING["items"][0]
GOES_BEYOND = {code: "goes beyond" for code in MINIMAL_OPERATIONS}
PROCESSED: dict[str, Any] = {
    "imported_inputs_used": True, "minimal_operations": GOES_BEYOND, "process_note": "Spun, woven and dyed in Surat.",
    "item": {"origin_criterion": "P"},
}  # fmt: skip


def faults(**changes: Any) -> dict[str, str]:
    """The faults of a filing with these changes, by their field."""
    return {fault.field: fault.message for fault in check(read(factories.filing(**changes)), FACTS)}


def invoice(**changes: Any) -> dict[str, Any]:
    """An invoice of the sample filing, changed."""
    return factories.FILING["invoices"][0] | changes


def back_to_back(**changes: Any) -> dict[str, Any]:
    """The changes that make a back-to-back filing."""
    return {"kind": "BACK_TO_BACK"} | changes


# Filings that may be filed as they are, each the right example of a check.
RIGHT: dict[str, dict[str, Any]] = {
    "the ordinary filing": {},
    "a foreign port by its code": {"port_of_discharge": "AEJEA"},
    "a foreign port in words": {"port_of_discharge": "Jebel Ali, Dubai"},
    "a departure today": {"departure_date": "2026-08-18"},
    "a departure to come": {"departure_date": "2026-08-19"},
    "a departure that is past, with the reason": {"departure_date": "2026-08-17", "retro_reason": "The ship left early."},
    "an invoice of today": {"invoices": [invoice(date="2026-08-18")]},
    "two invoices of one number and two dates": {"invoices": [invoice(), invoice(date="2026-08-04")]},
    "two invoices of one currency": {"invoices": [invoice(), invoice(no="BTX/26/0043")]},
    "papers of transport of today": {"transport_doc_date": "2026-08-18", "shipping_bill_date": "2026-08-18"},
    "net as much as gross": {"item": {"net_weight_kg": "1744.000"}},
    "bulk without packages": {"item": {"package_count": 0, "package_kind": "VQ"}},
    "unpacked without packages": {"item": {"package_count": 0, "package_kind": "NE"}},
    "wholly obtained": {"item": {"origin_criterion": "W"}},
    "imported inputs processed enough": PROCESSED,
    "foreign goods, back to back": back_to_back(),
    "foreign goods loaded abroad by a merchant": back_to_back(b2b_purpose="MERCHANTING", port_of_loading="LKCMB"),
    "foreign goods without a foreign certificate, with the reason": back_to_back(
        b2b_evidence=[EVIDENCE | {"kind": "BILL_OF_ENTRY"}], b2b_no_coo_reason="Sri Lanka issues none for samples."),
    "in lieu": {"kind": "IN_LIEU", "in_lieu_of": "FIEC/2026/001/NP/0000001-1", "in_lieu_reason": "The buyer's name was wrong."},
}  # fmt: skip

# A filing, the field at fault, and words of the sentence that a person can act on.
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "preferential is filed on the earlier system (scenario 22)":
        ({"certificate_type": "PREFERENTIAL"}, "certificate_type", "eCoO 1.0"),
    "a consignee in India": (
        {"consignee": factories.FILING["consignee"] | {"country": "IN"}}, "consignee.country", "buyer's country"),
    "a destination in India": ({"destination_country": "IN"}, "destination_country", "exported"),
    "a port of loading that is none": ({"port_of_loading": "NSA"}, "port_of_loading", "INNSA1"),
    "a port of loading abroad": ({"port_of_loading": "DEHAM"}, "port_of_loading", "Indian port"),
    "a merchant's goods loaded in India": (
        back_to_back(b2b_purpose="MERCHANTING", port_of_loading="INNSA"), "port_of_loading", "foreign port"),
    "a port of discharge in India": ({"port_of_discharge": "INNSA"}, "port_of_discharge", "in India"),
    "a departure in the past without a reason (scenario 36)": (
        {"departure_date": "2026-08-17"}, "retro_reason", "retrospectively"),
    "a bill of lading of tomorrow": ({"transport_doc_date": "2026-08-19"}, "transport_doc_date", "future"),
    "a shipping bill of tomorrow": ({"shipping_bill_date": "2026-08-19"}, "shipping_bill_date", "future"),
    "an invoice of tomorrow": ({"invoices": [invoice(date="2026-08-19")]}, "invoices[0].date", "future"),
    "an invoice listed twice": ({"invoices": [invoice(), invoice()]}, "invoices[1].no", "twice"),
    "invoices in two currencies": (
        {"invoices": [invoice(), invoice(no="BTX/26/0043", currency="USD")]}, "invoices", "each currency"),
    "gross less than net": ({"item": {"gross_weight_kg": "1599.999"}}, "items[0].gross_weight_kg", "less than the net"),
    "no packages, but cartons": ({"item": {"package_count": 0}}, "items[0].package_count", "NE"),
    "a line on an invoice that is not there": ({"item": {"invoice": "X/1"}}, "items[0].invoice", "X/1"),
    "goods of China as Indian goods (scenario 32)": (
        {"item": {"origin_country": "CN"}}, "items[0].origin_country", "back-to-back"),
    "Indian goods back to back (scenario 32)": (
        back_to_back(item={"origin_country": "IN"}), "items[0].origin_country", "foreign goods"),
    "criterion F for Indian goods": ({"item": {"origin_criterion": "F"}}, "items[0].origin_criterion", "W, M or P"),
    "criterion M for foreign goods": (
        back_to_back(item={"origin_criterion": "M"}), "items[0].origin_criterion", "F"),
    "foreign goods of two countries": (
        back_to_back(items=[SECOND_LINE, SECOND_LINE | {"origin_country": "VN", "origin_criterion": "F"}]), "items", "each country"),
    "criterion P without imported inputs": ({"item": {"origin_criterion": "P"}}, "items[0].origin_criterion", "imported inputs"),
    "imported inputs without an answer": (
        PROCESSED | {"minimal_operations": {}}, "minimal_operations.MO1", "dusting"),
    "imported inputs hardly processed": (
        PROCESSED | {"minimal_operations": GOES_BEYOND | {"MO7": "does not"}}, "minimal_operations.MO7", "assembly"),
    "imported inputs without a description": (PROCESSED | {"process_note": ""}, "process_note", "processed in India"),
    "evidence on an ordinary filing": ({"b2b_evidence": [EVIDENCE]}, "b2b_purpose", "back-to-back"),
    "a purpose on an ordinary filing": ({"b2b_purpose": "REEXPORT"}, "b2b_purpose", "back-to-back"),
    "back to back without a purpose": (back_to_back(b2b_purpose=""), "b2b_purpose", "REEXPORT"),
    "back to back without evidence": (back_to_back(b2b_evidence=[]), "b2b_evidence", "at least one paper"),
    "back to back without a foreign certificate or a reason": (
        back_to_back(b2b_evidence=[EVIDENCE | {"kind": "INVOICE"}]), "b2b_no_coo_reason", "why there is none"),
    "evidence of tomorrow": (
        back_to_back(b2b_evidence=[EVIDENCE | {"date": "2026-08-19"}]), "b2b_evidence[0].date", "future"),
    "a certificate to replace on an ordinary filing": (
        {"in_lieu_of": "FIEC/2026/001/NP/0000001-1"}, "in_lieu_of", "IN_LIEU"),
    "in lieu of nothing": ({"kind": "IN_LIEU", "in_lieu_reason": "A slip."}, "in_lieu_of", "number"),
    "in lieu without a reason": (
        {"kind": "IN_LIEU", "in_lieu_of": "FIEC/2026/001/NP/0000001-1"}, "in_lieu_reason", "what is wrong"),
}  # fmt: skip


@pytest.mark.parametrize("changes", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_right_passes(changes: dict[str, Any]) -> None:
    """A filing that is right has no fault."""
    assert faults(**changes) == {}


@pytest.mark.parametrize(("changes", "field", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_named_with_its_cure(changes: dict[str, Any], field: str, words: str) -> None:
    """The one thing that is wrong is the one that is told, by its field, in a whole sentence with the cure in it."""
    found = faults(**changes)
    assert field in found
    assert words in found[field]
    assert all(message.endswith(".") and message[0].isupper() for message in found.values())


def test_only_one_thing_is_wrong_at_a_time() -> None:
    """Each wrong example above breaks one rule; where two fields must agree, the other one may be told too."""
    told_together = {"foreign goods of two countries", "a merchant's goods loaded in India"}
    for name, (changes, field, _words) in WRONG.items():
        others = set(faults(**changes)) - {field}
        if name == "imported inputs without an answer":
            assert others == {f"minimal_operations.MO{number}" for number in range(2, 11)}
        elif name not in told_together:
            assert others == set(), name


def test_preferential_is_told_nothing_else() -> None:
    """Whoever is at the wrong counter is sent on, not corrected (scenario 22)."""
    found = faults(certificate_type="PREFERENTIAL", destination_country="IN", item={"origin_country": "CN"})
    assert set(found) == {"certificate_type"}


def test_all_faults_are_told_at_once() -> None:
    """Nobody has to file four times to hear of four faults."""
    found = faults(
        destination_country="IN",
        departure_date="2026-01-01",
        invoices=[invoice(date="2027-01-01")],
        item={"origin_country": "CN"},
    )
    assert set(found) == {"destination_country", "retro_reason", "invoices[0].date", "items[0].origin_country"}


def test_every_line_at_fault_is_named() -> None:
    """The third of three lines is items[2], and the person reads «Goods line 3»."""
    lines = [SECOND_LINE, SECOND_LINE, SECOND_LINE | {"origin_country": "CN"}]
    found = faults(items=lines)
    assert set(found) == {"items[2].origin_country"}
    assert found["items[2].origin_country"].startswith("Goods line 3")


def test_in_lieu_of_a_back_to_back_certificate_is_back_to_back() -> None:
    """A purpose on an in-lieu filing makes it one for foreign goods, with all that goes with it."""
    in_lieu = {
        "kind": "IN_LIEU",
        "in_lieu_of": "FIEC/2026/001/NP/0000001-1",
        "in_lieu_reason": "A slip.",
        "b2b_purpose": "REEXPORT",
    }
    foreign = {"origin_country": "LK", "origin_criterion": "F"}
    assert faults(**in_lieu, b2b_evidence=[EVIDENCE], item=foreign) == {}
    assert set(faults(**in_lieu, b2b_evidence=[EVIDENCE])) == {"items[0].origin_country", "items[0].origin_criterion"}


def test_retrospective_is_by_the_date_of_departure() -> None:
    """Yesterday's departure is; today's, tomorrow's and none are not (scenario 36)."""
    days = {-1: True, 0: False, 1: False}
    assert all(is_retrospective(TODAY + datetime.timedelta(days=day), TODAY) == told for day, told in days.items())
    assert not is_retrospective(None, TODAY)
