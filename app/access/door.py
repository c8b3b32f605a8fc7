"""One lock for every place where a password or a code is typed: too many wrong ones, and the door is shut for a while."""

from sqlalchemy.orm import Session

from app.access import service
from app.infra.db import transaction
from app.infra.settings import setting


def is_shut(session: Session, account: str, address: str) -> bool:
    """Has this account failed too often from this address, or this address in all?"""
    return service.locked_out(
        session, account, address, window=setting("LOGIN_WINDOW"), per_account=setting("LOGIN_FAILURES"),
        per_address=setting("LOGIN_FAILURES_ADDRESS"),
    )  # fmt: skip


def failed(session: Session, account: str, address: str) -> None:
    """One more wrong password or code, in a transaction of its own: what was refused is rolled back, this is not."""
    with transaction(session):
        service.note_failure(session, account, address)


def passed(session: Session, account: str, address: str) -> None:
    """Password and code were right: the count of this account begins anew here."""
    with transaction(session):
        service.forget_failures(session, account, address)
