"""The tables of a bulk sitting: who started it and how far it is, and what became of each of its rows."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.applications.models import listed
from app.certificates.sitting_rules import RowState, SittingKind, SittingStatus
from app.infra.db import Record, UtcDateTime


class Sitting(Record):
    """Many applications decided with one confirmation; the worker does them part by part."""

    __tablename__ = "sitting"
    __table_args__ = (
        CheckConstraint(f"status IN ({listed(SittingStatus)})", name="ck_sitting_status"),
        CheckConstraint(f"kind IN ({listed(SittingKind)})", name="ck_sitting_kind"),
        {"sqlite_autoincrement": True},  # a preview that was forgotten may be open in some browser: its number must not come back
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    officer_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(8))
    origin_criteria_checked: Mapped[bool] = mapped_column(Boolean, default=False)  # ticked, or stated by starting it
    status: Mapped[str] = mapped_column(String(10), default=SittingStatus.PREVIEW)
    reason: Mapped[str] = mapped_column(String(500), default="")  # why it stands still
    part: Mapped[int] = mapped_column(Integer, default=0)  # the part whose job may work; jobs of other parts do nothing
    total: Mapped[int] = mapped_column(Integer)  # rows that go; those that do not are SKIPPED from the beginning
    done: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    skipped: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def gone_through(self) -> int:
        """How many of `total` have had their turn."""
        return self.done + self.refused + self.failed

    def __str__(self) -> str:
        return f"Sitting {self.id}"


class SittingRow(Model):
    """One application of a sitting, as it was when the officer looked, and what became of it."""

    __tablename__ = "sitting_row"
    __table_args__ = (
        CheckConstraint(f"state IN ({listed(RowState)})", name="ck_sitting_row_state"),
        UniqueConstraint("sitting_id", "application_id", name="uq_sitting_row"),
        Index("ix_sitting_row_next", "sitting_id", "state", "office_id", "id"),
    )
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(Integer)
    agency_id: Mapped[int] = mapped_column(Integer)
    office_id: Mapped[int] = mapped_column(Integer)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    number: Mapped[str] = mapped_column(String(17))
    seen_version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8), default=RowState.WAITING)
    sentence: Mapped[str] = mapped_column(String(500), default="")
