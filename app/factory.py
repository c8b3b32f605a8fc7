"""Put the program together: settings, database, log-in, screens, and what every request has in common."""

import importlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, abort, g, request
from flask_appbuilder import AppBuilder
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from sqlalchemy.pool import NullPool
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from app import menu
from app.access import gate, told
from app.access.security import UdgamSecurity
from app.audit import service as audit
from app.brokers import acting
from app.infra import codelists, health, pages, problems, tenancy
from app.infra.db import db, reading
from app.notices import service as notices
from app.notices import webhooks
from app.portal.views import unread

WRITING_PAGES = {"SignInView.logout", "DgftLoginView.back"}  # opened by GET, and yet they change rows
MIGRATIONS = Path(__file__).parent / "infra" / "migrations"


def build(**over: Any) -> Flask:
    """Create the application; `over` replaces single settings (tests do)."""
    load_scopes()
    app = Flask("app", template_folder="templates", static_folder="static")
    app.config.update(config.settings())
    app.config.update(FAB)
    app.config.update(over)
    _prepare_database(app)
    if app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=app.config["PROXIES"], x_proto=app.config["PROXIES"])  # type: ignore[method-assign]  # the documented way
    CSRFProtect(app)
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS), compare_type=True)
    health.init_app(app)
    with app.app_context():
        appbuilder = AppBuilder(
            app, db.session, security_manager_class=UdgamSecurity, base_template="udgam/base.html",
            indexview=menu.HOME, static_folder="static/appbuilder", static_url_path="/appbuilder",
        )  # fmt: skip
        menu.register(appbuilder)
    app.before_request(_refuse_nul)
    app.before_request(_read_or_write)
    app.before_request(_newest_codes)
    app.teardown_request(_end_reading)
    told.connect(record=audit.record, mail=notices.mail)  # they stand above the log-in, which may not know them
    audit.FOLLOWERS[:], webhooks.RECORD[:] = [webhooks.follow], [audit.record]  # neighbours, who may not know each other
    gate.init_app(app)
    pages.init_app(app)
    app.jinja_env.globals["unread"] = unread  # every page has the bell, and infra knows no notices
    problems.init_app(app)
    acting.init_app(app)
    _load_commands(app)
    return app


FAB = {
    "APP_NAME": "Udgam",
    "APP_THEME": "",
    "FAB_CREATE_DB": False,  # Alembic makes the tables
    "FAB_UPDATE_PERMS": False,  # rights are in access/roles.py, not in rows
    "FAB_ADD_SECURITY_VIEWS": True,
    "FAB_ADD_SECURITY_PERMISSION_VIEW": False,
    "FAB_ADD_SECURITY_VIEW_MENU_VIEW": False,
    "FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW": False,
    "FAB_ADD_OPENAPI_VIEWS": True,
    "FAB_API_SWAGGER_UI": True,
    "FAB_API_MAX_PAGE_SIZE": 100,
    "FAB_API_SHOW_STACKTRACE": False,
    "FAB_ALLOW_GET_UNSAFE_MUTATIONS": False,
    "AUTH_USER_REGISTRATION": False,
    "JWT_ACCESS_TOKEN_EXPIRES": timedelta(hours=1),  # a role that is lost is lost at once: rights are asked at each request
    "RATELIMIT_ENABLED": False,  # the log-in's lock is in the database, shared by all processes
    "WTF_CSRF_TIME_LIMIT": None,  # a form may stay open over lunch; the token dies with the session
    "SQLALCHEMY_TRACK_MODIFICATIONS": False,
}


def load_scopes() -> None:
    """Read every capability's scope.py, and refuse to start when a table with tenants in it has no rule."""
    _load("scope")
    tenancy.must_be_complete()


def load_jobs() -> None:
    """Read every capability's jobs.py; only a worker does, because it brings in the page and signature libraries."""
    _load("jobs")


def _load(kind: str) -> None:
    """Import the file of this kind from every capability that has one."""
    for folder in sorted(Path(__file__).parent.iterdir()):
        if (folder / f"{kind}.py").exists():
            importlib.import_module(f"app.{folder.name}.{kind}")


def _prepare_database(app: Flask) -> None:
    """SQLite: a connection per use and the folder in place. PostgreSQL: a small pool that checks its connections."""
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        Path(app.config["UDGAM_HOME"]).mkdir(parents=True, exist_ok=True)
        app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {"poolclass": NullPool})
    else:
        app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 5})


def _refuse_nul() -> None:
    """PostgreSQL has no character U+0000; in an address it is never meant."""
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        abort(400)


def _read_or_write() -> None:
    """A page that is only read needs no write lock on SQLite."""
    is_read = request.method in {"GET", "HEAD", "OPTIONS"} and request.endpoint not in WRITING_PAGES
    g.reading = reading.set(is_read)


def _newest_codes() -> None:
    """Code lists that an operator has brought in meanwhile; whether the program is well is asked without a database."""
    if not (request.endpoint or "static").startswith(("static", "health.")):
        codelists.keep_up(db.session())


def _end_reading(_error: BaseException | None) -> None:
    if token := g.pop("reading", None):
        reading.reset(token)


def _load_commands(app: Flask) -> None:
    from app import cli

    app.cli.add_command(cli.udgam)
    logging.getLogger("flask_appbuilder").setLevel(logging.ERROR)
