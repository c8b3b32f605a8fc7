"""How often a certificate was taken and verified, day by day; who verified it is not noted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import insert as insert_lite
from sqlalchemy.orm import Session

from app.certificates.models import Certificate, CertificateDay
from app.core import clock
from app.infra.tenancy import UNSCOPED


@dataclass(frozen=True, slots=True)
class Day:
    """One day in India on which the certificate was used."""

    day: date
    downloads: int
    verifications: int


def count_download(session: Session, certificate_id: int) -> None:
    """One more download."""
    _count(session, certificate_id, "downloads", {"download_count": Certificate.download_count + 1})


def count_verification(session: Session, certificate_id: int) -> None:
    """One more verification, by whoever it was."""
    _count(session, certificate_id, "verifications", {"verify_count": Certificate.verify_count + 1})


def days(session: Session, certificate_id: int, most: int) -> Sequence[Day]:
    """The days it was used, the newest first, at most so many; counted since such days are."""
    query = select(CertificateDay).where(CertificateDay.certificate_id == certificate_id)
    rows = session.scalars(query.order_by(CertificateDay.day.desc()).limit(most), execution_options=UNSCOPED)
    return [Day(row.day, row.downloads, row.verifications) for row in rows]


def _count(session: Session, certificate_id: int, column: str, total: dict[str, object]) -> None:
    """The row's version and date stay, because nothing about the certificate changed."""
    quiet = {**UNSCOPED, "synchronize_session": False}
    counted = update(Certificate).where(Certificate.id == certificate_id)
    session.execute(counted.values(total | {"updated_at": Certificate.updated_at}), execution_options=quiet)
    insert = insert_pg if session.get_bind().dialect.name == "postgresql" else insert_lite
    first = insert(CertificateDay).values(
        certificate_id=certificate_id, day=clock.india_today(), **{"downloads": 0, "verifications": 0} | {column: 1}
    )
    more = {column: getattr(CertificateDay, column) + 1}
    session.execute(
        first.on_conflict_do_update(index_elements=["certificate_id", "day"], set_=more), execution_options={**UNSCOPED}
    )
