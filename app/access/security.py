"""The log-in: one lock for page and API alike, sessions that end when they end, and roles kept in code."""

from typing import Any

from flask import current_app, flash, g, redirect, request, session
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.views import expose
from flask_babel import lazy_gettext as _
from flask_login import login_user, logout_user

from app.access import roles, service
from app.core.actor import Role
from app.infra import current, pages
from app.infra.db import transaction
from app.infra.rest import InOurWords

DEMO_ACCOUNTS = ".example"  # RFC 2606: no real address ends like this, and every account of the demonstration does
LOCKED = _("Too many failed log-ins. Wait 15 minutes and try again.")


class SignInView(AuthDBView):
    """The log-in page."""

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        if g.user is not None and g.user.is_authenticated:
            return redirect(pages.asked_for())
        form = LoginForm_db()
        if not form.validate_on_submit():
            return self.render_template(self.login_template, title=self.title, form=form, appbuilder=self.appbuilder)
        security = self.appbuilder.sm
        user = security.auth_user_db(form.username.data.strip(), form.password.data)
        if user is None:
            flash(LOCKED if g.get("locked_out") else self.invalid_login_message, "warning")
            return self.render_template(self.login_template, title=self.title, form=form, appbuilder=self.appbuilder), 401
        _start_anew()
        session.permanent = True
        with transaction(security.session):
            session["sid"] = service.open_session(security.session, user.id, request.remote_addr or "")
        login_user(user, remember=False)
        current.forget()
        return redirect(pages.asked_for())

    @expose("/logout/")
    def logout(self) -> Any:
        security = self.appbuilder.sm
        if token := session.get("sid"):
            with transaction(security.session):
                service.close_session(security.session, token)
        logout_user()
        _start_anew()
        return redirect(self.appbuilder.get_url_for_login)


def _start_anew() -> None:
    """Forget everything of the session but the chosen language."""
    language = session.get("locale", "en")
    session.clear()
    session["locale"] = language


class TokenApi(InOurWords, SecurityApi):
    """The log-in of the API; a locked door says so."""

    def response_401(self) -> Any:
        if g.get("locked_out"):
            return self.response(429, message=str(LOCKED))
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
        """The table of roles.py, for the role this account has now: rights end with the role, at once."""
        return roles.may(current.actor(self.session).role, permission_name, view_name)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """What needs no log-in."""
        return roles.may(Role.PUBLIC, permission_name, view_name)

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """The menu entries of this account's role."""
        role = current.actor(self.session).role
        return {name for name, _, seen_by in roles.MENU if role in seen_by and name in (menu_names or (name,))}

    def auth_user_db(self, username: str, password: str) -> Any:
        """Check name and password behind the lock, whichever door they came through."""
        config, address = current_app.config, request.remote_addr or ""
        account = (username or "").strip().lower()
        if any("\ud800" <= letter <= "\udfff" for letter in account + (password or "")):
            return None  # half a character: nobody is called so
        limits = {
            "window": config["LOGIN_WINDOW"],
            "per_account": config["LOGIN_FAILURES"],
            "per_address": config["LOGIN_FAILURES_ADDRESS"],
        }
        if config["UDGAM_ENV"] == "production" and account.endswith(DEMO_ACCOUNTS):
            return None  # their password is printed in the README
        if service.locked_out(self.session, account, address, **limits):
            g.locked_out = True
            return None
        user = super().auth_user_db(account, password)
        with transaction(self.session):
            if user is None:
                service.note_failure(self.session, account, address)
            else:
                service.forget_failures(self.session, account, address)
        return user

    def get_user_by_id(self, pk: int) -> Any:
        """The account, read without asking who reads: that is just being found out."""
        return self.session.get(self.user_model, pk, execution_options={"unscoped": True})

    def load_user(self, pk: int) -> Any:
        """The person of a cookie, as long as the session behind it is open; a token of the API has none."""
        user = super().load_user(pk)
        if user is None or "sid" not in session:
            return user if user is not None and _has_bearer() else None
        return user if service.session_is_open(self.session, session["sid"], user.id) else None


def _has_bearer() -> bool:
    return request.headers.get("Authorization", "").lower().startswith("bearer ")
