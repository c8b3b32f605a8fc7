"""The webhooks of a firm on the screen: addresses, events, secrets shown once, and a log of calls that can be sent again."""

from datetime import datetime
from typing import Any

from flask import abort, flash, make_response, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.core.errors import BusinessError, InvalidInput
from app.infra import current
from app.infra.db import db, transaction
from app.infra.screens import flash_refusal
from app.infra.tenancy import seen
from app.notices import webhooks
from app.notices.events import EVENTS
from app.notices.models import Delivery, Webhook

SHOWN = 50  # calls on the page; REST has all


class WebhookView(BaseView):
    """For the primary user."""

    route_base = "/webhooks"
    default_view = "open"

    @expose("/", methods=["GET", "POST"])
    @has_access
    def open(self) -> Any:
        """The addresses, and the form for a new one; its secret is on the page that follows, once."""
        if request.method == "POST":
            url = request.form.get("url", "").strip()
            try:
                webhooks.reachable(url)
                with transaction(db.session):
                    row, secret = webhooks.register(db.session, current.actor(), url=url, events=_ticked())
                    pk = row.id
                return self._one(pk, secret)
            except BusinessError as refusal:
                return self._list(refusal, url), 422
        return self._list()

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def one(self, pk: int) -> Any:
        """One address: its events, its secret, its calls; a button does what it says."""
        row = _row(Webhook, pk)
        if request.method == "GET":
            return self._one(pk)
        do = request.form.get("do", "")
        try:
            secret = self._pressed(row, do)
        except InvalidInput as refusal:
            return self._one(pk, refusal=refusal), 422
        except BusinessError as refusal:
            flash_refusal(refusal)
            return redirect(url_for("WebhookView.one", pk=pk))
        if do == "remove":
            flash(_("The webhook and its log are gone."), "success")
            return redirect(url_for("WebhookView.open"))
        return self._one(pk, secret) if secret else redirect(url_for("WebhookView.one", pk=pk))

    @expose("/calls/<int:pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def call(self, pk: int) -> Any:
        """One call: what was said, each try and its answer; and sending it again."""
        row = _row(Delivery, pk)
        if request.method == "POST":
            try:
                with transaction(db.session):
                    webhooks.replay(db.session, row, current.actor())
                flash(_("The call is on its way again."), "success")
            except BusinessError as refusal:
                flash_refusal(refusal)
            return redirect(url_for("WebhookView.call", pk=pk))
        tries = [each | {"at": datetime.fromisoformat(each["at"])} for each in row.attempts]
        return self.render_template("notices/call.html", title=row.event, call=row, tries=tries)

    def _pressed(self, row: Webhook, do: str) -> str:
        """What a button does; the new secret when there is one."""
        actor, url = current.actor(), request.form.get("url", "").strip()
        if do == "keep":
            webhooks.reachable(url)
        with transaction(db.session):
            if do == "rotate":
                return webhooks.rotate(db.session, row, actor)
            if do == "remove":
                webhooks.remove(db.session, row, actor)
            elif do == "ping":
                webhooks.ping(db.session, row, actor)
                flash(_("A call is on its way. Reload this page to see what was answered."), "success")
            elif do == "keep":
                webhooks.change(db.session, row, actor, url=url, events=_ticked())
                flash(_("Kept."), "success")
            elif do in {"on", "off"}:
                webhooks.change(db.session, row, actor, active=do == "on")
        return ""

    def _list(self, refusal: BusinessError | None = None, url: str = "") -> Any:
        mine = select(Webhook).where(Webhook.exporter_id == current.actor().exporter_id).order_by(Webhook.id)
        faults = refusal.faults if isinstance(refusal, InvalidInput) else ()
        if refusal is not None and not faults:
            flash_refusal(refusal)
        return self.render_template(
            "notices/webhooks.html", title=_("Webhooks"), rows=db.session.scalars(mine).all(), events=EVENTS, faults=faults,
            url=url, ticked=_ticked(), most=webhooks.MOST,
        )  # fmt: skip

    def _one(self, pk: int, secret: str = "", refusal: InvalidInput | None = None) -> Any:
        row = _row(Webhook, pk)
        calls = select(Delivery).where(Delivery.webhook_id == pk).order_by(Delivery.id.desc()).limit(SHOWN)
        typed = request.form.get("url", row.url) if refusal else row.url
        page = self.render_template(
            "notices/webhook.html", title=_("Webhook"), row=row, calls=db.session.scalars(calls).all(), events=EVENTS, url=typed,
            secret=secret, faults=refusal.faults if refusal else (), ticked=_ticked() if refusal else row.events, shown=SHOWN,
        )  # fmt: skip
        answer = make_response(page)
        if secret:
            answer.headers["Cache-Control"] = "no-store"
        return answer


def _ticked() -> list[str]:
    return [event for event in EVENTS if event in request.form.getlist("event")]


def _row(model: Any, pk: int) -> Any:
    row = seen(model, pk)
    if row.exporter_id != current.actor().exporter_id:
        abort(404)
    return row
