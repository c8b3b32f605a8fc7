"""Times, exact numbers, locks and transactions mean the same on both databases."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import IntegrityError

from app.applications.models import NumberSeries
from app.applications.numbers import take
from app.core.errors import WrongState
from app.infra.db import Exact, UtcDateTime, db, lock, reading, transaction
from app.wallet.models import Wallet
from tests.own_database import at_once

SHELF = Table("shelf", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime), Column("n", Exact))
IST = timezone(timedelta(hours=5, minutes=30))


@pytest.fixture
def shelf(session: Any) -> Any:
    """A table with a moment and a number, gone with the test."""
    SHELF.create(session.connection())
    return session


def kept(session: Any, **values: Any) -> Any:
    """The row as the database gives it back."""
    (identity,) = session.execute(insert(SHELF).values(**values)).inserted_primary_key
    return session.execute(select(SHELF).where(SHELF.c.id == identity)).one()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 8, 28, 0, 0, tzinfo=IST),
        datetime(2026, 3, 29, 1, 30, 15, 123456, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=timezone(-timedelta(hours=11))),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(shelf: Any, moment: datetime) -> None:
    """To the microsecond, whatever the zone it was given in and wherever the database stands."""
    at = kept(shelf, at=moment).at
    assert (at, at.utcoffset()) == (moment, timedelta(0))
    assert kept(shelf, at=None).at is None
    assert shelf.scalar(select(SHELF.c.id).where(SHELF.c.at <= moment)) is not None
    assert shelf.scalar(select(SHELF.c.id).where(SHELF.c.at < moment)) is None


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(number=st.decimals(min_value=0, max_value=Decimal("999999999999.999"), places=3))
def test_a_number_comes_back_to_the_last_digit(shelf: Any, number: Decimal) -> None:
    """Through no float on the way: twelve digits before the point, three behind."""
    back = kept(shelf, n=number).n
    assert isinstance(back, Decimal)
    assert back == number
    assert f"{back:.3f}" == f"{number:.3f}"


def test_numbers_that_floats_cannot_hold(shelf: Any) -> None:
    """A tenth ten times is one."""
    tenths = [kept(shelf, n=Decimal("0.1")).n for _ in range(10)]
    assert sum(tenths) == 1
    assert kept(shelf, n=Decimal("123456789012.345")).n == Decimal("123456789012.345")
    assert kept(shelf, n=None).n is None


# --- transactions and locks ------------------------------------------------------------------------------------------


def test_a_block_that_fails_leaves_nothing(session: Any) -> None:
    """Whatever it raised, and the session is good again."""

    def fail(error: BaseException) -> None:
        with transaction(session):
            session.add(NumberSeries(name="half done", last=1))
            session.flush()
            raise error

    for error in (ValueError(), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            fail(error)
        assert session.get(NumberSeries, "half done") is None


def test_a_stale_row_is_refused_with_a_sentence(session: Any) -> None:
    """Somebody else was quicker; nothing of the late change is written."""
    purse = session.scalars(select(Wallet).order_by(Wallet.id)).first()

    def late() -> None:
        with transaction(session):
            session.execute(text("UPDATE wallet SET version = version + 1"))  # by somebody who does not know of us
            purse.status = "FROZEN"

    assert purse.status == "ACTIVE"
    with pytest.raises(WrongState, match="Somebody else changed this in the meantime"):
        late()
    assert session.scalars(select(Wallet.status).distinct()).all() == ["ACTIVE"]


def test_a_lock_reads_the_row_again(session: Any) -> None:
    """What is decided afterwards is decided on what is true now."""
    purse = session.scalars(select(Wallet).order_by(Wallet.id)).first()
    assert purse.status == "ACTIVE"
    session.execute(text("UPDATE wallet SET status = 'FROZEN', version = version + 1"))
    assert purse.status == "ACTIVE"
    lock(session, purse)
    assert purse.status == "FROZEN"


def test_a_lock_keeps_what_was_changed_before(session: Any) -> None:
    """Reading again forgets nothing that was not written yet."""
    purse = session.scalars(select(Wallet).order_by(Wallet.id)).first()
    purse.status = "FROZEN"
    lock(session, purse)
    assert purse.status == "FROZEN"


def test_a_row_that_is_gone_is_told_in_a_sentence(session: Any) -> None:
    """A colleague has deleted the draft meanwhile."""
    row = Wallet(exporter_id=_firm_without_wallet(session))
    session.add(row)
    session.flush()
    session.execute(text("DELETE FROM wallet WHERE id = :id"), {"id": row.id})
    with pytest.raises(WrongState, match="removed this in the meantime"):
        lock(session, row)
    session.expunge(row)


def _firm_without_wallet(session: Any) -> int:
    from app.exporters.models import Exporter

    firm = Exporter(iec="AAACX9999X", pan="AAACX9999X", firm_name="X", address1="1", city="Surat", state_code="24", pin="394230")
    session.add(firm)
    session.flush()
    return int(firm.id)


def test_what_is_read_to_be_changed_is_changed_by_one_at_a_time(app: Flask, own: Engine) -> None:
    """Sixteen at once take a number from a series nobody has begun: 1 to 16."""
    told = at_once(app, *[lambda: take(db.session, "a new series")] * 16)
    assert sorted(told) == list(range(1, 17))


@contextmanager
def as_reader(flag: bool) -> Iterator[None]:
    """What the database may take this for: a page that is only looked at."""
    token = reading.set(flag)
    try:
        yield
    finally:
        reading.reset(token)


def test_reading_waits_for_no_writer(app: Flask, own: Engine) -> None:
    """A page is shown while somebody else's change is not finished, as it was before."""
    with own.connect() as writer:
        writer.execute(text("UPDATE wallet SET status = 'FROZEN'"))
        with as_reader(True), own.connect() as reader:
            assert reader.execute(text("SELECT DISTINCT status FROM wallet")).scalars().all() == ["ACTIVE"]
        writer.rollback()


def test_references_are_kept_on_every_connection(app: Flask, own: Engine) -> None:
    """SQLite only looks at them when told to."""
    wrong = "UPDATE wallet SET exporter_id = 987654"
    for _ in range(3):
        with own.connect() as connection, pytest.raises(IntegrityError):
            connection.execute(text(wrong))


def test_sqlite_is_set_up_not_to_lose_anything(app: Flask, own: Engine) -> None:
    """A write-ahead log, flushed to the disk at every commit, and patience with others."""
    if own.dialect.name != "sqlite":
        return
    with as_reader(True), own.connect() as connection:
        told = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in
                ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "recursive_triggers")}  # fmt: skip
    assert told == {
        "journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000, "foreign_keys": 1, "recursive_triggers": 1,
    }  # fmt: skip


def test_a_killed_writer_leaves_nothing_half_done(app: Flask, own: Engine) -> None:
    """kill -9 between two statements of one transaction."""
    own.dispose()
    if (child := os.fork()) == 0:
        with own.connect() as connection:
            connection.execute(text("UPDATE wallet SET status = 'FROZEN'"))
            os.kill(os.getpid(), 9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    with own.begin() as connection:  # the lock of the dead is free as well
        assert connection.execute(text("UPDATE wallet SET status = status")).rowcount > 0
        assert connection.execute(text("SELECT DISTINCT status FROM wallet")).scalars().all() == ["ACTIVE"]
