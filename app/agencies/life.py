"""The verbs of an agency and its offices: go live, suspend, de-list; close an office, move what lies there to another."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agencies.models import Agency, AgencyUser, Office
from app.agencies.rules import AGENCY_LIFE, OFFICE_LIFE, OfficeStatus, PersonStatus
from app.agencies.service import would_be_ready
from app.audit.service import record
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed
from app.core.workflow import Move, Workflow
from app.infra.db import lock
from app.infra.tenancy import must_see
from app.notices.rules import Kind
from app.notices.service import tell

_UNSCOPED = {"unscoped": True}

# Applications sit above agencies; they add here how many are open at an office, and how to move them to another.
# Counted are those that can be moved, and those that are approved and must be signed or recalled first.
OPEN_CASES: list[Callable[[Session, int], tuple[int, int]]] = []
MOVERS: list[Callable[[Session, Office, Office, Actor], int]] = []

# --- the agency ----------------------------------------------------------------------------------------------------


def go_live(session: Session, agency: Agency, actor: Actor) -> None:
    """From now on exporters file here; there must be an office with a stamp and an officer who can sign."""
    move = _begin(session, agency, actor, AGENCY_LIFE, "go_live")
    offices = session.scalars(select(Office).where(Office.agency_id == agency.id), execution_options=_UNSCOPED).all()
    if not any(would_be_ready(session, office) for office in offices):
        raise BusinessError(
            "No office is ready yet: one needs a stamp and an officer who can sign. The checklist says what is missing."
        )
    agency.live_at = agency.live_at or clock.now()
    _arrive(session, agency, actor, move)
    _tell_people(session, agency, f"{agency.name} takes filings from now on.")


def suspend(session: Session, agency: Agency, actor: Actor, *, reason: str) -> None:
    """Filing and signing stop at once, queued signing included; reading stays (rule 5.3)."""
    move = _begin(session, agency, actor, AGENCY_LIFE, "suspend")
    _arrive(session, agency, actor, move, reason)
    _tell_people(session, agency, f"{agency.name} is suspended by DGFT: {reason}")


def resume(session: Session, agency: Agency, actor: Actor) -> None:
    """The suspension ends; everything goes on where it stopped."""
    move = _begin(session, agency, actor, AGENCY_LIFE, "resume")
    _arrive(session, agency, actor, move)
    _tell_people(session, agency, f"The suspension of {agency.name} has ended.")


def delist(session: Session, agency: Agency, actor: Actor, *, reason: str) -> None:
    """The agency leaves Appendix 2E for good; what it issued stays valid and readable."""
    move = _begin(session, agency, actor, AGENCY_LIFE, "delist")
    agency.delisted_on = clock.india_today()
    _arrive(session, agency, actor, move, reason)
    _tell_people(session, agency, f"{agency.name} is de-listed by DGFT: {reason}")


AGENCY_VERBS: dict[str, Callable[..., Any]] = {"go_live": go_live, "suspend": suspend, "resume": resume, "delist": delist}

# --- the office ----------------------------------------------------------------------------------------------------


def deactivate(session: Session, office: Office, actor: Actor, *, reason: str) -> None:
    """Close an office; refused while applications lie there (rule 4.2)."""
    move = _begin(session, office, actor, OFFICE_LIFE, "deactivate")
    movable, approved = open_cases(session, office.id)
    if movable or approved:
        cures = [f"{movable} can be moved to another office with «Move open applications»"] if movable else []
        cures += [f"{approved} are approved: their officers sign or recall them first"] if approved else []
        raise BusinessError(f"{movable + approved} applications are open at this office. {'; '.join(cures)}.")
    _arrive(session, office, actor, move, reason)


def activate(session: Session, office: Office, actor: Actor) -> None:
    """Open an office again."""
    move = _begin(session, office, actor, OFFICE_LIFE, "activate")
    _arrive(session, office, actor, move)


def move_cases(session: Session, source: Office, actor: Actor, *, office: int) -> int:
    """Hand every open application of an office on to another of the same agency; returns how many went."""
    move = _begin(session, source, actor, OFFICE_LIFE, "move_cases")
    target = session.get(Office, office, execution_options=_UNSCOPED)
    if target is None or target.agency_id != source.agency_id or target.id == source.id or target.status != OfficeStatus.ACTIVE:
        raise InvalidInput([Fault("office", "Choose another active office of your agency.")])
    moved = sum(mover(session, source, target, actor) for mover in MOVERS)
    if not moved:
        raise BusinessError("No application at this office can be moved now.")
    _arrive(session, source, actor, move, moved=moved, to_office=target.code)
    return moved


OFFICE_VERBS: dict[str, Callable[..., Any]] = {"deactivate": deactivate, "activate": activate, "move_cases": move_cases}


def open_cases(session: Session, office_id: int) -> tuple[int, int]:
    """How many open applications of an office can be moved, and how many are approved and cannot."""
    counts = [count(session, office_id) for count in OPEN_CASES]
    return sum(movable for movable, _ in counts), sum(approved for _, approved in counts)


def _begin(session: Session, row: Any, actor: Actor, life: Workflow, name: str) -> Move:
    """May this actor know of it, may the role do it, is it the state for it; then lock."""
    must_see(actor, row)
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    life.check(name, row.status, actor.role)
    lock(session, row)
    return life.check(name, row.status, actor.role)


def _arrive(session: Session, row: Agency | Office, actor: Actor, move: Move, reason: str = "", **detail: Any) -> None:
    before, row.status = row.status, str(move.to)
    row.status_reason = reason
    record(session, actor, move.event, row, reason=reason, before=before, after=row.status, **detail)


def _tell_people(session: Session, agency: Agency, words: str) -> None:
    people = select(AgencyUser.user_id).where(AgencyUser.agency_id == agency.id, AgencyUser.status == PersonStatus.ACTIVE)
    tell(session, session.scalars(people, execution_options=_UNSCOPED), words, "/", kind=Kind.ACCOUNT)
