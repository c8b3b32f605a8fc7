"""The page where an application is filled in: saved as a draft when it is right, shown again with every fault when not."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.agencies import service as agencies
from app.applications import kept, payload, service
from app.applications.checks import MINIMAL_OPERATIONS
from app.applications.drafts import SavedMeanwhile, branches
from app.applications.form_filing import Mark, as_filing, differences, fill_in, place_faults
from app.applications.forms import LISTS, NOTHING, FilingForm, picks
from app.applications.kept import Kept
from app.applications.models import Application
from app.applications.rules import LIFE, Kind, Status
from app.applications.submission import missing_papers
from app.core import codes
from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra import current
from app.infra.codes import countries
from app.infra.db import db, transaction

MANY = 20  # goods lines beyond which codes are typed with a shared list: 500 lines with pick lists would be 10 MB
PAPERS = {"invoice": _("the invoice"), "packing list": _("the packing list")}


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
        application = _again(pk)
        if application is None:
            abort(404)
        LIFE.check("edit", application.status, current.actor().role)
        return self._page(application)

    @expose("/like/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("open")
    def like(self, pk: int) -> Any:
        """A new application that begins with what an earlier one of the firm says; papers and signature are its own (5.1)."""
        earlier = _again(pk)
        if earlier is None:
            abort(404)
        form = FilingForm()
        form.office.choices, form.branch_id.choices = picks(_offices(None)), picks(_branches())
        fill_in(form, payload.filing(earlier) | {"in_lieu_of": "", "in_lieu_reason": "", "retro_reason": ""}, 0)
        if earlier.kind == Kind.IN_LIEU:
            form.kind.data = Kind.ORIGINAL.value
        flash(gettext("Copied from an earlier application. Look at the dates and the invoice before you save."), "success")
        return self._show(form, None, [])

    def _page(self, application: Application | None) -> Any:
        form = FilingForm()
        form.office.choices, form.branch_id.choices = picks(_offices(application)), picks(_branches())
        if request.method == "GET":
            if application is not None:
                fill_in(form, payload.filing(application), application.version)
            return self._show(form, application, [])
        form.validate()  # empties the lists of faults; what is wrong is said by the filing rules
        pk = application.id if application is not None else 0
        db.session.rollback()  # nobody waits for a lock while we look at papers
        papers, faults = kept.chosen(form, current.actor())
        if _changed_rows(form) or _changed_papers(_again(pk), papers):
            return self._show(form, _again(pk), papers, marks=place_faults(form, faults))
        if pk and _again(pk) is None:
            abort(404)
        return self._save(form, pk, papers, faults)

    def _save(self, form: FilingForm, pk: int, papers: list[Kept], faults: list[Fault]) -> Any:
        """Save through the same verbs as the API, papers and all, in one transaction; a refusal shows the page again."""
        marks: list[Mark] = []
        meanwhile = ""
        try:
            return self._saved(form, _again(pk), papers, faults)
        except SavedMeanwhile as refusal:
            meanwhile = refusal.sentence
        except InvalidInput as refusal:
            marks = place_faults(form, dict.fromkeys([*refusal.faults, *faults]))
            papers = _put_in(form, _again(pk), papers)
        except BusinessError as refusal:
            flash(refusal.sentence, "danger")
        return self._show(form, _again(pk), papers, marks=marks, meanwhile=meanwhile)

    def _saved(self, form: FilingForm, application: Application | None, papers: list[Kept], faults: list[Fault]) -> Any:
        actor = current.actor()
        with transaction(db.session):
            if application is None:
                application = service.create(db.session, actor, as_filing(form))
            else:
                filing = as_filing(form, payload.filing(application))
                service.edit(db.session, application, actor, filing=filing, version=_version(form))
            if faults:
                raise InvalidInput(faults)
            kept.attach(db.session, application, actor, papers)
        flash(*_what_next(application))
        return redirect(url_for("ApplicationView.show", pk=application.id))

    def _show(self, form: FilingForm, application: Application | None, papers: list[Kept], marks: list[Mark] | None = None,
              meanwhile: str = "") -> Any:  # fmt: skip
        """The page; after somebody else's save it carries the new version, so that saving again is meant."""
        differs: list[str] = []
        if meanwhile and application is not None:
            form.version.data = str(application.version)
            differs = list(differences(form, payload.filing(application)))
        here = url_for(".open") if application is None else url_for(".edit", pk=application.id)
        return self.render_template(
            "applications/filing.html", title=_("New application") if application is None else _("Change the application"),
            form=form, application=application, here=here, ports=codes.PORTS, operations=list(MINIMAL_OPERATIONS),
            marks=marks or [], meanwhile=meanwhile, differs=differs, draft=application and application.status == Status.DRAFT,
            papers=_papers(application), kept=[(row, row.token(current.actor())) for row in papers],
            many=len(form["items"].entries) > MANY, countries=countries(), packages=codes.PACKAGES, units=codes.UNITS,
        )  # fmt: skip


def _again(pk: int) -> Application | None:
    """The application as it is now; None when there is none, or none any more."""
    return db.session.get(Application, pk) if 0 < pk < 2**31 else None


def _version(form: FilingForm) -> int:
    """The version the page was made from; a page that does not say is as good as old."""
    said = form.version.data or ""
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def _what_next(application: Application) -> tuple[str, str]:
    """What is said after saving, and its tone: which papers are missing, or what comes next."""
    if application.status != Status.DRAFT:
        return gettext("The changes are saved. Answer the officer's question to send them."), "success"
    if missing := [str(PAPERS[name]) for name in missing_papers(application)]:
        listed = gettext(" and ").join(missing)
        told = gettext("The draft is saved. It cannot be submitted yet: press «Edit» and add %(papers)s.", papers=listed)
        return told, "warning"
    return gettext("The draft is saved. Look it over, then submit it."), "success"


def _papers(application: Application | None) -> dict[str, list[Any]]:
    """The papers that count, by their kind."""
    held: dict[str, list[Any]] = {}
    for row in application.attachments if application is not None else []:
        if row.replaced_by_id is None:
            held.setdefault(row.kind, []).append(row)
    return held


def _put_in(form: FilingForm, application: Application | None, papers: list[Kept]) -> list[Kept]:
    """The fields have faults, but the draft is there: its papers go in all the same. Returns those that could not."""
    if application is None or not papers:
        return papers
    try:
        with transaction(db.session):
            kept.attach(db.session, application, current.actor(), papers)
    except BusinessError as refusal:
        flash(refusal.sentence, "danger")
        return papers
    form.invoice_beside.data = form.packing_list_beside.data = False
    names = ", ".join(row.filename for row in papers)
    flash(gettext("Added to the application already: %(names)s.", names=names), "success")
    return []


def _changed_papers(application: Application | None, papers: list[Kept]) -> bool:
    """The buttons that take a paper off again: out of the draft, or out of those the page keeps."""
    if (chosen := request.form.get("forget_paper", "")).isdecimal():
        papers[:] = [row for number, row in enumerate(papers) if str(number) != chosen]
        return True
    if not (chosen := request.form.get("remove_paper", "")):
        return False
    row = next((row for row in application.attachments if str(row.id) == chosen), None) if application is not None else None
    try:
        if row is not None:
            with transaction(db.session):
                service.detach(db.session, row, current.actor())
            flash(gettext("The paper is removed. What you typed is not saved yet."), "success")
    except BusinessError as refusal:
        flash(refusal.sentence, "danger")
    return True


def _offices(application: Application | None) -> list[tuple[str, str]]:
    """The offices that take filings now, and the one that was chosen before."""
    ready = agencies.ready_offices(db.session)
    listed = {f"{office.agency.code}/{office.code}": f"{office.agency.name}: {office.name}" for office in ready}
    if application is not None:
        before = f"{application.agency.code}/{application.filed_office or application.office.code}"
        listed.setdefault(before, f"{application.agency.name}: {before}")
    return [*NOTHING, *listed.items()]


def _branches() -> list[tuple[str, str]]:
    """The firm's branches, the registered one first: that is the one when nothing is chosen."""
    mine = branches(db.session, current.actor().exporter_id or 0)
    return [(str(branch.id), str(branch)) for branch in mine] or NOTHING


def _changed_rows(form: FilingForm) -> bool:
    """The buttons that add or remove a row work without script: the page comes back with one more or one less."""
    if name := request.form.get("add_row"):
        if name in LISTS:
            find, most = LISTS[name]
            if len(find(form).entries) < most:
                find(form).append_entry()
            else:
                flash(gettext("There are %(most)s already; no more fit on one certificate.", most=most), "danger")
        return True
    if chosen := request.form.get("remove_row"):
        name, _colon, index = chosen.partition(":")
        if name in LISTS and index.isdecimal():
            rows = LISTS[name][0](form)
            others = [entry for number, entry in enumerate(rows.entries) if str(number) != index]
            rows.entries = others or rows.entries[: rows.min_entries]
            _renumber(rows)
        return True
    return False


def _renumber(rows: Any) -> None:
    """After a row is taken out the others move up; WTForms names fields by their place."""
    entries = [entry.data for entry in rows.entries]
    while rows.entries:
        rows.pop_entry()
    for data in entries:
        rows.append_entry(data)
