"""The second factor: six digits from an app on one's own telephone (RFC 6238), and codes on paper for when it is lost."""

import base64
import hashlib
import hmac
import logging

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import told
from app.access.models import SignIn
from app.access.passwords import readable, sign_in
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import Fault, InvalidInput, NotAllowed, WrongState
from app.infra.settings import setting

log = logging.getLogger(__name__)

STEP = 30  # seconds that a code lasts; the one before and the one after are taken too, for clocks that are off
RECOVERY_CODES = 8
WRONG = "This code is not right, or was used before. Wait for the next one and type it."
NOT_BEGUN = "The set-up was not begun. Press «Begin» first."
IS_ON = "The second factor is on already."
IS_OFF = "The second factor is off."
REQUIRED = "Your role needs the second factor, so it cannot be switched off. With a new telephone, ask for it to be taken off."


def is_required(role: Role) -> bool:
    """Must people of this role log in with a second factor? (setting TOTP_REQUIRED_FOR)"""
    return role.value in setting("TOTP_REQUIRED_FOR")


def row_of(session: Session, user_id: int) -> SignIn | None:
    """How this account logs in, to look at."""
    return session.scalar(select(SignIn).where(SignIn.user_id == user_id))


def is_on(session: Session, user_id: int) -> bool:
    """Does this account log in with a second factor?"""
    row = row_of(session, user_id)
    return row is not None and row.totp_confirmed_at is not None


def begin(session: Session, user: User) -> None:
    """Make a new secret, sealed; it counts for nothing until a first code has confirmed it."""
    row = sign_in(session, user.id)
    if row.totp_confirmed_at is not None:
        raise WrongState(IS_ON)
    row.totp_secret, row.totp_last_step = _seal().encrypt(pyotp.random_base32().encode()).decode(), 0


def secret_of(row: SignIn | None) -> str:
    """The secret that waits for its first code, to be shown while setting up; empty when there is none."""
    return _opened(row) if row is not None and row.totp_confirmed_at is None else ""


def picture(user: User, secret: str) -> str:
    """The QR code that an authenticator app reads, as SVG for the page."""
    address = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name="Udgam")
    return str(segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff"))


def confirm(session: Session, user: User, actor: Actor, code: str) -> list[str]:
    """The first code switches the factor on; returns the recovery codes, which are never shown again."""
    row = sign_in(session, user.id)
    if row.totp_confirmed_at is not None:
        raise WrongState(IS_ON)
    if not row.totp_secret:
        raise WrongState(NOT_BEGUN)
    if not _is_code(row, code):
        raise InvalidInput([Fault("code", WRONG)])
    row.totp_confirmed_at = clock.now()
    codes = _new_codes(row)
    told.changed(session, actor, user, row, "second factor switched on", "The second factor of your Udgam log-in was switched on")
    return codes


def check(session: Session, user_id: int, code: str) -> bool:
    """Is this the present code of the app, or an unused recovery code? Either is good once; the caller commits."""
    row = sign_in(session, user_id)
    return row.totp_confirmed_at is not None and (_is_code(row, code) or _is_recovery(row, code))


def renew_codes(session: Session, user: User, actor: Actor, code: str) -> list[str]:
    """New recovery codes in place of the old ones, for somebody who shows a present code."""
    row = _shown(session, user, code)
    codes = _new_codes(row)
    told.changed(session, actor, user, row, "recovery codes renewed", "New recovery codes were made for your Udgam log-in")
    return codes


def switch_off(session: Session, user: User, actor: Actor, code: str) -> None:
    """Switch the factor off with a present code; refused (NotAllowed) where the role needs it."""
    if is_required(actor.role):
        raise NotAllowed(REQUIRED)
    row = _shown(session, user, code)
    _clear(row)
    sentence = "The second factor of your Udgam log-in was switched off"
    told.changed(session, actor, user, row, "second factor switched off", sentence)


def lift(session: Session, user: User, actor: Actor) -> None:
    """Take the factor off for somebody who lost telephone and codes; the caller asks the right.

    Where the role needs one, the next log-in leads to setting it up anew.
    """
    row = sign_in(session, user.id)
    if row.totp_confirmed_at is None:
        raise WrongState(IS_OFF)
    _clear(row)
    sentence = f"{actor.name} took off the second factor of your Udgam log-in"
    told.changed(session, actor, user, row, "second factor taken off", sentence)


def _shown(session: Session, user: User, code: str) -> SignIn:
    row = sign_in(session, user.id)
    if row.totp_confirmed_at is None:
        raise WrongState(IS_OFF)
    if not (_is_code(row, code) or _is_recovery(row, code)):
        raise InvalidInput([Fault("code", WRONG)])
    return row


def _clear(row: SignIn) -> None:
    row.totp_secret, row.totp_confirmed_at, row.totp_last_step, row.recovery_hashes = "", None, 0, []


def _is_code(row: SignIn, code: str) -> bool:
    """Compared with three steps, each in the same time; a step that was used, or one before it, is not taken again."""
    secret, typed = _opened(row), "".join(code.split())
    if not secret or not typed.isascii():
        return False
    now, maker = int(clock.now().timestamp()) // STEP, pyotp.TOTP(secret)
    steps = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(maker.generate_otp(step).encode(), typed.encode())]
    if not steps or steps[0] <= row.totp_last_step:
        return False
    row.totp_last_step = steps[0]
    return True


def _is_recovery(row: SignIn, code: str) -> bool:
    """A recovery code is struck off the list when it is used."""
    typed = _hash(row, code)
    if typed not in row.recovery_hashes:
        return False
    row.recovery_hashes = [kept for kept in row.recovery_hashes if kept != typed]
    return True


def _new_codes(row: SignIn) -> list[str]:
    codes = ["-".join(readable(4) for _ in range(3)) for _ in range(RECOVERY_CODES)]
    row.recovery_hashes = [_hash(row, code) for code in codes]
    return codes


def _hash(row: SignIn, code: str) -> str:
    """Bound to the account and to this server's secret: a stolen database gives nothing to guess at."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hmac.new(_key("recovery"), f"{row.user_id}:{plain}".encode(), hashlib.sha256).hexdigest()


def _seal() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key("second factor")))


def _key(what_for: str) -> bytes:
    """A key of its own for each use, derived from this installation's secret."""
    return hashlib.sha256(f"udgam {what_for}\0{setting('SECRET_KEY')}".encode()).digest()


def _opened(row: SignIn) -> str:
    if not row.totp_secret:
        return ""
    try:
        return _seal().decrypt(row.totp_secret.encode()).decode()
    except InvalidToken:
        log.error("the second factor of account %s cannot be read: was SECRET_KEY changed?", row.user_id)
        return ""
