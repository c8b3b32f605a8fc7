"""Puts a signature into a PDF in two steps, so that the key may be elsewhere: prepare the file, embed the value."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from typing import Any

from asn1crypto import algos, cms
from cryptography.hazmat.primitives.asymmetric import ec
from pypdf import PdfReader, generic
from pypdf.errors import PyPdfError

from app.core.errors import BusinessError
from app.signing import (
    certcheck,
    compat,  # noqa: F401 - must come before endesive, which does not start without it
    payload,
)
from app.signing.signer import Stamping

from endesive.pdf.cms import SignedData  # isort: skip - after compat

ROOM = 12288  # bytes kept for the signature: 4 kB with three certificates, 7 kB with a timestamp, and half again
PADES = "/ETSI.CAdES.detached"
MAGIC = b"UDGAM-PREPARED-1\n"
NO_CHANGES = 1  # the certification level under which only a timestamp and proofs of validity may be added
UNREADABLE = "The prepared document has no readable room for a signature: prepare it again."
BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


class SigningRefused(BusinessError):
    """The document was not signed; the sentence says why, and nothing was written."""


@dataclass(frozen=True)
class Prepared:
    """A file with room for one signature and the certificate it is for; everything else is worked out from these."""

    pdf: bytes
    certificate: bytes  # DER

    def to_bytes(self) -> bytes:
        """For keeping until the answer comes."""
        return MAGIC + len(self.certificate).to_bytes(4, "big") + self.certificate + self.pdf

    @classmethod
    def from_bytes(cls, kept: bytes) -> "Prepared":
        """What `to_bytes` wrote; refuses anything else."""
        start = len(MAGIC) + 4
        end = start + int.from_bytes(kept[len(MAGIC) : start], "big")
        if not kept.startswith(MAGIC) or end >= len(kept):
            raise SigningRefused("The prepared document that was kept cannot be read: prepare it again.")
        return cls(kept[end:], kept[start:end])

    @cached_property
    def document_digest(self) -> bytes:
        """SHA-256 of every byte of the file outside the room for the signature."""
        before, after = self.room
        view = memoryview(self.pdf)
        digest = hashlib.sha256(view[:before])
        digest.update(view[after:])
        return digest.digest()

    @cached_property
    def signed_attributes(self) -> bytes:
        """What the key has to sign (DER): binds this document and this certificate, and nothing else."""
        attributes = self.frame()["content"]["signer_infos"][0]["signed_attrs"]
        # Inside the signature they carry a context tag, but they are signed as the SET they are (RFC 5652, 5.4).
        return b"\x31" + bytes(attributes.dump())[1:]

    def frame(self) -> Any:
        """The signature as it will be embedded, still without its value."""
        # Parsed anew for each use: parts already looked into are encoded again when written, a hundred times slower.
        return cms.ContentInfo.load(self._frame)

    @cached_property
    def _frame(self) -> bytes:
        """The bytes in the room, once they are seen to bind this file and this certificate."""
        before, after = self.room
        try:
            frame = bytes.fromhex(self.pdf[before + 1 : after - 1].decode("ascii"))
            attributes = {
                attribute["type"].native: attribute["values"][0]
                for attribute in cms.ContentInfo.load(frame)["content"]["signer_infos"][0]["signed_attrs"]
            }
            digest = attributes["message_digest"].native
            binding = attributes["signing_certificate_v2"]["certs"][0]["cert_hash"].native
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise SigningRefused(UNREADABLE) from error
        if digest != self.document_digest or binding != hashlib.sha256(self.certificate).digest():
            raise SigningRefused("The prepared document was changed after it was prepared: prepare it again.")
        return frame

    @cached_property
    def room(self) -> tuple[int, int]:
        """Where the room begins and ends, angle brackets included; it must be the only gap in the whole file."""
        found = BYTE_RANGE.findall(self.pdf)
        start, before, after, rest = map(int, found[-1]) if found else (0, 0, 0, 0)
        brackets = self.pdf[before : before + 1] + self.pdf[after - 1 : after]
        if start != 0 or not before < after or after + rest != len(self.pdf) or brackets != b"<>":
            raise SigningRefused(UNREADABLE)
        return before, after


def prepare(
    pdf: bytes,
    certificate: bytes,
    chain: Sequence[bytes],
    *,
    name: str,
    location: str,
    reason: str,
    signing_time: datetime,
) -> Prepared:
    """The file with an invisible signature field and room for its value; the same order always gives the same bytes.

    Refuses what is not a readable, unsigned, unencrypted PDF.
    """
    _refuse_unfit(pdf)
    signer = certcheck.certificates(certificate)[0]
    words = {
        "aligned": ROOM,
        "sigflags": 3,
        "sigandcertify": True,
        "application": "Udgam",
        "sigfield": "Signature1",
        "name": name,
        "location": location,
        "reason": reason,
        "signingdate": signing_time.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'"),
        # The writer would draw these by lot; a job that runs twice must prepare the same file twice.
        "id": hashlib.sha256(pdf).digest()[:16],
        "newid": f"{hashlib.sha256(pdf).hexdigest()} {signer.sha256.hex()} {signing_time.isoformat()}",
    }
    issuers = [issuer for issuer in certcheck.certificates(chain) if issuer.sha256 != signer.sha256]
    revision = PadesRevision().sign(pdf, words, None, None, issuers, "sha256", AbsentKey(signer))
    prepared = Prepared(pdf + revision, signer.dump())
    _ = prepared.signed_attributes  # a fault in the writer shall stop the order now, not after somebody typed a PIN
    return prepared


def embed_raw(prepared: Prepared, raw_signature: bytes, *, stamp: Stamping | None) -> bytes:
    """The signed file, with a time stamp over the signature; refuses a signature by another key or over another document.

    Whatever `stamp` raises when there is no time stamp to be had goes on to the caller: without it nothing is written.
    """
    value = _checked(prepared, raw_signature)
    frame = prepared.frame()
    signer = frame["content"]["signer_infos"][0]
    signer["signature_algorithm"] = _algorithm(prepared.certificate)
    signer["signature"] = value
    if stamp is not None:
        token = cms.ContentInfo.load(stamp(value))
        stamped = cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]})
        signer["unsigned_attrs"] = cms.CMSAttributes([stamped])
    return place(prepared, frame.dump())


def place(prepared: Prepared, signature: bytes) -> bytes:
    """The file with a complete signature (CMS, DER) in its room; the length of the file does not change."""
    before, after = prepared.room
    text = signature.hex().encode("ascii")
    if len(text) > after - before - 2:
        raise SigningRefused("The signature is longer than the room kept for it: use a shorter chain of certificates.")
    padded = text.ljust(after - before - 2, b"0")
    return prepared.pdf[: before + 1] + padded + prepared.pdf[after - 1 :]


class AbsentKey:
    """Stands where the writer expects a key: gives the certificate, and an empty place for the signature's value."""

    def __init__(self, certificate: Any) -> None:
        self._certificate = certificate

    def certificate(self) -> tuple[None, Any]:
        """No key, but the certificate."""
        return None, self._certificate

    def sign(self, _key: None, _data: bytes, _hash: str) -> bytes:
        """Nothing yet."""
        return b""


class PadesRevision(SignedData):
    """The revision endesive appends, with what PAdES asks for where endesive writes the older form."""

    def _make_signature(self, *args: Any, **kinds: Any) -> Any:
        return super()._make_signature(*args, **(kinds | {"SubFilter": generic.NameObject(PADES)}))

    def _makepdf(self, *args: Any, **kinds: Any) -> None:
        super()._makepdf(*args, **kinds)
        for number, written in enumerate(self._objects):
            if not isinstance(written, generic.DictionaryObject):
                continue
            if written.get("/Type") == "/TransformParams":
                # endesive takes one setting for the form's flags and for this level. The flags must stay 3, or any
                # later timestamp would have to change them and so break the certification.
                written[generic.NameObject("/P")] = generic.NumberObject(NO_CHANGES)
            elif written.get("/Subtype") == "/Form" and "/Bbox" in written:
                self._objects[number] = _empty_appearance()

    def _add_object(self, written: Any) -> Any:
        if type(written) is generic.StreamObject and not written:
            written.__class__ = CrossReferences  # still empty: the one endesive is about to fill
        return super()._add_object(written)


class CrossReferences(generic.StreamObject):
    """The table of a file with compressed structure; endesive writes its arrays as names, which pypdf refuses."""

    def __setitem__(self, key: Any, value: Any) -> Any:
        if isinstance(value, generic.NameObject) and value.startswith("["):
            value = generic.ArrayObject(generic.NumberObject(number) for number in value.strip("[]").split())
        return super().__setitem__(key, value)


def _empty_appearance() -> generic.StreamObject:
    """Nothing to see, as a form has to be: a stream with a /BBox (endesive writes a dictionary with a /Bbox)."""
    form = generic.StreamObject()
    form[generic.NameObject("/Type")] = generic.NameObject("/XObject")
    form[generic.NameObject("/Subtype")] = generic.NameObject("/Form")
    form[generic.NameObject("/BBox")] = generic.ArrayObject([generic.FloatObject(0)] * 4)
    return form


def _refuse_unfit(pdf: bytes) -> None:
    try:
        reader = PdfReader(BytesIO(pdf), strict=True)
        if reader.is_encrypted:
            raise SigningRefused("The document is protected by a password: sign it as it was made, without one.")
        catalog: Any = reader.trailer["/Root"]
        if "/Perms" in catalog or b"/ByteRange" in pdf:
            raise SigningRefused("The document is signed already: sign the one that was made for this order.")
        if not len(reader.pages):
            raise SigningRefused("The document has no pages: make it again.")
    except (PyPdfError, ValueError, TypeError, KeyError) as error:
        raise SigningRefused("The document cannot be read as a PDF: make it again.") from error


def _algorithm(certificate: bytes) -> Any:
    """How the value was made, by the kind of key; endesive says RSA for every key."""
    is_ec = isinstance(payload.public_key(certificate), ec.EllipticCurvePublicKey)
    return algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa" if is_ec else "sha256_rsa"})


def _checked(prepared: Prepared, raw_signature: bytes) -> bytes:
    """The value in the form that goes into the file, once it has been seen to verify."""
    value = payload.embeddable(prepared.certificate, prepared.signed_attributes, raw_signature)
    if not value:
        raise SigningRefused(
            "The signature does not belong to this document and this certificate: "
            "choose the registered certificate and sign again."
        )
    return value
