"""Who can sign for which office today, and which offices an exporter may choose."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.agencies import service
from app.agencies.models import Agency, AgencyUser, Office, OfficeMapping
from app.applications.models import Application
from app.applications.scope import visible_to
from app.core import clock
from app.core.errors import BusinessError, InvalidInput, NotFound
from app.signing.service import active_registration
from tests import factories
from tests.desk import Desk
from tests.people import ADMIN, EXPORTER, OFFICER, OFFICER2, actor_for

Filed = Callable[..., int]


class House:
    """FIEC's Mumbai office and the officer R. K. Srinivasan, as rows to change."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.agency: Agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
        self.mumbai, self.delhi = self.agency.offices[:2]
        self.officer = self.person(OFFICER)

    def person(self, email: str) -> AgencyUser:
        found: AgencyUser = self.session.scalars(select(AgencyUser).where(AgencyUser.email == email)).one()
        return found

    def reasons(self, office: Office | None = None) -> list[str]:
        self.session.flush()
        return service.why_cannot_sign(self.session, self.officer, office or self.mumbai, clock.now())

    def mapping(self, email: str, office: Office) -> OfficeMapping:
        found = select(OfficeMapping).where(
            OfficeMapping.agency_user_id == self.person(email).id, OfficeMapping.office_id == office.id
        )
        row: OfficeMapping = self.session.scalars(found).one()
        return row

    def key(self) -> Any:
        return active_registration(self.session, self.officer.user_id)


@pytest.fixture
def house(session: Any) -> House:
    """The office and its officer, in order."""
    found = House(session)
    assert found.reasons() == []
    return found


def _expire(house: House) -> None:
    house.key().not_after = clock.now()


def _not_yet(house: House) -> None:
    house.key().not_before = clock.now() + timedelta(minutes=1)


def _unmap(house: House) -> None:
    house.session.delete(house.mapping(OFFICER, house.mumbai))


WHY: dict[str, tuple[Callable[[House], Any], str]] = {
    "agency suspended": (lambda house: setattr(house.agency, "status", "SUSPENDED"), "The agency is not active."),
    "agency delisted": (lambda house: setattr(house.agency, "status", "DELISTED"), "The agency is not active."),
    "agency on its way": (lambda house: setattr(house.agency, "status", "ONBOARDING"), "The agency is not active."),
    "office closed": (lambda house: setattr(house.mumbai, "status", "INACTIVE"), "The office is not active."),
    "no stamp": (lambda house: setattr(house.mumbai, "stamp_sha256", None), "The office has no stamp image"),
    "no officer": (lambda house: setattr(house.officer, "role", "ADMINISTRATOR"), "Only an officer signs"),
    "pending": (lambda house: setattr(house.officer, "status", "PENDING"), "The officer's account is not active."),
    "deactivated": (lambda house: setattr(house.officer, "status", "INACTIVE"), "The officer's account is not active."),
    "not mapped": (_unmap, "The officer is not mapped to this office."),
    "no signature": (lambda house: setattr(house.officer, "signature_sha256", None), "has no signature image"),
    "key revoked": (lambda house: setattr(house.key(), "status", "REVOKED"), "no valid digital signature certificate"),
    "key expired": (_expire, "no valid digital signature certificate"),
    "key not yet valid": (_not_yet, "no valid digital signature certificate"),
}


@pytest.mark.parametrize("name", WHY)
def test_each_lack_is_named(house: House, name: str) -> None:
    """One lack, one sentence."""
    cause, sentence = WHY[name]
    cause(house)
    (told,) = house.reasons()
    assert sentence in told


def test_all_lacks_are_named_at_once(house: House) -> None:
    """So that everything can be put right in one go."""
    for name in ("agency suspended", "office closed", "no stamp", "deactivated", "not mapped", "no signature"):
        WHY[name][0](house)
    WHY["key expired"][0](house)
    assert len(house.reasons()) == 7


@pytest.mark.parametrize("name", WHY)
def test_whoever_cannot_sign_cannot_approve(house: House, filed: Filed, app: Flask, name: str) -> None:
    """The sentence reaches the officer, and no number is used up (scenario 20)."""
    pk = filed("UNDER_REVIEW")
    officer = actor_for(house.session, OFFICER)
    WHY[name][0](house)
    house.session.commit()
    from app.certificates.issue import approve

    with pytest.raises(BusinessError, match=r"You cannot sign for this office now\."):
        approve(house.session, house.session.get_one(Application, pk), officer)
    house.session.rollback()
    assert Desk(house.session, app).certificates(pk) == []


# --- mappings --------------------------------------------------------------------------------------------------------


def test_a_mapping_holds_from_its_first_to_its_last_day_in_india(house: House) -> None:
    """From midnight to midnight by the clocks of India, both days included."""
    first, last = clock.india_today() + timedelta(days=10), clock.india_today() + timedelta(days=12)
    mapping = house.mapping(OFFICER, house.mumbai)
    mapping.from_date, mapping.to_date = first, last
    begin, end = clock.india_midnight(first), clock.india_midnight(last + timedelta(days=1))
    second = timedelta(seconds=1)
    for moment, mapped in ((begin - second, False), (begin, True), (end - second, True), (end, False)):
        with clock.travel(moment):
            assert (house.mumbai.id in service.mapped_offices(house.session, house.officer.id)) is mapped
            assert (house.mumbai.id in actor_for(house.session, OFFICER).office_ids) is mapped


def test_an_open_mapping_holds_until_it_is_closed(house: House) -> None:
    """Without a last day it goes on."""
    with clock.travel(clock.now() + timedelta(days=5_000)):
        assert service.mapped_offices(house.session, house.officer.id) == (house.mumbai.id, house.delhi.id)


def test_an_officer_sees_the_offices_they_are_mapped_to(house: House, filed: Filed, app: Flask) -> None:
    """An application of the other office does not exist for them: neither to see nor to act on (scenario 16)."""
    ours, theirs = filed("SUBMITTED"), filed("SUBMITTED", office="002")
    actor = actor_for(house.session, OFFICER2)
    seen = house.session.scalars(select(Application.id).where(visible_to(actor))).all()
    assert (ours in seen, theirs in seen) == (True, False)
    with pytest.raises(NotFound):
        factories.move(app, theirs, OFFICER2, "take_up")
    factories.move(app, theirs, OFFICER, "take_up")


# --- offices to choose from ------------------------------------------------------------------------------------------


def ready(house: House) -> list[tuple[str, str]]:
    """(agency, office) of each office that takes filings now."""
    house.session.flush()
    return sorted((office.agency.code, office.code) for office in service.ready_offices(house.session))


def test_offices_that_can_issue_are_offered(house: House) -> None:
    """All of the demonstration's."""
    assert ready(house) == [("FIEC", "001"), ("FIEC", "002"), ("SWCC", "001")]


@pytest.mark.parametrize("name", ["agency suspended", "agency delisted", "agency on its way"])
def test_an_agency_that_is_not_active_is_not_offered(house: House, name: str) -> None:
    """None of its offices."""
    WHY[name][0](house)
    assert ready(house) == [("SWCC", "001")]


@pytest.mark.parametrize("name", ["office closed", "no stamp"])
def test_an_office_that_is_closed_or_has_no_stamp_is_not_offered(house: House, name: str) -> None:
    """The others are (scenario 8)."""
    WHY[name][0](house)
    assert ready(house) == [("FIEC", "002"), ("SWCC", "001")]


@pytest.mark.parametrize("name", ["deactivated", "no signature", "key revoked", "key expired", "not mapped"])
def test_an_office_without_an_officer_who_can_sign_is_not_offered(house: House, name: str) -> None:
    """As long as one other can sign, it is."""
    WHY[name][0](house)
    assert ("FIEC", "001") in ready(house)
    house.person(OFFICER2).status = "INACTIVE"
    assert ("FIEC", "001") not in ready(house)


def test_what_is_not_offered_is_refused_and_a_draft_for_it_kept(house: House, filed: Filed, app: Flask) -> None:
    """Whoever chooses it all the same reads which office, and to choose another."""
    pk = filed()
    WHY["office closed"][0](house)
    house.session.commit()
    with pytest.raises(InvalidInput, match=r"Mumbai does not take filings now\. Choose another office\."):
        filed()
    with pytest.raises(BusinessError, match="the draft is kept"):
        factories.move(app, pk, EXPORTER, "submit")
    assert Desk(house.session, app).application(pk).status == "DRAFT"


# --- when an officer goes --------------------------------------------------------------------------------------------


def test_a_deactivated_officer_is_nobody(house: House, filed: Filed, app: Flask, run_jobs: Callable[[], int]) -> None:
    """No role any more, and what was approved before is not signed in their name (scenario 15)."""
    pk = filed("SIGNING")
    WHY["deactivated"][0](house)
    house.session.commit()
    assert service.officer_actor(house.session, house.officer.user_id) is None
    run_jobs()
    desk = Desk(house.session, app)
    assert (desk.application(pk).status, desk.certificate(pk).sha256) == ("SIGN_FAILED", None)
    assert "The officer's account is not active." in desk.job(pk).error


def test_an_administrator_signs_nothing(house: House, filed: Filed, app: Flask) -> None:
    """Whatever key they have."""
    pk = filed("UNDER_REVIEW")
    with pytest.raises(BusinessError):
        factories.move(app, pk, ADMIN, "approve")
