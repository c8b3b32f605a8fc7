"""Writes what a browser carries to the e-sign provider: the request for one signature over one hash, signed by us (eSign 2.1).

The provider asks the signer for the Aadhaar number, and nobody else ever does: `ekycId` is always empty.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from app.core import clock

VERSION = "2.1"
DOCUMENT = "1"  # there is always one, and this is its number
ONE_TIME_PASSWORD = "1"  # noqa: S105  the way of proving who one is (AuthMode): a code sent to the telephone


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: whose program asks, under which name, the hash (SHA-256, hex), what it is of, and where to answer."""

    asp_id: str
    txn: str
    sha256: str
    about: str
    answer_to: str


def request(wanted: Wanted, moment: datetime) -> Any:
    """The request as an element, not yet signed; `sc="Y"` says that the signer has consented, so ask for that first."""
    root = etree.Element(
        "Esign", ver=VERSION, sc="Y", ts=f"{clock.india(moment):%Y-%m-%dT%H:%M:%S}", txn=wanted.txn, ekycId="", ekycIdType="A",
        aspId=wanted.asp_id, AuthMode=ONE_TIME_PASSWORD, responseSigType="pkcs7", responseUrl=wanted.answer_to,
    )  # fmt: skip
    docs = etree.SubElement(root, "Docs")
    one = etree.SubElement(docs, "InputHash", id=DOCUMENT, hashAlgorithm="SHA256", docInfo=wanted.about[:50])
    one.text = wanted.sha256
    return root


def signed(root: Any, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> bytes:
    """The request with its enveloped signature: RSA with SHA-256 over the whole, canonical form 1.0 (XML-DSig)."""
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.RSA_SHA256, digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
    )  # fmt: skip
    return bytes(etree.tostring(signer.sign(root, key=key, cert=[certificate]), xml_declaration=True, encoding="UTF-8"))
