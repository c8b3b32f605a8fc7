"""The firms with a history: those one can log in as, and nine more; what each sells and from where it ships."""

from dataclasses import dataclass

from app.core.actor import Role
from app.demo.cast import FIRMS, FirmCast, PersonCast

FIEC_WEST, FIEC_NORTH, SWCC = ("FIEC", "001"), ("FIEC", "002"), ("SWCC", "001")


@dataclass(frozen=True, slots=True)
class Trade:
    """A firm's business: the goods it sells, the offices it files with, its ports and its invoice numbers."""

    firm: FirmCast
    goods: str
    desks: tuple[tuple[str, str], ...]
    sea: str
    air: str
    invoices: str


def _firm(pan: str, name: str, address: str, city: str, state: str, pin: str, person: str) -> FirmCast:
    """A firm nobody can log in for: its one account has a random password."""
    email = f"exports@{name.split()[0].lower()}.example"
    return FirmCast(pan, name, address, city, state, pin, (PersonCast(email, person, Role.PRIMARY),))


BALAJI, NILGIRI = FIRMS[0].pan, FIRMS[1].pan

TRADES = (
    Trade(FIRMS[0], "textiles", (FIEC_WEST, FIEC_WEST, FIEC_NORTH), "INNSA1", "INBOM4", "SBT"),
    Trade(FIRMS[1], "spices", (SWCC,), "INTUT1", "INCOK4", "NST"),
    Trade(
        _firm("AAFCG6208M", "Girnar Precision Castings Pvt. Ltd.", "Survey 61, Aji Vasahat, Phase III", "Rajkot",
              "24",
              "360003", "Hitesh Vaghasiya"),
        "castings", (FIEC_WEST,), "INMUN1", "INAMD4", "GPC",
    ),
    Trade(
        _firm("AAKCD1174R", "Dholagarh Stone Exports Pvt. Ltd.", "Makrana Road, Khasra 407", "Kishangarh", "08",
              "305801",
              "Devendra Rathore"),
        "stone", (FIEC_NORTH,), "INMUN1", "INDEL4", "DSE",
    ),
    Trade(
        _firm("AADCH9035L", "Hariyali Basmati Mills Ltd.", "Kunjpura Road, Mill 12", "Karnal", "06", "132001",
              "Gurpreet Sandhu"),
        "rice", (FIEC_NORTH,), "INIXY1", "INDEL4", "HBM",
    ),
    Trade(
        _firm("ABHFC4482Q", "Chunar Loom and Knot", "Station Road, Gopiganj Crossing", "Bhadohi", "09", "221401",
              "Shabana Ansari"),
        "carpets", (FIEC_NORTH,), "INTKD6", "INDEL4", "CLK",
    ),
    Trade(
        _firm("AALCN5590J", "Navratan Lapidary Works Pvt. Ltd.", "Opera House Lane, Gala 9", "Mumbai", "27", "400004",
              "Paresh Jhaveri"),
        "gems", (FIEC_WEST,), "INNSA1", "INBOM4", "NLW",
    ),
    Trade(
        _firm("AAJFP3367T", "Palar Leathercraft LLP", "Tannery Road 22, Solur", "Ambur", "33", "635814",
              "S. Mohammed Yusuf"),
        "leather", (SWCC,), "INMAA1", "INMAA4", "PLC",
    ),
    Trade(
        _firm("AAECM8129D", "Musi Lifesciences Ltd.", "Plot 88, Jeedimetla Pharma Zone", "Hyderabad", "36", "500055",
              "Dr. Swathi Reddy"),
        "pharma", (FIEC_WEST,), "INNSA1", "INHYD4", "MLS",
    ),
    Trade(
        _firm("AAGCK2741F", "Kamrej Colour Chemicals Pvt. Ltd.", "Plot 3305, Chemical Estate Road 7", "Ankleshwar",
              "24",
              "393002", "Nilesh Chauhan"),
        "chemicals", (FIEC_WEST,), "INHZA1", "INAMD4", "KCC",
    ),
    Trade(
        _firm("ABNFV6613B", "Vembanad Coir and Cashew Co.", "Boat Jetty Road 5", "Alappuzha", "32", "688001",
              "Annamma Varghese"),
        "coir", (SWCC,), "INCOK1", "INCOK4", "VCC",
    ),
)  # fmt: skip

NEWCOMERS = tuple(trade.firm for trade in TRADES[2:])
BY_PAN = {trade.firm.pan: trade for trade in TRADES}
BY_LETTERS = {trade.invoices: trade.firm.pan for trade in TRADES}

# An officer of FIEC whose key is on a token: what she approves waits for her hand.
TOKEN_OFFICER = PersonCast("officer3@fiec.example", "Nandini Rao", Role.OFFICER, "Deputy Director", ("002",))
