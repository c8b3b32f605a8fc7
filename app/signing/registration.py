"""Register a digital signature certificate in two steps, send it and sign a text with its key; and give it up at once."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotAllowed, WrongState
from app.core.text import clean
from app.infra import keystore
from app.infra.db import lock
from app.infra.tenancy import must_see
from app.notices.rules import Kind
from app.notices.service import tell
from app.signing import demonstration, pkcs11, service
from app.signing.diagnosis import (
    CHALLENGE_EXPIRED,
    NO_PRIVATE_KEY,
    PRIVATE_KEY_SENT,
    Diagnosis,
    Unfit,
    diagnose,
    holds_private_key,
)
from app.signing.models import DscChallenge, DscRegistration
from app.signing.payload import sign_payload
from app.signing.proof import proves

_UNSCOPED = {"unscoped": True}
TIME_TO_SIGN = timedelta(minutes=15)
HOLDERS = frozenset({Role.OFFICER, Role.PRIMARY, Role.APPLICANT, Role.BROKER})
PAGE = "/dsc/"

# Agencies sit above signing; whom else a certificate concerns (its agency's administrators), they add here.
ALSO_TOLD: list[Callable[[Session, DscRegistration], Iterable[int | None]]] = []

# Firms and customs brokers sit above signing, too: whose name an organisation's certificate has to bear, they say here.
ORGANISATIONS: list[Callable[[Session, Actor], str | None]] = []


def begin(
    session: Session, actor: Actor, *, certificate: bytes, chain: bytes = b"", backend: str = "DESK_AGENT", key_ref: str = ""
) -> DscChallenge:
    """A text to be signed within 15 minutes with the key of this certificate; Unfit with every finding when it will not do."""
    user_id = must_hold(actor)
    seen = look(session, actor, certificate, chain)
    if seen.findings:
        raise Unfit(seen.findings)
    challenge = DscChallenge(
        user_id=user_id, backend=backend, certificate_pem=seen.certificate_pem, chain_pem=seen.chain_pem, key_ref=key_ref,
        nonce=secrets.token_hex(32), expires_at=clock.now() + TIME_TO_SIGN,
    )  # fmt: skip
    session.add(challenge)
    session.flush()
    record(session, actor, "certificate registration begun", challenge, sha256=seen.facts.sha256, backend=backend)
    return challenge


def begin_in_hsm(session: Session, actor: Actor, *, key_ref: str) -> DscChallenge:
    """The same for a key in the server's hardware security module; only an agency's officers have keys there."""
    chosen = [key for key in keys_in_hsm(session, actor) if str(key.place) == key_ref]
    if not chosen:
        raise InvalidInput([Fault("key", "This key is not among yours in the hardware security module. Choose one of the list.")])
    return begin(session, actor, certificate=chosen[0].certificate, backend="PKCS11", key_ref=key_ref)


def begin_demonstration(session: Session, actor: Actor) -> DscChallenge:
    """The same for a new test key of the demonstration's own authority; refused everywhere else."""
    user_id = must_hold(actor)
    if not demonstration.is_offered():
        raise NotAllowed("Demonstration certificates are made on a demonstration server only: register your own certificate.")
    old = service.active_registration(session, user_id)
    key_ref = f"demo-{user_id}-{secrets.token_hex(4)}"
    firm = _organisation(session, actor) or (old.subject_o if old else "Udgam Demonstration")
    certificate, chain = demonstration.new_key(key_ref, actor.own_name, firm)
    return begin(session, actor, certificate=certificate, chain=chain, backend="SOFT", key_ref=key_ref)


def sign_here(challenge: DscChallenge, text: str) -> bytes:
    """The answer to a challenge whose key this server can reach: asked for outside any transaction, the module may be slow."""
    if challenge.backend == "PKCS11":
        return pkcs11.hsm().sign(challenge.key_ref, text.encode())
    if challenge.backend == "SOFT":
        return sign_payload(*keystore.load(challenge.key_ref), text.encode())
    raise BusinessError("Only you can sign this text: the key is not on this server.")


def answer(session: Session, challenge: DscChallenge, actor: Actor, *, answer: bytes) -> DscRegistration:
    """Whoever signed the challenge holds the key: the certificate becomes the account's active one, the older one is replaced.

    WrongState when it was answered before; Unfit when it is too late, the signature is another's, or the certificate
    would not do any more.
    """
    user_id = must_hold(actor)
    must_see(actor, challenge)
    lock(session, challenge)
    now = clock.now()
    if challenge.used_at is not None:
        raise WrongState("This text was signed and used already: send the certificate again to begin anew.")
    if now > challenge.expires_at:
        raise Unfit([CHALLENGE_EXPIRED], "answer")
    if holds_private_key(answer):
        raise Unfit([PRIVATE_KEY_SENT], "answer")
    certificate, chain = challenge.certificate_pem.encode(), challenge.chain_pem.encode()
    seen = look(session, actor, certificate, chain)
    wrong = [] if proves(certificate, challenge.nonce, answer) else [NO_PRIVATE_KEY]
    if wrong or seen.findings:
        raise Unfit([*wrong, *seen.findings], "answer" if wrong else "certificate")
    challenge.used_at = now
    row = _bind(session, challenge, actor, seen, user_id)
    row.proof_of_possession_at = now
    record(session, actor, "certificate registered", row, sha256=row.sha256, backend=row.backend, until=row.not_after.isoformat())
    told = f"Your digital signature certificate is registered; it is valid until {clock.day(_end(row))}."
    tell(session, [user_id], told, PAGE, kind=Kind.ACCOUNT)
    return row


def revoke(session: Session, actor: Actor, *, reason: str) -> DscRegistration:
    """Give up one's own active certificate at once: nothing is signed with it from here on, queued signing included."""
    user_id = must_hold(actor)
    said = _reason(reason)
    row = service.active_registration(session, user_id)
    if row is None:
        raise WrongState("You have no active certificate to revoke.")
    lock(session, row)
    if row.status != "ACTIVE":
        raise WrongState("You have no active certificate to revoke.")
    end(session, row, actor, "REVOKED", said)
    return row


def end(session: Session, row: DscRegistration, actor: Actor, status: str, reason: str) -> None:
    """An active registration, already locked, becomes REVOKED or EXPIRED; holder and administrators are told."""
    row.status, row.ended_at, row.end_reason = status, clock.now(), reason
    record(session, actor, f"certificate {status.lower()}", row, reason=reason, sha256=row.sha256)
    words = {"REVOKED": "was revoked", "EXPIRED": "has expired"}[status]
    note = f"The digital signature certificate of {row.subject_cn} {words}: nothing can be signed with it any more."
    tell(session, [row.user_id], note, PAGE, kind=Kind.ACCOUNT)
    tell(session, concerned(session, row), note, kind=Kind.ACCOUNT)


def concerned(session: Session, row: DscRegistration) -> list[int]:
    """The accounts of others whom this certificate concerns."""
    return sorted({user for ask in ALSO_TOLD for user in ask(session, row) if user is not None and user != row.user_id})


def look(session: Session, actor: Actor, certificate: bytes, chain: bytes) -> Diagnosis:
    """What the doctor says of this certificate for this account now; changes nothing."""
    seen = diagnose(certificate, chain, holder_name=actor.own_name, now=clock.now())
    if firm := _organisation(session, actor):
        seen = seen.of(firm)
    same = select(DscRegistration).where(DscRegistration.sha256 == seen.facts.sha256)
    others = session.scalars(same, execution_options=_UNSCOPED).all()
    return seen.known(others, actor.user_id)


def keys_in_hsm(session: Session, actor: Actor) -> list[pkcs11.HsmKey]:
    """The keys in the module made out to this officer and not registered to anybody now."""
    must_hold(actor)
    if actor.role is not Role.OFFICER:
        raise NotAllowed("Only an agency's officers have keys in this server's hardware security module.")
    taken = select(DscRegistration.sha256).where(DscRegistration.status == "ACTIVE")
    registered = set(session.scalars(taken, execution_options=_UNSCOPED))
    return [key for key in pkcs11.hsm().signing_keys() if key.is_of(actor.own_name) and key.sha256 not in registered]


def history(session: Session, actor: Actor) -> list[DscRegistration]:
    """Every registration of this account, the newest first."""
    own = select(DscRegistration).where(DscRegistration.user_id == actor.user_id).order_by(DscRegistration.id.desc())
    return list(session.scalars(own))


def waiting(session: Session, actor: Actor) -> DscChallenge | None:
    """The newest text of this account that still waits for a signature."""
    own = select(DscChallenge).where(DscChallenge.user_id == actor.user_id, DscChallenge.backend == "DESK_AGENT")
    still = own.where(DscChallenge.used_at.is_(None), DscChallenge.expires_at > clock.now())
    return session.scalar(still.order_by(DscChallenge.id.desc()).limit(1))


def must_hold(actor: Actor) -> int:
    """The account of somebody who may have a certificate; NotAllowed for everybody else."""
    if actor.role not in HOLDERS or actor.user_id is None:
        raise NotAllowed(
            "Officers, and those of a firm who submit applications, register a certificate; your role signs nothing."
        )
    if actor.read_only:
        raise NotAllowed(actor.read_only)
    return actor.user_id


def _organisation(session: Session, actor: Actor) -> str:
    """The firm or customs broker this person belongs to; empty for officers, whose agency confirms them."""
    return next(filter(None, (ask(session, actor) for ask in ORGANISATIONS)), "")


def _bind(session: Session, challenge: DscChallenge, actor: Actor, seen: Diagnosis, user_id: int) -> DscRegistration:
    """The row; of two registrations at the same moment one wins."""
    try:
        with session.begin_nested():
            return service.register(
                session, seen.facts, user_id=user_id, kind="OFFICER" if actor.role is Role.OFFICER else "INDIVIDUAL",
                backend=challenge.backend, certificate_pem=seen.certificate_pem, chain_pem=seen.chain_pem,
                key_ref=challenge.key_ref, agency_id=actor.agency_id, exporter_id=actor.exporter_id,
            )  # fmt: skip
    except IntegrityError as error:
        raise WrongState("Another registration came in at this very moment. Look which one is active now.") from error


def _reason(reason: str) -> str:
    try:
        said = clean(reason, 500)
    except BusinessError as error:
        raise InvalidInput([Fault("reason", f"Reason: {error.sentence}")]) from error
    if len(said) < 5:
        raise InvalidInput([Fault("reason", "Reason: say in a few words why, such as «token lost».")])
    return said


def _end(row: DscRegistration) -> datetime:
    return clock.india(row.not_after)
