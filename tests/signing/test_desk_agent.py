"""The desk agent as a program at a terminal with a real token (SoftHSM2): what it signs, and everything it refuses to."""

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.signing import pades
from app.signing.agent_package import NAME, package
from app.signing.desk_agent.pairing import Pairing
from app.signing.desk_agent.sealed import enclose
from app.signing.payload import embeddable
from app.signing.testca import Authority
from tests.signing.at_desk import ASKS_PIN, AgentAtDesk, at_desk
from tests.signing.bench import Made, made
from tests.signing.conftest import NOW, OFFICER
from tests.signing.softhsm import LIBRARY, NEEDED, PIN, Module, fresh

pytestmark = NEEDED
HERE, ELSEWHERE = "https://udgam.example", "https://evil.example"


@dataclass
class Server:
    """Whoever seals orders."""

    key: Ed25519PrivateKey
    origin: str = HERE

    @property
    def pairing(self) -> Pairing:
        return Pairing(self.origin, self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def order(self, kind: str, **content: Any) -> dict[str, str]:
        now = int(time.time())
        said = {
            "id": secrets.token_hex(8),
            "kind": kind,
            "origin": self.origin,
            "issued": now,
            "expires": now + 300,
            "holder": OFFICER,
        }
        return enclose(said | content, self.key.sign)


@dataclass
class Bench:
    """Token, documents, server and agent together."""

    module: Module
    server: Server
    agent: AgentAtDesk
    signer: Made
    other: Made
    encrypting: Made
    prepared: list[pades.Prepared]

    def items(self, *numbers: int) -> list[dict[str, Any]]:
        """Documents to be signed, as the server names them."""
        return [
            {
                "id": number, "number": f"NPC-{number}", "exporter": f"Balaji \x1b[31m& Sons {number}", "consignee": "Nordlicht",
                "attributes": base64.b64encode(self.prepared[number].signed_attributes).decode(),
            }
            for number in numbers
        ]  # fmt: skip

    def sign(self, *numbers: int, **more: Any) -> dict[str, str]:
        """An order to sign these."""
        return self.server.order("sign", **({"certificate": fingerprint(self.signer), "items": self.items(*numbers)} | more))

    def end(self) -> None:
        """No sitting is open from here on."""
        self.agent.ask("POST", "/end", {})
        assert_soon(lambda: not self.agent.ask("GET", "/state")[1]["sitting"])


def fingerprint(holder: Made) -> str:
    return hashlib.sha256(holder.der).hexdigest()


def assert_soon(question: Callable[[], object]) -> None:
    from tests.running import until

    assert until(question, 90)


@pytest.fixture(scope="module")
def bench(authority: Authority, page: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One token with a key for signing and one for encryption, and an agent paired with a server."""
    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(fresh(folder)))
        module = Module(folder)
        module.new_token()
        signer, other = made(OFFICER, authority), made(OFFICER, authority, key="p256")
        encrypting = made(OFFICER, authority, usage="encrypt")
        module.put(signer, "sign", "01")
        module.put(encrypting, "encrypt", "02")
        prepared = [
            pades.prepare(
                page + b"\n" * number, signer.der, [authority.chain_pem], name=OFFICER, location="", reason="", signing_time=NOW
            )
            for number in range(4)
        ]
        server = Server(Ed25519PrivateKey.generate())
        agent = AgentAtDesk(folder / "agent", "--pair", server.pairing.code)
        agent.origin = HERE
        with at_desk(agent):
            yield Bench(module, server, agent.ready(), signer, other, encrypting, prepared)


def test_one_pin_for_a_sitting(bench: Bench) -> None:
    """The officer reads what is to be signed, types the PIN once, and every file holds; Ctrl-C ends the sitting."""
    bench.end()
    before = bench.agent.asked()
    first = bench.agent.give(bench.sign(0, 1))
    assert bench.agent.shows(ASKS_PIN, before + 1)
    assert bench.agent.ask("GET", f"/orders/{first}")[1] == {"state": "pin", "signed": 0, "of": 2, "answers": []}
    assert "sign 2 certificates" in bench.agent.screen
    assert "NPC-1  Balaji  [31m& Sons 1 -> Nordlicht" in bench.agent.screen, "titles, and no escape sequence among them"
    bench.agent.type(PIN)
    status, told = bench.agent.outcome(first)
    assert (status, told["signed"], [each["id"] for each in told["answers"]]) == (200, 2, [0, 1])
    second = bench.agent.outcome(bench.agent.give(bench.sign(2)))[1]
    for answer in told["answers"] + second["answers"]:
        signed = pades.embed_raw(bench.prepared[answer["id"]], base64.b64decode(answer["signature"]), stamp=None)
        assert signed.startswith(b"%PDF")
    assert bench.agent.ask("GET", f"/orders/{first}?since=1")[1]["answers"] == told["answers"][1:]
    assert bench.agent.asked() == before + 1, "one PIN for both"
    assert bench.agent.ask("GET", "/state")[1]["used"] == 3
    bench.agent.interrupt()
    assert bench.agent.shows("The sitting is over after 3 signatures. Ended by hand.")
    assert not bench.agent.ask("GET", "/state")[1]["sitting"]
    assert PIN not in bench.agent.screen


Refusal = tuple[int, str]
Attempt = Callable[[Bench], tuple[int, Any]]


def post(bench: Bench, body: Any, **headers: str) -> tuple[int, Any]:
    return bench.agent.ask("POST", "/orders", body, {name.replace("_", "-"): value for name, value in headers.items()})


def replayed(bench: Bench) -> tuple[int, Any]:
    bench.end()
    order = bench.sign(0)
    bench.agent.outcome(_declined(bench, order))
    return post(bench, order)


def _declined(bench: Bench, order: Any) -> str:
    before = bench.agent.asked()
    name = bench.agent.give(order)
    assert bench.agent.shows(ASKS_PIN, before + 1)
    bench.agent.type("")
    return name


def forged(bench: Bench) -> Any:
    """A seal of ours under words of another's."""
    order = bench.sign(0)
    content = json.loads(base64.b64decode(order["order"])) | {"holder": "Somebody Else"}
    return order | {"order": base64.b64encode(json.dumps(content).encode()).decode()}


def over(bench: Bench, attributes: bytes) -> Any:
    item = bench.items(0)[0] | {"attributes": base64.b64encode(attributes).decode()}
    return bench.server.order("sign", certificate=fingerprint(bench.signer), items=[item])


REFUSED: dict[str, tuple[Attempt, Refusal]] = {
    "the same order again": (replayed, (409, "replayed")),
    "a page of another server": (lambda b: post(b, b.sign(0), Origin=ELSEWHERE), (403, "other_origin")),
    "no page at all": (lambda b: post(b, b.sign(0), Origin=""), (403, "other_origin")),
    "a page that is a file": (lambda b: post(b, b.sign(0), Origin="null"), (403, "other_origin")),
    "our address with another port": (lambda b: post(b, b.sign(0), Origin=f"{HERE}:8443"), (403, "other_origin")),
    "an order for pages elsewhere": (lambda b: post(b, Server(b.server.key, ELSEWHERE).order("list")), (403, "other_origin")),
    "another server's order": (lambda b: post(b, Server(Ed25519PrivateKey.generate()).order("list")), (401, "other_server")),
    "an order changed on the way": (lambda b: post(b, forged(b)), (401, "other_server")),
    "an old order": (lambda b: post(b, b.sign(0, issued=1, expires=301)), (401, "expired")),
    "an order that would live for ever": (lambda b: post(b, b.sign(0, expires=2**40)), (401, "expired")),
    "an order of tomorrow": (
        lambda b: post(b, b.sign(0, issued=int(time.time()) + 86400, expires=int(time.time()) + 86600)),
        (401, "expired"),
    ),
    "arbitrary bytes": (lambda b: post(b, over(b, b"I owe you a crore")), (400, "not_to_be_signed")),
    "a hash alone": (lambda b: post(b, over(b, hashlib.sha256(b"x").digest())), (400, "not_to_be_signed")),
    "attributes and one byte": (lambda b: post(b, over(b, b.prepared[0].signed_attributes + b"\0")), (400, "not_to_be_signed")),
    "nothing to sign": (lambda b: post(b, b.sign()), (400, "unreadable")),
    "another certificate than the one bound": (lambda b: post(b, b.sign(0, certificate="ab" * 32)), (400, "not_to_be_signed")),
    "a text that is no registration": (
        lambda b: post(b, b.server.order("prove", certificate=fingerprint(b.signer), text="I owe you a crore")),
        (400, "not_to_be_signed"),
    ),
    "an order of an unknown kind": (lambda b: post(b, b.server.order("decrypt")), (400, "unreadable")),
    "an order of another version": (lambda b: post(b, enclose({"v": 2}, lambda data: b.server.key.sign(data))), (400, "unreadable")),
    "no order": (lambda b: post(b, {"order": "!", "seal": "!"}), (400, "unreadable")),
    "a list": (lambda b: post(b, []), (400, "unreadable")),
    "no JSON": (lambda b: post(b, b"\xff"), (400, "unreadable")),
    "JSON without end": (lambda b: post(b, b"[" * 100_000), (400, "unreadable")),
    "a form, which needs no question first": (lambda b: post(b, b.sign(0), Content_Type="text/plain"), (400, "unreadable")),
    "no length": (lambda b: post(b, b"", Content_Length=""), (400, "unreadable")),
    "far too much": (lambda b: post(b, b"", Content_Length=str(2**40)), (413, "too_large")),
    "a name that was pointed here": (lambda b: post(b, b.sign(0), Host="evil.example"), (421, "other_host")),
    "our page's name pointed here": (lambda b: post(b, b.sign(0), Host="udgam.example:443"), (421, "other_host")),
    "no name": (lambda b: post(b, b.sign(0), Host=""), (421, "other_host")),
    "an address that is not there": (lambda b: b.agent.ask("GET", "/pin"), (404, "unknown")),
    "an order nobody gave": (lambda b: b.agent.ask("GET", "/orders/abc"), (404, "unknown_order")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_before_anybody_is_asked(bench: Bench, name: str) -> None:
    """A status, a word for programs and a sentence for people; no PIN is asked for, nothing is signed."""
    attempt, (status, code) = REFUSED[name]
    bench.end()
    before = bench.agent.asked()
    got, said = attempt(bench)
    assert (got, said["error"]) == (status, code), said
    assert len(said["sentence"]) > 20
    assert bench.agent.asked() == before + (name == "the same order again")


def test_a_page_elsewhere_may_not_even_read_a_refusal(bench: Bench) -> None:
    """Browsers are told so in answer to their question, before they send anything."""
    for origin in (HERE, ELSEWHERE):
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Private-Network": "true"}
        status, headers, _ = bench.agent.ask_fully("OPTIONS", "/orders", None, asks)
        allowed = (headers.get("Access-Control-Allow-Origin"), headers.get("Access-Control-Allow-Private-Network"))
        assert (status, allowed) == ((204, (HERE, "true")) if origin == HERE else (403, (None, None)))


def test_a_wrong_pin_is_told_with_what_the_token_says(bench: Bench) -> None:
    """403, how many in a row and the token's warning, shown again before the next try; the right one opens it."""
    bench.end()
    for wrong in (1, 2):
        before = bench.agent.asked()
        order = bench.agent.give(bench.sign(0))
        assert bench.agent.shows(ASKS_PIN, before + 1)
        bench.agent.type("000000")
        status, said = bench.agent.outcome(order)
        assert (status, said["error"], said["tries"], said["wrong"]) == (403, "wrong_pin", "low", wrong)
        assert "The PIN is wrong" in said["sentence"]
        assert bench.agent.ask("GET", "/state")[1]["sitting"] is False
    before = bench.agent.asked()
    order = bench.agent.give(bench.sign(0))
    assert bench.agent.shows(ASKS_PIN, before + 1)
    assert "! It has been typed wrongly since it was last right" in bench.agent.screen
    bench.agent.type(PIN)
    assert bench.agent.outcome(order)[0] == 200
    bench.end()
    assert "000000" not in bench.agent.screen


def test_enter_alone_refuses(bench: Bench) -> None:
    """The officer read the titles and will not sign them."""
    bench.end()
    status, said = bench.agent.outcome(_declined(bench, bench.sign(0)))
    assert (status, said["error"], said["signed"]) == (403, "by_hand", 0)


def test_certificates_that_sign_are_listed_and_proved(bench: Bench) -> None:
    """The one for encryption is on the same token under the same name, and is neither listed nor used."""
    bench.end()
    before = bench.agent.asked()
    order = bench.agent.give(bench.server.order("list"))
    assert bench.agent.shows(ASKS_PIN, before + 1)
    bench.agent.type(PIN)
    status, told = bench.agent.outcome(order)
    assert (status, told["answers"]) == (200, [{"certificate": base64.b64encode(bench.signer.der).decode()}])
    text = "udgam-dsc-registration-v1:" + "0f" * 32
    proof = bench.agent.give(bench.server.order("prove", certificate=fingerprint(bench.signer), text=text))
    signature = base64.b64decode(bench.agent.outcome(proof)[1]["answers"][0]["signature"])
    assert embeddable(bench.signer.der, text.encode(), signature)
    for holder, refusal in ((bench.encrypting, (400, "encryption_only")), (bench.other, (404, "other_certificate"))):
        proof = bench.agent.give(bench.server.order("prove", certificate=fingerprint(holder), text=text))
        status, told = bench.agent.outcome(proof)
        assert ((status, told["error"]), told["answers"]) == (refusal, [])
    bench.end()


def test_a_token_that_is_pulled_out_ends_the_sitting(bench: Bench) -> None:
    """At once, and the next order says that it is not there; back again, it asks for the PIN."""
    bench.end()
    before = bench.agent.asked()
    order = bench.agent.give(bench.sign(0))
    assert bench.agent.shows(ASKS_PIN, before + 1)
    bench.agent.type(PIN)
    assert bench.agent.outcome(order)[0] == 200
    tokens = bench.module.folder / "tokens"
    tokens.rename(bench.module.folder / "away")
    try:
        assert bench.agent.shows("The token is not in the computer any more.")
        assert bench.agent.ask("GET", "/state")[1]["sitting"] is False
        status, said = bench.agent.outcome(bench.agent.give(bench.sign(1)))
        assert (status, said["error"]) == (503, "token")
    finally:
        (bench.module.folder / "away").rename(tokens)
    shown = bench.agent.screen.count("Waiting for orders")
    bench.agent.kill()  # SoftHSM2, unlike a token's library, does not look again
    bench.agent.start()
    assert bench.agent.shows("Waiting for orders", shown + 1)


def test_an_order_is_used_once_even_by_an_agent_started_again(bench: Bench) -> None:
    """What was used is kept beside the pairing; nothing else is, and no PIN."""
    bench.end()
    order = bench.sign(3)
    bench.agent.outcome(_declined(bench, order))
    shown = bench.agent.screen.count("Waiting for orders")
    bench.agent.kill()
    bench.agent.start()
    assert bench.agent.shows("Waiting for orders", shown + 1), bench.agent.screen
    status, said = post(bench, order)
    assert (status, said["error"]) == (409, "replayed")
    kept = {file.name: file.read_text() for file in bench.agent.home.iterdir()}
    assert set(kept) == {"pairing", "used"}
    assert all(oct(file.stat().st_mode & 0o777) == "0o600" for file in bench.agent.home.iterdir())
    assert not any(PIN in text for text in kept.values())


def test_it_listens_on_this_computer_only(bench: Bench) -> None:
    """The one socket it has is bound to the loopback address."""
    opened = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [line[1] for line in opened if line[3] == "0A" and int(line[1].split(":")[1], 16) == bench.agent.port]
    assert ours == [f"0100007F:{bench.agent.port:04X}"]


ALONE = """
import sys
class Fence:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in sys.stdlib_module_names | {"app", "pkcs11", "asn1crypto"}:
            raise ImportError(f"the agent asked for {name}")
sys.meta_path.insert(0, Fence())
sys.path.insert(0, sys.argv[1])
import app.signing.desk_agent.__main__, pkcs11
assert not {"flask", "sqlalchemy", "cryptography", "app.infra", "app.core"} & set(sys.modules)
print("alone")
"""


@pytest.mark.parametrize("where", ["repository", "package"])
def test_it_loads_nothing_of_the_program(tmp_path: Path, where: str) -> None:
    """Neither flask nor sqlalchemy nor anything else but the standard library, python-pkcs11 and what that brings."""
    (tmp_path / NAME).write_bytes(package())
    place = str(tmp_path / NAME) if where == "package" else str(Path(__file__).resolve().parents[2])
    told = subprocess.run([sys.executable, "-c", ALONE, place], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "alone\n"), told.stderr


def test_the_package_runs_in_an_empty_folder(bench: Bench, tmp_path: Path) -> None:
    """Built, put somewhere, started, paired by hand at its terminal, and it signs."""
    (tmp_path / NAME).write_bytes(package())
    agent = AgentAtDesk(tmp_path / "kept", program=(NAME,), cwd=tmp_path)
    agent.origin = HERE
    with at_desk(agent):
        assert agent.shows("Paste the pairing code")
        code = bench.server.pairing.code
        agent.type(code[:-1] + ("A" if code[-1] != "A" else "B"))
        assert agent.shows("This is not a pairing code")
        agent.type(bench.server.pairing.code)
        agent.ready()
        assert f"key {bench.server.pairing.fingerprint}" in agent.screen
        order = agent.give(bench.sign(0))
        assert agent.shows(ASKS_PIN)
        agent.type(PIN)
        assert agent.outcome(order)[0] == 200
        agent.interrupt()
        assert agent.shows("Ended by hand")
        agent.interrupt()
        assert agent.process.wait(10) == 0


def test_a_library_that_is_none_is_a_sentence(bench: Bench, tmp_path: Path) -> None:
    """As on a computer where the token's software is missing."""
    broken = tmp_path / "token.so"
    broken.write_text("")
    agent = AgentAtDesk(tmp_path / "kept", "--pair", bench.server.pairing.code)
    agent.kill()
    agent.command[agent.command.index(str(LIBRARY))] = str(broken)
    agent.origin = HERE
    agent.start()
    with at_desk(agent):
        assert agent.shows("Waiting for orders", 1)
        status, said = agent.outcome(agent.give(bench.sign(0)))
        assert (status, said["error"]) == (503, "token")
        assert "cannot be loaded" in said["sentence"]
