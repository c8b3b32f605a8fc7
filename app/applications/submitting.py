"""The last look before «Submit and pay»: what the office is likely to ask, what it costs, and the words that are signed."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications import advised
from app.applications.models import Application
from app.applications.submission import missing_papers
from app.infra.codes import country_name
from app.infra.settings import setting
from app.wallet.models import Wallet
from app.wallet.rules import fee


def last_look(session: Session, application: Application) -> dict[str, Any]:
    """Warnings with the invoice's words compared, papers that are not there, the fee, the wallet after it, the declaration."""
    price = fee(setting("FEE_PAISE"), setting("FEE_GST_BPS"))
    wallet = session.scalar(select(Wallet).where(Wallet.exporter_id == application.exporter_id))
    available = wallet.available_paise if wallet is not None else 0
    return {
        "warnings": advised.of_application(session, application),
        "missing": missing_papers(application),
        "compared": advised.was_compared(application),
        "fee_paise": price.total_paise,
        "frozen": wallet is not None and wallet.status == "FROZEN",
        "available_paise": available,
        "after_paise": available - price.total_paise,
        "declaration": declaration(application),
    }


def declaration(application: Application) -> str:
    """What is declared and signed in box 12."""
    opening = "The undersigned declares that the particulars above are true and correct; "
    origin = country_name(application.items[0].origin_country).upper() if application.items else "…"
    destination = country_name(application.destination_country).upper()
    if application.b2b_purpose:
        return (
            f"{opening}that all the goods originate in {origin}, as shown by the documentary proof named in box 4; and that they "
            f"are consigned to {destination}."
        )
    goods = f"that all the goods were produced in {origin}"
    return f"{opening}{goods} and meet the origin requirements for goods exported to {destination}."
