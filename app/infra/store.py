"""Documents on disk under the SHA-256 of their bytes: written once, never changed, checked whenever they are read."""

import hashlib
import os
import tempfile
from pathlib import Path

from flask import current_app


class Damaged(Exception):
    """A stored document is missing or its bytes are not the ones that were stored."""


def put(content: bytes) -> str:
    """Store the bytes and return their SHA-256; storing the same bytes again changes nothing."""
    digest = hashlib.sha256(content).hexdigest()
    path = _path(digest)
    if path.exists():
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return digest


def get(digest: str) -> bytes:
    """The bytes stored under this SHA-256; raises Damaged when they are missing or differ."""
    try:
        content = _path(digest).read_bytes()
    except FileNotFoundError as error:
        raise Damaged(f"document {digest} is missing from the store") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise Damaged(f"document {digest} has been altered in the store")
    return content


def exists(digest: str) -> bool:
    """Are there bytes under this SHA-256? Whether they are the right ones is seen when they are read."""
    return _path(digest).exists()


def _path(digest: str) -> Path:
    root: Path = current_app.config["DOCUMENTS"]
    return root / digest[:2] / digest


def _sync_folder(folder: Path) -> None:
    """A rename is durable only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
