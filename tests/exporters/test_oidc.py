"""Log-in with DGFT credentials: the whole way over HTTP, who may come in, and whoever else is refused in a sentence."""

from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

from app.access.models import WebSession
from app.audit.models import AuditEvent
from app.exporters.models import DgftProfile, ExporterUser
from tests.exporters.provider import GHOST, KIRAN, MEERA, RAVI, Bent, Door
from tests.exporters.scene import BALAJI, row, said, sync
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, SUPERVISOR


def accounts(session: Any) -> int:
    session.rollback()
    return int(session.scalar(select(func.count()).select_from(User)))


@pytest.fixture
def person(dgft: Bent) -> Any:
    """Somebody more at DGFT: person(sub, email, ...)."""

    def add(sub: str, email: str, **more: Any) -> str:
        dgft.people.append({"sub": sub, "name": "Somebody Else", "email": email, "email_verified": True} | more)
        return sub

    return add


def newest(session: Any, event: str) -> Any:
    session.rollback()
    return session.scalars(select(AuditEvent).where(AuditEvent.event == event).order_by(AuditEvent.id.desc())).first()


def is_in(door: Door, name: str) -> None:
    """Somebody is logged in, and it is this person."""
    page = door.get("/")
    assert (page.status_code, name in page.text) == (200, True)


# --- who comes in --------------------------------------------------------------------------------------------------------


def test_the_whole_way(door: Door, dgft: Bent, session: Any, member: Any) -> None:
    """The button, DGFT, and back: the one account, a session on the server, an event, and nothing of DGFT's in the cookie."""
    before, account = accounts(session), member(EXPORTER).user_id
    there = door.begin()
    for word in ("code_challenge_method=S256", "response_type=code", "nonce=", "state=", "prompt=login", "scope=openid+email"):
        assert word in there
    answer = door.come_back(door.decide(there, MEERA))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    is_in(door, "Meera Patel")
    assert door.get("/filing/").status_code == 200
    assert accounts(session) == before
    sid = session.scalars(select(WebSession).order_by(WebSession.id.desc())).first()
    assert (sid.user_id, sid.browser) == (account, "Firefox/140.0 Windows")
    assert newest(session, "recognised by DGFT's log-in").actor_name == "Meera Patel"
    with door.client.session_transaction(base_url="http://127.0.0.1:8080") as cookie:
        assert set(cookie) == {"_fresh", "_id", "_permanent", "_user_id", "locale", "sid"}
    assert door.get("/logout/").status_code == 302
    assert door.get("/account/").status_code == 302


def test_a_person_of_a_firm_gets_a_profile_once(app: Flask, dgft: Bent, session: Any, member: Any) -> None:
    """Known by DGFT's number to the firm only: firm, role and password stay, and the next time nothing is made."""
    role, account = member(CLERK).role, member(CLERK).user_id
    for _ in range(2):
        is_in_after = Door(app)
        is_in_after.enter(KIRAN)
        is_in(is_in_after, "Kiran Desai")
    profile = session.scalars(select(DgftProfile).where(DgftProfile.user_ref == KIRAN)).one()
    assert (profile.source, profile.iec, profile.user_id, profile.email) == ("OIDC", BALAJI, account, CLERK)
    assert (member(CLERK).role, member(CLERK).status) == (role, "ACTIVE")


def test_scenario_23_a_synced_person_comes_in_to_the_one_account(door: Door, session: Any, member: Any, person: Any) -> None:
    """DGFT credentials work for an account that the feed made; no second one is, and the log-in changes nothing of it."""
    sync(session, said(row("NEW", name="Nisha New")))
    before, account = accounts(session), member("new@balaji.example").user_id
    door.enter(person("NEW", "another@address.example", name="Changed Name", email_verified=False))
    is_in(door, "Nisha New")
    assert (accounts(session), member("new@balaji.example").user_id) == (before, account)
    assert session.get(User, account).email == "new@balaji.example"


def test_scenario_24_without_an_iec_one_is_told_to_link_it(app: Flask, door: Door, session: Any, member: Any) -> None:
    """A person DGFT knows and no feed has named: an account of their own, the page how to link, nothing else; linked, the
    same account files; missing from the feed later, it is switched off like every other."""
    before = accounts(session)
    assert door.enter(RAVI).headers["Location"] == "/"
    home = door.get("/").text
    assert "Get Certificate of Origin" in home
    assert "not linked to an IEC" in home
    assert door.get("/filing/").status_code == door.get("/applications/list/").status_code == 403
    Door(app).enter(RAVI)
    assert accounts(session) == before + 1
    everybody = [row(f"P{number}") for number in range(4)]
    linked = row(RAVI, "newcomer@mail.example", name="Ravi Menon", iec=BALAJI, role="APPLICANT")
    sync(session, said(linked, *everybody))
    assert accounts(session) == before + 5
    assert door.get("/filing/").status_code == 200
    sync(session, said(*everybody))
    assert door.get("/filing/").status_code == 302
    assert member("newcomer@mail.example").status == "DISABLED"
    again = Door(app)
    assert "switched off" in again.refused(again.enter(RAVI))


def test_a_confirmed_address_finds_the_person_of_a_firm(door: Door, session: Any, member: Any, person: Any) -> None:
    """Somebody registered before DGFT had a number for them, in any case of letters; the number is known from then on."""
    session.query(ExporterUser).filter_by(email=CLERK).one().dgft_user_ref = None
    session.commit()
    before = accounts(session)
    door.enter(person(GHOST, CLERK.upper()))
    is_in(door, "Kiran Desai")
    assert accounts(session) == before
    assert (member(CLERK).dgft_user_ref, member(CLERK).status, member(CLERK).role) == (GHOST, "ACTIVE", "APPLICANT")


def test_whom_scim_brought_without_a_number(app: Flask, dgft: Bent, scim: Any, session: Any, member: Any, person: Any) -> None:
    """Is found by the confirmed address once, by the number ever after; SCIM goes on as before."""
    made = scim.make("bare@balaji.example", externalId=None).json
    before, account = accounts(session), member("bare@balaji.example").user_id
    for _ in range(2):
        door = Door(app)
        door.enter(person(GHOST, "bare@balaji.example"))
        is_in(door, "Barbara J Jensen")
    assert (accounts(session), member("bare@balaji.example").user_id) == (before, account)
    assert member("bare@balaji.example").dgft_user_ref == GHOST
    gone = scim.change(made["id"], {"op": "replace", "path": "active", "value": False})
    assert (gone.status_code, gone.json["externalId"]) == (200, GHOST)
    assert "switched off" in door.refused(door.enter(GHOST))


def test_claims_may_come_from_userinfo(door: Door, dgft: Bent) -> None:
    """A provider need not put the address into the ID token."""
    dgft.bend["claims"] = lambda claims: {name: claims[name] for name in claims if not name.startswith(("email", "name"))}
    door.enter(RAVI)
    is_in(door, "Ravi Menon")
    assert "/userinfo" in dgft.asked


def test_a_new_key_is_fetched(app: Flask, dgft: Bent) -> None:
    """Documents and keys are asked for once; a token by an unknown key asks for the keys again."""
    for _ in range(2):
        Door(app).enter(MEERA)
    assert dgft.asked.count("/jwks") == dgft.asked.count("/.well-known/openid-configuration") == 1
    fresh = Bent(dgft.issuer)
    dgft.key, dgft.kid = fresh.key, fresh.kid
    door = Door(app)
    door.enter(MEERA)
    is_in(door, "Meera Patel")
    assert dgft.asked.count("/jwks") == 2


# --- who does not --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", [ADMIN, OFFICER, SUPERVISOR, OFFICER.upper()])
def test_an_agencys_or_dgfts_account_is_never_taken_over(door: Door, session: Any, login: Any, person: Any, email: str) -> None:
    """Though DGFT vouches for the address; nothing is made, and the account is what it was."""
    before = accounts(session)
    assert "an agency or of DGFT" in door.refused(door.enter(person(GHOST, email)))
    assert accounts(session) == before
    assert session.query(DgftProfile).count() == 0
    assert login(email.lower()).get("/account/").status_code == 200


def test_nor_is_one_that_became_dgfts_later(door: Door, session: Any, member: Any) -> None:
    """The number alone does not open it either."""
    from app.access.models import Supervisor

    session.add(Supervisor(user_id=member(EXPORTER).user_id, full_name="Meera Patel"))
    session.commit()
    assert "an agency or of DGFT" in door.refused(door.enter(MEERA))


def test_another_persons_address_is_not_taken(door: Door, session: Any, member: Any, person: Any) -> None:
    """Somebody else is active under it: by a number at the firm, or by a profile."""
    sync(session, said(row("OLD", "old@balaji.example")))
    before = accounts(session)
    for email in (CLERK, "old@balaji.example"):
        assert "another person" in door.refused(door.enter(person(f"{GHOST}-{email}", email)))
    assert accounts(session) == before
    assert (member(CLERK).dgft_user_ref, member("old@balaji.example").dgft_user_ref) == (KIRAN, "OLD")


@pytest.mark.parametrize("verified", [False, None, "true", 1])
@pytest.mark.parametrize("email", [CLERK, "stranger@mail.example"])
def test_an_address_dgft_does_not_vouch_for_opens_nothing(
    door: Door, session: Any, person: Any, email: str, verified: Any
) -> None:
    """Neither a firm's account nor a new one."""
    session.query(ExporterUser).filter_by(email=CLERK).one().dgft_user_ref = None
    session.commit()
    before = accounts(session)
    assert "has not confirmed" in door.refused(door.enter(person(GHOST, email, email_verified=verified)))
    assert (accounts(session), session.query(DgftProfile).count()) == (before, 0)


@pytest.mark.parametrize("sub", ["", "x" * 65, " DGFT-1", "DGFT  1", "scim:0123", "a\nb", 7, None, ["DGFT-100241"]])
def test_a_number_that_cannot_be_kept_as_it_is(door: Door, dgft: Bent, session: Any, sub: Any) -> None:
    """Two people must never become one."""
    before = accounts(session)
    dgft.bend["claims"] = lambda claims: claims | {"sub": sub}
    door.refused(door.enter(RAVI))
    assert accounts(session) == before


@pytest.mark.parametrize("what", ["profile", "account", "member", "withdrawn"])
def test_who_is_switched_off_stays_out(door: Door, session: Any, member: Any, scim: Any, what: str) -> None:
    """At DGFT, here, at the firm, or withdrawn; a log-in switches nobody on."""
    if what in {"profile", "withdrawn"}:
        made = scim.make(CLERK, externalId=KIRAN, name={"formatted": "Kiran Desai"}).json
        gone = {"op": "replace", "path": "active", "value": False}
        assert (
            scim.change(made["id"], gone) if what == "profile" else scim.ask("DELETE", f"/Users/{made['id']}")
        ).status_code < 300
    elif what == "account":
        session.get(User, member(CLERK).user_id).active = False
    else:
        member(CLERK).status = "DISABLED"
    session.commit()
    assert "This account is switched off" in door.refused(door.enter(KIRAN))
    session.expire_all()
    assert (member(CLERK).status, session.get(User, member(CLERK).user_id).active) != ("ACTIVE", True)


def test_a_session_ends_when_its_owner_is_switched_off(door: Door, session: Any) -> None:
    """At once, as one that a password opened."""
    door.enter(MEERA)
    sync(session, said(row("B", role="PRIMARY"), row(MEERA, EXPORTER, name="Meera Patel", active=False), complete=False))
    assert door.get("/applications/list/").status_code == 302


def test_a_second_factor_is_asked_for_here_too(door: Door, session: Any, member: Any) -> None:
    """Whoever switched it on did so for every door; the code leads on to the page that was asked for."""
    import pyotp

    from app.access import factor
    from app.core import clock
    from tests.people import actor_for

    user = session.get(User, member(EXPORTER).user_id)
    factor.begin(session, user)
    code = pyotp.TOTP(factor.secret_of(factor.row_of(session, user.id)))
    step = int(clock.now().timestamp()) // 30
    factor.confirm(session, user, actor_for(session, EXPORTER), code.generate_otp(step - 1))
    session.commit()
    answer = door.enter(MEERA, "/applications/list/")
    assert answer.headers["Location"] == "/login/code?next=/applications/list/"
    assert door.get("/account/").status_code == 302
    assert "DGFT has confirmed who you are" in door.get(answer.headers["Location"]).text
    send = {"base_url": "http://127.0.0.1:8080"}
    assert door.client.post(answer.headers["Location"], data={"code": "000000"}, **send).status_code == 401
    entered = door.client.post(answer.headers["Location"], data={"code": code.generate_otp(step)}, **send)
    assert entered.headers["Location"] == "/applications/list/"
    is_in(door, "Meera Patel")


@pytest.mark.parametrize(
    ("way", "led"),
    [("http://127.0.0.1:8080/wallet/topup", "/wallet/topup"), ("http://127.0.0.1:8081/wallet/topup", "/"), ("/applications/list/?page=2", "/applications/list/?page=2"), ("https://evil.example/", "/"), ("//evil.example", "/"),
     ("/\\evil.example", "/"), ("javascript:alert(1)", "/"), ("", "/")],
)  # fmt: skip
def test_the_page_that_was_asked_for(door: Door, way: str, led: str) -> None:
    """Is opened afterwards, when it is ours."""
    assert door.enter(MEERA, way).headers["Location"] == led


# --- the door itself -----------------------------------------------------------------------------------------------------


def test_the_button_is_there_when_it_leads_somewhere(app: Flask, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """And carries on where one wanted to go; without a provider the addresses answer in a sentence."""
    page = door.get("/login/?next=/applications/list/").text
    assert 'href="/login/dgft/?next=/applications/list/"' in page
    monkeypatch.setitem(app.config, "OIDC_PROVIDER", "none")
    assert "/login/dgft" not in door.get("/login/").text
    for path in ("/login/dgft/", "/login/dgft/back?code=x&state=y"):
        assert "not offered here" in door.refused(door.get(path))


def test_who_is_logged_in_already_goes_on(door: Door) -> None:
    """Neither address logs somebody else in over them."""
    door.enter(MEERA)
    assert door.get("/login/dgft/?next=/wallet/").headers["Location"] == "/wallet/"
    assert door.get("/login/dgft/back?code=x&state=y").headers["Location"] == "/"
    is_in(door, "Meera Patel")


def test_another_of_our_names_leads_to_the_one_that_counts(door: Door) -> None:
    """The cookie must be there when one comes back; once, so that a proxy that hides the name makes no ring."""
    answer = door.client.get("/login/dgft/?next=/wallet/", base_url="http://localhost:8080")
    assert answer.headers["Location"] == "http://127.0.0.1:8080/login/dgft/?next=%2Fwallet%2F&again=1"
    again = door.client.get("/login/dgft/?next=/wallet/&again=1", base_url="http://localhost:8080")
    assert "/authorize?" in again.headers["Location"]


def test_a_page_elsewhere_does_not_shut_the_door(door: Door) -> None:
    """Any page can make a browser ask for the way back, as a picture: what nobody began here proves nothing and counts as nothing."""
    for _ in range(12):
        assert "begun too long ago" in door.refused(door.get("/login/dgft/back?code=x&state=y"))
    door.enter(MEERA)
    is_in(door, "Meera Patel")


def test_too_many_failures_shut_the_door(app: Flask, door: Door) -> None:
    """As wrong passwords do, for this address alone."""
    for _ in range(10):
        state = door.begin().split("state=")[1].split("&")[0]
        assert "cannot be believed" in door.refused(door.get(f"/login/dgft/back?code=x&state={state}"))
    assert "Too many failed log-ins" in door.refused(door.get("/login/dgft/"))
    assert "Too many failed log-ins" in door.refused(door.get("/login/dgft/back?code=x&state=y"))
    other = Door(app)
    other.client.environ_base["REMOTE_ADDR"] = "198.51.100.77"
    other.enter(MEERA)
    is_in(other, "Meera Patel")


def test_the_demonstrations_people_stay_out_of_production(
    app: Flask, door: Door, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with the password; and nothing is kept of it."""
    monkeypatch.setitem(app.config, "UDGAM_ENV", "production")
    assert "switched off" in door.refused(door.enter(MEERA))
    assert session.query(DgftProfile).count() == 0
