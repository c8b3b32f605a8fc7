"""The stamp and signature studio: upload a picture, look at it before and after and on a certificate, put it to use."""

import io
from collections.abc import Callable
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.agencies import images, ink, sample, service
from app.agencies.models import AgencyUser, Office, OfficialImage
from app.core import clock
from app.core.errors import BusinessError, Fault, InvalidInput, WrongState
from app.infra import current, problems, store
from app.infra.db import db, transaction
from app.infra.screens import flash_refusal
from app.infra.tenancy import seen

PICTURES = ("original", "final", "onpaper")
NUMBERS = {"rotate": _("Turn"), "size_percent": _("Size"), "opacity_percent": _("Strength of the ink")}


class StudioView(BaseView):
    """Stamps of offices and signatures of officers, for the administrator of the agency."""

    route_base = "/studio"
    default_view = "office"

    @expose("/office/<int:pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def office(self, pk: int) -> Any:
        """The stamp of an office."""
        return self._owner(_row(Office, pk))

    @expose("/officer/<int:pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def officer(self, pk: int) -> Any:
        """The signature of an officer."""
        return self._owner(_row(AgencyUser, pk))

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def version(self, pk: int) -> Any:
        """A draft with its sliders, or a version that is or was in use."""
        image = _row(OfficialImage, pk)
        if request.method == "POST":
            try:
                address, said = self._pressed(image, request.form.get("do", ""))
            except InvalidInput as refusal:
                return self._version(image, refusal)
            except BusinessError as refusal:
                flash_refusal(refusal)
                return redirect(url_for("StudioView.version", pk=pk))
            if said:
                flash(said, "success")
            return redirect(address)
        if image.state == images.RETIRED and image.current_from is None:
            flash(gettext("This draft was thrown away."), "warning")
            return redirect(address_of(images.owner_of(image)))
        return self._version(image)

    @expose("/<int:pk>/<string:name>.png", methods=["GET"])
    @has_access
    @permission_name("open")
    def picture(self, pk: int, name: str) -> Response:
        """A picture of a version; with figures in the address, as a draft would look with them."""
        if name not in PICTURES:
            abort(404)
        image = _row(OfficialImage, pk)
        return _png(lambda: _original(image) if name == "original" else _shown(image, on_paper=name == "onpaper"))

    @expose("/office/<int:pk>/<string:name>.png", methods=["GET"])
    @has_access
    @permission_name("open")
    def office_picture(self, pk: int, name: str) -> Response:
        """The stamp in use."""
        return _in_use(_row(Office, pk), name)

    @expose("/officer/<int:pk>/<string:name>.png", methods=["GET"])
    @has_access
    @permission_name("open")
    def officer_picture(self, pk: int, name: str) -> Response:
        """The signature in use."""
        return _in_use(_row(AgencyUser, pk), name)

    def _owner(self, owner: images.Owner) -> Any:
        kind, refused = images.kind_of(owner), None
        if request.method == "POST":
            try:
                with transaction(db.session):
                    pk = images.upload(db.session, owner, current.actor(), _sent()).id
                return redirect(url_for("StudioView.version", pk=pk))
            except InvalidInput as refusal:
                refused = [fault.message for fault in refusal.faults]
        page = self.render_template(
            "agencies/studio.html", title=_("Stamp") if kind == images.STAMP else _("Signature"), kind=kind, owner=owner,
            heading=heading(owner), back=_page_of(owner), refused=refused, digest=images.in_use(owner),
            current=images.current(db.session, owner), versions=images.history(db.session, owner),
            drafts=images.drafts(db.session, owner), here=address_of(owner),
        )  # fmt: skip
        return (page, 422) if refused else page

    def _pressed(self, image: OfficialImage, button: str) -> tuple[str, str]:
        """Run what the button says in one transaction; where to go then, and what to say there."""
        actor, back = current.actor(), address_of(images.owner_of(image))
        with transaction(db.session):
            if button == "again":
                return url_for("StudioView.version", pk=images.again(db.session, image, actor).id), ""
            if button == "discard":
                images.discard(db.session, image, actor)
                return back, gettext("The draft was thrown away.")
            if button not in {"show", "use"}:
                abort(400)
            images.tune(db.session, image, actor, **figures(request.form.get))
            if button == "show":
                return url_for("StudioView.version", pk=image.id, _anchor="look"), ""
            images.put_to_use(db.session, image, actor)
        return back, gettext("It is printed on every certificate approved from now on.")

    def _version(self, image: OfficialImage, refusal: InvalidInput | None = None) -> Any:
        owner = images.owner_of(image)
        faults = {fault.field: fault.message for fault in refusal.faults} if refusal else {}
        told = {name: request.form.get(name, "") if refusal else getattr(image, name) for name in NUMBERS}
        page = self.render_template(
            "agencies/studio_version.html", title=_("Stamp") if image.kind == images.STAMP else _("Signature"), image=image,
            owner=owner, heading=heading(owner), back=address_of(owner), faults=faults, told=told, labels=NUMBERS,
            limits={name: (least, most) for name, least, most, _told in images.LIMITS}, reason=images.why_cleaned(image),
        )  # fmt: skip
        return (page, 422) if refusal else page


def address_of(owner: images.Owner) -> str:
    """The studio's page of an office's stamp or an officer's signature."""
    return url_for("StudioView.office" if isinstance(owner, Office) else "StudioView.officer", pk=owner.id)


def heading(owner: images.Owner) -> str:
    """Whose picture it is, in the words of the page's title."""
    if isinstance(owner, Office):
        return str(gettext("Stamp of %(office)s", office=str(owner)))
    return str(gettext("Signature of %(officer)s", officer=owner.full_name))


def figures(asked: Callable[[str], str | None]) -> dict[str, int]:
    """The three numbers of a draft; what is no whole number is past every limit, and told as such."""
    return {name: int(text) if _is_whole(text := (asked(name) or "").strip()) else 10_000 for name in NUMBERS}


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 6


def _row(model: type[Any], pk: int) -> Any:
    """The row, or nothing here: also for another agency's."""
    return seen(model, pk)


def _page_of(owner: images.Owner) -> str:
    return url_for("OfficeView.show" if isinstance(owner, Office) else "OfficerView.show", pk=owner.id)


def _sent() -> bytes:
    """The file that was chosen, or the photo that was taken; an empty field is told by name."""
    for name in ("picture", "photo"):
        sent = request.files.get(name)
        if sent is not None and sent.filename:
            return sent.stream.read()
    raise InvalidInput([Fault("picture", "Choose a picture first.")])


def _png(made: Callable[[], bytes]) -> Response:
    """A picture for this person alone: nobody keeps it on the way, and no browser takes it for anything else."""
    try:
        content = made()
    except store.Damaged as error:
        problems.log.critical("%s", error)
        return problems.problem(503, "The picture cannot be shown now. The help desk has been told.")
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff", "Content-Disposition": "inline"}
    return Response(content, mimetype="image/png", headers=headers)


def _original(image: OfficialImage) -> bytes:
    """What was sent in, decoded and written anew: its bytes reach no browser."""
    opened = ink.open_photo(store.get(image.original_sha256))
    out = io.BytesIO()
    ink.fitted(opened, 900).save(out, "PNG")
    return out.getvalue()


def _shown(image: OfficialImage, *, on_paper: bool) -> bytes:
    """The version as it is printed; a draft with the figures of the address, where there are some."""
    if image.state == images.DRAFT and "rotate" in request.args:
        content = images.tried(image, **figures(request.args.get))
    elif image.sha256 is None:
        raise WrongState("This version has no picture.")
    else:
        content = store.get(image.sha256)
    return _on_paper(images.owner_of(image), content) if on_paper else content


def _in_use(owner: images.Owner, name: str) -> Response:
    digest = images.in_use(owner)
    if digest is None or name not in {"final", "onpaper"}:
        abort(404)
    return _png(lambda: _on_paper(owner, store.get(digest)) if name == "onpaper" else store.get(digest))


def _on_paper(owner: images.Owner, content: bytes) -> bytes:
    """Box 11 with this picture, and beside it the other one as it is in use: an officer's stamp, an office's signature."""
    office: Office | None
    officer: AgencyUser | None
    pair: tuple[bytes | None, bytes | None]
    if isinstance(owner, Office):
        office, people = owner, service.officers_of(db.session, owner.id)
        officer = next((person for person in people if person.signature_sha256), people[0] if people else None)
        pair = content, (_stored(officer.signature_sha256) if officer else None)
    else:
        officer, mapped = owner, service.mapped_offices(db.session, owner.id)
        office = db.session.get(Office, mapped[0]) if mapped else None
        pair = (_stored(office.stamp_sha256) if office else None), content
    today = clock.day(clock.india_today())
    words = sample.Words(
        officer.full_name if officer else gettext("(no officer yet)"), officer.designation if officer else "",
        office.name if office else "", f"{office.city}, {today}" if office and office.city else today,
    )  # fmt: skip
    return sample.draw(pair[0], pair[1], words)


def _stored(digest: str | None) -> bytes | None:
    return store.get(digest) if digest else None
