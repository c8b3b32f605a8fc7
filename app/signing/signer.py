"""What all ways of signing have in common: an order goes in; a signed file comes out, at once or after a hand acted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.signing.rules import SignerKind

Stamping = Callable[[bytes], bytes]  # from the value of a signature to a time stamp over it (DER)


@dataclass(frozen=True, slots=True)
class Order:
    """One document to be signed, by whom, and what the signature shall say about itself."""

    pdf: bytes
    certificate: bytes  # DER or PEM
    chain: tuple[bytes, ...]  # the authorities above it, without the root
    name: str
    reason: str
    location: str
    signing_time: datetime
    waiting: bytes = b""  # the payload of `Later`, given back together with the answer
    stamp: Stamping | None = None  # who says when it was signed; None only for what need not last


@dataclass(frozen=True, slots=True)
class Later:
    """The signature needs a hand: keep `payload`, and call `finish` with it when the answer has come."""

    kind: SignerKind
    payload: bytes


class Signer(Protocol):
    """One place where keys are kept; which one makes no difference to the file that comes out."""

    @property
    def kind(self) -> SignerKind:
        """Where the key is."""

    @property
    def needs_hand(self) -> bool:
        """Whether a person has to do something, so that approval alone does not sign."""

    def start(self, order: Order) -> bytes | Later:
        """The signed file; or what to wait for."""

    def finish(self, order: Order, answer: bytes) -> bytes:
        """The signed file, made of what was waiting (`order.waiting`) and the answer."""


def sign_at_once(order: Order, sign: Callable[[bytes], bytes]) -> bytes:
    """The signed file by a key that needs no hand: prepare, have the bytes signed, embed."""
    from app.signing import pades  # loads the PDF libraries; only workers sign

    prepared = pades.prepare(
        order.pdf,
        order.certificate,
        order.chain,
        name=order.name,
        location=order.location,
        reason=order.reason,
        signing_time=order.signing_time,
    )
    return pades.embed_raw(prepared, sign(prepared.signed_attributes), stamp=order.stamp)
