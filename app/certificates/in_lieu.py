"""In lieu of a certificate: which may be replaced, by whom, and that the new one says something else (HBP 2.93(d))."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agencies.models import AgencyUser
from app.applications.drafts import CORRECTIONS, REPLACEABLE
from app.applications.models import Application
from app.certificates.corrections import Change, corrections
from app.certificates.models import Certificate
from app.certificates.rules import CertificateStatus
from app.certificates.snapshot import text_of
from app.core import clock
from app.core.certificate_number import normalise
from app.core.errors import BusinessError
from app.exporters import service as exporters

_UNSCOPED = {"unscoped": True}


def replaced_by(session: Session, application: Application) -> Certificate | None:
    """The certificate this application replaces; refused when it is valid no more."""
    if application.in_lieu_of_certificate_id is None:
        return None
    old = session.get_one(Certificate, application.in_lieu_of_certificate_id, execution_options=_UNSCOPED)
    if old.status != CertificateStatus.VALID:
        raise BusinessError(f"Certificate {old.number} is no longer valid, so nothing can be issued in lieu of it.")
    return old


def replaceable(session: Session, exporter_id: int, number: str, agency_id: int) -> int | str:
    """The id of the certificate to be replaced, or the sentence why it cannot be (HBP 2.93(d)).

    Its row is held until the commit, so that of two applications at the same moment the second sees the first.
    """
    query = select(Certificate).where(Certificate.number_norm == normalise(number), Certificate.exporter_id == exporter_id)
    query = query.with_for_update()
    old: Certificate | None = session.scalar(query, execution_options=_UNSCOPED)
    if old is None or old.status in (CertificateStatus.PREPARED, CertificateStatus.VOID):
        return "Your firm has no certificate of this number here. One issued on eCoO 1.0 is replaced on eCoO 1.0."
    if old.agency_id != agency_id:
        return f"Only the agency that issued it, {old.agency_name}, can issue a certificate in its place."
    if old.status != CertificateStatus.VALID:
        return "This certificate is not valid any more, so it cannot be replaced."
    return old.id


def corrections_of(session: Session, application: Application) -> list[Change]:
    """What would be printed differently if the certificate were made now; the officer's name does not count."""
    old = replaced_by(session, application)
    if old is None:
        return []
    nobody, now = AgencyUser(full_name="", designation=""), clock.now()
    firm = exporters.firm(session, application.exporter_id)
    return corrections(old.data_snapshot, text_of(application, firm, nobody, "", "", now, former(old)).to_dict())


def former(old: Certificate) -> tuple[str, datetime]:
    """Number and day of issue, as the new certificate names the old one."""
    return old.number, old.issued_at or old.approved_at


REPLACEABLE.append(replaceable)
CORRECTIONS.append(corrections_of)
