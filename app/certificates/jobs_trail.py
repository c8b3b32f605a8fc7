"""The worker's part in the record of a certificate: read it, draw it, seal it, have it looked at, put it down."""

import hashlib
import os
import secrets

from sqlalchemy.orm import Session

from app.certificates import bundles, trail_file, trail_pdf
from app.certificates.models import Bundle, Certificate
from app.core import clock
from app.infra import current, queue
from app.infra.db import transaction
from app.infra.queue import Claim, Job
from app.signing import document_seal


@queue.handler(trail_file.JOB)
def make_record(claim: Claim) -> None:
    """Draws and seals outside any transaction; the row says READY in the one that ends the job."""
    session = claim.session
    bundle = session.get_one(Bundle, claim.ref)
    made = None
    if bundle.state == "PROMISED":
        asker = current.person(session, bundle.user_id)  # as they stand now: a right may have ended since they asked
        text = trail_file.text_of(session, asker, session.get_one(Certificate, bundle.certificate_ids[0]))
        session.rollback()
        made = _written(_sealed(text))
    with transaction(session):
        claim.hold()
        if made:
            trail_file.ready(session, session.get_one(Bundle, claim.ref), *made)
        claim.done()


def _sealed(text: trail_pdf.RecordText) -> bytes:
    seal = document_seal.document_seal()
    reason = f"Record of certificate {text.number}, made by the system"
    return document_seal.sealed(trail_pdf.draw(text), seal, reason=reason, moment=clock.now())[0]


def _written(pdf: bytes) -> tuple[str, int, str]:
    """Its name, size and hash; it appears under its name only when it is whole."""
    bundles.folder().mkdir(parents=True, exist_ok=True)
    name = f"{secrets.token_hex(16)}.pdf"
    part = bundles.folder() / f".{name}"
    part.write_bytes(pdf)
    os.replace(part, bundles.folder() / name)
    return name, len(pdf), hashlib.sha256(pdf).hexdigest()


@queue.when_dead(trail_file.JOB)
def _gave_up(session: Session, job: Job) -> None:
    bundles.fail(session, session.get_one(Bundle, job.ref), job.error)
