"""Fill in the form of an application of the demonstration: buyer, goods, invoices and ship, by dice that repeat."""

import re
from datetime import date, timedelta
from random import Random
from typing import Any

from stdnum.iso6346 import calc_check_digit

from app.applications.checks import MINIMAL_OPERATIONS
from app.demo.buyers import AIR, BUYERS, CURRENCY_FOR_A_DOLLAR, ROAD, SEA, Buyer
from app.demo.firms import BY_PAN, Trade
from app.demo.goods import FOREIGN, GOODS, Article
from app.demo.plans import Plan
from app.infra.codes import country_name

SHIPS = (
    "ORIENT PEARL",
    "KAVERI STAR",
    "NORDIC HERON",
    "CORAL VENTURE",
    "MALABAR BREEZE",
    "ATLANTIC WREN",
    "JADE CREST",
)
FLIGHTS = ("UD 182", "UD 307", "QX 559", "SK 4410")
LINES = (1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 5, 6, 8, 12)
LIGHT = ("gems", "pharma")  # sent by air more often than not
LATE = (
    "The buyer's bank asked for the certificate only after the vessel had sailed.",
    "Customs at destination demanded a certificate of origin on arrival; none had been asked for in the order.",
    "Our shipping agent omitted to apply before departure; the goods are on the way.",
)
PROCESS = (
    "Imported components are machined, assembled, tested and finished in our works in India; the tariff heading "
    "changes, and more than half of the FOB value is added here."
)
AFTERWARDS = "The certificate to be replaced was issued in time; the mistake was noticed when the goods had left."
SOON = timedelta(days=7)  # by then it is approved
WRONG = "The consignee's address was printed as first ordered; the buyer has moved since."


def filing(plan: Plan, day: date) -> dict[str, Any]:
    """The JSON of the form as it is filled in on a day."""
    dice, trade = plan.chance("filing"), BY_PAN[plan.pan]
    buyer = dice.choice([buyer for buyer in BUYERS if buyer.wants(trade.goods)])
    articles = _articles(plan, dice, trade)
    lines = min(dice.choice(LINES), sum(len(article.kinds) for article in articles))
    rate = CURRENCY_FOR_A_DOLLAR[buyer.currency]
    numbers = _invoice_numbers(plan, trade, day, 2 if lines > 3 and dice.random() < 0.4 else 1)
    items = _items(dice, articles, lines, buyer, rate)
    for place, item in enumerate(items):
        item["invoice"] = numbers[place * len(numbers) // len(items)]
    invoiced = (day - timedelta(days=dice.randint(2, 18) + (16 if plan.retrospective else 0))).isoformat()
    return {
        "kind": "BACK_TO_BACK" if plan.foreign else "ORIGINAL",
        "certificate_type": "NON_PREFERENTIAL",
        "agency": plan.desk[0],
        "office": plan.desk[1],
        "consignee": {"name": buyer.name, "address": f"{buyer.street}\n{buyer.city}", "country": buyer.country},
        "destination_country": buyer.country,
        "po_no": plan.mark,
        "invoices": [
            {"no": no, "date": invoiced, "value": _value(items, no), "currency": buyer.currency} for no in numbers
        ],
        "items": items,
        **_journey(plan, dice, trade, buyer, day),
        **_inputs(items),
        **(_foreign(dice, items, day) if plan.foreign else {"b2b_evidence": []}),
    }  # fmt: skip


def _articles(plan: Plan, dice: Random, trade: Trade) -> list[Article]:
    """What the firm sells, or foreign goods of one country, because a certificate names one."""
    if not plan.foreign:
        return list(GOODS[trade.goods])
    origin = dice.choice(FOREIGN[trade.goods]).origin
    return [article for article in FOREIGN[trade.goods] if article.origin == origin]


def _invoice_numbers(plan: Plan, trade: Trade, day: date, count: int) -> list[str]:
    """Numbers of India's financial year, which begins in April."""
    year = day.year - (day.month < 4)
    return [f"{trade.invoices}/{year % 100}-{(year + 1) % 100}/{plan.number * 7 + extra:04d}" for extra in range(count)]


def _value(items: list[dict[str, Any]], invoice: str) -> str:
    paise = sum(round(float(item["fob_value"]) * 100) for item in items if item["invoice"] == invoice)
    return f"{paise / 100:.2f}"


def _items(dice: Random, articles: list[Article], lines: int, buyer: Buyer, rate: float) -> list[dict[str, Any]]:
    choices = [(article, kind) for article in articles for kind in article.kinds]
    before, items = 0, []
    for article, kind in dice.sample(choices, lines):
        count = dice.randint(*article.packages)
        items.append(_item(dice, article, kind, count, rate) | {"marks": _marks(buyer, before, count)})
        before += count
    return items


def _item(dice: Random, article: Article, kind: str, count: int, rate: float) -> dict[str, Any]:
    bag = re.search(r"(\d+) kg", kind)
    quantity = count * (article.units or int(bag[1] if bag else 25) / 1000)
    net = quantity * article.kg
    return {
        "itc_hs": article.itc_hs,
        "description": f"{article.name}, {kind}",
        "package_count": count,
        "package_kind": article.package,
        "quantity": f"{quantity:.3f}",
        "uqc": article.uqc,
        "net_weight_kg": f"{net:.3f}",
        "gross_weight_kg": f"{net * dice.uniform(1.01, 1.09) + 0.05:.3f}",
        "fob_value": f"{quantity * article.price * dice.uniform(0.94, 1.08) * rate:.2f}",
        "origin_country": article.origin,
        "origin_criterion": article.criterion,
    }


def _marks(buyer: Buyer, before: int, count: int) -> str:
    return f"{buyer.mark}\n{buyer.town.upper()}\nNo. {before + 1}-{before + count}"


def _journey(plan: Plan, dice: Random, trade: Trade, buyer: Buyer, day: date) -> dict[str, Any]:
    """How and when the goods travel, as far as it is known on the day."""
    mode = AIR if buyer.mode == SEA and trade.goods in LIGHT and dice.random() < 0.7 else buyer.mode
    by_sea, left = mode == SEA, day - timedelta(days=dice.randint(3, 16))
    sails = day + timedelta(days=dice.randint(21, 34))
    billed = plan.retrospective or dice.random() < 0.6
    known: dict[str, Any] = {
        "transport_mode": mode,
        "vessel_flight": "" if mode == ROAD else dice.choice(SHIPS if by_sea else FLIGHTS),
        "voyage": f"{dice.randint(11, 980):03d}{dice.choice('EW')}" if by_sea else "",
        "departure_date": (left if plan.retrospective else sails).isoformat() if billed else None,
        "port_of_loading": trade.sea if mode != AIR else trade.air,
        "port_of_discharge": buyer.town if mode == AIR else buyer.port,
        "final_destination": country_name(buyer.country),
        "shipping_bill_no": f"{dice.randint(1_000_000, 9_999_999)}" if billed else "",
        "shipping_bill_date": (left - timedelta(days=1)).isoformat() if billed else None,
        "container_nos": [_container(dice)] if by_sea and billed else [],
        "lc_no": f"LC{dice.randint(100_000, 999_999)}" if dice.random() < 0.3 else "",
    }
    if plan.retrospective:
        known |= {"retro_reason": dice.choice(LATE), "transport_doc_date": left.isoformat()}
        known["transport_doc_no"] = f"{'BL' if by_sea else 'WB'}{dice.randint(10_000_000, 99_999_999)}"
    return known


def _container(dice: Random) -> str:
    number = f"UDGU{dice.randint(100_000, 999_999)}"
    return number + calc_check_digit(number)


def _inputs(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Imported inputs were used: every question about minimal operations is answered."""
    if not any(item["origin_criterion"] == "P" for item in items):
        return {"imported_inputs_used": False}
    answers = dict.fromkeys(MINIMAL_OPERATIONS, "goes beyond")
    return {"imported_inputs_used": True, "minimal_operations": answers, "process_note": PROCESS}


def _foreign(dice: Random, items: list[dict[str, Any]], day: date) -> dict[str, Any]:
    """A back-to-back certificate names the papers that prove where the goods come from."""
    country = items[0]["origin_country"]
    made, landed = day - timedelta(days=dice.randint(60, 90)), day - timedelta(days=dice.randint(20, 40))
    chamber = {
        "kind": "FOREIGN_COO",
        "number": f"{country}-{made:%y}-{dice.randint(10_000, 99_999)}",
        "country": country,
    }
    entry = {"kind": "BILL_OF_ENTRY", "number": f"{dice.randint(1_000_000, 9_999_999)}", "country": "IN"}
    return {
        "b2b_purpose": "REEXPORT",
        "b2b_evidence": [
            chamber | {"date": made.isoformat(), "issuer": f"Chamber of Commerce of {country_name(country)}"},
            entry | {"date": landed.isoformat(), "issuer": "Indian Customs"},
        ],
    }


def corrected(old: dict[str, Any], plan: Plan, number: str, day: date) -> dict[str, Any]:
    """The same form again, to replace the certificate of this number: the consignee has moved."""
    consignee = old["consignee"] | {"address": f"New premises, Gate 2\n{old['consignee']['address']}"}
    change = {
        "kind": "IN_LIEU",
        "po_no": plan.mark,
        "consignee": consignee,
        "in_lieu_of": number,
        "in_lieu_reason": WRONG,
    }
    if old["departure_date"] and not old["retro_reason"] and old["departure_date"] < (day + SOON).isoformat():
        change["retro_reason"] = AFTERWARDS
    return old | change
