"""How a person wants to be told: one line for each kind of notice, and a tick for the bell and for the mail."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.core.errors import BusinessError
from app.infra import current
from app.infra.db import db, transaction
from app.infra.screens import flash_refusal
from app.notices import service
from app.notices.rules import MANNERS, Kind

WORDS = {
    Kind.QUERY: (_("Questions"), _("An officer has a question on one of your applications.")),
    Kind.DECISION: (_("Decisions"), _("An application was approved, rejected, moved or has lapsed; a certificate was revoked.")),
    Kind.ISSUE: (_("Certificates"), _("A certificate is issued, or could not be signed.")),
    Kind.LOW: (_("Low balance"), _("Little is left in the wallet.")),
    Kind.WORK: (_("Your desk"), _("Something was given to you, answered, or waits for your decision.")),
    Kind.MONEY: (_("Money"), _("Money came into the wallet or was given back.")),
    Kind.WEBHOOK: (_("Webhooks"), _("A webhook of your firm was switched off because nothing was taken.")),
    Kind.ACCOUNT: (_("Your account"), _("Your account, your rights or your digital signature certificate changed.")),
    Kind.SYSTEM: (_("Running the system"), _("The ledger does not agree with itself, or accounts did not come from DGFT.")),
}  # fmt: skip


class PreferenceView(BaseView):
    """Everybody's own; nobody sees another's."""

    route_base = "/notices/preferences"
    default_view = "open"

    @expose("", methods=["GET", "POST"])
    @has_access
    def open(self) -> Any:
        """The table, and keeping what was ticked."""
        actor = current.actor()
        if request.method == "POST":
            ticked, manners = set(request.form.getlist("on")), MANNERS
            wishes = {
                kind: manners[kind].ways(f"{kind}.bell" in ticked, f"{kind}.mail" in ticked)
                for kind in service.preferences(db.session, actor)
            }
            try:
                with transaction(db.session):
                    service.prefer(db.session, actor, wishes)
                flash(_("Kept."), "success")
            except BusinessError as refusal:
                flash_refusal(refusal)
            return redirect(url_for("PreferenceView.open"))
        return self.render_template(
            "notices/preferences.html", title=_("How you are told"), ways=service.preferences(db.session, actor), words=WORDS,
            manners=MANNERS,
        )  # fmt: skip
