"""Registered digital signature certificates: whose, from when to when, and that the owner once proved to hold the key."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Record, UtcDateTime
from app.signing.rules import EsignState, OrderState

_ACTIVE = text("status = 'ACTIVE'")
_WAITING = text("status = 'WAITING'")
_LIVING = text("status IN ('WAITING','ANSWERED')")


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


class RevocationSource(Record):
    """One address where a list of revoked certificates is fetched: how fresh the kept list is, and what went wrong last."""

    __tablename__ = "revocation_source"
    url: Mapped[str] = mapped_column(String(500), unique=True)
    issuer: Mapped[str] = mapped_column(String(400), default="")
    this_update: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_update: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(String(300), default="")
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when supervisors heard that it is out of date


class SignatureOrder(Record):
    """One document that waits for the hand of whoever holds the key; of each document at most one order is alive."""

    __tablename__ = "signature_order"
    __table_args__ = (
        CheckConstraint("status IN ('WAITING','ANSWERED','DONE','REFUSED','EXPIRED','FAILED')", name="ck_signature_order_status"),
        CheckConstraint("status NOT IN ('ANSWERED','DONE') OR signature <> ''", name="ck_signature_order_answered"),
        Index("uq_signature_order_living", "subject", "subject_id", unique=True, postgresql_where=_LIVING, sqlite_where=_LIVING),
        Index("ix_signature_order_due", "status", "expires_at"),
        Index("ix_signature_order_holder", "user_id", "status"),
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    exporter_id: Mapped[int | None] = mapped_column(ForeignKey("exporter.id"), index=True)
    subject: Mapped[str] = mapped_column(String(16))  # what kind of document; whoever makes it gave this name
    subject_id: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(String(40))
    exporter_name: Mapped[str] = mapped_column(String(200))
    consignee_name: Mapped[str] = mapped_column(String(200))
    certificate_sha256: Mapped[str] = mapped_column(String(64))
    attributes: Mapped[str] = mapped_column(Text)  # base64 of what the key signs: binds one file and one certificate
    prepared: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # the file with room; gone once it is over
    said: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)  # what goes with it: a reply's answers
    signing_time: Mapped[datetime] = mapped_column(UtcDateTime)  # as the file says it
    status: Mapped[str] = mapped_column(String(10), default=OrderState.WAITING)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signature: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="")

    def __str__(self) -> str:
        return self.number


class EsignOrder(Record):
    """One e-signature asked of the Aadhaar e-sign provider: of what, by whom, with which consent, and what came back.

    There is no column for an Aadhaar number: the provider asks for it, on its own page, and never tells it.
    """

    __tablename__ = "esign_order"
    __table_args__ = (
        CheckConstraint("status IN ('WAITING','DONE','REFUSED','EXPIRED')", name="ck_esign_order_status"),
        CheckConstraint("what IN ('SUBMIT','REPLY')", name="ck_esign_order_what"),
        CheckConstraint("status <> 'DONE' OR signature <> ''", name="ck_esign_order_done"),
        Index("uq_esign_order_waiting", "user_id", "application_id", unique=True, postgresql_where=_WAITING,
              sqlite_where=_WAITING),
        Index("ix_esign_order_due", "status", "expires_at"),
    )  # fmt: skip
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id", ondelete="SET NULL"), index=True)
    what: Mapped[str] = mapped_column(String(6))
    about: Mapped[str] = mapped_column(String(50))  # what the provider shows to the signer
    said: Mapped[Any] = mapped_column(JSON, default=dict)  # the answers of a reply, which is made when it is signed
    txn: Mapped[str] = mapped_column(String(50), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))  # of what is signed: its canonical bytes
    name: Mapped[str] = mapped_column(String(120))  # whose name the certificate must have
    consent: Mapped[str] = mapped_column(Text)  # the words that were agreed to
    consented_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(8), default=EsignState.WAITING)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500), default="")
    answer: Mapped[str] = mapped_column(Text, default="", deferred=True)  # the provider's words as they came, for evidence
    reference: Mapped[str] = mapped_column(String(300), default="")  # the provider's own number of it (resCode)
    signature: Mapped[str] = mapped_column(Text, default="", deferred=True)  # the PKCS#7 with its time stamp, base64

    def __str__(self) -> str:
        return self.about
