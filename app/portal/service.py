"""What a person should see first: counts, what waits for them, the wallet, agreements and events."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.agencies import readiness
from app.agencies.readiness import Readiness
from app.applications.models import Application
from app.applications.rules import Status
from app.applications.scope import visible_to
from app.core import clock
from app.core.actor import ACTING_ROLES, EXPORTER_ROLES, Actor, Role
from app.exporters import service as exporters
from app.notices import service as notices
from app.portal.models import FtaInfo, TradeEvent
from app.wallet.service import open_wallet

# Which states a role should look at first, most pressing first.
FIRST: dict[Role, tuple[Status, ...]] = {
    Role.OFFICER: (Status.RESUBMITTED, Status.SUBMITTED, Status.UNDER_REVIEW, Status.SIGN_FAILED, Status.APPROVED),
    Role.ADMINISTRATOR: (Status.SIGN_FAILED, Status.SUBMITTED, Status.UNDER_REVIEW, Status.RESUBMITTED),
    Role.SUPERVISOR: (Status.SIGN_FAILED, Status.SUBMITTED, Status.UNDER_REVIEW),
}
# Who is told what the wallet holds: the firm's own people, and of its broker those who pay fees from it.
SPENDERS = EXPORTER_ROLES | {Role.BROKER_FILER}
EXPORTER_FIRST = (Status.QUERY_RAISED, Status.DRAFT, Status.SUBMITTED, Status.APPROVED)


@dataclass(slots=True)
class Home:
    """Everything the first page shows."""

    heading: str
    counts: list[tuple[str, int]]
    waiting: list[Application]
    wallet: Any = None
    firm: Any = None
    readiness: Readiness | None = None  # of an administrator's agency
    notices: list[Any] = field(default_factory=list)
    agreements: list[FtaInfo] = field(default_factory=list)
    events: list[TradeEvent] = field(default_factory=list)


def home(session: Session, actor: Actor) -> Home:
    """The first page of this actor."""
    first = FIRST.get(actor.role, EXPORTER_FIRST)
    page = Home(heading=actor.name, counts=_counts(session, actor), waiting=_waiting(session, actor, first))
    page.notices = notices.latest(session, actor, 5)
    page.agreements = list(session.scalars(select(FtaInfo).order_by(FtaInfo.in_force_on.desc()).limit(5)))
    upcoming = select(TradeEvent).where(TradeEvent.ends_on >= clock.india_today()).order_by(TradeEvent.starts_on).limit(4)
    page.events = list(session.scalars(upcoming))
    if actor.role in EXPORTER_ROLES | ACTING_ROLES and actor.exporter_id is not None:
        page.firm = exporters.firm(session, actor.exporter_id)
        if actor.role in SPENDERS:
            page.wallet = open_wallet(session, actor.exporter_id)
    if actor.role is Role.ADMINISTRATOR:
        page.readiness = readiness.checklist(session, actor)
    return page


def _counts(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """How many applications stand in each state, in the order of the life of an application."""
    query = select(Application.status, func.count()).where(visible_to(actor)).group_by(Application.status)
    found = dict(session.execute(query).all())
    return [(state.value, found[state.value]) for state in Status if state.value in found]


def _waiting(session: Session, actor: Actor, states: tuple[Status, ...]) -> list[Application]:
    """The applications to look at first: by urgency of state, then the oldest."""
    rows: list[Application] = []
    for state in states:
        query = select(Application).where(visible_to(actor), Application.status == state)
        rows += session.scalars(query.order_by(Application.status_since).limit(8 - len(rows)))
        if len(rows) >= 8:
            break
    return rows
