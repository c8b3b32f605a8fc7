"""What is signed is what the officer approved: before every signature, words, form and images are held against the approval."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.agencies.models import Office
from app.applications import payload
from app.applications.models import Application
from app.certificates import in_lieu
from app.certificates.corrections import Change, corrections
from app.certificates.models import Certificate
from app.certificates.render import TEMPLATE_VERSION
from app.certificates.snapshot import text_of
from app.core.canonical import canonical_json, sha256_hex
from app.core.errors import BusinessError
from app.exporters import service as exporters

_UNSCOPED = {"unscoped": True}
MOST_TOLD, LONGEST_TOLD = 3, 60
MOVED = "This is not what was approved any more. {} Nothing was signed: recall the approval and examine the application again."


def must_be_as_approved(session: Session, certificate: Certificate) -> None:
    """BusinessError with every change, old and new, when anything that is printed has moved since the approval.

    The approval kept the hashes of the words, of what the exporter signed and of both images, and the version of the form.
    """
    if moved := list(_moved(session, certificate)):
        raise BusinessError(MOVED.format(" ".join(moved)))


def must_be_the_page(noted: str, rendered: bytes) -> None:
    """BusinessError when the page noted before (SHA-256) is not the one that the approved words make."""
    if sha256_hex(rendered) != noted:
        raise BusinessError(MOVED.format("The page that was kept is another one than the approved words make."))


def _moved(session: Session, certificate: Certificate) -> Iterator[str]:
    application = session.get_one(Application, certificate.application_id, execution_options=_UNSCOPED)
    officer = agencies.officer(session, certificate.officer_id)
    altered = sha256_hex(canonical_json(certificate.data_snapshot)) != certificate.data_sha256
    if altered or payload.digest(application) != certificate.payload_sha256:
        now = _words_of(session, application, certificate)
        before, after = (now, certificate.data_snapshot) if altered else (certificate.data_snapshot, now)
        yield f"The words of the {'certificate' if altered else 'application'} were changed{_told(corrections(before, after))}."
    if (office := session.get_one(Office, certificate.office_id)).stamp_sha256 != certificate.stamp_sha256:
        yield f"The stamp of {office.name} was replaced."
    if officer.signature_sha256 != certificate.signature_image_sha256:
        yield f"The signature image of {officer.full_name} was replaced."
    if certificate.template_version != TEMPLATE_VERSION:
        was = certificate.template_version or "none"
        yield f"The form of the certificate was changed from version {was} to {TEMPLATE_VERSION}."


def _words_of(session: Session, application: Application, certificate: Certificate) -> dict[str, object]:
    """What the application would have printed if it were approved as it stands now."""
    old = session.get_one(Certificate, certificate.supersedes_id) if certificate.supersedes_id else None
    firm, officer = exporters.firm(session, application.exporter_id), agencies.officer(session, certificate.officer_id)
    number, token, moment = certificate.number, certificate.verify_token, certificate.approved_at
    return text_of(application, firm, officer, number, token, moment, in_lieu.former(old) if old else None).to_dict()


def _told(changes: list[Change]) -> str:
    """The first changes in words; a change of something that is not printed has none."""
    lines = [f"{each['field']}: «{_short(each['old'])}» → «{_short(each['new'])}»" for each in changes[:MOST_TOLD]]
    if more := max(0, len(changes) - MOST_TOLD):
        lines.append(f"and {more} more")
    return f" ({'; '.join(lines)})" if lines else ""


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_TOLD else line[: LONGEST_TOLD - 1] + "…"
