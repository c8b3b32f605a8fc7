"""A reply that waits for a signature answers the query its signer has read, and no later one."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.applications.submission import CHANGED_REPLY
from app.core import clock
from app.core.errors import WrongState
from app.signing import esign_orders
from app.signing.models import EsignOrder
from app.signing.signed import Signed
from tests import factories
from tests.applications.test_by_token import on_token, signed
from tests.conftest import HOME
from tests.desk import Desk
from tests.people import CLERK, EXPORTER, OFFICER
from tests.signing import esigner
from tests.signing.esigner import Bent, came_back

Filed = Callable[..., int]
SECOND = [{"text": "Which vessel now?", "field_path": "vessel_flight"}, {"text": "Do you withdraw the claim on line 1?"}]
FIRST = {"answers": ["MV Godavari.", "Yes, terry towels."]}
CHANGED = factories.filing(vessel_flight="MV Godavari")


@pytest.fixture
def provider(app: Flask, rolled_back: None) -> Iterator[Bent]:
    with esigner.at_hand(app, HOME / "esign-tests") as bent:
        yield bent


def asked_again(desk: Desk, pk: int, same: bool) -> None:
    """A colleague replies and the officer asks something else; what waits to be signed fits the letter again where `same`."""
    if same:
        desk.move(pk, CLERK, "edit", filing=factories.filing())
    desk.move(pk, CLERK, "reply", reply="The clerk answers.")
    desk.move(pk, OFFICER, "take_up")
    desk.move(pk, OFFICER, "query", items=SECOND)
    if same:
        desk.move(pk, CLERK, "edit", filing=CHANGED)


def is_still_asked(desk: Desk, pk: int) -> None:
    """The second query is open, and nobody has answered it."""
    row = desk.application(pk)
    last = row.queries[-1]
    assert (row.status, last.round, last.status, last.replied_by) == ("QUERY_RAISED", 2, "OPEN", "")
    assert [item.get("answer") for item in last.items] == [None, None]


@pytest.mark.parametrize("same", [False, True], ids=["nothing to sign any more", "the same to sign again"])
def test_by_token(desk: Desk, filed: Filed, api: Any, same: bool) -> None:
    pk = filed("QUERY_RAISED")
    holder, person = on_token(desk.session), api(EXPORTER)
    desk.move(pk, EXPORTER, "edit", filing=CHANGED)
    assert person.post(f"/applications/{pk}/reply", FIRST | {"query_id": 1}).status_code == 422, "no request says which query"
    assert person.post(f"/applications/{pk}/reply", FIRST).status_code == 202
    asked_again(desk, pk, same)
    (row,) = signed(person, holder)
    assert (row["status"], row["reason"]) == ("FAILED", CHANGED_REPLY)
    is_still_asked(desk, pk)


@pytest.mark.parametrize("same", [False, True], ids=["nothing to sign any more", "the same to sign again"])
def test_with_aadhaar(app: Flask, desk: Desk, filed: Filed, api: Any, provider: Bent, same: bool) -> None:
    pk, person = filed("QUERY_RAISED"), api(EXPORTER)
    desk.move(pk, EXPORTER, "edit", filing=CHANGED)
    asked = {"consent": True, "what": "reply", **FIRST}
    assert person.post(f"/applications/{pk}/esign", asked | {"query_id": 1}).status_code == 422, "no request says which query"
    answer = person.post(f"/applications/{pk}/esign", asked)
    assert answer.status_code == 201, answer.json
    asked_again(desk, pk, same)
    came_back(app, provider.answers(answer.json["result"]["form"]["fields"]))
    is_still_asked(desk, pk)
    order = desk.session.get_one(EsignOrder, answer.json["id"])
    assert (order.status, order.reason) == ("REFUSED", CHANGED_REPLY)


def test_a_signature_is_never_left_out(desk: Desk, filed: Filed) -> None:
    """A reply that comes with a signature and has nothing it could be over is refused, not sent without."""
    pk = filed("QUERY_RAISED")
    with pytest.raises(WrongState, match="changed after it was signed"):
        desk.move(pk, EXPORTER, "reply", reply="As it is.", signed=Signed("DSC", "AA==", "", "Meera Patel"))
    desk.session.rollback()
    assert desk.application(pk).status == "QUERY_RAISED"


def test_a_late_reply_was_not_sent(desk: Desk, filed: Filed, api: Any, login: Any, provider: Bent) -> None:
    """Nobody reads of a submission and of money where a reply was to be signed."""
    pk = filed("QUERY_RAISED")
    desk.move(pk, EXPORTER, "edit", filing=CHANGED)
    order_id = api(EXPORTER).post(f"/applications/{pk}/esign", {"consent": True, "what": "reply", **FIRST}).json["id"]
    browser = login(EXPORTER)
    waiting = browser.get(f"/esign/{order_id}").get_data(as_text=True)
    assert "has not answered yet. Nothing was sent." in waiting
    with clock.travel(clock.now() + timedelta(minutes=31)):
        late = browser.get(f"/esign/{order_id}").get_data(as_text=True)
        assert "It was not signed in time. Nothing was sent." in late
        esign_orders.expire(desk.session, order_id)
        desk.session.commit()
    over = browser.get(f"/esign/{order_id}").get_data(as_text=True)
    assert "minutes. Nothing was sent; sign once more." in over
    assert not any("paid" in page for page in (waiting, late, over))
