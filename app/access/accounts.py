"""Make an account: a name to log in with, its e-mail address and a password that is only kept as a hash."""

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.core.errors import NotFound


def account(session: Session, email: str, full_name: str, password: str) -> User:
    """The account with this e-mail address, made if it is not there; the address is also the name to log in with."""
    address = email.strip().lower()
    user = session.scalar(select(User).where(User.username == address))
    if user is None:
        first, _, last = full_name.partition(" ")
        user = User(username=address, email=address, first_name=first[:64], last_name=last[:64], active=True)
        user.password = generate_password_hash(password)
        session.add(user)
        session.flush()
    return user


def exists(session: Session, email: str) -> bool:
    """Whether an account with this address is there, of whatever kind."""
    return session.scalar(select(User.id).where(User.username == email.strip().lower())) is not None


def named(session: Session, email: str) -> User:
    """The account with this address; NotFound when there is none."""
    user = session.scalar(select(User).where(User.username == email.strip().lower()))
    if user is None:
        raise NotFound(f"There is no account with the address {email}.")
    return user


def switch(session: Session, user_id: int, *, on: bool) -> None:
    """Let an account log in, or not."""
    session.get_one(User, user_id).active = on


def is_active(session: Session, user_id: int) -> bool:
    """May this account log in at all?"""
    active = select(User.active).where(User.id == user_id)
    return bool(session.scalar(active, execution_options={"unscoped": True}))


def demonstration_accounts(session: Session) -> int:
    """How many active accounts of the demonstration there are; a production server must have none."""
    query = select(func.count()).select_from(User).where(User.username.like("%.example"), User.active.is_(True))
    return session.scalar(query) or 0
