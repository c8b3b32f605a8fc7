"""Open sessions: listed with browser, address and times; ended one by one or all at once, and only by their owner."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.access import service
from app.access.models import WebSession
from app.core import clock
from app.infra.db import transaction
from tests.access.conftest import typed
from tests.people import CLERK, EVERYBODY, OFFICER, PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def logged_in(app: Flask, email: str, said: str = FIREFOX, address: str = "192.0.2.8") -> Any:
    """A browser with a name of its own."""
    browser = app.test_client()
    browser.environ_base |= {"HTTP_USER_AGENT": said, "REMOTE_ADDR": address}
    assert typed(browser, email, PASSWORD).status_code == 302
    return browser


def newest(session: Any) -> WebSession:
    session.rollback()
    found: WebSession = session.query(WebSession).order_by(WebSession.id.desc()).first()
    return found


def seen(session: Any, pk: int) -> Any:
    session.rollback()
    return session.get_one(WebSession, pk).seen_at


def test_the_account_page_lists_where_one_is_logged_in(app: Flask, rolled_back: None) -> None:
    """Browser and address of each, and which is this one; of others nothing."""
    logged_in(app, OFFICER, "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Safari/537.36", "198.51.100.9")
    logged_in(app, CLERK, FIREFOX, "203.0.113.5")
    page = logged_in(app, OFFICER).get("/account/").text
    assert "Chrome on Android" in page
    assert "198.51.100.9" in page
    assert "203.0.113.5" not in page
    assert page.count("this one") == 1
    assert re.search(r"Firefox on Windows.{1,80}this one", page, re.DOTALL)
    assert OFFICER in page


@pytest.mark.parametrize("email", EVERYBODY)
def test_everybody_has_the_page(login: Any, email: str) -> None:
    browser = login(email)
    assert browser.get("/account/").status_code == browser.get("/account/password").status_code == 200
    assert 'href="/account/"' in browser.get("/").text


def test_a_session_is_signed_out_from_another(app: Flask, session: Any) -> None:
    """The copied cookie opens nothing from then on."""
    there = logged_in(app, OFFICER)
    lost = newest(session).id
    here = logged_in(app, OFFICER)
    assert there.get("/desk/list/").status_code == 200
    assert here.post(f"/account/sessions/{lost}/end").headers["Location"] == "/account/"
    assert there.get("/desk/list/").status_code == 302
    assert here.get("/desk/list/").status_code == 200


def test_sign_out_everywhere_else(app: Flask, rolled_back: None) -> None:
    others = [logged_in(app, OFFICER) for _ in range(2)]
    stranger, here = logged_in(app, CLERK), logged_in(app, OFFICER)
    assert "Sign out everywhere else" in here.get("/account/").text
    here.post("/account/sessions/end")
    assert {each.get("/desk/list/").status_code for each in others} == {302}
    assert here.get("/desk/list/").status_code == stranger.get("/applications/list/").status_code == 200
    assert "Sign out everywhere else" not in here.get("/account/").text


def test_the_session_of_another_person_is_not_there(app: Flask, session: Any) -> None:
    """404, as for a number that nobody has; and it stays open."""
    stranger = logged_in(app, CLERK)
    theirs = newest(session).id
    here = logged_in(app, OFFICER)
    answers = {pk: here.post(f"/account/sessions/{pk}/end") for pk in (theirs, theirs + 10_000, 2**31, 2**70)}
    assert {answer.status_code for answer in answers.values()} == {404}
    assert len({answer.text.split("<main", 1)[1] for answer in answers.values()}) == 1
    assert stranger.get("/applications/list/").status_code == 200


def test_sessions_are_ended_by_post_only(login: Any) -> None:
    browser = login(OFFICER)
    assert browser.get("/account/sessions/end").status_code == browser.get("/account/sessions/1/end").status_code == 405


def test_last_use_is_noted_once_a_minute(app: Flask, session: Any) -> None:
    """A page that is read soon after the last writes nothing; after a minute it does, once."""
    browser = logged_in(app, OFFICER)
    row = newest(session)
    pk, start = row.id, row.seen_at
    browser.get("/desk/list/")
    assert seen(session, pk) == start
    with clock.travel(start + timedelta(seconds=61)):
        browser.get("/desk/list/")
        assert seen(session, pk) == start + timedelta(seconds=61)
    with clock.travel(start + timedelta(seconds=100)):
        browser.get("/desk/list/")
        assert seen(session, pk) == start + timedelta(seconds=61)


def test_reading_stays_reading(app: Flask, session: Any, count_queries: Any) -> None:
    """Only the page that notes the last use sends an UPDATE, and it is the last thing it does."""
    browser = logged_in(app, OFFICER)
    start = newest(session).seen_at
    with count_queries() as sent:
        browser.get("/account/")
    assert not [statement for statement in sent if not statement.lstrip().startswith("SELECT")]
    with clock.travel(start + timedelta(minutes=5)), count_queries() as sent:
        browser.get("/account/")
    writes = [number for number, statement in enumerate(sent) if not statement.lstrip().startswith("SELECT")]
    assert writes == [len(sent) - 1]
    assert sent[-1].startswith("UPDATE web_session")


def test_a_cookie_that_ran_out_is_not_listed(app: Flask, session: Any) -> None:
    """Eight hours without a page, and the cookie opens nothing: the list does not pretend it does."""
    logged_in(app, OFFICER, address="198.51.100.44")
    with transaction(session):
        newest(session).seen_at = clock.now() - timedelta(hours=8, minutes=2)
    assert "198.51.100.44" not in logged_in(app, OFFICER).get("/account/").text


def test_what_a_browser_says_of_itself_is_text(app: Flask, session: Any) -> None:
    """Too long, or meant to break the page."""
    browser = logged_in(app, OFFICER, "<script>alert(1)</script>" + "x" * 5000)
    assert len(newest(session).browser) == 200
    assert "<script>alert" not in browser.get("/account/").text


def test_a_session_that_ended_has_no_standing(session: Any, app: Flask) -> None:
    """Nor has another person's token, nor none."""
    with transaction(session):
        token = service.open_session(session, 1, "192.0.2.1")
    assert service.standing_of_session(session, token, 1) is not None
    assert service.standing_of_session(session, token, 2) is None
    assert service.standing_of_session(session, "", 1) is None
    with transaction(session):
        service.close_session(session, token)
    assert service.standing_of_session(session, token, 1) is None
