"""What the certificate would look like, from a form that is still being filled in: gaps stay gaps, and nothing is stored.

A preview has no number, no code to scan, no stamp and no signature, and says on every sheet that it is no certificate.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.agencies.models import Office
from app.applications.advised import read_partly
from app.applications.checks import is_retrospective
from app.applications.drafts import branches
from app.certificates import text as words
from app.certificates.render import render
from app.certificates.rules import Endorsed, endorsements
from app.certificates.snapshot import EVIDENCE, discharge, office_address, trim
from app.core import clock, codes
from app.core.actor import Actor
from app.core.errors import BusinessError, NotAllowed
from app.exporters import service as exporters
from app.infra.codes import country_name

GAP = "\u2026"
Part = Mapping[str, Any]


def pdf(session: Session, actor: Actor, filing: Mapping[str, Any]) -> bytes:
    """The certificate as it would be printed now; what is missing or cannot be read is left out."""
    return render(text_of(session, actor, filing))


def text_of(session: Session, actor: Actor, filing: Mapping[str, Any]) -> words.CertificateText:
    """Everything that is known so far, in the words it would be printed with."""
    if actor.exporter_id is None:
        raise NotAllowed("Your account is not linked to an IEC. Link your e-mail address to the IEC with DGFT, then file here.")
    known, _faults = read_partly(dict(filing))
    firm = exporters.firm(session, actor.exporter_id)
    office = agencies.office_by_codes(session, known.get("agency", ""), known.get("office", ""))
    items: list[Part] = known.get("items") or [{}]
    foreign = bool(known.get("b2b_purpose")) or known.get("kind") == "BACK_TO_BACK"
    origin = _country(items[0].get("origin_country"))
    place = office.city if office else GAP
    return words.CertificateText(
        number=words.PREVIEW, application_number="not submitted", issue_date="not issued", issue_place=place,
        leaf="ELECTRONIC", agency=_agency(office), exporter=_exporter(session, actor, known, firm), consignee=_consignee(known),
        transport=_transport(known), goods=tuple(_line(number, item, known) for number, item in enumerate(items, 1)),
        packages_total=_packages_total(items),
        gross_total=f"{sum(item.get('gross_weight_kg', 0) for item in items):,.3f} kg",
        officer=words.Officer("The issuing officer", "", place, GAP),
        declaration=words.Declaration(origin, _country(known.get("destination_country")), "Not signed yet", firm.city, GAP),
        verify_url="", verify_host="", endorsements=_endorsements(known, origin if foreign else ""),
        evidence=tuple(_evidence(paper) for paper in known.get("b2b_evidence", [])) if foreign else (),
        back_to_back=foreign, specimen=True,
    )  # fmt: skip


def _country(code: str | None) -> str:
    return country_name(code) if code else GAP


def _agency(office: Office | None) -> words.Agency:
    if office is None:
        return words.Agency("The agency you choose", GAP, GAP)
    return words.Agency(office.agency.name, office.name, office_address(office))


def _exporter(session: Session, actor: Actor, known: Part, firm: Any) -> words.Exporter:
    mine = branches(session, actor.exporter_id or 0)
    branch = next((row for row in mine if row.id == known.get("branch_id")), mine[0] if mine else None)
    if branch is None:
        address, state = (
            "\n".join(part for part in (firm.address1, firm.address2, f"{firm.city} {firm.pin}") if part),
            firm.state_code,
        )
    else:
        address, state = f"{branch.address}\n{branch.city} {branch.pin}", branch.state_code
    gstin = next((number for number in firm.gstins if number.startswith(state)), "")
    return words.Exporter(firm.firm_name, f"{address}\nINDIA", firm.iec, gstin)


def _consignee(known: Part) -> words.Consignee:
    part: Part = known.get("consignee", {})
    return words.Consignee(part.get("name", GAP), part.get("address", GAP), _country(part.get("country")))


def _transport(known: Part) -> words.Transport:
    document = known.get("transport_doc_no", "")
    if document and known.get("transport_doc_date"):
        document += f" of {clock.day(known['transport_doc_date'])}"
    loading = known.get("port_of_loading", "")
    name = codes.PORTS.get(loading)
    return words.Transport(
        mode=codes.TRANSPORT_MODES.get(known.get("transport_mode", 0), ""), vessel=known.get("vessel_flight", ""),
        voyage=known.get("voyage", ""), departure=_day(known.get("departure_date")),
        port_of_loading=f"{name} ({loading})" if name else loading,
        port_of_discharge=discharge(known.get("port_of_discharge", "")),
        final_destination=known.get("final_destination", ""), document=document,
    )  # fmt: skip


def _day(day: date | None) -> str:
    return clock.day(day) if day else ""


def _line(number: int, item: Part, known: Part) -> words.GoodsText:
    foreign = item.get("origin_country", "IN") != "IN"
    origin = f"FOREIGN - {_country(item.get('origin_country')).upper()}" if foreign else "INDIAN"
    invoices: list[Part] = known.get("invoices", [])
    invoice = next((row for row in invoices if row.get("no") == item.get("invoice")), {})
    return words.GoodsText(
        line_no=number, marks=item.get("marks", GAP), packages=_packages(item), description=item.get("description", GAP),
        hs_code=item.get("itc_hs", GAP), origin=origin, gross_weight=_amount(item, "gross_weight_kg", "kg"),
        quantity=_amount(item, "quantity", item.get("uqc", "")),
        invoice=f"{item.get('invoice', GAP)}\n{_day(invoice.get('date'))}".strip(),
    )  # fmt: skip


def _packages(item: Part) -> str:
    if "package_count" not in item or "package_kind" not in item:
        return GAP
    try:
        return codes.packages(item["package_count"], item["package_kind"])
    except BusinessError:
        return GAP


def _amount(item: Part, name: str, unit: str) -> str:
    return f"{trim(item[name])} {unit}".strip() if name in item else GAP


def _packages_total(items: list[Part]) -> str:
    total, kinds = sum(item.get("package_count", 0) for item in items), {item.get("package_kind") for item in items}
    if len(kinds) == 1 and (kind := kinds.pop()):
        return _packages({"package_count": total, "package_kind": kind})
    return f"{total:,} packages"


def _endorsements(known: Part, foreign_origin: str) -> tuple[str, ...]:
    return tuple(
        endorsements(
            Endorsed(
                in_lieu_of=known.get("in_lieu_of", "") if known.get("kind") == "IN_LIEU" else "",
                in_lieu_date=None,
                back_to_back_country=foreign_origin,
                retrospective=is_retrospective(known.get("departure_date"), clock.india_today()),
            )
        )
    )


def _evidence(paper: Part) -> str:
    kind = EVIDENCE.get(paper.get("kind", ""), "Document")
    which = f"{kind} {paper.get('number', GAP)} of {_day(paper.get('date')) or GAP}"
    return f"{which}, {paper.get('issuer', GAP)}, {_country(paper.get('country'))}"
