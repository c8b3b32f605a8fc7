"""What happens to the cases of a desk when its officer leaves or its office closes: nothing is lost, all is on record."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from app.agencies.life import MOVERS, OPEN_CASES
from app.agencies.models import AgencyUser, Office
from app.agencies.people import DEPARTED
from app.applications.models import Application
from app.applications.moves import arrive, tell_firm
from app.applications.rules import LIFE, Status
from app.core.actor import Actor, Role
from app.infra.db import lock
from app.notices.rules import Kind as Told

_UNSCOPED = {"unscoped": True}
MOVABLE = (Status.SUBMITTED, Status.UNDER_REVIEW, Status.QUERY_RAISED, Status.RESUBMITTED)
APPROVED = (Status.APPROVED, Status.SIGNING, Status.SIGN_FAILED)


def return_to_queue(session: Session, person: AgencyUser) -> Callable[[Actor], None]:
    """The cases an officer had under review go back to the office's queue (rule 5.3)."""
    theirs = select(Application).where(Application.assigned_officer_id == person.id, Application.status == Status.UNDER_REVIEW)
    rows = [row for row in held(session, theirs) if (row.assigned_officer_id, row.status) == (person.id, Status.UNDER_REVIEW)]

    def settle(actor: Actor) -> None:
        for application in rows:
            move = LIFE.check("return_to_queue", application.status, Role.SYSTEM)
            application.assigned_officer_id = None
            arrive(session, application, actor, move, "the officer was deactivated", officer=person.full_name)

    return settle


def open_cases(session: Session, office_id: int) -> tuple[int, int]:
    """How many applications at this office can be moved, and how many are approved and not yet issued."""
    counts = select(Application.status, func.count()).where(Application.desk_office_id == office_id).group_by(Application.status)
    found = dict(session.execute(counts, execution_options=_UNSCOPED).all())
    return sum(found.get(state, 0) for state in MOVABLE), sum(found.get(state, 0) for state in APPROVED)


def pass_on(session: Session, source: Office, target: Office, actor: Actor) -> int:
    """Every movable application of one office goes to another; whoever had it in hand there has it no more."""
    lying = select(Application).where(Application.desk_office_id == source.id, Application.status.in_(MOVABLE))
    rows = [row for row in held(session, lying) if row.desk_office_id == source.id and row.status in MOVABLE]
    for application in rows:
        move = LIFE.check("pass_on", application.status, Role.SYSTEM)
        if application.status in (Status.UNDER_REVIEW, Status.RESUBMITTED):
            application.assigned_officer_id = None
        application.office_id, application.office = target.id, target
        parts = (*application.invoices, *application.items, *application.evidence, *application.attachments, *application.queries)
        for row in (application, *parts):
            row.desk_office_id = target.id
        arrive(session, application, actor, move, from_office=source.code, to_office=target.code)
        tell_firm(session, application, f"Now with {target.name}:", Told.DECISION)
    return len(rows)


def held(session: Session, query: Select[Any]) -> list[Application]:
    """The rows, all locked in the order of their numbers before the first event is recorded: see audit."""
    return [lock(session, row) for row in session.scalars(query.order_by(Application.id), execution_options=_UNSCOPED).all()]


def held_together(session: Session, ids: Sequence[int]) -> list[Application]:
    """The same in a few statements however many there are, with everything that is digested and printed."""
    query = select(Application).where(Application.id.in_(ids)).order_by(Application.id).with_for_update()
    parts = (Application.invoices, Application.items, Application.evidence, Application.attachments)
    query = query.options(*[selectinload(part) for part in (*parts, Application.exporter, Application.branch)])
    return list(session.scalars(query, execution_options=_UNSCOPED | {"populate_existing": True}))


DEPARTED.append(return_to_queue)
OPEN_CASES.append(open_cases)
MOVERS.append(pass_on)
