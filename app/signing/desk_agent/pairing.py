"""Which server the agent believes: its address and its key, given once by a code that the officer's page shows."""

import base64
import binascii
import hashlib
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]-]{1,253}")
NOT_A_CODE = "This is not a pairing code. Copy the whole line from the page «Desk agent», from http to the last letter."


class NotPaired(Exception):
    """The text is a sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """The one server whose orders are taken: where its pages are, and the key that seals them (Ed25519, 32 bytes)."""

    origin: str
    key: bytes

    @property
    def code(self) -> str:
        """One line to be copied; the last letters notice a slip."""
        return f"{self.origin}#{base64.b32encode(self.key + _check(self.origin, self.key)).decode()}"

    @property
    def fingerprint(self) -> str:
        """A short form of the key to compare by eye."""
        return fingerprint(self.key)

    @classmethod
    def read(cls, code: str) -> "Pairing":
        """What `code` wrote; a sentence for anything else."""
        origin, _, letters = "".join(code.split()).partition("#")
        try:
            found = base64.b32decode(letters.upper())
        except binascii.Error as error:
            raise NotPaired(NOT_A_CODE) from error
        key, check = found[:32], found[32:]
        if len(key) != 32 or not ORIGIN.fullmatch(origin) or check != _check(origin, key):
            raise NotPaired(NOT_A_CODE)
        return cls(origin, key)


def fingerprint(key: bytes) -> str:
    """Sixteen letters of a key's SHA-256, in fours."""
    digest = hashlib.sha256(key).hexdigest()[:16]
    return "-".join(digest[at : at + 4] for at in range(0, 16, 4))


class Folder:
    """What the agent remembers between two starts: the pairing, and which orders were used; never a PIN."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._used = {order: until for order, until in self._kept().items() if until > time.time()}

    def pairing(self) -> Pairing:
        """The pairing of an earlier start; NotPaired when there is none."""
        try:
            return Pairing.read((self.path / "pairing").read_text())
        except (OSError, UnicodeDecodeError) as error:
            raise NotPaired("This agent is not paired yet.") from error

    def pair(self, pairing: Pairing) -> None:
        """From now on this server is believed, and no other."""
        self._write("pairing", pairing.code + "\n")

    def use(self, order: str, until: float) -> bool:
        """Note that an order came in, before anything is done with it; False when it came before."""
        if order in self._used:
            return False
        self._used = {each: when for each, when in self._used.items() if when > time.time()} | {order: until}
        self._write("used", json.dumps(self._used))
        return True

    def _kept(self) -> dict[str, float]:
        try:
            return {str(order): float(until) for order, until in json.loads((self.path / "used").read_text()).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, name: str, text: str) -> None:
        """Whole or not at all, and readable by its owner only."""
        draft = self.path / f"{name}.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        os.replace(draft, self.path / name)


def _check(origin: str, key: bytes) -> bytes:
    return hashlib.sha256(origin.encode() + b"\0" + key).digest()[:3]
