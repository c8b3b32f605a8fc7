"""Who is acting now: turns the logged-in account into the Actor that every verb asks for; the only reader of the log-in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import g, has_app_context, has_request_context, request
from flask import session as cookie
from sqlalchemy import inspect
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from app.core.actor import PUBLIC_ACTOR, SYSTEM_ACTOR, Actor

ACTING_FOR = "X-Acting-For"  # the header by which a program of a customs broker names the firm it acts for

Resolver = Callable[[Session, int], Actor | None]

# Capabilities that give accounts a role (agencies, exporters, access) add themselves here.
RESOLVERS: list[Resolver] = []


def actor(session: Session | None = None) -> Actor:
    """The actor of this request; the system itself outside a request; nobody in particular when not logged in."""
    if not has_request_context():
        return SYSTEM_ACTOR
    if (other := g.get("standing_in")) is not None:
        return other  # type: ignore[no-any-return]  # flask.g holds anything
    user = _account(g.get("user"))
    if user is None or not getattr(user, "is_authenticated", False):
        return PUBLIC_ACTOR
    if g.get("actor_of") is not user:
        g.actor_of, g.actor = user, PUBLIC_ACTOR
        g.actor = _resolve(session, _identity(user))
    return g.actor  # type: ignore[no-any-return]  # flask.g holds anything


def _resolve(session: Session | None, identity: int) -> Actor:
    from app.infra.db import db  # db needs user_id() below for its column default

    return replace(person(session or db.session, identity), ip=request.remote_addr or "")


def person(session: Session, identity: int) -> Actor:
    """Whoever has this account, as they stand now: for what is done for somebody later; in no role when nobody gives them one."""
    found = next(filter(None, (resolver(session, identity) for resolver in RESOLVERS)), None)
    return found or replace(PUBLIC_ACTOR, user_id=identity)


def _identity(user: Any) -> int:
    """The account's id without reading the row again: after a commit the row is expired, and reading it asks who reads."""
    return int(inspect(user).identity[0])


def _account(user: Any) -> Any:
    """The account itself, where Flask-Login gives something that stands for it."""
    return user._get_current_object() if isinstance(user, LocalProxy) else user


def user_id() -> int | None:
    """The account that makes a row, for created_by; None for the system."""
    if not has_app_context() or not has_request_context():
        return None
    if (other := g.get("standing_in")) is not None:
        return other.user_id  # type: ignore[no-any-return]  # flask.g holds anything
    user = _account(g.get("user"))
    return _identity(user) if user is not None and getattr(user, "is_authenticated", False) else None


def acting_for() -> str:
    """The IEC of the firm this request wants to act for: a program says it in a header, a browser has chosen; "" for none."""
    if not has_request_context():
        return ""
    if request.path.startswith("/api/"):
        return request.headers.get(ACTING_FOR, "").strip().upper()
    return str(cookie.get("acting_for", ""))


def forget() -> None:
    """Resolve the actor again: after a log-in, or when rights changed within the request."""
    g.pop("actor_of", None)


@contextmanager
def standing_in(person: Actor) -> Iterator[None]:
    """Within the block this request acts as somebody who is not logged in to it, and whom something else has proved."""
    if not has_request_context():
        yield
        return
    before, g.standing_in = g.get("standing_in"), person
    try:
        yield
    finally:
        g.standing_in = before
