"""Reads a signing certificate and says everything that is wrong with it, without asking any outside computer."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from asn1crypto import pem, x509

from app.core.errors import BusinessError
from app.signing import rules
from app.signing.rules import CertificateFacts, Code, Finding

Pems = bytes | Iterable[bytes]

SHORT_NAMES = {
    "common_name": "CN",
    "organizational_unit_name": "OU",
    "organization_name": "O",
    "locality_name": "L",
    "state_or_province_name": "ST",
    "country_name": "C",
    "serial_number": "SERIALNUMBER",
}


def certificates(given: Pems) -> list[Any]:
    """The certificates in one or several files, DER or PEM, several to a file allowed; refuses what is none."""
    found = []
    try:
        for text in [given] if isinstance(given, bytes) else filter(None, given):
            blocks = [der for _, _, der in pem.unarmor(text, multiple=True)] if pem.detect(text) else [text]
            found += [_parsed(der) for der in blocks]
    except (ValueError, TypeError) as error:
        raise BusinessError(
            "The certificate cannot be read: send it as a .cer, .crt or .pem file, in DER or PEM form."
        ) from error
    return found


def read(der_or_pem: bytes) -> CertificateFacts:
    """What one certificate says about itself; refuses what is not exactly one certificate."""
    found = certificates(der_or_pem)
    if len(found) != 1:
        raise BusinessError("The file holds several certificates: send only the one of the signer.")
    return _facts(found[0])


def check(
    cert_pem: bytes,
    chain_pems: Pems,
    roots_pems: Pems,
    crls: Sequence[bytes],
    now: datetime,
    holder_name: str | None = None,
) -> list[str]:
    """Every reason not to trust a signature by this certificate now; lists of withdrawn certificates count if given."""
    found, _ = examine(cert_pem, chain_pems, roots_pems, crls, now, holder_name)
    return [finding.sentence for finding in found]


def examine(
    cert_pem: bytes,
    chain_pems: Pems,
    roots_pems: Pems,
    crls: Sequence[bytes],
    now: datetime,
    holder_name: str | None = None,
    min_days_left: int = 0,
) -> tuple[list[Finding], tuple[bytes, ...]]:
    """The same with codes; and, when the chain holds, the authorities between certificate and root (DER)."""
    facts = read(cert_pem)
    found = rules.findings(facts, now, holder_name, min_days_left)
    # A certificate out of its time has had its sentence; its chain is judged at the nearest moment it was good.
    moment = min(max(now, facts.not_before), facts.not_after)
    fault, between = _path(cert_pem, (chain_pems, roots_pems), crls if moment == now else (), moment)
    return found + ([fault] if fault else []), between


def _parsed(der: bytes) -> Any:
    """One certificate, with its parts looked at now: the parser is lazy and would complain only much later."""
    certificate = x509.Certificate.load(der, strict=True)
    _facts(certificate)
    return certificate


def _facts(certificate: Any) -> CertificateFacts:
    subject, key = certificate.subject.native, certificate.public_key
    usage, policies = certificate.key_usage_value, certificate.certificate_policies_value
    return CertificateFacts(
        subject_cn=_text(subject.get("common_name")),
        subject_o=_text(subject.get("organization_name")),
        subject_serial=_text(subject.get("serial_number")),
        issuer_dn=", ".join(f"{SHORT_NAMES.get(kind, kind)}={_text(value)}" for kind, value in certificate.issuer.native.items()),
        serial_hex=f"{certificate.serial_number:x}",
        sha256=certificate.sha256.hex(),
        not_before=certificate.not_valid_before,
        not_after=certificate.not_valid_after,
        key_usage=frozenset(usage.native) if usage else frozenset(),
        policies=frozenset(policy["policy_identifier"].dotted for policy in policies or ()),
        key_algorithm=str(key.algorithm),
        key_size=int(key.bit_size) if key.algorithm in {"rsa", "ec", "dsa"} else 0,
        curve=str(key.curve[1]) if key.algorithm == "ec" else "",
        hash_algorithm=str(certificate.hash_algo),
        is_authority=bool(certificate.ca),
    )


def _text(value: object) -> str:
    """A part of a name; parts that occur several times are joined."""
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _path(
    certificate: bytes, issuers: tuple[Pems, Pems], crls: Sequence[bytes], moment: datetime
) -> tuple[Finding | None, tuple[bytes, ...]]:
    """What is wrong between this certificate and the roots we trust, or None; and who stands in between."""
    from pyhanko_certvalidator import CertificateValidator
    from pyhanko_certvalidator.errors import (
        InsufficientRevinfoError,
        InvalidCertificateError,
        PathBuildingError,
        PathValidationError,
        RevokedError,
    )

    chain, roots = (certificates(group) for group in issuers)
    validator = CertificateValidator(
        certificates(certificate)[0], intermediate_certs=chain, validation_context=_context(roots, crls, moment)
    )
    try:
        path = asyncio.run(validator.async_validate_path())
    except RevokedError as error:
        who = "This certificate" if error.is_ee_cert else "The authority that issued this certificate"
        return Finding(
            Code.REVOKED,
            f"{who} was revoked on {rules.day(error.revocation_dt)}: get a new certificate and register it.",
        ), ()
    except InsufficientRevinfoError:
        return Finding(
            Code.REVOCATION_UNKNOWN,
            "It cannot be told whether this certificate was revoked, because no current list of revoked certificates "
            "of its authority is at hand: fetch the list again, then retry.",
        ), ()
    except PathBuildingError:
        return Finding(
            Code.UNKNOWN_ISSUER,
            "This certificate was not issued under a certifying authority trusted here: "
            "use one of an authority licensed in India, or have its root certificate added.",
        ), ()
    except (PathValidationError, InvalidCertificateError) as error:
        return Finding(
            Code.BROKEN_CHAIN,
            f"The chain of this certificate does not hold ({error}): get a new one from a licensed authority.",
        ), ()
    return None, tuple(issuer.dump() for issuer in list(path.iter_certs(include_root=False))[:-1])


def _context(roots: list[Any], crls: Sequence[bytes], moment: datetime) -> Any:
    """Trusts the given roots only, never fetches, and asks for withdrawal status only when lists were given."""
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule

    # A refused certificate is an answer to the person who asked, not a fault of this program.
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    policy = RevocationCheckingPolicy(
        RevocationCheckingRule.CRL_REQUIRED if crls else RevocationCheckingRule.NO_CHECK,
        # The root's own list is often not at hand; when it is, a revoked authority is still found.
        RevocationCheckingRule.CHECK_IF_DECLARED_SOFT if crls else RevocationCheckingRule.NO_CHECK,
    )
    return ValidationContext(
        trust_roots=roots,
        crls=crls,
        moment=moment,
        allow_fetching=False,
        revinfo_policy=CertRevTrustPolicy(policy),
    )
