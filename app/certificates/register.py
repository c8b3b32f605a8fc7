"""Proves the whole register: every number, every file, every fee and every signature is where and what it should be."""

from collections.abc import Generator, Iterator
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from app.agencies.models import Agency, Office
from app.applications import signatures
from app.applications.models import Application, NumberSeries
from app.applications.rules import FINAL, OPEN, Status
from app.certificates.models import Certificate
from app.certificates.rules import PUBLIC, CertificateStatus, Leaves
from app.core import certificate_number
from app.core.canonical import canonical_json, sha256_hex
from app.core.errors import BusinessError
from app.infra import store
from app.signing import fitness
from app.wallet.models import LedgerEntry
from app.wallet.rules import Account, Kind

Sentences = Iterator[str]
BATCH = 200  # certificates in memory at a time
NAMED = 10  # missing numbers named one by one
_UNSIGNED = frozenset({Status.APPROVED, Status.SIGNING, Status.SIGN_FAILED})  # while the certificate is PREPARED


def check(session: Session, *, quick: bool = False) -> Sentences:
    """A sentence for everything that is wrong; `quick` leaves out the signatures, which take longest."""
    yield from _numbers_without_gaps(session)
    offices = _offices(session)
    every = select(Certificate).options(
        selectinload(Certificate.leaves), selectinload(Certificate.revisions), selectinload(Certificate.application)
    )
    for certificate in session.scalars(every.order_by(Certificate.id).execution_options(yield_per=BATCH)):
        yield from _number(certificate, offices)
        yield from _words(certificate)
        yield from _application(certificate)
        yield from _file(certificate, signatures=not quick)
    yield from _replacements(session)
    yield from _issued_without_certificate(session)
    yield from _more_than_one(session)
    yield from _fees(session)
    yield from _held(session)
    if not quick:
        yield from signatures.faults(session)


# --- numbers -------------------------------------------------------------------------------------------------------


def _numbers_without_gaps(session: Session) -> Sentences:
    """Each series runs 1, 2, 3 … to where its counter stands; voided numbers are there like all others."""
    key = (Certificate.agency_id, Certificate.office_id, Certificate.year)
    found = select(*key, func.count(), func.max(Certificate.sequence), func.count(Certificate.sequence.distinct()))
    counters = dict(session.execute(select(NumberSeries.name, NumberSeries.last)).all())
    seen = set()
    for agency, office, year, rows, last, different in session.execute(found.group_by(*key)):
        name = f"certificate:{agency}:{office}:{year}"
        seen.add(name)
        if rows != different:
            yield f"series {name}: a number was given twice"
        if different != last:
            yield f"series {name}: these numbers are missing: {_missing(session, (agency, office, year), last)}"
        if counters.get(name) != last:
            yield f"series {name}: the counter stands at {counters.get(name)}, the last certificate is number {last}"
    for name, last in counters.items():
        if name.startswith("certificate:") and last and name not in seen:
            yield f"series {name}: the counter stands at {last}, and there is no certificate"


def _missing(session: Session, series: tuple[int, int, int], last: int) -> str:
    """Which numbers are not there, the first few by name."""
    agency, office, year = series
    mine = (Certificate.agency_id == agency, Certificate.office_id == office, Certificate.year == year)
    present = set(session.scalars(select(Certificate.sequence).where(*mine)))
    missing = [str(number) for number in range(1, last + 1) if number not in present]
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return ", ".join(missing[:NAMED]) + more or "none, but one is below 1"


def _offices(session: Session) -> dict[int, tuple[int, str, str]]:
    """(agency's id, agency's code, office's code) of each office."""
    rows = session.execute(select(Office.id, Agency.id, Agency.code, Office.code).join(Agency))
    return {office_id: (agency_id, agency, office) for office_id, agency_id, agency, office in rows}


def _number(certificate: Certificate, offices: dict[int, tuple[int, str, str]]) -> Sentences:
    """The number says what the row says, its check character fits, and what was printed is this number."""
    try:
        parts = certificate_number.parse(certificate.number)
    except BusinessError as refusal:
        yield f"{certificate.number}: {refusal.sentence}"
        return
    agency_id, agency, office = offices.get(certificate.office_id, (0, "", ""))
    said = (agency_id, parts.agency, parts.office, parts.year, parts.sequence)
    if said != (certificate.agency_id, agency, office, certificate.year, certificate.sequence):
        yield f"{certificate.number}: the number and its parts (agency, office, year, sequence) differ"
    if certificate.number_norm != certificate_number.normalise(certificate.number):
        yield f"{certificate.number}: cannot be found by its number ({certificate.number_norm})"


# --- words, state and file -------------------------------------------------------------------------------------------


def _words(certificate: Certificate) -> Sentences:
    """The frozen words are the ones whose hash was taken at approval, and they name this number and this token."""
    words: Any = certificate.data_snapshot
    if _hash(words) != certificate.data_sha256:
        yield f"{certificate.number}: the words kept with it were changed after approval"
    if not isinstance(words, dict):
        return
    if words.get("number") != certificate.number:
        yield f"{certificate.number}: the words kept with it are those of {words.get('number')}"
    if not str(words.get("verify_url", "")).endswith(f"/verify/{certificate.verify_token}"):
        yield f"{certificate.number}: its QR code leads elsewhere"


def _hash(words: Any) -> str:
    """The hash of the words as it was taken at approval; none for what could never have been hashed."""
    try:
        return sha256_hex(canonical_json(words))
    except TypeError:
        return ""


def _application(certificate: Certificate) -> Sentences:
    """Certificate and application tell the same story, and the living certificate is the application's one."""
    application, status = certificate.application, certificate.status
    story = f"{certificate.number} is {status}, its application {application} is {application.status}"
    if (status in PUBLIC) and application.status != Status.ISSUED:
        yield f"{story}: one of them is wrong"
    if status == CertificateStatus.PREPARED and application.status not in _UNSIGNED:
        yield f"{story}: one of them is wrong"
    alive = application.id if status != CertificateStatus.VOID else None
    if certificate.live_application_id != alive:
        counted = "not counted" if alive else "counted"
        yield f"{certificate.number} is {status}, but {counted} as the living certificate of {application}"
    if alive and application.certificate_id != certificate.id:
        yield f"{certificate.number}: its application {application} names another certificate"
    if alive and application.payload_sha256 != certificate.payload_sha256:
        yield f"{certificate.number}: what the officer approved is not what was signed for its application {application}"


def _file(certificate: Certificate, *, signatures: bool) -> Sentences:
    """What was issued has its file, unchanged and signed; what was not issued has none."""
    leaf = next((leaf for leaf in certificate.leaves if leaf.kind == Leaves.ELECTRONIC), None)
    if certificate.status not in PUBLIC:
        if certificate.sha256 or (leaf and leaf.signed_sha256):
            yield f"{certificate.number} is {certificate.status} and yet has a signed file"
        return
    if not certificate.sha256 or leaf is None or leaf.signed_sha256 != certificate.sha256:
        yield f"{certificate.number}: the certificate and its leaf do not name the same file"
        return
    content = yield from _forms(certificate, leaf.size)
    if signatures and content is not None:  # the newest form proves the older ones, whose own stamps may have ended since
        moment = None if certificate.stamped_at else certificate.issued_at  # without a stamp, when we ourselves saw it
        verdict = fitness.judged(content, certificate.dsc_sha256, moment=moment)
        if not verdict.ok:
            yield f"{certificate.number}: {verdict.sentence}"


def _forms(certificate: Certificate, size: int) -> Generator[str, None, bytes | None]:
    """The newest form of the file, each beginning with the one before; None, and a sentence, when one is damaged."""
    content = yield from _stored(certificate, str(certificate.sha256), size)
    for revision in certificate.revisions:
        before, content = content, (yield from _stored(certificate, revision.sha256, revision.size))
        if before is None or content is None:
            return None
        if not content.startswith(before):
            yield f"{certificate.number}: its form {revision.number} for the archive does not begin with what was issued"
    return content


def _stored(certificate: Certificate, sha256: str, size: int) -> Generator[str, None, bytes | None]:
    """The bytes of one file; None, and a sentence, when it is not as it was stored."""
    try:
        content = store.get(sha256)
    except store.Damaged as damage:
        yield f"{certificate.number}: {damage}"
        return None
    if len(content) != size:
        yield f"{certificate.number}: the file has {len(content)} bytes, the register says {size}"
    return content


def levels(session: Session) -> str:
    """How long the signatures last, in a line: how many files have which level of PAdES."""
    query = select(Certificate.signature_level, func.count()).where(Certificate.status.in_(PUBLIC))
    found = dict(session.execute(query.group_by(Certificate.signature_level)).all())
    return ", ".join(f"{number} {level or 'of no known level'}" for level, number in sorted(found.items())) or "none yet"


def _replacements(session: Session) -> Sentences:
    """A superseded certificate and its successor name each other."""
    pairs = select(Certificate).where(
        or_(Certificate.status == CertificateStatus.SUPERSEDED, Certificate.superseded_by_id.is_not(None))
    )
    for old in session.scalars(pairs.options(selectinload(Certificate.superseded_by))):
        new = old.superseded_by
        if new is None or new.supersedes_id != old.id or new.status not in PUBLIC or old.status not in PUBLIC - {"VALID"}:
            yield f"{old.number} is {old.status}, but what replaced it ({new or 'nothing'}) does not agree"
    issued = select(Certificate).where(Certificate.supersedes_id.is_not(None), Certificate.status.in_(PUBLIC))
    for new in session.scalars(issued):
        replaced = session.get(Certificate, new.supersedes_id)
        if replaced is None or replaced.superseded_by_id != new.id:
            yield f"{new.number} was issued in lieu of {replaced or 'nothing'}, which does not say so"


# --- applications and money ------------------------------------------------------------------------------------------


def _issued_without_certificate(session: Session) -> Sentences:
    """Every application that is ISSUED has a certificate that was."""
    its = and_(Certificate.live_application_id == Application.id, Certificate.status.in_(PUBLIC))
    query = select(Application).outerjoin(Certificate, its).where(Application.status == Status.ISSUED, Certificate.id.is_(None))
    for application in session.scalars(query):
        yield f"application {application} is ISSUED and has no certificate"


def _more_than_one(session: Session) -> Sentences:
    """Two living certificates of one application; the database refuses them, unless somebody took that rule away."""
    living = select(Certificate.application_id).where(Certificate.status != CertificateStatus.VOID)
    for identity in session.scalars(living.group_by(Certificate.application_id).having(func.count() > 1)):
        yield f"application {session.get(Application, identity)} has more than one living certificate"


def _fees(session: Session) -> Sentences:
    """One fee for each issued application, of the amount agreed at submission; none while an application is open."""
    booked = (
        select(LedgerEntry.application_id, func.count().label("times"), func.sum(LedgerEntry.amount_paise).label("paise"))
        .where(LedgerEntry.kind == Kind.FEE, LedgerEntry.account == Account.AGENCY)
        .group_by(LedgerEntry.application_id)
        .subquery()
    )
    times, paise = func.coalesce(booked.c.times, 0), func.coalesce(booked.c.paise, 0)
    wanted = case((Application.fee_paise > 0, 1), else_=0)
    wrong = or_(
        and_(Application.status == Status.ISSUED, or_(times != wanted, paise != Application.fee_paise)),
        and_(Application.status.in_(OPEN), times != 0),
    )
    query = select(Application, times, paise).outerjoin(booked, booked.c.application_id == Application.id).where(wrong)
    for application, number, amount in session.execute(query):
        yield (
            f"application {application} is {application.status}: {number} fee entries of {amount} paise in all, "
            f"where the fee is {application.fee_paise} paise"
        )


def _held(session: Session) -> Sentences:
    """Nothing is set aside any more for an application that is finished."""
    held = func.sum(LedgerEntry.amount_paise)
    query = (
        select(Application, held)
        .join(LedgerEntry, and_(LedgerEntry.application_id == Application.id, LedgerEntry.account == Account.HELD))
        .where(Application.status.in_(FINAL))
        .group_by(Application.id)
        .having(held != 0)
    )
    for application, amount in session.execute(query):
        yield f"application {application} is {application.status}, and {amount} paise are still held for it"
