"""The people the tests know by name, each with one fixed role."""

from functools import cache
from typing import Any

from flask import Flask

from app.core.actor import Actor, Role

PASSWORD = "udgam-demo-2026"
SUPERVISOR = "supervisor@dgft.example"
ADMIN, OFFICER, OFFICER2 = "admin@fiec.example", "officer@fiec.example", "officer2@fiec.example"
EXPORTER, CLERK = "exporter@balaji.example", "clerk@balaji.example"
OTHER_ADMIN, OTHER_OFFICER, OTHER_EXPORTER = "admin@swcc.example", "officer@swcc.example", "exporter@nilgiri.example"
BROKER = "broker@seaways.example"  # may submit for Balaji, and draft for Nilgiri
BALAJI, NILGIRI = "AABCS4821K", "AAGCN7316P"  # the IECs of the two firms
EVERYBODY = (SUPERVISOR, ADMIN, OFFICER, OFFICER2, EXPORTER, CLERK, OTHER_ADMIN, OTHER_OFFICER, OTHER_EXPORTER)

# One person for each role that logs in; APPLICANT is the clerk, and there is no viewer in the cast.
BY_ROLE = {
    Role.SUPERVISOR: SUPERVISOR,
    Role.ADMINISTRATOR: ADMIN,
    Role.OFFICER: OFFICER,
    Role.PRIMARY: EXPORTER,
    Role.APPLICANT: CLERK,
    Role.BROKER: BROKER,
}


def actor_for(session: Any, email: str) -> Actor:
    """The actor behind an account, as a request would find it."""
    from flask_appbuilder.security.sqla.models import User

    from app.infra import current

    user = session.query(User).filter_by(username=email).one()
    found = next(filter(None, (resolve(session, user.id) for resolve in current.RESOLVERS)), None)
    assert found is not None, f"{email} has no role"
    return found


@cache
def token_for(app: Flask, email: str) -> str:
    """A bearer token, by the API's own log-in; kept for the run, because a password check is slow on purpose."""
    answer = app.test_client().post(
        "/api/v1/security/login", json={"username": email, "password": PASSWORD, "provider": "db", "refresh": True}
    )
    assert answer.status_code == 200, answer.json
    return str(answer.json["access_token"])
