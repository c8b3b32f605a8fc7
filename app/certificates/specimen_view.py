"""Specimens on the screen: a form that asks for office and officer, and the list of what was made."""

from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import select

from app.agencies.models import AgencyUser
from app.certificates import specimens
from app.certificates.models import Specimen
from app.core.actor import Role
from app.core.errors import BusinessError, WrongState
from app.infra import current, problems, store
from app.infra.db import db, transaction
from app.infra.screens import FastInterface, Screen, flash_refusal


def download_link(pk: int) -> Any:
    """The file of a row that is already on the page; a dash until it is printed."""
    row = db.session.get(Specimen, pk)  # from the session's own memory: the list has just read it
    if row is None or row.sha256 is None:
        return "–"
    words = Markup('<a href="{}" download>{}<span class="visually-hidden"> {}</span></a>')
    return words.format(url_for("SpecimenView.pdf", pk=pk), gettext("Download"), row.number)


def maker(user_id: int | None) -> str:
    """Who pressed the button, by name."""
    name = db.session.scalar(select(AgencyUser.full_name).where(AgencyUser.user_id == user_id))
    return str(name or "–")


class SpecimenView(Screen):
    """Trial prints: to see what a certificate of an office will look like, before the first real one."""

    route_base = "/specimens"
    base_permissions = ["can_list", "can_show", "can_make", "can_pdf"]
    exclude_route_methods = {*Screen.exclude_route_methods, "export"}
    datamodel = FastInterface(Specimen)
    list_title = _("Specimens")
    list_template = "certificates/specimens.html"
    show_template = "certificates/specimen.html"
    list_columns = ["number", "state", "office_name", "officer_name", "created_by_id", "created_at", "id"]
    show_columns = ["number", "state", "office_name", "officer_name", "created_by_id", "created_at", "ready_at", "sha256"]
    search_columns = ["number", "state", "office_name", "officer_name"]
    state_column = "state"
    formatters_columns = {"id": download_link, "created_by_id": maker}
    label_columns = {
        "number": _("Number"), "state": _("State"), "office_name": _("Office"), "officer_name": _("Officer"),
        "created_by_id": _("Made by"), "created_at": _("Asked for"), "id": _("File"), "ready_at": _("Printed"),
        "sha256": _("SHA-256 of the file"),
    }  # fmt: skip

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def page(self) -> Any:
        """The short address leads to the list."""
        return redirect(url_for("SpecimenView.list"))

    @expose("/make", methods=["POST"])
    @has_access
    def make(self) -> Any:
        """The button: a row and its job, then back to the list, where it appears."""
        picked = {name: request.form.get(name, "") for name in ("office_id", "officer_id")}
        chosen = {name: int(value) if value.isascii() and value.isdigit() else 0 for name, value in picked.items()}
        try:
            with transaction(db.session):
                number = specimens.make(db.session, current.actor(), **chosen).number
        except BusinessError as refusal:
            flash_refusal(refusal)
        else:
            flash(gettext("%(number)s is being printed. Reload the page in a few seconds.", number=number), "success")
        return redirect(url_for("SpecimenView.list"))

    @expose("/pdf/<int:pk>", methods=["GET"])
    @has_access
    def pdf(self, pk: int) -> Response:
        """The file, once it is printed."""
        row = specimens.see(db.session, current.actor(), min(pk, 2**31 - 1))
        if row.sha256 is None:
            raise WrongState(f"{row.number} is not printed. {row.error or 'It is ready a few seconds after it was asked for.'}")
        try:
            content = store.get(row.sha256)
        except store.Damaged:
            problems.log.critical("specimen %s: the stored file is missing or altered", row.number)
            return problems.problem(503, "The file of this specimen cannot be handed out now. Make another one.")
        headers = {"Content-Disposition": f'attachment; filename="{row.number}.pdf"'}
        return Response(content, mimetype="application/pdf", headers=headers)

    def picks(self) -> dict[str, list[tuple[int, str]]]:
        """What the form offers; nothing to whoever may only look."""
        actor = current.actor()
        if actor.role is Role.SUPERVISOR or actor.read_only:
            return {}
        offices = [(row.id, str(row)) for row in specimens.offices(db.session, actor)]
        return {"offices": offices, "officers": [(row.id, row.full_name) for row in specimens.officers(db.session, actor)]}
