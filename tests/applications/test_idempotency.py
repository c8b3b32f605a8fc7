"""The same request twice: an Idempotency-Key makes it act once."""

from typing import Any

import pytest
from flask import Flask

from tests import factories, states
from tests.people import CLERK, EXPORTER
from tests.refusals import refused


def test_a_request_sent_twice_acts_once(app: Flask, api: Any, session: Any) -> None:
    """One key, one body: one draft, and the same answer; another body under the key is refused; another key makes another."""
    from app.applications.models import Application

    exporter, body = api(EXPORTER), factories.filing()
    first, again = (exporter.post("/applications/", body, headers={"Idempotency-Key": "k-1"}) for _ in range(2))
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert session.query(Application).count() == 1
    refused(exporter.post("/applications/", factories.filing(lc_no="X"), headers={"Idempotency-Key": "k-1"}), 422)
    refused(exporter.post(f"/applications/{first.json['id']}/submit", {}, headers={"Idempotency-Key": "k-1"}), 422)
    assert exporter.post("/applications/", body, headers={"Idempotency-Key": "k-2"}).json["id"] != first.json["id"]
    assert session.query(Application).count() == 2


def test_a_key_belongs_to_one_person(api: Any, session: Any) -> None:
    """The same key of a colleague is another key."""
    from app.applications.models import Application

    for email in (EXPORTER, CLERK):
        assert api(email).post("/applications/", factories.filing(), headers={"Idempotency-Key": "same"}).status_code == 201
    assert session.query(Application).count() == 2


def test_a_refused_request_may_be_put_right_under_its_key(api: Any) -> None:
    """What was refused was not done, so its key is free for the request put right."""
    key = {"Idempotency-Key": "once"}
    refused(api(EXPORTER).post("/applications/", factories.filing(office="999"), headers=key))
    assert api(EXPORTER).post("/applications/", factories.filing(), headers=key).status_code == 201


def test_a_move_repeated_under_its_key_is_not_made_twice(api: Any, filed: Any) -> None:
    """Submit twice with one key: one fee; without a key the table refuses the second."""
    pk, exporter = filed("DRAFT"), api(EXPORTER)
    answers = [exporter.post(f"/applications/{pk}/submit", {}, headers={"Idempotency-Key": "s"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert exporter.get("/wallets/").json["result"][0]["held_paise"] == 20_000
    refused(exporter.post(f"/applications/{pk}/submit", {}), 409)


@pytest.mark.parametrize("key", ["x" * 201, "x" * 8000], ids=len)
def test_a_key_that_is_too_long_is_refused(app: Flask, api: Any, key: str) -> None:
    """More than 200 characters are no key."""
    exporter, before = api(EXPORTER), states.picture(app)
    refused(exporter.post("/applications/", factories.filing(), headers={"Idempotency-Key": key}), 409, 422)
    assert states.changed(before, states.picture(app)) == []
