"""The trail: rows that are only ever added, each holding the hash of the one before."""

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.infra.db import UtcDateTime


class AuditEvent(Model):
    """One event in the past tense, with its actor, its reason and the hash chain."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    user_id: Mapped[int | None] = mapped_column(Integer)
    actor_name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    ip: Mapped[str] = mapped_column(String(45), default="")
    event: Mapped[str] = mapped_column(String(120))
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[Any] = mapped_column(JSON, default=dict)
    exporter_id: Mapped[int | None] = mapped_column(ForeignKey("exporter.id"), index=True)
    desk_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    desk_office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Model):
    """The last hash of the chain; locked while an event is added, so that the chain has one line."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    events: Mapped[int] = mapped_column(Integer)
