"""Makes a certifying authority for tests and demonstrations on the spot; every certificate says TEST in its subject."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.core.errors import BusinessError
from app.signing.payload import Key
from app.signing.rules import CLASS_3

PASSPHRASE = "test-only"  # noqa: S105 - opens nothing but certificates that say TEST
WARNING = "TEST - no legal effect"
CLASS_2, ANY_CLASS = "2.16.356.100.2.2", "2.16.356.100.2"
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12")
USAGES = {
    "sign": ("digital_signature", "content_commitment"),
    "sign without non-repudiation": ("digital_signature",),
    "encrypt": ("key_encipherment",),
    "timestamp": ("digital_signature", "content_commitment"),
    "timestamp and more": ("digital_signature", "content_commitment"),
    "timestamp, not critical": ("digital_signature", "content_commitment"),
}
FILES = {"root": 0o644, "issuing": 0o644, "root.key": 0o600, "issuing.key": 0o600}


@dataclass(frozen=True)
class Authority:
    """A root, and the issuing authority under it; the root signs nothing else."""

    root_key: Key
    root: x509.Certificate
    issuing_key: Key
    issuing: x509.Certificate

    @property
    def roots_pem(self) -> bytes:
        """What to trust."""
        return self.root.public_bytes(Encoding.PEM)

    @property
    def chain_pem(self) -> bytes:
        """What stands between a person's certificate and the root."""
        return self.issuing.public_bytes(Encoding.PEM)

    def issue(
        self,
        common_name: str,
        organisation: str,
        serial_number: str | None = None,
        *,
        days: float = 730,
        key: str = "rsa2048",
        usage: str = "sign",
        class3: bool = True,
        not_before: datetime | None = None,
        passphrase: str = PASSPHRASE,
    ) -> tuple[bytes, bytes]:
        """A key file (PKCS#12) and its certificate (PEM), made out like those on the tokens sold in India.

        `usage` is one of USAGES; tokens carry a second certificate, for `encrypt`, under the same name.
        """
        private = new_key(key)
        start = not_before or datetime.now(UTC) - timedelta(minutes=5)
        builder = _builder(_person(common_name, organisation, serial_number), self.issuing, private, start, days)
        for extension, critical in _leaf_extensions(usage, class3):
            builder = builder.add_extension(extension, critical)
        certificate = _finished(builder, self.issuing, self.issuing_key)
        p12 = pkcs12.serialize_key_and_certificates(
            common_name.encode(), private, certificate, [self.issuing], BestAvailableEncryption(passphrase.encode())
        )
        return p12, certificate.public_bytes(Encoding.PEM)

    def crl(
        self, revoked: Iterable[bytes] = (), *, now: datetime | None = None, days: float = 7, revoked_at: datetime | None = None
    ) -> bytes:
        """The issuing authority's list of revoked certificates (DER), naming those given (PEM)."""
        return _revocation_list(self.issuing, self.issuing_key, revoked, now, days, revoked_at)

    def root_crl(self, revoked: Iterable[bytes] = (), *, now: datetime | None = None, days: float = 90) -> bytes:
        """The root's list, in which only the issuing authority could stand."""
        return _revocation_list(self.root, self.root_key, revoked, now, days)

    def save(self, folder: Path) -> None:
        """Writes certificates and keys; the keys readable by their owner only."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        texts = {
            "root": self.root.public_bytes(Encoding.PEM),
            "issuing": self.issuing.public_bytes(Encoding.PEM),
            "root.key": _key_text(self.root_key),
            "issuing.key": _key_text(self.issuing_key),
        }
        for name, mode in FILES.items():
            path = folder / f"{name}.pem"
            path.unlink(missing_ok=True)  # an older file would keep its older, perhaps wider, mode
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(texts[name])


def make_authority(name: str) -> Authority:
    """A new authority; two made with the same name look alike and do not trust each other."""
    start = datetime.now(UTC) - timedelta(days=3650)  # so that certificates already expired can be issued too
    root_key, issuing_key = new_key("rsa2048"), new_key("rsa2048")
    root_name, issuing_name = (_authority(f"TEST {name} {rank}") for rank in ("root CA", "issuing CA"))
    builder = _builder(root_name, root_name, root_key, start, 10950)
    for extension, critical in _authority_extensions(None):
        builder = builder.add_extension(extension, critical)
    root = _finished(builder, None, root_key)
    builder = _builder(issuing_name, root, issuing_key, start, 7300)
    for extension, critical in _authority_extensions(0):
        builder = builder.add_extension(extension, critical)
    return Authority(root_key, root, issuing_key, _finished(builder, root, root_key))


def load(folder: Path) -> Authority:
    """An authority saved earlier; refuses a folder that holds none."""
    try:
        texts = {name: (folder / f"{name}.pem").read_bytes() for name in FILES}
    except OSError as error:
        raise BusinessError(f"There is no test authority in {folder}: make one first.") from error
    keys = {name: load_pem_private_key(texts[f"{name}.key"], None) for name in ("root", "issuing")}
    if not all(isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) for key in keys.values()):
        raise BusinessError(f"The keys in {folder} are of another kind: make a new test authority.")
    root, issuing = (x509.load_pem_x509_certificate(texts[name]) for name in ("root", "issuing"))
    return Authority(keys["root"], root, keys["issuing"], issuing)  # type: ignore[arg-type]  # narrowed above


def new_key(kind: str) -> Key:
    """A new key: `p256`, or `rsa` followed by its bits."""
    if kind == "p256":
        return ec.generate_private_key(ec.SECP256R1())
    bits = re.fullmatch(r"rsa(\d+)", kind)
    if bits is None:
        raise BusinessError(f"No keys of the kind {kind} are made: use rsa2048 or p256.")
    return rsa.generate_private_key(public_exponent=65537, key_size=int(bits[1]))


def _key_text(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _authority(common_name: str) -> x509.Name:
    return _name({NameOID.COUNTRY_NAME: "IN", NameOID.ORGANIZATIONAL_UNIT_NAME: WARNING, NameOID.COMMON_NAME: common_name})


def _person(common_name: str, organisation: str, serial_number: str | None) -> x509.Name:
    parts = {
        NameOID.COUNTRY_NAME: "IN",
        NameOID.ORGANIZATION_NAME: organisation,
        NameOID.ORGANIZATIONAL_UNIT_NAME: WARNING,
        NameOID.COMMON_NAME: common_name,
    }
    return _name(parts | ({NameOID.SERIAL_NUMBER: serial_number} if serial_number else {}))


def _name(parts: dict[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])


def _builder(
    subject: x509.Name, issuer: x509.Certificate | x509.Name, key: Key, start: datetime, days: float
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer if isinstance(issuer, x509.Name) else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _finished(builder: x509.CertificateBuilder, issuer: x509.Certificate | None, key: Key) -> x509.Certificate:
    """The certificate, signed; a root names no issuer and nothing that could revoke it."""
    if issuer is not None:
        rank = "root" if issuer.issuer == issuer.subject else "issuing"
        # No list can be fetched from here: the ending .invalid never leads anywhere (RFC 2606).
        place = x509.UniformResourceIdentifier(f"http://crl.test.invalid/{rank}.crl")
        points = x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)])
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        builder = builder.add_extension(identifier, False).add_extension(points, False)
    return builder.sign(key, hashes.SHA256())


def _authority_extensions(path_length: int | None) -> list[tuple[x509.ExtensionType, bool]]:
    # Real authorities carry the family of classes here, not the class of the certificates under them.
    return [
        (x509.BasicConstraints(True, path_length), True),
        (_usage("key_cert_sign", "crl_sign"), True),
        (_policies(ANY_CLASS), False),
    ]


def _leaf_extensions(usage: str, class3: bool) -> list[tuple[x509.ExtensionType, bool]]:
    if usage not in USAGES:
        raise BusinessError(f"No certificates for the use {usage} are made: use one of {', '.join(USAGES)}.")
    purposes = [ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CLIENT_AUTH, DOCUMENT_SIGNING]
    # RFC 3161 asks for this one purpose alone, and critical; the other two are wrong on purpose.
    stamping = [ExtendedKeyUsageOID.TIME_STAMPING]
    kinds = {"timestamp": stamping, "timestamp, not critical": stamping, "timestamp and more": [*stamping, *purposes]}
    return [
        (x509.BasicConstraints(False, None), True),
        (_usage(*USAGES[usage]), True),
        (_policies(CLASS_2, *([CLASS_3] if class3 else [])), False),
        (x509.ExtendedKeyUsage(kinds.get(usage, purposes)), usage in ("timestamp", "timestamp and more")),
    ]


def _usage(*allowed: str) -> x509.KeyUsage:
    every = [
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    ]
    return x509.KeyUsage(**{usage: usage in allowed for usage in every})


def _policies(*numbers: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(number), None) for number in numbers])


def _revocation_list(
    issuer: x509.Certificate,
    key: Key,
    revoked: Iterable[bytes],
    now: datetime | None,
    days: float,
    revoked_at: datetime | None = None,
) -> bytes:
    moment = now or datetime.now(UTC) - timedelta(minutes=1)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(moment)
        .next_update(moment + timedelta(days=days))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
        .add_extension(x509.CRLNumber(int(moment.timestamp())), False)
    )
    for pem in revoked:
        serial = x509.load_pem_x509_certificate(pem).serial_number
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked_at or moment).build()
        )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
