"""Papers on the screen: leafed through as pictures, asked to be attested, and the attested copy handed out."""

from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from sqlalchemy import select

from app.applications import service
from app.applications.models import Attachment
from app.core.errors import BusinessError
from app.infra import current, paper_pictures, store
from app.infra.db import db, transaction
from app.infra.screens import flash_refusal
from app.infra.tenancy import allows

# Pixels of ours, but drawn from what somebody else has sent: nothing in the answer may act, be framed elsewhere or be kept.
SHUT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PaperView(BaseView):
    """Whoever sees the application sees its papers, as pictures; the file itself is only ever a download."""

    route_base = "/papers"
    default_view = "look"

    @expose("/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("open")
    def look(self, pk: int) -> Any:
        """One page at a time, with the way to the next."""
        row = _paper(pk)
        said = request.args.get("page", "1")
        number = int(said) if said.isascii() and said.isdigit() and int(said[:6]) > 0 else 1
        try:
            pages, refusal = paper_pictures.page(row.sha256, row.mime, min(number, 9_999)).pages, ""
        except BusinessError as refused:
            pages, refusal = 0, refused.sentence
        return self.render_template(
            "applications/paper.html", title=row.filename, row=row, number=number, pages=pages, refusal=refusal
        )

    @expose("/<int:pk>/<int:number>.png", methods=["GET"])
    @has_access
    @permission_name("open")
    def picture(self, pk: int, number: int) -> Response:
        """One page as a picture, drawn in a process of its own."""
        row = _paper(pk)
        if not 0 < number < 10_000:
            abort(404)
        sha256, mime = row.sha256, row.mime
        db.session.rollback()  # drawing takes some seconds
        try:
            drawn = paper_pictures.page(sha256, mime, number)
        except BusinessError:
            abort(404)
        named = {"Content-Disposition": f'inline; filename="paper-{pk}-page-{number}.png"', "X-Pages": str(drawn.pages)}
        return Response(drawn.pictures[0], mimetype="image/png", headers=SHUT | named)

    @expose("/<int:pk>/attested.pdf", methods=["GET"])
    @has_access
    @permission_name("open")
    def attested(self, pk: int) -> Response:
        """The attested copy, as a download."""
        row = _paper(pk)
        if not row.attested_sha256:
            abort(404)
        named = {
            "Content-Disposition": f'attachment; filename="attested-copy-{row.id}.pdf"',
            "X-Content-SHA256": row.attested_sha256,
        }
        return Response(store.get(row.attested_sha256), mimetype="application/pdf", headers=SHUT | named)

    @expose("/<int:pk>/attest", methods=["POST"])
    @has_access
    @permission_name("open")
    def ask(self, pk: int) -> Any:
        """The firm asks for an attested copy, or takes that back."""
        row = _paper(pk)
        application_id, wanted = row.application_id, request.form.get("wanted") == "yes"
        try:
            with transaction(db.session):
                service.want_attested(db.session, row, current.actor(), wanted=wanted)
        except BusinessError as refusal:
            flash_refusal(refusal)
        else:
            flash(
                gettext("The officer is asked for an attested copy.") if wanted else gettext("No copy is asked for any more."),
                "success",
            )
        return redirect(url_for("ApplicationView.show", pk=application_id))


def _paper(pk: int) -> Attachment:
    """The paper, if the asker may know of it: asked of the database each time, never of what was read before."""
    query = select(Attachment).where(Attachment.id == pk)
    row: Attachment | None = db.session.scalars(query).one_or_none() if pk < 2**31 else None
    if row is None or not allows(current.actor(), row):
        abort(404)
    return row
