"""A database of its own for a test that needs several connections, threads or processes: a copy of the tests' one."""

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

from flask import Flask
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.pool import NullPool

_copies = itertools.count(1)


@contextmanager
def own_database(app: Flask, folder: Path) -> Iterator[Engine]:
    """While this lasts, `db.session` of any thread works on a copy in which commits are real."""
    from app.infra.db import db

    with app.app_context():
        engine = db.engines[None]
    with copied(engine, folder) as url:
        own = create_engine(url, **app.config["SQLALCHEMY_ENGINE_OPTIONS"])
        with app.app_context():
            db.engines[None] = own
        try:
            yield own
        finally:
            with app.app_context():
                db.session.remove()
                db.engines[None] = engine
            own.dispose()


@contextmanager
def copied(engine: Engine, folder: Path) -> Iterator[URL]:
    """The address of a copy of this engine's database, gone afterwards."""
    name = f"own_{os.getpid()}_{next(_copies)}"
    if engine.dialect.name == "sqlite":
        copy = folder / f"{name}.db"
        with closing(sqlite3.connect(str(engine.url.database))) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        yield engine.url.set(database=str(copy))
        return
    engine.dispose()  # PostgreSQL copies only a database that nobody is connected to
    with made(engine.url, name, template=str(engine.url.database)) as url:
        yield url


@contextmanager
def made(url: URL, name: str, template: str = "template1") -> Iterator[URL]:
    """A new PostgreSQL database beside the one at `url`, dropped afterwards whoever is still in it."""
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    try:
        yield url.set(database=name)
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def at_once(app: Flask, *acts: Callable[[], Any], seconds: float = 60) -> list[Any]:
    """Do all acts at the same moment, each in a thread and a transaction of its own; what each returned or raised."""
    from app.infra.db import db, transaction

    start = Barrier(len(acts))

    def alone(act: Callable[[], Any]) -> Any:
        with app.app_context():
            try:
                start.wait(10)
                with transaction(db.session):
                    return act()
            except Exception as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [task.result(seconds) for task in [pool.submit(alone, act) for act in acts]]
