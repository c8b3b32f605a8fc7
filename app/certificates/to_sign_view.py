"""The officer's page «To sign»: what he approved and has to sign, prepared, signed with his token and issued in one sitting."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.applications.models import Application
from app.certificates import by_hand, issue
from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra import current
from app.infra.db import db, transaction
from app.infra.rest import parse_body
from app.infra.screens import is_id
from app.infra.sentences import translated
from app.signing import orders, service
from app.signing.agent_view import facts, spoken
from app.signing.api import ids_in, take_answers
from app.signing.models import SignatureOrder

MOST = 200  # prepared by one press
LABELS = {
    "APPROVED": _("To be prepared"),
    "SIGN_FAILED": _("To be prepared again"),
    "PREPARING": _("Being prepared"),
    "WAITING": _("Ready to sign"),
    "ANSWERED": _("Signed, being issued"),
    "ISSUED": _("Issued"),
}


class ToSignView(BaseView):
    """To sign."""

    route_base = "/to-sign"
    default_view = "open"

    @expose("/", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """Everything that waits for this officer's signature."""
        actor = current.actor()
        registered = service.active_registration(db.session, actor.user_id)
        return self.render_template(
            "certificates/to_sign.html", title=_("To sign"), rows=by_hand.to_sign(db.session, actor), labels=LABELS,
            registered=registered, by_token=registered is not None and registered.backend == "DESK_AGENT", **facts(),
        )  # fmt: skip

    @expose("/state", methods=["GET"])
    @has_access
    @permission_name("open")
    def state(self) -> Any:
        """The same as figures, for the page's script."""
        return spoken(_state)

    @expose("/prepare", methods=["POST"])
    @has_access
    @permission_name("open")
    def prepare(self) -> Any:
        """Send the chosen ones for signing: those approved, and those that were not signed in time."""
        chosen = [int(text) for text in request.form.getlist("application") if is_id(text)][:MOST]
        refused = [sentence for sentence in (_sent(pk) for pk in chosen) if sentence]
        for sentence in dict.fromkeys(refused):
            flash(translated(sentence), "danger")
        if sent := len(chosen) - len(refused):
            flash(ngettext("%(num)s certificate is being prepared.", "%(num)s certificates are being prepared.", sent), "success")
        elif not chosen:
            flash(gettext("Choose at least one."), "warning")
        return redirect(url_for("ToSignView.open"))

    @expose("/send", methods=["POST"])
    @has_access
    @permission_name("open")
    def send(self) -> Any:
        """The same for the page's script: what could not be sent, and why."""
        return spoken(lambda: _send(parse_body()))

    @expose("/sealed", methods=["POST"])
    @has_access
    @permission_name("open")
    def sealed(self) -> Any:
        """One sealed order for the agent over what is ready."""
        return spoken(lambda: _in_one(lambda: orders.sealed(db.session, current.actor(), ids_in(parse_body()))))

    @expose("/answers", methods=["POST"])
    @has_access
    @permission_name("open")
    def answers(self) -> Any:
        """Signatures from the agent: kept, and the rest is the worker's."""
        return spoken(lambda: take_answers(parse_body()))

    @expose("/refuse", methods=["POST"])
    @has_access
    @permission_name("open")
    def refuse(self) -> Any:
        """What is ready shall not be signed now: it goes back, with its numbers."""
        return spoken(lambda: _in_one(lambda: _refuse(ids_in(parse_body()))))


def _in_one(work: Any) -> Any:
    with transaction(db.session):
        return work()


def _state() -> dict[str, Any]:
    rows = by_hand.to_sign(db.session, current.actor())
    return {"rows": [{"application": row.application_id, "state": row.state, "order": row.order_id} for row in rows]}


def _send(said: Any) -> dict[str, Any]:
    ids = ids_in(said)
    if ids is None or len(ids) > MOST:
        raise InvalidInput([Fault("ids", f"Send the numbers of at most {MOST} applications.")])
    refused = {pk: sentence for pk in ids if (sentence := _sent(pk))}
    return {"refused": [{"application": pk, "sentence": sentence} for pk, sentence in refused.items()]}


def _sent(pk: int) -> str:
    """Press Sign on one, in a transaction of its own; the sentence when it is refused, else nothing."""
    try:
        with transaction(db.session):
            application = db.session.get(Application, pk)
            if application is None:
                return "There is nothing here under that number, or it is not yours to see."
            issue.sign(db.session, application, current.actor())
    except BusinessError as refusal:
        return refusal.sentence
    return ""


def _refuse(ids: list[int] | None) -> dict[str, Any]:
    actor = current.actor()
    rows: list[SignatureOrder] = orders.waiting(db.session, actor, ids)
    for row in rows:
        orders.refuse(db.session, row, actor)
    return {"refused": [row.id for row in rows]}
