"""The log-in: one lock for page and API alike, a second step where one is set up, sessions that end when they end."""

import time
from typing import Any

from flask import current_app, flash, g, redirect, request, session
from flask_appbuilder.api import safe
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.views import expose
from flask_babel import lazy_gettext as _
from flask_login import logout_user
from sqlalchemy import select

from app.access import door, entry, factor, gate, passwords, roles, service
from app.access.forms import CodeForm
from app.core.actor import Role
from app.core.errors import NotAllowed
from app.infra import current, pages
from app.infra.db import transaction
from app.infra.problems import problem
from app.infra.rest import InOurWords

DEMO_ACCOUNTS = ".example"  # RFC 2606: no real address ends like this, and every account of the demonstration does
LOCKED = _("Too many failed log-ins. Wait 15 minutes and try again.")
LAPSED = _("The password that was issued to you was good for 72 hours and is no longer. Ask for a new one below.")
CODE_ASKED = _("This account logs in with a second factor. Send the six digits of the authenticator app as «otp».")
CODE_WRONG = _("This code is not right, or was used before. Wait for the next one and type it.")
ACTS_FOR_NOBODY = f"Only a customs broker's people act for other firms. Leave the header {current.ACTING_FOR} out."
TOO_LATE = _("Too much time has passed since you typed your password. Log in again.")


class SignInView(AuthDBView):
    """The log-in page, and the page for the second step."""

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        if g.user is not None and g.user.is_authenticated:
            return redirect(pages.asked_for())
        form = LoginForm_db()
        if not form.validate_on_submit():
            return self._show(form)
        security = self.appbuilder.sm
        user = security.auth_user_db(form.username.data.strip(), form.password.data)
        if user is None:
            flash(g.get("refusal", self.invalid_login_message), "warning")
            return self._show(form), 401
        if g.get("half_way"):
            return entry.half_way(user, request.args.get("next"))
        return entry.enter(user, pages.asked_for())

    @expose("/login/code", methods=["GET", "POST"])
    def code(self) -> Any:
        """The second step: the code of the app, or one of the recovery codes."""
        security, half = self.appbuilder.sm, session.get("half")
        user = security.load_half(half) if half else None
        if user is None:
            if half:
                flash(TOO_LATE, "warning")
            return redirect(self.appbuilder.get_url_for_login)
        form = CodeForm()
        if not form.validate_on_submit():
            return self._ask_code(form, half)
        if not security.second_step(user, form.code.data or ""):
            flash(g.refusal, "warning")
            return self._ask_code(form, half), 401
        return entry.enter(user, pages.asked_for())

    def _show(self, form: Any) -> Any:
        return self.render_template(self.login_template, title=self.title, form=form, appbuilder=self.appbuilder)

    def _ask_code(self, form: Any, half: Any) -> Any:
        return self.render_template("access/code.html", title=_("Second step"), form=form, by=half.get("by"))

    @expose("/logout/")
    def logout(self) -> Any:
        security = self.appbuilder.sm
        if token := session.get("sid"):
            with transaction(security.session):
                service.close_session(security.session, token)
        logout_user()
        entry.start_anew()
        return redirect(self.appbuilder.get_url_for_login)


class TokenApi(InOurWords, SecurityApi):
    """The log-in of the API: Flask-AppBuilder's, which also takes the code of the second factor."""

    @expose("/login", methods=["POST"])
    @safe
    def login(self) -> Any:
        """Log in and get a token
        ---
        post:
          description: Authenticate and get a JWT access token, and a refresh token if asked for
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [username, password, provider]
                  properties:
                    username: {type: string, example: officer@fiec.example}
                    password: {type: string}
                    provider: {type: string, enum: [db]}
                    refresh: {type: boolean}
                    otp: {type: string, description: the code of the authenticator app where the account has a second factor}
          responses:
            200:
              description: Authentication successful
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      access_token: {type: string}
                      refresh_token: {type: string}
            400: {$ref: '#/components/responses/400'}
            401: {$ref: '#/components/responses/401'}
            429: {description: too many failed log-ins from this address}
            500: {$ref: '#/components/responses/500'}
        """
        body = request.get_json() if request.is_json else None
        # Taken out, because Flask-AppBuilder refuses what it does not know.
        g.otp = str(body.pop("otp", None) or "") if isinstance(body, dict) else ""
        return super().login()

    def response_401(self) -> Any:
        if "refusal" in g:
            return problem(429 if g.refusal is LOCKED else 401, str(g.refusal))
        return super().response_401()


class UdgamSecurity(SecurityManager):
    """Flask-AppBuilder's security manager with one lock for every log-in and no screens that hand out roles."""

    authdbview = SignInView
    security_api = TokenApi
    userstatschartview = None

    def create_db(self) -> None:
        """Nothing: Alembic makes the tables, and roles are in roles.py."""

    def register_views(self) -> None:
        """The log-in page and the token API; not FAB's user, role and password screens, which know no tenants."""
        self.appbuilder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """The table of roles.py, for the role this account has now: rights end with the role, at once.

        Refuses (NotAllowed) everything but the own account while a password is to be changed or a factor to be set up.
        """
        if sentence := self._at_rest(view_name):
            if permission_name == "menu_access":
                return False
            raise NotAllowed(sentence)
        return roles.may(current.actor(self.session).role, permission_name, view_name)

    def _at_rest(self, view_name: str) -> str:
        """Why this account's role opens nothing on this screen at the moment, in a sentence; empty when it does."""
        if view_name != "AccountView" and (sentence := gate.hindrance()):
            return sentence
        actor = current.actor(self.session)
        unheld = actor.user_id is not None and actor.delegation_id is None and current.acting_for()
        return (actor.closed or ACTS_FOR_NOBODY) if unheld and view_name not in roles.STILL_OPEN else ""

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """What needs no log-in."""
        return roles.may(Role.PUBLIC, permission_name, view_name)

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """The menu entries of this account's role that are open at the moment: asked once for a page, not once for each entry."""
        role, rests = current.actor(self.session).role, bool(self._at_rest(""))
        seen = {name for name, _, seen_by in roles.MENU if role in seen_by and name in (menu_names or (name,))}
        return {name for name in seen if not rests or not self._at_rest(name)}

    def auth_user_db(self, username: str, password: str) -> Any:
        """Check name and password behind the lock, whichever door they came through; then the code, where it came along."""
        address, account = request.remote_addr or "", (username or "").strip().lower()
        if any("\ud800" <= letter <= "\udfff" for letter in account + (password or "")):
            return None  # half a character: nobody is called so
        if current_app.config["UDGAM_ENV"] == "production" and account.endswith(DEMO_ACCOUNTS):
            return None  # their password is printed in the README
        if door.is_shut(self.session, account, address):
            g.refusal = LOCKED
            return None
        user = super().auth_user_db(account, password)
        if user is None:
            door.failed(self.session, account, address)
            return None
        return user if self._second_door(user, account, address) else None

    def _second_door(self, user: Any, account: str, address: str) -> bool:
        """With the right password: is it still good, and is there a second step?

        Until the second step is done the count of failures stays, or codes could be tried without end.
        """
        if passwords.has_lapsed(self.session, user.id):
            g.refusal = LAPSED
            return False
        if not factor.is_on(self.session, user.id):
            door.passed(self.session, account, address)
            return True
        if "otp" not in g:
            g.half_way = True  # the page asks for the code
            return True
        if g.otp:
            return self.second_step(user, g.otp)
        g.refusal = CODE_ASKED
        return False

    def second_step(self, user: Any, code: str) -> bool:
        """Check the code behind the same lock as the password; `g.refusal` says why not."""
        account, address = user.username, request.remote_addr or ""
        if door.is_shut(self.session, account, address):
            g.refusal = LOCKED
            return False
        with transaction(self.session):
            right = factor.check(self.session, user.id, code)
        if not right:
            door.failed(self.session, account, address)
            g.refusal = CODE_WRONG
            return False
        door.passed(self.session, account, address)
        return True

    def get_user_by_id(self, pk: int) -> Any:
        """The account, read without asking who reads: that is just being found out."""
        query = select(self.user_model).where(self.user_model.id == pk)
        return self.session.scalar(query, execution_options={"unscoped": True, "populate_existing": True})

    def load_half(self, half: dict[str, int]) -> Any:
        """The person who has typed the password and not yet the code, for five minutes."""
        user = self.get_user_by_id(half["user"]) if half["until"] >= time.time() else None
        return user if user is not None and user.is_active else None

    def load_user(self, pk: int) -> Any:
        """The person of a cookie, as long as the session behind it is open."""
        user = super().load_user(pk)
        if user is None or "sid" not in session:
            return None
        g.standing = service.standing_of_session(self.session, session["sid"], user.id)
        return user if g.standing is not None else None

    def load_user_jwt(self, _header: Any, token: dict[str, Any]) -> Any:
        """The person of the API's token; a token from before the last change of the password opens nothing."""
        user = super().load_user(int(token["sub"]))
        if user is None:
            return None
        stands = service.standing(self.session, user.id)
        changed = stands.password_changed_at
        if changed is not None and token["iat"] < int(changed.timestamp()):
            return None
        g.standing, g.user = stands, user
        return user
