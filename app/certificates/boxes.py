"""What is written into each box of the certificate, as paragraphs: the words, their weight and their size."""

from app.certificates.text import CertificateText
from app.certificates.typeset import Paragraph, plain

CERTIFIED = "It is hereby certified, on the basis of the control carried out, that the declaration by the exporter is correct."


def agency(text: CertificateText) -> list[Paragraph]:
    """The head of the first sheet."""
    of = text.agency
    return [
        plain(of.name, 13.5, bold=True),
        plain(f"{of.office} \u00b7 {of.address}", 7.4),
        plain(of.appendix_ref, 6.8),
    ]


def number(text: CertificateText) -> list[Paragraph]:
    """What stands under the certificate number: date, place, application."""
    return [
        Paragraph(((f"{text.issue_date}, {text.issue_place}", True),), 8.6, gap=1.0),
        plain(f"Application {text.application_number}", 7.4, gap=2.5),
        plain("Issued in INDIA", 7.4),
    ]


def exporter(text: CertificateText) -> list[Paragraph]:
    """Box 1."""
    of = text.exporter
    gstin = f" \u00b7 GSTIN {of.gstin}" if of.gstin else ""
    return [
        plain(of.name, 9.4, bold=True),
        plain(of.address, 8.2, gap=0.5),
        plain(f"IEC {of.iec}{gstin}", 7.2, gap=1.5),
    ]


def consignee(text: CertificateText) -> list[Paragraph]:
    """Box 2."""
    of = text.consignee
    return [plain(of.name, 9.4, bold=True), plain(of.address, 8.2, gap=0.5), plain(of.country, 8.2, bold=True)]


def transport(text: CertificateText) -> list[Paragraph]:
    """Box 3: only the parts that are known."""
    of = text.transport
    vessel = " ".join(part for part in (of.vessel, of.voyage) if part)
    parts = (
        ("Mode / vessel", " \u2013 ".join(part for part in (of.mode, vessel) if part)),
        ("Departure", of.departure),
        ("Port of loading", of.port_of_loading),
        ("Port of discharge", of.port_of_discharge),
        ("Final destination", of.final_destination),
        ("Transport document", of.document),
    )
    return [Paragraph(((f"{label}: ", False), (value, True)), 7.2) for label, value in parts if value]


def official(text: CertificateText) -> list[Paragraph]:
    """Box 4: the endorsements, the proof of a foreign origin, and a close so that nothing is added by hand."""
    paragraphs = [plain(endorsement, 8.6, bold=True, gap=1.5) for endorsement in text.endorsements]
    if text.changed:
        paragraphs.append(plain("Corrected against the former certificate:", 7.4, gap=2.0))
        paragraphs += [plain(change, 7.4, gap=0.5) for change in text.changed]
    if text.evidence:
        paragraphs.append(plain("Documentary proof of origin:", 7.4, gap=2.0))
        paragraphs += [plain(proof, 7.4, gap=0.5) for proof in text.evidence]
    return [*paragraphs, plain("* * *", 8.0, gap=2.0)]


def officer(text: CertificateText) -> list[Paragraph]:
    """Who certifies in box 11."""
    of = text.officer
    return [
        plain(of.name, 9.0, bold=True),
        plain(of.designation, 7.2),
        plain(text.agency.office, 7.2),
        Paragraph((("Place, date: ", False), (f"{of.place}, {of.date}", True)), 6.8, gap=1.5),
    ]


def declared(text: CertificateText) -> list[Paragraph]:
    """Box 12."""
    of = text.declaration
    sentence = tuple((part, index % 2 == 1) for index, part in enumerate(text.declared()))
    return [
        Paragraph(sentence, 8.2),
        plain(of.signatory, 9.0, bold=True, gap=9.0),
        plain("Authorised signatory, signed electronically", 7.2),
        plain(f"for {text.exporter.name}", 7.2),
        Paragraph((("Place and date: ", False), (f"{of.place}, {of.date}", True)), 7.2, gap=1.5),
    ]


def next_agency(text: CertificateText) -> list[Paragraph]:
    """The head of a continuation sheet."""
    return [plain(f"{text.agency.name} \u2013 {text.agency.office}", 11.0, bold=True)]


def next_number(text: CertificateText, named: bool = True) -> list[Paragraph]:
    """Which certificate a continuation sheet belongs to; its number is written above in red."""
    which = plain(f"of {text.issue_date} \u00b7 {text.leaf}", 7.6)
    if not named:
        return [which, plain("Exporter and consignee: see sheet 1", 7.2)]
    return [
        which,
        plain(f"Exporter: {text.exporter.name}", 7.2),
        plain(f"Consignee: {text.consignee.name}", 7.2),
    ]


def next_officer(text: CertificateText) -> list[Paragraph]:
    """Who certifies, on a continuation sheet."""
    of = text.officer
    return [
        Paragraph(((of.name, True), (f", {of.designation}", False)), 7.4),
        plain(f"{text.agency.office} \u00b7 {of.place}, {of.date}", 7.0),
    ]
