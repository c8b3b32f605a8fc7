"""The tables of customs brokers: the firm, its people, and which exporter lets it act, how far and until when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.exporters.models import Exporter
from app.infra.db import Record, UtcDateTime

_UNDER_WAY = text("status IN ('OFFERED','ACTIVE')")


class Broker(Record):
    """A customs broker (customs house agent) with a licence; DGFT's supervisor brings it in."""

    __tablename__ = "broker"
    __table_args__ = (CheckConstraint("status IN ('ACTIVE','SUSPENDED')", name="ck_broker_status"),)
    licence_no: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    pan: Mapped[str] = mapped_column(String(10))
    city: Mapped[str] = mapped_column(String(80), default="")
    status: Mapped[str] = mapped_column(String(10), default="ACTIVE")
    reason: Mapped[str] = mapped_column(String(500), default="")
    people: Mapped[list["BrokerUser"]] = relationship(back_populates="broker", order_by="BrokerUser.id")

    def __str__(self) -> str:
        return f"{self.name} ({self.licence_no})"


class BrokerUser(Record):
    """A person of a customs broker; each may act for every firm that lets the broker."""

    __tablename__ = "broker_user"
    __table_args__ = (CheckConstraint("status IN ('ACTIVE','DISABLED')", name="ck_broker_user_status"),)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), unique=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("broker.id"), index=True)
    full_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    status: Mapped[str] = mapped_column(String(10), default="ACTIVE")
    broker: Mapped[Broker] = relationship(back_populates="people")

    def __str__(self) -> str:
        return self.full_name


class Delegation(Record):
    """An exporter lets a broker act for it. The names are kept here, so that each side reads them and nothing else."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("scope IN ('READ','DRAFT','SUBMIT')", name="ck_delegation_scope"),
        CheckConstraint("status IN ('OFFERED','ACTIVE','DECLINED','ENDED','EXPIRED')", name="ck_delegation_status"),
        CheckConstraint("until >= from_date", name="ck_delegation_days"),
        Index("uq_delegation_open", "exporter_id", "broker_id", unique=True, postgresql_where=_UNDER_WAY,
              sqlite_where=_UNDER_WAY),
    )  # fmt: skip
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), index=True)
    broker_id: Mapped[int] = mapped_column(ForeignKey("broker.id"), index=True)
    exporter_name: Mapped[str] = mapped_column(String(200))
    exporter_iec: Mapped[str] = mapped_column(String(10), index=True)
    broker_name: Mapped[str] = mapped_column(String(200))
    licence_no: Mapped[str] = mapped_column(String(30))
    scope: Mapped[str] = mapped_column(String(6))
    from_date: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(8), default="OFFERED")
    granted_by: Mapped[str] = mapped_column(String(120))
    answered_by: Mapped[str] = mapped_column(String(120), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(String(120), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="")
    exporter: Mapped[Exporter] = relationship()
    broker: Mapped[Broker] = relationship()

    def __str__(self) -> str:
        return f"{self.broker_name} for {self.exporter_name}"
