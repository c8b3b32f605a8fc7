"""The officer's page: one row for each question, with the field or paper it is about, the reason, and words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from app.applications.places import LINE, PAPER
from app.core.errors import BusinessError, Fault, InvalidInput

MOST = 20


@dataclass
class Row:
    """A question as it is typed."""

    about: str = ""
    line: str = ""
    reason: str = ""
    text: str = ""
    error: str = ""

    @property
    def empty(self) -> bool:
        """Nothing was said in it."""
        return not (self.about or self.reason or self.text.strip())


def rows(form: MultiDict[str, str], about: Sequence[str] = ()) -> list[Row]:
    """What was typed, or a row for each place that was ticked on the application's page; one empty row to begin with."""
    columns = [form.getlist(f"question-{name}") for name in ("about", "line", "reason", "text")]
    if columns[3]:
        return [Row(*(column[n] if n < len(column) else "" for column in columns)) for n in range(min(len(columns[3]), MOST))]
    return [_row(place) for place in dict.fromkeys(about)][:MOST] or [Row()]


def _row(about: str) -> Row:
    """items[2].itc_hs is «items[#].itc_hs» in the list, and line 3 beside it."""
    found = re.fullmatch(r"(items|invoices|b2b_evidence)\[(\d{1,3})\](\.\w{1,40})?", about, re.ASCII)
    return Row(f"{found[1]}{LINE}{found[3] or ''}", str(int(found[2]) + 1)) if found else Row(about[:80])


def questions(typed: list[Row]) -> list[dict[str, Any]]:
    """The rows in the shape the API takes; empty ones are left out, unless all are."""
    said = [row for row in typed if not row.empty] or typed[:1]
    wrong, asked = [], []
    for number, row in enumerate(said):
        item: dict[str, Any] = {"text": row.text, "reason": row.reason}
        if row.about.startswith(PAPER) and row.about.removeprefix(PAPER).isdecimal():
            item["attachment_id"] = int(row.about.removeprefix(PAPER))
        elif LINE in row.about:
            line = row.line.strip()
            if not (line.isascii() and line.isdigit() and 0 < int(line) <= 999):
                wrong.append(Fault(f"items[{number}].field_path", "Say which line: its number stands before it."))
                continue
            item["field_path"] = row.about.replace(LINE, f"[{int(line) - 1}]")
        elif row.about:
            item["field_path"] = row.about
        asked.append(item)
    if wrong:
        raise InvalidInput(wrong)
    return asked


def place(typed: list[Row], refusal: BusinessError | None) -> None:
    """Put each fault of a refusal into its row."""
    said = [row for row in typed if not row.empty] or typed[:1]
    for fault in refusal.faults if isinstance(refusal, InvalidInput) else ():
        found = re.match(r"items\[(\d+)\]", fault.field)
        if found and int(found[1]) < len(said):
            said[int(found[1])].error = fault.message
