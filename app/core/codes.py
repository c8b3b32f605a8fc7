"""Code lists that do not change with the database: packages, units, ways of transport, states, ports, papers."""

import csv
from pathlib import Path

from app.core.errors import BusinessError

_LISTS = Path(__file__).with_suffix("")  # the folder `codes` beside this file


def _rows(name: str) -> list[list[str]]:
    with (_LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))[1:]


# UN Rec 19, without 0 (not specified) and 9 (not applicable), which say nothing about how goods travel
TRANSPORT_MODES = {
    1: "Sea", 2: "Rail", 3: "Road", 4: "Air", 5: "Mail", 6: "Multimodal", 7: "Fixed installation", 8: "Inland water",
}  # fmt: skip

# UN Rec 21: code -> (one, many)
PACKAGES = {code: (one, many) for code, one, many in _rows("packages")}

BULK = frozenset({"VG", "VL", "VO", "VQ", "VR", "VS", "VY"})  # what cannot be counted (UN Rec 21)

# Unit quantity codes of Indian customs and GST
UNITS = {
    "BAG": "bags", "BAL": "bales", "BDL": "bundles", "BKL": "buckles", "BOU": "billions of units", "BOX": "boxes",
    "BTL": "bottles", "BUN": "bunches", "CAN": "cans", "CBM": "cubic metres", "CCM": "cubic centimetres",
    "CMS": "centimetres", "CTN": "cartons", "DOZ": "dozens", "DRM": "drums", "GGK": "great gross", "GMS": "grammes",
    "GRS": "gross", "GYD": "gross yards", "KGS": "kilograms", "KLR": "kilolitres", "KME": "kilometres", "LTR": "litres",
    "MLT": "millilitres", "MTR": "metres", "MTS": "metric tons", "NOS": "numbers", "OTH": "others", "PAC": "packs",
    "PCS": "pieces", "PRS": "pairs", "QTL": "quintals", "ROL": "rolls", "SET": "sets", "SQF": "square feet",
    "SQM": "square metres", "SQY": "square yards", "TBS": "tablets", "TGM": "ten gross", "THD": "thousands",
    "TON": "tonnes", "TUB": "tubes", "UGS": "US gallons", "UNT": "units", "YDS": "yards",
}  # fmt: skip

STATES = {
    "01": "Jammu and Kashmir", "02": "Himachal Pradesh", "03": "Punjab", "04": "Chandigarh", "05": "Uttarakhand",
    "06": "Haryana", "07": "Delhi", "08": "Rajasthan", "09": "Uttar Pradesh", "10": "Bihar", "11": "Sikkim",
    "12": "Arunachal Pradesh", "13": "Nagaland", "14": "Manipur", "15": "Mizoram", "16": "Tripura", "17": "Meghalaya",
    "18": "Assam", "19": "West Bengal", "20": "Jharkhand", "21": "Odisha", "22": "Chhattisgarh", "23": "Madhya Pradesh",
    "24": "Gujarat", "25": "Daman and Diu", "26": "Dadra and Nagar Haveli and Daman and Diu", "27": "Maharashtra",
    "28": "Andhra Pradesh (before 2014)", "29": "Karnataka", "30": "Goa", "31": "Lakshadweep", "32": "Kerala",
    "33": "Tamil Nadu", "34": "Puducherry", "35": "Andaman and Nicobar Islands", "36": "Telangana",
    "37": "Andhra Pradesh", "38": "Ladakh", "97": "Other territory", "99": "Centre jurisdiction",
}  # fmt: skip

# Indian customs locations by name; a port outside this list is printed by its code.
PORTS = {code: name for code, name, _ in _rows("ports_in")}
PORT_KINDS = {code: kind for code, _, kind in _rows("ports_in")}  # sea, rail, air, post, icd or land

# Ports abroad by UN/LOCODE: a base to choose from, not the whole list, so that nothing is refused for not being in it.
PORTS_ABROAD = {code: name for code, name in _rows("ports_abroad")}

# Incoterms 2020 of the International Chamber of Commerce
INCOTERMS = {
    "EXW": "Ex Works", "FCA": "Free Carrier", "CPT": "Carriage Paid To", "CIP": "Carriage and Insurance Paid To",
    "DAP": "Delivered at Place", "DPU": "Delivered at Place Unloaded", "DDP": "Delivered Duty Paid",
    "FAS": "Free Alongside Ship", "FOB": "Free On Board", "CFR": "Cost and Freight",
    "CIF": "Cost, Insurance and Freight",
}  # fmt: skip

# UNTDID 1001
DOCUMENTS = {
    "271": "Packing list", "380": "Commercial invoice", "705": "Bill of lading", "740": "Air waybill",
    "860": "Application for certificate of origin", "861": "Certificate of origin", "862": "Declaration of origin",
    "864": "Preference certificate of origin", "865": "Certificate of origin form A",
}  # fmt: skip


def packages(count: int, kind: str) -> str:
    """141, CT → «141 cartons»; one is one; bulk has no number, and nothing packed is «Unpacked»."""
    if kind not in PACKAGES:
        raise BusinessError(f"{kind} is not a package code of UN Rec 21.")
    one, many = PACKAGES[kind]
    if kind == "NE" and count == 0:
        return "Unpacked"
    if kind in BULK or count == 0:
        return one.capitalize()
    return f"{count:,} {one if count == 1 else many}"
