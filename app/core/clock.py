"""Time: moments are kept in UTC and told in India's time, which has no summer time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """This moment, in UTC."""
    return _moment.get() or datetime.now(UTC)


def elsewhen() -> datetime | None:
    """The moment to which somebody travelled, for those outside this program who must know; None is the present."""
    return _moment.get()


@contextmanager
def travel(moment: datetime | None) -> Iterator[None]:
    """For the demonstration and tests: within the block, and in this thread only, it is then; None is the present."""
    token = _moment.set(moment and to_utc(moment))
    try:
        yield
    finally:
        _moment.reset(token)


def to_utc(moment: datetime) -> datetime:
    """The same moment in UTC; ValueError without a time zone, which would be read by this machine's own clock."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is no moment")
    return moment.astimezone(UTC)


def india(moment: datetime) -> datetime:
    """The same moment by the clocks of India."""
    return to_utc(moment).astimezone(INDIA)


def india_today(moment: datetime | None = None) -> date:
    """The date in India now, or at a moment."""
    return india(moment or now()).date()


def india_midnight(day: date) -> datetime:
    """The moment at which a day begins in India, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=INDIA).astimezone(UTC)


def days_between(earlier: date, later: date) -> int:
    """Whole days from one date to another; a moment counts as its date in India."""
    return (_date(later) - _date(earlier)).days


def _date(value: date) -> date:
    return india(value).date() if isinstance(value, datetime) else value


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(value: date) -> str:
    """A date as 18 Aug 2026, whatever the machine's language."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def stamp(moment: datetime) -> str:
    """A moment as 18 Aug 2026, 14:05 IST."""
    local = india(moment)
    return f"{day(local.date())}, {local:%H:%M} IST"
