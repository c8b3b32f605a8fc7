"""The page where an application is filled in: saved as a draft when it is right, shown again with every fault when not."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.agencies import service as agencies
from app.applications import payload, service
from app.applications.checks import MINIMAL_OPERATIONS
from app.applications.forms import LISTS, FilingForm, as_filing, fill_in, picks, place_faults
from app.applications.models import Application
from app.applications.rules import LIFE
from app.core import codes
from app.core.errors import BusinessError, InvalidInput, WrongState
from app.infra import current
from app.infra.db import db, transaction
from app.infra.uploads import paper

PAPERS = (("invoice_file", "INVOICE"), ("packing_list_file", "PACKING_LIST"))


class FilingView(BaseView):
    """New application, or a draft again."""

    route_base = "/filing"
    default_view = "open"

    @expose("/", methods=["GET", "POST"])
    @has_access
    def open(self) -> Any:
        """A new application."""
        return self._page(None)

    @expose("/<int:pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def edit(self, pk: int) -> Any:
        """A draft, or an application with an open query, to be changed."""
        application = db.session.get(Application, pk) if pk < 2**31 else None
        if application is None:
            abort(404)
        LIFE.check("edit", application.status, current.actor().role)
        return self._page(application)

    def _page(self, application: Application | None) -> Any:
        form = FilingForm()
        form.office.choices = picks(_offices())
        if application is not None and request.method == "GET":
            fill_in(form, payload.filing(application))
        if request.method == "POST" and not _changed_rows(form) and form.validate_on_submit():
            try:
                return self._saved(form, application)
            except InvalidInput as refusal:
                for sentence in place_faults(form, refusal.faults):
                    flash(sentence, "danger")
                flash(gettext("Something must be put right: it is marked below. Nothing is lost."), "danger")
            except BusinessError as refusal:
                flash(refusal.sentence, "danger")
        return self._show(form, application)

    def _saved(self, form: FilingForm, application: Application | None) -> Any:
        """Save through the same verbs as the API, papers and all, in one transaction."""
        actor = current.actor()
        with transaction(db.session):
            if application is None:
                application = service.create(db.session, actor, as_filing(form))
            else:
                service.edit(db.session, application, actor, filing=as_filing(form))
            for name, kind in PAPERS:
                sent = form[name].data
                if sent:
                    _attach(form, name, application, kind, sent)
        flash(gettext("The draft is saved. Look it over, then submit it."), "success")
        return redirect(url_for("ApplicationView.show", pk=application.id))

    def _show(self, form: FilingForm, application: Application | None) -> Any:
        title = _("New application") if application is None else _("Change the application")
        return self.render_template(
            "applications/filing.html", title=title, form=form, application=application, ports=codes.PORTS,
            operations=list(MINIMAL_OPERATIONS),
        )  # fmt: skip


def _attach(form: FilingForm, name: str, application: Application, kind: str, sent: Any) -> None:
    """A paper that cannot be taken is a fault of its field."""
    from app.core.errors import Fault

    try:
        taken = paper(sent.filename or "", sent.stream.read())
    except WrongState:
        raise
    except BusinessError as refusal:
        raise InvalidInput([Fault(name, refusal.sentence)]) from refusal
    service.attach(db.session, application, current.actor(), kind=kind, paper=taken)


def _offices() -> list[tuple[str, str]]:
    """The offices that take filings now."""
    ready = agencies.ready_offices(db.session)
    return [("", "–"), *((f"{office.agency.code}/{office.code}", f"{office.agency.name}: {office.name}") for office in ready)]


def _changed_rows(form: FilingForm) -> bool:
    """The buttons that add or remove a row work without script: the page comes back with one more or one less."""
    if name := request.form.get("add_row"):
        rows = LISTS[name](form) if name in LISTS else None
        if rows is not None and len(rows.entries) < (rows.max_entries or 0):
            rows.append_entry()
        return True
    if chosen := request.form.get("remove_row"):
        name, _colon, index = chosen.partition(":")
        if name in LISTS and index.isdecimal():
            rows = LISTS[name](form)
            rows.entries = [entry for number, entry in enumerate(rows.entries) if number != int(index)] or rows.entries[:1]
            _renumber(rows)
        return True
    return False


def _renumber(rows: Any) -> None:
    """After a row is taken out the others move up; WTForms names fields by their place."""
    kept = [entry.data for entry in rows.entries]
    while rows.entries:
        rows.pop_entry()
    for data in kept:
        rows.append_entry(data)
