"""The sandbox of e-signing refuses what real providers refuse, over real HTTP; and our own side cannot be set up by halves."""

import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

import config
from app.signing import esign_answer, esign_request, sandbox_esign
from app.signing.esign_request import Wanted
from app.signing.sandbox_esign import Provider
from app.signing.sandbox_esign_keys import keys_in
from tests.conftest import HOME
from tests.signing import esigner
from tests.signing.esigner import BACK, NUMBERS, PEOPLE, SIGNER, fields_on

NOW = datetime.now(UTC)
SHA256 = "ab" * 32


@pytest.fixture(scope="module")
def counter() -> Iterator[tuple[Provider, str]]:
    """The sandbox on a port of this machine."""
    provider = Provider(keys_in(HOME / "esign-tests"), BACK, PEOPLE["people"], PEOPLE["otp"])
    server = sandbox_esign.server_of(provider)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield provider, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def asked(provider: Provider, called: str, key: Any = None, moment: datetime | None = None, **changes: str) -> str:
    """A request of ours, with some attributes changed before it is signed."""
    root = esign_request.request(
        Wanted(provider.asp_id, called, SHA256, "AABCS4821K application 7", BACK), moment or datetime.now(UTC)
    )
    for name, value in changes.items():
        place = root if name in root.attrib else root.find("./Docs/InputHash")
        place.set(name, value)
    customer = provider.keys.customer
    return esign_request.signed(root, key or customer.key, customer.certificate).decode()


def posted(address: str, **fields: str) -> tuple[int, str, str]:
    """Status, page, and where one was led to."""
    sent = urllib.request.Request(address, urllib.parse.urlencode(fields).encode())
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sent, timeout=60) as answer:
            return answer.status, answer.read().decode(), answer.url
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode(), refusal.url or ""


def test_a_signature_over_http(counter: tuple[Provider, str]) -> None:
    """Twice mistyped, without consent, then right; the answer is the provider's and says what was asked."""
    provider, here = counter
    status, page, place = posted(f"{here}/esign", eSignRequest=asked(provider, "txn-of-the-loop"))
    assert (status, "AABCS4821K application 7" in page, SHA256 in page) == (200, True, True)
    right = {"number": NUMBERS[SIGNER], "otp": PEOPLE["otp"], "consent": "yes", "do": "sign"}
    for wrong, told in (({"otp": "1"}, "not right"), ({"consent": ""}, "tick the box"), ({"number": "1"}, "Choose somebody")):
        status, page, _ = posted(place, **(right | wrong))
        assert (status, told in page) == (401, True)
    status, page, _ = posted(place, **right)
    assert (status, f'action="{BACK}"' in page) == (200, True)
    fields = fields_on(page)
    answer = esign_answer.read(fields["eSignResponse"].encode(), [provider.keys.response.certificate], datetime.now(UTC))
    assert (answer.txn, answer.status, fields["espTxnID"]) == ("txn-of-the-loop", "1", "txn-of-the-loop")
    assert NUMBERS[SIGNER] not in fields["eSignResponse"]
    assert fields_on(posted(place, **right)[1]) == fields, "pressed twice, it is the same signature"


def test_three_wrong_codes_end_it(counter: tuple[Provider, str]) -> None:
    provider, here = counter
    place = posted(f"{here}/esign", eSignRequest=asked(provider, "txn-of-the-guesser"))[2]
    wrong = {"number": NUMBERS[SIGNER], "otp": "0", "consent": "yes", "do": "sign"}
    pages = [posted(place, **wrong)[1] for _ in range(3)]
    raw = fields_on(pages[-1])["eSignResponse"].encode()
    answer = esign_answer.read(raw, [provider.keys.response.certificate], datetime.now(UTC))
    assert (answer.status, answer.code, answer.signature) == ("0", "SBX-OTP-WRONG", "")


OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "not our key": ({"key": OTHER}, "SBX-911"),
    "an unknown customer": ({"aspId": "SOMEBODY"}, "SBX-902"),
    "no consent": ({"sc": "N"}, "SBX-CONSENT"),
    "a fingerprint": ({"AuthMode": "2"}, "SBX-901"),
    "an Aadhaar number": ({"ekycId": "234123412346"}, "SBX-EKYC"),
    "an old request": ({"moment": NOW - timedelta(minutes=11)}, "SBX-907"),
    "a request of tomorrow": ({"moment": NOW + timedelta(days=1)}, "SBX-907"),
    "no clock": ({"ts": "today"}, "SBX-907"),
    "another hash": ({"hashAlgorithm": "SHA1"}, "SBX-905"),
    "another kind of answer": ({"responseSigType": "rawrsa"}, "SBX-TYPE"),
    "another address": ({"responseUrl": "https://evil.example/"}, "SBX-URL"),
    "another version": ({"ver": "3.0"}, "SBX-VER"),
    "no name": ({"txn": "x"}, "SBX-909"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_real_providers_refuse(case: str, counter: tuple[Provider, str]) -> None:
    provider, here = counter
    change, code = REFUSED[case]
    status, page, _ = posted(f"{here}/esign", eSignRequest=asked(provider, f"txn-of-{case}"[:50], **change))
    assert (status, code in page, "Nothing was signed" in page) == (400, True, True)


def test_a_request_is_taken_once_and_not_altered(counter: tuple[Provider, str]) -> None:
    provider, here = counter
    request = asked(provider, "txn-of-the-replay")
    assert posted(f"{here}/esign", eSignRequest=request.replace(SHA256, "cd" * 32))[0] == 400
    assert posted(f"{here}/esign", eSignRequest=request)[0] == 200
    status, page, _ = posted(f"{here}/esign", eSignRequest=request)
    assert (status, "SBX-910" in page) == (400, True)
    for nothing in ("", "<", "<Esign/>"):
        assert posted(f"{here}/esign", eSignRequest=nothing)[0] == 400
    assert posted(f"{here}/sign/nobody", do="sign")[0] == 404
    assert posted(f"{here}/esign", eSignRequest="x" * 70_000)[0] == 413


def test_an_answer_signed_with_sha1_is_taken_only_where_that_was_said(counter: tuple[Provider, str]) -> None:
    """Public answers of a real provider were signed so; the operator says for which provider that goes."""
    from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
    from signxml.signer import XMLSigner

    class Old(XMLSigner):
        def check_deprecated_methods(self) -> None:
            """As the old ones do."""

    keys = counter[0].keys
    root = etree.Element("EsignResp", errCode="112", errMsg="No telephone", resCode="NA", status="0", ts="", txn="t")
    old = Old(
        signature_algorithm=SignatureMethod.RSA_SHA1, digest_algorithm=DigestAlgorithm.SHA1,
        c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
    )  # fmt: skip
    raw = etree.tostring(old.sign(root, key=keys.response.key, cert=[keys.response.certificate]))
    with pytest.raises(esign_answer.NotBelieved):
        esign_answer.read(raw, [keys.response.certificate], datetime.now(UTC))
    answer = esign_answer.read(raw, [keys.response.certificate], datetime.now(UTC), sha1=True)
    assert (answer.code, answer.message, answer.reference) == ("112", "No telephone", "")
    theirs = esigner.other_keys(HOME / "esign-others").response.certificate
    both = [theirs, keys.response.certificate]
    assert esign_answer.read(raw, both, datetime.now(UTC), sha1=True).txn == "t", "while the certificate changes, both count"
    with pytest.raises(esign_answer.NotBelieved):
        esign_answer.read(raw, [theirs], datetime.now(UTC), sha1=True)


WHOLE = {
    "UDGAM_ENV": "production", "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz", "MAIL_URL": "smtps://mail.example",
    "BASE_URL": "https://udgam.example", "ESIGN_PROVIDER": "hosted", "ESIGN_URL": "https://esign.example/2.1/",
    "ESIGN_ASP_ID": "UDGAM", "ESIGN_ASP_KEY": "/k", "ESIGN_RESPONSE_CERT": "/c", "ESIGN_ROOTS": "/r",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [({}, ""), ({"ESIGN_PROVIDER": "none"}, ""), ({"ESIGN_PROVIDER": ""}, ""), ({"ESIGN_PROVIDER": "sandbox"}, "for the demo only"),
     ({"ESIGN_PROVIDER": "own"}, "must be sandbox"), ({"ESIGN_ROOTS": ""}, "belong together"), ({"ESIGN_ASP_ID": ""}, "belong together"),
     ({"ESIGN_URL": "http://esign.example"}, "https address"), ({"BASE_URL": "http://udgam.example"}, "public https address"),
     ({"ESIGN_ORDER_MINUTES": "0"}, "from 1 to 60"), ({"UDGAM_ENV": "demo", "ESIGN_URL": "http://127.0.0.1:1/x"}, "")],
)  # fmt: skip
def test_a_provider_set_up_by_halves_stops_the_start(
    change: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UDGAM_HOME", str(tmp_path))
    for name, value in (WHOLE | change).items():
        monkeypatch.setenv(name, value)
    if not told:
        assert config.settings()["ESIGN_PROVIDER"] == ((WHOLE | change)["ESIGN_PROVIDER"] or "none")
        return
    with pytest.raises(config.ConfigurationError, match=told):
        config.settings()
