"""DGFT's feed: people and firms come, change and leave; faults name their row, and a broken feed changes nothing."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

from app.access import passwords
from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound
from app.exporters import feed, jobs, profiles
from app.exporters.models import DgftProfile, Exporter, ExporterUser, SyncRun
from app.infra import queue
from app.notices.models import Mail
from tests.exporters.scene import BALAJI, KONKAN, NILGIRI, counts, facts, firm, row, said, sync
from tests.people import ADMIN, CLERK, EXPORTER, PASSWORD, SUPERVISOR, actor_for

SAMPLE = Path(__file__).parents[2] / "samples" / "dgft-feed.json"


def picture(session: Any) -> list[Any]:
    """Everything about people and firms that a second run must leave alone."""
    session.expire_all()
    rows: list[Any] = []
    for model in (User, ExporterUser, DgftProfile, Exporter):
        hidden = {"seen_at", "dgft_synced_at"}
        columns = [column for column in model.__table__.c if column.name not in hidden]
        rows += session.execute(select(*columns).order_by(model.__table__.c.id)).all()
    return rows


# --- scenarios -----------------------------------------------------------------------------------------------------------


def test_scenario_23_a_second_run_makes_no_second_account(session: Any, login: Any, member: Any) -> None:
    """Given a DGFT feed with a new user of a known IEC, when sync runs twice, then exactly one account exists and old
    credentials work."""
    session.query(ExporterUser).filter_by(email=CLERK).one().dgft_user_ref = None  # registered before DGFT named them
    session.commit()
    content = said(row("NEW"), row("KIRAN", CLERK, name="Kiran Desai"))
    assert counts(sync(session, content)) == (2, 0, 0, 0)
    first = picture(session)
    assert counts(sync(session, content)) == (0, 0, 0, 2)
    assert picture(session) == first
    assert session.scalar(select(func.count()).select_from(User).where(User.username == "new@balaji.example")) == 1
    assert (member("new@balaji.example").status, member("new@balaji.example").role) == ("ACTIVE", "APPLICANT")
    assert member(CLERK).dgft_user_ref == "KIRAN"
    assert login(CLERK).get("/").status_code == 200


def test_scenario_24_without_an_iec_one_is_told_to_link_it(session: Any, app: Any) -> None:
    """Given a registered person with no linked IEC, when choosing Get Certificate of Origin, then told to link the IEC."""
    from werkzeug.security import generate_password_hash

    sync(session, said(row("FREE", "free@mail.example", iec="", role="")))
    session.query(User).filter_by(username="free@mail.example").one().password = generate_password_hash(PASSWORD)
    session.commit()
    browser = app.test_client()
    browser.post("/login/", data={"username": "free@mail.example", "password": PASSWORD})
    home = browser.get("/")
    assert "Get Certificate of Origin" in home.text
    assert "not linked to an IEC" in home.text
    assert "/logout/" in home.text
    filing = browser.get("/filing/")
    assert (filing.status_code, "Link it in your profile at DGFT" in filing.text) == (403, True)
    assert browser.get("/applications/list/").status_code == 403


def test_the_sample_comes_in(session: Any, member: Any) -> None:
    """Its firm with two branches, its people, and one who is told how to link the IEC."""
    run = sync(session, SAMPLE.read_bytes())
    assert (counts(run), run.faults) == ((5, 0, 0, 0), [])
    konkan = session.query(Exporter).filter_by(iec=KONKAN).one()
    assert sorted(branch.kind for branch in konkan.branches) == ["FACTORY", "REGISTERED"]
    assert member("sunita@konkan.example").exporter_id == konkan.id
    assert member("newcomer@mail.example") is None


def test_a_new_person_sets_a_password_by_the_mailed_link(session: Any, app: Any) -> None:
    """No password opens the new account; the forgotten-password link does."""
    from app.access import passwords
    from app.notices.models import Mail

    sync(session, said(row("NEW")))
    for tried in ("", "!", PASSWORD):
        answer = app.test_client().post("/login/", data={"username": "new@balaji.example", "password": tried})
        assert answer.status_code in {200, 401}
    passwords.forgot(session, "new@balaji.example")
    session.commit()
    link = session.scalars(select(Mail.body).where(Mail.recipient == "new@balaji.example")).one()
    passwords.reset(session, link.split("/password/")[1].split()[0], "seven mangoes under a fan")
    session.commit()
    sync(session, said(row("NEW", name="Renamed Person")))
    browser = app.test_client()
    entered = browser.post("/login/", data={"username": "new@balaji.example", "password": "seven mangoes under a fan"})
    assert (entered.status_code, entered.headers["Location"]) == (302, "/")
    assert "Renamed Person" in browser.get("/").text


# --- coming, changing, leaving -------------------------------------------------------------------------------------------


def test_who_is_missing_from_a_complete_feed_is_switched_off_not_deleted(session: Any, member: Any) -> None:
    """And comes back with the same account; people who never were in a feed are left alone."""
    sync(session, said(row("A"), row("B"), row("C"), row("D")))
    account = member("a@balaji.example").user_id
    assert counts(sync(session, said(row("B"), row("C"), row("D")))) == (0, 0, 1, 3)
    assert (member("a@balaji.example").status, session.get(User, account).active) == ("DISABLED", False)
    assert (member(EXPORTER).status, member(CLERK).status) == ("ACTIVE", "ACTIVE")
    assert counts(sync(session, said(row("A"), complete=False))) == (0, 1, 0, 0)
    assert (member("a@balaji.example").user_id, member("a@balaji.example").status) == (account, "ACTIVE")


def test_an_incomplete_feed_switches_nobody_off(session: Any, member: Any) -> None:
    """Who is not in it is not spoken of."""
    sync(session, said(row("A"), row("B")))
    assert counts(sync(session, said(row("B"), complete=False))) == (0, 0, 0, 1)
    assert member("a@balaji.example").status == "ACTIVE"


def test_sessions_and_rights_end_at_once(session: Any, login: Any, api: Any, member: Any) -> None:
    """Somebody switched off at DGFT is out with the next request, by cookie and by token."""
    session.query(ExporterUser).filter_by(email=CLERK).one().dgft_user_ref = "K"
    session.commit()
    cookie, token = login(CLERK), api(CLERK)
    assert cookie.get("/applications/list/").status_code == 200
    sync(session, said(row("K", CLERK, active=False), complete=False))
    assert cookie.get("/applications/list/").status_code == 302
    assert token.get("/wallets/").status_code in {401, 403}
    assert member(CLERK).status == "DISABLED"


def test_a_link_in_a_letter_box_that_was_left_sets_no_password(session: Any) -> None:
    """DGFT changes an address, perhaps because somebody else reads the old box: what was mailed there is no longer good."""
    sync(session, said(row("A")))
    passwords.forgot(session, "a@balaji.example")
    session.commit()
    letter = session.query(Mail).filter_by(recipient="a@balaji.example").order_by(Mail.id.desc()).first()
    found = re.search(r"/password/(\S+)", letter.body)
    assert found
    assert passwords.link_user(session, found[1]).username == "a@balaji.example"
    sync(session, said(row("A", "anita@balaji.example")))
    with pytest.raises(NotFound):
        passwords.link_user(session, found[1])


def test_name_address_mobile_and_role_are_carried_over(session: Any, member: Any) -> None:
    """The log-in name follows the address; the account stays."""
    sync(session, said(row("A")))
    account = member("a@balaji.example").user_id
    changed = row("A", "anita@balaji.example", name="Anita Rao", mobile="+91 98765 00000", role="VIEWER")
    assert counts(sync(session, said(changed))) == (0, 1, 0, 0)
    now = member("anita@balaji.example")
    assert (now.user_id, now.full_name, now.mobile, now.role) == (account, "Anita Rao", "9876500000", "VIEWER")
    user = session.get(User, account)
    assert (user.username, user.email, user.first_name, user.last_name) == (
        "anita@balaji.example",
        "anita@balaji.example",
        "Anita",
        "Rao",
    )


def test_who_moves_to_another_firm_leaves_account_and_history_behind(session: Any, member: Any) -> None:
    """A new account at the new firm; the old one is switched off."""
    sync(session, said(row("A")))
    old = member("a@balaji.example")
    old_account, old_id = old.user_id, old.id
    sync(session, said(row("A", iec=NILGIRI)))
    now = member("a@balaji.example")
    assert (now.exporter.iec, now.status, now.user_id != old_account) == (NILGIRI, "ACTIVE", True)
    before = session.get(ExporterUser, old_id)
    assert (before.exporter.iec, before.status, session.get(User, old_account).active) == (BALAJI, "DISABLED", False)
    assert counts(sync(session, said(row("A", iec=NILGIRI)))) == (0, 0, 0, 1)


def test_unlinked_and_linked_again(session: Any, member: Any) -> None:
    """Without the IEC no rights; with it again, the same row."""
    sync(session, said(row("A")))
    sync(session, said(row("A", iec="", role="")))
    assert member("a@balaji.example").status == "DISABLED"
    assert session.get(User, member("a@balaji.example").user_id).active is True
    sync(session, said(row("A")))
    assert member("a@balaji.example").status == "ACTIVE"


def test_who_waits_for_the_firm_is_linked_when_it_comes(session: Any, member: Any) -> None:
    """A person whose IEC nobody knew yet needs no second row."""
    sync(session, said(row("A", "a@konkan.example", iec=KONKAN, role="PRIMARY")))
    assert member("a@konkan.example") is None
    sync(session, said(firms=[firm()], complete=False))
    assert member("a@konkan.example").exporter.iec == KONKAN


# --- addresses -----------------------------------------------------------------------------------------------------------


def test_an_agencys_address_is_a_fault_of_its_row(session: Any, login: Any) -> None:
    """Never a take-over; the other rows come in."""
    run = sync(session, said(row("X", ADMIN), row("Y", SUPERVISOR), row("Z")))
    assert counts(run)[0] == 1
    assert [fault.split(": ")[0] for fault in run.faults] == ["users[0].email", "users[1].email"]
    assert "another kind" in run.faults[0]
    assert login(ADMIN).get("/officers/list/").status_code == 200


def test_an_active_persons_address_is_not_taken_over(session: Any, member: Any) -> None:
    """Neither by a new number, nor by changing to it; after the first one has left it is free."""
    sync(session, said(row("A"), row("B")))
    account = member("a@balaji.example").user_id
    run = sync(session, said(row("A"), row("B", "a@balaji.example")))
    assert "users[1].email" in run.faults[0]
    assert member("a@balaji.example").user_id == account
    run = sync(session, said(row("A", active=False), row("B", "a@balaji.example")), most_percent=100)
    assert run.faults == []
    owner = session.scalars(select(DgftProfile).where(DgftProfile.user_ref == "B")).one()
    assert session.query(User).filter_by(username="a@balaji.example").one().id == owner.user_id != account


def test_two_people_exchange_addresses(session: Any, member: Any) -> None:
    """In one feed, whatever the order."""
    sync(session, said(row("A"), row("B")))
    accounts = {ref: profile for ref, profile in session.execute(select(DgftProfile.user_ref, DgftProfile.user_id))}
    run = sync(session, said(row("A", "b@balaji.example"), row("B", "a@balaji.example")))
    assert (counts(run), run.faults) == ((0, 2, 0, 0), [])
    assert session.get(User, accounts["A"]).username == "b@balaji.example"
    assert session.get(User, accounts["B"]).username == "a@balaji.example"


def test_the_same_address_or_number_twice_is_a_fault(session: Any) -> None:
    """The first row counts."""
    run = sync(session, said(row("A"), row("B", "a@balaji.example"), row("A", "c@balaji.example")))
    assert counts(run) == (1, 0, 0, 0)
    assert sorted(fault.split(":")[0] for fault in run.faults) == ["users[1].email", "users[2]"]


# --- the last primary user -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [{"active": False}, {"role": "VIEWER"}, {"iec": "", "role": ""}, {"iec": NILGIRI, "role": "VIEWER"}]
)
def test_the_last_primary_user_stays_until_another_comes(session: Any, member: Any, change: dict[str, Any]) -> None:
    """Refused alone with a sentence; taken together with another one."""
    content = [firm()], row("P", "p@konkan.example", iec=KONKAN, role="PRIMARY"), row("Q"), row("R")
    sync(session, said(*content[1:], firms=content[0]))
    leaves = row("P", "p@konkan.example", **({"iec": KONKAN, "role": "PRIMARY"} | change))
    run = sync(session, said(leaves, row("Q"), row("R")))
    assert "only active primary user of the IEC AAHCK4410M" in run.faults[0]
    assert (member("p@konkan.example").status, member("p@konkan.example").role) == ("ACTIVE", "PRIMARY")
    run = sync(session, said(leaves, row("S", "s@konkan.example", iec=KONKAN, role="PRIMARY"), row("Q"), row("R")))
    assert run.faults == []
    primaries = session.scalars(
        select(ExporterUser.email).join(Exporter, Exporter.id == ExporterUser.exporter_id)
        .where(Exporter.iec == KONKAN, ExporterUser.role == "PRIMARY", ExporterUser.status == "ACTIVE")
    ).all()  # fmt: skip
    assert primaries == ["s@konkan.example"]


def test_a_missing_last_primary_user_stays_too(session: Any, member: Any) -> None:
    """Who is not in a complete feed is the same case."""
    sync(session, said(row("P", "p@konkan.example", iec=KONKAN, role="PRIMARY"), row("Q"), row("R"), firms=[firm()]))
    run = sync(session, said(row("Q"), row("R")))
    assert (run.disabled, member("p@konkan.example").status) == (0, "ACTIVE")
    assert run.faults[0].startswith("P.role: ")


# --- faults --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [({"email": "no address"}, "email"), ({"email": "a@b"}, "email"), ({"name": ""}, "name"), ({"user_ref": ""}, "user_ref"),
     ({"mobile": "12"}, "mobile"), ({"iec": "X"}, "iec"), ({"role": "OFFICER"}, "role"), ({"role": ""}, "role"),
     ({"active": "perhaps"}, "active"), ({"name": "A‮B"}, "name"), ({"user_ref": "x" * 65}, "user_ref"),
     ({"email": ["a@b.in"]}, "email"), ({"email": None}, "email")],
)  # fmt: skip
def test_a_broken_row_does_not_stop_the_others(session: Any, change: dict[str, Any], field: str) -> None:
    """It is named with its column, and the other one is in."""
    run = sync(session, said(row("A") | change, row("B")))
    assert counts(run) == (1, 0, 0, 0)
    assert [fault.split(":")[0] for fault in run.faults] == [f"users[0].{field}"]


@pytest.mark.parametrize("broken", ["text", None, [], 7])
def test_a_row_that_is_no_record(session: Any, broken: Any) -> None:
    """Is a fault as well."""
    assert len(sync(session, said(broken, row("B"))).faults) == 1


def test_a_person_whose_row_is_broken_is_not_missing(session: Any, member: Any) -> None:
    """A slip in one column must not lock somebody out."""
    sync(session, said(row("A"), row("B")))
    run = sync(session, said(row("A") | {"mobile": "12"}, row("B")))
    assert (run.disabled, member("a@balaji.example").status) == (0, "ACTIVE")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"gstins": ["27AAPFU0939F1ZV"]}, "gstins[0]"), ({"gstins": ["27AAHCK4410M1ZX"]}, "gstins[0]"), ({"gstins": "x"}, "gstins"),
     ({"pan": "AABCS4821K"}, "iec"), ({"pin": "0"}, "pin"), ({"city": ""}, "city"), ({"status": "GONE"}, "status"),
     ({"branches": [{"kind": "SHOP"}]}, "branches[0]"), ({"iec": "0123456789"}, "pan"), ({"state_code": "77"}, "state_code")],
)  # fmt: skip
def test_a_firm_with_a_fault_is_named(session: Any, change: dict[str, Any], field: str) -> None:
    """A GSTIN of another PAN among them (rule 4.5)."""
    run = sync(session, said(firms=[firm() | change], complete=False))
    assert run.created == 0
    assert run.faults[0].startswith(f"firms[0].{field}")


@pytest.mark.parametrize(
    ("pan", "gstin", "taken"),
    [("AAPFU0939F", "27AAPFU0939F1ZV", True), ("AAPFU0939F", "38AAPFU0939F1ZS", True), ("AAPFU0939F", "27AAPFU0939F1ZW", False),
     ("AAHCK4410M", "27AAPFU0939F1ZV", False), ("AAPFU0939F", "72AAPFU0939F1ZV", False)],
)  # fmt: skip
def test_scenario_37_a_gstin_has_its_check_character_and_the_firms_pan(session: Any, pan: str, gstin: str, taken: bool) -> None:
    """A wrong check character, another PAN or a state that is none is refused; Ladakh (38) is a state."""
    run = sync(session, said(firms=[firm(pan) | {"gstins": [gstin]}], complete=False))
    assert (run.created, bool(run.faults)) == (int(taken), not taken), run.faults


def test_firms_are_kept_in_step(session: Any) -> None:
    """Status and address change, a branch is added, an unsent column stays; an IEC keeps its PAN."""
    sync(session, said(firms=[firm(mobile="9820012345")], complete=False))
    branch = {"kind": "HEAD", "address": "Tower 1", "city": "Mumbai", "state_code": "27", "pin": "400001"}
    news = firm(status="SUSPENDED", city="Lanja", branches=[branch])
    assert counts(sync(session, said(firms=[news], complete=False))) == (0, 1, 0, 0)
    assert counts(sync(session, said(firms=[news], complete=False))) == (0, 0, 0, 1)
    found = session.query(Exporter).filter_by(iec=KONKAN).one()
    assert (found.status, found.city, found.mobile, len(found.branches)) == ("SUSPENDED", "Lanja", "9820012345", 2)


# --- a broken feed changes nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"{", b"[]", b"{}", b'{"users": {}}', b'{"users": [], "complete": "yes"}', b"a,b\n1,2", b"<html>",
     b'{"users": [], "complete": true}', b"[" * 100_000, b'user_ref,email,name\n"A'],
)  # fmt: skip
def test_a_broken_feed_is_noted_and_changes_nothing(session: Any, tmp_path: Path, content: bytes) -> None:
    """The run says why; the supervisors' bells ring once, not every hour."""
    from app.notices.models import Notice

    file = tmp_path / "feed"
    file.write_bytes(content)
    before = picture(session)
    for _ in range(2):
        run = jobs.bring_in(session, str(file))
        assert "Nothing was changed" in run.error
    assert picture(session) == before
    assert session.scalar(select(func.count()).select_from(Notice).where(Notice.url == "/sync/list/")) == 1


def test_a_feed_that_would_switch_off_too_many_is_refused_whole(session: Any, tmp_path: Path, member: Any) -> None:
    """More than a third: not even its good rows are taken."""
    sync(session, said(*(row(f"P{number}") for number in range(9))))
    file = tmp_path / "half.json"
    file.write_bytes(said(*(row(f"P{number}") for number in range(5)), row("NEW")))
    run = jobs.bring_in(session, str(file))
    assert "would switch off 4 of 9 people" in run.error
    assert member("new@balaji.example") is None
    assert member("p8@balaji.example").status == "ACTIVE"
    file.write_bytes(said(*(row(f"P{number}") for number in range(7))))
    assert (jobs.bring_in(session, str(file)).error, member("p8@balaji.example").status) == ("", "DISABLED")


def test_a_table_is_complete_only_when_the_operator_says_so(app: Any, session: Any, tmp_path: Path, member: Any) -> None:
    """`flask udgam sync file [--complete]`; faults are told by row and end with 1."""
    file = tmp_path / "people.csv"
    head = "user_ref,email,name,iec,role,active\n"
    file.write_text(head + "".join(f"T{n},t{n}@balaji.example,Person {n},{BALAJI},VIEWER,yes\n" for n in range(4)))
    session.commit()
    run = app.test_cli_runner().invoke(args=["udgam", "sync", str(file)])
    assert (run.exit_code, run.output) == (0, "New: 4, changed: 0, switched off: 0, as before: 0.\n")
    file.write_text(head + "".join(f"T{n},t{n}@balaji.example,Person {n},{BALAJI},VIEWER,yes\n" for n in range(3)) + "T9,,,,,\n")
    run = app.test_cli_runner().invoke(args=["udgam", "sync", str(file)])
    assert run.exit_code == 1
    assert "row 5.email: This is needed." in run.output
    assert member("t3@balaji.example").status == "ACTIVE"
    app.test_cli_runner().invoke(args=["udgam", "sync", "--complete", str(file)])
    assert member("t3@balaji.example").status == "DISABLED"


# --- fetching ------------------------------------------------------------------------------------------------------------


class Server(BaseHTTPRequestHandler):
    """DGFT, for a moment."""

    content, status, cut = b"", 200, 0
    seen: list[str] = []

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization", ""))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.content) + self.cut))
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_: Any) -> None:
        """Silent."""


@pytest.fixture
def server() -> Any:
    """The address of a feed on this machine."""
    Server.content, Server.status, Server.cut, Server.seen = said(row("WEB")), 200, 0, []
    with HTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/feed?key=hidden"
        running.shutdown()


def test_the_hourly_job_fetches_the_feed(
    app: Any, session: Any, server: str, run_jobs: Any, member: Any, monkeypatch: Any
) -> None:
    """With the secret; the run's source names no query."""
    monkeypatch.setitem(app.config, "SYNC_FEED", server)
    monkeypatch.setitem(app.config, "SYNC_FEED_SECRET", "feed-secret")
    queue.promise(session, jobs.SYNC, "exporters.sync:test")
    session.commit()
    run_jobs()
    assert Server.seen == ["Bearer feed-secret"]
    assert member("web@balaji.example").status == "ACTIVE"
    run = session.scalars(select(SyncRun)).one()
    assert (run.source, run.created, run.error) == ("http://127.0.0.1/feed", 1, "")
    assert session.scalars(select(queue.Job.state).where(queue.Job.key == "exporters.sync:test")).one() == "DONE"


def test_without_a_feed_the_hour_passes_quietly(session: Any, run_jobs: Any) -> None:
    """No run is noted."""
    queue.promise(session, jobs.SYNC, "exporters.sync:none")
    session.commit()
    run_jobs()
    assert session.scalars(select(SyncRun)).all() == []
    assert session.scalars(select(queue.Job.state).where(queue.Job.key == "exporters.sync:none")).one() == "DONE"


@pytest.mark.parametrize(
    ("status", "cut", "why"), [(302, 0, "answered 302"), (500, 0, "answered 500"), (200, 9, "Nothing was changed")]
)
def test_what_does_not_come_whole_is_not_taken(session: Any, server: str, status: int, cut: int, why: str) -> None:
    """No redirect is followed with the secret in hand; half a feed is none."""
    Server.status, Server.cut = status, cut
    assert why in jobs.bring_in(session, server).error


@pytest.mark.parametrize("address", ["http://dgft.example/feed", "ftp://127.0.0.1/feed", "https:///feed", "file:///etc/passwd"])
def test_a_feed_is_never_fetched_in_the_clear(address: str) -> None:
    """https, or this machine itself."""
    with pytest.raises(BusinessError, match="https"):
        feed.fetch(address)


# --- who may, how much, how many statements ------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [SUPERVISOR, ADMIN, EXPORTER])
def test_nobody_brings_people_in_by_hand(session: Any, who: str) -> None:
    """Only the system does."""
    with pytest.raises(NotAllowed):
        profiles.take_in(session, actor_for(session, who), facts("A"))


def test_one_by_one_it_is_the_same_verb(session: Any) -> None:
    """`take_in` raises what a feed would note."""
    profiles.take_in(session, SYSTEM_ACTOR, facts("A"))
    with pytest.raises(InvalidInput, match="another kind"):
        profiles.take_in(session, SYSTEM_ACTOR, facts("B", email=ADMIN))


def test_ten_thousand_rows_in_few_statements(session: Any, count_queries: Any) -> None:
    """Some three hundred for the first run; the second changes nothing in fewer."""
    content = said(*(row(f"P{number}") for number in range(10_000)))
    with count_queries() as first:
        assert counts(sync(session, content)) == (10_000, 0, 0, 0)
    with count_queries() as second:
        assert counts(sync(session, content)) == (0, 0, 0, 10_000)
    assert len(first) < 600
    assert len(second) < 250


def test_the_trail_names_what_a_run_did(session: Any) -> None:
    """Without addresses and numbers of telephones."""
    from app.audit.models import AuditEvent
    from app.audit.service import prove

    sync(session, said(row("A", "secret@balaji.example", mobile="9876512345")))
    event = session.scalars(select(AuditEvent).where(AuditEvent.event == "accounts brought in from DGFT")).one()
    assert event.detail["people"][0]["who"] == "A"
    assert "secret@" not in json.dumps(event.detail)
    assert "9876512345" not in json.dumps(event.detail)
    assert list(prove(session)) == []


def test_the_screens_show_runs_and_people(session: Any, login: Any) -> None:
    """To supervisors; a fault is text, not markup."""
    sync(session, said(row("A"), row("B") | {"role": "<b>"}, row("C") | {"mobile": "<script>"}))
    browser = login(SUPERVISOR)
    page = browser.get("/sync/list/")
    assert (page.status_code, "2 faults" in page.text, "<script>" in page.text) == (200, True, False)
    assert browser.get(f"/sync/show/{session.scalar(select(SyncRun.id))}").status_code == 200
    assert "a@balaji.example" in browser.get("/dgft-profiles/list/").text
    assert browser.get("/sync/export").status_code == browser.get("/dgft-profiles/export").status_code == 200
    assert login(EXPORTER).get("/dgft-profiles/list/").status_code == 403
