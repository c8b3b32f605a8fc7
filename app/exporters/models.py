"""The tables of an exporter: the firm as DGFT has it, its branches, and its people."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from app.infra.db import Record, UtcDateTime
from app.signing.service import active_registration


class Exporter(Record):
    """A firm with an IEC; the facts come from DGFT and are not edited here."""

    __tablename__ = "exporter"
    __table_args__ = (
        CheckConstraint("status IN ('ACTIVE','DEACTIVATED','SUSPENDED','CANCELLED','DENIED')", name="ck_exporter_status"),
        CheckConstraint("length(iec) = 10", name="ck_exporter_iec"),
    )
    iec: Mapped[str] = mapped_column(String(10), unique=True)
    pan: Mapped[str] = mapped_column(String(10))
    firm_name: Mapped[str] = mapped_column(String(200))
    constitution: Mapped[str] = mapped_column(String(30), default="")
    status: Mapped[str] = mapped_column(String(12), default="ACTIVE")
    gstins: Mapped[Any] = mapped_column(JSON, default=list)
    address1: Mapped[str] = mapped_column(String(120))
    address2: Mapped[str] = mapped_column(String(120), default="")
    city: Mapped[str] = mapped_column(String(80))
    state_code: Mapped[str] = mapped_column(String(2))
    pin: Mapped[str] = mapped_column(String(6))
    email: Mapped[str] = mapped_column(String(254), default="")
    mobile: Mapped[str] = mapped_column(String(10), default="")
    rcmc_no: Mapped[str] = mapped_column(String(40), default="")
    rcmc_body: Mapped[str] = mapped_column(String(80), default="")
    rcmc_valid_to: Mapped[date | None] = mapped_column(Date)
    dgft_synced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    branches: Mapped[list["Branch"]] = relationship(back_populates="exporter", order_by="Branch.id")

    def __str__(self) -> str:
        return f"{self.firm_name} ({self.iec})"


class Branch(Record):
    """An address of the firm from which it may file; box 1 prints it."""

    __tablename__ = "branch"
    __table_args__ = (CheckConstraint("kind IN ('REGISTERED','HEAD','BRANCH','FACTORY')", name="ck_branch_kind"),)
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10), default="REGISTERED")
    address: Mapped[str] = mapped_column(String(300))
    city: Mapped[str] = mapped_column(String(80))
    state_code: Mapped[str] = mapped_column(String(2))
    pin: Mapped[str] = mapped_column(String(6))
    exporter: Mapped[Exporter] = relationship(back_populates="branches")

    def __str__(self) -> str:
        return f"{self.kind.title()}: {self.address}, {self.city} {self.pin}"


class ExporterUser(Record):
    """A person of a firm: PRIMARY manages, APPLICANT files, VIEWER reads."""

    __tablename__ = "exporter_user"
    __table_args__ = (
        CheckConstraint("role IN ('PRIMARY','APPLICANT','VIEWER')", name="ck_exporter_user_role"),
        CheckConstraint("status IN ('PENDING_LINK','ACTIVE','DISABLED')", name="ck_exporter_user_status"),
        CheckConstraint("source IN ('DGFT_SYNC','REGISTRATION')", name="ck_exporter_user_source"),
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), unique=True)
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), index=True)
    full_name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(12), default="ACTIVE")
    source: Mapped[str] = mapped_column(String(12), default="DGFT_SYNC")
    dgft_user_ref: Mapped[str | None] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    mobile: Mapped[str] = mapped_column(String(10), default="")
    exporter: Mapped[Exporter] = relationship()

    @property
    def sign_mode(self) -> str:
        """NONE, DSC or AADHAAR: read from what is registered, however the account came here and whatever ended since."""
        session = object_session(self)
        registration = active_registration(session, self.user_id) if session is not None else None
        return "NONE" if registration is None else "AADHAAR" if registration.backend == "ESIGN" else "DSC"

    def __str__(self) -> str:
        return self.full_name


class DgftProfile(Record):
    """A person as DGFT knows them, by SCIM or the hourly feed; without an IEC they are told how to link it."""

    __tablename__ = "dgft_profile"
    __table_args__ = (CheckConstraint("source IN ('SCIM','FEED','OIDC')", name="ck_dgft_profile_source"),)
    user_ref: Mapped[str] = mapped_column(String(64), unique=True)  # DGFT's own number of the person, never reused
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    full_name: Mapped[str] = mapped_column(String(120))
    mobile: Mapped[str] = mapped_column(String(10), default="")
    iec: Mapped[str] = mapped_column(String(10), default="", index=True)
    role: Mapped[str] = mapped_column(String(10), default="APPLICANT")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    source: Mapped[str] = mapped_column(String(4))
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SyncRun(Record):
    """One run of the hourly feed: what it brought and what was wrong with it."""

    __tablename__ = "sync_run"
    source: Mapped[str] = mapped_column(String(200))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created: Mapped[int] = mapped_column(Integer, default=0)
    changed: Mapped[int] = mapped_column(Integer, default=0)
    disabled: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    faults: Mapped[Any] = mapped_column(JSON, default=list)
    error: Mapped[str] = mapped_column(Text, default="")
