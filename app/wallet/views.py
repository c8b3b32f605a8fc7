"""The screens of the wallet and its ledger: to read, never to write."""

from typing import Any

from flask_babel import lazy_gettext as _

from app.core.money import rupees
from app.infra.screens import FastInterface, Screen
from app.wallet.models import LedgerEntry, Wallet

KINDS = {
    "OPENING": _("Opening balance"), "TOPUP": _("Top-up"), "HOLD": _("Fee set aside"), "FEE": _("Fee"), "GST": _("GST"),
    "RELEASE": _("Fee given back"), "REFUND": _("Refund"), "ADJUSTMENT": _("Adjustment"),
}  # fmt: skip


def _kind(value: str) -> Any:
    return KINDS.get(value, value)


class LedgerView(Screen):
    """Every movement of money, one line for each account it touched."""

    datamodel = FastInterface(LedgerEntry, joined=("movement",))
    list_title = _("Ledger")
    list_columns = ["at", "kind", "account", "amount_paise", "balance_after_paise", "reference"]
    show_columns = [*list_columns, "application_id", "actor_name"]
    search_columns = ["kind", "account", "application_id"]
    formatters_columns = {"amount_paise": rupees, "balance_after_paise": rupees, "kind": _kind}
    label_columns = {
        "at": _("When"), "kind": _("What"), "account": _("Account"), "amount_paise": _("Amount"),
        "balance_after_paise": _("Balance after"), "reference": _("Reference"), "application_id": _("Application"),
        "actor_name": _("By"),
    }  # fmt: skip


class WalletView(Screen):
    """The wallet of a firm."""

    datamodel = FastInterface(Wallet, joined=("exporter",))
    list_title = _("Wallet")
    list_columns = ["firm_name", "iec", "balance_paise", "held_paise", "available_paise", "status"]
    show_columns = [*list_columns, "opened_at"]
    search_columns = ["status"]
    state_column = "status"
    formatters_columns = {"balance_paise": rupees, "held_paise": rupees, "available_paise": rupees}
    label_columns = {
        "firm_name": _("Firm"), "iec": _("IEC"), "balance_paise": _("Balance"), "held_paise": _("Set aside"),
        "available_paise": _("Available"), "status": _("Status"), "opened_at": _("Opened"),
    }  # fmt: skip

    def show_heading(self, item: Wallet) -> str:
        return f"Wallet of {item.firm_name}"
