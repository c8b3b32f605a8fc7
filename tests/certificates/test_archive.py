"""Every issued file gets its form for the archive, once each time it is due, beside the issued bytes that stay what they are."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.audit.models import AuditEvent
from app.certificates import archive, jobs_archive, register
from app.certificates.models import Certificate, Revision
from app.core import clock
from app.infra import queue, store
from app.infra.db import db
from app.infra.queue import Claim, Job
from app.signing import demonstration, fitness
from app.verification import service
from tests import factories
from tests.desk import Desk
from tests.people import EXPORTER
from tests.running import free_port, until
from tests.signing.stamps import settings

Filed = Callable[..., int]
Run = Callable[[], int]


@pytest.fixture
def lists(app: Flask, tmp_path: Path) -> Iterator[None]:
    """The demonstration's lists of revoked certificates are there."""
    with settings(app, CRL_FOLDER=str(tmp_path)):
        demonstration.publish_lists()
        yield


def archived(session: Any, run_jobs: Run, hours: float = 7) -> None:
    """Some hours later: a round of the job, and what it promised."""
    with clock.travel(clock.now() + timedelta(hours=hours)):
        _round(session)
        run_jobs()


def _round(session: Any) -> None:
    queue.promise(session, jobs_archive.DUE, f"due:{os.urandom(4).hex()}")
    session.commit()


def forms(desk: Desk, pk: int) -> list[Revision]:
    """The revisions, read anew."""
    return list(desk.certificate(pk).revisions)


@pytest.mark.usefixtures("lists")
def test_a_day_later_the_form_for_the_archive_is_there(desk: Desk, filed: Filed, run_jobs: Run, api: Any, client: Any) -> None:
    """B-LTA beside B-T: the issued file and its hash stay; both are VALID to a verifier; the trail names the new one."""
    pk = filed("ISSUED")
    issued = desk.certificate(pk).sha256 or ""
    archived(desk.session, run_jobs, hours=5)
    assert forms(desk, pk) == []  # not due yet
    for _ in range(2):
        archived(desk.session, run_jobs)
    certificate, (form,) = desk.certificate(pk), forms(desk, pk)
    assert (certificate.sha256, certificate.status, certificate.signature_level) == (issued, "VALID", "B-LTA")
    before, after = store.get(issued), store.get(form.sha256)
    assert after.startswith(before)
    assert fitness.judged(after, certificate.dsc_sha256).level == "B-LTA"
    told = desk.session.scalars(select(AuditEvent).where(AuditEvent.event == "certificate archived")).one()
    assert (told.detail["sha256"], told.detail["issued_sha256"]) == (form.sha256, issued)
    for content, words in ((before, "the one that was issued"), (after, "with the proofs for the archive")):
        answer = service.by_file(desk.session, content)
        assert (str(answer.verdict), answer.facts and answer.facts.level) == ("VALID", "B-LTA")
        assert words in answer.compare
    assert str(service.by_file(desk.session, after + b"\n").verdict) == "ALTERED"
    said = client.get(f"/verify/{certificate.verify_token}", headers={"Accept": "application/json"}).json
    assert (said["signature_level"], said["signed_at"]) == ("B-LTA", certificate.stamped_at.isoformat())
    assert "PAdES B-LTA" in client.get(f"/verify/{certificate.verify_token}").text
    files = {form: api(EXPORTER).get(f"/certificates/{certificate.id}/pdf{form}") for form in ("", "?form=archive")}
    assert [answer.data for answer in files.values()] == [before, after]
    assert [answer.headers["X-Content-SHA256"] for answer in files.values()] == [issued, form.sha256]
    assert api(EXPORTER).get(f"/certificates/{certificate.id}").json["result"]["archived_sha256"] == form.sha256


@pytest.mark.usefixtures("lists")
def test_it_is_stamped_again_before_the_stamp_ends(desk: Desk, filed: Filed, run_jobs: Run, app: Flask) -> None:
    """RESTAMP_DAYS before the end of the newest stamp, once each time, each form beginning with the one before."""
    pk = filed("ISSUED")
    archived(desk.session, run_jobs)
    ends, due = forms(desk, pk)[0].stamp_ends, desk.certificate(pk).archive_due
    assert due == ends - timedelta(days=app.config["RESTAMP_DAYS"])
    desk.certificate(pk).archive_due = clock.now()
    desk.session.commit()
    with settings(app, RESTAMP_DAYS=(ends - clock.now()).days + 1):
        for _ in range(2):  # the second round finds nothing due: what ends soon is not stamped again and again
            archived(desk.session, run_jobs, hours=8)
    assert len(forms(desk, pk)) == 2
    first, second = (store.get(form.sha256) for form in forms(desk, pk))
    assert second.startswith(first)
    assert archive.newest(desk.certificate(pk)) == forms(desk, pk)[1].sha256


def test_what_is_missing_is_waited_for(desk: Desk, filed: Filed, run_jobs: Run, app: Flask, tmp_path: Path) -> None:
    """No list, then no stamps: the job waits and says so, and the certificate is as valid as before."""
    pk = filed("ISSUED")
    job = select(Job).where(Job.kind == jobs_archive.JOB)
    with settings(app, CRL_FOLDER=str(tmp_path)):
        archived(desk.session, run_jobs)
        waiting = desk.session.scalars(job).one()
        assert (waiting.state, waiting.attempts) == ("PENDING", 0)
        assert waiting.error.startswith("Waiting for a list of revoked certificates")
        demonstration.publish_lists()
        with settings(app, TSA_URL=f"http://127.0.0.1:{free_port()}"):
            archived(desk.session, run_jobs, hours=10)
            desk.session.expire_all()
            assert desk.session.scalars(job).one().error.startswith("Waiting for the time stamp")
        assert forms(desk, pk) == []
        archived(desk.session, run_jobs, hours=20)
        assert (desk.certificate(pk).status, len(forms(desk, pk))) == ("VALID", 1)


@pytest.mark.usefixtures("lists")
def test_a_damaged_form_is_named(desk: Desk, filed: Filed, run_jobs: Run, app: Flask) -> None:
    """`udgam check` looks at every form: gone, of another length, or not beginning with what was issued."""
    pk = filed("ISSUED")
    archived(desk.session, run_jobs)
    (form,) = forms(desk, pk)
    right, path = (form.sha256, form.size), app.config["DOCUMENTS"] / form.sha256[:2] / form.sha256
    content = path.read_bytes()
    for change, words in (
        ({"size": form.size + 1}, "the register says"),
        ({"sha256": store.put(b"another file"), "size": 12}, "does not begin with what was issued"),
        ({"sha256": "0" * 64}, "missing from the store"),
    ):
        for name, value in change.items():
            setattr(form, name, value)
        desk.session.commit()
        assert any(words in sentence for sentence in register.check(desk.session, quick=True)), words
        form.sha256, form.size = right
        desk.session.commit()
    assert content == path.read_bytes()
    assert register.levels(desk.session) == "1 B-LTA"


@pytest.mark.slow
def test_killed_before_any_step_of_the_archive(app: Flask, own: Engine, tmp_path: Path) -> None:
    """kill -9 at each step: the next one takes it up, and there is one form, one event, and the issued file as it was."""
    steps = [(jobs_archive, "_read"), (jobs_archive, "for_the_archive"), (fitness, "judged"), (store, "put"),
             (os, "replace"), (Claim, "hold"), (archive, "keep"), (Claim, "done"), (os, "_exit")]  # fmt: skip
    with app.app_context(), settings(app, CRL_FOLDER=str(tmp_path), ARCHIVE_HOURS=0):
        demonstration.publish_lists()
        for place, name in steps:
            pk = factories.filed(app, "ISSUED")
            _round(db.session)
            job_id = db.session.scalars(select(Job.id).where(Job.kind == jobs_archive.DUE, Job.state == "PENDING")).one()
            db.session.rollback()
            queue.run_job(job_id)
            certificate_id = db.session.scalars(select(Certificate.id).where(Certificate.live_application_id == pk)).one()
            job_id = db.session.scalars(select(Job.id).where(Job.key == f"archive:{certificate_id}:1")).one()
            db.session.rollback()
            _killed(job_id, place, name)
            assert until(lambda job_id=job_id: _resumed(app, job_id), 180), name
        everything = db.session.scalars(select(Revision)).all()
        assert [form.number for form in everything] == [1] * len(steps)
        assert Desk(db.session, app).events("certificate archived") == len(steps)
        assert list(register.check(db.session)) == []
        db.session.rollback()


def _killed(job_id: int, place: Any, name: str) -> None:
    """A process that does this job and is killed before the step."""
    db.session.remove()
    db.engine.dispose()
    child = os.fork()
    if not child:
        with suppress(BaseException):
            setattr(place, name, lambda *_args, **_named: os.kill(os.getpid(), signal.SIGKILL))
            queue.run_job(job_id)
        os._exit(0)
    os.waitpid(child, 0)


def _resumed(app: Flask, job_id: int) -> bool:
    with clock.travel(clock.now() + timedelta(seconds=app.config["JOB_LEASE_SECONDS"] + 1)):
        queue.reap(db.session())
        factories.run_jobs(app)
    state = db.session.scalars(select(Job.state).where(Job.id == job_id)).one()
    db.session.rollback()
    return bool(state == "DONE")
