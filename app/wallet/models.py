"""The tables of the wallet: one wallet per IEC, and the ledger's movements and entries, which are only ever added."""

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.exporters.models import Exporter
from app.infra.db import Record, UtcDateTime


class Wallet(Record):
    """The wallet of a firm. The two figures are kept here only so that the database can refuse to go below zero."""

    __tablename__ = "wallet"
    __table_args__ = (
        CheckConstraint("available_paise >= 0", name="ck_wallet_available"),
        CheckConstraint("held_paise >= 0", name="ck_wallet_held"),
        CheckConstraint("status IN ('ACTIVE','FROZEN')", name="ck_wallet_status"),
    )
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), unique=True)
    currency: Mapped[str] = mapped_column(String(3), default="INR")
    available_paise: Mapped[int] = mapped_column(BigInteger, default=0)
    held_paise: Mapped[int] = mapped_column(BigInteger, default=0)
    status: Mapped[str] = mapped_column(String(8), default="ACTIVE")
    frozen_because: Mapped[str] = mapped_column(String(200), default="", server_default="")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    low_paise: Mapped[int | None] = mapped_column(BigInteger)  # the firm is told below this; None: the setting says it
    low_told: Mapped[bool] = mapped_column(Boolean, default=False)  # that it is below, once for each time it went there
    exporter: Mapped[Exporter] = relationship()

    @property
    def balance_paise(self) -> int:
        """All the firm's money here: what it may spend and what is set aside."""
        return self.available_paise + self.held_paise

    @property
    def firm_name(self) -> str:
        return self.exporter.firm_name

    @property
    def iec(self) -> str:
        return self.exporter.iec

    def __str__(self) -> str:
        return self.firm_name


class LedgerMovement(Model):
    """Money moved once, for one reason; `reference` is unique, so a second click or a retry books nothing."""

    __tablename__ = "ledger_movement"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    kind: Mapped[str] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(80), unique=True)
    exporter_id: Mapped[int | None] = mapped_column(ForeignKey("exporter.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)
    actor_name: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text, default="")


class LedgerEntry(Model):
    """One side of a movement: what it did to one account. The entries of a movement sum to zero."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount_paise <> 0", name="ck_ledger_amount"),
        CheckConstraint("balance_after_paise >= 0 OR exporter_id IS NULL", name="ck_ledger_balance"),
        CheckConstraint("account IN ('WALLET','HELD','AGENCY','TAX','GATEWAY','SUSPENSE','DGFT')", name="ck_ledger_account"),
        Index("ix_ledger_account", "account", "exporter_id", "agency_id"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    movement_id: Mapped[int] = mapped_column(ForeignKey("ledger_movement.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    kind: Mapped[str] = mapped_column(String(12))
    account: Mapped[str] = mapped_column(String(8))
    exporter_id: Mapped[int | None] = mapped_column(ForeignKey("exporter.id"), index=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)
    amount_paise: Mapped[int] = mapped_column(BigInteger)
    balance_after_paise: Mapped[int] = mapped_column(BigInteger, default=0)  # of this firm's account; 0 for others
    movement: Mapped[LedgerMovement] = relationship()

    @property
    def reference(self) -> str:
        return self.movement.reference

    @property
    def actor_name(self) -> str:
        return self.movement.actor_name


class TopUp(Record):
    """Money on its way in through the payment gateway (rule 4.11); only SUCCESS is booked, once."""

    __tablename__ = "topup"
    __table_args__ = (
        CheckConstraint("status IN ('CREATED','PENDING','SUCCESS','FAILED','EXPIRED')", name="ck_topup_status"),
        CheckConstraint("amount_paise BETWEEN 10000 AND 50000000", name="ck_topup_amount"),
    )
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), index=True)
    amount_paise: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(String(3), default="INR")
    gateway_order_id: Mapped[str] = mapped_column(String(64), unique=True)  # ours
    gateway_payment_id: Mapped[str | None] = mapped_column(String(64), unique=True)  # theirs
    status: Mapped[str] = mapped_column(String(8), default="CREATED", index=True)
    status_since: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(300), default="")
    asked_by: Mapped[str] = mapped_column(String(120), default="")


class GatewayMessage(Model):
    """Every message of the gateway as it came, believed or not: what was done with it and why."""

    __tablename__ = "gateway_message"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    gateway_order_id: Mapped[str] = mapped_column(String(64), default="", index=True)
    body_sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(String(20))  # credited, repeated, refused, noted
    reason: Mapped[str] = mapped_column(String(300), default="")


class LegacyWalletNote(Record):
    """What a firm had in the wallet of eCoO 1.0: shown, and good for nothing here."""

    __tablename__ = "legacy_wallet_note"
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), unique=True)
    legacy_balance_paise: Mapped[int] = mapped_column(BigInteger)
    as_of: Mapped[date] = mapped_column(Date)
