"""Bulk sittings: what goes is shown first, started once, done part by part, each application exactly once whatever happens."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from rq.timeouts import JobTimeoutException
from sqlalchemy import select

from app.agencies import people
from app.agencies.models import Office, OfficeMapping
from app.applications.models import Application
from app.certificates import sitting, sitting_part
from app.certificates.sitting_models import Sitting, SittingRow
from app.certificates.sitting_rules import CHANGED, FAULT, NO_ACCOUNT, UNMAPPED, Seen, SittingKind, why_not
from app.core import clock
from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound, WrongState
from app.infra import queue
from app.infra.db import transaction
from app.infra.queue import BULK, URGENT, Job
from app.notices.models import Notice
from tests import factories, states
from tests.certificates.test_by_hand import by_token
from tests.desk import Desk
from tests.people import ADMIN, EXPORTER, OFFICER, OFFICER2, OTHER_EXPORTER, OTHER_OFFICER, SUPERVISOR, actor_for

APPROVE, TAKE_UP, SIGN = SittingKind.APPROVE, SittingKind.TAKE_UP, SittingKind.SIGN


class Killed(BaseException):
    """The lights went out."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part is as long as it is, however busy the machine."""
    monkeypatch.setattr(sitting_part, "PATIENCE", 600.0)


def begun(session: Any, ids: list[int], kind: SittingKind = APPROVE, who: str = OFFICER) -> int:
    """A sitting over these, looked at and started; its id."""
    with transaction(session):
        row = sitting.prepare(session, actor_for(session, who), kind, ids)
        sitting.start(session, row, actor_for(session, who), origin_criteria_checked=True)
        return row.id


def move(session: Any, pk: int, name: str, who: str = OFFICER) -> None:
    """One move of a sitting, committed."""
    with transaction(session):
        sitting.SITTING_VERBS[name](session, session.get_one(Sitting, pk), actor_for(session, who))


def one(session: Any, pk: int) -> Sitting:
    """The sitting as it is now."""
    session.expire_all()
    row: Sitting = session.get_one(Sitting, pk)
    return row


def figures(session: Any, pk: int) -> tuple[str, int, int, int, int]:
    row = one(session, pk)
    return row.status, row.done, row.refused, row.failed, row.skipped


def sentences(session: Any, pk: int) -> dict[int, str]:
    """What is said of each application that was not done."""
    session.expire_all()
    rows = session.scalars(select(SittingRow).where(SittingRow.sitting_id == pk, SittingRow.state != "DONE"))
    return {row.application_id: row.sentence for row in rows}


def do_parts(session: Any, number: int = 1) -> None:
    """The worker does so many parts and nothing else."""
    for _ in range(number):
        due = select(Job.id).where(Job.kind == "certificate.sitting", Job.state == "PENDING").order_by(Job.id.desc())
        job = session.scalar(due)
        session.rollback()
        queue.run_job(job)


# --- the rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "seen", "words"),
    [
        (APPROVE, Seen("UNDER_REVIEW", True), ""),
        (APPROVE, Seen("UNDER_REVIEW", False, "Vikram Joshi"), "Vikram Joshi has it in hand"),
        (APPROVE, Seen("SUBMITTED", False), "Take up and approve"),
        (TAKE_UP, Seen("SUBMITTED", False), ""),
        (TAKE_UP, Seen("UNDER_REVIEW", True), ""),
        (TAKE_UP, Seen("UNDER_REVIEW", False), "Another officer has it in hand"),
        (TAKE_UP, Seen("RESUBMITTED", True), "read the reply first"),
        (APPROVE, Seen("SIGN_FAILED", True), "Sign again"),
        (SIGN, Seen("SIGN_FAILED", True), ""),
        (SIGN, Seen("APPROVED", True), ""),
        (SIGN, Seen("APPROVED", False, "Vikram Joshi"), "Vikram Joshi approved it"),
        (SIGN, Seen("UNDER_REVIEW", True), "does not wait to be signed"),
        (APPROVE, Seen("UNDER_REVIEW", True, cannot_sign="No stamp."), "No stamp."),
        (TAKE_UP, Seen("ISSUED", True, cannot_sign="No stamp."), "issued already"),
    ],
)
def test_what_goes_and_why_not(kind: SittingKind, seen: Seen, words: str) -> None:
    """Every state has its sentence, and what can go has none."""
    assert words in why_not(kind, seen)
    assert bool(words) == bool(why_not(kind, seen))


# --- from the look to the end ----------------------------------------------------------------------------------------------


def test_many_are_approved_with_one_confirmation(session: Any, filed: Any, desk: Desk, run_jobs: Any) -> None:
    """Those that can go go, in their order and with the tick in the trail; the others say why; issuing comes after all else."""
    mine = [filed("UNDER_REVIEW") for _ in range(3)]
    waits, asked, others = filed("SUBMITTED"), filed("RESUBMITTED"), filed("UNDER_REVIEW", officer=OFFICER2)
    with transaction(session):
        row = sitting.prepare(session, actor_for(session, OFFICER), APPROVE, [*mine, waits, asked, others])
        pk = row.id
    assert (one(session, pk).status, one(session, pk).total, one(session, pk).skipped) == ("PREVIEW", 3, 3)
    run_jobs()
    assert figures(session, pk) == ("PREVIEW", 0, 0, 0, 3), "a look starts nothing"
    with transaction(session):
        sitting.start(session, one(session, pk), actor_for(session, OFFICER), origin_criteria_checked=True)
    with pytest.raises(WrongState):
        move(session, pk, "start")
    do_parts(session)
    assert figures(session, pk) == ("DONE", 3, 0, 0, 3)
    assert {desk.job(each).priority for each in mine} == {BULK}
    run_jobs()
    assert [desk.application(each).status for each in mine] == ["ISSUED"] * 3
    assert [desk.certificate(each).sequence for each in mine] == [1, 2, 3]
    assert "Take up and approve" in sentences(session, pk)[waits]
    assert "read the reply" in sentences(session, pk)[asked]
    assert "has it in hand" in sentences(session, pk)[others]
    assert [desk.events(each) for each in ("sitting started", "sitting finished", "application approved")] == [1, 1, 3]
    told = session.scalars(select(Notice.text).where(Notice.user_id == one(session, pk).user_id)).all()
    assert "Your sitting is finished: 3 done, 3 not; the page says why." in told
    factories.move(desk.app, others, OFFICER2, "approve")
    assert desk.job(others).priority == URGENT, "a single approval waits behind no sitting"


def test_what_nobody_has_taken_up_is_taken_up_and_approved(session: Any, filed: Any, desk: Desk, run_jobs: Any) -> None:
    """Over two offices, each part one of them; a firm's answer to a query is not approved unread."""
    here, there = filed("SUBMITTED"), filed("SUBMITTED", office="002")
    pk = begun(session, [there, here], TAKE_UP)
    do_parts(session)
    assert figures(session, pk)[:2] == ("RUNNING", 1)
    run_jobs()
    assert figures(session, pk) == ("DONE", 2, 0, 0, 0)
    assert {desk.application(each).status for each in (here, there)} == {"ISSUED"}


def test_with_a_token_the_firm_is_told_in_sum_and_the_officer_signs(session: Any, filed: Any, desk: Desk, run_jobs: Any) -> None:
    """They wait as APPROVED for the one PIN; signing again in bulk is not for a token."""
    by_token(session)
    ids = [filed("UNDER_REVIEW") for _ in range(2)]
    pk = begun(session, ids)
    run_jobs()
    assert {desk.application(each).status for each in ids} == {"APPROVED"}
    firm = actor_for(session, EXPORTER).user_id
    told = [text for text in session.scalars(select(Notice.text).where(Notice.user_id == firm)) if "pending issuance" in text]
    assert told == [f"Approved, pending issuance: {desk.application(ids[0])}, {desk.application(ids[1])}"]
    officer = session.scalars(select(Notice.text).where(Notice.user_id == one(session, pk).user_id)).all()
    assert any("Sign them on the page «To sign»" in text for text in officer)
    with pytest.raises(BusinessError, match="To sign"):
        sitting.prepare(session, actor_for(session, OFFICER), SIGN, ids)


def test_signing_again_after_failures(app: Flask, session: Any, filed: Any, desk: Desk, run_jobs: Any) -> None:
    """Failed signings of several go again, with the same numbers."""
    ids = [states.brought(app, "SIGN_FAILED") for _ in range(2)]
    numbers = [desk.certificate(each).number for each in ids]
    pk = begun(session, ids, SIGN)
    run_jobs()
    assert figures(session, pk) == ("DONE", 2, 0, 0, 0)
    assert [desk.certificate(each).number for each in ids] == numbers
    assert {desk.application(each).status for each in ids} == {"ISSUED"}


# --- nothing lost, nothing twice ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1, 2])
def test_killed_in_the_middle_of_a_part(session: Any, filed: Any, desk: Desk, monkeypatch: Any, app: Flask, after: int) -> None:
    """What the killed part had done is undone with it, and the next worker does each exactly once, without a gap."""
    monkeypatch.setattr(sitting_part, "PART", 3)
    ids = [filed("UNDER_REVIEW") for _ in range(5)]
    pk, act, turns = begun(session, ids), sitting_part.act, []

    def struck(*args: Any) -> None:
        turns.append(args)
        if len(turns) == after + 1:
            raise Killed
        act(*args)

    monkeypatch.setattr(sitting_part, "act", struck)
    with pytest.raises(Killed):
        do_parts(session)
    session.rollback()
    assert figures(session, pk) == ("RUNNING", 0, 0, 0, 0)
    with clock.travel(clock.now() + timedelta(seconds=app.config["JOB_LEASE_SECONDS"] + 1)):
        queue.reap(session)
        factories.run_jobs(app)
    assert figures(session, pk) == ("DONE", 5, 0, 0, 0)
    assert [desk.certificate(each).sequence for each in ids] == [1, 2, 3, 4, 5]
    assert [len(desk.certificates(each)) for each in ids] == [1] * 5
    assert desk.events("application approved") == 5


def test_pause_resume_cancel_and_a_job_of_another_time(session: Any, filed: Any, desk: Desk, monkeypatch: Any) -> None:
    """Standing still does nothing; going on twice is refused; a job that is not its turn does nothing; cancelled is the end."""
    monkeypatch.setattr(sitting_part, "PART", 1)
    ids = [filed("UNDER_REVIEW") for _ in range(4)]
    pk = begun(session, ids)
    do_parts(session)
    old = session.scalars(select(Job.id).where(Job.key == f"sitting:{pk}:2")).one()
    move(session, pk, "pause")
    move(session, pk, "resume")
    move(session, pk, "pause")
    queue.run_job(old)
    assert figures(session, pk) == ("PAUSED", 1, 0, 0, 0)
    move(session, pk, "resume")
    with pytest.raises(WrongState):
        move(session, pk, "resume")
    do_parts(session)
    move(session, pk, "cancel")
    assert figures(session, pk) == ("CANCELLED", 2, 0, 0, 2)
    do_parts(session)
    assert figures(session, pk) == ("CANCELLED", 2, 0, 0, 2)
    for name in ("resume", "retry", "start"):
        with pytest.raises(WrongState):
            move(session, pk, name)
    assert [desk.application(each).status for each in ids] == ["SIGNING", "SIGNING", "UNDER_REVIEW", "UNDER_REVIEW"]


def test_what_changed_since_the_look_is_refused(app: Flask, session: Any, filed: Any, desk: Desk, run_jobs: Any) -> None:
    """Withdrawn, approved by hand, given away and taken again: each refused, none approved by what was seen before."""
    ids = [filed("UNDER_REVIEW") for _ in range(4)]
    with transaction(session):
        pk = sitting.prepare(session, actor_for(session, OFFICER), APPROVE, ids).id
    factories.move(app, ids[0], EXPORTER, "withdraw")
    factories.move(app, ids[1], OFFICER, "approve")
    factories.move(app, ids[2], OFFICER, "release")
    factories.move(app, ids[2], OFFICER, "take_up")
    move(session, pk, "start")
    run_jobs()
    assert figures(session, pk) == ("DONE", 1, 3, 0, 0)
    assert set(sentences(session, pk).values()) == {CHANGED}
    move(session, pk, "retry")
    run_jobs()
    assert figures(session, pk) == ("DONE", 1, 3, 0, 0), "another try is no other look"
    assert [desk.application(each).status for each in ids] == ["WITHDRAWN", "ISSUED", "UNDER_REVIEW", "ISSUED"]


def test_a_part_that_takes_long_ends_early(session: Any, filed: Any, desk: Desk, monkeypatch: Any, run_jobs: Any) -> None:
    """Others wait for the trail meanwhile: one row at least, and the rest in the parts after it."""
    monkeypatch.setattr(sitting_part, "PATIENCE", 0.0)
    pk = begun(session, [filed("UNDER_REVIEW"), filed("UNDER_REVIEW")])
    do_parts(session)
    assert figures(session, pk) == ("RUNNING", 1, 0, 0, 0)
    run_jobs()
    assert figures(session, pk) == ("DONE", 2, 0, 0, 0)


def test_one_that_fails_does_not_stop_the_others(session: Any, filed: Any, desk: Desk, monkeypatch: Any, run_jobs: Any) -> None:
    """A rule's refusal and a fault of ours each leave nothing behind; tried again, they go through; then there is nothing to try."""
    ids = [filed("UNDER_REVIEW") for _ in range(4)]
    act = sitting_part.act

    def odd(session: Any, row: Any, application: Any, *rest: Any) -> None:
        act(session, row, application, *rest)
        if application.id == ids[1]:
            raise BusinessError("The rule says no.")
        if application.id == ids[2]:
            raise KeyError("surprise")

    pk = begun(session, ids)
    with monkeypatch.context() as odd_times:
        odd_times.setattr(sitting_part, "act", odd)
        run_jobs()
    assert figures(session, pk) == ("DONE", 2, 1, 1, 0)
    assert sentences(session, pk) == {ids[1]: "The rule says no.", ids[2]: FAULT}
    assert [len(desk.certificates(each)) for each in ids] == [1, 0, 0, 1]
    move(session, pk, "retry")
    run_jobs()
    assert figures(session, pk) == ("DONE", 4, 0, 0, 0)
    assert sorted(desk.certificate(each).sequence for each in ids) == [1, 2, 3, 4]
    with pytest.raises(BusinessError, match="nothing to try again"):
        move(session, pk, "retry")


def test_time_that_runs_out_is_not_laid_to_one_application(session: Any, filed: Any, desk: Desk, monkeypatch: Any) -> None:
    """The queue raises it wherever the worker is just then: nothing of the part is done, and the job is tried again."""
    ids = [filed("UNDER_REVIEW") for _ in range(2)]
    pk = begun(session, ids)

    def late(*_args: Any) -> None:
        raise JobTimeoutException("Task exceeded maximum timeout value (45 seconds)")

    with monkeypatch.context() as odd_times:
        odd_times.setattr(sitting_part, "act", late)
        with pytest.raises(JobTimeoutException):
            sitting_part.work(session, one(session, pk))
    session.rollback()
    assert figures(session, pk) == ("RUNNING", 0, 0, 0, 0)
    assert sentences(session, pk) == dict.fromkeys(ids, ""), "both wait, and nothing is said of them"
    assert [len(desk.certificates(each)) for each in ids] == [0, 0]


def test_a_worker_that_cannot_go_on_stops_the_sitting_and_says_so(session: Any, filed: Any, desk: Desk, monkeypatch: Any) -> None:
    """Tried as often as a job is tried, then paused with the reason; going on later goes on."""
    ids = [filed("UNDER_REVIEW")]
    pk = begun(session, ids)

    def broken(*_: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as bad_times:
        bad_times.setattr(sitting_part, "work", broken)
        for days in range(1, 8):
            with clock.travel(clock.now() + timedelta(days=days)):
                factories.run_jobs(desk.app)
    assert figures(session, pk)[0] == "PAUSED"
    assert "the disk is full" in one(session, pk).reason
    move(session, pk, "resume")
    factories.run_jobs(desk.app)
    assert (figures(session, pk)[:2], one(session, pk).reason) == (("DONE", 1), "")


# --- who the officer is, is asked again ------------------------------------------------------------------------------------------


def test_an_officer_who_is_locked_out_in_the_middle(
    session: Any, filed: Any, desk: Desk, monkeypatch: Any, run_jobs: Any
) -> None:
    """Nothing more is approved in that name; the sitting stands still and says why."""
    monkeypatch.setattr(sitting_part, "PART", 1)
    ids = [filed("UNDER_REVIEW") for _ in range(2)]
    pk = begun(session, ids)
    do_parts(session)
    with transaction(session):
        people.deactivate(session, desk.officer(), actor_for(session, ADMIN), reason="Has left the chamber.")
    run_jobs()
    assert figures(session, pk)[:2] == ("PAUSED", 1)
    assert one(session, pk).reason == NO_ACCOUNT
    assert desk.application(ids[1]).status == "SUBMITTED"


def test_an_office_that_is_not_theirs_any_more_and_a_stamp_that_is_gone(
    session: Any, filed: Any, desk: Desk, run_jobs: Any
) -> None:
    """Rows of an office the officer left are refused; what keeps the officer from signing at all stops the sitting."""
    here, there = filed("UNDER_REVIEW"), filed("UNDER_REVIEW", office="002")
    pk = begun(session, [here, there])
    with transaction(session):
        office = session.scalars(
            select(Office.id).where(Office.code == "002", Office.agency_id == desk.officer().agency_id)
        ).one()
        mapping = session.scalars(
            select(OfficeMapping).where(OfficeMapping.agency_user_id == desk.officer().id, OfficeMapping.office_id == office)
        ).one()
        session.delete(mapping)
        place = session.get_one(Application, here).office
        stamp, place.stamp_sha256 = place.stamp_sha256, None
    run_jobs()
    assert figures(session, pk)[0] == "PAUSED"
    assert "no stamp image" in one(session, pk).reason
    with transaction(session):
        session.get_one(Application, here).office.stamp_sha256 = stamp
    move(session, pk, "resume")
    run_jobs()
    assert figures(session, pk) == ("DONE", 1, 1, 0, 0)
    assert sentences(session, pk) == {there: UNMAPPED}


def test_an_office_that_cannot_sign_does_not_hold_up_the_others(session: Any, filed: Any, desk: Desk, run_jobs: Any) -> None:
    """Its rows are refused with the reason and can be tried again; the other office's are done."""
    here, there = filed("UNDER_REVIEW"), filed("UNDER_REVIEW", office="002")
    pk = begun(session, [here, there])
    with transaction(session):
        session.get_one(Application, here).office.stamp_sha256 = None
    run_jobs()
    assert figures(session, pk) == ("DONE", 1, 1, 0, 0)
    assert "no stamp image" in sentences(session, pk)[here]


def test_who_may_and_what_may_be_sent(session: Any, filed: Any, desk: Desk) -> None:
    """Officers only, of what they see; the administrator and the supervisor look on, and others find nothing."""
    pk = begun(session, [filed("UNDER_REVIEW")])
    for who in (ADMIN, SUPERVISOR, EXPORTER):
        with pytest.raises(NotAllowed):
            sitting.prepare(session, actor_for(session, who), APPROVE, [1])
    for who, refusal in ((ADMIN, NotAllowed), (SUPERVISOR, NotAllowed), (OFFICER2, NotFound), (OTHER_OFFICER, NotFound)):
        with pytest.raises(refusal):
            move(session, pk, "pause", who)
    theirs = filed("SUBMITTED", exporter=OTHER_EXPORTER, agency="SWCC", office="001")
    draft = filed("DRAFT")
    for ids, words in (([theirs], f"{theirs}: not there"), ([draft, 987654], f"{draft}, 987654: not there")):
        with pytest.raises(InvalidInput, match=words):
            sitting.prepare(session, actor_for(session, OFFICER), APPROVE, ids)
    for ids in ([], list(range(1, 5_002))):
        with pytest.raises(BusinessError, match="between 1 and 5,000"):
            sitting.prepare(session, actor_for(session, OFFICER), APPROVE, ids)
    nothing = filed("SUBMITTED")
    with pytest.raises(BusinessError, match="None of these"):
        begun(session, [nothing])
    session.rollback()


def test_a_preview_that_was_not_started_is_forgotten(session: Any, filed: Any, desk: Desk) -> None:
    """After a day, when the same officer looks again; what was started stays."""
    ids = [filed("UNDER_REVIEW"), filed("UNDER_REVIEW")]
    kept = begun(session, ids[:1])
    with transaction(session):
        old = sitting.prepare(session, actor_for(session, OFFICER), APPROVE, ids[1:]).id
    with clock.travel(clock.now() + timedelta(days=1, hours=1)), transaction(session):
        sitting.prepare(session, actor_for(session, OFFICER), APPROVE, ids[1:])
    session.expunge_all()
    assert session.get(Sitting, old) is None
    assert session.get(Sitting, kept) is not None


# --- what it costs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "state", "most"), [(APPROVE, "UNDER_REVIEW", 18), (TAKE_UP, "SUBMITTED", 22)])
def test_statements_for_each_row_are_bounded(session: Any, filed: Any, desk: Desk, count_queries: Any, kind: SittingKind, state: str,
                                             most: int) -> None:  # fmt: skip
    """What is the same for a whole part is asked once: a row more costs the same however many there are."""
    ids = [filed(state) for _ in range(2 + 4 + 8)]
    sizes = {}
    begun(session, ids[:2], kind)
    do_parts(session)
    for chosen in (ids[2:6], ids[6:]):
        begun(session, chosen, kind)
        with count_queries() as seen:
            do_parts(session)
        sizes[len(chosen)] = len(seen)
    assert (sizes[8] - sizes[4]) / 4 <= most, sizes
    assert sizes[4] - 4 * most < 50, sizes


# --- over REST ---------------------------------------------------------------------------------------------------------------


def test_a_program_begins_reads_and_moves_a_sitting(session: Any, filed: Any, api: Any, run_jobs: Any) -> None:
    """Once for each key; a look first where one is wanted; rows by their state; nobody else's."""
    ids = [filed("UNDER_REVIEW"), filed("SUBMITTED")]
    officer, key = api(OFFICER), {"Idempotency-Key": "friday"}
    made = officer.post("/sittings/", {"ids": ids, "origin_criteria_checked": True}, headers=key)
    again = officer.post("/sittings/", {"ids": ids, "origin_criteria_checked": True}, headers=key)
    assert (made.status_code, made.json) == (201, again.json)
    assert made.json["result"] | {"status": "RUNNING", "total": 1, "skipped": 1, "waiting": 1} == made.json["result"]
    pk = made.json["id"]
    assert officer.post(f"/sittings/{pk}/pause").json["result"]["status"] == "PAUSED"
    assert officer.post(f"/sittings/{pk}/pause").status_code == 409
    assert officer.post(f"/sittings/{pk}/resume").status_code == 200
    run_jobs()
    assert officer.get(f"/sittings/{pk}").json["result"]["done"] == 1
    rows = officer.get(f"/sittings/{pk}/rows?state=SKIPPED").json
    assert (rows["count"], rows["result"][0]["application_id"]) == (1, ids[1])
    assert officer.get(f"/sittings/{pk}/rows").json["count"] == 2

    look = officer.post("/sittings/", {"kind": "TAKE_UP", "ids": ids[1:], "start": False})
    assert look.json["result"]["status"] == "PREVIEW"
    assert (
        officer.post(f"/sittings/{look.json['id']}/start", {"origin_criteria_checked": True}).json["result"]["status"]
        == "RUNNING"
    )
    assert officer.post(f"/sittings/{look.json['id']}/cancel").json["result"]["skipped"] == 1
    for body in (
        {"ids": "all"},
        {"ids": [True]},
        {"ids": ids, "kind": "ISSUE"},
        {"ids": ids, "start": 1},
        {"ids": ids, "x": 1},
        [],
        {"ids": [987654]},
    ):
        assert officer.post("/sittings/", body).status_code == 422, body
    assert officer.post("/sittings/", {"ids": ids[:1]}).status_code == 409, "nothing of it can go"

    for who, status in ((ADMIN, 200), (SUPERVISOR, 200), (OFFICER2, 404), (OTHER_OFFICER, 404), (EXPORTER, 403)):
        assert api(who).get(f"/sittings/{pk}").status_code == status, who
        assert api(who).get(f"/sittings/{pk}/rows").status_code == status, who
        assert api(who).post(f"/sittings/{pk}/cancel").status_code == {200: 403}.get(status, status), who
