"""What an officer should look at first: what failed, then goods that have left or leave soon, then answers, then the oldest."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from app.applications.rules import Status


class Rank(IntEnum):
    """Why an application stands where it does on the desk; the lowest is looked at first."""

    FAILED = 0
    LEAVING = 1
    ANSWERED = 2
    WAITING = 3
    SIGNING = 4


SAID = {Rank.FAILED: "signing failed", Rank.ANSWERED: "query answered", Rank.SIGNING: "being signed"}


@dataclass(frozen=True, slots=True)
class Pressing:
    """Why, and the days it is about: until departure (below zero since), or of waiting."""

    rank: Rank
    days: int = 0

    def __str__(self) -> str:
        if self.rank == Rank.LEAVING and self.days < 0:
            return f"left {_days(-self.days)} ago"
        if self.rank == Rank.LEAVING:
            return f"leaves in {_days(self.days)}" if self.days else "leaves today"
        return SAID.get(self.rank, f"waits {_days(self.days)}" if self.days else "came today")


def _days(number: int) -> str:
    return f"{number} day{'s' if number != 1 else ''}"


def pressing(status: str, query_round: int, departure: date | None, submitted: date, today: date, soon: int) -> Pressing:
    """How pressing an application on the desk is; all days are India's, `soon` in days.

    An office that lets the ship sail first makes the certificate a retrospective one (domain, scenario 36).
    """
    if status == Status.SIGN_FAILED:
        return Pressing(Rank.FAILED)
    if status == Status.SIGNING:
        return Pressing(Rank.SIGNING)
    if departure is not None and departure <= today + timedelta(days=soon):
        return Pressing(Rank.LEAVING, (departure - today).days)
    if query_round and status != Status.APPROVED:
        return Pressing(Rank.ANSWERED)
    return Pressing(Rank.WAITING, max(0, (today - submitted).days))
