"""Where money comes in and goes back: the page of a top-up's amount, the gateway's callback, and DGFT's refund of a fee."""

from typing import Any

from flask import Response, abort, current_app, flash, jsonify, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.core.errors import BusinessError
from app.core.money import parse_rupees, rupees
from app.infra import current, limit
from app.infra.db import db, transaction
from app.infra.problems import problem
from app.infra.screens import flash_refusal
from app.infra.settings import setting
from app.infra.tenancy import seen
from app.wallet import service, topups
from app.wallet.gateway import MOST_BYTES, SIGNATURE
from app.wallet.models import LedgerEntry
from app.wallet.rules import LEAST_PAISE, MOST_PAISE, Kind, Outcome, why_not_top_up
from app.wallet.views import ask_now

UNBELIEVED_PER_MINUTE = 120  # messages without the gateway's signature that are kept, from one address
USUAL = (100_000, 500_000, 2_500_000)  # paise: amounts offered for one press
NEEDED = "Fill this in."


class AmountForm(FlaskForm):
    """How much is to be paid in."""

    amount = StringField(_("Amount in rupees"), [DataRequired(NEEDED), Length(max=20)], description=_("From ₹100 to ₹5,00,000."))

    def validate_amount(self, field: StringField) -> None:
        """A sum people write, within the limits; the verb asks the limits again."""
        try:
            why = why_not_top_up(parse_rupees(field.data or ""))
        except BusinessError as refusal:
            why = refusal.sentence
        if why:
            field.errors = [*field.errors, why]

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(super().validate(extra_validators)) and not self.amount.errors


class PayView(BaseView):
    """Top up the wallet."""

    route_base = "/wallet/topup"
    default_view = "open"

    @expose("", methods=["GET", "POST"])
    @has_access
    def open(self) -> Any:
        """Ask for the amount; then write the order down, tell the gateway of it, and show its page."""
        form, status, actor = AmountForm(), 200, current.actor()
        form.amount.data = request.form.get("usual") or form.amount.data
        if form.validate_on_submit():
            try:
                with transaction(db.session):
                    topup_id = topups.create(db.session, actor, parse_rupees(form.amount.data or "")).id
                ask_now(topup_id)
                return redirect(url_for("TopUpView.show", pk=topup_id))
            except BusinessError as refusal:
                flash_refusal(refusal)
                status = 422
        elif request.method == "POST":
            status = 422
        wallet = service.open_wallet(db.session, actor.exporter_id or 0)
        page = self.render_template(
            "wallet/pay.html", title=_("Top up the wallet"), form=form, usual=USUAL, wallet=wallet, least=LEAST_PAISE,
            most=MOST_PAISE, note=service.legacy_note(db.session, actor.exporter_id or 0), closed=setting("GATEWAY") == "none",
        )  # fmt: skip
        return page, status


class CallbackView(BaseView):
    """Open to everybody, because the gateway does not log in: its signature says who it is."""

    route_base = "/gateway"
    default_view = "hear"

    def __init__(self) -> None:
        super().__init__()
        current_app.extensions["csrf"].exempt(CallbackView.hear)

    @expose("/callback", methods=["POST"])
    def hear(self) -> Response:
        """A message of the gateway: 200 when it is believed, 400 or 409 when not; kept in either case."""
        if (request.content_length or 0) > MOST_BYTES:
            return problem(413, "A message of the gateway has at most 16 KiB.")
        body = request.get_data()[: MOST_BYTES + 1]
        if len(body) > MOST_BYTES:
            return problem(413, "A message of the gateway has at most 16 KiB.")
        if not topups.is_believed(body, signature := request.headers.get(SIGNATURE, "")) and not limit.allowed(
            "gateway", request.remote_addr or "", UNBELIEVED_PER_MINUTE
        ):
            return problem(429, "Too many messages without the gateway's signature. Wait a minute.")
        with transaction(db.session):
            verdict = topups.hear(db.session, body, signature)
        if verdict.outcome is Outcome.REFUSED:
            return problem(400, f"Not believed: {verdict.reason}.")
        return jsonify({"outcome": verdict.outcome.value})


class RefundForm(FlaskForm):
    """What is given back, and why."""

    amount = StringField(_("Amount in rupees"), [Optional(), Length(max=20)], description=_("Left empty: all that was taken."))
    reason = TextAreaField(_("Reason"), [DataRequired(NEEDED), Length(max=500)], description=_("The firm reads it."))


class RefundView(BaseView):
    """DGFT gives back a fee that was taken twice, or for nothing."""

    route_base = "/wallet/refund"
    default_view = "open"

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    def open(self, pk: int) -> Any:
        """Ask how much and why, for one fee of the ledger; then give it back."""
        entry: LedgerEntry = seen(LedgerEntry, pk)
        if entry.kind != Kind.FEE or entry.application_id is None:
            abort(404)
        form, status, application_id = RefundForm(), 200, entry.application_id
        most = service.refundable(db.session, application_id)
        if form.validate_on_submit():
            try:
                paise = parse_rupees(form.amount.data) if (form.amount.data or "").strip() else None
                with transaction(db.session):
                    service.refund(db.session, application_id, current.actor(), reason=form.reason.data or "", paise=paise)
                flash(_("The money was given back and the firm was told."), "success")
                return redirect(url_for("LedgerView.list"))
            except BusinessError as refusal:
                flash_refusal(refusal)
                status, entry = 422, seen(LedgerEntry, pk)
        page = self.render_template(
            "wallet/refund.html", title=_("Give a fee back"), form=form, entry=entry, most=most, rupees=rupees
        )
        return page, status
