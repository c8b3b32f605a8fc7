"""A signature that was made somewhere else, as it is handed to the verb that needs it; and what is looked at before it counts."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.signing import detached, esign_signature
from app.signing.payload import verify_payload

Mode = Literal["DSC", "AADHAAR"]


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed and by what. Only code of ours makes one, once it has seen where the signature came from."""

    mode: Mode
    signature: str  # base64
    certificate_pem: str
    name: str  # as the certificate or the provider says it
    timestamp: str = ""  # base64 of an RFC 3161 token over the signature, where there is one


def _dsc(certificate: bytes, data: bytes, signature: bytes) -> bool:
    """A CMS from a token, or the bare value that a key on this server makes."""
    return detached.is_over(certificate, data, signature) or verify_payload(certificate, data, signature)


# How a signature of each mode is looked at: (certificate as PEM, what was signed, signature) -> whether it holds.
VERIFIED: dict[str, Callable[[bytes, bytes, bytes], bool]] = {"DSC": _dsc, "AADHAAR": esign_signature.is_over}


def holds(mode: str, certificate_pem: str, data: bytes, signature: str) -> bool:
    """Whether this signature (base64) was made over exactly these bytes by the holder of this certificate."""
    try:
        value = base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return False
    return mode in VERIFIED and VERIFIED[mode](certificate_pem.encode(), data, value)
