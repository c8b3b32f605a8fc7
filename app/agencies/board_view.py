"""Coming aboard on the screen: the administrator's checklist, DGFT's board of all agencies, and the board as a file."""

import csv
import io
from typing import Any

from flask import Response, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from app.agencies import readiness
from app.agencies.readiness import Need, Readiness, Step
from app.core import clock
from app.core.actor import Role
from app.infra import current
from app.infra.db import db
from app.infra.screens import safe_cell

# What is needed, in two words, and the sentence for whoever must see to it.
TITLES: dict[Need, Any] = {
    Need.ADMINISTRATOR: _("Administrator"),
    Need.OFFICE: _("An office"),
    Need.OFFICER: _("An officer"),
    Need.LIVE: _("Live"),
    Need.STAMP: _("Stamp"),
    Need.STAFFED: _("Officer mapped"),
    Need.ACCOUNT: _("Account active"),
    Need.MAPPED: _("Mapped to an office"),
    Need.SIGNATURE: _("Signature image"),
    Need.DSC: _("Digital signature certificate"),
}
MISSING: dict[Need, Any] = {
    Need.ADMINISTRATOR: _("No administrator is active: DGFT activates one who has registered."),
    Need.OFFICE: _("There is no active office: add one in Office Management."),
    Need.OFFICER: _("No officer is active: ask one to register, then activate the account in User Management."),
    Need.LIVE: _("The agency takes no filings yet: press «Go live»."),
    Need.STAMP: _("No stamp: upload the stamp of this office."),
    Need.STAFFED: _("No active officer is mapped to this office: map one in User Management."),
    Need.ACCOUNT: _("The request waits: look at it, then activate or reject it."),
    Need.MAPPED: _("Not mapped to an active office: map this officer to one."),
    Need.SIGNATURE: _("No signature image: upload one for this officer."),
    Need.DSC: _("No valid digital signature certificate: the officer registers one after signing in."),
}
LATER: dict[Need, Any] = {
    Need.LIVE: _("The agency takes no filings yet. It can go live as soon as one office is complete."),
    Need.MAPPED: _("Mapping to an office comes after activation."),
    Need.SIGNATURE: _("The signature image comes after activation."),
    Need.DSC: _("The digital signature certificate comes after activation."),
}
STOPPED = {
    "SUSPENDED": _("The agency is suspended by DGFT and takes no filings."),
    "DELISTED": _("The agency is de-listed and takes no filings."),
}


def said(step: Step, status: str = "") -> Any:
    """What is missing in this step, with the cure; or that a certificate which is still valid ends soon."""
    if step.done:
        return _ends_soon(step.days or 0)
    if step.need is Need.LIVE and status in STOPPED:
        return STOPPED[status]
    return LATER[step.need] if step.later and step.need in LATER else MISSING[step.need]


def _ends_soon(days: int) -> str:
    return str(
        ngettext(
            "The digital signature certificate ends in %(num)s day: renew it and register the new one.",
            "The digital signature certificate ends in %(num)s days: renew it and register the new one.",
            days,
        )
    )


def window(row: Readiness) -> str:
    """How long the agency's people may still register; empty when nothing ends."""
    if row.days_left is None or row.last_day is None:
        return ""
    if row.days_left < 0:
        return str(_("The time to come aboard ended on %(day)s: ask DGFT for more.", day=clock.day(row.last_day)))
    left = ngettext("%(num)s day left", "%(num)s days left", row.days_left)
    return str(_("%(left)s to come aboard, until %(day)s.", left=left, day=clock.day(row.last_day)))


def cure(step: Step) -> str:
    """The page where this step is done; empty when it is done elsewhere."""
    if step.need is Need.LIVE:
        return "" if step.later or step.pk is None else f"/agencies/move/{step.pk}/go_live"
    if step.need is Need.OFFICE:
        return url_for("OfficeView.add")
    if step.need in (Need.STAMP, Need.SIGNATURE) and step.pk is not None:
        return url_for("StudioView.office" if step.need is Need.STAMP else "StudioView.officer", pk=step.pk)
    if step.pk is not None:
        return url_for("OfficeView.show" if step.need is Need.STAFFED else "OfficerView.show", pk=step.pk)
    return url_for("OfficerView.list") if step.need is Need.OFFICER else ""


WORDS: dict[str, Any] = {"said": said, "cure": cure, "window": window, "titles": TITLES}


class OnboardingView(BaseView):
    """Coming aboard: one's own agency for an administrator, all of them for DGFT."""

    route_base = "/onboarding"
    default_view = "open"

    @expose("/", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """The checklist, or the board."""
        actor = current.actor()
        if actor.role is Role.SUPERVISOR:
            order, descending = asked()
            rows = readiness.board(db.session, actor, order, descending=descending)
            return self.render_template(
                "agencies/board.html", title=_("Agencies coming aboard"), rows=rows, order=order, descending=descending, **WORDS
            )
        row = readiness.checklist(db.session, actor)
        return self.render_template("agencies/checklist.html", title=_("Ready to issue?"), row=row, **WORDS)

    @expose("/export", methods=["GET"])
    @has_access
    @permission_name("export")
    def table(self) -> Response:
        """The board for a spreadsheet, in the order of the page."""
        order, descending = asked()
        rows = readiness.board(db.session, current.actor(), order, descending=descending)
        saved_as = f'attachment; filename="onboarding-{clock.india_today().isoformat()}.csv"'
        return Response(as_csv(rows), mimetype="text/csv; charset=utf-8", headers={"Content-Disposition": saved_as})


def asked() -> tuple[str, bool]:
    """The order that the address asks for; anything else is the usual one."""
    order = request.args.get("order", "")
    return (order if order in readiness.ORDERS else "status"), request.args.get("direction") == "desc"


def as_csv(rows: list[Readiness]) -> str:
    """One line for each agency, with everything that is missing in its last cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    heads = (_("Code"), _("Agency"), _("Status"), _("Per cent"), _("Offices complete"), _("Offices"), _("Officers complete"),
             _("Officers"), _("Last day"), _("Days left"), _("Missing"))  # fmt: skip
    writer.writerow([str(head) for head in heads])
    for row in rows:
        missing = " ".join(f"{step.of}: {said(step, row.status)}" for step in row.missing)
        cells = (row.code, row.name, row.status, row.percent, *row.figures, row.last_day, row.days_left, missing)
        writer.writerow([safe_cell(cell) for cell in cells])
    return text.getvalue()
