"""What happens by itself: a firm is reminded of a query, an unanswered one lapses after 90 days, old keys are forgotten."""

import logging
from datetime import timedelta

from sqlalchemy import select

from app.applications.models import Application
from app.applications.queries import lapse, remind
from app.applications.rules import Status
from app.core import clock
from app.core.errors import BusinessError
from app.infra import idempotency, queue
from app.infra.db import transaction
from app.infra.queue import Claim

log = logging.getLogger(__name__)
LAPSE, REMIND = "application.lapse", "application.remind"
queue.PERIODIC += [(LAPSE, timedelta(hours=1)), (REMIND, timedelta(hours=1))]


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


@queue.handler(REMIND)
def remind_of_questions(claim: Claim) -> None:
    """Each firm's reminder is a transaction of its own; what was told once is noted with the query and not told again."""
    session = claim.session
    waiting = select(Application.id).where(Application.status == Status.QUERY_RAISED, Application.lapse_on > clock.india_today())
    for identity in session.scalars(waiting.order_by(Application.id)).all():
        try:
            with transaction(session):
                remind(session, session.get_one(Application, identity))
        except BusinessError as refusal:  # a reply came at this moment; the others are told
            log.warning("application %s is not reminded now: %s", identity, refusal.sentence)
    with transaction(session):
        claim.done()
