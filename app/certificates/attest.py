"""Attested copies: the officer says that these papers were filed with this certificate, and a stamped copy is made of each.

The paper itself stays untouched under its own hash; the copy is another document. The fee of the certificate covers it
(Public Notice 43/2024-25).
"""

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.applications.models import Application, Attachment
from app.applications.moves import arrive, begin, tell_firm, verb
from app.audit.service import record
from app.certificates.issue import of_application
from app.certificates.rules import CertificateStatus
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor
from app.core.errors import BusinessError
from app.infra.queue import promise
from app.notices.rules import Kind as Told

JOB = "certificate.attest"


@verb("attest")
def attest(session: Session, application: Application, actor: Actor) -> None:
    """Attest every paper the firm asked for; any officer who can sign for the office may, once the certificate is valid."""
    move = begin(session, application, actor, "attest")
    certificate = of_application(session, application)
    if certificate.status != CertificateStatus.VALID:
        raise BusinessError(f"Certificate {certificate.number} is not valid, so nothing is attested with it.")
    officer = agencies.officer(session, actor.agency_user_id or 0)
    if reasons := agencies.why_cannot_sign(session, officer, application.office, clock.now()):
        raise BusinessError(" ".join(["You cannot attest for this office now.", *reasons]))
    papers = application.to_attest
    if not papers:
        raise BusinessError("No paper waits to be attested: the exporter asks for a copy beside the paper.")
    for row in papers:
        row.attested_at, row.attested_by = clock.now(), f"{officer.full_name}, {officer.designation}"[:120]
        promise(session, JOB, f"attest:paper:{row.id}", ref=row.id, agency_id=application.agency_id)
    arrive(session, application, actor, move, papers=[row.sha256 for row in papers], number=certificate.number)


def made(session: Session, paper: Attachment, sha256: str) -> None:
    """The copy is in the store; when it is the last one, the firm hears of it."""
    application = session.get_one(Application, paper.application_id)
    paper.attested_sha256 = sha256
    record(session, SYSTEM_ACTOR, "attested copy made", application, paper=paper.sha256, copy=sha256)
    if all(row.attested_sha256 for row in application.attachments if row.attested_at):
        tell_firm(session, application, "Attested copies can be downloaded:", Told.ISSUE)


def failed(session: Session, paper: Attachment, reason: str) -> None:
    """The copy could not be made: nothing is attested, the firm reads why, and it may be asked for again."""
    application = session.get_one(Application, paper.application_id)
    paper.attested_at, paper.attested_by, paper.attest_requested = None, "", False
    record(session, SYSTEM_ACTOR, "attested copy failed", application, reason=reason, paper=paper.sha256)
    tell_firm(session, application, f"No attested copy of {paper.filename}. {reason[:150]}", Told.ISSUE)
