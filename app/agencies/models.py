"""The tables of an agency: itself, its offices, its administrators and officers, and who is mapped to which office."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.agencies.rules import AgencyStatus, OfficeStatus, PersonStatus
from app.core.actor import Role
from app.infra.db import Record, UtcDateTime

_COUNTS = text("status IN ('PENDING','ACTIVE','INACTIVE')")


def _one_of(column: str, values: type, name: str) -> CheckConstraint:
    listed = ",".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]  # an Enum class iterates
    return CheckConstraint(f"{column} IN ({listed})", name=name)


class Agency(Record):
    """A body of Appendix 2E that may issue non-preferential certificates."""

    __tablename__ = "agency"
    __table_args__ = (
        _one_of("status", AgencyStatus, "ck_agency_status"),
        CheckConstraint("kind IN ('GOVT','ALL_INDIA','STATE')", name="ck_agency_kind"),
    )
    code: Mapped[str] = mapped_column(String(10), unique=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(10), default="ALL_INDIA")
    appendix_2e_ref: Mapped[str] = mapped_column(String(40), default="")
    jurisdiction_states: Mapped[Any] = mapped_column(JSON, default=list)  # GST state codes; empty = all India
    official_email: Mapped[str] = mapped_column(String(254))
    email_domains: Mapped[Any] = mapped_column(JSON, default=list)
    address: Mapped[str] = mapped_column(String(400), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    state_code: Mapped[str] = mapped_column(String(2), default="")
    pin: Mapped[str] = mapped_column(String(6), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[str] = mapped_column(String(10), default=AgencyStatus.NOTIFIED)
    notified_on: Mapped[date | None] = mapped_column(Date)
    delisted_on: Mapped[date | None] = mapped_column(Date)
    onboard_by: Mapped[date | None] = mapped_column(Date)  # until when its people may register; empty = no end
    live_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when it first took filings
    status_reason: Mapped[str] = mapped_column(Text, default="")
    icc_accreditation_code: Mapped[str] = mapped_column(String(20), default="")
    offices: Mapped[list["Office"]] = relationship(back_populates="agency", order_by="Office.code")

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Office(Record):
    """A regional office of an agency, with the stamp that its certificates carry."""

    __tablename__ = "office"
    __table_args__ = (
        UniqueConstraint("agency_id", "code", name="uq_office_code"),
        UniqueConstraint("agency_id", "name", name="uq_office_name"),
        _one_of("status", OfficeStatus, "ck_office_status"),
        CheckConstraint("length(code) = 3 AND code <> '000'", name="ck_office_code"),
    )
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    code: Mapped[str] = mapped_column(String(3))
    name: Mapped[str] = mapped_column(String(120))
    address1: Mapped[str] = mapped_column(String(120), default="")
    address2: Mapped[str] = mapped_column(String(120), default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    state_code: Mapped[str] = mapped_column(String(2), default="")
    pin: Mapped[str] = mapped_column(String(6), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    stamp_sha256: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(10), default=OfficeStatus.ACTIVE)
    status_reason: Mapped[str] = mapped_column(Text, default="")
    agency: Mapped[Agency] = relationship(back_populates="offices")

    @property
    def agency_name(self) -> str:
        return self.agency.name

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AgencyUser(Record):
    """A person of an agency, administrator or officer; `can sign` is asked of rules.why_not_sign."""

    __tablename__ = "agency_user"
    __table_args__ = (
        _one_of("status", PersonStatus, "ck_agency_user_status"),
        CheckConstraint(f"role IN ('{Role.ADMINISTRATOR}','{Role.OFFICER}')", name="ck_agency_user_role"),
        # Whoever only claims an address, or was rejected, does not keep its owner out.
        Index("uq_agency_user_email", "email", unique=True, postgresql_where=_COUNTS, sqlite_where=_COUNTS),
        Index("uq_agency_user_request", "request_token_sha256", unique=True),
    )
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), unique=True)  # made at activation
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    role: Mapped[str] = mapped_column(String(15))
    full_name: Mapped[str] = mapped_column(String(120))
    designation: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254))
    mobile: Mapped[str] = mapped_column(String(10), default="")
    employee_code: Mapped[str] = mapped_column(String(30), default="")
    requested_office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    signature_sha256: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20), default=PersonStatus.PENDING)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text, default="")
    letter_sha256: Mapped[str | None] = mapped_column(String(64))  # the authorisation letter
    letter_name: Mapped[str] = mapped_column(String(120), default="")
    letter_mime: Mapped[str] = mapped_column(String(30), default="")
    request_token_sha256: Mapped[str | None] = mapped_column(String(64))  # the page of the one-time code
    otp_sha256: Mapped[str] = mapped_column(String(64), default="")
    otp_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    otp_tries: Mapped[int] = mapped_column(Integer, default=0)
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    requested_office: Mapped["Office | None"] = relationship()
    agency: Mapped[Agency] = relationship()
    mappings: Mapped[list["OfficeMapping"]] = relationship(back_populates="person", cascade="all, delete-orphan")

    @property
    def office_list(self) -> str:
        return ", ".join(mapping.office.code for mapping in self.mappings)

    def __str__(self) -> str:
        return self.full_name


class OfficeMapping(Record):
    """From when to when an officer works for an office."""

    __tablename__ = "office_mapping"
    __table_args__ = (
        UniqueConstraint("agency_user_id", "office_id", "from_date", name="uq_office_mapping"),
        CheckConstraint("to_date IS NULL OR to_date >= from_date", name="ck_office_mapping_dates"),
    )
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    agency_user_id: Mapped[int] = mapped_column(ForeignKey("agency_user.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    from_date: Mapped[date] = mapped_column(Date)
    to_date: Mapped[date | None] = mapped_column(Date)
    person: Mapped[AgencyUser] = relationship(back_populates="mappings")
    office: Mapped[Office] = relationship()


class OfficialImage(Record):
    """One version of an office's stamp or an officer's signature: the picture sent in, and the clean one that is printed."""

    __tablename__ = "official_image"
    __table_args__ = (
        CheckConstraint("kind IN ('STAMP','SIGNATURE')", name="ck_official_image_kind"),
        CheckConstraint("state IN ('DRAFT','CURRENT','RETIRED')", name="ck_official_image_state"),
        CheckConstraint("(office_id IS NULL) <> (agency_user_id IS NULL)", name="ck_official_image_owner"),
    )
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    agency_user_id: Mapped[int | None] = mapped_column(ForeignKey("agency_user.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="DRAFT")
    original_sha256: Mapped[str] = mapped_column(String(64))  # as it was sent in
    ink_sha256: Mapped[str | None] = mapped_column(String(64))  # the ink found in it, before turning and sizing
    sha256: Mapped[str | None] = mapped_column(String(64))  # what is printed
    rotate: Mapped[int] = mapped_column(Integer, default=0)  # degrees, clockwise
    size_percent: Mapped[int] = mapped_column(Integer, default=100)
    opacity_percent: Mapped[int] = mapped_column(Integer, default=100)
    made_by: Mapped[str] = mapped_column(String(120), default="")
    current_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    current_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    office: Mapped[Office | None] = relationship()
    person: Mapped[AgencyUser | None] = relationship()
