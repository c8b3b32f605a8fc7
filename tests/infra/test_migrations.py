"""The tables can be made from nothing, agree with the models, and can be taken down and made again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, create_engine, inspect, text

from app.factory import MIGRATIONS
from app.infra.db import db
from tests.own_database import made

GUARDED = ("audit_event", "ledger_entry", "ledger_movement")


@pytest.fixture
def empty(app: Flask, tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it, of the kind the tests use, in the application's place."""
    with app.app_context():
        usual = db.engines[None]
    if usual.dialect.name == "sqlite":
        yield from _in_place(app, usual, usual.url.set(database=str(tmp_path / "empty.db")))
        return
    with made(usual.url, f"empty_{tmp_path.name}") as url:
        yield from _in_place(app, usual, url)


def _in_place(app: Flask, usual: Engine, url: Any) -> Iterator[Engine]:
    engine = create_engine(url, **app.config["SQLALCHEMY_ENGINE_OPTIONS"])
    with app.app_context():
        db.engines[None] = engine
        yield engine
        db.session.remove()
        db.engines[None] = usual
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    """Every table there is, apart from Alembic's own."""
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def guards(engine: Engine) -> set[str]:
    """The triggers on the tables to which rows are only ever added."""
    if engine.dialect.name == "postgresql":
        query = "SELECT DISTINCT tgname FROM pg_trigger WHERE NOT tgisinternal"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with engine.connect() as connection:
        return set(connection.execute(text(query)).scalars())


def differences(engine: Engine) -> list[Any]:
    """What `flask db check` would say: the operations that are missing from the migrations."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, db.metadata))


def test_from_nothing_to_the_models(empty: Engine) -> None:
    """After all migrations nothing is left to be generated."""
    assert tables(empty) == set()
    upgrade()
    assert differences(empty) == []
    assert {"application", "certificate", "job", "wallet", *GUARDED} <= tables(empty)


def test_every_guard_is_up(empty: Engine) -> None:
    """Against change and removal, and on PostgreSQL against emptying."""
    upgrade()
    verbs = ["update", "delete"] + (["truncate"] if empty.dialect.name == "postgresql" else [])
    assert {f"{table}_no_{verb}" for table in GUARDED for verb in verbs} <= guards(empty)


def test_down_leaves_nothing_and_up_again_works(empty: Engine) -> None:
    """No table, no trigger, no function stays behind."""
    upgrade()
    before = (tables(empty), guards(empty))
    downgrade(revision="base")
    assert (tables(empty), guards(empty)) == (set(), set())
    if empty.dialect.name == "postgresql":
        with empty.connect() as connection:
            left = "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'"
            assert connection.execute(text(left)).scalars().all() == []
    upgrade()
    assert (tables(empty), guards(empty)) == before
    assert differences(empty) == []


def test_each_step_can_be_taken_back(empty: Engine) -> None:
    """One line of revisions, each of them up, down and up."""
    steps = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
    for revision in steps:
        upgrade(revision=revision)
        after = tables(empty)
        downgrade(revision="-1")
        upgrade(revision=revision)
        assert tables(empty) == after
    assert differences(empty) == []
