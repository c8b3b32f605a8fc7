"""The operator's three addresses: alive without a database, ready only with every part, and figures for Prometheus."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families as families

from app import create_app
from app.infra import health


def figures(client: FlaskClient) -> dict[tuple[str, str], float]:
    """(name, status or state) -> value, as Prometheus would read them."""
    text = client.get("/metrics").text
    samples = [sample for family in families(text) for sample in family.samples]
    return {
        (s.name, s.labels.get("status") or s.labels.get("state") or ""): s.value for s in samples if "endpoint" not in s.labels
    }


@pytest.fixture
def nowhere() -> FlaskClient:
    """The program when neither its database nor its queue answers."""
    settings: dict[str, Any] = {
        "SQLALCHEMY_DATABASE_URI": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    return create_app(**settings).test_client()


def test_alive_needs_nothing(nowhere: FlaskClient) -> None:
    """The process answers, whatever else is away."""
    assert nowhere.get("/healthz").status_code == 200


def test_not_ready_names_each_part_that_is_away(nowhere: FlaskClient) -> None:
    """503, and what is wrong by part, without addresses, names or passwords."""
    answer = nowhere.get("/readyz")
    assert answer.status_code == 503
    assert {name for name, part in answer.json["parts"].items() if not part["ok"]} >= {"database", "queue", "workers"}
    assert "nobody" not in answer.text
    assert "127.0.0.1" not in answer.text


def test_ready_asks_every_part(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all four parts it is ready, and without any one of them it is not; a key may be not needed."""
    parts = client.get("/readyz").json["parts"]
    assert set(parts) == {"database", "queue", "workers", "key"}
    assert parts["database"]["ok"]
    assert parts["key"]["ok"]
    monkeypatch.setitem(health.PARTS, "queue", lambda: "answers")
    monkeypatch.setitem(health.PARTS, "workers", lambda: "2 at work")
    assert client.get("/readyz").status_code == 200
    monkeypatch.setitem(app.config, "KEYS", app.config["UDGAM_HOME"] / "no-keys")
    assert client.get("/readyz").status_code == 503
    monkeypatch.setitem(app.config, "SOFT_SIGNER", False)
    assert client.get("/readyz").json["parts"]["key"]["detail"].startswith("not needed")


def test_the_figures_are_everybodys(client: FlaskClient, issued: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody in particular asks, and still every application, certificate and job is counted."""
    monkeypatch.setattr(health, "KEPT_SECONDS", -1.0)
    before = figures(client)
    issued()
    after = figures(client)
    for key in (("udgam_certificates", "VALID"), ("udgam_applications", "ISSUED"), ("udgam_certificates_issued_total", "")):
        assert after[key] == before.get(key, 0) + 1
    assert after["udgam_jobs", "DONE"] > before.get(("udgam_jobs", "DONE"), 0)  # the issue, and the mails about it
    assert after["udgam_database_up", ""] == 1


def test_without_the_database_the_figures_say_so(nowhere: FlaskClient) -> None:
    """The address still answers, so that the alarm is the database's and not ours."""
    assert figures(nowhere) == {("udgam_database_up", ""): 0.0}


def test_requests_are_counted_by_our_own_names(client: FlaskClient) -> None:
    """A stranger's addresses and methods do not become names of figures."""
    client.get("/there/is/nothing/here")
    client.open("/healthz", method="BREW")
    text = client.get("/metrics").text
    assert 'endpoint="none",method="GET",status="404"' in text
    assert "BREW" not in text
    assert "there/is" not in text
