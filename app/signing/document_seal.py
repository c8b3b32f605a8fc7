"""The system's own seal on papers that no person signs, such as the record of a certificate: whose key, and sealing with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.core.errors import BusinessError
from app.infra import keystore
from app.infra.settings import setting
from app.signing import certcheck, demonstration, fitness, payload, pkcs11, timestamp, trust
from app.signing.judge import Verdict
from app.signing.payload import open_p12
from app.signing.signer import Order, sign_at_once

DEMO_KEY, DEMO_NAME = "document-seal", "Udgam Demonstration Seal"
NONE = "This server has no seal of its own, so it seals no documents: the operator sets DOCUMENT_SEAL (docs/operations.md)."


@dataclass(frozen=True, slots=True)
class DocumentSeal:
    """A key within the worker's reach and its certificate (DER), with the authorities above it."""

    certificate: bytes
    chain: tuple[bytes, ...]
    sign: Callable[[bytes], bytes]

    @property
    def name(self) -> str:
        """To whom the certificate is made out."""
        return certcheck.read(self.certificate).subject_cn


def is_there() -> bool:
    """Whether documents can be sealed here."""
    return bool(setting("DOCUMENT_SEAL")) or demonstration.is_offered()


def sealed(pdf: bytes, seal: DocumentSeal, *, reason: str, moment: datetime) -> tuple[bytes, Verdict]:
    """The PDF with the system's signature and a time stamp (PAdES B-T), and what a second program says of it.

    BusinessError when the certificate must not be used now or the file does not hold; NoTimeStamp when there is no stamp yet.
    """
    chain = [*(x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM) for each in seal.chain), *trust.between()]
    lists = trust.lists_for(seal.certificate, trust.lists())
    if faults := certcheck.check(seal.certificate, chain, trust.roots(), lists, moment, seal.name):
        raise BusinessError(" ".join(["The system's seal cannot be used.", *faults]))
    order = Order(
        pdf=pdf, certificate=seal.certificate, chain=seal.chain, name=seal.name, reason=reason, location="India",
        signing_time=moment, stamp=timestamp.token_over,
    )  # fmt: skip
    signed = sign_at_once(order, seal.sign)
    verdict = fitness.judged(signed, certcheck.read(seal.certificate).sha256)
    if not verdict.ok:
        raise BusinessError(f"The sealed document does not hold: {verdict.sentence}")
    return signed, verdict


def document_seal() -> DocumentSeal:
    """The seal of the settings: a key file, a key in the hardware security module, or the demonstration's own."""
    where = str(setting("DOCUMENT_SEAL"))
    if where.startswith("hsm:"):
        return _in_module(where.removeprefix("hsm:"))
    if where:
        return _in_file(Path(where), str(setting("DOCUMENT_SEAL_PASSPHRASE_FILE")))
    if not demonstration.is_offered():
        raise BusinessError(NONE)
    return _of_demonstration()


def _in_module(label: str) -> DocumentSeal:
    module = pkcs11.hsm()
    found = [key for key in module.signing_keys() if key.place.label == label]
    if len(found) != 1:
        raise BusinessError(f"The hardware security module holds {len(found)} keys named {label}; DOCUMENT_SEAL must name one.")
    key = found[0]
    above = tuple(each.dump() for each in certcheck.certificates(trust.between()))
    return DocumentSeal(key.certificate, above, lambda data: module.sign(str(key.place), data))


def _in_file(file: Path, passphrase_file: str) -> DocumentSeal:
    try:
        content = file.read_bytes()
        passphrase = Path(passphrase_file).read_text().strip() if passphrase_file else ""
    except OSError as error:
        raise BusinessError("The key file of the system's seal, or the file with its passphrase, cannot be read.") from error
    return _opened(content, passphrase)


def _of_demonstration() -> DocumentSeal:
    if not (keystore.folder() / f"{DEMO_KEY}.p12").exists():
        demonstration.new_key(DEMO_KEY, DEMO_NAME, "Udgam")
    return _opened(*keystore.load(DEMO_KEY))


def _opened(p12: bytes, passphrase: str) -> DocumentSeal:
    held = open_p12(p12, passphrase)
    return DocumentSeal(held.certificate, held.chain, lambda data: payload.sign_bytes(held.key, data))
