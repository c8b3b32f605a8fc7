"""The verbs of a bulk sitting: look first, start once, pause, go on, cancel, try the refused ones again.

A preview is a row like the sitting it becomes: what goes, what does not and why, and at which version each application was
seen are kept with it. So the press that starts it can only start it once, whatever is reloaded or pressed again.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.agencies.models import AgencyUser, Office
from app.applications.models import Application
from app.audit.service import record
from app.certificates.hand import hand_for
from app.certificates.sitting_models import Sitting, SittingRow
from app.certificates.sitting_rules import (
    CANCELLED_BEFORE,
    MOST,
    SITTING_LIFE,
    RowState,
    Seen,
    SittingKind,
    SittingStatus,
    ended,
    why_not,
)
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed
from app.core.workflow import Move
from app.infra.db import lock
from app.infra.queue import NORMAL, promise
from app.infra.tenancy import must_see, visible_to
from app.notices.service import tell

JOB = "certificate.sitting"
KEPT = timedelta(days=1)  # a preview that nobody started
_UNSCOPED = {"unscoped": True}
_QUIETLY = {"unscoped": True, "synchronize_session": False}


def prepare(session: Session, actor: Actor, kind: SittingKind, ids: Sequence[int]) -> Sitting:
    """Look at these applications (1 to MOST ids, in the order in which they shall go): a sitting in PREVIEW, nothing started.

    InvalidInput names ids that are not there or not the actor's to see.
    """
    if actor.role is not Role.OFFICER or actor.user_id is None or actor.agency_id is None:
        raise NotAllowed("Only an officer approves and signs applications.")
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    chosen = list(dict.fromkeys(ids))
    if not 0 < len(chosen) <= MOST:
        raise BusinessError(f"Pick between 1 and {MOST:,} applications.")
    if kind is SittingKind.SIGN:
        _must_sign_by_itself(session, actor)
    seen = _seen(session, actor, chosen)
    if missing := [pk for pk in chosen if pk not in seen]:
        named = ", ".join(map(str, missing[:10])) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
        raise InvalidInput([Fault("ids", f"{named}: not there, or not yours to see.")])
    _forget_previews(session, actor)
    rows = _judged(session, actor, kind, [seen[pk] for pk in chosen])
    total = sum(row["state"] == RowState.WAITING for row in rows)
    sitting = Sitting(user_id=actor.user_id, agency_id=actor.agency_id, officer_name=actor.name, kind=kind.value, total=total,
                      skipped=len(rows) - total, status=SittingStatus.PREVIEW.value)  # fmt: skip
    session.add(sitting)
    session.flush()
    whose = {"sitting_id": sitting.id, "user_id": actor.user_id, "agency_id": actor.agency_id}
    session.execute(insert(SittingRow), [row | whose for row in rows])
    return sitting


def _must_sign_by_itself(session: Session, actor: Actor) -> None:
    registration = agencies.registration_of(session, agencies.officer(session, actor.agency_user_id or 0))
    if registration is not None and registration.backend == "DESK_AGENT":
        raise BusinessError("You sign by a token. Everything that waits for it stands on the page «To sign».")


def _seen(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, Any]:
    """What is to be known of each application, by its id; those the actor may not see are not there."""
    columns = (Application.id, Application.number, Application.version, Application.status, Application.office_id)
    query = select(*columns, Application.assigned_officer_id).where(Application.id.in_(ids), visible_to(actor, Application))
    return {row.id: row for row in session.execute(query)}


def _judged(session: Session, actor: Actor, kind: SittingKind, found: Sequence[Any]) -> list[dict[str, Any]]:
    """A row for each application: it goes, or the sentence why it does not."""
    cannot = {office: _why_no_hand(session, actor, office) for office in {row.office_id for row in found}}
    others = {row.assigned_officer_id for row in found} - {None, actor.agency_user_id}
    names = select(AgencyUser.id, AgencyUser.full_name).where(AgencyUser.id.in_(others))
    holders = dict(session.execute(names, execution_options=_UNSCOPED).all()) if others else {}
    rows = []
    for row in found:
        mine = row.assigned_officer_id == actor.agency_user_id
        facts = Seen(row.status, mine, holders.get(row.assigned_officer_id, ""), cannot[row.office_id])
        sentence = why_not(kind, facts)
        state = RowState.SKIPPED if sentence else RowState.WAITING
        rows.append({"application_id": row.id, "number": row.number, "seen_version": row.version, "office_id": row.office_id,
                     "state": state.value, "sentence": sentence[:500]})  # fmt: skip
    return rows


def _why_no_hand(session: Session, actor: Actor, office_id: int) -> str:
    try:
        hand_for(session, session.get_one(Office, office_id, execution_options=_UNSCOPED), actor)
    except BusinessError as refusal:
        return refusal.sentence
    return ""


def _forget_previews(session: Session, actor: Actor) -> None:
    """What this officer looked at a day ago and did not start is of no use to anybody."""
    mine = (Sitting.user_id == actor.user_id, Sitting.status == SittingStatus.PREVIEW)
    old = select(Sitting.id).where(*mine, Sitting.created_at < clock.now() - KEPT)
    if ids := session.scalars(old, execution_options=_UNSCOPED).all():
        session.execute(delete(SittingRow).where(SittingRow.sitting_id.in_(ids)), execution_options=_QUIETLY)
        session.execute(delete(Sitting).where(Sitting.id.in_(ids)), execution_options=_QUIETLY)


# --- the moves -------------------------------------------------------------------------------------------------------


def start(session: Session, sitting: Sitting, actor: Actor, *, origin_criteria_checked: bool = False) -> None:
    """The officer has looked and confirms, once; the worker goes through what was shown to go."""
    move = _begin(session, sitting, actor, "start")
    if not sitting.total:
        raise BusinessError("None of these applications can go. The page says why.")
    sitting.origin_criteria_checked, sitting.started_at = origin_criteria_checked, clock.now()
    go_on(session, sitting)
    _arrive(session, sitting, actor, move, kind=sitting.kind, total=sitting.total,
            origin_criteria="ticked" if origin_criteria_checked else "stated by starting")  # fmt: skip


def pause(session: Session, sitting: Sitting, actor: Actor) -> None:
    """Stand still after the part that is being done; the rest keeps its place."""
    _arrive(session, sitting, actor, _begin(session, sitting, actor, "pause"), done=sitting.done)


def resume(session: Session, sitting: Sitting, actor: Actor) -> None:
    """Go on where it stood still."""
    move = _begin(session, sitting, actor, "resume")
    go_on(session, sitting)
    _arrive(session, sitting, actor, move)


def cancel(session: Session, sitting: Sitting, actor: Actor) -> None:
    """No further row is begun; what is done stays done."""
    move = _begin(session, sitting, actor, "cancel")
    left = update(SittingRow).where(SittingRow.sitting_id == sitting.id, SittingRow.state == RowState.WAITING)
    session.execute(left.values(state=RowState.SKIPPED.value, sentence=CANCELLED_BEFORE), execution_options=_QUIETLY)
    count(session, sitting)
    sitting.ended_at = clock.now()
    _arrive(session, sitting, actor, move, done=sitting.done, skipped=sitting.skipped)


def retry(session: Session, sitting: Sitting, actor: Actor) -> None:
    """What was refused or failed has another turn; what changed since the officer looked is refused again."""
    move = _begin(session, sitting, actor, "retry")
    if not sitting.refused + sitting.failed:
        raise BusinessError("Nothing was refused and nothing failed, so there is nothing to try again.")
    again = update(SittingRow).where(
        SittingRow.sitting_id == sitting.id, SittingRow.state.in_((RowState.REFUSED, RowState.FAILED))
    )
    session.execute(again.values(state=RowState.WAITING.value, sentence=""), execution_options=_QUIETLY)
    number = sitting.refused + sitting.failed
    count(session, sitting)
    sitting.ended_at = None
    go_on(session, sitting)
    _arrive(session, sitting, actor, move, rows=number)


SITTING_VERBS: dict[str, Callable[..., Any]] = {
    "start": start, "pause": pause, "resume": resume, "cancel": cancel, "retry": retry,
}  # fmt: skip


# --- what happens by itself ------------------------------------------------------------------------------------------


def halt(session: Session, sitting: Sitting, reason: str) -> None:
    """The sitting, whose row is held already, stands still until the officer lets it go on; the reason is told."""
    move = SITTING_LIFE.check("halt", sitting.status, Role.SYSTEM)
    _arrive(session, sitting, SYSTEM_ACTOR, move, reason[:500])
    tell(session, [sitting.user_id], f"Your sitting stands still: {reason}", page(sitting))


def finish(session: Session, sitting: Sitting, *, by_hand: bool) -> None:
    """No row waits any more; the officer is told, and what else is to do."""
    move = SITTING_LIFE.check("finish", sitting.status, Role.SYSTEM)
    sitting.ended_at = clock.now()
    _arrive(session, sitting, SYSTEM_ACTOR, move, done=sitting.done, refused=sitting.refused, failed=sitting.failed)
    left = sitting.refused + sitting.failed + sitting.skipped
    tell(session, [sitting.user_id], ended(sitting.done, left, by_hand), page(sitting))


def go_on(session: Session, sitting: Sitting) -> None:
    """Promise the next part; the job of any other part finds that it is not its turn and does nothing."""
    sitting.part += 1
    key = f"sitting:{sitting.id}:{sitting.part}"
    promise(session, JOB, key, ref=sitting.id, agency_id=sitting.agency_id, priority=NORMAL)


def count(session: Session, sitting: Sitting) -> None:
    """How many rows stand where, counted anew."""
    query = select(SittingRow.state, func.count()).where(SittingRow.sitting_id == sitting.id).group_by(SittingRow.state)
    found = dict(session.execute(query, execution_options=_UNSCOPED).all())
    sitting.done, sitting.refused = found.get(RowState.DONE, 0), found.get(RowState.REFUSED, 0)
    sitting.failed, sitting.skipped = found.get(RowState.FAILED, 0), found.get(RowState.SKIPPED, 0)


def page(sitting: Sitting) -> str:
    """The address of its page."""
    return f"/sittings/show/{sitting.id}"


def _begin(session: Session, sitting: Sitting, actor: Actor, name: str) -> Move:
    """Is it this officer's, may the role do it, is it the state for it; then hold it, so that no part is under way."""
    must_see(actor, sitting)
    SITTING_LIFE.check(name, sitting.status, actor.role)
    if sitting.user_id != actor.user_id:
        raise NotAllowed(f"This is the sitting of {sitting.officer_name}, who alone moves it.")
    if actor.read_only and name in ("start", "resume", "retry"):
        raise NotAllowed(actor.read_only)
    lock(session, sitting)
    return SITTING_LIFE.check(name, sitting.status, actor.role)


def _arrive(session: Session, sitting: Sitting, actor: Actor, move: Move, reason: str = "", **detail: Any) -> None:
    before, sitting.status, sitting.reason = sitting.status, str(move.to), reason
    record(session, actor, move.event, sitting, reason=reason, before=before, after=sitting.status, **detail)
