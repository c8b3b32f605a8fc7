"""The worker's part: asks how far a certificate is, and does the rest; safe to be killed and started again anywhere."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.models import Application
from app.certificates import (
    issue,
    jobs_archive,  # noqa: F401  its work is named to the queue when it is read
    jobs_attest,  # noqa: F401  as above
    jobs_bundle,  # noqa: F401  as above
    jobs_by_hand,
    jobs_leaf,  # noqa: F401  as above
    jobs_sitting,  # noqa: F401  as above
    jobs_specimen,  # noqa: F401  as above
    jobs_trail,  # noqa: F401  as above
    stages,
)
from app.certificates.by_hand import FINISH, SUBJECT, answered
from app.certificates.models import Certificate
from app.certificates.stages import Signed, Work
from app.core import clock
from app.core.actor import SYSTEM_ACTOR
from app.core.errors import BusinessError
from app.infra import keystore, queue, store
from app.infra.db import transaction
from app.infra.queue import Claim, Job
from app.infra.settings import setting
from app.signing import orders
from app.signing.models import DscRegistration, SignatureOrder
from app.signing.pkcs11 import Pkcs11Signer
from app.signing.rules import OrderState
from app.signing.signer import Later
from app.signing.soft import SoftSigner


@queue.handler(issue.JOB)
def issue_certificate(claim: Claim) -> None:
    """Render, sign, judge, issue: each stage is stored before the next begins, and the last is one transaction."""
    session = claim.session
    work = stages.read(session, claim.ref or 0)
    if work is None:
        with transaction(session):
            claim.done()
        return
    rendered = stages.print_page(session, claim, work)
    page, signed_at = store.get(rendered), clock.now()
    if work.registration.backend == "DESK_AGENT":
        return jobs_by_hand.prepare(session, claim, work, page)
    signed = _sign(work, page, signed_at)
    digest = store.put(signed.pdf)
    with transaction(session):
        certificate = session.get_one(Certificate, work.certificate_id)
        claim.hold()
        stages.must_still_sign(session, certificate, work.registration)
        issue.finish(
            session, certificate, signed_sha256=digest, size=len(signed.pdf), dsc_sha256=work.registration.sha256,
            signed_at=signed_at, level=signed.level, stamped_at=signed.stamped_at,
        )  # fmt: skip
        claim.done()


def _sign(work: Work, page: bytes, moment: datetime) -> Signed:
    """Signed by a key within the worker's reach, and completed."""
    order = stages.order_for(work, page, moment)
    signer = _signer(work.registration)
    signed = signer.start(replace(order, certificate=signer.certificate, chain=signer.chain))
    if isinstance(signed, Later):
        raise BusinessError("This signer needs the officer's hand; press Sign at the desk.")
    return stages.completed(work, signed)


def _signer(registration: DscRegistration) -> SoftSigner | Pkcs11Signer:
    if registration.backend == "PKCS11":
        return Pkcs11Signer.of(registration)
    if registration.backend != "SOFT":
        raise BusinessError("This certificate is not kept here, and nothing of this version signs with it: register another one.")
    p12, passphrase = keystore.load(registration.key_ref)
    return SoftSigner(p12, passphrase, setting("UDGAM_ENV"))


@queue.when_waiting(issue.JOB)
def _waits(session: Session, job: Job) -> None:
    """The application says for what; it stays on its way to be signed."""
    issue.wait(session, session.get_one(Certificate, job.ref), job.error)


@queue.when_dead(issue.JOB)
def _gave_up(session: Session, job: Job) -> None:
    """The job was given up: the application says so, and the officer may press Sign again."""
    issue.fail(session, session.get_one(Certificate, job.ref), job.error)


ALIVE = ("PENDING", "QUEUED", "RUNNING")
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
    """Promise the work of every certificate that is being signed, has no living job and waits for nobody; returns how many."""
    alive = select(Job.ref).where(Job.kind == issue.JOB, Job.state.in_(ALIVE))
    in_hand = select(SignatureOrder.subject_id).where(SignatureOrder.subject == SUBJECT, SignatureOrder.status.in_(orders.LIVING))
    stuck = (
        select(Certificate)
        .join(Application, Application.id == Certificate.live_application_id)
        .where(Application.status == "SIGNING", Certificate.status == "PREPARED")
        .where(Certificate.id.not_in(alive), Certificate.id.not_in(in_hand))
    )
    found = session.scalars(stuck).all()
    for certificate in found:
        issue.promise_issue(session, certificate)
    return len(found) + _sweep_answered(session)


def _sweep_answered(session: Session) -> int:
    """The same for signatures that came and that no job is about to use."""
    alive = select(Job.ref).where(Job.kind == FINISH, Job.state.in_(ALIVE))
    left = select(SignatureOrder).where(
        SignatureOrder.subject == SUBJECT, SignatureOrder.status == OrderState.ANSWERED, SignatureOrder.id.not_in(alive)
    )
    found = session.scalars(left).all()
    for order in found:
        answered(session, order, SYSTEM_ACTOR)
    return len(found)
