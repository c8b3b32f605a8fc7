"""Registration in a browser: the form and its faults, the page of the code, what a stranger cannot find out, the letter."""

import io
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.agencies.models import Agency, AgencyUser
from app.core import clock
from app.notices.models import Mail
from tests import factories
from tests.people import ADMIN, EVERYBODY, OFFICER, OTHER_ADMIN, SUPERVISOR

PAGE = "/register/agency"
NEW = "asha.rao@fiec.example"
FORM = {
    "agency": "FIEC", "role": "OFFICER", "office": "FIEC/002", "full_name": "Asha Rao", "designation": "Assistant Director",
    "email": NEW, "mobile": "9876543210", "employee_code": "E-17", "undertaking": "y",
}  # fmt: skip
EVIL = "<script>alert('अ')</script> & \"co\""


@pytest.fixture(autouse=True)
def patient(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests ask from one address; what it may ask in a minute is the matter of one of them."""
    monkeypatch.setitem(app.config, "REGISTER_PER_MINUTE", 10_000)


def form(**changes: Any) -> dict[str, Any]:
    """The form filled in rightly by an officer, with changes; None leaves a field out."""
    return {name: value for name, value in (FORM | changes).items() if value is not None}


def scan(kind: str = "PNG", size: tuple[int, int] = (1700, 2200), **more: Any) -> bytes:
    """A picture of a letter."""
    out = io.BytesIO()
    Image.new("RGB", size, "lightblue").save(out, kind, **more)
    return out.getvalue()


def newcomer(session: Any, **changes: Any) -> dict[str, Any]:
    """An agency that nobody came aboard for; the form of its administrator, without the letter."""
    facts = {
        "code": "NEWC", "name": "New Chamber of Commerce", "official_email": "secretary@newc.example",
        "email_domains": ["newc.example"], "status": "NOTIFIED",
    }  # fmt: skip
    session.add(Agency(**facts | changes))
    session.commit()
    return form(agency="NEWC", role="ADMINISTRATOR", office="", email="Secretary@NEWC.example")


def sent(session: Any, address: str = NEW) -> list[str]:
    """The bodies of the mails to an address, oldest first."""
    return list(session.scalars(select(Mail.body).where(Mail.recipient == address).order_by(Mail.id)))


def code_for(session: Any, address: str = NEW) -> str:
    """The code of the newest mail."""
    found = re.search(r"Your code: (\d{6})\n", sent(session, address)[-1])
    assert found
    return found[1]


def begun(client: Any, data: dict[str, Any]) -> str:
    """Send the form; the address of the code's page."""
    answer = client.post(PAGE, data=data)
    assert answer.status_code == 302, re.findall(r'field-error".*?>(.*?)</p>', answer.text)
    place = str(answer.headers["Location"])
    assert re.fullmatch(rf"{PAGE}/[\w-]{{43}}", place)
    return place


def fault(answer: Any, field: str) -> str:
    """What the page says at a field."""
    assert answer.status_code == 422
    found = re.search(rf'id="{field}-error">(.*?)</p>', answer.text)
    assert found, f"no fault at {field}"
    return found[1]


def someone(session: Any, email: str, status: str = "PENDING", **more: Any) -> AgencyUser:
    """A person of FIEC."""
    agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
    row = AgencyUser(**{"agency_id": agency.id, "role": "OFFICER", "full_name": "Old", "email": email, "status": status} | more)
    session.add(row)
    session.commit()
    return row


# --- the whole way ---------------------------------------------------------------------------------------------------


def test_an_officer_registers(session: Any, client: Any, login: Any) -> None:
    """From the welcome page to «an administrator decides», and the administrator is told."""
    assert f'href="{PAGE}"' in client.get("/").text
    assert f'href="{PAGE}"' in client.get("/login/").text
    page = client.get(PAGE).text
    assert "<h1>Register User As → CoO Authorized Agency</h1>" in page
    assert re.search(r'<optgroup label="Federation of Indian Export Chambers">\s*<option value="FIEC/001"', page)
    place = begun(client, form())
    shown = client.get(place).text
    assert NEW in shown
    assert "002 Northern Region Office" in shown
    assert client.post(place, data={"code": code_for(session)}).headers["Location"] == place
    after = client.get(place).text
    assert "An administrator of Federation of Indian Export Chambers now decides" in after
    assert 'name="code"' not in after
    row = session.scalars(select(AgencyUser).where(AgencyUser.email == NEW)).one()
    assert (row.status, row.user_id, row.created_by_id) == ("PENDING", None, None)
    assert f"/officers/show/{row.id}" in login(ADMIN).get("/notices/").text
    assert "Asha Rao" not in login(OTHER_ADMIN).get("/notices/").text
    assert "Asha Rao" in sent(session, ADMIN)[-1]


def test_an_administrator_registers_with_the_letter(session: Any, client: Any, login: Any) -> None:
    """Without an office, with the recorded address in other letters; DGFT decides and sees the letter."""
    data = newcomer(session)
    assert "DGFT" in fault(client.post(PAGE, data=data | {"email": "x@newc.example"}), "email")
    place = begun(client, data | {"letter": (io.BytesIO(scan()), "../Briefkopf \u202e.png")})
    client.post(place, data={"code": code_for(session, "secretary@newc.example")})
    assert "DGFT now decides" in client.get(place).text
    row = session.scalars(select(AgencyUser).where(AgencyUser.email == "secretary@newc.example")).one()
    assert (row.status, row.letter_mime) == ("PENDING", "image/png")
    assert "/" not in row.letter_name
    assert "\u202e" not in row.letter_name
    assert "New Chamber" in login(SUPERVISOR).get("/notices/").text


def test_what_was_decided_is_not_said_here(session: Any, client: Any) -> None:
    """The page of the code says only that there is a decision; what it is stands in the mail."""
    place = begun(client, form())
    client.post(place, data={"code": code_for(session)})
    pages = set()
    for status in ("ACTIVE", "REJECTED", "INACTIVE"):
        session.scalars(select(AgencyUser).where(AgencyUser.email == NEW)).one().status = status
        session.commit()
        pages.add(client.get(place).text)
    assert len(pages) == 1
    assert "has been decided" in pages.pop()


# --- what is refused -------------------------------------------------------------------------------------------------

FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"agency": ""}, "agency", "Choose an agency from the list"),
    ({"agency": "NOPE\x00"}, "agency", "Choose an agency from the list"),
    ({"role": None}, "role", "Choose Administrator or Officer"),
    ({"role": "SUPERVISOR"}, "role", "Choose Administrator or Officer"),
    ({"office": ""}, "office", "Choose the regional office"),
    ({"office": "SWCC/001"}, "office", "not an office of Federation of Indian Export Chambers"),
    ({"full_name": " "}, "full_name", "Write your full name"),
    ({"full_name": "A" * 121}, "full_name", "at most 120 fit"),
    ({"designation": "12"}, "designation", "Write your designation"),
    ({"email": "asha"}, "email", "name@agency.org"),
    ({"email": "asha@gmail.com"}, "email", "gmail.com gives one to anybody"),
    ({"email": "asha@swcc.example"}, "email", "ends in @fiec.example"),
    ({"mobile": "5876543210"}, "mobile", "begins with 6, 7, 8 or 9"),
    ({"employee_code": "9" * 31}, "employee_code", "at most 30 fit"),
    ({"undertaking": None}, "undertaking", "Tick this"),
]


@pytest.mark.parametrize(("changes", "field", "words"), FAULTS, ids=[f"{field}-{number}" for number, (_, field, _) in
                                                                     enumerate(FAULTS)])  # fmt: skip
def test_each_fault_stands_at_its_field(session: Any, client: Any, changes: dict[str, Any], field: str, words: str) -> None:
    """And at no other; nobody is mailed, and no row is left."""
    answer = client.post(PAGE, data=form(**changes))
    assert words in fault(answer, field)
    assert len(re.findall(r'class="field-error"', answer.text)) == 1
    assert not sent(session)
    assert session.scalar(select(AgencyUser.id).where(AgencyUser.status == "EMAIL_UNVERIFIED")) is None


def test_nothing_typed_is_lost(session: Any, client: Any) -> None:
    """But the file, which no browser sends twice by itself; that is said."""
    data = form(mobile="1", email="a@gmail.com", letter=(io.BytesIO(scan()), "letter.png"))
    page = client.post(PAGE, data=data)
    for name in ("full_name", "designation", "email", "mobile", "employee_code"):
        assert re.search(rf'name="{name}"[^>]* value="{re.escape(data[name])}"', page.text), name
    assert '<option value="FIEC" selected>' in page.text
    assert '<option value="FIEC/002" selected>' in page.text
    assert re.search(r'value="OFFICER" required checked>', page.text)
    assert re.search(r'<input[^>]*checked[^>]*id="undertaking"', page.text)
    assert "once more" in fault(page, "letter")
    assert "once more" not in client.post(PAGE, data=form(mobile="1")).text


@pytest.mark.parametrize(("content", "words"), [
    (b"", "The file is empty"), (b"MZ\x90 not a letter", "not a PDF, JPEG or PNG"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PDF, JPEG or PNG"), (scan()[:300], "cannot be read"),
    (b"\x89PNG\r\n\x1a\n" + b"0" * (2 * 1024 * 1024), "larger than 2 MiB"),
])  # fmt: skip
def test_scenario_10_a_letter_that_is_none(session: Any, client: Any, content: bytes, words: str) -> None:
    """An administrator without a letter that can be read is refused; what counts are the bytes, not the name."""
    data = newcomer(session)
    # written by hand, because the test client would leave a large form open in a temporary file
    boundary, body = encode_multipart({**data, "letter": FileStorage(io.BytesIO(content), "letter.png", "letter")})
    answer = client.post(PAGE, data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert words in fault(answer, "letter")
    assert "needs the authorisation letter" in fault(client.post(PAGE, data=data), "letter")


def test_scenario_7_what_is_not_offered_is_refused(session: Any, client: Any) -> None:
    """A suspended agency, or one whose window is over, is not in the list, and posting it does not help."""
    data = newcomer(session, status="SUSPENDED") | {"letter": (io.BytesIO(factories.pdf()), "letter.pdf")}
    assert 'value="NEWC"' not in client.get(PAGE).text
    assert "suspended" in fault(client.post(PAGE, data=data), "agency")
    agency = session.scalars(select(Agency).where(Agency.code == "NEWC")).one()
    agency.status, agency.onboard_by = "NOTIFIED", clock.india_today() - timedelta(days=1)
    session.commit()
    assert 'value="NEWC"' not in client.get(PAGE).text
    data["letter"] = (io.BytesIO(factories.pdf()), "letter.pdf")
    assert "ended on" in fault(client.post(PAGE, data=data), "agency")
    session.scalars(select(Agency).where(Agency.code == "NEWC")).one().onboard_by = clock.india_today() + timedelta(days=3)
    session.commit()
    assert re.search(r'value="NEWC">New Chamber of Commerce \(NEWC\): 3 days left<', client.get(PAGE).text)


def test_a_name_with_a_script_in_it_is_shown_as_it_is(session: Any, client: Any, login: Any) -> None:
    """On the form, on the page of the code, before those who decide; and never runs."""
    refused = client.post(PAGE, data=form(full_name=EVIL, mobile="1")).text
    place = begun(client, form(full_name=EVIL, designation=EVIL[:80]))
    waiting = client.get(place).text
    client.post(place, data={"code": code_for(session)})
    row = session.scalars(select(AgencyUser).where(AgencyUser.email == NEW)).one()
    seen = (
        refused,
        waiting,
        client.get(place).text,
        login(ADMIN).get(f"/officers/show/{row.id}").text,
        login(ADMIN).get("/notices/").text,
    )
    for page in seen:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


# --- what a stranger cannot find out or do ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["PENDING", "ACTIVE", "INACTIVE"])
def test_nobody_finds_out_who_is_registered(session: Any, client: Any, status: str) -> None:
    """Byte by byte the same pages for a known address and a new one: after the form, wrong codes, and sending again."""
    known, new = "aaaa@fiec.example", "bbbb@fiec.example"
    someone(session, known, status)

    def way(address: str) -> list[tuple[int, str, str]]:
        """Everything one can see, without the secret and the address."""
        answers = []
        with clock.travel(datetime(2026, 11, 23, 9, 30, tzinfo=UTC)):
            place = begun(client, form(email=address))
            answers += [client.get(place), client.post(place + "/again"), client.get(place)]
            with clock.travel(datetime(2026, 11, 23, 9, 32, tzinfo=UTC)):
                answers += [client.post(place + "/again"), client.get(place)]
                code = code_for(session, new) if sent(session, new) else "000000"
                bad = f"{(int(code) + 1) % 1_000_000:06d}"
                answers += [client.post(place, data={"code": text}) for text in ("x", bad, bad, bad, bad, bad, bad)]
                answers += [client.get(place), client.post(place + "/again"), client.get(place)]
        secret = place.rsplit("/", 1)[1]

        def plain(text: str) -> str:
            """Without the token of the form, which is another each second."""
            return re.sub(r'(name="csrf_token"[^>]* value=")[^"]*', r"\1", text.replace(secret, "*").replace(address, "*"))

        return [(each.status_code, plain(each.headers.get("Location", "")), plain(each.text)) for each in answers]

    first, second = way(new), way(known)
    assert first == second
    assert "Your code" in "".join(sent(session, new))
    assert "Your code" not in "".join(sent(session, known))
    assert len(sent(session, new)) == len(sent(session, known)) == 2


def test_guessing_is_stopped(session: Any, client: Any) -> None:
    """After the fifth wrong code the right one opens nothing; the page says to begin again."""
    place = begun(client, form())
    code = code_for(session)
    bad = f"{(int(code) + 1) % 1_000_000:06d}"
    told = [client.post(place, data={"code": bad}) for _ in range(5)]
    assert [answer.status_code for answer in told] == [422] * 5
    assert "4 more times" in told[0].text
    assert "Begin again" in told[4].text
    assert client.post(place, data={"code": code}).status_code == 422
    assert session.scalars(select(AgencyUser.status).where(AgencyUser.email == NEW)).one() == "EMAIL_UNVERIFIED"


def test_an_address_may_ask_so_often_in_a_minute(app: Flask, session: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the form comes back with everything in it; looking costs nothing, and another address goes on."""
    monkeypatch.setitem(app.config, "REGISTER_PER_MINUTE", 2)
    net = f"2001:db8:{secrets.token_hex(2)}"
    here, elsewhere = {"REMOTE_ADDR": f"{net}:1::1"}, {"REMOTE_ADDR": f"{net}:2::1"}
    # five within two minutes of the clock: in one of them it is one too many, whenever the first began
    answers = [client.post(PAGE, data=form(mobile="1"), environ_overrides=here) for _ in range(5)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[0] == 422
    assert set(statuses) == {422, 429}
    late = answers[statuses.index(429)].text
    assert "Too many registrations" in late
    assert 'value="Asha Rao"' in late
    assert client.get(PAGE, environ_overrides=here).status_code == 200
    assert client.post(PAGE, data=form(), environ_overrides=elsewhere).status_code == 302


def test_five_mails_an_hour_to_one_address(session: Any, client: Any) -> None:
    """A stranger cannot fill somebody's mail box."""
    for _ in range(5):
        begun(client, form())
    assert "Five mails" in fault(client.post(PAGE, data=form()), "email")
    assert len(sent(session)) == 5


def test_without_the_token_of_the_page_nothing_is_taken(
    app: Flask, session: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public pages are protected from other sites' forms, too; with the token out of the page it works, twice."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert client.post(PAGE, data=form()).status_code == 400
    for _ in range(2):
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(PAGE).text)
        assert found
        place = begun(client, form(csrf_token=found[1]))
        assert client.post(place, data={"code": code_for(session)}).status_code == 400
        assert client.post(place + "/again").status_code == 400
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(place).text)
    assert found
    assert client.post(place, data={"code": code_for(session), "csrf_token": found[1]}).status_code == 302


def test_a_secret_that_nobody_was_given(client: Any) -> None:
    """There is nothing there."""
    for answer in (
        client.get(f"{PAGE}/{'x' * 43}"),
        client.post(f"{PAGE}/x", data={"code": "123456"}),
        client.post(f"{PAGE}/x/again"),
    ):
        assert answer.status_code == 404


def test_registered_twice_and_proven_twice(session: Any, client: Any) -> None:
    """Two requests of one person: the first that is proven counts, the other one says so."""
    first = begun(client, form())
    code = code_for(session)
    second = begun(client, form())
    other = code_for(session)
    assert client.post(first, data={"code": code}).status_code == 302
    assert "proven before this one" in client.post(second, data={"code": other}).text
    assert sorted(session.scalars(select(AgencyUser.status).where(AgencyUser.email == NEW))) == ["EMAIL_UNVERIFIED", "PENDING"]


# --- the letter ------------------------------------------------------------------------------------------------------


def with_letter(session: Any, content: bytes, mime: str, **more: Any) -> int:
    """A pending officer of FIEC with a letter; the id."""
    from app.infra import store

    row = someone(session, NEW, letter_sha256=store.put(content), letter_name='Bri"ef अ.x', letter_mime=mime, **more)
    return int(row.id)


def test_the_letter_is_seen_by_those_who_decide(session: Any, client: Any, login: Any) -> None:
    """The supervisor and the own agency's administrator; nobody else, not even that it is there."""
    content = scan("JPEG", (3000, 2000), exif=_sideways())
    pk = with_letter(session, content, "image/jpeg")
    for who in EVERYBODY:
        allowed = who in {SUPERVISOR, ADMIN}
        browser = login(who)
        for address in (f"/officers/letter/{pk}", f"/officers/letter/{pk}/preview.png"):
            status = browser.get(address).status_code
            assert status == 200 if allowed else status in {403, 404}, f"{who} {address}: {status}"
        assert browser.get(f"/officers/letter/{2**40}").status_code in {403, 404}
    assert login(OTHER_ADMIN).get(f"/officers/letter/{pk}").status_code == 404
    assert login(OFFICER).get(f"/officers/letter/{pk}").status_code == 403
    assert client.get(f"/officers/letter/{pk}").status_code == 302
    answer = login(ADMIN).get(f"/officers/letter/{pk}")
    assert answer.data == content
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Brief _.x"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def _sideways() -> Image.Exif:
    """What a phone writes when it was held upright, and where it was."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "at the owner's home"
    return exif


def test_a_scan_is_drawn_anew(session: Any, login: Any) -> None:
    """Upright, at reading size, a PNG without anything that was hidden in the picture; a PDF has none."""
    pk = with_letter(session, scan("JPEG", (3000, 2000), exif=_sideways()) + b"<script>", "image/jpeg")
    drawn = login(ADMIN).get(f"/officers/letter/{pk}/preview.png")
    assert drawn.mimetype == "image/png"
    assert b"script" not in drawn.data
    assert b"home" not in drawn.data
    with Image.open(io.BytesIO(drawn.data)) as picture:
        assert picture.format == "PNG"
        assert picture.size == (800, 1200)


def test_a_pdf_is_only_handed_out(session: Any, login: Any) -> None:
    """As a download; there is no picture of it."""
    pk = with_letter(session, factories.pdf(), "application/pdf")
    browser = login(ADMIN)
    assert browser.get(f"/officers/letter/{pk}").mimetype == "application/pdf"
    assert browser.get(f"/officers/letter/{pk}/preview.png").status_code == 404
    assert f"/officers/letter/{pk}" in browser.get(f"/officers/show/{pk}").text


def test_what_nobody_has_proven_is_not_shown(session: Any, login: Any) -> None:
    """Until the address is proven the letter may be anybody's; and whoever sent none has none."""
    pk = with_letter(session, factories.pdf(), "application/pdf")
    row = session.get_one(AgencyUser, pk)
    row.status = "EMAIL_UNVERIFIED"
    session.commit()
    assert login(ADMIN).get(f"/officers/letter/{pk}").status_code == 404
    row.status, row.letter_sha256 = "PENDING", None
    session.commit()
    assert login(SUPERVISOR).get(f"/officers/letter/{pk}").status_code == 404
