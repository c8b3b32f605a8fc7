"""The way to DGFT's log-in and back: people of firms come in with the e-mail address and password they have there."""

import logging
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import flash, g, redirect, request, session, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import IntegrityError

from app.access import door, entry, factor
from app.access.security import DEMO_ACCOUNTS, LOCKED
from app.core.errors import BusinessError, NotAllowed
from app.exporters import oidc, oidc_client
from app.exporters.oidc_client import Begun, NotProved, Silent
from app.infra import limit, pages
from app.infra.db import db, transaction
from app.infra.settings import setting

log = logging.getLogger(__name__)

KEPT = "dgft"  # where the cookie keeps what was begun
AT_ONCE = 3  # log-ins begun in several tabs; a cookie holds 4 KiB
GOOD_FOR = 600  # seconds to type a password at DGFT
PER_MINUTE = 30
ACCOUNT = "dgft"  # under this name failures are counted; no e-mail address is written like it
NOT_OFFERED = _("Logging in with DGFT is not offered here. Log in with your e-mail address and password.")
TOO_MANY = _("Too many log-ins from this address. Wait a minute and try again.")
STALE = _("This log-in was begun too long ago, or in another browser. Begin again.")
DENIED = _("Nobody was logged in: the log-in at DGFT was not finished. Begin again when you like.")
REFUSED = _("DGFT refused the log-in. Begin again; if it refuses once more, tell the help desk.")
TOLD = {"access_denied": DENIED, "login_required": DENIED, "server_error": oidc_client.SILENT,
        "temporarily_unavailable": oidc_client.SILENT}  # fmt: skip


class DgftLoginView(BaseView):
    """Two addresses: there, and back. Everything that goes wrong ends as a sentence on the log-in page."""

    route_base = "/login/dgft"
    default_view = "begin"

    @expose("/", methods=["GET"])
    def begin(self) -> Any:
        """Send the person to DGFT, remembering where they wanted to go here."""
        if g.user is not None and g.user.is_authenticated:
            return redirect(pages.asked_for())
        if not oidc_client.is_offered():
            return _sorry(NOT_OFFERED)
        if door.is_shut(db.session, ACCOUNT, _address()):
            return _sorry(LOCKED)
        if not limit.allowed(ACCOUNT, _address(), PER_MINUTE):
            return _sorry(TOO_MANY)
        if way := _home():
            return redirect(way)
        db.session.rollback()  # nothing is held while DGFT is asked
        try:
            there, begun = oidc_client.begin()
        except BusinessError as refusal:
            return _sorry(refusal.sentence)
        _remember(begun, pages.asked_for())
        return redirect(there)

    @expose("/back", methods=["GET"])
    def back(self) -> Any:
        """Back from DGFT: the code is redeemed, and who is proved comes in, or first types the code of the second factor."""
        if g.user is not None and g.user.is_authenticated:
            return redirect(pages.asked_for())
        if not oidc_client.is_offered():
            return _sorry(NOT_OFFERED)
        if door.is_shut(db.session, ACCOUNT, _address()):
            return _sorry(LOCKED)
        begun, way = _recalled(request.args.get("state", ""))
        if begun is None:  # any page elsewhere can make a browser ask for this: nothing was tried, and it counts as nothing
            return _sorry(STALE)
        if error := request.args.get("error"):
            return _sorry(TOLD.get(error, REFUSED), way)
        return _come_in(begun, way)


def _come_in(begun: Begun, way: str) -> Any:
    try:
        user = _arrived(begun)
    except Silent as refusal:
        return _sorry(refusal.sentence, way)
    except (NotProved, NotAllowed) as refusal:
        return _failed(refusal.sentence, way)
    if factor.is_on(db.session, user.id):
        return entry.half_way(user, way, ACCOUNT)
    door.passed(db.session, ACCOUNT, _address())
    return entry.enter(user, way)


def _arrived(begun: Begun) -> Any:
    """Ask DGFT with no transaction open, then find the account; of two first log-ins at once the second finds the first's."""
    db.session.rollback()
    claims = oidc_client.redeem(begun, request.args.get("code", ""), request.args.get("iss"))
    who = oidc.identity(claims)
    try:
        return _let_in(who)
    except IntegrityError:
        return _let_in(who)


def _let_in(who: oidc.Identity) -> Any:
    with transaction(db.session):
        user = oidc.arrive(db.session, who, _address())
        if setting("UDGAM_ENV") == "production" and user.username.endswith(DEMO_ACCOUNTS):
            raise NotAllowed(oidc.OFF)
    return user


def _home() -> str:
    """Where to begin when this page was opened under another of our names: the cookie must be there when they come back."""
    ours = urlsplit(str(setting("BASE_URL"))).netloc
    if request.host == ours or "again" in request.args:
        return ""
    return f"{setting('BASE_URL')}{url_for('DgftLoginView.begin')}?{urlencode({'next': pages.asked_for(), 'again': 1})}"


# --- what the cookie keeps -----------------------------------------------------------------------------------------------


def _remember(begun: Begun, way: str) -> None:
    kept = [each for each in session.get(KEPT, []) if each["until"] > time.time()][-(AT_ONCE - 1) :]
    kept.append({"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier, "way": way[:500],
                 "until": int(time.time()) + GOOD_FOR})  # fmt: skip
    session[KEPT] = kept


def _recalled(state: str) -> tuple[Begun | None, str]:
    """What was begun under this state, taken out: a second way back with the same finds nothing."""
    kept = [each for each in session.pop(KEPT, []) if each["until"] > time.time()]
    found = next((each for each in kept if each["state"] == state), None)
    if rest := [each for each in kept if each is not found]:
        session[KEPT] = rest
    return (Begun(found["state"], found["nonce"], found["verifier"]), found["way"]) if found else (None, "")


# --- refusing ------------------------------------------------------------------------------------------------------------


def _address() -> str:
    return request.remote_addr or ""


def _sorry(sentence: Any, way: str = "") -> Any:
    """The sentence, on the log-in page; the page that was asked for is not forgotten."""
    flash(gettext(str(sentence)), "warning")
    asked = way or request.args.get("next")
    return redirect(url_for("SignInView.login", next=asked if asked != "/" else None))


def _failed(sentence: Any, way: str = "") -> Any:
    """The same, counted like a wrong password."""
    db.session.rollback()
    door.failed(db.session, ACCOUNT, _address())
    return _sorry(sentence, way)
