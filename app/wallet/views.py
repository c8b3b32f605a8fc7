"""The screens of the wallet, its ledger, its top-ups and what the gateway said: money moves only through the verbs."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.core.actor import Role
from app.core.errors import BusinessError
from app.core.money import parse_rupees, rupees
from app.exporters import service as exporters
from app.infra import current
from app.infra.db import db, transaction
from app.infra.movable import Movable
from app.infra.screens import READ, FastInterface, Screen, flash_refusal
from app.infra.settings import setting
from app.wallet import asking, freezing, low, proof, service, suspense, topups
from app.wallet.gateway import the_gateway
from app.wallet.models import GatewayMessage, LedgerEntry, TopUp, Wallet
from app.wallet.rules import TOPUP_LIFE, WALLET_LIFE, Kind
from app.wallet.words import KINDS


def _kind(value: str) -> Any:
    return KINDS.get(value, value)


class LedgerView(Screen):
    """Every movement of money, one line for each account it touched."""

    datamodel = FastInterface(LedgerEntry, joined=("movement",))
    list_title = _("Ledger")
    list_columns = ["at", "kind", "account", "amount_paise", "balance_after_paise", "reference"]
    show_columns = [*list_columns, "application_id", "actor_name"]
    search_columns = ["kind", "account", "application_id"]
    show_template = "wallet/entry.html"
    formatters_columns = {"amount_paise": rupees, "balance_after_paise": rupees, "kind": _kind}
    label_columns = {
        "at": _("When"), "kind": _("What"), "account": _("Account"), "amount_paise": _("Amount"),
        "balance_after_paise": _("Balance after"), "reference": _("Reference"), "application_id": _("Application"),
        "actor_name": _("By"),
    }  # fmt: skip

    def show_extra(self, item: LedgerEntry) -> dict[str, Any]:
        """DGFT may give a fee back that was not given back yet, and settle a payment that fits no order."""
        asked = current.actor().role is Role.SUPERVISOR and item.kind == Kind.FEE and item.application_id is not None
        suspended = current.actor().role is Role.SUPERVISOR and suspense.is_open(db.session, item)
        refundable = service.refundable(db.session, item.application_id or 0) if asked else 0
        return {"refundable": refundable, "suspended": suspended}


class WalletView(Movable):
    """The wallet of a firm; DGFT may freeze it."""

    datamodel = FastInterface(Wallet, joined=("exporter",))
    list_title = _("Wallet")
    list_columns = ["firm_name", "iec", "balance_paise", "held_paise", "available_paise", "status"]
    show_columns = [*list_columns, "opened_at"]
    search_columns = ["status"]
    base_permissions = [*READ, "can_low", "can_move"]
    workflow, verbs = WALLET_LIFE, freezing.VERBS
    show_template = "wallet/wallet.html"
    state_column = "status"
    formatters_columns = {"balance_paise": rupees, "held_paise": rupees, "available_paise": rupees}
    label_columns = {
        "firm_name": _("Firm"), "iec": _("IEC"), "balance_paise": _("Balance"), "held_paise": _("Set aside"),
        "available_paise": _("Available"), "status": _("Status"), "opened_at": _("Opened"),
    }  # fmt: skip

    def show_heading(self, item: Wallet) -> str:
        return str(gettext("Wallet of %(firm)s", firm=item.firm_name))

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """A firm has one wallet, so it is shown at once; DGFT has the list."""
        exporter_id = current.actor().exporter_id
        if exporter_id is None:
            return super().list()
        mine = select(Wallet.id).where(Wallet.exporter_id == exporter_id)
        pk = db.session.scalar(mine)
        if pk is None:
            with transaction(db.session):
                pk = service.open_wallet(db.session, exporter_id).id
        return self.show(str(pk))

    def show_extra(self, item: Wallet) -> dict[str, Any]:
        """The note about the old wallet, the latest top-ups, and whether the presses stand."""
        latest = select(TopUp).where(TopUp.exporter_id == item.exporter_id).order_by(TopUp.id.desc()).limit(5)
        return {
            "note": service.legacy_note(db.session, item.exporter_id), "topups": db.session.scalars(latest).all(),
            "stand": proof.stand(db.session), "closed": setting("GATEWAY") == "none", "mark": low.mark(item),
        }  # fmt: skip

    @expose("/low/<int:pk>", methods=["POST"])
    @has_access
    def low(self, pk: int) -> Any:
        """Below what amount the firm wants to be told."""
        item = self.datamodel.get(pk, self._base_filters) if pk < 2**31 else None
        if item is None:
            abort(404)
        typed = request.form.get("low", "").strip()
        try:
            with transaction(db.session):
                low.set_mark(db.session, item, current.actor(), parse_rupees(typed) if typed else None)
            flash(_("Kept."), "success")
        except BusinessError as refusal:
            flash_refusal(refusal)
        return redirect(url_for("WalletView.list"))


LOOKS = 3  # how often the page is shown again for somebody who comes back from the gateway and runs no script


class TopUpView(Movable):
    """Top-ups: each one's page is where the person comes back to from the gateway, and says what is known, no more."""

    route_base = "/wallet/topups"
    datamodel = FastInterface(TopUp)
    list_title = _("Top-ups")
    list_columns = ["created_at", "amount_paise", "status", "asked_by", "settled_at"]
    show_columns = [
        "amount_paise", "status", "created_at", "asked_by", "expires_at", "settled_at", "reason", "gateway_order_id",
        "gateway_payment_id",
    ]  # fmt: skip
    search_columns = ["status", "gateway_order_id"]
    show_template = "wallet/topup.html"
    state_column = "status"
    workflow, verbs = TOPUP_LIFE, topups.VERBS
    formatters_columns = {"amount_paise": rupees}
    label_columns = {
        "created_at": _("Ordered"), "amount_paise": _("Amount"), "status": _("Status"), "asked_by": _("Ordered by"),
        "settled_at": _("Credited"), "expires_at": _("To be paid by"), "reason": _("Remark"),
        "gateway_order_id": _("Order number"), "gateway_payment_id": _("Payment number of the gateway"),
    }  # fmt: skip

    def show_heading(self, item: TopUp) -> str:
        return str(gettext("Top-up of %(amount)s", amount=rupees(item.amount_paise)))

    def show_extra(self, item: TopUp) -> dict[str, Any]:
        """Where it is paid, and how much the wallet has now."""
        wallet = service.open_wallet(db.session, item.exporter_id)
        pays = current.actor().role in topups.PAYERS and setting("GATEWAY") != "none"
        page = the_gateway().page(item.gateway_order_id) if pays and item.status == "PENDING" else ""
        firm = exporters.firm(db.session, item.exporter_id)
        looks = request.args.get("back", "")
        again = int(looks) + 1 if item.status == "PENDING" and looks in map(str, range(1, LOOKS + 1)) else 0
        return {"page": page, "pays": pays, "available": wallet.available_paise, "firm": firm, "again": again}

    @expose("/ask/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("move")
    def ask(self, pk: int) -> Any:
        """Have the gateway asked now, instead of waiting for its message."""
        item = self.datamodel.get(pk, self._base_filters) if pk < 2**31 else None
        if item is not None:
            ask_now(item.id)
        return redirect(url_for("TopUpView.show", pk=pk))


def ask_now(topup_id: int) -> None:
    """Place the order or ask about it; silence and nonsense are told to the person in one sentence."""
    try:
        verdict = asking.ask(db.session, topup_id)
    except BusinessError:
        db.session.rollback()
        flash(_("The payment gateway does not answer just now. Nothing was changed; try again in a minute."), "warning")
    else:
        if verdict is not None and verdict.reason and not verdict.move:
            flash(_("The gateway's answer was kept, but it does not fit this order. DGFT's help desk can see it."), "warning")


class GatewayMessageView(Screen):
    """What the gateway said, word by word, and what was done with it; for DGFT."""

    route_base = "/wallet/messages"
    datamodel = FastInterface(GatewayMessage)
    list_title = _("Gateway messages")
    list_columns = ["at", "outcome", "reason", "gateway_order_id"]
    show_columns = [*list_columns, "body", "body_sha256"]
    search_columns = ["outcome", "gateway_order_id"]
    label_columns = {
        "at": _("When"), "outcome": _("Outcome"), "reason": _("Why"), "gateway_order_id": _("Order number"),
        "body": _("As it came"), "body_sha256": _("SHA-256 of the message"),
    }  # fmt: skip
