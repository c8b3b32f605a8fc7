"""The words of a certificate, taken from the application on the day it is approved and frozen from then on."""

from datetime import datetime

from app.agencies.models import AgencyUser, Office
from app.applications.checks import is_retrospective
from app.applications.models import Application, GoodsItem
from app.brokers.rules import called
from app.certificates import text as words
from app.certificates.rules import Endorsed, Leaves, endorsements
from app.core import clock, codes
from app.exporters.models import Exporter
from app.infra.codes import country_name
from app.infra.settings import setting

EVIDENCE = {"FOREIGN_COO": "Certificate of origin", "BILL_OF_ENTRY": "Bill of entry", "INVOICE": "Invoice", "OTHER": "Document"}


def text_of(application: Application, firm: Exporter, officer: AgencyUser, number: str, verify_token: str,
            now: datetime, replaced: tuple[str, datetime] | None = None) -> words.CertificateText:  # fmt: skip
    """Everything the electronic leaf prints; `replaced` is (number, issued at) of the certificate this one replaces."""
    office, today = application.office, clock.day(clock.india_today(now))
    foreign = bool(application.b2b_purpose)
    origin = country_name(application.items[0].origin_country)
    base_url = setting("BASE_URL")
    return words.CertificateText(
        number=number,
        application_number=application.number or "",
        issue_date=today,
        issue_place=office.city,
        leaf=Leaves.ELECTRONIC.value,
        agency=words.Agency(name=office.agency.name, office=office.name, address=office_address(office)),
        exporter=_exporter(application, firm),
        consignee=words.Consignee(
            application.consignee_name, application.consignee_address, country_name(application.consignee_country)
        ),
        transport=_transport(application),
        goods=tuple(_goods(item, application) for item in application.items),
        packages_total=_packages_total(application),
        gross_total=f"{sum(item.gross_weight_kg for item in application.items):,.3f} kg",
        officer=words.Officer(officer.full_name, officer.designation, office.city, today),
        declaration=words.Declaration(
            origin, country_name(application.destination_country), _signatory(application), firm.city,
            clock.day(clock.india_today(application.declared_at)),
        ),
        verify_url=f"{base_url}/verify/{verify_token}",
        verify_host=base_url.split("://", 1)[-1],
        endorsements=_endorsements(application, origin if foreign else "", now, replaced),
        evidence=tuple(_evidence(application)) if foreign else (),
        back_to_back=foreign,
    )  # fmt: skip


def _signatory(application: Application) -> str:
    """Who signed; a customs broker's person with the broker. For which firm, the box says below."""
    signer = application.broker
    return called(signer["person"], signer["broker"]) if signer else application.declared_by


def _endorsements(application: Application, foreign_origin: str, now: datetime,
                  replaced: tuple[str, datetime] | None) -> tuple[str, ...]:  # fmt: skip
    return tuple(
        endorsements(
            Endorsed(
                in_lieu_of=replaced[0] if replaced else "",
                in_lieu_date=clock.india_today(replaced[1]) if replaced else None,
                back_to_back_country=foreign_origin,
                retrospective=is_retrospective(application.departure_date, clock.india_today(now)),
            )
        )
    )


def _evidence(application: Application) -> list[str]:
    return [
        f"{EVIDENCE[row.kind]} {row.number} of {clock.day(row.date)}, {row.issuer}, {country_name(row.country)}"
        for row in application.evidence
    ]


def office_address(office: Office) -> str:
    """The office's address as the head of a certificate prints it."""
    parts = [office.address1, office.address2, f"{office.city} {office.pin}".strip()]
    return ", ".join(part for part in parts if part)


def _exporter(application: Application, firm: Exporter) -> words.Exporter:
    """Box 1: the branch that files, with the GSTIN of its state where the firm has one."""
    branch = application.branch
    if branch is not None:
        address, state = f"{branch.address}\n{branch.city} {branch.pin}", branch.state_code
    else:
        address = "\n".join(part for part in (firm.address1, firm.address2, f"{firm.city} {firm.pin}") if part)
        state = firm.state_code
    gstin = next((number for number in firm.gstins if number.startswith(state)), "")
    return words.Exporter(application.exporter_name, f"{address}\nINDIA", application.exporter_iec, gstin)


def _transport(application: Application) -> words.Transport:
    document = application.transport_doc_no
    if document and application.transport_doc_date:
        document += f" of {clock.day(application.transport_doc_date)}"
    loading = application.port_of_loading
    name = codes.PORTS.get(loading)
    return words.Transport(
        mode=codes.TRANSPORT_MODES[application.transport_mode],
        vessel=application.vessel_flight,
        voyage=application.voyage,
        departure=clock.day(application.departure_date) if application.departure_date else "",
        port_of_loading=f"{name} ({loading})" if name else loading,
        port_of_discharge=discharge(application.port_of_discharge),
        final_destination=application.final_destination,
        document=document,
    )


def discharge(port: str) -> str:
    """A UN/LOCODE is printed with the port's name where it is known, and with its country; a port in words as written."""
    if len(port) == 5 and port.isalnum() and port.isupper():
        name, country = codes.PORTS_ABROAD.get(port), country_name(port[:2])
        return f"{name}, {country} ({port})" if name else f"{port}, {country}"
    return port


def _goods(item: GoodsItem, application: Application) -> words.GoodsText:
    origin = "INDIAN" if item.origin_country == "IN" else f"FOREIGN - {country_name(item.origin_country).upper()}"
    invoice = next(row for row in application.invoices if row.no == item.invoice)
    return words.GoodsText(
        line_no=item.line_no,
        marks=item.marks,
        packages=codes.packages(item.package_count, item.package_kind),
        description=item.description,
        hs_code=item.itc_hs,
        origin=origin,
        gross_weight=f"{trim(item.gross_weight_kg)} kg",
        quantity=f"{trim(item.quantity)} {item.uqc}",
        invoice=f"{invoice.no}\n{clock.day(invoice.date)}",
    )


def trim(number: object) -> str:
    """2913.190 → 2,913.19: no zeros that say nothing."""
    text = f"{number:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _packages_total(application: Application) -> str:
    """«141 cartons»; packages of several kinds are «3,204 packages»."""
    total = sum(item.package_count for item in application.items)
    kinds = {item.package_kind for item in application.items}
    return codes.packages(total, kinds.pop()) if len(kinds) == 1 else f"{total:,} packages"
