"""The same request twice: an Idempotency-Key makes it act once."""

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests import factories, states
from tests.people import CLERK, EXPORTER, token_for
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


def test_twins_under_one_key_get_one_answer(app: Flask, own: Engine) -> None:
    """Four at the same moment: one acts, and the table's refusal of the other three is not what they are told."""
    pk, headers = (
        factories.filed(app),
        {"Authorization": f"Bearer {token_for(app, EXPORTER)}", "Idempotency-Key": "twin"},
    )

    def submit(_number: int) -> tuple[int, Any]:
        answer = app.test_client().post(f"/api/v1/applications/{pk}/submit", json={}, headers=headers)
        return answer.status_code, answer.json

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(submit, range(4)))
    assert [status for status, _ in answers] == [200] * 4, answers
    assert all(said == answers[0][1] for _, said in answers)


def test_a_deletion_repeated_under_its_key_is_told_the_same(api: Any, filed: Any) -> None:
    """Though the draft is gone; without a key, or under another, there is nothing."""
    pk, key = filed(), {"Idempotency-Key": "gone"}
    answers = [api(EXPORTER).delete(f"/applications/{pk}", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert api(EXPORTER).delete(f"/applications/{pk}").status_code == 404


def test_a_paper_repeated_under_its_key_is_kept_once(app: Flask, client: Any, filed: Any, session: Any) -> None:
    """Each request draws another boundary; the paper is the same. Another paper under the key is refused."""
    from app.applications.models import Attachment

    pk, headers = filed(), {"Authorization": f"Bearer {token_for(app, EXPORTER)}", "Idempotency-Key": "paper"}
    held = session.query(Attachment).filter_by(application_id=pk).count()

    def send(content: bytes) -> Any:
        data = {"kind": "OTHER", "file": (io.BytesIO(content), "other.pdf")}
        return client.post(f"/api/v1/applications/{pk}/attachments", data=data, headers=headers)

    content = factories.pdf("the same")
    first, again = send(content), send(content)
    assert (first.status_code, again.status_code, again.json) == (201, 201, first.json)
    assert session.query(Attachment).filter_by(application_id=pk).count() == held + 1
    assert send(factories.pdf("another")).status_code == 422


def test_a_paper_is_taken_out_of_a_draft_again(api: Any, filed: Any) -> None:
    """By the firm, from a draft; a submitted one stays, and nobody else's is found."""
    pk = filed()
    papers = [row["id"] for row in api(EXPORTER).get(f"/applications/{pk}").json["result"]["attachments"]]
    other = filed()
    assert api(EXPORTER).delete(f"/applications/{other}/attachments/{papers[0]}").status_code == 404
    assert api(CLERK).delete(f"/applications/{pk}/attachments/{papers[0]}").status_code == 200
    assert api(EXPORTER).delete(f"/applications/{pk}/attachments/{papers[0]}").status_code == 404
    assert [row["id"] for row in api(EXPORTER).get(f"/applications/{pk}").json["result"]["attachments"]] == papers[1:]
    pk = filed("QUERY_RAISED")
    kept = api(EXPORTER).get(f"/applications/{pk}").json["result"]["attachments"][0]["id"]
    assert api(EXPORTER).delete(f"/applications/{pk}/attachments/{kept}").status_code == 403
