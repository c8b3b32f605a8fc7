"""What every test stands on: one application for the whole run, a database rolled back after each test, and people."""

import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.security import generate_password_hash

from tests import factories
from tests.browserlike import StrictClient
from tests.own_database import own_database
from tests.people import PASSWORD, token_for
from tests.running import environment, started

CHEAP = partial(generate_password_hash, method="scrypt:1024:8:1")  # the cast logs in some thousand times
HOME = Path(tempfile.mkdtemp(prefix="udgam-tests-"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """When a test with a browser fails, its report shows what stood on the open pages."""
    report = yield
    browser = (getattr(item, "funcargs", None) or {}).get("browser")
    if report.failed and browser is not None:
        for page in [page for context in browser.contexts for page in context.pages]:
            with suppress(Exception):  # a page that is closing tells nothing, and hides no failure either
                report.sections.append((f"page {page.url}", page.locator("body").inner_text(timeout=2_000)[:3_000]))
    return report


@pytest.fixture(autouse=True)
def _pages_closed(request: pytest.FixtureRequest) -> Iterator[None]:
    """A page that a test leaves open goes on keeping what was typed, and asking for news, under the tests that follow."""
    yield
    for context in getattr(request.node.funcargs.get("browser"), "contexts", ()):
        context.close()


@pytest.fixture(scope="session")
def app() -> Iterator[Flask]:
    """The program over a fresh database: PostgreSQL where TEST_DATABASE_URL points to one, else SQLite."""
    for name in ("DATABASE_URL", "REDIS_URL", "UDGAM_ENV", "SECRET_KEY"):
        os.environ.pop(name, None)
    os.environ["UDGAM_HOME"] = str(HOME)
    if url := os.environ.get("TEST_DATABASE_URL"):
        os.environ["DATABASE_URL"] = url
    if url := os.environ.get("TEST_REDIS_URL"):
        os.environ["REDIS_URL"] = url
    from flask_migrate import downgrade, upgrade

    from app import create_app
    from app.access import accounts
    from app.demo.people import come_aboard
    from app.factory import load_jobs
    from app.infra.db import db, transaction
    from app.signing.sandbox_tsa import open_desk

    application = create_app(TESTING=True, WTF_CSRF_ENABLED=False, LOGIN_FAILURES_ADDRESS=10_000)
    load_jobs()
    application.test_client_class = StrictClient
    with application.app_context():
        downgrade(revision="base")
        upgrade()
        with transaction(db.session), patch.object(accounts, "generate_password_hash", CHEAP):
            come_aboard(db.session)
        db.session.remove()
    with open_desk(HOME / "keys") as application.config["TSA_URL"]:
        yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def rolled_back(app: Flask) -> Iterator[None]:
    """Everything a test does, commits included, happens inside one transaction that is rolled back."""
    from app.infra.db import db

    with app.app_context():
        engine = db.engine
        factory = db.session.session_factory
    connection = engine.connect()
    outer = connection.begin()
    with app.app_context():
        db.engines[None] = connection  # type: ignore[assignment]  # a connection serves as a bind
    factory.configure(join_transaction_mode="create_savepoint")
    try:
        yield
    finally:
        with app.app_context():
            db.session.remove()
            db.engines[None] = engine
        factory.configure(join_transaction_mode="conditional_savepoint")
        outer.rollback()
        connection.close()


@pytest.fixture
def own(app: Flask, tmp_path: Path) -> Iterator[Engine]:
    """A database of its own, where commits are real: for threads and processes, not with the fixtures below."""
    with own_database(app, tmp_path) as engine:
        yield engine


@pytest.fixture
def session(app: Flask, rolled_back: None) -> Iterator[Any]:
    """The database session, outside any request: the system itself."""
    from app.infra.db import db

    with app.app_context():
        yield db.session
        db.session.rollback()


@pytest.fixture
def client(app: Flask, rolled_back: None) -> FlaskClient:
    """A browser that nobody has logged in with; every page it sees is parsed strictly."""
    return app.test_client()


@pytest.fixture
def login(app: Flask, rolled_back: None) -> Callable[..., FlaskClient]:
    """A browser logged in as one of the cast: login("officer@fiec.example")."""

    def enter(email: str, password: str = PASSWORD) -> FlaskClient:
        browser = app.test_client()
        answer = browser.post("/login/", data={"username": email, "password": password})
        assert answer.status_code == 302, f"{email} could not log in"
        return browser

    return enter


@pytest.fixture
def api(app: Flask, rolled_back: None) -> Callable[[str], "factories.Api"]:
    """The REST API as one of the cast: api("exporter@balaji.example").post("/applications/", {...})."""
    return lambda email: factories.Api(app.test_client(), token_for(app, email))


@pytest.fixture
def run_jobs(app: Flask, rolled_back: None) -> Callable[[], int]:
    """Do all work that is promised, as the worker would, in this process; returns how many jobs were done."""
    return lambda: factories.run_jobs(app)


@pytest.fixture
def filed(app: Flask, rolled_back: None) -> Callable[..., int]:
    """An application brought to a state through the verbs: filed("UNDER_REVIEW") -> its id."""
    return lambda state="DRAFT", **changes: factories.filed(app, state, **changes)


@pytest.fixture
def issued(session: Any, app: Flask) -> Callable[..., Any]:
    """A certificate really issued through the pipeline: issued(kind="BACK_TO_BACK") -> Certificate."""
    from app.certificates.models import Certificate

    def make(kind: str = "ORIGINAL", **changes: Any) -> Certificate:
        application_id = factories.filed(app, "ISSUED", kind=kind, **changes)
        session.expire_all()
        return session.query(Certificate).filter_by(live_application_id=application_id).one()

    return make


@pytest.fixture
def count_queries(app: Flask, rolled_back: None) -> Iterator[Callable[[], Any]]:
    """How many statements a block sends: `with count_queries() as seen: ...; assert len(seen) < 20`.

    What comes by the clock, and not with the page, does not fall into it: code lists are looked at twice a minute, and a
    session is noted as used once a minute.
    """
    from app.core import clock
    from app.infra import codelists
    from app.infra.db import db

    @contextmanager
    def counting() -> Iterator[list[str]]:
        with app.app_context():
            bind = db.engines[None]
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                seen.append(statement)

        event.listen(bind, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(bind, "before_cursor_execute", note)

    with app.app_context():
        codelists.keep_up(db.session())
    state = app.extensions[codelists._SEEN]
    state["again"] = float("inf")
    with clock.travel(clock.now()):
        yield counting
    state["again"] = 0.0


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real thing: web, worker and queue as `python run.py` starts them, with the demonstration in it."""
    surroundings = environment(tmp_path_factory.mktemp("live") / "home") | {"UDGAM_WORKERS": "2"}
    with started(surroundings):
        yield f"http://127.0.0.1:{surroundings['PORT']}"
