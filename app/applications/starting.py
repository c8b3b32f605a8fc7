"""Templates: a filing the whole firm begins from, with what repeats and without what each shipment has of its own."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.applications.models import Template
from app.applications.rules import FILERS
from app.audit.service import record
from app.core import text
from app.core.actor import Actor
from app.core.canonical import canonical_json
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed
from app.infra import charset
from app.infra.tenancy import must_see

MOST = 100  # of one firm
MOST_BYTES = 1024 * 1024
LONGEST_NAME = 80
# What belongs to one shipment and would be wrong in the next.
OF_ONE_SHIPMENT = frozenset({
    "departure_date", "voyage", "transport_doc_no", "transport_doc_date", "shipping_bill_no", "shipping_bill_date",
    "container_nos", "retro_reason", "in_lieu_of", "in_lieu_reason", "b2b_evidence",
})  # fmt: skip
_OF_A_LINE = frozenset({"package_count", "quantity", "net_weight_kg", "gross_weight_kg", "fob_value", "invoice"})


def of_firm(session: Session, actor: Actor) -> list[Template]:
    """The templates of the actor's firm, by name."""
    mine = select(Template).where(Template.exporter_id == actor.exporter_id)
    return sorted(session.scalars(mine), key=lambda row: row.name.casefold())


def keep(session: Session, actor: Actor, name: str, filing: Mapping[str, Any]) -> Template:
    """Keep a filing, whole or not, as a template of the firm under a name that is not taken yet."""
    _may_write(actor)
    name = _name(name)
    if len(of_firm(session, actor)) >= MOST:
        raise BusinessError(f"The firm has {MOST} templates already. Delete one that nobody uses.")
    content = what_repeats(filing)
    if len(canonical_json(content)) > MOST_BYTES:
        raise BusinessError("This is too long for a template. Remove some of the goods lines.")
    row = Template(exporter_id=actor.exporter_id, name=name, filing=content, made_by=actor.name)
    session.add(row)
    _flush(session, name)
    record(session, actor, "template kept", row, name=name)
    return row


def what_repeats(filing: Mapping[str, Any]) -> dict[str, Any]:
    """The filing without numbers, dates, weights and values of one shipment; the currency and the goods stay."""
    kept = {name: value for name, value in filing.items() if name not in OF_ONE_SHIPMENT}
    kept["invoices"] = [{"currency": row["currency"]} for row in filing.get("invoices", [])[:1] if row.get("currency")]
    kept["items"] = [{name: value for name, value in item.items() if name not in _OF_A_LINE} for item in filing.get("items", [])]
    return kept


def rename(session: Session, row: Template, actor: Actor, *, name: str) -> None:
    """Give a template another name."""
    must_see(actor, row)
    _may_write(actor)
    before, row.name = row.name, _name(name)
    _flush(session, row.name)
    record(session, actor, "template renamed", row, before=before, name=row.name)


def remove(session: Session, row: Template, actor: Actor) -> None:
    """Delete a template; applications that began from it stay as they are."""
    must_see(actor, row)
    _may_write(actor)
    record(session, actor, "template deleted", row, name=row.name)
    session.delete(row)
    session.flush()


def _may_write(actor: Actor) -> None:
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    if actor.role not in FILERS or actor.exporter_id is None:
        raise NotAllowed("Only those who file for the firm keep its templates. Ask the firm's primary user.")


def _name(said: str) -> str:
    try:
        cleaned = text.clean(said, LONGEST_NAME)
    except BusinessError as refusal:
        raise InvalidInput([Fault("name", f"The name: {refusal.sentence[:1].lower()}{refusal.sentence[1:]}")]) from refusal
    if not cleaned:
        raise InvalidInput([Fault("name", "Give the template a name, such as the buyer's.")])
    if problem := charset.unprintable(cleaned, lines=False):
        raise InvalidInput([Fault("name", f"The name contains {problem}. Write it in words.")])
    return cleaned


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        sentence = f"There is a template «{name}» already. Choose another name, or delete that one."
        raise InvalidInput([Fault("name", sentence)]) from error
