"""What the sheet of goods lines says while one types: its script has no words of its own, so that they can be translated."""

from typing import Any

from flask_babel import gettext

from app.applications.goods_columns import COLUMNS
from app.applications.goods_table import TOO_MUCH


def goods_words() -> dict[str, Any]:
    """The columns and the sentences for the script; {0} and {1} are filled in there."""
    columns = [
        {"name": each.name, "label": str(each.label), "head": str(each.head), "holds": each.holds, "codes": each.codes}
        for each in COLUMNS
    ]
    return {"columns": columns, "words": _words()}


def _words() -> dict[str, str]:
    return {
        "cell": gettext("Goods line {0}, {1}"),
        "lines": gettext("{0} lines"),
        "one": gettext("1 line"),
        "total": gettext("Total"),
        "full": gettext("There are {0} lines; no more fit on one certificate."),
        "number": gettext("Write a plain number, such as 18432.00."),
        "whole": gettext("Write a whole number, such as 80."),
        "itc_hs": gettext("The ITC(HS) code has eight digits."),
        "code": gettext("{0} is not in the list. Type a few letters to choose from it."),
        "gross": gettext("The gross weight is less than the net weight."),
        "invoice": gettext("Invoice {0} is not among the invoices above."),
        "bad": gettext("{0} cells to put right: go to the next"),
        "bad_one": gettext("1 cell to put right: go there"),
        "agrees": gettext("Invoice {0}: the lines come to {1}, as the invoice says."),
        "less": gettext("Invoice {0}: the lines come to {1}, that is {2} less than the invoice's {3}."),
        "more": gettext("Invoice {0}: the lines come to {1}, that is {2} more than the invoice's {3}."),
        "open": gettext("Invoice {0}: the lines come to {1}; the invoice's value is not given yet."),
        "unnamed": gettext("Lines without one of the invoices above: {1}."),
        "reading": gettext("Reading…"),
        "much": TOO_MUCH,
        "offline": gettext("The server did not answer, so nothing was changed. Try again in a moment."),
        "choose": gettext("Choose a file first, then press the button again."),
        "taken": gettext("{0} lines of the file are in the sheet. Undo takes them out again."),
        "many": gettext("That would be {0} lines; at most {1} fit on one certificate."),
        "removed": gettext("Line {0} is removed. Undo brings it back."),
        "undone": gettext("Undone."),
        "redone": gettext("Done again."),
        "asked_only": gettext("Only the cells that the officer asked about can be changed; the lines stay as they are."),
        "moved": gettext("The line is now line {0}."),
        "filled": gettext("Copied into {0} lines below."),
    }
