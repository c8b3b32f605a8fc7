"""Which addresses may be called on a stranger's word: those of the open internet, and what a name says later changes nothing."""

import socket
from typing import Any

import pytest
from flask import Flask

from app.core.errors import BusinessError
from app.infra import outbound


@pytest.mark.parametrize(
    "address",
    [
        "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "192.0.0.1", "192.168.0.1",
        "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0",
        "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:db8::1", "203.0.113.9",
    ],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not outbound.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "164.100.94.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public(address: str) -> None:
    assert outbound.is_public(address)


def resolved(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[tuple[str, int]]:
    """Names lead to these addresses, one list for each asking; returns where connections are then made to."""
    asked, made = list(answers), list[tuple[str, int]]()

    def look_up(host: Any, port: Any, **_more: Any) -> list[Any]:
        found = asked.pop(0) if len(asked) > 1 else asked[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    def connect(where: tuple[str, int], *_more: Any) -> socket.socket:
        made.append(where)
        raise ConnectionRefusedError

    monkeypatch.setattr(outbound.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(outbound.socket, "create_connection", connect)
    return made


def test_a_name_that_leads_inside_is_not_called(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even when only one of its addresses does."""
    with app.app_context():
        for found in (["10.0.0.1"], ["8.8.8.8", "169.254.169.254"], []):
            made = resolved(monkeypatch, found)
            assert outbound.post("https://erp.example.in/", b"{}", {}).error == outbound.PRIVATE
            assert made == []


def test_the_connection_goes_to_the_address_that_was_looked_at(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that turns private between looking and calling (DNS rebinding) gains nothing: it is looked up once."""
    made = resolved(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    with app.app_context():
        answer = outbound.post("https://erp.example.in:8443/hook", b"{}", {})
    assert made == [("8.8.8.8", 8443)]
    assert answer.status is None


def test_a_certificate_of_another_name_is_refused(app: Flask, tmp_path: Any) -> None:
    """TLS is checked against the name, although the connection goes to an address: a self-made certificate is not enough."""
    import ssl
    import threading
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    (tmp_path / "c.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "k.pem").write_bytes(plain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            taken, _ = server.accept()
            try:
                context.wrap_socket(taken, server_side=True).close()
            except OSError:
                taken.close()

        threading.Thread(target=serve, daemon=True).start()
        with app.app_context():
            answer = outbound.post(f"https://localhost:{server.getsockname()[1]}/", b"{}", {})
    assert answer.error == "no connection (SSLCertVerificationError)"


def test_a_name_nobody_has(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(outbound.socket, "getaddrinfo", nobody)
    with app.app_context(), pytest.raises(BusinessError, match="no server of this name"):
        outbound.resolve(outbound.read("https://erp.example.in/"))
