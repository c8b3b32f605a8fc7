"""Write one event to the trail, and prove that nothing in it was changed."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.models import AuditEvent, AuditHead
from app.core import clock
from app.core.actor import Actor
from app.core.canonical import canonical_json, sha256_hex

GENESIS = "0" * 64
FOLLOWERS: list[Callable[[Session, AuditEvent, Any], None]] = []  # who hears of each event in its own transaction (factory)


def record(session: Session, actor: Actor, event: str, thing: Any, *, reason: str = "", **detail: Any) -> AuditEvent:
    """Add an event («application approved») about a row; the row's tenant columns say who may read it later.

    It locks the head of the chain until the commit, so whoever locks other rows does so before: with money taken after
    an event, two transactions could wait for each other.
    """
    session.flush()
    if actor.delegation_id is not None:
        detail |= {"for": actor.acting_for, "delegation": actor.delegation_id}
    row = AuditEvent(
        at=clock.now(),
        user_id=actor.user_id,
        actor_name=actor.name,
        role=actor.role.value,
        ip=actor.ip,
        event=event,
        object_kind=thing.__tablename__,
        object_id=thing.id,
        reason=reason,
        detail=detail,
        exporter_id=getattr(thing, "exporter_id", None),
        desk_agency_id=getattr(thing, "desk_agency_id", getattr(thing, "agency_id", None)),
        desk_office_id=getattr(thing, "desk_office_id", None),
    )
    row.previous_hash = _take_head(session)
    row.hash = _hash(row)
    session.add(row)
    session.flush()
    unscoped = {"unscoped": True}
    head = update(AuditHead).where(AuditHead.id == 1).values(hash=row.hash, events=AuditHead.events + 1)
    session.execute(head, execution_options=unscoped | {"synchronize_session": False})
    for follower in FOLLOWERS:
        follower(session, row, thing)
    return row


def _take_head(session: Session) -> str:
    """The hash of the last event, with the head row locked until the commit."""
    query = select(AuditHead.hash).where(AuditHead.id == 1).with_for_update()
    found = session.scalar(query, execution_options={"unscoped": True})
    if found is None:
        with suppress(IntegrityError), session.begin_nested():  # of several first events at once, one makes the row
            session.add(AuditHead(id=1, hash=GENESIS, events=0))
        found = session.execute(query, execution_options={"unscoped": True}).scalar_one()
    return found


def _hash(row: AuditEvent) -> str:
    """SHA-256 over the event's canonical JSON and the hash before it."""
    facts = {
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "user": row.user_id, "name": row.actor_name, "role": row.role, "ip": row.ip, "event": row.event,
        "kind": row.object_kind, "id": row.object_id, "reason": row.reason, "detail": row.detail,
        "exporter": row.exporter_id, "agency": row.desk_agency_id, "office": row.desk_office_id,
        "previous": row.previous_hash,
    }  # fmt: skip
    return sha256_hex(canonical_json(facts))


def holds(row: AuditEvent) -> bool:
    """Is this entry as it was written? Whether one is missing beside it only `prove` can tell."""
    return row.hash == _hash(row)


def prove(session: Session) -> Iterator[str]:
    """Walk the chain from the first event; yields a sentence for every event that was changed, added or taken away."""
    before, count = GENESIS, 0
    for row in session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=1000)):
        count += 1
        if row.previous_hash != before:
            yield f"audit event {row.id} does not follow the event before it"
        if not holds(row):
            yield f"audit event {row.id} ({row.event}) has been altered"
        before = row.hash
    head = session.get(AuditHead, 1) or AuditHead(id=1, hash=GENESIS, events=0)
    if (head.hash, head.events) != (before, count):
        yield f"the audit trail ends at event {count}, but its head says {head.events}"


def history(session: Session, thing: Any) -> list[AuditEvent]:
    """What happened to one row, oldest first, as far as the reader may know."""
    about = select(AuditEvent).where(AuditEvent.object_kind == thing.__tablename__, AuditEvent.object_id == thing.id)
    return list(session.scalars(about.order_by(AuditEvent.id)))
