"""DGFT's register of Appendix 2E from a table: looked at first, then taken over as it was shown, all of it or nothing."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from app.agencies import appendix
from app.agencies.models import Agency
from app.audit.models import AuditEvent
from app.core import clock
from app.core.errors import InvalidInput, NotAllowed, WrongState
from app.infra.db import db
from app.infra.sheets import Plan, read_table
from tests.browserlike import parse_strictly
from tests.people import ADMIN, EXPORTER, OFFICER, SUPERVISOR, actor_for

SAMPLE = (Path(__file__).parents[2] / "samples" / "appendix-2e.csv").read_bytes()
HEAD = "code,name,kind,official_email,email_domains"
GOOD = "KUTCH,Kutch Chamber,STATE,office@kutch.example,kutch.example"
Login = Callable[[str], Any]


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *rows]).encode()


def planned(session: Any, content: bytes, who: str = SUPERVISOR) -> Plan:
    return appendix.plan(session, actor_for(session, who), read_table(content, appendix.COLUMNS))


def taken(session: Any, content: bytes, shown: str = "") -> Plan:
    rows = read_table(content, appendix.COLUMNS)
    done = appendix.take_over(session, actor_for(session, SUPERVISOR), rows, source="f" * 64, shown=shown)
    session.commit()
    return done


def agency(session: Any, code: str) -> Agency:
    found: Agency = session.scalars(select(Agency).where(Agency.code == code)).one()
    return found


def codes(session: Any) -> list[str]:
    return sorted(session.scalars(select(Agency.code)))


def versions(session: Any) -> set[tuple[str, int]]:
    """How often each agency was written."""
    return {(code, version) for code, version in session.execute(select(Agency.code, Agency.version))}


def events(session: Any) -> list[AuditEvent]:
    return list(
        session.scalars(
            select(AuditEvent).where(AuditEvent.event.like("agency % a%table%") | AuditEvent.event.like("agency added%"))
        )
    )


# --- what it would do, and doing it ------------------------------------------------------------------------------------


def test_the_sample_adds_ten_notified_agencies(session: Any) -> None:
    """Those that were there are left alone (scenario 7 begins here)."""
    before = codes(session)
    assert len(planned(session, SAMPLE).added) == 10
    assert codes(session) == before
    done = taken(session, SAMPLE)
    assert (len(done.added), done.changed, done.unchanged) == (10, [], [])
    assert len(codes(session)) == len(before) + 10
    added = agency(session, "DECCAN")
    assert (added.status, added.kind, added.pin, added.state_code) == ("NOTIFIED", "STATE", "500001", "36")
    assert added.email_domains == ["deccan.example", "mail.deccan.example"]
    assert added.jurisdiction_states == ["29", "36", "37"]
    assert str(added.notified_on) == "2024-06-11"
    assert agency(session, "SPICEB").jurisdiction_states == []


def test_a_second_time_nothing_changes(session: Any) -> None:
    """No row is written and nothing is recorded."""
    taken(session, SAMPLE)
    before = versions(session)
    recorded = len(events(session))
    assert recorded == 10
    done = taken(session, SAMPLE)
    assert (done.added, done.changed, len(done.unchanged)) == ([], [], 10)
    assert versions(session) == before
    assert len(events(session)) == recorded


def test_a_change_is_shown_from_old_to_new_and_recorded(session: Any) -> None:
    """Only what differs; columns that are not in the file stay as they are."""
    content = table("FIEC,Federation of Indian Export Chambers,Mumbai", head="code,name,city")
    (entry,) = planned(session, content).changed
    assert [(change.column, change.before, change.after) for change in entry.changes] == [("city", "New Delhi", "Mumbai")]
    phone = agency(session, "FIEC").phone
    taken(session, content)
    assert (agency(session, "FIEC").city, agency(session, "FIEC").phone) == ("Mumbai", phone)
    (event,) = events(session)
    assert (event.event, event.object_id) == ("agency changed from a table", agency(session, "FIEC").id)
    assert event.detail == {"source": "f" * 64, "line": 2, "code": "FIEC", "changes": {"city": ["New Delhi", "Mumbai"]}}


def test_an_empty_cell_empties_and_the_status_stays(session: Any) -> None:
    """FIEC goes on working through an import."""
    taken(session, table("FIEC,Federation of Indian Export Chambers,", head="code,name,phone"))
    assert (agency(session, "FIEC").phone, agency(session, "FIEC").status) == ("", "ACTIVE")


def test_a_workbook_says_the_same(session: Any) -> None:
    """With real dates and numbers in its cells."""
    book = openpyxl.Workbook()
    today = clock.india_today()
    book.active.append(
        ["Code", "Name of agency", "Type", "E-mail", "Domains", "State", "PIN code", "Notified on", "Jurisdiction"]
    )
    book.active.append(
        ["KUTCH", "Kutch Chamber", "All India", "Office@Kutch.example", "@kutch.example", 9, 370001.0, today, "Gujarat; 27"]
    )
    out = io.BytesIO()
    book.save(out)
    taken(session, out.getvalue())
    row = agency(session, "KUTCH")
    assert (row.kind, row.official_email, row.email_domains) == ("ALL_INDIA", "office@kutch.example", ["kutch.example"])
    assert (row.state_code, row.pin, row.notified_on, row.jurisdiction_states) == ("09", "370001", today, ["24", "27"])


def test_what_has_changed_since_it_was_shown_is_not_taken_over(session: Any) -> None:
    """The person agreed to something else."""
    content = table("FIEC,Federation of Indian Export Chambers,Mumbai", head="code,name,city")
    shown = planned(session, content).fingerprint
    agency(session, "FIEC").city = "Pune"
    session.commit()
    with pytest.raises(WrongState, match="has changed since this was shown"):
        taken(session, content, shown)
    session.rollback()
    assert agency(session, "FIEC").city == "Pune"
    taken(session, content, planned(session, content).fingerprint)
    assert agency(session, "FIEC").city == "Mumbai"


def test_formula_text_is_text_and_is_exported_with_an_apostrophe(session: Any, login: Login) -> None:
    """A spreadsheet that opens our export works nothing out."""
    taken(session, table('KUTCH,"=HYPERLINK(""x"")",STATE,office@kutch.example,kutch.example'))
    assert agency(session, "KUTCH").name == '=HYPERLINK("x")'
    exported = login(SUPERVISOR).get("/agencies/export").get_data(as_text=True)
    assert "'=HYPERLINK" in exported


# --- faults ------------------------------------------------------------------------------------------------------------

TOMORROW = (clock.india_today() + timedelta(days=2)).isoformat()
PAST = (clock.india_today() - timedelta(days=2)).isoformat()
FULL = f"{HEAD},pin,phone,website,state_code,jurisdiction_states,notified_on,onboard_by"
CELLS: dict[str, tuple[str, str, str]] = {
    "a code with a hyphen": ("code", "KU-CH", "2 to 10 capital letters"),
    "a code that is too long": ("code", "KUTCHCHAMBER", "2 to 10 capital letters"),
    "no code": ("code", "", "may not be empty"),
    "no name": ("name", "", "may not be empty"),
    "a name that is too long": ("name", "x" * 201, "at most 200"),
    "a name that turns round": ("name", "Kutch\u202eChamber", "U\\+202E"),
    "a name nobody can print": ("name", "Kutch 🏭 Chamber", "cannot be printed"),
    "a kind of its own": ("kind", "PRIVATE", "GOVT, ALL_INDIA or STATE"),
    "no e-mail": ("official_email", "kutch.example", "written like"),
    "a free mail domain": ("email_domains", "kutch.example; gmail.com", "At gmail.com anybody"),
    "a free mail domain in capitals": ("email_domains", "@GMail.com", "At gmail.com anybody"),
    "a domain open to everybody": ("email_domains", "co.in", "Anybody registers a name under co.in"),
    "a whole top level": ("email_domains", "example", "not an e-mail domain"),
    "an address for a domain": ("email_domains", "office@kutch.example", "not an e-mail domain"),
    "no domain": ("email_domains", "", "may not be empty"),
    "a PIN that begins with 0": ("pin", "070001", "six digits"),
    "a phone in words": ("phone", "call us", "6 to 20 digits"),
    "a website that runs": ("website", "javascript:alert(1)", "address of a website"),
    "a state that is none": ("state_code", "72", "is no state"),
    "a state misspelt": ("jurisdiction_states", "24; Gujrat", "«Gujrat» is no state"),
    "notified tomorrow": ("notified_on", TOMORROW, "has not come yet"),
    "the month first": ("notified_on", "03/27/2024", "day first"),
    "on-boarding that is over": ("onboard_by", PAST, "is past"),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_each_cell_that_cannot_be_taken_is_a_fault_of_its_row(session: Any, name: str) -> None:
    """One fault, at its place, with the cure; and nothing is stored."""
    column, text, words = CELLS[name]
    values = dict.fromkeys(FULL.split(","), "") | dict(zip(HEAD.split(","), GOOD.split(","), strict=True)) | {column: text}
    content = table(GOOD.replace("KUTCH", "SURAT").replace("Kutch", "Surat") + "," * 7, ",".join(values.values()), head=FULL)
    (fault,) = planned(session, content).faults
    assert fault.field == f"row 3, {column}"
    with pytest.raises(InvalidInput, match=words):
        taken(session, content)
    session.rollback()
    assert not {"KUTCH", "SURAT"} & set(codes(session))


BETWEEN: dict[str, tuple[bytes, dict[str, str]]] = {
    "one code twice": (table(GOOD, GOOD.replace("Kutch Chamber", "Kutch Guild")), {"row 3, code": "Row 2 has the same code"}),
    "one name twice": (table(GOOD, GOOD.replace("KUTCH,", "BHUJ,")), {"row 3, name": "Row 2 has the same name"}),
    "the name of another": (
        table(GOOD.replace("Kutch Chamber", "south western chamber of commerce")), {"row 2, name": "the name of SWCC"}),
    "a code that would change": (
        table("FIECX,Federation of Indian Export Chambers,STATE,a@fiec.example,fiec.example"), {"row 2, name": "keeps its code"}),
    "a new agency without its columns": (
        table("KUTCH,Kutch Chamber", head="code,name"),
        {"row 2, kind": "needs this", "row 2, official_email": "needs this", "row 2, email_domains": "needs this"}),
    "two faults in a row, one in another": (
        table("K,Kutch,STATE,x,kutch.example", GOOD.replace("STATE", "")),
        {"row 2, code": "capital letters", "row 2, official_email": "written like", "row 3, kind": "may not be empty"}),
    "a status": (table(GOOD + ",ACTIVE", head=HEAD + ",status"), {"row 1, status": "not set by a table"}),
    "an unknown column": (table(GOOD + ",x", head=HEAD + ",chairman"), {"row 1, chairman": "not known"}),
    "on-boarding before notification": (
        table(f"{GOOD},{PAST},{PAST}", head=HEAD + ",notified_on,onboard_by"), {"row 2, onboard_by": "is past"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BETWEEN)
def test_faults_between_rows_columns_and_the_register(session: Any, name: str) -> None:
    """All of them at once."""
    content, words = BETWEEN[name]
    with pytest.raises(InvalidInput) as refusal:
        taken(session, content)
    told = {fault.field: fault.message for fault in refusal.value.faults}
    assert told.keys() == words.keys()
    assert all(words[field] in told[field] for field in told)


def test_an_onboarding_window_that_has_passed_is_no_fault_of_an_unchanged_row(session: Any) -> None:
    """Last year's file can be sent again."""
    agency(session, "SWCC").onboard_by = clock.india_today() - timedelta(days=3)
    session.commit()
    name, until = "South Western Chamber of Commerce", agency(session, "SWCC").onboard_by
    plan = planned(session, table(f"SWCC,{name},{until}", head="code,name,onboard_by"))
    assert (plan.faults, len(plan.unchanged)) == ((), 1)
    assert planned(session, table(f"SWCC,{name},2001-01-01", head="code,name,onboard_by")).faults


def test_a_delisted_agency_is_not_changed(session: Any) -> None:
    """As it stands it may stay in the file."""
    agency(session, "SWCC").status = "DELISTED"
    session.commit()
    name = "South Western Chamber of Commerce"
    assert planned(session, table(f"SWCC,{name}", head="code,name")).faults == ()
    (fault,) = planned(session, table(f"SWCC,{name},Ooty", head="code,name,city")).faults
    assert fault.message.startswith("SWCC is de-listed")


@pytest.mark.parametrize("who", [ADMIN, OFFICER, EXPORTER])
def test_nobody_but_dgft_imports(session: Any, login: Login, who: str) -> None:
    """Neither by the verbs nor by the page."""
    with pytest.raises(NotAllowed, match="Only DGFT"):
        planned(session, SAMPLE, who)
    with pytest.raises(NotAllowed, match="Only DGFT"):
        appendix.take_over(session, actor_for(session, who), [], source="")
    session.rollback()
    browser = login(who)
    assert browser.get("/appendix/import").status_code == 403
    assert browser.post("/appendix/import", data={"file": (io.BytesIO(SAMPLE), "a.csv")}).status_code == 403
    assert browser.get("/appendix/import/template.csv").status_code == 403


# --- the page ----------------------------------------------------------------------------------------------------------


def send(browser: Any, content: bytes) -> Any:
    db.session.remove()  # what the test has read is not handed to the request
    return browser.post("/appendix/import", data={"file": (io.BytesIO(content), "appendix.csv")})


def press(browser: Any, table: str, address: str = "/appendix/import") -> Any:
    """The button «Take over»."""
    db.session.remove()
    return browser.post(address, data={"table": table})


def seal(page: Any) -> str:
    """What the button «Take over» sends."""
    fields = [field for field in parse_strictly(page.data, "").iter("input") if field.get("name") == "table"]
    return str(fields[0].get("value")) if fields else ""


def text(page: Any) -> str:
    return " ".join("".join(parse_strictly(page.data, "").itertext()).split())


def test_the_page_shows_first_and_takes_over_then(session: Any, login: Login) -> None:
    """Nothing is stored by looking; a second look finds nothing to do."""
    browser = login(SUPERVISOR)
    assert "Send the file" in text(browser.get("/appendix/import"))
    page = send(browser, SAMPLE)
    assert "Agencies: 10 would be added, 0 changed, 0 stay as they are." in text(page)
    assert "Agencies that are not in the file stay as they are: FIEC, SWCC." in text(page)
    assert "Jammu and Kashmir, Ladakh" in text(page)
    assert "MALABAR" not in codes(session)
    session.rollback()
    done = browser.get(press(browser, seal(page)).location)
    assert "Agencies: 10 added, 0 changed, 0 as they were." in text(done)
    session.rollback()
    assert "MALABAR" in codes(session)
    session.rollback()
    again = send(browser, SAMPLE)
    assert "There is nothing to take over." in text(again)
    assert seal(again) == ""


def test_pressing_twice_takes_over_once(session: Any, login: Login) -> None:
    """The second press is told that things have changed."""
    browser = login(SUPERVISOR)
    sealed = seal(send(browser, SAMPLE))
    assert press(browser, sealed).status_code == 302
    second = press(browser, sealed)
    assert "has changed since this was shown" in text(second)
    session.rollback()
    assert codes(session).count("MALABAR") == 1


def test_faults_are_listed_and_there_is_no_button(session: Any, login: Login) -> None:
    """Nothing of the file is stored, the right rows neither."""
    page = send(login(SUPERVISOR), table(GOOD, "B,Bhuj Guild,STATE,office@bhuj.example,gmail.com"))
    assert "There are 2 faults in the file, and nothing was stored." in text(page)
    assert "Row 3, email_domains" in text(page)
    assert seal(page) == ""
    assert "KUTCH" not in codes(session)


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(("sent", "words"), [(b"", "The file is empty"), (b"%PDF-1.7 ", "neither CSV nor XLSX")])
def test_a_file_that_is_no_table_is_refused_on_the_page(login: Login, sent: bytes, words: str) -> None:
    assert words in text(send(login(SUPERVISOR), sent))


def test_no_file_is_told_so(login: Login) -> None:
    assert "Choose a file first" in text(login(SUPERVISOR).post("/appendix/import", data={}))


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("forged", ["x", "WzEsICJhIl0.x.y", "0" * 64])
def test_a_button_that_we_did_not_make_does_nothing(login: Login, forged: str) -> None:
    """A hash alone opens no stored document."""
    assert "no longer at hand" in text(press(login(SUPERVISOR), forged))


def test_another_persons_button_does_nothing(session: Any, login: Login) -> None:
    """What DGFT looked at, an administrator cannot send as their own table, nor the other way round."""
    sealed = seal(send(login(SUPERVISOR), SAMPLE))
    assert "no longer at hand" in text(press(login(ADMIN), sealed, "/invite"))


def test_the_empty_table_has_every_column_but_the_status(login: Login) -> None:
    answer = login(SUPERVISOR).get("/appendix/import/template.csv")
    assert answer.get_data(as_text=True).strip("\ufeff\r\n").split(",") == list(appendix.EXAMPLE)
    assert 'filename="appendix-2e.csv"' in answer.headers["Content-Disposition"]


def test_the_example_on_the_page_is_right(session: Any) -> None:
    """What the page shows as «such as» can be taken over."""
    row = ",".join(f'"{value}"' for value in appendix.EXAMPLE.values())
    assert planned(session, table(row, head=",".join(appendix.EXAMPLE))).faults == ()
