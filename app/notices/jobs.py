"""Send the mails that were promised, and forget their words; what a server that was away missed is sent later."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import BusinessError
from app.infra import mail, outbound, queue
from app.infra.db import transaction
from app.infra.queue import Claim, Job, JobState
from app.notices import webhooks
from app.notices.models import Mail
from app.notices.service import MAIL_JOB

AGAIN = "notices.again"
GIVEN_UP_AFTER = timedelta(days=1)  # a code or a link in it is long out of date by then
FORGET = "webhook.forget"
queue.PERIODIC += [(AGAIN, timedelta(minutes=5)), (FORGET, timedelta(days=1))]


@queue.handler(MAIL_JOB)
def send_mail(claim: Claim) -> None:
    """Hand the mail over without holding a transaction, then note it in one; a repeat carries the same Message-ID."""
    session = claim.session
    row = session.get_one(Mail, claim.ref)
    number, written_at, recipient, subject, body = row.id, row.created_at, row.recipient, row.subject, row.body
    sent = row.sent_at is not None
    session.rollback()
    if not sent:
        if not body:
            raise BusinessError("The text of this mail is no longer kept. Repeat what it was about.")
        try:
            mail.send(number, written_at, recipient, subject, body)
        except mail.Refused:
            with transaction(session):
                claim.hold()
                _forget(session, number)
            raise
    with transaction(session):
        if not sent:
            row = session.get_one(Mail, claim.ref)
            row.sent_at, row.body = clock.now(), ""
        claim.done()


@queue.handler(AGAIN)
def send_again(claim: Claim) -> None:
    """A mail that was given up because no server answered is tried again for a day; after that its words are forgotten."""
    session = claim.session
    with transaction(session):
        old = Mail.created_at < clock.now() - GIVEN_UP_AFTER
        waiting = select(Mail.id).where(Mail.sent_at.is_(None), Mail.body != "")
        for number in session.scalars(waiting.where(old)).all():
            _forget(session, number)
        dead = select(Job.ref).where(Job.kind == MAIL_JOB, Job.state == JobState.DEAD)
        for number in session.scalars(waiting.where(~old, Mail.id.in_(dead))).all():
            queue.promise(session, MAIL_JOB, f"mail:{number}", ref=number, priority=queue.LATER)
        claim.done()


@queue.handler(webhooks.DELIVER)
def deliver(claim: Claim) -> None:
    """One call, made while no transaction is open; killed in its middle, it is made again with the same event id."""
    session, number = claim.session, claim.ref or 0
    with transaction(session):
        errand = webhooks.errand(session, number)
        if errand is None:
            claim.done()
            return
    answer = outbound.post(errand.url, errand.body, errand.headers)
    with transaction(session):
        webhooks.note(session, number, answer)
        claim.done()


@queue.when_dead(webhooks.DELIVER)
def not_delivered(session: Session, job: Job) -> None:
    """The log says so; whoever put it right may replay it."""
    webhooks.give_up(session, job.ref or 0, job.error)


@queue.handler(FORGET)
def forget(claim: Claim) -> None:
    """Once a day what is older than three months is dropped from the log."""
    with transaction(claim.session):
        webhooks.forget_old(claim.session)
        claim.done()


def _forget(session: Session, number: int) -> None:
    session.execute(update(Mail).where(Mail.id == number).values(body=""))
