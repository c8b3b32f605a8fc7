"""The desk agent as a process at a terminal, with somebody in front of it who reads, types and presses Ctrl-C."""

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import config
from tests.running import free_port, until
from tests.signing.softhsm import LIBRARY

ASKS_PIN = "PIN of the token"


class AgentAtDesk:
    """A running agent, what its terminal shows, and the hands at its keyboard."""

    def __init__(
        self, home: Path, *words: str, program: tuple[str, ...] = ("-m", "app.signing.desk_agent"), **place: Any
    ) -> None:
        self.port, self.home, self.screen = place.pop("port", 0) or free_port(), home, ""
        self.command = [sys.executable, *program, "--module", str(LIBRARY), "--port", str(self.port), "--home", str(home), *words]
        self.folder = place.pop("cwd", config.ROOT)
        self.origin = ""
        self.start()

    def start(self) -> None:
        """At a terminal of its own."""
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            self.command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, cwd=self.folder,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(slave)
        self._reader = threading.Thread(target=self._read, args=(self._master,), daemon=True)
        self._reader.start()

    def _read(self, master: int) -> None:
        with suppress(OSError):  # the terminal is gone when the program is
            while text := os.read(master, 65536):
                self.screen += text.decode(errors="replace")

    def type(self, text: str) -> None:
        """A line and Enter."""
        os.write(self._master, text.encode() + b"\n")

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.write(self._master, b"\x03")

    def shows(self, words: str, times: int = 1, seconds: float = 90) -> bool:
        """Whether the words appear so often in time."""
        return until(lambda: self.screen.count(words) >= times, seconds)

    def ready(self) -> "AgentAtDesk":
        """Wait until it listens."""
        assert self.shows("Waiting for orders"), self.screen
        return self

    def asked(self) -> int:
        """How often it has asked for the PIN."""
        return self.screen.count(ASKS_PIN)

    def kill(self) -> None:
        """The lights go out."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self._reader.join(5)
        with suppress(OSError):
            os.close(self._master)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """What a page, or somebody who would like to be one, is answered; a header that is empty is left out."""
        status, _, said = self.ask_fully(method, path, body, headers)
        return status, said

    def ask_fully(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        """The same with the headers of the answer."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Host": f"127.0.0.1:{self.port}", "Origin": self.origin, "Content-Type": "application/json"}
        sent |= {"Content-Length": str(len(content))} | (headers or {})
        connection = HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value:
                    connection.putheader(name, value)
            connection.endheaders(content)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, dict(answer.headers), json.loads(text) if text else None
        finally:
            connection.close()

    def give(self, sealed: Any) -> str:
        """An order that is taken; its number."""
        status, said = self.ask("POST", "/orders", sealed)
        assert status == 202, said
        return str(said["id"])

    def outcome(self, order: str) -> tuple[int, Any]:
        """How an order ended."""
        told: list[tuple[int, Any]] = []

        def over() -> bool:
            told.append(self.ask("GET", f"/orders/{order}"))
            return told[-1][0] != 200 or told[-1][1]["state"] == "done"

        assert until(over, 180), told[-1]
        return told[-1]


@contextmanager
def at_desk(agent: AgentAtDesk) -> Iterator[AgentAtDesk]:
    """Gone at the end whatever happens."""
    try:
        yield agent
    finally:
        agent.kill()
