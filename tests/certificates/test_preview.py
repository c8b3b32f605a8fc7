"""The preview of a certificate: what is typed and nothing else, marked on every sheet, stored nowhere, and for filers only."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.applications.models import Application
from app.applications.submitting import declaration
from app.certificates import preview
from tests import factories
from tests.applications.test_filing_form import ask, drafts, typed
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, SUPERVISOR, actor_for

Login = Callable[[str], FlaskClient]
ADDRESS = "/filing/preview/"


def words(content: bytes) -> str:
    """The text of all sheets."""
    document = pypdfium2.PdfDocument(content)
    return "\n".join(sheet.get_textpage().get_text_range() for sheet in document)


def stored(app: Flask) -> int:
    """How many documents the store has."""
    return sum(1 for path in Path(app.config["DOCUMENTS"]).rglob("*") if path.is_file())


def test_a_whole_form_is_shown_as_it_would_be_printed(app: Flask, login: Login) -> None:
    browser, before = login(CLERK), (drafts(app), stored(app))
    answer = browser.post(ADDRESS, data=typed(browser))
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    text = words(answer.data)
    for said in ("Nordlicht Handel GmbH & Co. KG", "Speicherstraße 9", "Cotton terry towels, piece-dyed, 500 g/m²", "80 cartons",
                 "63026090", "Nhava Sheva (INNSA1)", "Hamburg, Germany (DEHAM)", "BTX/26/0042", "PREVIEW – NOT A CERTIFICATE"):  # fmt: skip
        assert said in text, said
    assert "/verify" not in text, "there is nothing to verify"
    assert "SPECIMEN" not in text
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert all("/stamp" not in page.Resources.XObject and "/signature" not in page.Resources.XObject for page in pdf.pages)
        assert "/AcroForm" not in pdf.Root
        assert str(pdf.docinfo.Title) == "Preview"
    assert (drafts(app), stored(app)) == before


@pytest.mark.parametrize("data", [
    {}, {"consignee-name": "Only this"}, {"kind": "BACK_TO_BACK", "b2b_evidence-0-number": "7", "items-0-origin_country": "LK"},
    {"items-0-package_count": "3", "items-0-package_kind": "??", "items-0-quantity": "1e400", "transport_mode": "99"},
    {"office": "FIEC/999", "branch_id": "99999", "departure_date": "2020-01-01", "invoices-0-date": "never"},
    {"kind": "IN_LIEU", "in_lieu_of": "FIEC/2026/001/NP/0000001-5"},
])  # fmt: skip
def test_half_a_form_is_shown_with_its_gaps(login: Login, data: dict[str, str]) -> None:
    answer = login(CLERK).post(ADDRESS, data=data)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "PREVIEW – NOT A CERTIFICATE" in words(answer.data)


def test_what_no_certificate_could_print_is_said(login: Login) -> None:
    browser = login(CLERK)
    answer = browser.post(ADDRESS, data=typed(browser) | {"consignee-name": "Smile \U0001f600 Ltd"})
    assert answer.status_code in {200, 409, 422}
    assert answer.status_code != 200 or "Smile" not in words(answer.data), "a letter is never silently left out"


def test_many_lines_make_many_marked_sheets(app: Flask, session: Any) -> None:
    filing = factories.filing()
    filing["items"] = filing["items"] * 60
    content = preview.pdf(session, actor_for(session, EXPORTER), filing)
    document = pypdfium2.PdfDocument(content)
    assert len(document) > 2
    for sheet in document:
        assert "NOT A CERTIFICATE" in sheet.get_textpage().get_text_range()


def test_the_pictures_are_the_sheets(login: Login) -> None:
    browser = login(CLERK)
    pages = browser.post(ADDRESS + "pages", data=typed(browser)).json["pages"]
    assert len(pages) == 1
    assert base64.b64decode(pages[0].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")


def test_only_filers_preview_and_only_their_own_firm(app: Flask, login: Login, client: FlaskClient) -> None:
    for email in (OFFICER, ADMIN, SUPERVISOR):
        for address in (ADDRESS, ADDRESS + "pages"):
            assert login(email).post(address).status_code == 403
    assert client.post(ADDRESS).status_code == 302
    branch = ask(app, lambda session: session.query(Application.branch_id).limit(1).scalar()) or 1
    theirs = words(login(OTHER_EXPORTER).post(ADDRESS, data={"branch_id": str(branch)}).data)
    assert "Balaji" not in theirs, "another firm's branch is not printed"


def test_a_person_may_not_draw_all_day(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.certificates.preview_view.PER_MINUTE", 0)
    browser = login(CLERK)
    assert browser.post(ADDRESS).status_code == 429
    assert browser.post(ADDRESS + "pages").status_code == 429


@pytest.mark.parametrize("kind", ["ORIGINAL", "BACK_TO_BACK"])
def test_the_declaration_that_is_shown_is_the_one_that_is_printed(issued: Callable[..., Any], session: Any, kind: str) -> None:
    from app.certificates.text import CertificateText

    certificate = issued(kind=kind)
    application = session.query(Application).filter_by(certificate_id=certificate.id).one()
    assert declaration(application) == "".join(CertificateText.from_dict(certificate.data_snapshot).declared())
