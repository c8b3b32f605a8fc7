"""Registered digital signature certificates: whose, from when to when, and that the owner once proved to hold the key."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Record, UtcDateTime

_ACTIVE = text("status = 'ACTIVE'")


class DscRegistration(Record):
    """One registered certificate of one account; at most one is active, and old rows stay for old signatures."""

    __tablename__ = "dsc_registration"
    __table_args__ = (
        CheckConstraint("status IN ('ACTIVE','EXPIRED','REVOKED','REPLACED')", name="ck_dsc_status"),
        CheckConstraint("kind IN ('IEC','INDIVIDUAL','ORGANISATION','OFFICER')", name="ck_dsc_kind"),
        CheckConstraint("backend IN ('SOFT','PKCS11','DESK_AGENT','ESIGN')", name="ck_dsc_backend"),
        Index("uq_dsc_active_user", "user_id", unique=True, postgresql_where=_ACTIVE, sqlite_where=_ACTIVE),
        Index("uq_dsc_active_sha256", "sha256", unique=True, postgresql_where=_ACTIVE, sqlite_where=_ACTIVE),
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    exporter_id: Mapped[int | None] = mapped_column(ForeignKey("exporter.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    backend: Mapped[str] = mapped_column(String(10))
    subject_cn: Mapped[str] = mapped_column(String(120))
    subject_o: Mapped[str] = mapped_column(String(200), default="")
    subject_serial: Mapped[str] = mapped_column(String(128), default="")
    issuer_dn: Mapped[str] = mapped_column(String(400))
    serial_hex: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    not_after: Mapped[datetime] = mapped_column(UtcDateTime)
    key_usage: Mapped[Any] = mapped_column(JSON, default=list)
    certificate_pem: Mapped[str] = mapped_column(Text)
    chain_pem: Mapped[str] = mapped_column(Text, default="")
    key_ref: Mapped[str] = mapped_column(String(200), default="")  # where the key is; never a PIN, never the key
    proof_of_possession_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(10), default="ACTIVE")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(String(500), default="")
    reminded_days: Mapped[int | None] = mapped_column(Integer)  # the last reminder that went out: 30, 15 or 7 days before


class DscChallenge(Record):
    """A random text that the holder of a certificate signs to prove that the key is really in the hand."""

    __tablename__ = "dsc_challenge"
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    backend: Mapped[str] = mapped_column(String(10))
    certificate_pem: Mapped[str] = mapped_column(Text)
    chain_pem: Mapped[str] = mapped_column(Text, default="")
    key_ref: Mapped[str] = mapped_column(String(200), default="")
    nonce: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
