"""The officer's page: every value of the form in groups, each with its place, what the invoice says instead, and what is odd."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications import advised, payload
from app.applications.models import Application, Attachment
from app.applications.paper_says import says
from app.applications.places import PARTS, name_of
from app.applications.rules import FINAL
from app.core import clock, codes
from app.infra.codes import country_name
from app.infra.pages import figure, port, value_of
from app.infra.search import word

SHOWN = 50  # rows of a kind on the page; those of which something is told come first
REST = 10  # sentences that have no place on the page
PARTIES = ("consignee.name", "consignee.address", "consignee.country", "notify_party", "buyer", "manufacturer")
SHIPMENT = (
    "destination_country", "transport_mode", "port_of_loading", "port_of_discharge", "final_destination", "vessel_flight",
    "voyage", "departure_date", "transport_doc_no", "transport_doc_date", "shipping_bill_no", "shipping_bill_date",
    "container_nos", "lc_no", "contract_no", "po_no",
)  # fmt: skip
ORIGIN = (
    "kind", "in_lieu_of", "in_lieu_reason", "imported_inputs_used", "minimal_operations", "process_note", "retro_reason",
    "b2b_purpose", "b2b_no_coo_reason",
)  # fmt: skip
ROWS = {
    "invoices": ("no", "date", "value", "currency"),
    "items": ("description", "itc_hs", "package_count", "package_kind", "quantity", "uqc", "net_weight_kg", "gross_weight_kg",
              "fob_value", "invoice", "origin_country", "origin_criterion", "marks"),
    "b2b_evidence": ("kind", "number", "date", "issuer", "country"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """One value on the page: where it stands in the filing, how it is called and shown, and what is told about it."""

    path: str
    label: str
    shown: str
    differs: bool = False
    invoice_says: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Values under one heading; a row of goods or an invoice is a group of its own."""

    title: str
    values: tuple[Value, ...]
    path: str = ""
    short: str = ""

    @property
    def told(self) -> int:
        """At how many values something is told."""
        return sum(1 for value in self.values if value.told or value.differs)


@dataclass(frozen=True, slots=True)
class Page:
    """What the officer's page shows beside the papers."""

    groups: tuple[Group, ...]
    rows: dict[str, tuple[Group, ...]]
    counts: dict[str, int]
    general: tuple[str, ...]
    differences: int
    compared: bool


def read_ahead(session: Session, application_id: int) -> str:
    """The words of the invoices, read while no transaction is open: nobody waits for a lock while we look at papers."""
    held = select(Attachment.sha256).where(Attachment.application_id == application_id, Attachment.kind == "INVOICE",
                                           Attachment.replaced_by_id.is_(None)).order_by(Attachment.id)  # fmt: skip
    invoices = session.scalars(held).all()
    session.rollback()
    return advised.words_of(invoices)


def page(session: Session, application: Application, words: str) -> Page:
    """Everything of the form, with the differences to its invoice's words; a decided one is not compared any more."""
    looked = advised.Looked() if application.status in FINAL else advised.looked_at(session, application, words)
    marks = _Marks(looked)
    whole = payload.filing(application)
    parts = (
        (gettext("Consignee and other parties"), PARTIES),
        (gettext("Shipment"), SHIPMENT),
        (gettext("Origin and kind"), ORIGIN),
    )
    plain = [Group(title, marks.values(whole, names)) for title, names in parts]
    rows = {root: tuple(_rows(root, whole, marks)) for root in ROWS}
    placed = {value.path for group in [*plain, *(one for each in rows.values() for one in each)] for value in group.values}
    rest = [fault.message for fault in [*looked.differing, *looked.advice] if fault.field not in placed][:REST]
    differing = {fault.field for fault in looked.differing}
    counts = {root: len(whole[root]) for root in ROWS}
    return Page(tuple(plain), rows, counts, tuple(dict.fromkeys(rest)), len(differing), looked.compared)


class _Marks:
    """What was found out about an application, by place."""

    def __init__(self, looked: advised.Looked) -> None:
        self.words = looked.words
        self.told: dict[str, list[str]] = {}
        self.differing = {fault.field for fault in looked.differing}
        for fault in looked.advice:
            self.told.setdefault(fault.field, []).append(fault.message)

    def rows_of(self, root: str) -> list[int]:
        """The numbers of the rows of a kind about which something is told, those that differ from the invoice first."""
        found = (re.match(rf"{root}\[(\d+)\]\.", path) for path in [*self.differing, *self.told])
        return [int(each[1]) for each in found if each]

    def values(self, whole: Any, names: tuple[str, ...], at: str = "") -> tuple[Value, ...]:
        """The values by these names; an empty one is left out, unless something is told about it."""
        return tuple(
            value for name in names if (value := self.value(whole, name, at + name)).shown or value.differs or value.told
        )

    def value(self, whole: Any, name: str, path: str) -> Value:
        """One value with everything that is told about it."""
        for step in name.split("."):
            whole = whole.get(step)
        differs, told = path in self.differing, tuple(self.told.get(path, ()))
        said = says(self.words, path) if differs else ""
        return Value(path, _label(path), shown(name.rpartition(".")[2], whole), differs, said, told)


def _rows(root: str, whole: dict[str, Any], marks: _Marks) -> Iterator[Group]:
    """Rows as groups, at most SHOWN of them: those of which something is told, and the first; in their order."""
    first = dict.fromkeys([*marks.rows_of(root), *range(len(whole[root]))])
    chosen = sorted([*first][:SHOWN])
    for index in chosen:
        row = whole[root][index]
        values = marks.values(row, ROWS[root], f"{root}[{index}].")
        yield Group(name_of(f"{root}[{index}]"), values, f"{root}[{index}]", _short(root, row))


def _short(root: str, row: dict[str, Any]) -> str:
    """A row in a few words, for when it is folded."""
    if root == "items":
        return f"{row['description'][:70]} · {row['itc_hs']} · {shown('fob_value', row['fob_value'])}"
    return str(row.get("no") or row.get("number") or "")


def _label(path: str) -> str:
    """The field's own name; that of its part stands above it."""
    words = name_of(path)
    return words.partition(": ")[2] if re.sub(r"\[\d+\]", "", path).partition(".")[0] in PARTS and ": " in words else words


def shown(name: str, value: Any) -> str:
    """A value of the filing as people read it; nothing for nothing."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{code} {shown('', answer)}" for code, answer in value.items())
    return str(_READ.get(name, str)(value))


def _day(value: str) -> str:
    return clock.day(date.fromisoformat(value))


def _land(value: str) -> str:
    return f"{country_name(value)} ({value})"


_READ: dict[str, Any] = {
    **dict.fromkeys(("date", "departure_date", "transport_doc_date", "shipping_bill_date"), _day),
    **dict.fromkeys(("country", "destination_country", "origin_country"), _land),
    **dict.fromkeys(("quantity", "net_weight_kg", "gross_weight_kg"), lambda value: figure(Decimal(value))),
    **dict.fromkeys(("value", "fob_value"), lambda value: value_of(Decimal(value), "")),
    "transport_mode": lambda value: gettext(codes.TRANSPORT_MODES.get(value, str(value))),
    "port_of_loading": port,
    "kind": word,
    "b2b_purpose": word,
}
