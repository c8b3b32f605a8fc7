"""While the time-stamping authority is away nothing is issued and nothing is lost: the job waits, and says for what."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.certificates.jobs import sweep_stuck
from app.core import clock
from app.infra import queue, store
from app.signing import fitness
from app.wallet.service import held_for
from tests.desk import Desk
from tests.people import EXPORTER, OFFICER
from tests.running import free_port
from tests.signing.stamps import settings

Filed = Callable[..., int]
Run = Callable[[], int]
WAITING = "Waiting for the time stamp: the time-stamping authority does not answer."


def test_nothing_is_issued_without_a_time_stamp(desk: Desk, app: Flask, filed: Filed, run_jobs: Run, login: Any) -> None:
    """More often away than a job is tried otherwise: still being signed, nothing taken; once it is back, issued as ever."""
    pk = filed("SIGNING")
    number = desk.certificate(pk).number
    moment = clock.now()
    with settings(app, TSA_URL=f"http://127.0.0.1:{free_port()}"):
        for _ in range(app.config["JOB_MAX_ATTEMPTS"] + 2):
            with clock.travel(moment):
                run_jobs()
            moment += timedelta(seconds=30)
        certificate, job = desk.certificate(pk), desk.job(pk)
        assert (desk.application(pk).status, certificate.status, certificate.sha256) == ("SIGNING", "PREPARED", None)
        assert (job.state, job.attempts, job.error) == ("PENDING", 0, WAITING)
        assert (desk.fees(pk), held_for(desk.session, pk)) == (0, 20_000)
        assert desk.application(pk).waiting_for == WAITING
        assert certificate.leaves[0].rendered_sha256
        for who in (EXPORTER, OFFICER):
            assert WAITING in login(who).get(f"/applications/show/{pk}").text
        assert sweep_stuck(desk.session) == 0  # it is alive
        desk.session.commit()
    with clock.travel(moment + timedelta(minutes=1)):
        run_jobs()
    certificate = desk.certificate(pk)
    assert (desk.application(pk).status, certificate.status, certificate.number) == ("ISSUED", "VALID", number)
    assert (desk.application(pk).waiting_for, desk.job(pk).error, desk.fees(pk)) == ("", "", 1)


def test_an_issued_file_is_time_stamped(desk: Desk, filed: Filed) -> None:
    """The register knows level and moment, and so does whoever reads the file."""
    certificate = desk.certificate(filed("ISSUED"))
    verdict = fitness.judged(store.get(certificate.sha256 or ""), certificate.dsc_sha256)
    assert (verdict.ok, verdict.level, certificate.signature_level) == (True, "B-T", "B-T")
    assert verdict.stamped_at == certificate.stamped_at
    assert certificate.issued_at is not None
    assert certificate.stamped_at is not None
    assert abs(certificate.issued_at - certificate.stamped_at) < timedelta(seconds=30)


def test_a_registration_replaced_while_signing_is_not_used(
    desk: Desk, filed: Filed, run_jobs: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the signature and the issue the officer registers another certificate: refused, and signed anew by hand."""
    from app.certificates import stages
    from tests.certificates.test_pipeline import register_anew

    pk, completed = filed("SIGNING"), stages.completed

    def meanwhile(*given: Any) -> Any:
        done = completed(*given)
        register_anew(desk)
        desk.session.commit()
        return done

    monkeypatch.setattr(stages, "completed", meanwhile)
    run_jobs()
    assert desk.application(pk).status == "SIGN_FAILED"
    assert "Another certificate was registered" in desk.job(pk).error
    monkeypatch.undo()
    desk.move(pk, OFFICER, "sign")
    run_jobs()
    assert (desk.application(pk).status, desk.certificate(pk).dsc_sha256) == ("ISSUED", desk.key().sha256)


def test_the_signature_of_a_hand_is_kept_until_there_is_a_stamp(
    desk: Desk, app: Flask, filed: Filed, run_jobs: Run, api: Any
) -> None:
    """Nobody types a PIN twice: the token's signature waits in its row for hours, and then it is the one in the file."""
    from tests.certificates.test_by_hand import answers, by_token, one_order, waiting

    holder = by_token(desk.session)
    pk, officer = waiting(desk, filed, run_jobs), api(OFFICER)
    given = answers(holder, officer.post("/signing/orders/sealed").json)
    with settings(app, TSA_URL=f"http://127.0.0.1:{free_port()}"):
        officer.post("/signing/orders/answers", {"answers": given})
        moment = clock.now()
        for hours in (0, 1, 5):
            with clock.travel(moment + timedelta(hours=hours)):
                run_jobs()
                look_after_orders(desk.session)
            assert (desk.application(pk).status, desk.application(pk).waiting_for) == ("SIGNING", WAITING)
            assert (one_order(desk).status, one_order(desk).signature) == ("ANSWERED", given[0]["signature"])
    with clock.travel(moment + timedelta(hours=6)):
        run_jobs()
    certificate = desk.certificate(pk)
    assert (desk.application(pk).status, certificate.signature_level, desk.fees(pk)) == ("ISSUED", "B-T", 1)
    assert base64.b64decode(given[0]["signature"]).hex() in store.get(certificate.sha256 or "").decode("latin-1").lower()


def look_after_orders(session: Any) -> None:
    """What runs by itself every minute or five: nothing of it may take the signature away."""
    for kind, _ in queue.PERIODIC:
        if kind in ("certificate.sweep", "signing.orders"):
            job = queue.promise(session, kind, f"{kind}:{clock.now().timestamp()}")
            session.commit()
            queue.run_job(job.id)
