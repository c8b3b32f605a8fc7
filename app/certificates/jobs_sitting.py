"""The worker's part in a bulk sitting: one part after the other, each one transaction with the promise of the next."""

from sqlalchemy.orm import Session

from app.certificates import sitting, sitting_part
from app.certificates.sitting_models import Sitting
from app.certificates.sitting_rules import GAVE_UP, SittingStatus
from app.infra import queue
from app.infra.db import lock, transaction
from app.infra.queue import Claim, Job


@queue.handler(sitting.JOB)
def do_part(claim: Claim) -> None:
    """The job is held before the sitting, as where it is given up; killed anywhere, the part is done again from its beginning."""
    session = claim.session
    with transaction(session):
        claim.hold()
        row = lock(session, session.get_one(Sitting, claim.ref))
        if _turn(row, claim.key):
            sitting_part.work(session, row)
        claim.done()


@queue.when_dead(sitting.JOB)
def _gave_up(session: Session, job: Job) -> None:
    """Tried too often: the sitting stands still and says why; going on begins a new part."""
    row = lock(session, session.get_one(Sitting, job.ref))
    if _turn(row, job.key):
        sitting.halt(session, row, GAVE_UP.format(reason=job.error.strip().rstrip(".")[:300] + "."))


def _turn(row: Sitting, key: str) -> bool:
    """Is it this part's turn? Not when the sitting stands still, and not when it has gone on by another job."""
    return row.status == SittingStatus.RUNNING and key == f"sitting:{row.id}:{row.part}"
