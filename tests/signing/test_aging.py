"""Registered certificates grow old: reminders at 30, 15 and 7 days, the end, and a revocation found on a list."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.infra import queue
from app.infra.db import transaction
from app.notices.models import Mail, Notice
from app.signing import demonstration, jobs, registration
from app.signing.models import DscChallenge, DscRegistration
from tests import factories
from tests.people import ADMIN, OFFICER, OTHER_ADMIN, actor_for
from tests.signing.bench import Made, made


@pytest.fixture
def row(session: Any) -> DscRegistration:
    """The officer's active registration."""
    user_id = actor_for(session, OFFICER).user_id
    return session.scalars(
        select(DscRegistration).where(DscRegistration.user_id == user_id, DscRegistration.status == "ACTIVE")
    ).one()


def look_after(app: Flask, session: Any, times: int = 1) -> None:
    """The regular job, as the worker does it."""
    for _ in range(times):
        with transaction(session):
            queue.promise(session, jobs.CERTIFICATES, f"test:{session.query(queue.Job).count()}")
        factories.run_jobs(app)
    session.expire_all()


def told(session: Any, email: str) -> int:
    """How often somebody's bell told of the certificate."""
    mine = select(Notice).where(
        Notice.user_id == actor_for(session, email).user_id, Notice.text.like("%digital signature certificate%")
    )
    return len(session.scalars(mine).all())


def test_each_reminder_goes_out_once(app: Flask, session: Any, row: DscRegistration) -> None:
    """To the holder and the own agency's administrator, by bell and mail; not to another agency's."""
    counts = []
    for days in (31, 30, 20, 15, 7, 6):
        row.not_after = clock.now() + timedelta(days=days)
        look_after(app, session, times=2)
        counts.append(told(session, OFFICER))
    assert counts == [0, 1, 1, 2, 3, 3]
    assert (told(session, ADMIN), told(session, OTHER_ADMIN)) == (3, 0)
    assert sorted(session.scalars(select(Mail.recipient))) == [ADMIN] * 3 + [OFFICER] * 3
    assert row.status == "ACTIVE"


def test_the_end_is_noticed(app: Flask, session: Any, row: DscRegistration) -> None:
    """EXPIRED, with the day; told once."""
    row.not_after = clock.now() - timedelta(minutes=1)
    look_after(app, session, times=2)
    assert (row.status, row.ended_at is not None, "It ended on" in row.end_reason) == ("EXPIRED", True, True)
    assert (told(session, OFFICER), told(session, ADMIN)) == (1, 1)


def test_a_revocation_by_the_authority_is_found(
    app: Flask, session: Any, row: DscRegistration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as its list is in the folder; a forged list of the same name revokes nobody."""
    from app.signing import testca

    monkeypatch.setitem(app.config, "CRL_FOLDER", str(tmp_path))
    victim = row.certificate_pem.encode()
    forger = testca.make_authority("Udgam Demonstration")
    (tmp_path / "issuing.crl").write_bytes(forger.crl([victim]))
    look_after(app, session)
    assert row.status == "ACTIVE"
    (tmp_path / "real.crl").write_bytes(demonstration.authority().crl([victim]))
    look_after(app, session)
    assert (row.status, "was revoked on" in row.end_reason) == ("REVOKED", True)


def test_texts_nobody_signed_are_forgotten(app: Flask, session: Any) -> None:
    """Those that are over; what was used or still waits is kept."""
    actor = actor_for(session, OFFICER)
    holder: Made = made(actor.name, key="p256")
    over, open_, used = (registration.begin(session, actor, certificate=holder.pem) for _ in range(3))
    registration.answer(session, used, actor, answer=holder.answer(used.nonce))
    over.expires_at = clock.now() - timedelta(seconds=1)
    kept = {open_.id, used.id}
    look_after(app, session)
    assert {challenge.id for challenge in session.scalars(select(DscChallenge))} == kept
