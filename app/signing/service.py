"""Which digital signature certificate an account has registered, and the signer that goes with it."""

import base64

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import BusinessError, WrongState
from app.infra import keystore
from app.signing.models import DscRegistration
from app.signing.payload import sign_payload
from app.signing.rules import CertificateFacts


def active_registration(session: Session, user_id: int | None) -> DscRegistration | None:
    """The one active registration of an account, or None; somebody without an account has none."""
    query = select(DscRegistration).where(DscRegistration.user_id == user_id, DscRegistration.status == "ACTIVE")
    return session.scalar(query, execution_options={"unscoped": True})


def register(session: Session, facts: CertificateFacts, *, user_id: int, kind: str, backend: str, certificate_pem: str,
             chain_pem: str = "", key_ref: str = "", agency_id: int | None = None,
             exporter_id: int | None = None) -> DscRegistration:  # fmt: skip
    """Bind a certificate to an account; an older active one stays in the books as REPLACED."""
    old = active_registration(session, user_id)
    if old is not None:
        old.status, old.ended_at, old.end_reason = "REPLACED", clock.now(), "A newer certificate was registered."
        session.flush()
    row = DscRegistration(
        user_id=user_id, agency_id=agency_id, exporter_id=exporter_id, kind=kind, backend=backend,
        subject_cn=facts.subject_cn, subject_o=facts.subject_o, subject_serial=facts.subject_serial,
        issuer_dn=facts.issuer_dn, serial_hex=facts.serial_hex, sha256=facts.sha256,
        not_before=facts.not_before, not_after=facts.not_after, key_usage=sorted(facts.key_usage),
        certificate_pem=certificate_pem, chain_pem=chain_pem, key_ref=key_ref,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def must_be_registered(session: Session, user_id: int, certificate_pem: str) -> DscRegistration:
    """The active registration of an account, when it is of this very certificate and has not ended."""
    registration = usable(session, user_id)
    if registration.certificate_pem.strip() != certificate_pem.strip():
        raise WrongState("This was signed with a certificate that is not your registered one any more. Sign it again.")
    return registration


def is_at_desk(session: Session, user_id: int | None) -> bool:
    """Whether this account signs with a token, through the desk agent."""
    registration = active_registration(session, user_id)
    return registration is not None and registration.backend == "DESK_AGENT"


def usable(session: Session, user_id: int | None) -> DscRegistration:
    """The active registration of an account; refused when there is none, or when its certificate has ended."""
    registration = active_registration(session, user_id)
    now = clock.now()
    if registration is None:
        raise BusinessError("You have no e-signature yet: register a digital signature certificate, then submit.")
    if not registration.not_before <= now < registration.not_after:
        raise BusinessError("Your digital signature certificate has expired: register a new one, then submit.")
    return registration


def esign(session: Session, user_id: int, data: bytes) -> tuple[str, str]:
    """A person's e-signature over bytes, by a key that is here: (base64 signature, PEM certificate); refused without one."""
    registration = usable(session, user_id)
    if registration.backend != "SOFT":
        raise WrongState("The key of your certificate is on your token: it signs there, through the desk agent.")
    p12, passphrase = keystore.load(registration.key_ref)
    signature = sign_payload(p12, passphrase, data)
    return base64.b64encode(signature).decode(), registration.certificate_pem
