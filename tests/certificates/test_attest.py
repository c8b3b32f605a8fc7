"""Papers are looked at as pictures, and attested copies are made of those the firm asks for; nobody else gets at either."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask

import config
from app.applications.models import Attachment
from app.certificates import attest
from app.certificates.issue import of_application
from app.infra import queue, store
from tests import factories, states
from tests.desk import Desk
from tests.people import (
    ADMIN,
    CLERK,
    EVERYBODY,
    EXPORTER,
    OFFICER,
    OFFICER2,
    OTHER_EXPORTER,
    OTHER_OFFICER,
    SUPERVISOR,
)

Filed = Callable[..., int]
SEE = {EXPORTER, CLERK, OFFICER, OFFICER2, ADMIN, SUPERVISOR}


def papers(desk: Desk, pk: int) -> list[Attachment]:
    return list(desk.application(pk).attachments)


def text_of(content: bytes, tmp_path: Path) -> str:
    """What is written on a PDF, in one line."""
    path = tmp_path / "copy.pdf"
    path.write_bytes(content)
    told = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(told.split())


def test_scenario_30_one_invoice_and_one_packing_list_and_nothing_more(desk: Desk, api: Any) -> None:
    """Without the packing list refused; with both accepted, and no further paper is asked for."""
    person = api(EXPORTER)
    pk = person.post("/applications/", factories.filing()).json["id"]
    person.attach(pk, "INVOICE")
    told = person.post(f"/applications/{pk}/submit", {})
    assert (told.status_code, "packing list" in told.json["detail"]) == (409, True)
    person.attach(pk, "PACKING_LIST")
    assert person.post(f"/applications/{pk}/submit", {}).status_code == 200


def test_the_copy_is_stamped_on_every_page_and_the_paper_stays(
    desk: Desk, filed: Filed, run_jobs: Callable[[], int], tmp_path: Path
) -> None:
    """Officer, office, day, certificate and the paper's own hash, page by page; once, however often the job runs."""
    pk = filed("ISSUED")
    invoice, listed = papers(desk, pk)
    before, number = invoice.sha256, desk.certificate(pk).number
    desk.move(pk, OFFICER, "attest")
    assert run_jobs() >= 1
    invoice, listed = papers(desk, pk)
    assert (invoice.sha256, listed.attested_at, listed.attested_sha256) == (before, None, None)
    assert invoice.attested_by.startswith("R. K. Srinivasan")
    copy = store.get(invoice.attested_sha256 or "")
    words = text_of(copy, tmp_path)
    for expected in ("ATTESTED COPY", "R. K. Srinivasan", number, "INVOICE.pdf", before, "Page 1 of 1"):
        assert expected in words, expected
    with pikepdf.open(io.BytesIO(copy)) as document:
        assert len(document.pages[0].get_images()) == 2, "the page and the stamp"
    assert (desk.events("papers attested"), desk.events("attested copy made")) == (1, 1)
    job = desk.session.query(queue.Job).filter_by(kind=attest.JOB).one()
    job.state = "PENDING"
    desk.session.commit()
    run_jobs()
    assert (papers(desk, pk)[0].attested_sha256, desk.events("attested copy made")) == (invoice.attested_sha256, 1)
    with pytest.raises(Exception, match="No paper waits"):
        desk.move(pk, OFFICER, "attest")


def test_nothing_is_attested_with_a_certificate_that_is_not_valid(desk: Desk, app: Flask, filed: Filed) -> None:
    """Nor before it is issued, nor by an officer who cannot sign."""
    pk = filed("ISSUED")
    with states.as_the_system(app, pk) as (session, application):
        of_application(session, application).status = "REVOKED"
    before = states.picture(app)
    with pytest.raises(Exception, match="is not valid"):
        desk.move(pk, OFFICER, "attest")
    assert states.changed(before, states.picture(app)) == []


def test_a_copy_that_cannot_be_made_is_told_and_can_be_asked_for_again(
    desk: Desk, app: Flask, filed: Filed, run_jobs: Callable[[], int]
) -> None:
    """The firm reads why; nothing is called attested."""
    pk, desk.on_purpose = filed("ISSUED"), "not what was signed"
    with states.as_the_system(app, pk) as (_session, application):
        application.attachments[0].sha256 = store.put(b"%PDF-1.7 nothing that could be drawn")
    desk.move(pk, OFFICER, "attest")
    run_jobs()
    invoice = papers(desk, pk)[0]
    assert (invoice.attested_at, invoice.attested_by, invoice.attested_sha256, invoice.attest_requested) == (
        None,
        "",
        None,
        False,
    )
    assert desk.events("attested copy failed") == 1


def asks(app: Flask, login: Any, who: str, pk: int, wanted: str) -> int:
    with app.app_context():
        return int(login(who).post(f"/papers/{pk}/attest", data={"wanted": wanted}).status_code)


def test_only_the_firm_asks_for_copies(app: Flask, desk: Desk, login: Any, filed: Filed) -> None:
    """Until the officer has attested; strangers get no answer about a paper at all."""
    pk = filed("SUBMITTED")
    paper = papers(desk, pk)[1].id
    factories.settle()
    before = states.picture(app)
    for who in EVERYBODY:
        if who not in {EXPORTER, CLERK}:
            assert asks(app, login, who, paper, "yes") == (302 if who in SEE else 404), who
    assert states.changed(before, states.picture(app)) == []
    assert asks(app, login, CLERK, paper, "yes") == 302
    assert papers(desk, pk)[1].attest_requested
    factories.settle()
    assert asks(app, login, EXPORTER, paper, "no") == 302
    assert not papers(desk, pk)[1].attest_requested


def test_pictures_and_copies_are_shown_to_those_who_see_the_application(
    app: Flask, desk: Desk, login: Any, filed: Filed, run_jobs: Callable[[], int]
) -> None:
    """As PNG that nothing can be read into, and never kept; anybody else hears that there is nothing."""
    pk = filed("ISSUED")
    desk.move(pk, OFFICER, "attest")
    run_jobs()
    paper = papers(desk, pk)[0].id
    factories.settle()
    for who in EVERYBODY:
        browser = login(who)
        answers = {path: browser.get(f"/papers/{paper}{path}") for path in ("", "/1.png", "/attested.pdf")}
        assert {answer.status_code for answer in answers.values()} == ({200} if who in SEE else {404}), who
    shown = login(EXPORTER).get(f"/papers/{paper}/1.png")
    assert shown.data.startswith(b"\x89PNG")
    headers = {name: shown.headers[name] for name in ("Content-Type", "X-Content-Type-Options", "Cache-Control")}
    assert headers == {"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    assert shown.headers["Content-Security-Policy"].startswith("sandbox")
    copy = login(EXPORTER).get(f"/papers/{paper}/attested.pdf")
    assert copy.headers["Content-Disposition"].startswith("attachment")
    for wrong in ("/0.png", "/2.png", "/99999.png", "/1.jpg"):
        assert login(EXPORTER).get(f"/papers/{paper}{wrong}").status_code == 404
    assert login(EXPORTER).get(f"/papers/{2**31}").status_code == 404
    for said in ("0", "-1", "x", "9" * 30, "²"):
        assert login(EXPORTER).get(f"/papers/{paper}?page={said}").status_code == 200


def test_without_an_account_there_is_nothing(client: Any, desk: Desk, filed: Filed) -> None:
    """The log-in is asked for."""
    paper = papers(desk, filed("SUBMITTED"))[0].id
    factories.settle()
    for path in ("", "/1.png", "/attested.pdf"):
        assert client.get(f"/papers/{paper}{path}").status_code in {302, 401}


def test_another_tenants_officer_attests_nothing(api: Any, filed: Filed) -> None:
    """Nor the firm itself, nor its administrator."""
    pk = filed("ISSUED")
    told = {who: api(who).post(f"/applications/{pk}/attest", {}).status_code for who in EVERYBODY}
    assert told[OTHER_OFFICER] == told[OTHER_EXPORTER] == 404
    assert told[EXPORTER] == told[ADMIN] == told[SUPERVISOR] == 403
    assert {told[OFFICER], told[OFFICER2]} == {200, 409}


def test_the_web_server_knows_every_verb_without_the_workers_jobs() -> None:
    """A fresh program that has read its screens and no job has a verb for each move a person makes."""
    asked = (
        "import app.menu; from app.applications.rules import LIFE; from app.applications.service import VERBS; "
        "print([n for n in LIFE.names if not LIFE.rows(n)[0].automatic and n not in VERBS])"
    )
    told = subprocess.run([sys.executable, "-c", asked], cwd=config.ROOT, capture_output=True, text=True, timeout=180)
    assert told.stdout.strip() == "[]", told.stdout + told.stderr
