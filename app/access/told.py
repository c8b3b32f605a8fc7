"""What is written to the trail and mailed when somebody's log-in changes; the folders that do it stand above this one.

The factory connects them at the start. Without that nothing is changed: a log-in that changes unrecorded is refused.
"""

from collections.abc import Callable
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from app.access.models import SignIn
from app.core import clock
from app.core.actor import Actor

_ways: dict[str, Callable[..., Any]] = {}

NOT_YOU = "If this was not you, tell your administrator or the help desk at once."


def connect(*, record: Callable[..., Any], mail: Callable[..., Any]) -> None:
    """Name the functions that record an event and write a mail (app.audit.service, app.notices.service)."""
    _ways.update(record=record, mail=mail)


def record(session: Session, actor: Actor, event: str, row: SignIn) -> None:
    """An event about somebody's log-in. Lock the row before."""
    _ways["record"](session, actor, event, row)


def mail(session: Session, user: User, subject: str, body: str) -> None:
    """A mail to the owner of an account."""
    greeting = f"Dear {user.first_name} {user.last_name}".strip()
    _ways["mail"](session, user.email, subject, f"{greeting},\n\n{body}\n")


def changed(session: Session, actor: Actor, user: User, row: SignIn, event: str, sentence: str) -> None:
    """Both: what happened to the log-in, on the trail and in a mail to its owner, who may not have done it."""
    record(session, actor, event, row)
    mail(session, user, "Your Udgam log-in was changed", f"{sentence} ({clock.stamp(clock.now())}).\n\n{NOT_YOU}")
