"""An Aadhaar e-sign provider for the demonstration and the tests: eSign 2.1 as real ones speak it, and people who are nobody.

`python -m app.signing.sandbox_esign --port 8084 --folder FOLDER --people FILE --back http://127.0.0.1:8080/esign/back`
It is a program of its own and knows nothing of Udgam but the words they exchange. In the folder it keeps its authority, and
puts there what a provider gives its customer: `root.pem`, `response.pem`, and the customer's own key, `asp.pem`. The people
come from a file: `{"otp": "…", "people": [{"number", "name"}]}`. What it refuses is what real ones refuse; its codes begin
with SBX. A number somebody chooses stays in memory for as long as the page is open, and is told to nobody.
"""

import argparse
import base64
import hmac
import json
import secrets
import sys
import threading
import urllib.parse
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

import config
from app.signing import sandbox_esign_pages as pages
from app.signing.sandbox_esign_keys import Keys, keys_in

MOST_BYTES, MOST_KNOWN, TRIES = 64 * 1024, 10_000, 3
WINDOW, PATIENCE = timedelta(minutes=10), timedelta(minutes=10)
INDIA = timezone(timedelta(hours=5, minutes=30))
CANCELLED = ("SBX-CANCEL", "The signer cancelled the signature.")
LATE = ("SBX-OTP-LATE", "The one-time password has expired.")
WRONG = ("SBX-OTP-WRONG", "The one-time password was wrong three times.")


class Unanswered(Exception):
    """A request nobody is sent back from: code and sentence."""


@dataclass
class Asked:
    """A request that was taken, and the person who has not decided yet."""

    txn: str
    sha256: str
    about: str
    answer_to: str
    until: datetime
    wrong: int = 0
    answer: bytes = b""


@dataclass
class Provider:
    """Who may ask, who may sign, and what is under way; one lock for all of it."""

    keys: Keys
    back: str
    people: list[dict[str, str]]
    otp: str
    asp_id: str = "UDGAM-SANDBOX"
    patience: timedelta = PATIENCE
    known: dict[str, Asked] = field(default_factory=dict)  # by the secret in the page's address
    used: set[str] = field(default_factory=set)  # every txn there ever was
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, raw: bytes) -> str:
        """Look at a request; the address of its page. Unanswered with code and sentence when it will not do."""
        root = self._believed(raw)
        moment = _moment(root.get("ts", ""))
        hashes = root.findall("./Docs/InputHash")
        faults = (
            ("SBX-VER", "This provider speaks version 2.1.", root.tag != "Esign" or root.get("ver") != "2.1"),
            ("SBX-902", "This customer is not known here.", root.get("aspId") != self.asp_id),
            ("SBX-CONSENT", "The signer's consent is missing.", root.get("sc") != "Y"),
            ("SBX-901", "Only a one-time password is offered here.", root.get("AuthMode") != "1"),
            ("SBX-EKYC", "The Aadhaar number is asked for here and nowhere else.", root.get("ekycId", "") != ""),
            ("SBX-907", "The request is too old, or its clock is wrong.", abs(datetime.now(UTC) - moment) > WINDOW),
            ("SBX-905", "One hash, by SHA-256, is signed at a time.", len(hashes) != 1 or not _is_hash(hashes[0])),
            ("SBX-TYPE", "This provider answers with a PKCS#7.", root.get("responseSigType") != "pkcs7"),
            ("SBX-URL", "This is not the agreed address to answer to.", root.get("responseUrl") != self.back),
            ("SBX-909", "The request has no name.", not 8 <= len(root.get("txn", "")) <= 50),
        )
        for code, sentence, fault in faults:
            if fault:
                raise Unanswered(code, sentence)
        return self._begun(root, hashes[0])

    def _begun(self, root: Any, wanted: Any) -> str:
        txn = root.get("txn")
        with self.lock:
            if txn in self.used or len(self.used) >= MOST_KNOWN:
                raise Unanswered("SBX-910", "This request was made before. Begin again where you came from.")
            self.used.add(txn)
            place = secrets.token_urlsafe(24)
            until = datetime.now(UTC) + self.patience
            self.known[place] = Asked(txn, wanted.text, wanted.get("docInfo", ""), root.get("responseUrl"), until)
        return place

    def _believed(self, raw: bytes) -> Any:
        """The request, once our customer's signature is seen to cover all of it."""
        expected = SignatureConfiguration(
            location="./", expect_references=1, signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
            digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        )  # fmt: skip
        try:
            found: Any = XMLVerifier().verify(raw, x509_cert=self.keys.customer.certificate, expect_config=expected)
        except (SignXMLException, InvalidSignature, etree.LxmlError, ValueError) as error:
            raise Unanswered("SBX-911", "The request's signature does not verify.") from error
        return found.signed_xml

    def decide(self, asked: Asked, said: dict[str, str]) -> str:
        """The person pressed a button: the sentence why the page comes again, or "" and the answer is in `asked`."""
        with self.lock:
            if asked.answer:  # pressed twice: the same answer once more
                return ""
            person = next((each for each in self.people if each["number"] == said.get("number")), None)
            if said.get("do") == "cancel":
                asked.answer = self.refused(asked, *CANCELLED)
            elif datetime.now(UTC) >= asked.until:
                asked.answer = self.refused(asked, *LATE)
            elif person is None:
                return "Choose somebody."
            elif said.get("consent") != "yes":
                return "Without your consent nothing is signed: tick the box."
            elif not hmac.compare_digest(said.get("otp", "").encode(), self.otp.encode()):
                asked.wrong += 1
                if asked.wrong < TRIES:
                    return "The one-time password is not right."
                asked.answer = self.refused(asked, *WRONG)
            else:
                asked.answer = self.signed(asked, person["name"])
        return ""

    def signed(self, asked: Asked, name: str) -> bytes:
        """The answer with a signature."""
        holder = self.keys.signer(name)
        pkcs7 = self.keys.pkcs7(holder, bytes.fromhex(asked.sha256))
        root = self._answer(asked, "1", "NA", "NA")
        certificate = base64.b64encode(holder.certificate.public_bytes(Encoding.DER)).decode()
        etree.SubElement(root, "UserX509Certificate").text = certificate
        one = etree.SubElement(
            etree.SubElement(root, "Signatures"), "DocSignature", id="1", sigHashAlgorithm="SHA256", error="NA"
        )
        one.text = base64.b64encode(pkcs7).decode()
        return self.sealed(root)

    def refused(self, asked: Asked, code: str, message: str) -> bytes:
        """The answer without one."""
        return self.sealed(self._answer(asked, "0", code, message))

    def _answer(self, asked: Asked, status: str, code: str, message: str) -> Any:
        now = f"{datetime.now(INDIA):%Y-%m-%dT%H:%M:%S}"
        return etree.Element(
            "EsignResp", errCode=code, errMsg=message, resCode=secrets.token_hex(16), status=status, ts=now, txn=asked.txn
        )

    def sealed(self, root: Any) -> bytes:
        """Signed as answers are: the whole, by the provider's own certificate."""
        signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0)
        return bytes(etree.tostring(signer.sign(root, key=self.keys.response.key, cert=[self.keys.response.certificate])))


def _moment(text: str) -> datetime:
    """The clock of a request, which is India's; the beginning of time when it is none."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=INDIA)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _is_hash(wanted: Any) -> bool:
    text = wanted.text or ""
    return wanted.get("hashAlgorithm") == "SHA256" and len(text) == 64 and not set(text) - set("0123456789abcdef")


class Counter(BaseHTTPRequestHandler):
    """What programs ask, and the page on which a person signs."""

    provider: Provider
    timeout = 20
    server_version, sys_version = "sandbox", ""

    def do_GET(self) -> None:
        """The page of one request."""
        asked = self.provider.known.get(self.path.removeprefix("/sign/"))
        if self.path == "/":
            return self.answer(200, pages.page("Sandbox", "<h1>The sandbox is open</h1>"))
        if asked is None:
            return self.answer(404, pages.sorry("Nothing here", "Begin again where you came from."))
        return self.show(asked, "", "")

    def do_POST(self) -> None:
        """A request out of a browser's form, or a person's decision."""
        size = self.headers.get("Content-Length", "")
        if not size.isdigit() or int(size) > MOST_BYTES:
            self.close_connection = True
            return self.answer(413, pages.sorry("Too large", "This is no request for a signature."))
        said = _fields(self.rfile.read(int(size)).decode(errors="replace"))
        if self.path == "/esign":
            return self.take(said)
        asked = self.provider.known.get(self.path.removeprefix("/sign/"))
        if asked is None:
            return self.answer(404, pages.sorry("Nothing here", "Begin again where you came from."))
        wrong = self.provider.decide(asked, said)
        if wrong:
            return self.show(asked, said.get("number", ""), wrong)
        return self.answer(200, pages.back(asked.answer_to, asked.answer.decode(), asked.txn))

    def take(self, said: dict[str, str]) -> None:
        """A request: on to its page, or why not."""
        try:
            place = self.provider.take(said.get("eSignRequest", "").encode())
        except Unanswered as refusal:
            code, sentence = refusal.args
            return self.answer(400, pages.sorry("Nothing was signed", sentence, code))
        self.send_response(303)
        self.send_header("Location", f"/sign/{place}")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def show(self, asked: Asked, chosen: str, wrong: str) -> None:
        """The page of a request."""
        people, otp = self.provider.people, self.provider.otp
        self.answer(401 if wrong else 200, pages.sign(asked.about, asked.sha256, people, otp, chosen, wrong))

    def answer(self, status: int, body: bytes) -> None:
        """A page; whatever is answered is not kept."""
        self.send_response(status)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: who signs what is nobody's business."""


def _fields(text: str) -> dict[str, str]:
    """The first of each field of a form."""
    return {name: values[0] for name, values in urllib.parse.parse_qs(text, keep_blank_values=True).items()}


def server_of(provider: Provider, port: int = 0, counter: type[Counter] = Counter) -> ThreadingHTTPServer:
    """A server for this provider on this machine; port 0 is any that is free."""
    server = ThreadingHTTPServer(("127.0.0.1", port), type("OurCounter", (counter,), {"provider": provider}))
    server.daemon_threads = True
    return server


def main() -> None:
    """Serve on this machine until ended."""
    given = argparse.ArgumentParser(description="E-signatures without legal effect.")
    given.add_argument("--port", type=int, required=True)
    given.add_argument("--folder", type=Path, required=True)
    given.add_argument("--people", type=Path, required=True)
    given.add_argument("--back", required=True)
    chosen = given.parse_args()
    if config.env("UDGAM_ENV", config.DEMO) == config.PRODUCTION:
        sys.exit("The sandbox of e-signing is for the demo only: name a licensed provider in ESIGN_URL.")
    people = json.loads(chosen.people.read_text())
    server_of(Provider(keys_in(chosen.folder), chosen.back, people["people"], people["otp"]), chosen.port).serve_forever()


if __name__ == "__main__":
    main()
