"""The doctor: says in plain sentences everything that keeps a certificate from being registered, and the cure of each."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asn1crypto import keys, pem, pkcs12
from cryptography.hazmat.primitives.serialization import Encoding

from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra.settings import setting
from app.signing import certcheck, trust
from app.signing.models import DscRegistration
from app.signing.rules import CertificateFacts, Code, Finding, day
from app.signing.trust import RevocationList

LARGEST = 64 * 1024  # bytes of one uploaded file
LONGEST_CHAIN = 6
NOT_CHECKED = (
    "Whether this certificate was revoked could not be checked, because no list of revoked certificates of its authority "
    "is kept on this server. It can be registered all the same."
)
PRIVATE_KEY_SENT = Finding(
    Code.PRIVATE_KEY_SENT,
    "This file holds a private key. It was not kept, but a key that has travelled should not be used any more: "
    "send only the certificate (.cer, .crt or .pem), and ask your authority for a new one if the file left your hands "
    "without a password.",
)
NO_PRIVATE_KEY = Finding(
    Code.NO_PRIVATE_KEY,
    "The answer was not signed with the key of this certificate, or over another text: choose the token or key file that "
    "belongs to the certificate you sent, and sign the text of this page exactly as it stands.",
)
CHALLENGE_EXPIRED = Finding(
    Code.CHALLENGE_EXPIRED,
    "The text to sign was good for 15 minutes, and they are over: send the certificate again and sign the new text.",
)
REGISTERED_ALREADY = Finding(
    Code.ALREADY_REGISTERED, "This certificate is registered to your account already: there is nothing left to do."
)
REGISTERED_ELSEWHERE = Finding(
    Code.ALREADY_REGISTERED,
    "This certificate is registered to another account: use a certificate of your own, or have it revoked there first.",
)


class Unfit(InvalidInput):
    """The certificate or the answer will not do; every finding at once, each with its cure."""

    def __init__(self, findings: Sequence[Finding], field: str = "certificate") -> None:
        self.findings = tuple(findings)
        super().__init__([Fault(field, finding.sentence) for finding in findings])


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor saw: the certificate, its chain up to the root (PEM), what is wrong, and what was not checked."""

    facts: CertificateFacts
    certificate_pem: str
    chain_pem: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    def of(self, organisation: str) -> "Diagnosis":
        """The same for somebody who belongs to this organisation."""
        found = organisation_fault(self.facts, organisation)
        return replace(self, findings=(*self.findings, found)) if found else self

    def known(self, others: Sequence[DscRegistration], user_id: int | None) -> "Diagnosis":
        """The same, with what the register says: `others` are all registrations of this certificate."""
        return replace(self, findings=(*self.findings, *_registered(others, user_id)))


def organisation_fault(facts: CertificateFacts, organisation: str) -> Finding | None:
    """What is wrong when a certificate names another organisation than the holder's; a person's own names none.

    DGFT compares an organisation's certificate with the firm's name, and leaves those of persons («Personal») alone.
    """
    named = facts.subject_o
    if _letters(named) in ("", "personal", _letters(organisation)):
        return None
    return Finding(
        Code.WRONG_FIRM,
        f"The certificate was issued to somebody of {named}, but the account belongs to {organisation}: use one of this "
        "firm or a personal one, or have the firm's name put right with DGFT.",
    )


def _letters(name: str) -> str:
    """A firm's name without capitals, spaces and signs, which every register writes as it likes."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).casefold().replace("&", "and") if letter.isalnum())


def diagnose(
    certificate: bytes,
    chain: bytes,
    *,
    holder_name: str,
    now: datetime,
    lists: list[RevocationList] | None = None,
) -> Diagnosis:
    """Everything that is wrong with a certificate for this holder.

    `lists` are the lists of revoked certificates to look in (those of the folder, if not given). Raises Unfit only for
    files that are no certificate at all.
    """
    leaf, sent = separate(certificate, chain)
    crls = trust.lists_for(leaf, trust.lists() if lists is None else lists)
    found, between = certcheck.examine(
        leaf, [*sent, *trust.between()], trust.roots(), crls, now, holder_name, min_days_left=int(setting("DSC_MIN_DAYS"))
    )
    return Diagnosis(
        facts=certcheck.read(leaf),
        certificate_pem=_pem(leaf),
        chain_pem="".join(map(_pem, between)),
        findings=tuple(found),
        notes=() if crls else (NOT_CHECKED,),
    )


def separate(certificate: bytes, chain: bytes) -> tuple[bytes, list[bytes]]:
    """The holder's certificate and the others that were sent along (DER); Unfit for what cannot be one."""
    for file in (certificate, chain):
        if len(file) > LARGEST:
            raise Unfit(
                [Finding(Code.UNREADABLE, "A file is larger than 64 KiB: send the certificate alone (.cer, .crt, .pem).")]
            )
        if holds_private_key(file):
            raise Unfit([PRIVATE_KEY_SENT])
    try:
        first, more = certcheck.certificates(certificate), certcheck.certificates([chain] if chain else [])
        for each in first[:1]:
            trust.loaded(each.dump())
    except (BusinessError, ValueError) as refusal:
        raise Unfit([Finding(Code.UNREADABLE, UNREADABLE)]) from refusal
    own = [each for each in first if not each.ca] or first
    if len(own) != 1 or len(first) + len(more) > LONGEST_CHAIN:
        raise Unfit([Finding(Code.UNREADABLE, "The file holds several certificates: send yours, and the others as its chain.")])
    return own[0].dump(), [each.dump() for each in (*first, *more) if each is not own[0]]


UNREADABLE = "The certificate cannot be read: send it as a .cer, .crt or .pem file, in DER or PEM form."


def holds_private_key(file: bytes) -> bool:
    """Whether somebody sent a key along: PKCS#12, PKCS#8 or a plain key, in DER or PEM."""
    return b"PRIVATE KEY-----" in file or any(_is(kind, file) for kind in KEY_FILES)


KEY_FILES = (
    pkcs12.Pfx,
    keys.PrivateKeyInfo,
    keys.EncryptedPrivateKeyInfo,
    keys.RSAPrivateKey,
    keys.ECPrivateKey,
)


def _is(kind: Any, file: bytes) -> bool:
    """Whether the bytes are one of these structures; the parser is lazy, so every part is asked for."""
    try:
        der = pem.unarmor(file)[2] if pem.detect(file) else file
        return kind.load(der, strict=True).native is not None
    # A file may be anything, and so may the parser's complaint; each means that it is no such structure.
    except Exception:
        return False


def _registered(others: Sequence[DscRegistration], user_id: int | None) -> list[Finding]:
    """What the register says about the same certificate."""
    revoked = next((row for row in others if row.status == "REVOKED"), None)
    if revoked is not None:
        when = day(revoked.ended_at or revoked.updated_at)
        return [Finding(Code.REVOKED, f"This certificate was revoked here on {when}: get a new certificate and register it.")]
    active = [row for row in others if row.status == "ACTIVE"]
    if not active:
        return []
    return [REGISTERED_ALREADY if any(row.user_id == user_id for row in active) else REGISTERED_ELSEWHERE]


def _pem(der: bytes) -> str:
    return trust.loaded(der).public_bytes(Encoding.PEM).decode()
