"""What happens by itself: a right to act whose last day has passed is closed, and both sides are told."""

from datetime import timedelta

from sqlalchemy import select

from app.brokers.granting import expire
from app.brokers.models import Delegation
from app.core import clock
from app.infra import queue
from app.infra.db import transaction
from app.infra.queue import Claim

RUN_OUT = "brokers.run_out"
queue.PERIODIC.append((RUN_OUT, timedelta(hours=1)))


@queue.handler(RUN_OUT)
def run_out(claim: Claim) -> None:
    """Once an hour. Nobody could act since midnight: the day is asked at every request, this only writes it down."""
    session = claim.session
    with transaction(session):
        over = Delegation.status.in_(("OFFERED", "ACTIVE")), Delegation.until < clock.india_today()
        for delegation in session.scalars(select(Delegation).where(*over).order_by(Delegation.id)).all():
            expire(session, delegation)
        claim.done()
