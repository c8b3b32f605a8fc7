"""Which certificates an officer or exporter may sign with, and what to do about one that will not do."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.core import clock
from app.core.actor import Role
from app.core.workflow import Arg, Move, Workflow

CLASS_3 = "2.16.356.100.2.3"  # assurance class 3 in the policy numbers of the Controller of Certifying Authorities
MIN_RSA_BITS = 2048
CURVES = {"secp256r1": 256, "secp384r1": 384}
SIGNING_USAGES = frozenset({"digital_signature", "non_repudiation"})
ENCRYPTING_USAGES = frozenset({"key_encipherment", "data_encipherment", "key_agreement"})
WEAK_HASHES = frozenset({"md2", "md5", "sha1"})
SKEW = timedelta(days=1)  # a start that lies ahead by less is more likely a clock that is wrong
REMINDERS = (30, 15, 7)  # days before the end


class SignerKind(StrEnum):
    """Where the key is kept."""

    SOFT = "soft"  # a file, for demonstrations
    PKCS11 = "pkcs11"  # a security module in the server room
    DESK_AGENT = "desk_agent"  # a token at its holder's own computer
    ESIGN = "esign"  # an Aadhaar e-sign provider


class OrderState(StrEnum):
    """Where an order to sign one document stands."""

    WAITING = "WAITING"  # for the holder's hand
    ANSWERED = "ANSWERED"  # the signature is here, the worker makes the document of it
    DONE = "DONE"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


_HOLDERS = frozenset({Role.OFFICER, Role.PRIMARY, Role.APPLICANT, Role.BROKER_FILER})
_SYSTEM = frozenset({Role.SYSTEM})
_WAITING, _ANSWERED = frozenset({"WAITING"}), frozenset({"ANSWERED"})

ORDER_LIFE = Workflow(
    "signature order",
    OrderState.WAITING,
    (
        Move("answer", _WAITING, OrderState.ANSWERED, _HOLDERS, "signature handed over", "Hand the signature over",
             (Arg("signature", "Signature (base64)", "text", max_length=4000),), holder=True,
             guard="made by the registered key over this very document, in time"),
        Move("refuse", _WAITING, OrderState.REFUSED, _HOLDERS, "signature refused", "Do not sign", holder=True,
             guard="a certificate keeps its number, a draft stays a draft: both can be signed later"),
        Move("expire", _WAITING, OrderState.EXPIRED, _SYSTEM, "signature order expired", "Expire", automatic=True,
             guard="nobody signed in time, or the certificate it was for is not the registered one any more"),
        Move("finish", _ANSWERED, OrderState.DONE, _SYSTEM, "signature used", "Finish", automatic=True,
             guard="once, in the transaction that issues the certificate or files the application"),
        Move("fail", _ANSWERED, OrderState.FAILED, _SYSTEM, "signature not used", "Fail", automatic=True,
             guard="the holder may not sign any more, or what was signed does not hold or was changed"),
    ),
    final=frozenset({OrderState.DONE, OrderState.REFUSED, OrderState.EXPIRED, OrderState.FAILED}),
)  # fmt: skip


class EsignState(StrEnum):
    """Where an order to the e-sign provider stands."""

    WAITING = "WAITING"  # for the person at the provider's
    DONE = "DONE"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


ESIGN_LIFE = Workflow(
    "e-sign order",
    EsignState.WAITING,
    (
        Move("finish", _WAITING, EsignState.DONE, _SYSTEM, "e-signature used", "Finish", automatic=True,
             guard="once, in the transaction that submits the application or sends the reply"),
        Move("refuse", _WAITING, EsignState.REFUSED, _SYSTEM, "e-signature refused", "Refuse", automatic=True,
             guard="the provider or the signer said no, or what came does not hold; nothing else is changed"),
        Move("expire", _WAITING, EsignState.EXPIRED, _SYSTEM, "e-sign order expired", "Expire", automatic=True,
             guard="nobody signed in time, or the same person has begun anew"),
    ),
    final=frozenset({EsignState.DONE, EsignState.REFUSED, EsignState.EXPIRED}),
)  # fmt: skip


class Code(StrEnum):
    """What can be wrong with a certificate or with the proof that its key is in the right hand."""

    EXPIRED = "EXPIRED"
    ENDS_SOON = "ENDS_SOON"
    NOT_YET_VALID = "NOT_YET_VALID"
    CLOCK_SKEW = "CLOCK_SKEW"
    ENCRYPTION = "ENCRYPTION"
    AUTHORITY = "AUTHORITY"
    NO_SIGNING = "NO_SIGNING"
    WRONG_CLASS = "WRONG_CLASS"
    KEY_TOO_SMALL = "KEY_TOO_SMALL"
    WRONG_KEY = "WRONG_KEY"
    WEAK_HASH = "WEAK_HASH"
    WRONG_NAME = "WRONG_NAME"
    WRONG_FIRM = "WRONG_FIRM"
    UNKNOWN_ISSUER = "UNKNOWN_ISSUER"
    BROKEN_CHAIN = "BROKEN_CHAIN"
    REVOKED = "REVOKED"
    REVOCATION_UNKNOWN = "REVOCATION_UNKNOWN"
    ALREADY_REGISTERED = "ALREADY_REGISTERED"
    UNREADABLE = "UNREADABLE"
    PRIVATE_KEY_SENT = "PRIVATE_KEY_SENT"
    NO_PRIVATE_KEY = "NO_PRIVATE_KEY"
    CHALLENGE_EXPIRED = "CHALLENGE_EXPIRED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: its code for programs, and a sentence with the cure for people."""

    code: Code
    sentence: str


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
    return [found.sentence for found in findings(facts, now, holder_name, min_days_left, require_class3)]


def findings(
    facts: CertificateFacts,
    now: datetime,
    holder_name: str | None = None,
    min_days_left: int = 0,
    require_class3: bool = True,
) -> list[Finding]:
    """The same with their codes; `min_days_left` is how many days the certificate must still be valid."""
    found = [
        _date_fault(facts, now, min_days_left),
        _usage_fault(facts),
        _class_fault(facts) if require_class3 else None,
        _key_fault(facts),
        _hash_fault(facts),
        _name_fault(facts, holder_name) if holder_name is not None else None,
    ]
    return [finding for finding in found if finding]


def reminder(days_left: int, reminded: int | None) -> int | None:
    """Which reminder is due so many days before the end: 30, 15 or 7, each once and the last one only; None = none."""
    due = [threshold for threshold in REMINDERS if days_left <= threshold]
    return due[-1] if due and days_left >= 0 and (reminded is None or due[-1] < reminded) else None


def is_same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: capitals and spaces do not count."""
    return _plain(one) == _plain(other)


def day(moment: datetime) -> str:
    """A date as people write it: 3 March 2027."""
    return f"{moment.day} {moment:%B %Y}"


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _date_fault(facts: CertificateFacts, now: datetime, min_days_left: int) -> Finding | None:
    if now < facts.not_before:
        return _too_early(facts, now)
    if now > facts.not_after:
        return Finding(
            Code.EXPIRED,
            f"This certificate expired on {day(facts.not_after)}: "
            "get a new one from a licensed certifying authority and register it.",
        )
    if facts.not_after - now < timedelta(days=min_days_left):
        return Finding(
            Code.ENDS_SOON,
            f"This certificate ends on {day(facts.not_after)}, in less than {min_days_left} days: "
            "renew it first and register the new one.",
        )
    return None


def _too_early(facts: CertificateFacts, now: datetime) -> Finding:
    if facts.not_before - now < SKEW:
        return Finding(
            Code.CLOCK_SKEW,
            f"This certificate begins to be valid at {clock.stamp(facts.not_before)}, but this server's clock says "
            f"{clock.stamp(now)}: if your clock agrees with the server's, wait until then; if it does not, "
            "one of the two is wrong, so set yours or tell the help desk.",
        )
    return Finding(
        Code.NOT_YET_VALID,
        f"This certificate is valid only from {day(facts.not_before)}: sign after that day, or check the date of this computer.",
    )


def _usage_fault(facts: CertificateFacts) -> Finding | None:
    if facts.is_authority:
        return Finding(
            Code.AUTHORITY,
            "This is the certificate of a certifying authority, not of a person: choose your own certificate.",
        )
    if facts.key_usage & SIGNING_USAGES:
        return None
    if facts.key_usage & ENCRYPTING_USAGES:
        return Finding(
            Code.ENCRYPTION,
            "This certificate is for encryption only: "
            "choose the signing certificate, which is on the same token under the same name.",
        )
    return Finding(
        Code.NO_SIGNING,
        "This certificate does not say that it may sign: choose one whose key usage includes digital signature.",
    )


def _class_fault(facts: CertificateFacts) -> Finding | None:
    if CLASS_3 in facts.policies:
        return None
    return Finding(
        Code.WRONG_CLASS,
        "This is not a class 3 certificate: get a class 3 certificate from a licensed certifying authority.",
    )


def _key_fault(facts: CertificateFacts) -> Finding | None:
    if facts.key_algorithm == "rsa":
        if facts.key_size >= MIN_RSA_BITS:
            return None
        return Finding(
            Code.KEY_TOO_SMALL,
            f"The RSA key has {facts.key_size} bits: get a certificate with a key of {MIN_RSA_BITS} bits or more.",
        )
    if facts.key_algorithm == "ec" and facts.curve in CURVES:
        return None
    return Finding(
        Code.WRONG_KEY,
        f"Keys of the kind {facts.curve or facts.key_algorithm} are not accepted: "
        f"get a certificate with an RSA key of {MIN_RSA_BITS} bits or more, or on curve P-256 or P-384.",
    )


def _hash_fault(facts: CertificateFacts) -> Finding | None:
    if facts.hash_algorithm not in WEAK_HASHES:
        return None
    return Finding(
        Code.WEAK_HASH,
        f"The certificate was issued with the outdated hash {facts.hash_algorithm.upper()}: "
        "get a new one from a licensed certifying authority.",
    )


def _name_fault(facts: CertificateFacts, holder_name: str) -> Finding | None:
    if is_same_name(facts.subject_cn, holder_name):
        return None
    return Finding(
        Code.WRONG_NAME,
        f"The certificate is made out to {facts.subject_cn or 'nobody'}, but the account to {holder_name}: "
        "use your own certificate, or have the name on the account put right.",
    )
