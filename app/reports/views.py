"""The supervisor's charts: figures, three charts with their tables, and each table as a file for a spreadsheet."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, make_response, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.core import clock
from app.infra import current
from app.infra.db import db
from app.infra.problems import refuse
from app.infra.screens import safe_cell
from app.reports import charts, queries
from app.reports.queries import Series

PERIODS = (7, 30, 90)
# A picture opened by itself needs its own style and nothing else.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Chart:
    """What is asked, how it is drawn, its usual period (None: as things stand now), and how it was counted."""

    ask: Callable[..., Series]
    draw: Callable[[Series, int], str]
    usual: int | None
    counted: Any
    empty: Any

    def period(self, chosen: int | None) -> int | None:
        """The days this chart covers when the person chose a period, or none."""
        return (chosen or self.usual) if self.usual else None

    def series(self, chosen: int | None) -> Series:
        """The numbers, as the person of this request may see them."""
        days = self.period(chosen)
        return self.ask(db.session, current.actor(), *([days] if days else []))


CHARTS = {
    "per-day": Chart(
        queries.per_day, charts.columns, 30,
        _("By the date printed on the certificate. Those superseded or revoked later are counted: they were issued."),
        _("No certificate was issued in this period."),
    ),
    "per-agency": Chart(
        queries.per_agency, charts.bars, 90,
        _("By the agency that issued. Those superseded or revoked later are counted: they were issued."),
        _("No agency issued a certificate in this period."),
    ),
    "pending-by-age": Chart(
        queries.pending_by_age, charts.bars, None,
        _("Applications submitted and neither issued nor closed, by days since they were first submitted."),
        _("No application is waiting."),
    ),
}  # fmt: skip


class ReportView(BaseView):
    """Charts and figures for the Directorate."""

    route_base = "/reports"
    default_view = "open"

    @expose("/", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """The page: figures, then each chart beside its table."""
        days = chosen_days()
        shown = [(name, chart, chart.series(days), chart.period(days)) for name, chart in CHARTS.items()]
        return self.render_template(
            "reports/report.html", title=_("Charts"), shown=shown, days=days, periods=PERIODS, grouped=charts.grouped,
            figures=queries.figures(db.session, current.actor(), days or 30), hours=hours, over=days or 30,
        )  # fmt: skip

    @expose("/chart/<string:name>.svg", methods=["GET"])
    @has_access
    @permission_name("open")
    def chart(self, name: str) -> Response:
        """One chart as a picture; `width=narrow` draws it for a telephone."""
        return _answer(name, _picture)

    @expose("/data/<string:name>.csv", methods=["GET"])
    @has_access
    @permission_name("open")
    def data(self, name: str) -> Response:
        """One chart's numbers for a spreadsheet."""
        return _answer(name, _table)


def chosen_days() -> int | None:
    """The period chosen in the address; None when none was; any other is refused with a sentence."""
    text = request.args.get("days")
    if text is None:
        return None
    if text not in {str(days) for days in PERIODS}:
        abort(make_response(refuse(400, str(_("Choose a period of 7, 30 or 90 days.")))))
    return int(text)


def hours(value: float | None) -> str:
    """A time as people say it: hours up to two days, then days."""
    if value is None:
        return "–"
    return str(_("%(n)s hours", n=f"{value:.1f}") if value < 48 else _("%(n)s days", n=f"{value / 24:.1f}"))


def _answer(name: str, make: Callable[[str, Chart, Series], Response]) -> Response:
    if name not in CHARTS:
        abort(404)
    return make(name, CHARTS[name], CHARTS[name].series(chosen_days()))


def _picture(_name: str, chart: Chart, series: Series) -> Response:
    width = charts.NARROW if request.args.get("width") == "narrow" else charts.WIDE
    headers = {"Content-Security-Policy": PICTURE_POLICY}
    return Response(chart.draw(series, width), mimetype="image/svg+xml", headers=headers)


def _table(name: str, _chart: Chart, series: Series) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([safe_cell(series.label_x), safe_cell(series.label_y)])
    writer.writerows([safe_cell(label), safe_cell(number)] for label, number in series.rows)
    saved_as = f'attachment; filename="{name}-{clock.india_today().isoformat()}.csv"'
    return Response(text.getvalue(), mimetype="text/csv", headers={"Content-Disposition": saved_as})
