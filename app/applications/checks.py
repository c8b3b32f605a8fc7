"""What must be right before an application may be filed: all faults at once, each naming its field and the cure (4.7, 4.8)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.core.codes import BULK
from app.core.errors import BusinessError, Fault
from app.core.identifiers import parse_indian_port, parse_locode

Filing = Mapping[str, Any]

MINIMAL_OPERATIONS = {
    "MO1": "dusting, sifting, sorting, grading, washing, painting or plain cutting",
    "MO2": "changing packages, or breaking up and putting together consignments",
    "MO3": "slicing, or placing in bottles, bags, boxes or on cards",
    "MO4": "keeping goods good for transport: drying, chilling, freezing, salting",
    "MO5": "affixing marks, labels or other signs",
    "MO6": "simple mixing",
    "MO7": "simple assembly of parts",
    "MO8": "taking apart",
    "MO9": "slaughter of animals",
    "MO10": "dilution that leaves the goods what they were",
}
BULK_KINDS = BULK | {"NE"}  # UN Rec 21: bulk and unpacked
MOST = Decimal(10) ** 12
LEGACY = (
    "Preferential certificates are not issued here: file them on eCoO 1.0, where their wallet balance also stays. "
    "This system issues non-preferential certificates."
)


# What people type where they have nothing to say.
_BLANK = re.compile(
    r"[\W_]*|n\.?/?a\.?|nil|none|null|t\.?b\.?[ac]\.?|unknown|same|as above|(?:as )?per invoice|test|xx+", re.IGNORECASE
)
_NO_GOODS = re.compile(
    r"(?:(?:the |all |various |assorted |mixed |misc\.?(?:ellaneous)? |general )*"
    r"(?:goods?|items?|merchandise|products?|materials?|cargo|consignment|articles?|shipment|samples?|details?|description)?"
    r"(?: (?:are )?(?:as )?(?:per|in|on|mentioned in)(?: the)?(?: attached| enclosed| our| commercial)*"
    r" (?:invoice|packing list|list|sheet|annexure|order|p\.?o\.?|contract)[\w /.-]*)?|as per .{0,60})[.!\s]*|" + _BLANK.pattern,
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the checks need to know besides the filing."""

    today: date  # India's date
    exporter: str = ""  # the firm's name; where it is empty, nothing is compared with it
    retro_days: int = 60  # an invoice older than this is asked about (RETRO_DAYS)
    replaced: Filing | None = None  # what was filed for the certificate that is to be replaced


Rule = Callable[[Filing, Facts], Iterator[Fault]]


def check(filing: Filing, facts: Facts) -> list[Fault]:
    """Every fault of substance; empty when it may be filed. Where a part is missing, what can be checked without it is."""
    if filing.get("certificate_type", "NON_PREFERENTIAL") != "NON_PREFERENTIAL":
        return [Fault("certificate_type", LEGACY)]
    return told(RULES, filing, facts)


def told(rules: Iterable[Rule], filing: Filing, facts: Facts) -> list[Fault]:
    """What the rules say of a filing; one that needs a part which is not there yet says no more."""
    said: list[Fault] = []
    for rule in rules:
        with suppress(KeyError):
            for fault in rule(filing, facts):
                said.append(fault)  # one by one: what was said before the missing part counts
    return said


def lines(filing: Filing) -> Iterator[tuple[str, str, Filing]]:
    """Each goods line: its path, its name as people count, and what is in it."""
    for index, item in enumerate(filing["items"]):
        yield f"items[{index}]", f"Goods line {index + 1}", item


def _sum(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """The column of the total holds twelve digits before the point, as each line does."""
    if sum(item["fob_value"] for item in filing["items"]) >= MOST:
        yield Fault("items", "The FOB values of all lines together have more than twelve digits. Check the decimal points.")


def _buyer(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    if filing["consignee"]["country"] == "IN":
        yield Fault("consignee.country", "The consignee is in India, but the goods are exported. Give the buyer's country.")


def _destination(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    if filing["destination_country"] == "IN":
        yield Fault("destination_country", "The destination is India, but the goods are exported. Give the country they go to.")


def _ports(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    merchanting = filing["b2b_purpose"] == "MERCHANTING"
    yield from _port("port_of_loading", filing["port_of_loading"], foreign=merchanting)
    discharge = filing["port_of_discharge"]
    if len(discharge) == 5 and discharge.isupper() and discharge.isalnum():
        yield from _port("port_of_discharge", discharge, foreign=True)


def _port(field: str, code: str, *, foreign: bool) -> Iterator[Fault]:
    try:
        (parse_locode if foreign else parse_indian_port)(code)
    except BusinessError as refusal:
        yield Fault(field, refusal.sentence)
    else:
        if foreign and code.upper().startswith("IN"):
            yield Fault(field, "This port is in India. Give the foreign port's UN/LOCODE, such as AEJEA.")


def _dates(filing: Filing, facts: Facts) -> Iterator[Fault]:
    departure = filing["departure_date"]
    if departure and departure < facts.today and not filing["retro_reason"]:
        yield Fault(
            "retro_reason",
            "The goods left before today, so the certificate is issued retrospectively: say why it is asked for so late.",
        )
    for field in ("transport_doc_date", "shipping_bill_date"):
        if filing[field] and filing[field] > facts.today:
            yield Fault(field, "This date lies in the future. Correct it, or leave it out until the paper exists.")


def _invoices(filing: Filing, facts: Facts) -> Iterator[Fault]:
    seen: set[tuple[str, date]] = set()
    for index, invoice in enumerate(filing["invoices"]):
        if invoice["date"] > facts.today:
            yield Fault(f"invoices[{index}].date", "The invoice date lies in the future. Use the date on the invoice.")
        key = (invoice["no"], invoice["date"])
        if key in seen:
            yield Fault(f"invoices[{index}].no", f"Invoice {invoice['no']} of this date is listed twice. Remove one.")
        seen.add(key)
    if len({invoice["currency"] for invoice in filing["invoices"]}) > 1:
        yield Fault("invoices", "The invoices are in different currencies. File one application for each currency.")


def _goods(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    for path, line, item in lines(filing):
        if item["gross_weight_kg"] < item["net_weight_kg"]:
            yield Fault(f"{path}.gross_weight_kg", f"{line}: the gross weight is less than the net weight. Correct one of them.")
        if item["package_count"] == 0 and item["package_kind"] not in BULK_KINDS:
            yield Fault(
                f"{path}.package_count", f"{line}: no packages. Give their number, or kind NE when the goods are unpacked."
            )


def _invoice_of_line(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    numbers = {invoice["no"] for invoice in filing["invoices"]}
    for path, line, item in lines(filing):
        if item["invoice"] not in numbers:
            yield Fault(f"{path}.invoice", f"{line}: invoice {item['invoice']} is not among the invoices above.")


def _described(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """Box 7 says what the goods are, in words: customs abroad has nothing but the certificate before it."""
    for path, line, item in lines(filing):
        if _NO_GOODS.fullmatch(item["description"]):
            yield Fault(
                f"{path}.description",
                f"{line}: «{item['description']}» does not say what the goods are. Name them as the invoice does.",
            )
        if item["itc_hs"][:2] == "99":
            yield Fault(f"{path}.itc_hs", f"{line}: chapter 99 is for services. Give the ITC(HS) code of the goods.")


def _named(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """Box 2 names somebody."""
    for field, what in (("name", "name the buyer as the invoice does"), ("address", "give street and town")):
        if _BLANK.fullmatch(filing["consignee"][field]):
            yield Fault(f"consignee.{field}", f"Box 2 would print «{filing['consignee'][field]}»: {what}.")


def _containers(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    numbers = filing["container_nos"]
    for index, number in enumerate(numbers):
        if number in numbers[:index]:
            yield Fault(f"container_nos[{index}]", f"Container {number} is listed twice. Remove one, or correct it.")


def _origin(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    foreign = is_back_to_back(filing)
    for path, line, item in lines(filing):
        if foreign and item["origin_country"] == "IN":
            yield Fault(
                f"{path}.origin_country",
                f"{line}: a back-to-back certificate is for foreign goods; give their country of origin.",
            )
        if foreign and item["origin_criterion"] != "F":
            yield Fault(f"{path}.origin_criterion", f"{line}: the criterion of foreign goods is F.")
        if not foreign and item["origin_country"] != "IN":
            yield Fault(
                f"{path}.origin_country", f"{line}: the goods are not of Indian origin. File them as a back-to-back certificate."
            )
        if not foreign and item["origin_criterion"] == "F":
            yield Fault(f"{path}.origin_criterion", f"{line}: F is for foreign goods. Choose W, M or P.")
    if foreign and len({item["origin_country"] for item in filing["items"]}) > 1:
        yield Fault("items", "The goods come from different countries. File one back-to-back application for each country.")


def _inputs(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """Imported inputs: the processing must go beyond each minimal operation (HBP 2023 para 2.93)."""
    if not filing["imported_inputs_used"]:
        for path, line, item in lines(filing):
            if item["origin_criterion"] == "P":
                yield Fault(
                    f"{path}.origin_criterion",
                    f"{line}: criterion P means imported inputs; say that they were used, or choose W or M.",
                )
        return
    for code, words in MINIMAL_OPERATIONS.items():
        answer = filing["minimal_operations"].get(code)
        if answer is None:
            yield Fault(f"minimal_operations.{code}", f"Say whether the processing goes beyond {words}.")
        elif answer != "goes beyond":
            yield Fault(f"minimal_operations.{code}", f"Processing that is no more than {words} gives no Indian origin.")
    if not filing["process_note"]:
        yield Fault("process_note", "Imported inputs were used: describe in a few sentences how they were processed in India.")


def is_back_to_back(filing: Filing) -> bool:
    """Foreign goods: filed as such, or in lieu of a certificate that was."""
    return bool(filing["kind"] == "BACK_TO_BACK" or (filing["kind"] == "IN_LIEU" and filing["b2b_purpose"]))


def _back_to_back(filing: Filing, facts: Facts) -> Iterator[Fault]:
    if not is_back_to_back(filing):
        if filing["b2b_purpose"] or filing["b2b_evidence"]:
            yield Fault(
                "b2b_purpose", "Purpose and evidence belong to a back-to-back certificate. Choose that kind, or remove them."
            )
        return
    if not filing["b2b_purpose"]:
        yield Fault("b2b_purpose", "Say what the foreign goods are sent on for: REEXPORT, TRANSHIPMENT or MERCHANTING.")
    if not filing["b2b_evidence"]:
        yield Fault("b2b_evidence", "List at least one paper that proves the foreign origin; its particulars are printed.")
    elif not filing["b2b_no_coo_reason"] and not any(paper["kind"] == "FOREIGN_COO" for paper in filing["b2b_evidence"]):
        yield Fault("b2b_no_coo_reason", "No foreign certificate of origin is listed: list it, or say why there is none.")
    for index, paper in enumerate(filing["b2b_evidence"]):
        if paper["date"] > facts.today:
            yield Fault(f"b2b_evidence[{index}].date", "The date of this paper lies in the future. Use the date on it.")


def _in_lieu(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    if filing["kind"] != "IN_LIEU":
        if filing["in_lieu_of"]:
            yield Fault("in_lieu_of", "A certificate to replace is named, but the kind is not IN_LIEU.")
        return
    if not filing["in_lieu_of"]:
        yield Fault("in_lieu_of", "Give the number of the certificate to be replaced.")
    if not filing["in_lieu_reason"]:
        yield Fault("in_lieu_reason", "Say what is wrong with the certificate to be replaced.")


def is_retrospective(departure: date | None, today: date) -> bool:
    """The goods had left before the certificate is issued (HBP practice; endorsed in box 4)."""
    return departure is not None and departure < today


RULES: tuple[Rule, ...] = (
    _buyer, _destination, _ports, _named, _dates, _invoices, _containers, _sum, _goods, _invoice_of_line, _described,
    _origin, _inputs, _back_to_back, _in_lieu,
)  # fmt: skip
