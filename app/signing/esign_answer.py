"""Reads what the e-sign provider answers, and only what the provider's own signature covers (eSign 2.1).

Whoever brings the answer is a stranger's browser: before the signature is seen to verify, nothing in it means anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

MOST_BYTES = 64 * 1024  # real answers have 6 to 12 KiB
LONGEST_WORDS = 300
SUCCESS, FAILURE = "1", "0"
NOTHING = {"", "NA"}  # how providers write that there is nothing


class NotBelieved(Exception):
    """This is no answer of the provider's: nothing in it may change anything. The text says why, for the log."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider says, under its signature: the codes are opaque texts, certificate and signature base64 or empty."""

    txn: str
    status: str
    code: str
    message: str
    reference: str
    certificate: str
    signature: str


def read(raw: bytes, certificates: Sequence[x509.Certificate], moment: datetime, *, sha1: bool = False) -> Answer:
    """The answer, once it is seen to be the provider's; NotBelieved when it is not.

    `certificates` are those the provider signs its answers with. `sha1`: take RSA with SHA-1 from a provider that still
    signs so.
    """
    if not 0 < len(raw) <= MOST_BYTES:
        raise NotBelieved("it is empty or far too large")
    root = _covered(raw, certificates, moment, sha1=sha1)
    if root.tag != "EsignResp" or root.get("status") not in {SUCCESS, FAILURE}:
        raise NotBelieved("it is signed, and yet no answer to a request for a signature")
    found = root.findall("./Signatures/DocSignature")
    if len(found) > 1 or (root.get("status") == SUCCESS and not found):
        raise NotBelieved("it holds another number of signatures than one")
    error = _said(found[0].get("error")) if found else ""
    return Answer(
        txn=_said(root.get("txn")),
        status=FAILURE if error else str(root.get("status")),
        code=_said(root.get("errCode")),
        message=_said(root.get("errMsg")) or error,
        reference=_said(root.get("resCode")),
        certificate=_base64(root.findtext("./UserX509Certificate")),
        signature=_base64(found[0].text) if found else "",
    )


def _covered(raw: bytes, certificates: Sequence[x509.Certificate], moment: datetime, *, sha1: bool) -> Any:
    """What the signature covers, parsed anew from the very bytes that were hashed. Entities and other hosts: never."""
    methods = {SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512}
    digests = {DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}
    config = SignatureConfiguration(
        location="./", expect_references=1, verification_time=moment,
        signature_methods=frozenset(methods | ({SignatureMethod.RSA_SHA1} if sha1 else set())),
        digest_algorithms=frozenset(digests | ({DigestAlgorithm.SHA1} if sha1 else set())),
    )  # fmt: skip
    why = "no certificate of the provider is known"
    for certificate in certificates:
        try:
            found: Any = XMLVerifier().verify(raw, x509_cert=certificate, expect_config=config)
        except (SignXMLException, InvalidSignature, etree.LxmlError, ValueError, TypeError, LookupError) as error:
            why = f"{type(error).__name__}: {error}"
            continue
        if found.signed_xml is None or found.signed_xml.getparent() is not None:
            raise NotBelieved("its signature covers something else than the whole")
        return found.signed_xml
    raise NotBelieved(why[:LONGEST_WORDS])


def _said(value: str | None) -> str:
    """One of the provider's words: one line, not endless; «NA» is nothing."""
    words = " ".join((value or "").split())[:LONGEST_WORDS]
    return "" if words.upper() in NOTHING else words


def _base64(value: str | None) -> str:
    """Base64 without the line ends it may be broken with."""
    text = "".join((value or "").split())
    return "" if text.upper() in NOTHING else text
