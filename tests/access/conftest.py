"""What the tests of the log-in share: an officer's account, what was mailed to it, and a log-in typed by hand."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.infra.db import transaction
from app.notices.models import Mail
from tests.people import OFFICER, actor_for


@pytest.fixture
def officer(session: Any) -> Any:
    """The account of the officer."""
    from flask_appbuilder.security.sqla.models import User

    return session.query(User).filter_by(username=OFFICER).one()


@pytest.fixture
def mailed(session: Any) -> Callable[..., list[Mail]]:
    """The mails written to somebody, oldest first."""

    def read(email: str = OFFICER) -> list[Mail]:
        session.rollback()
        return list(session.query(Mail).filter_by(recipient=email).order_by(Mail.id))

    return read


@pytest.fixture
def events(session: Any) -> Callable[[], list[tuple[str, str]]]:
    """What the trail says of log-ins: event and who did it."""
    from app.audit.models import AuditEvent

    def read() -> list[tuple[str, str]]:
        session.rollback()
        rows = session.query(AuditEvent).filter_by(object_kind="sign_in").order_by(AuditEvent.id)
        return [(row.event, row.actor_name) for row in rows]

    return read


@pytest.fixture
def factor_on(session: Any, officer: Any) -> tuple[Callable[[int], str], list[str]]:
    """The officer has a second factor: the code of a step (0 now, 1 the next), and the recovery codes."""
    import pyotp

    from app.access import factor
    from app.core import clock

    with transaction(session):
        factor.begin(session, officer)
        secret = factor.secret_of(factor.row_of(session, officer.id))
    with transaction(session):
        step = int(clock.now().timestamp()) // 30
        codes = factor.confirm(session, officer, actor_for(session, OFFICER), pyotp.TOTP(secret).generate_otp(step - 1))
    return lambda ahead: pyotp.TOTP(secret).generate_otp(int(clock.now().timestamp()) // 30 + ahead), codes


def typed(browser: FlaskClient, email: str, password: str, **more: Any) -> Any:
    """The log-in page, filled in and sent."""
    return browser.post("/login/", data={"username": email, "password": password}, **more)


def link_in(mail: Mail) -> str:
    """The address of the page in a mail."""
    found = re.search(r"https?://[^/\s]+(/password/\S+)", mail.body)
    assert found, mail.body
    return found[1]


def token(browser: FlaskClient, email: str, password: str, **more: Any) -> Any:
    """The log-in of the API."""
    return browser.post("/api/v1/security/login", json={"username": email, "password": password, "provider": "db"} | more)
