"""Who is let in by whom, what follows when somebody leaves, and who works for which office (state table 5.3)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.access.models import SignIn, WebSession
from app.agencies import people
from app.agencies.models import Agency, AgencyUser, Office, OfficeMapping
from app.agencies.rules import AgencyStatus, PersonStatus, may_decide
from app.applications.models import Application
from app.certificates.models import Certificate
from app.core import clock
from app.core.actor import Role
from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound, WrongState
from app.notices.models import Mail, Notice
from tests import factories, states
from tests.people import ADMIN, EXPORTER, OFFICER, OFFICER2, OTHER_ADMIN, OTHER_OFFICER, SUPERVISOR, actor_for

Filed = Callable[..., int]
NEW = "asha@fiec.example"


def person(session: Any, email: str) -> AgencyUser:
    """Somebody of the cast, read anew."""
    session.expire_all()
    found: AgencyUser = session.scalars(select(AgencyUser).where(AgencyUser.email == email)).one()
    return found


def asking(session: Any, agency: str = "FIEC", role: Role = Role.OFFICER, email: str = NEW) -> AgencyUser:
    """A request whose e-mail address has been proven."""
    found = session.scalars(select(Agency).where(Agency.code == agency)).one()
    row = AgencyUser(
        agency_id=found.id, role=role.value, full_name="Asha Menon", designation="Officer", email=email, mobile="9876543211",
        requested_office_id=found.offices[0].id if role is Role.OFFICER else None, status=PersonStatus.PENDING,
    )  # fmt: skip
    session.add(row)
    session.commit()
    return row


def test_an_officer_is_let_in_by_the_own_administrator(session: Any) -> None:
    """An account, a password by mail that must be changed, and the office that was asked for."""
    row = asking(session)
    people.activate(session, row, actor_for(session, ADMIN))
    session.commit()
    assert (row.status, [mapping.office.code for mapping in row.mappings]) == ("ACTIVE", ["001"])
    assert row.user_id is not None
    proof = session.scalars(select(SignIn).where(SignIn.user_id == row.user_id)).one()
    assert proof.must_change
    sent = session.scalars(select(Mail).where(Mail.recipient == NEW)).one()
    assert "Password: " in sent.body
    with pytest.raises(WrongState):
        people.activate(session, row, actor_for(session, ADMIN))


@pytest.mark.parametrize("who", [OTHER_ADMIN, OFFICER, EXPORTER, SUPERVISOR])
@pytest.mark.parametrize("verb", ["activate", "reject"])
def test_scenario_18_nobody_else_decides_on_an_officer(session: Any, who: str, verb: str) -> None:
    """Not the administrator of another agency, nor an officer, nor DGFT itself (S13)."""
    row = asking(session)
    args = {"reason": "We do not know her."} if verb == "reject" else {}
    with pytest.raises((NotAllowed, NotFound)):
        people.PEOPLE_VERBS[verb](session, row, actor_for(session, who), **args)
    assert row.status == "PENDING"


def test_scenario_17_a_request_is_seen_by_the_own_administrator(session: Any, login: Any) -> None:
    """In User Management; the other agency's administrator finds neither the row nor the page (S13)."""
    pk = asking(session).id
    assert "Asha Menon" in login(ADMIN).get("/officers/list/").text
    assert login(ADMIN).get(f"/officers/show/{pk}").status_code == 200
    assert "Asha Menon" not in login(OTHER_ADMIN).get("/officers/list/").text
    assert login(OTHER_ADMIN).get(f"/officers/show/{pk}").status_code == 404
    assert login(OTHER_ADMIN).post(f"/officers/move/{pk}/activate").status_code == 404


def test_scenario_11_an_administrator_is_let_in_by_dgft(session: Any, login: Any, api: Any) -> None:
    """Before that there is no Office Management; with the first administrator the agency comes aboard."""
    agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
    agency.status = AgencyStatus.NOTIFIED
    row = asking(session, role=Role.ADMINISTRATOR)
    pk = row.id
    assert api(ADMIN).post(f"/officers/{pk}/activate", {}).status_code == 403
    assert api(SUPERVISOR).post(f"/officers/{pk}/activate", {}).json["result"]["status"] == "ACTIVE"
    session.expire_all()
    assert agency.status == "ONBOARDING"
    session.get_one(AgencyUser, pk)
    sent = session.scalars(select(Mail).where(Mail.recipient == NEW)).one()
    password = sent.body.split("Password: ")[1].split()[0]
    client = login(NEW, password)
    assert client.get("/offices/list/").status_code in {200, 302}, "302: the password comes first"


def test_a_rejection_frees_the_address(session: Any) -> None:
    """With a reason, by mail; she may register again, and the rejected request stays in the books."""
    row = asking(session)
    people.reject(session, row, actor_for(session, ADMIN), reason="Not on our staff.")
    session.commit()
    sent = session.scalars(select(Mail).where(Mail.recipient == NEW)).one()
    assert (row.status, "Not on our staff." in sent.body) == ("REJECTED", True)
    assert asking(session).id != row.id


def test_the_address_of_another_account_is_refused(session: Any) -> None:
    """One account is one person in one role."""
    row = asking(session, email=EXPORTER)
    with pytest.raises(BusinessError, match="account of another kind"):
        people.activate(session, row, actor_for(session, ADMIN))


def test_scenario_15_who_is_deactivated_is_out_at_once(
    app: Flask, session: Any, filed: Filed, login: Any, api: Any, run_jobs: Any
) -> None:
    """The cases return to the queue, approved numbers are void, and a signing already queued is refused (S12)."""
    under, signing = filed("UNDER_REVIEW"), filed("SIGNING")
    approved, theirs = states.brought(app, "APPROVED"), filed("UNDER_REVIEW", officer=OFFICER2)
    cookie, token = login(OFFICER), api(OFFICER)
    people.deactivate(session, person(session, OFFICER), actor_for(session, ADMIN), reason="Has left the chamber.")
    session.commit()
    run_jobs()
    session.expire_all()
    found = [session.get_one(Application, pk).status for pk in (under, approved, signing, theirs)]
    assert found == ["SUBMITTED", "SUBMITTED", "SIGN_FAILED", "UNDER_REVIEW"]
    void = session.scalars(select(Certificate).where(Certificate.application_id == approved)).one()
    assert (void.status, void.live_application_id) == ("VOID", None)
    assert cookie.get("/desk/list/").status_code in {302, 401, 403}
    assert token.post(f"/applications/{under}/take_up", {}).status_code in {401, 403}
    user = person(session, OFFICER).user_id
    assert session.scalars(select(WebSession).where(WebSession.user_id == user, WebSession.ended_at.is_(None))).all() == []
    assert api(OFFICER2).post(f"/applications/{under}/take_up", {}).status_code == 200
    people.activate(session, person(session, OFFICER), actor_for(session, ADMIN))
    session.commit()
    assert login(OFFICER).get("/desk/list/").status_code == 200


def test_nobody_decides_on_the_own_account(session: Any) -> None:
    """Not even an administrator."""
    me = person(session, OFFICER)
    actor = actor_for(session, ADMIN)
    from dataclasses import replace

    with pytest.raises(NotAllowed, match="own account"):
        people.deactivate(session, me, replace(actor, user_id=me.user_id), reason="I have had enough.")


@pytest.mark.parametrize(("decider", "agency", "role", "may"), [
    (Role.SUPERVISOR, None, "ADMINISTRATOR", True), (Role.SUPERVISOR, None, "OFFICER", False),
    (Role.ADMINISTRATOR, 1, "OFFICER", True), (Role.ADMINISTRATOR, 2, "OFFICER", False),
    (Role.ADMINISTRATOR, 1, "ADMINISTRATOR", False), (Role.OFFICER, 1, "OFFICER", False), (Role.PRIMARY, None, "OFFICER", False),
])  # fmt: skip
def test_who_may_decide(decider: Role, agency: int | None, role: str, may: bool) -> None:
    """Administrators by DGFT, officers by an administrator of their own agency."""
    assert may_decide(decider, agency, role, 1) is may


# --- offices ---------------------------------------------------------------------------------------------------------


def offices(session: Any) -> tuple[Office, Office]:
    """Mumbai and Delhi."""
    agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
    return agency.offices[0], agency.offices[1]


def test_scenario_16_who_is_mapped_to_one_office_sees_no_other(session: Any, filed: Filed, api: Any) -> None:
    """Officer 2 works for Mumbai; a Delhi application is neither seen nor taken up, until the administrator maps (S12)."""
    mumbai, delhi = offices(session)
    pk = filed("SUBMITTED", office="002")
    assert api(OFFICER2).get(f"/applications/{pk}").status_code == 404
    assert api(OFFICER2).post(f"/applications/{pk}/take_up", {}).status_code == 404
    who = person(session, OFFICER2).id
    assert api(ADMIN).post(f"/officers/{who}/map_office", {"office": delhi.id}).status_code == 200
    assert api(OFFICER2).get(f"/applications/{pk}").status_code == 200
    assert api(ADMIN).post(f"/officers/{who}/unmap_office", {"office": delhi.id}).status_code == 200
    assert api(OFFICER2).get(f"/applications/{pk}").status_code == 404
    assert mumbai.id in {row.office_id for row in person(session, OFFICER2).mappings}


def test_a_mapping_has_its_days(session: Any) -> None:
    """From tomorrow means not today; a second one at the same time is refused, and so are days in the wrong order."""
    _mumbai, delhi = offices(session)
    who, actor, today = person(session, OFFICER2), actor_for(session, ADMIN), clock.india_today()
    people.map_office(
        session, who, actor, office=delhi.id, from_date=today + timedelta(days=1), to_date=today + timedelta(days=9)
    )
    assert delhi.id not in actor_for(session, OFFICER2).office_ids
    with clock.travel(clock.now() + timedelta(days=2)):
        assert delhi.id in actor_for(session, OFFICER2).office_ids
    with clock.travel(clock.now() + timedelta(days=11)):
        assert delhi.id not in actor_for(session, OFFICER2).office_ids
    with pytest.raises(InvalidInput, match="already"):
        people.map_office(session, who, actor, office=delhi.id)
    with pytest.raises(InvalidInput, match="before the first"):
        people.map_office(session, who, actor, office=delhi.id, from_date=today, to_date=today - timedelta(days=1))


def test_only_officers_and_only_the_own_offices(session: Any, api: Any) -> None:
    """Another agency's office is none, whatever its number; an administrator needs no mapping."""
    other = session.scalars(select(Office).join(Agency).where(Agency.code == "SWCC")).first()
    answer = api(ADMIN).post(f"/officers/{person(session, OFFICER).id}/map_office", {"office": other.id})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "office")
    stranger = session.scalars(select(AgencyUser).where(AgencyUser.email == OTHER_OFFICER)).one()
    assert api(ADMIN).post(f"/officers/{stranger.id}/map_office", {"office": other.id}).status_code == 404
    with pytest.raises(NotAllowed):
        people.map_office(session, person(session, ADMIN), actor_for(session, ADMIN), office=other.id)


def test_an_invited_officer_is_aboard_at_once(session: Any) -> None:
    """Active, mapped, told; the address is known from now on, and only the own administrator invites."""
    mumbai, delhi = offices(session)
    who = people.invite(session, actor_for(session, ADMIN), full_name="Asha Menon", designation="Officer", email="Asha@FIEC.example",
                        mobile="9876543211", office_ids=[mumbai.id, delhi.id])  # fmt: skip
    session.commit()
    assert (who.status, who.office_list, who.email) == ("ACTIVE", "001, 002", NEW)
    assert people.known(session, " ASHA@fiec.example ")
    with pytest.raises(BusinessError, match="already has"):
        people.invite(session, actor_for(session, ADMIN), full_name="A", designation="", email=NEW, mobile="")
    with pytest.raises(NotAllowed):
        people.invite(session, actor_for(session, OFFICER), full_name="A", designation="", email="b@fiec.example", mobile="")
    assert session.scalars(select(OfficeMapping).where(OfficeMapping.agency_user_id == who.id)).all()
    assert session.scalars(select(Notice).where(Notice.user_id == who.user_id)).all()


def test_the_buttons_are_the_deciders(app: Flask, session: Any, login: Any) -> None:
    """Each person's page shows what the one who looks may do, and nothing else."""
    pending, active, chief = asking(session).id, person(session, OFFICER2).id, person(session, ADMIN).id
    expected = {
        (ADMIN, pending): {"activate", "reject"},
        (ADMIN, active): {"deactivate", "map_office", "unmap_office"},
        (ADMIN, chief): set(),
        (SUPERVISOR, pending): set(),
        (SUPERVISOR, chief): {"deactivate"},
    }
    for (who, pk), names in expected.items():
        page = login(who).get(f"/officers/show/{pk}")
        assert page.status_code == 200
        shown = {name for name in people.PEOPLE_VERBS if f"/officers/move/{pk}/{name}" in page.text}
        assert shown == names, (who, pk)
    before = states.picture(app)
    assert login(ADMIN).post(f"/officers/move/{active}/deactivate", data={"reason": ""}).status_code == 200
    assert states.changed(before, states.picture(app)) == []
    assert login(ADMIN).post(f"/officers/move/{active}/deactivate", data={"reason": "Has left."}).status_code == 302
    assert person(session, OFFICER2).status == "INACTIVE"
    assert factories.filing()["office"] == "001"
