"""Measure what people wait for, on a scratch register that is thrown away afterwards; one line of JSON for each."""

import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import pikepdf
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from flask_migrate import upgrade
from sqlalchemy import select

import config
from app import bench_ink, create_app
from app.agencies import service as agencies
from app.agencies.models import Agency
from app.applications import service
from app.applications.models import Application
from app.audit.service import record
from app.certificates.artwork import draw_signature, draw_stamp
from app.certificates.models import Certificate
from app.certificates.render import Images, render, sample_text
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor
from app.demo.cast import PASSWORD
from app.demo.people import come_aboard
from app.factory import load_jobs
from app.infra import current, keystore, queue
from app.infra.db import db, transaction
from app.infra.uploads import paper
from app.signing import demonstration, fitness, sandbox_tsa, timestamp
from app.signing.archive import for_the_archive
from app.signing.signer import Order
from app.signing.soft import SoftSigner

EXPORTER, OFFICER = "exporter@balaji.example", "officer@fiec.example"
PAGE = 25
Act = Callable[[], Any]
Row = dict[str, Any]


@contextmanager
def scratch() -> Iterator[Flask]:
    """A register of its own in a temporary folder, with the cast aboard; nothing of the real one is opened."""
    with tempfile.TemporaryDirectory(prefix="udgam-bench-") as name:
        home = Path(name)
        app = create_app(
            UDGAM_ENV=config.DEMO, UDGAM_HOME=home, SQLALCHEMY_DATABASE_URI=f"sqlite:///{home / 'udgam.db'}",
            DOCUMENTS=home / "documents", KEYS=home / "keys", REDIS_URL="", TRUST_ROOTS="", SECRET_KEY="scratch " * 8,
            SOFT_SIGNER=True, SESSION_COOKIE_SECURE=False, WTF_CSRF_ENABLED=False, VERIFY_PER_MINUTE=10**9,
            CRL_FOLDER=str(home / "crls"),
        )  # fmt: skip
        load_jobs()
        with app.app_context(), sandbox_tsa.open_desk(home / "keys") as stamps:
            app.config["TSA_URL"] = stamps
            upgrade()
            with transaction(db.session):
                come_aboard(db.session)
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()


def pair(name: str, act: Act, baseline: str, other: Act, n: int) -> Iterator[Row]:
    """Both acts in turn, so that a slow moment of the machine meets both; first the baseline's line, then the act's."""
    act(), other()
    times = [(seconds(other), seconds(act)) for _ in range(n)]
    yield row(baseline, [before for before, _ in times], baseline, 1.0)
    yield row(name, [after for _, after in times], baseline, median(after / before for before, after in times))


def seconds(act: Act) -> float:
    """How long an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def row(name: str, times: list[float], ratio_to: str, ratio: float) -> Row:
    """One line: the middle, the slowest but one in twenty, and how many times its baseline (itself: 1)."""
    slow = sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]
    return {
        "name": name, "n": len(times), "median_ms": round(median(times) * 1000, 2), "p95_ms": round(slow * 1000, 2),
        "ratio_to": ratio_to, "ratio": round(ratio, 2),
    }  # fmt: skip


def measure(quick: bool) -> Iterator[Row]:
    """Every line, each baseline once."""
    with scratch() as app:
        told: set[str] = set()
        few, many = (1, 2) if quick else (10, 30)
        for line in chain(
            _pages(few), _signature(few), _submission(many), _screens(app, many), bench_ink.rows(few, 2 if quick else 60)
        ):
            if line["name"] not in told:
                told.add(line["name"])
                yield line


def _pages(n: int) -> Iterator[Row]:
    """The page of a certificate with 50 and with 200 lines of goods, by the page with one."""
    for lines in (50, 200):
        yield from pair(f"render_{lines}", partial(_page, lines), "render_1", partial(_page, 1), n)


def _page(lines: int) -> bytes:
    return render(sample_text(lines), _pictures())


@cache
def _pictures() -> Images:
    """A stamp and a signature, drawn once."""
    return Images(draw_stamp("Bench", "New Delhi"), draw_signature("Bench"))


def _signature(n: int) -> Iterator[Row]:
    """Sign a page with the officer's key, have the time stamped, and have the second program judge it."""
    officer = agencies.officer(db.session, _actor(OFFICER).agency_user_id or 0)
    registration = agencies.registration_of(db.session, officer)
    assert registration is not None, "an officer of the cast has a key"  # noqa: S101  a slip of ours, not input
    digest, page = registration.sha256, _page(1)
    signer = SoftSigner(*keystore.load(registration.key_ref), config.DEMO)
    db.session.rollback()

    def sign() -> None:
        whose = (page, signer.certificate, signer.chain, "Bench", "To measure", "New Delhi", clock.now())
        signed = signer.start(Order(*whose, stamp=timestamp.token_over))
        verdict = fitness.judged(signed, digest) if isinstance(signed, bytes) else None
        if verdict is None or not verdict.ok or verdict.level != "B-T":
            raise RuntimeError("the scratch signature does not hold")

    yield from pair("sign_and_judge", sign, "render_1", partial(_page, 1), n)
    yield from _archive(signer, page, n)


def _archive(signer: SoftSigner, page: bytes, n: int) -> Iterator[Row]:
    """Make the form for the archive of a time-stamped file, by the same signature without and with a time stamp."""
    demonstration.publish_lists()
    whose = (page, signer.certificate, signer.chain, "Bench", "To measure", "New Delhi", clock.now())
    plain, stamped = Order(*whose), Order(*whose, stamp=timestamp.token_over)
    signed = signer.start(stamped)
    if not isinstance(signed, bytes):
        raise TypeError("a soft key signs at once")
    yield from pair("sign_with_time_stamp", partial(signer.start, stamped), "sign", partial(signer.start, plain), n)
    archive = partial(for_the_archive, signed, fitness.trust_of())
    yield from pair("archive", archive, "sign", partial(signer.start, plain), n)


def _submission(n: int) -> Iterator[Row]:
    """Submit an application with its e-signature and its fee, by a transaction that only writes one event."""
    actor, drafts = _actor(EXPORTER), _drafts(n + 2)

    def submit() -> None:
        with transaction(db.session):
            service.submit(db.session, db.session.get_one(Application, drafts.pop()), actor)

    yield from pair("submit", submit, "one_event", _one_event, n)


def _one_event() -> None:
    with transaction(db.session):
        record(db.session, SYSTEM_ACTOR, "measured", db.session.scalars(select(Agency).limit(1)).one())


def _screens(app: Flask, n: int) -> Iterator[Row]:
    """A list page and a verification, as the web server answers them, by the address that does nothing."""
    token, browser = _issued(), app.test_client()
    browser.post("/login/", data={"username": EXPORTER, "password": PASSWORD})
    db.session.remove()
    pages = {"list_page": f"/applications/list/?psize_ApplicationView={PAGE}", "verify_token": f"/verify/{token}"}
    for name, address in pages.items():
        yield from pair(name, partial(_get, browser, address), "healthz", partial(_get, browser, "/healthz"), n)


def _get(browser: FlaskClient, address: str) -> None:
    answer = browser.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")


def _issued() -> str:
    """One application brought to its certificate; returns the token of its QR code."""
    officer = _actor(OFFICER)
    waiting = db.session.scalars(select(Application.id).where(Application.status == "SUBMITTED").limit(1)).one()
    for move in ("take_up", "approve"):
        with transaction(db.session):
            service.VERBS[move](db.session, db.session.get_one(Application, waiting), officer)
    job = db.session.scalars(select(queue.Job.id).where(queue.Job.kind == "certificate.issue")).one()
    db.session.rollback()
    queue.run_job(job)
    return str(db.session.scalars(select(Certificate.verify_token).where(Certificate.status == "VALID")).one())


def _actor(email: str) -> Actor:
    """A person of the cast."""
    user = db.session.scalars(select(User).where(User.username == email)).one()
    return next(filter(None, (resolve(db.session, user.id) for resolve in current.RESOLVERS)))


def _drafts(number: int) -> list[int]:
    """Drafts ready to be submitted."""
    actor, filing = _actor(EXPORTER), json.loads((config.ROOT / "samples" / "original.json").read_text())
    made = []
    with transaction(db.session):
        for _ in range(number):
            draft = service.create(db.session, actor, filing)
            for kind in ("INVOICE", "PACKING_LIST"):
                service.attach(db.session, draft, actor, kind=kind, paper=paper(f"{kind}.pdf", _blank()))
            made.append(draft.id)
    return made


def _blank() -> bytes:
    """A sheet of paper."""
    document, out = pikepdf.new(), io.BytesIO()
    document.add_blank_page(page_size=(200, 200))
    document.save(out)
    return out.getvalue()
