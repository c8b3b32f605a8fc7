"""Webhooks on the screen and over REST: for the primary user alone, with secrets that are shown once."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from app.infra.idempotency import IdempotencyKey
from app.notices.models import Delivery, Webhook
from tests import factories
from tests.notices.receiver import Receiver, receiving
from tests.people import CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, SUPERVISOR
from tests.refusals import refused


@pytest.fixture
def erp() -> Iterator[Receiver]:
    """Balaji's own system."""
    with receiving() as receiver:
        yield receiver


def secret_on(page: str) -> str:
    """The secret that a page shows."""
    return page.split('<code class="secret">')[1].split("</code>")[0]


def test_the_whole_way_on_the_screen(app: Any, session: Any, login: Any, erp: Receiver) -> None:
    """Register, try, look at the call, send it again, change, a new secret, off and on, remove."""
    browser = login(EXPORTER)
    assert "No webhook yet." in browser.get("/webhooks/").text
    page = browser.post("/webhooks/", data={"url": erp.address, "event": ["certificate.issued", "made.up"]})
    assert page.headers["Cache-Control"] == "no-store"
    erp.secret = secret_on(page.text)
    pk = session.scalars(select(Webhook.id)).one()
    assert session.get_one(Webhook, pk).events == ["certificate.issued"]
    assert erp.secret not in browser.get(f"/webhooks/{pk}").text
    browser.post(f"/webhooks/{pk}", data={"do": "ping"})
    factories.run_jobs(app)
    assert erp.is_genuine()
    assert "ping" in browser.get(f"/webhooks/{pk}").text
    call = session.scalars(select(Delivery.id)).one()
    log = browser.get(f"/webhooks/calls/{call}").text
    assert "204" in log
    assert erp.said[0]["id"] in log
    browser.post(f"/webhooks/calls/{call}")
    factories.run_jobs(app)
    assert [said["id"] for said in erp.said] == [erp.said[0]["id"]] * 2
    new = secret_on(browser.post(f"/webhooks/{pk}", data={"do": "rotate"}).text)
    assert new != erp.secret
    browser.post(f"/webhooks/{pk}", data={"do": "keep", "url": erp.address + "&new"})
    session.expire_all()
    assert (session.get_one(Webhook, pk).url, session.get_one(Webhook, pk).events) == (erp.address + "&new", [])
    browser.post(f"/webhooks/{pk}", data={"do": "off"})
    assert "switched off by the firm" in browser.get("/webhooks/").text
    assert "switched off" in browser.post(f"/webhooks/{pk}", data={"do": "ping"}, follow_redirects=True).text
    browser.post(f"/webhooks/{pk}", data={"do": "on"})
    browser.post(f"/webhooks/{pk}", data={"do": "remove"})
    assert browser.get(f"/webhooks/{pk}").status_code == 404
    assert browser.get(f"/webhooks/calls/{call}").status_code == 404


def test_a_bad_address_is_said_beside_its_field(session: Any, login: Any, erp: Receiver) -> None:
    """In the form for a new one and in that for changing one; what was typed stays."""
    browser = login(EXPORTER)
    for url in ("https://10.0.0.8/", "nonsense", "https://no-such-host.invalid/"):
        answer = browser.post("/webhooks/", data={"url": url, "event": "wallet.low"})
        assert (answer.status_code, "url-error" in answer.text, url in answer.text) == (422, True, True)
    browser.post("/webhooks/", data={"url": erp.address})
    pk = session.scalars(select(Webhook.id)).one()
    answer = browser.post(f"/webhooks/{pk}", data={"do": "keep", "url": "https://192.168.0.1/<script>"})
    assert answer.status_code == 422
    assert "<script>" not in answer.text.replace("</script>", "").split("<main")[1]


def test_nobody_elses(session: Any, login: Any, erp: Receiver) -> None:
    """The clerk has no such page; another firm finds nothing, whatever it presses."""
    browser = login(EXPORTER)
    browser.post("/webhooks/", data={"url": erp.address})
    pk = session.scalars(select(Webhook.id)).one()
    browser.post(f"/webhooks/{pk}", data={"do": "ping"})
    call = session.scalars(select(Delivery.id)).one()
    for path in (f"/webhooks/{pk}", f"/webhooks/calls/{call}"):
        for email, status in ((OTHER_EXPORTER, 404), (CLERK, 403), (OFFICER, 403), (SUPERVISOR, 403)):
            person = login(email)
            assert person.get(path).status_code == status
            assert person.post(path, data={"do": "rotate"}).status_code == status
    assert erp.address not in login(OTHER_EXPORTER).get("/webhooks/").text


def test_the_whole_way_over_rest(app: Any, session: Any, api: Any, erp: Receiver) -> None:
    """The secret is in the first answer and in no other, not even in the one kept for a repeat."""
    mine, key = api(EXPORTER), {"Idempotency-Key": "one hook"}
    made = mine.post("/webhooks/", {"url": erp.address, "events": ["wallet.low"]}, headers=key)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    pk, erp.secret = made.json["id"], made.json["result"]["secret"]
    again = mine.post("/webhooks/", {"url": erp.address, "events": ["wallet.low"]}, headers=key)
    assert (again.status_code, again.json["id"], "secret" in again.json["result"]) == (201, pk, False)
    assert erp.secret not in str([row.body for row in session.scalars(select(IdempotencyKey))])
    assert [row["id"] for row in mine.get("/webhooks/").json["result"]] == [pk]
    assert "secret" not in mine.get(f"/webhooks/{pk}").text
    call = mine.post(f"/webhooks/{pk}/ping").json["id"]
    factories.run_jobs(app)
    assert erp.is_genuine()
    shown = mine.get(f"/webhook_deliveries/{call}").json["result"]
    assert (shown["state"], shown["answer_status"], shown["attempts"][0]["status"]) == ("DONE", 204, 204)
    assert shown["body"] == erp.said[0]
    assert mine.post(f"/webhook_deliveries/{call}/replay").json["result"] == {"state": "PENDING"}
    assert mine.post(f"/webhook_deliveries/{call}/replay").status_code == 409
    factories.run_jobs(app)
    assert len(erp.calls) == 2
    asked = f"?q=(filters:!((col:webhook_id,opr:eq,value:{pk}),(col:state,opr:eq,value:DONE)))"
    assert mine.get(f"/webhook_deliveries/{asked}").json["count"] == 1
    changed = mine.put(f"/webhooks/{pk}", {"active": False, "events": []}).json["result"]
    assert (changed["active"], changed["events"]) == (False, [])
    assert mine.post(f"/webhooks/{pk}/ping").status_code == 409
    assert mine.post(f"/webhooks/{pk}/rotate").json["result"]["secret"] != erp.secret
    assert mine.delete(f"/webhooks/{pk}").status_code == 200
    assert mine.get(f"/webhooks/{pk}").status_code == 404
    assert mine.get("/webhook_deliveries/").json["count"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"url": 5}, {"url": "https://10.0.0.1/"}, {"url": "https://erp.invalid/"}, {"url": "x", "secret": "mine"},
        {"url": "http://127.0.0.1:9/", "events": "all"}, {"url": "http://127.0.0.1:9/", "events": [1]},
        {"url": "http://127.0.0.1:9/", "events": ["no.such"]},
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_its_field(api: Any, body: Any) -> None:
    refused(api(EXPORTER).post("/webhooks/", body))


def test_others_over_rest(api: Any, erp: Receiver) -> None:
    pk = api(EXPORTER).post("/webhooks/", {"url": erp.address}).json["id"]
    call = api(EXPORTER).post(f"/webhooks/{pk}/ping").json["id"]
    for email, status in ((OTHER_EXPORTER, 404), (CLERK, 403), (OFFICER, 403), (SUPERVISOR, 403)):
        other = api(email)
        answers = [
            other.get(f"/webhooks/{pk}"), other.put(f"/webhooks/{pk}", {"active": False}), other.delete(f"/webhooks/{pk}"),
            other.post(f"/webhooks/{pk}/ping"), other.post(f"/webhooks/{pk}/rotate"), other.get(f"/webhook_deliveries/{call}"),
            other.post(f"/webhook_deliveries/{call}/replay"),
        ]  # fmt: skip
        assert [answer.status_code for answer in answers] == [status] * 7
    assert api(CLERK).post("/webhooks/", {"url": erp.address}).status_code == 403
