"""Which function does the work of which kind, and what else happens when such a job waits or is given up."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from app.infra.queue import Claim, Job

Handler = Callable[["Claim"], None]
Also = Callable[[Session, "Job"], None]
HANDLERS: dict[str, Handler] = {}
WHEN_DEAD: dict[str, Also] = {}
WHEN_WAITING: dict[str, Also] = {}
PERIODIC: list[tuple[str, timedelta]] = []


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Name the function that does jobs of this kind (jobs.py of each capability)."""

    def register(function: Handler) -> Handler:
        HANDLERS[kind] = function
        return function

    return register


def when_dead(kind: str) -> Callable[[Also], Also]:
    """Name what else must happen, in the same transaction, when a job of this kind is given up."""

    def register(function: Also) -> Also:
        WHEN_DEAD[kind] = function
        return function

    return register


def when_waiting(kind: str) -> Callable[[Also], Also]:
    """Name what else must happen, in the same transaction, when a job of this kind has to wait; its row says for what."""

    def register(function: Also) -> Also:
        WHEN_WAITING[kind] = function
        return function

    return register
