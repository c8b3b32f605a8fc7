"""Tell a firm's own system what happened: a call is promised with the change it tells of, and sent until it is taken.

The event comes from one place, the trail (`audit.record` calls `follow`), so nothing happens that is told of twice or not at all.
Rows of webhooks are never locked for update: a call that is promised while the trail's head is held must not wait for one.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, WrongState
from app.infra import outbound, queue
from app.infra.outbound import Answer
from app.infra.seal import seal, unseal
from app.infra.settings import setting
from app.infra.tenancy import UNSCOPED, must_see
from app.notices.events import EVENT, EVENT_ID, EVENTS, GONE, KEPT, OVERLAP, PAUSES, PING, SIGNATURE, TYPES, saying, signature
from app.notices.models import Delivery, Webhook
from app.notices.rules import Kind
from app.notices.service import tell

DELIVER = "webhook.deliver"
MOST, MOST_ATTEMPTS_KEPT = 5, 20
MOST_PINGS, A_MINUTE = 10, timedelta(minutes=1)  # the address may be somebody else's, who has not asked to be called
SEALED_FOR = "webhook"
RECORD: list[Callable[..., Any]] = []  # the trail, which stands beside this folder: the factory connects the two
KEEPERS: list[Callable[[Session, int], list[int]]] = []  # a firm's primary users; exporters, which stand above, say who


@dataclass(frozen=True, slots=True)
class Errand:
    """One call, ready to be made."""

    url: str
    body: bytes
    headers: dict[str, str]


# --- what the firm does ----------------------------------------------------------------------------------------------------


def register(session: Session, actor: Actor, *, url: str, events: Sequence[str] = ()) -> tuple[Webhook, str]:
    """A new address and its secret, which is shown this once; no events named means all."""
    exporter_id = _keeper(actor)
    number = select(func.count()).select_from(Webhook).where(Webhook.exporter_id == exporter_id)
    if (session.scalar(number, execution_options=UNSCOPED) or 0) >= MOST:
        raise BusinessError(f"A firm has at most {MOST} webhooks. Remove one first.")
    _check(url, events)
    secret = _new_secret()
    row = Webhook(exporter_id=exporter_id, url=url, events=list(events), secret=seal(SEALED_FOR, secret))
    session.add(row)
    session.flush()
    _record(session, actor, "webhook registered", row)
    return row, secret


def change(session: Session, row: Webhook, actor: Actor, *, url: str | None = None, events: Sequence[str] | None = None,
           active: bool | None = None) -> None:  # fmt: skip
    """Another address, other events, or on and off; what is None stays."""
    _mine(actor, row)
    url, events = row.url if url is None else url, row.events if events is None else list(events)
    _check(url, events)
    row.url, row.events = url, events
    if active is not None:
        row.active, row.why_off = active, "" if active else "switched off by the firm"
    row.failures, row.rests_until = 0, None
    session.flush()
    _record(session, actor, "webhook changed", row, active=row.active)


def rotate(session: Session, row: Webhook, actor: Actor) -> str:
    """A new secret, shown this once; for a day both sign, so that the other side can change over without losing a call."""
    _mine(actor, row)
    secret = _new_secret()
    row.former_secret, row.former_until = row.secret, clock.now() + OVERLAP
    row.secret = seal(SEALED_FOR, secret)
    session.flush()
    _record(session, actor, "webhook secret changed", row)
    return secret


def remove(session: Session, row: Webhook, actor: Actor) -> None:
    """The address and its log are gone; what is under way finds nothing to do."""
    _mine(actor, row)
    _record(session, actor, "webhook removed", row)
    session.execute(delete(Delivery).where(Delivery.webhook_id == row.id), execution_options={"synchronize_session": False})
    session.delete(row)
    session.flush()


def ping(session: Session, row: Webhook, actor: Actor) -> Delivery:
    """A call that tells of nothing, to try the address and the signature; it is tried once."""
    _mine(actor, row)
    if not row.active:
        raise WrongState("This webhook is switched off. Switch it on first.")
    just_now = (Delivery.exporter_id == row.exporter_id, Delivery.event == PING, Delivery.created_at > clock.now() - A_MINUTE)
    number = select(func.count()).select_from(Delivery).where(*just_now)
    if (session.scalar(number, execution_options=UNSCOPED) or 0) >= MOST_PINGS:
        raise WrongState(f"A firm tries its webhooks at most {MOST_PINGS} times a minute. Wait a little, then try again.")
    event_id = f"evt_{secrets.token_hex(16)}"
    body = {"id": event_id, "type": PING, "at": clock.now().isoformat(), "data": {"webhook_id": row.id}, "links": {}}
    return _promise(session, row, PING, event_id, body)


def replay(session: Session, delivery: Delivery, actor: Actor) -> None:
    """Send a call again as it was: the same event id and the same words, signed anew."""
    must_see(actor, delivery)
    _keeper(actor)
    row = session.get_one(Webhook, delivery.webhook_id)
    if not row.active:
        raise WrongState("This webhook is switched off. Switch it on first.")
    if delivery.state == "PENDING":
        raise WrongState("This call is under way already.")
    delivery.state, delivery.tries, delivery.error = "PENDING", 0, ""
    delivery.round, delivery.next_at = delivery.round + 1, clock.now()
    session.flush()
    _send_at(session, delivery, None)


# --- what happens by itself --------------------------------------------------------------------------------------------------


def follow(session: Session, event: Any, thing: Any) -> None:
    """After a line of the trail: promise a call to each address of the firm that wants to hear of it."""
    kind = TYPES.get((event.object_kind, event.event))
    if kind is None or event.exporter_id is None:
        return
    theirs = select(Webhook).where(Webhook.exporter_id == event.exporter_id, Webhook.active.is_(True)).order_by(Webhook.id)
    for row in session.scalars(theirs, execution_options=UNSCOPED).all():
        if not row.events or kind in row.events:
            event_id = f"evt_{event.hash[:32]}"
            said = saying(event.object_kind, event.object_id, thing, setting("BASE_URL"))
            _promise(session, row, kind, event_id, {"id": event_id, "type": kind, "at": event.at.isoformat()} | said)


def errand(session: Session, delivery_id: int) -> Errand | None:
    """The call to be made now; None when there is none any more, or the address rests (and then it is promised for later)."""
    delivery = session.get(Delivery, delivery_id, execution_options=UNSCOPED)
    if delivery is None or delivery.state != "PENDING":
        return None
    row = session.get_one(Webhook, delivery.webhook_id, execution_options=UNSCOPED)
    now = clock.now()
    if not row.active:
        delivery.state, delivery.error, delivery.next_at = "FAILED", "the webhook is switched off", None
        return None
    if row.rests_until is not None and row.rests_until > now and delivery.event != PING:
        _send_at(session, delivery, row.rests_until)
        return None
    keys = [unseal(SEALED_FOR, row.secret)]
    if row.former_secret and row.former_until is not None and row.former_until > now:
        keys.append(unseal(SEALED_FOR, row.former_secret))
    body = json.dumps(delivery.body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json", "User-Agent": "Udgam-Webhooks/1", EVENT: delivery.event, EVENT_ID: delivery.event_id,
        SIGNATURE: signature(keys, body, int(now.timestamp())),
    }  # fmt: skip
    return Errand(row.url, body, headers)


def note(session: Session, delivery_id: int, answer: Answer) -> None:
    """Keep what came of a try; promise the next one, or give up; an address that never answers is switched off."""
    delivery = session.get(Delivery, delivery_id, execution_options=UNSCOPED)
    if delivery is None:
        return
    held = select(Webhook).where(Webhook.id == delivery.webhook_id).with_for_update(key_share=True)
    row = session.scalars(held, execution_options=UNSCOPED | {"populate_existing": True}).one()
    session.refresh(delivery)
    now, tries = clock.now(), delivery.tries + 1
    line = {"at": now.isoformat(), "status": answer.status, "milliseconds": answer.milliseconds, "error": answer.error}
    delivery.tries, delivery.attempts = tries, [*delivery.attempts, line][-MOST_ATTEMPTS_KEPT:]
    delivery.answer_status, delivery.error, delivery.next_at = answer.status, answer.error[:300], None
    if answer.is_taken:
        delivery.state, delivery.delivered_at = "DONE", now
        row.last_taken_at, row.failures, row.rests_until = now, 0, None
        return
    row.failures += 1
    if answer.status == GONE or row.failures > len(PAUSES):
        delivery.state = "FAILED"
        _switch_off(session, row, "its address answered «gone» (410)" if answer.status == GONE else "nothing was taken for a day")
    elif delivery.event == PING or tries > len(PAUSES):
        delivery.state = "FAILED"
    else:
        row.rests_until = now + PAUSES[row.failures - 1]
        _send_at(session, delivery, now + PAUSES[tries - 1])


def give_up(session: Session, delivery_id: int, reason: str) -> None:
    """A call that could not even be tried, such as one that kills its worker each time."""
    delivery = session.get(Delivery, delivery_id, execution_options=UNSCOPED)
    if delivery is not None and delivery.state == "PENDING":
        delivery.state, delivery.error, delivery.next_at = "FAILED", reason[:300], None


def forget_old(session: Session) -> None:
    """The log is kept for three months."""
    old = delete(Delivery).where(Delivery.created_at < clock.now() - KEPT, Delivery.state != "PENDING")
    session.execute(old, execution_options=UNSCOPED | {"synchronize_session": False})


def _promise(session: Session, row: Webhook, event: str, event_id: str, body: Any) -> Delivery:
    delivery = Delivery(
        webhook_id=row.id, exporter_id=row.exporter_id, event=event, event_id=event_id, body=body, attempts=[], round=0, tries=0,
        state="PENDING", next_at=clock.now(),
    )  # fmt: skip
    session.add(delivery)
    session.flush()
    _send_at(session, delivery, None)
    return delivery


def _send_at(session: Session, delivery: Delivery, when: Any) -> None:
    """A job for this try; the key names the try, so a second promise of the same one is none."""
    delivery.next_at = when or clock.now()
    moment = f":{int(when.timestamp())}" if when else ""
    key = f"{DELIVER}:{delivery.id}:{delivery.round}:{delivery.tries}{moment}"
    waited_for = delivery.event == PING or delivery.round > 0  # somebody sits before the page
    queue.promise(session, DELIVER, key, ref=delivery.id, priority=queue.NORMAL if waited_for else queue.LOW, run_after=when)


def _switch_off(session: Session, row: Webhook, why: str) -> None:
    row.active, row.why_off, row.failures, row.rests_until = False, why, 0, None
    session.flush()
    people = [user_id for keepers in KEEPERS for user_id in keepers(session, row.exporter_id)]
    told = f"The webhook {row.url[:120]} was switched off: {why}. Put it right, switch it on, and replay what was missed."
    tell(session, people, told, f"/webhooks/{row.id}", kind=Kind.WEBHOOK)
    _record(session, SYSTEM_ACTOR, "webhook switched off", row, why=why)


def _record(session: Session, actor: Actor, event: str, row: Webhook, **detail: Any) -> None:
    for record in RECORD:
        record(session, actor, event, row, url=row.url, **detail)


def _keeper(actor: Actor) -> int:
    if actor.role is not Role.PRIMARY or actor.exporter_id is None:
        raise NotAllowed("Only the firm's primary user looks after its webhooks.")
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    return actor.exporter_id


def _mine(actor: Actor, row: Webhook) -> None:
    must_see(actor, row)
    _keeper(actor)


def _check(url: str, events: Sequence[str]) -> None:
    faults = [
        Fault("events", f"There is no event {str(each)[:60]}. Choose from the list.") for each in events if each not in EVENTS
    ]
    if len(set(events)) != len(events):
        faults.append(Fault("events", "An event is named twice. Name it once."))
    try:
        outbound.read(url)
    except BusinessError as refusal:
        faults.append(Fault("url", refusal.sentence))
    if faults:
        raise InvalidInput(faults)


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def reachable(url: str) -> None:
    """Does the name lead to an address that may be called? Asked outside any transaction; InvalidInput when not."""
    try:
        outbound.resolve(outbound.read(url))
    except BusinessError as refusal:
        raise InvalidInput([Fault("url", refusal.sentence)]) from refusal
