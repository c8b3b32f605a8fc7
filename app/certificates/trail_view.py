"""The page with the record of one certificate, for its firm, its agency and DGFT."""

from typing import Any

from flask import redirect, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.certificates import trail_file
from app.certificates.models import Certificate
from app.certificates.trail import trail
from app.infra import current
from app.infra.db import db, transaction
from app.infra.tenancy import seen
from app.signing import document_seal


class TrailView(BaseView):
    """The page, and the same as a sealed file; nothing about the certificate can be changed here."""

    route_base = "/certificates/record"
    default_view = "open"

    @expose("/<int:pk>", methods=["GET"])
    @has_access
    def open(self, pk: int) -> Any:
        """Who did what and when, the hashes, the signature, and how often it was taken and verified."""
        item = _certificate(pk)
        told = trail(db.session, current.actor(), item)
        return self.render_template(
            "certificates/trail.html", title=_("Record of %(number)s", number=item.number), item=item, told=told,
            sealable=document_seal.is_there(),
        )  # fmt: skip

    @expose("/file/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("open")
    def file(self, pk: int) -> Any:
        """Have the sealed file made, and go where it will be."""
        with transaction(db.session):
            bundle = trail_file.ask(db.session, current.actor(), _certificate(pk))
            made = bundle.id
        return redirect(url_for("BundleView.show", pk=made))


def _certificate(pk: int) -> Certificate:
    item: Certificate = seen(Certificate, pk)
    return item
