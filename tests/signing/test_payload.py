"""An exporter's signature over an application, and the key file it is made with."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12

from app.core.errors import BusinessError
from app.signing import payload, testca

DATA = b'{"consignee":"Hamburg Tea GmbH","items":[]}'


@pytest.fixture(params=["officer", "officer_p256"])
def holder(request: pytest.FixtureRequest) -> Any:
    """A holder of each kind of key."""
    return request.getfixturevalue(request.param)


def test_a_signature_verifies_over_the_same_bytes_only(holder: Any) -> None:
    """One changed byte in the data or in the signature and it does not verify."""
    signature = payload.sign_payload(holder.p12, testca.PASSPHRASE, DATA)
    assert payload.verify_payload(holder.certificate, DATA, signature)
    assert not payload.verify_payload(holder.certificate, DATA + b" ", signature)
    assert not payload.verify_payload(holder.certificate, DATA, signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not payload.verify_payload(holder.certificate, DATA, b"")


def test_another_certificate_does_not_verify_it(officer: Any, officer_p256: Any) -> None:
    """The certificate belongs to the key that signed, or the answer is no."""
    signature = payload.sign_payload(officer.p12, testca.PASSPHRASE, DATA)
    assert not payload.verify_payload(officer_p256.certificate, DATA, signature)


def test_a_wrong_passphrase_is_a_sentence(officer: Any) -> None:
    """Nobody sees a stack trace for a slip of the finger."""
    with pytest.raises(BusinessError, match="check the passphrase"):
        payload.open_p12(officer.p12, "wrong")


def test_a_file_that_is_no_key_file_is_a_sentence() -> None:
    """Choosing the wrong file is told like a wrong passphrase."""
    with pytest.raises(BusinessError, match="could not be opened"):
        payload.open_p12(b"not a key file", "x")


def test_a_key_of_another_kind_is_refused() -> None:
    """Only RSA and EC keys sign."""
    p12 = pkcs12.serialize_key_and_certificates(b"x", ed25519.Ed25519PrivateKey.generate(), None, None, NoEncryption())
    with pytest.raises(BusinessError, match="no RSA or EC key"):
        payload.open_p12(p12, "")


def test_a_certificate_with_another_kind_of_key_verifies_nothing() -> None:
    """Not RSA and not EC: the answer is no, whatever the signature."""
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TEST")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=1))
    pem = builder.sign(key, None).public_bytes(Encoding.PEM)
    assert not payload.verify_payload(pem, DATA, key.sign(DATA))


def test_a_certificate_that_is_none_is_a_sentence() -> None:
    """Neither PEM nor DER: a sentence, not an error of a library."""
    for text in (b"", b"junk", b"-----BEGIN CERTIFICATE-----\njunk\n-----END CERTIFICATE-----\n"):
        with pytest.raises(BusinessError, match="cannot be read"):
            payload.verify_payload(text, DATA, b"")
