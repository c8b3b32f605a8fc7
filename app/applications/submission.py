"""What must hold at the moment of submission: the day, the firm, the office, the papers, and the exporter's signature."""

from datetime import date

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.applications import payload
from app.applications.models import Application
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError
from app.exporters import rules as exporter_rules
from app.exporters import service as exporters
from app.infra.settings import setting
from app.signing.service import esign

DECLARATION = "2026-1"  # version of the declaration's words in box 12
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


def esigned(session: Session, application: Application, actor: Actor) -> None:
    """The exporter's signature over the canonical JSON of everything filed."""
    person = exporters.person(session, actor.exporter_user_id or 0)
    if reason := exporter_rules.why_not_esign(person.sign_mode):
        raise BusinessError(reason)
    data = payload.signed_bytes(application)
    application.signature, application.signer_certificate_pem = esign(session, person.user_id, data)
    application.payload_sha256 = payload.digest(application)
    application.sign_mode, application.declaration_version = person.sign_mode, DECLARATION
    application.declared_at, application.declared_by = clock.now(), person.full_name


def show_to_office(application: Application) -> None:
    """From now on the office and its agency see the application and all its parts."""
    parts = (*application.invoices, *application.items, *application.evidence, *application.attachments)
    for row in (application, *parts):
        row.desk_agency_id, row.desk_office_id = application.agency_id, application.office_id
