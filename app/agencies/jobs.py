"""What happens by itself: registrations whose e-mail address nobody proved within a week are forgotten."""

from datetime import timedelta

from app.agencies.registration import forget_unproven
from app.infra import queue
from app.infra.db import transaction
from app.infra.queue import Claim

FORGET = "agencies.forget_unproven"
queue.PERIODIC.append((FORGET, timedelta(days=1)))


@queue.handler(FORGET)
def forget(claim: Claim) -> None:
    """Once a day; what is gone already is not there to be deleted twice."""
    with transaction(claim.session):
        forget_unproven(claim.session)
        claim.done()
