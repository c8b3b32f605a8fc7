"""Every word that is printed on a certificate, frozen on the day it is approved: no layout, no database."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any

PREVIEW = "PREVIEW"  # what stands in the place of the number on a certificate that nobody has asked for yet
LEAVES = ("ELECTRONIC", "ORIGINAL", "DUPLICATE")


@dataclass(frozen=True, slots=True)
class Agency:
    """The issuing agency and its office, with the reference that authorises it."""

    name: str
    office: str
    address: str
    appendix_ref: str = "Authorised under Appendix 2E of the Foreign Trade Policy 2023"


@dataclass(frozen=True, slots=True)
class Exporter:
    """Box 1: who sends the goods."""

    name: str
    address: str
    iec: str
    gstin: str = ""


@dataclass(frozen=True, slots=True)
class Consignee:
    """Box 2: who receives the goods."""

    name: str
    address: str
    country: str


@dataclass(frozen=True, slots=True)
class Transport:
    """Box 3: how the goods travel, as far as it is known; an unknown part is an empty string."""

    mode: str
    vessel: str = ""
    voyage: str = ""
    departure: str = ""
    port_of_loading: str = ""
    port_of_discharge: str = ""
    final_destination: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class GoodsText:
    """Boxes 5 to 10: one line of the goods, each value in the words it is printed with."""

    line_no: int
    marks: str
    packages: str
    description: str
    hs_code: str
    origin: str
    gross_weight: str
    quantity: str
    invoice: str


@dataclass(frozen=True, slots=True)
class Officer:
    """Box 11: the officer who certifies, and where and when."""

    name: str
    designation: str
    place: str
    date: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """Box 12: what the exporter declares (country of origin, country of destination) and who declared it."""

    origin: str
    destination: str
    signatory: str
    place: str
    date: str


@dataclass(frozen=True, slots=True)
class CertificateText:
    """The whole certificate in words; the snapshot kept with the certificate is exactly this, as JSON."""

    number: str
    application_number: str
    issue_date: str
    issue_place: str
    leaf: str
    agency: Agency
    exporter: Exporter
    consignee: Consignee
    transport: Transport
    goods: tuple[GoodsText, ...]
    packages_total: str
    gross_total: str
    officer: Officer
    declaration: Declaration
    verify_url: str
    verify_host: str
    endorsements: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()  # in lieu: what the former certificate said
    back_to_back: bool = False
    specimen: bool = False
    leaf_code: str = ""  # of a paper leaf: its own code, and which print of it this is
    leaf_print: int = 0

    def __post_init__(self) -> None:
        """A leaf or a goods list that the form does not know is refused before anything is printed."""
        if self.leaf not in LEAVES:
            raise ValueError(f"unknown leaf {self.leaf!r}")
        if not self.goods:
            raise ValueError("a certificate needs at least one line of goods")

    @property
    def trial(self) -> str:
        """The word across a sheet that is no certificate; empty on a certificate."""
        return (PREVIEW if self.number == PREVIEW else "SPECIMEN") if self.specimen else ""

    def declared(self) -> tuple[str, ...]:
        """The sentence of box 12 in parts; every second part is printed bold.

        A back-to-back certificate speaks of the foreign country only: it must never read as if India made the goods.
        """
        opening = "The undersigned declares that the particulars above are true and correct; "
        if self.back_to_back:
            return (
                opening + "that all the goods originate in ",
                self.declaration.origin.upper(),
                ", as shown by the documentary proof named in box 4; and that they are consigned to ",
                self.declaration.destination.upper(),
                ".",
            )
        return (
            opening + "that all the goods were produced in ",
            self.declaration.origin.upper(),
            " and meet the origin requirements for goods exported to ",
            self.declaration.destination.upper(),
            ".",
        )

    def words(self) -> Iterator[str]:
        """Every text of the certificate, one after another."""
        return _words(self)

    def to_dict(self) -> dict[str, Any]:
        """The snapshot as plain lists and words, ready for JSON."""
        values = asdict(self)
        for name in ("goods", "endorsements", "evidence", "changed"):
            values[name] = list(values[name])
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "CertificateText":
        """The same certificate again, from its snapshot."""
        parts: dict[str, Any] = dict(values)
        for name, kind in _PARTS.items():
            parts[name] = kind(**parts[name])
        parts["goods"] = tuple(GoodsText(**line) for line in parts["goods"])
        for name in ("endorsements", "evidence", "changed"):
            parts[name] = tuple(parts.get(name, ()))
        return cls(**parts)


_PARTS: dict[str, Any] = {
    "agency": Agency,
    "exporter": Exporter,
    "consignee": Consignee,
    "transport": Transport,
    "officer": Officer,
    "declaration": Declaration,
}


def _words(part: Any) -> Iterator[str]:
    """The texts within a part of a certificate."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _words(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _words(getattr(part, field.name))
