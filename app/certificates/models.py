"""The tables of the certificate: the numbered document itself, its leaves on file, and the number series."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.applications.models import Application, Tenanted, listed
from app.certificates.rules import CertificateStatus, Leaves
from app.infra.db import Record, UtcDateTime, db
from app.infra.settings import setting


class Certificate(Tenanted, Record):
    """A certificate from the moment its number is reserved; what it prints is frozen at approval (4.10)."""

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint(f"status IN ({listed(CertificateStatus)})", name="ck_certificate_status"),
        CheckConstraint("status NOT IN ('VALID','SUPERSEDED','REVOKED') OR issued_at IS NOT NULL", name="ck_certificate_issued"),
        UniqueConstraint("agency_id", "office_id", "year", "sequence", name="uq_certificate_sequence"),
        Index("ix_certificate_list", "desk_office_id", "id"),
    )
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    # One application has one living certificate: the key is the application's id, and null once the number is void.
    live_application_id: Mapped[int | None] = mapped_column(Integer, unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    year: Mapped[int] = mapped_column(Integer)
    sequence: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    number_norm: Mapped[str] = mapped_column(String(40), unique=True)
    verify_token: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    exporter_name: Mapped[str] = mapped_column(String(200))
    consignee_name: Mapped[str] = mapped_column(String(200))
    destination_country: Mapped[str] = mapped_column(String(2), index=True)
    agency_name: Mapped[str] = mapped_column(String(200))
    office_name: Mapped[str] = mapped_column(String(120))
    officer_id: Mapped[int] = mapped_column(ForeignKey("agency_user.id"))
    officer_name: Mapped[str] = mapped_column(String(120))
    data_snapshot: Mapped[Any] = mapped_column(JSON)
    data_sha256: Mapped[str] = mapped_column(String(64))
    payload_sha256: Mapped[str] = mapped_column(String(64))
    template_version: Mapped[str] = mapped_column(String(20), default="")
    stamp_sha256: Mapped[str] = mapped_column(String(64))
    signature_image_sha256: Mapped[str] = mapped_column(String(64))
    dsc_sha256: Mapped[str] = mapped_column(String(64), default="")
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issue_date: Mapped[date] = mapped_column(Date, index=True)
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    signature_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signature_level: Mapped[str] = mapped_column(String(5), default="")  # of PAdES: B-B, B-T or B-LTA
    stamped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # what the time stamp on the signature says
    archive_due: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # when the next form for the archive is made
    issue_place: Mapped[str] = mapped_column(String(80), default="")
    endorsements: Mapped[Any] = mapped_column(JSON, default=list)
    changed_fields: Mapped[Any] = mapped_column(JSON, default=list)  # in lieu: [{field, old, new}] of what is printed
    status: Mapped[str] = mapped_column(String(10), default=CertificateStatus.PREPARED, index=True)
    status_reason: Mapped[str] = mapped_column(Text, default="")
    status_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revocation_proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    download_count: Mapped[int] = mapped_column(Integer, default=0)
    verify_count: Mapped[int] = mapped_column(Integer, default=0)
    application: Mapped[Application] = relationship()
    leaves: Mapped[list["Leaf"]] = relationship(back_populates="certificate", order_by="Leaf.id")
    revisions: Mapped[list["Revision"]] = relationship(order_by="Revision.number")
    superseded_by: Mapped["Certificate | None"] = relationship(
        foreign_keys="Certificate.superseded_by_id", remote_side="Certificate.id"
    )

    @property
    def verify_url(self) -> str:
        """The address in the QR code: whoever holds the certificate may look it up."""
        return f"{setting('BASE_URL')}/verify/{self.verify_token}"

    @property
    def archived_sha256(self) -> str | None:
        """The newest form for the archive, once there is one."""
        return self.revisions[-1].sha256 if self.revisions else None

    def __str__(self) -> str:
        return self.number


class Leaf(Tenanted, Record):
    """One printed form of a certificate: the rendered file, and the signed one that is handed out."""

    __tablename__ = "leaf"
    __table_args__ = (
        UniqueConstraint("certificate_id", "kind", name="uq_leaf"),
        UniqueConstraint("code", name="uq_leaf_code"),
        CheckConstraint(f"kind IN ({listed(Leaves)})", name="ck_leaf_kind"),
    )
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    rendered_sha256: Mapped[str | None] = mapped_column(String(64))
    signed_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(Integer, default=0)
    code: Mapped[str | None] = mapped_column(String(9))  # of a paper leaf, printed on it and in its QR code
    prints: Mapped[int] = mapped_column(Integer, default=0)  # how often a paper leaf was made for printing
    certificate: Mapped[Certificate] = relationship(back_populates="leaves")
    copies: Mapped[list["LeafPrint"]] = relationship(back_populates="leaf", order_by="LeafPrint.number")


class LeafPrint(Tenanted, Record):
    """One print of a paper leaf: the same words each time, with the number of the print on it."""

    __tablename__ = "leaf_print"
    __table_args__ = (UniqueConstraint("leaf_id", "number", name="uq_leaf_print"),)
    leaf_id: Mapped[int] = mapped_column(ForeignKey("leaf.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    printed_by: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)  # none until the worker has made the page
    leaf: Mapped[Leaf] = relationship(back_populates="copies")


class Bundle(Record):
    """A file made for whoever asked: many signed files in an archive, many to print, or the sealed record (TRAIL) of one."""

    __tablename__ = "bundle"
    __table_args__ = (
        CheckConstraint("kind IN ('ZIP','PRINT','TRAIL')", name="ck_bundle_kind"),
        CheckConstraint("state IN ('PROMISED','READY','FAILED','GONE')", name="ck_bundle_state"),
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    kind: Mapped[str] = mapped_column(String(5))
    certificate_ids: Mapped[Any] = mapped_column(JSON)
    total: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8), default="PROMISED")
    error: Mapped[str] = mapped_column(String(500), default="")
    file: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(Integer, default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="", index=True)  # of a record, so that its file is known again
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        if self.kind == "TRAIL":
            return "Record of a certificate"
        return f"{self.total} certificates" if self.total != 1 else "1 certificate"


class CertificateDay(db.Model):
    """How often a certificate was taken and verified on one day in India; counters only, so nobody's version changes."""

    __tablename__ = "certificate_day"
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    downloads: Mapped[int] = mapped_column(Integer, default=0)
    verifications: Mapped[int] = mapped_column(Integer, default=0)


class Revision(Tenanted, Record):
    """A form of an issued file for the archive: the issued bytes, and after them proofs under a time stamp (B-LTA)."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("certificate_id", "number", name="uq_revision"),)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(Integer)
    level: Mapped[str] = mapped_column(String(5))
    stamped_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stamp_ends: Mapped[datetime] = mapped_column(UtcDateTime)


class Specimen(Record):
    """A trial print of an agency, in a table and number series of its own: the register of certificates never holds one."""

    __tablename__ = "specimen"
    __table_args__ = (
        CheckConstraint("state IN ('PROMISED','READY','FAILED')", name="ck_specimen_state"),
        CheckConstraint("number LIKE 'SPECIMEN-%'", name="ck_specimen_number"),
    )
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    officer_id: Mapped[int] = mapped_column(ForeignKey("agency_user.id"))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    office_name: Mapped[str] = mapped_column(String(120))
    officer_name: Mapped[str] = mapped_column(String(120))
    data_snapshot: Mapped[Any] = mapped_column(JSON)
    stamp_sha256: Mapped[str | None] = mapped_column(String(64))
    signature_image_sha256: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="PROMISED")
    error: Mapped[str] = mapped_column(String(500), default="")
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer, default=0)
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return self.number
