"""Is this order the server's, meant for us, fresh and not used before? The form of orders, for the server and the agent alike."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.signing.desk_agent import ed25519

LONGEST_SECONDS = 600  # an order that would live longer is not believed
CLOCKS_SECONDS = 120  # how far the clocks of server and desk may be apart
MOST_ITEMS = 200
LARGEST = 1024 * 1024  # bytes of one sealed order
KINDS = frozenset({"list", "prove", "sign"})
WORDS = {"certificate": ("certificate of origin", "certificates of origin"), "application": ("application", "applications")}
CONTEXT = b"udgam-desk-order-v1\0"  # so that a seal can be taken for nothing else this key may ever sign


class Refused(Exception):
    """The agent does not do it: the HTTP status, a word for programs, and a sentence for people."""

    def __init__(self, status: int, code: str, sentence: str, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence, self.more = status, code, sentence, more


@dataclass(frozen=True, slots=True)
class Item:
    """One document to be signed, as its signer reads it, and the attributes that the key signs."""

    id: int
    number: str
    exporter: str
    consignee: str
    attributes: bytes


@dataclass(frozen=True, slots=True)
class DeskOrder:
    """What the server wants done at the desk: list the certificates, prove that a key is there, or sign documents."""

    id: str
    kind: str
    origin: str
    expires: int
    holder: str
    certificate: str = ""  # SHA-256 of the certificate whose key is asked for
    text: str = ""
    what: str = "certificate"  # what the items are
    items: tuple[Item, ...] = ()


def open_order(envelope: Any, key: bytes, origin: str, now: float) -> DeskOrder:
    """The order in the envelope; Refused when it is not one, not by this server, for another page, or too old."""
    content, seal = _parts(envelope)
    if not ed25519.is_signed(key, CONTEXT + content, seal):
        raise Refused(401, "other_server", "This order is not sealed by the server this agent is paired with. Pair it again.")
    order, issued = _read(content)
    if order.origin != origin:
        raise Refused(403, "other_origin", f"This order is for pages of {printable(order.origin)}. Open the page there.")
    if not issued - CLOCKS_SECONDS <= now < order.expires or order.expires - issued > LONGEST_SECONDS:
        raise Refused(401, "expired", "This order is too old, or a clock is wrong. Look at the time, then press Sign again.")
    return order


def enclose(content: dict[str, Any], sign: Callable[[bytes], bytes]) -> dict[str, str]:
    """The sealed form of an order; `sign` is the server's key."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return {"order": base64.b64encode(text).decode(), "seal": base64.b64encode(sign(CONTEXT + text)).decode()}


def printable(text: str) -> str:
    """What may be written on a terminal: an exporter's name must not move its cursor or ring its bell."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]


def _parts(envelope: Any) -> tuple[bytes, bytes]:
    try:
        if set(envelope) != {"order", "seal"}:
            raise ValueError
        content, seal = (base64.b64decode(envelope[name], validate=True) for name in ("order", "seal"))
    except (ValueError, TypeError, binascii.Error) as error:
        raise Refused(400, "unreadable", "This is not a sealed order.") from error
    return content, seal


def _read(content: bytes) -> tuple[DeskOrder, int]:
    """The fields of an order whose seal holds; a server of another version is told so."""
    try:
        said = json.loads(content)
        issued = said["issued"]
        order = DeskOrder(
            id=said["id"], kind=said["kind"], origin=said["origin"], expires=said["expires"], holder=said["holder"],
            certificate=said.get("certificate", ""), text=said.get("text", ""),
            what=said.get("what", "certificate"), items=tuple(_item(item) for item in said.get("items", ())),
        )  # fmt: skip
        words = (order.id, order.origin, order.holder, order.certificate, order.text, order.what)
        fits = all(isinstance(word, str) for word in words) and all(isinstance(when, int) for when in (issued, order.expires))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Refused(400, "unreadable", "This order cannot be read: the server and the agent differ in version.") from error
    known = fits and order.kind in KINDS and order.what in WORDS
    if not known or len(order.items) > MOST_ITEMS or bool(order.items) != (order.kind == "sign"):
        raise Refused(400, "unreadable", "This order cannot be read: the server and the agent differ in version.")
    return order, issued


def _item(said: Any) -> Item:
    words = [said[name] for name in ("number", "exporter", "consignee")]
    if not isinstance(said["id"], int) or not all(isinstance(word, str) for word in words):
        raise ValueError("an item is a number, three words and the attributes")
    number, exporter, consignee = words
    return Item(said["id"], number, exporter, consignee, base64.b64decode(said["attributes"], validate=True))
