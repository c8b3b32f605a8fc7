"""What an uploaded file says of itself, found by a child process that is stopped when it takes too long."""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BusinessError
from app.verification import look

SECONDS = 8.0
AT_ONCE = 2  # children of one web process; each may use a core for as long as it lives
_SCRIPT = Path(look.__file__)
_places = threading.BoundedSemaphore(AT_ONCE)


class Busy(BusinessError):
    """Too many files are being looked at; nothing was said about this one."""


@dataclass(frozen=True, slots=True)
class Traces:
    """The words of the file and the certificates of its signers (SHA-256); claims, none of them checked."""

    texts: list[str]
    certificates: list[str]


def of(content: bytes) -> Traces:
    """Look into the file; what is no PDF, or cannot be read in time, has no traces."""
    if b"%PDF-" not in content[:1024]:
        return Traces([], [])
    if not _places.acquire(timeout=SECONDS / 2):
        raise Busy("Many files are being looked at just now. Try again in a minute, or type the number instead.")
    try:
        return _sorted(_run(content))
    finally:
        _places.release()


def _run(content: bytes) -> bytes:
    """What the child printed, whether it came to its end or was stopped."""
    command = [sys.executable, "-I", str(_SCRIPT)]
    try:
        done = subprocess.run(  # noqa: S603  our own script; the file is on its standard input, the environment is empty
            command, input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, env={}, cwd="/"
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        return late.stdout or b""
    return done.stdout


def _sorted(lines: bytes) -> Traces:
    traces = Traces([], [])
    for line in lines.splitlines():
        try:
            finding = json.loads(line)
        except ValueError:
            continue  # the line that was being written when the child was stopped
        if "text" in finding:
            traces.texts.append(finding["text"])
        else:
            traces.certificates.append(finding["certificate"])
    return traces
