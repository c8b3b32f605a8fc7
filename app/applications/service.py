"""The verbs of an application: file, submit, take up, query, reply, reject, withdraw; each checks, changes, records.

Verbs take the session and the actor, ask for the right, never commit, and refuse with a sentence. `approve`, `sign`
and `recall` are verbs of the certificate (certificates/issue.py) and join VERBS from there.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.applications import payload
from app.applications.drafts import check_all, fill, must_be_latest
from app.applications.filing import read
from app.applications.models import Application, Attachment, Query
from app.applications.moves import VERBS as VERBS  # whoever asks here has them all
from app.applications.moves import arrive, begin, close_queries, must_hold, open_query, settle_fee, tell_firm, tell_officer, verb
from app.applications.numbers import next_number
from app.applications.rules import Status
from app.applications.submission import esigned, may_file, must_have_papers, show_to_office
from app.audit.service import record
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, NotFound
from app.exporters import service as exporters
from app.infra import store
from app.infra.settings import setting
from app.infra.tenancy import must_see
from app.infra.uploads import MAX_TOTAL_BYTES, Upload
from app.notices.service import tell
from app.wallet import service as wallet
from app.wallet.rules import fee

# --- the exporter's desk -------------------------------------------------------------------------------------------


def create(session: Session, actor: Actor, data: Any) -> Application:
    """A new draft from a filing (a dictionary as the API takes it); InvalidInput lists every fault at once."""
    if actor.exporter_id is None:
        raise NotAllowed("Your account is not linked to an IEC. Link your e-mail address to the IEC with DGFT, then file here.")
    if actor.role not in (Role.PRIMARY, Role.APPLICANT):
        raise NotAllowed("You may read the firm's applications but not file them. Ask the firm's primary user.")
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
    """Replace what was filed, in a draft or while a query is open; the office stays once submitted.

    With `version`, only what the change was made from is replaced: SavedMeanwhile when somebody saved in between.
    """
    move = begin(session, application, actor, "edit")
    if version is not None:
        must_be_latest(session, application, actor, version)
    clean = read(filing)
    if application.filed_office and (clean["agency"], clean["office"]) != (application.agency.code, application.filed_office):
        raise InvalidInput([Fault("office", "The agency and office stay as they were once an application is submitted.")])
    check_all(session, application.exporter_id, clean, application)
    fill(session, application, clean)
    arrive(session, application, actor, move)


@verb("delete")
def delete(session: Session, application: Application, actor: Actor) -> None:
    """Remove a draft; nothing that was submitted is ever deleted."""
    move = begin(session, application, actor, "delete")
    record(session, actor, move.event, application)
    session.delete(application)
    session.flush()


def attach(session: Session, application: Application, actor: Actor, *, kind: str, paper: Upload,
           replace: bool = False) -> Attachment:  # fmt: skip
    """Put a paper in with a draft or with the reply to a query, beside those of its kind or in their place."""
    begin(session, application, actor, "edit")
    held = [row for row in application.attachments if row.replaced_by_id is None]
    former = [row for row in held if replace and row.kind == kind]
    if sum(row.size for row in held if row not in former) + len(paper.content) > MAX_TOTAL_BYTES:
        raise BusinessError("The papers together are larger than 25 MiB. Scan them at a lower resolution.")
    row = Attachment(
        kind=kind, filename=paper.filename, mime=paper.mime, size=len(paper.content), sha256=store.put(paper.content),
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


@verb("submit")
def submit(session: Session, application: Application, actor: Actor) -> None:
    """File the draft: every check, the e-signature, the fee set aside and the number, all in one transaction."""
    move = begin(session, application, actor, "submit")
    may_file(session, application, actor)
    check_all(session, application.exporter_id, read(payload.filing(application)), application)
    must_have_papers(application)
    application.filed_office = application.office.code
    esigned(session, application, actor)
    price = fee(setting("FEE_PAISE"), setting("FEE_GST_BPS"))
    wallet.hold(session, application.exporter_id, application.id, price, actor)
    application.fee_paise, application.gst_paise = price.fee_paise, price.gst_paise
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


@verb("reply")
def reply(session: Session, application: Application, actor: Actor, *, reply: str = "", answers: list[str] | None = None) -> None:
    """Answer every question of the open query; back to the same officer, without a second fee; signed afresh if changed."""
    move = begin(session, application, actor, "reply")
    query = open_query(application)
    given = answers or [reply] * len(query.items)
    if len(given) != len(query.items) or not all(text.strip() for text in given):
        raise InvalidInput([Fault("answers", f"There are {len(query.items)} questions. Answer each of them.")])
    query.items = [{**item, "answer": text} for item, text in zip(query.items, given, strict=True)]
    query.reply, query.replied_by, query.replied_at, query.status = reply, actor.name, clock.now(), "REPLIED"
    if payload.digest(application) != application.payload_sha256:
        check_all(session, application.exporter_id, read(payload.filing(application)), application)
        esigned(session, application, actor)
        show_to_office(application)
    application.lapse_on = None
    arrive(session, application, actor, move, round=query.round)
    tell_officer(session, application, "The exporter has answered your query on")


# --- the officer's desk --------------------------------------------------------------------------------------------


@verb("take_up")
def take_up(session: Session, application: Application, actor: Actor) -> None:
    """The first officer of the office who takes it up has it; a resubmitted one goes back to its officer."""
    move = begin(session, application, actor, "take_up")
    kept = application.assigned_officer_id
    if (
        application.status == Status.RESUBMITTED
        and kept not in (None, actor.agency_user_id)
        and _still_works(session, application)
    ):
        raise NotAllowed(f"{agencies.officer(session, kept or 0).full_name} raised the query and takes this one up again.")
    application.assigned_officer_id = actor.agency_user_id
    arrive(session, application, actor, move)


def _still_works(session: Session, application: Application) -> bool:
    holder = agencies.officer(session, application.assigned_officer_id or 0)
    return holder.status == "ACTIVE" and application.office_id in agencies.mapped_offices(session, holder.id)


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


@verb("query")
def query(session: Session, application: Application, actor: Actor, *, items: list[dict[str, Any]]) -> Query:
    """Ask the exporter; without a reply within LAPSE_DAYS the application is deemed withdrawn (HBP para 2.05)."""
    move = begin(session, application, actor, "query")
    must_hold(session, application, actor)
    _check_questions(application, items)
    application.query_round += 1
    application.lapse_on = clock.india_today() + timedelta(days=setting("LAPSE_DAYS"))
    row = Query(
        round=application.query_round, raised_by_id=actor.agency_user_id, raised_by=actor.name, items=items,
        due_on=application.lapse_on, exporter_id=application.exporter_id,
        desk_agency_id=application.desk_agency_id, desk_office_id=application.desk_office_id,
    )  # fmt: skip
    application.queries.append(row)
    arrive(session, application, actor, move, round=row.round)
    tell_firm(session, application, "The officer has a question on")
    return row


def _check_questions(application: Application, items: list[dict[str, Any]]) -> None:
    """A question may point at a paper, but only at one of this application."""
    papers = {row.id for row in application.attachments}
    wrong = [
        Fault(f"items[{index}].attachment_id", "This paper does not belong to the application.")
        for index, item in enumerate(items)
        if item.get("attachment_id") is not None and item["attachment_id"] not in papers
    ]
    if wrong:
        raise InvalidInput(wrong)


@verb("reject")
def reject(session: Session, application: Application, actor: Actor, *, reason: str) -> None:
    """Refuse with a specific reason, which the exporter reads as it stands (HBP para 2.05)."""
    move = begin(session, application, actor, "reject")
    must_hold(session, application, actor)
    application.decision_reason, application.decided_at = reason, clock.now()
    settle_fee(session, application, actor)
    arrive(session, application, actor, move, reason)
    tell_firm(session, application, "Rejected:")


# --- the system ----------------------------------------------------------------------------------------------------


@verb("lapse")
def lapse(session: Session, application: Application, actor: Actor = SYSTEM_ACTOR) -> None:
    """90 days without a reply: deemed withdrawn."""
    move = begin(session, application, actor, "lapse")
    if application.lapse_on is None or application.lapse_on > clock.india_today():
        raise BusinessError("The time for a reply has not run out.")
    settle_fee(session, application, actor)
    close_queries(application, "LAPSED")
    arrive(session, application, actor, move)
    tell_firm(session, application, "No reply came in time; deemed withdrawn:")
