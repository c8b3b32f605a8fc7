"""The buttons of the filing page that change its rows: they work without script, the page comes back changed."""

from typing import Any

from flask import flash, request
from flask_babel import gettext

from app.applications.forms import LISTS, FilingForm
from app.applications.goods_columns import MOST
from app.applications.goods_table import looked_at
from app.core.errors import BusinessError
from app.infra.sentences import translated
from app.infra.sheets import MAX_BYTES


def changed_rows(form: FilingForm) -> bool:
    """Whether one of these buttons was pressed, and done what it says."""
    if "goods_look" in request.form or "goods_take" in request.form or _unlooked():
        _file(form)
        return True
    if name := request.form.get("add_row"):
        _add(form, name)
        return True
    if chosen := request.form.get("remove_row"):
        name, _colon, index = chosen.partition(":")
        if index.isdecimal() and len(index) < 6:
            _remove(form, name, int(index))
        return True
    return False


def _unlooked() -> bool:
    """A table was chosen and «Save» pressed at once: it is looked at first, for it would be lost with the page."""
    sent = request.files.get("goods_file")
    return bool(sent and sent.filename) and not {"add_row", "remove_row"} & {*request.form}


def _file(form: FilingForm) -> None:
    """A file of goods lines: looked at, or, when it has been, put into the page; saved is only with the page."""
    goods = form["items"]
    try:
        if how := request.form.get("goods_take"):
            if refusal := goods.take(request.form.get("goods_pending", ""), how):
                raise BusinessError(refusal)
            flash(gettext("The lines of the file are on the page. Save the draft to keep them."), "success")
        else:
            goods.looked = looked_at(sent_file(), [entry.form.no.data or "" for entry in form.invoices.entries])
    except BusinessError as refusal:
        flash(translated(refusal.sentence), "danger")


def sent_file() -> bytes:
    """The file that was chosen; no more of it is read than a table may have."""
    sent = request.files.get("goods_file")
    if sent is None or not sent.filename:
        raise BusinessError("Choose a file first, then press the button again.")
    return bytes(sent.stream.read(MAX_BYTES + 1))


def _add(form: FilingForm, name: str) -> None:
    goods = form["items"]
    if name == "items" and len(goods.data) < MOST:
        goods.add()
    elif name in LISTS and len(LISTS[name][0](form).entries) < LISTS[name][1]:
        LISTS[name][0](form).append_entry()
    elif name == "items" or name in LISTS:
        most = MOST if name == "items" else LISTS[name][1]
        flash(gettext("There are %(most)s already; no more fit on one certificate.", most=most), "danger")


def _remove(form: FilingForm, name: str, index: int) -> None:
    if name == "items":
        form["items"].remove(index)
    elif name in LISTS:
        rows = LISTS[name][0](form)
        others = [entry for number, entry in enumerate(rows.entries) if number != index]
        rows.entries = others or rows.entries[: rows.min_entries]
        _renumber(rows)


def _renumber(rows: Any) -> None:
    """After a row is taken out the others move up; WTForms names fields by their place."""
    entries = [entry.data for entry in rows.entries]
    while rows.entries:
        rows.pop_entry()
    for data in entries:
        rows.append_entry(data)
