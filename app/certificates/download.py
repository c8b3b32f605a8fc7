"""Hand out the signed file of a certificate: the stored bytes, checked against their hash, never rewritten."""

from flask import Response
from sqlalchemy import update

from app.certificates.models import Certificate
from app.core.actor import Actor
from app.core.errors import WrongState
from app.infra import problems, store
from app.infra.db import db, reading, transaction
from app.infra.tenancy import must_see


def handed_out(certificate: Certificate, actor: Actor) -> Response:
    """The PDF as a download; a sentence when it is not issued, and an alarm when the stored file is not the issued one."""
    must_see(actor, certificate)
    if certificate.sha256 is None:
        raise WrongState(f"Certificate {certificate.number} is not issued yet. It is ready a few seconds after signing.")
    digest, number = certificate.sha256, certificate.number
    try:
        content = store.get(digest)
    except store.Damaged:
        problems.log.critical("certificate %s: the stored file is missing or altered", number)
        return problems.problem(503, "The file of this certificate cannot be handed out now. The help desk has been told.")
    _count(certificate)
    name = number.replace("/", "-") + ".pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-SHA256": digest}
    return Response(content, mimetype="application/pdf", headers=headers)


def _count(certificate: Certificate) -> None:
    """Counting a download is a write of its own: the page itself was only read."""
    identity = certificate.id
    db.session.rollback()
    token = reading.set(False)
    try:
        with transaction(db.session):
            counted = update(Certificate).where(Certificate.id == identity)
            values = {"download_count": Certificate.download_count + 1, "updated_at": Certificate.updated_at}
            db.session.execute(counted.values(values), execution_options={"synchronize_session": False})
    finally:
        reading.reset(token)
