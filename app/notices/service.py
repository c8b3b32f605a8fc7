"""Put a line on people's bells, and take note that they read it."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.notices.models import Notice


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
