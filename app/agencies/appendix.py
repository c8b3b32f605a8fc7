"""The register of Appendix 2E from a table: what it would add or change, and taking it over, all of it or nothing."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.agencies.domains import is_free_mail, parse_email
from app.agencies.models import Agency
from app.agencies.rules import AgencyStatus, parse_agency_code
from app.audit.service import record
from app.core import clock
from app.core.actor import Actor, Role
from app.core.codes import STATES
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, WrongState
from app.core.identifiers import parse_pin
from app.core.text import clean
from app.infra.charset import unprintable
from app.infra.db import lock
from app.infra.sheets import Change, Column, Entry, Plan, Row, parse_date

NEEDED = ("code", "name", "kind", "official_email", "email_domains")
NO_STATUS = "The status is not set by a table. Leave the column out; suspend or de-list an agency on its own page."
COLUMNS = (
    Column("code", ("agency code", "short name"), required=True),
    Column("name", ("agency name", "name of agency", "agency"), required=True),
    Column("kind", ("type", "agency type")),
    Column("appendix_2e_ref", ("appendix 2E", "appendix 2E reference", "serial number", "s.no.", "sl. no.")),
    Column("official_email", ("official e-mail", "email", "e-mail", "email id")),
    Column("email_domains", ("e-mail domains", "domains", "domain")),
    Column("address"),
    Column("city", ("place", "town")),
    Column("state_code", ("state", "state (GST code)", "GST state code")),
    Column("pin", ("pin code", "pincode", "postal code")),
    Column("phone", ("telephone", "phone number", "contact number")),
    Column("website", ("web site", "web", "url")),
    Column("jurisdiction_states", ("jurisdiction", "states served", "states")),
    Column("notified_on", ("notified", "date of notification", "notification date")),
    Column("onboard_by", ("registration open until", "on-board by", "onboarding until")),
    Column("status", never=NO_STATUS),
)
EXAMPLE = {
    "code": "MALABAR", "name": "Malabar Chamber of Exporters", "kind": "STATE", "appendix_2e_ref": "Appendix 2E, 42",
    "official_email": "secretary@malabar.example", "email_domains": "malabar.example", "address": "12 Beach Road",
    "city": "Kozhikode", "state_code": "32", "pin": "673032", "phone": "0495 555 0142", "website": "www.malabar.example",
    "jurisdiction_states": "32; 34", "notified_on": "2026-03-27", "onboard_by": "",
}  # fmt: skip
# Endings under which anybody registers a name of their own: as an agency's domain they would let everybody in.
OPEN_ENDINGS = frozenset({
    "co.in", "net.in", "org.in", "firm.in", "gen.in", "ind.in", "ac.in", "edu.in", "res.in", "gov.in", "co.uk", "org.uk",
})  # fmt: skip
KINDS = {"GOVERNMENT": "GOVT", "GOVT": "GOVT", "ALL_INDIA": "ALL_INDIA", "NATIONAL": "ALL_INDIA", "STATE": "STATE"}
_STATES_BY_NAME = {name.casefold(): code for code, name in STATES.items()}


def plan(session: Session, actor: Actor, rows: Sequence[Row]) -> Plan:
    """What taking these rows over would do, with every fault of every row; nothing is changed. For DGFT only."""
    _must_be_dgft(actor)
    return _plan(_agencies(session), rows)[0]


def take_over(session: Session, actor: Actor, rows: Sequence[Row], *, source: str, shown: str = "") -> Plan:
    """Add and change agencies as the rows say; InvalidInput with all faults, and then nothing is changed.

    `source` is the SHA-256 of the file, for the audit trail; `shown` is the fingerprint of the plan the person agreed to,
    and WrongState says when the register has changed since. An agency that the rows do not name is left alone.
    """
    _must_be_dgft(actor)
    named = {row.cells["code"].strip().upper() for row in rows}
    for agency in sorted(_agencies(session).values(), key=lambda each: each.id):
        if agency.code in named:
            lock(session, agency)
    found = _agencies(session)
    made, values = _plan(found, rows)
    if made.faults:
        raise InvalidInput(made.faults)
    if shown and made.fingerprint != shown:
        raise WrongState("The register has changed since this was shown. Look at what the file would do now.")
    for entry in made.entries:
        if entry.new or entry.changes:
            _store(session, actor, found.get(entry.title), values[entry.line], entry, source)
    return made


def codes(session: Session) -> list[str]:
    """The codes of all agencies, in their order."""
    return sorted(_agencies(session))


def _must_be_dgft(actor: Actor) -> None:
    if actor.role is not Role.SUPERVISOR:
        raise NotAllowed("Only DGFT keeps the register of Appendix 2E.")


def _agencies(session: Session) -> dict[str, Agency]:
    return {row.code: row for row in session.scalars(select(Agency), execution_options={"unscoped": True})}


def _store(session: Session, actor: Actor, agency: Agency | None, values: Mapping[str, Any], entry: Entry, source: str) -> None:
    """One agency, and one event with what was there before."""
    event = "agency added to Appendix 2E" if agency is None else "agency changed from a table"
    agency = agency or Agency(status=AgencyStatus.NOTIFIED)
    for name, value in values.items():
        setattr(agency, name, value)
    session.add(agency)
    try:
        session.flush()
    except IntegrityError as error:
        raise WrongState("Somebody else has added one of these agencies in the meantime. Send the file again.") from error
    changes = {change.column: [change.before, change.after] for change in entry.changes}
    record(session, actor, event, agency, source=source, line=entry.line, code=agency.code, changes=changes)


# --- what the rows would do ----------------------------------------------------------------------------------------------


def _plan(found: Mapping[str, Agency], rows: Sequence[Row]) -> tuple[Plan, dict[int, dict[str, Any]]]:
    """The plan, and the values of each line; faults of a line and between lines together."""
    entries: list[Entry] = []
    faults: list[Fault] = []
    values: dict[int, dict[str, Any]] = {}
    names = {agency.name.casefold(): agency.code for agency in found.values()}
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        read, wrong = _read(row)
        agency = found.get(read.get("code", ""))
        wrong += _clashes(row, read, names, seen)
        wrong += _against_the_register(row, read, agency)
        faults += wrong
        if not wrong:
            values[row.line] = read
            entries.append(_entry(row, read, agency))
    return Plan(tuple(entries), tuple(faults)), values


def _read(row: Row) -> tuple[dict[str, Any], list[Fault]]:
    """The values of the columns that were sent, and the faults of those that cannot be read."""
    values, faults = {}, []
    for name, text in row.cells.items():
        try:
            if not text and name in NEEDED:
                raise BusinessError("This may not be empty. Fill it in.")
            values[name] = READERS[name](text) if text else EMPTY.get(name, "")
        except BusinessError as refusal:
            faults.append(row.fault(name, refusal.sentence))
    return values, faults


def _clashes(row: Row, values: Mapping[str, Any], names: Mapping[str, str], seen: dict[tuple[str, str], int]) -> list[Fault]:
    """The same code or name in two rows, or the name of another agency."""
    faults = []
    for column in ("code", "name"):
        if column in values:
            before = seen.setdefault((column, values[column].casefold()), row.line)
            if before != row.line:
                faults.append(row.fault(column, f"Row {before} has the same {column}. Leave one of the two rows out."))
    owner = names.get(values.get("name", "").casefold())
    if owner and "code" in values and owner != values["code"]:
        faults.append(row.fault("name", f"This is the name of {owner}. An agency keeps its code; check both."))
    return faults


def _against_the_register(row: Row, values: Mapping[str, Any], agency: Agency | None) -> list[Fault]:
    """What depends on whether the agency is there already, and on its other columns."""
    if "code" not in values:
        return []
    if agency is None:
        return [row.fault(name, "A new agency needs this. Add the column.") for name in NEEDED if name not in row.cells] + (
            _dates(row, values, None)
        )
    if agency.status == AgencyStatus.DELISTED and _changes(values, agency):
        return [row.fault("code", f"{agency.code} is de-listed and is no longer changed. Leave the row out.")]
    return _dates(row, values, agency)


def _dates(row: Row, values: Mapping[str, Any], agency: Agency | None) -> list[Fault]:
    today, faults = clock.india_today(), []
    notified: date | None = values.get("notified_on", agency.notified_on if agency else None)
    until: date | None = values.get("onboard_by", agency.onboard_by if agency else None)
    if notified and notified > today and "notified_on" in values:
        faults.append(row.fault("notified_on", "This day has not come yet. An agency is notified first, then recorded."))
    if until and "onboard_by" in values and until != (agency.onboard_by if agency else None) and until < today:
        faults.append(row.fault("onboard_by", "This day is past. Give a later one, or leave it empty for no end."))
    if until and notified and until < notified:
        column = "onboard_by" if "onboard_by" in values else "notified_on"
        faults.append(row.fault(column, "Registration would end before the agency is notified. Check both dates."))
    return faults


def _entry(row: Row, values: Mapping[str, Any], agency: Agency | None) -> Entry:
    shown = {name: as_text(value) for name, value in values.items()}
    return Entry(row.line, values["code"], agency is None, shown, _changes(values, agency))


def _changes(values: Mapping[str, Any], agency: Agency | None) -> tuple[Change, ...]:
    """Column by column what would be different; of a new agency, everything that is not empty."""
    pairs = [(name, getattr(agency, name) if agency else EMPTY.get(name, ""), value) for name, value in values.items()]
    return tuple(Change(name, as_text(before), as_text(after)) for name, before, after in pairs if before != after)


def as_text(value: Any) -> str:
    """A value of the register as people read it; nothing is nothing."""
    if isinstance(value, date):
        return clock.day(value)
    return ", ".join(value) if isinstance(value, list) else value or ""


# --- one cell ------------------------------------------------------------------------------------------------------------


def words(text: str, most: int) -> str:
    """Text of at most so many characters that can be printed; a line break in a cell becomes a comma."""
    cleaned = clean(re.sub(r",?\s*[\r\n]+\s*", ", ", text), most)
    if found := unprintable(cleaned):
        raise BusinessError(f"This contains {found}, which cannot be printed. Remove it.")
    return cleaned


def several(text: str) -> list[str]:
    """The entries of a cell that holds several, with ; or , between them."""
    return [part.strip() for part in re.split(r"[;,\n]", text) if part.strip()]


def parse_state(text: str) -> str:
    """A state by its GST code or its name; a spreadsheet program writes 07 as 7."""
    code = text.zfill(2) if text.isascii() and text.isdigit() else _STATES_BY_NAME.get(" ".join(text.casefold().split()), "")
    if code not in STATES:
        raise BusinessError(f"«{text[:40]}» is no state. Give its two-digit GST code, such as 27, or its name.")
    return code


def _kind(text: str) -> str:
    kind = KINDS.get(re.sub(r"[\W_]+", "_", text.strip().upper()).strip("_"))
    if kind is None:
        raise BusinessError("The kind is GOVT, ALL_INDIA or STATE.")
    return kind


def parse_domain(text: str) -> str:
    """A domain under which an agency's officers have their addresses; neither free mail nor an ending open to everybody."""
    domain = text.strip().lower().removeprefix("@")
    if len(domain) > 253 or not re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", domain, re.ASCII):
        raise BusinessError(f"«{text[:60]}» is not an e-mail domain. It is what stands after the @, such as chamber.org.")
    if is_free_mail(domain):
        raise BusinessError(f"At {domain} anybody gets an address. Give a domain that belongs to the agency.")
    if domain in OPEN_ENDINGS:
        raise BusinessError(f"Anybody registers a name under {domain}. Give the agency's own domain, such as chamber.{domain}.")
    return domain


def _domains(text: str) -> list[str]:
    return sorted({parse_domain(part) for part in several(text)})


def _jurisdiction(text: str) -> list[str]:
    if text.casefold() in {"all", "all india"}:
        return []
    return sorted({parse_state(part) for part in several(text)})


def _phone(text: str) -> str:
    if not re.fullmatch(r"[0-9+\- ]{6,20}", text, re.ASCII):
        raise BusinessError("The phone number has 6 to 20 digits, with spaces, + or - between them.")
    return text


def _website(text: str) -> str:
    if len(text) > 200 or not re.fullmatch(r"(https?://)?([a-z0-9-]+\.)+[a-z]{2,63}(/[!-~]*)?", text, re.ASCII | re.IGNORECASE):
        raise BusinessError("This is not the address of a website, such as www.chamber.org.")
    return text


READERS: dict[str, Callable[[str], Any]] = {
    "code": parse_agency_code, "name": partial(words, most=200), "kind": _kind,
    "appendix_2e_ref": partial(words, most=40), "official_email": parse_email, "email_domains": _domains,
    "address": partial(words, most=400), "city": partial(words, most=80), "state_code": parse_state, "pin": parse_pin,
    "phone": _phone, "website": _website, "jurisdiction_states": _jurisdiction, "notified_on": parse_date,
    "onboard_by": parse_date,
}  # fmt: skip
EMPTY: dict[str, Any] = {"email_domains": [], "jurisdiction_states": [], "notified_on": None, "onboard_by": None}
