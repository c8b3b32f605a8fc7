"""The back office: hands due work to a few RQ workers, keeps them alive, and stops with them."""

import gc
import importlib
import logging
import os
import signal
import sys
import time

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

import config
from app import create_app
from app.certificates import render
from app.factory import load_jobs
from app.infra import queue
from app.infra.db import db
from app.infra.processes import FIRST_WAIT, LONGEST_WAIT, ending
from app.infra.rq_worker import work

log = logging.getLogger("udgam.worker")

WINDOW = 3  # jobs in RQ for each worker: few, so that an urgent one is not stuck behind a batch
BELL_SECONDS, REAP_SECONDS, SCHEDULE_SECONDS = 0.5, 5.0, 30.0
ALIVE_SECONDS = 15
# What the first signature would load: two seconds of work, and a job has only its own.
SIGNING = (
    "app.signing.pades",
    "pyhanko.pdf_utils.reader",
    "pyhanko.sign.validation",
    "pyhanko.sign.validation.settings",
    "pyhanko.sign.validation.ades",
    "pyhanko_certvalidator",
    "pyhanko_certvalidator.policy_decl",
)
WARM_SECONDS, COLD_SECONDS = 2.4, 0.4  # to finish the job in hand; to put it down


class Crew:
    """The children by process id, and when the next one may be started."""

    def __init__(self, app: Flask) -> None:
        self.app, self.size = app, app.config["WORKERS"]
        self.children: set[int] = set()
        self.due, self.wait, self.started = 0.0, FIRST_WAIT, 0.0

    def mend(self) -> None:
        """Bring the crew to full size; after a death wait, longer each time they keep dying."""
        now = time.monotonic()
        for pid, how in self.buried():
            self.wait = FIRST_WAIT if now - self.started > LONGEST_WAIT else min(self.wait * 2, LONGEST_WAIT)
            self.due = now + self.wait
            log.warning("worker %d ended by itself (%s); another takes its place", pid, how)
        while len(self.children) < self.size and now >= self.due:
            self.start()

    def start(self) -> None:
        """Fork one worker; it inherits the loaded program and no open connection."""
        with self.app.app_context():
            db.engine.dispose()
        parent, self.started = os.getpid(), time.monotonic()
        pid = os.fork()
        if pid == 0:
            work(self.app, parent)
        self.children.add(pid)

    def buried(self) -> list[tuple[int, str]]:
        """Those who died since the last look, and how."""
        gone = []
        for pid in list(self.children):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self.children.remove(pid)
                gone.append((pid, ending(os.waitstatus_to_exitcode(status))))
        return gone

    def stop(self) -> None:
        """Let everybody finish the job in hand, then have it put down, then end them."""
        for number, seconds in ((signal.SIGTERM, WARM_SECONDS), (signal.SIGTERM, COLD_SECONDS), (signal.SIGKILL, 1.0)):
            for pid in self.children:
                os.kill(pid, number)
            end = time.monotonic() + seconds
            while self.children and time.monotonic() < end:
                self.buried()
                time.sleep(0.02)


class Office:
    """The dispatcher: once around every half second, or as soon as the bell rings."""

    def __init__(self, app: Flask) -> None:
        self.crew = Crew(app)
        self.app, self.stopping, self.trouble = app, False, ""
        self.next_reap = self.next_schedule = 0.0

    def ask_to_stop(self, _number: int, _frame: object) -> None:
        """A signal came: note it."""
        self.stopping = True

    def run(self) -> None:
        """Work until asked to stop; a database or Redis that is away is waited for."""
        while not self.stopping:
            self.crew.mend()
            try:
                with self.app.app_context():
                    self.round()
                self.note("")
            except (RedisError, SQLAlchemyError) as error:
                self.note(f"{type(error).__name__}: {[*str(getattr(error, 'orig', error)).splitlines(), ''][0]}")
            except Exception:  # a mistake of ours must not end all work; it is logged in full and tried again
                log.exception("the dispatcher stumbled")
                time.sleep(1)
        self.crew.stop()

    def round(self) -> None:
        """Once around: say that we live, find lost work, promise regular work, hand out due work, wait for the bell."""
        session, server, now = db.session, queue.redis(), time.monotonic()
        server.set(queue.ALIVE, len(self.crew.children), ex=ALIVE_SECONDS)
        if now >= self.next_schedule:
            queue.schedule(session())
            self.next_schedule = now + SCHEDULE_SECONDS
        if now >= self.next_reap:
            queue.reap(session())
            self.next_reap = now + REAP_SECONDS
        queue.dispatch(session(), server, WINDOW * self.crew.size)
        session.remove()
        queue.wait_for_bell(server, BELL_SECONDS)

    def note(self, trouble: str) -> None:
        """One line when something goes away and one when it is back."""
        if trouble and not self.trouble:
            log.warning("the database or the queue does not answer (%s); waiting for it", trouble)
        elif self.trouble and not trouble:
            log.warning("the database and the queue answer again")
        self.trouble = trouble
        if trouble:
            time.sleep(1)


def load(app: Flask) -> None:
    """Load everything a job needs before the children are forked: they share it, where each job would load it anew."""
    load_jobs()
    with app.app_context():
        render.warm()
    for name in (*SIGNING, *(("pkcs11",) if app.config["HSM_MODULE"] else ())):
        importlib.import_module(name)


def main() -> int:
    """Load the program once, then work until stopped."""
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    try:
        app = create_app()
    except config.ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    load(app)
    office = Office(app)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, office.ask_to_stop)
    gc.collect()
    gc.freeze()  # the children share what is loaded instead of copying it
    office.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
