"""Hand out the signed file of a certificate: the stored bytes, checked against their hash, never rewritten."""

from flask import Response

from app.certificates import uses
from app.certificates.models import Certificate, LeafPrint
from app.core.actor import Actor
from app.core.errors import WrongState
from app.infra import problems, store
from app.infra.db import db, reading, transaction
from app.infra.tenancy import must_see


def handed_out(certificate: Certificate, actor: Actor, *, archived: bool = False) -> Response:
    """The PDF as a download; a sentence when it is not issued, and an alarm when the stored file is not the issued one.

    `archived`: its newest form for the archive, which has a hash of its own; without it always the issued bytes (decision 0035).
    """
    must_see(actor, certificate)
    if certificate.sha256 is None:
        raise WrongState(f"Certificate {certificate.number} is not issued yet. It is ready a few seconds after signing.")
    if archived and certificate.archived_sha256 is None:
        raise WrongState(f"The long-term form of {certificate.number} is not made yet. It is there a day after the issue.")
    digest = (certificate.archived_sha256 if archived else None) or certificate.sha256
    name = certificate.number.replace("/", "-") + ("-long-term.pdf" if archived else ".pdf")
    answer = _file(digest, certificate.number, name)
    if answer is None:
        return _damaged()
    _count(certificate)
    return answer


def _count(certificate: Certificate) -> None:
    """Counting a download is a write of its own: the page itself was only read."""
    identity = certificate.id
    db.session.rollback()
    token = reading.set(False)
    try:
        with transaction(db.session):
            uses.count_download(db.session, identity)
    finally:
        reading.reset(token)


def handed_leaf(copy: LeafPrint, actor: Actor) -> Response:
    """One print of a paper leaf as a download; a sentence while the worker is still at it."""
    must_see(actor, copy)
    if copy.sha256 is None:
        raise WrongState("This print is being made. Reload the page in a few seconds.")
    certificate = copy.leaf.certificate
    name = f"{certificate.number.replace('/', '-')}-{copy.leaf.kind.lower()}-{copy.number}.pdf"
    return _file(copy.sha256, certificate.number, name) or _damaged()


def _file(digest: str, number: str, name: str) -> Response | None:
    """The stored bytes as a download; None, and an alarm, when they are not there as they were stored."""
    try:
        content = store.get(digest)
    except store.Damaged:
        problems.log.critical("certificate %s: the stored file is missing or altered", number)
        return None
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-SHA256": digest}
    return Response(content, mimetype="application/pdf", headers=headers)


def _damaged() -> Response:
    return problems.problem(503, "The file of this certificate cannot be handed out now. The help desk has been told.")
