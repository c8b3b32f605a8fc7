"""Accounts of DGFT supervisors, the sessions people have open, and the failed log-ins that lock a door for a while."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.infra.db import Record, UtcDateTime


class Supervisor(Record):
    """An account of the Directorate: sees the whole, never signs."""

    __tablename__ = "supervisor"
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), unique=True)
    full_name: Mapped[str] = mapped_column(String(120))


class LoginFailure(Model):
    """One failed log-in, by account name and address; old rows are dropped."""

    __tablename__ = "login_failure"
    __table_args__ = (
        Index("ix_login_failure_account", "account", "address", "at"),
        Index("ix_login_failure_address", "address", "at"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    account: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class WebSession(Model):
    """One open browser session; a cookie whose row is ended opens nothing, wherever it was copied to."""

    __tablename__ = "web_session"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(45), default="")
