"""Who has still to change a password or set up a second factor is led there and can do nothing else; and sessions are noted."""

import logging
from typing import Any

from flask import Flask, Response, g, redirect, request, session, url_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.access import factor, service
from app.access.service import Standing
from app.core.actor import Role
from app.infra import current
from app.infra.db import db, reading, transaction

log = logging.getLogger(__name__)

CHANGE = "Change the password that was issued to you first: log in with a browser and follow the page."
SET_UP = "Your role needs a second factor: log in with a browser and set it up first."
# Always open: how one leaves, the language, what pages are made of, and whether the server is well.
OPEN = {
    "SignInView.login", "SignInView.code", "SignInView.logout", "LocaleView.index", "static", "appbuilder.static",
    "devanagari_font", "health.alive", "health.ready", "health.metrics",
}  # fmt: skip
WAY_OUT = {CHANGE: {"AccountView.password"}, SET_UP: {"AccountView.factor", "AccountView.factor_begin"}}


def hindrance() -> str:
    """What the person of this request must do before anything else, in a sentence; empty when nothing."""
    actor, stands = current.actor(), standing()
    if stands is None or stands.user_id != actor.user_id or actor.role is Role.PUBLIC:
        return ""
    if stands.must_change:
        return CHANGE
    return SET_UP if factor.is_required(actor.role) and not stands.has_factor else ""


def standing() -> Standing | None:
    """How the person of this request stands; the log-in has noted it."""
    found: Standing | None = g.get("standing")
    return found


def init_app(app: Flask) -> None:
    """Before each page ask for what hinders; after each, note that the session is in use."""
    app.before_request(_lead)
    app.after_request(_note_seen)


def _lead() -> Any:
    """To the page where the hindrance ends. A program has a token and no pages: it is told by has_access (security.py)."""
    if request.endpoint in OPEN or request.endpoint is None or request.path.startswith("/api/"):
        return None
    sentence = hindrance()
    if not sentence or request.endpoint in WAY_OUT[sentence]:
        return None
    return redirect(url_for("AccountView.password" if sentence == CHANGE else "AccountView.factor"))


def _note_seen(response: Response) -> Response:
    """At most once a minute, in a transaction of its own after the page is made: a page that is read stays a reader."""
    stands = standing()
    if stands is None or "sid" not in session or response.is_streamed or not service.is_unseen(stands):
        return response
    db.session.rollback()
    token = reading.set(False)
    try:
        with transaction(db.session):
            service.note_seen(db.session, session["sid"])
    except (DBAPIError, PoolTimeout) as error:
        log.warning("it was not noted that a session is in use (%s)", type(error).__name__)
    finally:
        reading.reset(token)
    return response
