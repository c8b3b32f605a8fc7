"""Signing with Aadhaar on the screen: the consent, the way to the provider, the way back from it, and what came of it.

The way back is a form that the provider's page posts from another site, so it comes without this browser's session: what
vouches for it is the provider's own signature, and the order it answers to says whose act it is.
"""

import logging
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.applications import esigning
from app.applications.esigning import What
from app.applications.models import Application
from app.core import clock
from app.core.errors import BusinessError
from app.infra import current, limit, pages, problems
from app.infra.db import db, transaction
from app.infra.screens import badge, flash_refusal
from app.infra.tenancy import seen
from app.signing import esign
from app.signing.esign_answer import Answer, NotBelieved
from app.signing.models import EsignOrder
from app.signing.rules import EsignState
from app.signing.timestamp import NoTimeStamp

log = logging.getLogger(__name__)

MOST_BYTES = 128 * 1024  # of a form with an answer in it
UNBELIEVED_PER_MINUTE = 60  # of one address
FIELDS = ("eSignResponse", "msg")  # providers call it differently
NOT_BELIEVED = "This did not come from the e-sign provider, or it was altered on the way. Nothing was changed. Begin again."
TOO_LARGE = "An answer of the e-sign provider has at most 128 KiB."


class EsignView(BaseView):
    """Sign with Aadhaar."""

    route_base = "/esign"
    default_view = "show"

    @expose("/begin/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("open")
    def begin(self, pk: int) -> Any:
        """The person agrees: an order is written down, and the next page leads to the provider."""
        application: Application = seen(Application, pk)
        agreed = request.form.get("consent") == "yes"
        try:
            with transaction(db.session):
                order = esigning.begin(db.session, application, current.actor(), what=What.SUBMIT, agreed=agreed)
                order_id = order.id
        except BusinessError as refusal:
            flash_refusal(refusal)
            return redirect(url_for("ApplicationView.move", pk=pk, name="submit"))
        return redirect(url_for("EsignView.send", pk=order_id))

    @expose("/<int:pk>/send", methods=["GET"])
    @has_access
    @permission_name("open")
    def send(self, pk: int) -> Any:
        """The way to the provider: a form that sends itself once, or by one press where there is no script."""
        order = _own(pk)
        if order.status != EsignState.WAITING or clock.now() >= order.expires_at:
            return redirect(url_for("EsignView.show", pk=pk))
        form = esign.form_for(order)
        pages.may_send_to(form.origin)
        return self.render_template("applications/esign_send.html", title=_("To the e-sign provider"), order=order, to=form)

    @expose("/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("open")
    def show(self, pk: int) -> Any:
        """What came of it, and what to do next."""
        order = _own(pk)
        application = db.session.get(Application, order.application_id) if order.application_id else None
        late = order.status == EsignState.WAITING and clock.now() >= order.expires_at
        return self.render_template(
            "applications/esign_order.html", title=_("Signing with Aadhaar"), order=order, application=application, late=late,
            badge=badge, states=EsignState, what=What,
        )  # fmt: skip


def _own(pk: int) -> EsignOrder:
    """This person's order; somebody else's is not there."""
    found: EsignOrder = seen(EsignOrder, pk)
    return found


class EsignBackView(BaseView):
    """Open to everybody, because the provider's page sends people here from its own site: its signature says who speaks."""

    route_base = "/esign"
    default_view = "hear"

    def __init__(self) -> None:
        super().__init__()
        current_app.extensions["csrf"].exempt(EsignBackView.hear)

    @expose("/back", methods=["POST"])
    def hear(self) -> Any:
        """An answer: it is believed or not, used once or not at all, and its person is shown what came of it."""
        if (request.content_length or 0) > MOST_BYTES:
            return problems.refuse(413, TOO_LARGE)
        text = next((request.form[name] for name in FIELDS if name in request.form), "")
        try:
            answer = esign.believed(text.encode())
        except NotBelieved as why:
            log.warning("an answer of the e-sign provider was not believed: %s", str(why)[:200])
            if not limit.allowed("esign", request.remote_addr or "", UNBELIEVED_PER_MINUTE):
                return problems.refuse(429, problems.SENTENCES[429])
            return problems.refuse(400, NOT_BELIEVED)
        order = esigning.awaited(db.session, answer)
        db.session.rollback()  # nothing is held while the time is stamped
        if order.waits:
            try:
                _use(order, answer, text)
            except NoTimeStamp as why:
                log.error("an e-signature waits: %s", why.sentence)
                return _again(text)
        return redirect(url_for("EsignView.show", pk=order.order_id), 303)


def _use(order: esigning.Awaited, answer: Answer, text: str) -> None:
    """Do what was signed, all of it or nothing; and whatever refuses it is noted with the order."""
    try:
        checked = esign.checked(answer, order.sha256, order.name)
        with transaction(db.session):
            esigning.finish(db.session, order.order_id, checked, answer, text, request.remote_addr or "")
    except BusinessError as refusal:
        db.session.rollback()
        with transaction(db.session):
            esigning.refuse(db.session, order.order_id, refusal, answer, text)


def _again(text: str) -> Any:
    """The signature is good and nobody stamps the time on it just now: the same answer can be sent once more."""
    title = gettext("Not sent yet")
    return render_template("applications/esign_again.html", title=title, answer=text, name=FIELDS[0]), 503
