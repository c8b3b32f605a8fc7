"""What an officer would ask about the way the goods go: ports, means of transport, and the order of the dates."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from app.applications.checks import Facts, Filing, Rule
from app.core import clock, codes
from app.core.errors import Fault
from app.infra.codes import countries, country_name

SEA, RAIL, ROAD, AIR = 1, 2, 3, 4
# Where a lorry or a train from India can go.
BY_LAND = frozenset({"NP", "BT", "BD", "PK", "CN", "MM", "AF", "IR", "TH", "KZ", "KG", "TJ", "TM", "UZ", "RU"})
# Towns of five letters that look like a UN/LOCODE of some other country.
TOWNS = frozenset({"TOKYO", "LAGOS", "GENOA", "PARIS", "AQABA", "BEIRA", "CAIRO", "LILLE", "BASRA", "SOHAR", "MACAU", "MACAO",
                   "GHENT", "CADIZ", "VARNA", "PUSAN", "SEOUL", "MEDAN", "ADANA", "MALMO", "TAMPA", "NAMPO", "SALEM", "SUVA",
                   "TURKU", "MALTA", "TUNIS", "SFAX", "LISBO", "NICE", "BREST", "LYON", "BERNE", "GDYNIA"})  # fmt: skip
FAR = timedelta(days=270)


def _ports(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    port, destination = filing["port_of_discharge"], filing["destination_country"]
    final = filing["final_destination"]
    if (there := _country_of(final)) and there not in (destination, "IN"):
        yield Fault(
            "final_destination",
            f"{final} is in {country_name(there)}, but the goods go to {country_name(destination)}. Correct one of them.",
        )
    elif (there := _country_of(port)) and there not in (destination, "IN") and not final:
        yield Fault(
            "port_of_discharge",
            f"{port} is a port of {country_name(there)}, but the goods go to {country_name(destination)}. "
            "Correct it; if they travel on from there, give the final destination.",
        )


def _country_of(place: str) -> str:
    """The country of a UN/LOCODE, or of a place whose name ends with it; empty for a place in words only."""
    if re.fullmatch(r"[A-Z]{2}[A-Z2-9]{3}", place) and place not in TOWNS and place[:2] in countries():
        return place[:2]
    last = re.split(r"[,(]", place)[-1].strip(" .)").casefold()
    return next((code for code, name in countries().items() if name.casefold() == last), "")


def _means(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    mode, port = filing["transport_mode"], filing["port_of_loading"].upper()
    kind, name = codes.PORT_KINDS.get(port), codes.PORTS.get(port, port)
    if mode == AIR and kind == "sea":
        yield Fault(
            "port_of_loading",
            f"The goods go by air, but {name} is a sea port. Give the air cargo station, such as INBOM4, "
            "or correct the means of transport.",
        )
    if mode == SEA and kind == "air":
        yield Fault(
            "port_of_loading",
            f"The goods go by sea, but {name} is an airport. Give the sea port or inland depot, such as "
            "INNSA1, or correct the means of transport.",
        )
    if mode in (ROAD, RAIL) and filing["destination_country"] not in BY_LAND:
        yield Fault(
            "transport_mode",
            f"{country_name(filing['destination_country'])} cannot be reached by land from India. Choose "
            "sea or air, or multimodal when a lorry carries the goods only part of the way.",
        )
    if mode == AIR and filing["container_nos"]:
        yield Fault(
            "container_nos", "Freight containers do not go by air. Remove their numbers, or correct the means of transport."
        )
    if port not in codes.PORTS and (near := _near(port)):
        yield Fault("port_of_loading", f"{port} is no port on the list. Do you mean {near}, {codes.PORTS[near]}?")


def _near(port: str) -> str:
    """A listed port with the same signs, two of them in another order."""
    return next((code for code in codes.PORTS if code[-1] == port[-1:] and sorted(code) == sorted(port)), "")


def _departure(filing: Filing, facts: Facts) -> Iterator[Fault]:
    departure, billed = filing["departure_date"], filing["transport_doc_date"]
    if departure is None:
        if billed and billed < facts.today:
            yield Fault(
                "departure_date",
                "The transport document is of an earlier day, so the goods may have left. Give the departure "
                "date, past or to come.",
            )
        elif filing["retro_reason"] and _fresh(filing, facts):
            yield Fault(
                "departure_date",
                "You say why the certificate is asked for late, but not when the goods left. Give the departure date.",
            )
        return
    if abs(departure - facts.today) > FAR:
        yield Fault(
            "departure_date", f"The departure, {clock.day(departure)}, is more than nine months away from today. Check the year."
        )
    elif (first := _first_invoice(filing)) and departure < first:
        yield Fault(
            "departure_date", f"The goods leave before the first invoice is written ({clock.day(first)}). Check both dates."
        )


def _fresh(filing: Filing, facts: Facts) -> bool:
    return all(facts.today - invoice["date"] <= timedelta(days=facts.retro_days) for invoice in filing["invoices"])


def _first_invoice(filing: Filing) -> date | None:
    return min((invoice["date"] for invoice in filing["invoices"]), default=None)


def _papers(filing: Filing, _facts: Facts) -> Iterator[Fault]:
    """A number without its date, a date without its number, and papers older than what they are made from."""
    for paper, words in (("transport_doc", "bill of lading or airway bill"), ("shipping_bill", "shipping bill")):
        number, day = filing[f"{paper}_no"], filing[f"{paper}_date"]
        if number and not day:
            yield Fault(f"{paper}_date", f"The {words} has a number but no date. Give its date.")
        if day and not number:
            yield Fault(f"{paper}_no", f"The {words} has a date but no number. Give its number.")
        if day and (first := _first_invoice(filing)) and day < first:
            yield Fault(f"{paper}_date", f"The {words} is older than the first invoice ({clock.day(first)}). Check both dates.")


RULES: tuple[Rule, ...] = (_ports, _means, _departure, _papers)
