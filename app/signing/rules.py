"""Which certificates an officer or exporter may sign with, and what to do about one that will not do."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CLASS_3 = "2.16.356.100.2.3"  # assurance class 3 in the policy numbers of the Controller of Certifying Authorities
MIN_RSA_BITS = 2048
CURVES = {"secp256r1": 256, "secp384r1": 384}
SIGNING_USAGES = frozenset({"digital_signature", "non_repudiation"})
ENCRYPTING_USAGES = frozenset({"key_encipherment", "data_encipherment", "key_agreement"})
WEAK_HASHES = frozenset({"md2", "md5", "sha1"})


class SignerKind(StrEnum):
    """Where the key is kept."""

    SOFT = "soft"  # a file, for demonstrations
    PKCS11 = "pkcs11"  # a security module in the server room
    DESK_AGENT = "desk_agent"  # a token at the officer's own computer
    ESIGN = "esign"  # an Aadhaar e-sign provider


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says about itself; nothing here is proved until its chain has been checked."""

    subject_cn: str
    subject_o: str
    subject_serial: str
    issuer_dn: str
    serial_hex: str
    sha256: str
    not_before: datetime
    not_after: datetime
    key_usage: frozenset[str]
    policies: frozenset[str]
    key_algorithm: str
    key_size: int
    curve: str = ""
    hash_algorithm: str = "sha256"
    is_authority: bool = False


def faults(
    facts: CertificateFacts,
    now: datetime,
    holder_name: str | None = None,
    min_days_left: int = 0,
    require_class3: bool = True,
) -> list[str]:
    """Every reason not to sign with this certificate, each with its cure; empty when there is none."""
    found = [
        _date_fault(facts, now, min_days_left),
        _usage_fault(facts),
        _class_fault(facts) if require_class3 else "",
        _key_fault(facts),
        _hash_fault(facts),
        _name_fault(facts, holder_name) if holder_name is not None else "",
    ]
    return [sentence for sentence in found if sentence]


def is_same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: capitals and spaces do not count."""
    return _plain(one) == _plain(other)


def day(moment: datetime) -> str:
    """A date as people write it: 3 March 2027."""
    return f"{moment.day} {moment:%B %Y}"


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _date_fault(facts: CertificateFacts, now: datetime, min_days_left: int) -> str:
    if now < facts.not_before:
        return (
            f"This certificate is valid only from {day(facts.not_before)}: "
            "sign after that day, or check the date of this computer."
        )
    if now > facts.not_after:
        return (
            f"This certificate expired on {day(facts.not_after)}: "
            "get a new one from a licensed certifying authority and register it."
        )
    if facts.not_after - now < timedelta(days=min_days_left):
        return (
            f"This certificate ends on {day(facts.not_after)}, in less than {min_days_left} days: "
            "renew it first and register the new one."
        )
    return ""


def _usage_fault(facts: CertificateFacts) -> str:
    if facts.is_authority:
        return "This is the certificate of a certifying authority, not of a person: choose your own certificate."
    if facts.key_usage & SIGNING_USAGES:
        return ""
    if facts.key_usage & ENCRYPTING_USAGES:
        return (
            "This certificate is for encryption only: "
            "choose the signing certificate, which is on the same token under the same name."
        )
    return "This certificate does not say that it may sign: choose one whose key usage includes digital signature."


def _class_fault(facts: CertificateFacts) -> str:
    if CLASS_3 in facts.policies:
        return ""
    return "This is not a class 3 certificate: get a class 3 certificate from a licensed certifying authority."


def _key_fault(facts: CertificateFacts) -> str:
    if facts.key_algorithm == "rsa":
        if facts.key_size >= MIN_RSA_BITS:
            return ""
        return f"The RSA key has {facts.key_size} bits: get a certificate with a key of {MIN_RSA_BITS} bits or more."
    if facts.key_algorithm == "ec" and facts.curve in CURVES:
        return ""
    return (
        f"Keys of the kind {facts.curve or facts.key_algorithm} are not accepted: "
        f"get a certificate with an RSA key of {MIN_RSA_BITS} bits or more, or on curve P-256 or P-384."
    )


def _hash_fault(facts: CertificateFacts) -> str:
    if facts.hash_algorithm not in WEAK_HASHES:
        return ""
    return (
        f"The certificate was issued with the outdated hash {facts.hash_algorithm.upper()}: "
        "get a new one from a licensed certifying authority."
    )


def _name_fault(facts: CertificateFacts, holder_name: str) -> str:
    if is_same_name(facts.subject_cn, holder_name):
        return ""
    return (
        f"The certificate is made out to {facts.subject_cn or 'nobody'}, but the account to {holder_name}: "
        "use your own certificate, or have the name on the account put right."
    )
