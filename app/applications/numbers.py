"""Numbers without gaps: one row for each series, raised by one inside the transaction that uses the number."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.applications.models import NumberSeries


def take(session: Session, name: str) -> int:
    """The next number of a series, from 1; the row stays locked until the commit, so a roll-back leaves no gap."""
    raise_it = update(NumberSeries).where(NumberSeries.name == name).values(last=NumberSeries.last + 1)
    options = {"synchronize_session": False}
    if session.execute(raise_it, execution_options=options).rowcount == 0:  # type: ignore[attr-defined]  # CursorResult
        _start(session, name)
        session.execute(raise_it, execution_options=options)
    return session.execute(select(NumberSeries.last).where(NumberSeries.name == name)).scalar_one()


def hold(session: Session, name: str) -> None:
    """Take hold of a series before anything else is changed: whoever records an event first and then takes a number from it
    could wait for somebody who took the number first and waits to record.
    """
    held = select(NumberSeries.last).where(NumberSeries.name == name).with_for_update()
    if session.scalar(held) is None:
        _start(session, name)
        session.execute(held)


def certificates_of(agency_id: int, office_id: int, year: int) -> str:
    """The series of an office's certificates in a calendar year (India's)."""
    return f"certificate:{agency_id}:{office_id}:{year}"


def _start(session: Session, name: str) -> None:
    """The first number of a series: two at once both try to insert the row, and the second waits for the first."""
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_pg

        session.execute(insert_pg(NumberSeries).values(name=name, last=0).on_conflict_do_nothing())
    else:
        from sqlalchemy.dialects.sqlite import insert as insert_lite

        session.execute(insert_lite(NumberSeries).values(name=name, last=0).on_conflict_do_nothing())


def next_number(session: Session, year: int) -> str:
    """An application number NPA-YYYY-NNNNNNNN of this calendar year (India's)."""
    return f"NPA-{year}-{take(session, f'application:{year}'):08d}"
