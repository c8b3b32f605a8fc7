"""The sealed record of a certificate: whole, signed by the system alone, one's own, and never taken for the certificate."""

import io
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.agencies.models import AgencyUser, OfficeMapping
from app.certificates import bundles, trail_file, trail_pdf, uses
from app.certificates.models import Bundle, CertificateDay
from app.core import clock
from app.core.errors import BusinessError, NotFound
from app.infra.queue import Job
from app.signing import document_seal
from app.verification import service as verification
from tests.people import ADMIN, EXPORTER, OFFICER, OTHER_EXPORTER, OTHER_OFFICER, SUPERVISOR, actor_for
from tests.tampering import tamper

Login = Callable[[str], FlaskClient]


def made(session: Any, run_jobs: Any, certificate: Any, email: str = EXPORTER) -> tuple[Bundle, bytes]:
    """The record as the worker's job certificate.trail makes it."""
    pk = trail_file.ask(session, actor_for(session, email), certificate).id
    session.commit()
    run_jobs()
    session.expire_all()
    bundle = session.get_one(Bundle, pk)
    assert (bundle.state, bundle.error) == ("READY", "")
    return bundle, bundles.place(bundle).read_bytes()


def text_of(pdf: bytes, tmp_path: Path) -> str:
    """The document's words as another program reads them."""
    file = tmp_path / "record.pdf"
    file.write_bytes(pdf)
    read = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True, text=True)
    return read.stdout


def test_it_says_everything_and_carries_the_systems_seal(session: Any, issued: Any, run_jobs: Any, tmp_path: Path) -> None:
    """Every entry with its hash, every fingerprint, notices and use; signed by the seal, with a time stamp, and unbroken."""
    certificate = issued()
    verification.count(session, certificate.id)
    session.commit()
    bundle, pdf = made(session, run_jobs, certificate)
    words = "".join(text_of(pdf, tmp_path).split())
    told = trail_file.text_of(session, actor_for(session, EXPORTER), certificate)
    assert all(step.hash in words for step in told.trail.steps)
    assert len(told.trail.steps) > 5
    for said in (certificate.sha256, certificate.data_sha256, certificate.number, "allwereastheywerewritten", "1verification"):
        assert said.replace(" ", "") in words
    assert all("".join(notice.text.split()) in words for notice in told.trail.told)
    assert told.trail.told
    seen = subprocess.run(["pdfsig", str(tmp_path / "record.pdf")], capture_output=True, text=True, check=False).stdout
    assert document_seal.DEMO_NAME in seen
    assert "Signature is Valid" in seen
    assert "ETSI.CAdES.detached" in seen
    assert subprocess.run(["qpdf", "--check", str(tmp_path / "record.pdf")], capture_output=True, check=False).returncode == 0
    assert len(bundle.sha256) == 64


def test_a_changed_entry_is_told(session: Any, issued: Any, run_jobs: Any, tmp_path: Path) -> None:
    certificate = issued()
    sql = "UPDATE audit_event SET reason = 'x' WHERE object_kind = 'certificate' AND object_id = :id AND event = 'certificate issued'"
    tamper(session, sql, id=certificate.id)
    words = text_of(made(session, run_jobs, certificate, SUPERVISOR)[1], tmp_path)
    assert "1 of these entries were not as they were written" in " ".join(words.split())
    assert "this entry was altered" in words


def test_a_long_life_runs_over_pages_and_no_address_is_in_it(session: Any, issued: Any, tmp_path: Path) -> None:
    """Each page has its foot; DGFT's copy, too, holds no computer's address, because it is handed on."""
    certificate = issued()
    told = trail_file.text_of(session, actor_for(session, EXPORTER), certificate)
    assert {step.ip for step in told.trail.steps} == {""}
    long = trail_pdf.RecordText(
        told.number, told.verify_url, told.made_at, told.facts, told.signature,
        [(f"परीक्षा {number}", "ab" * 32) for number in range(150)], told.trail, 0, 0,
    )  # fmt: skip
    drawn = trail_pdf.draw(long)
    with pikepdf.open(io.BytesIO(drawn)) as pdf:
        pages = len(pdf.pages)
    words = text_of(drawn, tmp_path)
    assert pages >= 4
    assert words.count(f"Record of certificate {certificate.number}") == pages
    assert words.count("ab" * 32) == 150


def test_its_file_is_known_and_is_not_the_certificate(session: Any, client: FlaskClient, issued: Any, run_jobs: Any) -> None:
    """Whoever has it checked hears what it is; a changed one is no longer known, and neither counts as the certificate."""
    certificate = issued()
    _bundle, pdf = made(session, run_jobs, certificate)
    answer = client.post("/verify", data={"file": (io.BytesIO(pdf), "record.pdf")}, headers={"Accept": "application/json"})
    assert answer.json["verdict"] == "UNKNOWN"
    assert f"the record of certificate {certificate.number}" in answer.json["sentence"]
    changed = client.post("/verify", data={"file": (io.BytesIO(pdf + b"\n"), "r.pdf")}, headers={"Accept": "application/json"})
    assert "the record of" not in changed.json["sentence"]


@pytest.mark.parametrize("who", [EXPORTER, OFFICER, ADMIN, SUPERVISOR])
def test_from_the_page_to_the_file(session: Any, login: Login, issued: Any, run_jobs: Any, who: str) -> None:
    """One press, a page that says it is being made, the file; a second press before it is there gives the same one."""
    certificate, browser = issued(), login(who)
    assert "As a sealed PDF" in browser.get(f"/certificates/record/{certificate.id}").text
    first = browser.post(f"/certificates/record/file/{certificate.id}")
    assert first.status_code == 302
    assert browser.post(f"/certificates/record/file/{certificate.id}").location == first.location
    assert session.query(Job).filter_by(kind=trail_file.JOB).count() == 1
    assert "is being put together" in browser.get(first.location).text
    run_jobs()
    page = browser.get(first.location).text
    assert "It is not the certificate" in page
    with browser.get(first.location.replace("/show/", "/file/")) as file:
        assert file.data.startswith(b"%PDF")
        assert "record-" in file.headers["Content-Disposition"]
    assert session.query(CertificateDay).filter_by(certificate_id=certificate.id).count() == 0, "reading is no use"


@pytest.mark.parametrize("who", [OTHER_EXPORTER, OTHER_OFFICER])
def test_anothers_record_is_not_there(session: Any, login: Login, issued: Any, who: str) -> None:
    certificate = issued()
    assert login(who).post(f"/certificates/record/file/{certificate.id}").status_code == 404
    with pytest.raises(NotFound):
        trail_file.ask(session, actor_for(session, who), certificate)
    assert session.query(Bundle).count() == 0


def test_an_agencys_file_says_what_its_page_says(session: Any, issued: Any, run_jobs: Any, tmp_path: Path) -> None:
    """What the firm did while it was a draft, and what only the firm was told, stand in the firm's file and in no agency's."""
    certificate = issued()
    firms = text_of(made(session, run_jobs, certificate, EXPORTER)[1], tmp_path)
    agencys = text_of(made(session, run_jobs, certificate, OFFICER)[1], tmp_path)
    for of_the_firm in ("Draft created", "Paper added", "is issued"):
        assert (of_the_firm in firms, of_the_firm in agencys) == (True, False), of_the_firm
    assert "Application approved" in agencys


def test_a_right_that_has_ended_ends_for_the_file_too(session: Any, login: Login, issued: Any, run_jobs: Any) -> None:
    """Neither is it made for an officer who left the office meanwhile, nor handed out when it was made before."""
    certificate, browser = issued(), login(OFFICER)
    ready, _pdf = made(session, run_jobs, certificate, OFFICER)
    waiting = trail_file.ask(session, actor_for(session, OFFICER), certificate).id
    officer = session.query(AgencyUser).filter_by(email=OFFICER).one()
    session.query(OfficeMapping).filter_by(agency_user_id=officer.id, office_id=certificate.office_id).delete()
    session.commit()
    run_jobs()
    session.expire_all()
    assert session.get_one(Bundle, waiting).state == "FAILED"
    assert browser.get(f"/bundles/file/{ready.id}").status_code == 404


def test_without_a_seal_there_is_no_button_and_a_sentence(app: Flask, session: Any, login: Login, issued: Any) -> None:
    certificate, browser = issued(), login(EXPORTER)
    app.config["UDGAM_ENV"], app.config["SOFT_SIGNER"] = "production", False
    try:
        assert "As a sealed PDF" not in browser.get(f"/certificates/record/{certificate.id}").text
        with pytest.raises(BusinessError, match="DOCUMENT_SEAL"):
            trail_file.ask(session, actor_for(session, EXPORTER), certificate)
    finally:
        app.config["UDGAM_ENV"], app.config["SOFT_SIGNER"] = "demo", True


def test_a_key_file_of_the_operator_seals(app: Flask, session: Any, issued: Any, run_jobs: Any, tmp_path: Path) -> None:
    """DOCUMENT_SEAL names a key file; one that cannot be read is a sentence, not a fault."""
    from app.signing import demonstration

    key, words = tmp_path / "seal.p12", tmp_path / "words"
    p12, _certificate = demonstration.authority().issue("Udgam Seal of DGFT", "DGFT", passphrase="a word")
    key.write_bytes(p12)
    words.write_text("a word\n")
    app.config["DOCUMENT_SEAL"], app.config["DOCUMENT_SEAL_PASSPHRASE_FILE"] = str(key), str(words)
    try:
        assert document_seal.document_seal().name == "Udgam Seal of DGFT"
        assert b"Udgam Seal of DGFT" in made(session, run_jobs, issued())[1]
        key.unlink()
        with pytest.raises(BusinessError, match="cannot be read"):
            document_seal.document_seal()
    finally:
        app.config["DOCUMENT_SEAL"] = app.config["DOCUMENT_SEAL_PASSPHRASE_FILE"] = ""


def test_days_are_counted_apart(session: Any, issued: Any) -> None:
    """Two downloads and a verification today, one download tomorrow; the sums go on."""
    certificate = issued()
    now = clock.now()
    for moment in (now, now, now + timedelta(days=1)):
        with clock.travel(moment):
            uses.count_download(session, certificate.id)
    verification.count(session, certificate.id)
    told = uses.days(session, certificate.id, 10)
    assert [(day.downloads, day.verifications) for day in told] == [(1, 0), (2, 1)]
    assert [day.day for day in told] == [clock.india_today(now + timedelta(days=1)), clock.india_today(now)]
    session.expire_all()
    assert (certificate.download_count, certificate.verify_count) == (3, 1)
