"""The second factor: set up, asked for, good once; where a role needs it, and what happens to whoever guesses."""

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask

import config
from app.access import factor
from app.access.models import SignIn
from app.core import clock
from app.core.errors import InvalidInput, NotAllowed, WrongState
from app.infra.db import transaction
from tests.access.conftest import token, typed
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, PASSWORD, SUPERVISOR, actor_for

FORGERY = str(factor.WRONG)


def row_of(session: Any, user: Any) -> SignIn:
    session.rollback()
    found: SignIn = session.query(SignIn).filter_by(user_id=user.id).one()
    return found


def halfway(client: Any) -> Any:
    """The password is typed, the code is not."""
    answer = typed(client, OFFICER, PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/code")
    return client


def wrong(code: str) -> str:
    """Six digits that are not these."""
    return f"{(int(code) + 111_111) % 1_000_000:06d}"


# --- set up -------------------------------------------------------------------------------------------------------------


def test_a_person_sets_it_up(login: Any, session: Any, officer: Any, mailed: Any, events: Any) -> None:
    """Begin, scan or type the key, one code, eight recovery codes, and it is on."""
    browser = login(OFFICER)
    assert "Set it up" in browser.get("/account/").text
    assert "<svg" not in browser.get("/account/factor").text
    assert browser.post("/account/factor/begin").headers["Location"] == "/account/factor"
    page = browser.get("/account/factor").text
    key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert key
    assert "<svg" in page
    assert browser.get("/account/factor").text.count(key[1]) == 1, "the picture does not change by looking"
    secret = key[1].replace(" ", "")
    assert len(secret) == 32
    refused = browser.post("/account/factor", data={"code": wrong(pyotp.TOTP(secret).now())})
    assert refused.status_code == 422
    assert FORGERY in refused.text
    done = browser.post("/account/factor", data={"code": pyotp.TOTP(secret).now()})
    codes = re.findall(r"<li><code>([a-z2-9-]+)</code></li>", done.text)
    assert len(set(codes)) == 8
    assert "not shown again" in done.text
    assert [event for event, _ in events()] == ["second factor switched on"]
    assert "switched on" in mailed()[0].body
    for path in ("/account/", "/account/factor"):
        after = browser.get(path).text
        assert "Unused recovery codes: 8" in after
        assert secret not in after.replace(" ", "")
        assert codes[0] not in after


def test_the_secret_is_sealed_and_the_codes_are_hashed(
    session: Any, officer: Any, factor_on: Any, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    """Who steals the database has neither; with another SECRET_KEY nothing opens, and nothing breaks."""
    code, recovery = factor_on
    row = row_of(session, officer)
    assert len(row.recovery_hashes) == 8
    assert not re.fullmatch(r"[A-Z2-7]{32}", row.totp_secret)
    assert not any(each in str(row.recovery_hashes) for each in recovery)
    monkeypatch.setitem(app.config, "SECRET_KEY", "another secret of this server, long enough")
    assert not factor.check(session, officer.id, code(0))
    assert not factor.check(session, officer.id, recovery[0])


def test_a_secret_counts_for_nothing_before_its_first_code(client: Any, session: Any, officer: Any) -> None:
    with transaction(session):
        factor.begin(session, officer)
    assert typed(client, OFFICER, PASSWORD).headers["Location"] == "/"


def test_the_set_up_is_refused_out_of_order(session: Any, officer: Any, factor_on: Any) -> None:
    with pytest.raises(WrongState, match="on already"):
        factor.begin(session, officer)
    with pytest.raises(WrongState, match="on already"):
        factor.confirm(session, officer, actor_for(session, OFFICER), factor_on[0](0))


def test_a_code_before_the_beginning_is_refused(login: Any) -> None:
    answer = login(OFFICER).post("/account/factor", data={"code": "123456"})
    assert answer.status_code in {200, 422}
    assert "was not begun" in answer.text


# --- log in -------------------------------------------------------------------------------------------------------------


def test_the_log_in_has_two_steps(client: Any, factor_on: Any) -> None:
    """After the password alone nothing is open; after the code everything is, at the page that was asked for."""
    code, _ = factor_on
    first = typed(client, f" {OFFICER.upper()} ", PASSWORD, query_string={"next": "/desk/list/"})
    assert first.headers["Location"] == "/login/code?next=/desk/list/"
    assert client.get("/desk/list/").headers["Location"].startswith("/login/")
    page = client.get(first.headers["Location"])
    assert page.status_code == 200
    assert "one-time-code" in page.text
    second = client.post(first.headers["Location"], data={"code": code(0)})
    assert (second.status_code, second.headers["Location"]) == (302, "/desk/list/")
    assert client.get("/desk/list/").status_code == 200


@pytest.mark.parametrize("ahead", [0, 1])
def test_clocks_may_be_half_a_minute_off(client: Any, factor_on: Any, ahead: int) -> None:
    """The code of this step and of the next; the one before was used when it was set up."""
    assert halfway(client).post("/login/code", data={"code": factor_on[0](ahead)}).status_code == 302


@pytest.mark.parametrize("ahead", [-1, 2, 3, -2, -10])
def test_an_old_used_or_future_code_is_refused(client: Any, factor_on: Any, ahead: int) -> None:
    answer = halfway(client).post("/login/code", data={"code": factor_on[0](ahead)})
    assert answer.status_code == 401
    assert FORGERY in answer.text
    assert client.get("/desk/list/").status_code == 302


def test_a_code_is_good_once(app: Flask, factor_on: Any) -> None:
    """Who looks over the shoulder comes too late, and a code older than a used one is not taken either."""
    code, _ = factor_on
    used, older = code(1), code(0)
    assert halfway(app.test_client()).post("/login/code", data={"code": used}).status_code == 302
    for late in (used, older):
        assert halfway(app.test_client()).post("/login/code", data={"code": late}).status_code == 401


def test_a_code_may_be_typed_as_the_app_shows_it(client: Any, factor_on: Any) -> None:
    code = factor_on[0](0)
    assert halfway(client).post("/login/code", data={"code": f" {code[:3]} {code[3:]} "}).status_code == 302


@pytest.mark.parametrize("code", ["000000", "abcdef", "१२३४५६", "1" * 40, "-", "\ud800x", "½½½½½½"])
def test_what_is_no_code_is_refused(session: Any, officer: Any, factor_on: Any, code: str) -> None:
    assert factor.check(session, officer.id, code) is (code == factor_on[0](0))


def test_a_recovery_code_logs_in_once(app: Flask, session: Any, officer: Any, factor_on: Any) -> None:
    """However it is typed; the other seven stay good."""
    _, recovery = factor_on
    first = recovery[0].upper().replace("-", " ")
    assert halfway(app.test_client()).post("/login/code", data={"code": first}).status_code == 302
    assert len(row_of(session, officer).recovery_hashes) == 7
    assert halfway(app.test_client()).post("/login/code", data={"code": first}).status_code == 401
    assert halfway(app.test_client()).post("/login/code", data={"code": recovery[1]}).status_code == 302


def test_the_code_is_asked_for_five_minutes(client: Any, factor_on: Any) -> None:
    """A page that was left open leads back to the password; so does one without it."""
    assert client.get("/login/code").headers["Location"] == "/login/"
    halfway(client)
    with client.session_transaction() as kept:
        kept["half"] = kept["half"] | {"until": kept["half"]["until"] - 301}
    answer = client.post("/login/code", data={"code": factor_on[0](0)})
    assert answer.headers["Location"] == "/login/"
    assert "Log in again" in client.get("/login/").text


def test_wrong_codes_lock_the_same_door_as_wrong_passwords(app: Flask, factor_on: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the right password in between does not clear the count: only both steps do."""
    monkeypatch.setitem(app.config, "LOGIN_FAILURES", 4)
    code, _ = factor_on
    assert typed(app.test_client(), OFFICER, "wrong").status_code == 401
    for _ in range(3):
        browser = halfway(app.test_client())
        assert browser.post("/login/code", data={"code": wrong(code(0))}).status_code == 401
    locked = browser.post("/login/code", data={"code": code(0)})
    assert locked.status_code == 401
    assert "Wait 15 minutes" in locked.text
    assert typed(app.test_client(), OFFICER, PASSWORD).status_code == 401
    assert token(app.test_client(), OFFICER, PASSWORD, otp=code(0)).status_code == 429
    with clock.travel(clock.now() + timedelta(minutes=16)):
        assert token(app.test_client(), OFFICER, PASSWORD, otp=code(0)).status_code == 200


def test_both_steps_clear_the_count(app: Flask, factor_on: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "LOGIN_FAILURES", 3)
    code, recovery = factor_on
    for right in (code(0), recovery[0]):
        for _ in range(2):
            assert typed(app.test_client(), OFFICER, "wrong").status_code == 401
        assert halfway(app.test_client()).post("/login/code", data={"code": right}).status_code == 302


def test_a_program_sends_the_code_along(client: Any, factor_on: Any) -> None:
    """`otp` beside name and password; without it a sentence, with a wrong one another, and a used one is used."""
    code, recovery = factor_on
    without = token(client, OFFICER, PASSWORD)
    assert (without.status_code, without.mimetype) == (401, "application/problem+json")
    assert "otp" in without.json["detail"]
    assert "not right" in token(client, OFFICER, PASSWORD, otp=wrong(code(0))).json["detail"]
    assert "otp" not in token(client, OFFICER, "wrong", otp=code(0)).text, "who does not know the password learns nothing"
    now = code(0)
    given = token(client, OFFICER, PASSWORD, otp=now)
    assert given.status_code == 200
    headers = {"Authorization": f"Bearer {given.json['access_token']}"}
    assert client.get("/api/v1/applications/", headers=headers).status_code == 200
    assert token(client, OFFICER, PASSWORD, otp=now).status_code == 401
    assert token(client, OFFICER, PASSWORD, otp=recovery[3]).status_code == 200


@pytest.mark.parametrize("otp", [None, "", 0, 123456, ["123456"], {"a": 1}, "\ud800", "1" * 5000])
def test_an_odd_otp_is_no_way_in(client: Any, factor_on: Any, otp: Any) -> None:
    assert token(client, OFFICER, PASSWORD, otp=otp).status_code == 401


def test_without_a_factor_an_otp_does_no_harm(client: Any) -> None:
    """The body keeps its shape: name, password, provider, and what else is not known is still refused."""
    assert token(client, EXPORTER, PASSWORD, otp="123456").status_code == 200
    assert token(client, EXPORTER, PASSWORD, colour="green").status_code == 400
    assert client.post("/api/v1/security/login", data="[1]", content_type="application/json").status_code == 400
    assert client.post("/api/v1/security/login", data="{", content_type="application/json").status_code == 400


# --- change and switch off ----------------------------------------------------------------------------------------------


def entered(client: Any, code: str) -> Any:
    """A browser in which both steps are done."""
    assert halfway(client).post("/login/code", data={"code": code}).status_code == 302
    return client


def test_new_recovery_codes_replace_the_old(client: Any, session: Any, officer: Any, factor_on: Any, events: Any) -> None:
    code, recovery = factor_on
    browser = entered(client, code(0))
    done = browser.post("/account/factor", data={"code": code(1), "what": "codes"})
    fresh = re.findall(r"<li><code>([a-z2-9-]+)</code></li>", done.text)
    assert len(set(fresh) | set(recovery)) == 16
    assert events()[-1][0] == "recovery codes renewed"
    assert not factor.check(session, officer.id, recovery[0])
    assert factor.check(session, officer.id, fresh[0])


def test_switching_off_needs_a_code(client: Any, session: Any, officer: Any, factor_on: Any, mailed: Any, events: Any) -> None:
    """An open browser alone is not enough; the wrong ones count."""
    code, recovery = factor_on
    browser = entered(client, code(0))
    for bad in (wrong(code(1)), code(0), "", recovery[0] + "x"):
        assert browser.post("/account/factor", data={"code": bad, "what": "off"}).status_code == 422
    assert factor.is_on(session, officer.id)
    assert browser.post("/account/factor", data={"code": code(1), "what": "off"}).headers["Location"] == "/account/"
    assert events()[-1][0] == "second factor switched off"
    assert "switched off" in mailed()[-1].body
    row = row_of(session, officer)
    assert (row.totp_secret, row.totp_confirmed_at, row.recovery_hashes) == ("", None, [])
    assert typed(browser.application.test_client(), OFFICER, PASSWORD).headers["Location"] == "/"


def test_codes_cannot_be_guessed_on_the_account_page(
    app: Flask, client: Any, factor_on: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _ = factor_on
    browser = entered(client, code(0))
    monkeypatch.setitem(app.config, "LOGIN_FAILURES", 2)
    for _ in range(2):
        browser.post("/account/factor", data={"code": wrong(code(1)), "what": "off"})
    assert "Wait 15 minutes" in browser.post("/account/factor", data={"code": code(1), "what": "off"}).text


def test_it_can_be_taken_off_for_somebody_who_lost_everything(
    session: Any, officer: Any, factor_on: Any, events: Any, mailed: Any
) -> None:
    """The verb an administrator's button calls: on the trail with the administrator's name, and told to the owner."""
    admin = actor_for(session, ADMIN)
    with transaction(session):
        factor.lift(session, officer, admin)
    assert events()[-1] == ("second factor taken off", admin.name)
    assert admin.name in mailed()[-1].body
    assert not factor.is_on(session, officer.id)
    with pytest.raises(WrongState, match="is off"):
        factor.lift(session, officer, admin)
    with pytest.raises(WrongState, match="is off"):
        factor.renew_codes(session, officer, actor_for(session, OFFICER), "123456")


# --- required -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def required(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production: officers, administrators and supervisors."""
    monkeypatch.setitem(app.config, "TOTP_REQUIRED_FOR", frozenset({"OFFICER", "ADMINISTRATOR", "SUPERVISOR"}))


@pytest.mark.parametrize("email", [OFFICER, ADMIN, SUPERVISOR])
def test_whoever_needs_one_is_led_to_the_set_up(required: None, client: Any, email: str) -> None:
    """And can do nothing else, neither on a page nor with a token; once set up, everything."""
    typed(client, email, PASSWORD)
    for path in ("/", "/desk/list/", "/account/", "/applications/list/", "/account/password", "/verify"):
        assert client.get(path).headers["Location"] == "/account/factor", path
    given = token(client.application.test_client(), email, PASSWORD)
    headers = {"Authorization": f"Bearer {given.json['access_token']}"}
    refused = client.application.test_client().get("/api/v1/applications/", headers=headers)
    assert refused.status_code == 403
    assert "second factor" in refused.json["detail"]
    assert "People of your role" in client.get("/account/factor").text
    client.post("/account/factor/begin")
    key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', client.get("/account/factor").text)
    assert key
    assert client.post("/account/factor", data={"code": pyotp.TOTP(key[1].replace(" ", "")).now()}).status_code == 200
    assert client.get("/").status_code == 200
    assert client.application.test_client().get("/api/v1/applications/", headers=headers).status_code == 200


@pytest.mark.parametrize("email", [EXPORTER, CLERK])
def test_exporters_need_none(required: None, client: Any, email: str) -> None:
    assert typed(client, email, PASSWORD).headers["Location"] == "/"
    assert client.get("/").status_code == 200


def test_where_it_is_needed_it_stays_on(required: None, client: Any, session: Any, officer: Any, factor_on: Any) -> None:
    """No button, and the verb refuses; new recovery codes are still to be had."""
    code, _ = factor_on
    browser = entered(client, code(0))
    assert 'value="off"' not in browser.get("/account/factor").text
    answer = browser.post("/account/factor", data={"code": code(1), "what": "off"})
    assert "cannot be switched off" in answer.text
    assert factor.is_on(session, officer.id)
    with pytest.raises(NotAllowed):
        factor.switch_off(session, officer, actor_for(session, OFFICER), code(1))
    assert "not shown again" in browser.post("/account/factor", data={"code": code(1), "what": "codes"}).text


def test_an_issued_password_is_changed_before_the_factor_is_set_up(
    required: None, client: Any, session: Any, officer: Any
) -> None:
    from app.access import passwords

    with transaction(session):
        password = passwords.issue(session, officer)
    typed(client, OFFICER, password)
    assert client.get("/account/factor").headers["Location"] == "/account/password"
    client.post("/account/password", data={"old": password, "new": "tea in the blue bus", "again": "tea in the blue bus"})
    assert client.get("/").headers["Location"] == "/account/factor"


def test_the_setting_names_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody in the demonstration; in production those whose hand makes certificates, unless `none` is said."""
    monkeypatch.delenv("TOTP_REQUIRED_FOR", raising=False)
    monkeypatch.delenv("UDGAM_ENV", raising=False)
    assert config.second_factor() == frozenset()
    monkeypatch.setenv("UDGAM_ENV", "production")
    assert config.second_factor() == {"OFFICER", "ADMINISTRATOR", "SUPERVISOR"}
    monkeypatch.setenv("TOTP_REQUIRED_FOR", " officer , SUPERVISOR ")
    assert config.second_factor() == {"OFFICER", "SUPERVISOR"}
    monkeypatch.setenv("TOTP_REQUIRED_FOR", "none")
    assert config.second_factor() == frozenset()
    monkeypatch.setenv("TOTP_REQUIRED_FOR", "OFFICER,CLERK")
    with pytest.raises(config.ConfigurationError, match="CLERK"):
        config.second_factor()


def test_a_wrong_code_is_told_beside_its_field(session: Any, officer: Any, factor_on: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        factor.switch_off(session, officer, actor_for(session, OFFICER), "123")
    assert refusal.value.faults[0].field == "code"


def test_the_operator_helps_whoever_lost_everything(app: Flask, client: Any, factor_on: Any, session: Any) -> None:
    """`udgam lift` takes the factor off; the password alone leads in again. Somebody without one is told so."""
    run = app.test_cli_runner()
    told = run.invoke(args=["udgam", "lift", OFFICER])
    assert (told.exit_code, "without a second factor" in told.output) == (0, True)
    assert client.post("/login/", data={"username": OFFICER, "password": PASSWORD}).location == "/"
    for who, words in ((OFFICER, "second factor is off"), ("nobody@fiec.example", "There is no account")):
        refused = run.invoke(args=["udgam", "lift", who])
        assert (refused.exit_code, words.lower() in refused.output.lower()) == (1, True), refused.output
