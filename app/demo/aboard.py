"""Two chambers of the demonstration that are not there yet: one on its way, one that DGFT has only just listed."""

import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.accounts import account
from app.agencies.models import Agency, AgencyUser, Office
from app.agencies.rules import AgencyStatus, PersonStatus
from app.core import clock
from app.core.actor import Role
from app.demo.papers import letter
from app.infra import store

PHONE = "022 5550 3040"
ON_THE_WAY = (
    "KECC",
    "Konkan Export Chamber of Commerce",
    "secretary@kecc.example",
    "Ratnagiri",
    "27",
    "415612",
    "Appendix 2E, 114",
)
LISTED = (
    "DECA",
    "Doon Exporters and Certifiers Association",
    "office@deca.example",
    "Dehradun",
    "05",
    "248001",
    "Appendix 2E, 121",
)


def on_the_way(session: Session) -> None:
    """Their rows, once: an office without a stamp, an officer who asks the administrator, one who asks DGFT."""
    if session.scalar(select(Agency.id).where(Agency.code == ON_THE_WAY[0])) is not None:
        return
    konkan = _agency(session, ON_THE_WAY, AgencyStatus.ONBOARDING, days_left=38)
    doon = _agency(session, LISTED, AgencyStatus.NOTIFIED, days_left=71)
    office = Office(agency_id=konkan.id, code="001", name="Head Office, Ratnagiri", address1="Mandvi Road 4", city="Ratnagiri",
                    state_code="27", pin="415612", phone=PHONE, email=konkan.official_email)  # fmt: skip
    session.add(office)
    session.flush()
    chief = _asks(session, konkan, Role.ADMINISTRATOR, "Ravi Kadam", "Secretary", konkan.official_email)
    chief.user_id = account(session, chief.email, chief.full_name, secrets.token_urlsafe(32)).id
    chief.status, chief.decided_at = PersonStatus.ACTIVE, clock.now()
    _asks(session, doon, Role.ADMINISTRATOR, "Garima Negi", "Head of Certification", doon.official_email)
    _asks(session, konkan, Role.OFFICER, "Sunita Sawant", "Certification Officer", "sunita@kecc.example", office.id)


def _agency(session: Session, facts: tuple[str, ...], status: AgencyStatus, days_left: int) -> Agency:
    code, name, address, city, state, pin, listed = facts
    today = clock.india_today()
    row = Agency(
        code=code, name=name, kind="STATE", appendix_2e_ref=f"Appendix 2E, {listed}",
        official_email=address, email_domains=[address.split("@")[1]],
        city=city, state_code=state, pin=pin, phone=PHONE, status=status, notified_on=today - timedelta(days=90 - days_left),
        onboard_by=today + timedelta(days=days_left),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _asks(
    session: Session, agency: Agency, role: Role, name: str, post: str, address: str, office_id: int | None = None
) -> AgencyUser:
    """A request whose e-mail address is proven, with its letter."""
    paper = letter(agency.name, name)
    row = AgencyUser(
        agency_id=agency.id, role=role.value, full_name=name, designation=post, email=address, mobile="9876543210",
        requested_office_id=office_id, status=PersonStatus.PENDING, email_verified_at=clock.now(),
        letter_sha256=store.put(paper.content), letter_name=paper.filename, letter_mime=paper.mime,
    )  # fmt: skip
    session.add(row)
    return row
