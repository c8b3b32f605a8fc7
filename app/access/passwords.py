"""The passwords of accounts: one is issued at first and must be changed, a forgotten one is set anew by a mailed link."""

import secrets
from dataclasses import replace
from datetime import timedelta

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from app.access import rules, service, told
from app.access.models import PasswordLink, SignIn
from app.core import clock
from app.core.actor import PUBLIC_ACTOR, Actor
from app.core.errors import Fault, InvalidInput, NotFound
from app.infra import current
from app.infra.db import lock
from app.infra.settings import setting

ISSUED_FOR = timedelta(hours=72)
LINK_FOR = timedelta(minutes=30)
LINKS_AT_ONCE = 3  # so many links of one account may be open; a fourth is not mailed, and nobody is told
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters that are taken for one another
GONE = "This link is no longer good: it was used, or is older than 30 minutes. Ask for a new one."
WRONG_OLD = "This is not your present password. Type it again."


def sign_in(session: Session, user_id: int) -> SignIn:
    """The row that says how this account logs in, made if it is not there, and locked until the transaction ends."""
    query = select(SignIn).where(SignIn.user_id == user_id)
    row = session.scalar(query)
    if row is None:
        row = SignIn(user_id=user_id, recovery_hashes=[])
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # somebody else made it at this very moment
            row = session.scalars(query).one()
    return lock(session, row)


def issue(session: Session, user: User) -> str:
    """A new password for an account, to be mailed by the caller: good for 72 hours, to be changed at the first log-in.

    Whatever was open with the old password is closed. The caller asks the right and records what it was done for.
    """
    password = "-".join(readable(4) for _ in range(4))
    row = sign_in(session, user.id)
    _set(session, user, row, password)
    row.must_change, row.issued_until = True, clock.now() + ISSUED_FOR
    session.flush()
    return password


def readable(length: int) -> str:
    """Random letters and digits that can be read out and typed without mistakes."""
    return "".join(secrets.choice(READABLE) for _ in range(length))


def has_lapsed(session: Session, user_id: int) -> bool:
    """Is this account's password an issued one whose 72 hours are over? It opens nothing any more."""
    until = session.scalar(select(SignIn.issued_until).where(SignIn.user_id == user_id))
    return until is not None and until < clock.now()


def change(session: Session, user: User, actor: Actor, old: str, new: str, keep: str = "") -> None:
    """Somebody changes the own password; every other session ends (`keep` is the token of the one in use).

    Refuses (InvalidInput) a wrong old password, and a new one that rules.why_not does not take.
    """
    row = sign_in(session, user.id)
    if not check_password_hash(user.password, old):
        raise InvalidInput([Fault("old", WRONG_OLD)])
    _must_be_good(user, new)
    _set(session, user, row, new, keep)
    told.changed(session, actor, user, row, "password changed", "The password of your Udgam account was changed")


def forgot(session: Session, email: str) -> None:
    """Mail a link for a new password, good once and for 30 minutes, if an active account has this address.

    The asker learns nothing: the work is much the same either way, and there is no answer.
    """
    address = email.strip().lower()
    user = session.scalar(select(User).where(User.username == address, User.active.is_(True)))
    token = secrets.token_urlsafe(32)
    generate_password_hash(token)  # so much work that a row more or less cannot be told by the clock
    if user is None or _open_links(session, user.id) >= LINKS_AT_ONCE:
        return
    link = PasswordLink(token_sha256=service.digest(token), user_id=user.id, expires_at=clock.now() + LINK_FOR)
    session.add(link)
    told.mail(
        session, user, "Set a new password",
        f"somebody, probably you, asked for a new password. Set it here within 30 minutes:\n\n"
        f"{setting('BASE_URL')}/password/{token}\n\n"
        "If you did not ask, do nothing: your password stays as it is.",
    )  # fmt: skip


def link_user(session: Session, token: str) -> User:
    """Whose password this link sets; refused (NotFound) when it is no longer good."""
    found = session.execute(
        select(PasswordLink, User)
        .join(User, User.id == PasswordLink.user_id)
        .where(PasswordLink.token_sha256 == service.digest(token), User.active.is_(True))
    ).one_or_none()
    if found is None or found[0].used_at is not None or found[0].expires_at < clock.now():
        raise NotFound(GONE)
    user: User = found[1]
    return user


def reset(session: Session, token: str, new: str, address: str = "") -> None:
    """Set a new password by a mailed link: the link is used up, and every session of the account ends.

    Refuses (NotFound) a link that is used or too old, and (InvalidInput) a password that cannot be taken: then the link
    stays good. The second factor, if there is one, stays as it is.
    """
    user = link_user(session, token)
    _must_be_good(user, new)
    row = sign_in(session, user.id)
    this = update(PasswordLink).where(PasswordLink.user_id == user.id, PasswordLink.used_at.is_(None))
    if session.execute(  # type: ignore[attr-defined]  # CursorResult
        this.where(PasswordLink.token_sha256 == service.digest(token)).values(used_at=clock.now())
    ).rowcount != 1:  # fmt: skip
        raise NotFound(GONE)  # somebody else was a moment faster
    session.execute(this.values(used_at=clock.now()))
    _set(session, user, row, new)
    told.changed(
        session, _owner(session, user, address), user, row, "password set by a mailed link",
        "A new password was set for your Udgam account by the link we had mailed you",
    )  # fmt: skip


def _set(session: Session, user: User, row: SignIn, new: str, keep: str = "") -> None:
    user.password = generate_password_hash(new)
    row.must_change, row.issued_until, row.password_changed_at = False, None, clock.now()
    service.close_all(session, user.id, keep)


def _must_be_good(user: User, new: str) -> None:
    reason = rules.why_not(new, user.email, f"{user.first_name} {user.last_name}")
    if not reason and check_password_hash(user.password, new):
        reason = rules.THE_SAME
    if reason:
        raise InvalidInput([Fault("new", reason)])


def _open_links(session: Session, user_id: int) -> int:
    mine = PasswordLink.user_id == user_id
    query = select(func.count()).select_from(PasswordLink).where(mine, PasswordLink.expires_at > clock.now())
    return session.scalar(query) or 0


def _owner(session: Session, user: User, address: str) -> Actor:
    """The owner of an account as an actor, without a log-in: the link has shown who it is."""
    found = next(filter(None, (resolve(session, user.id) for resolve in current.RESOLVERS)), None)
    return replace(found or replace(PUBLIC_ACTOR, user_id=user.id), ip=address)
