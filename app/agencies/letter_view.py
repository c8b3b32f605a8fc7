"""Hands an authorisation letter to those who decide on its sender: as a download, and a scan also as a picture."""

import io
from typing import Any

from flask import Response, abort
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select

from app.agencies.models import AgencyUser
from app.agencies.rules import PersonStatus
from app.infra import current, store
from app.infra.db import db
from app.infra.tenancy import allows

LONGEST_SIDE = 1200  # pixels of the preview


class LetterView(BaseView):
    """What a stranger has sent is never shown as it is: a picture is drawn anew, a PDF is only handed out."""

    route_base = "/officers/letter"
    default_view = "letter"

    @expose("/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("open")
    def letter(self, pk: int) -> Response:
        """The letter as it was sent, always as a download."""
        person = _sender(pk)
        plain = person.letter_name.encode("ascii", "replace").decode().replace('"', "").replace("?", "_")
        headers = {"Content-Disposition": f'attachment; filename="{plain}"'}
        return Response(store.get(str(person.letter_sha256)), mimetype=person.letter_mime, headers=headers)

    @expose("/<int:pk>/preview.png", methods=["GET"])
    @has_access
    @permission_name("open")
    def preview(self, pk: int) -> Response:
        """A scan, drawn anew at reading size; a PDF has no preview here."""
        person = _sender(pk)
        if person.letter_mime == "application/pdf":
            abort(404)
        return Response(drawn_anew(store.get(str(person.letter_sha256))), mimetype="image/png")


def drawn_anew(content: bytes) -> bytes:
    """A JPEG or PNG as a plain PNG: upright, on white, at most 1200 pixels long, without anything that was hidden in it."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as sent:
        sent.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is read small
        sent.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        upright: Any = ImageOps.exif_transpose(sent)
        seen = upright.convert("RGBA")
        page = Image.new("RGB", seen.size, "white")
        page.paste(seen, mask=seen.getchannel("A"))
        out = io.BytesIO()
        page.save(out, "PNG")
        return out.getvalue()


def _sender(pk: int) -> AgencyUser:
    """Whoever sent a letter and proved the address, as far as the asker may know of them; else there is nothing here."""
    query = select(AgencyUser).where(AgencyUser.id == pk, AgencyUser.status != PersonStatus.EMAIL_UNVERIFIED)
    person: AgencyUser | None = db.session.scalars(query).one_or_none() if pk < 2**31 else None
    if person is None or not person.letter_sha256 or not allows(current.actor(), person):
        abort(404)
    return person
