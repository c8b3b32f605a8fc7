"""One's own account: the password, the second factor and the open sessions; and what to do when the password is forgotten."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, session, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _
from flask_login import current_user

from app.access import door, factor, passwords, service
from app.access.forms import ChangeForm, CodeForm, ForgotForm, NewPasswordForm
from app.access.gate import standing
from app.access.rules import browser_words
from app.core.errors import BusinessError, InvalidInput, NotFound
from app.infra import current, limit
from app.infra.db import db, transaction
from app.infra.problems import refuse
from app.infra.sentences import translated

FORGOT_PER_MINUTE = 5
TOO_MANY = _("Too many links were asked for from this address. Wait a minute and ask again.")
TOO_OFTEN = _("Too many wrong passwords or codes. Wait 15 minutes and try again.")
MAILED = _("If there is an active account with this address, a link is on its way to it. It is good for 30 minutes.")


def put_back(form: Any, refusal: BusinessError) -> None:
    """Each fault beside its field; what belongs to no field above the form."""
    for fault in refusal.faults if isinstance(refusal, InvalidInput) else ():
        if fault.field in form:
            form[fault.field].errors = [*form[fault.field].errors, fault.message]
            return
    flash(translated(refusal.sentence), "danger")


class AccountView(BaseView):
    """Everybody's own page; all of it asks one permission, and every address is about oneself alone."""

    route_base = "/account"
    default_view = "open"
    base_permissions = ["can_open"]

    @expose("/", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """Who I am here, how I log in, and from where."""
        user, row = current_user, factor.row_of(db.session, current_user.id)
        sessions = [
            (each, this, browser_words(each.browser))
            for each, this in service.open_sessions(db.session, user.id, session.get("sid", ""))
        ]
        return self.render_template(
            "access/account.html", title=_("My account"), user=user, row=row, sessions=sessions,
            required=factor.is_required(current.actor().role),
        )  # fmt: skip

    @expose("/password", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def password(self) -> Any:
        """Change the password; the old one is asked for behind the lock of the log-in."""
        form, stands = ChangeForm(), standing()
        forced = stands is not None and stands.must_change
        if form.validate_on_submit():
            new, old, keep = form.new.data, form.old.data, session.get("sid", "")
            work = lambda user: passwords.change(db.session, user, current.actor(), old, new, keep)  # noqa: E731  one line, named
            if self._guarded(form, work, "old"):
                flash(_("Your password is changed. Wherever else you were logged in, you no longer are."), "success")
                return redirect(url_for("HomeView.index") if forced else url_for("AccountView.open"))
        page = self.render_template("access/password.html", title=_("Change the password"), form=form, forced=forced)
        return page, 422 if form.errors else 200

    @expose("/factor", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def factor(self) -> Any:
        """Set up the second factor: the secret as a picture, then a first code; the recovery codes are shown once."""
        form, row = CodeForm(), factor.row_of(db.session, current_user.id)
        if row is not None and row.totp_confirmed_at is not None:
            return self._codes(form)
        if form.validate_on_submit():
            work = lambda user: factor.confirm(db.session, user, current.actor(), form.code.data)  # noqa: E731  one line, named
            if codes := self._guarded(form, work, "code"):
                return self._show_codes(codes)
        secret = factor.secret_of(factor.row_of(db.session, current_user.id))
        page = self.render_template(
            "access/factor.html", title=_("Second factor"), form=form, secret=secret,
            picture=factor.picture(current_user, secret) if secret else "",
            required=factor.is_required(current.actor().role),
        )  # fmt: skip
        return page, 422 if form.errors else 200

    def _codes(self, form: CodeForm) -> Any:
        """With the factor on: new recovery codes, or switch it off; either for a present code."""
        if form.validate_on_submit():
            off = request.form.get("what") == "off"
            verb: Callable[..., Any] = factor.switch_off if off else factor.renew_codes
            done = self._guarded(form, lambda user: verb(db.session, user, current.actor(), form.code.data), "code")
            if done and not off:
                return self._show_codes(done)
            if done:
                flash(_("The second factor is off."), "success")
                return redirect(url_for("AccountView.open"))
        page = self.render_template(
            "access/factor_on.html", title=_("Second factor"), form=form, row=factor.row_of(db.session, current_user.id),
            required=factor.is_required(current.actor().role),
        )  # fmt: skip
        return page, 422 if form.errors else 200

    def _show_codes(self, codes: list[str]) -> Any:
        return self.render_template("access/recovery.html", title=_("Recovery codes"), codes=codes)

    @expose("/factor/begin", methods=["POST"])
    @has_access
    @permission_name("open")
    def factor_begin(self) -> Any:
        """A new secret, to be confirmed by a first code."""
        with transaction(db.session):
            factor.begin(db.session, self._me())
        return redirect(url_for("AccountView.factor"))

    @expose("/sessions/<int:pk>/end", methods=["POST"])
    @has_access
    @permission_name("open")
    def end_session(self, pk: int) -> Any:
        """Sign out one of my sessions; somebody else's is not there (404)."""
        if pk >= 2**31:
            raise NotFound("There is no such session, or it is not yours.")
        with transaction(db.session):
            service.end_session(db.session, current_user.id, pk)
        flash(_("That session is signed out."), "success")
        return redirect(url_for("AccountView.open"))

    @expose("/sessions/end", methods=["POST"])
    @has_access
    @permission_name("open")
    def end_sessions(self) -> Any:
        """Sign out everywhere but here."""
        with transaction(db.session):
            service.close_all(db.session, current_user.id, session.get("sid", ""))
        flash(_("You are signed out everywhere else."), "success")
        return redirect(url_for("AccountView.open"))

    def _me(self) -> Any:
        """The row of my account, read again in this transaction."""
        return self.appbuilder.sm.get_user_by_id(current_user.id)

    def _guarded(self, form: Any, work: Callable[[Any], Any], secret: str) -> Any:
        """Do what needs a password or code, behind the lock; a refusal goes beside its field. True or the verb's answer."""
        account, address = current_user.username, request.remote_addr or ""
        if door.is_shut(db.session, account, address):
            flash(TOO_OFTEN, "danger")
            return None
        try:
            with transaction(db.session):
                return work(self._me()) or True
        except BusinessError as refusal:
            if isinstance(refusal, InvalidInput) and refusal.faults[0].field == secret:
                door.failed(db.session, account, address)
            put_back(form, refusal)
        return None


class PasswordView(BaseView):
    """For whoever has forgotten the password: a link by mail, the same answer whoever asks."""

    route_base = "/password"
    default_view = "forgot"

    @expose("/forgot", methods=["GET", "POST"])
    def forgot(self) -> Any:
        """Ask for the link."""
        form = ForgotForm()
        if not form.validate_on_submit():
            page = self.render_template("access/forgot.html", title=_("Forgotten password"), form=form)
            return page, 422 if form.errors else 200
        if not limit.allowed("forgot", request.remote_addr or "", FORGOT_PER_MINUTE):
            return refuse(429, str(TOO_MANY))
        with transaction(db.session):
            passwords.forgot(db.session, form.email.data or "")
        flash(MAILED, "info")
        return redirect(url_for("SignInView.login"))

    @expose("/<string:token>", methods=["GET", "POST"])
    def reset(self, token: str) -> Any:
        """Set a new password; the link is used up by that, not by looking."""
        passwords.link_user(db.session, token)
        form = NewPasswordForm()
        if form.validate_on_submit():
            try:
                with transaction(db.session):
                    passwords.reset(db.session, token, form.new.data, request.remote_addr or "")
            except InvalidInput as refusal:
                put_back(form, refusal)
            else:
                flash(_("Your new password is set. Log in with it."), "success")
                return redirect(url_for("SignInView.login"))
        page = self.render_template("access/password.html", title=_("Set a new password"), form=form, forced=False)
        return page, 422 if form.errors else 200
