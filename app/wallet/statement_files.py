"""What the address asks for, and statement and settlement as files to take away."""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response, request

from app.core import clock
from app.core.errors import Fault, InvalidInput
from app.infra import current
from app.infra.db import db
from app.infra.screens import is_id, safe_cell
from app.wallet import statement as statements
from app.wallet.statement import LONGEST_STATEMENT, Earned, Line, Period, Statement
from app.wallet.words import KINDS


def asked_statement() -> Statement:
    """The statement that the address asks for; InvalidInput or NotFound."""
    return told_of(asked_period(LONGEST_STATEMENT))


def as_csv(told: Statement) -> Response:
    """A statement as a table to take away; amounts in rupees."""
    return table(statement_rows(told), f"wallet-{told.firm.iec}-{span(told.period)}.csv")


def asked_period(most_days: int) -> Period:
    """The two days of the address; InvalidInput with each fault by its field."""
    return statements.period(request.args.get("first", "").strip(), request.args.get("last", "").strip(), most_days)


def told_of(asked: Period) -> Statement:
    """The statement of the asker's firm, or for DGFT of the one named in the address."""
    named = request.args.get("firm", "")
    if named and not is_id(named):
        raise InvalidInput([Fault("firm", "The firm must be named by its number.")])
    return statements.statement(db.session, current.actor(), int(named) if named else None, asked)


def span(asked: Period) -> str:
    """The two days as a part of a file's name."""
    return f"{asked.first.isoformat()}-{asked.last.isoformat()}"


def statement_rows(told: Statement) -> Iterable[Sequence[str]]:
    yield ["When", "What", "Application", "Certificate", "Note", "In", "Out", "Set aside", "Balance", "Reference"]
    yield ["", "Opening balance", "", "", "", "", "", _rupees(told.opening_aside_paise), _rupees(told.opening_paise), ""]
    yield from (_row(line) for line in told.lines)
    sums = [_rupees(told.in_paise), _rupees(told.out_paise), _rupees(told.closing_aside_paise), _rupees(told.closing_paise)]
    yield ["", "Closing balance", "", "", "", *sums, ""]


def _row(line: Line) -> Sequence[str]:
    words = (clock.stamp(line.at), KINDS.get(line.kind, line.kind), line.application, line.certificate, line.note)
    figures = (max(line.amount_paise, 0), max(-line.amount_paise, 0), line.aside_paise, line.balance_paise)
    return [*(safe_cell(str(word)) for word in words), *(_rupees(paise) for paise in figures), safe_cell(line.reference)]


def earned_row(row: Earned) -> Sequence[str]:
    """One line of the settlement."""
    figures = (row.fee_paise, row.refund_paise, row.net_paise, row.gst_paise)
    return [
        row.day.isoformat(),
        safe_cell(row.agency),
        safe_cell(row.office),
        str(row.fees),
        *(_rupees(paise) for paise in figures),
    ]


def _rupees(paise: int) -> str:
    """Rupees and paise as a spreadsheet adds them up; made from whole numbers, and a minus is a number's."""
    return f"{'-' if paise < 0 else ''}{abs(paise) // 100}.{abs(paise) % 100:02d}"


def table(rows: Iterable[Sequence[str]], name: str) -> Response:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return to_take_away(text.getvalue(), "text/csv; charset=utf-8", name)


def to_take_away(content: str | bytes, kind: str, name: str) -> Response:
    """A file under this name."""
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
