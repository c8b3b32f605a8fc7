"""Start Udgam as a person would, look at its processes from outside, and stop it again."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import make_url

import config
from tests.own_database import made

RUN = [sys.executable, "run.py"]
READY, GONE = 300, 15.0  # seconds: a busy build server may need long to start; compose.yaml gives fifteen to stop


def free_port() -> int:
    """A port nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(surroundings: dict[str, str]) -> subprocess.Popen[str]:
    """`python run.py`, its words kept in a file beside its home."""
    with Path(surroundings["UDGAM_HOME"] + ".log").open("a") as log:
        return subprocess.Popen(RUN, cwd=config.ROOT, env=surroundings, stdout=log, stderr=log, text=True)


def until(question: Callable[[], object], seconds: float) -> bool:
    """Whether the answer becomes yes in time; nobody answering counts as no."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError):
            if question():
                return True
        time.sleep(0.05)
    return False


def healthy(surroundings: dict[str, str]) -> bool:
    """Whether the web pages answer."""
    with urllib.request.urlopen(f"http://127.0.0.1:{surroundings['PORT']}/healthz", timeout=3) as answer:
        return bool(answer.status == 200)


def family(surroundings: dict[str, str]) -> dict[int, str]:
    """Every living process that holds this home's lock, by id, with its command line."""
    lock, found = f"{surroundings['UDGAM_HOME']}/run.lock", {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(os.readlink(link) == lock for link in (folder / "fd").iterdir()):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def workers(surroundings: dict[str, str]) -> dict[int, int]:
    """The processes of the background work, each with its parent."""
    ids = [pid for pid, command in family(surroundings).items() if "app.worker" in command]
    return {pid: int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) for pid in ids}


def environment(home: Path) -> dict[str, str]:
    """The environment of a person with a fresh machine: nothing set but the port and the folder."""
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "BASE_URL", "UDGAM_ENV", "HOST"}
    clean = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("COV_")}
    return clean | {"PORT": str(free_port()), "UDGAM_HOME": str(home), "UDGAM_WORKERS": "1", "UDGAM_DEMO_HISTORY": "no"}


@contextmanager
def started(surroundings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Udgam, started and answering; stopped at the end whatever happens."""
    process = start(surroundings)
    try:
        assert until(lambda: process.poll() is not None or healthy(surroundings), READY)
        assert process.poll() is None, Path(surroundings["UDGAM_HOME"] + ".log").read_text()
        yield process
    finally:
        process.terminate()
        process.wait(GONE + 1)


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis where the tests have them: a database of its own, and the next of Redis's numbered ones."""
    database, redis = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if not (database and redis):
        yield {}
        return
    base, _, number = redis.rpartition("/")
    with made(make_url(database).set(drivername="postgresql+psycopg"), f"running_{os.getpid()}_{free_port()}") as url:
        named = url.set(drivername="postgresql").render_as_string(hide_password=False)
        yield {"DATABASE_URL": named, "REDIS_URL": f"{base}/{int(number) + 1}"}
