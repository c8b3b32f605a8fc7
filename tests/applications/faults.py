"""A hundred filings that are right and a hundred with one realistic fault each, all from a seed, with the invoice's words.

Each fault carries the field that is wrong and why it would be sent back: one of the nine classic reasons, or the rule it breaks.
"""

import datetime
import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.applications.checks import MINIMAL_OPERATIONS

TODAY = datetime.date(2026, 8, 18)
EXPORTER = "Bharat Textiles Exports Private Limited"

Filing = dict[str, Any]


@dataclass
class Case:
    """A filing, the words of the invoice that lies with it (none for a scan), and what is wrong with the two, if anything."""

    filing: Filing
    words: str = ""
    name: str = ""
    field: str = ""
    reason: str = ""


# (ITC(HS), description, unit, kilograms a unit, price a unit, units a package, package, criterion)
GOODS: tuple[tuple[str, str, str, float, float, int, str, str], ...] = (
    ("63026090", "Cotton terry towels, piece-dyed, 500 g/m²", "PCS", 0.4, 3.1, 50, "CT", "M"),
    ("61091000", "100% cotton knitted T-shirts, dyed, men's, round neck, 180 GSM", "PCS", 0.19, 4.2, 60, "CT", "M"),
    ("62052090", "Men's shirts, woven, cotton poplin, sizes S to XXL", "PCS", 0.26, 6.9, 40, "CT", "M"),
    ("62142090", "Pashmina shawls, hand-embroidered, 70 x 200 cm", "PCS", 0.24, 31.0, 40, "CT", "M"),
    ("57011010", "Hand-knotted woollen carpets, 80 knots/in²", "SQM", 3.9, 62.0, 40, "BL", "M"),
    ("52081120", "Grey cotton voile, unbleached, 60 x 60, width 120 cm", "MTR", 0.09, 0.7, 900, "BE", "M"),
    ("50072010", "Silk sarees with zari border, Kanchipuram", "PCS", 0.6, 55.0, 20, "CT", "M"),
    ("53101013", "Hessian cloth of jute, 10 oz, 40 inches", "MTR", 0.3, 0.5, 1000, "BL", "M"),
    ("10063020", "Basmati rice, Pusa 1121, white sella, crop 2025-26", "MTS", 1000, 1080, 1, "BG", "W"),
    ("09041130", "Black pepper, garbled, 550 g/l, MG1", "KGS", 1, 7.9, 50, "BG", "W"),
    ("09024020", "Assam tea, CTC, grade BP, in chests of paper", "KGS", 1, 3.6, 50, "SA", "W"),
    ("09011145", "Arabica plantation coffee A, screen 17", "KGS", 1, 6.1, 60, "BG", "W"),
    ("08045020", "Alphonso mangoes, fresh, grade A, in trays", "KGS", 1, 3.9, 12, "CT", "W"),
    ("08013220", "Cashew kernels W320, whole", "KGS", 1, 8.2, 23, "CT", "M"),
    ("07031019", "Red onions, 50 to 70 mm, in mesh bags", "MTS", 1000, 310, 1, "BG", "W"),
    ("03061719", "Frozen vannamei shrimps, headless, shell-on, 21/25", "KGS", 1, 8.4, 20, "CT", "W"),
    ("02023000", "Frozen boneless buffalo meat, halal, compensated quarters", "KGS", 1, 3.6, 20, "CT", "W"),
    ("13023230", "Guar gum powder, food grade, 5000 cps, 200 mesh", "KGS", 1, 2.2, 25, "BG", "M"),
    ("12119032", "Psyllium husk, 99% purity, 40 mesh", "KGS", 1, 6.6, 25, "BG", "M"),
    ("12119029", "Senna leaves, Tinnevelly, machine dried", "KGS", 1, 1.9, 50, "BL", "W"),
    ("15153090", "Castor oil, first special grade", "KGS", 1, 1.6, 200, "DR", "M"),
    ("17011490", "Jaggery, organic, in blocks of 1 kg", "KGS", 1, 1.2, 20, "CT", "M"),
    ("19053100", "Sweet biscuits, glucose, in packs of 80 g", "KGS", 1, 1.9, 8, "CT", "M"),
    ("20019000", "Gherkins in vinegar, 330/660, in drums", "KGS", 1, 1.1, 200, "DR", "M"),
    ("21069099", "Ready-to-eat meals, palak paneer, retort pouches of 300 g", "KGS", 1, 4.0, 12, "CT", "M"),
    ("25151220", "Marble blocks, Makrana, roughly squared", "MTS", 1000, 260, 0, "NE", "W"),
    ("26011142", "Iron ore fines, below 62% Fe", "MTS", 1000, 71, 0, "VY", "W"),
    ("25262000", "Talc powder, micronised, whiteness 96", "KGS", 1, 0.3, 25, "BG", "W"),
    ("28151110", "Caustic soda flakes, 98%", "KGS", 1, 0.5, 25, "BG", "M"),
    ("29061100", "Menthol crystals BP/USP, bold", "KGS", 1, 18.0, 25, "DR", "M"),
    ("29420090", "Diclofenac sodium BP", "KGS", 1, 12.0, 25, "DR", "M"),
    ("30049099", "Metformin hydrochloride tablets IP 500 mg, 10 x 10 blisters", "PAC", 0.12, 1.4, 144, "CT", "M"),
    ("30049011", "Chyawanprash, ayurvedic medicine, jars of 500 g", "PCS", 0.62, 2.4, 24, "CT", "M"),
    ("32041681", "Reactive black 5, dyestuff, 150%", "KGS", 1, 4.3, 25, "DR", "M"),
    ("33074100", "Agarbatti, sandalwood, hexagonal boxes of 20 sticks", "DOZ", 0.5, 1.9, 30, "CT", "M"),
    ("33012510", "Peppermint oil, rectified, menthol 42%", "KGS", 1, 21.0, 180, "DR", "M"),
    ("39235010", "Closures of polypropylene, 28 mm, flip-top", "THD", 3.1, 18.0, 5, "CT", "M"),
    ("39021000", "Polypropylene granules, homopolymer, MFI 11", "MTS", 1000, 1120, 1, "BG", "M"),
    ("40116100", "Pneumatic tyres, new, agricultural, 13.6-28", "PCS", 48.0, 160.0, 0, "NE", "M"),
    ("42022110", "Ladies' hand-bags of goat leather, tan", "PCS", 0.74, 23.0, 20, "CT", "M"),
    ("44209090", "Wooden handicrafts of sheesham, carved boxes", "PCS", 0.6, 4.4, 48, "CT", "M"),
    ("48201020", "Exercise books, 172 pages, ruled", "DOZ", 2.4, 3.3, 12, "CT", "M"),
    ("64039110", "Men's leather ankle boots with rubber soles", "PRS", 1.45, 27.0, 10, "CT", "M"),
    ("68022310", "Polished granite slabs, Black Galaxy, 20 mm", "SQM", 55.0, 42.0, 40, "CR", "M"),
    ("69072100", "Vitrified floor tiles, double charge, 600 x 600 mm", "SQM", 21.0, 5.2, 1, "CT", "M"),
    ("70132800", "Stemware of glass, hand-blown, 300 ml", "PCS", 0.3, 1.6, 24, "CT", "M"),
    ("71131913", "Gold jewellery, 22 ct, plain bangles", "GMS", 0.001, 96.0, 900, "BX", "M"),
    ("71023910", "Cut and polished natural diamonds, round, 0.30 to 0.49 ct", "GMS", 0.001, 900.0, 60, "BX", "M"),
    ("72104900", "Galvanised steel coils, 0.5 x 1250 mm, Z120", "MTS", 1000, 780, 4, "CL", "M"),
    ("73239390", "Stainless steel utensils, mixing bowls with lids", "PCS", 0.45, 2.1, 60, "CT", "M"),
    ("73181500", "Hexagonal bolts with nuts, M12 x 60, grade 8.8", "KGS", 1, 1.9, 25, "CT", "M"),
    ("74198030", "Artware of brass, peacock oil lamps", "PCS", 1.3, 11.0, 24, "CT", "M"),
    ("76061190", "Aluminium sheets, alloy 1050, 2 mm", "KGS", 1, 3.0, 1200, "PX", "M"),
    ("82055990", "Hand tools for gardening, pruning shears", "PCS", 0.32, 3.3, 60, "CT", "M"),
    ("84137010", "Submersible pump sets, 2 hp, for borewells", "NOS", 21.0, 88.0, 1, "CT", "P"),
    ("84818030", "Gunmetal gate valve, screwed ends, PN16, DN 15", "PCS", 0.9, 17.5, 40, "CS", "M"),
    ("84224000", "Machine for filling and sealing pouches, automatic, with spares", "SET", 2400.0, 61000.0, 1, "CS", "P"),
    ("84821020", "Ball bearings 6204-2RS, made with imported rings", "PCS", 0.11, 1.1, 200, "CT", "P"),
    ("85042100", "Distribution transformers, oil-filled, 100 kVA, 11/0.433 kV", "NOS", 410.0, 1900.0, 1, "CR", "P"),
    ("85444992", "PVC insulated copper cables, 1.5 mm², coils of 90 m", "MTR", 0.03, 0.3, 900, "CT", "M"),
    ("87089900", "Brake drums for trailers, grey iron, machined", "PCS", 44.5, 33.0, 16, "PX", "M"),
    ("87141090", "Parts of motorcycles: chain sprocket kits", "SET", 1.4, 9.5, 20, "CT", "M"),
    ("90183100", "Disposable syringes with needle, 5 ml, sterile", "PCS", 0.008, 0.05, 2000, "CT", "M"),
    ("90213900", "Intraocular lenses, foldable, sterile", "PCS", 0.02, 19.0, 200, "CT", "M"),
    ("94036000", "Dining tables of mango wood, knocked down", "PCS", 38.0, 120.0, 1, "CT", "M"),
    ("95069990", "Cricket bats, English willow, size SH", "PCS", 1.25, 65.0, 12, "CT", "P"),
    ("96081019", "Ball point pens, blue, tip 0.7 mm", "THD", 7.0, 48.0, 2, "CT", "M"),
    ("97039100", "Contemporary bronze sculpture, signed by the artist", "NOS", 84.0, 5200.0, 1, "CS", "M"),
)  # fmt: skip
# (name, address, country, port, town, currency)
BUYERS: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("Nordlicht Handel GmbH & Co. KG", "Speicherstraße 9\n20457 Hamburg", "DE", "DEHAM", "Hamburg", "EUR"),
    ("Van Houten & Zonen B.V.", "Maasboulevard 100\n3063 NS Rotterdam", "NL", "NLRTM", "Rotterdam", "EUR"),
    ("Al Noor Foodstuff Trading LLC", "P.O. Box 40982, Al Ras, Deira\nDubai", "AE", "AEJEA", "Dubai", "USD"),
    ("Pwani Pipes & Valves Ltd", "Shimanzi Road, Plot 412\nMombasa", "KE", "KEMBA", "Mombasa", "USD"),
    ("Harbour Lane Imports Inc.", "1200 Peachtree Street NE\nAtlanta, Georgia 30309", "US", "USSAV", "Savannah", "USD"),
    ("Merlion General Trading Pte Ltd", "10 Anson Road, #22-14\nSingapore 079903", "SG", "SGSIN", "Singapore", "USD"),
    ("Tokuda Shoji K.K.", "2-4-1 Nihonbashi, Chuo-ku\nTokyo 103-0027", "JP", "TOKYO", "Tokyo", "JPY"),
    ("Comercial Andina S.A.C.", "Av. Argentina 2415\nCallao, Lima", "PE", "PECLL", "Callao", "USD"),
    ("Kumasi Agro Company Limited", "14 Ring Road Central\nAccra", "GH", "GHTEM", "Tema", "USD"),
    ("Müller & Söhne AG", "Hafenstrasse 4\n4057 Basel", "CH", "Rotterdam, Netherlands", "Basel", "CHF"),
    ("Britannia Soft Furnishings Ltd", "Unit 7, Trafford Park\nManchester M17 1AB", "GB", "GBFXT", "Felixstowe", "GBP"),
    ("Outback Tiles Pty Ltd", "88 Lorimer Street\nPort Melbourne VIC 3207", "AU", "AUMEL", "Melbourne", "AUD"),
    ("Riyadh House for Spices Est.", "King Fahd Road, Al Olaya\nRiyadh 12211", "SA", "SADMM", "Dammam", "USD"),
    ("Saigon Leather Joint Stock Company", "115 Nguyen Hue, District 1\nHo Chi Minh City", "VN", "VNSGN", "Ho Chi Minh City", "USD"),
    ("Himal Traders Pvt. Ltd.", "New Road 21\nKathmandu", "NP", "Birgunj", "Kathmandu", "INR"),
)  # fmt: skip
FOREIGN = (
    ("07132010", "Kabuli chickpeas, 9 mm, in original bags, unopened", "MTS", 1000, 980, 1, "BG", "AU"),
    ("09061110", "Cinnamon quills, grade C4, in the original bales", "KGS", 1, 9.0, 40, "BL", "LK"),
    ("85171300", "Mobile telephones, refurbished, in original packing", "NOS", 0.4, 110.0, 40, "CT", "CN"),
    ("84713010", "Laptop computers, 14 inch, returned by the customer unopened", "NOS", 2.1, 420.0, 10, "CT", "VN"),
)
SEA_PORTS, AIR_PORTS = ("INNSA1", "INMUN1", "INMAA1", "INTKD6", "INCOK1"), ("INBOM4", "INDEL4", "INMAA4")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


# --- what is right ---------------------------------------------------------------------------------------------------


def good(seed: int, kind: str = "") -> Case:
    """A filing that is right, ordinary or odd, and the words of its invoice."""
    dice = random.Random(f"right {seed}")
    kind = kind or dice.choices(("ORIGINAL", "BACK_TO_BACK", "IN_LIEU"), (80, 13, 7))[0]
    buyer = BUYERS[seed % len(BUYERS)] if kind != "BACK_TO_BACK" else dice.choice(BUYERS[:13])
    name, address, country, port, town, currency = buyer
    filing: Filing = {
        "kind": kind, "agency": "FIEC", "office": "001",
        "consignee": {"name": name, "address": address, "country": country},
        "destination_country": country,
        "invoices": _invoices(dice, seed, currency),
        "final_destination": town,
    }  # fmt: skip
    filing |= _journey(dice, country, port, town)
    filing["items"] = _items(dice, seed, filing["invoices"], foreign=kind == "BACK_TO_BACK", goal=country)
    _add_up(dice, filing)
    if any(item["origin_criterion"] == "P" for item in filing["items"]):
        filing |= {"imported_inputs_used": True, "minimal_operations": dict.fromkeys(MINIMAL_OPERATIONS, "goes beyond"),
                   "process_note": "Imported parts are machined, assembled and tested in Pune; the heading changes."}  # fmt: skip
    if kind == "BACK_TO_BACK":
        filing |= _evidence(dice, filing)
    if kind == "IN_LIEU":
        filing |= {"in_lieu_of": "FIEC/2026/001/NP/0000001-1", "in_lieu_reason": "The buyer's street was printed wrongly."}
    _odd(dice, filing)
    return Case(filing, invoice_words(dice, filing) if dice.random() < 0.7 else "", name=f"right {seed}")


def _invoices(dice: random.Random, seed: int, currency: str) -> list[dict[str, Any]]:
    style = dice.choice(("BTX/26/{:04d}", "EXP/26-27/{:05d}", "BT-{:d}", "2627{:06d}", "E{:03d}/2026", "BTX/EXP/{:03d}/26-27"))
    day = TODAY - datetime.timedelta(days=dice.randint(0, 40))
    count = dice.choice((1, 1, 1, 2))
    return [{"no": style.format(seed * 7 + extra + 1), "date": (day - datetime.timedelta(days=extra)).isoformat(), "value": "0",
             "currency": currency} for extra in range(count)]  # fmt: skip


def _journey(dice: random.Random, country: str, port: str, town: str) -> Filing:
    if country == "NP":
        return {"transport_mode": 3, "port_of_loading": "INRXLB", "port_of_discharge": port}
    if dice.random() < 0.2:
        return {
            "transport_mode": 4,
            "vessel_flight": "EK 501",
            "port_of_loading": dice.choice(AIR_PORTS),
            "port_of_discharge": town,
        }
    made: Filing = {"transport_mode": 1, "vessel_flight": "EVER GOLDEN", "voyage": "017W",
                    "port_of_loading": dice.choice(SEA_PORTS), "port_of_discharge": port}  # fmt: skip
    if dice.random() < 0.4:
        sails = TODAY + datetime.timedelta(days=dice.randint(0, 25))
        made |= {"departure_date": sails.isoformat(), "container_nos": ["CSQU3054383"]}
    return made


def _items(dice: random.Random, seed: int, invoices: list[dict[str, Any]], *, foreign: bool, goal: str) -> list[dict[str, Any]]:
    count = max(len(invoices), dice.choice((1, 1, 2, 3, 5)))
    first = seed * 3 % len(GOODS)
    rows = (
        [dice.choice([row for row in FOREIGN if row[-1] != goal])]
        if foreign
        else [GOODS[(first + step) % len(GOODS)] for step in range(count)]
    )
    rows = rows * len(invoices) if foreign else rows
    made, marks = [], dice.choice(("N/M", "{0}\nNo. {1}", "{0}\nC/No. {1}\nMADE IN INDIA"))
    for place, (code, text, unit, weight, price, holds, package, last) in enumerate(rows):
        packages = dice.randint(3, 90) if holds else 0
        quantity = packages * holds if holds else dice.randint(20, 90)
        if unit == "MTS" and package == "BG":
            quantity = packages  # of a tonne
        if weight > 1000 and unit == "SET":
            quantity, packages = 2, dice.choice((2, 5))  # a machine comes in several cases
        net = round(quantity * weight, 3) or 0.001
        gross = net if package in ("VY", "NE") else round(net * dice.uniform(1.01, 1.3) + 0.02, 3)
        made.append({
            "itc_hs": code, "description": text if not foreign or not place else f"{text}, second lot", "package_count": packages,
            "package_kind": package, "quantity": f"{quantity:.3f}", "uqc": unit, "net_weight_kg": f"{net:.3f}",
            "gross_weight_kg": f"{gross:.3f}", "fob_value": f"{quantity * price * dice.uniform(0.9, 1.1):.2f}",
            "invoice": invoices[place % len(invoices)]["no"], "origin_country": last if foreign else "IN",
            "origin_criterion": "F" if foreign else last, "marks": marks.format("NH/42", f"{place * 100 + 1}-{place * 100 + packages}"),
        })  # fmt: skip
    return made


def _add_up(dice: random.Random, filing: Filing) -> None:
    """Each invoice is of its lines; some are CIF, with freight on top."""
    freight = dice.choice((1.0, 1.0, 1.0, 1.06, 1.18))
    for invoice in filing["invoices"]:
        lines = sum(float(item["fob_value"]) for item in filing["items"] if item["invoice"] == invoice["no"])
        invoice["value"] = f"{lines * freight:.2f}"


def _evidence(dice: random.Random, filing: Filing) -> Filing:
    country = filing["items"][0]["origin_country"]
    return {"b2b_purpose": dice.choice(("REEXPORT", "TRANSHIPMENT")), "b2b_evidence": [
        {"kind": "FOREIGN_COO", "number": f"{country}-2026-{dice.randint(1000, 9999)}", "date": "2026-06-02",
         "issuer": "Chamber of Commerce", "country": country},
        {"kind": "BILL_OF_ENTRY", "number": "4471902", "date": "2026-07-02", "issuer": "Customs, Nhava Sheva", "country": "IN"},
    ]}  # fmt: skip


def _odd(dice: random.Random, filing: Filing) -> None:
    """Now and then something unusual that is right all the same."""
    if (number := dice.randint(0, 13)) < len(ODD):
        ODD[number](filing)


def _through_a_port(filing: Filing) -> None:
    """Goods sent on from the port to a country without a coast, by somebody named."""
    if filing["transport_mode"] != 1:
        return
    filing |= {"notify_party": "Transworld Logistics, Vienna", "destination_country": "AT", "final_destination": "Vienna"}


def _samples(filing: Filing) -> None:
    """Samples of no value beside goods that are paid for."""
    item = filing["items"][0]
    item["description"] += ", trade samples of no commercial value"
    item["fob_value"] = "0.00" if len(filing["items"]) > len(filing["invoices"]) else "12.00"
    _add_up(random.Random(1), filing)


def _gone(filing: Filing) -> None:
    """Gone already, with the reason."""
    day = TODAY - datetime.timedelta(days=3)
    filing |= {"departure_date": day.isoformat(), "retro_reason": "The buyer's bank asked for it only after sailing."}
    for invoice in filing["invoices"]:
        invoice["date"] = min(invoice["date"], (day - datetime.timedelta(days=4)).isoformat())


def _billed(filing: Filing) -> None:
    """The shipping bill is there."""
    filing |= {"shipping_bill_no": "5937232", "shipping_bill_date": TODAY.isoformat()}


def _to_order(filing: Filing) -> None:
    """To the order of a bank."""
    filing["notify_party"] = f"{filing['consignee']['name']}, {filing['consignee']['address']}"
    filing["consignee"] = filing["consignee"] | {"name": "To the order of Commerzbank"}


def _paid_elsewhere(filing: Filing) -> None:
    """Somebody else pays."""
    filing |= {"buyer": "Orient Crown Holdings, Hong Kong", "lc_no": "LC449021", "po_no": "4500012345"}


def _old(filing: Filing) -> None:
    """An old invoice, explained."""
    filing["invoices"][0]["date"] = "2026-05-02"
    filing["retro_reason"] = "The vessel was cancelled twice; the goods waited at the port."
    filing.setdefault("departure_date", (TODAY + datetime.timedelta(days=4)).isoformat())


ODD = (_through_a_port, _samples, _gone, _billed, _to_order, _paid_elsewhere, _old)


def invoice_words(dice: random.Random, filing: Filing) -> str:
    """The text of the invoices as pypdf might give it, in one of several layouts."""
    pages, layout = [], dice.randint(0, 3)
    for invoice in filing["invoices"]:
        day = datetime.date.fromisoformat(invoice["date"])
        month = MONTHS[day.month - 1]
        when = (
            f"{day:%d.%m.%Y}",
            f"{day.day} {month} {day.year}",
            f"{day:%d-}{month[:3]}-{day:%y}",
            f"{month} {day.day}, {day.year}",
        )
        pages += [
            ("COMMERCIAL INVOICE", "INVOICE", "TAX INVOICE (EXPORT UNDER LUT)", "EXPORT INVOICE CUM PACKING LIST")[layout],
            f"Exporter: {EXPORTER}\nPlot 14, MIDC, Pune 411019, India   IEC 0312004567   Tel 20 2746 1122",
            f"Invoice No. {invoice['no']}  Date: {when[layout]}\nBuyer's order 4500012345 dated 02.03.2026",
            f"Proforma Invoice PI/26/009 dated 01.03.2026\nConsignee: {filing['consignee']['name']}\n{filing['consignee']['address']}",
            f"Country of origin of goods: {ORIGIN[filing['items'][0]['origin_country']]}",
            f"Port of loading {filing['port_of_loading']}  Terms: FOB / CIF",
        ]  # fmt: skip
        lines = [item for item in filing["items"] if item["invoice"] == invoice["no"]]
        for number, item in enumerate(lines, 1):
            code = item["itc_hs"] if layout != 1 else f"{item['itc_hs'][:4]}.{item['itc_hs'][4:6]}.{item['itc_hs'][6:]}"
            amount = f"{float(item['fob_value']):,.2f}"
            pages.append(f"{number} {item['marks']} {item['description']} HSN {code} {item['quantity']} {item['uqc']} {amount}")
        pages.append(f"TOTAL {invoice['currency']} {_amount(invoice['value'], layout)}")
    if layout == 3:
        gross = sum(float(item["gross_weight_kg"]) for item in filing["items"])
        packages = sum(item["package_count"] for item in filing["items"])
        pages.append(f"Total packages: {packages:,}\nGross weight: {gross:,.3f} kgs")
    pages.append(f"For {EXPORTER}\n\nAuthorised Signatory")
    return "\n".join(pages)


ORIGIN = {"IN": "INDIA", "AU": "AUSTRALIA", "LK": "SRI LANKA", "CN": "CHINA", "VN": "VIETNAM", "BD": "BANGLADESH"}


def _amount(value: str, layout: int) -> str:
    western = f"{float(value):,.2f}"
    return (western, western.translate(str.maketrans(",.", ".,")), f"{float(value):.2f}", western.replace(",", " "))[layout]


# --- what is wrong ---------------------------------------------------------------------------------------------------

Slip = Callable[[Filing], None]
MADE: list[tuple[str, str, str, str, Slip, str]] = []  # (name, field, reason, kind, what goes wrong, where: filing or paper)


def slip(where: str, reason: str, kind: str = "ORIGINAL", on: str = "filing") -> Callable[[Slip], Slip]:
    """Register a way of going wrong: the field, why it is sent back, the kind of filing, and whether only the paper shows it."""

    def keep(change: Slip) -> Slip:
        MADE.append(((change.__doc__ or "").strip(), where, reason, kind, change, on))
        return change

    return keep


def put(path: str, value: Any, reason: str, name: str, kind: str = "ORIGINAL", on: str = "filing", at: str = "") -> None:
    """Register a fault that is one wrong value at a path; `at` is the field that is to be named, when it is another."""

    def change(filing: Filing) -> None:
        here: Any = filing
        *steps, last = path.replace("]", "").replace("[", ".").split(".")
        for step in steps:
            here = here[int(step) if step.isdigit() else step]
        key: Any = int(last) if last.isdigit() else last
        given = value(here[key] if key in here or last.isdigit() else None, filing) if callable(value) else value
        if given is None:
            del here[key]
        else:
            here[key] = given

    MADE.append((name, at or path, reason, kind, change, on))


def faulty() -> list[Case]:
    """The hundred filings with one fault each."""
    cases = []
    for number, (name, where, reason, kind, change, on) in enumerate(MADE):
        case = plain(number, kind)
        shown = deepcopy(case.filing)
        change(case.filing if on == "filing" else shown)  # the slip is in the filing, or the paper says something else
        words = _spoilt(invoice_words(random.Random(number), shown), on) if on != "filing" else ""
        cases.append(Case(case.filing, words, name, where, reason))
    return cases


def _spoilt(words: str, on: str) -> str:
    """What is wrong with the paper as a whole."""
    match on:
        case "paper:proforma":
            _first, *rest = words.split("\n")
            return "\n".join(["PRO-FORMA INVOICE", *(line.replace("Invoice", "Ref.") for line in rest)])
        case "paper:signed":
            return words.replace(f"For {EXPORTER}", "For Malwa Agro Processors LLP")
        case "paper:origin":
            return words.replace("origin of goods: INDIA", "origin of goods: BANGLADESH")
    return words


def plain(seed: int, kind: str) -> Case:
    """A right filing of a kind, one invoice and without oddities that would hide the fault."""
    for tried in range(seed * 50, seed * 50 + 50):
        case = good(tried, kind)
        unusual = {"notify_party", "buyer", "departure_date", "retro_reason", "shipping_bill_no"} & set(case.filing)
        by_land = case.filing["transport_mode"] == 3 or case.filing["consignee"]["country"] in ("CH", "SG", "JP")
        item = case.filing["items"][0]
        odd = item["package_kind"] in ("NE", "VY") or item["fob_value"] == "0.00" or item["uqc"] == "SET"
        if len(case.filing["invoices"]) == 1 and not unusual and not by_land and not odd and "samples" not in item["description"]:
            return case
    raise LookupError(f"no plain filing for seed {seed}")


def _times(factor: float, places: int = 3) -> Callable[[Any, Filing], str]:
    return lambda old, _filing: f"{float(old) * factor:.{places}f}"


ONE = "items[0]."
DIFFERS, MISSING, SPELT, TWICE = "data differs from the invoice", "weight or count missing", "spelling", "country twice"
BRAND, PROFORMA, SIGNED, HS, BUYER = (
    "brand as description",
    "pro-forma invoice",
    "wrong signatory",
    "HS mismatch",
    "consignee not buyer",
)
RULE = "rule 4.7"
RULE8 = "rule 4.8"

# HS codes
put(ONE + "itc_hs", "6302609", HS, "seven digits")
put(ONE + "itc_hs", "6302.60.90", HS, "dots in the code")
put(ONE + "itc_hs", "99871234", HS, "a code of services")
put(ONE + "itc_hs", "77112233", HS, "a chapter that does not exist")
put(ONE + "itc_hs", lambda _old, f: _other_chapter(f), HS, "another line's code")
put(ONE + "itc_hs", lambda _old, f: _other_chapter(f, 2), HS, "last month's goods")
put(ONE + "itc_hs", lambda old, _f: old[:2] + old[2:][::-1], HS, "digits turned round within the chapter")
# description
put(ONE + "description", "Goods as per invoice", BRAND, "goods as per invoice")
put(ONE + "description", "Spare parts", BRAND, "spare parts")
put(ONE + "description", "Household articles", BRAND, "household articles")
put(ONE + "description", "MAAZA 250", BRAND, "a drink by its brand")
put(ONE + "description", "Surf Excel", BRAND, "a brand of washing powder")
put(ONE + "description", "XR-2200 Turbo", BRAND, "a model number")
put(ONE + "description", "", BRAND, "no description")
for _code, _text in (("63026090", "Cottton terry twoels, dyed"), ("57011010", "Hand-knotted woolen carpts of finest quality"),
                     ("68022310", "Polishd granite slabs")):  # fmt: skip
    put("items[0]", lambda old, _f, code=_code, text=_text: old | {"itc_hs": code, "description": text, "origin_criterion": "M"}, SPELT,
        f"a slip in «{_text}»", at=ONE + "description")  # fmt: skip
# weights, packages, quantities
put(ONE + "gross_weight_kg", None, MISSING, "no gross weight")
put(ONE + "net_weight_kg", None, MISSING, "no net weight")
put(ONE + "uqc", None, MISSING, "no unit")
put(ONE + "uqc", "KILO", MISSING, "a unit nobody knows")
put(ONE + "package_count", None, MISSING, "no number of packages")
put(ONE + "package_kind", "", MISSING, "no kind of packages")
put(ONE + "package_kind", "CARTON", RULE8, "a kind of packages in words")
put(ONE + "package_count", 0, MISSING, "nought packages")
put(ONE + "gross_weight_kg", "0", MISSING, "gross weight nought")
put(ONE + "gross_weight_kg", lambda _o, f: f"{float(f['items'][0]['net_weight_kg']) * 0.93:.3f}", RULE8, "net more than gross")
put(ONE + "gross_weight_kg", lambda _o, f: f["items"][0]["net_weight_kg"], RULE8, "the net weight copied as the gross")
put(ONE + "gross_weight_kg", _times(10), RULE8, "a digit too many in the gross weight")
put(ONE + "quantity", "0", RULE8, "quantity nought")
put(ONE + "quantity", "12,500", RULE8, "a comma in the quantity")
put(ONE + "fob_value", "0.00", RULE8, "no value")
put(ONE + "fob_value", _times(100, 2), DIFFERS, "the decimal point of a line", at="invoices[0].value")
put("invoices[0].value", _times(0.5, 2), DIFFERS, "half the invoice")
put("invoices[0].value", _times(3, 2), DIFFERS, "lines left out")
put("invoices[0].value", "0", DIFFERS, "an invoice of nothing")


def _other_chapter(filing: Filing, step: int = 1) -> str:
    """A code of goods that are quite other."""
    mine = filing["items"][0]["itc_hs"]
    return [code for code in ("63026090", "09061110", "84818030", "30049099") if code[0] != mine[0]][step % 3]


@slip(ONE + "quantity", RULE8)
def _kilos_as_tonnes(filing: Filing) -> None:
    """kilograms given as tonnes"""
    item = filing["items"][0]
    item |= {"uqc": "MTS", "quantity": item["net_weight_kg"]}


@slip(ONE + "quantity", RULE8)
def _half_a_piece(filing: Filing) -> None:
    """half a piece"""
    filing["items"][0] |= {"uqc": "PCS", "quantity": "1200.500", "package_count": 12, "package_kind": "CT"}


@slip(ONE + "package_count", RULE8)
def _swapped(filing: Filing) -> None:
    """packages and pieces in each other's place"""
    filing["items"][0] |= {"uqc": "PCS", "quantity": "60.000", "package_count": 2400, "package_kind": "CT"}


@slip("items[1].description", RULE8)
def _twice(filing: Filing) -> None:
    """a line pasted twice"""
    filing["items"].insert(1, deepcopy(filing["items"][0]))
    filing["invoices"][0]["value"] = f"{sum(float(item['fob_value']) for item in filing['items']):.2f}"


@slip("items[1].marks", RULE8)
def _no_marks(filing: Filing) -> None:
    """one line without marks"""
    for number in range(2):
        filing["items"].append(deepcopy(filing["items"][0]) | {"marks": f"NH/{number}", "quantity": f"{5000 + number}.000"})
        filing["items"][-1] |= {"uqc": "PCS", "package_kind": "CT", "package_count": 20}
    filing["items"] = [filing["items"][1], filing["items"][0] | {"marks": ""}, filing["items"][2]]
    filing["invoices"][0]["value"] = f"{sum(float(item['fob_value']) for item in filing['items']):.2f}"


put(ONE + "marks", "As per packing list", MISSING, "marks as per packing list")
put(ONE + "marks", "--", MISSING, "a dash for marks")
# parties
put("consignee.country", "Germany", RULE, "a country in words")
put("destination_country", "UK", RULE, "a country code that is none")
put("consignee.country", "IN", RULE, "the consignee in India")
put("destination_country", "IN", RULE, "the destination India")
put(
    "destination_country",
    lambda _o, f: "BR" if f["destination_country"] != "BR" else "ZA",
    RULE,
    "a destination the consignee is not in",
)
put("consignee.address", lambda old, f: f"{old}\n{COUNTRY[f['consignee']['country']]}", TWICE, "the country in the address too")
put("consignee.country", lambda old, f: _moved(f), RULE, "the address of another country")
put("consignee.name", EXPORTER, BUYER, "the exporter as consignee")
put("consignee.name", "To order", BUYER, "to order, nobody to notify", at="notify_party")
put("consignee.address", "as per invoice", BUYER, "no address")
put("buyer", lambda _o, f: f["consignee"]["name"], BUYER, "the buyer is the consignee")
COUNTRY = {"DE": "Germany", "NL": "The Netherlands", "AE": "U.A.E.", "KE": "Kenya", "US": "USA", "PE": "Peru", "GH": "Ghana",
           "GB": "United Kingdom", "AU": "Australia", "SA": "Saudi Arabia", "VN": "Vietnam"}  # fmt: skip


def _moved(filing: Filing) -> str:
    """The consignee's address says Kenya; the country, and the destination with it, stay as they were."""
    filing["consignee"]["address"] += "\nBelgium"
    return str(filing["consignee"]["country"])


# ports, ways and days
put("port_of_loading", "Nhava Sheva", RULE, "the port of loading in words")
put("port_of_loading", "INNAS1", RULE, "a slip in the port of loading")
put("port_of_loading", "AEJEA", RULE, "a foreign port of loading")
put("port_of_loading", lambda _o, f: "INBOM4" if f["transport_mode"] == 1 else "INNSA1", RULE, "an airport for a ship")


@slip("port_of_discharge", RULE)
def _wrong_port(filing: Filing) -> None:
    """a port of discharge of another country"""
    filing |= {"port_of_discharge": "BRSSZ", "final_destination": ""}


@slip("final_destination", RULE)
def _wrong_end(filing: Filing) -> None:
    """a final destination of another country"""
    filing["final_destination"] = "Santos, Brazil"


put("port_of_discharge", "INMAA", RULE, "a port of discharge in India")
put("transport_mode", 3, RULE, "by road overseas")
put("departure_date", "2026-08-11", RULE, "gone already, no reason", at="retro_reason")
put("departure_date", "2027-08-30", RULE, "the wrong year of departure")
put("transport_doc_no", "MAEU5512301", RULE, "a bill of lading without a date", at="transport_doc_date")
put("shipping_bill_no", "59372", RULE, "a shipping bill of five digits")
put("container_nos", ["CSQU3054384"], RULE, "a container with a wrong check digit", at="container_nos[0]")
put("container_nos", ["CSQU3054383", "CSQU3054383"], RULE, "a container twice", at="container_nos[1]")
# invoices
put("invoices[0].date", "2026-08-28", RULE, "an invoice of next week")
put("invoices[0].date", "14-08-2026", RULE, "a date the Indian way")
put("invoices[0].no", lambda _o, f: _renamed(f, "PI/2026/114"), PROFORMA, "a pro-forma number")
put("invoices[0].no", lambda _o, f: _renamed(f, "PROFORMA 77"), PROFORMA, "pro-forma in words")
put(ONE + "invoice", "BTX/99", DIFFERS, "a line on an invoice that is not there")


def _renamed(filing: Filing, number: str) -> str:
    for item in filing["items"]:
        item["invoice"] = number
    return number


@slip("invoices", RULE)
def _two_currencies(filing: Filing) -> None:
    """two currencies"""
    filing["items"].append(
        deepcopy(filing["items"][0]) | {"invoice": "BTX/X/2", "description": filing["items"][0]["description"] + " II"}
    )
    filing["invoices"].append({"no": "BTX/X/2", "date": filing["invoices"][0]["date"], "value": filing["items"][0]["fob_value"],
                               "currency": "CAD"})  # fmt: skip


# origin
put(ONE + "origin_country", "CN", RULE8, "Chinese goods as Indian")
put(ONE + "origin_criterion", "F", RULE8, "criterion F for Indian goods")
put(ONE + "origin_criterion", "A", RULE8, "a criterion of Form A")
put("items[0]", lambda old, _f: old | {"itc_hs": "85042100", "description": "Oil-filled transformers, 100 kVA", "uqc": "NOS",
                                       "quantity": "20.000", "package_count": 20, "origin_criterion": "W"}, RULE8,
    "wholly obtained transformers", at=ONE + "origin_criterion")  # fmt: skip
put(ONE + "origin_country", "IN", RULE8, "Indian goods back to back", kind="BACK_TO_BACK")
put("b2b_evidence", [], RULE, "back to back without evidence", kind="BACK_TO_BACK")
put(
    "b2b_evidence",
    lambda old, _f: old[1:],
    RULE,
    "no foreign certificate, no reason",
    kind="BACK_TO_BACK",
    at="b2b_no_coo_reason",
)
put("b2b_evidence[0].country", "BR", RULE, "a foreign certificate of another country", kind="BACK_TO_BACK")
put("in_lieu_reason", "", RULE, "in lieu without a reason", kind="IN_LIEU")

# Only the papers show these: the filing is in itself right, the invoice says something else.
put("invoices[0].no", lambda old, f: f"{old}7", DIFFERS, "a digit lost in the invoice number", on="paper")
put("invoices[0].no", "SK/118/26", DIFFERS, "another shipment's invoice", on="paper")
put("invoices[0].date", "2026-07-02", DIFFERS, "another date on the invoice", on="paper")
put("invoices[0].value", _times(1.03, 2), DIFFERS, "another total on the invoice", on="paper")
put("invoices[0].currency", "ZAR", DIFFERS, "another currency on the invoice", on="paper")
put("consignee.name", "Zenith Commodities DMCC", BUYER, "the invoice is made out to somebody else", on="paper")
put("consignee.name", lambda old, _f: old.replace(" ", "e ", 1), SPELT, "the consignee's name with a letter too few", on="paper")
put(ONE + "itc_hs", lambda old, _f: f"{old[:4]}{'20' if old[4:6] != '20' else '30'}{old[6:]}", HS, "another subheading on the invoice",
    on="paper")  # fmt: skip
put(ONE + "description", "Polyester staple of an altogether other sort", DIFFERS, "other goods on the invoice", on="paper")


@slip("attachments", PROFORMA, on="paper:proforma")
def _proforma(filing: Filing) -> None:
    """the paper itself is a pro-forma invoice"""


@slip("attachments", SIGNED, on="paper:signed")
def _signed(filing: Filing) -> None:
    """the invoice is signed for another firm"""


@slip(ONE + "origin_country", DIFFERS, on="paper:origin")
def _elsewhere(filing: Filing) -> None:
    """the invoice gives another country of origin"""


# These cannot be told, or only by somebody who knows the goods, the ship or the buyer; without them the count would flatter us.
put("consignee.name", lambda old, _f: old[:3] + old[4:], SPELT, "a letter missing in the consignee's name, the invoice a scan")
put("lc_no", "LC449012", DIFFERS, "digits turned round in the letter of credit")
put(ONE + "marks", "KLM/77\nSANTOS\nNo. 1-20", DIFFERS, "the marks of another shipment")
put(ONE + "net_weight_kg", _times(0.91), DIFFERS, "a net weight that is a little too small")
put("vessel_flight", "EVER GIVEN", DIFFERS, "another ship")
