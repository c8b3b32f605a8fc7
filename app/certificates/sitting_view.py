"""The officer's bulk sittings: what goes and what does not, one press, then how far it is and what became of each row."""

import csv
import io
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.applications.models import Application
from app.audit.models import AuditEvent
from app.certificates import sitting
from app.certificates.models import Certificate
from app.certificates.sitting_models import Sitting, SittingRow
from app.certificates.sitting_rules import SITTING_LIFE, RowState, SittingKind, SittingStatus
from app.core.errors import BusinessError, WrongState
from app.core.workflow import Move
from app.infra import current
from app.infra.db import db, transaction
from app.infra.movable import Movable
from app.infra.screens import FastInterface, flash_refusal, is_id, safe_cell
from app.infra.search import word

A_PAGE = 50
MOST_REASONS = 20
MADE_AT_ONCE = ("pause", "resume", "retry")  # nothing is to be said and nothing is lost: the button does it
KINDS = {"APPROVE": _("Approve"), "TAKE_UP": _("Take up and approve"), "SIGN": _("Sign again")}


def called(kind: Any) -> str:
    """A kind of sitting as its button has it."""
    return str(KINDS.get(kind, kind))


class SittingView(Movable):
    """What an officer decided on at once: each sitting, and every row of it."""

    route_base = "/sittings"
    datamodel = FastInterface(Sitting)
    list_title = _("Sittings")
    list_columns = ["id", "kind", "status", "total", "done", "refused", "failed", "officer_name", "started_at", "ended_at"]
    show_columns = [*list_columns, "reason", "skipped"]
    search_columns = ["kind", "status", "officer_name"]
    show_template = "certificates/sitting.html"
    state_column = "status"
    formatters_columns = {"kind": called}
    workflow, verbs = SITTING_LIFE, sitting.SITTING_VERBS
    label_columns = {
        "id": _("No."), "kind": _("What is done"), "status": _("Status"), "total": _("Applications"), "done": _("Done"),
        "refused": _("Refused"), "failed": _("Failed"), "skipped": _("Skipped"), "officer_name": _("Officer"),
        "started_at": _("Started"), "ended_at": _("Ended"), "reason": _("Reason"),
    }  # fmt: skip

    def show_heading(self, item: Sitting) -> str:
        number = gettext("Sitting %(number)s", number=item.id)
        return f"{called(item.kind)}: {number}"

    def moves_for(self, item: Sitting) -> list[Move]:
        """Only the officer whose it is moves it; trying again is offered where there is something to try."""
        if item.user_id != current.actor().user_id:
            return []
        offered = [move for move in super().moves_for(item) if move.name != "start"]
        return [move for move in offered if move.name != "retry" or item.refused + item.failed]

    def show_extra(self, item: Sitting) -> dict[str, Any]:
        """Its rows, a page of them at a time, the reasons in sum, and where what was done stands now."""
        usual = {"PREVIEW": "WAITING" if item.total else "SKIPPED", "RUNNING": "NONE"}.get(item.status, "")
        asked = request.args.get("rows", usual)
        state = RowState(asked) if asked in list(RowState) else None
        number, rows = _rows(item, state) if asked != "NONE" else (0, [])  # while it runs, a list would be old at once
        return super().show_extra(item) | {
            "rows": rows, "listed": asked != "NONE", "rows_state": state, "rows_count": number,
            "rows_page": _page_of(number), "rows_size": A_PAGE,
            "reasons": _reasons(item), "now": _now(item), "kind": called(item.kind), "at_once": MADE_AT_ONCE,
            "mine": item.user_id == current.actor().user_id, "history": _history(item),
        }  # fmt: skip

    def _item(self, pk: int) -> Sitting:
        item = self.datamodel.get(pk, self._base_filters) if pk < 2**31 else None
        if item is None:
            abort(404)
        found: Sitting = item
        return found

    @expose("/start/<int:pk>", methods=["POST"])
    @has_access
    @permission_name("move")
    def start(self, pk: int) -> Any:
        """The confirmation; pressed again it leads to the sitting that the first press has started."""
        item = self._item(pk)
        ticked = bool(request.form.get("origin_criteria_checked"))
        if item.kind != SittingKind.SIGN and not ticked:
            flash(gettext("Tick this to go on."), "danger")
        elif item.status == SittingStatus.PREVIEW:
            try:
                with transaction(db.session):
                    sitting.start(db.session, item, current.actor(), origin_criteria_checked=ticked)
            except WrongState:
                db.session.rollback()  # the twin of this press was faster
            except BusinessError as refusal:
                flash_refusal(refusal)
        return redirect(url_for("SittingView.show", pk=pk))

    @expose("/state/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def state(self, pk: int) -> Response:
        """How far it is, as figures for the page's script."""
        item = self._item(pk)
        figures = {name: getattr(item, name) for name in ("status", "total", "done", "refused", "failed", "skipped")}
        return jsonify(figures | {"waiting": item.total - item.gone_through})

    @expose("/report/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def report(self, pk: int) -> Response:
        """Every row with what became of it and where it stands now, as CSV."""
        item = self._item(pk)
        headers = {"Content-Disposition": f'attachment; filename="sitting-{item.id}.csv"'}
        return Response(_report(item), mimetype="text/csv; charset=utf-8", headers=headers)


def _page_of(number: int) -> int:
    said = request.args.get("page", "0")
    return min(int(said), max(0, (number - 1) // A_PAGE)) if is_id(said) else 0


def _rows(item: Sitting, state: RowState | None) -> tuple[int, list[tuple[SittingRow, Application | None]]]:
    """How many rows stand so, and a page of them with their applications as far as this person sees them."""
    query = select(SittingRow).where(SittingRow.sitting_id == item.id)
    query = query.where(SittingRow.state == state) if state else query
    number = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(SittingRow.office_id, SittingRow.id).offset(_page_of(number) * A_PAGE).limit(A_PAGE)
    rows = db.session.scalars(ordered).all()
    about = select(Application).where(Application.id.in_([row.application_id for row in rows]))
    found = {row.id: row for row in db.session.scalars(about)}
    return number, [(row, found.get(row.application_id)) for row in rows]


def _reasons(item: Sitting) -> list[Any]:
    """Why rows did not go or were not done, the most frequent reason first: (sentence, state, how many)."""
    number = func.count()
    query = select(SittingRow.sentence, SittingRow.state, number).where(
        SittingRow.sitting_id == item.id, SittingRow.sentence != ""
    )
    return list(
        db.session.execute(query.group_by(SittingRow.sentence, SittingRow.state).order_by(number.desc()).limit(MOST_REASONS))
    )


def _now(item: Sitting) -> dict[str, int]:
    """Where the applications that were done stand now: (status: how many)."""
    done = select(SittingRow.application_id).where(SittingRow.sitting_id == item.id, SittingRow.state == RowState.DONE)
    query = select(Application.status, func.count()).where(Application.id.in_(done)).group_by(Application.status)
    return dict(db.session.execute(query).all())


def _history(item: Sitting) -> list[AuditEvent]:
    """Its events; they belong to no office, so an officer sees them by seeing the sitting."""
    about = select(AuditEvent).where(AuditEvent.object_kind == Sitting.__tablename__, AuditEvent.object_id == item.id)
    return list(db.session.scalars(about.order_by(AuditEvent.id), execution_options={"unscoped": True}))


def _report(item: Sitting) -> str:
    """The report's text; a cell that a spreadsheet would take for a formula is made harmless."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([str(head) for head in (_("Number"), _("Result"), _("Reason"), _("Status"), _("Certificate"), _("Exporter"))])
    mine = select(SittingRow).where(SittingRow.sitting_id == item.id).order_by(SittingRow.office_id, SittingRow.id)
    rows = db.session.scalars(mine).all()
    ids = [row.application_id for row in rows]
    facts = select(Application.id, Application.status, Application.exporter_name).where(Application.id.in_(ids))
    found = {row.id: row for row in db.session.execute(facts)}
    living = select(Certificate.live_application_id, Certificate.number).where(Certificate.live_application_id.in_(ids))
    numbers = dict(db.session.execute(living).all())
    for row in rows:
        about = found.get(row.application_id)
        cells = (row.number, word(row.state), row.sentence, word(about.status) if about else "",
                 numbers.get(row.application_id, ""), about.exporter_name if about else "")  # fmt: skip
        table.writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()
