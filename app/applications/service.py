"""The verbs of an application: file, submit, give back, reject, withdraw; each checks, changes, records.

Verbs take the session and the actor, ask for the right, never commit, and refuse with a sentence. Taking up and over is in
holding.py, questions and answers are in queries.py; `approve`, `sign` and `recall` are verbs of the certificate
(certificates/issue.py) and join VERBS from there.
"""

from typing import Any

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.applications import marks, payload, unfinished
from app.applications.drafts import check_all, fill, must_be_latest
from app.applications.filing import read
from app.applications.holding import take_over as take_over
from app.applications.holding import take_up as take_up
from app.applications.models import Application, Attachment
from app.applications.moves import VERBS as VERBS  # whoever asks here has them all
from app.applications.moves import arrive, begin, close_queries, must_hold, settle_fee, tell_firm, tell_officer, verb
from app.applications.numbers import next_number
from app.applications.queries import lapse as lapse
from app.applications.queries import query as query
from app.applications.queries import reply as reply
from app.applications.rules import DRAFTERS, FILERS, FINAL, Status
from app.applications.submission import esigned, must_be_ready, price, show_to_office
from app.audit.service import record
from app.brokers import service as brokers
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, NotFound, WrongState
from app.exporters import service as exporters
from app.infra import store
from app.infra.db import lock
from app.infra.tenancy import must_see
from app.infra.uploads import MAX_TOTAL_BYTES, Upload
from app.notices.rules import Kind as Told
from app.notices.service import tell
from app.signing.signed import Signed
from app.wallet import service as wallet

# --- the exporter's desk -------------------------------------------------------------------------------------------


def create(session: Session, actor: Actor, data: Any) -> Application:
    """A new draft from a filing (a dictionary as the API takes it); InvalidInput lists every fault at once."""
    if actor.exporter_id is None:
        raise NotAllowed("Your account is not linked to an IEC. Link your e-mail address to the IEC with DGFT, then file here.")
    if actor.role not in DRAFTERS:
        raise NotAllowed("You may read the firm's applications but not file them. Ask the firm's primary user.")
    brokers.must_still_act(session, actor)
    clean = read(data)
    check_all(session, actor.exporter_id, clean)
    firm = exporters.firm(session, actor.exporter_id)
    application = Application(exporter_id=firm.id, exporter_name=firm.firm_name, exporter_iec=firm.iec, status=Status.DRAFT)
    fill(session, application, clean)
    session.add(application)
    record(session, actor, "draft created", application)
    return application


@verb("edit")
def edit(session: Session, application: Application, actor: Actor, *, filing: Any, version: int | None = None) -> None:
    """Replace what was filed: all of a draft; while a query is open, what its questions mark and nothing else.

    With `version`, only what the change was made from is replaced: SavedMeanwhile when somebody saved in between.
    """
    move = begin(session, application, actor, "edit")
    if version is not None:
        must_be_latest(session, application, actor, version)
    clean = read(filing)
    if application.filed_office and (clean["agency"], clean["office"]) != (application.agency.code, application.filed_office):
        raise InvalidInput([Fault("office", "The agency and office stay as they were once an application is submitted.")])
    if application.status == Status.QUERY_RAISED:
        clean["branch_id"] = clean["branch_id"] or application.branch_id  # what is not said stays as it was
        marks.only_marked(application, payload.filing(application), payload.as_stored(clean))
    check_all(session, application.exporter_id, clean, application)
    fill(session, application, clean)
    arrive(session, application, actor, move)


@verb("delete")
def delete(session: Session, application: Application, actor: Actor) -> None:
    """Remove a draft; nothing that was submitted is ever deleted."""
    move = begin(session, application, actor, "delete")
    record(session, actor, move.event, application)
    unfinished.forget_all(session, application.id)
    session.delete(application)
    session.flush()


def attach(session: Session, application: Application, actor: Actor, *, kind: str, paper: Upload,
           replace: bool = False, replaces: int | None = None, attest: bool = False) -> Attachment:  # fmt: skip
    """Put a paper in with a draft or with the reply to a query, beside those of its kind or in their place.

    `replaces` names the one whose place it takes; while a query is open it must be one that a question marks. With `attest`
    the firm asks for an attested copy of it.
    """
    begin(session, application, actor, "edit")
    held = [row for row in application.attachments if row.replaced_by_id is None]
    former = marks.former(application, kind, replaces, replace)
    if sum(row.size for row in held if row not in former) + len(paper.content) > MAX_TOTAL_BYTES:
        raise BusinessError("The papers together are larger than 25 MiB. Scan them at a lower resolution.")
    row = Attachment(
        kind=kind, filename=paper.filename, mime=paper.mime, size=len(paper.content), sha256=store.put(paper.content),
        attest_requested=attest or any(old.attest_requested for old in former),
        exporter_id=application.exporter_id, desk_agency_id=application.desk_agency_id, desk_office_id=application.desk_office_id,
    )  # fmt: skip
    application.attachments.append(row)
    session.flush()
    for old in former:
        _give_way(application, old, row)
    detail: dict[str, Any] = {"kind": kind, "sha256": row.sha256}
    if former:
        detail["former"] = [old.sha256 for old in former]
    record(session, actor, "paper replaced" if former else "paper added", application, **detail)
    return row


def _give_way(application: Application, old: Attachment, new: Attachment) -> None:
    """In a draft the former paper goes; what an officer has seen stays for the record, marked as replaced."""
    if application.status == Status.DRAFT:
        application.attachments.remove(old)
    else:
        old.replaced_by_id = new.id


def detach(session: Session, attachment: Attachment, actor: Actor) -> None:
    """Take a paper out of a draft again; a submitted one stays for the record."""
    must_see(actor, attachment)
    application = attachment.application
    begin(session, application, actor, "edit")
    if attachment not in application.attachments:
        raise NotFound("Somebody else has removed this paper in the meantime.")
    if application.status != Status.DRAFT:
        raise NotAllowed("A paper that was submitted stays with the application. Add the right one beside it.")
    application.attachments.remove(attachment)
    record(session, actor, "paper removed", application, kind=attachment.kind, sha256=attachment.sha256)


def want_attested(session: Session, attachment: Attachment, actor: Actor, *, wanted: bool) -> None:
    """The firm asks for an attested copy of a paper, or takes that back, until the officer has attested it (4.9)."""
    must_see(actor, attachment)
    if actor.role not in FILERS or actor.read_only:
        raise NotAllowed(actor.read_only or "Only the firm that filed the paper asks for an attested copy.")
    brokers.must_still_act(session, actor)
    application = lock(session, attachment.application)
    if application.status in FINAL - {Status.ISSUED}:
        raise WrongState("This application is closed without a certificate, so its papers are not attested.")
    if attachment.replaced_by_id is not None or attachment.attested_at is not None:
        raise WrongState("This paper was replaced, or is attested already.")
    if attachment.attest_requested == wanted:
        return
    attachment.attest_requested = wanted
    record(
        session, actor, "attested copy asked for" if wanted else "attested copy not wanted", application, sha256=attachment.sha256
    )
    if wanted and application.status == Status.ISSUED:
        tell_officer(session, application, "An attested copy is asked for:")


@verb("submit")
def submit(session: Session, application: Application, actor: Actor, *, signed: Signed | None = None) -> None:
    """File the draft: every check, the e-signature, the fee set aside and the number, all in one transaction.

    `signed` is what a key elsewhere made of `to_sign`; whatever a request says never gets there.
    """
    move = begin(session, application, actor, "submit")
    must_be_ready(session, application, actor)
    application.filed_office = application.office.code
    esigned(session, application, actor, signed)
    asked = price()
    wallet.hold(session, application.exporter_id, application.id, asked, actor)
    application.fee_paise, application.gst_paise = asked.fee_paise, asked.gst_paise
    application.number = next_number(session, clock.india_today().year)
    application.submitted_at = clock.now()
    show_to_office(application)
    arrive(session, application, actor, move, number=application.number, payload_sha256=application.payload_sha256)


@verb("withdraw")
def withdraw(session: Session, application: Application, actor: Actor) -> None:
    """The exporter takes the application back before approval; the fee is not returned unless the setting says so."""
    move = begin(session, application, actor, "withdraw")
    settle_fee(session, application, actor)
    close_queries(application, "CLOSED")
    arrive(session, application, actor, move)


# --- the officer's desk --------------------------------------------------------------------------------------------


@verb("release")
def release(session: Session, application: Application, actor: Actor) -> None:
    """Put an application back into the office's queue."""
    move = begin(session, application, actor, "release")
    must_hold(session, application, actor)
    application.assigned_officer_id = None
    arrive(session, application, actor, move)


@verb("reassign")
def reassign(session: Session, application: Application, actor: Actor, *, officer: int) -> None:
    """The administrator gives an application to another officer of the same office."""
    move = begin(session, application, actor, "reassign")
    mapped = {person.id: person for person in agencies.officers_of(session, application.office_id) if person.status == "ACTIVE"}
    if officer not in mapped or mapped[officer].role != Role.OFFICER:
        raise InvalidInput([Fault("officer", "Choose an active officer who is mapped to this office.")])
    application.assigned_officer_id = officer
    arrive(session, application, actor, move, officer=mapped[officer].full_name)
    tell(session, [mapped[officer].user_id], f"{application} was given to you", f"/applications/{application.id}")


@verb("reject")
def reject(session: Session, application: Application, actor: Actor, *, reason: str) -> None:
    """Refuse with a specific reason, which the exporter reads as it stands (HBP para 2.05)."""
    move = begin(session, application, actor, "reject")
    must_hold(session, application, actor)
    application.decision_reason, application.decided_at = reason, clock.now()
    settle_fee(session, application, actor)
    arrive(session, application, actor, move, reason)
    tell_firm(session, application, "Rejected:", Told.DECISION)
