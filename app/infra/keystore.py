"""Test keys of the demo on disk, readable by their owner only; a production server has none."""

import hashlib
import os
from pathlib import Path

from app.core.errors import BusinessError
from app.infra.settings import setting


def folder() -> Path:
    """The folder of the demo's keys; made on first use with access for its owner only."""
    path: Path = setting("KEYS")
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def load(key_ref: str) -> tuple[bytes, str]:
    """The PKCS#12 file under this reference and its passphrase; refused wherever soft keys are switched off."""
    if not setting("SOFT_SIGNER"):
        raise BusinessError("Keys kept on the server are for the demo only. Sign with a token.")
    path = folder() / f"{Path(key_ref).name}.p12"
    if not path.exists():
        raise BusinessError("The demo's signing key is missing from the key folder: run `flask --app app udgam init`.")
    return path.read_bytes(), passphrase()


def save(key_ref: str, p12: bytes) -> None:
    """Keep a demo key."""
    descriptor = os.open(folder() / f"{Path(key_ref).name}.p12", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(p12)


def passphrase() -> str:
    """The passphrase of the demo's keys, derived from this installation's secret."""
    return hashlib.sha256(b"udgam demo keys\0" + setting("SECRET_KEY").encode()).hexdigest()


def roots() -> list[bytes]:
    """The roots whose certificates are accepted, in PEM: those of the setting, and on a demo machine its own test CA."""
    files = [Path(name) for name in str(setting("TRUST_ROOTS")).split(":") if name]
    if setting("SOFT_SIGNER"):
        files.append(folder() / "roots.pem")
    return [path.read_bytes() for path in files if path.exists()]
