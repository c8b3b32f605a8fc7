"""The pages of a bulk sitting: from the desk's tick boxes to the report, for each role, in the wrong state, and pressed twice."""

import csv
import io
from typing import Any

from flask import Flask

from app.certificates import sitting_part
from app.certificates.sitting_models import Sitting
from app.core.errors import BusinessError
from tests import factories, states
from tests.certificates.test_sitting import begun, figures
from tests.people import ADMIN, EXPORTER, OFFICER, OFFICER2, OTHER_ADMIN, OTHER_OFFICER, SUPERVISOR

TICK = {"origin_criteria_checked": "1"}


def test_from_the_desk_to_the_report(session: Any, filed: Any, login: Any, run_jobs: Any) -> None:
    """All that match are looked at, confirmed with the tick, started once however often it is pressed, done, and reported."""
    mine = [filed("UNDER_REVIEW", consignee=factories.FILING["consignee"] | {"name": "=Seestern"}) for _ in range(2)]
    waits = filed("SUBMITTED")
    officer = login(OFFICER)
    assert "Take up and approve…" in officer.get("/desk/list/").text
    went = officer.post("/desk/sittings/approve", data={"all": "1"})
    page = officer.get(went.location).text
    assert "2 applications go." in page
    assert "1 does not" in page
    assert "Nobody has taken it up" in page
    assert "Nothing has been started yet" in page
    pk = int(went.location.rsplit("/", 1)[1])
    unticked = officer.post(f"/sittings/start/{pk}")
    assert "Tick this to go on" in officer.get(unticked.location).text
    for _press in range(2):
        assert officer.post(f"/sittings/start/{pk}", data=TICK).location == f"/sittings/show/{pk}"
    assert session.query(Sitting).count() == 1
    running = officer.get(f"/sittings/show/{pk}").text
    assert "sitting.js" in running
    assert '<noscript><meta http-equiv="refresh"' in running
    assert "All applications" not in running, "a list would be old at once"
    assert "NPA-" in officer.get(f"/sittings/show/{pk}?rows=WAITING").text
    told = officer.get(f"/sittings/state/{pk}").json
    assert told == {"status": "RUNNING", "total": 2, "done": 0, "refused": 0, "failed": 0, "skipped": 1, "waiting": 2}
    run_jobs()
    done = officer.get(f"/sittings/show/{pk}?rows=DONE").text
    assert "2 issued" in done
    assert "Sitting finished" in done
    assert "sitting.js" not in done
    report = list(csv.DictReader(io.StringIO(officer.get(f"/sittings/report/{pk}").text)))
    assert [line["Result"] for line in report] == ["Done", "Done", "Skipped"]
    assert report[0]["Certificate"].startswith("FIEC/")
    assert "Take up and approve" in report[2]["Reason"]
    assert officer.post(f"/sittings/start/{pk}", data=TICK).location == f"/sittings/show/{pk}", (
        "long after, it still starts nothing"
    )
    run_jobs()
    assert figures(session, pk) == ("DONE", 2, 0, 0, 1)
    assert f"/applications/show/{mine[0]}" in done
    assert waits
    assert "Your sitting is finished" in officer.get("/").text


def test_ticked_rows_of_a_search_and_nothing_picked(app: Flask, filed: Any, login: Any) -> None:
    """What was ticked, what the search finds, and a sentence for nothing; signing again for what failed."""
    first, second = filed("SUBMITTED"), filed("SUBMITTED", consignee=factories.FILING["consignee"] | {"name": "Seestern Import"})
    failed = states.brought(app, "SIGN_FAILED")
    officer = login(OFFICER)
    went = officer.post("/desk/sittings/take-up?_flt_2_consignee_name=Seestern", data={"all": "1"})
    assert "1 application goes." in officer.get(went.location).text
    went = officer.post("/desk/sittings/take-up", data={"pick": [first, second, failed, "x"]})
    page = officer.get(went.location).text
    assert "2 applications go." in page
    assert "choose «Sign again»" in page
    for nothing in ({}, {"pick": ["987654"]}):
        went = officer.post("/desk/sittings/approve?_flt_2_consignee_name=Seestern", data=nothing)
        assert went.location.startswith("/desk/list/?_flt_2")
        assert "Nothing was picked" in officer.get(went.location).text
    went = officer.post("/desk/sittings/sign", data={"pick": [failed, first]})
    page = officer.get(went.location).text
    assert "sent for signing again" in page
    assert "origin_criteria_checked" not in page
    pk = int(went.location.rsplit("/", 1)[1])
    officer.post(f"/sittings/start/{pk}")
    assert officer.get(f"/sittings/state/{pk}").json["status"] == "RUNNING"


def test_its_buttons_and_their_refusals(session: Any, filed: Any, login: Any, monkeypatch: Any, run_jobs: Any) -> None:
    """Paused, resumed, cancelled after a page that asks; tried again where something was refused; the wrong state is a sentence."""
    pk = begun(session, [filed("UNDER_REVIEW"), filed("UNDER_REVIEW")])
    officer = login(OFFICER)
    assert officer.post(f"/sittings/move/{pk}/pause").status_code == 302
    page = officer.get(f"/sittings/show/{pk}").text
    assert "It stands still" in page
    assert f"/sittings/move/{pk}/resume" in page
    assert f"/sittings/move/{pk}/retry" not in page
    assert officer.post(f"/sittings/move/{pk}/pause").status_code == 409
    assert "What is done stays done" in officer.get(f"/sittings/move/{pk}/cancel").text
    officer.post(f"/sittings/move/{pk}/resume")

    def refuse(*_: Any) -> None:
        raise BusinessError("100 % of these are refused.")

    with monkeypatch.context() as odd_times:
        odd_times.setattr(sitting_part, "act", refuse)
        run_jobs()
    page = officer.get(f"/sittings/show/{pk}").text
    assert page.count("100 % of these are refused.") >= 3
    assert f"/sittings/move/{pk}/retry" in page
    officer.post(f"/sittings/move/{pk}/retry")
    officer.post(f"/sittings/move/{pk}/cancel")
    assert figures(session, pk) == ("CANCELLED", 0, 0, 0, 2)
    assert "cancelled before its turn" in officer.get(f"/sittings/show/{pk}").text
    assert officer.get("/sittings/list/").text.count("/sittings/show/") >= 1


def test_who_sees_it_and_who_moves_it(session: Any, filed: Any, login: Any) -> None:
    """The agency's administrator and DGFT look on without a button; others of the agency, other agencies and firms find nothing."""
    pk = begun(session, [filed("UNDER_REVIEW")])
    for who in (ADMIN, SUPERVISOR):
        browser = login(who)
        page = browser.get(f"/sittings/show/{pk}").text
        assert "0</span></b> / 1" in page
        assert "/sittings/move/" not in page
        assert browser.get("/sittings/list/").text.count(f"/sittings/show/{pk}") >= 1
        assert browser.get(f"/sittings/report/{pk}").status_code == 200
        for way in (f"/sittings/move/{pk}/pause", f"/sittings/start/{pk}", "/desk/sittings/approve"):
            assert browser.post(way, data=TICK).status_code == 403, (who, way)
    for who in (OFFICER2, OTHER_OFFICER, OTHER_ADMIN):
        browser = login(who)
        for way in ("show", "state", "report"):
            assert browser.get(f"/sittings/{way}/{pk}").status_code == 404, (who, way)
        assert f"/sittings/show/{pk}" not in browser.get("/sittings/list/").text
    for way in (f"/sittings/start/{pk}", f"/sittings/move/{pk}/pause"):
        assert login(OTHER_OFFICER).post(way, data=TICK).status_code == 404
    assert login(EXPORTER).get(f"/sittings/show/{pk}").status_code == 403
