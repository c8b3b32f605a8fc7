"""The officer's page: the form beside its papers, what the invoice says instead, and a query from the fields that are ticked."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from reportlab.pdfgen.canvas import Canvas

from app.applications import service
from app.applications.models import Application
from app.applications.paper_says import says
from app.infra.uploads import Upload
from tests import factories
from tests.people import ADMIN, EXPORTER, OFFICER, OFFICER2, OTHER_OFFICER, SUPERVISOR, actor_for

WORDS = """COMMERCIAL INVOICE
Invoice No. BTX/26/0043 dated 4th August 2026
Consignee: Nordlicht Handels GmbH, Bremen
Country of destination: Netherlands
Country of origin: Sri Lanka
80 cartons, cotton terry towels, piece-dyed, HSN 6302.60.10, 4,000 pcs
Gross weight 1,790.00 kg
Total packages: 82
Line total 12,000.00
Total FOB USD 12,600.00
"""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("invoices[0].no", "BTX/26/0043"),
        ("invoices[3].date", "4 Aug 2026"),
        ("invoices[0].value", "12,600.00"),
        ("invoices[0].currency", "USD"),
        ("consignee.name", "Nordlicht Handels GmbH, Bremen"),
        ("destination_country", "Netherlands"),
        ("items[2].origin_country", "Sri Lanka"),
        ("items[0].itc_hs", "63026010"),
        ("items[0].gross_weight_kg", "1,790.00 kg"),
        ("items[0].package_count", "82"),
        ("vessel_flight", ""),
    ],
)
def test_what_the_invoice_says_at_a_place(path: str, found: str) -> None:
    """As it is written there; nothing where the words do not tell."""
    assert says(WORDS, path) == found
    assert says("COMMERCIAL INVOICE of a firm without any figures", path) == ""


def drawn(words: str) -> bytes:
    """A PDF with these words."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for number, line in enumerate(words.splitlines()):
        canvas.drawString(60, 780 - 22 * number, line)
    canvas.save()
    return out.getvalue()


@pytest.fixture
def compared(app: Flask, session: Any, filed: Callable[..., int]) -> Application:
    """Under review, with an invoice that says other things than the form."""
    pk = filed("DRAFT")
    paper = Upload("invoice.pdf", "application/pdf", drawn(WORDS))
    row = session.get_one(Application, pk)
    service.attach(session, row, actor_for(session, EXPORTER), kind="INVOICE", paper=paper, replace=True)
    session.commit()
    for who, name, args in factories.ROAD["UNDER_REVIEW"]:
        factories.move(app, pk, who, name, **args)
    return session.get_one(Application, pk)


def test_both_values_stand_at_the_field(compared: Application, login: Any, session: Any) -> None:
    """For the holder with a box to ask, for a colleague without; nobody else's page compares."""
    pk, invoice = compared.id, next(row.id for row in compared.attachments if row.kind == "INVOICE")
    session.expunge_all()  # what the test holds in its hands is not asked of the database again
    page = login(OFFICER).get(f"/desk/show/{pk}").text
    for at, said in (
        ("destination_country", "Netherlands"),
        ("invoices[0].value", "12,600.00"),
        ("invoices[0].no", "BTX/26/0043"),
    ):
        marked = page[page.index(f'data-at="{at}"') - 40 :][:900]
        assert "differs" in marked
        assert f"Invoice says: <b>{said}</b>" in marked
        assert f'name="about" value="{at}"' in marked
    assert f"/papers/{invoice}/1.png" in page
    colleague = login(OFFICER2).get(f"/desk/show/{pk}").text
    assert "Invoice says:" in colleague
    assert 'name="about"' not in colleague
    for who in (EXPORTER, ADMIN, SUPERVISOR):
        assert "Invoice says:" not in login(who).get(f"/applications/show/{pk}").text
    stranger = login(OTHER_OFFICER)
    for address in (f"/desk/show/{pk}", f"/papers/{invoice}", f"/papers/{invoice}/1.png"):
        assert stranger.get(address).status_code == 404


def test_the_picture_says_how_many_pages_there_are(compared: Application, login: Any) -> None:
    """Asked by HEAD as well; and it stays shut in."""
    invoice = next(row.id for row in compared.attachments if row.kind == "INVOICE")
    answer = login(OFFICER).head(f"/papers/{invoice}/1.png")
    assert (answer.status_code, answer.headers["X-Pages"], answer.mimetype) == (200, "1", "image/png")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_ticked_fields_become_one_query(compared: Application, login: Any, session: Any) -> None:
    """Each is a question of its own, its place chosen; a reason from the list is enough."""
    pk, officer = compared.id, login(OFFICER)
    asked = "about=invoices[0].value&about=items[0].itc_hs&about=destination_country&about=destination_country"
    page = officer.get(f"/desk/move/{pk}/query?{asked}").text
    for place in ("invoices[#].value", "items[#].itc_hs", "destination_country"):
        assert page.count(f'<option value="{place}" selected>') == 1
    assert "Question 4" not in page
    said = {"question-about": ["invoices[#].value", "items[#].itc_hs"], "question-line": ["1", "1"],
            "question-reason": ["FIGURES", "HS_CODE"], "question-text": ["", ""]}  # fmt: skip
    assert officer.post(f"/desk/move/{pk}/query", data=said).status_code == 302
    session.expire_all()
    (query,) = session.get_one(Application, pk).queries
    assert [item["field_path"] for item in query.items] == ["invoices[0].value", "items[0].itc_hs"]


def test_of_many_lines_those_to_look_at_are_shown(session: Any, filed: Callable[..., int], login: Any) -> None:
    """A page of 500 lines stays a page: fifty of them, the odd one among them though it is the last but one."""
    towels = {
        "fob_value": "25.00",
        "package_count": 1,
        "net_weight_kg": "20.000",
        "gross_weight_kg": "21.800",
        "quantity": "50.000",
    }
    lines = [factories.FILING["items"][0] | towels | {"description": f"Cotton terry towels, lot {n}"} for n in range(500)]
    lines[498] |= {"itc_hs": "84713010"}
    page = login(OFFICER).get(f"/desk/show/{filed('UNDER_REVIEW', items=lines)}").text
    assert page.count('class="card row-card"') == 51, "and the invoice"
    assert len(page) < 400_000
    assert "50 lines of 500 are shown" in page
    marked = re.findall(r'<div class="value (?:odd|differs)" data-at="items\[(\d+)\]', page)
    assert "498" in marked
