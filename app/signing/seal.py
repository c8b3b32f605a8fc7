"""Seals orders for desk agents, so that they take them from this server only; the key is made of the server's secret."""

import secrets
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.core import clock
from app.infra.settings import setting
from app.signing.desk_agent.pairing import Pairing
from app.signing.desk_agent.sealed import enclose

SECONDS = 300  # how long a sealed order is good; the document itself waits longer, and another order is sealed then


def pairing() -> Pairing:
    """What an agent has to know of this server."""
    public = _key(setting("SECRET_KEY")).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Pairing(origin(), public)


def origin() -> str:
    """Where this server's pages are, as browsers say it."""
    address = urlsplit(str(setting("BASE_URL")).lower())
    usual = {"http": ":80", "https": ":443"}.get(address.scheme, "")
    return f"{address.scheme}://{address.netloc.removesuffix(usual)}"


def sealed(kind: str, holder: str, **content: Any) -> dict[str, str]:
    """An order for one agent, good once and for a few minutes."""
    now = int(clock.now().timestamp())
    order = {
        "id": secrets.token_hex(16),
        "kind": kind,
        "origin": origin(),
        "issued": now,
        "expires": now + SECONDS,
        "holder": holder,
    }
    return enclose(order | content, _key(setting("SECRET_KEY")).sign)


@lru_cache(maxsize=4)
def _key(secret: str) -> Ed25519PrivateKey:
    """The same on every machine that shares the secret; nothing of it is stored."""
    derived = HKDF(SHA256(), 32, salt=None, info=b"udgam desk agent orders 1").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)
