"""Count failed log-ins, remember open sessions, and say how somebody stands with password and second factor."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.access.models import LoginFailure, PasswordLink, SignIn, Supervisor, WebSession
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.infra import current
from app.infra.settings import setting

_UNSCOPED = {"unscoped": True}
SEEN_EVERY = timedelta(minutes=1)  # how exactly it is noted when a session was last used


@dataclass(frozen=True, slots=True)
class Standing:
    """What a log-in that is under way still lacks, and when its session was last seen (None: a token of the API)."""

    user_id: int
    must_change: bool
    has_factor: bool
    password_changed_at: datetime | None
    seen_at: datetime | None = None


def supervisor_actor(session: Session, user_id: int) -> Actor | None:
    """The actor behind an account of the Directorate, or None."""
    found = session.scalar(select(Supervisor).where(Supervisor.user_id == user_id), execution_options=_UNSCOPED)
    return Actor(role=Role.SUPERVISOR, user_id=user_id, name=found.full_name) if found else None


current.RESOLVERS.insert(0, supervisor_actor)  # whatever was imported first: nobody of DGFT is taken for a firm's person


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


def open_session(session: Session, user_id: int, address: str, browser: str = "") -> str:
    """Remember a new browser session; returns the random token that goes into the cookie."""
    token = secrets.token_urlsafe(32)
    session.add(WebSession(token_sha256=digest(token), user_id=user_id, address=address[:45], browser=browser[:200]))
    return token


def standing_of_session(session: Session, token: str, user_id: int) -> Standing | None:
    """How the person of this cookie stands; None when the session is not open, or somebody else's."""
    query = select(WebSession.seen_at, SignIn).outerjoin(SignIn, SignIn.user_id == WebSession.user_id)
    mine = query.where(WebSession.token_sha256 == digest(token), WebSession.user_id == user_id, WebSession.ended_at.is_(None))
    found = session.execute(mine, execution_options=_UNSCOPED).one_or_none()
    return _standing(user_id, found[1], found[0]) if found is not None else None


def standing(session: Session, user_id: int) -> Standing:
    """How this person stands, whatever the session."""
    return _standing(user_id, session.scalar(select(SignIn).where(SignIn.user_id == user_id)))


def _standing(user_id: int, row: SignIn | None, seen_at: datetime | None = None) -> Standing:
    if row is None:
        return Standing(user_id, must_change=False, has_factor=False, password_changed_at=None, seen_at=seen_at)
    return Standing(user_id, row.must_change, row.totp_confirmed_at is not None, row.password_changed_at, seen_at)


def is_unseen(stands: Standing) -> bool:
    """Is it time to note that this session is in use?"""
    return stands.seen_at is not None and clock.now() - stands.seen_at > SEEN_EVERY


def note_seen(session: Session, token: str) -> None:
    """This session is in use just now."""
    session.execute(update(WebSession).where(WebSession.token_sha256 == digest(token)).values(seen_at=clock.now()))


def open_sessions(session: Session, user_id: int, token: str) -> list[tuple[WebSession, bool]]:
    """The open browser sessions of a person, newest use first, each with «is it this one?»; cookies that ran out are left out."""
    alive = clock.now() - setting("PERMANENT_SESSION_LIFETIME")
    query = select(WebSession).where(
        WebSession.user_id == user_id, WebSession.ended_at.is_(None), WebSession.seen_at > alive - SEEN_EVERY
    )
    rows = session.scalars(query.order_by(WebSession.seen_at.desc(), WebSession.id.desc()))
    return [(row, row.token_sha256 == digest(token)) for row in rows]


def end_session(session: Session, user_id: int, session_id: int) -> None:
    """End one of one's own sessions; somebody else's are as if they were not there."""
    row = session.get(WebSession, session_id)
    if row is None or row.user_id != user_id:
        raise NotFound("There is no such session, or it is not yours.")
    row.ended_at = row.ended_at or clock.now()


def last_sign_in(session: Session, user_id: int | None) -> datetime | None:
    """When somebody last logged in with a browser, or None."""
    return session.scalar(
        select(func.max(WebSession.started_at)).where(WebSession.user_id == user_id), execution_options=_UNSCOPED
    )


def close_session(session: Session, token: str) -> None:
    """End one session on the server, whatever copies of its cookie exist."""
    ended = update(WebSession).where(WebSession.token_sha256 == digest(token)).values(ended_at=clock.now())
    session.execute(ended)


def close_all(session: Session, user_id: int, but: str = "") -> None:
    """End every session of a person, but the one with this token: after a new password or address, or when switched off.

    A link for a new password that was mailed before goes with them: it may lie in the letter box they have left.
    """
    others = update(WebSession).where(WebSession.user_id == user_id, WebSession.token_sha256 != digest(but))
    session.execute(others.where(WebSession.ended_at.is_(None)).values(ended_at=clock.now()))
    links = update(PasswordLink).where(PasswordLink.user_id == user_id, PasswordLink.used_at.is_(None))
    session.execute(links.values(used_at=clock.now()))


def digest(token: str) -> str:
    """What is kept of a random token: nobody who reads the database can use it."""
    return hashlib.sha256(token.encode()).hexdigest()
