"""What the public may be told of a certificate: five verdicts, and the plain sentence that goes with each."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.certificates.rules import PUBLIC
from app.core import certificate_number, clock
from app.core.errors import BusinessError


class Verdict(StrEnum):
    """VALID is the only good one; a number that was reserved or voided is as unknown as one never given."""

    VALID = "VALID"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"
    ALTERED = "ALTERED"
    UNKNOWN = "UNKNOWN"


NO_SUCH_CODE = "This system has not issued a certificate with this QR code. Do not rely on the paper; type its number to be sure."
NO_SUCH_NUMBER = (
    "This system has not issued a certificate with this number. "
    "A certificate of an earlier platform is verified on that platform."
)
NO_SUCH_FILE = (
    "This is not a file that this system has issued. A scan, a photo or a print saved as a file cannot be recognised: "
    "scan the QR code or type the number instead."
)
FOREIGN_SIGNATURE = (
    "This is not a file that this system has issued, although it carries a signature of one of our officers. "
    "Do not rely on it; ask the exporter for the file as it was issued."
)
SPECIMEN = (
    "This is a specimen: a trial print by which an agency sees what its certificates will look like. "
    "It certifies nothing, and no goods travel with it. Do not accept it as a certificate of origin."
)
RECORD = (
    "This is the record of certificate {number}, made and sealed by this system: it says what happened to the certificate, "
    "and is not the certificate itself. Type the number to see whether the certificate counts."
)
_ALTERED = (
    "This is not the file that was issued under number {number}, although it names it. "
    "Do not rely on it; compare it with what the register says, and ask the exporter for the file as it was issued."
)
_COMPARE_ALL = "Compare every line below with the paper or file you hold: the register is right, and what differs was altered."
_COMPARE_FEW = (
    "Compare the number, the date, the exporter and the agency with the paper or file you hold. "
    "To see the goods as well, scan its QR code."
)
_COMPARE_FILE = (
    "The file you chose is, byte for byte, the one that was issued. If you also have a paper, compare it with the lines below."
)
_COMPARE_ARCHIVE = (
    "The file you chose is the one that was issued, byte for byte, with the proofs for the archive after it. "
    "If you also have a paper, compare it with the lines below."
)

TOKEN = re.compile(r"[a-z2-7]{32}", re.ASCII)
_TOKEN_IN_TEXT = re.compile(r"/verify/([a-z2-7]{32})(?![a-z2-7])", re.ASCII)
_NUMBER_IN_TEXT = re.compile(
    r"[A-Z][A-Z0-9]{1,9}\s{0,3}/\s{0,3}2[0-9]{3}\s{0,3}/\s{0,3}[0-9]{3}\s{0,3}/\s{0,3}NP\s{0,3}/\s{0,3}[0-9]{7}\s{0,3}-\s{0,3}[0-9A-Z]",
    re.ASCII,
)
_SPECIMEN_IN_TEXT = re.compile(r"/verify/specimen\b|\bspecimen-[a-z0-9]+-[0-9]{4}-[0-9]{3}-[0-9]+", re.ASCII)
MOST_CHARACTERS = 50_000
MOST_CLAIMS = 20  # numbers, and tokens, looked up for one file


@dataclass(frozen=True, slots=True)
class Facts:
    """What anybody may hear who knows the number: no goods, no person, no address but the office's."""

    number: str
    status: str
    issued_on: date
    status_since: datetime | None
    exporter: str
    agency: str
    office: str
    office_address: str
    successor: str | None
    level: str = ""  # of the signature: B-T or B-LTA
    stamped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict with its sentence; the boxes only for whoever holds the QR code or the issued file itself."""

    verdict: Verdict
    sentence: str
    facts: Facts | None = None
    boxes: dict[str, Any] | None = None
    compare: str = ""
    certificate_id: int | None = None  # for the counter; never shown
    is_specimen: bool = False
    leaf: dict[str, Any] | None = None  # the paper leaf whose code or file was shown: kind, code, prints


def unknown(sentence: str) -> Answer:
    """Nothing of ours: the same answer whatever the reason."""
    return Answer(Verdict.UNKNOWN, sentence)


def specimen() -> Answer:
    """As unknown as any paper that is no certificate, and told why."""
    return Answer(Verdict.UNKNOWN, SPECIMEN, is_specimen=True)


def names_a_specimen(text: str) -> bool:
    """Whether somebody typed, scanned or sent what only a specimen carries: its number, or the address in its QR code."""
    return bool(_SPECIMEN_IN_TEXT.search(text[:MOST_CHARACTERS].lower()))


def sentence_of(facts: Facts) -> str:
    """What the status of an issued certificate means for whoever holds the paper."""
    since = clock.day(clock.india_today(facts.status_since)) if facts.status_since else ""
    if facts.status == Verdict.SUPERSEDED:
        return (
            f"This certificate was replaced on {since} by {facts.successor}. Only the new one counts, "
            "even though the signature in the old file still verifies."
        )
    if facts.status == Verdict.REVOKED:
        return (
            f"This certificate was revoked on {since}. It proves nothing any more, "
            "even though the signature in its file still verifies."
        )
    return f"This certificate was issued by {facts.agency} on {clock.day(facts.issued_on)} and is valid."


def genuine(facts: Facts, boxes: dict[str, Any] | None, certificate_id: int, *, file: str = "") -> Answer:
    """The answer for a certificate that was issued; the verdict is its status. `file`: "issued" or "archived" was sent."""
    if facts.status not in PUBLIC:
        raise ValueError(f"a certificate that is {facts.status} is nobody's business")
    sent = {"issued": _COMPARE_FILE, "archived": _COMPARE_ARCHIVE}
    compare = _COMPARE_FEW if boxes is None else sent.get(file, _COMPARE_ALL)
    return Answer(Verdict(facts.status), sentence_of(facts), facts, boxes, compare, certificate_id)


def altered(facts: Facts, boxes: dict[str, Any] | None, certificate_id: int) -> Answer:
    """The file names a certificate of ours and is not its file: never green, whatever that certificate's status."""
    compare = _COMPARE_FEW if boxes is None else _COMPARE_ALL
    return Answer(Verdict.ALTERED, _ALTERED.format(number=facts.number), facts, boxes, compare, certificate_id)


def boxes_of(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Boxes 2 to 10 as they were printed; the exporter's codes and address, the officer and the QR address stay out."""
    names = ("consignee", "transport", "endorsements", "evidence", "goods", "packages_total", "gross_total")
    return {name: snapshot[name] for name in names if name in snapshot}


def read_number(text: str) -> str:
    """The number as it is looked up; BusinessError says when it is none, or when the check character is wrong."""
    if len(text) > 80:
        raise BusinessError("This is not a certificate number. It looks like FIEC/2026/001/NP/0000001-X.")
    certificate_number.parse(text)
    return certificate_number.normalise(text)


def tokens_in(texts: list[str]) -> list[str]:
    """The QR codes' tokens that a file mentions, each once, in order."""
    return list(dict.fromkeys(token for text in texts for token in _TOKEN_IN_TEXT.findall(text)))[:MOST_CLAIMS]


def numbers_in(texts: list[str]) -> list[str]:
    """The certificate numbers that a file mentions, as they are looked up; mistyped ones are none."""
    found: dict[str, None] = {}
    for text in texts:
        for written in _NUMBER_IN_TEXT.findall(text):
            if len(found) < MOST_CLAIMS and (number := _number(written)):
                found[number] = None
    return list(found)


def _number(written: str) -> str:
    try:
        return read_number(written)
    except BusinessError:
        return ""
