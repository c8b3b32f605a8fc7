"""Count failed log-ins, remember open sessions, and make accounts."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.access.models import LoginFailure, Supervisor, WebSession
from app.core import clock
from app.core.actor import Actor, Role
from app.infra import current

_UNSCOPED = {"unscoped": True}


def supervisor_actor(session: Session, user_id: int) -> Actor | None:
    """The actor behind an account of the Directorate, or None."""
    found = session.scalar(select(Supervisor).where(Supervisor.user_id == user_id), execution_options=_UNSCOPED)
    return Actor(role=Role.SUPERVISOR, user_id=user_id, name=found.full_name) if found else None


current.RESOLVERS.append(supervisor_actor)


def locked_out(session: Session, account: str, address: str, *, window: timedelta, per_account: int, per_address: int) -> bool:
    """Too many failures of this account from this address, or of this address in all, within the window.

    The account alone is never locked: a stranger elsewhere could otherwise keep its owner out.
    """
    recent = LoginFailure.at > clock.now() - window
    here = LoginFailure.address == address
    count = select(func.count()).select_from(LoginFailure)
    of_account = session.scalar(count.where(recent, here, LoginFailure.account == account)) or 0
    return of_account >= per_account or (session.scalar(count.where(recent, here)) or 0) >= per_address


def note_failure(session: Session, account: str, address: str) -> None:
    """One more failed log-in."""
    session.add(LoginFailure(account=account[:254], address=address[:45]))


def forget_failures(session: Session, account: str, address: str) -> None:
    """A right password clears the count of this account here."""
    session.execute(delete(LoginFailure).where(LoginFailure.account == account, LoginFailure.address == address))


def open_session(session: Session, user_id: int, address: str) -> str:
    """Remember a new browser session; returns the random token that goes into the cookie."""
    token = secrets.token_urlsafe(32)
    session.add(WebSession(token_sha256=_digest(token), user_id=user_id, address=address[:45]))
    return token


def session_is_open(session: Session, token: str, user_id: int) -> bool:
    """Is this cookie's session still open, and this person's?"""
    query = select(WebSession.id).where(
        WebSession.token_sha256 == _digest(token), WebSession.user_id == user_id, WebSession.ended_at.is_(None)
    )
    return session.scalar(query, execution_options=_UNSCOPED) is not None


def close_session(session: Session, token: str) -> None:
    """End one session on the server, whatever copies of its cookie exist."""
    ended = update(WebSession).where(WebSession.token_sha256 == _digest(token)).values(ended_at=clock.now())
    session.execute(ended)


def close_all(session: Session, user_id: int) -> None:
    """End every session of a person: after a new password, or when the account is switched off."""
    mine = WebSession.user_id == user_id
    session.execute(update(WebSession).where(mine, WebSession.ended_at.is_(None)).values(ended_at=clock.now()))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
