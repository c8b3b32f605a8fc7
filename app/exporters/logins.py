"""The account behind a person of DGFT: made without a password, named by the e-mail address, switched off with its sessions."""

import secrets
from functools import cache
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.access import accounts
from app.access.service import close_all


@cache
def nobodys_password() -> str:
    """The hash of a secret that nobody was told, made once: checking it takes as long as any other (10,000 would take hours)."""
    return generate_password_hash(secrets.token_urlsafe(32))


def new(address: str, full_name: str) -> User:
    """An account that opens to nobody until its owner sets a password by the mailed link, or comes through DGFT."""
    user = User(username=address, email=address, active=True, password=nobodys_password())
    call(user, address, full_name)
    return user


def call(user: User, address: str, full_name: str) -> dict[str, Any]:
    """Name an account after its owner, as DGFT has it now; says what changed. The password stays as it is."""
    first, _, last = full_name.partition(" ")
    return put(user, username=address, email=address, first_name=first[:64], last_name=last[:64])


def switch(session: Session, user: User, *, on: bool) -> bool:
    """Let an account in, or not; off ends its sessions at once. Says whether that is a change."""
    if bool(user.active) == on:
        return False
    accounts.switch(session, user.id, on=on)
    if not on:
        close_all(session, user.id)
    return True


def free_address(user: User) -> None:
    """The account gives its address up to whoever has it now; it stays, with its history, under a name nobody writes to."""
    user.username = user.email = f"left-{user.id}@udgam.invalid"


def put(row: Any, **values: Any) -> dict[str, list[Any]]:
    """Set what differs; returns before and after of just that."""
    changes = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    return changes
