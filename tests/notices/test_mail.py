"""Mails: promised with the change, sent by a worker over real SMTP, once, and then forgotten."""

import stat
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from flask import Flask

import config
from app.core import clock
from app.core.errors import BusinessError
from app.infra import mail as outgoing
from app.infra import queue
from app.infra.db import transaction
from app.notices import jobs
from app.notices.models import Mail
from app.notices.service import mail
from tests.running import free_port

CODE = "Your code is 482913."


class Letterbox:
    """What the mail server does with a mail: keep it, or answer as a test wants."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipient_answer, self.data_answer = "250 OK", "250 OK"
        self.logged_in: tuple[bytes, bytes] | None = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.data_answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]  # the policy makes it one
        return self.data_answer

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.logged_in = (data.login, data.password)
        return AuthResult(success=data.password == b"p@ss:word")


def served(box: Letterbox, port: int, **more: Any) -> Controller:
    """A mail server on loopback."""
    controller = Controller(box, hostname="127.0.0.1", port=port, **more)
    controller.start()
    return controller


@pytest.fixture
def port(app: Flask, monkeypatch: pytest.MonkeyPatch) -> int:
    """The program's mail server is at this port, and nobody answers there yet."""
    number = free_port()
    monkeypatch.setitem(app.config, "MAIL_URL", f"smtp://127.0.0.1:{number}")
    return number


@pytest.fixture
def box(port: int) -> Iterator[Letterbox]:
    """A mail server that answers there."""
    letterbox = Letterbox()
    controller = served(letterbox, port)
    yield letterbox
    controller.stop()


def written(session: Any, recipient: str = "meera@fiec.example", subject: str = "Your code") -> int:
    """A mail, committed; its id."""
    with transaction(session):
        return mail(session, recipient, subject, CODE).id


def row(session: Any, number: int) -> Mail:
    session.flush()
    session.expire_all()
    found: Mail = session.get_one(Mail, number)
    return found


def job(session: Any, number: int) -> queue.Job:
    session.flush()
    session.expire_all()
    found: queue.Job = session.query(queue.Job).filter_by(key=f"mail:{number}").one()
    return found


def due_now(session: Any, number: int) -> None:
    """The pause before the next attempt is over."""
    with transaction(session):
        job(session, number).run_after = clock.now()


def test_a_mail_arrives_and_its_words_are_forgotten(session: Any, run_jobs: Any, box: Letterbox) -> None:
    """The job «notices.mail» sends what was promised: plain text, one recipient, and nothing of it stays here."""
    number = written(session)
    assert box.mails == []
    run_jobs()
    (arrived,) = box.mails
    assert (arrived["To"], arrived["Subject"], arrived["From"]) == (
        "meera@fiec.example",
        "Your code",
        "Udgam <udgam@localhost.localdomain>",
    )
    assert arrived.get_content_type() == "text/plain"
    assert arrived.get_content().strip() == CODE
    assert arrived["Message-ID"].startswith(f"<udgam.{number}.")
    kept = row(session, number)
    assert kept.sent_at is not None
    assert kept.body == ""
    assert job(session, number).state == "DONE"


def test_what_is_rolled_back_is_not_sent(session: Any, run_jobs: Any, box: Letterbox) -> None:
    """A mail tells of a change; without the change there is no mail."""
    mail(session, "meera@fiec.example", "Your code", CODE)
    session.rollback()
    run_jobs()
    assert box.mails == []


def test_a_server_that_is_away_gets_the_mail_later_and_once(session: Any, run_jobs: Any, port: int) -> None:
    """The queue tries again; the words stay until then."""
    number = written(session)
    run_jobs()
    assert job(session, number).state == "PENDING"
    assert job(session, number).attempts >= 1
    assert row(session, number).body == CODE
    letterbox = Letterbox()
    controller = served(letterbox, port)
    try:
        due_now(session, number)
        run_jobs()
        run_jobs()
    finally:
        controller.stop()
    assert len(letterbox.mails) == 1
    assert job(session, number).state == "DONE"


@pytest.mark.parametrize("answer", ["recipient_answer", "data_answer"])
def test_a_server_that_is_busy_is_asked_again(session: Any, run_jobs: Any, box: Letterbox, answer: str) -> None:
    """An answer of the kind 4xx is not final."""
    setattr(box, answer, "451 come back later")
    number = written(session)
    run_jobs()
    assert job(session, number).state == "PENDING"
    setattr(box, answer, "250 OK")
    due_now(session, number)
    run_jobs()
    assert len(box.mails) == 1


@pytest.mark.parametrize("answer", ["recipient_answer", "data_answer"])
def test_a_refusal_for_good_waits_for_a_person(session: Any, run_jobs: Any, box: Letterbox, answer: str) -> None:
    """550: the job is dead at the first attempt, says what the server said, and the code is not kept."""
    setattr(box, answer, "550 no such person here")
    number = written(session)
    run_jobs()
    dead = job(session, number)
    assert (dead.state, dead.attempts) == ("DEAD", 1)
    assert dead.error == "The mail server refused the mail: 550 no such person here"
    assert row(session, number).body == ""
    assert row(session, number).sent_at is None
    assert box.mails == []
    with transaction(session):
        queue.promise(session, jobs.MAIL_JOB, f"mail:{number}", ref=number)
    run_jobs()
    assert "no longer kept" in job(session, number).error


def test_a_repeat_after_a_crash_can_be_recognised(session: Any, app: Flask, box: Letterbox) -> None:
    """Sent, and killed before it was noted: the second copy carries the same Message-ID and date."""
    number = written(session)
    kept = row(session, number)
    facts = (kept.id, kept.created_at, kept.recipient, kept.subject, kept.body)
    session.rollback()
    outgoing.send(*facts)
    outgoing.send(*facts)
    first, second = box.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert jobs.MAIL_JOB == "notices.mail"


def test_a_mail_marked_as_sent_is_not_sent_again(session: Any, run_jobs: Any, box: Letterbox) -> None:
    """The job's row was open, the mail's was not."""
    number = written(session)
    with transaction(session):
        row(session, number).sent_at = clock.now()
    run_jobs()
    assert box.mails == []
    assert job(session, number).state == "DONE"


def test_a_long_outage_is_outlived_and_a_day_is_enough(session: Any, run_jobs: Any, port: int) -> None:
    """«notices.again» promises anew what was given up for want of a server; after a day the words are forgotten."""
    number, old = written(session), written(session)
    with transaction(session):
        for each in (number, old):
            job(session, each).state = queue.JobState.DEAD
        row(session, old).created_at = clock.now() - timedelta(hours=25)
    letterbox = Letterbox()
    controller = served(letterbox, port)
    try:
        with transaction(session):
            queue.promise(session, jobs.AGAIN, "notices.again:test")
        run_jobs()
    finally:
        controller.stop()
    assert len(letterbox.mails) == 1
    assert row(session, number).sent_at is not None
    assert (row(session, old).body, row(session, old).sent_at) == ("", None)


def test_the_server_may_ask_for_a_name_and_a_password(session: Any, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ones in the address, where a letter with a meaning of its own is written as %40."""
    letterbox, number = Letterbox(), free_port()
    monkeypatch.setitem(app.config, "MAIL_URL", f"smtp://udgam:p%40ss%3Aword@127.0.0.1:{number}")
    controller = served(letterbox, number, authenticator=letterbox.authenticate, auth_require_tls=False)
    try:
        outgoing.send(1, clock.now(), "meera@fiec.example", "Hello", "Hello")
    finally:
        controller.stop()
    assert letterbox.logged_in == (b"udgam", b"p@ss:word")
    assert len(letterbox.mails) == 1


def test_no_secret_is_sent_in_the_open(session: Any, app: Flask, box: Letterbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that cannot encrypt gets nothing where the address says starttls."""
    monkeypatch.setitem(app.config, "MAIL_URL", app.config["MAIL_URL"].replace("smtp://", "smtp+starttls://"))
    with pytest.raises(OSError, match="STARTTLS"):
        outgoing.send(1, clock.now(), "meera@fiec.example", "Hello", "Hello")
    assert box.mails == []


@pytest.mark.parametrize(
    "address",
    ["", "meera", "a@b.example\nBcc: all@b.example", "a@b.example, c@d.example", "Meera <m@fiec.example>", "a b@c.example",
     "a@b.example\r\nDATA", "मीरा@fiec.example", "a@" + "b" * 250 + ".example", "a@b..example"],
)  # fmt: skip
def test_nothing_but_one_address_is_written_to(session: Any, address: str) -> None:
    """No list, no name, no second header."""
    with pytest.raises(BusinessError, match="address"):
        mail(session, address, "Hello", "Hello")


def test_a_name_in_a_subject_writes_no_header(session: Any, run_jobs: Any, box: Letterbox) -> None:
    """Line breaks become spaces; Hindi and long names travel."""
    number = written(session, subject="For Meera\r\nBcc: all@fiec.example\n\nउद्गम " + "x" * 300)
    run_jobs()
    (arrived,) = box.mails
    assert arrived["Bcc"] is None
    assert arrived["Subject"].startswith("For Meera Bcc: all@fiec.example उद्गम xxx")
    assert len(row(session, number).subject) == 200
    with pytest.raises(ValueError, match=r"(?i)line|newline|linefeed"):
        outgoing.letter(1, clock.now(), "meera@fiec.example", "one\ntwo", "body")


def test_without_a_server_mails_are_files(
    session: Any, app: Flask, run_jobs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a demo machine they are in UDGAM_HOME/mail, to be read by its owner only."""
    monkeypatch.setitem(app.config, "MAIL_URL", "")
    monkeypatch.setitem(app.config, "UDGAM_HOME", tmp_path)
    number = written(session)
    run_jobs()
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == f"{number:06d}.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert CODE in message_from_bytes(file.read_bytes(), policy=policy.default).get_content()  # type: ignore[attr-defined]  # the policy makes it one
    assert row(session, number).body == ""


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://host:0", "smtp://host:port", "smtp://[::1"]
)
def test_a_server_that_cannot_be_is_refused_at_the_start(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UDGAM_HOME", str(tmp_path))
    monkeypatch.setenv("MAIL_URL", url)
    with pytest.raises(config.ConfigurationError, match="MAIL_URL must be like"):
        config.settings()


@pytest.mark.parametrize("sender", ["Udgam", "Udgam <udgam>", "a@b.example\nBcc: c@d.example", "<>", "a@b@c"])
def test_a_sender_that_cannot_be_is_refused_at_the_start(sender: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UDGAM_HOME", str(tmp_path))
    monkeypatch.setenv("MAIL_FROM", sender)
    with pytest.raises(config.ConfigurationError, match="MAIL_FROM must be"):
        config.settings()


@pytest.mark.parametrize("sender", ["udgam@dgft.example", "Udgam <udgam@dgft.example>"])
def test_production_names_its_mail_server(sender: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one nobody would get a password: the start says so."""
    for name, value in (
        ("UDGAM_HOME", str(tmp_path)), ("UDGAM_ENV", "production"), ("SECRET_KEY", "0123456789abcdefghijklmnopqrstuvwxyz"), ("MAIL_FROM", sender),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    with pytest.raises(config.ConfigurationError, match="MAIL_URL is not set"):
        config.settings()
    monkeypatch.setenv("MAIL_URL", "smtps://udgam:secret@mail.example")
    assert config.settings()["MAIL_URL"] == "smtps://udgam:secret@mail.example"
