"""What somebody has typed and not saved yet: kept for that person alone, shown on return, and gone with the save.

A row is written only by the window that wrote it last, or by one that has taken it over as it was: two windows never
overwrite each other's words. A window says who it is by a word of its own, because an answer may be lost on the way.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.applications.models import Application, Unfinished
from app.applications.rules import DRAFTERS, LIFE
from app.core.actor import Actor
from app.core.canonical import canonical_json
from app.core.errors import BusinessError, NotAllowed, WrongState
from app.infra.tenancy import must_see

MOST_BYTES = 2 * 1024 * 1024  # 500 goods lines with long descriptions are some 700 kB
NEW = 0  # the application that is not there yet
ELSEWHERE = "Another window holds unsaved work on this form. What you type here is not kept until you save it."


def find(session: Session, actor: Actor, application_id: int) -> Unfinished | None:
    """What this person has typed into this form and not saved."""
    mine = (Unfinished.user_id == actor.user_id, Unfinished.application_id == application_id)
    return session.scalar(select(Unfinished).where(*mine, Unfinished.exporter_id == actor.exporter_id))


def is_of(row: Unfinished, window: str, version: int) -> bool:
    """Was it this window that kept it, or does the window know it as it is now?"""
    return row.version == version or (window != "" and row.fields.get("window") == window)


def keep(session: Session, actor: Actor, application: Application | None, fields: Mapping[str, Any], *, version: int,
         window: str = "") -> Unfinished:  # fmt: skip
    """Keep what is typed, complete or not. `version` is what this window kept last, 0 for nothing.

    WrongState when another window has kept something since; BusinessError when it is more than any form holds.
    """
    _may_type(actor, application)
    if len(canonical_json(fields)) > MOST_BYTES:
        raise BusinessError("This is more than a form holds; it is not kept. Shorten it, or save it.")
    row = find(session, actor, application.id if application is not None else NEW)
    if (row is None and version and not window) or (row is not None and not is_of(row, window, version)):
        raise WrongState(ELSEWHERE)
    fields = {**fields, "window": window[:40]}
    if row is None:
        row = Unfinished(user_id=actor.user_id, exporter_id=actor.exporter_id, fields=fields,
                         application_id=application.id if application is not None else NEW)  # fmt: skip
        session.add(row)
    else:
        row.fields = fields
    try:
        session.flush()
    except IntegrityError as error:  # both windows were the first
        raise WrongState(ELSEWHERE) from error
    return row


def _may_type(actor: Actor, application: Application | None) -> None:
    if application is not None:
        must_see(actor, application)
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    if actor.role not in DRAFTERS or actor.exporter_id is None or actor.user_id is None:
        raise NotAllowed("You may read the firm's applications but not file them. Ask the firm's primary user.")
    if application is not None:
        LIFE.check("edit", application.status, actor.role)


def forget(session: Session, actor: Actor, application_id: int, *, version: int, window: str = "") -> bool:
    """It is saved, or thrown away; only if it is still what that window kept or has seen."""
    row = find(session, actor, application_id)
    if row is None or not is_of(row, window, version):
        return False
    session.delete(row)
    session.flush()
    return True


def forget_all(session: Session, application_id: int) -> None:
    """The application is no more, and so is what anybody has typed about it."""
    gone = delete(Unfinished).where(Unfinished.application_id == application_id)
    session.execute(gone, execution_options={"unscoped": True, "synchronize_session": False})
