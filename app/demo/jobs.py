"""The rest of the demonstration's history, made behind the scenes: a few applications, a pause, and the next few."""

from datetime import timedelta

from flask import current_app
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import BusinessError
from app.demo.history import play_all
from app.demo.plans import later
from app.infra import queue
from app.infra.db import transaction
from app.infra.queue import Claim

HISTORY = "demo.history"
BATCH = 5
PAUSE = timedelta(seconds=3)


def promise_batch(session: Session, number: int) -> None:
    """Promise the next few; one job promises the next, so that never more than one worker is kept busy by it."""
    if number * BATCH < len(later()):
        run_after = clock.now() + PAUSE
        queue.promise(session, HISTORY, f"{HISTORY}:{number}", ref=number, priority=queue.LOW, run_after=run_after)


@queue.handler(HISTORY)
def make_batch(claim: Claim) -> None:
    """Make a few applications of the history; doing it again makes only what is missing."""
    if current_app.config["UDGAM_ENV"] != "demo":
        raise BusinessError("The demonstration is not loaded on a production server.")
    number = claim.ref or 0
    play_all(claim.session, later()[number * BATCH : (number + 1) * BATCH])
    with transaction(claim.session):
        promise_batch(claim.session, number + 1)
        claim.done()
