"""A request sent twice acts once: the answer to an Idempotency-Key is kept with the change it made and given again."""

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.errors import BusinessError
from app.infra.db import Record

KEPT = timedelta(hours=48)


class KeyReused(BusinessError):
    """The same key came with another request."""


class IdempotencyKey(Record):
    """The answer given to one key of one account; saved in the transaction of the change itself."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("user_id", "key", name="uq_idempotency_key"),)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    key: Mapped[str] = mapped_column(String(200))
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[Any] = mapped_column(JSON)


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same: method, path and body."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


def recall(session: Session, user_id: int, key: str, request_sha256: str) -> tuple[int, Any] | None:
    """The kept (status, body) of this key, or None; KeyReused when the key belongs to a different request."""
    kept = session.scalar(select(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key))
    if kept is None:
        return None
    if kept.request_sha256 != request_sha256:
        raise KeyReused("This Idempotency-Key was used for a different request. Use a new key.")
    return kept.status, kept.body


def remember(session: Session, user_id: int, key: str, request_sha256: str, status: int, body: Any) -> None:
    """Keep the answer, in the same transaction as the change; the unique key stops a twin at the commit."""
    session.add(IdempotencyKey(user_id=user_id, key=key, request_sha256=request_sha256, status=status, body=body))


def forget_old(session: Session) -> None:
    """Drop keys older than two days; a client does not retry that late."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - KEPT))
