"""Certificates made to order for tests of registering: under the demonstration's authority, in anybody's name, with any fault."""

from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.signing import demonstration, testca
from app.signing.payload import open_p12, sign_bytes
from app.signing.proof import text_of

FIRM = "Federation of Exporters"


@dataclass(frozen=True)
class Made:
    """A key in somebody's hand and its certificate."""

    p12: bytes
    pem: bytes

    def sign(self, data: bytes) -> bytes:
        """What the holder's key makes of it."""
        return sign_bytes(open_p12(self.p12, testca.PASSPHRASE).key, data)

    def answer(self, nonce: str) -> bytes:
        """The right answer to a challenge."""
        return self.sign(text_of(nonce).encode())

    @property
    def der(self) -> bytes:
        """The certificate as .cer files often have it."""
        return x509.load_pem_x509_certificate(self.pem).public_bytes(Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        """The key by itself, as nobody should ever send it."""
        key = open_p12(self.p12, testca.PASSPHRASE).key
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def made(name: str, authority: Any = None, *, of: str = "Personal", **profile: Any) -> Made:
    """A certificate in this name, `of` an organisation; without an authority, by the one that the tests' program trusts."""
    return Made(*(authority or demonstration.authority()).issue(name, of, **profile))
