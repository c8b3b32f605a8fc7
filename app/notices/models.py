"""A notice for one person, a sentence and where to look; and the mails that go out."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Record, UtcDateTime


class Notice(Record):
    """One line on somebody's bell."""

    __tablename__ = "notice"
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    text: Mapped[str] = mapped_column(String(300))
    url: Mapped[str] = mapped_column(String(200), default="")
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Mail(Record):
    """One mail to one address; a job sends it after the commit, and then forgets the text, which may hold a code."""

    __tablename__ = "mail"
    recipient: Mapped[str] = mapped_column(String(254), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
