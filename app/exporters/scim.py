"""People by SCIM 2.0 (RFC 7643, 7644): how a profile looks from outside, and the verbs to make, find, change and withdraw one."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError, InvalidInput
from app.exporters import facts as read
from app.exporters import scim_patch, standing
from app.exporters.facts import PersonFacts
from app.exporters.feed import as_facts
from app.exporters.models import DgftProfile
from app.exporters.profiles import take_in
from app.exporters.scim_filter import ScimError, condition
from app.exporters.scim_schema import FIRM, LIST, MOST, USER

_UNSCOPED = {"unscoped": True}
OWN_REF = "scim:"  # begins the number of a person for whom no externalId was sent
EXISTS = "There is a user with this userName or externalId already. Find it by a filter and change it."


def show(profile: DgftProfile, base: str) -> dict[str, Any]:
    """A profile as a SCIM resource; `base` is the address of the door."""
    given, _, family = profile.full_name.partition(" ")
    resource: dict[str, Any] = {
        "schemas": [USER, FIRM],
        "id": str(profile.id),
        "userName": profile.email,
        "name": {"formatted": profile.full_name, "givenName": given} | ({"familyName": family} if family else {}),
        "displayName": profile.full_name,
        "emails": [{"value": profile.email, "type": "work", "primary": True}],
        "active": profile.active,
        FIRM: {name: value for name, value in _of_firm(profile).items() if value},
        "meta": {
            "resourceType": "User",
            "created": _moment(profile.created_at),
            "lastModified": _moment(profile.updated_at),
            "version": etag(profile),
            "location": f"{base}/Users/{profile.id}",
        },
    }
    if not profile.user_ref.startswith(OWN_REF):
        resource["externalId"] = profile.user_ref
    return resource


def etag(profile: DgftProfile) -> str:
    """The version of a profile, as ETag and meta.version have it."""
    return f'W/"{profile.version}"'


def create(session: Session, actor: Actor, resource: Any) -> DgftProfile:
    """A new person; 409 (uniqueness) when the userName or externalId is somebody's already, 400 when it cannot be read.

    A person who was withdrawn before and comes again under the same externalId is the same row again.
    """
    facts = _read(resource, None)
    taken = (DgftProfile.user_ref == facts.user_ref) | (DgftProfile.email == facts.email)
    if session.scalar(_visible().where(taken).limit(1), execution_options=_UNSCOPED) is not None:
        raise ScimError(409, EXISTS, "uniqueness")
    return _taken_in(session, actor, facts, only_new=True)


def find(session: Session, pk: str) -> DgftProfile:
    """The person with this id; 404 for one who was withdrawn, too (RFC 7644, 3.6)."""
    number = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 10 else -1
    profile: DgftProfile | None = session.scalar(_visible().where(DgftProfile.id == number), execution_options=_UNSCOPED)
    if profile is None:
        raise ScimError(404, f"Resource {pk[:40]} not found")
    return profile


def put(session: Session, actor: Actor, pk: str, resource: Any, fits: Callable[[DgftProfile], None]) -> DgftProfile:
    """The person as the resource says. What it leaves out of `active` and of the firm as a whole stays as it is."""
    profile = _hold(session, pk, fits)
    return _changed(session, actor, profile, resource)


def patch(session: Session, actor: Actor, pk: str, request: Any, base: str, fits: Callable[[DgftProfile], None]) -> DgftProfile:
    """The person after a list of changes, all of them or none."""
    profile = _hold(session, pk, fits)
    return _changed(session, actor, profile, scim_patch.carry_out(show(profile, base), request))


def withdraw(session: Session, actor: Actor, pk: str, fits: Callable[[DgftProfile], None]) -> None:
    """DELETE: the person is switched off and is not found here any more; row, account and history stay."""
    profile = _hold(session, pk, fits)
    _taken_in(session, actor, replace(as_facts(profile), active=False))
    profile.seen_at = None
    record(session, actor, "DGFT profile withdrawn", profile, person=profile.user_ref)


def search(
    session: Session, base: str, said: Mapping[str, Any], chosen: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """A list of people (RFC 7644, 3.4.2): `filter`, `startIndex` from 1, `count` of at most 200, in the order of their ids."""
    where = _visible()
    if text := said.get("filter"):
        where = where.where(condition(str(text)))
    start, count = max(1, _number(said, "startIndex", 1)), min(MOST, max(0, _number(said, "count", 100)))
    total = session.scalar(select(func.count()).select_from(where.subquery()), execution_options=_UNSCOPED) or 0
    page = where.order_by(DgftProfile.id).offset(start - 1).limit(count)
    rows = list(session.scalars(page, execution_options=_UNSCOPED)) if count else []
    found = {"schemas": [LIST], "totalResults": total, "startIndex": start, "itemsPerPage": len(rows)}
    return found | {"Resources": [chosen(show(row, base)) for row in rows]}


# --- reading a resource --------------------------------------------------------------------------------------------------


def _read(resource: Any, before: DgftProfile | None) -> PersonFacts:
    """The facts in a resource. Of two places for one fact (userName and emails; the name) the one that is new counts."""
    if not isinstance(resource, dict) or USER not in (resource.get("schemas") or []):
        raise ScimError(400, f"A user is an object with the schema {USER}.", "invalidSyntax")
    given = {str(key).lower(): value for key, value in resource.items()}
    if len(given) != len(resource):
        raise ScimError(400, "Two attributes have the same name but for capital letters. Send one.", "invalidSyntax")
    place = given.get(FIRM.lower())
    place = {key.lower(): value for key, value in place.items()} if isinstance(place, dict) else None
    old = as_facts(before) if before is not None else None
    raw = {
        "user_ref": _reference(given.get("externalid"), before),
        "email": _address(given, old),
        "name": _name(given, old),
        "active": old.active if given.get("active") is None and old else given.get("active"),
        "iec": (place.get("iec") or "") if place is not None else old.iec if old else "",
        "mobile": (place.get("mobile") or "") if place is not None else old.mobile if old else "",
        "role": (place or {}).get("firmrole") or (old.role if old else "APPLICANT"),
    }
    try:
        return read.person(raw)
    except InvalidInput as refusal:
        told = {"user_ref": "externalId", "email": "userName", "role": "firmRole"}
        lines = [f"{told.get(fault.field, fault.field)}: {fault.message}" for fault in refusal.faults]
        raise ScimError(400, " ".join(lines), "invalidValue") from refusal


def _reference(external: Any, before: DgftProfile | None) -> str:
    """DGFT's number of the person never changes; one that was missing may be sent later."""
    if external is not None and not isinstance(external, str):
        raise ScimError(400, "externalId: this is a text.", "invalidValue")
    if before is None:
        return external or OWN_REF + secrets.token_hex(16)
    if external in (None, "", before.user_ref):
        return before.user_ref
    if not before.user_ref.startswith(OWN_REF):
        raise ScimError(400, "The externalId of a user does not change. Withdraw this user and create another.", "mutability")
    return external


def _address(given: Mapping[str, Any], old: PersonFacts | None) -> str:
    """userName and the primary address are one; where they differ, the one that is not the old one counts."""
    said = {str(given["username"]).strip().lower()} if given.get("username") else set()
    addresses = given.get("emails") or []
    if not isinstance(addresses, list) or not all(isinstance(each, dict) for each in addresses):
        raise ScimError(400, "emails: this is a list of objects with a value.", "invalidValue")
    primary = [each for each in addresses if each.get("primary") in (True, "true", "True")]
    first: dict[str, Any] = next(iter(primary or addresses), {})
    if not said:
        raise ScimError(400, "userName: this is needed.", "invalidValue")
    if first.get("value"):
        said.add(str(first["value"]).strip().lower())
    new = said - {old.email} if old is not None else said
    if len(new) > 1:
        raise ScimError(400, "userName and the primary e-mail are one address here: the name to log in with.", "invalidValue")
    return next(iter(new or said))


def _name(given: Mapping[str, Any], old: PersonFacts | None) -> str:
    name = given.get("name")
    named = {str(key).lower(): value for key, value in name.items()} if isinstance(name, dict) else {}
    named["displayname"] = given.get("displayname")
    if unfit := sorted(part for part, value in named.items() if not isinstance(value, str | None)):
        raise ScimError(400, f"name: {unfit[0][:40]} is a text.", "invalidValue")
    parts = {part: (value or "").strip() for part, value in named.items()}
    ways = (
        parts.get("formatted", ""),
        f"{parts.get('givenname', '')} {parts.get('familyname', '')}".strip(),
        parts["displayname"],
    )
    known = old.full_name if old is not None else ""
    return next((way for way in ways if way and way != known), "") or known or next(iter(filter(None, ways)), "")


# --- changing ------------------------------------------------------------------------------------------------------------


def _changed(session: Session, actor: Actor, profile: DgftProfile, resource: Any) -> DgftProfile:
    facts = _read(resource, profile)
    if facts.email != profile.email:
        others = _visible().where(DgftProfile.email == facts.email, DgftProfile.id != profile.id)
        if session.scalar(others.limit(1), execution_options=_UNSCOPED) is not None:
            raise ScimError(409, EXISTS, "uniqueness")
    if facts.user_ref != profile.user_ref:
        same = select(DgftProfile.id).where(DgftProfile.user_ref == facts.user_ref)
        if session.scalar(same, execution_options=_UNSCOPED) is not None:
            raise ScimError(409, EXISTS, "uniqueness")
        profile.user_ref = facts.user_ref
        session.flush()
    return _taken_in(session, actor, facts)


def _taken_in(session: Session, actor: Actor, facts: PersonFacts, *, only_new: bool = False) -> DgftProfile:
    try:
        return take_in(session, actor, facts, only_new=only_new)
    except InvalidInput as refusal:
        if refusal.faults[0].field == "email":
            raise ScimError(409, refusal.sentence, "uniqueness") from refusal
        raise ScimError(400, refusal.sentence, "mutability") from refusal


def _hold(session: Session, pk: str, fits: Callable[[DgftProfile], None]) -> DgftProfile:
    """The person, locked after the firm; `fits` refuses a version the client has not seen."""
    profile = find(session, pk)
    standing.hold(session, [as_facts(profile)])
    if profile.seen_at is None:
        raise ScimError(404, f"Resource {pk[:40]} not found")
    fits(profile)
    return profile


def _visible() -> Any:
    return select(DgftProfile).where(DgftProfile.seen_at.is_not(None))


def _of_firm(profile: DgftProfile) -> dict[str, str]:
    return {"iec": profile.iec, "firmRole": profile.role, "mobile": profile.mobile}


def _moment(moment: Any) -> str:
    return clock.to_utc(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(said: Mapping[str, Any], name: str, otherwise: int) -> int:
    value = said.get(name)
    if value in (None, ""):
        return otherwise
    try:
        return max(-1, min(int(str(value)), 2**31))
    except ValueError as error:
        raise ScimError(400, f"{name} is a whole number.", "invalidValue") from error


def sentence_of(error: BusinessError) -> str:
    """What a refusal says, each fault with its field."""
    return " ".join(fault.message for fault in error.faults) if isinstance(error, InvalidInput) else error.sentence
