"""The worker's part in putting certificates together, and the removal of files that were asked for a day ago."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.certificates import bundles
from app.certificates.models import Bundle, Certificate
from app.infra import queue, store
from app.infra.db import transaction
from app.infra.queue import Claim, Job

FORGET = "certificate.bundles"
queue.PERIODIC.append((FORGET, timedelta(hours=1)))


@queue.handler(bundles.JOB)
def make_bundle(claim: Claim) -> None:
    """Make the file outside any transaction; the row says READY in the one that ends the job."""
    session = claim.session
    bundle = session.get_one(Bundle, claim.ref)
    kind, wanted, state = bundle.kind, list(bundle.certificate_ids), bundle.state
    found = {row.id: row for row in session.scalars(select(Certificate).where(Certificate.id.in_(wanted)))}
    rows = [found[pk] for pk in wanted if pk in found]
    session.expunge_all()
    session.rollback()
    made = bundles.write(kind, rows) if state == "PROMISED" else None
    with transaction(session):
        claim.hold()
        if made:
            bundles.finish(session, session.get_one(Bundle, claim.ref), *made)
        claim.done()


@queue.when_dead(bundles.JOB)
def _gave_up(session: Session, job: Job) -> None:
    bundle = session.get_one(Bundle, job.ref)
    reason = (
        "A stored file is missing or damaged; the help desk has been told." if store.Damaged.__name__ in job.error else job.error
    )
    bundles.fail(session, bundle, reason)


@queue.handler(FORGET)
def forget_bundles(claim: Claim) -> None:
    """Once an hour."""
    with transaction(claim.session):
        bundles.forget(claim.session)
        claim.done()
