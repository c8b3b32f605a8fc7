"""DGFT's feed of firms and people: fetched or read from a file, understood row by row, and taken over as one."""

import csv
import http.client
import io
import ipaddress
import json
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.models import Supervisor
from app.audit.service import record
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError, Fault, InvalidInput
from app.exporters import facts as read
from app.exporters import firms, profiles
from app.exporters.facts import FirmFacts, PersonFacts
from app.exporters.models import DgftProfile, SyncRun
from app.exporters.rules import too_many_leave
from app.exporters.standing import chunks
from app.notices.rules import Kind
from app.notices.service import tell

SECONDS, MEBIBYTE = 20.0, 1024 * 1024
MAX_BYTES, MAX_ROWS, MAX_FAULTS = 20 * MEBIBYTE, 200_000, 1_000
TOLD_AT_ONCE = 500  # people in one event of the trail
CANNOT_READ = "The feed cannot be read: send JSON with a list «users», or CSV with headings, in UTF-8. Nothing was changed."
TOO_LARGE = "The feed is larger than 20 MiB or 200,000 rows. Nothing was changed."
EMPTY = "The feed says that it is complete and names nobody. Nothing was changed; look at DGFT's export."
NOT_THERE = "The feed did not come: {why}. Nothing was changed."
TOO_MANY_LEAVE = (
    "The feed would switch off {leaving} of {active} people, more than the {percent} % that one feed may (SYNC_MOST_DISABLED). "
    "Nothing was changed; look at DGFT's export."
)


@dataclass(slots=True)
class Feed:
    """What was sent: each row under the name by which a fault points to it."""

    users: list[tuple[str, Any]]
    firms: list[tuple[str, Any]] = field(default_factory=list)
    complete: bool = False


# --- fetching ------------------------------------------------------------------------------------------------------------


def fetch(address: str, secret: str = "") -> bytes:
    """The feed at an https address (http on this machine only), 20 seconds and 20 MiB at most; no redirect is followed.

    BusinessError with the reason when it does not come whole.
    """
    parts = urlsplit(address)
    headers = {"Accept": "application/json, text/csv"} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise BusinessError(NOT_THERE.format(why=f"the server answered {answer.status}"))
        return _body(answer, time.monotonic() + SECONDS)
    except (OSError, http.client.HTTPException) as error:
        raise BusinessError(NOT_THERE.format(why=type(error).__name__)) from error
    finally:
        connection.close()


def is_fetchable(address: str) -> bool:
    """May a feed be fetched from there: https, or http from this machine itself?"""
    parts = urlsplit(address)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or "")))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https" and host:
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
    if scheme == "http" and _is_here(host):
        return http.client.HTTPConnection(host, port, timeout=SECONDS)
    raise BusinessError("SYNC_FEED must be an https address (http only on this machine), or a file. Nothing was changed.")


def _body(answer: http.client.HTTPResponse, until: float) -> bytes:
    """All of it in time, or nothing: half a feed would look like people who left."""
    content, announced = bytearray(), answer.getheader("Content-Length")
    while part := answer.read1(65_536):
        content += part
        if len(content) > MAX_BYTES:
            raise BusinessError(TOO_LARGE)
        if time.monotonic() > until:
            raise BusinessError(NOT_THERE.format(why="it took longer than 20 seconds"))
    if announced is not None and len(content) != int(announced):
        raise BusinessError(NOT_THERE.format(why="it broke off"))
    return bytes(content)


# --- understanding -------------------------------------------------------------------------------------------------------


def understand(content: bytes, *, complete: bool = False) -> Feed:
    """The rows of a JSON or CSV feed. Only JSON says of itself that it is complete; of a table the operator does.

    BusinessError when it is neither, or too large; what is in the rows is looked at later.
    """
    if len(content) > MAX_BYTES:
        raise BusinessError(TOO_LARGE)
    try:
        text = content.decode("utf-8-sig")
        feed = _json(text) if text.lstrip()[:1] in {"{", "["} else _table(text)
    except (ValueError, RecursionError, csv.Error) as error:
        raise BusinessError(CANNOT_READ) from error
    if len(feed.users) + len(feed.firms) > MAX_ROWS:
        raise BusinessError(TOO_LARGE)
    feed.complete = feed.complete or complete
    if feed.complete and not feed.users:
        raise BusinessError(EMPTY)
    return feed


def _json(text: str) -> Feed:
    said = json.loads(text)
    if not isinstance(said, dict) or not isinstance(said.get("users"), list) or not isinstance(said.get("firms", []), list):
        raise ValueError("not a feed")
    if not isinstance(said.get("complete", False), bool):
        raise ValueError("complete is true or false")
    named = {key: [(f"{key}[{place}]", row) for place, row in enumerate(said.get(key, []))] for key in ("users", "firms")}
    return Feed(named["users"], named["firms"], said.get("complete", False))


def _table(text: str) -> Feed:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if not set(read.PERSON_NEEDED) <= set(rows.fieldnames or ()):
        raise ValueError("headings are missing")
    return Feed([(f"row {place}", {key: (value or "").strip() for key, value in row.items() if isinstance(key, str) and not
                 isinstance(value, list)}) for place, row in enumerate(rows, 2)])  # fmt: skip


# --- taking over ---------------------------------------------------------------------------------------------------------


def take_over(session: Session, actor: Actor, feed: Feed, source: str, most_percent: int) -> SyncRun:
    """Firms first, then people; a row with a fault is left out and named, the others are taken.

    In a complete feed, people of earlier feeds whom it does not name are switched off. BusinessError, and nothing is changed,
    when it would switch off more than `most_percent` of them.
    """
    run = SyncRun(source=source[:200])
    faults: list[Fault] = []
    given = _each_once(feed.firms, read.firm, lambda row: row.iec, faults)
    of_firms = firms.take_all(session, actor, {iec: row for iec, (_, row) in given.items()})
    faults += [_at(given[iec][0], fault) for iec, fault in of_firms.faults.items()]
    people = _each_once(feed.users, read.person, lambda row: row.user_ref, faults)
    named = {ref for _, row in feed.users if isinstance(row, dict) and (ref := str(row.get("user_ref", "")).strip())}
    gone = _gone(session, named) if feed.complete else []
    waiting = _waiting(session, of_firms.new, set(people) | {each.user_ref for each in gone})
    everybody = [row for _, row in people.values()] + gone + waiting
    _must_not_empty_the_house(session, everybody, most_percent)
    done = profiles.take_all(session, actor, everybody, "FEED")
    faults += [_at(people[ref][0] if ref in people else ref, fault) for ref, fault in done.faults.items()]
    _note_seen(session, set(people) - set(done.faults))
    run.created = done.number(profiles.CREATED) + len(of_firms.new)
    run.changed = done.number(profiles.CHANGED) + len(of_firms.told) - len(of_firms.new)
    run.disabled = done.number(profiles.DISABLED)
    run.unchanged = done.unchanged + of_firms.unchanged
    run.faults, run.finished_at = _sentences(faults), clock.now()
    session.add(run)
    _tell_the_trail(session, actor, run, [*of_firms.told, *done.told])
    return run


def note_failure(session: Session, source: str, sentence: str) -> SyncRun:
    """Keep that a feed could not be taken; the first time in a row the supervisors' bells ring."""
    before = session.scalar(select(SyncRun.error).order_by(SyncRun.id.desc()).limit(1), execution_options={"unscoped": True})
    run = SyncRun(source=source[:200], finished_at=clock.now(), error=sentence, faults=[])
    session.add(run)
    if not before:
        people = session.scalars(select(Supervisor.user_id), execution_options={"unscoped": True})
        tell(session, people, f"Accounts were not brought in from DGFT: {sentence}", "/sync/list/", kind=Kind.SYSTEM)
    session.flush()
    return run


def _each_once(
    rows: Sequence[tuple[str, Any]], reader: Callable[[Any], Any], key: Callable[[Any], str], faults: list[Fault]
) -> dict[str, tuple[str, Any]]:
    """The rows that can be read, by their key, each with its name in the feed; a key that comes again is a fault."""
    found: dict[str, tuple[str, PersonFacts | FirmFacts]] = {}
    for name, raw in rows:
        try:
            row = reader(raw)
        except InvalidInput as refusal:
            faults += [_at(name, fault) for fault in refusal.faults]
            continue
        before = found.setdefault(key(row), (name, row))
        if before[1] is not row:
            faults.append(Fault(name, f"{before[0]} is about the same. Leave one of the two out."))
    return found


def _at(name: str, fault: Fault) -> Fault:
    return Fault(f"{name}.{fault.field}" if fault.field else name, fault.message)


def _sentences(faults: Sequence[Fault]) -> list[str]:
    lines = [f"{fault.field}: {fault.message}" for fault in faults[:MAX_FAULTS]]
    return lines + ([f"… and {len(faults) - MAX_FAULTS} more"] if len(faults) > MAX_FAULTS else [])


def as_facts(profile: DgftProfile) -> PersonFacts:
    """What was last said of a person."""
    return PersonFacts(
        user_ref=profile.user_ref, email=profile.email, full_name=profile.full_name, mobile=profile.mobile, iec=profile.iec,
        role=profile.role, active=profile.active,
    )  # fmt: skip


def _gone(session: Session, named: set[str]) -> list[PersonFacts]:
    """Active people of earlier feeds whom this one does not name (a row with a fault names its person all the same)."""
    query = select(DgftProfile).where(DgftProfile.source == "FEED", DgftProfile.active.is_(True)).order_by(DgftProfile.id)
    rows = session.scalars(query, execution_options={"unscoped": True})
    return [replace(as_facts(row), active=False) for row in rows if row.user_ref not in named]


def _waiting(session: Session, iecs: set[str], known: set[str]) -> list[PersonFacts]:
    """People who came before their firm did, by SCIM or an earlier feed."""
    found: list[PersonFacts] = []
    for part in chunks(iecs):
        query = select(DgftProfile).where(DgftProfile.iec.in_(part), DgftProfile.active.is_(True))
        rows = session.scalars(query, execution_options={"unscoped": True})
        found += [as_facts(row) for row in rows if row.user_ref not in known]
    return found


def _must_not_empty_the_house(session: Session, people: Sequence[PersonFacts], most_percent: int) -> None:
    query = select(DgftProfile.user_ref).where(DgftProfile.source == "FEED", DgftProfile.active.is_(True))
    active = set(session.scalars(query, execution_options={"unscoped": True}))
    leaving = sum(1 for each in people if not each.active and each.user_ref in active)
    if too_many_leave(leaving, len(active), most_percent):
        raise BusinessError(TOO_MANY_LEAVE.format(leaving=leaving, active=len(active), percent=most_percent))


def _note_seen(session: Session, refs: set[str]) -> None:
    """When DGFT last spoke of these people; that alone is no change, so version and date of change stay."""
    for part in chunks(refs):
        seen = update(DgftProfile).where(DgftProfile.user_ref.in_(part))
        values = {"seen_at": clock.now(), "updated_at": DgftProfile.updated_at}
        session.execute(seen.values(values), execution_options={"unscoped": True, "synchronize_session": False})


def _tell_the_trail(session: Session, actor: Actor, run: SyncRun, told: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
    """Events about the run, 500 people in each: ten thousand single ones would hold the head of the trail for minutes."""
    session.flush()
    for part in _parts(told):
        lines = [{"who": who, "event": event, "changes": changes} for who, event, changes in part]
        record(session, actor, "accounts brought in from DGFT", run, people=lines)


def _parts(told: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (told[start : start + TOLD_AT_ONCE] for start in range(0, len(told), TOLD_AT_ONCE))
