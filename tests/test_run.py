"""`python run.py`: one command starts everything, refuses in a sentence, heals by itself and leaves nobody behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq.serializers import JSONSerializer

import config
from app.infra import queue
from app.infra.rq_worker import OurJob
from tests.running import GONE, READY, RUN, environment, family, free_port, healthy, start, started, until, workers


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A fresh machine."""
    return environment(tmp_path / "home")


def refusal(surroundings: dict[str, str], command: list[str] | None = None) -> str:
    """What run.py says when it cannot run: exit code 1 and one sentence."""
    told = subprocess.run(command or RUN, cwd=config.ROOT, env=surroundings, capture_output=True, text=True, timeout=180)
    assert told.returncode == 1
    assert "Traceback" not in told.stdout + told.stderr
    assert len(told.stderr.splitlines()) == 1, told.stderr
    assert told.stderr.endswith(".\n")
    return told.stderr


@pytest.fixture
def running(surroundings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Udgam, started and answering."""
    with started(surroundings) as process:
        yield process


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks at processes through /proc")


def test_a_port_that_is_taken_is_refused_before_anything_is_made(surroundings: dict[str, str]) -> None:
    """The commonest mistake costs nothing and names its cure."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(surroundings["PORT"])))
        other.listen()
        assert "PORT" in refusal(surroundings)
    assert not Path(surroundings["UDGAM_HOME"]).exists()


@pytest.mark.parametrize("port", ["eighty", "99999"])
def test_a_port_that_is_none_is_refused(surroundings: dict[str, str], port: str) -> None:
    """A word or a number too large is told as such."""
    assert "PORT" in refusal(surroundings | {"PORT": port})


def test_a_folder_that_cannot_be_written_is_refused(surroundings: dict[str, str], tmp_path: Path) -> None:
    """Below a file there can be no folder, not even for root."""
    (tmp_path / "file").touch()
    assert "UDGAM_HOME" in refusal(surroundings | {"UDGAM_HOME": str(tmp_path / "file" / "home")})


@pytest.mark.parametrize(
    "url",
    ["postgresql://udgam:hidden@127.0.0.1:{port}/udgam", "sqlite:////nowhere/at/all.db", "not a database"],
)
def test_a_database_that_does_not_answer_is_refused(surroundings: dict[str, str], url: str) -> None:
    """The sentence names the setting and never the password."""
    told = refusal(surroundings | {"DATABASE_URL": url.format(port=free_port())})
    assert "DATABASE_URL" in told
    assert "hidden" not in told


@pytest.mark.parametrize("url", ["redis://:hidden@127.0.0.1:{port}/0", "unix:///nowhere/redis.sock", "not a redis"])
def test_a_redis_that_does_not_answer_is_refused(surroundings: dict[str, str], url: str) -> None:
    """As the database."""
    told = refusal(surroundings | {"REDIS_URL": url.format(port=free_port())})
    assert "REDIS_URL" in told
    assert "hidden" not in told


def test_a_weak_secret_in_production_is_refused(surroundings: dict[str, str]) -> None:
    """What config.py refuses is a sentence here as well."""
    assert "SECRET_KEY" in refusal(surroundings | {"UDGAM_ENV": "production", "SECRET_KEY": "changeme"})


def test_a_python_without_the_libraries_is_refused(surroundings: dict[str, str]) -> None:
    """`python run.py` outside the virtual environment says how to start instead."""
    assert "make run" in refusal(surroundings, [sys.executable, "-S", "run.py"])


@pytest.mark.slow
@needs_proc
def test_it_starts_stops_cleanly_and_starts_again(surroundings: dict[str, str]) -> None:
    """Nobody is left behind, the exit code is 0, and the same data serve again."""
    for _ in range(2):
        process = start(surroundings)
        assert until(lambda: healthy(surroundings), READY), Path(surroundings["UDGAM_HOME"] + ".log").read_text()
        process.terminate()
        assert process.wait(GONE) == 0
        assert family(surroundings) == {}
    told = Path(surroundings["UDGAM_HOME"] + ".log").read_text()
    assert f":{surroundings['PORT']}" in told
    assert "Traceback" not in told


@pytest.mark.slow
@needs_proc
def test_what_is_killed_comes_back(surroundings: dict[str, str], running: subprocess.Popen[str]) -> None:
    """The worker, one of its children, the web server and the queue are killed in turn; all heal without a hand."""
    assert until(lambda: len(workers(surroundings)) == 2, READY)
    head = next(pid for pid, parent in workers(surroundings).items() if parent == running.pid)
    hand = next(pid for pid, parent in workers(surroundings).items() if parent == head)
    os.kill(hand, signal.SIGKILL)
    assert until(lambda: len(workers(surroundings)) == 2 and hand not in workers(surroundings), READY)
    os.kill(head, signal.SIGKILL)
    assert until(lambda: len(workers(surroundings)) == 2 and head not in workers(surroundings), READY)
    for name in ("gunicorn", "-server "):
        victim = min(pid for pid, command in family(surroundings).items() if name in command)
        os.kill(victim, signal.SIGKILL)
        assert until(lambda victim=victim: victim not in family(surroundings), GONE)
        assert until(lambda name=name: any(name in command for command in family(surroundings).values()), READY)
    assert until(lambda: healthy(surroundings), READY)


@pytest.mark.slow
@needs_proc
def test_a_second_run_on_the_same_home_is_refused(surroundings: dict[str, str], running: subprocess.Popen[str]) -> None:
    """Two programs on one home would spoil each other's data."""
    assert "already runs" in refusal(surroundings | {"PORT": str(free_port())})
    assert running.poll() is None


@pytest.mark.slow
@needs_proc
def test_nobody_survives_a_killed_run(surroundings: dict[str, str], running: subprocess.Popen[str]) -> None:
    """After kill -9 of run.py itself the kernel ends the rest (Linux)."""
    running.kill()
    running.wait()
    assert until(lambda: not family(surroundings), GONE)


@pytest.mark.slow
@needs_proc
def test_a_home_with_a_very_long_path_works(surroundings: dict[str, str], tmp_path: Path) -> None:
    """A socket's path is limited to about a hundred bytes; a folder's is not."""
    surroundings["UDGAM_HOME"] = str(tmp_path / ("long" * 25) / "home")
    Path(surroundings["UDGAM_HOME"]).parent.mkdir()
    process = start(surroundings)
    assert until(lambda: healthy(surroundings), READY), Path(surroundings["UDGAM_HOME"] + ".log").read_text()
    process.send_signal(signal.SIGINT)
    assert process.wait(GONE + 1) == 0
    assert family(surroundings) == {}
    shutil.rmtree(surroundings["UDGAM_HOME"])


@pytest.mark.parametrize(
    ("function", "arguments"),
    [("os.system", ["touch stolen"]), ("os.system", [1]), (queue.RUN, ["1"]), (queue.RUN, [1, 2]), (queue.RUN, [True])],
)
def test_redis_cannot_make_a_worker_run_anything_else(function: str, arguments: list[object]) -> None:
    """Whoever can write to Redis can ask for our one function with one number, and for nothing else."""
    job = OurJob.create(function, args=arguments, connection=Redis(), serializer=JSONSerializer, on_failure=None)
    with pytest.raises(PermissionError):
        _ = job.func
    job._failure_callback_name = job._success_callback_name = job._stopped_callback_name = "os.abort"
    assert (job.failure_callback, job.success_callback, job.stopped_callback) == (None, None, None)
