"""Who is acting now: turns the logged-in account into the Actor that every verb asks for; the only reader of the log-in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import g, has_app_context, has_request_context, request
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.core.actor import PUBLIC_ACTOR, SYSTEM_ACTOR, Actor

Resolver = Callable[[Session, int], Actor | None]

# Capabilities that give accounts a role (agencies, exporters, access) add themselves here.
RESOLVERS: list[Resolver] = []


def actor(session: Session | None = None) -> Actor:
    """The actor of this request; the system itself outside a request; nobody in particular when not logged in."""
    if not has_request_context():
        return SYSTEM_ACTOR
    user = g.get("user")
    if user is None or not getattr(user, "is_authenticated", False):
        return PUBLIC_ACTOR
    identity = _identity(user)
    if g.get("actor_of") != identity:
        g.actor_of, g.actor = identity, PUBLIC_ACTOR
        g.actor = _resolve(session, identity)
    return g.actor  # type: ignore[no-any-return]  # flask.g holds anything


def _resolve(session: Session | None, identity: int) -> Actor:
    from app.infra.db import db  # db needs user_id() below for its column default

    for resolver in RESOLVERS:
        found = resolver(session or db.session, identity)
        if found is not None:
            return replace(found, ip=request.remote_addr or "")
    return replace(PUBLIC_ACTOR, user_id=identity, ip=request.remote_addr or "")


def _identity(user: Any) -> int:
    """The account's id without reading the row again: after a commit the row is expired, and reading it asks who reads."""
    found = inspect(getattr(user, "_get_current_object", lambda: user)()).identity
    return int(found[0])


def user_id() -> int | None:
    """The account that makes a row, for created_by; None for the system."""
    if not has_app_context() or not has_request_context():
        return None
    user = g.get("user")
    return _identity(user) if user is not None and getattr(user, "is_authenticated", False) else None


def forget() -> None:
    """Resolve the actor again: after a log-in, or when rights changed within the request."""
    g.pop("actor_of", None)
