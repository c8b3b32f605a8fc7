"""What the filing page's script asks while somebody types: keep it, check it, take this paper, find that code."""

from dataclasses import asdict
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from app.applications import advised, kept, unfinished
from app.applications.fields import MISSING
from app.applications.filing_page import again, form_for, number, papers_of
from app.applications.form_filing import Mark, as_filing, place_faults, said
from app.applications.forms import FilingForm
from app.applications.models import Application, GoodsItem
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError, Fault
from app.infra import codelists, current, limit, problems
from app.infra.codes import country_name
from app.infra.db import db, reading, transaction
from app.infra.screens import flash_refusal
from app.infra.sentences import translated

PER_MINUTE = 120  # a window asks at most every second
CODES_PER_MINUTE = 600  # one for each letter
MOST_TOLD = 200
SLOT_OF = {kind: slot for slot, kind in kept.SLOTS}


class TypingView(BaseView):
    """Beside the filing page; a page without script does without."""

    route_base = "/filing/typed"
    default_view = "who"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("open")
    def who(self) -> Response:
        """Who is logged in now and for which firm; the token that a page needs after a new log-in, if it was made for them."""
        actor = current.actor()
        here = {"user": actor.user_id, "firm": actor.exporter_id}
        made_for = {name: request.args.get(name, "") for name in here}
        same = made_for == {name: str(value) for name, value in here.items()}
        return jsonify(here | ({"csrf_token": generate_csrf()} if same else {}))

    @expose("/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("open")
    def look(self, pk: int) -> Any:
        """Keep what is typed, and say what is wrong or odd about it; nothing is saved. 0 is the application to be."""
        actor = current.actor()
        if not _allowed("typed", PER_MINUTE):
            return problems.problem(429, "This page asks too often. What you type is kept again in a minute.")
        application = _application(pk)
        form = form_for(application)
        papers = kept.carried(actor, request.form.getlist("kept_paper"))
        answer: dict[str, Any] = {}
        if "look_only" not in request.form:
            answer = _keep(actor, application, form, [asdict(row) for row in papers])
        token = reading.set(True)  # the rest only looks
        try:
            answer |= _told(actor, again(pk), form, {row.kind for row in papers})
            db.session.rollback()
        except BusinessError as refusal:
            return problems.of_business_error(refusal)
        finally:
            reading.reset(token)
        return jsonify(answer)

    @expose("/<int:pk>/forget", methods=["POST"])
    @has_access
    @permission_name("open")
    def forget(self, pk: int) -> Any:
        """The button «Throw away»: what was typed is gone, and the page shows what is saved."""
        application = _application(pk)
        try:
            with transaction(db.session):
                gone = unfinished.forget(db.session, current.actor(), pk, version=number(request.form.get("kept_version")))
            told = gettext("The unsaved work is thrown away.") if gone else gettext("It has changed since; look again.")
            flash(told, "success" if gone else "warning")
        except BusinessError as refusal:
            flash_refusal(refusal)
        return redirect(url_for("FilingView.edit", pk=pk) if application is not None else url_for("FilingView.open"))

    @expose("/paper", methods=["POST"])
    @has_access
    @permission_name("open")
    def paper(self) -> Any:
        """Take a paper at once when it is chosen, so that a closed window does not lose it."""
        kind, sent = request.form.get("kind", ""), request.files.get("file")
        if kind not in SLOT_OF or sent is None:
            return problems.problem(422, "Choose a file for the invoice or the packing list.")
        if not _allowed("papers", PER_MINUTE):
            return problems.problem(429, "Too many papers at a time. Wait a minute, then choose it again.")
        db.session.rollback()  # nobody waits for a lock while we look at it
        try:
            row = kept.take(kind, sent, beside=bool(request.form.get("beside")))
        except BusinessError as refusal:
            return problems.of_business_error(refusal)
        return jsonify(token=row.token(current.actor()), filename=row.filename, size=row.size, kind=row.kind, beside=row.beside)

    @expose("/codes/<string:name>", methods=["GET"])
    @has_access
    @permission_name("open")
    def codes(self, name: str) -> Any:
        """Codes that the words may mean, the likeliest first: [{code, name}]."""
        if name not in codelists.BASES:
            abort(404)
        if not _allowed("codes", CODES_PER_MINUTE):
            return problems.problem(429, "Too many questions in a minute. Type the code, or wait a little.")
        words = request.args.get("q", "")[:60]
        found = codelists.search(db.session, name, words)
        if name == "locode":  # there is a Hamburg in more than one country
            found = [codelists.Found(each.code, f"{each.name}, {country_name(each.code[:2])}") for each in found]
        if name == "hs":
            found = [*_filed_before(words, {each.code for each in found}), *found][: codelists.MOST_SHOWN]
        return jsonify(codes=[asdict(each) for each in found])


def _application(pk: int) -> Application | None:
    """The application that is typed about; none for a new one, 404 for one that is not there or not theirs."""
    application = again(pk)
    if application is None and pk != unfinished.NEW:
        abort(404)
    return application


def _allowed(what: str, per_minute: int) -> bool:
    return limit.allowed(f"{what}:{current.actor().user_id}", request.remote_addr or "", per_minute)


def _keep(actor: Actor, application: Application | None, form: FilingForm, papers: list[Any]) -> dict[str, Any]:
    """When and as which version it was kept, or the sentence why it was not."""
    try:
        with transaction(db.session):
            fields = {"said": said(request.form), "papers": papers}
            row = unfinished.keep(
                db.session, actor, application, fields,
                version=number(form.kept_version.data), window=form.kept_window.data or "",
            )  # fmt: skip
            return {"kept_version": row.version, "kept_at": clock.india(row.updated_at).strftime("%H:%M")}
    except BusinessError as refusal:
        return {"not_kept": translated(refusal.sentence)}


def _told(actor: Actor, application: Application | None, form: FilingForm, papers: set[str]) -> dict[str, Any]:
    """Faults, what is still to be filled in, and warnings, each with the id of its field."""
    faults, warnings = advised.look(db.session, actor, as_filing(form), application)
    there = papers | set(papers_of(application))
    faults += [Fault(f"{slot}_file", MISSING) for kind, slot in SLOT_OF.items() if kind not in there]
    marks, missing = place_faults(form, faults), translated(MISSING)
    return {
        "wrong": _listed(mark for mark in marks if mark.message != missing),
        "missing": _listed(mark for mark in marks if mark.message == missing),
        "odd": _listed(place_faults(form, warnings)),
    }


def _listed(marks: Any) -> list[dict[str, str]]:
    found: list[Mark] = list(dict.fromkeys(marks))[:MOST_TOLD]
    return [mark._asdict() for mark in found]


def _filed_before(words: str, known: set[str]) -> list[codelists.Found]:
    """Tariff lines this firm has filed, by their own words; until the tariff is brought in there is nothing else."""
    asked = words.strip()
    begins = GoodsItem.itc_hs.startswith(asked, autoescape=True)
    query = select(GoodsItem.itc_hs, GoodsItem.description).where(
        begins | GoodsItem.description.icontains(asked, autoescape=True)
    ).order_by(GoodsItem.id.desc()).limit(200)  # fmt: skip
    found: dict[str, str] = {}
    for code, description in db.session.execute(query):
        found.setdefault(code, description)
    return [codelists.Found(code, name[:120]) for code, name in found.items() if code not in known][: codelists.MOST_SHOWN]
