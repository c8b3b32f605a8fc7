"""A time-stamping authority in a test's hands: one that may say the wrong thing, live two seconds, or be away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from app.signing import sandbox_tsa, testca
from app.signing.payload import open_p12
from app.signing.signer import Order
from app.signing.testca import Authority
from app.signing.timestamp import token_over


def stamper(authority: Authority, **profile: Any) -> sandbox_tsa.Stamper:
    """Somebody who stamps under this authority; the profile is that of the certificate."""
    given = {"usage": "timestamp"} | profile
    return sandbox_tsa.Stamper(open_p12(authority.issue("Test Stamps", testca.WARNING, **given)[0], testca.PASSPHRASE))


@contextmanager
def stamping(app: Flask, authority: Authority, folder: Path, by: sandbox_tsa.Stamper | None = None) -> Iterator[None]:
    """Within the block this authority is the only one trusted, for signers and stamps, and stamps are had."""
    roots = folder / "roots.pem"
    roots.write_bytes(authority.roots_pem)
    words = {"TSA_ROOTS": str(roots), "TRUST_ROOTS": str(roots), "SOFT_SIGNER": False}
    with sandbox_tsa.open_desk(folder, by or stamper(authority)) as address, settings(app, TSA_URL=address, **words):
        yield


@contextmanager
def settings(app: Flask, **changes: Any) -> Iterator[None]:
    """Other settings for a while."""
    before = {name: app.config[name] for name in changes}
    app.config.update(changes)
    try:
        with app.app_context():
            yield
    finally:
        app.config.update(before)


def stamped(order: Order) -> Order:
    """The same order, to be time-stamped."""
    return replace(order, stamp=token_over)


def short_lived(seconds: float) -> dict[str, Any]:
    """The profile of a certificate that ends in so many seconds."""
    return {"not_before": datetime.now(UTC) - timedelta(seconds=1), "days": (seconds + 1) / 86400}
