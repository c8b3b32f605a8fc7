"""What happens by itself: queries that nobody answered lapse after 90 days, and old keys are forgotten."""

import logging
from datetime import timedelta

from sqlalchemy import select

from app.applications.models import Application
from app.applications.rules import Status
from app.applications.service import lapse
from app.core import clock
from app.core.errors import BusinessError
from app.infra import idempotency, queue
from app.infra.db import transaction
from app.infra.queue import Claim

log = logging.getLogger(__name__)
LAPSE = "application.lapse"
queue.PERIODIC.append((LAPSE, timedelta(hours=1)))


@queue.handler(LAPSE)
def lapse_unanswered(claim: Claim) -> None:
    """Each lapse is a transaction of its own, so that one that is refused does not hold up the others."""
    session = claim.session
    due = select(Application.id).where(Application.status == Status.QUERY_RAISED, Application.lapse_on <= clock.india_today())
    for identity in session.scalars(due).all():
        try:
            with transaction(session):
                lapse(session, session.get_one(Application, identity))
        except BusinessError as refusal:  # a reply came at this moment, or somebody must look at it; the others go on
            log.warning("application %s does not lapse now: %s", identity, refusal.sentence)
    with transaction(session):
        idempotency.forget_old(session)
        claim.done()
