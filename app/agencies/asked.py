"""What a person typed on the registration page, read strictly: every fault at once, each by its field (rule 4.3)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agencies import domains
from app.agencies.models import Agency, Office
from app.agencies.rules import AgencyStatus, OfficeStatus
from app.core import clock, text
from app.core.actor import Role
from app.core.errors import BusinessError, Fault, InvalidInput
from app.core.identifiers import parse_mobile
from app.infra import charset
from app.infra.tenancy import UNSCOPED
from app.infra.uploads import MEBIBYTE, Upload, paper

T = TypeVar("T")

LETTER_BYTES = 2 * MEBIBYTE
ON_THE_LIST = (AgencyStatus.NOTIFIED, AgencyStatus.ONBOARDING, AgencyStatus.ACTIVE)
NOT_LISTED = "Choose an agency from the list. One that is missing there is not in Appendix 2E, or its on-boarding is over."
NO_LETTER = "An administrator needs the authorisation letter, on the agency's letterhead. Choose the file."
LETTER_TOO_LARGE = "The letter is larger than 2 MiB. Scan it at a lower resolution and choose it again."


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields as they were typed; agency is its code, office is «code of the agency/code of the office»."""

    agency: str = ""
    role: str = ""
    office: str = ""
    full_name: str = ""
    designation: str = ""
    email: str = ""
    mobile: str = ""
    employee_code: str = ""
    undertaking: bool = False
    letter: Upload | None = None
    letter_fault: str = ""  # why the file that was sent could not be taken


@dataclass(frozen=True, slots=True)
class Wanted:
    """The same, understood: who wants to be what, and where."""

    agency: Agency
    role: Role
    office: Office | None
    full_name: str
    designation: str
    email: str
    mobile: str
    employee_code: str
    letter: Upload | None


def letter(filename: str, content: bytes) -> Upload:
    """An authorisation letter: PDF, JPEG or PNG of at most 2 MiB. It may take seconds; called before the transaction."""
    if len(content) > LETTER_BYTES:
        raise BusinessError(LETTER_TOO_LARGE)
    return paper(filename, content)


def why_closed(agency: Agency, today: date) -> str:
    """Why nobody registers for this agency today (a date in India); empty when one may (scenario 7)."""
    if agency.status == AgencyStatus.SUSPENDED:
        return f"{agency.name} is suspended by DGFT and takes no registrations now."
    if agency.status not in ON_THE_LIST:
        return f"{agency.name} is no longer on the Appendix 2E list."
    if agency.onboard_by is not None and agency.onboard_by < today:
        return f"The time to register for {agency.name} ended on {clock.day(agency.onboard_by)}. Ask DGFT to open it again."
    return ""


def open_agencies(session: Session) -> list[Agency]:
    """The agencies one may register for today, by name, whoever asks."""
    today = clock.india_today()
    agencies = session.scalars(select(Agency).order_by(Agency.name), execution_options=UNSCOPED)
    return [agency for agency in agencies if not why_closed(agency, today)]


def active_offices(session: Session, agency_ids: list[int]) -> list[Office]:
    """The active offices of these agencies; one need not be ready for filings to have officers."""
    query = select(Office).where(Office.agency_id.in_(agency_ids), Office.status == OfficeStatus.ACTIVE)
    return list(session.scalars(query.order_by(Office.agency_id, Office.code), execution_options=UNSCOPED))


def read(session: Session, asked: Asked) -> Wanted:
    """Understand the form; InvalidInput names every fault by its field."""
    faults: list[Fault] = []
    role = Role(asked.role) if asked.role in (Role.ADMINISTRATOR, Role.OFFICER) else None
    if role is None:
        faults.append(Fault("role", "Choose Administrator or Officer."))
    agency = _take(faults, "agency", lambda: _agency(session, asked.agency))
    office = _take(faults, "office", lambda: _office(session, agency, asked.office)) if role is Role.OFFICER else None
    full_name = _take(faults, "full_name", lambda: _words(asked.full_name, 120, "Write your full name."))
    designation = _take(faults, "designation", lambda: _words(asked.designation, 80, "Write your designation."))
    email = _take(faults, "email", lambda: _email(asked.email, role, agency))
    mobile = _take(faults, "mobile", lambda: _mobile(asked.mobile))
    employee_code = _take(faults, "employee_code", lambda: _words(asked.employee_code, 30, ""))
    if asked.letter_fault:
        faults.append(Fault("letter", asked.letter_fault))
    elif asked.letter is None and role is Role.ADMINISTRATOR:
        faults.append(Fault("letter", NO_LETTER))
    if not asked.undertaking:
        faults.append(Fault("undertaking", "Tick this to go on."))
    if faults or agency is None or role is None:
        raise InvalidInput(faults)
    return Wanted(agency, role, office, full_name or "", designation or "", email or "", mobile or "", employee_code or "",
                  asked.letter)  # fmt: skip


def _take(faults: list[Fault], field: str, reader: Callable[[], T]) -> T | None:
    try:
        return reader()
    except BusinessError as refusal:
        faults.append(Fault(field, refusal.sentence))
        return None


def _agency(session: Session, code: str) -> Agency:
    agencies = session.scalars(select(Agency), execution_options=UNSCOPED)
    agency = next((each for each in agencies if each.code == code), None)
    if agency is None:
        raise BusinessError(NOT_LISTED)
    if reason := why_closed(agency, clock.india_today()):
        raise BusinessError(reason)
    return agency


def _office(session: Session, agency: Agency | None, chosen: str) -> Office | None:
    """An active office of the agency; it cannot be told before the agency is known."""
    if agency is None:
        if not chosen:
            raise BusinessError("Choose the regional office where you work.")
        return None
    offices = {f"{agency.code}/{office.code}": office for office in active_offices(session, [agency.id])}
    if not offices:
        raise BusinessError(f"{agency.name} has no regional office here yet. Its administrator adds one first.")
    if not chosen:
        raise BusinessError("Choose the regional office where you work.")
    if chosen not in offices:
        raise BusinessError(f"This is not an office of {agency.name}. Choose one listed under its name.")
    return offices[chosen]


def _words(typed: str, limit: int, missing: str) -> str:
    """Words that will be printed in box 11; `missing` is said when there are none, and empty where none are needed."""
    words = text.clean(typed, limit)
    if problem := charset.unprintable(words):
        raise BusinessError(f"This contains {problem}. Write it in words.")
    if missing and not any(sign.isalpha() for sign in words):
        raise BusinessError(missing)
    return words


def _email(typed: str, role: Role | None, agency: Agency | None) -> str:
    """The recorded address for administrators, one under the agency's domains for officers (scenarios 10 and 19)."""
    address = domains.parse_email(typed)
    if role is Role.ADMINISTRATOR and agency is not None and address != agency.official_email.strip().lower():
        raise BusinessError(
            f"This is not the address DGFT has on record for {agency.name}. Its administrator registers with that address; "
            "if it has changed, write to DGFT."
        )
    if role is Role.OFFICER:
        _officers_address(address, agency)
    return address


def _officers_address(address: str, agency: Agency | None) -> None:
    domain = domains.domain_of(address)
    if domains.is_free_mail(domain):
        raise BusinessError(f"Officers use an official address; {domain} gives one to anybody. Use your agency's.")
    if agency is None or domains.lies_under(address, agency.email_domains):
        return
    listed = " or ".join(f"@{name}" for name in domains.official(agency.email_domains))
    if not listed:
        raise BusinessError(f"DGFT has no e-mail domain on record for {agency.name}. Your administrator asks DGFT to add it.")
    raise BusinessError(f"This is not an address of {agency.name}. Officers use one that ends in {listed}.")


def _mobile(typed: str) -> str:
    """Ten digits, whatever spaces, hyphens, +91 or 0 stand before and between them (rule 4.0)."""
    bare = re.sub(r"[\s()-]", "", typed)
    return parse_mobile(re.sub(r"^(\+91|0)", "", bare))
