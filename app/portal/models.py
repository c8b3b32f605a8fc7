"""The pages DGFT keeps for exporters: free trade agreements and trade events."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.infra.db import Record


class FtaInfo(Record):
    """A trade agreement of India and where to read about it."""

    __tablename__ = "fta_info"
    name: Mapped[str] = mapped_column(String(120), unique=True)
    partner: Mapped[str] = mapped_column(String(120))
    in_force_on: Mapped[date | None] = mapped_column(Date)
    summary: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(String(300), default="")


class TradeEvent(Record):
    """A fair, buyer-seller meet or seminar."""

    __tablename__ = "trade_event"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ck_trade_event_dates"),)
    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    url: Mapped[str] = mapped_column(String(300), default="")
