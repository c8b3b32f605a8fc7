"""The generated screens of Flask-AppBuilder, made safe for many tenants in one database.

What stock screens get wrong (each was tried): filters shared between requests, page sizes out of the address, actions and
downloads that skip the row filter, related tabs shown without the right to them. A screen here lists, shows and exports;
it changes rows only where a subclass says so, and moves only through the verbs of the state table.
"""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from flask import Response, abort, flash, g, has_request_context, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.models.sqla.filters import SQLAFilterConverter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.urltools import get_filter_args
from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape
from sqlalchemy import JSON, func
from sqlalchemy.orm import joinedload

from app.core import clock
from app.core.errors import BusinessError, InvalidInput
from app.core.workflow import Move, Workflow
from app.infra import current
from app.infra.db import db, transaction
from app.infra.moves import read_args
from app.infra.picking import Pick
from app.infra.search import choices, word
from app.infra.sentences import translated

COUNT_CAP = 10_000
MAX_PAGE = 100
READ = ["can_list", "can_show", "can_export"]


class Approximate(int):
    """A count that stopped counting."""

    def __str__(self) -> str:
        return f"more than {COUNT_CAP:,}"


class _FoundOnce(SQLAFilterConverter):
    """Which filters a column can have: FAB works it out anew for every column, twice in each request."""

    def convert(self, col_name: str) -> list[Any]:
        known: dict[str, list[Any]] = self.datamodel.filters_of
        if col_name not in known:
            known[col_name] = super().convert(col_name) or []
        return list(known[col_name])


class FastInterface(SQLAInterface):
    """The data of a list in three short statements: a capped count, the ids of the page, the rows with their relations."""

    filter_converter_class = _FoundOnce

    def __init__(self, model: type[Any], joined: tuple[str, ...] = ()) -> None:
        super().__init__(model, db.session)
        self.joined = joined
        self.filters_of: dict[str, list[Any]] = {}

    def is_nullable(self, col_name: str) -> bool:
        """FAB's forms demand every column that is not nullable; one with an empty text as default may be left empty."""
        default = getattr(self.list_columns.get(col_name), "default", None)
        return super().is_nullable(col_name) or getattr(default, "arg", None) == ""

    def get_related_obj(self, col_name: str, value: Any) -> Any:
        """The row a tab belongs to; FAB asks for it in a way SQLAlchemy has given up."""
        return self.session.get(self.get_related_model(col_name), value)

    def query(self, filters: Any = None, order_column: str = "", order_direction: str = "", page: int | None = None,
              page_size: int | None = None, **more: Any) -> Any:  # fmt: skip
        if not page_size:
            return super().query(filters, order_column, order_direction, page, page_size, **more)
        key = self.get_pk()
        base = self.apply_filters(self.session.query(self.obj), filters)
        counted = self.session.query(func.count()).select_from(base.with_entities(key).limit(COUNT_CAP + 1).subquery())
        number = counted.scalar() or 0
        count = Approximate(number) if number > COUNT_CAP else number
        last = max(0, (int(count) - 1) // page_size)
        ordered = self.apply_order_by(base.with_entities(key), order_column or "id", order_direction or "desc")
        ids = [row[0] for row in self.apply_pagination(ordered, min(page or 0, last), page_size)]
        loaded = self.session.query(self.obj).filter(key.in_(ids))
        rows = {row.id: row for row in loaded.options(*[joinedload(getattr(self.obj, name)) for name in self.joined])}
        return count, [rows[identity] for identity in ids if identity in rows]


def show_value(value: Any) -> Any:
    """A value as people read it: India's time, a yes or no, a dash for nothing."""
    if isinstance(value, datetime):
        return clock.stamp(value)
    if isinstance(value, date):
        return clock.day(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "":
        return "–"
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value) or "–"
    return value


def badge(state: Any) -> Markup:
    """A state as a coloured word."""
    return Markup('<span class="state state-{}">{}</span>').format(escape(str(state).lower()), escape(word(state)))


def has_order(data: SQLAInterface, name: str) -> bool:
    """Whether a list can be put in order by this column: one of the table's own, and no JSON, which PostgreSQL cannot order."""
    if not hasattr(data.obj, name) or isinstance(getattr(data.obj, name), property) or data.is_relation(name):
        return False
    return not isinstance(getattr(data.list_columns.get(name), "type", None), JSON)


class Screen(ModelView):
    """A list and a page for each row, read only unless `base_permissions` and the routes say more."""

    base_permissions = READ
    base_order = ("id", "desc")
    page_size = 25
    list_template = "udgam/list.html"
    show_template = "udgam/show.html"
    add_template = "udgam/add.html"
    edit_template = "udgam/edit.html"
    exclude_route_methods = {"add", "edit", "delete", "download", "action", "action_post"}
    state_column = ""
    pickers: tuple[Pick, ...] = ()
    workflow: Workflow | None = None
    verbs: dict[str, Callable[..., Any]] | None = None

    formatters_columns: dict[str, Callable[..., Any]] | None = None

    def __init__(self, **kwargs: Any) -> None:
        if not self.search_columns or not self.list_columns or not self.show_columns:
            raise TypeError(f"{type(self).__name__} must name its list, show and search columns")
        self.order_columns = [name for name in self.list_columns if has_order(self.datamodel, name)]
        names = {*self.list_columns, *self.show_columns}
        own = self.formatters_columns or {}
        few = {name for name in names if choices(self.datamodel.obj, name)}
        self.formatters_columns = {name: own.get(name, word if name in few else show_value) for name in names}
        if self.state_column:
            self.formatters_columns[self.state_column] = badge
        super().__init__(**kwargs)

    # One Filters object per request: FAB keeps one per process, and two users' searches then mix.
    @property
    def _filters(self) -> Any:
        prototype = self.__dict__.get("_prototype")
        if not has_request_context() or prototype is None:
            return prototype
        key = f"_filters_{type(self).__name__}"
        if key not in g:
            fresh = prototype.copy()
            fresh._search_filters = prototype._search_filters
            fresh.clear_filters()
            setattr(g, key, fresh)
        return g.get(key)

    @_filters.setter
    def _filters(self, value: Any) -> None:
        self.__dict__["_prototype"] = value

    def render_template(self, template: str, **kwargs: Any) -> Any:
        """Every template of a screen knows its screen."""
        return super().render_template(template, **({"view": self} | kwargs))

    def update_redirect(self) -> None:
        """No history in the cookie: tabs would overwrite each other's."""

    def get_redirect(self) -> str:
        return url_for(f"{self.endpoint}.list")

    def _get_list_widget(self, filters: Any, actions: Any = None, order_column: str = "", order_direction: str = "",
                         page: int | None = None, page_size: int | None = None, **more: Any) -> Any:  # fmt: skip
        if order_column not in self.order_columns:
            order_column, order_direction = "", ""
        size = min(max(1, int(page_size or self.page_size)), MAX_PAGE)
        return super()._get_list_widget(filters, actions, order_column, order_direction, max(0, int(page or 0)), size, **more)

    def _get_related_views_widgets(self, item: Any, orders: Any = None, pages: Any = None, page_sizes: Any = None,
                                   widgets: Any = None, **args: Any) -> Any:  # fmt: skip
        """Only the tabs whose own list this person may open."""
        mine = [view for view in self._related_views if self.appbuilder.sm.has_access("can_list", view.class_permission_name)]
        all_views, self_widgets = self._related_views, dict(widgets or {})
        self_widgets["related_views"] = [
            self._get_related_view_widget(
                item, view, *(orders or {}).get(type(view).__name__, ("", "")),
                page=(pages or {}).get(type(view).__name__), page_size=(page_sizes or {}).get(type(view).__name__),
            )
            for view in mine
        ]  # fmt: skip
        g.related_views = mine or []
        assert all_views is not None  # noqa: S101  for the type checker; FAB sets it in __init__
        return self_widgets

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """One row with its tabs and the buttons that this person may press in its present state."""
        if not is_id(pk):
            abort(404)
        widgets = self._show(pk)
        item = self.datamodel.get(pk, self._base_filters)
        return self.render_template(
            self.show_template, pk=pk, item=item, title=self.show_heading(item), widgets=widgets,
            related_views=g.get("related_views", []), moves=self.moves_for(item), view=self, extra=self.show_extra(item),
        )  # fmt: skip

    def pickers_for(self) -> list[Pick]:
        """The buttons over the list for rows that were ticked, those that this person may press."""
        return [pick for pick in self.pickers if self.appbuilder.sm.has_access(pick.permission, self.class_permission_name)]

    def show_heading(self, item: Any) -> str:
        """The h1 of a row's page."""
        return str(item)

    def show_extra(self, item: Any) -> dict[str, Any]:
        """What a subclass's template shows besides the columns."""
        return {}

    def moves_for(self, item: Any) -> list[Move]:
        """The moves of the state table for this role and state; also what the role matrix in the tests expects."""
        if self.workflow is None or self.verbs is None:
            return []
        offered = self.workflow.offered(item.status, current.actor().role)
        return [move for move in offered if move.name in self.verbs and move.name != "edit"]

    @expose("/export", methods=["GET"])
    @has_access
    def export(self) -> Response:
        """The list as CSV, with the same filters and the same scope."""
        get_filter_args(self._filters)
        query = self.datamodel.apply_filters(self.datamodel.session.query(self.datamodel.obj), self._filters)
        rows = query.order_by(self.datamodel.get_pk()).yield_per(500)
        name = f"{self.route_base.strip('/')}-{clock.india_today().isoformat()}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        lines = _csv(rows, [*self.list_columns], {name: str(self.label_columns[name]) for name in self.list_columns})
        return Response("".join(lines), mimetype="text/csv; charset=utf-8", headers=headers)


def _csv(rows: Any, columns: list[str], labels: dict[str, str]) -> Iterator[str]:
    """CSV line by line; a cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([labels[name] for name in columns])
    for row in rows:
        writer.writerow([safe_cell(getattr(row, name)) for name in columns])
        if buffer.tell() > 32_768:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def safe_cell(value: Any) -> str:
    """A value for a spreadsheet: never a formula (leading = + - @ tab or return), times as India reads them."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = (
        str(show_value(value))
        if isinstance(value, datetime | date | bool | list | tuple)
        else ""
        if value is None
        else str(value)
    )
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def is_id(text: str) -> bool:
    """Whether this can be the number of a row in either database; a superscript is a digit for Python, and none for us."""
    return text.isascii() and text.isdigit() and int(text) < 2**31


def run_move(view: Screen, pk: int, name: str, given: dict[str, Any]) -> None:
    """Press a button: read what was said, run the verb, commit; a refusal rolls everything back and is raised."""
    if view.workflow is None or view.verbs is None:
        abort(404)
    item = view.datamodel.get(pk, view._base_filters)
    if item is None:
        abort(404)
    move = view.workflow.rows(name)[0]
    with transaction(db.session):
        view.verbs[name](db.session, item, current.actor(), **read_args(move, given))


def flash_refusal(error: BusinessError) -> None:
    """The refusal as the person reads it: each fault a line."""
    for sentence in [fault.message for fault in error.faults] if isinstance(error, InvalidInput) else [error.sentence]:
        flash(translated(sentence), "danger")
