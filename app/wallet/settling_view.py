"""DGFT's two hands on money: a payment that fits no order is settled, a wallet is adjusted; each once, with a reason."""

import secrets
from typing import Any

from flask import abort, flash, redirect, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.core.errors import BusinessError
from app.core.money import parse_rupees, rupees
from app.infra import current
from app.infra.db import db, transaction
from app.infra.screens import flash_refusal
from app.infra.tenancy import seen
from app.wallet import suspense
from app.wallet.models import LedgerEntry, Wallet

NEEDED = "Fill this in."


class SettleForm(FlaskForm):
    """Who gets the money."""

    iec = StringField(_("IEC of the firm to be credited"), [Optional(), Length(max=10)],
                      description=_("Left empty: the gateway has given the money back to whoever paid."))  # fmt: skip
    reason = TextAreaField(_("Reason"), [DataRequired(NEEDED), Length(max=500)], description=_("The firm reads it."))


class SuspenseView(BaseView):
    """One payment in suspense."""

    route_base = "/wallet/suspense"
    default_view = "open"

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    def open(self, pk: int) -> Any:
        """Ask whose it is; then book it there."""
        entry: LedgerEntry = seen(LedgerEntry, pk)
        if not suspense.is_open(db.session, entry):
            abort(404)
        form, status = SettleForm(), 200
        if form.validate_on_submit():
            try:
                with transaction(db.session):
                    said = {"iec": form.iec.data or "", "reason": form.reason.data or ""}
                    suspense.settle(db.session, entry, current.actor(), **said)
                flash(_("The payment was settled."), "success")
                return redirect(url_for("LedgerView.list"))
            except BusinessError as refusal:
                flash_refusal(refusal)
                status, entry = 422, seen(LedgerEntry, pk)
        facts = [
            (_("Paid on"), entry.at),
            (_("Amount"), rupees(entry.amount_paise)),
            (_("What the gateway said"), entry.movement.note),
        ]
        back = url_for("LedgerView.show", pk=pk)
        page = self.render_template("wallet/settle.html", title=_("Settle a payment"), form=form, told=facts, back=back)
        return page, status


class AdjustForm(FlaskForm):
    """How much, and why."""

    once = HiddenField()
    amount = StringField(_("Amount in rupees"), [DataRequired(NEEDED), Length(max=20)],
                         description=_("With a minus in front it is taken from the wallet."))  # fmt: skip
    reason = TextAreaField(_("Reason"), [DataRequired(NEEDED), Length(max=500)], description=_("The firm reads it."))


class AdjustView(BaseView):
    """One wallet."""

    route_base = "/wallet/adjust"
    default_view = "open"

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    def open(self, pk: int) -> Any:
        """Ask how much and why; a page that is posted twice books once."""
        wallet: Wallet = seen(Wallet, pk)
        form, status = AdjustForm(), 200
        form.once.data = form.once.data or secrets.token_hex(16)
        if form.validate_on_submit():
            try:
                paise = _signed(form.amount.data or "")
                with transaction(db.session):
                    suspense.adjust(
                        db.session, wallet.exporter_id, current.actor(), paise=paise, reason=form.reason.data or "",
                        once=form.once.data or "",
                    )  # fmt: skip
                flash(_("The wallet was adjusted and the firm was told."), "success")
                return redirect(url_for("WalletView.show", pk=pk))
            except BusinessError as refusal:
                flash_refusal(refusal)
                status, wallet = 422, seen(Wallet, pk)
        told = [(_("Firm"), wallet.firm_name), (_("IEC"), wallet.iec), (_("Available"), rupees(wallet.available_paise))]
        back = url_for("WalletView.show", pk=pk)
        page = self.render_template("wallet/settle.html", title=_("Adjust a wallet"), form=form, told=told, back=back)
        return page, status


def _signed(text: str) -> int:
    """Paise out of «200», «-200.50» or «−200»."""
    bare = text.strip().replace("\u2212", "-")
    return -parse_rupees(bare[1:]) if bare.startswith("-") else parse_rupees(bare)
