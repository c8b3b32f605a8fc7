"""Time stamps are asked for once, looked at from all sides, and never done without."""

import base64
import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, tsp
from flask import Flask

import config
from app.core import clock
from app.signing import sandbox_tsa, timestamp
from app.signing.testca import Authority
from tests.running import free_port, until
from tests.signing.stamps import settings, stamper, stamping

DIGEST = hashlib.sha256(b"what was signed").digest()


def test_a_stamp_is_taken_and_says_when(app: Flask, authority: Authority, tmp_path: Path) -> None:
    """The token names the moment, its authority and the end of its certificate, and can be read again."""
    with stamping(app, authority, tmp_path):
        taken = timestamp.stamp(DIGEST)
        assert abs(taken.time - datetime.now(UTC)) < timedelta(minutes=1)
        assert (taken.authority, taken.ends.year) == ("Test Stamps", (datetime.now(UTC) + timedelta(days=730)).year)
        token = cms.ContentInfo.load(timestamp.token_over(b"what was signed"))
        imprint = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]
        assert imprint["hashed_message"].native == DIGEST


class Wrong(sandbox_tsa.Stamper):
    """Says something else than it was asked; the parts to be changed are given."""

    changes: dict[str, Callable[[Any], Any]]

    def info(self, imprint: Any, nonce: int | None, moment: datetime) -> Any:
        said = super().info(imprint, nonce, moment)
        for name, change in self.changes.items():
            said[name] = change(said[name].native)
        return tsp.TSTInfo.load(said.dump(force=True))


WRONG: dict[str, tuple[dict[str, Callable[[Any], Any]], str]] = {
    "another nonce": ({"nonce": lambda nonce: nonce + 1}, "answers another question"),
    "another document": (
        {"message_imprint": lambda _: {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}},
        "about another document",
    ),
    "a weaker hash": (
        {"message_imprint": lambda _: {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}},
        "about another document",
    ),
    "long ago": ({"gen_time": lambda moment: moment - timedelta(minutes=10)}, "it says .* and it is"),
    "lying ahead": ({"gen_time": lambda moment: moment + timedelta(minutes=10)}, "it says .* and it is"),
    "another policy": ({"policy": lambda _: "1.2.3.4"}, "under another policy"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_stamp_about_something_else_is_not_believed(app: Flask, authority: Authority, tmp_path: Path, name: str) -> None:
    """Nonce, imprint, policy and moment must be those of the question; nothing is written meanwhile, it is asked again."""
    changes, words = WRONG[name]
    liar = Wrong(stamper(authority).key)
    liar.changes = changes
    with stamping(app, authority, tmp_path, liar), settings(app, TSA_POLICY=sandbox_tsa.POLICY):
        with pytest.raises(timestamp.NoTimeStamp, match=f"Waiting for the time stamp: .*{words}") as refusal:
            timestamp.stamp(DIGEST)
        assert refusal.value.seconds > 0
    with stamping(app, authority, tmp_path), settings(app, TSA_POLICY=sandbox_tsa.POLICY):
        assert timestamp.stamp(DIGEST).token


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"usage": "sign"}, "its certificate does not hold|not for time stamps alone"),
        ({"usage": "timestamp and more"}, "not for time stamps alone"),
        ({"usage": "timestamp, not critical"}, "not for time stamps alone"),
        ({"not_before": datetime.now(UTC) - timedelta(days=800)}, "has expired"),
    ],
)
def test_not_everybody_may_stamp(app: Flask, authority: Authority, tmp_path: Path, profile: dict[str, Any], words: str) -> None:
    """A certificate for signing, for several purposes, with the purpose not critical, or at its end stamps nothing."""
    with stamping(app, authority, tmp_path, stamper(authority, **profile)), pytest.raises(timestamp.NoTimeStamp, match=words):
        timestamp.stamp(DIGEST)


def test_only_trusted_authorities_stamp(app: Flask, authority: Authority, rogue: Authority, tmp_path: Path) -> None:
    """An authority of the same name, a revoked certificate, and in production one for tests."""
    with stamping(app, authority, tmp_path, stamper(rogue)):
        assert "not issued under a trusted authority" in _why()
    revoked = stamper(authority)
    lists = tmp_path / "lists"
    lists.mkdir()
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(revoked.key.certificate) + b"-----END CERTIFICATE-----\n"
    (lists / "issuing.crl").write_bytes(authority.crl([pem], now=datetime.now(UTC) - timedelta(hours=1)))
    with stamping(app, authority, tmp_path, revoked), settings(app, CRL_FOLDER=str(lists)):
        assert "revoked" in _why()
    with stamping(app, authority, tmp_path), settings(app, UDGAM_ENV="production"):
        assert "one for tests" in _why()


class Odd(BaseHTTPRequestHandler):
    """A server that answers each question in the way its path says."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        said = self.headers.get("Authorization", "")
        status, body = {
            "/500": (500, b""), "/401": (200 if said == "Basic YTpi" else 401, b"junk"), "/empty": (200, b""),
            "/junk": (200, b"\x30\x03\x02\x01\x07"), "/away": (302, b""), "/no": (200, timestamp.Response({"status": {"status": "rejection"}}).dump()),
        }[self.path]  # fmt: skip
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def odd() -> Any:
    """That server's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_authority_that_is_away_is_waited_for(app: Flask, odd: str) -> None:
    """No address, nobody there, an error, a redirection, junk: each has its reason, and each is a wait."""
    for address, words in (
        (f"{odd}/no", "says rejection"),
        ("", "the operator sets TSA_URL"),
        (f"http://127.0.0.1:{free_port()}", "does not answer"),
        (f"{odd}/500", "answers 500"),
        (f"{odd}/401", "answers 401"),
        (f"{odd}/away", "answers 302"),
        (f"{odd}/empty", "cannot be read"),
        (f"{odd}/junk", "cannot be read"),
    ):
        with settings(app, TSA_URL=address), pytest.raises(timestamp.NoTimeStamp, match=words):
            timestamp.stamp(DIGEST)
    with settings(app, TSA_URL=f"{odd}/401", TSA_CREDENTIALS="a:b"), pytest.raises(timestamp.NoTimeStamp, match="cannot be read"):
        timestamp.stamp(DIGEST)  # let in, and then not understood


def test_the_sandbox_refuses_what_it_does_not_know(authority: Authority) -> None:
    """SHA-1 and junk get a refusal in the words of RFC 3161."""
    old = {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}
    for query in (b"", b"junk", tsp.TimeStampReq({"version": "v1", "message_imprint": old}).dump()):
        said = timestamp.Response.load(stamper(authority).answer(query, datetime.now(UTC)))
        assert said["status"]["status"].native == "rejection"


def test_openssl_accepts_the_sandbox_s_stamps(app: Flask, authority: Authority, tmp_path: Path) -> None:
    """A third program's opinion on the form of our own test authority."""
    with stamping(app, authority, tmp_path):
        (tmp_path / "token").write_bytes(timestamp.stamp(DIGEST).token)
    command = f"openssl ts -verify -digest {DIGEST.hex()} -token_in -in token -CAfile roots.pem"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert "Verification: OK" in done.stdout + done.stderr


@pytest.mark.slow
def test_the_sandbox_is_a_program_of_its_own_and_refuses_production(tmp_path: Path, app: Flask, authority: Authority) -> None:
    """Started as run.py does it: its key is made under the authority in the folder when the first question comes."""
    port = free_port()
    words = [sys.executable, "-m", "app.signing.sandbox_tsa", "--port", str(port)]
    home = {"PATH": "/usr/bin:/bin", "UDGAM_HOME": str(tmp_path)}
    refused = subprocess.run(words, cwd=config.ROOT, env=home | {"UDGAM_ENV": "production"}, capture_output=True, text=True)
    assert (refused.returncode, "demo only" in refused.stderr) == (1, True)
    process = subprocess.Popen(words, cwd=config.ROOT, env=home)
    try:
        there = settings(app, TSA_URL=f"http://127.0.0.1:{port}", TSA_ROOTS=str(tmp_path / "roots.pem"))
        (tmp_path / "roots.pem").write_bytes(authority.roots_pem)
        with there:
            assert until(lambda: _why() == "Waiting for the time stamp: the time-stamping authority answers 503.", 120)
            authority.save(tmp_path / "keys" / "authority")
            assert timestamp.stamp(DIGEST).authority == sandbox_tsa.NAME
            with clock.travel(datetime.now(UTC) - timedelta(days=200)):  # the demonstration's months
                assert abs(timestamp.stamp(DIGEST).time - clock.now()) < timedelta(minutes=1)
        assert (tmp_path / "keys" / "time_stamps.p12").stat().st_mode & 0o077 == 0
    finally:
        process.terminate()
        process.wait(5)


def _why() -> str:
    try:
        timestamp.stamp(DIGEST)
    except timestamp.NoTimeStamp as waiting:
        return waiting.sentence
    return ""
