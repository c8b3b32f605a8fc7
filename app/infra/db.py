"""The database: one handle, the columns every row has, exact numbers and UTC times, and how rows are locked."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from flask_appbuilder import Model
from flask_appbuilder.models.sqla.base import SQLA
from sqlalchemy import DateTime, Dialect, Engine, ForeignKey, Integer, Numeric, String, TypeDecorator, event, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

from app.core import clock
from app.core.errors import WrongState
from app.infra import current

db = SQLA(model_class=Model)

Row = TypeVar("Row", bound="Record")

_HELD = "held"
reading: ContextVar[bool] = ContextVar("reading", default=False)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Exact(TypeDecorator[Decimal]):
    """A weight, quantity or value to the last digit: NUMERIC in PostgreSQL, text in SQLite, which only knows floats."""

    impl = Numeric(15, 3)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(20) if dialect.name == "sqlite" else Numeric(15, 3))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Record(Model):
    """What every business row has: who made it and when, and a version that refuses a stale write."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, onupdate=clock.now)
    version: Mapped[int] = mapped_column(Integer, default=1)

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("ab_user.id"), default=current.user_id)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def lock(session: Session, row: Row) -> Row:
    """Read the row again and hold it until the transaction ends (a row lock on PostgreSQL; SQLite has one writer).

    Whose row it is was asked before; an officer's rejection moves a wallet the officer may not look into.
    """
    session.flush()
    if (type(row), row.id) in session.info.get(_HELD, ()):
        return row
    again = select(type(row)).where(type(row).id == row.id).with_for_update()
    found = session.scalars(again, execution_options={"populate_existing": True, "unscoped": True})
    if found.one_or_none() is None:  # fetched, because only what is fetched is read again
        raise WrongState("Somebody else has removed this in the meantime. Go back to the list and look again.")
    return row


@contextmanager
def holding(session: Session, rows: Iterable["Record"]) -> Iterator[None]:
    """Rows this transaction has locked and read already: while this lasts, no verb locks and reads them once more.

    Whoever says so has just locked them, in the order of their ids, and ends the transaction soon after.
    """
    session.info[_HELD] = frozenset((type(row), row.id) for row in rows)
    try:
        yield
    finally:
        del session.info[_HELD]


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """Commit at the end, or roll everything back; whoever starts the work uses this, a verb never does."""
    try:
        yield
        session.commit()
    except StaleDataError as error:
        session.rollback()
        raise WrongState("Somebody else changed this in the meantime. Reload the page and look again.") from error
    except BaseException:
        session.rollback()
        raise


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """SQLite as a grown-up: write-ahead log, foreign keys, patience, and transactions begun by us (see _begin).

    With recursive triggers, rows that are only ever added cannot be replaced either.
    """
    if not type(connection).__module__.startswith("sqlite3"):
        return
    connection.isolation_level = None
    cursor = connection.cursor()
    patience = "busy_timeout=30000"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", patience, "foreign_keys=ON", "recursive_triggers=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    """A writer takes SQLite's one write lock at once; otherwise read-then-write loses money (measured)."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if reading.get() else "BEGIN IMMEDIATE")
