"""The record of a certificate as a sealed PDF: asked for on its page, made by the worker, kept a day like other such files."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.audit.service import record
from app.certificates import trail as trails
from app.certificates.models import Bundle, Certificate
from app.certificates.trail_pdf import Fact, RecordText, said
from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError, NotAllowed
from app.infra.queue import promise
from app.infra.tenancy import must_see
from app.notices.service import tell
from app.signing import document_seal

JOB, KIND = "certificate.trail", "TRAIL"


def ask(session: Session, actor: Actor, certificate: Certificate) -> Bundle:
    """Promise the sealed record of one certificate to whoever may read it; it holds no addresses of computers.

    A second press before the first file is made gives the same file. BusinessError where there is no seal.
    """
    must_see(actor, certificate)
    if actor.user_id is None:
        raise NotAllowed("Log in to have the record made.")
    if not document_seal.is_there():
        raise BusinessError(document_seal.NONE)
    waiting = session.query(Bundle).filter_by(user_id=actor.user_id, kind=KIND, state="PROMISED")
    for bundle in waiting:
        if bundle.certificate_ids == [certificate.id]:
            return bundle
    bundle = Bundle(user_id=actor.user_id, kind=KIND, certificate_ids=[certificate.id], total=1)
    session.add(bundle)
    session.flush()
    promise(session, JOB, f"trail:{bundle.id}", ref=bundle.id)
    record(session, actor, "record asked for", certificate)
    return bundle


def ready(session: Session, bundle: Bundle, name: str, size: int, sha256: str) -> None:
    """The file is there: whoever asked is told, and the file is known again when somebody has it checked."""
    bundle.file, bundle.size, bundle.sha256, bundle.state, bundle.ready_at = name, size, sha256, "READY", clock.now()
    tell(session, [bundle.user_id], "The record you asked for is ready", f"/bundles/{bundle.id}")


def text_of(session: Session, actor: Actor, certificate: Certificate) -> RecordText:
    """What the document says, as of now and as far as this actor may read; NotFound when it is not theirs any more."""
    told = trails.trail(session, actor, certificate)
    return RecordText(
        number=certificate.number, verify_url=certificate.verify_url, made_at=clock.stamp(clock.now()),
        facts=_known(_facts(certificate)), signature=_known(_signature(certificate)),
        prints=_known(_prints(certificate, told.rendered_sha256)), trail=told,
        downloads=certificate.download_count, verifications=certificate.verify_count,
    )  # fmt: skip


def _known(facts: Sequence[Fact]) -> list[Fact]:
    return [(name, value) for name, value in facts if value]


def _facts(of: Certificate) -> list[Fact]:
    return [
        ("Number", of.number),
        ("Status", of.status.replace("_", " ").capitalize()),
        ("Reason", of.status_reason), ("Exporter", of.exporter_name),
        ("Consignee", of.consignee_name), ("Office", f"{of.agency_name}, {of.office_name}"), ("Approved", said(of.approved_at)),
        ("Issued", said(of.issued_at)), ("Form of the certificate", of.template_version),
    ]  # fmt: skip


def _signature(of: Certificate) -> list[Fact]:
    if not of.issued_at:
        return [("State", "It is not signed.")]
    return [
        ("Signed by", of.officer_name), ("Signed at", said(of.signature_time)),
        ("Level", f"PAdES {of.signature_level}" if of.signature_level else ""), ("Time stamp", said(of.stamped_at)),
        ("Forms for the archive", str(len(of.revisions) or "")),
    ]  # fmt: skip


def _prints(of: Certificate, rendered: str) -> list[Fact]:
    archived = [(f"Form {form.number} for the archive, {said(form.stamped_at)}", form.sha256) for form in of.revisions]
    return [
        ("What the exporter signed", of.payload_sha256 or ""), ("Words as approved", of.data_sha256 or ""),
        ("Stamp of the office", of.stamp_sha256 or ""), ("Signature image", of.signature_image_sha256 or ""),
        ("Page before signing", rendered), ("Signed file", of.sha256 or ""), ("Signing certificate", of.dsc_sha256 or ""),
        *archived,
    ]  # fmt: skip
