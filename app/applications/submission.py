"""What must hold at the moment of submission: the day, the firm, the office, the papers, and the exporter's signature."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.applications import payload
from app.applications.drafts import CORRECTIONS, check_all
from app.applications.filing import read
from app.applications.models import Application
from app.applications.rules import Kind, Status
from app.brokers import service as brokers
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError, Fault, InvalidInput, WrongState
from app.exporters import rules as exporter_rules
from app.exporters import service as exporters
from app.infra.settings import setting
from app.signing.service import esign, must_be_registered
from app.signing.signed import Signed, holds
from app.wallet import service as wallet
from app.wallet.rules import Fee, fee

DECLARATION = "2026-1"  # version of the declaration's words in box 12
CHANGED = "The draft was changed after it was signed; nothing was submitted. Look at it and sign again."
CHANGED_REPLY = "The application was changed after it was signed; nothing was sent. Look at it and sign again."
CUTOVER = "Non-preferential certificates are filed here from {day}. Until then use eCoO 1.0."


def may_file(session: Session, application: Application, actor: Actor) -> None:
    """The cut-over date has come, the IEC is active, and the office takes filings now; a sentence when not."""
    opening = date.fromisoformat(setting("FILING_OPEN_FROM"))
    if clock.now() < clock.india_midnight(opening):
        raise BusinessError(CUTOVER.format(day=clock.day(opening)))
    firm = exporters.firm(session, application.exporter_id)
    if reason := exporter_rules.why_not_file(firm.status):
        raise BusinessError(reason)
    if not agencies.is_ready(session, application.office):
        raise BusinessError(f"{application.office.name} cannot take filings now. Choose another office; the draft is kept.")


def missing_papers(application: Application) -> list[str]:
    """Which of the two papers that are needed are not there: «invoice», «packing list» (HBP 2023 para 2.93(c))."""
    kinds = {row.kind for row in application.attachments if row.replaced_by_id is None}
    wanted = (("INVOICE", "invoice"), ("PACKING_LIST", "packing list"))
    return [words for kind, words in wanted if kind not in kinds]


def must_have_papers(application: Application) -> None:
    """One invoice and one packing list, and nothing more may be demanded (HBP 2023 para 2.93(c))."""
    if missing := missing_papers(application):
        raise BusinessError(f"Attach the {' and the '.join(missing)}, then submit again; nothing more is needed.")


def must_correct(session: Session, application: Application) -> None:
    """A certificate in lieu says something else than the one it replaces; a lost copy is simply downloaded again (4.7)."""
    if application.kind == Kind.IN_LIEU and not all(look(session, application) for look in CORRECTIONS):
        sentence = (
            f"Nothing that is printed differs from certificate {application.in_lieu_of}. Correct what is wrong with it; "
            "a lost copy is simply downloaded again."
        )
        raise InvalidInput([Fault("in_lieu_reason", sentence)])


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs for the firm: the account, the name declared, and where a customs broker does, who of which."""

    user_id: int
    name: str
    broker: dict[str, Any] | None


def signer_of(session: Session, actor: Actor) -> Signer:
    """The firm's own person, or its customs broker's, who is named in what is signed with the firm they sign for."""
    if actor.delegation_id is not None:
        return Signer(actor.user_id or 0, actor.name, brokers.signer(session, actor))
    person = exporters.person(session, actor.exporter_user_id or 0)
    return Signer(person.user_id, person.full_name, None)


def must_be_ready(session: Session, application: Application, actor: Actor) -> None:
    """Everything that `submit` asks for except the signature; a sentence for what is missing."""
    may_file(session, application, actor)
    check_all(session, application.exporter_id, read(payload.filing(application)), application)
    must_be_complete(session, application)
    wallet.must_afford(session, application.exporter_id, price())


def must_be_complete(session: Session, application: Application) -> None:
    """The two papers are there, and a certificate in lieu corrects something."""
    must_have_papers(application)
    must_correct(session, application)


def price() -> Fee:
    """What a submission costs today."""
    return fee(setting("FEE_PAISE"), setting("FEE_GST_BPS"))


def esigned(session: Session, application: Application, actor: Actor, signed: Signed | None = None) -> None:
    """The signature over the canonical JSON of everything filed: made here, or `signed` elsewhere and looked at here.

    Everybody signs with their own key. What was signed elsewhere must be what is filed now, to the last letter.
    """
    who = signer_of(session, actor)
    application.broker = who.broker
    data = payload.signed_bytes(application)
    if signed is None:
        application.sign_mode = "DSC"
        application.signature, application.signer_certificate_pem = esign(session, who.user_id, data)
    else:
        if not holds(signed.mode, signed.certificate_pem, data, signed.signature):
            raise WrongState(CHANGED if application.status == Status.DRAFT else CHANGED_REPLY)
        if signed.mode == "DSC":
            must_be_registered(session, who.user_id, signed.certificate_pem)
        application.sign_mode = signed.mode
        application.signature, application.signer_certificate_pem = signed.signature, signed.certificate_pem
    application.payload_sha256 = payload.digest(application)
    application.declaration_version, application.declared_at, application.declared_by = DECLARATION, clock.now(), who.name


def show_to_office(application: Application) -> None:
    """From now on the office and its agency see the application and all its parts."""
    parts = (*application.invoices, *application.items, *application.evidence, *application.attachments)
    for row in (application, *parts):
        row.desk_agency_id, row.desk_office_id = application.agency_id, application.office_id
