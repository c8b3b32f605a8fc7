"""Processes we start: none outlives us, one that dies is started again, and all are stopped in order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0  # seconds before a child that died is started again
STOP_SECONDS = 4.6  # of the five a person is promised


class Stopped(Exception):
    """Somebody asked us to stop: Ctrl-C, SIGTERM, or the terminal was closed."""


def follow_parent(parent: int, number: signal.Signals) -> None:
    """In a child, on Linux: have the kernel send this signal when the parent dies, even by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, number)  # 1 is PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


@dataclass
class Child:
    """One process of ours and everything it starts: its own process group, with the seconds it gets to stop."""

    name: str
    command: list[str]
    patience: float = 0.8
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    wait: float = FIRST_WAIT

    def start(self, folder: Path, keep: tuple[int, ...] = (), output: int | None = None) -> None:
        """Start the process in `folder`; the descriptors in `keep` (a lock) stay open for as long as it lives."""
        parent = os.getpid()
        self.process = subprocess.Popen(  # noqa: S603  # our own programs, no shell
            self.command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,  # Ctrl-C in the terminal reaches the parent only, which stops the others in order
            preexec_fn=lambda: follow_parent(parent, signal.SIGTERM),  # safe: one thread here
            pass_fds=keep,
        )
        self.started = time.monotonic()

    def died(self) -> str:
        """How it ended, if it just ended by itself; what it left behind is ended too, and a new start planned."""
        if self.process is None or self.process.poll() is None:
            return ""
        code, now = self.process.returncode, time.monotonic()
        self.kill()
        self.wait = FIRST_WAIT if now - self.started > LONGEST_WAIT else min(self.wait * 2, LONGEST_WAIT)
        self.due, self.process = now + self.wait, None
        return ending(code)

    def stop(self, seconds: float) -> None:
        """Ask the process to end; after that many seconds, end it and everything it started."""
        if self.process is None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End what is left of the process and its group."""
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):  # nobody left (macOS says PermissionError of a zombie)
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Family:
    """All children in the order they were started, and whether somebody asked us to stop."""

    folder: Path
    tell: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    keep: tuple[int, ...] = ()
    stopping: bool = False

    def heed_signals(self) -> None:
        """Stop on Ctrl-C, SIGTERM and a closed terminal (unless started with nohup)."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, _number: int, _frame: object) -> None:
        self.stopping = True

    def pause(self, seconds: float = 0.1) -> None:
        """Wait a little; the one place where a wish to stop is heard."""
        if self.stopping:
            raise Stopped
        time.sleep(seconds)

    def add(self, child: Child, output: int | None = None) -> Child:
        """Start a child and remember it."""
        self.children.append(child)
        child.start(self.folder, self.keep, output)
        return child

    def mend(self) -> None:
        """Start again whatever died: soon the first time, later each time it keeps dying."""
        for child in self.children:
            if how := child.died():
                self.tell(f"The {child.name} ended by itself ({how}); starting it again.")
            elif child.process is None and time.monotonic() >= child.due:
                child.start(self.folder, self.keep)

    def stop(self) -> None:
        """Stop the last one started first, each within its patience and all within five seconds."""
        end = time.monotonic() + STOP_SECONDS
        for child in reversed(self.children):
            child.stop(max(0.1, min(child.patience, end - time.monotonic())))
