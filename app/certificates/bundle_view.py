"""The pages of many certificates in one file: asked for on the register's list, fetched here when it is there."""

from typing import Any

from flask import Response, redirect, send_file, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.certificates import bundles
from app.certificates.models import Bundle
from app.core.errors import WrongState
from app.infra import current
from app.infra.db import db
from app.infra.screens import FastInterface, Screen
from app.infra.tenancy import seen


class BundleView(Screen):
    """What one person has had put together; nobody else sees it."""

    route_base = "/bundles"
    base_permissions = ["can_list", "can_show", "can_file"]
    exclude_route_methods = {*Screen.exclude_route_methods, "export"}
    datamodel = FastInterface(Bundle)
    list_title = _("Files put together")
    list_columns = ["id", "kind", "total", "state", "created_at", "size"]
    show_columns = [*list_columns, "error"]
    search_columns = ["kind", "state"]
    state_column = "state"
    show_template = "certificates/bundle.html"
    label_columns = {
        "id": _("No."), "kind": _("Kind"), "total": _("Certificates"), "state": _("State"), "created_at": _("Asked for"),
        "size": _("Bytes"), "error": _("What went wrong"),
    }  # fmt: skip

    @expose("/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def page(self, pk: int) -> Any:
        """The short address, as the notice gives it."""
        return redirect(url_for("BundleView.show", pk=pk))

    @expose("/file/<int:pk>", methods=["GET"])
    @has_access
    def file(self, pk: int) -> Response:
        """The file, streamed from disk."""
        bundle: Bundle = seen(Bundle, pk)
        bundles.must_still_see(db.session, current.actor(), bundle)
        if bundle.state != "READY" or not bundles.place(bundle).is_file():
            raise WrongState("This file is not there: it is not finished, or a day has passed. Ask for it again.")
        kind = "application/zip" if bundle.kind == "ZIP" else "application/pdf"
        word = "record" if bundle.kind == "TRAIL" else "certificates"
        name = f"{word}-{bundle.id}.{'zip' if bundle.kind == 'ZIP' else 'pdf'}"
        return send_file(bundles.place(bundle), mimetype=kind, as_attachment=True, download_name=name, conditional=False)
