"""The first page of each role, the bell, and the pages DGFT keeps for exporters."""

from typing import Any

from flask import redirect, url_for
from flask_appbuilder import BaseView, IndexView, expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.agencies.board_view import WORDS
from app.core.actor import Role
from app.infra import current
from app.infra.db import db, transaction
from app.infra.editable import EditableScreen
from app.infra.screens import FastInterface
from app.notices import service as notices
from app.portal import service
from app.portal.models import FtaInfo, TradeEvent


def unread() -> int:
    """The number on the bell of every page."""
    return notices.unread(db.session, current.actor())


class HomeView(IndexView):
    """What needs me first."""

    @expose("/")
    def index(self) -> Any:
        actor = current.actor()
        if actor.role is Role.PUBLIC and actor.read_only:
            return self.render_template("exporters/unlinked.html", title=actor.name, how=actor.read_only)
        if actor.role is Role.PUBLIC:
            return self.render_template("udgam/welcome.html", title=_("Certificates of origin"))
        if actor.role is Role.BROKER:
            return redirect(url_for("FirmsView.open"))
        page = service.home(db.session, actor)
        return self.render_template("udgam/home.html", title=_("Home"), page=page, words=WORDS)


class NoticeView(BaseView):
    """The bell."""

    route_base = "/notices"
    default_view = "open"

    @expose("/", methods=["GET", "POST"])
    @has_access
    def open(self) -> Any:
        """The newest notices; the button marks them as read."""
        from flask import request

        actor = current.actor()
        if request.method == "POST":
            with transaction(db.session):
                notices.mark_read(db.session, actor)
            return redirect(url_for("NoticeView.open"))
        return self.render_template("udgam/notices.html", title=_("Notices"), notices=notices.latest(db.session, actor, 50))


class FtaInfoView(EditableScreen):
    """India's trade agreements."""

    route_base = "/agreements"
    datamodel = FastInterface(FtaInfo)
    list_title, add_title, edit_title = _("Trade agreements"), _("Add an agreement"), _("Change the agreement")
    base_order = ("name", "asc")
    list_columns = ["name", "partner", "in_force_on", "summary"]
    show_columns = [*list_columns, "url"]
    add_columns = ["name", "partner", "in_force_on", "summary", "url"]
    edit_columns = add_columns
    search_columns = ["name", "partner"]
    label_columns = {"name": _("Agreement"), "partner": _("Partner"), "in_force_on": _("In force since"),
                     "summary": _("In short"), "url": _("Read more")}  # fmt: skip


class TradeEventView(EditableScreen):
    """Fairs, buyer-seller meets and seminars."""

    route_base = "/events"
    datamodel = FastInterface(TradeEvent)
    list_title, add_title, edit_title = _("Trade events"), _("Add an event"), _("Change the event")
    base_order = ("starts_on", "asc")
    list_columns = ["title", "place", "starts_on", "ends_on"]
    show_columns = [*list_columns, "url"]
    add_columns = ["title", "place", "starts_on", "ends_on", "url"]
    edit_columns = add_columns
    search_columns = ["title", "place"]
    label_columns = {"title": _("Event"), "place": _("Place"), "starts_on": _("From"), "ends_on": _("To"), "url": _("Read more")}
