"""Between the page and the filing: show a filing in the form, read it back whole, and put each fault beside its field."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, Field, FieldList, Form, FormField

from app.applications.checks import MINIMAL_OPERATIONS
from app.applications.filing import FilingSchema, read
from app.applications.forms import LISTS, FilingForm, Lines
from app.applications.goods_field import GoodsField
from app.core.errors import Fault, InvalidInput
from app.infra.sentences import translated

WHOLE = frozenset({"package_count", "transport_mode", "branch_id"})  # whole numbers in the API, words on the page


def fill_in(form: FilingForm, filing: dict[str, Any], version: int) -> None:
    """Show an existing filing in the form (a fresh form, before anything was posted)."""
    form.version.data = str(version)
    form["items"].show(filing.get("items", []))
    for name, value in filing.items():
        if name in LISTS:
            rows = LISTS[name][0](form)
            while rows.entries:
                rows.pop_entry()
            for row in value or [{}] * rows.min_entries:
                rows.append_entry(_shown(row))
        elif name == "consignee":
            form.consignee.process(None, data=value)
        elif name in form and name not in {"office", "items"}:
            form[name].process(None, data=_shown({name: value})[name])
    form.office.data = f"{filing.get('agency', '')}/{filing.get('office', '')}".strip("/")
    for code in MINIMAL_OPERATIONS:
        form[code].data = filing.get("minimal_operations", {}).get(code) == "goes beyond"


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Values as form fields hold them: dates as dates, numbers as text, lists line by line."""

    def show(name: str, value: Any) -> Any:
        if name == "date" or name.endswith("_date"):
            return _day(value)
        if isinstance(value, list):
            return "\n".join(value)
        return value if isinstance(value, bool) or value is None else str(value)

    return {name: show(name, value) for name, value in row.items()}


def _day(value: Any) -> date | None:
    """A day; one that a template has kept as it was typed, and that is none, is left empty."""
    with suppress(ValueError):
        return date.fromisoformat(value) if value else None
    return None


# What a post says about the window or the moment, not about the application.
_NOT_SAID = frozenset({
    "csrf_token", "kept_version", "kept_window", "kept_paper", "add_row", "remove_row", "remove_paper", "forget_paper",
    "template_name", "template", "look_only",
})  # fmt: skip


def said(posted: MultiDict[str, str]) -> dict[str, list[str]]:
    """Every word of a post as it came, to be kept and shown again: complete or not, right or wrong."""
    return {name: values for name, values in posted.lists() if name not in _NOT_SAID}


def as_filing(form: FilingForm, stored: dict[str, Any] | None = None) -> dict[str, Any]:
    """The form's words in the shape of the API: one door for both; `stored` is the filing the page was made from.

    The names come from the filing's schema, so that none can be forgotten here.
    """
    agency, _slash, office = (form.office.data or "/").partition("/")
    ours = {"agency": agency, "office": office, "minimal_operations": _operations(form, (stored or {}))}
    filing = {name: ours[name] if name in ours else _said(form, name) for name in FilingSchema().fields}
    return {name: value for name, value in filing.items() if value is not None}


def _operations(form: FilingForm, stored: dict[str, Any]) -> dict[str, str]:
    """A tick means «goes beyond»; no tick means «does not» where the question was put at all."""
    asked, before = form.imported_inputs_used.data, stored.get("minimal_operations", {})
    return {
        code: "goes beyond" if form[code].data else "does not"
        for code in MINIMAL_OPERATIONS
        if asked or form[code].data or before.get(code) == "does not"
    }


def _said(form: FilingForm, name: str) -> Any:
    if name == "items":
        return _goods(form["items"])
    if name in LISTS:
        return [_row(entry.form) for entry in LISTS[name][0](form).entries]
    return _row(form.consignee.form) if name == "consignee" else typed(form[name])


def _goods(field: GoodsField) -> list[dict[str, Any]]:
    """The goods lines; empty cells are left out, so that the filing rules say what is missing."""
    if field.unread:
        raise InvalidInput([Fault("items", field.unread)])
    lines = ({name: text.strip() for name, text in line.items()} for line in field.filled())
    return [{name: _whole(text) if name in WHOLE else text for name, text in line.items() if text} for line in lines]


def _row(form: Form) -> dict[str, Any]:
    row = {field.short_name: typed(field) for field in form}
    return {name: value for name, value in row.items() if value is not None}


def typed(field: Any) -> Any:
    """The field's word, None when it is empty; what cannot be read is passed on as typed, so that the filing rules name it."""
    if isinstance(field, DateField):
        return field.data.isoformat() if field.data else (field.raw_data or [None])[0] or None
    if isinstance(field, BooleanField):
        return bool(field.data)
    text = (field.data or "").strip()
    if isinstance(field, Lines):
        return [line.strip() for line in re.split(r"[\n,;]", text) if line.strip()]
    return (_whole(text) if field.short_name in WHOLE else text) if text else None


def _whole(text: str) -> int | str:
    """A whole number, leading zeros and all; anything else as it is."""
    return int(text) if text.isdecimal() and len(text) <= 300 else text


class Mark(NamedTuple):
    """A fault as the top of the page lists it: the id of its field, or nothing; the sentence; and what stands at the field."""

    target: str
    sentence: str
    message: str


def place_faults(form: FilingForm, faults: Iterable[Fault]) -> list[Mark]:
    """Put each fault beside its field; returns them all, so that the page can list them and lead to each."""
    marks = []
    for fault in faults:
        message = translated(fault.message)
        if cell := re.fullmatch(r"items\[(\d{1,6})\]\.(\w+)", fault.field):
            placed = form["items"].place(int(cell[1]), cell[2], fault.message)
            marks.append(Mark(*placed) if placed else Mark("", message, message))
            continue
        field, where = _find(form, fault.field), ""
        if field is None or isinstance(field, FieldList | FormField | GoodsField):
            marks.append(Mark("", message, message))
            continue
        if isinstance(field, Lines) and (line := re.search(r"\[(\d+)\]$", fault.field)):
            where = f"{typed(field)[int(line[1])]}: "
        field.errors = [*field.errors, where + message]
        marks.append(Mark(field.id, f"{_place(form, fault.field)}{field.label.text}: {where}{message}", where + message))
    return list(dict.fromkeys(marks))  # agency and office are one field


def _place(form: FilingForm, path: str) -> str:
    """Which row of a list a fault is in, as people count."""
    found = re.match(r"(\w+)\[(\d+)\]\.", path)
    return f"{form[found[1]].label.text} {int(found[2]) + 1}, " if found else ""


def _find(form: Any, path: str) -> Field | None:
    """items[2].itc_hs → the field of the third goods line; container_nos[2] → the field with all of them."""
    here: Any = form
    for step in path.replace("minimal_operations.", "").replace("]", "").replace("[", ".").split("."):
        if isinstance(here, Lines):
            break
        try:
            here = here.entries[int(step)] if isinstance(here, FieldList) else here["office" if step == "agency" else step]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return here if isinstance(here, Field) else None


def differences(form: FilingForm, saved: dict[str, Any]) -> Iterator[str]:
    """The names of the fields in which what was typed is not what is saved; nothing while it cannot be read."""
    try:
        mine, theirs = read(as_filing(form, saved)), read(saved)
    except InvalidInput:
        return
    titles = {"agency": form.office.label.text, "minimal_operations": gettext("Imported inputs")}
    for name in mine:
        if mine[name] != theirs[name]:
            yield str(titles.get(name) or form[name].label.text)
