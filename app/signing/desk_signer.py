"""Signs with a key on a token at somebody's desk: prepares the document, and puts the signature in when it has come."""

from app.core.errors import BusinessError
from app.signing import pades
from app.signing.rules import SignerKind
from app.signing.signer import Later, Order


class DeskAgentSigner:
    """The key is out of the server's reach; what goes out is what the key signs, and never the document."""

    kind = SignerKind.DESK_AGENT
    needs_hand = True

    def start(self, order: Order) -> bytes | Later:
        """The prepared file, to be kept until the hand has acted."""
        return Later(self.kind, self.prepare(order).to_bytes())

    def prepare(self, order: Order) -> pades.Prepared:
        """The file with room for the signature."""
        return pades.prepare(
            order.pdf, order.certificate, order.chain, name=order.name, location=order.location, reason=order.reason,
            signing_time=order.signing_time,
        )  # fmt: skip

    def finish(self, order: Order, answer: bytes) -> bytes:
        """The signed file; refused when the signature is over another document or by another key."""
        if not order.waiting:
            raise BusinessError("Nothing waits for this signature any more: prepare the document again.")
        return pades.embed_raw(pades.Prepared.from_bytes(order.waiting), answer, stamp=order.stamp)
