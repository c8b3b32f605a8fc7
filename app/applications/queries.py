"""Questions and answers: the officer marks what is in doubt, the exporter puts that right, and nobody waits for ever."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.applications import marks, payload, rounds
from app.applications.drafts import check_all
from app.applications.filing import read
from app.applications.models import Application, Query
from app.applications.moves import arrive, begin, close_queries, must_hold, open_query, settle_fee, tell_firm, tell_officer, verb
from app.applications.rules import QUERY_REASONS, Status
from app.applications.submission import CHANGED_REPLY, esigned, must_be_complete, show_to_office
from app.audit.service import record
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor
from app.core.errors import BusinessError, Fault, InvalidInput, WrongState
from app.infra.db import lock
from app.infra.settings import setting
from app.notices.rules import Kind as Told
from app.signing.signed import Signed

_QUERY = "query_id"  # beside the answers that wait for a signature; set here and never by a request


@verb("query")
def query(session: Session, application: Application, actor: Actor, *, items: list[dict[str, Any]]) -> Query:
    """Ask the exporter; without a reply within LAPSE_DAYS the application is deemed withdrawn (HBP para 2.05)."""
    move = begin(session, application, actor, "query")
    must_hold(session, application, actor)
    questions = _worded(application, items)
    application.query_round += 1
    application.lapse_on = clock.india_today() + timedelta(days=setting("LAPSE_DAYS"))
    row = Query(
        round=application.query_round, raised_by_id=actor.agency_user_id, raised_by=actor.name, items=questions,
        due_on=application.lapse_on, exporter_id=application.exporter_id, asked_of=rounds.state(application), changes=[],
        desk_agency_id=application.desk_agency_id, desk_office_id=application.desk_office_id,
    )  # fmt: skip
    application.queries.append(row)
    arrive(session, application, actor, move, round=row.round, marked=[_mark(item) for item in questions])
    tell_firm(session, application, "The officer has a question on", Told.QUERY)
    return row


def _worded(application: Application, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The questions as they are kept: the reason's wording before the officer's own words; each mark leads somewhere."""
    filing, wrong = payload.filing(application), []
    papers = {row.id for row in application.attachments if row.replaced_by_id is None}
    kept = []
    for index, item in enumerate(items):
        field, paper, reason = item.get("field_path") or "", item.get("attachment_id"), item.get("reason") or ""
        at = f"items[{index}]"
        if field and paper is not None:
            wrong.append(Fault(f"{at}.field_path", "A question is about a field or about a paper. Ask two questions."))
        elif field and not marks.is_place(field, filing):
            wrong.append(Fault(f"{at}.field_path", f"This application has no field «{field}» that a question could be about."))
        if paper is not None and paper not in papers:
            wrong.append(Fault(f"{at}.attachment_id", "This paper does not belong to the application, or it was replaced."))
        text = " ".join(part for part in (QUERY_REASONS.get(reason, ""), item.get("text", "").strip()) if part)
        kept.append({"field_path": field, "attachment_id": paper, "reason": reason, "text": text})
    if wrong:
        raise InvalidInput(wrong)
    return kept


def _mark(item: dict[str, Any]) -> str:
    """What a question marks, for the trail."""
    return item["field_path"] or (f"paper {item['attachment_id']}" if item["attachment_id"] else "")


@verb("reply")
def reply(session: Session, application: Application, actor: Actor, *, reply: str = "", answers: list[str] | None = None,
          signed: Signed | None = None) -> None:  # fmt: skip
    """Answer every question of the open query; back to the same officer, without a second fee; signed afresh if changed.

    What was changed since the question is kept with it, so that the officer reads that and not the whole again. `signed` is
    as for `submit`, and refused when nothing is left that it could be over.
    """
    move = begin(session, application, actor, "reply")
    if signed is not None and not has_moved(application):
        raise WrongState(CHANGED_REPLY)
    row, given = open_query(application), must_answer(session, application, reply, answers)
    row.items = [{**item, "answer": text} for item, text in zip(row.items, given, strict=True)]
    row.reply, row.replied_by, row.replied_at, row.status = reply, actor.name, clock.now(), "REPLIED"
    row.changes = rounds.differences(row.asked_of, rounds.state(application))
    if has_moved(application):
        esigned(session, application, actor, signed)
        show_to_office(application)
    application.lapse_on = None
    arrive(session, application, actor, move, round=row.round, changed=[change["path"] for change in row.changes][:100])
    tell_officer(session, application, "The exporter has answered your query on")


def must_answer(session: Session, application: Application, reply: str, answers: list[str] | None) -> list[str]:
    """The answers to the open query, one for each question; and what was changed is fit to be filed."""
    items = open_query(application).items
    given = answers or [reply] * len(items)
    if len(given) != len(items) or not all(text.strip() for text in given):
        raise InvalidInput([Fault("answers", f"There are {len(items)} questions. Answer each of them.")])
    if has_moved(application):
        check_all(session, application.exporter_id, read(payload.filing(application)), application)
        must_be_complete(session, application)
    return given


def bound(application: Application, said: dict[str, Any]) -> dict[str, Any]:
    """The answers `said` with the query they are to: what a signature made elsewhere is kept waiting with."""
    return said | {_QUERY: open_query(application).id}


def unbound(application: Application, kept: dict[str, Any]) -> dict[str, Any]:
    """The answers that waited; WrongState when the officer asks something else by now. The application is locked."""
    if application.status == Status.QUERY_RAISED and kept.get(_QUERY) != open_query(application).id:
        raise WrongState(CHANGED_REPLY)
    return {name: value for name, value in kept.items() if name != _QUERY}


def has_moved(application: Application) -> bool:
    """Whether anything that was signed has been changed since: only then a reply is signed afresh."""
    return payload.digest(application) != application.payload_sha256


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
    tell_firm(session, application, "No reply came in time; deemed withdrawn:", Told.DECISION)


def due_reminder(row: Query) -> int | None:
    """Of the days in QUERY_REMINDER_DAYS the one that is due now and was not told yet; a missed one is not made up for."""
    left = clock.days_between(clock.india_today(), row.due_on)
    given = clock.days_between(clock.india_today(row.raised_at), row.due_on)
    reached: list[int] = [days for days in setting("QUERY_REMINDER_DAYS") if left <= days < given]
    if left <= 0 or not reached or (row.reminded_days is not None and row.reminded_days <= min(reached)):
        return None
    return min(reached)


def remind(session: Session, application: Application, actor: Actor = SYSTEM_ACTOR) -> bool:
    """Tell the firm, by bell and mail as each wants, that its time runs out; each reminder once. False when none is due."""
    lock(session, application)
    if application.status != Status.QUERY_RAISED:
        return False
    row = open_query(application)
    days = due_reminder(row)
    if days is None:
        return False
    row.reminded_days = days
    words = f"{row.raised_by} asked you something. Answer by {clock.day(row.due_on)}, or it counts as withdrawn:"
    tell_firm(session, application, words, Told.QUERY)
    record(session, actor, "reminder sent", application, days=days, round=row.round)
    return True
