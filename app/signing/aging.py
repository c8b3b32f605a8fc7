"""What time does to registered certificates: they are reminded of, they end, and their authority may have revoked them."""

from collections.abc import Sequence

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import clock
from app.core.actor import SYSTEM_ACTOR
from app.infra.db import lock
from app.notices.rules import Kind
from app.notices.service import mail, tell
from app.signing import trust
from app.signing.diagnosis import diagnose
from app.signing.models import DscChallenge, DscRegistration
from app.signing.registration import PAGE, concerned, end
from app.signing.rules import Code, reminder
from app.signing.trust import RevocationList


def look_after(session: Session, registration_id: int, lists: Sequence[RevocationList]) -> None:
    """One registered certificate: ended when its time is over or a list names it, else its holder reminded when it is time."""
    row = lock(session, session.get_one(DscRegistration, registration_id))
    if row.status != "ACTIVE":
        return
    now = clock.now()
    if now >= row.not_after:
        end(session, row, SYSTEM_ACTOR, "EXPIRED", f"It ended on {clock.day(clock.india_today(row.not_after))}.")
    elif sentence := _revoked_by_authority(row, lists):
        end(session, row, SYSTEM_ACTOR, "REVOKED", sentence)
    elif due := reminder(clock.days_between(now, row.not_after), row.reminded_days):
        _remind(session, row, due)


def active(session: Session) -> list[int]:
    """The ids of all active registrations."""
    return list(
        session.scalars(select(DscRegistration.id).where(DscRegistration.status == "ACTIVE").order_by(DscRegistration.id))
    )


def forget_challenges(session: Session) -> None:
    """Texts that nobody signed in time are no use to anybody."""
    unused = select(DscChallenge).where(DscChallenge.used_at.is_(None), DscChallenge.expires_at < clock.now())
    for challenge in session.scalars(unused):
        session.delete(challenge)


def _revoked_by_authority(row: DscRegistration, lists: Sequence[RevocationList]) -> str:
    """The sentence, when a list names the certificate and the list itself holds; empty otherwise."""
    certificate = row.certificate_pem.encode()
    if not any(each.names(trust.loaded(certificate)) for each in lists):
        return ""
    seen = diagnose(certificate, row.chain_pem.encode(), holder_name=row.subject_cn, now=clock.now(), lists=list(lists))
    return next((finding.sentence for finding in seen.findings if finding.code is Code.REVOKED), "")


def _remind(session: Session, row: DscRegistration, due: int) -> None:
    """By bell and mail to the holder and to whom else it concerns."""
    left = clock.days_between(clock.now(), row.not_after)
    days = {0: "today", 1: "tomorrow"}.get(left, f"in {left} days")
    row.reminded_days = due
    record(session, SYSTEM_ACTOR, "certificate reminder sent", row, days_left=left)
    note = f"The digital signature certificate of {row.subject_cn} ends {days}, on {clock.day(clock.india_today(row.not_after))}."
    others = concerned(session, row)
    tell(session, [row.user_id], f"{note} Register a new one before then.", PAGE, kind=Kind.ACCOUNT, mailed=True)
    tell(session, others, note, kind=Kind.ACCOUNT, mailed=True)
    body = (
        f"{note}\n\nAfter that day nothing can be signed with it. Get a new certificate from a licensed certifying authority "
        "and register it under «Register Digital Signature Certificate».\n"
    )
    reached = select(User.email).where(User.id.in_([row.user_id, *others]), User.active.is_(True))
    for address in session.scalars(reached.order_by(User.id)).all():
        mail(session, address, f"A digital signature certificate ends {days}", body)
