"""Each is told of what concerns them, by bell and mail as they want; money and one's own rights always ring."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.certificates import issue
from app.core.actor import Role
from app.core.errors import InvalidInput
from app.infra import queue
from app.infra.queue import Job
from app.notices import service
from app.notices.models import Mail, Notice, Preference
from app.notices.rules import MANNERS, Kind, offered
from tests import factories
from tests.people import ADMIN, CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, SUPERVISOR, actor_for
from tests.refusals import refused

EVERY_ROLE = [role for role in Role if role not in {Role.PUBLIC, Role.SYSTEM}]


def told(session: Any, email: str) -> list[tuple[str, str]]:
    """The kinds and words on somebody's bell, the oldest first."""
    session.expire_all()
    query = select(Notice.kind, Notice.text).where(Notice.user_id == actor_for(session, email).user_id)
    return [(row[0], row[1]) for row in session.execute(query.order_by(Notice.id))]


def mails(session: Any, address: str) -> list[str]:
    """The subjects of somebody's mails."""
    return list(session.scalars(select(Mail.subject).where(Mail.recipient == address).order_by(Mail.id)))


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_every_kind_has_its_manner_and_somebody_who_gets_it(kind: Kind) -> None:
    assert MANNERS[kind].roles
    assert any(kind in offered(role) for role in EVERY_ROLE)
    bell, _mail = MANNERS[kind].ways(bell=None, mail=None)
    assert bell, "who says nothing has the bell"
    assert MANNERS[kind].ways(bell=False, mail=False) == (MANNERS[kind].bell_stays, MANNERS[kind].mail_stays)


def test_the_page_has_words_for_every_kind() -> None:
    from app.notices.views import WORDS

    assert list(WORDS) == list(MANNERS)


def test_a_query_and_a_certificate_are_told_by_bell_and_mail(app: Any, session: Any, filed: Callable[..., int]) -> None:
    """Everybody of the firm, nobody of the other; the mail says what it is about, where to look, and how to stop it."""
    pk = filed("QUERY_RAISED")
    factories.move(app, pk, EXPORTER, "reply", reply="Bath towels, as on the invoice.")
    factories.move(app, pk, OFFICER, "take_up")
    factories.move(app, pk, OFFICER, "approve")
    factories.run_jobs(app)
    for person in (EXPORTER, CLERK):
        assert [kind for kind, _ in told(session, person)] == ["QUERY", "ISSUE"]
        assert len(mails(session, person)) == 2
    assert told(session, OTHER_EXPORTER) == []
    assert mails(session, OFFICER) == [], "an answered query is on the officer's bell alone, unless he wants it by mail"
    assert [kind for kind, _ in told(session, OFFICER)] == ["WORK"]
    text = next((app.config["UDGAM_HOME"] / "mail").glob(f"{session.scalars(select(Mail.id).order_by(Mail.id)).first():06d}.eml"))
    letter = text.read_text()
    assert f"{app.config['BASE_URL']}/applications/{pk}" in letter
    assert "/notices/preferences" in letter


def test_what_is_cut_off_says_so() -> None:
    """The bell has room for 300 letters."""
    assert service.shortened("x" * 300) == "x" * 300
    assert service.shortened("x" * 301) == "x" * 299 + "…"


def test_mails_of_notices_hold_up_no_certificate(session: Any, filed: Callable[..., int]) -> None:
    """Three thousand of them lay before the last certificates of a long sitting; a code that somebody waits for goes at once."""
    filed("SIGNING")
    service.tell(session, [actor_for(session, EXPORTER).user_id], "Something is known.", kind=Kind.QUERY)
    service.mail(session, "new@chamber.example", "Your code", "123456")
    session.flush()
    jobs = dict(
        session.execute(
            select(Mail.subject, Job.priority).join(Job, Job.ref == Mail.id).where(Job.kind == service.MAIL_JOB)
        ).all()
    )
    issuing = session.scalar(select(Job.priority).where(Job.kind == issue.JOB))
    assert jobs["Your code"] == issuing == queue.URGENT
    assert jobs["Something is known."] > queue.NORMAL
    session.rollback()


def test_who_wants_no_mail_gets_none_and_others_still_do(app: Any, session: Any, filed: Callable[..., int]) -> None:
    clerk = actor_for(session, CLERK)
    service.prefer(session, clerk, {Kind.QUERY: (False, True), Kind.DECISION: (True, False)})
    pk = filed("QUERY_RAISED")
    assert told(session, CLERK) == []
    assert len(mails(session, CLERK)) == 1
    factories.move(app, pk, EXPORTER, "reply", reply="Bath towels, as on the invoice.")
    factories.move(app, pk, OFFICER, "take_up")
    factories.move(app, pk, OFFICER, "reject", reason="The goods are not made by the exporter.")
    assert [kind for kind, _ in told(session, CLERK)] == ["DECISION"]
    assert len(mails(session, CLERK)) == 1
    assert len(mails(session, EXPORTER)) == 2


def test_money_rings_even_for_who_wants_silence(session: Any) -> None:
    """A wish that is not offered is refused, and one written into the table by another hand is not followed."""
    clerk = actor_for(session, CLERK)
    for kind, wish in ((Kind.MONEY, (False, False)), (Kind.ACCOUNT, (True, False)), (Kind.SYSTEM, (True, True))):
        with pytest.raises(InvalidInput):
            service.prefer(session, clerk, {kind: wish, Kind.QUERY: (False, False)})
    assert session.scalars(select(Preference).where(Preference.user_id == clerk.user_id)).all() == []
    session.add(Preference(user_id=clerk.user_id, kind="MONEY", bell=False, mail=False))
    session.flush()
    service.tell(session, [clerk.user_id, clerk.user_id, None], "₹1.00 were added.", kind=Kind.MONEY)
    assert told(session, CLERK) == [("MONEY", "₹1.00 were added.")]
    assert mails(session, CLERK) == []


def test_an_address_no_mail_can_go_to_does_not_stop_the_rest(session: Any) -> None:
    """An account of old with a strange address, or one that is switched off: the bell rings, and no mail is written."""
    from flask_appbuilder.security.sqla.models import User

    people = [actor_for(session, email).user_id for email in (EXPORTER, CLERK)]
    session.get_one(User, people[0]).email = "two@a.example, three@b.example"
    session.get_one(User, people[1]).active = False
    session.flush()
    before = session.query(Mail).count()
    service.tell(session, people, "Something happened.", kind=Kind.DECISION)
    assert session.query(Mail).count() == before
    assert [told(session, email)[-1][1] for email in (EXPORTER, CLERK)] == ["Something happened."] * 2


def test_the_page_keeps_what_was_ticked(session: Any, login: Any) -> None:
    """All ticks taken away: what may be silent is silent, the rest stays on; the page of another person is as it was."""
    browser = login(EXPORTER)
    page = browser.get("/notices/preferences").text
    assert "Low balance" in page
    assert "Running the system" not in page
    assert browser.post("/notices/preferences", data={"on": ["QUERY.mail", "SYSTEM.bell", "nonsense"]}).status_code == 302
    ways = service.preferences(session, actor_for(session, EXPORTER))
    assert ways[Kind.QUERY] == (False, True)
    assert ways[Kind.MONEY] == (True, False)
    assert ways[Kind.ACCOUNT] == (True, True)
    assert service.preferences(session, actor_for(session, CLERK))[Kind.QUERY] == (True, True)
    assert "Kept." in browser.get("/notices/preferences").text


@pytest.mark.parametrize("email", [EXPORTER, OFFICER, ADMIN, SUPERVISOR])
def test_each_role_sees_the_kinds_it_may_get(login: Any, session: Any, email: str) -> None:
    from app.notices.views import WORDS

    page = login(email).get("/notices/preferences").text
    kinds = offered(actor_for(session, email).role)
    assert [kind for kind in Kind if f"<legend>{WORDS[kind][0]}</legend>" in page] == sorted(kinds, key=list(Kind).index)


def test_over_rest(session: Any, api: Any, filed: Callable[..., int]) -> None:
    """List, filter, mark some, mark all, choose; another's notices are nobody's."""
    filed("QUERY_RAISED")
    filed("REJECTED")
    mine, other = api(EXPORTER), api(OTHER_EXPORTER)
    rows = mine.get("/notices/").json["result"]
    assert [row["kind"] for row in rows] == ["DECISION", "QUERY"]
    assert mine.get("/notices/?q=(filters:!((col:kind,opr:eq,value:QUERY)))").json["count"] == 1
    assert other.get("/notices/").json["result"] == []
    assert other.get(f"/notices/{rows[0]['id']}").status_code == 404
    assert other.post("/notices/read", {"ids": [rows[0]["id"]]}).json["result"] == {"marked": 0}
    key = {"Idempotency-Key": "once"}
    assert mine.post("/notices/read", {"ids": [rows[0]["id"]]}, headers=key).json["result"] == {"marked": 1}
    assert mine.post("/notices/read", {"ids": [rows[0]["id"]]}, headers=key).json["result"] == {"marked": 1}
    assert mine.post("/notices/read").json["result"] == {"marked": 1}
    assert all(row["read_at"] for row in mine.get("/notices/").json["result"])
    chosen = mine.put("/notices/preferences", {"QUERY": {"mail": False}}).json["result"]
    assert chosen["QUERY"] == {"bell": True, "mail": False, "fixed": []}
    assert mine.get("/notices/preferences").json["result"] == chosen
    assert chosen["MONEY"]["fixed"] == ["bell"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("read", {"ids": "all"}), ("read", {"ids": [True]}), ("read", {"ids": [2**31]}), ("read", {"other": 1}), ("read", []),
        ("read", {"ids": list(range(1, 1002))}), ("preferences", {}), ("preferences", {"QUERY": {"bell": "yes"}}),
        ("preferences", {"QUERY": True}), ("preferences", {"SYSTEM": {"bell": True}}), ("preferences", {"MONEY": {"bell": False}}),
        ("preferences", {"<script>": {"bell": True}}), ("preferences", [1]),
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_its_field(api: Any, path: str, body: Any) -> None:
    person = api(EXPORTER)
    refused((person.put if path == "preferences" else person.post)(f"/notices/{path}", body))
