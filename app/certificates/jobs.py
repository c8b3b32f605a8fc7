"""The worker's part: asks how far a certificate is, and does the rest; safe to be killed and started again anywhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.agencies.models import Office
from app.applications.models import Application
from app.certificates import (
    issue,
    jobs_specimen,  # noqa: F401  its work is named to the queue when it is read
)
from app.certificates.models import Certificate
from app.certificates.render import TEMPLATE_VERSION, Images, render
from app.certificates.rules import CertificateStatus
from app.certificates.text import CertificateText
from app.core import clock
from app.core.errors import BusinessError
from app.infra import keystore, queue, store
from app.infra.db import transaction
from app.infra.queue import Claim, Job
from app.infra.settings import setting
from app.signing import certcheck
from app.signing.judge import judge
from app.signing.models import DscRegistration
from app.signing.pkcs11 import Pkcs11Signer
from app.signing.signer import Later, Order
from app.signing.soft import SoftSigner


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


@queue.handler(issue.JOB)
def issue_certificate(claim: Claim) -> None:
    """Render, sign, judge, issue: each stage is stored before the next begins, and the last is one transaction."""
    session = claim.session
    work = _read(session, claim)
    if work is None:
        with transaction(session):
            claim.done()
        return
    rendered = work.rendered or _render(session, claim, work)
    signed_at = clock.now()
    signed = _sign(work, store.get(rendered), signed_at)
    digest = store.put(signed)
    with transaction(session):
        certificate = session.get_one(Certificate, work.certificate_id)
        claim.hold()
        _must_still_sign(session, certificate)
        issue.finish(
            session, certificate, signed_sha256=digest, size=len(signed), dsc_sha256=work.registration.sha256, signed_at=signed_at
        )
        claim.done()


def _read(session: Session, claim: Claim) -> Work | None:
    """The facts of the certificate; None when it was issued before and only the job's row is open."""
    certificate = session.get_one(Certificate, claim.ref)
    if certificate.status != CertificateStatus.PREPARED:
        session.rollback()
        return None
    registration = _must_still_sign(session, certificate)
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


def _must_still_sign(session: Session, certificate: Certificate) -> DscRegistration:
    """Rights are asked again at the moment of signing: an officer deactivated meanwhile signs nothing (scenario 15)."""
    officer = agencies.officer(session, certificate.officer_id)
    reasons = agencies.why_cannot_sign(session, officer, session.get_one(Office, certificate.office_id), clock.now())
    registration = agencies.registration_of(session, officer)
    if reasons or registration is None:
        raise BusinessError(" ".join([f"{officer.full_name} cannot sign now.", *reasons]))
    return registration


def _render(session: Session, claim: Claim, work: Work) -> str:
    """The page, from its frozen words; stored and noted before anything is signed."""
    page = render(work.text, Images(store.get(work.stamp), store.get(work.signature_image)))
    digest = store.put(page)
    with transaction(session):
        claim.hold()
        certificate = session.get_one(Certificate, work.certificate_id)
        certificate.template_version = str(TEMPLATE_VERSION)
        issue.electronic(certificate).rendered_sha256 = digest
    return digest


def _sign(work: Work, page: bytes, moment: datetime) -> bytes:
    """Check the officer's certificate, sign, and have the result judged by a second implementation."""
    registration, roots = work.registration, keystore.roots()
    certificate, chain = registration.certificate_pem.encode(), registration.chain_pem.encode()
    faults = certcheck.check(certificate, [chain], roots, [], moment, work.officer_name)
    if faults:
        raise BusinessError(" ".join(["The officer's digital signature certificate cannot be used.", *faults]))
    signer = _signer(registration)
    signed = signer.start(
        Order(
            pdf=page, certificate=signer.certificate, chain=signer.chain, name=work.officer_name,
            reason=f"Certificate of origin (non-preferential) {work.text.number}", location=work.text.issue_place,
            signing_time=moment,
        )
    )  # fmt: skip
    if isinstance(signed, Later):
        raise BusinessError("This signer needs the officer's hand; press Sign at the desk.")
    verdict = judge(signed, roots, registration.sha256)
    if not verdict.ok:
        raise RuntimeError(f"our own signature does not hold: {verdict.sentence}")
    return signed


def _signer(registration: DscRegistration) -> SoftSigner | Pkcs11Signer:
    if registration.backend == "PKCS11":
        return Pkcs11Signer.of(registration)
    if registration.backend != "SOFT":
        raise BusinessError("This certificate is not kept here: sign with the token at the desk.")
    p12, passphrase = keystore.load(registration.key_ref)
    return SoftSigner(p12, passphrase, setting("UDGAM_ENV"))


@queue.when_dead(issue.JOB)
def _gave_up(session: Session, job: Job) -> None:
    """The job was given up: the application says so, and the officer may press Sign again."""
    issue.fail(session, session.get_one(Certificate, job.ref), job.error)


SWEEP = "certificate.sweep"
queue.PERIODIC.append((SWEEP, timedelta(minutes=5)))


@queue.handler(SWEEP)
def sweep(claim: Claim) -> None:
    """Find what got stuck: an application being signed whose job is done or missing is promised again."""
    session = claim.session
    with transaction(session):
        sweep_stuck(session)
        claim.done()


def sweep_stuck(session: Session) -> int:
    """Promise the issue of every certificate that is being signed and has no living job; returns how many."""
    alive = select(Job.ref).where(Job.kind == issue.JOB, Job.state.in_(("PENDING", "QUEUED", "RUNNING")))
    stuck = (
        select(Certificate)
        .join(Application, Application.id == Certificate.live_application_id)
        .where(Application.status == "SIGNING", Certificate.status == "PREPARED", Certificate.id.not_in(alive))
    )
    found = session.scalars(stuck).all()
    for certificate in found:
        _again(session, certificate)
    return len(found)


def _again(session: Session, certificate: Certificate) -> None:
    key = f"issue:certificate:{certificate.id}"
    old: Any = session.scalar(select(Job).where(Job.key == key))
    if old is not None:
        old.state = "DEAD"
    queue.promise(session, issue.JOB, key, ref=certificate.id, agency_id=certificate.agency_id, priority=queue.URGENT)
