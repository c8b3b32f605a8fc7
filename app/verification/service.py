"""Ask the register: by the token in the QR code, by the number, or by the file itself.

The public sees no tenant's rows, so these statements go past the tenancy rule and choose by status instead: what was
never issued (PREPARED, VOID) is not found here at all.
"""

from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, aliased

from app.certificates.models import Certificate, Leaf
from app.certificates.rules import PUBLIC
from app.core.canonical import sha256_hex
from app.core.errors import BusinessError
from app.infra.tenancy import UNSCOPED
from app.signing.models import DscRegistration
from app.verification import rules, traces
from app.verification.rules import Answer, Facts
from app.verification.traces import Traces

_Successor = aliased(Certificate)


def by_token(session: Session, token: str) -> Answer:
    """The certificate behind a QR code, with boxes 2 to 10."""
    token = token.strip().lower()
    if rules.names_a_specimen(f"/verify/{token}"):
        return rules.specimen()
    if not rules.TOKEN.fullmatch(token):
        return rules.unknown(rules.NO_SUCH_CODE)
    found = _issued(session, Certificate.verify_token == token)
    return rules.genuine(*_told(found, boxes=True)) if found else rules.unknown(rules.NO_SUCH_CODE)


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
    """The answer when these are the bytes that were issued."""
    digest = sha256_hex(content)
    leaf = select(Leaf.certificate_id).where(Leaf.signed_sha256 == digest)
    found = _issued(session, Certificate.sha256 == digest) or _issued(session, Certificate.id.in_(leaf))
    return rules.genuine(*_told(found, boxes=True), file=True) if found else None


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


def count(session: Session, certificate_id: int) -> None:
    """One more verification; the row's version and date stay, because nothing about the certificate changed."""
    counted = update(Certificate).where(Certificate.id == certificate_id)
    values = {"verify_count": Certificate.verify_count + 1, "updated_at": Certificate.updated_at}
    session.execute(counted.values(values), execution_options={**UNSCOPED, "synchronize_session": False})


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
        successor=successor,
    )  # fmt: skip
    return facts, rules.boxes_of(certificate.data_snapshot) if boxes else None, certificate.id


def _signed_by_an_officer(session: Session, certificates: list[str]) -> bool:
    """Is one of these a certificate that an officer has, or had, registered here?"""
    if not certificates:
        return False
    query = select(DscRegistration.id).where(DscRegistration.sha256.in_(certificates), DscRegistration.kind == "OFFICER")
    return session.scalar(query.limit(1), execution_options=UNSCOPED) is not None
