"""A signature that stands beside what was signed: a CMS that names text and certificate by their hashes, made in two steps.

What the key signs are the same three attributes as in a certificate's file (RFC 5652, 5.4; RFC 5035), so that a token's
agent can see what they bind before anybody types a PIN.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.errors import BusinessError
from app.signing import certcheck
from app.signing.payload import embeddable, public_key

NOT_THIS_ONE = "This signature is not over this text by this certificate: choose the registered certificate and sign again."
BOUND = {"content_type", "message_digest", "signing_certificate_v2"}


def attributes(certificate: bytes, data: bytes) -> bytes:
    """What the key has to sign (DER) so that it signs these bytes as the holder of this certificate (PEM or DER)."""
    return bytes(_attributes(certificate, data).dump())


def assembled(certificate: bytes, chain: Sequence[bytes], data: bytes, raw: bytes) -> bytes:
    """The whole signature (CMS, DER, with the certificates) from what a token made of `attributes`; refused when it is not."""
    bound = _attributes(certificate, data)
    value = embeddable(certificate, bound.dump(), raw)
    if not value:
        raise BusinessError(NOT_THIS_ONE)
    signer = certcheck.certificates(certificate)[0]
    others = [each for each in certcheck.certificates(chain) if each.sha256 != signer.sha256]
    is_ec = isinstance(public_key(certificate), ec.EllipticCurvePublicKey)
    info = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": _named(signer)}),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": bound,
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa" if is_ec else "sha256_rsa"}),
        "signature": value,
    }
    content = {
        "version": "v1", "digest_algorithms": [{"algorithm": "sha256"}], "encap_content_info": {"content_type": "data"},
        "certificates": [signer, *others], "signer_infos": [info],
    }  # fmt: skip
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": content}).dump())


def is_over(certificate: bytes, data: bytes, signature: bytes) -> bool:
    """Whether this is a CMS as `assembled` makes it, over exactly these bytes and by exactly this certificate."""
    try:
        content = cms.ContentInfo.load(signature, strict=True)
        signers = content["content"]["signer_infos"] if content["content_type"].native == "signed_data" else []
        if len(signers) != 1:
            return False
        value = signers[0]["signature"].native
        found = {each["type"].native: each["values"] for each in signers[0]["signed_attrs"]}
        if set(found) != BOUND or any(len(values) != 1 for values in found.values()):
            return False
        # Inside the envelope they carry a context tag, but they are signed as the SET they are (RFC 5652, 5.4).
        said = b"\x31" + bytes(signers[0]["signed_attrs"].dump())[1:]
    except (ValueError, TypeError, KeyError, IndexError):
        return False
    return said == attributes(certificate, data) and bool(embeddable(certificate, said, value))


def _attributes(certificate: bytes, data: bytes) -> Any:
    fingerprint = certcheck.certificates(certificate)[0].sha256
    binding = tsp.SigningCertificateV2({"certs": [{"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": fingerprint}]})
    return cms.CMSAttributes([
        cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
        cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(data).digest()]}),
        cms.CMSAttribute({"type": "signing_certificate_v2", "values": [binding]}),
    ])  # fmt: skip


def _named(signer: asn1.Certificate) -> dict[str, Any]:
    return {"issuer": signer.issuer, "serial_number": signer.serial_number}
