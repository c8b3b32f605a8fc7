"""Work to be done later: a row first, in the transaction that needs it, then sent to a worker after the commit.

The table is the queue; Redis is only the doorbell and may be emptied at any moment. A worker claims a row for a while
(lease and token); only the holder of the token may finish it, so a job that was thought dead cannot act twice.
"""

import logging
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, event, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.errors import BusinessError
from app.infra import codelists
from app.infra.db import Record, UtcDateTime, db, transaction
from app.infra.handlers import HANDLERS as HANDLERS
from app.infra.handlers import PERIODIC as PERIODIC
from app.infra.handlers import WHEN_DEAD as WHEN_DEAD
from app.infra.handlers import WHEN_WAITING as WHEN_WAITING
from app.infra.handlers import handler as handler
from app.infra.handlers import when_dead as when_dead
from app.infra.handlers import when_waiting as when_waiting

log = logging.getLogger(__name__)

QUEUE, BELL, ALIVE = "udgam", "udgam:bell", "udgam:worker"
RUN = "app.infra.queue.run_job"
URGENT, NORMAL, LATER, LOW = 10, 50, 70, 90  # LATER: mails of what the bell says already
BULK = 95  # by the thousand, from one press: after all that a person or the clock waits for


class JobState(StrEnum):
    """Where a job stands; DEAD means tried too often or refused, and waits for a person."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    DEAD = "DEAD"


class Job(Record):
    """One piece of work promised in the transaction that needs it; `key` makes a second promise a no-op."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('PENDING','QUEUED','RUNNING','DONE','DEAD')", name="ck_job_state"),
        Index("ix_job_due", "state", "priority", "run_after"),
    )
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    ref: Mapped[int | None] = mapped_column(Integer)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default=JobState.PENDING)
    priority: Mapped[int] = mapped_column(Integer, default=NORMAL)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    run_after: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token: Mapped[str | None] = mapped_column(String(32))
    error: Mapped[str] = mapped_column(Text, default="")


class NotYet(Exception):
    """Something outside that the work needs is away: the job waits and comes back, however often, and is never given up."""

    def __init__(self, sentence: str, seconds: int) -> None:
        super().__init__(sentence)
        self.sentence, self.seconds = sentence, seconds


class Superseded(BusinessError):
    """The lease ran out and another worker has the job: this one must not write anything."""


def promise(session: Session, kind: str, key: str, *, ref: int | None = None, agency_id: int | None = None,
            priority: int = NORMAL, run_after: datetime | None = None) -> Job:  # fmt: skip
    """Record a job with the change that needs it. A key already promised is the same promise; a dead one starts again."""
    same = select(Job).where(Job.key == key)
    job = session.scalar(same, execution_options={"unscoped": True})
    if job is None:
        job = Job(kind=kind, key=key, ref=ref, agency_id=agency_id, priority=priority, run_after=run_after or clock.now())
        try:
            with session.begin_nested():
                session.add(job)
        except IntegrityError:  # somebody else promised it at this very moment
            job = session.scalars(same, execution_options={"unscoped": True}).one()
    elif job.state == JobState.DEAD:
        job.state, job.attempts, job.run_after, job.error = JobState.PENDING, 0, clock.now(), ""
        job.priority = priority
    session.flush()
    session.info["ring"] = True
    return job


@event.listens_for(db.session.session_factory, "after_commit")
def _ring(session: Session) -> None:
    """After the commit, wake the dispatcher; when Redis is away it finds the row by itself within a second."""
    if session.in_nested_transaction():
        return
    if session.info.pop("ring", False) and current_app.config.get("REDIS_URL"):
        try:
            redis().rpush(BELL, "1")
        except RedisError as error:
            log.warning("the doorbell is out of order (%s); the dispatcher will find the job by itself", type(error).__name__)


def redis() -> Redis:
    """The Redis or Valkey connection of this process."""
    connection = current_app.extensions.get("udgam_redis")
    if connection is None:
        once_more = Retry(NoBackoff(), 1)  # for a connection that went stale; nobody waits at a desk for more
        connection = Redis.from_url(current_app.config["REDIS_URL"], socket_connect_timeout=1, socket_timeout=5, retry=once_more)
        current_app.extensions["udgam_redis"] = connection
    return connection


def dispatch(session: Session, server: Redis, window: int) -> int:
    """Move due rows, most urgent first, into RQ, never more than `window` at a time; returns how many went."""
    queue = Queue(QUEUE, connection=server, serializer=JSONSerializer)
    with transaction(session):
        waiting = session.scalar(select(func.count()).select_from(Job).where(Job.state == JobState.QUEUED)) or 0
        due = select(Job).where(Job.state == JobState.PENDING, Job.run_after <= clock.now())
        due = due.order_by(Job.priority, Job.run_after, Job.id).limit(max(0, window - waiting))
        jobs = session.scalars(due.with_for_update(skip_locked=True)).all()
        for job in jobs:
            job.state, job.queued_at = JobState.QUEUED, clock.now()
            queue.enqueue(
                RUN, args=(job.id,), job_timeout=current_app.config["JOB_TIMEOUT_SECONDS"], result_ttl=0, failure_ttl=60
            )
    return len(jobs)


def reap(session: Session) -> int:
    """Send again what was lost: a lease that ran out, or a row that Redis forgot. Returns how many were found."""
    now = clock.now()
    with transaction(session):
        stuck = select(Job).where(
            or_(
                (Job.state == JobState.RUNNING) & (Job.lease_until < now),
                (Job.state == JobState.QUEUED) & (Job.queued_at < now - timedelta(seconds=20)),
            )
        )
        jobs = session.scalars(stuck.with_for_update(skip_locked=True)).all()
        for job in jobs:
            _again(session, job, "the worker went away before the job was done")
    return len(jobs)


def _again(session: Session, job: Job, reason: str) -> None:
    """Back into the queue, later each time; given up after JOB_MAX_ATTEMPTS, with what that entails."""
    job.token, job.lease_until, job.error = None, None, reason if job.state == JobState.RUNNING else job.error
    if job.attempts >= current_app.config["JOB_MAX_ATTEMPTS"]:
        _bury(session, job, job.error or reason)
        return
    delay = 0 if job.attempts <= 1 else min(300, 2**job.attempts)
    job.state, job.run_after = JobState.PENDING, clock.now() + timedelta(seconds=delay)


def _bury(session: Session, job: Job, reason: str) -> None:
    job.state, job.error, job.token, job.finished_at = JobState.DEAD, reason, None, clock.now()
    if job.kind in WHEN_DEAD:
        WHEN_DEAD[job.kind](session, job)


class Claim:
    """A job in the hands of one worker: its reference, and the only way to finish it."""

    def __init__(self, session: Session, job: Job, token: str) -> None:
        self.session, self.job_id, self.ref, self.key, self.token = session, job.id, job.ref, job.key, token

    def hold(self) -> None:
        """Inside a transaction: make sure the job is still ours, or raise Superseded (fencing)."""
        ours = update(Job).where(Job.id == self.job_id, Job.token == self.token, Job.state == JobState.RUNNING)
        lease = clock.now() + timedelta(seconds=current_app.config["JOB_LEASE_SECONDS"])
        if self.session.execute(ours.values(lease_until=lease)).rowcount != 1:  # type: ignore[attr-defined]  # CursorResult
            raise Superseded("Another worker has taken this job over.")

    def done(self) -> None:
        """Inside the transaction that finishes the work: the job is done, in the same commit."""
        ours = update(Job).where(Job.id == self.job_id, Job.token == self.token, Job.state == JobState.RUNNING)
        finished = ours.values(state=JobState.DONE, token=None, finished_at=clock.now(), error="")
        if self.session.execute(finished).rowcount != 1:  # type: ignore[attr-defined]  # CursorResult
            raise Superseded("Another worker has taken this job over.")


def claim(session: Session, job_id: int) -> Claim | None:
    """Take the job if it is free; the attempt is counted before the work, so a job that kills its process is counted."""
    token, now = secrets.token_hex(16), clock.now()
    free = update(Job).where(Job.id == job_id, Job.state.in_((JobState.QUEUED, JobState.PENDING)))
    lease = now + timedelta(seconds=current_app.config["JOB_LEASE_SECONDS"])
    taken = free.values(state=JobState.RUNNING, attempts=Job.attempts + 1, token=token, lease_until=lease)
    with transaction(session):
        if session.execute(taken).rowcount != 1:  # type: ignore[attr-defined]  # CursorResult
            return None
        job = session.get_one(Job, job_id)
        session.refresh(job)
        mine = Claim(session, job, token)
    return mine


def run_job(job_id: int) -> None:
    """The one function RQ may call: claim the row, do the work of its kind, record what went wrong."""
    session = db.session()
    mine = claim(session, job_id)
    if mine is None:
        return
    kind = session.get_one(Job, job_id).kind
    session.rollback()
    codelists.keep_up(session)
    try:
        HANDLERS[kind](mine)
    except Superseded:
        session.rollback()
        log.info("job %s was taken over by another worker", job_id)
    except BusinessError as refusal:
        session.rollback()
        _fail(session, mine, refusal.sentence, final=True)
    except NotYet as waiting:
        session.rollback()
        _wait(session, mine, waiting)
    except Exception as error:  # whatever it was, the row must say so and the queue go on
        session.rollback()
        log.exception("job %s (%s) failed", job_id, kind)
        _fail(session, mine, f"{type(error).__name__}: {error}"[:1000], final=False)
    finally:
        db.session.remove()


def _fail(session: Session, mine: Claim, reason: str, *, final: bool) -> None:
    """A rule's refusal is final and waits for a person; anything else is tried again."""
    with transaction(session):
        job = session.scalar(select(Job).where(Job.id == mine.job_id, Job.token == mine.token).with_for_update())
        if job is None:
            return
        job.error = reason
        if final:
            _bury(session, job, reason)
        else:
            _again(session, job, reason)


def _wait(session: Session, mine: Claim, waiting: NotYet) -> None:
    """Back into the queue for a while; an attempt that could only wait is not counted."""
    with transaction(session):
        job = session.scalar(select(Job).where(Job.id == mine.job_id, Job.token == mine.token).with_for_update())
        if job is None:
            return
        job.state, job.token, job.lease_until, job.error = JobState.PENDING, None, None, waiting.sentence
        job.attempts, job.run_after = max(0, job.attempts - 1), clock.now() + timedelta(seconds=waiting.seconds)
        if job.kind in WHEN_WAITING:
            WHEN_WAITING[job.kind](session, job)


def schedule(session: Session) -> None:
    """Insert today's rows of what runs regularly; the key holds the period, so two dispatchers insert one row."""
    now = clock.now()
    for kind, period in PERIODIC:
        slot = int(now.timestamp() // period.total_seconds())
        with transaction(session):
            promise(session, kind, f"{kind}:{slot}", priority=LOW)


def wait_for_bell(server: Redis, seconds: float) -> None:
    """Sleep until a job is promised or the time is up."""
    server.blpop([BELL], timeout=seconds)
    server.delete(BELL)


def health(session: Session) -> dict[str, Any]:
    """Counts for /readyz and /metrics: jobs by state and the age of the oldest one due, in seconds."""
    everybodys = {"unscoped": True}  # figures, not rows: asked by tools that are nobody in particular
    by_state = select(Job.state, func.count()).group_by(Job.state)
    due = select(func.min(Job.run_after)).where(Job.state.in_((JobState.PENDING, JobState.QUEUED)))
    counts = dict(session.execute(by_state, execution_options=everybodys).all())
    oldest = session.scalar(due, execution_options=everybodys)
    age = max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0
    return {"jobs": counts, "oldest_due_seconds": age}
