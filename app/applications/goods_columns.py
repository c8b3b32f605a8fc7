"""The columns of a goods line, in the order of the sheet: what each is called, by people and in their own tables."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from app.applications.filing import MAX_LINES
from app.infra.codes import currencies
from app.infra.sheets import Column, heading_key

CRITERIA = {
    "W": _("W – wholly obtained in India"),
    "M": _("M – made from Indian inputs"),
    "P": _("P – processed in India with imported inputs"),
    "F": _("F – foreign goods"),
}


@dataclass(frozen=True, slots=True)
class GoodsColumn:
    """A column: its name in the API, its label, the short heading of the sheet, and what people's tables call it.

    `holds` says what is in a cell: words in several lines, a word, a number, a whole number, or a code of a list.
    """

    name: str
    label: Any
    head: Any
    holds: str
    also: tuple[str, ...] = ()
    needed: bool = True  # in a table that is sent; what is not needed has a value when it is left out
    codes: str = ""  # the list its code is from


COLUMNS = (
    GoodsColumn("description", _("Description of the goods"), _("Description"), "lines", (
        "goods", "particulars", "item", "item description", "product", "product description", "description of goods", "details",
        "description of the goods", "commodity", "material description", "goods description", "nature of goods")),
    GoodsColumn("itc_hs", _("ITC(HS), 8 digits"), _("ITC(HS)"), "word", (
        "hs", "hs code", "hsn", "hsn code", "itc hs code", "itchs", "itc", "tariff", "tariff code", "tariff item", "ritc",
        "ritc code", "hs no", "hsn no", "hsn/sac", "hs classification", "itc hs no", "itc(hs), 8 digits")),
    GoodsColumn("marks", _("Marks and numbers"), _("Marks"), "lines", (
        "mark", "marks and numbers", "marks and nos", "marks & nos", "marks & numbers", "shipping marks",
        "marks nos", "marks no", "case marks"),
        needed=False),
    GoodsColumn("package_count", _("Packages"), _("Packages"), "whole", (
        "packages", "pkgs", "pkg", "package", "no of packages", "no. of pkgs", "number of packages", "no of pkgs", "cartons",
        "ctns", "ctn", "no of cartons", "no of ctns", "boxes", "cases", "package nos", "total packages",
        "number and kind of packages", "no and kind of packages", "no & kind of packages", "no & kind of pkgs")),
    GoodsColumn("package_kind", _("Kind"), _("Kind"), "code", (
        "kind", "package type", "kind of package", "kind of packages", "package kind", "packing", "type of package",
        "type of packages", "pkg type", "packing type", "kind of pkgs"), needed=False, codes="packages"),
    GoodsColumn("quantity", _("Quantity"), _("Quantity"), "number", (
        "qty", "quantities", "pcs", "nos", "total qty", "total quantity", "invoice qty")),
    GoodsColumn("uqc", _("Unit"), _("Unit"), "code", (
        "unit", "uom", "units", "unit of measure", "unit of measurement", "unit code", "unit quantity code", "qty unit"),
        needed=False, codes="units"),
    GoodsColumn("net_weight_kg", _("Net weight, kg"), _("Net kg"), "number", (
        "net wt", "net weight", "nett weight", "nett wt", "n wt", "nw",
        "net", "nett", "nt wt", "total net weight", "total net wt")),
    GoodsColumn("gross_weight_kg", _("Gross weight, kg"), _("Gross kg"), "number", (
        "gross wt", "gross weight", "g wt", "gw", "gross", "gr wt", "total gross weight", "total gross wt")),
    GoodsColumn("fob_value", _("FOB value"), _("FOB"), "number", (
        "fob", "amount", "value", "total amount", "fob amount", "invoice value", "line value", "total value", "total")),
    GoodsColumn("invoice", _("Invoice number"), _("Invoice"), "word", (
        "invoice no", "inv no", "inv", "invoice number", "invoice nr", "invoice ref", "invoice reference",
        "bill no"), needed=False),
    GoodsColumn("origin_country", _("Country of origin"), _("Origin"), "code", (
        "origin", "country", "country of origin", "coo", "made in"), needed=False, codes="countries"),
    GoodsColumn("origin_criterion", _("Origin criterion"), _("Criterion"), "code", (
        "criterion", "criteria", "origin criteria"), codes="criteria"),
)  # fmt: skip
NAMES = tuple(column.name for column in COLUMNS)
BY_NAME = {column.name: column for column in COLUMNS}
BLANK = {name: "IN" if name == "origin_country" else "" for name in NAMES}  # a new line
NUMBERED = Column("line", ("no", "sr", "sr no", "s no", "sl", "sl no", "serial", "serial no", "item no", "line no"))
_UNITS = ("kg", "kgs", "in kg", "in kgs", "us", "rs", "in rs", "in usd", "in eur", "in inr")
IN_WHAT = {"number": (*_UNITS, *(code.lower() for code in currencies()))}


def _also(column: GoodsColumn) -> tuple[str, ...]:
    """What else a heading may say: each word alone, and a number's with what it is counted in, as in «Gross Wt. (Kgs)»."""
    words = (column.name, *column.also)
    return (*words, *(f"{word} {unit}" for word in words for unit in IN_WHAT.get(column.holds, ())))


# The same columns for the reader of tables; a number at the front of each row is known, and not needed.
AS_TABLE = (NUMBERED, *(Column(each.name, _also(each), required=each.needed) for each in COLUMNS))
HEADINGS = {heading_key(word): column.name for column in AS_TABLE for word in (column.name, *column.also)}
MOST = MAX_LINES
