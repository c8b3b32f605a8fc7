"""The trail on a screen, for those who oversee the whole."""

from flask_babel import lazy_gettext as _

from app.audit.models import AuditEvent
from app.infra.screens import FastInterface, Screen


class AuditView(Screen):
    """Who did what to which thing, and when."""

    route_base = "/audit"
    datamodel = FastInterface(AuditEvent)
    list_title = _("Audit trail")
    list_columns = ["at", "actor_name", "role", "event", "object_kind", "object_id", "reason"]
    show_columns = [*list_columns, "ip", "detail", "previous_hash", "hash"]
    search_columns = ["actor_name", "role", "event", "object_kind", "object_id"]
    label_columns = {
        "at": _("When"), "actor_name": _("Who"), "role": _("Role"), "event": _("Event"), "object_kind": _("What"),
        "object_id": _("No."), "reason": _("Reason"), "ip": _("Address"), "detail": _("Detail"),
        "previous_hash": _("Hash before"), "hash": _("Hash"),
    }  # fmt: skip
