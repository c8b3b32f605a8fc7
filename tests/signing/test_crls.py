"""Lists of revoked certificates come from our addresses only, are looked at before use, and make themselves heard when stale."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.infra import queue
from app.notices.models import Notice
from app.signing import crls, jobs, trust
from app.signing.models import RevocationSource
from app.signing.testca import Authority
from tests.signing.stamps import settings

LISTS: dict[str, Any] = {}
ASKED: list[str] = []


class Shelf(BaseHTTPRequestHandler):
    """Serves what LISTS has under a path: bytes, a status, or a slow trickle."""

    def do_GET(self) -> None:
        ASKED.append(self.path)
        found = LISTS.get(self.path, 404)
        status, body = (found, b"") if isinstance(found, int) else (200, found)
        self.send_response(status)
        self.send_header("Location", "/issuing.crl")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for byte in body if self.path == "/slow" else ():
            time.sleep(0.05)
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
        if self.path != "/slow":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def shelf(app: Flask, authority: Authority, tmp_path: Path) -> Iterator[str]:
    """The server's address, with our authority trusted and an empty folder of lists."""
    LISTS.clear()
    ASKED.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    (tmp_path / "roots.pem").write_bytes(authority.roots_pem)
    (tmp_path / "chain.pem").write_bytes(authority.chain_pem)
    trusting = {"TRUST_ROOTS": str(tmp_path / "roots.pem"), "TRUST_CHAIN": str(tmp_path / "chain.pem")}
    address = f"http://127.0.0.1:{server.server_port}"
    with settings(app, SOFT_SIGNER=False, CRL_FOLDER=str(tmp_path / "crls"), CRL_URLS=f"{address}/issuing.crl", **trusting):
        yield address
    server.shutdown()
    server.server_close()
    thread.join()


def run(session: Any) -> None:
    """One round of the job."""
    job = queue.promise(session, jobs.LISTS, f"lists:{time.monotonic_ns()}")
    session.commit()
    queue.run_job(job.id)
    session.expire_all()


def row(session: Any) -> RevocationSource:
    """The one address."""
    found: RevocationSource = session.scalars(select(RevocationSource)).one()
    return found


def test_a_list_is_fetched_kept_and_used(session: Any, shelf: str, authority: Authority, make_holder: Any) -> None:
    """The job asks our address, keeps what it got, and from then on the certificate on it is known as revoked."""
    holder = make_holder(*authority.issue("Asha Rao", "Federation"))
    LISTS["/issuing.crl"] = authority.crl([holder.certificate])
    assert trust.lists() == []
    run(session)
    assert [each.names(trust.loaded(holder.certificate)) for each in trust.lists()] == [True]
    found = row(session)
    assert (found.error, ASKED) == ("", ["/issuing.crl"])
    assert found.next_update is not None
    assert found.next_update > clock.now() + timedelta(days=6)
    run(session)
    assert len(trust.lists()) == 1


def test_what_does_not_hold_is_not_taken(session: Any, shelf: str, app: Flask, authority: Authority, rogue: Authority) -> None:
    """Another authority's, junk, out of its time, older than ours, an error, a redirection: the good list stays, and why is kept."""
    now = datetime.now(UTC)
    LISTS["/issuing.crl"] = good = authority.crl()
    run(session)
    for wrong, words in (
        (rogue.crl(), "not signed by an authority known here"),
        (b"junk", "no list"),
        (b"", "no list"),
        (good[:-1] + bytes([good[-1] ^ 1]), "not signed by an authority known here"),
        (authority.crl(now=now - timedelta(days=9)), "out of its time"),
        (authority.crl(now=now + timedelta(days=1)), "out of its time"),
        (authority.crl(now=now - timedelta(days=2)), "older than the one that is kept"),
        (404, "answers 404"),
        (302, "answers 302"),
    ):
        LISTS["/issuing.crl"] = wrong
        run(session)
        assert words in row(session).error
        assert [each.der for each in trust.lists()] == [good]
    with settings(app, CRL_URLS=""):
        run(session)
    assert session.scalars(select(RevocationSource)).all() == []


def test_size_and_time_are_limited(shelf: str, authority: Authority) -> None:
    """A list that does not end, or comes a byte at a time, is given up."""
    LISTS["/issuing.crl"] = LISTS["/slow"] = authority.crl()
    with pytest.raises(crls.Refused, match="more than 100 bytes"):
        crls.fetch(f"{shelf}/issuing.crl", largest=100)
    with pytest.raises(crls.Refused, match="did not come within"):
        crls.fetch(f"{shelf}/slow", seconds=0.5)
    with pytest.raises(crls.Refused, match="does not answer"):
        crls.fetch("http://127.0.0.1:9/")


def test_supervisors_hear_of_a_stale_list_once_a_day(session: Any, client: Any, shelf: str, authority: Authority) -> None:
    """While it is out of its time: once, again the next day, and not any more once a fresh one came; /metrics shows it."""
    heard = select(Notice).where(Notice.text.contains(shelf))
    LISTS["/issuing.crl"] = authority.crl(days=1)
    run(session)
    assert 'udgam_revocation_list_seconds_left{url="' in client.get("/metrics").text
    LISTS["/issuing.crl"] = 500
    moment = clock.now() + timedelta(days=2)
    for hours, notices in ((0, 1), (1, 1), (25, 2)):
        with clock.travel(moment + timedelta(hours=hours)):
            run(session)
        assert len(session.scalars(heard).all()) == notices
    assert "out of date since" in session.scalars(heard).first().text
    LISTS["/issuing.crl"] = authority.crl(days=30)
    run(session)
    assert (row(session).error, row(session).told_at, len(session.scalars(heard).all())) == ("", None, 2)


def test_the_demonstration_publishes_its_own(session: Any, app: Flask, tmp_path: Path) -> None:
    """On a demo machine the lists of its own authority are there without any address."""
    with settings(app, CRL_FOLDER=str(tmp_path), CRL_URLS=""):
        run(session)
        assert len(trust.lists()) == 2
