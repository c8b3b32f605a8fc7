"""People as DGFT knows them become people of a firm here: one verb for the hourly feed, SCIM and whatever comes later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session

from app.access.service import close_all
from app.audit.service import record
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import Fault, InvalidInput, NotAllowed
from app.exporters import logins, standing
from app.exporters.facts import PersonFacts
from app.exporters.logins import put
from app.exporters.models import DgftProfile, Exporter, ExporterUser
from app.exporters.rules import LAST_PRIMARY
from app.exporters.standing import Standing

OTHER_KIND = "This e-mail address belongs to an account of another kind (agency or DGFT). Give the person another address."
TAKEN = "This e-mail address belongs to another active person. Switch that person off first, or give this one another address."
KNOWN = "This person is here already."
TWICE = "Another row has the same e-mail address. Each person has an address of their own."


@dataclass(slots=True)
class Outcome:
    """What a batch did: numbers, the profiles by DGFT's number, what to write to the trail, and the rows that were refused."""

    profiles: dict[str, DgftProfile] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)  # by DGFT's number of the person
    told: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # (number, event, what changed)
    unchanged: int = 0

    def number(self, event: str) -> int:
        return sum(1 for _, each, _ in self.told if each == event)


CREATED, CHANGED, DISABLED = "DGFT profile created", "DGFT profile changed", "DGFT profile switched off"


def take_in(session: Session, actor: Actor, facts: PersonFacts, source: str = "SCIM", *, only_new: bool = False) -> DgftProfile:
    """One person as DGFT has them now: made, changed, linked, moved to another firm or switched off; the same again does nothing.

    InvalidInput when the e-mail address is somebody else's, the firm would be left without a primary user, or (`only_new`)
    the person is there already, though it be since a moment ago.
    """
    done = take_all(session, actor, [facts], source, only_new=only_new)
    if fault := done.faults.get(facts.user_ref):
        raise InvalidInput([fault])
    for ref, event, changes in done.told:
        record(session, actor, event, done.profiles[ref], person=ref, changes=changes)
    return done.profiles[facts.user_ref]


def take_all(session: Session, actor: Actor, people: Sequence[PersonFacts], source: str, *, only_new: bool = False) -> Outcome:
    """The same for many people at once, each number once, in few statements; the caller writes the trail (`told`)."""
    if actor.role is not Role.SYSTEM:
        raise NotAllowed("Only DGFT's own system brings people in. Change the person at DGFT; Udgam follows within the hour.")
    stand, done = standing.hold(session, people), Outcome()
    if only_new:
        known = {ref for ref, row in stand.profiles.items() if row.seen_at is not None}
        done.faults |= {ref: Fault("email", KNOWN) for ref in known}
    _check_addresses(stand, people, done.faults)
    _check_primaries(stand, people, done.faults)
    good = [each for each in people if each.user_ref not in done.faults]
    before = {each.user_ref: _clear_the_way(session, stand, each) for each in good}
    session.flush()
    made = [logins.new(each.email, each.full_name) for each in good if before[each.user_ref] is None and each.active]
    accounts = standing.store(session, made, "username")
    new: list[DgftProfile | ExporterUser] = []
    for each in good:
        user = before[each.user_ref] or (accounts.get(each.email) if each.active else None)
        new += _settle(session, stand, each, user, source, done)
    session.flush()
    done.profiles |= standing.store(session, [row for row in new if isinstance(row, DgftProfile)], "user_ref")
    standing.store(session, [row for row in new if isinstance(row, ExporterUser)], "user_id")
    return done


# --- may it be? ----------------------------------------------------------------------------------------------------------


def _check_addresses(stand: Standing, people: Sequence[PersonFacts], faults: dict[str, Fault]) -> None:
    """Nobody takes an address over from somebody who is active under it, nor from an agency or DGFT."""
    said = {each.user_ref: each for each in people}
    claimed: set[str] = set()
    while True:
        found = {}
        claimed.clear()
        for each in people:
            if not each.active or each.user_ref in faults:
                continue
            sentence = TWICE if each.email in claimed else _why_not(stand, each, said, faults)
            claimed.add(each.email)
            if sentence:
                found[each.user_ref] = Fault("email", sentence)
        faults |= found
        if not found:  # a refused row may keep the address that another one counted on
            return


def _why_not(stand: Standing, facts: PersonFacts, said: dict[str, PersonFacts], faults: dict[str, Fault]) -> str:
    holder = stand.by_address.get(facts.email)
    if holder is None:
        return ""
    owner, member = stand.owners.get(holder.id), stand.member_of(holder)
    if owner is not None:
        if owner.user_ref == facts.user_ref:
            return ""
        news = said.get(owner.user_ref) if owner.user_ref not in faults else None
        leaves = not news.active or news.email != facts.email if news is not None else not owner.active
        return "" if leaves else TAKEN
    if member is None:
        return OTHER_KIND
    return "" if member.dgft_user_ref in (None, facts.user_ref) and facts.user_ref not in stand.profiles else TAKEN


def _check_primaries(stand: Standing, people: Sequence[PersonFacts], faults: dict[str, Fault]) -> None:
    """An IEC that has a primary user keeps one: rows that would take the last one are refused (rule 4.6)."""
    while True:
        after, leaving = _primaries_after(stand, [each for each in people if each.user_ref not in faults])
        empty = [firm for firm in stand.primaries if not after[firm]]
        if not empty:
            return
        iecs = {row.id: row.iec for row in stand.firms.values()}
        for firm in empty:
            sentence = LAST_PRIMARY.format(iec=iecs.get(firm, "")).replace("  ", " ")
            faults |= {ref: Fault("role", sentence) for ref in leaving[firm]}


def _primaries_after(stand: Standing, people: Sequence[PersonFacts]) -> tuple[dict[int, set[int]], dict[int, list[str]]]:
    """The primary users of each firm once these rows are in, and which rows spoke of those it has now."""
    after = {firm: set(users) for firm, users in stand.primaries.items()}
    firm_of = {user: firm for firm, users in stand.primaries.items() for user in users}
    spoken_of: dict[int, list[str]] = {}
    for each in people:
        user = _present_account(stand, each)
        if user is not None and (firm := firm_of.get(user.id)) is not None:
            after[firm].discard(user.id)
            spoken_of.setdefault(firm, []).append(each.user_ref)
    for place, each in enumerate(people):
        if (target := _firm(stand, each)) is not None and each.role == "PRIMARY":
            after.setdefault(target.id, set()).add(-1 - place)
    return after, spoken_of


def _firm(stand: Standing, facts: PersonFacts) -> Exporter | None:
    """The firm a person is to belong to: none while the person is switched off, or the IEC is unknown here."""
    return stand.firms.get(facts.iec) if facts.active and facts.iec else None


def _present_account(stand: Standing, facts: PersonFacts) -> User | None:
    """The account of this person before anything is done: the profile's, or the one an old user of a firm has."""
    profile = stand.profiles.get(facts.user_ref)
    if profile is not None:
        return stand.user_of(profile)
    if facts.user_ref in stand.by_ref:
        return stand.users[stand.by_ref[facts.user_ref]]
    holder = stand.by_address.get(facts.email)
    return holder if facts.active and holder is not None and holder.id not in stand.owners and stand.member_of(holder) else None


# --- doing it ------------------------------------------------------------------------------------------------------------


def _clear_the_way(session: Session, stand: Standing, facts: PersonFacts) -> User | None:
    """Addresses are given up before they are taken; returns the account to go on with, if there is one.

    Who moves to another firm gets a new account: the old one, its keys and its history stay with the old firm.
    """
    user = _present_account(stand, facts)
    holder = stand.by_address.get(facts.email) if facts.active else None
    if holder is not None and holder is not user:
        logins.free_address(holder)
    member, firm = stand.member_of(user), _firm(stand, facts)
    if user is None or member is None or firm is None or member.exporter_id == firm.id:
        return user
    logins.free_address(user)
    logins.switch(session, user, on=False)
    put(member, status="DISABLED", dgft_user_ref=None)
    return None


def _settle(
    session: Session, stand: Standing, facts: PersonFacts, user: User | None, source: str, done: Outcome
) -> Iterator[DgftProfile | ExporterUser]:
    """Profile, account and place in the firm as DGFT says, and what of that is a change; yields the rows that are new."""
    profile = stand.profiles.get(facts.user_ref)
    is_new, was_active = profile is None, profile is not None and profile.active
    if profile is None:
        profile = DgftProfile(
            user_ref=facts.user_ref, source=source, email="", full_name="", mobile="", iec="", role="", active=True
        )
        yield profile
    changes = put(
        profile, email=facts.email, full_name=facts.full_name, mobile=facts.mobile, iec=facts.iec, role=facts.role,
        active=facts.active, user_id=user.id if user is not None else None,
    )  # fmt: skip
    changes |= _seen(profile, source)
    if user is not None:
        if logins.switch(session, user, on=facts.active):
            changes["account"] = [not facts.active, facts.active]
        if facts.active and (renamed := logins.call(user, facts.email, facts.full_name)):
            changes |= renamed
            if "username" in renamed and not is_new:
                close_all(session, user.id)
        member = stand.member_of(user)
        if member is None and (firm := _firm(stand, facts)) is not None:
            member = ExporterUser(user_id=user.id, exporter_id=firm.id, full_name="", role="", email="", mobile="", status="")
            yield member
        changes |= _place(stand, facts, member)
    done.profiles[facts.user_ref] = profile
    _note(done, facts, changes, CREATED if is_new else DISABLED if was_active and not facts.active else CHANGED)


def _seen(profile: DgftProfile, source: str) -> dict[str, Any]:
    """Who was known by a log-in only is the feed's or SCIM's from now on; who was withdrawn is there again."""
    changes = dict[str, Any](put(profile, source=source) if profile.source == "OIDC" else {})
    if profile.seen_at is None:
        profile.seen_at, changes["seen"] = clock.now(), [None, True]
    return changes


def _place(stand: Standing, facts: PersonFacts, member: ExporterUser | None) -> dict[str, Any]:
    """The person's row in the firm is kept in step, or switched off."""
    if member is None:
        return {}
    if _firm(stand, facts) is None:
        return put(member, status="DISABLED")
    return put(
        member, full_name=facts.full_name, role=facts.role, email=facts.email, mobile=facts.mobile, status="ACTIVE",
        source="DGFT_SYNC", dgft_user_ref=facts.user_ref,
    )  # fmt: skip


def _note(done: Outcome, facts: PersonFacts, changes: dict[str, Any], event: str) -> None:
    """For the trail: roles, firms and switches with before and after; of names and addresses only that they changed."""
    if not changes:
        done.unchanged += 1
        return
    shown = {name: changes[name] for name in ("iec", "role", "active", "status") if name in changes and event != CREATED}
    done.told.append((facts.user_ref, event, shown | {"fields": sorted(changes)}))
