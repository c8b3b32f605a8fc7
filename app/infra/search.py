"""The search form of a list without any script: a field for each search column, a pick list where values are few."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import current_app, request, url_for
from flask_appbuilder.models.sqla.filters import FilterContains, FilterEqual
from flask_babel import gettext
from sqlalchemy import CheckConstraint

from app.core.workflow import words
from app.infra.codes import countries
from app.infra.words import CALLED


@dataclass(frozen=True, slots=True)
class SearchField:
    """One field of the form: its name in the address, and what it may hold (any text when there are no options)."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]]


@cache
def choices(model: Any, column: str) -> tuple[str, ...]:
    """The only values the database takes in this column, out of its CHECK constraint; none when it takes any text."""
    pattern = re.compile(rf"{re.escape(column)} IN \(([^)]*)\)")
    for constraint in model.__table__.constraints:
        if isinstance(constraint, CheckConstraint) and (found := pattern.fullmatch(str(constraint.sqltext))):
            return tuple(re.findall(r"'([^']*)'", found[1]))
    return ()


def word(value: Any) -> str:
    """A value out of such a list as people read it, in their language."""
    return gettext(CALLED.get(str(value)) or words(str(value)).capitalize()) if value else "–"


def options(model: Any, column: str) -> list[tuple[str, str]]:
    """The pick list of a column: its few values, or the countries."""
    if column.endswith("_country"):
        return sorted(countries().items(), key=lambda country: country[1])
    return [(value, word(value)) for value in choices(model, column)]


def search_fields(view: Any) -> list[SearchField]:
    """The fields of a screen's search form, filled with what the address says."""
    return [_field(view, column) for column in view.search_columns]


def _field(view: Any, column: str) -> SearchField:
    picks = options(view.datamodel.obj, column)
    name = _argument(view, column, exact=bool(picks))
    return SearchField(name, str(view.label_columns[column]), request.args.get(name, ""), picks)


def _argument(view: Any, column: str, *, exact: bool) -> str:
    """The name under which FAB reads a filter: its place among the filters of the column's type, and the column."""
    kinds = [type(each) for each in view._filters.get_search_filters()[column]]
    wanted = FilterEqual if exact or FilterContains not in kinds else FilterContains
    return f"_flt_{kinds.index(wanted)}_{column}"


def list_url(screen: str, **equal: str) -> str:
    """The address of a screen's list with these columns at these values."""
    view = next(each for each in current_app.appbuilder.baseviews if type(each).__name__ == screen)  # type: ignore[attr-defined]  # FAB hangs itself on the app
    arguments: dict[str, Any] = {_argument(view, column, exact=True): value for column, value in equal.items()}
    return url_for(f"{screen}.list", **arguments)
