"""Does every application that was filed still carry a signature that holds over what it says? A part of `udgam check`."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.applications import payload
from app.applications.models import Application
from app.applications.rules import Status
from app.core import clock
from app.core.canonical import sha256_hex
from app.core.errors import BusinessError
from app.signing import esign, esign_signature
from app.signing.signed import holds

BATCH = 100  # applications in memory at a time
# While a question is open its marked fields may be changed and are not signed yet; what ended from there stays so.
_BETWEEN = frozenset({Status.QUERY_RAISED, Status.WITHDRAWN, Status.DEEMED_WITHDRAWN})
_PARTS = (Application.items, Application.invoices, Application.evidence, Application.attachments)


def faults(session: Session) -> Iterator[str]:
    """A sentence for every filed application whose signature does not hold, whatever it was made with."""
    signed = select(Application).where(Application.payload_sha256.is_not(None)).order_by(Application.id)
    every = signed.options(*(selectinload(part) for part in _PARTS)).execution_options(yield_per=BATCH)
    for application in session.scalars(every):
        data = payload.signed_bytes(application)
        if sha256_hex(data) != application.payload_sha256:
            if application.status not in _BETWEEN:
                yield f"{application}: what it says is not what was signed"
        elif why := _why_not(application, data):
            yield f"{application}: the signature of {application.declared_by} does not hold: {why}"


def _why_not(application: Application, data: bytes) -> str:
    if not holds(application.sign_mode, application.signer_certificate_pem, data, application.signature):
        return "it is not over what was filed"
    if application.sign_mode != "AADHAAR":
        return ""
    try:
        trust = esign.whom_we_trust()
    except BusinessError:
        return "the roots of the e-sign provider are not in place (ESIGN_ROOTS)"
    stored = application.signature, application.signer_certificate_pem
    return esign_signature.why_not_kept(*stored, application.payload_sha256 or "", trust, clock.now())
