"""The tables of an application: the form, its goods lines, invoices, evidence and papers, and the officer's queries."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.agencies.models import Agency, AgencyUser, Office
from app.applications.in_hand import OnDesk
from app.applications.rules import Kind, Status
from app.core import clock
from app.exporters.models import Branch, Exporter
from app.infra.db import Exact, Record, UtcDateTime, db


def listed(values: Any) -> str:
    """The values of an enumeration for a CHECK constraint."""
    return ",".join(f"'{value}'" for value in values)


class Tenanted:
    """Whose row it is: the firm's always; the agency's and office's from submission on, so that drafts stay private."""

    @declared_attr
    def exporter_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("exporter.id"), index=True)

    @declared_attr
    def desk_agency_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("agency.id"), index=True)

    @declared_attr
    def desk_office_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("office.id"), index=True)


class Application(Tenanted, OnDesk, Record):
    """An application for one certificate (data dictionary 4.7)."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(f"status IN ({listed(Status)})", name="ck_application_status"),
        CheckConstraint(f"kind IN ({listed(Kind)})", name="ck_application_kind"),
        CheckConstraint("certificate_type = 'NON_PREFERENTIAL'", name="ck_application_type"),
        CheckConstraint("consignee_country <> 'IN' AND destination_country <> 'IN'", name="ck_application_abroad"),
        CheckConstraint("status = 'DRAFT' OR (number IS NOT NULL AND desk_office_id IS NOT NULL)", name="ck_application_filed"),
        Index("ix_application_queue", "desk_office_id", "status", "submitted_at"),
        Index("ix_application_mine", "exporter_id", "id"),
        {"sqlite_autoincrement": True},  # the number of a deleted draft is in the trail and must not come back
    )
    number: Mapped[str | None] = mapped_column(String(17), unique=True)
    filed_office: Mapped[str] = mapped_column(String(3), default="")  # as the exporter signed it; the office may pass it on
    kind: Mapped[str] = mapped_column(String(12), default=Kind.ORIGINAL)
    certificate_type: Mapped[str] = mapped_column(String(16), default="NON_PREFERENTIAL")
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    exporter_name: Mapped[str] = mapped_column(String(200))
    exporter_iec: Mapped[str] = mapped_column(String(10))
    consignee_name: Mapped[str] = mapped_column(String(200))
    consignee_address: Mapped[str] = mapped_column(String(400))
    consignee_country: Mapped[str] = mapped_column(String(2))
    notify_party: Mapped[str] = mapped_column(String(400), default="")
    buyer: Mapped[str] = mapped_column(String(400), default="")
    manufacturer: Mapped[str] = mapped_column(String(400), default="")
    destination_country: Mapped[str] = mapped_column(String(2))
    transport_mode: Mapped[int] = mapped_column(Integer)
    vessel_flight: Mapped[str] = mapped_column(String(70), default="")
    voyage: Mapped[str] = mapped_column(String(70), default="")
    departure_date: Mapped[date | None] = mapped_column(Date)
    port_of_loading: Mapped[str] = mapped_column(String(6))
    port_of_discharge: Mapped[str] = mapped_column(String(70))
    final_destination: Mapped[str] = mapped_column(String(70), default="")
    transport_doc_no: Mapped[str] = mapped_column(String(35), default="")
    transport_doc_date: Mapped[date | None] = mapped_column(Date)
    shipping_bill_no: Mapped[str] = mapped_column(String(7), default="")
    shipping_bill_date: Mapped[date | None] = mapped_column(Date)
    container_nos: Mapped[Any] = mapped_column(JSON, default=list)
    total_fob: Mapped[Decimal] = mapped_column(Exact, default=Decimal(0))
    currency: Mapped[str] = mapped_column(String(3), default="")
    lc_no: Mapped[str] = mapped_column(String(35), default="")
    contract_no: Mapped[str] = mapped_column(String(35), default="")
    po_no: Mapped[str] = mapped_column(String(35), default="")
    imported_inputs_used: Mapped[bool] = mapped_column(Boolean, default=False)
    minimal_operations: Mapped[Any] = mapped_column(JSON, default=dict)
    process_note: Mapped[str] = mapped_column(Text, default="")
    b2b_purpose: Mapped[str] = mapped_column(String(12), default="")
    b2b_no_coo_reason: Mapped[str] = mapped_column(String(500), default="")
    in_lieu_of_certificate_id: Mapped[int | None] = mapped_column(Integer, index=True)
    in_lieu_of: Mapped[str] = mapped_column(String(40), default="")
    in_lieu_reason: Mapped[str] = mapped_column(String(500), default="")
    retro_reason: Mapped[str] = mapped_column(String(500), default="")
    declaration_version: Mapped[str] = mapped_column(String(10), default="")
    declared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    declared_by: Mapped[str] = mapped_column(String(120), default="")
    broker: Mapped[Any] = mapped_column(
        JSON(none_as_null=True), nullable=True
    )  # who of which customs broker signed for the firm; nothing when its own person did
    sign_mode: Mapped[str] = mapped_column(String(7), default="")
    signature: Mapped[str] = mapped_column(Text, default="")
    signer_certificate_pem: Mapped[str] = mapped_column(Text, default="")
    payload_sha256: Mapped[str | None] = mapped_column(String(64))
    fee_paise: Mapped[int] = mapped_column(Integer, default=0)
    gst_paise: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[str] = mapped_column(String(16), default=Status.DRAFT, index=True)
    status_since: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    waiting_for: Mapped[str] = mapped_column(String(300), default="")  # why being signed takes longer, when it does
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assigned_officer_id: Mapped[int | None] = mapped_column(ForeignKey("agency_user.id"))
    query_round: Mapped[int] = mapped_column(Integer, default=0)
    lapse_on: Mapped[date | None] = mapped_column(Date)
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    certificate_id: Mapped[int | None] = mapped_column(Integer)

    agency: Mapped[Agency] = relationship(foreign_keys="Application.agency_id")
    office: Mapped[Office] = relationship(foreign_keys="Application.office_id")
    branch: Mapped[Branch | None] = relationship()
    exporter: Mapped[Exporter] = relationship()
    assigned_officer: Mapped[AgencyUser | None] = relationship()
    invoices: Mapped[list["Invoice"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="Invoice.id"
    )
    items: Mapped[list["GoodsItem"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="GoodsItem.line_no"
    )
    evidence: Mapped[list["Evidence"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="Evidence.id"
    )
    attachments: Mapped[list["Attachment"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="Attachment.id"
    )
    queries: Mapped[list["Query"]] = relationship(back_populates="application", cascade="all, delete-orphan", order_by="Query.id")

    @property
    def to_attest(self) -> list["Attachment"]:
        """The papers of which the firm wants an attested copy and has none yet."""
        waiting = (row for row in self.attachments if row.attest_requested and row.attested_at is None)
        return [row for row in waiting if row.replaced_by_id is None]

    def __str__(self) -> str:
        return self.number or f"Draft {self.id}"


class Part(Tenanted, Record):
    """A row that belongs to an application and is seen by whoever sees the application."""

    __abstract__ = True

    @declared_attr
    def application_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("application.id", ondelete="CASCADE"), index=True)


class Invoice(Part):
    """An invoice the goods are sold under."""

    __tablename__ = "invoice"
    __table_args__ = (UniqueConstraint("application_id", "no", "date", name="uq_invoice"),)
    no: Mapped[str] = mapped_column(String(35))
    date: Mapped[date] = mapped_column(Date)
    value: Mapped[Decimal] = mapped_column(Exact)
    currency: Mapped[str] = mapped_column(String(3))
    application: Mapped[Application] = relationship(back_populates="invoices")


class GoodsItem(Part):
    """A goods line (data dictionary 4.8); weights in kg, values in the invoice's currency."""

    __tablename__ = "goods_item"
    __table_args__ = (
        UniqueConstraint("application_id", "line_no", name="uq_goods_line"),
        CheckConstraint("line_no BETWEEN 1 AND 500", name="ck_goods_line_no"),
        CheckConstraint("package_count BETWEEN 0 AND 9999999", name="ck_goods_packages"),
        CheckConstraint("origin_criterion IN ('W','M','P','F')", name="ck_goods_criterion"),
        CheckConstraint("CAST(gross_weight_kg AS NUMERIC) >= CAST(net_weight_kg AS NUMERIC)", name="ck_goods_weights"),
    )
    line_no: Mapped[int] = mapped_column(Integer)
    itc_hs: Mapped[str] = mapped_column(String(8))
    description: Mapped[str] = mapped_column(String(1000))
    marks: Mapped[str] = mapped_column(String(500), default="N/M")
    package_count: Mapped[int] = mapped_column(Integer)
    package_kind: Mapped[str] = mapped_column(String(2))
    quantity: Mapped[Decimal] = mapped_column(Exact)
    uqc: Mapped[str] = mapped_column(String(3))
    net_weight_kg: Mapped[Decimal] = mapped_column(Exact)
    gross_weight_kg: Mapped[Decimal] = mapped_column(Exact)
    fob_value: Mapped[Decimal] = mapped_column(Exact)
    invoice: Mapped[str] = mapped_column(String(35))
    origin_country: Mapped[str] = mapped_column(String(2))
    origin_criterion: Mapped[str] = mapped_column(String(1))
    application: Mapped[Application] = relationship(back_populates="items")


class Evidence(Part):
    """A paper that proves a foreign origin; its particulars are printed on a back-to-back certificate."""

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint("kind IN ('FOREIGN_COO','BILL_OF_ENTRY','INVOICE','OTHER')", name="ck_evidence_kind"),)
    kind: Mapped[str] = mapped_column(String(14))
    number: Mapped[str] = mapped_column(String(60))
    date: Mapped[date] = mapped_column(Date)
    issuer: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    application: Mapped[Application] = relationship(back_populates="evidence")


class Attachment(Part):
    """A paper put in with the application; the bytes are in the store under their SHA-256."""

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('INVOICE','PACKING_LIST','FOREIGN_COO','BILL_OF_ENTRY','BL_AWB','TRANSLATION','AUTH_LETTER','OTHER')",
            name="ck_attachment_kind",
        ),
        CheckConstraint("mime IN ('application/pdf','image/jpeg','image/png')", name="ck_attachment_mime"),
    )
    kind: Mapped[str] = mapped_column(String(14))
    filename: Mapped[str] = mapped_column(String(120))
    mime: Mapped[str] = mapped_column(String(20))
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
    attest_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    attested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attested_by: Mapped[str] = mapped_column(String(120), default="")
    attested_sha256: Mapped[str | None] = mapped_column(String(64))  # the copy with the office's stamp, once it is made
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))
    application: Mapped[Application] = relationship(back_populates="attachments")


class Query(Part):
    """What an officer asks of the exporter, and the reply."""

    __tablename__ = "query"
    __table_args__ = (
        CheckConstraint("status IN ('OPEN','REPLIED','CLOSED','LAPSED')", name="ck_query_status"),
        UniqueConstraint("application_id", "round", name="uq_query_round"),
    )
    round: Mapped[int] = mapped_column(Integer)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("agency_user.id"))
    raised_by: Mapped[str] = mapped_column(String(120))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    items: Mapped[Any] = mapped_column(JSON)  # [{field_path | attachment_id, reason, text, answer}]
    asked_of: Mapped[Any] = mapped_column(JSON, nullable=True, deferred=True)  # filing and papers as they were when it was asked
    changes: Mapped[Any] = mapped_column(JSON, default=list)  # [{path, old, new}], what the reply changed
    reminded_days: Mapped[int | None] = mapped_column(Integer)  # the last reminder: so many days before the end
    due_on: Mapped[date] = mapped_column(Date)
    reply: Mapped[str] = mapped_column(Text, default="")
    replied_by: Mapped[str] = mapped_column(String(120), default="")
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(8), default="OPEN")
    application: Mapped[Application] = relationship(back_populates="queries")


class NumberSeries(db.Model):
    """The last number given in a series (application numbers by year); locked while a number is taken."""

    __tablename__ = "number_series"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int] = mapped_column(Integer, default=0)


class Template(Record):
    """A filing a firm keeps to begin from; whole or not, it is only checked when it is filed."""

    __tablename__ = "filing_template"
    __table_args__ = (UniqueConstraint("exporter_id", "name", name="uq_filing_template"),)
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    filing: Mapped[Any] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(120), default="")

    def __str__(self) -> str:
        return self.name


class Unfinished(Record):
    """What one person has typed into the form and not saved yet; kept for that person until it is saved or thrown away."""

    __tablename__ = "unfinished_filing"
    __table_args__ = (UniqueConstraint("user_id", "exporter_id", "application_id", name="uq_unfinished_filing"),)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), index=True)
    application_id: Mapped[int] = mapped_column(Integer, default=0)  # 0: a new one
    fields: Mapped[Any] = mapped_column(JSON)
