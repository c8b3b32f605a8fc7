"""The page «Sign with my token»: applications and replies of this person that wait for the token, signed and sent at one PIN."""

from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.applications import by_token
from app.infra import current
from app.infra.db import db, transaction
from app.infra.rest import parse_body
from app.signing import orders
from app.signing.agent_view import facts, spoken
from app.signing.api import ids_in, take_answers


class TokenView(BaseView):
    """Sign with my token."""

    route_base = "/with-token"
    default_view = "open"

    @expose("/", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """What waits for this person's hand, the agent, and one button."""
        rows = [row for row in orders.waiting(db.session, current.actor()) if row.subject in by_token.MOVES]
        return self.render_template(
            "applications/token.html", title=_("Sign with my token"), rows=rows, moves=by_token.MOVES, **facts()
        )

    @expose("/sealed", methods=["POST"])
    @has_access
    @permission_name("open")
    def sealed(self) -> Any:
        """One sealed order for the agent over what is chosen."""
        return spoken(lambda: self._sealed(ids_in(parse_body())))

    @expose("/answers", methods=["POST"])
    @has_access
    @permission_name("open")
    def answers(self) -> Any:
        """Signatures from the agent: each application is submitted, or it is said why not."""
        return spoken(lambda: take_answers(parse_body()))

    @expose("/refuse", methods=["POST"])
    @has_access
    @permission_name("open")
    def refuse(self) -> Any:
        """None of it shall be signed now."""
        actor = current.actor()
        with transaction(db.session):
            for row in orders.waiting(db.session, actor):
                orders.refuse(db.session, row, actor)
        flash(gettext("Nothing was signed and nothing was sent. The drafts and what you wrote are kept."), "success")
        return redirect(url_for("ApplicationView.list"))

    def _sealed(self, ids: list[int] | None) -> dict[str, Any]:
        with transaction(db.session):
            return orders.sealed(db.session, current.actor(), ids)
