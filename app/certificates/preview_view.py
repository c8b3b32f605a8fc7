"""The button «Preview» of the filing page: the certificate from the form as typed, as a PDF or as pictures; never stored."""

import base64
import io
from typing import Any

from flask import Response, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app.applications.form_filing import as_filing
from app.applications.forms import FilingForm
from app.certificates import preview
from app.certificates.render import render
from app.core.errors import BusinessError
from app.infra import current, limit, problems
from app.infra.db import db, reading

PER_MINUTE = 30
MOST_PAGES = 8  # as pictures; the PDF has them all
WIDTH = 1100  # pixels of a picture, enough to read the smallest print
TOO_OFTEN = "Too many previews in a minute. Wait a little, then look again."


class PreviewView(BaseView):
    """Reads a form and draws; nothing else."""

    route_base = "/filing/preview"
    default_view = "pdf"

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("open")
    def pdf(self) -> Any:
        """The PDF, to be opened in a window of its own."""
        try:
            content = _drawn()
        except BusinessError as refusal:
            return problems.refuse(problems.status_of(refusal), refusal.sentence)
        if content is None:
            return problems.refuse(429, TOO_OFTEN)
        headers = {"Content-Disposition": 'inline; filename="preview.pdf"'}
        return Response(content, mimetype="application/pdf", headers=headers)

    @expose("/pages", methods=["POST"])
    @has_access
    @permission_name("open")
    def pages(self) -> Any:
        """The first sheets as pictures, for the page's own window."""
        try:
            content = _drawn()
        except BusinessError as refusal:
            return problems.of_business_error(refusal)
        if content is None:
            return problems.problem(429, TOO_OFTEN)
        return jsonify(pages=pictures(content))


def _drawn() -> bytes | None:
    """The preview of the form that was sent; None when this person asks too often."""
    actor = current.actor()
    if not limit.allowed(f"preview:{actor.user_id}", request.remote_addr or "", PER_MINUTE):
        return None
    db.session.rollback()
    token = reading.set(True)  # nobody has to wait for a drawing
    try:
        text = preview.text_of(db.session, actor, as_filing(FilingForm()))
        db.session.rollback()
    finally:
        reading.reset(token)
    return render(text)


def pictures(content: bytes) -> list[str]:
    """The sheets of our own PDF as addresses that hold the picture."""
    import pypdfium2

    found = []
    document = pypdfium2.PdfDocument(content)
    try:
        for number in range(min(len(document), MOST_PAGES)):
            sheet = document[number]
            out = io.BytesIO()
            sheet.render(scale=WIDTH / sheet.get_width()).to_pil().convert("P").save(out, "PNG", optimize=False)
            found.append("data:image/png;base64," + base64.b64encode(out.getvalue()).decode())
    finally:
        document.close()
    return found
