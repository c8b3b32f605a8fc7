"""Moments are kept in UTC and told by the clocks of India."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock

LATE = datetime(2026, 8, 18, 18, 30, tzinfo=UTC)  # midnight in India


def test_now_is_in_utc() -> None:
    """This moment carries its zone, and the zone is UTC."""
    assert clock.now().utcoffset() == timedelta(0)


def test_travelling_lasts_for_the_block() -> None:
    """Inside it is then, a block within may come back to the present, and afterwards it is now again."""
    with clock.travel(LATE):
        assert clock.now() == LATE
        with clock.travel(None):
            assert clock.now() != LATE
        assert clock.india_today() == date(2026, 8, 19)
    assert clock.now() != LATE


def test_travelling_leaves_other_threads_in_the_present() -> None:
    """A page served meanwhile by another thread knows nothing of it."""
    with clock.travel(LATE), ThreadPoolExecutor(1) as other:
        assert other.submit(clock.now).result() != LATE


def test_the_day_in_india_begins_at_half_past_six_utc() -> None:
    """One second before 18:30 UTC it is still the 18th in India."""
    assert clock.india_today(LATE) == date(2026, 8, 19)
    assert clock.india_today(LATE - timedelta(seconds=1)) == date(2026, 8, 18)


def test_midnight_in_india_is_told_in_utc() -> None:
    """A day of India begins on the evening before in UTC."""
    assert clock.india_midnight(date(2026, 8, 19)) == LATE
    assert clock.india_midnight(date(2026, 8, 19)).utcoffset() == timedelta(0)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_day_begins_at_its_midnight(day: date) -> None:
    """The moment a day begins lies on that day, and the moment before does not."""
    begins = clock.india_midnight(day)
    assert clock.india_today(begins) == day
    assert clock.days_between(begins - timedelta(microseconds=1), day) == 1


def test_a_moment_in_another_zone_becomes_the_same_moment() -> None:
    """New York's morning is the same moment in UTC."""
    morning = datetime(2026, 8, 18, 8, 0, tzinfo=timezone(-timedelta(hours=4)))
    assert clock.to_utc(morning) == morning
    assert clock.to_utc(morning).hour == 12


@pytest.mark.parametrize("read", [clock.to_utc, clock.india, clock.india_today])
def test_a_moment_without_zone_is_refused(read: object) -> None:
    """Nobody knows when it was, and the machine's own zone must not be guessed."""
    assert callable(read)
    with pytest.raises(ValueError, match="without a time zone"):
        read(datetime(2026, 8, 18, 8, 0))


def test_days_are_counted_by_the_dates_of_india() -> None:
    """Dates and moments may be mixed; earlier counts below zero."""
    assert clock.days_between(date(2026, 8, 18), date(2026, 11, 16)) == 90
    assert clock.days_between(LATE, date(2026, 8, 19)) == 0
    assert clock.days_between(date(2026, 8, 19), date(2026, 8, 18)) == -1


def test_dates_are_printed_as_people_write_them() -> None:
    """18 Aug 2026, whatever the machine's language; today without asking is a date."""
    assert clock.day(date(2026, 8, 8)) == "8 Aug 2026"
    assert clock.stamp(LATE) == "19 Aug 2026, 00:00 IST"
    assert isinstance(clock.india_today(), date)
