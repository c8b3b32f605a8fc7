"""The page where an application is filled in: saved as a draft when it is right, shown again with every fault when not."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.applications import asked_only, kept, payload, service, starting, unfinished
from app.applications.checks import MINIMAL_OPERATIONS
from app.applications.drafts import SavedMeanwhile
from app.applications.filing_page import again, form_for, gone_on, number, papers_of, waiting
from app.applications.form_filing import Mark, as_filing, differences, fill_in, place_faults
from app.applications.form_rows import changed_rows
from app.applications.forms import FilingForm
from app.applications.goods_columns import COLUMNS, CRITERIA
from app.applications.goods_field import MANY
from app.applications.goods_sentences import goods_words
from app.applications.kept import Kept
from app.applications.models import Application, Template
from app.applications.rules import LIFE, Kind, Status
from app.applications.submission import missing_papers
from app.core import codes
from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra import current
from app.infra.codes import countries
from app.infra.db import db, transaction
from app.infra.sentences import translated
from app.infra.tenancy import seen

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
        application = again(pk)
        if application is None:
            abort(404)
        LIFE.check("edit", application.status, current.actor().role)
        return self._page(application)

    @expose("/like/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("open")
    def like(self, pk: int) -> Any:
        """A new application that begins with what an earlier one of the firm says; papers and signature are its own (5.1)."""
        earlier = again(pk)
        if earlier is None:
            abort(404)
        form = form_for(None)
        replaced = request.args.get("in_lieu_of", "")[:40]
        kept_reason = {} if replaced else {"retro_reason": ""}
        fill_in(form, payload.filing(earlier) | {"in_lieu_of": replaced, "in_lieu_reason": ""} | kept_reason, 0)
        if replaced:
            form.kind.data = Kind.IN_LIEU.value
            flash(gettext("Correct what is wrong with the certificate, and say under «In lieu» what it was."), "success")
            return self._show(form, None, [])
        if earlier.kind == Kind.IN_LIEU:
            form.kind.data = Kind.ORIGINAL.value
        flash(gettext("Copied from an earlier application. Look at the dates and the invoice before you save."), "success")
        return self._show(form, None, [])

    @expose("/from/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("open")
    def begin(self, pk: int) -> Any:
        """A new application that begins with a template of the firm."""
        template: Template = seen(Template, pk)
        form = form_for(None)
        fill_in(form, template.filing, 0)
        flash(gettext("Begun from «%(name)s». Add the invoice, the dates and the weights.", name=template.name), "success")
        return self._show(form, None, [])

    def _page(self, application: Application | None) -> Any:
        if request.method == "GET":
            return self._open(application)
        form = form_for(application)
        form.validate()  # empties the lists of faults; what is wrong is said by the filing rules
        pk = application.id if application is not None else 0
        db.session.rollback()  # nobody waits for a lock while we look at papers
        papers, faults = kept.chosen(form, current.actor())
        if changed_rows(form) or _kept_as_template(form) or _changed_papers(again(pk), papers):
            return self._show(form, again(pk), papers, marks=place_faults(form, faults))
        if pk and again(pk) is None:
            abort(404)
        return self._save(form, pk, papers, faults)

    def _open(self, application: Application | None) -> Any:
        """The page as it is saved, or as this person has left it, where that is asked for."""
        row = waiting(application)
        if row is not None and "go_on" in request.args:
            form, papers = gone_on(application, row)
            return self._show(form, application, papers)
        form = form_for(application)
        if application is not None:
            fill_in(form, payload.filing(application), application.version)
        return self._show(form, application, [])

    def _save(self, form: FilingForm, pk: int, papers: list[Kept], faults: list[Fault]) -> Any:
        """Save through the same verbs as the API, papers and all, in one transaction; a refusal shows the page again."""
        marks: list[Mark] = []
        meanwhile = ""
        try:
            return self._saved(form, again(pk), papers, faults)
        except SavedMeanwhile as refusal:
            meanwhile = refusal.sentence
        except InvalidInput as refusal:
            marks = place_faults(form, asked_only.to_say(again(pk), dict.fromkeys([*refusal.faults, *faults])))
            papers = _put_in(form, again(pk), papers)
        except BusinessError as refusal:
            flash(translated(refusal.sentence), "danger")
        return self._show(form, again(pk), papers, marks=marks, meanwhile=meanwhile)

    def _saved(self, form: FilingForm, application: Application | None, papers: list[Kept], faults: list[Fault]) -> Any:
        actor = current.actor()
        with transaction(db.session):
            pk = application.id if application is not None else unfinished.NEW
            unfinished.forget(db.session, actor, pk, version=number(form.kept_version.data), window=form.kept_window.data or "")
            if application is None:
                application = service.create(db.session, actor, as_filing(form))
            else:
                filing = as_filing(form, payload.filing(application))
                service.edit(db.session, application, actor, filing=filing, version=number(form.version.data))
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
        asked = asked_only.only_asked(form, application)
        pk = application.id if application is not None else unfinished.NEW
        here = url_for(".edit", pk=pk) if pk else url_for(".open")
        row = waiting(application)
        mine = row is not None and unfinished.is_of(row, form.kept_window.data or "", number(form.kept_version.data))
        return self.render_template(
            "applications/filing.html", title=_("Change the application") if pk else _("New application"),
            form=form, application=application, here=here, pk=pk, ports=codes.PORTS, operations=list(MINIMAL_OPERATIONS),
            marks=marks or [], meanwhile=meanwhile, differs=differs, draft=application and application.status == Status.DRAFT,
            papers=papers_of(application), kept=[(row, row.token(current.actor())) for row in papers],
            plain=_plain(form), asked=asked, columns=COLUMNS, criteria=CRITERIA, goods_words=goods_words(),
            countries=countries(), packages=codes.PACKAGES, units=codes.UNITS,
            waiting=None if mine else row, templates=[] if pk else starting.of_firm(db.session, current.actor()),
        )  # fmt: skip


def _plain(form: FilingForm) -> bool:
    """Whether the goods lines stand on the page as plain fields: few of them, or no script runs on the page that was sent."""
    few = len(form["items"].data) <= MANY
    return few or "plain" in request.args or (request.method == "POST" and not form["items"].by_script)


def _kept_as_template(form: FilingForm) -> bool:
    """The button that keeps the form as a template; what was typed stays on the page, unsaved as before."""
    if "template" not in request.form:
        return False
    try:
        with transaction(db.session):
            row = starting.keep(db.session, current.actor(), request.form.get("template_name", ""), as_filing(form))
            told = gettext("Kept as the template «%(name)s». The application itself is not saved yet.", name=row.name)
        flash(told, "success")
    except BusinessError as refusal:
        flash(translated(refusal.sentence), "danger")
    return True


def _what_next(application: Application) -> tuple[str, str]:
    """What is said after saving, and its tone: which papers are missing, or what comes next."""
    if application.status != Status.DRAFT:
        return gettext("The changes are saved. Answer the officer's question to send them."), "success"
    if missing := [str(PAPERS[name]) for name in missing_papers(application)]:
        listed = gettext(" and ").join(missing)
        told = gettext("The draft is saved. It cannot be submitted yet: press «Edit» and add %(papers)s.", papers=listed)
        return told, "warning"
    return gettext("The draft is saved. Look it over, then submit it."), "success"


def _put_in(form: FilingForm, application: Application | None, papers: list[Kept]) -> list[Kept]:
    """The fields have faults, but the draft is there: its papers go in all the same. Returns those that could not."""
    if application is None or not papers:
        return papers
    try:
        with transaction(db.session):
            kept.attach(db.session, application, current.actor(), papers)
    except BusinessError as refusal:
        flash(translated(refusal.sentence), "danger")
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
        flash(translated(refusal.sentence), "danger")
    return True
