"""The keys of the sandbox of e-signing: a certifying authority of its own, which issues for half an hour and forgets the key.

Everything says TEST and has no legal effect. The profile of a signer's certificate is that of real ones: P-256, valid 30
minutes, policy 2.16.356.100.2.4.1 (e-KYC by one factor), no purpose named, and a name with more parts than anybody reads.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

WARNING = "TEST - no legal effect"
LIFE = timedelta(minutes=30)
FAMILY, SANDBOX, EKYC_OTP = "2.16.356.100.2", "2.16.356.100.1.999", "2.16.356.100.2.4.1"
SIGN, ISSUE = ("digital_signature", "content_commitment"), ("key_cert_sign", "crl_sign")
USAGES = (*SIGN, "key_encipherment", "data_encipherment", "key_agreement", *ISSUE, "encipher_only", "decipher_only")
YEARS = timedelta(days=3650)


@dataclass(frozen=True)
class Holding:
    """A key with its certificate."""

    key: Any
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """Both, as they are kept in a file."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + self.public  # type: ignore[no-any-return]  # the key is of either kind

    @property
    def public(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)


@dataclass(frozen=True)
class Keys:
    """Root, issuing authority, whoever signs the answers, and what was given to the one customer at the beginning."""

    root: Holding
    issuing: Holding
    response: Holding
    customer: Holding

    def signer(self, name: str, *, start: datetime | None = None, life: timedelta = LIFE, policy: str = EKYC_OTP) -> Holding:
        """A certificate for one signature; its key is never written anywhere."""
        parts = {
            NameOID.COUNTRY_NAME: "IN", NameOID.STATE_OR_PROVINCE_NAME: "Gujarat", NameOID.ORGANIZATION_NAME: "Personal",
            NameOID.ORGANIZATIONAL_UNIT_NAME: WARNING, NameOID.COMMON_NAME: name, NameOID.POSTAL_CODE: "395003",
            NameOID.PSEUDONYM: secrets.token_hex(16), NameOID.DN_QUALIFIER: secrets.token_hex(16),
        }  # fmt: skip
        begins = start or datetime.now(UTC).replace(microsecond=0)
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.BasicConstraints(False, None), True), (_usage(*SIGN), True), (_policies(SANDBOX, policy), False),
        ]  # fmt: skip
        return _issued(parts, ec.generate_private_key(ec.SECP256R1()), self.issuing, begins, life, extensions)

    def pkcs7(self, holder: Holding, digest: bytes) -> bytes:
        """A detached PKCS#7 over this hash, as real providers make it: three signed attributes, and ECDSA with NULL."""
        leaf, above = (asn1.Certificate.load(each.certificate.public_bytes(Encoding.DER)) for each in (holder, self.issuing))
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        attributes = cms.CMSAttributes([
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": datetime.now(UTC)})]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
        ])  # fmt: skip
        value = holder.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        signer = {
            "version": "v1", "digest_algorithm": sha256, "signed_attrs": attributes,
            "sid": {"issuer_and_serial_number": {"issuer": leaf.issuer, "serial_number": leaf.serial_number}},
            "signature_algorithm": {"algorithm": "sha256_ecdsa", "parameters": core.Null()}, "signature": value,
        }  # fmt: skip
        signed = cms.SignedData({
            "version": "v1", "digest_algorithms": [sha256], "encap_content_info": {"content_type": "data"},
            "certificates": [leaf, above], "signer_infos": [signer],
        })  # fmt: skip
        return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def keys_in(folder: Path) -> Keys:
    """The keys of this folder, made the first time; of two who make them at once both get the same."""
    kept = folder / "provider"
    if not (kept / "customer.pem").exists():
        _make(kept)
    for name, source in {"root.pem": "root", "response.pem": "response"}.items():  # what every customer is told
        _write(folder / name, _loaded(kept, source).public, 0o644)
    _write(folder / "asp.pem", _loaded(kept, "customer").pem, 0o600)
    return Keys(*(_loaded(kept, name) for name in ("root", "issuing", "response", "customer")))


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    start = datetime.now(UTC) - timedelta(days=1)
    authority = [(_usage(*ISSUE), True), (_policies(FAMILY), False)]
    root = _issued(_office("root CA"), _rsa(), None, start, 2 * YEARS, [(x509.BasicConstraints(True, None), True), *authority])
    issuing = _issued(_office("issuing CA"), _rsa(), root, start, YEARS, [(x509.BasicConstraints(True, 0), True), *authority])
    plain = [(x509.BasicConstraints(False, None), True), (_usage(*SIGN), True)]
    response = _issued(_office("answers"), _rsa(), issuing, start, YEARS, plain)
    customer = _issued(_office("customer"), _rsa(), issuing, start, YEARS, plain)
    for name, holding in {"root": root, "issuing": issuing, "response": response, "customer": customer}.items():
        _write(folder / f"{name}.pem", holding.pem, 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and readable by whom it should be from the first moment."""
    if path.exists() and path.read_bytes() == content:
        return
    fresh = path.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _loaded(folder: Path, name: str) -> Holding:
    text = (folder / f"{name}.pem").read_bytes()
    return Holding(load_pem_private_key(text, None), x509.load_pem_x509_certificate(text))


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _office(rank: str) -> dict[x509.ObjectIdentifier, str]:
    return {
        NameOID.COUNTRY_NAME: "IN", NameOID.ORGANIZATIONAL_UNIT_NAME: WARNING, NameOID.COMMON_NAME: f"TEST e-sign sandbox {rank}",
    }  # fmt: skip


def _issued(
    parts: dict[x509.ObjectIdentifier, str], key: Any, above: Holding | None, start: datetime, life: timedelta,
    extensions: list[Any],
) -> Holding:  # fmt: skip
    subject = x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])
    issuer = above.certificate.subject if above else subject
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(start + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )  # fmt: skip
    if above is not None:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key())
        builder = builder.add_extension(authority, False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Holding(key, builder.sign(above.key if above else key, hashes.SHA256()))


def _usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in allowed for usage in USAGES})


def _policies(*numbers: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(number), None) for number in numbers])
