"""A specimen shows everything a certificate shows, and can never be taken for one: not by people, not by the register."""

import io
import os
import re
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from app.agencies.models import Agency, AgencyUser, Office
from app.applications.models import NumberSeries
from app.audit.models import AuditEvent
from app.certificates import jobs_specimen, register, specimens
from app.certificates.models import Certificate, Leaf, Specimen
from app.core import clock
from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound
from app.infra import keystore, queue, store
from app.infra.db import db, transaction
from app.infra.queue import Claim, Job
from app.signing.judge import judge
from app.verification import service as verification
from app.verification.rules import Verdict
from app.wallet.models import LedgerEntry, Wallet
from tests import factories
from tests.people import ADMIN, EXPORTER, OFFICER, OFFICER2, OTHER_ADMIN, OTHER_OFFICER, SUPERVISOR, actor_for
from tests.running import until

Login = Callable[[str], FlaskClient]
Jobs = Callable[[], int]


@pytest.fixture
def login(login: Login) -> Login:
    """As ever; but the session's app context outlives a request here, and would remember who logged in first."""

    def enter(email: str) -> FlaskClient:
        g.pop("_login_user", None)
        return login(email)

    return enter


class Press:
    """FIEC's office in Mumbai and its officer, and the button «Make a specimen»."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.agency: Agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
        self.office: Office = self.agency.offices[0]
        self.officer: AgencyUser = session.scalars(select(AgencyUser).where(AgencyUser.email == OFFICER)).one()

    def make(self, by: str = ADMIN, **chosen: int) -> Specimen:
        ids = {"office_id": self.office.id, "officer_id": self.officer.id} | chosen
        row = specimens.make(self.session, actor_for(self.session, by), **ids)
        self.session.commit()
        return row

    def counted(self) -> dict[str, int]:
        """How many rows there are of what a specimen must not touch."""
        self.session.expire_all()
        tables = (Certificate, Leaf, LedgerEntry, Wallet)
        return {each.__tablename__: self.session.scalar(select(func.count()).select_from(each)) for each in tables}

    def series(self) -> dict[str, int]:
        self.session.expire_all()
        rows = self.session.execute(select(NumberSeries.name, NumberSeries.last)).all()
        return {name: last for name, last in rows if not name.startswith("specimen:")}


@pytest.fixture
def press(session: Any) -> Press:
    return Press(session)


def pages(pdf: bytes, *how: str) -> list[str]:
    """The words of each page, as pdftotext finds them."""
    told = subprocess.run(["pdftotext", *(how or ("-raw",)), "-", "-"], input=pdf, capture_output=True, check=True)
    return re.split("\f|</page>", told.stdout.decode())[:-1]


def watermark(page: str) -> str:
    """The letters that stand higher than an inch on a page of `pdftotext -bbox`, read from its foot upwards."""
    words = re.findall(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]*)<', page)
    return "".join(word for top, foot, word in sorted(words, key=lambda each: -float(each[0])) if float(foot) - float(top) > 72)


def printed(press: Press, run_jobs: Jobs, **chosen: int) -> tuple[Specimen, bytes]:
    """A specimen and its file."""
    row = press.make(**chosen)
    run_jobs()
    press.session.refresh(row)
    assert (row.state, row.error) == ("READY", "")
    return row, store.get(row.sha256 or "")


# --- what is printed -------------------------------------------------------------------------------------------------


def test_every_page_says_that_it_is_a_specimen(press: Press, run_jobs: Jobs) -> None:
    """The watermark, the band over the title and the number stand on each sheet, and there are two."""
    row, pdf = printed(press, run_jobs)
    upright = pages(pdf)
    assert len(upright) == 2
    for page in upright:
        assert "SPECIMEN – NOT A CERTIFICATE" in page
        assert row.number in page
    assert [watermark(page) for page in pages(pdf, "-bbox")] == ["SPECIMEN", "SPECIMEN"]


def test_it_is_the_office_s_own_page(press: Press, run_jobs: Jobs) -> None:
    """The head, the address and the officer are real; the goods and the firms are invented."""
    _row, pdf = printed(press, run_jobs)
    first = pages(pdf)[0]
    for words in (press.agency.name, press.office.name, press.office.address1, press.officer.full_name, "Specimen Exporter"):
        assert words in first
    assert "missing" not in first


@pytest.mark.parametrize(("lacks", "told"), [("stamp", "Stamp missing"), ("signature", "Signature missing")])
def test_what_is_missing_is_a_grey_box(press: Press, run_jobs: Jobs, lacks: str, told: str) -> None:
    """On every sheet, so that the administrator sees where the picture will stand."""
    thing = press.office if lacks == "stamp" else press.officer
    setattr(thing, f"{lacks}_sha256", None)
    _row, pdf = printed(press, run_jobs)
    for page in pages(pdf):
        assert told in page
        assert page.count("missing") == 1


def test_it_is_signed_by_a_key_that_says_test_and_nobody_trusts(press: Press, run_jobs: Jobs) -> None:
    """The signature holds under its own throw-away authority only; each specimen has another key."""
    from asn1crypto import cms

    signers = []
    for _ in range(2):
        _row, pdf = printed(press, run_jobs)
        written = re.search(rb"/Contents\s*<([0-9A-Fa-f]+)>", pdf)
        assert written is not None
        signed = cms.ContentInfo.load(bytes.fromhex(written[1].decode()))["content"]
        found = [x509.load_der_x509_certificate(each.chosen.dump()) for each in signed["certificates"]]
        assert all("TEST" in each.subject.rfc4514_string() for each in found)
        leaf = next(each for each in found if press.officer.full_name in each.subject.rfc4514_string())
        signers.append(leaf.serial_number)
        from cryptography.hazmat.primitives.hashes import SHA256

        verdict = judge(pdf, keystore.roots(), leaf.fingerprint(SHA256()).hex())
        assert (verdict.ok, verdict.signatures, verdict.coverage) == (False, 1, "ENTIRE_FILE")
        assert "not issued under a trusted authority" in verdict.sentence
    assert signers[0] != signers[1]


def test_a_name_that_does_not_fit_is_told(press: Press, run_jobs: Jobs) -> None:
    """The specimen fails with the sentence that the certificate would have failed with; another can be made."""
    press.officer.designation = "X" * 80
    press.office.name = "Y" * 120
    press.agency.name = "W" * 200
    row = press.make()
    run_jobs()
    press.session.refresh(row)
    assert row.state == "FAILED"
    assert "does not fit the certificate" in row.error


# --- numbers, and what is left alone -----------------------------------------------------------------------------------


def test_pressed_twice_is_two_numbers_of_a_series_of_its_own(press: Press) -> None:
    """By agency, year and office; the series of the certificates do not move."""
    before, year = press.series(), clock.india_today().year
    numbers = [press.make().number, press.make(OFFICER).number, press.make(office_id=press.agency.offices[1].id).number]
    assert numbers == [f"SPECIMEN-FIEC-{year}-001-0001", f"SPECIMEN-FIEC-{year}-001-0002", f"SPECIMEN-FIEC-{year}-002-0001"]
    assert press.series() == before


def test_nothing_else_is_touched(press: Press, run_jobs: Jobs, issued: Callable[..., Certificate]) -> None:
    """No certificate, leaf, fee or wallet; the register still proves itself, and the next real number follows the last."""
    first = issued()
    counted, series = press.counted(), press.series()
    printed(press, run_jobs)
    assert (press.counted(), press.series()) == (counted, series)
    assert list(register.check(press.session)) == []
    assert issued().sequence == first.sequence + 1


def test_it_is_in_the_trail(press: Press) -> None:
    """Who made which number."""
    row = press.make(OFFICER)
    event = press.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1)).one()
    assert (event.event, event.object_id, event.detail["number"]) == ("specimen made", row.id, row.number)
    assert event.actor_name == press.officer.full_name


# --- never verified as real ---------------------------------------------------------------------------------------------


def test_no_way_of_asking_finds_a_certificate(press: Press, run_jobs: Jobs) -> None:
    """By the QR code's address, by the number, by the file and by the file altered: a specimen, never VALID."""
    row, pdf = printed(press, run_jobs)
    answers = [
        verification.by_token(press.session, "specimen"),
        verification.by_number(press.session, row.number),
        verification.by_number(press.session, f" {row.number.lower()} "),
        verification.by_file(press.session, pdf),
        verification.by_file(press.session, pdf + b" "),
    ]
    for answer in answers:
        assert (answer.verdict, answer.is_specimen, answer.facts, answer.boxes) == (Verdict.UNKNOWN, True, None, None)
        assert "Do not accept it as a certificate" in answer.sentence


def test_a_real_number_pasted_into_a_specimen_does_not_help(press: Press, run_jobs: Jobs, issued: Any) -> None:
    """It is then a file that names a certificate and is not its file: ALTERED."""
    certificate = issued()
    _row, pdf = printed(press, run_jobs)
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as forged:
        forged.docinfo["/Title"] = certificate.number
        forged.save(out)
    assert verification.by_file(press.session, out.getvalue()).verdict is Verdict.ALTERED


def test_the_public_page_says_so(client: FlaskClient, press: Press) -> None:
    """Where the QR code leads: for people, and for programs."""
    page = client.get("/verify/specimen")
    assert page.status_code == 200
    assert re.search(r"<h1[^>]*>.*Specimen\s*</h1>", page.text, re.DOTALL)
    assert "It certifies nothing" in page.text
    told = client.get("/verify/specimen", headers={"Accept": "application/json"}).json
    assert (told["verdict"], told["number"]) == ("UNKNOWN", None)
    assert client.get("/verify", query_string={"number": press.make().number}).text.count("Specimen") >= 1


# --- who may --------------------------------------------------------------------------------------------------------------


def test_only_people_of_the_agency_make_one(press: Press) -> None:
    """Another agency's office and officer do not exist for them; DGFT and exporters make none."""
    elsewhere = press.session.scalars(select(AgencyUser).where(AgencyUser.email == OTHER_OFFICER)).one()
    with pytest.raises(InvalidInput, match="choose an active officer of your agency"):
        press.make(officer_id=elsewhere.id)
    for by in (OTHER_ADMIN, OTHER_OFFICER):
        with pytest.raises(InvalidInput, match="choose an office of your agency"):
            press.make(by)
    for by in (SUPERVISOR, EXPORTER):
        with pytest.raises(NotAllowed):
            press.make(by)
    assert press.session.scalar(select(func.count()).select_from(Specimen)) == 0


def test_an_officer_who_is_not_active_or_an_administrator_does_not_stand_on_one(press: Press) -> None:
    """Choose another."""
    administrator = press.session.scalars(select(AgencyUser).where(AgencyUser.email == ADMIN)).one()
    press.officer.status = "INACTIVE"
    press.session.commit()
    for officer_id in (press.officer.id, administrator.id, 987654):
        with pytest.raises(InvalidInput):
            press.make(officer_id=officer_id)


@pytest.mark.parametrize(("status", "may"), [("NOTIFIED", True), ("ONBOARDING", True), ("ACTIVE", True), ("SUSPENDED", False), ("DELISTED", False)])  # fmt: skip
def test_a_suspended_agency_only_reads(press: Press, run_jobs: Jobs, login: Login, status: str, may: bool) -> None:
    """On its way aboard it may; suspended or de-listed it keeps what it has and makes no more."""
    row, _pdf = printed(press, run_jobs)
    press.agency.status = status
    press.session.commit()
    if may:
        assert press.make().id
    else:
        with pytest.raises(NotAllowed, match="by DGFT: you may read"):
            press.make()
    browser = login(ADMIN)
    assert ('action="/specimens/make"' in browser.get("/specimens/list/").text) is may
    assert browser.get(f"/specimens/pdf/{row.id}").status_code == 200


def test_another_agency_s_specimens_are_not_there(press: Press, run_jobs: Jobs, login: Login) -> None:
    """Neither in the list, nor by address, nor as a file; DGFT sees all and makes none."""
    row, pdf = printed(press, run_jobs)
    with pytest.raises(NotFound):
        specimens.see(press.session, actor_for(press.session, OTHER_ADMIN), row.id)
    for email in (OTHER_ADMIN, OTHER_OFFICER):
        browser = login(email)
        assert row.number not in browser.get("/specimens/list/").text
        assert {browser.get(f"/specimens/{way}/{row.id}").status_code for way in ("show", "pdf")} == {404}
    assert login(EXPORTER).get(f"/specimens/pdf/{row.id}").status_code == 403
    supervisor = login(SUPERVISOR)
    page = supervisor.get("/specimens/list/").text
    assert row.number in page
    assert "/specimens/make" not in page
    assert supervisor.post("/specimens/make").status_code == 403
    for email in (ADMIN, OFFICER, OFFICER2, SUPERVISOR):
        assert login(email).get(f"/specimens/pdf/{row.id}").data == pdf


def test_there_is_an_end_to_it(press: Press, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many in a day; tomorrow it goes on."""
    monkeypatch.setitem(app.config, "SPECIMENS_PER_DAY", 2)
    press.make()
    press.make()
    with pytest.raises(BusinessError, match="has made 2 specimens within a day"):
        press.make()
    with clock.travel(clock.now() + timedelta(days=1, minutes=1)):
        assert press.make().number.endswith("-0003")


# --- the screen -----------------------------------------------------------------------------------------------------------


def test_the_button_the_list_and_the_file(press: Press, run_jobs: Jobs, login: Login) -> None:
    """Press, reload, download; without a script, and by whom it was made."""
    browser = login(OFFICER)
    assert browser.get("/specimens/").headers["Location"] == "/specimens/list/"
    chosen = {"office_id": str(press.office.id), "officer_id": str(press.officer.id)}
    answer = browser.post("/specimens/make", data=chosen, follow_redirects=True)
    row = press.session.scalars(select(Specimen)).one()
    assert f"{row.number} is being printed" in answer.text
    assert "Reload the page" in browser.get(f"/specimens/show/{row.id}").text
    early = browser.get(f"/specimens/pdf/{row.id}")
    assert early.status_code == 409
    assert "ready a few seconds after" in early.text
    run_jobs()
    page = browser.get("/specimens/list/").text
    assert f'href="/specimens/pdf/{row.id}"' in page
    assert press.officer.full_name in page
    file = browser.get(f"/specimens/pdf/{row.id}")
    assert (file.mimetype, file.headers["Content-Disposition"]) == ("application/pdf", f'attachment; filename="{row.number}.pdf"')


@pytest.mark.parametrize(
    "sent", [{}, {"office_id": "x", "officer_id": "²"}, {"office_id": "99999999999999999999", "officer_id": "-1"}]
)
def test_a_form_that_chooses_nothing_is_refused_in_words(press: Press, login: Login, sent: dict[str, str]) -> None:
    """Both fields at once."""
    page = login(ADMIN).post("/specimens/make", data=sent, follow_redirects=True)
    assert "Office: choose an office of your agency." in page.text
    assert "Officer: choose an active officer of your agency." in page.text


def test_the_address_of_none(press: Press, login: Login) -> None:
    """Is answered as such, however large."""
    browser = login(ADMIN)
    assert {browser.get(f"/specimens/pdf/{pk}").status_code for pk in (987654, 2**40)} == {404}


# --- the worker goes away ---------------------------------------------------------------------------------------------------

STEPS: list[tuple[Any, str]] = [
    (queue, "claim"), (jobs_specimen, "render"), (jobs_specimen, "_sign"), (store, "put"), (Claim, "hold"),
    (specimens, "finish"), (Claim, "done"),
]  # fmt: skip


@pytest.mark.slow
def test_killed_before_any_step_it_is_printed_once(app: Flask, own: Engine) -> None:
    """kill -9 at each step in turn; the next worker takes it up, and there is one number and one file."""
    with app.app_context():
        for place, name in STEPS:
            with transaction(db.session):
                press = Press(db.session)
                actor, ids = actor_for(db.session, ADMIN), {"office_id": press.office.id, "officer_id": press.officer.id}
                pk = specimens.make(db.session, actor, **ids).id
            job_id = db.session.scalars(select(Job.id).where(Job.key == f"specimen:{pk}")).one()
            db.session.rollback()
            assert killed(job_id, place, name) == -signal.SIGKILL, name
            assert until(lambda job=job_id: resumed(app, job), 180), name
            row = db.session.get_one(Specimen, pk)
            assert (row.state, store.get(row.sha256 or "")[:5]) == ("READY", b"%PDF-")
            db.session.rollback()
        numbers = db.session.scalars(select(Specimen.number).order_by(Specimen.id)).all()
        assert [number[-4:] for number in numbers] == [f"{number:04d}" for number in range(1, len(STEPS) + 1)]
        assert list(register.check(db.session)) == []


def killed(job_id: int, place: Any, name: str) -> int:
    """The end of a process that does the job and dies before this step."""
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if not child:
        with suppress(BaseException):
            setattr(place, name, lambda *_args, **_named: os.kill(os.getpid(), signal.SIGKILL))
            queue.run_job(job_id)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def resumed(app: Flask, job_id: int) -> bool:
    """A minute later: has the job been given back, and is it done now?"""
    with clock.travel(clock.now() + timedelta(seconds=app.config["JOB_LEASE_SECONDS"] + 1)):
        queue.reap(db.session())
        factories.run_jobs(app)
    state = db.session.scalars(select(Job.state).where(Job.id == job_id)).one()
    db.session.rollback()
    return bool(state == "DONE")


def test_a_job_done_twice_changes_nothing(press: Press, run_jobs: Jobs, app: Flask, tmp_path: Path) -> None:
    """What is printed stays as it is."""
    row, pdf = printed(press, run_jobs)
    job = press.session.scalars(select(Job).where(Job.key == f"specimen:{row.id}")).one()
    assert job.kind == "certificate.specimen"
    job.state = "PENDING"
    press.session.commit()
    assert run_jobs() >= 1
    press.session.refresh(row)
    assert store.get(row.sha256 or "") == pdf
