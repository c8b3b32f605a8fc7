"""Many officers invited at once from a table: what it would do, and taking it over, all of it or nothing."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.access import accounts
from app.agencies import domains, people
from app.agencies.appendix import several, words
from app.agencies.models import Agency, AgencyUser, Office
from app.agencies.rules import OfficeStatus, PersonStatus
from app.audit.service import record
from app.core.actor import Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, WrongState
from app.core.identifiers import parse_mobile
from app.infra.db import lock
from app.infra.sheets import Column, Entry, Plan, Row

MAX_OFFICERS = 100  # each gets a password that is slow to make on purpose: about ten seconds for all of them
_UNSCOPED = {"unscoped": True}

COLUMNS = (
    Column("full_name", ("name", "officer", "name of officer"), required=True),
    Column("designation", ("post", "title"), required=True),
    Column("email", ("e-mail", "official e-mail", "official_email", "email id"), required=True),
    Column("mobile", ("mobile number", "mobile no.", "phone"), required=True),
    Column("employee_code", ("employee id", "employee number", "staff number")),
    Column("offices", ("office", "office code", "office codes", "regional office"), required=True),
)
EXAMPLE = {
    "full_name": "Devika Menon", "designation": "Assistant Director", "email": "devika.menon@chamber.example",
    "mobile": "9876543210", "employee_code": "MCE-0142", "offices": "001; 002",
}  # fmt: skip


def plan(session: Session, actor: Actor, rows: Sequence[Row]) -> Plan:
    """Whom these rows would invite, with every fault of every row; nothing is changed. For the own administrator only."""
    return _plan(session, _agency(session, actor), rows)[0]


def take_over(session: Session, actor: Actor, rows: Sequence[Row], *, source: str, shown: str = "") -> Plan:
    """Invite every officer of the table; InvalidInput with all faults, and then nobody is invited.

    `source` is the SHA-256 of the file, for the audit trail; `shown` is the fingerprint of the plan the person agreed to.
    """
    agency = lock(session, _agency(session, actor))
    made, values = _plan(session, agency, rows)
    if made.faults:
        raise InvalidInput(made.faults)
    if shown and made.fingerprint != shown:
        raise WrongState("Something has changed since this was shown. Look at what the file would do now.")
    try:
        for each in values:
            people.invite(session, actor, **each)
    except IntegrityError as error:
        raise WrongState("One of these addresses was registered in the meantime. Send the file again.") from error
    record(session, actor, "officers invited from a table", agency, source=source, officers=len(values))
    return made


def _agency(session: Session, actor: Actor) -> Agency:
    if actor.role is not Role.ADMINISTRATOR or actor.agency_id is None:
        raise NotAllowed("Only an administrator invites officers, and only into the own agency.")
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    return session.get_one(Agency, actor.agency_id, execution_options=_UNSCOPED)


# --- what the rows would do ----------------------------------------------------------------------------------------------


def _plan(session: Session, agency: Agency, rows: Sequence[Row]) -> tuple[Plan, list[dict[str, Any]]]:
    """The plan, and what to say to people.invite for each row."""
    if len(rows) > MAX_OFFICERS:
        raise BusinessError(f"At most {MAX_OFFICERS} officers are invited at once; the file has {len(rows)}. Send it in parts.")
    offices = {row.code: row for row in session.scalars(_offices_of(agency), execution_options=_UNSCOPED)}
    entries: list[Entry] = []
    faults: list[Fault] = []
    values: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for row in rows:
        read, wrong = _read(row, agency, offices)
        wrong += _clashes(session, agency, row, read.get("email", ""), seen)
        faults += wrong
        if not wrong:
            codes = read.pop("offices")
            entries.append(Entry(row.line, read["email"], True, read | {"offices": ", ".join(codes)}))
            values.append(read | {"office_ids": [offices[code].id for code in codes]})
    return Plan(tuple(entries), tuple(faults)), values


def _offices_of(agency: Agency) -> Any:
    return select(Office).where(Office.agency_id == agency.id, Office.status == OfficeStatus.ACTIVE)


def _read(row: Row, agency: Agency, offices: Mapping[str, Office]) -> tuple[dict[str, Any], list[Fault]]:
    """The values of one row, and the faults of those that cannot be taken."""
    readers: dict[str, Callable[[str], Any]] = {
        "full_name": lambda text: _name(text, 120),
        "designation": lambda text: _name(text, 80),
        "email": lambda text: _address(text, agency),
        "mobile": _mobile,
        "employee_code": lambda text: words(text, 30),
        "offices": lambda text: _codes(text, offices),
    }
    values, faults = {}, []
    for name, reader in readers.items():
        text = row.cells.get(name, "")
        try:
            if not text and name != "employee_code":
                raise BusinessError("This may not be empty. Fill it in.")
            values[name] = reader(text)
        except BusinessError as refusal:
            faults.append(row.fault(name, refusal.sentence))
    return values, faults


def _clashes(session: Session, agency: Agency, row: Row, email: str, seen: dict[str, int]) -> list[Fault]:
    """An address that stands in two rows, or is known; of people elsewhere nothing is revealed."""
    if not email:
        return []
    before = seen.setdefault(email, row.line)
    if before != row.line:
        return [row.fault("email", f"Row {before} has the same address. Each officer has an address of their own.")]
    counts = (PersonStatus.PENDING, PersonStatus.ACTIVE, PersonStatus.INACTIVE)
    same = select(AgencyUser).where(func.lower(AgencyUser.email) == email, AgencyUser.status.in_(counts))
    person = session.scalar(same.limit(1), execution_options=_UNSCOPED)
    if person is not None and person.agency_id == agency.id:
        said = {PersonStatus.PENDING: "has asked to be registered; decide on the request", PersonStatus.ACTIVE: "is aboard",
                PersonStatus.INACTIVE: "is deactivated; activate the account again"}[PersonStatus(person.status)]  # fmt: skip
        return [row.fault("email", f"{person.full_name} {said} (see Officers). Leave the row out.")]
    if person is not None or accounts.exists(session, email):
        return [row.fault("email", "This address cannot be invited. Ask the officer for another official address.")]
    return []


# --- one cell: the same rules as for an officer who registers ----------------------------------------------------------


def _name(text: str, most: int) -> str:
    name = words(text, most)
    if not any(sign.isalpha() for sign in name):
        raise BusinessError("This is printed on certificates: write it in letters.")
    return name


def _address(text: str, agency: Agency) -> str:
    """An official address under the agency's domains (scenario 19)."""
    address = domains.parse_email(text)
    domain = domains.domain_of(address)
    if domains.is_free_mail(domain):
        raise BusinessError(f"Officers use an official address; {domain} gives one to anybody.")
    listed = [f"@{name}" for name in domains.official(agency.email_domains)]
    if not listed:
        raise BusinessError(f"DGFT has no e-mail domain on record for {agency.name}. Ask DGFT to add it.")
    if not domains.lies_under(address, agency.email_domains):
        raise BusinessError(f"This is not an address of {agency.name}. Officers use one that ends in {' or '.join(listed)}.")
    return address


def _mobile(text: str) -> str:
    """Ten digits, whatever spaces, hyphens, +91 or 0 stand before and between them (rule 4.0)."""
    return parse_mobile(re.sub(r"^(\+91|91(?=[0-9]{10}$)|0)", "", re.sub(r"[\s()-]", "", text)))


def _codes(text: str, offices: Mapping[str, Office]) -> list[str]:
    """Codes of active offices of the agency; a spreadsheet program writes 001 as 1."""
    codes = [part.zfill(3) if part.isascii() and part.isdigit() else part for part in several(text)]
    unknown = [code for code in codes if code not in offices]
    if not offices:
        raise BusinessError("Your agency has no active office yet. Add one under Offices first.")
    if unknown or not codes:
        known = ", ".join(sorted(offices))
        raise BusinessError(
            f"{unknown[0][:20] if unknown else 'This'} is not an active office of your agency. There are: {known}."
        )
    return sorted(set(codes))
