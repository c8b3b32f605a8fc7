"""The firm's templates on one page: begin from one, give it another name, delete it."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.applications import starting
from app.applications.models import Template
from app.core.errors import BusinessError
from app.infra import current
from app.infra.db import db, transaction
from app.infra.screens import flash_refusal
from app.infra.tenancy import seen


class TemplateView(BaseView):
    """Templates are kept on the filing page and looked after here."""

    route_base = "/templates"
    default_view = "open"

    @expose("/", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """All of them, by name."""
        rows = starting.of_firm(db.session, current.actor())
        return self.render_template("applications/templates.html", title=_("Templates"), rows=rows)

    @expose("/<int:pk>/rename", methods=["POST"])
    @has_access
    @permission_name("open")
    def rename(self, pk: int) -> Any:
        """Another name."""
        return self._change(pk, "rename")

    @expose("/<int:pk>/delete", methods=["POST"])
    @has_access
    @permission_name("open")
    def remove(self, pk: int) -> Any:
        """Gone for the whole firm."""
        return self._change(pk, "delete")

    def _change(self, pk: int, what: str) -> Any:
        row: Template = seen(Template, pk)
        try:
            with transaction(db.session):
                if what == "delete":
                    starting.remove(db.session, row, current.actor())
                    told = gettext("The template is deleted.")
                else:
                    starting.rename(db.session, row, current.actor(), name=request.form.get("name", ""))
                    told = gettext("The template has its new name.")
            flash(told, "success")
        except BusinessError as refusal:
            flash_refusal(refusal)
        return redirect(url_for("TemplateView.open"))
