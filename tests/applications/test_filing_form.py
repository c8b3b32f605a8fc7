"""The filing page: nothing of a filing is lost on it, nobody's work is undone by another window, and papers stay."""

import io
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields as kinds
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart
from wtforms import TextAreaField

from app.applications import payload
from app.applications.fields import Text
from app.applications.filing import MAX_LINES, FilingSchema
from app.applications.goods_columns import BY_NAME
from app.applications.models import Application
from app.certificates.models import Certificate
from app.exporters.models import Branch
from tests import factories
from tests.browserlike import parse_strictly
from tests.people import CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, actor_for

Login = Callable[[str], FlaskClient]
OPERATIONS = [f"MO{number}" for number in range(1, 11)]
# Filings that between them give every field of the schema a value that is not its default.
SAMPLES: dict[str, dict[str, Any]] = {
    "original": {
        "notify_party": "Notify & Partner GmbH\nHamburg", "buyer": "Buyer AG, Bremen", "manufacturer": "Salem Mills\nSalem",
        "departure_date": "2026-08-01", "retro_reason": "The vessel left early.\nWe were not told.", "transport_mode": 4,
        "transport_doc_no": "098-1234", "transport_doc_date": "2026-08-01", "shipping_bill_no": "5937232",
        "shipping_bill_date": "2026-07-30", "container_nos": ["CSQU3054383", "MSCU6639870"], "lc_no": "LC-1",
        "contract_no": "C-1", "po_no": "PO-1", "imported_inputs_used": True, "process_note": "Woven here.\nDyed here.",
        "minimal_operations": dict.fromkeys(OPERATIONS, "goes beyond"),
        "invoices": [{"no": "BTX/26/0042", "date": "2026-08-03", "value": "12500.00", "currency": "EUR"},
                     {"no": "BTX/26/0043", "date": "2026-08-04", "value": "1.10", "currency": "EUR"}],
    },
    "back-to-back": {"kind": "BACK_TO_BACK", "b2b_no_coo_reason": "The chamber gives none.\nSee its letter."},
    "in lieu": {"kind": "IN_LIEU", "in_lieu_reason": "The weight is wrong.\nIt is 1744 kg."},
    "answers given though nobody asks": {"minimal_operations": {"MO1": "does not", "MO4": "goes beyond"}},
}  # fmt: skip
# What only one value of can be stored.
ONE_VALUE = {"certificate_type"}


def said(page: Any) -> dict[str, Any]:
    """What a browser sends back when nothing is changed on the page: name and value of every field."""
    tree = parse_strictly(page.data, page.request.path)
    form = next(each for each in tree.iter("form") if "filing" in each.get("class", ""))
    found: dict[str, Any] = {}
    for each in [one for one in form.iter() if one.tag in {"input", "select", "textarea"}]:
        name, kind = each.get("name"), each.get("type")
        if each.tag == "select":
            options = list(each.iter("option"))
            value = next((one for one in options if one.get("selected") is not None), options[0]).get("value")
        elif each.tag == "textarea":
            value = (each.text or "").removeprefix("\n").replace("\n", "\r\n")
        elif not name or kind == "file" or (kind == "checkbox" and each.get("checked") is None):
            continue
        else:
            value = each.get("value", "y" if kind == "checkbox" else "")
        if name == "kept_paper":
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def send(browser: FlaskClient, path: str, data: dict[str, Any]) -> Any:
    """The form, as a browser sends it; files are (stream, name)."""
    parts = {name: FileStorage(*value) if isinstance(value, tuple) else value for name, value in data.items()}
    boundary, body = encode_multipart(parts)
    return browser.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def ask(app: Flask, question: Callable[[Any], Any]) -> Any:
    """An answer from the database, by a session that no request has used."""
    from app.infra.db import db, transaction

    with app.app_context(), transaction(db.session):
        return question(db.session)


def stored(app: Flask, pk: int) -> dict[str, Any]:
    """The filing as the database has it now."""
    found: dict[str, Any] = ask(app, lambda session: payload.filing(session.get_one(Application, pk)))
    return found


def drafts(app: Flask) -> int:
    """How many applications there are."""
    return int(ask(app, lambda session: session.query(Application).count()))


def papers(app: Flask, pk: int) -> list[tuple[str, str, bool]]:
    """Kind, name, and whether it counts, of each paper of an application."""

    def told(session: Any) -> list[tuple[str, str, bool]]:
        rows = session.get_one(Application, pk).attachments
        return [(row.kind, row.filename, row.replaced_by_id is None) for row in rows]

    found: list[tuple[str, str, bool]] = ask(app, told)
    return found


def first_paper(app: Flask, pk: int) -> int:
    """The number of an application's first paper."""
    return int(ask(app, lambda session: session.get_one(Application, pk).attachments[0].id))


def name_of(app: Flask, email: str) -> str:
    """What a person is called in the history."""
    return str(ask(app, lambda session: actor_for(session, email).name))


def file(name: str = "paper.pdf", content: bytes | None = None) -> tuple[io.BytesIO, str]:
    """A file to choose on the page."""
    return io.BytesIO(content if content is not None else factories.pdf(name)), name


def typed(browser: FlaskClient, **changes: Any) -> dict[str, Any]:
    """A new application, filled in."""
    one = factories.FILING
    row, invoice = one["items"][0], one["invoices"][0]
    data = said(browser.get("/filing/"))
    data |= {"office": "FIEC/001", "port_of_loading": "INNSA1", "port_of_discharge": "DEHAM", "destination_country": "DE"}
    data |= {f"consignee-{name}": value for name, value in one["consignee"].items()}
    data |= {f"invoices-0-{name}": value for name, value in invoice.items()}
    data |= {f"items-0-{name}": str(value) for name, value in row.items()}
    return data | changes


# --- every field ---------------------------------------------------------------------------------------------------


def leaves(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of the schema that holds a value, by its path."""
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, kinds.List) else field
        if isinstance(inner, kinds.Nested):
            yield from leaves(inner.schema, f"{path}{name}.")
        else:
            yield path + name, field


def value_at(filing: dict[str, Any], path: str) -> Any:
    """The value at a path; of a list, its first row's."""
    here: Any = filing
    for step in path.split("."):
        here = (here[0] if here else {}) if isinstance(here, list) else here
        here = here.get(step)
    return here


def test_every_field_of_the_schema_has_a_place_on_the_form(app: Any) -> None:
    """Walked by the schema, so that a new field without a place fails here; what has lines has a box with lines."""
    from app.applications.forms import FilingForm

    elsewhere = {"agency": "office", "office": "office"}
    with app.test_request_context("/filing/"):
        form = FilingForm()
        form.b2b_evidence.append_entry()
        for path, kind in leaves(FilingSchema()):
            if path.startswith("items."):
                column = BY_NAME[path.removeprefix("items.")]
                assert (column.holds == "lines") == (isinstance(kind, Text) and kind.lines), path
                continue
            here: Any = form
            names = [*OPERATIONS] if path == "minimal_operations" else [elsewhere.get(path, path)]
            for name in names:
                here = form
                for step in name.split("."):
                    here = getattr(here, "form", here)
                    here = here[step]
                    here = here.entries[0] if hasattr(here, "entries") else here
                if isinstance(kind, Text) and kind.lines:
                    assert isinstance(here, TextAreaField), f"the line breaks of {path} would be lost"


def test_the_samples_give_every_field_a_value(app: Flask) -> None:
    """A new field must be put into a sample too, or the round trip below would say nothing about it."""
    from app.applications.filing import read

    made = [read(factories.filing(**deepcopy(each))) for each in SAMPLES.values()]
    made[0] |= {"branch_id": 1, "in_lieu_of": "set by the test"}
    for path, kind in leaves(FilingSchema()):
        default = kind.load_default() if callable(kind.load_default) else kind.load_default
        values = [value_at(each, path) for each in made]
        assert path in ONE_VALUE or any(value not in (None, default) for value in values), path


def second_branch(session: Any) -> int:
    """Another branch of the firm than the one that is filed from when none is chosen."""
    whose = actor_for(session, EXPORTER).exporter_id
    branch = Branch(exporter_id=whose, kind="FACTORY", address="2 Mill Road", city="Salem", state_code="33", pin="636001")
    session.add(branch)
    session.flush()
    return branch.id


@pytest.mark.parametrize("name", SAMPLES)
def test_saving_a_page_unchanged_changes_nothing(app: Flask, login: Login, filed: Callable[..., int], name: str) -> None:
    """Load the page, press save: the filing is equal, to the last field."""
    branch, more = ask(app, second_branch), {}
    if name == "in lieu":
        replaced = filed("ISSUED")
        more["in_lieu_of"] = ask(app, lambda session: session.query(Certificate).filter_by(application_id=replaced).one().number)
    pk = filed("DRAFT", branch_id=branch, **SAMPLES[name], **more)
    before = stored(app, pk)
    assert before["branch_id"] == branch
    browser = login(EXPORTER)
    answer = send(browser, f"/filing/{pk}", said(browser.get(f"/filing/{pk}")))
    assert answer.status_code == 302, answer.text
    assert stored(app, pk) == before


def test_what_is_typed_in_the_rarer_fields_is_saved(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """Notify party and containers are taken; a wrong container is named, beside its field, in a part that is open."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    data = said(browser.get(f"/filing/{pk}")) | {
        "notify_party": "N GmbH\r\nBremen",
        "container_nos": "CSQU3054383, MSCU 663987 1",
    }
    page = send(browser, f"/filing/{pk}", data)
    assert "MSCU 663987 1: The container number is mistyped" in page.text
    assert 'id="container_nos-error"' in page.text
    assert send(browser, f"/filing/{pk}", said(page) | {"container_nos": "CSQU3054383\r\nMSCU 663987 0"}).status_code == 302
    now = stored(app, pk)
    assert (now["notify_party"], now["container_nos"]) == ("N GmbH\nBremen", ["CSQU3054383", "MSCU6639870"])


def test_a_page_during_a_query_keeps_the_office(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """Even when the office takes no filings any more: it is still the one that was chosen."""

    def close(session: Any) -> None:
        session.get_one(Application, pk).office.status = "INACTIVE"

    pk, browser = filed("QUERY_RAISED"), login(EXPORTER)
    before = stored(app, pk)
    ask(app, close)
    assert said(browser.get(f"/filing/{pk}"))["office"] == f"{before['agency']}/{before['office']}"


# --- size and numbers ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_five_hundred_lines_are_saved_on_the_page(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """As many as the rules allow; the page stays small enough for a browser."""
    line = factories.FILING["items"][0] | {"fob_value": "25.00"}
    pk = filed("DRAFT", items=[line | {"marks": f"M{number}"} for number in range(MAX_LINES)])
    before, browser = stored(app, pk), login(EXPORTER)
    page = browser.get(f"/filing/{pk}")
    assert len(page.data) < 400_000
    assert send(browser, f"/filing/{pk}", said(page)).status_code == 302
    assert stored(app, pk) == before, "the lines are on the page, though no script ran to show them"
    page = browser.get(f"/filing/{pk}?plain=1")
    assert len(page.data) < 2_500_000
    answer = send(browser, f"/filing/{pk}", said(page) | {"items-499-description": "The last line", "items-0-package_kind": "bx"})
    assert answer.status_code == 302
    before["items"][499]["description"], before["items"][0]["package_kind"] = "The last line", "BX"
    assert stored(app, pk) == before


def test_rows_too_many_are_named_not_cut_off(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """21 invoices: none is dropped silently."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    before, data = stored(app, pk), said(browser.get(f"/filing/{pk}"))
    for number in range(1, 21):
        data |= {f"invoices-{number}-{name}": data[f"invoices-0-{name}"] for name in ("date", "value", "currency")}
        data[f"invoices-{number}-no"] = f"X/{number}"
    page = send(browser, f"/filing/{pk}", data)
    assert "There are 21 invoices; at most 20 fit on one certificate." in page.text
    assert stored(app, pk) == before


def test_packages_are_read_to_the_last_digit(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """Leading zeros are no digits to count; what is out of range is a fault of its field, and nothing is saved."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    data = said(browser.get(f"/filing/{pk}"))
    for wrong, sentence in {
        "99999999999": "This must be between 0 and 9,999,999.", "1" * 5000: "This must be a whole number.",
        "12.5": "This must be a whole number.", "": "This is missing: fill it in.",
    }.items():  # fmt: skip
        page = send(browser, f"/filing/{pk}", data | {"items-0-package_count": wrong})
        assert f"Goods line 1, Packages: {sentence}" in page.text
        assert 'id="items-0-package_count-error"' in page.text
    assert stored(app, pk)["items"][0]["package_count"] == 80
    assert send(browser, f"/filing/{pk}", data | {"items-0-package_count": "0000000012"}).status_code == 302
    assert stored(app, pk)["items"][0]["package_count"] == 12


def test_a_day_that_cannot_be_is_named_with_every_other_fault(login: Login, filed: Callable[..., int]) -> None:
    """One page tells all."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    data = said(browser.get(f"/filing/{pk}")) | {"departure_date": "2026-02-30", "items-0-itc_hs": "1"}
    page = send(browser, f"/filing/{pk}", data)
    assert "There is no such day in the calendar." in page.text
    assert "Goods line 1, ITC(HS), 8 digits: The ITC(HS) code has eight digits" in page.text


def test_the_last_proof_of_origin_can_be_removed(login: Login, filed: Callable[..., int]) -> None:
    """It need not be there, unlike the first goods line."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    page = send(browser, f"/filing/{pk}", said(browser.get(f"/filing/{pk}")) | {"add_row": "b2b_evidence"})
    assert "b2b_evidence-0-kind" in said(page)
    page = send(browser, f"/filing/{pk}", said(page) | {"remove_row": "b2b_evidence:0"})
    assert "b2b_evidence-0-kind" not in said(page)
    page = send(browser, f"/filing/{pk}", said(page) | {"remove_row": "items:0"})
    assert "items-0-itc_hs" in said(page)


# --- two windows ---------------------------------------------------------------------------------------------------


def test_a_save_from_an_old_page_does_not_undo_another_persons(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """It is refused, says who saved in between and what differs, keeps what was typed, and can be repeated on purpose."""
    pk, mine, theirs = filed("DRAFT"), login(EXPORTER), login(CLERK)
    first, second = said(mine.get(f"/filing/{pk}")), said(theirs.get(f"/filing/{pk}"))
    assert send(theirs, f"/filing/{pk}", second | {"consignee-name": "Changed by the clerk"}).status_code == 302
    page = send(mine, f"/filing/{pk}", first | {"voyage": "B99", "invoice_file": file("late.pdf")})
    assert page.status_code == 200
    assert f"{name_of(app, CLERK)} saved this application" in page.text
    assert "Yours differs from what is saved in: Consignee, Voyage." in " ".join(page.text.split())
    assert f'href="/applications/show/{pk}"' in page.text
    assert (said(page)["voyage"], stored(app, pk)["voyage"]) == ("B99", second["voyage"])
    assert stored(app, pk)["consignee"]["name"] == "Changed by the clerk"
    assert len(papers(app, pk)) == 2, "the paper waits too"
    assert send(mine, f"/filing/{pk}", said(page)).status_code == 302
    assert stored(app, pk)["voyage"] == "B99"
    assert ("INVOICE", "late.pdf", True) in papers(app, pk)


def test_ones_own_other_window_is_named_as_such(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """The same person twice; a page that does not say its version is as good as old."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    old = said(browser.get(f"/filing/{pk}"))
    assert send(browser, f"/filing/{pk}", old | {"voyage": "A1"}).status_code == 302
    for version in (old["version"], "", "x", "9" * 5000):
        page = send(browser, f"/filing/{pk}", old | {"voyage": "B2", "version": version})
        assert "You yourself saved this application" in page.text
        assert stored(app, pk)["voyage"] == "A1"


def test_a_row_added_on_an_old_page_does_not_make_it_new(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """Only the refusal gives the page a new version, because only then it was told."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    old = said(browser.get(f"/filing/{pk}"))
    assert send(browser, f"/filing/{pk}", old | {"voyage": "A1"}).status_code == 302
    page = send(browser, f"/filing/{pk}", old | {"add_row": "invoices"})
    assert said(page)["version"] == old["version"]


# --- papers --------------------------------------------------------------------------------------------------------


def test_a_paper_is_removed_from_a_draft_and_what_was_typed_stays(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """One button for each paper; the number of a paper elsewhere does nothing."""
    pk, other, browser = filed("DRAFT"), filed("DRAFT"), login(EXPORTER)
    invoice, elsewhere = first_paper(app, pk), first_paper(app, other)
    data = said(browser.get(f"/filing/{pk}")) | {"voyage": "typed"}
    for number in (str(elsewhere), "x", "9" * 5000):
        send(browser, f"/filing/{pk}", data | {"remove_paper": number})
    assert (len(papers(app, pk)), len(papers(app, other))) == (2, 2)
    page = send(browser, f"/filing/{pk}", data | {"remove_paper": str(invoice)})
    assert said(page)["voyage"] == "typed"
    assert papers(app, pk) == [("PACKING_LIST", "PACKING_LIST.pdf", True)]
    assert send(browser, f"/filing/{pk}", said(page)).location.endswith(f"/applications/show/{pk}")
    told = browser.get(f"/applications/show/{pk}").text
    assert "cannot be submitted yet" in told
    assert "add the invoice." in told


def test_a_new_invoice_takes_the_place_of_the_former(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """In a draft the former goes, unless the new one is to be added beside it; the page says what will happen."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    page = browser.get(f"/filing/{pk}")
    assert "A file chosen here takes the place of INVOICE.pdf." in page.text
    assert send(browser, f"/filing/{pk}", said(page) | {"invoice_file": file("new.pdf")}).status_code == 302
    assert papers(app, pk) == [("PACKING_LIST", "PACKING_LIST.pdf", True), ("INVOICE", "new.pdf", True)]
    data = said(browser.get(f"/filing/{pk}")) | {"invoice_file": file("second.pdf"), "invoice_beside": "y"}
    assert send(browser, f"/filing/{pk}", data).status_code == 302
    assert [row[1] for row in papers(app, pk)] == ["PACKING_LIST.pdf", "new.pdf", "second.pdf"]


def test_during_a_query_the_former_paper_stays_on_record(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """It is marked as replaced, no longer signed, and offers no button to remove it."""
    pk, browser = filed("UNDER_REVIEW"), login(EXPORTER)
    wrong = ask(app, lambda session: next(
        row.id for row in session.get_one(Application, pk).attachments if row.kind == "PACKING_LIST"))  # fmt: skip
    factories.move(app, pk, OFFICER, "query", items=[{"text": "This packing list is of other goods.", "attachment_id": wrong}])
    page = browser.get(f"/filing/{pk}")
    assert "remove_paper" not in page.text
    assert send(browser, f"/filing/{pk}", said(page) | {"packing_list_file": file("right.pdf")}).status_code == 302
    assert papers(app, pk) == [
        ("INVOICE", "INVOICE.pdf", True), ("PACKING_LIST", "PACKING_LIST.pdf", False), ("PACKING_LIST", "right.pdf", True),
    ]  # fmt: skip
    assert ask(app, lambda session: len(payload.signed(session.get_one(Application, pk))["papers"])) == 2
    former = first_paper(app, pk)
    page = send(browser, f"/filing/{pk}", said(browser.get(f"/filing/{pk}")) | {"remove_paper": str(former)})
    assert "stays with the application" in page.text
    assert len(papers(app, pk)) == 3
    assert "replaced" in login(OFFICER).get(f"/applications/show/{pk}").text


def test_papers_of_a_first_save_with_faults_are_kept(app: Flask, login: Login) -> None:
    """There is no draft yet; the page carries them, says so, and the next save puts them in without a file chosen again."""
    browser = login(EXPORTER)
    data = typed(browser) | {"invoice_file": file("inv.pdf"), "packing_list_file": file("list.pdf"), "items-0-itc_hs": "1"}
    before = drafts(app)
    page = send(browser, "/filing/", data)
    assert (page.status_code, drafts(app)) == (200, before)
    assert page.text.count("kept; goes in when you save") == 2
    page = send(browser, "/filing/", said(page) | {"add_row": "items"})
    page = send(browser, "/filing/", said(page) | {"remove_row": "items:1", "packing_list_file": file("better.pdf")})
    answer = send(browser, "/filing/", said(page) | {"items-0-itc_hs": "63026090"})
    assert answer.status_code == 302, answer.text
    pk = int(answer.location.rsplit("/", 1)[1])
    assert papers(app, pk) == [("INVOICE", "inv.pdf", True), ("PACKING_LIST", "better.pdf", True)]
    assert "Look it over, then submit it." in browser.get(answer.location).text


def test_a_kept_paper_can_be_left_out(login: Login) -> None:
    """By its own button; and then the page says that papers are missing."""
    browser = login(EXPORTER)
    page = send(browser, "/filing/", typed(browser) | {"invoice_file": file("inv.pdf"), "items-0-itc_hs": "1"})
    page = send(browser, "/filing/", said(page) | {"forget_paper": "0"})
    assert "kept_paper" not in said(page)
    answer = send(browser, "/filing/", said(page) | {"items-0-itc_hs": "63026090"})
    told = browser.get(answer.location).text
    assert "Look it over, then submit it." not in told
    assert "add the invoice and the packing list." in told


def test_a_kept_paper_is_of_use_to_its_owner_only(app: Flask, login: Login) -> None:
    """Another account's, a changed one and rubbish are left out, and the filing is saved without them."""
    mine, theirs = login(EXPORTER), login(CLERK)
    token = said(send(mine, "/filing/", typed(mine) | {"invoice_file": file(), "items-0-itc_hs": "1"}))["kept_paper"][0]
    for browser, carried in ((theirs, token), (mine, token[:-3]), (mine, "e30.x.y"), (mine, "x" * 9000)):
        answer = send(browser, "/filing/", typed(browser) | {"kept_paper": carried})
        assert answer.status_code == 302
        assert papers(app, int(answer.location.rsplit("/", 1)[1])) == []


def test_a_refused_paper_is_named_with_its_reason(app: Flask, login: Login) -> None:
    """The good one is kept, the bad one is not, and no half of it is saved."""
    browser, before = login(EXPORTER), drafts(app)
    data = typed(browser) | {"invoice_file": file("notes.txt", b"words"), "packing_list_file": file("list.pdf")}
    page = send(browser, "/filing/", data)
    assert "notes.txt was not taken. The file is not a PDF, JPEG or PNG." in page.text
    assert 'id="invoice_file-error"' in page.text
    assert drafts(app) == before
    answer = send(browser, "/filing/", said(page) | {"invoice_file": file("inv.pdf")})
    assert [row[1] for row in papers(app, int(answer.location.rsplit("/", 1)[1]))] == ["list.pdf", "inv.pdf"]


def test_a_good_paper_goes_into_a_draft_whose_fields_have_faults(app: Flask, login: Login, filed: Callable[..., int]) -> None:
    """The draft is there, so the paper need not wait; the fields are not saved, and the page says which is which."""
    pk, browser = filed("DRAFT"), login(EXPORTER)
    before, data = stored(app, pk), said(browser.get(f"/filing/{pk}"))
    page = send(browser, f"/filing/{pk}", data | {"voyage": "V", "items-0-itc_hs": "1", "invoice_file": file("new.pdf")})
    assert "Added to the application already: new.pdf." in page.text
    assert papers(app, pk) == [("PACKING_LIST", "PACKING_LIST.pdf", True), ("INVOICE", "new.pdf", True)]
    assert stored(app, pk) == before
    assert "kept_paper" not in said(page)
    assert send(browser, f"/filing/{pk}", said(page) | {"items-0-itc_hs": "63026090"}).status_code == 302
    assert stored(app, pk)["voyage"] == "V"
    assert len(papers(app, pk)) == 2


@pytest.mark.parametrize("state", ["DRAFT", "ISSUED", "REJECTED"])
def test_a_new_one_like_an_earlier_one(session: Any, filed: Callable[..., int], login: Login, state: str) -> None:
    """Data and goods are copied, papers, number and signature are not; the earlier one stays as it is."""
    pk = filed(state, lc_no="LC-7")
    earlier = payload.filing(session.get_one(Application, pk))
    browser = login(CLERK)
    page = browser.get(f"/filing/like/{pk}")
    assert "Copied from an earlier application" in page.text
    answer = browser.post("/filing/", data=said(page))
    assert answer.status_code == 302
    new = session.get_one(Application, int(answer.location.rsplit("/", 1)[1]))
    assert (new.id != pk, new.status, new.number, new.attachments, new.signature) == (True, "DRAFT", None, [], "")
    assert payload.filing(new) == earlier
    assert login(OTHER_EXPORTER).get(f"/filing/like/{pk}").status_code == 404
    assert login(OFFICER).get(f"/filing/like/{pk}").status_code == 403


def test_one_like_a_replacement_replaces_nothing(
    issued: Callable[..., Certificate], filed: Callable[..., int], login: Login
) -> None:
    """The number that was replaced and the reason are not carried on."""
    old = issued()
    pk = filed("DRAFT", kind="IN_LIEU", in_lieu_of=old.number, in_lieu_reason="The name was misspelt.")
    page = said(login(EXPORTER).get(f"/filing/like/{pk}"))
    assert (page["kind"], page["in_lieu_of"], page["in_lieu_reason"]) == ("ORIGINAL", "", "")
