"""What may be signed at all: the attributes that bind one document and this certificate, or the text of a registration."""

import re

from asn1crypto import (
    cms,
    tsp,  # noqa: F401  teaches cms what signing_certificate_v2 holds
)

PROOF = re.compile(r"udgam-dsc-registration-v1:[0-9a-f]{64}")
ALLOWED = {"content_type", "message_digest", "signing_certificate_v2"}


def why_not_attributes(attributes: bytes, certificate: str) -> str:
    """Why these are not what a signature over one document by the certificate with this fingerprint signs; empty when they are.

    They are what RFC 5652 has signed instead of the document: written in the one way of DER, naming the document by its
    SHA-256 and the certificate by its own, and nothing else that somebody might read as a promise.
    """
    try:
        found = cms.CMSAttributes.load(attributes, strict=True)
        said = {each["type"].native: [value.native for value in each["values"]] for each in found}
        once = all(len(values) == 1 for values in said.values()) and len(said) == len(found)
        if not once or set(said) != ALLOWED or found.copy().dump(force=True) != attributes:
            return "These bytes are not the attributes of a document's signature."
        binding = said["signing_certificate_v2"][0]["certs"]
        digest, kind = said["message_digest"][0], said["content_type"][0]
        named = [each["cert_hash"] for each in binding]
        algorithms = {each["hash_algorithm"]["algorithm"] for each in binding}
    except (ValueError, TypeError, KeyError, IndexError):
        return "These bytes are not the attributes of a document's signature."
    if kind != "data" or len(digest) != 32 or algorithms != {"sha256"}:
        return "These attributes name no document by its SHA-256."
    if [each.hex() for each in named] != [certificate]:
        return "These attributes bind another certificate."
    return ""


def why_not_proof(text: str) -> str:
    """Why this is not the text that proves at registration that the key is in the hand; empty when it is."""
    return "" if PROOF.fullmatch(text) else "This is not the text of a registration."
