"""A notice for one person, who wants it how; the mails that go out, and the calls to the systems of firms."""

from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User as User  # whose name and address a mail needs
from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Record, UtcDateTime


class Notice(Record):
    """One line on somebody's bell."""

    __tablename__ = "notice"
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30), default="WORK")
    exporter_id: Mapped[int | None] = mapped_column(ForeignKey("exporter.id"))  # the firm it is about, for a broker's person
    text: Mapped[str] = mapped_column(String(300))
    url: Mapped[str] = mapped_column(String(200), default="", index=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Mail(Record):
    """One mail to one address; a job sends it after the commit, and then forgets the text, which may hold a code."""

    __tablename__ = "mail"
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Preference(Record):
    """How one person wants to hear of one kind of event."""

    __tablename__ = "notice_preference"
    __table_args__ = (UniqueConstraint("user_id", "kind", name="uq_notice_preference"),)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    kind: Mapped[str] = mapped_column(String(30))
    bell: Mapped[bool] = mapped_column(Boolean, default=True)
    mail: Mapped[bool] = mapped_column(Boolean, default=True)


class Webhook(Record):
    """An address of a firm's own system that wants to be called when something happens to its applications."""

    __tablename__ = "webhook"
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[Any] = mapped_column(JSON, default=list)  # empty: all
    secret: Mapped[str] = mapped_column(String(255))  # sealed with the server's secret
    former_secret: Mapped[str] = mapped_column(String(255), default="")  # signs too, until `former_until`
    former_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    last_taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the other side last said that it has it
    why_off: Mapped[str] = mapped_column(String(200), default="")
    failures: Mapped[int] = mapped_column(Integer, default=0)  # since something was taken
    rests_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(Record):
    """One call to one address: what was said, how often it was tried, and what the other side answered."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('PENDING','DONE','FAILED')", name="ck_webhook_delivery_state"),
        Index("ix_webhook_delivery_list", "webhook_id", "id"),
    )
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    exporter_id: Mapped[int] = mapped_column(ForeignKey("exporter.id"), index=True)
    event: Mapped[str] = mapped_column(String(60))
    event_id: Mapped[str] = mapped_column(String(40), index=True)
    body: Mapped[Any] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(7), default="PENDING")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    answer_status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str] = mapped_column(String(300), default="")
    attempts: Mapped[Any] = mapped_column(JSON, default=list)  # the newest: when, status, milliseconds, what went wrong
    round: Mapped[int] = mapped_column(Integer, default=0)  # how often it was sent again by hand
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
