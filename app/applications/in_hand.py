"""Where an application stands on the desk: how pressing it is, who has it in hand, and until when nobody else may have it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped, mapped_column

from app.agencies.models import AgencyUser
from app.applications.pressing import Pressing, pressing
from app.applications.rules import Status
from app.core import clock
from app.infra.db import UtcDateTime
from app.infra.settings import setting


@dataclass(frozen=True, slots=True)
class Hold:
    """Who has taken it up, and while it is looked into until when it is theirs alone; `free` says that this is over."""

    name: str
    until: datetime | None = None
    free: bool = False

    @property
    def hour(self) -> str:
        """The end as 14:05, with its day when that is not today; all in India's time."""
        if self.until is None:
            return ""
        local = clock.india(self.until)
        return f"{local:%H:%M}" if local.date() == clock.india_today() else clock.stamp(self.until)

    def __str__(self) -> str:
        if self.free:
            return f"{self.name}, may be taken over"
        return f"{self.name} until {self.hour}" if self.until else self.name

    def stated(self) -> dict[str, Any]:
        """The same for a program: the officer, the end (UTC), and whether a colleague may take it over now."""
        return {"officer": self.name, "until": self.until and self.until.isoformat(), "may_be_taken_over": self.free}


class OnDesk:
    """What the desk shows of an application; part of its table."""

    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # after it a colleague may take it over; who has it goes on

    if TYPE_CHECKING:  # the other columns are those of the table
        status: Mapped[str]
        query_round: Mapped[int]
        departure_date: Mapped[date | None]
        submitted_at: Mapped[datetime | None]
        status_since: Mapped[datetime]
        assigned_officer: Mapped[AgencyUser | None]

    @property
    def pressing(self) -> Pressing:
        """Why it stands where it does on the desk."""
        submitted = clock.india_today(self.submitted_at or self.status_since)
        soon = setting("DESK_SOON_DAYS")
        return pressing(self.status, self.query_round, self.departure_date, submitted, clock.india_today(), soon)

    @property
    def hold(self) -> Hold | None:
        """Who has it in hand, if anybody."""
        if self.assigned_officer is None:
            return None
        if self.status != Status.UNDER_REVIEW:
            return Hold(self.assigned_officer.full_name)
        free = self.held_until is None or self.held_until <= clock.now()
        return Hold(self.assigned_officer.full_name, self.held_until, free)


def hold_ends(status: str | None) -> datetime | None:
    """Until when whoever works on it now has it alone; nothing once nobody looks into it."""
    return clock.now() + timedelta(minutes=setting("DESK_LOCK_MINUTES")) if status == Status.UNDER_REVIEW else None
