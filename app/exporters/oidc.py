"""Who comes in with DGFT credentials: the one account of a person of a firm, and never an account of an agency or of DGFT."""

from dataclasses import dataclass, replace
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core.actor import EXPORTER_ROLES, PUBLIC_ACTOR, SYSTEM_ACTOR, Role
from app.core.errors import BusinessError, InvalidInput, NotAllowed
from app.exporters import facts, profiles
from app.exporters.facts import PersonFacts
from app.exporters.models import DgftProfile, Exporter, ExporterUser
from app.exporters.scim import OWN_REF
from app.infra import current
from app.infra.db import lock
from app.infra.words import N_

_UNSCOPED = {"unscoped": True, "populate_existing": True}
OFF = N_("This account is switched off. Ask the primary user of your firm, or DGFT.")
ANOTHER_KIND = N_(
    "This e-mail address belongs to an account of an agency or of DGFT, and such accounts do not come in this way. "
    "Log in with that account's own password."
)
TAKEN = N_("This e-mail address is another person's here. Change it in your profile at DGFT, or ask the help desk.")
UNCONFIRMED = N_("DGFT has not confirmed your e-mail address. Confirm it in your profile at DGFT, then log in again.")
UNREADABLE = N_("DGFT's log-in says too little about you, or something that cannot be read. Tell the help desk.")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider has proved: its number of the person, and the address where it vouches for it."""

    sub: str
    email: str
    confirmed: bool
    name: str


def identity(claims: dict[str, Any]) -> Identity:
    """What we use of the claims. The number must be one that can be kept as it is, letter for letter."""
    texts = {name: claims.get(name) for name in ("sub", "email", "name", "given_name", "family_name")}
    said = {name: value if isinstance(value, str) else "" for name, value in texts.items()}
    try:
        kept = facts.reference(said["sub"])
    except BusinessError as refusal:
        raise NotAllowed(UNREADABLE) from refusal
    if kept != said["sub"] or kept.startswith(OWN_REF):
        raise NotAllowed(UNREADABLE)
    name = said["name"] or f"{said['given_name']} {said['family_name']}".strip() or said["email"].partition("@")[0]
    return Identity(kept, said["email"].strip().lower(), claims.get("email_verified") is True, name)


def arrive(session: Session, who: Identity, address: str = "") -> User:
    """The account this person comes in to; made at the first time when nobody here has the address.

    Refuses (NotAllowed) whoever is switched off, an address that is an agency's, DGFT's or another person's, and at the
    first time an address that DGFT does not vouch for. What DGFT's feed and SCIM say about firm, role, name and address is
    not changed by a log-in.
    """
    profile = _profile(session, who.sub) or _first_time(session, who, address)
    lock(session, profile)
    user = session.get(User, profile.user_id, populate_existing=True) if profile.user_id is not None else None
    if not profile.active or user is None or not user.active:
        raise NotAllowed(OFF)
    person = next(filter(None, (resolve(session, user.id) for resolve in current.RESOLVERS)), PUBLIC_ACTOR)
    if person.role not in EXPORTER_ROLES | {Role.PUBLIC}:
        raise NotAllowed(ANOTHER_KIND)
    record(session, replace(person, user_id=user.id, ip=address), "recognised by DGFT's log-in", profile)
    return user


def _profile(session: Session, ref: str) -> DgftProfile | None:
    query = select(DgftProfile).where(DgftProfile.user_ref == ref)
    return session.scalar(query, execution_options=_UNSCOPED)


def _first_time(session: Session, who: Identity, address: str) -> DgftProfile:
    """Somebody who was never here under this number: known by it to a firm, known by a confirmed address, or new."""
    member = _member(session, ExporterUser.dgft_user_ref == who.sub)
    if member is not None:
        return _take_in(session, _as_facts(session, member, who.sub), address)
    if not (who.email and who.confirmed):
        raise NotAllowed(UNCONFIRMED)
    if (waiting := _without_number(session, who, address)) is not None:
        return waiting
    member = _member(session, ExporterUser.dgft_user_ref.is_(None), User.username == who.email)
    if member is not None:
        return _take_in(session, _as_facts(session, member, who.sub), address)
    try:
        new = facts.person({"user_ref": who.sub, "email": who.email, "name": who.name[:120]})
    except InvalidInput as refusal:
        raise NotAllowed(UNREADABLE) from refusal
    return _take_in(session, new, address)


def _without_number(session: Session, who: Identity, address: str) -> DgftProfile | None:
    """A person whom SCIM brought without DGFT's number, known by the address: the number is learned now."""
    same = select(DgftProfile).where(DgftProfile.email == who.email, DgftProfile.user_ref.startswith(OWN_REF))
    profile: DgftProfile | None = session.scalar(
        same.where(DgftProfile.seen_at.is_not(None)).limit(1), execution_options=_UNSCOPED
    )
    if profile is None:
        return None
    lock(session, profile)
    member = _member(session, ExporterUser.user_id == profile.user_id)
    profile.user_ref = who.sub
    if member is not None and member.status == "ACTIVE":
        member.dgft_user_ref = who.sub
    actor = replace(SYSTEM_ACTOR, name="DGFT (log-in)", ip=address)
    record(session, actor, "DGFT profile changed", profile, person=who.sub, changes={"fields": ["user_ref"]})
    return profile


def _member(session: Session, *where: Any) -> ExporterUser | None:
    query = select(ExporterUser).join(User, User.id == ExporterUser.user_id).where(*where)
    found: ExporterUser | None = session.scalar(query.limit(1), execution_options=_UNSCOPED)
    return found


def _as_facts(session: Session, member: ExporterUser, ref: str) -> PersonFacts:
    """A person of a firm as they are here; nobody who is switched off is let in again by a log-in."""
    user = session.get_one(User, member.user_id)
    if member.status != "ACTIVE" or not user.active:
        raise NotAllowed(OFF)
    firm = session.get_one(Exporter, member.exporter_id, execution_options={"unscoped": True})
    return PersonFacts(ref, user.username, member.full_name, member.mobile, firm.iec, member.role)


def _take_in(session: Session, person: PersonFacts, address: str) -> DgftProfile:
    """The same verb as the feed's and SCIM's, for a person it has not named yet."""
    actor = replace(SYSTEM_ACTOR, name="DGFT (log-in)", ip=address)
    try:
        return profiles.take_in(session, actor, person, "OIDC", only_new=True)
    except InvalidInput as refusal:
        told = {profiles.OTHER_KIND: ANOTHER_KIND, profiles.TAKEN: TAKEN}
        raise NotAllowed(told.get(refusal.faults[0].message, UNREADABLE)) from refusal
