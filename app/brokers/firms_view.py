"""My firms: where a customs broker's person sees for whom the broker may act, answers, and chooses the firm to act for now."""

import re
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.brokers import acting
from app.brokers.models import Delegation
from app.brokers.rules import DELEGATION_LIFE, NOT_YOURS, why_not_act
from app.brokers.service import acting as actor_for
from app.brokers.service import delegation_for, term
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotAllowed
from app.infra import current
from app.infra.db import db
from app.infra.sentences import translated

GO_ON = re.compile(r"/(?:applications|certificates)(?:/show)?/[0-9]{1,9}", re.ASCII)


class FirmsView(BaseView):
    """The firms a broker acts for. While acting for one, nothing of the others is shown."""

    route_base = "/firms"
    default_view = "open"
    base_permissions = ["can_open"]

    @expose("/", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """The firm one acts for and how to leave it; acting for nobody, all of the broker's firms."""
        if current.acting_for() and current.actor().delegation_id is None:
            flash(translated(current.actor().closed), "warning")
            acting.act_for("")
        actor = current.actor()
        today = clock.india_today()
        rows = [(row, DELEGATION_LIFE.offered(row.status, actor.role), why_not_act(term(row), today)) for row in _mine(actor)]
        return self.render_template(
            "brokers/firms.html", title=_("My firms"), rows=rows, me=actor, way=_way(), this=_this(actor),
        )  # fmt: skip

    @expose("/for/<string:iec>", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def choose(self, iec: str) -> Any:
        """Act for this firm from now on. Asked before, because every open page of the other firm stops working."""
        actor, way = current.actor(), _way()
        if actor.delegation_id is not None and current.acting_for() == iec:
            return redirect(way)
        row = delegation_for(db.session, actor.broker_id or 0, iec[:20])
        if row is None:
            raise NotAllowed(NOT_YOURS.format(iec=iec[:20]))
        found = actor_for(db.session, actor.user_id or 0, row.exporter_iec)
        if found is None or found.delegation_id is None:
            raise NotAllowed(found.closed if found else NOT_YOURS.format(iec=row.exporter_iec))
        if request.method == "GET":
            return self.render_template("brokers/choose.html", title=_("Act for this firm?"), row=row, way=way, me=actor)
        acting.act_for(row.exporter_iec)
        flash(gettext("You act for %(firm)s now.", firm=found.acting_for), "success")
        return redirect(way)

    @expose("/leave", methods=["POST"])
    @has_access
    @permission_name("open")
    def leave(self) -> Any:
        """Act for nobody, and choose anew."""
        acting.act_for("")
        return redirect(url_for("FirmsView.open"))


def _mine(actor: Actor) -> list[Delegation]:
    """What the broker may see: all of its delegations, those under way first; acting for a firm, that one alone."""
    over = Delegation.status.in_(("DECLINED", "ENDED", "EXPIRED"))
    return list(db.session.scalars(select(Delegation).order_by(over, Delegation.exporter_name, Delegation.id.desc()).limit(200)))


def _this(actor: Actor) -> Delegation | None:
    """The delegation one acts by."""
    return db.session.get(Delegation, actor.delegation_id) if actor.role is not Role.BROKER and actor.delegation_id else None


def _way() -> str:
    """Where one wants to go on: a page of an application or certificate, else the first page."""
    asked = request.values.get("next", "")
    return asked if GO_ON.fullmatch(asked) else url_for("HomeView.index")
