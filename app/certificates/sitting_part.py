"""One part of a bulk sitting: a few applications of one office in one transaction, each with a way back of its own.

All of them are locked in the order of their ids, then the office's number series, before the first event is recorded; so
two parts, or a part and somebody at a desk, never wait for each other in a circle (decision 0044).
"""

import logging
import time
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.agencies import service as agencies
from app.agencies.models import Office
from app.applications.desk import held_together
from app.applications.holding import take_up
from app.applications.models import Application
from app.applications.moves import tell_firms
from app.applications.numbers import certificates_of, hold
from app.certificates import issue, sitting
from app.certificates.hand import Hand, hand_for
from app.certificates.sitting_models import Sitting, SittingRow
from app.certificates.sitting_rules import CHANGED, FAULT, GONE, NO_ACCOUNT, PART, PATIENCE, UNMAPPED, RowState, SittingKind
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError
from app.infra.db import holding
from app.infra.queue import BULK
from app.notices.rules import Kind as Told

log = logging.getLogger(__name__)
_UNSCOPED = {"unscoped": True}
Outcome = tuple[RowState, str]
# What an application that is not as the program expects makes of a verb: it must not stop four thousand others. Anything else
# (the time of the job has run out, a full disk) is not about this one application, and the whole part is tried again.
UNEXPECTED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, DBAPIError)


def work(session: Session, row: Sitting) -> None:
    """The next part of a running sitting whose row is held: its rows, then the promise of the part after it, or the end.

    Who the officer is, which offices are theirs and whether they can sign is asked anew for every part.
    """
    rows = _next(session, row)
    if not rows:
        sitting.finish(session, row, by_hand=_by_hand(session, row))
        return
    actor = agencies.officer_actor(session, row.user_id)
    if actor is None or actor.read_only:
        sitting.halt(session, row, actor.read_only if actor else NO_ACCOUNT)
        return
    office = session.get_one(Office, rows[0].office_id, execution_options=_UNSCOPED)
    if office.id in actor.office_ids:
        try:
            hand = hand_for(session, office, actor, priority=BULK, sitting_id=row.id)
        except BusinessError as refusal:
            if not _another_can(session, row, actor, office):
                sitting.halt(session, row, refusal.sentence)
                return
            _refuse(rows, refusal.sentence)  # this office alone: the others do not wait for it
        else:
            _decide(session, row, rows, actor, office, hand)
    else:
        _refuse(rows, UNMAPPED)
    session.flush()
    sitting.count(session, row)
    if row.gone_through == row.total:
        sitting.finish(session, row, by_hand=_by_hand(session, row))
    else:
        sitting.go_on(session, row)


def _refuse(rows: Sequence[SittingRow], sentence: str) -> None:
    for each in rows:
        each.state, each.sentence = RowState.REFUSED.value, sentence[:500]


def _another_can(session: Session, row: Sitting, actor: Actor, but: Office) -> bool:
    """Whether the officer can sign for one of the other offices that still wait: then what hinders is this office's alone."""
    waiting = select(SittingRow.office_id).where(SittingRow.sitting_id == row.id, SittingRow.state == RowState.WAITING)
    for office_id in set(session.scalars(waiting.distinct(), execution_options=_UNSCOPED)) & set(actor.office_ids) - {but.id}:
        try:
            hand_for(session, session.get_one(Office, office_id, execution_options=_UNSCOPED), actor)
        except BusinessError:
            continue
        return True
    return False


def _next(session: Session, row: Sitting) -> list[SittingRow]:
    """The next rows that wait, all of one office: a part holds one number series."""
    waiting = select(SittingRow).where(SittingRow.sitting_id == row.id, SittingRow.state == RowState.WAITING)
    ordered = waiting.order_by(SittingRow.office_id, SittingRow.id).limit(PART)
    found = session.scalars(ordered, execution_options=_UNSCOPED).all()
    return [each for each in found if each.office_id == found[0].office_id]


def _decide(session: Session, row: Sitting, rows: Sequence[SittingRow], actor: Actor, office: Office, hand: Hand) -> None:
    """Each row in turn, one at least, as long as there is time; what has had no turn waits for the next part."""
    found = {each.id: each for each in held_together(session, [each.application_id for each in rows])}
    if row.kind != SittingKind.SIGN:
        hold(session, certificates_of(office.agency_id, office.id, clock.india(clock.now()).year))
    outcomes: dict[int, Outcome] = {}
    until = time.monotonic() + PATIENCE
    with holding(session, found.values()):
        for each in rows:
            outcomes[each.id] = _one(session, row, each, found.get(each.application_id), actor, hand)
            if time.monotonic() > until:
                break
    for each in rows:
        if each.id in outcomes:
            each.state, each.sentence = outcomes[each.id][0].value, outcomes[each.id][1][:500]
    done = [found[each.application_id] for each in rows if each.state == RowState.DONE]
    if not hand.by_itself and row.kind != SittingKind.SIGN:
        tell_firms(session, done, "Approved, pending issuance:", Told.DECISION)


def _one(session: Session, row: Sitting, each: SittingRow, application: Application | None, actor: Actor, hand: Hand) -> Outcome:
    """What became of one application; a refusal leaves nothing of it behind, and the others go on."""
    if application is None:
        return RowState.REFUSED, GONE
    if application.version != each.seen_version:
        return RowState.REFUSED, CHANGED
    try:
        with session.begin_nested():
            act(session, row, application, actor, hand)
            session.flush()
    except StaleDataError:
        return RowState.REFUSED, CHANGED
    except BusinessError as refusal:
        return RowState.REFUSED, refusal.sentence
    except (OperationalError, InterfaceError, InternalError):
        raise  # the database or the transaction is gone: the whole part is tried again
    except UNEXPECTED:
        log.exception("application %s failed in sitting %s", each.application_id, row.id)
        return RowState.FAILED, FAULT
    return RowState.DONE, ""


def act(session: Session, row: Sitting, application: Application, actor: Actor, hand: Hand) -> None:
    """The verbs that a kind of sitting stands for, the same that the buttons call."""
    if row.kind == SittingKind.SIGN:
        issue.sign(session, application, actor, hand=hand)
        return
    if row.kind == SittingKind.TAKE_UP and application.status == "SUBMITTED":
        take_up(session, application, actor)
    issue.approve(session, application, actor, origin_criteria_checked=row.origin_criteria_checked, hand=hand)


def _by_hand(session: Session, row: Sitting) -> bool:
    """Does what was approved wait for the officer's token now?"""
    actor = agencies.officer_actor(session, row.user_id)
    if actor is None or row.kind == SittingKind.SIGN:
        return False
    registration = agencies.registration_of(session, agencies.officer(session, actor.agency_user_id or 0))
    return registration is not None and registration.backend == "DESK_AGENT"
