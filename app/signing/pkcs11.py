"""Signs with a key that never leaves the hardware security module (HSM) in the server room."""

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote_to_bytes

from cryptography.hazmat.primitives.asymmetric import utils
from cryptography.hazmat.primitives.serialization import Encoding

from app.core.errors import BusinessError
from app.infra.settings import setting
from app.signing import certcheck, trust
from app.signing.models import DscRegistration
from app.signing.rules import CertificateFacts, SignerKind, is_same_name
from app.signing.signer import Later, Order, sign_at_once

Found = TypeVar("Found")

NOT_CONFIGURED = "This server has no hardware security module: register a certificate whose key is on your own token."
WRONG_PIN = (
    "The hardware security module refuses the PIN of this server: the operator puts the right one into its PIN file. "
    "It is not tried again before that, so that the module does not lock itself."
)


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a key is, kept in `key_ref` as a PKCS#11 URI (RFC 7512): never a PIN, never the key."""

    token: str
    label: str
    identity: bytes

    def __str__(self) -> str:
        identity = "".join(f"%{byte:02X}" for byte in self.identity)
        return f"pkcs11:token={quote(self.token)};object={quote(self.label)};id={identity}"

    @classmethod
    def parse(cls, key_ref: str) -> "KeyPlace":
        """What `str` wrote; a sentence for anything else."""
        parts = dict(part.partition("=")[::2] for part in key_ref.removeprefix("pkcs11:").split(";"))
        if not key_ref.startswith("pkcs11:") or set(parts) != {"token", "object", "id"}:
            raise BusinessError("The register does not say where this key is: register the certificate again.")
        token, label, identity = (unquote_to_bytes(parts[name]) for name in ("token", "object", "id"))
        return cls(token.decode(errors="replace"), label.decode(errors="replace"), identity)


@dataclass(frozen=True, slots=True)
class HsmKey:
    """One signing key in the module, with the certificate that lies beside it (DER)."""

    place: KeyPlace
    certificate: bytes

    @property
    def sha256(self) -> str:
        """The fingerprint the register keeps."""
        return hashlib.sha256(self.certificate).hexdigest()

    @property
    def facts(self) -> CertificateFacts:
        """What the certificate says about itself."""
        return certcheck.read(self.certificate)

    def is_of(self, holder_name: str) -> bool:
        """Whether the certificate is made out to this person; one that cannot be read is nobody's."""
        try:
            return is_same_name(self.facts.subject_cn, holder_name)
        except BusinessError:
            return False


class Hsm:
    """One token and one open session for the whole process; modules allow no second wrapper beside it."""

    def __init__(self, module: str, token: str, pin_file: str) -> None:
        self.module, self.token, self.pin_file = module, token, Path(pin_file)
        self._lock, self._process = threading.Lock(), 0
        self._session: Any = None
        self._refused = 0  # when the PIN file was last changed before its PIN was refused

    def signing_keys(self) -> list[HsmKey]:
        """Every private key that has its certificate beside it, by label."""
        return sorted(self._do(_list(self.token)), key=lambda key: key.place.label)

    def sign(self, key_ref: str, data: bytes) -> bytes:
        """RSA PKCS#1 v1.5 or ECDSA (DER), SHA-256, by the key under this reference."""
        place = KeyPlace.parse(key_ref)
        if place.token != self.token:
            raise BusinessError(f"The key is on the token {place.token}, but this server has {self.token}: register it again.")
        return self._do(lambda session: _sign(_find(session, place), data))

    def _do(self, work: Callable[[Any], Found]) -> Found:
        """Once, and once more over a new connection when the token was away in between; a refused PIN is never tried twice."""
        from pkcs11.exceptions import PKCS11Error

        with self._lock:
            try:
                return work(self._opened())
            except PKCS11Error:
                self._session = None
            try:
                return work(self._opened())
            except PKCS11Error as error:
                self._session = None
                raise BusinessError(
                    f"The hardware security module does not answer ({type(error).__name__}): the operator looks after it; "
                    "then try again."
                ) from error

    def _opened(self) -> Any:
        """The open session; a forked child opens its own."""
        if self._session is None or self._process != os.getpid():
            self._session, self._process = self._open(), os.getpid()
        return self._session

    def _open(self) -> Any:
        from pkcs11 import exceptions

        changed = self._changed()
        if changed == self._refused:
            raise BusinessError(WRONG_PIN)
        try:
            return _library(self.module).get_token(token_label=self.token).open(user_pin=self._pin())
        except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange, exceptions.PinLocked) as error:
            self._refused = changed
            raise BusinessError(WRONG_PIN) from error
        except exceptions.NoSuchToken as error:
            raise BusinessError(
                f"The token {self.token} is not in the hardware security module: the operator plugs it in or starts it."
            ) from error

    def _changed(self) -> int:
        try:
            return self.pin_file.stat().st_mtime_ns
        except OSError as error:
            raise BusinessError("The file with the PIN of the hardware security module cannot be read.") from error

    def _pin(self) -> str:
        try:
            return self.pin_file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BusinessError("The file with the PIN of the hardware security module cannot be read.") from error


def _library(module: str) -> Any:
    """The module's library, begun afresh: it then sees tokens that came back, and a forked child is no stranger to it."""
    import pkcs11

    if not Path(module).exists():
        raise BusinessError("The library of the hardware security module is missing: the operator sets UDGAM_HSM_MODULE.")
    try:
        library = pkcs11.lib(module)
        library.reinitialize()
    except RuntimeError as error:
        raise BusinessError("The library of the hardware security module cannot be loaded: see UDGAM_HSM_MODULE.") from error
    return library


def _list(token: str) -> Callable[[Any], list[HsmKey]]:
    def work(session: Any) -> list[HsmKey]:
        from pkcs11 import Attribute, ObjectClass

        found = list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}))
        certificates = {(each[Attribute.LABEL], bytes(each[Attribute.ID])): bytes(each[Attribute.VALUE]) for each in found}
        by_identity = {identity: value for (_label, identity), value in certificates.items() if identity}
        keys = []
        for key in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}):
            place = KeyPlace(token, key[Attribute.LABEL], bytes(key[Attribute.ID]))
            value = by_identity.get(place.identity) or certificates.get((place.label, place.identity))
            if value and key[Attribute.SIGN]:
                keys.append(HsmKey(place, value))
        return keys

    return work


def _find(session: Any, place: KeyPlace) -> Any:
    from pkcs11 import Attribute, ObjectClass

    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: place.label, Attribute.ID: place.identity}
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        raise BusinessError(
            f"The key {place.label} is not in the hardware security module any more: the operator brings it back, "
            "or you register another certificate."
        )
    return found[0]


def _sign(key: Any, data: bytes) -> bytes:
    from pkcs11 import KeyType, Mechanism

    if key.key_type == KeyType.RSA:
        return bytes(key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
    pair = bytes(key.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA))
    half = len(pair) // 2
    return utils.encode_dss_signature(int.from_bytes(pair[:half], "big"), int.from_bytes(pair[half:], "big"))


_open: dict[tuple[str, str, str], Hsm] = {}


def is_configured() -> bool:
    """Whether this server has a hardware security module."""
    return bool(setting("HSM_MODULE"))


def hsm() -> Hsm:
    """The module of the settings; the same one for the whole process."""
    if not is_configured():
        raise BusinessError(NOT_CONFIGURED)
    where = (str(setting("HSM_MODULE")), str(setting("HSM_TOKEN")), str(setting("HSM_PIN_FILE")))
    return _open.setdefault(where, Hsm(*where))


class Pkcs11Signer:
    """A key in the module and the registered certificate that goes with it."""

    kind = SignerKind.PKCS11
    needs_hand = False

    def __init__(self, module: Hsm, key_ref: str, certificate: bytes, chain: bytes) -> None:
        self._module, self._key_ref = module, key_ref
        self.certificate = trust.loaded(certificate).public_bytes(Encoding.DER)
        self.chain = tuple(each.dump() for each in certcheck.certificates([chain]))

    @classmethod
    def of(cls, registration: DscRegistration) -> "Pkcs11Signer":
        """The signer of a registered certificate."""
        return cls(hsm(), registration.key_ref, registration.certificate_pem.encode(), registration.chain_pem.encode())

    def start(self, order: Order) -> bytes | Later:
        """Signs at once: prepare here, sign in the module, embed here."""
        return sign_at_once(order, lambda data: self._module.sign(self._key_ref, data))

    def finish(self, order: Order, answer: bytes) -> bytes:
        """Refuses: nothing is ever left waiting."""
        raise BusinessError("This key signs at once and waits for no answer.")
