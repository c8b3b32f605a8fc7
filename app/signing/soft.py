"""Signs with a key kept in a file: for demonstrations and tests only, never in production."""

from app.core.errors import BusinessError
from app.signing.payload import open_p12, sign_bytes
from app.signing.rules import SignerKind
from app.signing.signer import Later, Order, sign_at_once

PRODUCTION = "production"


class SoftSigner:
    """A key file and its passphrase; anybody who can read both can sign, which is why production refuses it."""

    kind = SignerKind.SOFT
    needs_hand = False

    def __init__(self, p12: bytes, passphrase: str, environment: str) -> None:
        if environment == PRODUCTION:
            raise BusinessError(
                "Keys kept in files are for demonstrations: in production configure a token, "
                "a hardware security module or e-sign."
            )
        self._open = open_p12(p12, passphrase)

    @property
    def certificate(self) -> bytes:
        """The certificate in the key file (DER)."""
        return self._open.certificate

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The authorities' certificates in the key file (DER)."""
        return self._open.chain

    def start(self, order: Order) -> bytes | Later:
        """Signs at once, by the same three steps as every other key: prepare, sign, embed."""
        return sign_at_once(order, lambda data: sign_bytes(self._open.key, data))

    def finish(self, order: Order, answer: bytes) -> bytes:
        """Refuses: nothing is ever left waiting."""
        raise BusinessError("This key signs at once and waits for no answer.")
