"""The worker's part in a specimen: print it like a certificate, and sign it with a test key that exists for that one file."""

from sqlalchemy.orm import Session

from app.certificates import specimens
from app.certificates.models import Specimen
from app.certificates.render import Images, fits, render
from app.certificates.text import CertificateText
from app.core import clock
from app.core.errors import BusinessError
from app.infra import queue, store
from app.infra.db import transaction
from app.infra.queue import Claim, Job
from app.signing import certcheck, testca
from app.signing.judge import judge
from app.signing.signer import Later, Order
from app.signing.soft import SoftSigner

LONGEST_NAME = 64  # in a certificate (RFC 5280, ub-common-name)


@queue.handler(specimens.JOB)
def make_specimen(claim: Claim) -> None:
    """Print, sign, store; the row says READY in the transaction that ends the job, so a repeated job changes nothing."""
    session = claim.session
    row = session.get_one(Specimen, claim.ref)
    if row.state == "PROMISED":
        text = CertificateText.from_dict(row.data_snapshot)
        images = Images(_picture(row.stamp_sha256), _picture(row.signature_image_sha256))
        session.rollback()
        if misfits := fits(text):
            raise BusinessError(" ".join(misfits))
        signed = _sign(render(text, images), text)
        digest = store.put(signed)
        with transaction(session):
            claim.hold()
            specimens.finish(session, session.get_one(Specimen, claim.ref), sha256=digest, size=len(signed))
            claim.done()
        return
    session.rollback()
    with transaction(session):
        claim.done()


def _picture(sha256: str | None) -> bytes | None:
    return store.get(sha256) if sha256 else None


def _sign(page: bytes, text: CertificateText) -> bytes:
    """Signed by nobody who is trusted: authority and key are made here, say TEST, and are forgotten with this call."""
    authority = testca.make_authority("Udgam specimen")
    name = f"TEST {text.officer.name}"[:LONGEST_NAME]
    p12, pem = authority.issue(name, text.agency.name[:LONGEST_NAME], key="p256")
    signer = SoftSigner(p12, testca.PASSPHRASE, "specimen")  # a key that signs nothing else may be used anywhere
    order = Order(
        pdf=page, certificate=signer.certificate, chain=signer.chain, name=name,
        reason=f"Specimen {text.number}, not a certificate", location=text.issue_place, signing_time=clock.now(),
    )  # fmt: skip
    signed = signer.start(order)
    if isinstance(signed, Later):
        raise TypeError("a soft key signs at once")
    verdict = judge(signed, [authority.roots_pem], certcheck.read(pem).sha256)
    if not verdict.ok:
        raise RuntimeError(f"the specimen's signature does not hold: {verdict.sentence}")
    return signed


@queue.when_dead(specimens.JOB)
def _gave_up(session: Session, job: Job) -> None:
    """The specimen says what was wrong; another can be made."""
    row = session.get_one(Specimen, job.ref)
    if row.state == "PROMISED":
        specimens.fail(session, row, job.error)
