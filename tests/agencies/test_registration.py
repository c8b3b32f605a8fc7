"""Registration as verbs: official addresses, what a code is good for, two at once, and what is forgotten."""

import re
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.agencies import domains, registration
from app.agencies.asked import Asked, read
from app.agencies.jobs import FORGET
from app.agencies.models import Agency, AgencyUser
from app.audit.models import AuditEvent
from app.core import clock
from app.core.actor import PUBLIC_ACTOR
from app.core.errors import BusinessError, InvalidInput, NotFound
from app.infra import queue
from app.infra.uploads import Upload
from app.notices.models import Mail, Notice
from tests import factories
from tests.own_database import at_once
from tests.people import ADMIN, OTHER_ADMIN, SUPERVISOR, actor_for

NEW = "new.officer@fiec.example"
OFFICER = Asked(
    agency="FIEC", role="OFFICER", office="FIEC/001", full_name="Asha Rao", designation="Assistant Director", email=NEW,
    mobile="+91 98765 43210", employee_code="E-17", undertaking=True,
)  # fmt: skip
LETTER = Upload("letter.pdf", "application/pdf", factories.pdf("letter"))


def asked(**changes: Any) -> Asked:
    """A right request of an officer, with changes."""
    return Asked(**{name: getattr(OFFICER, name) for name in Asked.__slots__} | changes)


def newcomer(session: Any, **changes: Any) -> Agency:
    """An agency that nobody has come aboard for."""
    facts = {
        "code": "NEWC", "name": "New Chamber of Commerce", "official_email": "Secretary@NewC.example",
        "email_domains": ["newc.example"], "status": "NOTIFIED",
    }  # fmt: skip
    agency = Agency(**facts | changes)
    session.add(agency)
    session.flush()
    return agency


def administrator(**changes: Any) -> Asked:
    """A right request of the newcomer's administrator."""
    return asked(**{"agency": "NEWC", "role": "ADMINISTRATOR", "office": "", "email": "secretary@newc.example", "letter": LETTER}
                 | changes)  # fmt: skip


def faults(session: Any, request: Asked) -> dict[str, str]:
    """What is wrong with a request, by field."""
    with pytest.raises(InvalidInput) as refused:
        read(session, request)
    assert all(fault.message.endswith(".") for fault in refused.value.faults)
    return {fault.field: fault.message for fault in refused.value.faults}


def mails(session: Any, address: str = NEW) -> list[Mail]:
    """The mails to one address, oldest first."""
    return list(session.scalars(select(Mail).where(Mail.recipient == address).order_by(Mail.id)))


def code_for(session: Any, address: str = NEW) -> str:
    """The code in the newest mail to this address."""
    found = re.search(r"Your code: (\d{6})\n", mails(session, address)[-1].body)
    assert found
    return found[1]


def wrong(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def begun(session: Any, request: Asked = OFFICER) -> str:
    """A request whose address waits to be proven; its secret."""
    return registration.register(session, request, PUBLIC_ACTOR)


def person(session: Any, token: str) -> AgencyUser:
    """The row behind a secret."""
    return registration._request(session, token)


# --- what may be asked for -------------------------------------------------------------------------------------------


def test_scenario_7_an_agency_outside_the_list_cannot_be_chosen(session: Any) -> None:
    """Unknown, suspended, de-listed, or its window over: not offered, and refused when posted."""
    agency = newcomer(session)
    assert "agency" not in faults(session, administrator(undertaking=False))
    assert "agency" in faults(session, asked(agency="NOPE"))
    for changes, word in (
        ({"status": "SUSPENDED"}, "suspended"),
        ({"status": "DELISTED"}, "no longer"),
        ({"status": "ONBOARDING", "onboard_by": clock.india_today() - timedelta(days=1)}, "ended"),
    ):
        for name, value in changes.items():
            setattr(agency, name, value)
        assert word in faults(session, administrator())["agency"]
        assert "NEWC" not in {each.code for each in registration_open(session)}
    agency.onboard_by = clock.india_today()
    assert "NEWC" in {each.code for each in registration_open(session)}, "the last day counts"


def registration_open(session: Any) -> list[Agency]:
    """What the page offers."""
    from app.agencies.asked import open_agencies

    return open_agencies(session)


def test_scenario_10_an_administrator_needs_the_letter_and_the_recorded_address(session: Any) -> None:
    """Without either it is refused, each at its field; capitals do not matter."""
    newcomer(session)
    assert set(faults(session, administrator(letter=None))) == {"letter"}
    assert set(faults(session, administrator(email="other@newc.example"))) == {"email"}
    assert set(faults(session, administrator(letter=None, email="x@gmail.com"))) == {"letter", "email"}
    assert read(session, administrator(email=" SECRETARY@newc.EXAMPLE ")).email == "secretary@newc.example"


@pytest.mark.parametrize("address", ["asha@gmail.com", "asha@mail.gmail.com", "asha@swcc.example", "asha@notfiec.example",
                                     "asha@fiec.example.org", "asha@example"])  # fmt: skip
def test_scenario_19_an_officer_needs_an_official_address(session: Any, address: str) -> None:
    """Free mail, a foreign domain, or one that only looks like the agency's."""
    assert set(faults(session, asked(email=address))) == {"email"}


def test_free_mail_is_refused_even_on_the_list(session: Any) -> None:
    """What DGFT recorded by mistake opens no door; the other domains still count, departments below them, too."""
    newcomer(session, email_domains=["GMAIL.com", "@newc.example"])
    request = asked(agency="NEWC", office="NEWC/001")
    assert "free" not in faults(session, asked(agency="NEWC", email="a@newc.example")).get("email", "")
    assert "anybody" in faults(session, asked(agency="NEWC", email="a@gmail.com"))["email"]
    assert "email" not in faults(session, asked(agency="NEWC", email="a@west.newc.example"))
    assert "no regional office here yet" in faults(session, request)["office"]


@pytest.mark.parametrize("text", ["", "a", "a@b", "@fiec.example", "a@@fiec.example", "a b@fiec.example", "a..b@fiec.example",
                                  "a.@fiec.example", "ａ@fiec.example", "a@fiec.example\nBcc: b@c.example", "a@-x.example",
                                  f"{'a' * 65}@fiec.example", f"a@{'b' * 250}.example"])  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    """Each is refused in a sentence, also what would slip a second recipient into a mail."""
    with pytest.raises(BusinessError, match=r"name@agency\.org"):
        domains.parse_email(text)


def test_an_office_is_one_of_the_agency_s(session: Any) -> None:
    """Active, and of the same agency; it need not be ready for filings. Administrators need none."""
    from app.agencies.service import office_by_codes

    assert "Choose" in faults(session, asked(office=""))["office"]
    assert "not an office" in faults(session, asked(office="SWCC/001"))["office"]
    office = office_by_codes(session, "FIEC", "001")
    assert office is not None
    office.stamp_sha256 = None
    assert read(session, OFFICER).office is office
    office.status = "INACTIVE"
    assert set(faults(session, OFFICER)) == {"office"}
    newcomer(session)
    assert read(session, administrator(office="FIEC/001")).office is None


def test_all_faults_at_once(session: Any) -> None:
    """Whoever typed everything wrongly reads everything in one go."""
    nothing = Asked()
    everything = {"agency", "role", "full_name", "designation", "email", "mobile", "undertaking"}
    assert set(faults(session, nothing)) == everything
    bad = asked(full_name="x" * 121, designation="a\u202eb", mobile="12345", employee_code="9" * 31, letter_fault="Too large.")
    assert set(faults(session, bad)) == {"full_name", "designation", "mobile", "employee_code", "letter"}


@pytest.mark.parametrize("typed", ["9876543210", "+919876543210", "+91 98765-43210", "09876543210", " (98765) 43210 "])
def test_a_mobile_number_as_people_write_it(session: Any, typed: str) -> None:
    """Kept as ten digits."""
    assert read(session, asked(mobile=typed)).mobile == "9876543210"


# --- the code --------------------------------------------------------------------------------------------------------


def test_the_right_code_brings_the_request_to_those_who_decide(session: Any) -> None:
    """Officer: the own agency's administrator, by bell and mail; nobody of another agency, and not DGFT."""
    token = begun(session)
    row = person(session, token)
    assert (row.status, row.user_id, row.mobile) == ("EMAIL_UNVERIFIED", None, "9876543210")
    code = code_for(session)
    assert code not in row.otp_sha256
    assert token not in str(row.request_token_sha256)
    assert registration.prove(session, token, f" {code[:3]} {code[3:]}", PUBLIC_ACTOR) == ""
    assert (row.status, row.email_verified_at is not None, row.otp_sha256) == ("PENDING", True, "")
    told = {notice.user_id: notice for notice in session.scalars(select(Notice).where(Notice.url == f"/officers/show/{row.id}"))}
    assert set(told) == {actor_for(session, ADMIN).user_id}
    assert "Asha Rao" in mails(session, ADMIN)[-1].body
    assert not mails(session, OTHER_ADMIN)
    assert not mails(session, SUPERVISOR)
    event = session.scalars(
        select(AuditEvent).where(AuditEvent.object_kind == "agency_user", AuditEvent.object_id == row.id)
    ).one()
    assert (event.event, event.role, event.user_id) == ("e-mail address proven", "PUBLIC", None)
    assert registration.prove(session, token, code, PUBLIC_ACTOR) == "", "pressed twice is pressed once"
    assert len(mails(session, ADMIN)) == 1


def test_an_administrator_s_request_goes_to_dgft(session: Any) -> None:
    """With the letter kept."""
    newcomer(session)
    token = begun(session, administrator())
    address = "secretary@newc.example"
    assert registration.prove(session, token, code_for(session, address), PUBLIC_ACTOR) == ""
    row = person(session, token)
    assert (row.letter_name, row.letter_mime) == ("letter.pdf", "application/pdf")
    assert row.letter_sha256 is not None
    assert mails(session, SUPERVISOR)
    assert not mails(session, ADMIN)


def test_five_wrong_codes_close_the_request(session: Any, app: Flask) -> None:
    """Each says how many are left; then even the right one is too late, and no new code is sent."""
    token = begun(session)
    code = code_for(session)
    assert "six digits" in registration.prove(session, token, "12", PUBLIC_ACTOR)
    assert person(session, token).otp_tries == 0, "a slip of the finger is no try"
    told = [registration.prove(session, token, wrong(code), PUBLIC_ACTOR) for _ in range(5)]
    assert "4 more times" in told[0]
    assert "1 more time." in told[3]
    assert told[4] == registration.DEAD == registration.prove(session, token, code, PUBLIC_ACTOR)
    assert registration.standing(session, token).state == "dead"
    with pytest.raises(BusinessError, match="closed"):
        registration.send_again(session, token, PUBLIC_ACTOR)
    assert person(session, token).status == "EMAIL_UNVERIFIED"


def test_after_15_minutes_it_is_too_late(session: Any) -> None:
    """At 14 minutes it would have done."""
    now = clock.now()
    token, late = begun(session), begun(session, asked(email="late@fiec.example"))
    with clock.travel(now + timedelta(minutes=14)):
        assert registration.prove(session, token, code_for(session), PUBLIC_ACTOR) == ""
    with clock.travel(now + timedelta(minutes=15, seconds=5)):
        assert registration.prove(session, late, code_for(session, "late@fiec.example"), PUBLIC_ACTOR) == registration.DEAD


def test_a_code_is_good_for_its_own_request_only(session: Any) -> None:
    """And not when the agency was suspended in the meantime."""
    first, second = begun(session), begun(session)
    assert "not the code" in registration.prove(session, first, code_for(session), PUBLIC_ACTOR)
    agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
    agency.status = "SUSPENDED"
    assert "suspended" in registration.prove(session, second, code_for(session), PUBLIC_ACTOR)
    assert person(session, second).status == "EMAIL_UNVERIFIED"


def test_sent_again_three_times_and_not_at_once(session: Any) -> None:
    """The old code is worth nothing then, and the tries are not given back."""
    now = clock.now()
    token = begun(session)
    old = code_for(session)
    registration.prove(session, token, wrong(old), PUBLIC_ACTOR)
    with pytest.raises(BusinessError, match="Wait a minute"):
        registration.send_again(session, token, PUBLIC_ACTOR)
    for minute in (2, 4, 6):
        with clock.travel(now + timedelta(minutes=minute)):
            registration.send_again(session, token, PUBLIC_ACTOR)
    with clock.travel(now + timedelta(minutes=8)), pytest.raises(BusinessError, match="three times"):
        registration.send_again(session, token, PUBLIC_ACTOR)
    assert person(session, token).otp_tries == 1
    with clock.travel(now + timedelta(minutes=20)):
        if old != code_for(session):
            assert "not the code" in registration.prove(session, token, old, PUBLIC_ACTOR)
        assert registration.prove(session, token, code_for(session), PUBLIC_ACTOR) == ""
    with pytest.raises(BusinessError, match="proven already"):
        registration.send_again(session, token, PUBLIC_ACTOR)


def test_five_mails_an_hour_to_one_address(session: Any) -> None:
    """Whoever is behind it; another address is not concerned, and in an hour it goes on."""
    now = clock.now()
    for _ in range(5):
        begun(session)
    with pytest.raises(InvalidInput, match="Five mails"):
        begun(session)
    begun(session, asked(email="other@fiec.example"))
    with clock.travel(now + timedelta(minutes=61)):
        begun(session)


@pytest.mark.parametrize("status", ["PENDING", "ACTIVE", "INACTIVE"])
def test_a_known_address_gets_a_mail_but_no_code(session: Any, status: str) -> None:
    """No code of a million would work: what is kept is the hash of something else. Rejected or unproven is not known."""
    agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
    known = AgencyUser(agency_id=agency.id, role="OFFICER", full_name="Old", email=NEW, status=status)
    session.add(known)
    session.flush()
    token = begun(session)
    row, mail = person(session, token), mails(session)[-1]
    assert mail.subject == registration.SUBJECT
    assert not re.search(r"\d{6}", mail.body)
    assert row.otp_sha256 not in {registration._hash_of(row, f"{code:06d}") for code in range(0, 1_000_000, 1009)}
    assert len(row.otp_sha256) == 64
    known.status = "REJECTED"
    begun(session)
    assert code_for(session)


def test_an_exporter_s_address_is_known_too(session: Any) -> None:
    """An account has one role; approving such a request would come to nothing."""
    agency = session.scalars(select(Agency).where(Agency.code == "FIEC")).one()
    agency.email_domains = ["balaji.example"]
    begun(session, asked(email="exporter@balaji.example"))
    assert "one role" in mails(session, "exporter@balaji.example")[-1].body


def test_no_stranger_s_words_in_a_mail_to_an_unproven_address(session: Any) -> None:
    """Else the form would send anybody's advertisement to anybody."""
    begun(session, asked(full_name="Buy at spam.example", designation="Cheap pills"))
    assert "spam" not in mails(session)[-1].body
    assert "pills" not in mails(session)[-1].body


def test_a_secret_that_nobody_was_given(session: Any) -> None:
    """There is nothing there, whatever is asked of it."""
    for act in (registration.standing, partial(registration.send_again, actor=PUBLIC_ACTOR)):
        with pytest.raises(NotFound):
            act(session, "x" * 32)
    with pytest.raises(NotFound):
        registration.prove(session, "\ud800", "123456", PUBLIC_ACTOR)


def test_two_proofs_of_one_address_at_once(app: Flask, own: Engine) -> None:
    """Exactly one request waits for its decision; the other reads why, and nothing breaks."""
    from app.infra.db import db, transaction

    tokens, codes = [], []
    with app.app_context():
        for _ in range(2):
            with transaction(db.session):
                tokens.append(begun(db.session))
                codes.append(code_for(db.session))
    told = at_once(app, *(
        partial(lambda token, code: registration.prove(db.session, token, code, PUBLIC_ACTOR), token, code)
        for token, code in zip(tokens, codes, strict=True)
    ))  # fmt: skip
    assert sorted(told, key=str) == ["", registration.PROVEN_BEFORE]
    with app.app_context():
        states = sorted(db.session.scalars(select(AgencyUser.status).where(AgencyUser.email == NEW)))
        assert states == ["EMAIL_UNVERIFIED", "PENDING"]
        db.session.rollback()


def test_the_database_lets_only_one_through(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When both looked before either had written, the unique index decides, and the refusal is the same sentence."""
    first, second = begun(session), begun(session)
    codes = re.findall(r"Your code: (\d{6})", "".join(mail.body for mail in mails(session)))
    assert registration.prove(session, first, codes[0], PUBLIC_ACTOR) == ""
    monkeypatch.setattr(registration, "_known", lambda *_: "")
    assert registration.prove(session, second, codes[1], PUBLIC_ACTOR) == registration.PROVEN_BEFORE
    assert person(session, second).status == "EMAIL_UNVERIFIED"


def test_many_guesses_at_once_are_all_counted(app: Flask, own: Engine) -> None:
    """Eight wrong codes in the same moment: five count, and the request is closed."""
    from app.infra.db import db, transaction

    with app.app_context(), transaction(db.session):
        token = begun(db.session)
        code = code_for(db.session)
    guess = partial(lambda: registration.prove(db.session, token, wrong(code), PUBLIC_ACTOR))
    told = at_once(app, *[guess] * 8)
    assert told.count(registration.DEAD) == 4
    assert not [each for each in told if not isinstance(each, str)]
    with app.app_context():
        assert person(db.session, token).otp_tries == 5
        db.session.rollback()


def test_the_unproven_are_forgotten_after_a_week(session: Any, run_jobs: Any) -> None:
    """Only they, and only then; what is proven stays for ever."""
    with clock.travel(clock.now() - timedelta(days=8)):
        stale = begun(session)
        proven = begun(session, asked(email="proven@fiec.example"))
        assert registration.prove(session, proven, code_for(session, "proven@fiec.example"), PUBLIC_ACTOR) == ""
    with clock.travel(clock.now() - timedelta(days=6)):
        fresh = begun(session, asked(email="fresh@fiec.example"))
    queue.promise(session, FORGET, "forget:test")
    session.commit()
    run_jobs()
    session.expire_all()
    assert person(session, proven).status == "PENDING"
    assert person(session, fresh)
    with pytest.raises(NotFound):
        person(session, stale)


def test_the_window_ends_with_its_last_day_in_india(session: Any) -> None:
    """One second before midnight in India one may; at midnight no more."""
    newcomer(session, onboard_by=date(2026, 8, 27))
    midnight = clock.india_midnight(date(2026, 8, 28))
    with clock.travel(midnight - timedelta(seconds=1)):
        begun(session, administrator())
    with clock.travel(midnight), pytest.raises(InvalidInput, match="27 Aug 2026"):
        begun(session, administrator())
