"""How somebody comes in once it is clear who they are, by whichever door: a new session, or first the second step."""

import time
from typing import Any

from flask import redirect, request, session, url_for
from flask_login import login_user

from app.access import service
from app.infra import current
from app.infra.db import db, transaction

HALF_WAY = 300  # seconds between the first proof and the code


def start_anew() -> None:
    """Forget everything of the session but the chosen language."""
    language = session.get("locale", "en")
    session.clear()
    session["locale"] = language


def enter(user: Any, way: str) -> Any:
    """A new session on the server, a new cookie, and on to the page that was asked for."""
    start_anew()
    session.permanent = True
    address, browser = request.remote_addr or "", request.user_agent.string
    with transaction(db.session):
        session["sid"] = service.open_session(db.session, user.id, address, browser)
    login_user(user, remember=False)
    current.forget()
    return redirect(way)


def half_way(user: Any, way: str | None, by: str = "password") -> Any:
    """On to the page that asks for the code; `by` is what was proved first."""
    start_anew()
    session["half"] = {"user": user.id, "until": int(time.time()) + HALF_WAY, "by": by}
    return redirect(url_for("SignInView.code", next=way))
