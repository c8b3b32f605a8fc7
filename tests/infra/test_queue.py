"""A promise made with a change is kept: once, in its turn, whatever happens to Redis or to a worker."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Engine, func, select

import run
from app.applications.models import NumberSeries
from app.core import clock
from app.core.errors import BusinessError
from app.infra import queue
from app.infra.db import db, reading, transaction
from app.infra.queue import Claim, Job, JobState, Superseded
from tests.own_database import at_once

KIND = "test.work"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """Redis where TEST_REDIS_URL points to one, else the embedded queue's program on a socket of its own."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield Redis.from_url(url)
        return
    path = Path(tmp_path_factory.mktemp("q")) / "valkey.sock"
    command = [run.queue_program(), "--port", "0", "--unixsocket", str(path), "--save", ""]
    with subprocess.Popen(command, cwd=path.parent, stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + 20
        while not run.answers(path):
            assert time.monotonic() < end, "the queue server did not start"
            time.sleep(0.02)
        yield Redis.from_url(f"unix://{path}")
        process.terminate()


@pytest.fixture
def redis(app: Flask, server: Redis, monkeypatch: pytest.MonkeyPatch) -> Redis:
    """An empty Redis, which is the application's as well."""
    server.flushdb()
    monkeypatch.setitem(app.extensions, "udgam_redis", server)
    return server


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A kind of work that notes its reference in a list and is done."""
    noted: list[int] = []

    def work(claim: Claim) -> None:
        noted.append(claim.ref or 0)
        with transaction(claim.session):
            claim.done()

    monkeypatch.setitem(queue.HANDLERS, KIND, work)
    return noted


@pytest.fixture
def office(app: Flask, own: Engine, redis: Redis) -> Iterator[Any]:
    """The database session of a dispatcher, over a database and a Redis of its own."""
    with app.app_context():
        yield db.session
        db.session.rollback()


def promised(ref: int = 1, **more: Any) -> int:
    """A job promised and committed."""
    with transaction(db.session):
        return int(queue.promise(db.session, KIND, f"{KIND}:{ref}", ref=ref, **more).id)


def state(job_id: int) -> tuple[str, int]:
    """(state, attempts) of a job as the database has it."""
    db.session.rollback()
    row = db.session.execute(select(Job.state, Job.attempts).where(Job.id == job_id)).one()
    db.session.rollback()
    return row.state, row.attempts


def sent(redis: Redis) -> list[int]:
    """The jobs that lie in RQ, in order."""
    return [job.args[0] for job in Queue(queue.QUEUE, connection=redis, serializer=JSONSerializer).jobs]


def later(seconds: float) -> Any:
    """That many seconds from now."""
    return clock.travel(clock.now() + timedelta(seconds=seconds))


# --- the promise ---------------------------------------------------------------------------------------------------


def test_a_key_is_one_promise(office: Any) -> None:
    """The second promise is the first one, while it waits, runs and when it is done."""
    job = promised()
    assert promised() == job
    mine = queue.claim(office, job)
    assert mine is not None
    assert promised() == job
    assert state(job) == ("RUNNING", 1)
    with transaction(office):
        mine.done()
    assert promised() == job
    assert state(job) == ("DONE", 1)


def test_the_same_promise_by_two_at_once_is_one_row(app: Flask, office: Any) -> None:
    """Neither of the two is refused."""

    def promise() -> int:
        return int(queue.promise(db.session, KIND, f"{KIND}:7", ref=7).id)

    told = at_once(app, promise, promise, promise)
    assert set(map(type, told)) == {int}, told
    assert len(set(told)) == 1


def test_nothing_leaves_before_the_commit(office: Any, redis: Redis) -> None:
    """Not the bell, not the job, not the row; and after a roll-back never."""

    def seen_by_others() -> int:
        token = reading.set(True)
        try:
            with db.engine.connect() as other:
                return int(other.execute(select(func.count()).select_from(Job)).scalar_one())
        finally:
            reading.reset(token)

    queue.promise(office, KIND, f"{KIND}:1", ref=1)
    assert (redis.llen(queue.BELL), sent(redis), seen_by_others()) == (0, [], 0)
    office.rollback()
    assert (redis.llen(queue.BELL), sent(redis), seen_by_others()) == (0, [], 0)
    promised()
    assert (redis.llen(queue.BELL), seen_by_others()) == (1, 1)


def test_the_bell_is_rung_once_and_only_after_the_whole_transaction(office: Any, redis: Redis) -> None:
    """A savepoint inside is no commit."""
    with transaction(office):
        queue.promise(office, KIND, f"{KIND}:1", ref=1)
        queue.promise(office, KIND, f"{KIND}:2", ref=2)
        assert redis.llen(queue.BELL) == 0
    assert redis.llen(queue.BELL) == 1


def test_a_promise_is_kept_without_redis(app: Flask, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change goes through without making anybody wait; the dispatcher finds the row by itself."""
    monkeypatch.delitem(app.extensions, "udgam_redis")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setitem(app.config, "REDIS_URL", f"redis://127.0.0.1:{nobody.getsockname()[1]}/0")
        asked = time.monotonic()
        job = promised()
        assert time.monotonic() - asked < 20  # a second or two; asking again and again would take longer
    assert state(job) == ("PENDING", 0)
    del app.extensions["udgam_redis"]


def test_a_dead_promise_starts_afresh(office: Any, done: list[int]) -> None:
    """Pressed again by a person, it has all its attempts again."""
    job = promised()
    with transaction(office):
        row = office.get_one(Job, job)
        row.state, row.attempts, row.error = JobState.DEAD, 6, "the token was not there"
    assert promised() == job
    row = office.get_one(Job, job)
    assert (row.state, row.attempts, row.error) == ("PENDING", 0, "")
    office.rollback()
    queue.run_job(job)
    assert (done, state(job)) == ([1], ("DONE", 1))


# --- the dispatcher --------------------------------------------------------------------------------------------------


def test_no_more_than_the_window_lies_in_rq_and_urgent_work_first(office: Any, redis: Redis, done: list[int]) -> None:
    """So that somebody who waits at a desk is not stuck behind a batch."""
    batch = [promised(ref) for ref in range(1, 6)]
    assert queue.dispatch(office, redis, 3) == 3
    assert queue.dispatch(office, redis, 3) == 0
    urgent = promised(9, priority=queue.URGENT)
    assert sent(redis) == batch[:3]
    queue.run_job(batch[0])
    assert queue.dispatch(office, redis, 3) == 1
    assert sent(redis)[-1] == urgent
    assert done == [1]


def test_a_job_for_later_waits(office: Any, redis: Redis) -> None:
    """Until its time has come."""
    promised(run_after=clock.now() + timedelta(minutes=10))
    assert queue.dispatch(office, redis, 9) == 0
    with later(601):
        assert queue.dispatch(office, redis, 9) == 1


def test_two_dispatchers_send_each_job_once(app: Flask, office: Any, redis: Redis) -> None:
    """They skip what the other has in hand."""
    jobs = [promised(ref) for ref in range(1, 9)]
    told = at_once(app, *[lambda: queue.dispatch(db.session, redis, 100)] * 2)
    assert sum(told) == 8, told
    assert sorted(sent(redis)) == jobs


def test_what_redis_forgets_goes_again(office: Any, redis: Redis, done: list[int]) -> None:
    """Emptied between dispatch and worker, it costs twenty seconds and nothing else."""
    job = promised()
    queue.dispatch(office, redis, 9)
    redis.flushdb()
    with later(10):
        assert (queue.reap(office), state(job)) == (0, ("QUEUED", 0))
    with later(21):
        assert (queue.reap(office), state(job)) == (1, ("PENDING", 0))
        queue.dispatch(office, redis, 9)
    assert sent(redis) == [job]
    queue.run_job(job)
    assert (done, state(job)) == ([1], ("DONE", 1))


def test_what_is_sent_twice_is_done_once(office: Any, redis: Redis, done: list[int]) -> None:
    """The row decides, not the message."""
    job = promised()
    for _ in range(2):
        queue.dispatch(office, redis, 9)
        queue.run_job(job)
    queue.run_job(job)
    assert (done, state(job)) == ([1], ("DONE", 1))


def test_each_period_has_one_row(app: Flask, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many dispatchers there are and however often they come round."""
    monkeypatch.setattr(queue, "PERIODIC", [(KIND, timedelta(minutes=5))])
    noon = clock.now().replace(hour=12, minute=0, second=1, microsecond=0)

    def schedule(minutes: int) -> None:
        with clock.travel(noon + timedelta(minutes=minutes)):
            queue.schedule(db.session)

    assert at_once(app, *[partial(schedule, 0)] * 3) == [None] * 3
    for minutes in (1, 4, 5, 6, 9, 11):
        schedule(minutes)
    assert office.scalar(select(func.count()).select_from(Job).where(Job.kind == KIND)) == 3


# --- the worker ------------------------------------------------------------------------------------------------------


def test_of_two_workers_one_has_the_job(app: Flask, office: Any) -> None:
    """And its attempt is counted once."""
    job = promised()
    told = at_once(app, *[lambda: queue.claim(db.session, job)] * 4)
    assert sorted(type(answer).__name__ for answer in told) == ["Claim", "NoneType", "NoneType", "NoneType"]
    assert state(job) == ("RUNNING", 1)


def test_a_worker_that_is_killed_has_used_an_attempt(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that kills its process must not be tried for ever."""
    monkeypatch.setitem(queue.HANDLERS, KIND, lambda _claim: os.kill(os.getpid(), signal.SIGKILL))
    job = promised()
    db.session.remove()
    db.engine.dispose()
    if (child := os.fork()) == 0:
        with suppress(BaseException):
            queue.run_job(job)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert state(job) == ("RUNNING", 1)


def test_a_lease_that_ran_out_frees_the_job_and_not_before(office: Any, app: Flask, done: list[int]) -> None:
    """The first time at once; the row says why."""
    job = promised()
    assert queue.claim(office, job) is not None
    with later(app.config["JOB_LEASE_SECONDS"] - 1):
        assert (queue.reap(office), state(job)) == (0, ("RUNNING", 1))
    with later(app.config["JOB_LEASE_SECONDS"] + 1):
        assert (queue.reap(office), state(job)) == (1, ("PENDING", 1))
        assert "worker went away" in office.get_one(Job, job).error
        office.rollback()
        queue.run_job(job)
    assert (done, state(job)) == ([1], ("DONE", 2))


def test_who_was_thought_dead_cannot_write(office: Any, app: Flask) -> None:
    """The first worker wakes up after the second has taken over: nothing of what it does is kept."""
    job = promised()
    first = queue.claim(office, job)
    assert first is not None
    with later(app.config["JOB_LEASE_SECONDS"] + 1):
        queue.reap(office)
        second = queue.claim(office, job)
    assert second is not None

    def haunt(end: Callable[[], None]) -> None:
        with transaction(office):
            office.add(NumberSeries(name="written by a ghost", last=1))
            office.flush()
            end()

    for end in (first.hold, first.done):
        with pytest.raises(Superseded):
            haunt(end)
    assert office.get(NumberSeries, "written by a ghost") is None
    with transaction(office):
        second.hold()
        second.done()
    assert state(job) == ("DONE", 2)


def test_a_fault_is_tried_again_later_and_later(office: Any, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last attempt the job is dead, and what that entails is in the same transaction."""

    def fails(_claim: Claim) -> None:
        raise RuntimeError("full moon")

    def entails(session: Any, row: Job) -> None:
        session.add(NumberSeries(name=f"dead: {row.error}", last=row.attempts))

    monkeypatch.setitem(queue.HANDLERS, KIND, fails)
    monkeypatch.setitem(queue.WHEN_DEAD, KIND, entails)
    job, moment, waits = promised(), clock.now(), []
    most = app.config["JOB_MAX_ATTEMPTS"]
    for attempt in range(1, most + 1):
        with clock.travel(moment):
            queue.run_job(job)
            assert state(job) == ("PENDING" if attempt < most else "DEAD", attempt)
        waits.append((office.get_one(Job, job).run_after - moment).total_seconds())
        moment += timedelta(seconds=max(0.0, waits[-1]))
        office.rollback()
    assert waits[: most - 1] == sorted(waits[: most - 1])
    assert waits[0] == 0
    assert office.get_one(NumberSeries, "dead: RuntimeError: full moon").last == most
    office.rollback()
    queue.run_job(job)
    assert state(job) == ("DEAD", most)


def test_a_death_that_cannot_be_written_is_no_death(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Job and application never tell different stories."""

    def refuses(_claim: Claim) -> None:
        raise BusinessError("No.")

    def stumbles(_session: Any, _row: Job) -> None:
        raise RuntimeError("the database is full")

    monkeypatch.setitem(queue.HANDLERS, KIND, refuses)
    monkeypatch.setitem(queue.WHEN_DEAD, KIND, stumbles)
    job = promised()
    with pytest.raises(RuntimeError, match="full"):
        queue.run_job(job)
    assert state(job) == ("RUNNING", 1)


def test_a_refusal_is_final_and_its_sentence_is_kept(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule says the same tomorrow, so a person is asked instead."""

    def refuses(_claim: Claim) -> None:
        raise BusinessError("The officer's account is not active.")

    monkeypatch.setitem(queue.HANDLERS, KIND, refuses)
    job = promised()
    queue.run_job(job)
    assert state(job) == ("DEAD", 1)
    assert office.get_one(Job, job).error == "The officer's account is not active."


def test_the_figures_for_the_operator(office: Any) -> None:
    """How many in each state, and for how long the oldest one has waited."""
    promised(1)
    queue.claim(office, promised(2))
    with later(30):
        told = queue.health(office)
    assert told["jobs"] == {"PENDING": 1, "RUNNING": 1}
    assert 30 <= told["oldest_due_seconds"] < 60
