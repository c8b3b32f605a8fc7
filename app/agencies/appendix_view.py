"""The page where a table is sent, looked at as it would be taken over, and taken over; and DGFT's table of Appendix 2E."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, current_app, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.agencies import appendix
from app.core.codes import STATES
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed
from app.infra import current, store
from app.infra.db import db, transaction
from app.infra.search import word
from app.infra.sheets import MAX_BYTES, Column, Plan, read_table, template

TOO_OLD = "The file is no longer at hand. Choose it again."
OPEN_FOR = 8 * 3600  # seconds between looking and taking over: a working day


class SheetView(BaseView):
    """Send a table, see what it would do, take it over. A subclass says which table, and gives the two verbs."""

    default_view = "open"
    title: Any = ""
    lead: Any = ""
    note: Any = ""  # what a table does not do
    columns: Sequence[Column] = ()
    labels: Mapping[str, Any] = {}
    helps: Mapping[str, Any] = {}
    example: Mapping[str, str] = {}
    shown: tuple[str, ...] = ()  # the columns of an entry that are shown before it is added
    needed: tuple[str, ...] = ()
    template_name = ""
    leads_to = ""
    button: Any = _("Take over")
    plan: Callable[..., Plan]
    take_over: Callable[..., Plan]

    @expose("", methods=["GET", "POST"])
    @has_access
    def open(self) -> Any:
        """The form; with a file what it would do; with the button «Take over» the thing itself."""
        self.plan(db.session, current.actor(), [])  # whoever may not take over is told so before choosing a file
        if request.method == "GET":
            return self._page()
        try:
            return self._answer()
        except NotAllowed:
            raise
        except InvalidInput as refusal:
            return self._page(faults=refusal.faults)
        except BusinessError as refusal:
            return self._page(complaint=refusal.sentence)

    @expose("/template.csv", methods=["GET"])
    @has_access
    @permission_name("open")
    def template(self) -> Response:
        """The empty table."""
        headers = {"Content-Disposition": f'attachment; filename="{self.template_name}.csv"'}
        return Response(template(self.columns), mimetype="text/csv; charset=utf-8", headers=headers)

    def said(self, column: str, text: str) -> str:
        """A value of a column as people read it."""
        return text or "–"

    def would(self, plan: Plan) -> str:
        """What taking over would do, in a line."""
        raise NotImplementedError

    def did(self, plan: Plan) -> str:
        """What taking over did, in a line."""
        raise NotImplementedError

    def untouched(self, plan: Plan) -> str:
        """What there is beside the table and stays as it is; empty when nothing need be said."""
        return ""

    def _answer(self) -> Any:
        """No row is held while the file is read."""
        signed = request.form.get("table", "")
        digest, fingerprint = self._open_seal(signed) if signed else ("", "")
        content = _stored(digest) if signed else _sent()
        db.session.rollback()
        rows = read_table(content, self.columns)
        if not signed:
            return self._looked_at(self.plan(db.session, current.actor(), rows), content)
        with transaction(db.session):
            done = self.take_over(db.session, current.actor(), rows, source=digest, shown=fingerprint)
        flash(self.did(done), "success")
        return redirect(url_for(self.leads_to))

    def _looked_at(self, plan: Plan, content: bytes) -> Any:
        """The file is kept only when it can be taken over."""
        ready = not plan.faults and (plan.added or plan.changed)
        seal = self._seal().dumps([current.user_id(), store.put(content), plan.fingerprint]) if ready else ""
        return self._page(plan=plan, faults=plan.faults, table=seal)

    def _seal(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=f"table:{type(self).__name__}")

    def _open_seal(self, signed: str) -> tuple[str, str]:
        """The hash of the file and of what was shown, when this person was shown it here today."""
        try:
            user_id, digest, fingerprint = self._seal().loads(signed, max_age=OPEN_FOR)
        except BadSignature as error:
            raise BusinessError(TOO_OLD) from error
        if user_id != current.user_id():
            raise BusinessError(TOO_OLD)
        return str(digest), str(fingerprint)

    def _page(self, plan: Plan | None = None, faults: Sequence[Fault] = (), complaint: str = "", table: str = "") -> Any:
        return self.render_template(
            "agencies/import.html", view=self, title=self.title, plan=plan, faults=faults, complaint=complaint, table=table,
        )  # fmt: skip


def _sent() -> bytes:
    sent = request.files.get("file")
    content: bytes = sent.stream.read(MAX_BYTES + 1) if sent is not None else b""
    if sent is None or not sent.filename:
        raise BusinessError("Choose a file first, then press the button again.")
    return content


def _stored(digest: str) -> bytes:
    try:
        return store.get(digest)
    except store.Damaged as error:
        raise BusinessError(TOO_OLD) from error


class AppendixView(SheetView):
    """Appendix 2E from a table, for DGFT."""

    route_base = "/appendix/import"
    title = _("Import Appendix 2E")
    lead = _(
        "Agencies are added and changed from a table. You first see what the file would do; "
        "it is stored only when you then press «Take over»."
    )
    note = _(
        "A row is found by its code. A column that is left out stays as it is; an empty cell empties it. "
        "The status of an agency is not changed by a table."
    )
    columns = appendix.COLUMNS
    needed = appendix.NEEDED
    example = appendix.EXAMPLE
    shown = ("name", "official_email", "email_domains", "jurisdiction_states", "notified_on")
    template_name = "appendix-2e"
    leads_to = "AgencyView.list"
    plan = staticmethod(appendix.plan)
    take_over = staticmethod(appendix.take_over)
    labels = {
        "code": _("Code"), "name": _("Name"), "kind": _("Kind"), "appendix_2e_ref": _("Appendix 2E"),
        "official_email": _("Official e-mail"), "email_domains": _("E-mail domains"), "address": _("Address"),
        "city": _("City"), "state_code": _("State"), "pin": _("PIN"), "phone": _("Phone"), "website": _("Website"),
        "jurisdiction_states": _("States served"), "notified_on": _("Notified on"),
        "onboard_by": _("Registration open until"),
    }  # fmt: skip
    helps = {
        "code": _("2 to 10 capital letters and digits; it stands in every certificate number and stays"),
        "kind": _("GOVT, ALL_INDIA or STATE"),
        "official_email": _("the administrator registers with this address"),
        "email_domains": _("officers have their addresses there; several with ; between them"),
        "state_code": _("GST code or name"),
        "jurisdiction_states": _("GST codes or names with ; between them; empty: all India"),
        "notified_on": _("2026-03-27 or 27-03-2026; not after today"),
        "onboard_by": _("last day to register; empty: no end"),
    }

    def said(self, column: str, text: str) -> str:
        """Kinds and states by name; no states are all of them."""
        if column == "kind":
            return str(word(text))
        if column in {"jurisdiction_states", "state_code"}:
            names = [STATES.get(code, code) for code in text.split(", ") if code]
            return ", ".join(names) or (gettext("All India") if column == "jurisdiction_states" else "–")
        return super().said(column, text)

    def would(self, plan: Plan) -> str:
        return str(gettext("Agencies: %(new)s would be added, %(changed)s changed, %(same)s stay as they are.", **_counts(plan)))

    def did(self, plan: Plan) -> str:
        return str(gettext("Agencies: %(new)s added, %(changed)s changed, %(same)s as they were.", **_counts(plan)))

    def untouched(self, plan: Plan) -> str:
        """The agencies that the table does not name; a long list is cut."""
        named = {entry.title for entry in plan.entries}
        codes = [code for code in appendix.codes(db.session) if code not in named]
        listed = ", ".join(codes[:20]) + (" …" if len(codes) > 20 else "")
        return str(gettext("Agencies that are not in the file stay as they are: %(others)s.", others=listed)) if codes else ""


def _counts(plan: Plan) -> dict[str, int]:
    return {"new": len(plan.added), "changed": len(plan.changed), "same": len(plan.unchanged)}
