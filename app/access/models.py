"""Accounts of DGFT supervisors, how people prove who they are, their open sessions, and the failures that lock a door."""

from datetime import datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String
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
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    browser: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(45), default="")


class SignIn(Record):
    """How an account proves who it is: whether its password must be changed, and its second factor."""

    __tablename__ = "sign_in"
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), unique=True)
    must_change: Mapped[bool] = mapped_column(Boolean, default=False)
    issued_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # an issued password opens nothing after this
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_secret: Mapped[str] = mapped_column(String(255), default="")  # sealed with the server's secret
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_last_step: Mapped[int] = mapped_column(Integer, default=0)  # a code is good once
    recovery_hashes: Mapped[Any] = mapped_column(JSON, default=list)


class PasswordLink(Model):
    """A link by which somebody who forgot the password sets a new one, once and for a short time."""

    __tablename__ = "password_link"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
