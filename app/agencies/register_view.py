"""The public pages on which somebody registers for an agency: the form, the code from the mail, and what happens next."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, EmailField, Field, RadioField, SelectField, StringField, TelField
from wtforms.fields.choices import SelectChoice

from app.agencies import asked, registration
from app.agencies.models import Agency
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra import current, limit
from app.infra.db import db, transaction
from app.infra.sentences import translated
from app.infra.settings import setting

TOO_MANY = _("Too many registrations from this address. Nothing is lost: wait a minute and press the button again.")
AGAIN = _("Choose the letter once more: a browser does not send a file twice by itself.")
SENT = _("A mail is on its way. Only the newest code counts.")


class Marked:
    """Only marks the field on the page as needed and how long it may be; the verb checks, so that all faults come at once."""

    def __init__(self, most: int | None = None, *, needed: bool = True) -> None:
        self.field_flags: dict[str, Any] = ({"required": True} if needed else {}) | ({"maxlength": most} if most else {})

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing is checked here."""


class RegisterForm(FlaskForm):
    """The one page of a registration."""

    agency = SelectField(_("Agency"), validators=[Marked()], validate_choice=False, choices=[])
    role = RadioField(_("Role"), validate_choice=False, choices=[
        SelectChoice(Role.ADMINISTRATOR.value, _("Administrator")), SelectChoice(Role.OFFICER.value, _("Officer")),
    ])  # fmt: skip
    office = SelectField(_("Regional office"), validate_choice=False, choices=[])
    full_name = StringField(_("Full name"), [Marked(120)], description=_("As it is to be printed on certificates."))
    designation = StringField(_("Designation"), [Marked(80)], description=_("Printed below the name."))
    email = EmailField(_("Official e-mail"), [Marked(254)])
    mobile = TelField(_("Mobile"), [Marked(20)], description=_("Ten digits; +91 may stand before them."))
    employee_code = StringField(_("Employee code"), [Marked(30, needed=False)], description=_("If your agency gives one."))
    letter = FileField(_("Authorisation letter"))
    undertaking = BooleanField(
        _("I am authorised to act for this agency, what I state here is true, and nobody else will use my account."),
        validators=[Marked()],
    )


class RegisterView(BaseView):
    """Open to everybody; what it answers does not depend on who is registered."""

    route_base = "/register"
    default_view = "form"

    @expose("/agency", methods=["GET", "POST"])
    def form(self) -> Any:
        """Register User As → CoO Authorized Agency."""
        form, status = RegisterForm(), 200
        if request.method == "POST" and not _allowed():
            flash(TOO_MANY, "danger")
            status = 429
        elif request.method == "POST":
            given = _given(form)
            try:
                with transaction(db.session):
                    token = registration.register(db.session, given, _actor())
                return redirect(url_for("RegisterView.code", token=token))
            except InvalidInput as refusal:
                _place(form, refusal.faults)
                status = 422
        if form.letter.data and not form.letter.errors:
            form.letter.errors = [AGAIN]
        _offer(form)
        return self.render_template("agencies/register.html", form=form), status

    @expose("/agency/<string:token>", methods=["GET", "POST"])
    def code(self, token: str) -> Any:
        """Type the code; then what happens next."""
        complaint, status = "", 200
        if request.method == "POST" and not _allowed():
            complaint, status = str(TOO_MANY), 429
        elif request.method == "POST":
            with transaction(db.session):
                complaint = registration.prove(db.session, token, request.form.get("code", "")[:40], _actor())
            if not complaint:
                return redirect(url_for("RegisterView.code", token=token))
            status = 422
        standing = registration.standing(db.session, token)
        page = self.render_template(
            "agencies/register_code.html", standing=standing, complaint=complaint, token=token, minutes=setting("OTP_MINUTES")
        )
        return page, status

    @expose("/agency/<string:token>/again", methods=["POST"])
    def again(self, token: str) -> Any:
        """Send the code again."""
        try:
            if not _allowed():
                raise BusinessError(gettext(str(TOO_MANY)))
            with transaction(db.session):
                registration.send_again(db.session, token, _actor())
        except BusinessError as refusal:
            registration.standing(db.session, token)  # whoever has no page here gets none by a refusal either
            flash(translated(refusal.sentence), "danger")
        else:
            flash(SENT, "success")
        return redirect(url_for("RegisterView.code", token=token))


def _allowed() -> bool:
    return limit.allowed("register", request.remote_addr or "", setting("REGISTER_PER_MINUTE"))


def _actor() -> Actor:
    return replace(current.actor(), ip=request.remote_addr or "")


def _given(form: RegisterForm) -> asked.Asked:
    """What was typed; the letter is looked into before the transaction begins, because that may take seconds."""
    sent, letter, fault = form.letter.data, None, ""
    if sent:
        try:
            letter = asked.letter(sent.filename or "", sent.stream.read(asked.LETTER_BYTES + 1))
        except BusinessError as refusal:
            fault = refusal.sentence
    words = {name: form[name].data or "" for name in (
        "agency", "role", "office", "full_name", "designation", "email", "mobile", "employee_code",
    )}  # fmt: skip
    return asked.Asked(**words, undertaking=bool(form.undertaking.data), letter=letter, letter_fault=fault)


def _place(form: RegisterForm, faults: Iterable[Fault]) -> None:
    for fault in faults:
        field: Field = form[fault.field]
        field.errors = [*field.errors, fault.message]


def _offer(form: RegisterForm) -> None:
    """The agencies one may register for, and under the name of each its active offices."""
    agencies = asked.open_agencies(db.session)
    form.agency.choices = [SelectChoice("", _("Choose …")), *(SelectChoice(each.code, _label(each)) for each in agencies)]
    by_id = {each.id: each for each in agencies}
    offices = asked.active_offices(db.session, list(by_id))
    offices.sort(key=lambda office: (by_id[office.agency_id].name, office.code))
    form.office.choices = [SelectChoice("", _("Choose …"))] + [
        SelectChoice(f"{by_id[office.agency_id].code}/{office.code}", str(office), optgroup=by_id[office.agency_id].name)
        for office in offices
    ]


def _label(agency: Agency) -> str:
    """The agency's name and, where its window closes, until when one may register."""
    if agency.onboard_by is None:
        return str(agency)
    left = clock.days_between(clock.india_today(), agency.onboard_by)
    if left == 0:
        last: str = gettext("last day")
        return f"{agency}: {last}"
    when = gettext("%(days)s days left", days=left) if left != 1 else gettext("1 day left")
    return f"{agency}: {when}"
