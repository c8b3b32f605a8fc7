"""Bad input to a filing: always a sentence and a field, never a 500, and nothing of it is stored."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests import factories, states
from tests.applications.test_filing import TEXTS, at, put
from tests.people import EXPORTER
from tests.refusals import JSON, refused, send
from tests.sweep import Person

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=30),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=10), inner, max_size=4), max_leaves=12,
)  # fmt: skip


@pytest.fixture
def nothing_stored(app: Flask, rolled_back: None) -> Callable[[], None]:
    """Call it at the end: the database is as it was when the test began (or when it was called last)."""
    kept: list[states.Picture] = [states.picture(app)]

    def check() -> None:
        now = states.picture(app)
        assert states.changed(kept[0], now) == []

    return check


LIKE_JSON: dict[str, bytes] = {
    "no JSON": b"consignee=x",
    "half a JSON": b'{"kind": "ORIG',
    "Python": b"{'kind': 'ORIGINAL'}",
    "NaN": b'{"items": NaN}',
    "Infinity": b'{"items": -Infinity}',
    "an array": b"[1, 2]",
    "a number": b"5",
    "null": b"null",
    "true": b"true",
    "a text": b'"filing"',
    "Latin-1": '{"kind": "Straße"}'.encode("latin-1"),
    "UTF-16": '{"kind": "ORIGINAL"}'.encode("utf-16"),
    "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbf{}",
    "deep arrays": b"[" * 50_000 + b"]" * 50_000,
    "deep objects": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "not quite too deep": b'{"items":' + b"[" * 900 + b"]" * 900 + b"}",
    "a huge whole number": b'{"transport_mode": 1' + b"0" * 5_000 + b"}",
    "a huge number": b'{"transport_mode": 1e400}',
    "a tiny number": b'{"transport_mode": 1e-400}',
    "two megabytes": b'{"lc_no": "' + b"x" * 2_000_000 + b'"}',
    "five megabytes": b'{"lc_no": "' + b"x" * 5_000_000 + b'"}',
    "nothing": b"",
    "an unknown field twice": b'{"colour": 1, "colour": 2}',
    "half a character as a name": b'{"\\ud800": 1}',
    "NUL as a name": b'{"\\u0000": 1}',
}


@pytest.mark.parametrize("body", LIKE_JSON.values(), ids=LIKE_JSON.keys())
def test_a_body_that_is_no_filing_is_refused(api: Any, nothing_stored: Any, body: bytes) -> None:
    """With 422 and a sentence, whatever it is, at filing, at editing and at a move."""
    exporter = api(EXPORTER)
    assert refused(send(exporter, body)) != {}
    nothing_stored()


def test_thirteen_megabytes_are_too_many(api: Any, nothing_stored: Any) -> None:
    """The request itself is refused before anybody reads it."""
    refused(send(api(EXPORTER), b'{"lc_no": "' + b"x" * 13_000_000 + b'"}'), 413)
    nothing_stored()


def test_a_field_given_twice_is_refused(api: Any, nothing_stored: Any) -> None:
    """Nobody could say which of the two was signed."""
    body = json.dumps(factories.filing())[:-1] + ', "lc_no": "FIRST", "lc_no": "SECOND"}'
    assert set(refused(send(api(EXPORTER), body))) == {"lc_no"}
    nothing_stored()


@few
@given(body=anything)
def test_any_json_is_refused_in_words(api: Any, nothing_stored: Any, body: Any) -> None:
    """Whatever a machine makes up: 422, with every fault at a field."""
    refused(send(api(EXPORTER), json.dumps(body)))
    nothing_stored()


@few
@given(
    field=some.sampled_from(
        sorted({*factories.FILING, "branch_id", "container_nos", "minimal_operations"} - {"agency", "departure_date"})
    ),
    value=anything.filter(
        lambda value: not isinstance(value, str) and "Infinity" not in json.dumps(value) and "NaN" not in json.dumps(value)
    ),
)
def test_a_field_of_the_wrong_type_is_named(app: Flask, api: Any, field: str, value: Any) -> None:
    """A right filing with one field of another type: either that field (or one inside it) is named, or it is taken whole."""
    with states.undone(app):
        answer = send(api(EXPORTER), json.dumps(factories.filing() | {field: value}))
        if answer.status_code != 201:
            assert all(found.startswith(field) or found in {"items[0].origin_criterion", "process_note"} or
                       found.startswith(("minimal_operations", "b2b", "in_lieu")) for found in refused(answer))  # fmt: skip


@pytest.mark.parametrize("count", [("items", 501), ("invoices", 21), ("container_nos", 51)], ids=lambda count: count[0])
def test_too_many_are_counted_and_refused(api: Any, nothing_stored: Any, count: tuple[str, int]) -> None:
    """501 lines, 21 invoices, 51 containers: the fault says how many there are and how many fit."""
    field, number = count
    one = {"container_nos": "CSQU3054383"}.get(field) or factories.FILING[field][0]
    faults = refused(api(EXPORTER).post("/applications/", factories.filing(**{field: [one] * number})))
    assert str(number) in faults[field]
    nothing_stored()


@pytest.mark.parametrize(
    "bad", ["a\\u0000b", "a\\ud800b", "a\\udfffb", "a\\u202eb", "a\\u200fb", "a\\u0007b", "a🧺b", "a\\ue000b"]
)
def test_what_cannot_be_printed_is_refused_over_rest(api: Any, nothing_stored: Any, bad: str) -> None:
    """As escapes in JSON: NUL, half characters, turned text, bells, pictures."""
    body = json.dumps(factories.filing(vessel_flight="@@")).replace("@@", bad)
    assert set(refused(send(api(EXPORTER), body))) == {"vessel_flight"}
    nothing_stored()


MARKUP = "<script>alert(1)</script> & \"Sons\" 'Ltd' {{ 7*7 }} %s ../"


def test_markup_is_kept_as_words_and_shown_as_words(api: Any, login: Any) -> None:
    """Angle brackets and ampersands in every text are data: stored as typed, answered as typed, escaped on every page."""
    data: dict[str, Any] = factories.filing(kind="BACK_TO_BACK")
    for path in TEXTS:
        if path not in {"in_lieu_of", "items[0].invoice", "invoices[0].no"}:
            data = put(data, path, MARKUP[: min(TEXTS[path], len(MARKUP))])
    exporter = api(EXPORTER)
    answer = exporter.post("/applications/", data)
    assert answer.status_code == 201, answer.json
    pk = answer.json["id"]
    kept = exporter.get(f"/applications/{pk}").json["result"]["filing"]
    assert all(at(kept, path) == at(data, path).strip() for path in TEXTS if "invoice" not in path and path in data)
    browser = login(EXPORTER)
    for page in (f"/applications/show/{pk}", f"/filing/{pk}", "/applications/list/", f"/applications/move/{pk}/submit", "/goodsitemview/list/",
                 "/applications/list/?_flt_0_consignee_name=" + "%3Cscript%3Ealert(1)%3C/script%3E"):  # fmt: skip
        shown = browser.get(page)
        assert shown.status_code == 200, page
        assert "<script>alert" not in shown.text, page
        assert page == "/goodsitemview/list/" or "&lt;script&gt;alert" in shown.text, page
        assert "49 " not in shown.text.split("{{")[0][-3:]


@pytest.fixture
def browser(app: Flask, rolled_back: None) -> Any:
    """One browser for all examples of a test, which takes a page that repeats a control character as it comes."""
    return Person(app, EXPORTER).client


# --- the form ---------------------------------------------------------------------------------------------------------------

FIELDS = ["kind", "office", "transport_mode", "departure_date", "consignee-name", "consignee-country", "items-0-quantity", "items-0-itc_hs",
          "items-9999-quantity", "items-x-quantity", "invoices-0-date", "invoices-0-value", "containers", "imported_inputs_used", "add_row",
          "remove_row", "b2b_evidence-0-date", "nothing"]  # fmt: skip


@few
@given(
    sent=some.dictionaries(
        some.sampled_from(FIELDS),
        some.text(max_size=20) | some.sampled_from(["items", "items:0", "items:99", "1e400"]),
        max_size=8,
    )
)
def test_any_form_is_shown_again(browser: Any, nothing_stored: Any, sent: dict[str, str]) -> None:
    """Whatever a browser posts as a new application: the page again, and nothing stored."""
    answer = browser.post("/filing/", data={name: value.encode("utf-8", "replace").decode() for name, value in sent.items()})
    assert answer.status_code == 200
    nothing_stored()


def test_thirteen_megabytes_are_too_many_at_the_log_in(app: Flask, client: Any) -> None:
    """Without a log-in, too: 413 and no 500."""
    body = json.dumps({"username": "x" * 13_000_000, "password": "x", "provider": "db"})
    assert client.post("/api/v1/security/login", data=body, headers=JSON).status_code == 413
