"""Is this e-signature over our document, by a certificate of half an hour made out to this person after an Aadhaar check?

What the provider sends is a detached PKCS#7 (CMS). The certificate is dead within the hour, so a time stamp over the
signature is put into it at once and proves for good that it was made while the certificate lived.
"""

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import cms, pem, x509
from stdnum.in_ import aadhaar

from app.core.errors import BusinessError
from app.signing import certcheck, lasting, rules
from app.signing.esign_answer import Answer
from app.signing.lasting import Trust
from app.signing.payload import is_signed
from app.signing.rules import CertificateFacts

EKYC = "2.16.356.100.2.4."  # by Aadhaar e-KYC: .1 with one factor (a code), .2 with several (a fingerprint)
LIFE = timedelta(minutes=30)
CLOCKS = timedelta(minutes=5)  # how far the provider's clock and ours may differ
MOST_BYTES = 32 * 1024
ALGORITHMS = {"sha256_ecdsa", "sha256_rsa", "rsassa_pkcs1v15"}  # ECDSA comes with parameters NULL, which are not looked at
NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{4}[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])", re.ASCII)
UUID = re.compile(r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])", re.ASCII | re.IGNORECASE)
NUMBER_SENT = (
    "The e-sign provider sent along what may be an Aadhaar number. It was not taken and not kept, and nothing was changed. "
    "Tell the help desk; until this is put right, sign with a certificate."
)
TOO_LATE = "The e-signature's certificate has expired; it lives half an hour. Nothing was changed; sign once more."
_UNREADABLE = "The e-sign provider's signature cannot be read. Nothing was changed; sign once more."
_OTHER = "The e-sign provider's signature is not over this document. Nothing was changed; sign once more."
_FORGED = "The e-sign provider's signature does not verify. Nothing was changed; sign once more."


class NumberSent(BusinessError):
    """What may be an Aadhaar number came along: the one refusal after which not even the answer is kept."""

    def __init__(self) -> None:
        super().__init__(NUMBER_SENT)


@dataclass(frozen=True, slots=True)
class ESignature:
    """A signature that was looked at: the CMS (DER), the signer's certificate (PEM), and the hash of the signature value."""

    cms: bytes
    certificate_pem: str
    certificate_sha256: str
    name: str
    words: tuple[str, ...]  # every word of the certificate's subject
    value_sha256: bytes
    not_after: datetime


def holds_aadhaar_number(*texts: str) -> bool:
    """Whether one of these texts holds twelve digits that could be an Aadhaar number (by its check digit, Verhoeff).

    A UUID, as providers number their answers, is none, whatever digits it happens to begin with.
    """
    return any(aadhaar.is_valid(found) for text in texts for found in NUMBER.findall(UUID.sub("|", text)))


def names_in(answer: Answer) -> list[str]:
    """Every word of the names in the certificates that an answer holds, as far as they can be read."""
    found = []
    for text in (answer.certificate, answer.signature):
        try:
            der = base64.b64decode(text, validate=True)
            if text == answer.signature:
                found += [word for each in _certificates(_signed(der)[0]) for word in _words(each)]
            else:
                found += _words(x509.Certificate.load(der, strict=True))
        except (ValueError, TypeError, KeyError, BusinessError):
            continue  # unreadable, which is told later and in other words
    return found


def _words(certificate: Any) -> list[str]:
    subject = certificate.subject.native
    return [str(word) for value in subject.values() for word in (value if isinstance(value, list) else [value])]


def fingerprint(certificate: str) -> str:
    """SHA-256 of a certificate in base64; empty when it is none."""
    try:
        return hashlib.sha256(base64.b64decode(certificate, validate=True)).hexdigest()
    except (ValueError, binascii.Error):
        return ""


def read(signature: str, sha256: str, name: str, trust: Trust, moment: datetime) -> ESignature:
    """The signature (base64) over the document with this hash (hex), made now by the person of this name.

    BusinessError with a sentence: unreadable, of another document, forged, of another name, of another kind of
    certificate, expired, or from an authority that is not trusted.
    """
    der = _bytes_of(signature)
    signed, signer = _signed(der)
    certificate = _certificate_of(signed, signer)
    if _digest_in(signer) != bytes.fromhex(sha256):
        raise BusinessError(_OTHER)
    if not _verifies(signer, certificate):
        raise BusinessError(_FORGED)
    _must_be_fit(certificate, name, moment)
    _must_be_trusted(certificate, signed, trust, moment)
    return ESignature(
        der, pem.armor("CERTIFICATE", certificate.dump()).decode(), certificate.sha256.hex(),
        certcheck.read(certificate.dump()).subject_cn,
        tuple(_words(certificate)), hashlib.sha256(signer["signature"].native).digest(), certificate.not_valid_after,
    )  # fmt: skip


def with_stamp(found: ESignature, token: bytes) -> str:
    """The CMS with a time stamp over its signature value (RFC 3161, unsigned attribute), as base64, to be kept."""
    content = cms.ContentInfo.load(found.cms)
    stamp = cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [cms.ContentInfo.load(token)]})
    content["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([stamp])
    return base64.b64encode(content.dump()).decode()


def is_over(certificate: bytes, data: bytes, signature: bytes) -> bool:
    """Whether this is a stamped e-signature (CMS, DER) over exactly these bytes by the holder of this certificate (PEM, DER)."""
    try:
        signed, signer = _signed(signature)
        found, facts = _certificate_of(signed, signer), certcheck.read(certificate)
        by_them = facts.sha256 == found.sha256.hex() and _is_on_ekyc(facts) and _token_in(signer) is not None
        return by_them and _digest_in(signer) == hashlib.sha256(data).digest() and _verifies(signer, found)
    except BusinessError:
        return False


def why_not_kept(signature: str, certificate_pem: str, sha256: str, trust: Trust, moment: datetime) -> str:
    """What is wrong with a kept, time-stamped e-signature over this hash (hex); empty when it was good when it was stamped."""
    try:
        der = _bytes_of(signature)
        signed, signer = _signed(der)
        certificate = _certificate_of(signed, signer)
        if certcheck.read(certificate_pem.encode()).sha256 != certificate.sha256.hex():
            return "it is not by the certificate kept beside it"
        if _digest_in(signer) != bytes.fromhex(sha256) or not _verifies(signer, certificate):
            return "it is not over what was filed"
        token = _token_in(signer)
        value = signer["signature"].native
        stamp = lasting.look_at_token(token["content"], _digest_of(value), trust, moment)
        if stamp.fault or stamp.time is None:
            return f"its time stamp: {stamp.fault}"
        if not certificate.not_valid_before - CLOCKS <= stamp.time <= certificate.not_valid_after:
            return "it was not stamped while its certificate lived"
        _must_be_trusted(certificate, signed, trust, stamp.time)
    except BusinessError as refusal:
        return refusal.sentence
    return ""


def _digest_of(value: bytes) -> Callable[[str], bytes]:
    return lambda algorithm: hashlib.new(algorithm, value).digest()


def _bytes_of(signature: str) -> bytes:
    try:
        der = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BusinessError(_UNREADABLE) from error
    if not 0 < len(der) <= MOST_BYTES:
        raise BusinessError(_UNREADABLE)
    return der


def _signed(der: bytes) -> tuple[Any, Any]:
    """The signed data and its one signer; detached, with SHA-256."""
    try:
        content = cms.ContentInfo.load(der, strict=True)
        if content["content_type"].native != "signed_data":
            raise BusinessError(_UNREADABLE)
        signed = content["content"]
        signers, inside = signed["signer_infos"], signed["encap_content_info"]["content"].native
        if len(signers) != 1 or inside is not None:
            raise BusinessError(_UNREADABLE)
        signer = signers[0]
        kinds = signer["digest_algorithm"]["algorithm"].native, signer["signature_algorithm"]["algorithm"].native
        if kinds[0] != "sha256" or kinds[1] not in ALGORITHMS:
            raise BusinessError(_UNREADABLE)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BusinessError(_UNREADABLE) from error
    return signed, signer


def _certificate_of(signed: Any, signer: Any) -> Any:
    """The one certificate in the CMS that the signer says is theirs."""
    try:
        found = [each for each in _certificates(signed) if _is_theirs(each, signer["sid"])]
        if len(found) == 1:
            certcheck.read(found[0].dump())  # the parser is lazy: whatever is wrong in it is found now
            return found[0]
    except (ValueError, TypeError, KeyError) as error:
        raise BusinessError(_UNREADABLE) from error
    raise BusinessError(_UNREADABLE)


def _certificates(signed: Any) -> Iterator[Any]:
    yield from (each.chosen for each in signed["certificates"] if each.name == "certificate")


def _is_theirs(certificate: Any, sid: Any) -> bool:
    if sid.name == "issuer_and_serial_number":
        said = sid.chosen
        return bool(certificate.issuer == said["issuer"] and certificate.serial_number == said["serial_number"].native)
    return bool(certificate.key_identifier == sid.chosen.native)


def _digest_in(signer: Any) -> bytes:
    """The hash of the document as the signer signed it."""
    try:
        told = [each["values"][0].native for each in signer["signed_attrs"] if each["type"].native == "message_digest"]
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BusinessError(_UNREADABLE) from error
    return told[0] if len(told) == 1 and isinstance(told[0], bytes) else b""


def _verifies(signer: Any, certificate: Any) -> bool:
    """Inside the envelope the attributes carry a context tag, but they are signed as the SET they are (RFC 5652, 5.4)."""
    attributes = b"\x31" + bytes(signer["signed_attrs"].dump())[1:]
    return is_signed(certificate.dump(), attributes, signer["signature"].native)


def _token_in(signer: Any) -> Any:
    stamps = [each for each in signer["unsigned_attrs"] or () if each["type"].native == "signature_time_stamp_token"]
    if len(stamps) != 1 or len(stamps[0]["values"]) != 1:
        raise BusinessError("it carries no time stamp")
    return stamps[0]["values"][0]


def _is_on_ekyc(facts: CertificateFacts) -> bool:
    return any(policy.startswith(EKYC) for policy in facts.policies)


def _must_be_fit(certificate: Any, name: str, moment: datetime) -> None:
    """A person's certificate for one signature: by e-KYC, for half an hour at most, alive, and in the name of the account."""
    facts = certcheck.read(certificate.dump())
    if not _is_on_ekyc(facts):
        raise BusinessError("The certificate was not issued on an Aadhaar check (e-KYC). Nothing was changed; sign once more.")
    if facts.not_after - facts.not_before > LIFE or facts.is_authority or not facts.key_usage & rules.SIGNING_USAGES:
        raise BusinessError("This is not a certificate for one e-signature. Nothing was changed; sign once more.")
    if not facts.not_before - CLOCKS <= moment <= facts.not_after:
        raise BusinessError(TOO_LATE)
    if not rules.is_same_name(facts.subject_cn, name):
        raise BusinessError(
            f"Aadhaar knows the signer as {facts.subject_cn or 'nobody'}, but this account is {name}'s. Nothing was changed. "
            "Sign yourself, or have the name on the account put right."
        )


def _must_be_trusted(certificate: Any, signed: Any, trust: Trust, moment: datetime) -> None:
    """Under a root of the provider's, at that moment; of the lists kept here those count that speak of it."""
    from pyhanko_certvalidator import CertificateValidator
    from pyhanko_certvalidator.errors import PathError, ValidationError

    lasting.hush()
    at = min(max(moment, certificate.not_valid_before), certificate.not_valid_after)
    others = [each for each in _certificates(signed) if each.sha256 != certificate.sha256]
    validator = CertificateValidator(certificate, others, validation_context=lasting.context(trust, at, stamps=False))
    try:
        asyncio.run(validator.async_validate_path())
    except (PathError, ValidationError, ValueError) as error:
        raise BusinessError(
            "The e-signature's certificate is not from an authority trusted for e-signatures here. Nothing was changed."
        ) from error
