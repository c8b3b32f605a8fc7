"""What an officer would ask about a filing that breaks no rule: told before submission, never a reason to refuse it."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta

from app.applications import advice_goods, advice_journey
from app.applications.checks import Facts, Filing, Rule, is_back_to_back, lines, told
from app.core.errors import Fault
from app.infra.codes import countries, country_name

# Names of countries as people write them in addresses, beside those of the list.
ALSO = {
    "UAE": "AE", "U.A.E.": "AE", "USA": "US", "U.S.A.": "US", "UNITED STATES OF AMERICA": "US", "UK": "GB", "U.K.": "GB",
    "ENGLAND": "GB", "GREAT BRITAIN": "GB", "HOLLAND": "NL", "THE NETHERLANDS": "NL", "KSA": "SA", "SOUTH KOREA": "KR",
    "KOREA": "KR", "VIETNAM": "VN", "RUSSIA": "RU", "TURKEY": "TR", "IVORY COAST": "CI", "BHARAT": "IN", "DEUTSCHLAND": "DE",
    "ESPAÑA": "ES", "ITALIA": "IT", "CZECH REPUBLIC": "CZ", "TANZANIA": "TZ", "BURMA": "MM", "P.R. CHINA": "CN",
    "PR CHINA": "CN",
}  # fmt: skip
# Countries whose name is a town's, a state's or a street's too, so that it may well stand in an address.
TOWNS = frozenset({"SG", "HK", "MO", "LU", "MC", "SM", "GI", "KW", "PA", "DJ", "GT", "GE", "JO", "LB", "JE", "MX", "TD", "CU",
                   "PE", "VA"})  # fmt: skip
_PRO_FORMA = re.compile(r"pro[ -]?forma|quotation|\b(?:qtn|pfi)\b", re.IGNORECASE)
_TO_ORDER = re.compile(r"(?:unto|to)(?: the)? order\b.*", re.IGNORECASE | re.DOTALL)
ROUNDING = 1  # hundredths of the invoice: what is rounded line by line may differ by so much
FREIGHT = 30  # hundredths of the invoice that freight and insurance may be, before lines seem to be missing


def advise(filing: Filing, facts: Facts) -> list[Fault]:
    """Every warning; a filing may be submitted with all of them. Where a part is missing, what can be told without it is."""
    return list(dict.fromkeys(told(RULES, filing, facts)))


def _address(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """Box 2 prints the country on a line of its own."""
    consignee = filing["consignee"]
    named, country = _country_in(consignee["address"]), consignee["country"]
    if named and named != country:
        if named not in TOWNS:
            yield Fault(
                "consignee.country",
                f"The address ends in {country_name(named)}, but the country of the consignee is "
                f"{country_name(country)}. Correct one of them.",
            )
    elif named and named not in TOWNS:
        yield Fault(
            "consignee.address",
            f"{country_name(country)} is printed twice: take it out of the address, the certificate adds the country by itself.",
        )


def _country_in(address: str) -> str:
    """The country that an address ends with, as its code."""
    last = re.split(r"[\n,]", address.strip())[-1].strip(" .()-").upper()
    names = {name.upper(): code for code, name in countries().items()} | ALSO
    return names.get(last) or names.get(f"{last}.") or ""


def _parties(filing: Filing, facts: Facts) -> Iterator[Fault]:
    consignee = filing["consignee"]
    name = squashed(consignee["name"])
    if facts.exporter and name == squashed(facts.exporter):
        yield Fault(
            "consignee.name",
            "The consignee is your own firm. Name the buyer abroad as the invoice does; if it is your "
            "branch, write so, such as «Dubai Branch».",
        )
    if _TO_ORDER.fullmatch(consignee["name"]) and not filing["notify_party"] and not filing["buyer"]:
        yield Fault("notify_party", "The consignee is «to order», so nobody is named. Give the notify party with its address.")
    if filing["buyer"] and squashed(filing["buyer"]) in (name, name + squashed(consignee["address"])):
        yield Fault("buyer", "The buyer is the consignee. Leave the buyer empty: it is for somebody else who pays.")
    elsewhere = consignee["country"] != filing["destination_country"] and "IN" not in (
        consignee["country"], filing["destination_country"])  # fmt: skip
    if elsewhere and not filing["notify_party"] and not filing["buyer"]:
        yield Fault(
            "destination_country",
            f"The consignee is in {country_name(consignee['country'])}, but the goods go to "
            f"{country_name(filing['destination_country'])}. Correct one of them, or name in «notify party» who "
            "takes them there.",
        )


def squashed(text: str) -> str:
    """Letters and digits only, without accents, in capitals: what two ways of writing a name have in common."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(sign for sign in plain if sign.isalnum()).upper()


def _invoices(filing: Filing, facts: Facts) -> Iterator[Fault]:
    for index, invoice in enumerate(filing["invoices"]):
        path, age = f"invoices[{index}]", facts.today - invoice["date"]
        if _PRO_FORMA.search(invoice["no"]) or _is_pi(invoice["no"], facts.exporter):
            yield Fault(
                f"{path}.no",
                f"{invoice['no']} looks like a pro-forma invoice. Give the commercial invoice: number, date "
                "and the paper itself.",
            )
        if age > timedelta(days=facts.retro_days) and not filing["retro_reason"]:
            yield Fault(
                f"{path}.date",
                f"The invoice is {age.days} days old. Check its date; if it is right, say under «why the "
                "certificate is asked for late» what held it up, and the officer need not ask.",
            )


def _is_pi(number: str, exporter: str) -> bool:
    """PI/… is how pro-forma invoices are numbered, unless the firm's own name begins with these letters."""
    initials = "".join(word[0] for word in exporter.upper().split())
    return bool(re.match(r"pi\b[/\- ]?", number, re.IGNORECASE)) and not initials.startswith("PI")


def _sums(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """The lines of an invoice make up its value; freight and insurance may come on top."""
    for index, invoice in enumerate(filing["invoices"]):
        if [row["no"] for row in filing["invoices"]].count(invoice["no"]) > 1:
            continue  # which of the two a line is on, nobody can say
        on_it = [item["fob_value"] for item in filing["items"] if item["invoice"] == invoice["no"]]
        no, money, total, value = invoice["no"], invoice["currency"], sum(on_it), invoice["value"]
        if not on_it:
            yield Fault(
                f"invoices[{index}].no", f"No goods line is on invoice {no}. Choose it in the lines it belongs to, or remove it."
            )
        elif total > value + value * ROUNDING / 100:
            yield Fault(
                f"invoices[{index}].value",
                f"The lines on invoice {no} come to {money} {total:,.2f}, and the invoice is of {value:,.2f}: more than it says. "
                "Correct a line or the value.",
            )
        elif total < value - value * FREIGHT / 100 and total:
            yield Fault(
                f"invoices[{index}].value",
                f"The lines on invoice {no} come to {money} {total:,.2f}, and the invoice is of {value:,.2f}. Is a line missing? "
                "If the rest is freight and insurance, leave it.",
            )


def _evidence(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """A foreign certificate of origin is of the country it certifies."""
    if not is_back_to_back(filing):
        return
    origins = {item["origin_country"] for item in filing["items"]}
    for index, paper in enumerate(filing["b2b_evidence"]):
        if paper["kind"] == "FOREIGN_COO" and paper["country"] not in origins:
            yield Fault(
                f"b2b_evidence[{index}].country",
                f"This certificate of origin is of {country_name(paper['country'])}, but the "
                f"goods are said to come from {country_name(min(origins))}. Correct one of them.",
            )
    for path, line, item in lines(filing):
        if item["origin_country"] == filing["destination_country"]:
            yield Fault(
                f"{path}.origin_country",
                f"{line}: the goods come from {country_name(item['origin_country'])} and go back "
                "there. Check the country of origin and the destination.",
            )


def _inputs(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    if filing["imported_inputs_used"] and not is_back_to_back(filing):
        if not any(item["origin_criterion"] == "P" for item in filing["items"]):
            yield Fault(
                "items[0].origin_criterion",
                "Imported inputs were used, but no goods line has criterion P. Choose P where "
                "they went in, or say that none were used.",
            )
        if 0 < len(filing["process_note"].split()) < 4:
            yield Fault(
                "process_note",
                "This says too little of the processing. Name the imported inputs and what is done with them in India.",
            )


# What is printed and may therefore be a reason to replace a certificate.
PRINTED = (
    "branch_id", "consignee", "destination_country", "transport_mode", "vessel_flight", "voyage", "departure_date",
    "port_of_loading", "port_of_discharge", "final_destination", "invoices", "items", "b2b_evidence", "lc_no", "contract_no",
    "po_no", "container_nos", "transport_doc_no", "transport_doc_date", "notify_party", "buyer", "manufacturer",
)  # fmt: skip


def _changed(filing: Filing, facts: Facts) -> Iterator[Fault]:
    """A certificate in lieu differs in something that is printed (4.7, changed_fields)."""
    former = facts.replaced
    if filing["kind"] == "IN_LIEU" and former is not None and all(filing[name] == former[name] for name in PRINTED):
        yield Fault(
            "in_lieu_reason",
            "Nothing that is printed differs from the certificate to be replaced. Correct what is wrong "
            "with it; a lost copy is simply downloaded again.",
        )


RULES: tuple[Rule, ...] = (
    _address, _parties, _invoices, _sums, _evidence, _inputs, _changed, *advice_journey.RULES, *advice_goods.RULES,
)  # fmt: skip
