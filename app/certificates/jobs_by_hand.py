"""The worker's two parts when the key is on an officer's token: prepare the certificate, and finish it with the signature."""

import base64
from dataclasses import replace

from sqlalchemy.orm import Session

from app.applications.models import Application
from app.applications.rules import Status
from app.certificates import by_hand, issue, stages
from app.certificates.by_hand import FINISH, SUBJECT
from app.certificates.models import Certificate
from app.certificates.stages import Work
from app.core import clock
from app.core.errors import BusinessError
from app.infra import queue, store
from app.infra.db import transaction
from app.infra.queue import Claim, Job
from app.signing import orders
from app.signing.desk_signer import DeskAgentSigner
from app.signing.models import SignatureOrder
from app.signing.rules import OrderState


def prepare(session: Session, claim: Claim, work: Work, page: bytes) -> None:
    """The file with room for the signature waits from here on; a second run finds it waiting and adds nothing."""
    moment = clock.now()
    prepared = DeskAgentSigner().prepare(stages.order_for(work, page, moment))
    with transaction(session):
        claim.hold()
        certificate = session.get_one(Certificate, work.certificate_id)
        stages.must_still_sign(session, certificate, work.registration)
        application = session.get_one(Application, certificate.application_id)
        if application.status == Status.SIGNING and orders.living(session, SUBJECT, certificate.id) is None:
            document = by_hand.document(certificate, prepared.signed_attributes, prepared.to_bytes())
            orders.place(session, document, work.registration, moment)
        claim.done()


@queue.handler(FINISH)
def finish_certificate(claim: Claim) -> None:
    """Put the signature in, have the file judged, issue: once, however often the answer was posted or the worker killed."""
    session = claim.session
    order = session.get_one(SignatureOrder, claim.ref)
    work = stages.read(session, order.subject_id) if order.status == OrderState.ANSWERED else None
    if work is None:
        with transaction(session):
            claim.done()
        return
    order = session.get_one(SignatureOrder, claim.ref)
    moment, kept, answer = order.signing_time, order.prepared or b"", base64.b64decode(order.signature)
    if order.certificate_sha256 != work.registration.sha256:
        raise BusinessError(orders.OTHER_CERTIFICATE)
    session.rollback()
    asked = stages.order_for(work, b"", clock.now())  # the officer's certificate is checked again, as it stands now
    signed = stages.completed(work, DeskAgentSigner().finish(replace(asked, waiting=kept), answer))
    digest = store.put(signed.pdf)
    with transaction(session):
        claim.hold()
        orders.use(session, session.get_one(SignatureOrder, claim.ref))
        certificate = session.get_one(Certificate, work.certificate_id)
        stages.must_still_sign(session, certificate, work.registration)
        issue.finish(
            session, certificate, signed_sha256=digest, size=len(signed.pdf), dsc_sha256=work.registration.sha256,
            signed_at=moment, level=signed.level, stamped_at=signed.stamped_at,
        )  # fmt: skip
        claim.done()


@queue.when_waiting(FINISH)
def _waits(session: Session, job: Job) -> None:
    """There is no time stamp to be had just now: the application says so, and the signature is kept."""
    order = session.get_one(SignatureOrder, job.ref)
    issue.wait(session, session.get_one(Certificate, order.subject_id), job.error)


@queue.when_dead(FINISH)
def _gave_up(session: Session, job: Job) -> None:
    """The signature cannot be used: the application says so, and the officer may press Sign again."""
    orders.fail(session, session.get_one(SignatureOrder, job.ref), job.error)
