"""One spelling for the same facts: canonical JSON, so that a hash or signature over it can be made again."""

import hashlib
import json
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.core.clock import to_utc


def canonical_json(value: Any) -> bytes:
    """Sorted keys, no spaces, NFC, UTF-8; decimals and dates as text; a float raises TypeError."""
    return json.dumps(_settle(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256_hex(content: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _settle(value: Any) -> Any:
    if isinstance(value, dict):
        return _settle_keys(value)
    if isinstance(value, list | tuple):
        return [_settle(inner) for inner in value]
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, datetime):
        return to_utc(value).isoformat()  # a database may hand the same moment back in another zone
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"  # never 1E+3
    if value is None or isinstance(value, bool | int):
        return value
    raise TypeError(f"{type(value).__name__} has no one spelling")


def _settle_keys(value: dict[Any, Any]) -> dict[str, Any]:
    """Keys are text, and stay different when normalised: 1 and "1" must not meet, nor lose one another's value."""
    if not all(isinstance(key, str) for key in value):
        raise TypeError("a key that is not text has no one spelling")
    settled = {unicodedata.normalize("NFC", key): _settle(inner) for key, inner in value.items()}
    if len(settled) < len(value):
        raise TypeError("two keys have the same spelling")
    return settled
