"""Templates and papers over REST: kept, begun from, renamed, removed; handed out to those who see the application only."""

from typing import Any

import pytest

from app.applications.models import Attachment, Template
from tests import factories
from tests.people import CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, OTHER_OFFICER

FILING = {"agency": "FIEC", "office": "001", "consignee": {"name": "Seestern Import GmbH"}, "items": [{"itc_hs": "63026090"}]}


def test_a_template_is_kept_begun_from_renamed_and_removed(session: Any, api: Any) -> None:
    """By either of the firm's people; what belongs to one shipment is left out."""
    firm, clerk = api(EXPORTER), api(CLERK)
    whole = factories.filing(departure_date="2026-12-24")
    made = firm.post("/templates/", {"name": "Hamburg", "filing": whole})
    assert made.status_code == 201, made.json
    pk = made.json["id"]
    kept = clerk.get(f"/templates/{pk}").json["result"]["filing"]
    assert kept["consignee"] == whole["consignee"]
    assert "departure_date" not in kept
    assert clerk.put(f"/templates/{pk}", {"name": "Bremen"}).json["result"]["name"] == "Bremen"
    assert [row["name"] for row in firm.get("/templates/").json["result"]] == ["Bremen"]
    assert clerk.delete(f"/templates/{pk}").status_code == 200
    assert clerk.delete(f"/templates/{pk}").status_code == 404
    assert session.query(Template).count() == 0


def test_the_same_key_keeps_one_template(session: Any, api: Any) -> None:
    """Sent twice, made once, answered alike; the same name again is a fault of the name."""
    firm, body = api(EXPORTER), {"name": "Half", "filing": FILING}
    first = firm.post("/templates/", body, headers={"Idempotency-Key": "t-1"})
    assert firm.post("/templates/", body, headers={"Idempotency-Key": "t-1"}).json == first.json
    assert session.query(Template).count() == 1
    again = firm.post("/templates/", body)
    assert (again.status_code, again.json["errors"][0]["field"]) == (422, "name")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, "name"), ([], "name"), ({"name": "x"}, "filing"), ({"name": 7, "filing": {}}, "name"), ({"filing": {}}, "name"),
        ({"name": "", "filing": FILING}, "name"), ({"name": "x" * 500, "filing": FILING}, "name"),
        ({"name": "x", "filing": {"items": 5}}, "filing.items"), ({"name": "x", "filing": {"items": [1]}}, "filing.items[0]"),
        ({"name": "x", "filing": {"invoices": [{"date": "never"}]}}, "filing.invoices[0].date"),
        ({"name": "x", "filing": {"transport_mode": {"a": 1}}}, "filing.transport_mode"),
        ({"name": "x", "filing": {"secret": 1}}, "filing.secret"), ({"name": "x", "filing": {}, "more": 1}, "more"),
    ],
)  # fmt: skip
def test_what_is_no_template_is_refused_by_its_field(session: Any, api: Any, body: Any, field: str) -> None:
    """Nothing is kept, and the fault is named."""
    answer = api(EXPORTER).post("/templates/", body)
    assert answer.status_code in {400, 422}, answer.json
    if answer.status_code == 422:
        assert field in {fault["field"] for fault in answer.json["errors"]}, answer.json
    assert session.query(Template).count() == 0


def test_nobody_else_has_a_firms_templates(session: Any, api: Any) -> None:
    """The neighbour finds nothing under the number; an officer has no such resource."""
    pk = api(EXPORTER).post("/templates/", {"name": "Ours", "filing": FILING}).json["id"]
    stranger = api(OTHER_EXPORTER)
    assert stranger.get(f"/templates/{pk}").status_code == 404
    assert stranger.put(f"/templates/{pk}", {"name": "Theirs"}).status_code == 404
    assert stranger.delete(f"/templates/{pk}").status_code == 404
    assert stranger.get("/templates/").json["result"] == []
    assert api(OFFICER).get("/templates/").status_code == 403
    assert session.query(Template).one().name == "Ours"


def test_papers_are_listed_and_handed_out_as_downloads(session: Any, api: Any, filed: Any) -> None:
    """To the firm and its officer, with the hash; not to strangers, and no attested copy where there is none."""
    filed("SUBMITTED")
    row = session.query(Attachment).filter_by(kind="INVOICE").one()
    for email in (EXPORTER, OFFICER):
        reader = api(email)
        assert row.id in {paper["id"] for paper in reader.get("/papers/").json["result"]}
        answer = reader.get(f"/papers/{row.id}/file")
        assert (answer.status_code, answer.headers["X-Content-SHA256"]) == (200, row.sha256)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        none = reader.get(f"/papers/{row.id}/attested")
        assert none.status_code == 409
        assert "no attested copy" in none.json["detail"]
    for email in (OTHER_EXPORTER, OTHER_OFFICER):
        assert api(email).get("/papers/").json["result"] == []
        assert api(email).get(f"/papers/{row.id}/file").status_code == 404
        assert api(email).get(f"/papers/{row.id}/attested").status_code == 404
