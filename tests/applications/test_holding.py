"""What an officer takes up is his alone for a time; left lying it may be taken over, once, with a reason, and he is told."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from app.applications import holding
from app.applications.models import Application
from app.audit.models import AuditEvent
from app.core import clock
from app.core.errors import NotAllowed, WrongState
from app.infra.settings import setting
from app.notices.models import Notice
from tests import factories
from tests.desk import Desk
from tests.own_database import at_once
from tests.people import EXPORTER, OFFICER, OFFICER2, OTHER_OFFICER, PASSWORD, actor_for

Filed = Callable[..., int]
REASON = "Is on leave until Monday."
QUESTION = {"items": [{"text": "Which towels are these?"}]}
VERBS = (("query", QUESTION), ("reject", {"reason": "Not ours."}), ("approve", {}), ("release", {}), ("take_up", {}),
         ("take_over", {"reason": REASON}))  # fmt: skip


@pytest.fixture
def desk(session: Any, app: Flask) -> Desk:
    return Desk(session, app)


def later(minutes: float) -> Any:
    return clock.travel(clock.now() + timedelta(minutes=minutes))


def test_while_it_is_held_every_verb_of_a_colleague_names_the_holder(desk: Desk, filed: Filed) -> None:
    """The name and the hour; and the holder does not take over from himself."""
    pk = filed("UNDER_REVIEW")
    hour = desk.application(pk).hold.hour
    for name, args in VERBS:
        with pytest.raises((NotAllowed, WrongState), match=rf"R\. K\. Srinivasan.*{hour}"):
            desk.move(pk, OFFICER2, name, **args)
    with later(60), pytest.raises(WrongState, match="in hand already"):
        desk.move(pk, OFFICER, "take_over", reason=REASON)


def test_a_program_of_the_desk_is_told_who_has_it(desk: Desk, filed: Filed, api: Any) -> None:
    """Officer, end and whether it may be taken over; nothing for one that nobody has, and no word of it to the exporter."""
    pk, waiting = filed("UNDER_REVIEW"), filed("SUBMITTED")

    def told(who: str, pk: int) -> Any:
        return api(who).get(f"/applications/{pk}").get_json()["result"].get("hold", "not said")

    now = told(OFFICER2, pk)
    assert (now["officer"], now["may_be_taken_over"]) == ("R. K. Srinivasan", False)
    assert now["until"].endswith("+00:00")
    assert now["until"] > clock.now().isoformat()
    desk.session.expire_all()
    with later(setting("DESK_LOCK_MINUTES") + 1):
        assert told(OFFICER2, pk)["may_be_taken_over"]
    assert told(OFFICER2, waiting) is None
    assert told(EXPORTER, pk) == "not said"


def test_the_end_of_the_time_frees_nothing_by_itself(desk: Desk, filed: Filed) -> None:
    """The holder goes on; a colleague still cannot decide, but may take over, which is recorded and told."""
    mine, left = filed("UNDER_REVIEW"), filed("UNDER_REVIEW")
    with later(setting("DESK_LOCK_MINUTES") + 1):
        assert desk.application(left).hold.free
        for name, args in VERBS[:-1]:
            with pytest.raises((NotAllowed, WrongState), match=r"R\. K\. Srinivasan"):
                desk.move(left, OFFICER2, name, **args)
        desk.move(mine, OFFICER, "query", **QUESTION)
        desk.move(left, OFFICER2, "take_over", reason=REASON)
        row = desk.application(left)
        assert (row.status, row.hold.name, row.hold.free) == ("UNDER_REVIEW", "Farah Qureshi", False)
        with pytest.raises(NotAllowed, match="Farah Qureshi until"):
            desk.move(left, OFFICER, "approve")
        with pytest.raises(WrongState, match="Farah Qureshi has this application in hand until"):
            desk.move(left, OFFICER, "take_over", reason=REASON)
        desk.move(left, OFFICER2, "reject", reason="Not made in India.")
    told_of = desk.session.scalars(select(AuditEvent).where(AuditEvent.event == "application taken over")).one()
    assert (told_of.reason, told_of.detail["former"]) == (REASON, "R. K. Srinivasan")
    told = select(Notice.text).where(Notice.user_id == desk.officer().user_id, Notice.text.contains("taken over"))
    assert REASON in desk.session.scalars(told).one()
    assert desk.application(mine).held_until is None
    assert desk.application(left).held_until is None


def test_of_two_who_take_over_at_once_the_first_has_it(app: Flask, own: Engine) -> None:
    """A colleague takes over while the holder comes back and opens it: one of them has it, whole."""
    from app.infra.db import db

    pk = factories.filed(app, "UNDER_REVIEW")
    over = clock.now() + timedelta(minutes=setting_of(app) + 1)

    def taken(who: str) -> str:
        with clock.travel(over):
            holding.take_over(db.session, db.session.get_one(Application, pk), actor_for(db.session, who), reason=REASON)
        return who

    def goes_on() -> bool:
        with clock.travel(over):
            return holding.goes_on(db.session, pk, actor_for(db.session, OFFICER))

    told = at_once(app, partial(taken, OFFICER2), goes_on)
    with app.app_context():
        row = db.session.get_one(Application, pk)
        holder, came_back = row.assigned_officer_id, actor_for(db.session, OFFICER).agency_user_id
        db.session.rollback()
    if True in told:
        assert holder == came_back
        assert [type(each) for each in told if each is not True] == [WrongState]
    else:
        assert holder != came_back
        assert set(told) == {OFFICER2, False}


def setting_of(app: Flask) -> int:
    return int(app.config["DESK_LOCK_MINUTES"])


def test_a_query_comes_back_to_the_same_officer(desk: Desk, filed: Filed) -> None:
    """The time does not run while the exporter is asked, nor while the answer waits."""
    pk = filed("RESUBMITTED")
    with later(9 * 24 * 60):
        with pytest.raises(NotAllowed, match="raised the query"):
            desk.move(pk, OFFICER2, "take_up")
        desk.move(pk, OFFICER, "take_up")
        assert not desk.application(pk).hold.free


def test_a_page_that_renews_it_begins_as_a_writer(app: Flask, own: Engine) -> None:
    """SQLite refuses at once what begins as a look and then writes, when anybody else has written meanwhile."""
    pk = factories.filed(app, "UNDER_REVIEW")
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    browser = app.test_client()
    browser.post("/login/", data={"username": OFFICER, "password": PASSWORD})
    event.listen(own, "before_cursor_execute", hear)
    with later(10):
        assert browser.get(f"/desk/show/{pk}").status_code == 200
    (at,) = [number for number, each in enumerate(said) if each.startswith("UPDATE application")]
    begun = [each for each in said[:at] if each.startswith("BEGIN")]
    assert own.dialect.name != "sqlite" or begun[-1] == "BEGIN IMMEDIATE"
    assert len(said) < 60, "statements of a page"


def test_on_the_screens(desk: Desk, filed: Filed, login: Any) -> None:
    """Others read who and until when; looking at it renews it for the holder alone; after the time there is a button."""
    pk = filed("UNDER_REVIEW")
    number = desk.application(pk).number
    me, colleague, stranger = login(OFFICER), login(OFFICER2), login(OTHER_OFFICER)
    before = desk.application(pk).held_until
    hour = desk.application(pk).hold.hour  # with its day where midnight is near
    assert f"R. K. Srinivasan until {hour}" in colleague.get("/desk/list/").text
    page = colleague.get(f"/desk/show/{pk}").text
    assert f"held by R. K. Srinivasan until {hour}" in page
    assert "take_over" not in page
    assert colleague.post(f"/desk/move/{pk}/take_over", data={"reason": REASON}).status_code == 200, "asked again, with why not"
    late = colleague.post(f"/desk/move/{pk}/take_up")
    assert (late.status_code, "R. K. Srinivasan until" in late.text) == (409, True)
    assert desk.application(pk).held_until == before, "looking on renews nothing"
    with later(10):
        assert "yours alone until" in me.get(f"/desk/show/{pk}").text
        assert desk.application(pk).held_until == clock.now() + timedelta(minutes=setting("DESK_LOCK_MINUTES"))
        version = desk.application(pk).version
        assert me.get(f"/desk/move/{pk}/query").status_code == 200
        assert desk.application(pk).version == version, "going on is no change of the application"
    with later(20):
        assert me.head(f"/desk/move/{pk}/query").status_code == 200
        assert desk.application(pk).held_until == clock.now() + timedelta(minutes=setting("DESK_LOCK_MINUTES"))
    with later(55):
        assert "may be taken over" in colleague.get(f"/desk/list/?_flt_0_number={number}").text
        assert f"/desk/move/{pk}/take_over" in colleague.get(f"/desk/show/{pk}").text
        assert f"/desk/move/{pk}/take_over" not in login(EXPORTER).get(f"/applications/show/{pk}").text
        assert stranger.post(f"/desk/move/{pk}/take_over", data={"reason": REASON}).status_code == 404
        assert colleague.post(f"/desk/move/{pk}/take_over", data={"reason": REASON}).status_code == 302
        desk.session.expunge_all()  # a row that one person's request has read keeps that person's view of other rows
        assert desk.application(pk).hold.name == "Farah Qureshi"
        assert "taken over" in me.get("/notices/list/").text or "taken over" in me.get("/notices/").text
