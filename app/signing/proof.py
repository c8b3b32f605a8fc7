"""Does this answer prove that whoever sent it holds the key? A plain signature or a detached CMS over the challenge."""

import base64
import binascii
import hashlib
from typing import Any

from asn1crypto import cms, pem
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from app.signing.payload import public_key

HASHES: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
PREFIX = "udgam-dsc-registration-v1:"  # so that the text can be taken for nothing else that a key of this house signs


def text_of(nonce: str) -> str:
    """What is to be signed: one line of plain characters."""
    return PREFIX + nonce


def proves(certificate: bytes, nonce: str, answer: bytes) -> bool:
    """Whether the key of this certificate (PEM or DER) signed the challenge; `answer` as sent: binary, base64, PEM."""
    # Editors put an end of line after the one line; what was signed is the same text.
    texts = [text_of(nonce).encode() + end for end in (b"", b"\n", b"\r\n")]
    key = public_key(certificate)
    return any(_is_signature(key, texts, form) or _is_cms(key, texts, form) for form in _forms(answer))


def _forms(answer: bytes) -> list[bytes]:
    """The answer as it came, and what it says when it is read as PEM or base64."""
    found = [answer]
    try:
        if pem.detect(answer):
            found.append(pem.unarmor(answer)[2])
        else:
            found.append(base64.b64decode(b"".join(answer.split()), validate=True))
    except (ValueError, binascii.Error):
        pass
    return found


def _is_signature(key: Any, texts: list[bytes], signature: bytes) -> bool:
    return any(_verifies(key, text, signature, hashes.SHA256()) for text in texts)


def _verifies(key: Any, data: bytes, signature: bytes, digest: hashes.HashAlgorithm) -> bool:
    """By every way of signing that tokens know: RSA as PKCS#1 v1.5 or PSS, ECDSA as DER or as two numbers side by side."""
    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
        return any(_passes(key, signature, data, scheme, digest) for scheme in (padding.PKCS1v15(), pss))
    if isinstance(key, ec.EllipticCurvePublicKey):
        return any(_passes(key, form, data, ec.ECDSA(digest)) for form in (signature, _pair(key, signature)) if form)
    return False


def _passes(key: Any, *given: Any) -> bool:
    try:
        key.verify(*given)
    except InvalidSignature:
        return False
    return True


def _pair(key: ec.EllipticCurvePublicKey, raw: bytes) -> bytes:
    """Two numbers of equal length as DER; empty when it is not two such numbers."""
    half = (key.key_size + 7) // 8
    if len(raw) != 2 * half:
        return b""
    return utils.encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def _is_cms(key: Any, texts: list[bytes], der: bytes) -> bool:
    """One signer, over our text; which certificate the envelope carries does not matter, only whose key signed."""
    try:
        content = cms.ContentInfo.load(der, strict=True)
        if content["content_type"].native != "signed_data":
            return False
        signers = content["content"]["signer_infos"]
        return len(signers) == 1 and _signer_holds(key, texts, signers[0])
    except (ValueError, TypeError, KeyError, IndexError):
        return False


def _signer_holds(key: Any, texts: list[bytes], signer: Any) -> bool:
    name = signer["digest_algorithm"]["algorithm"].native
    if name not in HASHES:
        return False
    signature, attributes = signer["signature"].native, signer["signed_attrs"]
    if not attributes:
        return any(_verifies(key, text, signature, HASHES[name]) for text in texts)
    told = [attribute["values"][0].native for attribute in attributes if attribute["type"].native == "message_digest"]
    if len(told) != 1 or told[0] not in [hashlib.new(name, text).digest() for text in texts]:
        return False
    # Inside the envelope they carry a context tag, but they are signed as the SET they are (RFC 5652, 5.4).
    return _verifies(key, b"\x31" + bytes(attributes.dump())[1:], signature, HASHES[name])
