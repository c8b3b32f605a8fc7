"""From approval to issue: number the certificate, freeze its words, promise the signing, and make it valid, each once.

Approval and the number are one transaction; the worker renders and signs outside any transaction (jobs.py); `finish`
makes the certificate valid, takes the fee and supersedes what it replaces in one more.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agencies import service as agencies
from app.agencies.models import AgencyUser
from app.agencies.people import DEPARTED
from app.applications import payload
from app.applications.desk import held
from app.applications.models import Application
from app.applications.moves import arrive, begin, must_hold, price_of, tell_firm, verb
from app.applications.numbers import certificates_of, take
from app.applications.rules import LIFE as LIFE_OF_APPLICATION
from app.audit.service import record
from app.certificates import in_lieu, reviewed
from app.certificates.corrections import corrections, printed
from app.certificates.hand import Hand, hand_for
from app.certificates.models import Certificate, Leaf
from app.certificates.render import TEMPLATE_VERSION
from app.certificates.rules import LIFE, CertificateStatus, Leaves
from app.certificates.snapshot import text_of
from app.core import clock
from app.core.actor import SYSTEM_ACTOR, Actor, Role
from app.core.canonical import canonical_json, sha256_hex
from app.core.certificate_number import format_number, normalise
from app.core.errors import BusinessError, NotAllowed
from app.exporters import service as exporters
from app.infra.db import lock
from app.infra.queue import URGENT, Job, JobState, promise
from app.infra.settings import setting
from app.infra.tenancy import must_see
from app.notices.rules import Kind as Told
from app.notices.service import tell
from app.wallet import service as wallet

_UNSCOPED = {"unscoped": True}
JOB = "certificate.issue"
UNSIGNED = ("APPROVED", "SIGN_FAILED")


@verb("approve")
def approve(session: Session, application: Application, actor: Actor, *, origin_criteria_checked: bool = False,
            hand: Hand | None = None) -> Certificate:  # fmt: skip
    """Approve what the exporter signed: number reserved, words frozen; with a signer that needs no hand, signing follows.

    The trail says whether the officer ticked the statement on the origin criteria or made it by approving (decision 0007).
    `hand` is who signs, where whoever calls has asked that already for this office and transaction.
    """
    move = begin(session, application, actor, "approve")
    must_hold(session, application, actor)
    hand = hand_for(session, application.office, actor, hand)
    if payload.digest(application) != application.payload_sha256:
        raise BusinessError("The application is not the one the exporter signed. Raise a query, so that it is signed again.")
    certificate = _prepare(session, application, hand.officer, clock.now())
    application.certificate_id, application.decided_at = certificate.id, clock.now()
    arrive(session, application, actor, move, number=certificate.number, data_sha256=certificate.data_sha256,
           origin_criteria="ticked" if origin_criteria_checked else "stated by approving",
           endorsements=certificate.endorsements, **hand.detail)  # fmt: skip
    if hand.by_itself:
        sign(session, application, actor, hand=hand)
    elif hand.sitting_id is None:
        tell_firm(session, application, "Approved, pending issuance:", Told.DECISION)
    return certificate


def _prepare(session: Session, application: Application, officer: AgencyUser, now: datetime) -> Certificate:
    """The certificate's row with everything that will be printed; the counter's row is locked last and briefly."""
    office, firm = application.office, exporters.firm(session, application.exporter_id)
    year, token = clock.india(now).year, base64.b32encode(secrets.token_bytes(20)).decode().lower()
    replaced = in_lieu.replaced_by(session, application)
    sequence = take(session, certificates_of(office.agency_id, office.id, year))
    number = format_number(office.agency.code, year, office.code, sequence)
    text = text_of(application, firm, officer, number, token, now, in_lieu.former(replaced) if replaced else None)
    changes = corrections(replaced.data_snapshot, text.to_dict()) if replaced else []
    if replaced and not changes:
        raise BusinessError(f"Nothing that is printed differs from certificate {replaced.number}. Reject it, or raise a query.")
    text = replace(text, changed=printed(changes, text.back_to_back))
    snapshot = text.to_dict()
    certificate = Certificate(
        application_id=application.id, live_application_id=application.id, exporter_id=application.exporter_id,
        desk_agency_id=office.agency_id, desk_office_id=office.id, agency_id=office.agency_id, office_id=office.id,
        year=year, sequence=sequence, number=number, number_norm=normalise(number), verify_token=token,
        kind=application.kind, exporter_name=application.exporter_name, consignee_name=application.consignee_name,
        destination_country=application.destination_country, agency_name=office.agency.name, office_name=office.name,
        officer_id=officer.id, officer_name=officer.full_name, data_snapshot=snapshot,
        data_sha256=sha256_hex(canonical_json(snapshot)), payload_sha256=application.payload_sha256,
        template_version=TEMPLATE_VERSION, stamp_sha256=office.stamp_sha256, signature_image_sha256=officer.signature_sha256,
        approved_at=now, issue_date=clock.india_today(now), issue_place=office.city,
        endorsements=[*text.endorsements, *text.evidence], changed_fields=changes,
        supersedes_id=replaced.id if replaced else None,
    )  # fmt: skip
    session.add(certificate)
    session.flush()
    whose = {"exporter_id": certificate.exporter_id, "desk_agency_id": office.agency_id, "desk_office_id": office.id}
    session.add(Leaf(certificate_id=certificate.id, kind=Leaves.ELECTRONIC.value, **whose))
    session.flush()
    return certificate


@verb("sign")
def sign(session: Session, application: Application, actor: Actor, *, hand: Hand | None = None) -> None:
    """Send the approved certificate for signing; a second press finds it on its way and is refused by the table."""
    move = begin(session, application, actor, "sign")
    certificate = of_application(session, application)
    if certificate.officer_id != actor.agency_user_id:
        raise NotAllowed(f"{certificate.officer_name} approved this and signs it.")
    hand = hand_for(session, application.office, actor, hand)
    reviewed.must_be_as_approved(session, certificate)
    promise_issue(session, certificate, hand.priority)
    arrive(session, application, actor, move, number=certificate.number, **hand.detail)


def promise_issue(session: Session, certificate: Certificate, priority: int = URGENT) -> None:
    """The worker's part, promised; a job that has done what it could (prepared for a token, given up) starts again."""
    key = f"issue:certificate:{certificate.id}"
    done = select(Job).where(Job.key == key, Job.state == JobState.DONE)
    for job in session.scalars(done, execution_options=_UNSCOPED):
        job.state = JobState.DEAD
    session.flush()
    promise(session, JOB, key, ref=certificate.id, agency_id=certificate.agency_id, priority=priority)


@verb("recall")
def recall(session: Session, application: Application, actor: Actor) -> None:
    """Take an approval back before it is signed; the number is void for ever."""
    move = begin(session, application, actor, "recall")
    certificate = of_application(session, application)
    if certificate.officer_id != actor.agency_user_id:
        raise NotAllowed(f"{certificate.officer_name} approved this and may recall it.")
    _void(session, application, lock(session, certificate), "recalled before signing")
    arrive(session, application, actor, move, voided=certificate.number)


def take_back(session: Session, person: AgencyUser) -> Callable[[Actor], None]:
    """What an officer who leaves has approved and not signed goes back to the queue; the numbers are void for ever.

    What is on its way to be signed is refused by the worker, and the administrator gives it up.
    """
    prepared = select(Certificate).where(Certificate.officer_id == person.id, Certificate.status == CertificateStatus.PREPARED)
    of_them = prepared.with_only_columns(Certificate.application_id)
    waiting = [row for row in held(session, select(Application).where(Application.id.in_(of_them))) if row.status in UNSIGNED]
    pairs = [(row, lock(session, of_application(session, row))) for row in waiting]

    def settle(actor: Actor) -> None:
        for application, certificate in pairs:
            send_back(session, application, certificate, actor)

    return settle


def send_back(session: Session, application: Application, certificate: Certificate, actor: Actor) -> None:
    """An approved application whose officer left goes to the queue again; both rows are locked already."""
    move = LIFE_OF_APPLICATION.check("take_back", application.status, Role.SYSTEM)
    application.assigned_officer_id = None
    _void(session, application, certificate, "the officer was deactivated before signing")
    arrive(session, application, actor, move, "the officer was deactivated", voided=certificate.number)


DEPARTED.append(take_back)


@verb("give_up")
def give_up(session: Session, application: Application, actor: Actor, *, reason: str) -> None:
    """The system could not deliver: the number is voided and the fee given back."""
    move = begin(session, application, actor, "give_up")
    certificate = of_application(session, application)
    wallet.release(session, application.exporter_id, application.id, actor, "the certificate could not be issued")
    _void(session, application, certificate, reason)
    application.decision_reason, application.decided_at = reason, clock.now()
    arrive(session, application, actor, move, reason, voided=certificate.number)
    tell_firm(session, application, "Could not be issued; the fee was given back:", Told.ISSUE)


def _void(session: Session, application: Application, certificate: Certificate, reason: str) -> None:
    """The number of a certificate whose row is held already is never used again."""
    _moved(session, certificate, SYSTEM_ACTOR, "void", reason)
    certificate.live_application_id = None
    application.certificate_id = None


def of_application(session: Session, application: Application) -> Certificate:
    """The one living certificate of an application."""
    query = select(Certificate).where(Certificate.live_application_id == application.id)
    return session.scalars(query, execution_options=_UNSCOPED).one()


def move_to(session: Session, certificate: Certificate, actor: Actor, name: str, reason: str = "") -> None:
    """Make a move of the certificate's own table."""
    _moved(session, lock(session, certificate), actor, name, reason)


def _moved(session: Session, certificate: Certificate, actor: Actor, name: str, reason: str) -> None:
    move = LIFE.check(name, certificate.status, actor.role)
    certificate.status, certificate.status_since = move.to or certificate.status, clock.now()
    certificate.status_reason = reason or certificate.status_reason
    record(session, actor, move.event, certificate, reason=reason, number=certificate.number)


def finish(
    session: Session, certificate: Certificate, *, signed_sha256: str, size: int, dsc_sha256: str, signed_at: datetime,
    level: str = "", stamped_at: datetime | None = None,
) -> None:  # fmt: skip
    """The signed file is stored and judged: valid from now, the fee taken, and what it replaces superseded."""
    application = session.get_one(Application, certificate.application_id)
    move = begin(session, application, SYSTEM_ACTOR, "issue")
    old = session.get_one(Certificate, certificate.supersedes_id) if certificate.supersedes_id else None
    if old is not None:
        lock(session, old)  # before the wallet, as a submission does, and before the first event is recorded: see audit
    wallet.capture(session, application.exporter_id, application.id, application.agency_id, price_of(application), SYSTEM_ACTOR)
    certificate.sha256, certificate.dsc_sha256 = signed_sha256, dsc_sha256
    certificate.issued_at, certificate.signature_time = clock.now(), signed_at
    certificate.signature_level, certificate.stamped_at = level, stamped_at
    certificate.archive_due = clock.now() + timedelta(hours=setting("ARCHIVE_HOURS"))
    move_to(session, certificate, SYSTEM_ACTOR, "issue")
    leaf = electronic(certificate)
    leaf.signed_sha256, leaf.size = signed_sha256, size
    if old is not None:
        move_to(session, old, SYSTEM_ACTOR, "supersede", f"replaced by {certificate.number}")
        old.superseded_by_id = certificate.id
    arrive(session, application, SYSTEM_ACTOR, move, number=certificate.number, sha256=signed_sha256)
    tell_firm(session, application, f"Certificate {certificate.number} is issued:", Told.ISSUE)


def wait(session: Session, certificate: Certificate, reason: str) -> None:
    """Signing goes on as soon as what it needs is back; until then the application says what that is."""
    application = session.get_one(Application, certificate.application_id)
    if application.status == "SIGNING" and application.waiting_for != reason[:300]:
        application.waiting_for = reason[:300]


def fail(session: Session, certificate: Certificate, reason: str) -> None:
    """Signing was given up for now; the officer sees why and may press Sign again, with the same number."""
    application = session.get_one(Application, certificate.application_id)
    if application.status != "SIGNING":
        return
    move = begin(session, application, SYSTEM_ACTOR, "fail")
    arrive(session, application, SYSTEM_ACTOR, move, reason, number=certificate.number)
    officer = agencies.officer(session, certificate.officer_id)
    words, page = f"Signing failed for {application}: {reason}", f"/applications/{application.id}"
    tell(session, [officer.user_id], words, page, kind=Told.ISSUE)


def electronic(certificate: Certificate) -> Leaf:
    """The electronic leaf, the one that is signed."""
    return next(leaf for leaf in certificate.leaves if leaf.kind == Leaves.ELECTRONIC)


def propose_revocation(session: Session, certificate: Certificate, actor: Actor, *, reason: str) -> None:
    """The agency's administrator asks DGFT to revoke."""
    must_see(actor, certificate)
    move_to(session, certificate, actor, "propose_revocation", reason)
    certificate.revocation_proposed_by_id = actor.user_id


def revoke(session: Session, certificate: Certificate, actor: Actor, *, reason: str) -> None:
    """DGFT confirms: from now on the verify page says REVOKED. Nobody confirms their own proposal."""
    must_see(actor, certificate)
    LIFE.check("revoke", certificate.status, actor.role)
    if certificate.revocation_proposed_by_id is None:
        raise BusinessError("The agency has not proposed to revoke this certificate.")
    move_to(session, certificate, actor, "revoke", reason)
    application = session.get_one(Application, certificate.application_id, execution_options=_UNSCOPED)
    tell_firm(session, application, f"Certificate {certificate.number} was revoked:", Told.DECISION)


# leaves.py adds the prints of the paper leaves.
CERTIFICATE_VERBS: dict[str, Callable[..., Any]] = {"propose_revocation": propose_revocation, "revoke": revoke}
