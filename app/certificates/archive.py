"""The forms of an issued file for the archive: which are due, and how one is kept beside the issued bytes."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.certificates.models import Certificate, Revision
from app.core import clock
from app.core.actor import SYSTEM_ACTOR
from app.infra.db import lock
from app.infra.settings import setting
from app.signing.judge import Verdict


def due(session: Session, most: int) -> Iterator[tuple[int, int, int]]:
    """(certificate's id, agency's id, number of the revision to make) of what is due, the longest waiting first."""
    there = select(func.count()).where(Revision.certificate_id == Certificate.id).scalar_subquery()
    query = select(Certificate.id, Certificate.agency_id, there).where(Certificate.archive_due <= clock.now())
    for certificate_id, agency_id, number in session.execute(query.order_by(Certificate.archive_due).limit(most)).all():
        yield certificate_id, agency_id, number + 1


def newest(certificate: Certificate) -> str:
    """The SHA-256 of the file that proves most: the newest revision, or the issued file itself."""
    return certificate.revisions[-1].sha256 if certificate.revisions else str(certificate.sha256)


def keep(session: Session, certificate: Certificate, number: int, *, sha256: str, size: int, verdict: Verdict) -> None:
    """The revision is there; what was issued stays what it was, and the next one is due before this one's stamp ends."""
    lock(session, certificate)
    assert verdict.stamp_ends is not None  # noqa: S101  judged as stamped
    whose = {name: getattr(certificate, name) for name in ("exporter_id", "desk_agency_id", "desk_office_id")}
    session.add(Revision(
        certificate_id=certificate.id, number=number, sha256=sha256, size=size, level=verdict.level,
        stamped_at=verdict.newest_at, stamp_ends=verdict.stamp_ends, **whose,
    ))  # fmt: skip
    certificate.signature_level = verdict.level
    left = verdict.stamp_ends - clock.now()  # of a stamp that ends soon half is waited for, so that forms do not pile up
    certificate.archive_due = verdict.stamp_ends - min(timedelta(days=setting("RESTAMP_DAYS")), left / 2)
    record(session, SYSTEM_ACTOR, "certificate archived", certificate, number=certificate.number, revision=number, sha256=sha256,
           level=verdict.level, issued_sha256=certificate.sha256)  # fmt: skip
