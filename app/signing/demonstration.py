"""The demonstration's own certifying authority and the test keys under it; a production server has neither."""

import os
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from app.core.errors import BusinessError
from app.infra import keystore
from app.infra.settings import setting
from app.signing import testca
from app.signing.testca import Authority

PAST = timedelta(days=1500)  # the demonstration's months, and more


def is_offered() -> bool:
    """Whether this is a demonstration that keeps keys itself."""
    return setting("UDGAM_ENV") == "demo" and bool(setting("SOFT_SIGNER"))


def authority() -> Authority:
    """The authority, made on the spot and kept with its keys."""
    folder = keystore.folder() / "authority"
    if folder.exists():
        return _loaded(folder, (folder / "root.pem").stat().st_mtime_ns)
    made = testca.make_authority("Udgam Demonstration")
    made.save(folder)
    (keystore.folder() / "roots.pem").write_bytes(made.roots_pem)
    return made


@lru_cache(maxsize=4)
def _loaded(folder: Path, _changed: int) -> Authority:
    """Read once: looking its keys over takes longer than signing with them."""
    return testca.load(folder)


def new_key(
    key_ref: str, name: str, organisation: str, *, key: str = "rsa2048", not_before: datetime | None = None
) -> tuple[bytes, bytes]:
    """A test key kept under `key_ref` ("" = kept nowhere); returns its certificate and the chain above it (PEM)."""
    if not setting("SOFT_SIGNER"):
        raise BusinessError("Demonstration certificates are made on a demonstration server only: register your own certificate.")
    above = authority()
    p12, certificate = above.issue(name, organisation, key=key, not_before=not_before, passphrase=keystore.passphrase())
    if key_ref:
        keystore.save(key_ref, p12)
    return certificate, above.chain_pem


def publish_lists() -> None:
    """The demonstration's own lists of revoked certificates, on which nobody stands; good for its past and for years."""
    if not is_offered():
        return
    folder, made = Path(str(setting("CRL_FOLDER"))), authority()
    folder.mkdir(parents=True, exist_ok=True)
    for name, publish in (("demonstration-issuing", made.crl), ("demonstration-root", made.root_crl)):
        path = folder / f"{name}.crl"
        if not path.exists():
            fresh = folder / f".{name}.{os.getpid()}"
            fresh.write_bytes(publish(now=datetime.now(UTC) - PAST, days=2 * PAST.days))
            fresh.replace(path)
