"""Looks at a signed file with a second, independent program before anybody gets it: is it what we meant to issue?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from app.core import clock
from app.signing import lasting
from app.signing.lasting import Seen, Trust

STRONG_HASHES = frozenset({"sha256", "sha384", "sha512"})
ONLY_PROOFS = frozenset({"", "NONE", "LTA_UPDATES"})  # what may have been added after signing, in the judge's words


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
    level: str = ""  # B-B, B-T, B-LT or B-LTA
    stamped_at: datetime | None = None  # when it is proved to have been signed
    stamped_by: str = ""
    newest_at: datetime | None = None  # what the newest stamp says, and when the certificate behind it ends
    stamp_ends: datetime | None = None


def judge(
    pdf: bytes,
    roots_pems: bytes | Iterable[bytes],
    expected_certificate_sha256: str,
    *,
    moment: datetime | None = None,
    stamp_roots: bytes | Iterable[bytes] | None = None,
    lists: Sequence[bytes] = (),
) -> Verdict:
    """One whole, trusted signature by the expected certificate, nothing added but proofs for the archive; or why not.

    With a time stamp the signer's certificate must have been good when it was stamped; without one, at `moment` (now, if not
    given), which is also when the newest stamp must hold. `lists` are lists of revoked certificates (DER), and the roots of
    those who stamp are the same if not given. Nothing is fetched from anywhere.
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    lasting.hush()
    try:
        reader = PdfFileReader(BytesIO(pdf))
        signed, stamps = list(reader.embedded_regular_signatures), list(reader.embedded_timestamp_signatures)
        if len(signed) != 1:
            return Verdict(False, _count_sentence(len(signed)), signatures=len(signed))
        trust = Trust(roots_pems, stamp_roots, lists)
        return _judged(reader, signed[0], stamps, trust, (expected_certificate_sha256.lower(), moment or clock.now()))
    # A broken file can fail anywhere in the reader, with any error; each means the same to whoever asked.
    except Exception as error:
        reason = type(error).__name__
        return Verdict(False, f"The file is damaged or no PDF ({reason}): make it again from the register.")


def _judged(reader: Any, signature: Any, stamps: list[Any], trust: Trust, wanted: tuple[str, datetime]) -> Verdict:
    expected, moment = wanted
    from pyhanko.sign.validation import validate_pdf_signature

    status = validate_pdf_signature(signature, lasting.context(trust, moment, stamps=False))
    certificate = signature.signer_cert
    seen = {
        "signer_cn": str(certificate.subject.native.get("common_name", "")),
        "certificate_sha256": certificate.sha256.hex(),
        "coverage": status.coverage.name if status.coverage is not None else "",
        "modifications": status.modification_level.name if status.modification_level is not None else "",
        "hash_algorithm": str(status.md_algorithm),
        "level": _level(reader, signature, stamps),
    }
    sentence = _fault(status, seen, expected, stamps)
    if sentence:
        return Verdict(False, sentence, signatures=1, **seen)
    first, newest = _through_time(signature, stamps, trust, moment)
    times: dict[str, Any] = {
        "stamped_at": first.time, "stamped_by": first.by,
        "newest_at": newest.time if newest is not None else None,
        "stamp_ends": newest.certificate.not_valid_after if newest is not None else None,
    }  # fmt: skip
    if first.fault:
        sentence = f"The signer's certificate does not hold ({first.fault}): sign with one that does."
        return Verdict(False, sentence, signatures=1, **seen, **times)
    return Verdict(True, f"Signed by {seen['signer_cn']}; whole, trusted and unchanged.", signatures=1, **seen, **times)


def _fault(status: Any, seen: dict[str, str], expected: str, stamps: list[Any]) -> str:
    """The first thing wrong with the file itself, the worst first; empty when nothing is."""
    if not status.intact:
        return "The content was changed after signing: make the file again from the register."
    if not status.valid:
        return "The signature does not verify under its certificate: sign the document again."
    if _was_added_to(status, seen, stamps):
        return "Something was added to the file after signing: deliver the file as it was issued."
    if seen["certificate_sha256"] != expected:
        return f"The file was signed by another certificate, of {seen['signer_cn']}: sign with the registered one."
    if seen["hash_algorithm"] not in STRONG_HASHES:
        return f"The signature uses the outdated hash {seen['hash_algorithm'].upper()}: sign with SHA-256."
    return ""


def _was_added_to(status: Any, seen: dict[str, str], stamps: list[Any]) -> bool:
    """Anything but proofs, each sealed by a time stamp over everything before it: the newest covers the entire file."""
    if not status.docmdp_ok:
        return True
    if not stamps:
        return seen["coverage"] != "ENTIRE_FILE" or seen["modifications"] not in ("", "NONE")
    for stamp in stamps:
        stamp.compute_integrity_info()
        if _level_of(stamp.diff_result) not in ONLY_PROOFS:
            return True
    return seen["modifications"] not in ONLY_PROOFS or stamps[-1].coverage.name != "ENTIRE_FILE"


def _level_of(diff: Any) -> str:
    """How much was changed after a stamp; a change that cannot be told is the worst."""
    level = getattr(diff, "modification_level", None)
    return "" if diff is None else level.name if level is not None else "OTHER"


def _through_time(signature: Any, stamps: list[Any], trust: Trust, moment: datetime) -> tuple[Seen, Seen | None]:
    """The signature at the moment that the stamps prove, and the newest stamp of all."""
    newest = None
    for stamp in reversed(stamps):
        seen = lasting.look_at_token(stamp.signed_data, stamp.compute_digest, trust, moment)
        if seen.fault or seen.time is None:
            return Seen(f"a time stamp of the archive: {seen.fault}", time=seen.time), newest
        if newest is not None and seen.time > moment + lasting.CLOCKS:
            return Seen(lasting.WRONG_ORDER, time=seen.time), newest
        newest, moment = newest or seen, seen.time
    first = lasting.look_at_signature(signature, trust, moment, proved=bool(stamps))
    return first, newest or lasting.own_stamp_of(signature)


def _level(reader: Any, signature: Any, stamps: list[Any]) -> str:
    """The level of PAdES (ETSI EN 319 142-1) that the file claims by what is in it."""
    proofs = "/DSS" in reader.root
    if stamps:
        return "B-LTA" if proofs else "B-T"
    if not lasting.is_stamped(signature):
        return "B-B"
    return "B-LT" if proofs else "B-T"


def _count_sentence(number: int) -> str:
    if not number:
        return "The file is not signed: sign it first."
    return f"The file has {number} signatures where one belongs: deliver the file as it was issued."
