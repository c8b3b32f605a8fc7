"""Put a line on people's bells, take note that they read it, and send them mail."""

import re
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import BusinessError
from app.infra import queue
from app.notices.models import Mail, Notice

MAIL_JOB = "notices.mail"
# One address and nothing beside it: no name, no list, nothing a mail server could read as a command or a second header.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")


def tell(session: Session, user_ids: Iterable[int | None], text: str, url: str = "") -> None:
    """One notice for each account, in the same transaction as what it tells of; who has no account yet has no bell."""
    for user_id in sorted({user_id for user_id in user_ids if user_id is not None}):
        session.add(Notice(user_id=user_id, text=text[:300], url=url))


def unread(session: Session, actor: Actor) -> int:
    """How many notices this person has not read."""
    mine = select(func.count()).select_from(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))
    return session.scalar(mine) or 0


def latest(session: Session, actor: Actor, number: int = 20) -> list[Notice]:
    """The newest notices of this person."""
    mine = select(Notice).where(Notice.user_id == actor.user_id).order_by(Notice.id.desc()).limit(number)
    return list(session.scalars(mine))


def mark_read(session: Session, actor: Actor) -> None:
    """All notices of this person have been read."""
    for notice in session.scalars(select(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None))):
        notice.read_at = clock.now()


def mail(session: Session, recipient: str, subject: str, body: str) -> Mail:
    """Write one mail and promise to send it after the commit; the text is forgotten once it is sent.

    Refuses (BusinessError) what is no single address. A subject is one line of at most 200 letters, whatever a name in it
    contained.
    """
    address = recipient.strip()
    if not ADDRESS.fullmatch(address) or len(address) > 254:
        raise BusinessError("A mail cannot be sent to this address. Correct the e-mail address and try again.")
    row = Mail(recipient=address, subject=" ".join(subject.split())[:200], body=body)
    session.add(row)
    session.flush()
    queue.promise(session, MAIL_JOB, f"mail:{row.id}", ref=row.id, priority=queue.URGENT)
    return row
