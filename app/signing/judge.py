"""Looks at a signed file with a second, independent program before anybody gets it: is it what we meant to issue?"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from app.signing import certcheck

STRONG_HASHES = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the file is good, in a sentence; and what was seen, as far as it could be."""

    ok: bool
    sentence: str
    signer_cn: str = ""
    certificate_sha256: str = ""
    coverage: str = ""
    modifications: str = ""
    hash_algorithm: str = ""
    signatures: int = 0


def judge(
    pdf: bytes,
    roots_pems: bytes | Iterable[bytes],
    expected_certificate_sha256: str,
    *,
    moment: datetime | None = None,
) -> Verdict:
    """One whole, trusted signature by the expected certificate over the entire file, or the reason why not.

    `moment` is when the certificate had to be good (now, if not given); nothing is fetched from anywhere.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    _hush()
    try:
        found = PdfFileReader(BytesIO(pdf)).embedded_signatures
        if len(found) != 1:
            return Verdict(False, _count_sentence(len(found)), signatures=len(found))
        return _judged(found[0], _context(roots_pems, moment), expected_certificate_sha256.lower())
    # A broken file can fail anywhere in the reader, with any error; each means the same to whoever asked.
    except Exception as error:
        reason = type(error).__name__
        return Verdict(False, f"The file is damaged or no PDF ({reason}): make it again from the register.")


def _judged(signature: Any, context: Any, expected: str) -> Verdict:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    usages = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
    status = validate_pdf_signature(signature, context, key_usage_settings=usages)
    certificate = status.signing_cert
    seen = {
        "signer_cn": str(certificate.subject.native.get("common_name", "")),
        "certificate_sha256": certificate.sha256.hex(),
        "coverage": status.coverage.name if status.coverage is not None else "",
        "modifications": status.modification_level.name if status.modification_level is not None else "",
        "hash_algorithm": str(status.md_algorithm),
    }
    sentence = _fault(status, seen, expected)
    if sentence:
        return Verdict(False, sentence, signatures=1, **seen)
    return Verdict(True, f"Signed by {seen['signer_cn']}; whole, trusted and unchanged.", signatures=1, **seen)


def _fault(status: Any, seen: dict[str, str], expected: str) -> str:
    """The first thing wrong, the worst first; empty when nothing is."""
    if not status.intact:
        return "The content was changed after signing: make the file again from the register."
    if not status.valid:
        return "The signature does not verify under its certificate: sign the document again."
    if seen["coverage"] != "ENTIRE_FILE" or seen["modifications"] not in ("", "NONE") or not status.docmdp_ok:
        return "Something was added to the file after signing: deliver the file as it was issued."
    if seen["certificate_sha256"] != expected:
        return f"The file was signed by another certificate, of {seen['signer_cn']}: sign with the registered one."
    if seen["hash_algorithm"] not in STRONG_HASHES:
        return f"The signature uses the outdated hash {seen['hash_algorithm'].upper()}: sign with SHA-256."
    if not status.trusted:
        return f"The signer's certificate does not hold ({_trust_problem(status)}): sign with one that does."
    if not status.bottom_line:
        return "The signature does not meet its own conditions: sign the document again."
    return ""


def _trust_problem(status: Any) -> str:
    indication = getattr(status.trust_problem_indic, "name", "") or ""
    words = {
        "NO_CERTIFICATE_CHAIN_FOUND": "it was not issued under a trusted authority",
        "OUT_OF_BOUNDS_NO_POE": "it has expired or is not yet valid",
        "OUT_OF_BOUNDS_NOT_REVOKED": "it has expired or is not yet valid",
        "CHAIN_CONSTRAINTS_FAILURE": "it may not be used for signing",
        "REVOKED_NO_POE": "it was revoked",
        "REVOKED": "it was revoked",
    }
    return words.get(indication, indication.replace("_", " ").lower() or "it is not trusted")


def _context(roots_pems: bytes | Iterable[bytes], moment: datetime | None) -> Any:
    from pyhanko_certvalidator import ValidationContext

    return ValidationContext(
        trust_roots=certcheck.certificates(roots_pems), allow_fetching=False, moment=moment, revocation_mode="soft-fail"
    )


def _count_sentence(number: int) -> str:
    if not number:
        return "The file is not signed: sign it first."
    return f"The file has {number} signatures where one belongs: deliver the file as it was issued."


def _hush() -> None:
    """A file that fails is an answer to the caller, not an event of its own with a stack trace in the log."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
