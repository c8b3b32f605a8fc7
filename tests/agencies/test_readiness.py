"""The checklist and DGFT's board: they agree with the rule that decides at signing, and cost the same however many there are."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import select

from app.agencies import readiness, service
from app.agencies.models import Agency, AgencyUser, Office, OfficeMapping
from app.agencies.readiness import Need, Part, Readiness
from app.core import clock
from app.core.errors import NotAllowed
from app.signing.service import active_registration
from tests.people import ADMIN, EXPORTER, OFFICER, OFFICER2, OTHER_ADMIN, SUPERVISOR, actor_for

Login = Callable[[str], FlaskClient]


class House:
    """FIEC with its offices 001 and 002, as rows to change."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.agency: Agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
        self.mumbai, self.delhi = self.agency.offices
        self.officer, self.second = self.person(OFFICER), self.person(OFFICER2)

    def person(self, email: str) -> AgencyUser:
        found: AgencyUser = self.session.scalars(select(AgencyUser).where(AgencyUser.email == email)).one()
        return found

    def key(self, person: AgencyUser) -> Any:
        return active_registration(self.session, person.user_id)

    def unmap(self, person: AgencyUser, **changes: Any) -> None:
        for row in self.session.scalars(select(OfficeMapping).where(OfficeMapping.agency_user_id == person.id)):
            row.from_date, row.to_date = changes.get("begins", row.from_date), changes.get("ends")

    def read(self) -> Readiness:
        self.session.flush()
        return readiness.checklist(self.session, actor_for(self.session, ADMIN))

    def office(self, code: str = "001") -> Part:
        return next(part for part in self.read().offices if part.name.startswith(code))

    def lacks(self) -> list[tuple[str, str]]:
        return [(str(step.need), step.of) for step in self.read().missing]


@pytest.fixture
def login(login: Login) -> Login:
    """As ever; but the session's app context outlives a request here, and would remember who logged in first."""

    def enter(email: str) -> FlaskClient:
        g.pop("_login_user", None)
        return login(email)

    return enter


@pytest.fixture
def house(session: Any) -> House:
    """Everything in order."""
    found = House(session)
    assert found.read().percent == 100
    return found


DAY = timedelta(days=1)
# What can be amiss; each leaves something that somebody has to see to.
CASES: dict[str, Callable[[House], Any]] = {
    "nothing": lambda house: None,
    "notified": lambda house: setattr(house.agency, "status", "NOTIFIED"),
    "onboarding": lambda house: setattr(house.agency, "status", "ONBOARDING"),
    "suspended": lambda house: setattr(house.agency, "status", "SUSPENDED"),
    "delisted": lambda house: setattr(house.agency, "status", "DELISTED"),
    "office closed": lambda house: setattr(house.mumbai, "status", "INACTIVE"),
    "no stamp": lambda house: setattr(house.mumbai, "stamp_sha256", None),
    "no stamp while onboarding": lambda house: (setattr(house.agency, "status", "ONBOARDING"), CASES["no stamp"](house)),
    "pending": lambda house: setattr(house.second, "status", "PENDING"),
    "deactivated": lambda house: setattr(house.officer, "status", "INACTIVE"),
    "both deactivated": lambda house: (CASES["deactivated"](house), setattr(house.second, "status", "INACTIVE")),
    "no signature": lambda house: setattr(house.officer, "signature_sha256", None),
    "no signatures": lambda house: (CASES["no signature"](house), setattr(house.second, "signature_sha256", None)),
    "key revoked": lambda house: setattr(house.key(house.officer), "status", "REVOKED"),
    "key expired": lambda house: setattr(house.key(house.officer), "not_after", clock.now()),
    "key not yet valid": lambda house: setattr(house.key(house.officer), "not_before", clock.now() + DAY),
    "keys expired": lambda house: (CASES["key expired"](house), setattr(house.key(house.second), "not_after", clock.now())),
    "mapping begins tomorrow": lambda house: house.unmap(house.officer, begins=clock.india_today() + DAY),
    "mapping ended yesterday": lambda house: house.unmap(house.officer, ends=clock.india_today() - DAY),
    "mapping ends today": lambda house: house.unmap(house.officer, ends=clock.india_today()),
    "an administrator is mapped": lambda house: setattr(house.officer, "role", "ADMINISTRATOR"),
    "nobody has an account": lambda house: [setattr(each, "user_id", None) for each in (house.officer, house.second)],
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_checklist_agrees_with_the_rule_of_signing(house: House, name: str) -> None:
    """Offered means ready, complete means ready but for the agency, and each reason is one that the rule gives."""
    CASES[name](house)
    row, now = house.read(), clock.now()
    for office, part in zip((house.mumbai, house.delhi), row.offices, strict=True):
        assert part.offered is service.is_ready(house.session, office)
        assert part.complete is service.would_be_ready(house.session, office)
        assert bool(part.reasons) is not part.offered
        given = {
            (person.full_name, sentence)
            for person in service.officers_of(house.session, office.id)
            for sentence in service.why_cannot_sign(house.session, person, office, now)
        }
        anybodys = {sentence for _, sentence in given} | {readiness.NOBODY}
        assert {sentence for who, sentence in part.reasons if not who} <= anybodys
        assert {pair for pair in part.reasons if pair[0]} <= given


@pytest.mark.parametrize("name", sorted(set(CASES) - {"nothing", "mapping ends today", "office closed", "deactivated"}))
def test_whatever_is_amiss_is_on_the_list(house: House, name: str) -> None:
    """Each case leaves at least one step undone, and so less than a hundred per cent."""
    CASES[name](house)
    row = house.read()
    assert row.missing
    assert row.percent < 100
    done = sum(step.done for step in row.steps)
    assert row.percent == 100 * done // len(row.steps)


@pytest.mark.parametrize("name", ["office closed", "deactivated"])
def test_what_was_closed_on_purpose_keeps_nobody_waiting(house: House, name: str) -> None:
    """It is shown, and counts for nothing; what it takes along with it is missing elsewhere."""
    before = len(house.read().steps)
    CASES[name](house)
    row = house.read()
    assert len(row.steps) < before
    assert [part.counts for part in (*row.offices, *row.officers)].count(False) == 1
    assert not any(step.of in (house.mumbai.name, house.officer.full_name) for step in row.missing)


def test_scenario_8_an_office_without_stamp_is_not_offered_and_the_checklist_says_why(house: House, login: Login) -> None:
    """Exporters cannot choose it; the administrator reads the reason and is led to where it is cured."""
    CASES["no stamp"](house)
    house.session.commit()
    offered = [office.code for office in service.ready_offices(house.session) if office.agency_id == house.agency.id]
    assert offered == ["002"]
    assert 'value="FIEC/001"' not in login(EXPORTER).get("/filing/").text
    assert house.lacks() == [("STAMP", str(house.mumbai))]
    administrator = login(ADMIN)
    page = administrator.get("/onboarding/").text
    assert "no, because:" in page
    assert "The office has no stamp image: the administrator uploads one in Office Management." in page
    assert f'href="/offices/show/{house.mumbai.id}"' in page
    assert "No stamp: upload the stamp of this office." in administrator.get("/").text


def test_each_lack_is_told_of_whoever_has_it(house: House) -> None:
    """Offices without stamp, officers without signature, certificate or mapping."""
    house.mumbai.stamp_sha256 = house.officer.signature_sha256 = None
    house.unmap(house.second, ends=clock.india_today() - DAY)
    house.key(house.second).not_after = clock.now()
    first, second = house.officer.full_name, house.second.full_name
    expected = {("STAMP", str(house.mumbai)), ("SIGNATURE", first), ("MAPPED", second), ("DSC", second)}
    assert expected == set(house.lacks())


def test_an_officer_who_waits_is_activated_first(house: House) -> None:
    """What comes after activation is told after it, and not as something to be done now."""
    house.second.status, house.second.signature_sha256 = "PENDING", None
    found = [(step.need, step.later) for step in house.read().missing if step.of == house.second.full_name]
    assert found == [(Need.ACCOUNT, False), (Need.SIGNATURE, True)]


@pytest.mark.parametrize(("left", "warned"), [(timedelta(days=30, minutes=1), False), (timedelta(days=30, minutes=-1), True)])
def test_a_certificate_that_ends_soon_is_named(house: House, left: timedelta, warned: bool) -> None:
    """Under thirty days it still signs, is done, and is warned of."""
    house.key(house.officer).not_after = clock.now() + left
    row = house.read()
    assert (row.percent, [step.of for step in row.warnings]) == (100, [house.officer.full_name] if warned else [])


def test_the_window_counts_down_only_on_the_way_aboard(house: House) -> None:
    """The last day has 0 left; an agency that is live has no window any more."""
    house.agency.onboard_by = clock.india_today() + 3 * DAY
    assert house.read().days_left is None
    house.agency.status = "ONBOARDING"
    for passed, left in ((0, 3), (3, 0), (4, -1)):
        with clock.travel(clock.now() + passed * DAY):
            assert house.read().days_left == left


def test_going_live_is_offered_as_soon_as_one_office_is_complete(house: House, login: Login) -> None:
    """And not before; the button leads to the move of the state table."""
    house.agency.status, house.mumbai.stamp_sha256 = "ONBOARDING", None
    house.session.commit()
    address = f'href="/agencies/move/{house.agency.id}/go_live"'
    browser = login(ADMIN)
    assert address in browser.get("/onboarding/").text
    house.delhi.stamp_sha256 = None
    house.session.commit()
    page = browser.get("/onboarding/").text
    assert address not in page
    assert "It can go live as soon as one office is complete." in page


def test_when_everything_is_done_one_line_remains(house: House, login: Login) -> None:
    """On the administrator's home; nobody else has it."""
    house.session.commit()
    page = login(ADMIN).get("/").text
    assert page.count("Your agency is ready to issue.") == 1
    assert "<progress" not in page
    for email in (OFFICER, EXPORTER, SUPERVISOR):
        assert "ready to issue" not in login(email).get("/").text


def test_nobody_reads_what_is_not_theirs(house: House, login: Login) -> None:
    """An administrator has the own agency's checklist, DGFT the board, officers and exporters neither."""
    other = login(OTHER_ADMIN).get("/onboarding/").text
    assert house.agency.name not in other
    assert house.officer.full_name not in other
    assert [login(email).get("/onboarding/").status_code for email in (OFFICER, EXPORTER)] == [403, 403]
    assert login(ADMIN).get("/onboarding/export").status_code == 403
    with pytest.raises(NotAllowed):
        readiness.board(house.session, actor_for(house.session, ADMIN))
    with pytest.raises(NotAllowed):
        readiness.checklist(house.session, actor_for(house.session, SUPERVISOR))


# --- the board -------------------------------------------------------------------------------------------------------


def many(house: House, agencies: int, offices: int, officers: int) -> None:
    """More agencies on their way aboard, with offices and people, none of them complete."""
    session, today = house.session, clock.india_today()
    for number in range(agencies):
        agency = Agency(
            code=f"Z{number:03d}", name=f"Chamber {number:03d}", official_email=f"z{number}@z.example", status="ONBOARDING",
            onboard_by=today + number * DAY,
        )  # fmt: skip
        agency.offices = [Office(code=f"{code + 1:03d}", name=f"Office {code}", city="Pune") for code in range(offices)]
        session.add(agency)
        session.flush()
        for each in range(officers):
            email = f"officer{each}@z{number}.example"
            person = AgencyUser(agency_id=agency.id, role="OFFICER", full_name=f"Officer {each}", email=email, status="ACTIVE")
            session.add(person)
            session.flush()
            for office in agency.offices:
                ids = {"agency_id": agency.id, "agency_user_id": person.id, "office_id": office.id}
                session.add(OfficeMapping(from_date=today, **ids))
    session.commit()


def test_125_agencies_cost_as_many_questions_as_two(house: House, count_queries: Any) -> None:
    """Five, for the board; and five for the checklist of an agency with many offices and officers."""
    supervisor, administrator = actor_for(house.session, SUPERVISOR), actor_for(house.session, ADMIN)
    house.session.commit()
    with count_queries() as few:
        assert len(readiness.board(house.session, supervisor)) == 2
    many(house, 123, 2, 2)
    house.session.expunge_all()
    with count_queries() as lots:
        rows = readiness.board(house.session, supervisor)
    assert (len(rows), len(few), len(lots)) == (125, 5, 5)
    with count_queries() as one:
        readiness.checklist(house.session, administrator)
    assert len(one) == 5


def test_the_board_page_asks_a_constant_number_of_questions(house: House, login: Login, count_queries: Any) -> None:
    """The whole page, log-in and bell included."""
    browser = login(SUPERVISOR)
    browser.get("/onboarding/")
    with count_queries() as few:
        browser.get("/onboarding/")
    many(house, 40, 2, 2)
    with count_queries() as lots:
        page = browser.get("/onboarding/").text
    assert len(lots) == len(few)
    assert page.count("Chamber 0") >= 40


def test_the_board_can_be_sorted(house: House) -> None:
    """By every column, both ways; an order nobody knows is the usual one, which begins with those on their way."""
    many(house, 3, 1, 1)
    house.agency.onboard_by = None
    supervisor = actor_for(house.session, SUPERVISOR)
    codes = lambda order, **more: [row.code for row in readiness.board(house.session, supervisor, order, **more)]  # noqa: E731  a short name for the test
    assert codes("status")[:3] == codes("nonsense")[:3] == ["Z000", "Z001", "Z002"]
    assert codes("window")[:3] == ["Z000", "Z001", "Z002"]
    assert codes("name")[0] == "Z000"
    assert set(codes("percent", descending=True)[:2]) == {"FIEC", "SWCC"}
    assert codes("offices", descending=True)[0] == codes("officers", descending=True)[0] == "FIEC"


def test_the_board_as_a_file(house: House, login: Login) -> None:
    """A line for each agency; a name that a spreadsheet would calculate is disarmed."""
    many(house, 1, 1, 1)
    house.session.scalars(select(Agency).where(Agency.code == "Z000")).one().name = "=1+1 Chamber"
    house.session.commit()
    browser = login(SUPERVISOR)
    head, *lines = csv.reader(io.StringIO(browser.get("/onboarding/export?order=name").text))
    assert len(lines) == 3
    found = {line[0]: dict(zip(head, line, strict=True)) for line in lines}
    assert found["Z000"]["Agency"] == "'=1+1 Chamber"
    assert (found["Z000"]["Offices complete"], found["Z000"]["Offices"], found["FIEC"]["Per cent"]) == ("0", "1", "100")
    assert "001 Office 0: No stamp" in found["Z000"]["Missing"]
    assert "No administrator is active" in browser.get("/onboarding/?order=percent&direction=desc").text
