"""Passwords are issued, changed, forgotten and set anew: by the verbs and over HTTP, and nobody learns who is registered."""

from datetime import timedelta
from random import randrange
from typing import Any

import pytest
from flask import Flask
from werkzeug.security import check_password_hash

from app.access import passwords, rules
from app.access.models import PasswordLink, SignIn
from app.core import clock
from app.core.errors import InvalidInput, NotFound
from app.infra.db import transaction
from tests.access.conftest import link_in, token, typed
from tests.people import CLERK, OFFICER, PASSWORD, actor_for

NEW = "tea in the blue bus"
NOBODY = "nobody@fiec.example"


def row_of(session: Any, user: Any) -> SignIn:
    found: SignIn = session.query(SignIn).filter_by(user_id=user.id).one()
    return found


@pytest.fixture
def issued_password(session: Any, officer: Any) -> str:
    """The officer has just been given a password."""
    with transaction(session):
        return passwords.issue(session, officer)


# --- issued -------------------------------------------------------------------------------------------------------------


def test_an_issued_password_is_random_and_must_be_changed(session: Any, officer: Any) -> None:
    """Two are never alike, both are long enough by our own rule, and the old one opens nothing."""
    with transaction(session):
        first, second = passwords.issue(session, officer), passwords.issue(session, officer)
    assert first != second
    assert rules.why_not(second) == ""
    assert check_password_hash(officer.password, second)
    assert not check_password_hash(officer.password, PASSWORD)
    row = row_of(session, officer)
    assert row.must_change
    assert row.issued_until is not None
    assert abs(row.issued_until - clock.now() - timedelta(hours=72)) < timedelta(minutes=1)


def test_whoever_must_change_the_password_can_do_nothing_else(client: Any, issued_password: str) -> None:
    """Every page leads to the change; language, style and log-out stay open; afterwards everything is."""
    assert typed(client, OFFICER, issued_password).status_code == 302
    for path in (
        "/",
        "/desk/list/",
        "/applications/list/",
        "/account/",
        "/account/factor",
        "/notices/",
        "/verify",
        "/password/forgot",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/account/password"), path
    assert client.post("/notices/").headers["Location"] == "/account/password"
    page = client.get("/account/password")
    assert page.status_code == 200
    assert "issued to you" in page.text
    assert "/desk/" not in page.text
    with client.get("/static/udgam.css") as style:
        assert style.status_code == 200
    assert client.get("/lang/hi").status_code == 302
    changed = client.post("/account/password", data={"old": issued_password, "new": NEW, "again": NEW})
    assert (changed.status_code, changed.headers["Location"]) == (302, "/")
    assert client.get("/desk/list/").status_code == 200


def test_a_token_with_an_issued_password_reads_the_sentence(client: Any, issued_password: str) -> None:
    """403 and problem details for every resource, until the password is changed."""
    given = token(client, OFFICER, issued_password)
    assert given.status_code == 200
    headers = {"Authorization": f"Bearer {given.json['access_token']}"}
    for method, path in (("GET", "/applications/"), ("GET", "/agencies/1"), ("POST", "/applications/1/approve")):
        answer = client.open(f"/api/v1{path}", method=method, headers=headers)
        assert answer.status_code == 403, path
        assert answer.mimetype == "application/problem+json"
        assert "Change the password" in answer.json["detail"]


def test_after_72_hours_an_issued_password_opens_nothing(session: Any, client: Any, officer: Any, issued_password: str) -> None:
    """Neither page nor API; the sentence is told only to whoever knows the password."""
    with transaction(session):
        row_of(session, officer).issued_until = clock.now() - timedelta(seconds=1)
    page = typed(client, OFFICER, issued_password)
    assert page.status_code == 401
    assert "72 hours" in page.text
    assert "72 hours" not in typed(client, OFFICER, "wrong").text
    assert client.get("/desk/list/").headers["Location"].startswith("/login/")
    answer = token(client, OFFICER, issued_password)
    assert answer.status_code == 401
    assert "72 hours" in answer.json["detail"]


def test_the_demonstration_needs_no_change(client: Any) -> None:
    """The password of the README opens the desk at once."""
    assert typed(client, OFFICER, PASSWORD).headers["Location"] == "/"
    assert client.get("/desk/list/").status_code == 200


# --- changed ------------------------------------------------------------------------------------------------------------


def test_a_change_ends_every_other_session_and_is_told(login: Any, client: Any, mailed: Any, events: Any) -> None:
    """This browser stays, the other does not, the trail has it, and the owner reads it in a mail."""
    here, there = login(OFFICER), login(OFFICER)
    answer = here.post("/account/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    assert here.get("/desk/list/").status_code == 200
    assert there.get("/desk/list/").status_code == 302
    assert [event for event, _ in events()] == ["password changed"]
    (told,) = mailed()
    assert "was changed" in told.body
    assert NEW not in told.body
    assert typed(client, OFFICER, PASSWORD).status_code == 401
    assert typed(client, OFFICER, NEW).status_code == 302


def test_tokens_end_with_the_password(client: Any, session: Any, officer: Any) -> None:
    """Access and refresh token alike, if they are from before the change; a new one opens again."""
    given = token(client, OFFICER, PASSWORD, refresh=True).json
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    assert client.get("/api/v1/applications/", headers=headers).status_code == 200
    with clock.travel(clock.now() + timedelta(seconds=5)), transaction(session):
        passwords.change(session, officer, actor_for(session, OFFICER), PASSWORD, NEW)
    assert client.get("/api/v1/applications/", headers=headers).status_code == 401
    again = client.post("/api/v1/security/refresh", headers={"Authorization": f"Bearer {given['refresh_token']}"})
    assert again.status_code == 401
    with transaction(session):
        row_of(session, officer).password_changed_at = clock.now() - timedelta(minutes=1)
    fresh = {"Authorization": f"Bearer {token(client, OFFICER, NEW).json['access_token']}"}
    assert client.get("/api/v1/applications/", headers=fresh).status_code == 200


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"old": "wrong", "new": NEW, "again": NEW}, passwords.WRONG_OLD),
        ({"old": PASSWORD, "new": NEW, "again": NEW + "!"}, "The two new passwords differ"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, rules.TOO_SHORT),
        ({"old": PASSWORD, "new": OFFICER, "again": OFFICER}, rules.YOUR_NAME),
        ({"old": PASSWORD, "new": "Password2026!", "again": "Password2026!"}, rules.TOO_COMMON),
        ({"old": PASSWORD, "new": "", "again": ""}, "Fill this in"),
        ({}, "Fill this in"),
    ],
)
def test_a_refused_change_says_why_beside_the_field(login: Any, sent: dict[str, str], sentence: str, events: Any) -> None:
    """422, nothing changed, and no password is sent back into the page."""
    browser = login(OFFICER)
    answer = browser.post("/account/password", data=sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'class="field-error"' in answer.text
    assert not any(value in answer.text for value in sent.values() if len(value) > 8 and value != OFFICER)
    assert events() == []
    assert typed(browser.application.test_client(), OFFICER, PASSWORD).status_code == 302


def test_the_same_password_is_no_change(session: Any, officer: Any) -> None:
    """Whoever was asked for another gives another."""
    with transaction(session):
        passwords.change(session, officer, actor_for(session, OFFICER), PASSWORD, NEW)
    with pytest.raises(InvalidInput, match="is the old one"):
        passwords.change(session, officer, actor_for(session, OFFICER), NEW, NEW)


def test_the_old_password_cannot_be_guessed_on_the_page_of_the_change(
    app: Flask, login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds an open browser has the same few tries as at the log-in, and shares its count."""
    monkeypatch.setitem(app.config, "LOGIN_FAILURES", 3)
    browser = login(OFFICER)
    for _ in range(3):
        assert passwords.WRONG_OLD in browser.post("/account/password", data={"old": "wrong", "new": NEW, "again": NEW}).text
    locked = browser.post("/account/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
    assert "Wait 15 minutes" in locked.text
    assert typed(app.test_client(), OFFICER, PASSWORD).status_code == 401


def test_changing_needs_a_log_in(client: Any) -> None:
    for path in ("/account/", "/account/password", "/account/factor"):
        assert client.get(path).headers["Location"].startswith("/login/")


# --- forgotten ----------------------------------------------------------------------------------------------------------


def asked(client: Any, email: str) -> Any:
    """The form for a link, sent from an address that has not asked before."""
    here = {"REMOTE_ADDR": f"10.{randrange(256)}.{randrange(256)}.{randrange(256)}"}
    return client.post("/password/forgot", data={"email": email}, environ_base=here)


def test_a_mailed_link_sets_a_new_password_once(client: Any, login: Any, mailed: Any, events: Any) -> None:
    """Asked, mailed, set: old sessions end, the trail names the owner, the link is used up."""
    there = login(OFFICER)
    asked(client, f" {OFFICER.upper()} ")
    (mail,) = mailed()
    link = link_in(mail)
    assert client.get(link).status_code == client.get(link).status_code == 200
    done = client.post(link, data={"new": NEW, "again": NEW})
    assert (done.status_code, done.headers["Location"]) == (302, "/login/")
    assert there.get("/desk/list/").status_code == 302
    assert [event for event, _ in events()] == ["password set by a mailed link"]
    assert len(mailed()) == 2
    for answer in (client.get(link), client.post(link, data={"new": NEW + "!", "again": NEW + "!"})):
        assert answer.status_code == 404
        assert passwords.GONE in answer.text
    assert typed(client, OFFICER, NEW).status_code == 302


def test_a_link_ends_the_forced_change_and_an_issued_password_that_lapsed(
    session: Any, client: Any, officer: Any, mailed: Any, issued_password: str
) -> None:
    """The way back in when 72 hours were not enough."""
    with transaction(session):
        row_of(session, officer).issued_until = clock.now() - timedelta(days=1)
    asked(client, OFFICER)
    client.post(link_in(mailed()[-1]), data={"new": NEW, "again": NEW})
    assert typed(client, OFFICER, NEW).status_code == 302
    assert client.get("/desk/list/").status_code == 200


def test_a_password_that_is_refused_leaves_the_link_good(client: Any, mailed: Any) -> None:
    asked(client, OFFICER)
    link = link_in(mailed()[0])
    refused = client.post(link, data={"new": "short", "again": "short"})
    assert refused.status_code == 422
    assert rules.TOO_SHORT in refused.text
    assert client.post(link, data={"new": NEW, "again": NEW}).status_code == 302


def test_a_link_lasts_half_an_hour(client: Any, mailed: Any) -> None:
    asked(client, OFFICER)
    link = link_in(mailed()[0])
    with clock.travel(clock.now() + timedelta(minutes=29)):
        assert client.get(link).status_code == 200
    with clock.travel(clock.now() + timedelta(minutes=31)):
        assert client.get(link).status_code == client.post(link, data={"new": NEW, "again": NEW}).status_code == 404


def test_of_several_links_one_is_used_and_all_are_gone(client: Any, mailed: Any) -> None:
    asked(client, OFFICER)
    asked(client, OFFICER)
    first, second = (link_in(mail) for mail in mailed())
    assert client.post(second, data={"new": NEW, "again": NEW}).status_code == 302
    assert client.get(first).status_code == 404


def test_an_account_is_not_flooded_with_links(client: Any, session: Any, officer: Any, mailed: Any) -> None:
    """Three open links, from wherever they were asked for; the answer stays the same."""
    answers = {
        client.post("/password/forgot", data={"email": OFFICER}, environ_base={"REMOTE_ADDR": f"203.0.113.{n}"}).status_code
        for n in range(6)
    }
    assert answers == {302}
    assert len(mailed()) == 3
    with clock.travel(clock.now() + timedelta(minutes=31)), transaction(session):
        passwords.forgot(session, OFFICER)
    assert len(mailed()) == 4


def test_an_address_asks_a_few_times_a_minute(client: Any) -> None:
    """Whoever tries a list of addresses is soon told to wait."""
    here = {"REMOTE_ADDR": "203.0.113.77"}
    statuses = [
        client.post("/password/forgot", data={"email": f"{n}@fiec.example"}, environ_base=here).status_code for n in range(14)
    ]
    assert statuses[0] == 302
    assert 429 in statuses


def test_the_answer_does_not_say_who_is_registered(
    app: Flask, session: Any, client: Any, mailed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody, nobody, somebody switched off: same status, same page, and a password is hashed each time."""
    from flask_appbuilder.security.sqla.models import User

    with transaction(session):
        session.query(User).filter_by(username=CLERK).one().active = False
    hashed: list[str] = []
    real = passwords.generate_password_hash
    monkeypatch.setattr(passwords, "generate_password_hash", lambda text: hashed.append(text) or real(text))
    seen = set()
    for email in (OFFICER, NOBODY, CLERK, "no address", "x" * 254):
        browser = app.test_client()
        answer = asked(browser, email)
        seen.add((answer.status_code, answer.headers["Location"], browser.get("/login/").text))
    assert len(seen) == 1
    assert len(hashed) == 5
    assert (len(mailed()), mailed(CLERK), mailed(NOBODY)) == (1, [], [])


def test_a_wrong_log_in_does_not_say_who_is_registered(app: Flask) -> None:
    """Page and API answer alike for somebody and nobody."""
    pages = {
        (answer.status_code, answer.text.replace(f'value="{email}"', ""))
        for email in (OFFICER, NOBODY)
        if (answer := typed(app.test_client(), email, "wrong"))
    }
    assert len(pages) == 1
    programs = {
        (answer.status_code, answer.text) for email in (OFFICER, NOBODY) if (answer := token(app.test_client(), email, "wrong"))
    }
    assert len(programs) == 1


def test_links_of_others_are_not_found(session: Any, client: Any, officer: Any, mailed: Any) -> None:
    """Neither a made-up one, nor one of an account that was switched off meanwhile."""
    assert client.get("/password/" + "x" * 43).status_code == 404
    asked(client, OFFICER)
    link = link_in(mailed()[0])
    with transaction(session):
        officer.active = False
    assert client.get(link).status_code == 404


def test_what_is_kept_of_a_link_opens_nothing(session: Any, client: Any, mailed: Any) -> None:
    """The database has a digest only."""
    asked(client, OFFICER)
    kept = session.query(PasswordLink).one().token_sha256
    assert kept not in mailed()[0].body
    with pytest.raises(NotFound):
        passwords.link_user(session, kept)


def test_the_forms_need_the_token_of_the_page(
    app: Flask, login: Any, client: Any, mailed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is changed, mailed or ended by a form on another site."""
    browser = login(OFFICER)
    asked(client, OFFICER)
    link = link_in(mailed()[0])
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    new = {"old": PASSWORD, "new": NEW, "again": NEW}
    for each, path, data in (
        (browser, "/account/password", new), (browser, "/account/factor/begin", {}), (browser, "/account/sessions/end", {}),
        (browser, "/account/sessions/1/end", {}), (browser, "/account/factor", {"code": "123456"}),
        (client, "/password/forgot", {"email": OFFICER}), (client, link, new), (client, "/login/", {"username": OFFICER, "password": PASSWORD}),
    ):  # fmt: skip
        assert each.post(path, data=data).status_code == 400, path
    assert len(mailed()) == 1
