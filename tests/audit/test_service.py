"""What happened is written once, in one chain, and whoever changes a link is found out."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from app.audit import service
from app.audit.models import AuditEvent
from app.core.actor import SYSTEM_ACTOR
from app.infra.db import db
from app.wallet.models import Wallet
from tests.own_database import at_once
from tests.people import EXPORTER, actor_for
from tests.tampering import tamper


@pytest.fixture
def trail(session: Any) -> list[AuditEvent]:
    """Five events about a firm's wallet, by two actors."""
    purse = session.scalars(select(Wallet).order_by(Wallet.id)).first()
    actors = (SYSTEM_ACTOR, actor_for(session, EXPORTER))
    rows = [
        service.record(session, actors[number % 2], f"event {number}", purse, reason="Größe ₹", number=number)
        for number in range(5)
    ]
    assert list(service.prove(session)) == []
    return rows


def test_an_event_says_who_what_and_to_which_firm(trail: list[AuditEvent], session: Any) -> None:
    """Name and role as they were then, and whose row it was about."""
    row = trail[1]
    assert (row.actor_name, row.role, row.event) == ("Meera Patel", "PRIMARY", "event 1")
    purse = session.get(Wallet, row.object_id)
    assert (row.object_kind, row.exporter_id, row.detail) == ("wallet", purse.exporter_id, {"number": 1})
    assert [event.id for event in service.history(session, purse)] == [event.id for event in trail]


def test_each_event_follows_the_one_before(trail: list[AuditEvent]) -> None:
    """The hash of one is in the next."""
    assert [row.previous_hash for row in trail[1:]] == [row.hash for row in trail[:-1]]
    assert trail[0].previous_hash == service.GENESIS


COLUMNS = {
    "at": "'2026-01-01 00:00:00'",
    "user_id": "999",
    "actor_name": "'Somebody Else'",
    "role": "'SUPERVISOR'",
    "ip": "'10.0.0.1'",
    "event": "'nothing happened'",
    "object_kind": "'agency'",
    "object_id": "999",
    "reason": "'because'",
    "detail": "'{\"number\": 7}'",
    "exporter_id": "NULL",
    "desk_agency_id": "(SELECT min(id) FROM agency)",
    "desk_office_id": "(SELECT min(id) FROM office)",
    "previous_hash": "'0'",
    "hash": "'0'",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_event_is_found(trail: list[AuditEvent], session: Any, column: str) -> None:
    """Whichever of its facts was changed; the event is named."""
    changed = trail[2].id
    tamper(session, f"UPDATE audit_event SET {column} = {COLUMNS[column]} WHERE id = :id", id=changed)  # noqa: S608  the names are written in this file
    told = list(service.prove(session))
    assert any(f"audit event {changed}" in sentence for sentence in told), told


def test_no_column_is_left_out_of_the_hash() -> None:
    """A column added later must be added to the hash as well, and to this list."""
    assert set(COLUMNS) == {column.name for column in AuditEvent.__table__.columns} - {"id"}


@pytest.mark.parametrize("which", [0, 2, 4])
def test_a_removed_event_is_found(trail: list[AuditEvent], session: Any, which: int) -> None:
    """The first, one in the middle, and the last, which only the head knows of."""
    tamper(session, "DELETE FROM audit_event WHERE id = :id", id=trail[which].id)
    assert list(service.prove(session))


def test_an_emptied_trail_is_found(trail: list[AuditEvent], session: Any) -> None:
    """Nothing left is not nothing happened."""
    tamper(session, "DELETE FROM audit_event")
    assert any("its head says 5" in sentence for sentence in service.prove(session))


def test_a_removed_head_is_found(trail: list[AuditEvent], session: Any) -> None:
    """Without a head the last events could be taken away unseen."""
    tamper(session, "DELETE FROM audit_head")
    assert any("head" in sentence for sentence in service.prove(session))


def test_an_event_put_in_is_found(trail: list[AuditEvent], session: Any) -> None:
    """A copy of an older event, under a hash of its own."""
    columns = ", ".join(name for name in COLUMNS if name != "hash")
    tamper(session, f"INSERT INTO audit_event ({columns}, hash) SELECT {columns}, 'f' FROM audit_event WHERE id = :id",  # noqa: S608  the names are written in this file
           id=trail[1].id)  # fmt: skip
    assert len(list(service.prove(session))) >= 2


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET reason = ''", "DELETE FROM audit_event"])
def test_the_database_itself_refuses_to_change_the_trail(trail: list[AuditEvent], session: Any, statement: str) -> None:
    """Whatever program tries it."""
    with pytest.raises(DBAPIError, match="rows of audit_event are only ever added"), session.begin_nested():
        session.execute(text(statement))


def test_the_trail_cannot_be_emptied_or_written_over(trail: list[AuditEvent], session: Any) -> None:
    """The ways round a row's guard: PostgreSQL empties whole tables, SQLite replaces rows."""
    way = "REPLACE INTO audit_event SELECT * FROM audit_event"
    if session.get_bind().dialect.name == "postgresql":
        way = "TRUNCATE audit_event"
    with pytest.raises(DBAPIError, match="only ever added"), session.begin_nested():
        session.execute(text(way))


def test_many_at_once_make_one_chain(app: Flask, own: Engine) -> None:
    """Sixteen events in sixteen transactions, none lost and no two after the same one."""

    def happen() -> int:
        purse = db.session.scalars(select(Wallet).order_by(Wallet.id)).first()
        return service.record(db.session, SYSTEM_ACTOR, "something happened", purse).id

    told = at_once(app, *[happen] * 16)
    assert all(isinstance(answer, int) for answer in told), told
    assert len(set(told)) == 16
    with app.app_context():
        assert list(service.prove(db.session)) == []
        db.session.rollback()


def test_the_first_events_of_all_make_one_chain(app: Flask, own: Engine) -> None:
    """Also when there is no head yet to wait for."""
    with own.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_event")).scalar_one() == 0
        connection.execute(text("DELETE FROM audit_head"))
    test_many_at_once_make_one_chain(app, own)
