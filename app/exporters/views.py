"""The screens of a firm: its facts as DGFT has them, its branches and its people; read only."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.exporters.models import Branch, Exporter, ExporterUser
from app.infra.screens import FastInterface, Screen
from app.infra.search import word


def signs_with(mode: str) -> str:
    """What somebody signs with, in words."""
    return gettext("nothing yet: no certificate is registered") if mode == "NONE" else word(mode)


class BranchView(Screen):
    """The addresses a firm files from."""

    datamodel = FastInterface(Branch)
    list_title = _("Branches")
    list_columns = ["kind", "address", "city", "state_code", "pin"]
    show_columns = list_columns
    search_columns = ["city", "kind"]
    label_columns = {"kind": _("Kind"), "address": _("Address"), "city": _("City"), "state_code": _("State"), "pin": _("PIN")}


class ExporterUserView(Screen):
    """The people who work under one IEC."""

    datamodel = FastInterface(ExporterUser)
    list_title = _("People")
    list_columns = ["full_name", "role", "email", "sign_mode", "status"]
    show_columns = [*list_columns, "source"]
    search_columns = ["full_name", "role", "status"]
    state_column = "status"
    formatters_columns = {"sign_mode": signs_with}
    label_columns = {"full_name": _("Name"), "role": _("Role"), "email": _("E-mail"), "sign_mode": _("Signs with"),
                     "status": _("Status"), "source": _("Account from")}  # fmt: skip


class ExporterView(Screen):
    """A firm by its IEC; the facts come from DGFT."""

    datamodel = FastInterface(Exporter)
    list_title = _("Exporters")
    list_columns = ["iec", "firm_name", "city", "state_code", "status"]
    show_columns = [*list_columns, "pan", "constitution", "address1", "address2", "pin", "gstins", "rcmc_no", "dgft_synced_at"]
    search_columns = ["iec", "firm_name", "city", "status"]
    related_views = [BranchView, ExporterUserView]
    state_column = "status"
    label_columns = {
        "iec": _("IEC"), "firm_name": _("Firm"), "city": _("City"), "state_code": _("State"), "status": _("Status"),
        "pan": _("PAN"), "constitution": _("Constitution"), "address1": _("Address"), "address2": _("Address, second line"),
        "pin": _("PIN"), "gstins": _("GSTIN"), "rcmc_no": _("RCMC"), "dgft_synced_at": _("As of"),
    }  # fmt: skip
