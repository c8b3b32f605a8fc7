"""Rows picked on a list, one by one or all that match its search, as the list's own rules let this person see them."""

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_appbuilder.urltools import get_filter_args

from app.core.errors import BusinessError


@dataclass(frozen=True, slots=True)
class Pick:
    """A button over a list: what it says, and where the picked rows are posted."""

    label: Any
    endpoint: str
    permission: str
    tone: str = "default"


def picked(view: Any, most: int) -> list[int]:
    """The ids of the posted rows (`pick`), or of all rows that the address's search finds (`all`), in the list's order.

    BusinessError when there are none, or more than `most`. Ids that this person may not see are not among them.
    """
    get_filter_args(view._filters)
    key = view.datamodel.get_pk()
    query = view.datamodel.apply_filters(view.datamodel.session.query(key), view._filters.get_joined_filters(view._base_filters))
    if not request.form.get("all"):
        query = query.filter(key.in_(_ticked(most)))
    column, direction = view.base_order
    ordered = view.datamodel.apply_order_by(query, column, direction).limit(most + 1)
    found = [row[0] for row in ordered]
    if not found:
        raise BusinessError("Nothing was picked. Tick the rows first, or choose all that match.")
    if len(found) > most:
        raise BusinessError(f"More than {most:,} rows match. Narrow the search, or tick fewer rows.")
    return found


def _ticked(most: int) -> list[int]:
    said = request.form.getlist("pick")
    if len(said) > most:
        raise BusinessError(f"More than {most:,} rows were ticked. Do it in parts.")
    return [int(text) for text in said if text.isascii() and text.isdigit() and len(text) < 10]
