"""By itself: every issued file gets its form for the archive within a day, and a new time stamp before the last one ends."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.certificates import archive
from app.certificates.models import Certificate
from app.core.errors import BusinessError
from app.infra import queue, store
from app.infra.db import transaction
from app.infra.queue import LOW, Claim, NotYet
from app.signing import fitness
from app.signing.archive import for_the_archive

DUE, JOB = "certificate.archive_due", "certificate.archive"
queue.PERIODIC.append((DUE, timedelta(minutes=10)))
ROUND = 200  # files promised in one round: more than a busy day needs
AGAIN_SECONDS = 600


@queue.handler(DUE)
def promise_what_is_due(claim: Claim) -> None:
    """One job for each file; the key names the revision, so that it is made once however often it is promised."""
    session = claim.session
    with transaction(session):
        for certificate_id, agency_id, number in archive.due(session, ROUND):
            queue.promise(
                session, JOB, f"archive:{certificate_id}:{number}", ref=certificate_id, agency_id=agency_id, priority=LOW
            )
        claim.done()


@queue.handler(JOB)
def archive_file(claim: Claim) -> None:
    """Make the revision without holding a transaction, have it judged, keep it; a repeat finds it there and is done."""
    session = claim.session
    number = int(claim.key.rpartition(":")[2])
    work = _read(session, claim, number)
    if work is None:
        with transaction(session):
            claim.done()
        return
    newest, dsc_sha256 = work
    before = store.get(newest)
    try:
        made = for_the_archive(before, fitness.trust_of())
    except NotYet as waiting:  # there is no hurry, and many files may be waiting
        raise NotYet(waiting.sentence, max(AGAIN_SECONDS, waiting.seconds)) from waiting
    verdict = fitness.judged(made, dsc_sha256)
    if not (verdict.ok and verdict.level == "B-LTA" and made.startswith(before)):
        raise RuntimeError(f"the form for the archive does not hold: {verdict.sentence} (level {verdict.level or 'none'})")
    digest = store.put(made)
    with transaction(session):
        claim.hold()
        certificate = session.get_one(Certificate, claim.ref)
        archive.keep(session, certificate, number, sha256=digest, size=len(made), verdict=verdict)
        claim.done()


def _read(session: Session, claim: Claim, number: int) -> tuple[str, str] | None:
    """The newest file and the signer's certificate; None when this revision is there already."""
    certificate = session.get_one(Certificate, claim.ref)
    if certificate.sha256 is None:
        raise BusinessError(f"Certificate {certificate.number} is not issued: there is nothing to archive.")
    there, found = len(certificate.revisions), (archive.newest(certificate), certificate.dsc_sha256)
    session.rollback()
    return found if there == number - 1 else None
