"""Taking up, going on and taking over: one officer has an application, and a colleague may step in once that one has stopped."""

from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.applications.in_hand import Hold, hold_ends
from app.applications.models import Application
from app.applications.moves import arrive, begin, verb
from app.applications.rules import Status
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotAllowed, WrongState
from app.infra.settings import setting
from app.notices.service import tell

SELDOM = timedelta(minutes=1)  # going on is noted at most so often


@verb("take_up")
def take_up(session: Session, application: Application, actor: Actor) -> None:
    """The first officer of the office who takes it up has it; a resubmitted one goes back to its officer."""
    try:
        move = begin(session, application, actor, "take_up")
    except WrongState as refusal:
        raise told_who(application, refusal) from refusal
    kept = application.assigned_officer_id
    if (
        application.status == Status.RESUBMITTED
        and kept not in (None, actor.agency_user_id)
        and _still_works(session, application)
    ):
        raise NotAllowed(f"{agencies.officer(session, kept or 0).full_name} raised the query and takes this one up again.")
    application.assigned_officer_id = actor.agency_user_id
    arrive(session, application, actor, move)


def told_who(application: Application, refusal: WrongState) -> WrongState:
    """The refusal with the name of whoever has it, where somebody has."""
    if application.status != Status.UNDER_REVIEW or application.hold is None:
        return refusal
    return WrongState(f"This application is with {application.hold} now. {refusal.sentence}")


def _still_works(session: Session, application: Application) -> bool:
    holder = agencies.officer(session, application.assigned_officer_id or 0)
    return holder.status == "ACTIVE" and application.office_id in agencies.mapped_offices(session, holder.id)


@verb("take_over")
def take_over(session: Session, application: Application, actor: Actor, *, reason: str) -> None:
    """Another officer of the office goes on with what somebody took up and left lying for DESK_LOCK_MINUTES.

    Of two who do this at once the first has it: for the second it is held anew. WrongState names the holder and the hour.
    """
    move = begin(session, application, actor, "take_over")
    until = application.held_until
    former = agencies.officer(session, application.assigned_officer_id) if application.assigned_officer_id else None
    if former is not None and former.id == actor.agency_user_id:
        raise WrongState("You have this application in hand already.")
    if former is not None and until is not None and until > clock.now():
        hour = Hold(former.full_name, until).hour
        raise WrongState(f"{former.full_name} has this application in hand until {hour}. It can be taken over after that.")
    application.assigned_officer_id = actor.agency_user_id
    arrive(session, application, actor, move, reason, former=former.full_name if former else "")
    if former is not None:
        words = f"{actor.name} has taken over {application}: {reason}"
        tell(session, [former.user_id], words, f"/applications/{application.id}")


def is_due(session: Session, application_id: int, actor: Actor) -> bool:
    """Whether it is worth noting that whoever has it in hand works on it: a look, for which nobody has to wait."""
    if actor.agency_user_id is None or actor.read_only:
        return False
    return session.scalar(select(Application.id).where(*_mine(application_id, actor))) is not None


def goes_on(session: Session, application_id: int, actor: Actor) -> bool:
    """Whoever has it in hand works on it: from now the whole time counts again. True when that was noted.

    No verb and no event: it changes nothing of the application, and for anybody else it does nothing.
    """
    if actor.agency_user_id is None or actor.read_only:
        return False
    renew = update(Application).where(*_mine(application_id, actor)).returning(Application.id)
    until = hold_ends(Status.UNDER_REVIEW)
    return session.scalars(renew.values(held_until=until, updated_at=clock.now())).first() is not None


def _mine(application_id: int, actor: Actor) -> tuple[Any, ...]:
    """In this officer's hand, and not renewed just now."""
    late = clock.now() + timedelta(minutes=setting("DESK_LOCK_MINUTES")) - SELDOM
    older = or_(Application.held_until.is_(None), Application.held_until < late)
    holder = Application.assigned_officer_id == actor.agency_user_id
    return Application.id == application_id, Application.status == Status.UNDER_REVIEW, holder, older
