"""Whom we trust: the roots, the authorities known to stand under them, and the lists of revoked certificates kept here."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from asn1crypto import pem
from cryptography import x509

from app.infra import keystore
from app.infra.settings import setting
from app.signing import certcheck

log = logging.getLogger(__name__)

LARGEST_LIST = 64 * 1024 * 1024  # bytes; the lists of large authorities have some megabytes


@dataclass(frozen=True)
class RevocationList:
    """One list as its authority published it (DER), already looked into."""

    der: bytes
    content: x509.CertificateRevocationList

    def names(self, certificate: x509.Certificate) -> bool:
        """Whether the list is of this certificate's authority and has its number; the list's own signature is not asked here."""
        found = self.content.get_revoked_certificate_by_serial_number(certificate.serial_number)
        return self.content.issuer == certificate.issuer and found is not None


def roots() -> list[bytes]:
    """The roots in which every chain must end (PEM), from the setting TRUST_ROOTS and, on a demo machine, its own CA."""
    return keystore.roots()


def stamp_roots() -> list[bytes]:
    """The roots of those whose time stamps we take: those in TSA_ROOTS, or the same as for signers."""
    files = [Path(name) for name in str(setting("TSA_ROOTS")).split(":") if name]
    return [path.read_bytes() for path in files] if files else roots()


def between() -> list[bytes]:
    """Authorities that stand under the roots (PEM), for those who send their certificate without its chain."""
    files = [Path(name) for name in str(setting("TRUST_CHAIN")).split(":") if name]
    if setting("SOFT_SIGNER"):
        files.append(keystore.folder() / "authority" / "issuing.pem")
    return [path.read_bytes() for path in files if path.exists()]


def lists() -> list[RevocationList]:
    """Every readable list in the folder CRL_FOLDER; a damaged one is left out and noted in the log."""
    folder = str(setting("CRL_FOLDER"))
    return [found for path in sorted(Path(folder).glob("*.crl")) for found in _read(path)] if folder else []


def lists_for(certificate: bytes, known: list[RevocationList]) -> list[bytes]:
    """The lists that can say whether this certificate (PEM or DER) is revoked, and those of the roots; none = not checked."""
    issuer = loaded(certificate).issuer
    own = [each for each in known if each.content.issuer == issuer]
    if not own:
        return []
    above = {loaded(root.dump()).subject for root in certcheck.certificates(roots())}
    return [each.der for each in own] + [each.der for each in known if each.content.issuer in above - {issuer}]


def loaded(certificate: bytes) -> x509.Certificate:
    """The first certificate in PEM or DER, as the library that compares names sees it."""
    return x509.load_der_x509_certificate(certcheck.certificates(certificate)[0].dump())


def _read(path: Path) -> Iterator[RevocationList]:
    try:
        status = path.stat()
        yield _parsed(str(path), status.st_mtime_ns, status.st_size)
    except (OSError, ValueError) as error:
        log.warning("the list of revoked certificates %s cannot be used (%s)", path.name, error)


@lru_cache(maxsize=64)
def _parsed(path: str, _changed: int, size: int) -> RevocationList:
    """Read once for as long as the file stays as it is."""
    if size > LARGEST_LIST:
        raise ValueError("it is too large")
    content = Path(path).read_bytes()
    der = pem.unarmor(content)[2] if pem.detect(content) else content
    return RevocationList(der, x509.load_der_x509_crl(der))
