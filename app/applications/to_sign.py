"""What has to be signed before a move can be made, for a key that is elsewhere; and nobody signs what would be refused."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from app.applications import payload
from app.applications.models import Application
from app.applications.moves import begin
from app.applications.queries import has_moved, must_answer
from app.applications.submission import must_be_ready, signer_of
from app.core.actor import Actor
from app.core.canonical import canonical_json


def to_sign(session: Session, application: Application, actor: Actor, move: str, **said: Any) -> bytes:
    """The bytes that the move («submit», «reply») will look for under the signature, once every other check has passed.

    `said` are the arguments of the move. Empty when a reply changes nothing that was signed. It locks the application and
    changes nothing: make the signature of the bytes and call the move with it as `signed`.
    """
    begin(session, application, actor, move)
    if not _CHECKS[move](session, application, actor, **said):
        return b""
    return canonical_json(payload.signed_by(application, signer_of(session, actor).broker))


def _submit(session: Session, application: Application, actor: Actor) -> bool:
    must_be_ready(session, application, actor)
    return True


def _reply(session: Session, application: Application, _actor: Actor, reply: str = "", answers: list[str] | None = None) -> bool:
    must_answer(session, application, reply, answers)
    return has_moved(application)


_CHECKS: dict[str, Callable[..., bool]] = {"submit": _submit, "reply": _reply}
