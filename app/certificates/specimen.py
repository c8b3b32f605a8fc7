"""An invented certificate, for looking at the printed page and for tests."""

from app.certificates.text import (
    Agency,
    CertificateText,
    Consignee,
    Declaration,
    Exporter,
    GoodsText,
    Officer,
    Transport,
)

_GOODS = (
    ("141 Cartons", "100% cotton knitted T-shirts, dyed, men's, round neck, 180 GSM", "61091000", "1,692 PCS"),
    ("124 Bales", "Cotton terry towels, jacquard border, 500 GSM, 70 x 140 cm", "63026000", "1,488 PCS"),
    ("671 Bags", "Basmati rice, 1121 steam, long grain, packed in 25 kg non-woven bags", "10063020", "16.775 MTS"),
    ("503 Wooden boxes", "Stainless steel flanges, ASTM A182 F316L, class 300, weld neck", "73072100", "6,036 PCS"),
    ("626 Drums", "Turmeric powder (Curcuma longa), curcumin 3% min., steam sterilised", "09103030", "15.650 MTS"),
    ("13 Rolls", "Hand-knotted woollen carpets, 8 x 10 ft, 120 knots per sq. inch", "57011000", "156 SQM"),
)


def sample_text(lines: int = 5) -> CertificateText:
    """A specimen with this many lines of goods."""
    return CertificateText(
        number="FIEC/2026/001/NP/0000042-K",
        application_number="NPA-2026-00000042",
        leaf="ELECTRONIC",
        issue_date="23 November 2026",
        issue_place="New Delhi",
        agency=Agency(
            "Federation of Indian Export Chambers",
            "Northern Region Office, New Delhi",
            "Niryat Bhawan, Rao Tula Ram Marg, New Delhi 110057, India",
        ),
        exporter=Exporter(
            "Shree Balaji Textiles & Overseas Pvt. Ltd.",
            "Plot No. 114, GIDC Phase II, Sachin Industrial Estate\nSurat, Gujarat 394230, India",
            "AAACS1234F",
            "24AAACS1234F1Z5",
        ),
        consignee=Consignee("Hansa Textilhandel GmbH & Co. KG", "Große Elbstraße 145\n22767 Hamburg", "Germany"),
        transport=Transport(
            "Sea",
            "MSC ANNA",
            "V.432W",
            "26 November 2026",
            "INNSA1 Nhava Sheva (JNPT), India",
            "DEHAM Hamburg, Germany",
            "Hamburg, Germany",
            "B/L MEDUXY123456 of 20-11-2026",
        ),
        goods=tuple(_line(number) for number in range(1, lines + 1)),
        packages_total=f"{415 * lines:,} packages",
        gross_total=f"{2913.19 * lines:,.2f} KGS",
        officer=Officer("R. K. Srinivasan", "Joint Director (Certification)", "New Delhi", "23 November 2026"),
        declaration=Declaration("India", "Germany", "Meera Patel", "Surat", "22 November 2026"),
        verify_url="https://coo.example.in/verify/MFRGGZDFMZTWQ2LKNNWG23TPOA",
        verify_host="coo.example.in/verify",
    )


def _line(number: int) -> GoodsText:
    packages, description, hs_code, quantity = _GOODS[(number - 1) % len(_GOODS)]
    return GoodsText(
        line_no=number,
        marks=f"HANSA/{5179 + number * 37 % 4000}\nHAMBURG\nC/No. {number * 10 + 1}-{number * 10 + 10}",
        packages=packages,
        description=description,
        hs_code=hs_code,
        origin="INDIAN",
        gross_weight=f"{2913.19 + number * 11.5:,.2f} KGS",
        quantity=quantity,
        invoice="EXP/26-27/0440\n14-11-2026",
    )
