"""Ask the register: by the token in the QR code, by the number, or by the file itself.

The public sees no tenant's rows, so these statements go past the tenancy rule and choose by status instead: what was
never issued (PREPARED, VOID) is not found here at all.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from app.certificates import uses
from app.certificates.models import Bundle, Certificate, Leaf, LeafPrint, Revision
from app.certificates.rules import PUBLIC
from app.core.canonical import sha256_hex
from app.core.errors import BusinessError
from app.infra.tenancy import UNSCOPED
from app.signing.models import DscRegistration
from app.verification import rules, traces
from app.verification.rules import Answer, Facts
from app.verification.traces import Traces

_Successor = aliased(Certificate)


def by_token(session: Session, token: str, leaf: str = "") -> Answer:
    """The certificate behind a QR code, with boxes 2 to 10; `leaf` is the code of the paper leaf that carries it."""
    token = token.strip().lower()
    if rules.names_a_specimen(f"/verify/{token}"):
        return rules.specimen()
    if not rules.TOKEN.fullmatch(token):
        return rules.unknown(rules.NO_SUCH_CODE)
    found = _issued(session, Certificate.verify_token == token)
    if found is None:
        return rules.unknown(rules.NO_SUCH_CODE)
    answer = rules.genuine(*_told(found, boxes=True))
    return replace(answer, leaf=_paper_leaf(session, found[0].id, leaf)) if leaf else answer


def _paper_leaf(session: Session, certificate_id: int, code: str) -> dict[str, Any] | None:
    """What is known of a paper leaf of this certificate; nothing when it has none with this code."""
    query = select(Leaf).where(Leaf.certificate_id == certificate_id, Leaf.code == code.strip().upper()[:9])
    leaf = session.scalar(query, execution_options=UNSCOPED)
    return {"kind": leaf.kind, "code": leaf.code, "prints": leaf.prints} if leaf else None


def by_number(session: Session, text: str) -> Answer:
    """The certificate with this number, however it was typed; no boxes, because numbers can be guessed."""
    if rules.names_a_specimen(text.strip()):
        return rules.specimen()
    try:
        number = rules.read_number(text)
    except BusinessError as refusal:
        return rules.unknown(refusal.sentence)
    found = _issued(session, Certificate.number_norm == number)
    return rules.genuine(*_told(found, boxes=False)) if found else rules.unknown(rules.NO_SUCH_NUMBER)


def by_file(session: Session, content: bytes) -> Answer:
    """The certificate whose file this is, byte for byte; else what the file claims to be, which is never good news."""
    return of_issued_file(session, content) or of_traces(session, traces.of(content))


def of_issued_file(session: Session, content: bytes) -> Answer | None:
    """The answer when these are the bytes that were issued, or those of a form for the archive."""
    digest = sha256_hex(content)
    paper = session.scalar(select(Leaf).join(LeafPrint).where(LeafPrint.sha256 == digest), execution_options=UNSCOPED)
    if paper is not None and (of_paper := _issued(session, Certificate.id == paper.certificate_id)):
        of_leaf = {"kind": paper.kind, "code": paper.code, "prints": paper.prints}
        return replace(rules.genuine(*_told(of_paper, boxes=True), file="issued"), leaf=of_leaf)
    leaf = select(Leaf.certificate_id).where(Leaf.signed_sha256 == digest)
    if found := _issued(session, Certificate.sha256 == digest) or _issued(session, Certificate.id.in_(leaf)):
        return rules.genuine(*_told(found, boxes=True), file="issued")
    archived = select(Revision.certificate_id).where(Revision.sha256 == digest)
    found = _issued(session, Certificate.id.in_(archived))
    if found:
        return rules.genuine(*_told(found, boxes=True), file="archived")
    number = _record_of(session, digest)
    return rules.unknown(rules.RECORD.format(number=number)) if number else None


def of_traces(session: Session, found_in_file: Traces) -> Answer:
    """The answer for any other file, by what was found in it.

    Anybody can write a number into a file, so the boxes are shown only when the file knows the certificate's token.
    """
    for token in rules.tokens_in(found_in_file.texts):
        if found := _issued(session, Certificate.verify_token == token):
            return rules.altered(*_told(found, boxes=True))
    for number in rules.numbers_in(found_in_file.texts):
        if found := _issued(session, Certificate.number_norm == number):
            return rules.altered(*_told(found, boxes=False))
    if _signed_by_an_officer(session, found_in_file.certificates):
        return Answer(rules.Verdict.ALTERED, rules.FOREIGN_SIGNATURE)
    if any(rules.names_a_specimen(text) for text in found_in_file.texts):
        return rules.specimen()
    return rules.unknown(rules.NO_SUCH_FILE)


def _record_of(session: Session, digest: str) -> str:
    """The number of the certificate whose sealed record these bytes are; empty when they are none."""
    made = session.scalar(select(Bundle).where(Bundle.sha256 == digest, Bundle.kind == "TRAIL"), execution_options=UNSCOPED)
    found = made and session.get(Certificate, made.certificate_ids[0], execution_options=UNSCOPED)
    return found.number if found and found.status in PUBLIC else ""


def count(session: Session, certificate_id: int) -> None:
    """One more verification, of this certificate and on this day."""
    uses.count_verification(session, certificate_id)


def _issued(session: Session, condition: ColumnElement[bool]) -> tuple[Certificate, str | None] | None:
    """The issued certificate that fits, and the number of the one that replaced it."""
    query = (
        select(Certificate, _Successor.number)
        .outerjoin(_Successor, Certificate.superseded_by_id == _Successor.id)
        .where(condition, Certificate.status.in_(PUBLIC))
    )
    row = session.execute(query, execution_options=UNSCOPED).one_or_none()
    return (row[0], row[1]) if row else None


def _told(found: tuple[Certificate, str | None], *, boxes: bool) -> tuple[Facts, dict[str, Any] | None, int]:
    """What may be said of a certificate: few facts, or the boxes as well."""
    certificate, successor = found
    facts = Facts(
        number=certificate.number, status=certificate.status, issued_on=certificate.issue_date,
        status_since=certificate.status_since, exporter=certificate.exporter_name, agency=certificate.agency_name,
        office=certificate.office_name, office_address=certificate.data_snapshot["agency"]["address"],
        successor=successor, level=certificate.signature_level, stamped_at=certificate.stamped_at,
    )  # fmt: skip
    return facts, rules.boxes_of(certificate.data_snapshot) if boxes else None, certificate.id


def _signed_by_an_officer(session: Session, certificates: list[str]) -> bool:
    """Is one of these a certificate that an officer has, or had, registered here?"""
    if not certificates:
        return False
    query = select(DscRegistration.id).where(DscRegistration.sha256.in_(certificates), DscRegistration.kind == "OFFICER")
    return session.scalar(query.limit(1), execution_options=UNSCOPED) is not None
