"""Makes attested copies: drawn outside any transaction, stored by their hash, noted beside the untouched paper."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.agencies.models import Office
from app.applications.models import Application, Attachment
from app.certificates import attest
from app.certificates.attested_copy import Attestation, draw
from app.certificates.issue import of_application
from app.core import clock
from app.core.errors import BusinessError
from app.infra import paper_pictures, queue, store
from app.infra.db import transaction
from app.infra.queue import Claim, Job


@dataclass(frozen=True, slots=True)
class Work:
    """What is drawn, read once so that drawing holds no transaction."""

    mime: str
    attestation: Attestation


@queue.handler(attest.JOB)
def make_copy(claim: Claim) -> None:
    """One paper; a repeat finds the copy made and only closes the job."""
    session = claim.session
    work = _read(session, claim)
    digest = None
    if work is not None:
        pages = paper_pictures.whole(store.get(work.attestation.sha256), work.mime)
        digest = store.put(draw(pages.pictures, work.attestation))
    with transaction(session):
        claim.hold()
        if digest is not None:
            attest.made(session, session.get_one(Attachment, claim.ref), digest)
        claim.done()


def _read(session: Session, claim: Claim) -> Work | None:
    paper = session.get_one(Attachment, claim.ref)
    if paper.attested_sha256 or paper.attested_at is None:
        session.rollback()
        return None
    application = session.get_one(Application, paper.application_id)
    office, certificate = session.get_one(Office, application.office_id), of_application(session, application)
    if not office.stamp_sha256:
        raise BusinessError(f"{office.name} has no stamp now. Its administrator has to put one in.")
    told = Attestation(
        officer=paper.attested_by, office=f"{office.agency.name}, {office.name}",
        day=clock.day(clock.india_today(paper.attested_at)),
        certificate=certificate.number, filename=paper.filename, sha256=paper.sha256, stamp=store.get(office.stamp_sha256),
    )  # fmt: skip
    work = Work(paper.mime, told)
    session.rollback()
    return work


@queue.when_dead(attest.JOB)
def _gave_up(session: Session, job: Job) -> None:
    """It cannot be made: the firm reads why."""
    attest.failed(session, session.get_one(Attachment, job.ref), job.error)
