"""An administrator invites many officers from a table: shown first, then all of them or none, and only into the own agency."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.agencies import invite
from app.agencies.models import Agency, AgencyUser, Office
from app.audit.models import AuditEvent
from app.core.errors import BusinessError, InvalidInput, NotAllowed
from app.infra.db import db
from app.infra.sheets import Plan, read_table
from app.notices.models import Mail
from tests.browserlike import parse_strictly
from tests.people import ADMIN, EXPORTER, OFFICER, OTHER_ADMIN, OTHER_OFFICER, PASSWORD, SUPERVISOR, actor_for

SAMPLE = (Path(__file__).parents[2] / "samples" / "officers.csv").read_bytes()
HEAD = "full_name,designation,email,mobile,employee_code,offices"
GOOD = "Devika Menon,Assistant Director,devika.menon@fiec.example,9876543211,,001"
Login = Callable[[str], Any]


def table(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows]).encode()


def planned(session: Any, content: bytes, who: str = ADMIN) -> Plan:
    return invite.plan(session, actor_for(session, who), read_table(content, invite.COLUMNS))


def taken(session: Any, content: bytes, who: str = ADMIN, shown: str = "") -> Plan:
    rows = read_table(content, invite.COLUMNS)
    done = invite.take_over(session, actor_for(session, who), rows, source="f" * 64, shown=shown)
    session.commit()
    return done


def person(session: Any, email: str) -> AgencyUser:
    found: AgencyUser = session.scalars(select(AgencyUser).where(AgencyUser.email == email)).one()
    return found


def number(session: Any) -> int:
    return int(session.scalar(select(func.count()).select_from(AgencyUser)))


def told(session: Any, content: bytes, who: str = ADMIN) -> dict[str, str]:
    """The faults; and nobody was invited."""
    before = number(session)
    faults = {fault.field: fault.message for fault in planned(session, content, who).faults}
    with pytest.raises(InvalidInput):
        taken(session, content, who)
    session.rollback()
    assert number(session) == before
    return faults


def send(browser: Any, content: bytes) -> Any:
    db.session.remove()  # what the test has read is not handed to the request
    return browser.post("/invite", data={"file": (io.BytesIO(content), "officers.csv")})


def press(browser: Any, table: str) -> Any:
    """The button «Take over»."""
    db.session.remove()
    return browser.post("/invite", data={"table": table})


def text(page: Any) -> str:
    return " ".join("".join(parse_strictly(page.data, "").itertext()).split())


def seal(page: Any) -> str:
    fields = [field for field in parse_strictly(page.data, "").iter("input") if field.get("name") == "table"]
    return str(fields[0].get("value")) if fields else ""


# --- inviting ----------------------------------------------------------------------------------------------------------


def test_the_sample_invites_three_officers(session: Any) -> None:
    """Active at once, mapped to their offices, each mailed a password; one event for the table besides theirs."""
    before = number(session)
    assert len(planned(session, SAMPLE).added) == 3
    assert number(session) == before
    taken(session, SAMPLE)
    devika = person(session, "devika.menon@fiec.example")
    assert (devika.role, devika.status, devika.mobile, devika.employee_code) == ("OFFICER", "ACTIVE", "9876543211", "FIEC-0142")
    assert devika.agency.code == "FIEC"
    assert sorted(mapping.office.code for mapping in devika.mappings) == ["001", "002"]
    assert actor_for(session, devika.email).role == "OFFICER"
    mails = session.scalars(select(Mail).where(Mail.recipient.in_([devika.email, "anjali.b@fiec.example"]))).all()
    assert len(mails) == 2
    (event,) = session.scalars(select(AuditEvent).where(AuditEvent.event == "officers invited from a table"))
    assert (event.object_id, event.detail) == (devika.agency_id, {"source": "f" * 64, "officers": 3})


def test_the_same_table_again_invites_nobody(session: Any) -> None:
    """Each row says that its officer is aboard."""
    taken(session, SAMPLE)
    faults = told(session, SAMPLE)
    assert list(faults) == ["row 2, email", "row 3, email", "row 4, email"]
    assert faults["row 2, email"].startswith("Devika Menon is aboard")


def test_a_spreadsheet_may_write_offices_and_mobiles_its_way(session: Any) -> None:
    """001 as 1, several with a comma, +91 and spaces before and in the mobile number."""
    taken(session, table('Devika Menon,Director,Devika.Menon@FIEC.example,+91 98765 43211,,"1, 2"'))
    devika = person(session, "devika.menon@fiec.example")
    assert (devika.mobile, len(devika.mappings)) == ("9876543211", 2)


def test_an_address_that_was_rejected_before_may_be_invited(session: Any) -> None:
    """A request that came to nothing keeps nobody out."""
    taken(session, table(GOOD))
    devika = person(session, "devika.menon@fiec.example")
    devika.status, devika.email = "REJECTED", "old@fiec.example"
    session.commit()
    assert planned(session, table(GOOD.replace("devika.menon", "old"))).faults == ()


# --- faults ------------------------------------------------------------------------------------------------------------

CELLS: dict[str, tuple[str, str, str]] = {
    "no name": ("full_name", "", "may not be empty"),
    "a name in figures": ("full_name", "007", "write it in letters"),
    "a name that is too long": ("full_name", "x" * 121, "at most 120"),
    "a name that turns round": ("full_name", "Devika\u202eMenon", "U+202E"),
    "no designation": ("designation", "", "may not be empty"),
    "a designation that is too long": ("designation", "x" * 81, "at most 80"),
    "no address": ("email", "devika", "written like"),
    "free mail": ("email", "devika@gmail.com", "gmail.com gives one to anybody"),
    "another agency's domain": ("email", "devika@swcc.example", "ends in @fiec.example"),
    "a domain that only ends alike": ("email", "devika@notfiec.example", "ends in @fiec.example"),
    "a mobile that is a landline": ("mobile", "02255501020", "ten digits"),
    "an employee code that is too long": ("employee_code", "x" * 31, "at most 30"),
    "no office": ("offices", "", "may not be empty"),
    "an office that is none": ("offices", "001; 009", "009 is not an active office of your agency. There are: 001, 002"),
}


@pytest.mark.parametrize("name", CELLS)
def test_each_cell_that_cannot_be_taken_is_a_fault_of_its_row(session: Any, name: str) -> None:
    """By the rules for an officer who registers (scenario 19); the right row before it is not invited either."""
    column, typed, words = CELLS[name]
    values = dict(zip(HEAD.split(","), GOOD.split(","), strict=True)) | {column: typed}
    faults = told(session, table(GOOD.replace("devika.menon", "first"), ",".join(values.values())))
    assert list(faults) == [f"row 3, {column}"]
    assert words in faults[f"row 3, {column}"]


def test_free_mail_is_refused_even_where_it_is_recorded(session: Any) -> None:
    session.scalars(select(Agency).where(Agency.code == "FIEC")).one().email_domains = ["fiec.example", "gmail.com"]
    session.commit()
    assert "row 2, email" in told(session, table(GOOD.replace("fiec.example", "gmail.com")))


def test_a_closed_office_cannot_be_given(session: Any) -> None:
    session.scalars(select(Office).join(Agency).where(Agency.code == "FIEC", Office.code == "002")).one().status = "INACTIVE"
    session.commit()
    assert "There are: 001." in told(session, table(GOOD[:-3] + "002"))["row 2, offices"]


def test_the_same_address_twice_in_the_table(session: Any) -> None:
    faults = told(session, table(GOOD, GOOD.replace("devika.menon", "DEVIKA.Menon")))
    assert faults == {"row 3, email": "Row 2 has the same address. Each officer has an address of their own."}


@pytest.mark.parametrize(
    ("status", "words"), [("PENDING", "has asked to be registered"), ("ACTIVE", "is aboard"), ("INACTIVE", "is deactivated")]
)
def test_a_colleague_who_is_known_is_named(session: Any, status: str, words: str) -> None:
    """Inside the agency it may be said who and how."""
    person(session, OFFICER).status = status
    session.commit()
    sentence = told(session, table(GOOD.replace("devika.menon@fiec.example", OFFICER)))["row 2, email"]
    assert sentence.startswith(f"R. K. Srinivasan {words}")


@pytest.mark.parametrize("email", [OTHER_OFFICER, EXPORTER, SUPERVISOR])
def test_of_people_elsewhere_nothing_is_revealed(session: Any, email: str) -> None:
    """Another agency's officer, a firm's user and DGFT's supervisor are refused in the same words."""
    fiec = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
    fiec.email_domains = ["fiec.example", email.split("@")[1]]
    session.commit()
    sentence = told(session, table(GOOD.replace("devika.menon@fiec.example", email)))["row 2, email"]
    assert sentence == "This address cannot be invited. Ask the officer for another official address."


def test_at_most_a_hundred_at_once(session: Any) -> None:
    rows = [GOOD.replace("devika.menon", f"officer{n}") for n in range(101)]
    with pytest.raises(BusinessError, match="At most 100 officers"):
        planned(session, table(*rows))


# --- who may -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [SUPERVISOR, OFFICER, EXPORTER])
def test_only_administrators_invite(session: Any, login: Login, who: str) -> None:
    """Neither by the verbs nor by the page; DGFT does not invite officers either (rule 5.3)."""
    with pytest.raises(NotAllowed, match="Only an administrator"):
        planned(session, SAMPLE, who)
    with pytest.raises(NotAllowed, match="Only an administrator"):
        invite.take_over(session, actor_for(session, who), [], source="")
    session.rollback()
    browser = login(who)
    assert browser.get("/invite").status_code == 403
    assert send(browser, SAMPLE).status_code == 403
    assert browser.get("/invite/template.csv").status_code == 403


def test_an_administrator_invites_into_the_own_agency_only(session: Any) -> None:
    """The same table in another administrator's hands is refused by its domain (scenario 18)."""
    faults = told(session, SAMPLE, OTHER_ADMIN)
    assert "@swcc.example" in faults["row 2, email"]
    taken(session, table(GOOD.replace("fiec.example", "swcc.example")), OTHER_ADMIN)
    assert person(session, "devika.menon@swcc.example").agency.code == "SWCC"


def test_a_suspended_agency_invites_nobody(session: Any, login: Login) -> None:
    """The page says why (rule 5.3); a plan that was shown before does not help."""
    browser = login(ADMIN)
    sealed = seal(send(browser, SAMPLE))
    session.rollback()
    session.scalars(select(Agency).where(Agency.code == "FIEC")).one().status = "SUSPENDED"
    session.commit()
    with pytest.raises(NotAllowed, match="suspended"):
        taken(session, SAMPLE)
    session.rollback()
    before = number(session)
    session.rollback()
    db.session.remove()
    for answer in (browser.get("/invite"), send(browser, SAMPLE), press(browser, sealed)):
        assert answer.status_code == 403
        assert "Your agency is suspended by DGFT" in text(answer)
    assert number(session) == before


# --- the page ----------------------------------------------------------------------------------------------------------


def test_the_page_shows_first_and_invites_then(session: Any, login: Login, run_jobs: Callable[[], int]) -> None:
    """Whom it would invite, then the invitation itself, once."""
    browser = login(ADMIN)
    page = send(browser, SAMPLE)
    assert "3 officers would be invited." in text(page)
    before = number(session)
    session.rollback()
    done = browser.get(press(browser, seal(page)).location)
    assert "3 officers were invited." in text(done)
    assert "Harpreet Singh Gill" in text(done)
    again = press(browser, seal(page))
    assert "There are 3 faults in the file" in text(again)
    session.rollback()
    assert number(session) == before + 3


def test_the_invited_officer_cannot_log_in_with_anothers_password(session: Any, login: Login, client: Any) -> None:
    """The password is the one that was mailed, and no other."""
    browser = login(ADMIN)
    press(browser, seal(send(browser, SAMPLE)))
    session.rollback()
    mail = session.scalars(select(Mail).where(Mail.recipient == "devika.menon@fiec.example")).one()
    password = next(line.partition(": ")[2] for line in mail.body.splitlines() if line.startswith("Password:"))
    db.session.remove()
    name = {"username": "devika.menon@fiec.example"}
    assert b'name="password"' in client.post("/login/", data=name | {"password": PASSWORD}, follow_redirects=True).data
    assert client.post("/login/", data=name | {"password": password}).status_code == 302
    db.session.remove()
    assert actor_for(session, "devika.menon@fiec.example").agency_id == person(session, OFFICER).agency_id


def test_the_example_on_the_page_is_right(session: Any) -> None:
    """What the page shows as «such as» would be taken, at an agency with that domain and those offices."""
    fiec = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
    fiec.email_domains = ["chamber.example"]
    session.commit()
    assert planned(session, table(",".join(invite.EXAMPLE.values()))).faults == ()
    assert list(invite.EXAMPLE) == [column.name for column in invite.COLUMNS]
