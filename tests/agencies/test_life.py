"""An agency goes live, is suspended, leaves; an office closes and hands its cases on."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.agencies import life, service
from app.agencies.life import AGENCY_VERBS, OFFICE_VERBS
from app.agencies.models import Agency, AgencyUser, Office
from app.agencies.people import PEOPLE_VERBS
from app.agencies.rules import AGENCY_LIFE, OFFICE_LIFE, PERSON_LIFE, AgencyStatus, OfficeStatus, PersonStatus
from app.applications.models import Application, GoodsItem
from app.audit.models import AuditEvent
from app.core import clock
from app.core.errors import BusinessError, InvalidInput
from tests import factories
from tests.desk import Desk
from tests.people import ADMIN, EXPORTER, OFFICER, OFFICER2, OTHER_ADMIN, OTHER_OFFICER, SUPERVISOR, actor_for
from tests.states import brought
from tests.test_role_matrix import by_the_table

Filed = Callable[..., int]
REASON = {"reason": "A complaint is being looked into."}


@pytest.fixture
def desk(session: Any, app: Any) -> Desk:
    """The rows behind an application."""
    return Desk(session, app)


@pytest.fixture
def fiec(session: Any) -> Agency:
    """The agency of the cast."""
    found: Agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
    return found


@pytest.mark.parametrize(("workflow", "verbs", "states"), [
    (PERSON_LIFE, PEOPLE_VERBS, PersonStatus), (OFFICE_LIFE, OFFICE_VERBS, OfficeStatus), (AGENCY_LIFE, AGENCY_VERBS, AgencyStatus),
], ids=["registration", "office", "agency"])  # fmt: skip
def test_every_move_has_a_verb_and_every_state_a_line(workflow: Any, verbs: Any, states: Any) -> None:
    """What the table offers somebody can do, and nothing can be done that is not in the table."""
    assert set(verbs) == {move.name for move in workflow.moves if not move.automatic}
    assert set(workflow.states) == set(states)


ARGS: dict[str, dict[str, Any]] = {"suspend": REASON, "delist": REASON, "deactivate": REASON}


@pytest.mark.parametrize("status", AGENCY_LIFE.states)
def test_every_move_of_an_agency_by_everybody(session: Any, fiec: Agency, api: Any, status: str) -> None:
    """The supervisor suspends, ends it and de-lists; the administrator goes live; nobody else anything."""
    roles = {SUPERVISOR: "SUPERVISOR", ADMIN: "ADMINISTRATOR", OFFICER: "OFFICER", EXPORTER: "PRIMARY"}
    people = {email: api(email) for email in (*roles, OTHER_ADMIN)}
    fiec.status = status
    session.commit()
    for email, person in people.items():
        for name in AGENCY_VERBS:
            session.expire_all()
            fiec.status = status
            session.commit()
            from app.core.actor import Role

            want = 404 if email == OTHER_ADMIN else by_the_table(AGENCY_LIFE, name, status, Role(roles[email]))
            answer = person.post(f"/agencies/{fiec.id}/{name}", ARGS.get(name, {}))
            assert answer.status_code == want, (email, name, status, answer.json)


def test_a_suspended_agency_reads_and_does_nothing(
    session: Any, fiec: Agency, api: Any, login: Any, filed: Filed, run_jobs: Any
) -> None:
    """Filing and signing stop at once, the queued one included; its people still log in and read; then all goes on."""
    drafted, waiting, under, signing = filed("DRAFT"), filed("SUBMITTED"), filed("UNDER_REVIEW"), filed("SIGNING")
    assert api(SUPERVISOR).post(f"/agencies/{fiec.id}/suspend", REASON).status_code == 200
    run_jobs()
    session.expire_all()
    assert session.get_one(Application, signing).status == "SIGN_FAILED"
    assert api(EXPORTER).post(f"/applications/{drafted}/submit", {}).status_code in {409, 422}
    for pk, name, args in ((waiting, "take_up", {}), (under, "approve", {}), (under, "query", {"items": [{"text": "Which towels?"}]}),
                           (under, "reject", REASON), (under, "release", {})):  # fmt: skip
        answer = api(OFFICER).post(f"/applications/{pk}/{name}", args)
        assert (answer.status_code, "you may read" in answer.json["detail"]) == (403, True), name
    officer = session.scalars(select(AgencyUser).where(AgencyUser.email == OFFICER2)).one()
    assert api(ADMIN).post(f"/officers/{officer.id}/deactivate", REASON).status_code == 403
    before = session.get_one(Office, officer.mappings[0].office_id).name
    page = login(ADMIN).post(f"/offices/edit/{officer.mappings[0].office_id}", data={"name": "Renamed", "city": "Mumbai"})
    session.expire_all()
    assert (session.get_one(Office, officer.mappings[0].office_id).name, page.status_code in {200, 302, 403}) == (before, True)
    assert login(OFFICER).get(f"/applications/show/{under}").status_code == 200
    assert api(OFFICER).get(f"/applications/{under}").status_code == 200
    assert api(SUPERVISOR).post(f"/agencies/{fiec.id}/resume", {}).status_code == 200
    assert api(OFFICER).post(f"/applications/{signing}/sign", {}).status_code == 200
    run_jobs()
    session.expire_all()
    assert session.get_one(Application, signing).status == "ISSUED"


def test_an_agency_goes_live_when_one_office_is_ready(session: Any, fiec: Agency, api: Any) -> None:
    """Not before; and exporters are offered its offices only then."""
    fiec.status = AgencyStatus.ONBOARDING
    mumbai, delhi = fiec.offices[:2]
    stamps = mumbai.stamp_sha256, delhi.stamp_sha256
    for office in fiec.offices:
        office.stamp_sha256 = None
    session.commit()
    assert "No office is ready" in api(ADMIN).post(f"/agencies/{fiec.id}/go_live", {}).json["detail"]
    mumbai.stamp_sha256 = stamps[0]
    session.commit()
    assert mumbai not in service.ready_offices(session)
    assert api(ADMIN).post(f"/agencies/{fiec.id}/go_live", {}).status_code == 200
    session.expire_all()
    assert [office.code for office in service.ready_offices(session) if office.agency_id == fiec.id] == ["001"]
    assert fiec.live_at is not None


def test_scenario_12_an_office_code_is_used_once_in_an_agency(session: Any, fiec: Agency, login: Any) -> None:
    """A second 001 is refused in words; another agency has its own 001 (S8)."""
    data = {"code": "001", "name": "A second Mumbai office", "city": "Mumbai"}
    page = login(ADMIN).post("/offices/add", data=data)
    assert (page.status_code, "same code or name" in page.text) == (200, True)
    assert login(ADMIN).post("/offices/add", data=data | {"code": "003"}).status_code == 302
    assert login(OTHER_ADMIN).post("/offices/add", data=data | {"code": "003"}).status_code == 302
    session.expire_all()
    found = session.scalars(select(Office).where(Office.code == "003")).all()
    assert len({office.agency_id for office in found}) == 2


def test_an_office_closes_when_its_cases_have_gone(
    app: Any, session: Any, fiec: Agency, filed: Filed, desk: Desk, api: Any, run_jobs: Any
) -> None:
    """Open applications hold it; they are moved, parts, papers and questions with them; approved ones must be signed first."""
    mumbai, delhi = fiec.offices[:2]
    moving = {state: filed(state) for state in ("SUBMITTED", "UNDER_REVIEW", "QUERY_RAISED", "RESUBMITTED")}
    approved, done = brought(app, "APPROVED"), filed("ISSUED")
    answer = api(ADMIN).post(f"/offices/{mumbai.id}/deactivate", REASON)
    assert (answer.status_code, "4 can be moved" in answer.json["detail"], "1 are approved" in answer.json["detail"]) == (
        409,
        True,
        True,
    )
    assert api(ADMIN).post(f"/offices/{mumbai.id}/move_cases", {"office": mumbai.id}).status_code == 422
    other = session.scalars(select(Office).join(Agency).where(Agency.code == "SWCC")).first()
    assert api(ADMIN).post(f"/offices/{mumbai.id}/move_cases", {"office": other.id}).status_code == 422
    assert api(OTHER_ADMIN).post(f"/offices/{mumbai.id}/move_cases", {"office": other.id}).status_code == 404
    assert api(OFFICER).post(f"/offices/{mumbai.id}/move_cases", {"office": delhi.id}).status_code == 403
    assert api(ADMIN).post(f"/offices/{mumbai.id}/move_cases", {"office": delhi.id}).status_code == 200
    session.expire_all()
    expected = {
        "SUBMITTED": "SUBMITTED",
        "UNDER_REVIEW": "SUBMITTED",
        "QUERY_RAISED": "QUERY_RAISED",
        "RESUBMITTED": "RESUBMITTED",
    }
    for was, pk in moving.items():
        row = session.get_one(Application, pk)
        assert (row.status, row.office_id, row.desk_office_id) == (expected[was], delhi.id, delhi.id), was
        assert {item.desk_office_id for item in session.scalars(select(GoodsItem).where(GoodsItem.application_id == pk))} == {
            delhi.id
        }
        assert {part.desk_office_id for part in (*row.attachments, *row.queries)} == {delhi.id}
    assert session.get_one(Application, done).office_id == mumbai.id
    assert "1 are approved" in api(ADMIN).post(f"/offices/{mumbai.id}/deactivate", REASON).json["detail"]
    assert api(OFFICER).post(f"/applications/{approved}/recall", {}).status_code == 200
    assert api(ADMIN).post(f"/offices/{mumbai.id}/move_cases", {"office": delhi.id}).status_code == 200
    assert api(ADMIN).post(f"/offices/{mumbai.id}/deactivate", REASON).status_code == 200
    assert api(EXPORTER).post("/applications/", factories.filing()).status_code == 422, "Mumbai takes no filings any more"
    # What the exporter signed still holds: the moved one is approved at Delhi as it was filed at Mumbai.
    desk.move(moving["SUBMITTED"], OFFICER, "take_up")
    desk.move(moving["SUBMITTED"], OFFICER, "approve")
    run_jobs()
    assert desk.application(moving["SUBMITTED"]).status == "ISSUED"
    assert "/002/" in desk.certificate(moving["SUBMITTED"]).number
    assert api(ADMIN).post(f"/offices/{mumbai.id}/activate", {}).status_code == 200


def test_a_moved_application_with_a_question_is_answered_as_before(
    session: Any, fiec: Agency, filed: Filed, desk: Desk, api: Any
) -> None:
    """The exporter changes it and signs anew; it stays with the office it was moved to."""
    mumbai, delhi = fiec.offices[:2]
    pk = filed("QUERY_RAISED")
    life.move_cases(session, mumbai, actor_for(session, ADMIN), office=delhi.id)
    session.commit()
    answer = api(EXPORTER).put(f"/applications/{pk}", factories.filing(vessel_flight="EVER GIVEN"))
    assert answer.status_code == 200, answer.json
    assert api(EXPORTER).post(f"/applications/{pk}/reply", {"reply": "Put right."}).status_code == 200
    assert (desk.application(pk).status, desk.application(pk).office_id) == ("RESUBMITTED", delhi.id)
    assert api(OTHER_OFFICER).get(f"/applications/{pk}").status_code == 404


def test_a_closed_office_refuses_in_words(session: Any, fiec: Agency) -> None:
    """Moving to a closed office, or moving nothing."""
    mumbai, delhi = fiec.offices[:2]
    actor = actor_for(session, ADMIN)
    with pytest.raises(BusinessError, match="No application"):
        life.move_cases(session, mumbai, actor, office=delhi.id)
    delhi.status = OfficeStatus.INACTIVE
    with pytest.raises(InvalidInput, match="another active office"):
        life.move_cases(session, mumbai, actor, office=delhi.id)


def test_a_change_does_not_overwrite_a_colleagues(session: Any, fiec: Agency, login: Any) -> None:
    """Two open the same form; the second is told, keeps what was typed, and may save knowingly. Each change is on record."""
    office = fiec.offices[0]
    path = f"/offices/edit/{office.id}"
    first, second = login(ADMIN), login(ADMIN)
    version = re.search(r'name="seen_version" value="(\d+)"', second.get(path).text)
    assert version is not None
    data = {"name": office.name, "address1": office.address1, "city": office.city, "state_code": "27", "pin": "400021"}
    assert first.post(path, data=data | {"phone": "022 1", "seen_version": version[1]}).status_code == 302
    told = second.post(path, data=data | {"phone": "022 2", "seen_version": version[1]})
    assert (told.status_code, "in the meantime" in told.text, "022 2" in told.text) == (200, True, True)
    fresh = re.search(r'name="seen_version" value="(\d+)"', told.text)
    assert fresh is not None
    assert second.post(path, data=data | {"phone": "022 2", "seen_version": fresh[1]}).status_code == 302
    session.expire_all()
    assert office.phone == "022 2"
    events = select(AuditEvent).where(AuditEvent.object_kind == "office", AuditEvent.event == "office changed")
    assert len(session.scalars(events).all()) == 2


def test_a_new_agency_has_a_window(session: Any, login: Any) -> None:
    """The form proposes ONBOARDING_DAYS, and DGFT may change it; domains and states are lists, free mail is refused."""
    proposed = (clock.india_today() + timedelta(days=90)).isoformat()
    assert proposed in login(SUPERVISOR).get("/agencies/add").text
    data = {"code": "KECC", "name": "Konkan Export Chamber", "official_email": "s@kecc.example", "email_domains": "kecc.example; kecc.org",
            "jurisdiction_states": "27, 24", "onboard_by": proposed}  # fmt: skip
    refused = login(SUPERVISOR).post("/agencies/add", data=data | {"email_domains": "gmail.com"})
    assert (refused.status_code, "gmail.com" in refused.text) == (200, True)
    assert login(SUPERVISOR).post("/agencies/add", data=data).status_code == 302
    found = session.scalars(select(Agency).where(Agency.code == "KECC")).one()
    assert found.onboard_by == date.fromisoformat(proposed)
    assert (found.email_domains, found.jurisdiction_states) == (["kecc.example", "kecc.org"], ["27", "24"])
