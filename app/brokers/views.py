"""The screens of delegations and of customs brokers: the firm grants and ends, DGFT brings brokers in and suspends them."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from app.access.views import put_back
from app.audit.service import history
from app.brokers import admitting, granting
from app.brokers.models import Broker, BrokerUser, Delegation
from app.brokers.rules import BROKER_LIFE, BROKER_PERSON_LIFE, DELEGATION_LIFE
from app.core import clock
from app.core.errors import BusinessError
from app.core.workflow import Move
from app.infra import current
from app.infra.db import db, transaction
from app.infra.movable import Movable
from app.infra.screens import FastInterface

NEEDED = "Fill this in."
SCOPES = {
    "READ": _("Read: sees your applications and certificates, changes nothing"),
    "DRAFT": _("Draft: also prepares applications; you submit them"),
    "SUBMIT": _(
        "Draft and submit: also signs and submits for you, answers queries and withdraws; each fee is paid from your wallet"
    ),
}
SHORT = {"READ": _("Read"), "DRAFT": _("Draft only"), "SUBMIT": _("Draft and submit")}


def scope_word(value: str) -> Any:
    """A scope in two or three words."""
    return SHORT.get(value, value)


class GrantForm(FlaskForm):
    """Which broker, how far, from when until when."""

    licence_no = StringField(
        _("Licence number of the customs broker"), [DataRequired(NEEDED), Length(max=30)],
        description=_("Ask your broker for it, such as ABCPD1234ECH001."),
    )  # fmt: skip
    scope = RadioField(
        _("What the broker may do for you"),
        [DataRequired("Choose one.")],
        choices=[SelectChoice(value, words) for value, words in SCOPES.items()],
    )
    from_date = DateField(_("From"), [DataRequired(NEEDED)])
    until = DateField(
        _("Until and including"), [DataRequired(NEEDED)], description=_("A year at most. You can end it at any time.")
    )


class AdmitForm(FlaskForm):
    """A new customs broker."""

    licence_no = StringField(_("Licence number"), [DataRequired(NEEDED), Length(max=30)])
    name = StringField(_("Name of the firm"), [DataRequired(NEEDED), Length(max=200)])
    pan = StringField(_("PAN"), [DataRequired(NEEDED), Length(max=10)])
    city = StringField(_("City"), [Length(max=80)])


class PersonForm(FlaskForm):
    """A person of a broker."""

    full_name = StringField(
        _("Name"), [DataRequired(NEEDED), Length(max=120)], description=_("As on the person's signature certificate.")
    )
    email = StringField(_("E-mail"), [DataRequired(NEEDED), Length(max=254)])


class DelegationView(Movable):
    """Which customs brokers act for a firm."""

    route_base = "/delegations"
    base_permissions = [*Movable.base_permissions, "can_grant"]
    datamodel = FastInterface(Delegation)
    list_title = _("Brokers")
    list_columns = ["broker_name", "exporter_name", "scope", "from_date", "until", "status"]
    show_columns = [
        "broker_name", "licence_no", "exporter_name", "exporter_iec", "scope", "from_date", "until", "status", "granted_by",
        "answered_by", "answered_at", "ended_by", "ended_at", "reason",
    ]  # fmt: skip
    search_columns = ["broker_name", "exporter_name", "scope", "status"]
    list_template = "brokers/delegations.html"
    show_template = "brokers/delegation.html"
    state_column = "status"
    formatters_columns = {"scope": scope_word}
    workflow, verbs = DELEGATION_LIFE, granting.DELEGATION_VERBS
    label_columns = {
        "broker_name": _("Customs broker"), "licence_no": _("Licence"), "exporter_name": _("For the firm"),
        "exporter_iec": _("IEC"), "scope": _("May"), "from_date": _("From"), "until": _("Until"), "status": _("Status"),
        "granted_by": _("Granted by"), "answered_by": _("Answered by"), "answered_at": _("Answered"),
        "ended_by": _("Ended by"), "ended_at": _("Ended"),
        "reason": _("Reason"),
    }  # fmt: skip

    def show_extra(self, item: Delegation) -> dict[str, Any]:
        """What the scope means, and what happened."""
        return {"means": SCOPES[item.scope], "history": history(db.session, item)}

    @expose("/grant", methods=["GET", "POST"])
    @has_access
    def grant(self) -> Any:
        """Let a broker act for the own firm."""
        form, today = GrantForm(), clock.india_today()
        if request.method == "GET":
            form.from_date.data = today
        if form.validate_on_submit():
            try:
                with transaction(db.session):
                    row = granting.grant(
                        db.session, current.actor(), licence_no=form.licence_no.data or "", scope=form.scope.data or "",
                        from_date=form.from_date.data or today, until=form.until.data or today,
                    )  # fmt: skip
                    pk, broker = row.id, row.broker_name
            except BusinessError as refusal:
                put_back(form, refusal)
            else:
                flash(gettext("%(broker)s has been asked. It can act for you as soon as it accepts.", broker=broker), "success")
                return redirect(url_for("DelegationView.show", pk=pk))
        page = self.render_template("brokers/grant.html", title=_("Let a customs broker act for you"), form=form, wide=["scope"])
        return page, 422 if form.errors else 200

    def after(self, move: Move, pk: int) -> str:
        """A broker goes back to the list of firms."""
        return url_for("FirmsView.open") if current.actor().broker_id is not None else super().after(move, pk)


class BrokerUserView(Movable):
    """The people of a customs broker."""

    route_base = "/brokers/people"
    datamodel = FastInterface(BrokerUser, joined=("broker",))
    list_title = _("People")
    list_columns = ["full_name", "email", "broker", "status"]
    show_columns = list_columns
    search_columns = ["full_name", "email", "status"]
    show_template = "brokers/broker.html"
    state_column = "status"
    workflow, verbs = BROKER_PERSON_LIFE, admitting.BROKER_PERSON_VERBS
    label_columns = {"full_name": _("Name"), "email": _("E-mail"), "broker": _("Customs broker"), "status": _("Status")}

    def show_extra(self, item: BrokerUser) -> dict[str, Any]:
        return {"history": history(db.session, item)}


class BrokerView(Movable):
    """The customs brokers whose people may act for exporters."""

    route_base = "/brokers"
    base_permissions = [*Movable.base_permissions, "can_admit"]
    datamodel = FastInterface(Broker)
    list_title = _("Customs brokers")
    list_columns = ["licence_no", "name", "city", "status"]
    show_columns = ["licence_no", "name", "pan", "city", "status", "reason"]
    search_columns = ["licence_no", "name", "status"]
    list_template = "brokers/brokers.html"
    show_template = "brokers/broker.html"
    state_column = "status"
    workflow, verbs = BROKER_LIFE, admitting.BROKER_VERBS
    label_columns = {
        "licence_no": _("Licence number"), "name": _("Firm"), "pan": _("PAN"), "city": _("City"), "status": _("Status"),
        "reason": _("Reason"),
    }  # fmt: skip

    def show_extra(self, item: Broker) -> dict[str, Any]:
        """Its people, and what happened to it."""
        return {"people": item.people, "history": history(db.session, item), "broker": item}

    @expose("/admit", methods=["GET", "POST"])
    @has_access
    def admit(self) -> Any:
        """Bring a broker in."""
        form = AdmitForm()
        if form.validate_on_submit():
            try:
                with transaction(db.session):
                    said = {name: form[name].data or "" for name in ("licence_no", "name", "pan", "city")}
                    pk = admitting.admit(db.session, current.actor(), **said).id
            except BusinessError as refusal:
                put_back(form, refusal)
            else:
                flash(gettext("The broker is here. Add its people now."), "success")
                return redirect(url_for("BrokerView.show", pk=pk))
        return self._form(_("Bring a customs broker in"), form, url_for("BrokerView.list"))

    @expose("/<int:pk>/person", methods=["GET", "POST"])
    @has_access
    @permission_name("admit")
    def person(self, pk: int) -> Any:
        """Give a person of a broker an account."""
        broker = self.datamodel.get(pk, self._base_filters) if pk < 2**31 else None
        if broker is None:
            abort(404)
        form = PersonForm()
        if form.validate_on_submit():
            try:
                with transaction(db.session):
                    said = {"full_name": form.full_name.data or "", "email": form.email.data or ""}
                    admitting.add_person(db.session, broker, current.actor(), **said)
            except BusinessError as refusal:
                put_back(form, refusal)
            else:
                flash(gettext("The account is made and the password is mailed."), "success")
                return redirect(url_for("BrokerView.show", pk=pk))
        return self._form(_("Add a person"), form, url_for("BrokerView.show", pk=pk))

    def _form(self, title: Any, form: FlaskForm, back: str) -> Any:
        page = self.render_template("brokers/grant.html", title=title, form=form, back=back, wide=[])
        return page, 422 if form.errors else 200
