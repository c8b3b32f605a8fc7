"""The public page and its JSON: no log-in, no script, the same for whoever asks, and not too often."""

import re
from collections.abc import Callable
from random import randrange
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.certificates.models import Certificate
from app.infra import limit, store

Issued = Callable[..., Certificate]
Address = dict[str, str]
JSON = {"Accept": "application/json"}
KEYS = {
    "verdict", "sentence", "number", "status", "issued_on", "exporter", "agency", "office", "office_address",
    "successor", "leaf", "signature_level", "signed_at",
}  # fmt: skip
CANARIES = re.compile(r"@|9876543210|paise|wallet|\"iec\"|gstin|AAPFU|download_count", re.IGNORECASE)


@pytest.fixture
def address() -> dict[str, str]:
    """An address of its own for each test, so that nobody's questions are counted against another."""
    return {"REMOTE_ADDR": f"10.{randrange(256)}.{randrange(256)}.{randrange(1, 255)}"}


def upload(client: FlaskClient, content: bytes, **more: Any) -> Any:
    """Send a file as the form does; the body is put together here, because the test client leaves large files open."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="certificate.pdf"\r\n\r\n'
    body, kind = head + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"
    return client.post("/verify", data=body, content_type=kind, **more)


def test_the_form_needs_no_log_in_and_no_script(client: FlaskClient, address: Address) -> None:
    """The bare page has one heading, a label for each field, and no script at all."""
    page = client.get("/verify", environ_base=address)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert page.text.count("<h1") == 1
    for field in ("number", "file"):
        assert f'<label for="{field}">' in page.text
        assert f'id="{field}"' in page.text


def test_every_verdict_is_html_that_a_strict_parser_reads(client: FlaskClient, issued: Issued, address: Address) -> None:
    """Each page is well-formed, says its verdict in words, and is small."""
    certificate = issued()
    answers = {
        "Valid": client.get(f"/verify/{certificate.verify_token}", environ_base=address),
        "Unknown": client.get(f"/verify/{'a' * 32}", environ_base=address),
        "Altered": upload(client, store.get(certificate.sha256 or "") + b" ", environ_base=address),
    }
    for word, page in answers.items():
        assert page.status_code == 200
        assert len(page.data) < 50_000
        assert re.search(rf"<h1[^>]*>.*{word}</h1>", page.text, re.DOTALL)
        html5lib.HTMLParser(strict=True).parse(page.text)


def test_an_altered_page_never_reads_as_valid(client: FlaskClient, issued: Issued, address: Address) -> None:
    """Neither the word nor the colour of a good certificate stands on the page of an altered file."""
    page = upload(client, store.get(issued().sha256 or "") + b" ", environ_base=address).text
    assert "verdict-valid" not in page
    assert not re.search(r"\bvalid\b", page.lower().replace("three ways", ""))


def test_json_has_the_same_keys_for_every_verdict(client: FlaskClient, issued: Issued, address: Address) -> None:
    """A program always finds the same keys; the boxes are there for the token and the file, never for the number."""
    certificate = issued()
    number = client.get("/verify", query_string={"number": certificate.number}, headers=JSON, environ_base=address)
    unknown = client.get("/verify/nothing", headers=JSON, environ_base=address)
    token = client.get(f"/verify/{certificate.verify_token}", headers=JSON, environ_base=address)
    file = upload(client, store.get(certificate.sha256 or ""), headers=JSON, environ_base=address)
    assert [answer.json["verdict"] for answer in (number, unknown, token, file)] == [
        "VALID",
        "UNKNOWN",
        "VALID",
        "VALID",
    ]
    assert set(number.json) == set(unknown.json) == KEYS
    assert set(token.json) == set(file.json) == KEYS | {"boxes"}


def test_nothing_private_is_shown(client: FlaskClient, issued: Issued, address: Address) -> None:
    """No e-mail, no mobile, no IEC, no GSTIN, no wallet: neither on the page nor in the JSON (scenario 38)."""
    certificate = issued()
    for where in (f"/verify/{certificate.verify_token}", f"/verify?number={certificate.number}"):
        for headers in ({}, JSON):
            answer = client.get(where, headers=headers, environ_base=address)
            assert not CANARIES.search(answer.text)
            assert certificate.data_snapshot["exporter"]["iec"] not in answer.text


def test_the_number_alone_does_not_reveal_the_goods(client: FlaskClient, issued: Issued, address: Address) -> None:
    """The page for a number has neither the consignee nor the goods (rule 4.10)."""
    certificate = issued()
    page = client.get("/verify", query_string={"number": certificate.number}, environ_base=address).text
    assert certificate.exporter_name.split("&")[0] in page
    assert certificate.consignee_name.split("&")[0] not in page
    assert certificate.data_snapshot["goods"][0]["hs_code"] not in page


def test_unknown_answers_are_alike_byte_for_byte(client: FlaskClient, address: Address) -> None:
    """A token of the right form and one of none get the same page and the same JSON, but for the address asked for."""
    for headers in ({}, JSON):
        tokens = ("a" * 32, "x" * 5, "B" * 99)
        pages = {client.get(f"/verify/{t}", headers=headers, environ_base=address).text.replace(t, "") for t in tokens}
        assert len(pages) == 1


def test_a_mistyped_number_says_that_the_check_character_is_wrong(client: FlaskClient, issued: Issued, address: Address) -> None:
    """The verdict is unknown, and the sentence tells the reader what to do; what was typed is still in the field."""
    number = issued().number
    wrong = number[:-1] + ("A" if number[-1] != "A" else "B")
    page = client.get("/verify", query_string={"number": wrong}, environ_base=address)
    assert "check character wrong" in page.text
    assert f'value="{wrong}"' in page.text


def test_what_is_typed_comes_back_as_text(client: FlaskClient, address: Address) -> None:
    """Markup typed as a number is shown as it was typed, never run."""
    page = client.get("/verify", query_string={"number": '"><script>alert(1)</script>'}, environ_base=address).text
    assert "<script" not in page


@pytest.mark.parametrize(("content", "status"), [(b"", 400), (b"%PDF-" + b"0" * 5_300_000, 413)])
def test_a_file_that_cannot_be_taken_is_refused_in_a_sentence(
    client: FlaskClient, address: Address, content: bytes, status: int
) -> None:
    """No file and too large a file: the form again with the reason, or problem details for a program."""
    assert upload(client, content, environ_base=address).status_code == status
    refused = upload(client, content, headers=JSON, environ_base=address)
    assert (refused.status_code, refused.mimetype) == (status, "application/problem+json")


def test_each_answer_is_counted_and_looking_is_not(client: FlaskClient, session: Any, issued: Issued, address: Address) -> None:
    """Token, number and file count one each; asking for the header only does not."""
    certificate = issued()
    before = certificate.verify_count
    client.get(f"/verify/{certificate.verify_token}", environ_base=address)
    client.get("/verify", query_string={"number": certificate.number}, environ_base=address)
    upload(client, store.get(certificate.sha256 or ""), environ_base=address)
    client.head(f"/verify/{certificate.verify_token}", environ_base=address)
    session.rollback()
    session.refresh(certificate)
    assert certificate.verify_count == before + 3


def test_a_file_may_be_sent_from_anywhere(
    app: Flask, client: FlaskClient, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token of a form is asked for here, and everywhere else it still is."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert upload(client, b"hello", headers=JSON, environ_base=address).json["verdict"] == "UNKNOWN"
    assert client.post("/notices/", headers=JSON).status_code == 400


def test_too_many_questions_are_refused(
    app: Flask, client: FlaskClient, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the allowed number of questions an address waits; another address and the bare form do not."""
    monkeypatch.setitem(app.config, "VERIFY_PER_MINUTE", 3)
    statuses = [client.get("/verify/x", environ_base=address).status_code for _ in range(6)]
    refused = [status for status in statuses if status == 429]
    assert set(statuses) == {200, 429}
    assert len(refused) >= 1  # the minute may have turned in between
    assert client.get("/verify", environ_base=address).status_code == 200
    other = {"REMOTE_ADDR": "192.0.2." + str(randrange(255))}
    assert client.get("/verify/x", environ_base=other).status_code == 200


def test_questions_are_counted_without_redis_too(
    app: Flask, client: FlaskClient, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Redis is away this process counts by itself, and verification goes on."""
    monkeypatch.setitem(app.config, "VERIFY_PER_MINUTE", 3)
    monkeypatch.setitem(app.config, "REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.delitem(app.extensions, "udgam_redis", raising=False)
    monkeypatch.setitem(app.extensions, limit.COUNT, limit.OwnCount())
    statuses = [client.get("/verify/x", environ_base=address).status_code for _ in range(6)]
    monkeypatch.delitem(app.extensions, "udgam_redis", raising=False)
    assert set(statuses) == {200, 429}


def test_a_household_of_ipv6_is_one_address() -> None:
    """Addresses of one IPv6 network are counted together, those of IPv4 one by one."""
    assert limit.network("2001:db8:1:2::1") == limit.network("2001:db8:1:2:ffff::9")
    assert limit.network("2001:db8:1:2::1") != limit.network("2001:db8:1:3::1")
    assert limit.network("::ffff:192.0.2.7") == limit.network("192.0.2.7") != limit.network("192.0.2.8")


@pytest.fixture
def without_database() -> FlaskClient:
    """The program when its database does not answer."""
    nowhere = create_app(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    return nowhere.test_client()


def test_without_the_database_there_is_no_verdict(without_database: FlaskClient, address: Address) -> None:
    """Neither «unknown» nor «valid»: 503 and a sentence, for a person and for a program."""
    for headers in ({}, JSON):
        answer = without_database.get(f"/verify/{'a' * 32}", headers=headers, environ_base=address)
        assert answer.status_code == 503
        assert "nothing can be said" in answer.text
        assert "verdict" not in answer.text
