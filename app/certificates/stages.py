"""What every certificate goes through, wherever the key is: read it, ask again who may sign, print it, have it judged."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.agencies.models import Office
from app.certificates import issue, reviewed
from app.certificates.models import Certificate
from app.certificates.render import Images, render
from app.certificates.rules import CertificateStatus
from app.certificates.text import CertificateText
from app.core import clock
from app.core.errors import BusinessError
from app.infra import store
from app.infra.db import transaction
from app.infra.queue import Claim
from app.signing import fitness, timestamp
from app.signing.models import DscRegistration
from app.signing.signer import Order


@dataclass(frozen=True, slots=True)
class Work:
    """What the stages need to know, read once, so that rendering and signing hold no transaction."""

    certificate_id: int
    text: CertificateText
    stamp: str
    signature_image: str
    rendered: str | None
    officer_name: str
    registration: DscRegistration


@dataclass(frozen=True, slots=True)
class Signed:
    """A file ready to be issued, and what the second program says of its signature."""

    pdf: bytes
    level: str
    stamped_at: datetime | None


def read(session: Session, certificate_id: int) -> Work | None:
    """The facts of the certificate; None when it was issued before and only the job's row is open."""
    certificate = session.get_one(Certificate, certificate_id)
    if certificate.status != CertificateStatus.PREPARED:
        session.rollback()
        return None
    registration = must_still_sign(session, certificate)
    work = Work(
        certificate_id=certificate.id,
        text=CertificateText.from_dict(certificate.data_snapshot),
        stamp=certificate.stamp_sha256,
        signature_image=certificate.signature_image_sha256,
        rendered=issue.electronic(certificate).rendered_sha256,
        officer_name=certificate.officer_name,
        registration=registration,
    )
    session.expunge(registration)
    session.rollback()
    return work


def must_still_sign(session: Session, certificate: Certificate, with_this: DscRegistration | None = None) -> DscRegistration:
    """Rights are asked again at the moment of signing: an officer deactivated meanwhile signs nothing (scenario 15).

    So is whether it still is what the officer approved.
    `with_this` is the registration that was signed with: it must still be the officer's.
    """
    officer = agencies.officer(session, certificate.officer_id)
    reasons = agencies.why_cannot_sign(session, officer, session.get_one(Office, certificate.office_id), clock.now())
    registration = agencies.registration_of(session, officer)
    if reasons or registration is None:
        raise BusinessError(" ".join([f"{officer.full_name} cannot sign now.", *reasons]))
    if with_this is not None and with_this.id != registration.id:
        raise BusinessError("Another certificate was registered while this one was being signed with: sign again.")
    reviewed.must_be_as_approved(session, certificate)
    return registration


def print_page(session: Session, claim: Claim, work: Work) -> str:
    """The page, from its frozen words; stored and noted before anything is signed. One noted before must be the same."""
    page = render(work.text, Images(store.get(work.stamp), store.get(work.signature_image)))
    if work.rendered:
        reviewed.must_be_the_page(work.rendered, page)
        return work.rendered
    digest = store.put(page)
    with transaction(session):
        claim.hold()
        certificate = session.get_one(Certificate, work.certificate_id)
        issue.electronic(certificate).rendered_sha256 = digest
    return digest


def order_for(work: Work, page: bytes, moment: datetime) -> Order:
    """What is to be signed and what the signature says about itself; refused when the officer's certificate will not do."""
    registration = work.registration
    fitness.must_be_fit(registration, work.officer_name, moment)
    certificate, chain = registration.certificate_pem.encode(), registration.chain_pem.encode()
    return Order(
        pdf=page, certificate=certificate, chain=(chain,), name=work.officer_name,
        reason=f"Certificate of origin (non-preferential) {work.text.number}", location=work.text.issue_place,
        signing_time=moment, stamp=timestamp.token_over,
    )  # fmt: skip


def completed(work: Work, signed: bytes) -> Signed:
    """The signed file as it will be handed out: the certificate is good still, and a second implementation agrees."""
    fitness.must_be_fit(work.registration, work.officer_name, clock.now())
    verdict = fitness.judged(signed, work.registration.sha256)
    if not verdict.ok or verdict.level != "B-T":
        raise RuntimeError(f"our own signature does not hold: {verdict.sentence} (level {verdict.level or 'none'})")
    return Signed(signed, verdict.level, verdict.stamped_at)
