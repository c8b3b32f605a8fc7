"""How far an agency is on its way aboard: what is done, what is missing, and which of its offices are offered to exporters.

Read for one agency (the administrator's checklist) or for all of them (DGFT's board) with the same five questions to the
database, however many offices and officers there are. Who can sign is decided by the rule that decides at signing.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agencies.models import Agency, AgencyUser, Office, OfficeMapping
from app.agencies.rules import AgencyStatus, OfficeStatus, PersonStatus, SigningFacts, why_not_sign
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotAllowed, NotFound
from app.signing.models import DscRegistration

WARN_DAYS = 30  # a certificate that ends sooner is named, although it still signs (domain rule 4.4)
NOBODY = "No officer is mapped to this office."
_UNSCOPED = {"unscoped": True}
_COMING = frozenset({AgencyStatus.NOTIFIED, AgencyStatus.ONBOARDING})
_COUNTED = (PersonStatus.PENDING, PersonStatus.ACTIVE)  # who has left, or was refused, keeps nobody waiting
_ABLE = SigningFacts("ACTIVE", True, True, True, True, "ACTIVE", True, "ACTIVE")


class Need(StrEnum):
    """What an agency, an office or an officer needs."""

    ADMINISTRATOR = "ADMINISTRATOR"
    OFFICE = "OFFICE"
    OFFICER = "OFFICER"
    LIVE = "LIVE"
    STAMP = "STAMP"
    STAFFED = "STAFFED"
    ACCOUNT = "ACCOUNT"
    MAPPED = "MAPPED"
    SIGNATURE = "SIGNATURE"
    DSC = "DSC"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is needed: whether it is done, of whom, and the row where it is cured."""

    need: Need
    done: bool
    of: str = ""
    pk: int | None = None
    days: int | None = None  # a valid certificate has this many left
    later: bool = False  # cannot be done yet: something else comes first

    @property
    def warns(self) -> bool:
        """Done, but not for long."""
        return self.done and self.days is not None and self.days < WARN_DAYS


@dataclass(frozen=True, slots=True)
class Part:
    """An office or an officer with its steps; one that is closed or deactivated counts for nothing."""

    pk: int
    name: str
    counts: bool
    complete: bool  # of an office: takes filings once the agency is live; of an officer: has all it takes to sign
    steps: tuple[Step, ...]
    offered: bool = False
    reasons: tuple[tuple[str, str], ...] = ()  # (who, sentence): why an office is not offered to exporters


@dataclass(frozen=True, slots=True)
class Readiness:
    """Where one agency stands."""

    agency_id: int
    code: str
    name: str
    status: str
    last_day: date | None  # of the window in which its people register
    days_left: int | None
    own: tuple[Step, ...]
    offices: tuple[Part, ...]
    officers: tuple[Part, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step that counts."""
        parts = [part.steps for part in (*self.offices, *self.officers) if part.counts]
        return (*self.own[:-1], *(step for steps in parts for step in steps), self.own[-1])

    @property
    def missing(self) -> tuple[Step, ...]:
        """What is not done, what can be done now before what comes later."""
        return tuple(sorted((step for step in self.steps if not step.done), key=lambda step: step.later))

    @property
    def warnings(self) -> tuple[Step, ...]:
        """What is done and soon will not be."""
        return tuple(step for step in self.steps if step.warns)

    @property
    def percent(self) -> int:
        """Steps done of steps in all; 100 only when nothing is missing."""
        return 100 * sum(step.done for step in self.steps) // len(self.steps)

    @property
    def may_go_live(self) -> bool:
        """The administrator may press the button now."""
        return self.status == AgencyStatus.ONBOARDING and any(office.complete for office in self.offices)

    @property
    def figures(self) -> tuple[int, int, int, int]:
        """Offices complete and in all, officers complete and in all; those that count."""
        offices, officers = ([part.complete for part in parts if part.counts] for parts in (self.offices, self.officers))
        return sum(offices), len(offices), sum(officers), len(officers)


def checklist(session: Session, actor: Actor) -> Readiness:
    """The actor's own agency; NotAllowed for everybody but its administrators."""
    if actor.role is not Role.ADMINISTRATOR or actor.agency_id is None:
        raise NotAllowed("Only an agency's administrator has a checklist.")
    found = _read(session, select(Agency).where(Agency.id == actor.agency_id))
    if not found:
        raise NotFound("There is no such agency.")
    return found[0]


ORDERS: dict[str, Callable[[Readiness], Any]] = {
    "status": lambda row: (["ONBOARDING", "NOTIFIED", "SUSPENDED", "ACTIVE", "DELISTED"].index(row.status), row.percent),
    "name": lambda row: row.name.casefold(),
    "percent": lambda row: row.percent,
    "offices": lambda row: row.figures[:2],
    "officers": lambda row: row.figures[2:],
    "window": lambda row: (row.days_left is None, row.days_left or 0),
}


def board(session: Session, actor: Actor, order: str = "status", *, descending: bool = False) -> list[Readiness]:
    """Every agency, for DGFT; those on their way aboard first unless asked otherwise (an unknown order is the usual one)."""
    if actor.role is not Role.SUPERVISOR:
        raise NotAllowed("Only DGFT sees all agencies.")
    rows = sorted(_read(session, select(Agency)), key=ORDERS["name"])
    return sorted(rows, key=ORDERS.get(order, ORDERS["status"]), reverse=descending)


# --- five questions ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Found:
    """The rows of the agencies asked for, by what they belong to."""

    now: datetime
    offices: dict[int, list[Office]] = field(default_factory=lambda: defaultdict(list))
    people: dict[int, list[AgencyUser]] = field(default_factory=lambda: defaultdict(list))
    mapped: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # person -> offices, today
    days: dict[int | None, int] = field(default_factory=dict)  # account -> days its valid certificate has left


def _read(session: Session, which: Any) -> list[Readiness]:
    agencies = session.scalars(which.order_by(Agency.code), execution_options=_UNSCOPED).all()
    ids, now = [agency.id for agency in agencies], clock.now()
    found, today = _Found(now), clock.india_today(now)
    for office in _all(session, select(Office).where(Office.agency_id.in_(ids)).order_by(Office.code)):
        found.offices[office.agency_id].append(office)
    for person in _all(session, select(AgencyUser).where(AgencyUser.agency_id.in_(ids)).order_by(AgencyUser.id)):
        found.people[person.agency_id].append(person)
    open_today = OfficeMapping.to_date.is_(None) | (OfficeMapping.to_date >= today)
    mappings = select(OfficeMapping.agency_user_id, OfficeMapping.office_id)
    mappings = mappings.where(OfficeMapping.agency_id.in_(ids), OfficeMapping.from_date <= today, open_today)
    for person_id, office_id in session.execute(mappings, execution_options=_UNSCOPED):
        found.mapped[person_id].add(office_id)
    keys = select(DscRegistration.user_id, DscRegistration.not_before, DscRegistration.not_after)
    keys = keys.join(AgencyUser, AgencyUser.user_id == DscRegistration.user_id)
    keys = keys.where(AgencyUser.agency_id.in_(ids), DscRegistration.status == "ACTIVE")
    for user_id, begins, ends in session.execute(keys, execution_options=_UNSCOPED):
        if begins <= now < ends:
            found.days[user_id] = (ends - now).days
    return [_standing(agency, found, today) for agency in agencies]


def _all(session: Session, query: Any) -> Sequence[Any]:
    return session.scalars(query, execution_options=_UNSCOPED).all()


# --- what they mean ------------------------------------------------------------------------------------------------


def _standing(agency: Agency, found: _Found, today: date) -> Readiness:
    offices, people = found.offices[agency.id], found.people[agency.id]
    office_parts = tuple(_office(agency, office, people, found) for office in offices)
    officer_parts = tuple(
        _officer(person, offices, found) for person in people if person.role == Role.OFFICER and _is_known(person)
    )
    window = agency.onboard_by if agency.status in _COMING else None
    return Readiness(
        agency_id=agency.id, code=agency.code, name=agency.name, status=agency.status, last_day=window,
        days_left=clock.days_between(today, window) if window else None,
        own=_own_steps(agency, offices, people, any(part.complete for part in office_parts)),
        offices=office_parts, officers=officer_parts,
    )  # fmt: skip


def _is_known(person: AgencyUser) -> bool:
    return person.status in (*_COUNTED, PersonStatus.INACTIVE)


def _own_steps(agency: Agency, offices: list[Office], people: list[AgencyUser], complete: bool) -> tuple[Step, ...]:
    """What the agency as a whole needs; going live is the last."""
    active = [person.role for person in people if person.status == PersonStatus.ACTIVE]
    waiting = [row.id for row in people if row.status == PersonStatus.PENDING and row.role == Role.ADMINISTRATOR]
    return (
        Step(Need.ADMINISTRATOR, Role.ADMINISTRATOR in active, agency.name, waiting[0] if waiting else None),
        Step(Need.OFFICE, any(office.status == OfficeStatus.ACTIVE for office in offices), agency.name),
        Step(Need.OFFICER, Role.OFFICER in active, agency.name),
        Step(Need.LIVE, agency.status == AgencyStatus.ACTIVE, agency.name, agency.id, later=not complete),
    )


def facts(agency: Agency, office: Office, person: AgencyUser, found: _Found) -> SigningFacts:
    """What decides whether this officer can sign for this office; the same as service.signing_facts, from rows in hand."""
    return SigningFacts(
        officer_status=person.status,
        is_officer=person.role == Role.OFFICER,
        mapped=office.id in found.mapped[person.id],
        has_signature_image=person.signature_sha256 is not None,
        has_dsc=person.user_id in found.days,
        office_status=office.status,
        has_stamp=office.stamp_sha256 is not None,
        agency_status=agency.status,
    )


def _office(agency: Agency, office: Office, people: list[AgencyUser], found: _Found) -> Part:
    """The steps of an office, and whether exporters are offered it: one officer who can sign is enough (rule 4.2)."""
    here = [(person, facts(agency, office, person, found)) for person in people if office.id in found.mapped[person.id]]
    staff = [person for person, _ in here if person.role == Role.OFFICER and person.status == PersonStatus.ACTIVE]
    name, active = f"{office.code} {office.name}", office.status == OfficeStatus.ACTIVE
    steps = (
        Step(Need.STAMP, office.stamp_sha256 is not None, name, office.id),
        Step(Need.STAFFED, bool(staff), name, office.id),
    )
    offered = any(not why_not_sign(each) for _, each in here)
    complete = any(not why_not_sign(replace(each, agency_status=AgencyStatus.ACTIVE)) for _, each in here)
    reasons = () if offered else tuple(_why_not_offered(agency, office, here))
    return Part(office.id, name, active, complete, steps, offered, reasons)


def _why_not_offered(agency: Agency, office: Office, here: list[tuple[AgencyUser, SigningFacts]]) -> list[tuple[str, str]]:
    """First what the office itself lacks, then what keeps each of its officers from signing."""
    its_own = replace(_ABLE, agency_status=agency.status, office_status=office.status, has_stamp=office.stamp_sha256 is not None)
    told = [("", sentence) for sentence in why_not_sign(its_own)]
    theirs = [(person.full_name, why_not_sign(_elsewhere(each))) for person, each in here]
    if not theirs:
        return [*told, ("", NOBODY)]
    if all(sentences for _, sentences in theirs):
        told += [(name, sentence) for name, sentences in theirs for sentence in sentences]
    return told


def _elsewhere(each: SigningFacts) -> SigningFacts:
    """The same officer at an office where nothing is amiss."""
    return replace(each, agency_status=AgencyStatus.ACTIVE, office_status=OfficeStatus.ACTIVE, has_stamp=True)


def _officer(person: AgencyUser, offices: list[Office], found: _Found) -> Part:
    """The steps of an officer; whoever waits for activation gets the rest afterwards."""
    active, name = person.status == PersonStatus.ACTIVE, person.full_name
    open_offices = {office.id for office in offices if office.status == OfficeStatus.ACTIVE}
    mapped, days = bool(open_offices & found.mapped[person.id]), found.days.get(person.user_id)
    steps = (
        Step(Need.ACCOUNT, active, name, person.id),
        Step(Need.MAPPED, mapped, name, person.id, later=not active),
        Step(Need.SIGNATURE, person.signature_sha256 is not None, name, person.id, later=not active),
        Step(Need.DSC, days is not None, name, person.id, days, later=not active),
    )
    return Part(person.id, name, person.status in _COUNTED, all(step.done for step in steps), steps)
