"""The screens of what DGFT sends: the runs of the feed with their faults, and the people as DGFT knows them."""

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.exporters.models import DgftProfile, SyncRun
from app.infra.screens import FastInterface, Screen
from app.infra.search import word


def faults(lines: Any) -> Any:
    """How many, and behind it which; a page of a thousand lines would hide the runs."""
    if not lines:
        return gettext("none")
    number = str(ngettext("%(num)s fault", "%(num)s faults", len(lines)))
    items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
    return Markup("<details><summary>{}</summary><ul>{}</ul></details>").format(number, items)


class SyncRunView(Screen):
    """Each run of the hourly feed: what it brought, and what was wrong with it."""

    route_base = "/sync"
    datamodel = FastInterface(SyncRun)
    list_title = _("DGFT sync")
    list_columns = ["created_at", "source", "created", "changed", "disabled", "unchanged", "faults", "error"]
    show_columns = [*list_columns, "finished_at"]
    search_columns = ["source", "error"]
    formatters_columns = {"faults": faults}
    label_columns = {
        "created_at": _("When"), "source": _("From"), "created": _("New"), "changed": _("Changed"),
        "disabled": _("Switched off"), "unchanged": _("As before"), "faults": _("Rows with faults"), "error": _("Refused"),
        "finished_at": _("Ended"),
    }  # fmt: skip

    def show_heading(self, item: Any) -> str:
        return str(gettext("Run %(number)s of the DGFT sync", number=item.id))


class DgftProfileView(Screen):
    """People as DGFT knows them; changed at DGFT, not here."""

    route_base = "/dgft-profiles"
    datamodel = FastInterface(DgftProfile)
    list_title = _("DGFT profiles")
    list_columns = ["full_name", "email", "iec", "role", "active", "source", "seen_at"]
    show_columns = ["full_name", "user_ref", "email", "mobile", "iec", "role", "active", "source", "seen_at", "updated_at"]
    search_columns = ["full_name", "email", "iec", "user_ref"]
    formatters_columns = {"role": word}
    label_columns = {
        "full_name": _("Name"), "user_ref": _("Number at DGFT"), "email": _("E-mail"), "mobile": _("Mobile"), "iec": _("IEC"),
        "role": _("Role"), "active": _("May log in"), "source": _("Account from"), "seen_at": _("Last named by DGFT"),
        "updated_at": _("Last changed"),
    }  # fmt: skip

    def show_heading(self, item: Any) -> str:
        return str(item.full_name)
