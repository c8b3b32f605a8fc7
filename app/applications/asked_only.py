"""The whole form while a query is open: the questions, and everything that none of them frees as it was submitted, to be read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from wtforms import FieldList

from app.applications import marks, payload
from app.applications.checks import MINIMAL_OPERATIONS
from app.applications.filing import FilingSchema
from app.applications.form_filing import fill_in, typed
from app.applications.forms import LISTS, FilingForm
from app.applications.goods_columns import NAMES
from app.applications.goods_field import GoodsField
from app.applications.models import Application
from app.applications.places import ROWS, name_of, question_about
from app.applications.rules import Status
from app.core.errors import Fault

PAGE_PAPERS = {"INVOICE", "PACKING_LIST"}  # the papers that the form takes


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page says besides: lists that may not grow or shrink and papers that may not come in, the questions (about what,
    text), and the fields that were typed into and stand there again as they were submitted."""

    locked: set[str] = field(default_factory=set)
    questions: list[tuple[str, str]] = field(default_factory=list)
    put_back: list[str] = field(default_factory=list)


def only_asked(form: FilingForm, application: Application | None) -> Asked:
    """Make the form one that can be typed into only where the officer asked; nothing happens while no query is open.

    What was typed elsewhere, in another window or before it was submitted, is put back: nobody could change it on this page, and
    the rules would refuse it at every save.
    """
    if application is None or application.status != Status.QUERY_RAISED:
        return Asked()
    filing = payload.filing(application)
    free, open_questions = marks.freed(application, filing), marks.open_questions(application)
    put_back = list(_put_back(form, filing, free))
    about = [(item["field_path"], item["text"]) for item in open_questions if item.get("field_path")]
    for path, each in _leaves(form):
        asked = [text for mark, text in about if marks.is_free(path, {mark})]
        if isinstance(each, GoodsField):  # the sheet has no place beside a cell: its questions stand above it
            asked = [f"{name_of(mark)}: {text}" for mark, text in about if mark.startswith("items")]
            each.free = _free_cells(len(each.data), free)
        if asked:
            each.description = " ".join(asked)
        if not marks.is_free(path, free):
            each.render_kw = {**(each.render_kw or {}), "readonly": True}
    locked = {name for name in ROWS if not marks.is_free(name, free)} | marks.unasked(application, PAGE_PAPERS)
    return Asked(locked, [(question_about(item, application), item["text"]) for item in open_questions], put_back)


def to_say(application: Application | None, faults: Iterable[Fault]) -> list[Fault]:
    """The faults that the page still has to say: a change that was not asked for is put back, and needs no other cure."""
    shown = application is not None and application.status == Status.QUERY_RAISED
    return [fault for fault in faults if not (shown and fault.message.startswith(marks.NOT_ASKED))]


def _put_back(form: FilingForm, filing: dict[str, Any], free: set[str]) -> Iterator[str]:
    """Show what no question frees as it was submitted; the names of what was otherwise."""
    stored = FilingForm(formdata=None)
    fill_in(stored, filing, 0)
    for name, (rows_of, _most) in LISTS.items():
        if not marks.is_free(name, free) and _as_many(rows_of(form), rows_of(stored)):
            yield str(rows_of(form).label.text)
    kept = dict(_leaves(stored))
    for path, each in _leaves(form):
        if isinstance(each, GoodsField):
            if _goods_back(each, kept[path], free):
                yield str(each.label.text)
        elif path in kept and not marks.is_free(path, free) and typed(each) != typed(kept[path]):
            each.data, each.raw_data, each.errors = kept[path].data, None, []
            yield str(each.label.text)


def _as_many(rows: FieldList, stored: FieldList) -> bool:
    """As many rows as were submitted; whether there were more or fewer."""
    differs = len(rows.entries) != len(stored.entries)
    while len(rows.entries) > len(stored.entries):
        rows.pop_entry()
    while len(rows.entries) < len(stored.entries):
        rows.append_entry(stored.entries[len(rows.entries)].data)
    return differs


def _goods_back(goods: GoodsField, stored: GoodsField, free: set[str]) -> bool:
    """The lines as they were submitted, but for the cells that a question frees; whether any was otherwise."""
    cells = _free_cells(len(stored.data), free)
    if cells is None:
        return False
    before, goods.unread = goods.filled(), ""
    goods.data = [
        {name: before[index][name] if (index, name) in cells and index < len(before) else line[name] for name in NAMES}
        for index, line in enumerate(stored.data)
    ]
    goods.faults = {cell: told for cell, told in goods.faults.items() if cell in cells}
    return [_plain(line) for line in before] != [_plain(line) for line in goods.data]


def _plain(line: dict[str, str]) -> dict[str, str]:
    return {name: text.replace("\r\n", "\n").strip() for name, text in line.items()}


def _free_cells(lines: int, free: set[str]) -> set[tuple[int, str]] | None:
    """The cells of the goods lines that a question frees; None when it frees all lines."""
    if marks.is_free("items", free):
        return None
    return {(index, name) for index in range(lines) for name in NAMES if marks.is_free(f"items[{index}].{name}", free)}


def _leaves(form: FilingForm) -> Iterator[tuple[str, Any]]:
    """Every field of the form with its path in the filing."""
    for name, each in form._fields.items():
        if name == "items":
            yield name, each
        elif name in ROWS:
            for index, entry in enumerate(each.entries):
                yield from ((f"{name}[{index}].{inner.short_name}", inner) for inner in entry.form)
        elif name == "consignee":
            yield from ((f"consignee.{inner.short_name}", inner) for inner in each.form)
        elif name in MINIMAL_OPERATIONS:
            yield f"minimal_operations.{name}", each
        elif name in FilingSchema().fields:
            yield name, each
