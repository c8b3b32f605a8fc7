"""The wallet and its ledger over REST, read only: money moves only with an application."""

from app.infra.rest import ReadApi
from app.infra.screens import FastInterface
from app.wallet.models import LedgerEntry, Wallet


class WalletApi(ReadApi):
    """Resource `wallets`; amounts in paise."""

    resource_name = "wallets"
    openapi_spec_tag = "Wallets"
    datamodel = FastInterface(Wallet)
    base_permissions = ["can_get"]
    list_columns = [
        "id",
        "exporter_id",
        "firm_name",
        "iec",
        "currency",
        "balance_paise",
        "held_paise",
        "available_paise",
        "status",
    ]
    show_columns = [*list_columns, "opened_at"]
    search_columns = ["exporter_id", "status"]
    order_columns = ["id"]


class LedgerApi(ReadApi):
    """Resource `ledger`: every entry, in paise."""

    resource_name = "ledger"
    openapi_spec_tag = "Ledger"
    datamodel = FastInterface(LedgerEntry)
    base_permissions = ["can_get"]
    list_columns = [
        "id",
        "at",
        "kind",
        "account",
        "amount_paise",
        "balance_after_paise",
        "exporter_id",
        "agency_id",
        "application_id",
        "reference",
    ]
    show_columns = [*list_columns, "actor_name"]
    search_columns = ["kind", "account", "application_id"]
    order_columns = ["id", "at"]
