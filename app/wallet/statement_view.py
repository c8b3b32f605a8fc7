"""The pages of statement and settlement: between two days, on the screen, as CSV and as PDF."""

from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.core.errors import Fault, InvalidInput
from app.infra import current
from app.infra.db import db
from app.wallet import statement as statements
from app.wallet import statement_files as files
from app.wallet import statement_pdf
from app.wallet.statement import LONGEST_SETTLEMENT, LONGEST_STATEMENT, Period
from app.wallet.words import KINDS

SHOWN = 500  # lines on the screen; the files have all


class StatementView(BaseView):
    """Where a firm's money went: each paisa names its certificate."""

    route_base = "/wallet/statement"
    default_view = "open"

    @expose("", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """The page."""
        asked, faults = _asked(LONGEST_STATEMENT)
        told = files.told_of(asked)
        page = self.render_template(
            "wallet/statement.html", title=_("Statement"), told=told, faults=faults, given=_given(told.period), shown=SHOWN,
            kinds=KINDS, firm=request.args.get("firm", ""), hidden=max(0, len(told.lines) - SHOWN),
        )  # fmt: skip
        return page, 422 if faults else 200

    @expose("/statement.csv", methods=["GET"])
    @has_access
    @permission_name("open")
    def table(self) -> Response:
        """The same as a table; amounts in rupees."""
        return files.as_csv(files.asked_statement())

    @expose("/statement.pdf", methods=["GET"])
    @has_access
    @permission_name("open")
    def pdf(self) -> Response:
        """The same to print."""
        told = files.asked_statement()
        return files.to_take_away(
            statement_pdf.draw(told), "application/pdf", f"wallet-{told.firm.iec}-{files.span(told.period)}.pdf"
        )


class SettlementView(BaseView):
    """What the agency earned, by day and office."""

    route_base = "/wallet/settlement"
    default_view = "open"

    @expose("", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """The page."""
        asked, faults = _asked(LONGEST_SETTLEMENT)
        rows = statements.settlement(db.session, current.actor(), asked)
        page = self.render_template(
            "wallet/settlement.html", title=_("Settlement"), rows=rows[:SHOWN], all=rows, faults=faults, given=_given(asked),
            asked=asked, hidden=max(0, len(rows) - SHOWN),
        )  # fmt: skip
        return page, 422 if faults else 200

    @expose("/settlement.csv", methods=["GET"])
    @has_access
    @permission_name("open")
    def table(self) -> Response:
        """The same as a table; amounts in rupees."""
        asked = files.asked_period(LONGEST_SETTLEMENT)
        rows = statements.settlement(db.session, current.actor(), asked)
        head = ["Day", "Agency", "Office", "Fees", "Earned", "Given back", "Net", "GST"]
        return files.table([head, *map(files.earned_row, rows)], f"settlement-{files.span(asked)}.csv")


def _asked(most_days: int) -> tuple[Period, Sequence[Fault]]:
    """The period of the address; the present month and what is wrong, when it is none."""
    try:
        return files.asked_period(most_days), ()
    except InvalidInput as refusal:
        return statements.period("", "", most_days), refusal.faults


def _given(asked: Period) -> dict[str, str]:
    return {"first": asked.first.isoformat(), "last": asked.last.isoformat()}
