"""Secrets that must be kept and used again, sealed with this installation's own; useless in a stolen copy of the database."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from app.core.errors import BusinessError
from app.infra.settings import setting


def seal(what_for: str, text: str) -> str:
    """The text, readable only with SECRET_KEY; each use has a key of its own."""
    return _with(what_for).encrypt(text.encode()).decode()


def unseal(what_for: str, sealed: str) -> str:
    """The text again; BusinessError when it was sealed with another SECRET_KEY."""
    try:
        return _with(what_for).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise BusinessError("This secret cannot be read any more, because SECRET_KEY was changed. Make a new one.") from error


def _with(what_for: str) -> Fernet:
    key = hashlib.sha256(f"udgam {what_for}\0{setting('SECRET_KEY')}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
