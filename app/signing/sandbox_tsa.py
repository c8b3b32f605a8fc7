"""A time-stamping authority for the demonstration and the tests (RFC 3161); its stamps say TEST and have no legal effect.

`python -m app.signing.sandbox_tsa --port 8082`: a program of its own, which knows of Udgam only the folder of the
demonstration's keys, where its own certificate is kept under the demonstration's authority. Production refuses it, and
refuses its stamps. To whoever asks it names the time of this machine; the demonstration, which lives months in a minute,
may name another moment in the header X-Sandbox-Moment.
"""

import argparse
import hashlib
import os
import secrets
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from asn1crypto import algos, cms, tsp, x509
from flask import current_app

import config
from app.core.errors import BusinessError
from app.infra.settings import setting
from app.signing import testca
from app.signing.payload import OpenKey, open_p12, sign_bytes
from app.signing.timestamp import MOMENT, QUERY, Response

POLICY = "2.25.207405313960138425226"  # a number out of a UUID, as anybody may make one; it promises nothing
REPLY = "application/timestamp-reply"
MOST_BYTES = 8 * 1024
PAST, FUTURE = timedelta(days=1500), timedelta(days=1800)  # what is in between may be stamped with one certificate
NAME = "Udgam Sandbox Time Stamps"


class Stamper:
    """One key that stamps; tests change what it says."""

    def __init__(self, key: OpenKey, policy: str = POLICY) -> None:
        self.key, self.policy = key, policy

    def answer(self, query: bytes, moment: datetime) -> bytes:
        """The answer (DER) to a question (DER): a token, or a refusal."""
        try:
            asked = tsp.TimeStampReq.load(query, strict=True)
            imprint, nonce = asked["message_imprint"], asked["nonce"].native
            known = imprint["hash_algorithm"]["algorithm"].native in {"sha256", "sha384", "sha512"}
            info = self.info(imprint, nonce, moment) if known else None
        except (ValueError, TypeError):
            info = None
        if info is None:
            refused = {"status": "rejection", "fail_info": {"bad_alg"}, "status_string": ["no such hash is stamped here"]}
            return bytes(Response({"status": refused}).dump())
        return bytes(Response({"status": {"status": "granted"}, "time_stamp_token": self.token(info)}).dump())

    def info(self, imprint: Any, nonce: int | None, moment: datetime) -> Any:
        """What is said: this hash was seen at this moment."""
        said = {"version": "v1", "policy": self.policy, "message_imprint": imprint, "serial_number": secrets.randbits(63)}
        return tsp.TSTInfo(said | {"gen_time": moment.replace(microsecond=0)} | ({} if nonce is None else {"nonce": nonce}))

    def token(self, info: Any) -> Any:
        """The signed form of what is said, with our certificate and those above it."""
        certificate, content = x509.Certificate.load(self.key.certificate), info.dump()
        binding = {"certs": [{"cert_hash": hashlib.sha256(self.key.certificate).digest()}]}
        attributes = cms.CMSAttributes([
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [binding]}),
        ])  # fmt: skip
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        kind = "sha256_rsa" if certificate.public_key.algorithm == "rsa" else "sha256_ecdsa"
        signer = {
            "version": "v1", "digest_algorithm": sha256, "signed_attrs": attributes,
            "sid": {"issuer_and_serial_number": {"issuer": certificate.issuer, "serial_number": certificate.serial_number}},
            "signature_algorithm": {"algorithm": kind}, "signature": sign_bytes(self.key.key, attributes.dump()),
        }  # fmt: skip
        signed = cms.SignedData({
            "version": "v3", "digest_algorithms": [sha256], "signer_infos": [signer],
            "encap_content_info": cms.EncapsulatedContentInfo(
                {"content_type": "tst_info", "content": cms.ParsableOctetString(content)}
            ),
            "certificates": [certificate, *(x509.Certificate.load(above) for above in self.key.chain)],
        })  # fmt: skip
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})


def stamper_of(keys: Path) -> Stamper:
    """The stamper whose key is in this folder, made under the demonstration's authority the first time."""
    kept = keys / "time_stamps.p12"
    if not kept.exists():
        authority = testca.load(keys / "authority")
        start = datetime.now(UTC) - PAST
        p12, _ = authority.issue(NAME, testca.WARNING, usage="timestamp", not_before=start, days=(PAST + FUTURE).days)
        fresh = kept.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(p12)
        fresh.replace(kept)
    return Stamper(open_p12(kept.read_bytes(), testca.PASSPHRASE))


class Desk(BaseHTTPRequestHandler):
    """Takes questions; the key is looked for when the first one comes, because the demonstration makes it meanwhile."""

    keys: Path
    stamper: Stamper | None = None
    timeout = 10
    server_version, sys_version = "sandbox", ""

    def do_POST(self) -> None:
        """A question."""
        size = self.headers.get("Content-Length", "")
        if not size.isdigit() or int(size) > MOST_BYTES or self.headers.get("Content-Type") != QUERY:
            self.close_connection = True
            return self.say(400, b"")
        query = self.rfile.read(int(size))
        try:
            said = self.headers.get(MOMENT)
            moment = datetime.fromisoformat(said).astimezone(UTC) if said else datetime.now(UTC)
            if type(self).stamper is None:
                type(self).stamper = stamper_of(self.keys)
        except ValueError:
            return self.say(400, b"")
        except (BusinessError, OSError):
            return self.say(503, b"")
        assert self.stamper is not None  # noqa: S101  just made
        return self.say(200, self.stamper.answer(query, moment))

    def do_GET(self) -> None:
        """That somebody is here."""
        self.say(200, b"The sandbox of time stamps is open.", "text/plain")

    def say(self, status: int, body: bytes, kind: str = REPLY) -> None:
        """An answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: who asked keeps the stamp."""


def server_of(keys: Path, port: int = 0, host: str = "127.0.0.1", stamper: Stamper | None = None) -> ThreadingHTTPServer:
    """A server that stamps with the key of this folder, or with the stamper given."""
    return ThreadingHTTPServer((host, port), type("OurDesk", (Desk,), {"keys": keys, "stamper": stamper}))


@contextmanager
def open_desk(keys: Path, stamper: Stamper | None = None) -> Iterator[str]:
    """The same within this process, for as long as the block lasts; the address."""
    server = server_of(keys, stamper=stamper)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def at_hand() -> Iterator[None]:
    """For a demonstration without its other processes: when nobody answers at TSA_URL, this process stamps itself."""
    address = str(setting("TSA_URL"))
    if setting("UDGAM_ENV") != config.DEMO or urlsplit(address).hostname != "127.0.0.1" or _answers(address):
        yield
        return
    with open_desk(setting("KEYS")) as here:
        current_app.config["TSA_URL"] = here
        try:
            yield
        finally:
            current_app.config["TSA_URL"] = address


def _answers(address: str) -> bool:
    """Whether somebody listens there; an authority that is named but away is not replaced by us."""
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=2).close()
    except urllib.error.HTTPError as refusal:
        refusal.close()
    except OSError:
        return False
    return True


def main() -> None:
    """Serve until ended."""
    given = argparse.ArgumentParser(description="Time stamps without legal effect.")
    given.add_argument("--port", type=int, required=True)
    given.add_argument("--host", default="127.0.0.1")
    given.add_argument("--keys", type=Path, default=None, help="the folder of the demonstration's keys")
    chosen = given.parse_args()
    if config.env("UDGAM_ENV", config.DEMO) == config.PRODUCTION:
        sys.exit("The sandbox of time stamps is for the demo only: name a licensed authority in TSA_URL.")
    server_of(chosen.keys or config.keys(config.home()), chosen.port, chosen.host).serve_forever()


if __name__ == "__main__":
    main()
