"""The desk in the order of what presses, made by the database, so that it holds over all pages of a long list."""

from datetime import timedelta
from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Query, Session

from app.applications.models import Application
from app.applications.pressing import Rank
from app.applications.rules import Status
from app.applications.scope import visible_to
from app.core import clock
from app.core.actor import Actor
from app.infra.screens import FastInterface
from app.infra.settings import setting

COLUMN = "pressing"


def in_order(query: Any) -> Any:
    """The same order in SQL: the rank, among those that leave the earliest ship, else who has waited longest."""
    row, soon = Application, clock.india_today() + timedelta(days=setting("DESK_SOON_DAYS"))
    rank = case(
        (row.status == Status.SIGN_FAILED, Rank.FAILED.value),
        (row.status == Status.SIGNING, Rank.SIGNING.value),
        (row.departure_date <= soon, Rank.LEAVING.value),
        ((row.query_round > 0) & (row.status != Status.APPROVED), Rank.ANSWERED.value),
        else_=Rank.WAITING.value,
    )
    sails = case((rank == Rank.LEAVING.value, row.departure_date), else_=None)
    return query.order_by(rank, sails, row.submitted_at, row.id)


class DeskInterface(FastInterface):
    """The data of the desk, which can be put in the order of what presses."""

    def apply_order_by(self, query: Query[Any], order_column: str, order_direction: str, *rest: Any, **more: Any) -> Query[Any]:
        if order_column == COLUMN:
            return in_order(query)  # type: ignore[no-any-return]  # the type of a query says nothing here
        return super().apply_order_by(query, order_column, order_direction, *rest, **more)  # type: ignore[no-any-return]  # as above


def following(session: Session, actor: Actor, application_id: int) -> Application | None:
    """What this officer would take next: the most pressing that nobody else has in hand; None when nothing waits."""
    mine, nobodys = Application.assigned_officer_id == actor.agency_user_id, Application.assigned_officer_id.is_(None)
    waits = or_(
        Application.status == Status.SUBMITTED,
        (Application.status == Status.RESUBMITTED) & (mine | nobodys),
        (Application.status == Status.UNDER_REVIEW) & mine,
    )
    query = select(Application).where(visible_to(actor), Application.id != application_id, waits)
    found: Application | None = session.scalars(in_order(query).limit(1)).first()
    return found
