"""A firm's system is told of what happens to it: signed, at least once, in time or later, and nothing of anybody else."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.audit.models import AuditEvent
from app.core import clock
from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound, WrongState
from app.infra import outbound, queue
from app.notices import jobs, webhooks
from app.notices.events import EVENTS, FACTS, KEPT, PAUSES, PLACES, TYPES
from app.notices.models import Delivery, Notice, Webhook
from tests import factories
from tests.notices.receiver import Receiver, receiving
from tests.people import CLERK, EXPORTER, OFFICER, OTHER_EXPORTER, SUPERVISOR, actor_for


@pytest.fixture
def erp() -> Iterator[Receiver]:
    """Balaji's own system."""
    with receiving() as receiver:
        yield receiver


def hooked(session: Any, erp: Receiver, *events: str, email: str = EXPORTER) -> int:
    """A webhook of this firm that calls the receiver; committed."""
    row, erp.secret = webhooks.register(session, actor_for(session, email), url=erp.address, events=events)
    session.commit()
    return row.id


def later(app: Any, after: timedelta) -> None:
    """The work that is due by then."""
    with clock.travel(clock.now() + after):
        factories.run_jobs(app)


def calls(session: Any) -> list[Delivery]:
    """The log, the oldest first."""
    session.expire_all()
    return list(session.scalars(select(Delivery).order_by(Delivery.id)))


# --- what is told ---------------------------------------------------------------------------------------------------------


def test_every_event_is_one_of_the_tables() -> None:
    """No event is waited for that no table of moves knows: renamed there, this fails."""
    from app.applications.rules import LIFE as application
    from app.certificates.rules import LIFE as certificate
    from app.wallet import low
    from app.wallet.rules import TOPUP_LIFE

    known = {("application", move.event) for move in application.moves} | {("topup", move.event) for move in TOPUP_LIFE.moves}
    known |= {("certificate", move.event) for move in certificate.moves}
    known |= {("wallet", low.IS_LOW), ("ledger_movement", "fee refunded")}
    assert set(TYPES) <= known
    assert {kind for kind, _ in TYPES} == set(FACTS) == set(PLACES)
    told = {event for _kind, event in TYPES}
    for move in application.moves:
        ends = move.to in application.final or move.to in {"QUERY_RAISED", "APPROVED"}
        assert not ends or move.to in move.froms or move.event in told, f"the firm is not told: {move.event}"


def test_from_submission_to_certificate(app: Any, session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    """Each step once, in order, signed, with links and without a word of the papers; the other firm's steps are not told."""
    hooked(session, erp)
    pk = filed("QUERY_RAISED")
    factories.move(app, pk, EXPORTER, "reply", reply="Bath towels, as on the invoice.")
    factories.move(app, pk, OFFICER, "take_up")
    factories.move(app, pk, OFFICER, "approve")
    filed("SUBMITTED", exporter=OTHER_EXPORTER, agency="SWCC", office="001")
    factories.run_jobs(app)
    assert [said["type"] for said in erp.said] == [
        "application.submitted", "application.taken_up", "application.query_raised", "application.resubmitted",
        "application.taken_up", "application.approved", "certificate.issued",
    ]  # fmt: skip
    assert all(erp.is_genuine(number) for number in range(7))
    assert len({said["id"] for said in erp.said}) == 7
    last = erp.said[-1]
    assert (last["data"]["application_id"], last["data"]["status"]) == (pk, "ISSUED")
    assert last["links"]["api"] == f"{app.config['BASE_URL']}/api/v1/applications/{pk}"
    assert set(last) == {"id", "type", "at", "data", "links"}
    assert "Nordlicht" not in str(erp.calls)
    headers = erp.calls[-1][0]
    assert (headers["Udgam-Event"], headers["Udgam-Event-Id"]) == ("certificate.issued", last["id"])
    assert {row.state for row in calls(session)} == {"DONE"}


def test_only_what_was_picked_and_only_while_it_is_on(app: Any, session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    pk = hooked(session, erp, "application.rejected")
    filed("REJECTED")
    factories.run_jobs(app)
    assert [said["type"] for said in erp.said] == ["application.rejected"]
    webhooks.change(session, session.get_one(Webhook, pk), actor_for(session, EXPORTER), active=False)
    session.commit()
    filed("REJECTED")
    factories.run_jobs(app)
    assert len(erp.calls) == 1


def test_a_refused_move_is_not_told(app: Any, session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    """The call is promised in the transaction of the change: what is rolled back was never promised."""
    hooked(session, erp)
    pk = filed("SUBMITTED")
    with pytest.raises(BusinessError):
        factories.move(app, pk, OFFICER, "approve")
    session.rollback()
    factories.run_jobs(app)
    assert [said["type"] for said in erp.said] == ["application.submitted"]


def test_money_is_told(app: Any, session: Any, erp: Receiver) -> None:
    from app.wallet import topups
    from app.wallet.rules import Payment

    hooked(session, erp, "wallet.credited")
    topup = topups.create(session, actor_for(session, EXPORTER), 123_400)
    topups.follow(session, b"", Payment(topup.gateway_order_id, "SUCCESS", "P1", 123_400, "INR"))
    session.commit()
    factories.run_jobs(app)
    assert erp.said[0]["data"] == {"topup_id": topup.id, "status": "SUCCESS", "amount_paise": 123_400, "currency": "INR"}


# --- when the other side does not answer as it should -------------------------------------------------------------------------


def test_tried_again_later_each_time_with_the_same_id(app: Any, session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    """500, then silence, then 204: one event id, three signatures, and the log has each try."""
    hooked(session, erp, "application.submitted")
    erp.answers = [500, 302, 204]
    erp.headers = {"Location": "http://127.0.0.1:1/elsewhere"}
    filed("SUBMITTED")
    factories.run_jobs(app)
    assert len(erp.calls) == 1, "not again before its time"
    later(app, PAUSES[0] / 2)
    assert len(erp.calls) == 1
    later(app, PAUSES[0] + timedelta(seconds=2))
    assert len(erp.calls) == 2
    later(app, PAUSES[0] + PAUSES[1] + timedelta(seconds=5))
    assert len({said["id"] for said in erp.said}) == 1
    assert len(erp.calls) == 3
    row = calls(session)[0]
    assert (row.state, row.tries, row.answer_status) == ("DONE", 3, 204)
    assert [each["status"] for each in row.attempts] == [500, 302, 204], "a redirection is not followed"


def test_one_that_rests_holds_up_its_own_calls_and_no_others(
    app: Any, session: Any, erp: Receiver, filed: Callable[..., int]
) -> None:
    """While an address does not answer only one call in each pause tries it; all come through once it does."""
    hooked(session, erp, "application.submitted")
    erp.answers = [503]
    for _ in range(4):
        filed("SUBMITTED")
    factories.run_jobs(app)
    assert len(erp.calls) == 1
    with receiving() as neighbour:
        hooked(session, neighbour, email=OTHER_EXPORTER)
        filed("SUBMITTED", exporter=OTHER_EXPORTER, agency="SWCC", office="001")
        factories.run_jobs(app)
        assert len(neighbour.calls) == 1
    erp.answers = [200]
    later(app, PAUSES[0] + timedelta(seconds=2))
    assert len({said["id"] for said in erp.said}) == 4
    assert {row.state for row in calls(session)} == {"DONE"}
    assert len({said["data"]["application_id"] for said in erp.said}) == 4


def test_given_up_after_a_day_switched_off_and_told(app: Any, session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    """Nobody answers: eight tries in about twenty hours, then off, with a notice to the primary user alone; then replayed."""
    pk = hooked(session, erp, "application.submitted")
    erp.answers = [500]
    filed("SUBMITTED")
    spent = timedelta(0)
    factories.run_jobs(app)
    for pause in PAUSES:
        spent += pause + timedelta(seconds=2)
        later(app, spent)
    row, hook = calls(session)[0], session.get_one(Webhook, pk)
    assert (row.state, row.tries, len(erp.calls)) == ("FAILED", len(PAUSES) + 1, len(PAUSES) + 1)
    assert timedelta(hours=12) < spent < timedelta(hours=24)
    assert (hook.active, hook.why_off) == (False, "nothing was taken for a day")
    readers = select(Notice.user_id).where(Notice.kind == "WEBHOOK")
    assert set(session.scalars(readers)) == {actor_for(session, EXPORTER).user_id}
    boss = actor_for(session, EXPORTER)
    with pytest.raises(WrongState):
        webhooks.replay(session, row, boss)
    erp.answers = [200]
    webhooks.change(session, hook, boss, active=True)
    webhooks.replay(session, row, boss)
    session.commit()
    factories.run_jobs(app)
    assert calls(session)[0].state == "DONE"
    assert len({said["id"] for said in erp.said}) == 1
    with clock.travel(clock.now() + timedelta(days=1)):
        assert erp.is_genuine(0), "the signature is of the present, whatever the clock of the test says"


def test_gone_is_gone(app: Any, session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    pk = hooked(session, erp)
    erp.answers = [410]
    filed("UNDER_REVIEW")
    factories.run_jobs(app)
    assert len(erp.calls) == 1
    assert session.get_one(Webhook, pk).active is False
    assert [row.error for row in calls(session)] == ["answered 410", "the webhook is switched off"]


def test_nobody_there_and_a_slow_one(session: Any, erp: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed door is an answer, and so is one that drips a byte now and then for longer than we wait."""
    assert "no connection" in outbound.post("http://127.0.0.1:9/", b"{}", {}).error
    monkeypatch.setattr(outbound, "SECONDS", 0.4)
    erp.slow, erp.answers = 3.0, [200]
    answer = outbound.post(erp.address, b"{}", {})
    assert answer.is_taken, "its status came in time; the rest is not waited for"
    assert answer.milliseconds < 2000
    with socket.create_server(("127.0.0.1", 0)) as mute:
        answer = outbound.post(f"http://127.0.0.1:{mute.getsockname()[1]}/", b"{}", {})
    assert (answer.status, answer.error) == (None, "no answer within 0 seconds")
    assert answer.milliseconds < 2000


def killed_after_the_call(job_id: int) -> int:
    """In a child, do the job; the lights go out when the call was taken and nothing is noted yet."""
    from app.infra.db import db

    db.session.remove()
    db.engine.dispose()
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    call = outbound.post

    def struck(*words: Any) -> Any:
        call(*words)
        os.kill(os.getpid(), signal.SIGKILL)

    outbound.post = struck  # type: ignore[assignment]  # in this child alone
    with suppress(BaseException):
        queue.run_job(job_id)
    os._exit(0)


def test_a_worker_killed_in_the_middle_calls_again_with_the_same_id(app: Any, own: Engine, erp: Receiver) -> None:
    """At least once: the other side knows by the event id that it has this one already."""
    from app.infra.db import db

    with app.app_context():
        hooked(db.session, erp, "application.submitted")
        factories.filed(app, "SUBMITTED")
        job = db.session.scalars(select(queue.Job.id).where(queue.Job.kind == webhooks.DELIVER)).one()
        db.session.rollback()
        assert killed_after_the_call(job) == -signal.SIGKILL
        assert len(erp.calls) == 1
        with clock.travel(clock.now() + timedelta(seconds=app.config["JOB_LEASE_SECONDS"] + 1)):
            assert queue.reap(db.session()) == 1
            factories.run_jobs(app)
        assert [said["id"] for said in erp.said] == [erp.said[0]["id"]] * 2
        assert [(row.state, row.tries) for row in calls(db.session)] == [("DONE", 1)]
        db.session.remove()


def test_one_that_kills_every_worker_is_given_up(session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    hooked(session, erp, "application.submitted")
    filed("SUBMITTED")
    row = calls(session)[0]
    job = session.query(queue.Job).filter_by(kind=webhooks.DELIVER).one()
    job.error = "the worker went away before the job was done"
    jobs.not_delivered(session, job)
    assert (row.state, row.error) == ("FAILED", job.error)


# --- secrets ---------------------------------------------------------------------------------------------------------------


def test_a_new_secret_overlaps_with_the_former(app: Any, session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    """For a day both sign; then the new one alone. Neither stands in the database as it is."""
    pk = hooked(session, erp, "application.submitted")
    former = erp.secret
    row = session.get_one(Webhook, pk)
    new = webhooks.rotate(session, row, actor_for(session, EXPORTER))
    session.commit()
    filed("SUBMITTED")
    factories.run_jobs(app)
    assert erp.is_genuine(secret=former)
    assert erp.is_genuine(secret=new)
    assert not erp.is_genuine(secret="whsec_another")
    assert not erp.is_genuine(secret=new, now=clock.now().timestamp() + 301), "an old call played again"
    filed("SUBMITTED")
    later(app, timedelta(hours=24, minutes=1))
    at = dict(part.split("=", 1) for part in erp.calls[-1][0]["Udgam-Signature"].split(","))["t"]
    assert erp.is_genuine(secret=new, now=float(at))
    assert not erp.is_genuine(secret=former, now=float(at))
    assert new.startswith("whsec_")
    assert not {former, new} & {row.secret, row.former_secret}
    assert new not in str([event.detail for event in session.scalars(select(AuditEvent))])


def test_a_changed_server_secret_is_said_and_not_hidden(app: Any, session: Any, erp: Receiver, filed: Callable[..., int],
                                                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    hooked(session, erp, "application.submitted")
    filed("SUBMITTED")
    monkeypatch.setitem(app.config, "SECRET_KEY", "another-secret-key-of-this-server-42")
    factories.run_jobs(app)
    assert erp.calls == []
    assert "SECRET_KEY was changed" in calls(session)[0].error


# --- who may what -------------------------------------------------------------------------------------------------------------


def test_only_the_primary_user_of_the_firm(session: Any, erp: Receiver) -> None:
    row = session.get_one(Webhook, hooked(session, erp))
    call = webhooks.ping(session, row, actor_for(session, EXPORTER))
    for email, error in ((CLERK, NotAllowed), (OTHER_EXPORTER, NotFound), (OFFICER, NotFound), (SUPERVISOR, NotFound)):
        actor = actor_for(session, email)
        for act in (webhooks.rotate, webhooks.remove, webhooks.ping, webhooks.change):
            with pytest.raises(error):
                act(session, row, actor)
        with pytest.raises(error):
            webhooks.replay(session, call, actor)
    for email in (CLERK, OFFICER, SUPERVISOR):
        with pytest.raises(NotAllowed):
            webhooks.register(session, actor_for(session, email), url=erp.address)


def test_an_address_is_not_tried_without_end(session: Any, erp: Receiver) -> None:
    """It may belong to somebody else: ten tries a minute of all the firm's webhooks together; another firm is not held up."""
    row, theirs = (session.get_one(Webhook, hooked(session, erp, email=email)) for email in (EXPORTER, OTHER_EXPORTER))
    for _ in range(webhooks.MOST_PINGS):
        webhooks.ping(session, row, actor_for(session, EXPORTER))
    with pytest.raises(WrongState, match="Wait a little"):
        webhooks.ping(session, row, actor_for(session, EXPORTER))
    webhooks.ping(session, theirs, actor_for(session, OTHER_EXPORTER))
    with clock.travel(clock.now() + timedelta(minutes=1, seconds=1)):
        webhooks.ping(session, row, actor_for(session, EXPORTER))


@pytest.mark.parametrize(
    "url",
    [
        "", "erp.example.in", "ftp://erp.example.in/", "http://erp.example.in/", "https://", "https://user:secret@erp.example.in/",
        "https://erp.example.in/#part", "https://erp.example.in/a b", "https://erp.exämple.in/", "javascript:alert(1)",
        "https://10.0.0.8/", "https://169.254.169.254/latest/meta-data/", "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/",
        "https://192.168.1.1:8443/", "https://erp.example.in:99999/", "https://erp.example.in/" + "a" * 500, "https://erp\r\n.in/",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_called(session: Any, url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        webhooks.register(session, actor_for(session, EXPORTER), url=url)
    assert [fault.field for fault in refusal.value.faults] == ["url"]


def test_nonsense_events_and_too_many(session: Any, erp: Receiver) -> None:
    boss = actor_for(session, EXPORTER)
    for events in (["everything"], [EVENTS[0], EVENTS[0]], ["ping"]):
        with pytest.raises(InvalidInput):
            webhooks.register(session, boss, url=erp.address, events=events)
    for _ in range(webhooks.MOST):
        webhooks.register(session, boss, url=erp.address)
    with pytest.raises(BusinessError, match="at most"):
        webhooks.register(session, boss, url=erp.address)


def test_production_calls_neither_itself_nor_http(app: Any, session: Any, erp: Receiver, filed: Callable[..., int],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """A demonstration's address in the database of a production server is not called either."""
    hooked(session, erp, "application.submitted")
    filed("SUBMITTED")
    monkeypatch.setitem(app.config, "UDGAM_ENV", "production")
    for url in (erp.address, "https://127.0.0.1/", "https://localhost/", "https://[::1]/"):
        with pytest.raises(InvalidInput):
            webhooks.reachable(url)
    factories.run_jobs(app)
    assert erp.calls == []
    assert calls(session)[0].attempts[0]["status"] is None


def test_the_log_is_kept_for_three_months(app: Any, session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    hooked(session, erp, "application.submitted")
    filed("SUBMITTED")
    factories.run_jobs(app)
    queue.promise(session, jobs.FORGET, "forget")
    session.commit()
    factories.run_jobs(app)
    assert len(calls(session)) == 1
    with clock.travel(clock.now() + KEPT + timedelta(minutes=1)):
        webhooks.forget_old(session)
    assert calls(session) == []


def test_removed_with_its_log_while_a_call_is_under_way(app: Any, session: Any, erp: Receiver, filed: Callable[..., int]) -> None:
    pk = hooked(session, erp)
    filed("SUBMITTED")
    webhooks.remove(session, session.get_one(Webhook, pk), actor_for(session, EXPORTER))
    session.commit()
    factories.run_jobs(app)
    assert (erp.calls, calls(session)) == ([], [])
    assert {job.state for job in session.query(queue.Job).filter_by(kind=webhooks.DELIVER)} == {"DONE"}
