"""What is told about a filing before it is submitted: faults and warnings while it is typed, and what its invoice says."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications import payload
from app.applications.advice import advise
from app.applications.advice_journey import SEA, TOWNS
from app.applications.checks import Facts, check
from app.applications.drafts import check_all, unknown_codes
from app.applications.filing import FilingSchema, faults
from app.applications.models import Application
from app.applications.paper_facts import Busy, compare, read_text, says_enough
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Fault, InvalidInput, NotAllowed
from app.exporters import service as exporters
from app.infra import codelists, store
from app.infra.codes import countries
from app.infra.settings import setting


def look(session: Session, actor: Actor, data: Any, application: Application | None = None) -> tuple[list[Fault], list[Fault]]:
    """(faults, warnings) of a filing as the API takes it, complete or not; nothing is stored.

    With `application`, it is that application as somebody is changing it.
    """
    if actor.exporter_id is None:
        raise NotAllowed("Your account is not linked to an IEC. Link your e-mail address to the IEC with DGFT, then file here.")
    known = _facts(session, actor.exporter_id, application)
    clean, wrong = read_partly(data)
    if wrong:
        wrong += [*check(clean, known), *unknown_codes(session, clean)]
    else:
        try:
            check_all(session, actor.exporter_id, clean, application)
        except InvalidInput as refusal:
            wrong = list(refusal.faults)
    refused = {fault.field for fault in wrong}
    if "certificate_type" in refused:  # at the wrong counter: sent on, not corrected
        return wrong, []
    warned = [*advise(clean, known), *_unlisted(session, clean)]
    return list(dict.fromkeys(wrong)), [told for told in warned if told.field not in refused]


def _unlisted(session: Session, filing: dict[str, Any]) -> Iterator[Fault]:
    """Ports that are on no list we have: they may be right, for the lists are short ones, but most often they are mistyped."""
    loading, discharge = filing.get("port_of_loading", "").upper(), filing.get("port_of_discharge", "")
    if re.fullmatch(r"IN[A-Z]{3}[1-9A-Z]", loading) and not codelists.knows(session, "port_in", loading):
        yield Fault("port_of_loading", f"{loading} is not on our list of Indian ports. Compare it with the shipping bill.")
    by_sea = filing.get("transport_mode") == SEA and discharge not in TOWNS and discharge[:2] in countries()
    if by_sea and re.fullmatch(r"[A-Z]{2}[A-Z2-9]{3}", discharge) and not codelists.knows(session, "locode", discharge):
        yield Fault("port_of_discharge", f"{discharge} is not on our list of ports. Check it, or write the port's name instead.")


def read_partly(data: Any) -> tuple[dict[str, Any], list[Fault]]:
    """What can be read of a filing, and every fault of form; a part that cannot be read is left out."""
    if not isinstance(data, dict):
        return {}, [Fault("", "The filing must be a JSON object.")]
    try:
        return FilingSchema().load(data), []
    except ValidationError as error:
        clean = error.valid_data if isinstance(error.valid_data, dict) else {}
        for name, value in list(clean.items()):
            if isinstance(value, list) and len(value) != len(data.get(name, [])):
                del clean[name]  # one of its rows is no row at all: the others would be named wrongly
        return clean, list(faults(error.messages))


@dataclass(frozen=True, slots=True)
class Looked:
    """What is told about an application: of the filing itself, and where its invoice, whose words these are, says otherwise."""

    advice: tuple[Fault, ...] = ()
    differing: tuple[Fault, ...] = ()
    words: str = ""

    @property
    def compared(self) -> bool:
        """Could the invoices be read, and did they say enough?"""
        return says_enough(self.words)


def looked_at(session: Session, application: Application, words: str | None = None) -> Looked:
    """Look at the filing and at the invoice that lies with it; `words` are those of the invoice, where they were read before."""
    filing, _wrong = read_partly(payload.filing(application))
    known = _facts(session, application.exporter_id, application)
    warned = dict.fromkeys([*advise(filing, known), *_unlisted(session, filing)])
    words = _invoice_words(application) if words is None else words
    return Looked(tuple(warned), tuple(compare(words, filing, known.exporter)), words)


def of_application(session: Session, application: Application) -> list[Fault]:
    """Every warning about an application: of the filing itself, and of the invoice that lies with it."""
    looked = looked_at(session, application)
    return [*looked.advice, *looked.differing]


def _facts(session: Session, exporter_id: int, application: Application | None = None) -> Facts:
    return Facts(
        today=clock.india_today(),
        exporter=exporters.firm(session, exporter_id).firm_name,
        retro_days=setting("RETRO_DAYS"),
        replaced=_replaced(session, application) if application is not None else None,
    )


def _replaced(session: Session, application: Application) -> dict[str, Any] | None:
    """What was filed for the certificate that is to be replaced."""
    if application.in_lieu_of_certificate_id is None:
        return None
    query = select(Application).where(
        Application.certificate_id == application.in_lieu_of_certificate_id, Application.exporter_id == application.exporter_id
    )
    former = session.scalar(query.limit(1), execution_options={"unscoped": True})  # it may lie at another office
    return read_partly(payload.filing(former))[0] if former is not None else None


def _invoice_words(application: Application) -> str:
    """The words of all invoices; nothing when one of them has none, for what is missed may stand on that one."""
    return words_of([row.sha256 for row in application.attachments if row.kind == "INVOICE" and row.replaced_by_id is None])


def words_of(invoices: Sequence[str]) -> str:
    """The same by the invoices' hashes, without a database: a child reads them, which may take seconds."""
    try:
        texts = [_words(sha256) for sha256 in invoices]
    except (Busy, store.Damaged):
        return ""
    return "\n".join(texts) if all(text.strip() for text in texts) else ""


def was_compared(application: Application) -> bool:
    """Could the invoices be read, and did they say enough, so that what is filed was compared with them?"""
    return says_enough(_invoice_words(application))


@lru_cache(maxsize=128)
def _words(sha256: str) -> str:
    """The same bytes have the same words: each paper is read once in the life of a process."""
    return read_text(store.get(sha256))
