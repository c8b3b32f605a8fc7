"""One RQ worker as we allow it: it runs our one function, dies with its parent, and is quiet when Redis goes away."""

import logging
import os
import signal
import threading
from typing import Any, NoReturn

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from app.infra import queue
from app.infra.processes import follow_parent

log = logging.getLogger("udgam.worker")


class OurJob(Job):
    """An RQ job that can only be run_job(one number): what lies in Redis is not trusted to name any other function."""

    @property
    def func(self) -> Any:
        """Our function, or a refusal."""
        one_number = [type(argument) for argument in self.args or ()] == [int]
        if self.func_name != queue.RUN or not one_number or self.kwargs or self.instance:
            raise PermissionError(f"refused to run {self.func_name!r}: this queue carries {queue.RUN} only")
        return queue.run_job

    @property
    def success_callback(self) -> None:
        """None: RQ would import whatever Redis names; the same for the next two."""

    @property
    def failure_callback(self) -> None:
        """None, as above."""

    @property
    def stopped_callback(self) -> None:
        """None, as above."""

    def send_webhooks(self, status: Any, *, exc_string: str | None = None) -> None:
        """None either: nothing in Redis may send us to an address."""


class OurWorker(Worker):
    """RQ's worker, whose forked child dies with it: an orphan would work on with nobody to stop it."""

    job_class = OurJob
    max_connection_wait_time = 5.0  # seconds between attempts when Redis is away; RQ would go up to a minute

    def main_work_horse(self, job: Job, queue: Queue) -> None:  # the names are RQ's
        """In the forked child: do the one job."""
        follow_parent(self.pid or 0, signal.SIGKILL)
        super().main_work_horse(job, queue)


def worth_saying(record: logging.LogRecord) -> bool:
    """Not that Redis went away: the dispatcher says it once, and a worker that gave up is started again."""
    gave_up = record.exc_info and isinstance(record.exc_info[1], RedisError)
    return not gave_up and "could not connect to Redis" not in str(record.msg)


def work(app: Flask, parent: int) -> NoReturn:
    """In a child: take jobs from RQ until told to stop."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    follow_parent(parent, signal.SIGTERM)
    os.nice(5)  # the web pages come first
    logging.getLogger("rq.worker").addFilter(worth_saying)
    threading.excepthook = lambda told: log.warning("a listener of the worker ended (%s)", told.exc_type.__name__)
    code = 0
    try:
        with app.app_context():
            server = Redis.from_url(app.config["REDIS_URL"], socket_connect_timeout=2)
            inbox = Queue(queue.QUEUE, connection=server, serializer=JSONSerializer, job_class=OurJob)
            worker = OurWorker([inbox], connection=server, serializer=JSONSerializer, job_class=OurJob)
            worker.log_job_description = False
            worker.work(logging_level="WARNING")
            code = 0 if worker._shutdown_requested_date else 1
    except RedisError:
        code = 1
    except SystemExit:  # a cold shutdown: the job in hand was put down
        code = 0
    os._exit(code)
