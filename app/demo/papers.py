"""The invoice, packing list and foreign papers that go with an application of the demonstration, as plain PDFs."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app.demo.cast import FirmCast
from app.infra.uploads import Upload, safe_name

LEFT, TOP, LINE = 56, 790, 14
TITLES = {"INVOICE": "COMMERCIAL INVOICE", "PACKING_LIST": "PACKING LIST"}
NOTE = "Made for the demonstration; firms, goods and figures are invented."


def papers(firm: FirmCast, filing: Mapping[str, Any]) -> list[tuple[str, Upload]]:
    """Every paper of a filing with its kind: one invoice and one packing list, and what proves a foreign origin."""
    name = str(filing["invoices"][0]["no"]).replace("/", "-")
    made = [
        (kind, _paper(f"{kind.lower().replace('_', '-')}-{name}.pdf", _page(TITLES[kind], _goods(kind, firm, filing))))
        for kind in TITLES
    ]
    for row in filing["b2b_evidence"]:
        title = row["kind"].replace("_", " ")
        lines = [f"Number {row['number']} of {row['date']}", f"Issued by {row['issuer']}, {row['country']}", ""]
        lines += [f"{item['description']}: {item['quantity']} {item['uqc']}" for item in filing["items"]]
        made.append((row["kind"], _paper(f"{row['kind'].lower().replace('_', '-')}-{row['number']}.pdf", _page(title, lines))))
    return made


def letter(agency: str, name: str) -> Upload:
    """The letter by which a chamber authorises somebody to register."""
    lines = [agency, "", "To the Directorate General of Foreign Trade", "", f"We authorise {name} to act for us on the",
             "electronic platform for certificates of origin.", "", "For the managing committee"]  # fmt: skip
    return _paper("authorisation-letter.pdf", _page("LETTER OF AUTHORISATION", lines))


def _paper(name: str, content: bytes) -> Upload:
    """A paper we drew ourselves need not be examined."""
    return Upload(safe_name(name), "application/pdf", content)


def _goods(kind: str, firm: FirmCast, filing: Mapping[str, Any]) -> list[str]:
    buyer = filing["consignee"]
    lines = [firm.name, f"{firm.address1}, {firm.city} {firm.pin}, India", f"IEC {firm.pan}   GSTIN {firm.gstin}", ""]
    lines += [f"To: {buyer['name']}", *buyer["address"].split("\n"), ""]
    lines += [f"Invoice {row['no']} of {row['date']}: {row['currency']} {row['value']}" for row in filing["invoices"]]
    lines += [f"Order {filing['po_no']}", ""]
    for number, item in enumerate(filing["items"], 1):
        lines.append(f"{number}. {item['description']}  (ITC(HS) {item['itc_hs']})")
        if kind == "INVOICE":
            lines.append(f"     {item['quantity']} {item['uqc']}   FOB {item['fob_value']}   invoice {item['invoice']}")
        else:
            packed = f"{item['package_count']} packages ({item['package_kind']})"
            lines.append(f"     {packed}   net {item['net_weight_kg']} kg   gross {item['gross_weight_kg']} kg")
    return lines


def _page(title: str, lines: list[str]) -> bytes:
    """One page with a title and lines of text; a letter the built-in typeface lacks becomes a question mark."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(LEFT, TOP, title)
    canvas.setFont("Helvetica", 9)
    for number, line in enumerate(lines, 2):
        canvas.drawString(LEFT, TOP - number * LINE, line.encode("cp1252", "replace").decode("cp1252"))
    canvas.setFont("Helvetica-Oblique", 8)
    canvas.drawString(LEFT, 40, NOTE)
    canvas.save()
    return buffer.getvalue()
