"""The key in the USB token, reached through its maker's PKCS#11 library; the PIN goes in once and is not kept."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn1crypto import x509

from app.signing.desk_agent.sealed import Refused

NOT_THERE = "The token is not in the computer. Plug it in, wait for its light, then sign again."
SIGNING = frozenset({"digital_signature", "non_repudiation"})
# Where the libraries of tokens common in India, and OpenSC's, are put by their installers; tried when none is named.
USUAL = (
    "C:/Windows/System32/eps2003csp11v2.dll", "C:/Windows/System32/SignatureP11.dll", "C:/Windows/System32/eTPKCS11.dll",
    "C:/Program Files/OpenSC Project/OpenSC/pkcs11/opensc-pkcs11.dll", "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/libeTPkcs11.so", "/usr/lib/libcastle_v2.so.1.0.0", "/Library/OpenSC/lib/opensc-pkcs11.so",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate whose private key is on the token."""

    certificate: bytes  # DER
    key: Any

    @property
    def sha256(self) -> str:
        """The fingerprint the server keeps."""
        return hashlib.sha256(self.certificate).hexdigest()


class Token:
    """One token; opened with the PIN, closed at the end of the sitting."""

    def __init__(self, module: str, label: str = "") -> None:
        self.module, self.label = module, label
        self._session: Any = None
        self._slot: Any = None
        self._keys: dict[str, Held] = {}

    def open(self, pin: str) -> None:
        """Begin with this PIN; Refused when it is wrong, with what the token says about the tries that are left."""
        from pkcs11 import exceptions

        wrong = (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange, exceptions.PinLocked)
        token = self._find()
        try:
            self._session, self._slot = token.open(user_pin=pin), token.slot
            self._keys = {held.sha256: held for held in self._list()}
        except wrong as error:
            tries = tries_left(self._find().flags) or ("locked" if isinstance(error, exceptions.PinLocked) else "some")
            raise Refused(403, "wrong_pin", f"The PIN is wrong. {TRIES[tries]}", tries=tries) from error
        except exceptions.PKCS11Error as error:
            self.close()
            raise Refused(503, "token", f"The token does not answer ({type(error).__name__}). {NOT_THERE}") from error

    def close(self) -> None:
        """Log out; a token that is gone has done so itself."""
        from pkcs11 import exceptions

        session, self._session, self._keys = self._session, None, {}
        if session is not None:
            with suppress(exceptions.PKCS11Error):
                session.close()

    def is_there(self) -> bool:
        """Whether the token of the open session is still plugged in."""
        from pkcs11 import exceptions

        try:
            self._slot.get_token()
        except exceptions.PKCS11Error:
            return False
        return True

    def tries(self) -> str:
        """What the token says about wrong PINs before the next one is typed: empty, low, final or locked."""
        return tries_left(self._find().flags)

    def certificates(self) -> list[bytes]:
        """The certificates on the token that may sign and whose key is there (DER)."""
        return [held.certificate for held in self._keys.values() if may_sign(held.certificate)]

    def certificate(self, sha256: str) -> bytes:
        """The certificate with this fingerprint; Refused when the token has not its key, or it is for encryption only."""
        held = self._keys.get(sha256)
        if held is None:
            raise Refused(404, "other_certificate", "The registered certificate is not on this token. Plug in the right one.")
        if not may_sign(held.certificate):
            raise Refused(400, "encryption_only", "This certificate is for encryption only and signs nothing.")
        return held.certificate

    def sign(self, sha256: str, data: bytes) -> bytes:
        """RSA PKCS#1 v1.5, or ECDSA as two numbers side by side; SHA-256."""
        from pkcs11 import KeyType, Mechanism, exceptions

        key = self._keys[sha256].key
        try:
            if key.key_type == KeyType.RSA:
                return bytes(key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
            return bytes(key.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA))
        except exceptions.PKCS11Error as error:
            raise Refused(503, "token", f"The token did not sign ({type(error).__name__}). {NOT_THERE}") from error

    def _find(self) -> Any:
        """The token, looked for anew: its flags are those of this moment."""
        from pkcs11 import exceptions

        try:
            found = [slot.get_token() for slot in _library(self.module).get_slots(token_present=True)]
        except exceptions.PKCS11Error as error:
            raise Refused(503, "token", f"The token's library does not answer ({type(error).__name__}). {NOT_THERE}") from error
        ready = [token for token in found if token.flags & _flag("USER_PIN_INITIALIZED")]
        named = [token for token in ready if not self.label or token.label == self.label]
        if not named:
            raise Refused(503, "token", NOT_THERE)
        if len(named) > 1:
            names = ", ".join(sorted(token.label for token in named))
            raise Refused(503, "token", f"There are several tokens ({names}). Start the agent with --token and the name of one.")
        return named[0]

    def _list(self) -> list[Held]:
        """Every private key that has its certificate beside it."""
        from pkcs11 import Attribute, ObjectClass

        found = list(self._session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))
        certificates = {bytes(each[Attribute.ID]): bytes(each[Attribute.VALUE]) for each in found}
        keys = list(self._session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
        pairs = [(certificates.get(bytes(key[Attribute.ID])), key) for key in keys]
        return [Held(certificate, key) for certificate, key in pairs if certificate]


TRIES = {
    "some": "Try again with care: after a few wrong ones the token locks itself.",
    "low": "It has been typed wrongly since it was last right: after a few more the token locks itself.",
    "final": "ONE TRY IS LEFT: another wrong PIN locks the token. If you are not sure, ask whoever gave it to you.",
    "locked": "The token is locked: no PIN opens it. Whoever gave it to you can unlock it.",
}


def tries_left(flags: int) -> str:
    """What the flags of a token say about wrong PINs: empty, low, final or locked (PKCS#11 tells no number)."""
    for name, word in (("USER_PIN_LOCKED", "locked"), ("USER_PIN_FINAL_TRY", "final"), ("USER_PIN_COUNT_LOW", "low")):
        if flags & _flag(name):
            return word
    return ""


def may_sign(certificate: bytes) -> bool:
    """Whether the certificate says that its key signs; the one beside it on the token may be for encryption only."""
    try:
        usage = x509.Certificate.load(certificate, strict=True).key_usage_value
    except (ValueError, TypeError):
        return False
    return usage is not None and bool(SIGNING & set(usage.native))


def usual_module() -> str:
    """The first library that is where its installer puts it; empty when none is."""
    return next((path for path in USUAL if Path(path).exists()), "")


def _flag(name: str) -> int:
    from pkcs11 import TokenFlag

    return int(TokenFlag[name])


def _library(module: str) -> Any:
    import pkcs11

    try:
        return pkcs11.lib(module)
    except (RuntimeError, pkcs11.exceptions.PKCS11Error) as error:
        raise Refused(
            503, "token", f"The token's library {module} cannot be loaded. Install what came with the token."
        ) from error
