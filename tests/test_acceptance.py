"""The real thing from outside: filed over HTTP, signed, verified by strangers' programs, killed, and whole all the same."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from redis import Redis
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

import config
from app.core.certificate_number import parse
from app.signing.judge import judge
from tests import factories
from tests.people import CLERK, EXPORTER, OFFICER, PASSWORD
from tests.running import GONE, READY, environment, family, healthy, servers, start, until, workers

SAMPLES = config.ROOT.parent / "shared" / "samples"
ISSUED_WITHIN = 15.0  # seconds from approval
RESUMED_WITHIN = 120.0  # seconds after everybody was killed, on a busy machine as well
IN_FLIGHT = 5
JSON = {"Accept": "application/json"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.servers,
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at processes through /proc"),
]


class Person:
    """Somebody of the demonstration with an HTTP client."""

    def __init__(self, base: str, email: str = "") -> None:
        self.base, self.headers = base, dict(JSON)
        if email:
            asked = {"username": email, "password": PASSWORD, "provider": "db", "refresh": True}
            token = self.send("/api/v1/security/login", asked)["access_token"]
            self.headers["Authorization"] = f"Bearer {token}"

    def fetch(self, path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
        """The answer's bytes; whatever is not good is raised with its sentence."""
        asked = urllib.request.Request(self.base + path, body, self.headers | {"Content-Type": kind})
        try:
            with urllib.request.urlopen(asked, timeout=90) as answer:
                return bytes(answer.read())
        except HTTPError as refusal:
            raise AssertionError(f"{path}: {refusal.code} {refusal.read().decode()}") from refusal

    def get(self, path: str) -> Any:
        return json.loads(self.fetch(path))

    def send(self, path: str, body: Any) -> Any:
        return json.loads(self.fetch(path, json.dumps(body).encode()))

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> Any:
        file = FileStorage(io.BytesIO(content), name, content_type="application/pdf")
        boundary, body = encode_multipart(fields | {"file": file})
        return json.loads(self.fetch(path, body, f"multipart/form-data; boundary={boundary}"))


class House:
    """One run of Udgam with its people."""

    def __init__(self, surroundings: dict[str, str]) -> None:
        self.surroundings, self.base = surroundings, f"http://127.0.0.1:{surroundings['PORT']}"
        self.home = Path(surroundings["UDGAM_HOME"])
        self.stranger = Person(self.base)
        self.exporter, self.clerk, self.officer = (Person(self.base, who) for who in (EXPORTER, CLERK, OFFICER))

    def on_the_desk(self, filing: dict[str, Any]) -> int:
        """Filed with its two papers by the clerk, submitted by the exporter, taken up by the officer; its id."""
        pk = int(self.clerk.send("/api/v1/applications/", filing)["id"])
        for kind in ("INVOICE", "PACKING_LIST"):
            self.clerk.upload(f"/api/v1/applications/{pk}/attachments", f"{kind}.pdf", factories.pdf(kind), kind=kind)
        self.exporter.send(f"/api/v1/applications/{pk}/submit", {})
        self.officer.send(f"/api/v1/applications/{pk}/take_up", {})
        return pk

    def approve(self, pk: int) -> None:
        told = self.officer.send(f"/api/v1/applications/{pk}/approve", {"origin_criteria_checked": True})
        assert told["result"]["status"] == "SIGNING"

    def application(self, pk: int) -> dict[str, Any]:
        return dict(self.exporter.get(f"/api/v1/applications/{pk}")["result"])

    def is_issued(self, pk: int) -> bool:
        return bool(self.application(pk)["status"] == "ISSUED")

    def certificate(self, pk: int) -> dict[str, Any]:
        return dict(self.exporter.get(f"/api/v1/certificates/{self.application(pk)['certificate_id']}")["result"])

    def wallet(self) -> tuple[int, int]:
        row = self.exporter.get("/api/v1/wallets/")["result"][0]
        return row["balance_paise"], row["held_paise"]

    def fees(self, pk: int) -> list[int]:
        """What the agency earned for this application, entry by entry, in the books of the firm."""
        asked = f"(filters:!((col:application_id,opr:eq,value:{pk}),(col:kind,opr:eq,value:FEE)))"
        rows = self.exporter.get(f"/api/v1/ledger/?q={asked}")["result"]
        return [row["amount_paise"] for row in rows]

    def verdict(self, path: str) -> str:
        return str(self.stranger.get(path)["verdict"])

    def verdict_of_file(self, content: bytes) -> str:
        return str(self.stranger.upload("/verify", "certificate.pdf", content)["verdict"])

    def command(self, name: str) -> str:
        """A command of the operator; it must find nothing wrong."""
        told = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "udgam", name],
            cwd=config.ROOT, env=self.surroundings, capture_output=True, text=True, timeout=3600,
        )  # fmt: skip
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    def log(self) -> str:
        return Path(f"{self.home}.log").read_text()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Udgam as `python run.py` starts it; a worker's death is noticed after eight seconds instead of sixty."""
    surroundings = environment(tmp_path_factory.mktemp("acceptance") / "home")
    surroundings |= {"UDGAM_WORKERS": "2", "JOB_LEASE_SECONDS": "8"}
    with servers() as addresses:
        yield from _running(surroundings | addresses)


def _running(surroundings: dict[str, str]) -> Iterator[House]:
    process = start(surroundings)
    try:
        assert until(lambda: process.poll() is not None or healthy(surroundings), READY)
        assert process.poll() is None, Path(surroundings["UDGAM_HOME"] + ".log").read_text()
        yield House(surroundings)
        process.terminate()
        assert process.wait(GONE) == 0
        assert family(surroundings) == {}
    finally:
        process.kill()
        process.wait()


def filings() -> dict[str, dict[str, Any]]:
    """The three samples where they lie beside the repository, else filings like them."""
    if SAMPLES.is_dir():
        return {path.stem: json.loads(path.read_text()) for path in sorted(SAMPLES.glob("*.json"))}
    line = factories.FILING["items"][0]
    lines = [line | {"description": f"Gate valve, cast steel, size {number}"} for number in range(1, 121)]
    return {
        "textiles": factories.filing(),
        "back-to-back": factories.filing(kind="BACK_TO_BACK"),
        "120 lines": factories.filing(items=lines),
    }


@pytest.mark.parametrize("name", filings())
def test_a_filing_becomes_a_certificate_that_strangers_accept(house: House, name: str, tmp_path: Path) -> None:
    """Issued within 15 seconds; four programs that are not ours find file and signature whole; one byte more is not."""
    filing = filings()[name]
    pk = house.on_the_desk(filing)
    house.approve(pk)
    assert until(lambda: house.is_issued(pk), ISSUED_WITHIN), house.application(pk)
    certificate = house.certificate(pk)
    file = house.exporter.fetch(f"/api/v1/certificates/{certificate['id']}/pdf")
    path = tmp_path / "certificate.pdf"
    path.write_bytes(file)
    strangers_accept(house, path, certificate)
    words = printed(path)
    for expected in ("NON-PREFERENTIAL", certificate["number"], *(item["description"] for item in filing["items"])):
        assert "".join(expected.split()) in words, expected

    token = certificate["verify_url"].rsplit("/", 1)[1]
    assert house.verdict(f"/verify/{token}") == "VALID"
    assert house.verdict(f"/verify?number={certificate['number']}") == "VALID"
    assert house.verdict_of_file(file) == "VALID"
    middle = len(file) // 2
    altered = file[:middle] + bytes([file[middle] ^ 1]) + file[middle + 1 :]
    assert house.verdict_of_file(altered) in {"ALTERED", "UNKNOWN"}
    assert house.verdict_of_file(file + b"\n") in {"ALTERED", "UNKNOWN"}


def strangers_accept(house: House, path: Path, certificate: dict[str, Any]) -> None:
    """qpdf finds no fault in the file, Poppler and pyHanko none in its signature."""
    whole = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    told = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert certificate["officer_name"] in told
    roots = [(house.home / "keys" / "roots.pem").read_bytes()]
    assert judge(path.read_bytes(), roots, certificate["dsc_sha256"]).ok


def printed(path: Path) -> str:
    """Everything printed, without its spaces: a line that was broken is still there."""
    told = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    raw = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return re.sub(r"\s", "", told) + re.sub(r"\s", "", raw)


def test_killed_emptied_and_restarted_nothing_is_lost_and_nothing_doubled(house: House) -> None:
    """Every worker killed with five certificates in flight, the queue emptied, the web server killed as well."""
    balance, held = house.wallet()
    pks = [house.on_the_desk(factories.filing(vessel_flight=f"VESSEL {number}")) for number in range(IN_FLIGHT)]
    assert house.wallet() == (balance, held + IN_FLIGHT * 20_000)
    for pk in pks:
        house.approve(pk)
    killed = set(workers(house.surroundings))
    for pid in killed:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    embedded = f"unix://{house.home / 'queue' / 'valkey.sock'}"
    with Redis.from_url(house.surroundings.get("REDIS_URL", embedded)) as server:
        server.flushdb()
    web = {pid for pid, command in family(house.surroundings).items() if "gunicorn" in command}
    for pid in web:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert killed
    assert web

    assert until(lambda: healthy(house.surroundings), READY)
    assert until(lambda: all(house.is_issued(pk) for pk in pks), RESUMED_WITHIN), [house.application(pk) for pk in pks]
    assert not killed & set(workers(house.surroundings))
    certificates = [house.certificate(pk) for pk in pks]
    sequences = [parse(row["number"]).sequence for row in certificates]
    assert sequences == sorted(set(sequences)), "in the order of their approval"
    assert [house.fees(pk) for pk in pks] == [[-20_000]] * IN_FLIGHT
    assert house.wallet() == (balance - IN_FLIGHT * 20_000, held)
    for row in certificates:
        file = house.exporter.fetch(f"/api/v1/certificates/{row['id']}/pdf")
        assert house.verdict_of_file(file) == "VALID"


@pytest.mark.parametrize("name", ["prove", "check"])
def test_the_operators_proofs_find_nothing_wrong(house: House, name: str) -> None:
    """After all that: the ledger, the trail, and the register with every number, file and signature."""
    assert house.command(name)
    assert "Traceback" not in house.log()
