"""The form of a filing, read strictly: what is taken, what is refused, and that every fault names its field in a sentence."""

import datetime
import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.applications.filing import read
from app.core.errors import BusinessError, InvalidInput
from tests import factories
from tests.people import CLERK, EXPORTER, actor_for

LINE = factories.FILING["items"][0]
INVOICE = factories.FILING["invoices"][0]
EVIDENCE = factories.BACK_TO_BACK["b2b_evidence"][0]
REQUIRED = [
    "agency", "office", "consignee", "destination_country", "transport_mode", "port_of_loading", "port_of_discharge",
    "invoices", "items",
]  # fmt: skip
# Every text of a filing with its longest length, by its path.
TEXTS = {
    "notify_party": 400, "buyer": 400, "manufacturer": 400, "vessel_flight": 70, "voyage": 70, "final_destination": 70,
    "transport_doc_no": 35, "lc_no": 35, "contract_no": 35, "po_no": 35, "process_note": 1000, "b2b_no_coo_reason": 500,
    "in_lieu_of": 40, "in_lieu_reason": 500, "retro_reason": 500, "consignee.name": 200, "consignee.address": 400,
    "items[0].description": 1000, "items[0].marks": 500, "items[0].invoice": 35, "invoices[0].no": 35,
    "port_of_discharge": 70, "b2b_evidence[0].number": 60, "b2b_evidence[0].issuer": 200,
}  # fmt: skip


def filing() -> dict[str, Any]:
    """A filing with every part filled."""
    return factories.filing(b2b_evidence=[EVIDENCE], container_nos=["CSQU3054383"])


def put(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The filing with another value at a path such as items[0].description."""
    made: Any = deepcopy(data)
    *parents, last = path.replace("[0]", ".0").split(".")
    inner = made
    for step in parents:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    inner[int(last) if last.isdigit() else last] = value
    return made  # type: ignore[no-any-return]  # a dictionary as it came in


def at(data: Any, path: str) -> Any:
    """The value at a path."""
    for step in path.replace("[0]", ".0").split("."):
        data = data[int(step)] if step.isdigit() else data[step]
    return data


def faults(data: Any) -> dict[str, str]:
    """The faults of form, by their field; none when it is read."""
    found: tuple[Any, ...] = ()
    try:
        read(data)
    except InvalidInput as refusal:
        found = refusal.faults
    assert all(fault.message.strip().endswith((".", "…")) for fault in found), found
    return {fault.field: fault.message for fault in found}


def test_a_right_filing_is_read_whole() -> None:
    """Numbers become exact, dates become dates, codes are put in capitals, and what was left out gets its default."""
    clean = read(filing() | {"agency": "fiec", "destination_country": "de"})
    assert (clean["agency"], clean["destination_country"], clean["kind"]) == ("FIEC", "DE", "ORIGINAL")
    assert clean["invoices"][0]["date"] == datetime.date(2026, 8, 3)
    assert clean["items"][0]["fob_value"] == Decimal("12500.00")
    assert (clean["lc_no"], clean["branch_id"], clean["minimal_operations"]) == ("", None, {})


def test_reading_twice_reads_the_same() -> None:
    """What was read and written as JSON again is read as the same filing."""
    clean = read(filing())
    assert read(json.loads(json.dumps(clean, default=str))) == clean


@pytest.mark.parametrize("body", [None, [], "filing", 5, True, [{}]], ids=repr)
def test_a_filing_is_an_object(body: Any) -> None:
    """Anything else is told so, once."""
    assert faults(body) == {"": "The filing must be a JSON object."}


@pytest.mark.parametrize("field", REQUIRED)
def test_what_is_needed_is_asked_for(field: str) -> None:
    """Left out or null: the same sentence."""
    data = filing()
    del data[field]
    assert faults(data) == {field: "This is missing: fill it in."}
    assert faults(data | {field: None}) == {field: "This is missing: fill it in."}


@pytest.mark.parametrize("part", [("items", LINE), ("invoices", INVOICE), ("b2b_evidence", EVIDENCE)], ids=lambda part: part[0])
def test_what_is_needed_in_each_part_is_asked_for(part: tuple[str, dict[str, Any]]) -> None:
    """An empty line has as many faults as it has fields that are needed, each with its place in the list."""
    name, whole = part
    assert set(faults(filing() | {name: [{}]})) == {f"{name}[0].{field}" for field in whole if field != "marks"}
    assert set(faults(filing() | {name: [whole, "x"]})) == {f"{name}[1]"}


@pytest.mark.parametrize(
    "path", ["colour", "items[0].colour", "consignee.colour", "invoices[0].status", "status", "exporter_id", "id"]
)
def test_what_is_not_known_is_refused(path: str) -> None:
    """A misspelt field is told, not dropped; and no column of the table can be set that is not part of a filing."""
    assert faults(put(filing(), path, "x")) == {path: "This field is not known here. Check its spelling."}


@pytest.mark.parametrize(("path", "limit"), TEXTS.items())
def test_a_text_is_as_long_as_it_may_be(path: str, limit: int) -> None:
    """The last character that fits is kept; one more is refused, and so are numbers, lists and megabytes."""
    assert at(read(put(filing(), path, "x" * limit)), path) == "x" * limit
    for wrong in ("x" * (limit + 1), "x" * 2_000_000, 5, True, ["x"], {"x": "y"}):
        assert set(faults(put(filing(), path, wrong))) == {path}, repr(wrong)[:30]


@pytest.mark.parametrize("path", TEXTS)
@pytest.mark.parametrize(
    "bad", ["\x00", "\x07", "\x7f", "\u202e", "\u200e", "\u2066", "\ufeff", "\ud800", "\ue000", "🧺"], ids=ascii
)
def test_what_no_certificate_can_print_is_refused(path: str, bad: str) -> None:
    """Control characters, turned text, halves of characters and pictures are refused in every text."""
    assert set(faults(put(filing(), path, f"Cotton{bad}towels"))) == {path}


@given(words=some.text(max_size=80))
def test_any_text_is_taken_or_refused_but_never_both(words: str) -> None:
    """Whatever is typed: a clean text that reads as itself again, or a fault at its field."""
    found = faults(put(filing(), "items[0].description", words))
    if not found:
        clean = at(read(put(filing(), "items[0].description", words)), "items[0].description")
        assert at(read(put(filing(), "items[0].description", clean)), "items[0].description") == clean
    assert set(found) <= {"items[0].description"}


@given(number=some.one_of(some.integers(), some.floats(), some.decimals(), some.text(max_size=20), some.booleans(), some.none()))
def test_any_number_is_exact_or_refused(number: Any) -> None:
    """A weight is read to the last digit, or refused; no value is ever rounded."""
    data = put(filing(), "items[0].gross_weight_kg", number)
    if not faults(data):
        clean = at(read(data), "items[0].gross_weight_kg")
        assert clean == Decimal(str(number).strip())
        assert clean > 0


@pytest.mark.parametrize("wrong", [
    "", "-1", "+1", "1e3", "1,000", "0x10", "NaN", "Infinity", "1.2345", "1.", ".5", "1" * 13, " ", "१२", 1.5, float("nan"),
    -1, 10**30, Decimal("1e400"), True, None, [], {}, "0", "0.000",
], ids=repr)  # fmt: skip
def test_a_number_that_is_none_is_refused(wrong: Any) -> None:
    """A quantity is a plain number above zero with at most three decimals."""
    assert set(faults(put(filing(), "items[0].quantity", wrong))) == {"items[0].quantity"}


@pytest.mark.parametrize("right", ["1", "0.001", "999999999999.999", 7, Decimal("1.500"), " 5 "], ids=repr)
def test_a_number_that_is_one_is_read(right: Any) -> None:
    """Text, whole numbers and exact decimals alike."""
    assert at(read(put(filing(), "items[0].quantity", right)), "items[0].quantity") == Decimal(str(right).strip())


@pytest.mark.parametrize("wrong", ["", "2026-02-30", "30.02.2026", "2026-2-3", "20260203", "1989-12-31", "2101-01-01", "२०२६-०८-०३",
                                   "2026-08-03T00:00", 20260803, True, None, []], ids=repr)  # fmt: skip
def test_a_day_that_is_none_is_refused(wrong: Any) -> None:
    """Dates are written as 2026-08-14, exist in the calendar, and lie in a year that can be right."""
    assert set(faults(put(filing(), "invoices[0].date", wrong))) == {"invoices[0].date"}


CODES: dict[str, tuple[Any, list[Any]]] = {
    "destination_country": ("DE", ["XX", "DEU", "", 5, None]),
    "invoices[0].currency": ("USD", ["XXX", "EURO", "", None]),
    "items[0].package_kind": ("NE", ["ZZZ", "", 7]),
    "items[0].uqc": ("KGS", ["KG", "", []]),
    "items[0].itc_hs": ("61091000", ["6109", "00000000", "77000000", "6109.10.00", "x" * 200, 61091000]),
    "items[0].origin_criterion": ("W", ["w", "A", "", None, ["W"]]),
    "items[0].package_count": (0, [-1, 10_000_000, "5", 1.5, True, None, 10**30]),
    "transport_mode": (8, [0, 9, "1", None, True]),
    "branch_id": (1, [0, -1, 2**31, "1", True, [1]]),
    "kind": ("IN_LIEU", ["original", "", None, 1, ["ORIGINAL"]]),
    "b2b_purpose": ("", ["SALE", None, 1]),
    "imported_inputs_used": (True, ["yes", 1, 0, None]),
    "shipping_bill_no": ("5937232", ["593723", "59372320", "abcdefg"]),
    "container_nos[0]": ("csqu 305438-3", ["CSQU3054384", "", None, 5]),
    "container_nos": ([], ["CSQU3054383", {}, None, ["CSQU3054383"] * 51]),
    "minimal_operations": ({"MO1": "goes beyond"}, [{"MO11": "goes beyond"}, {"MO1": "yes"}, [], "MO1", None]),
    "invoices": ([INVOICE], [[], [INVOICE] * 21, {}, "x"]),
    "items": ([LINE] * 500, [[], [LINE] * 501, {}, "x"]),
    "b2b_evidence": ([], [[EVIDENCE] * 21, {}, None]),
}


@pytest.mark.parametrize(("path", "right", "wrong"), [(path, *values) for path, values in CODES.items()], ids=CODES.keys())
def test_every_code_and_list_has_its_bounds(path: str, right: Any, wrong: list[Any]) -> None:
    """The right value is read; each wrong one is refused at its field and nowhere else."""
    assert faults(put(filing(), path, right)) == {}
    for value in wrong:
        found = faults(put(filing(), path, value))
        assert found, f"{value!r} was taken"
        assert all(field == path or field.startswith((f"{path}.", f"{path}[")) for field in found), found


def test_a_list_that_is_too_long_is_not_looked_into() -> None:
    """501 lines are one fault with the numbers in it, not a thousand."""
    assert faults(filing() | {"items": [{}] * 501}) == {"items": "There are 501 goods lines; at most 500 fit on one certificate."}


def test_a_filing_full_of_faults_is_read_in_no_time() -> None:
    """500 empty lines: each fault is told, and nothing takes seconds."""
    assert len(faults(filing() | {"items": [{}] * 500})) == 500 * 12


# --- scenario 30, at the verb ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kinds", "missing"), [((), ("invoice", "packing list")), (("INVOICE",), ("packing list",)),
                                                (("PACKING_LIST",), ("invoice",)), (("INVOICE", "OTHER"), ("packing list",))])  # fmt: skip
def test_without_invoice_and_packing_list_nothing_is_submitted(
    session: Any, kinds: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    """The refusal names each paper that is missing; no number, no money."""
    from app.applications import service
    from app.infra.uploads import paper

    actor = actor_for(session, EXPORTER)
    application = service.create(session, actor, factories.filing())
    for kind in kinds:
        service.attach(session, application, actor, kind=kind, paper=paper("a.pdf", factories.pdf(kind)))
    with pytest.raises(BusinessError) as refusal:
        service.submit(session, application, actor)
    assert [words for words in ("invoice", "packing list") if f"the {words}" in refusal.value.sentence] == list(missing)
    assert (application.status, application.number, application.fee_paise) == ("DRAFT", None, 0)


def test_one_invoice_and_one_packing_list_are_enough(session: Any) -> None:
    """Nothing more may be demanded; and a colleague of the same firm may submit the draft (scenarios 1 and 30)."""
    from app.applications import service
    from app.infra.uploads import paper

    application = service.create(session, actor_for(session, EXPORTER), factories.filing())
    for kind in ("INVOICE", "PACKING_LIST"):
        service.attach(session, application, actor_for(session, EXPORTER), kind=kind, paper=paper("a.pdf", factories.pdf(kind)))
    service.submit(session, application, actor_for(session, CLERK))
    assert application.status == "SUBMITTED"
    assert application.number is not None
    assert application.declared_by == actor_for(session, CLERK).name
