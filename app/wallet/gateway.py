"""The payment gateway as the wallet sees it: place an order, where to pay it, ask about it, and read what it says.

One interface, and one client for it that speaks signed JSON over HTTP. The sandbox speaks the same words, and so does an
adapter that stands before a bank's gateway. Nobody is believed without the signature: HMAC-SHA256 over the very bytes of the
body, compared in constant time, and the moment it was written, so that an old message cannot be played again for ever.
"""

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol

from app.core import clock
from app.core.errors import BusinessError
from app.infra.jsonbody import parse_json
from app.infra.settings import setting
from app.wallet.rules import Payment

SIGNATURE = "X-Gateway-Signature"
WINDOW_SECONDS, PATIENCE_SECONDS, MOST_BYTES = 300, 4, 16 * 1024
STATUSES = {"SUCCESS", "FAILED", "OPEN"}
CLOSED = "Topping up is switched off here. Ask DGFT how to pay in; nothing was taken."
SILENT = "The payment gateway does not answer just now. Nothing was taken; try again in a minute."


class Unbelievable(BusinessError):
    """A message that is not the gateway's, too old, or makes no sense; the text is for the record, not for people."""


class NoAnswer(BusinessError):
    """The gateway could not be reached, or is in trouble itself."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid, in paise, and where the person comes back to."""

    order_id: str
    amount_paise: int
    currency: str
    payer: str
    return_url: str


class Gateway(Protocol):
    """What any gateway must be able to do."""

    def place(self, order: Order) -> None:
        """Make the order known; the same one twice is one. NoAnswer when that did not work."""

    def page(self, order_id: str) -> str:
        """The address where a person pays it."""

    def ask(self, order_id: str) -> tuple[bytes, Payment]:
        """What became of an order, with the signed bytes that say so; NoAnswer or Unbelievable."""

    def read(self, body: bytes, signature: str, kind: str = "payment") -> Payment:
        """What a message says, when it is the gateway's; else Unbelievable."""


class SignedHttp:
    """The client of a gateway that speaks our words, at one address, with one secret."""

    def __init__(self, address: str, secret: str) -> None:
        self.address, self.secret = address.rstrip("/"), secret.encode()

    def place(self, order: Order) -> None:
        """See Gateway."""
        self._post("/orders", {
            "kind": "order", "order_id": order.order_id, "amount_paise": order.amount_paise, "currency": order.currency,
            "payer": order.payer, "return_url": order.return_url,
        })  # fmt: skip

    def page(self, order_id: str) -> str:
        """See Gateway."""
        return f"{self.address}/pay/{order_id}"

    def ask(self, order_id: str) -> tuple[bytes, Payment]:
        """See Gateway."""
        body, signature = self._post("/state", {"kind": "question", "order_id": order_id})
        said = self.read(body, signature, "state")
        if said.order_id != order_id:
            raise Unbelievable("an answer about another order")
        return body, said

    def read(self, body: bytes, signature: str, kind: str = "payment") -> Payment:
        """See Gateway."""
        if not hmac.compare_digest(sign(self.secret, body).encode(), signature.strip().lower().encode()):
            raise Unbelievable("the signature is not the gateway's")
        try:
            said = parse_json(body)
            return _payment(said, kind)
        except BusinessError as refusal:
            raise Unbelievable(refusal.sentence) from refusal

    def _post(self, path: str, words: dict[str, Any]) -> tuple[bytes, str]:
        """Send signed words; the answer's bytes and signature. Never through a proxy, never on to another address."""
        body = json.dumps(words | {"at": int(clock.now().timestamp())}).encode()
        headers = {"Content-Type": "application/json", SIGNATURE: sign(self.secret, body)}
        sent = urllib.request.Request(self.address + path, body, headers)  # noqa: S310  our own setting, http or https
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere)
        try:
            with opener.open(sent, timeout=PATIENCE_SECONDS) as answer:
                return answer.read(MOST_BYTES), answer.headers.get(SIGNATURE, "")
        except urllib.error.HTTPError as refusal:
            refusal.close()
            if refusal.code >= 500:
                raise NoAnswer(SILENT) from refusal
            raise Unbelievable(f"the gateway answered {refusal.code}: it does not know or take this order") from refusal
        except (OSError, HTTPException, ValueError) as error:  # a time-out is an OSError
            raise NoAnswer(SILENT) from error


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


def sign(secret: bytes, body: bytes) -> str:
    """HMAC-SHA256 of the very bytes, in hexadecimal."""
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def the_gateway() -> Gateway:
    """The gateway of this installation; refused (BusinessError) where topping up is switched off."""
    if setting("GATEWAY") == "none":
        raise BusinessError(CLOSED)
    return SignedHttp(setting("GATEWAY_URL"), setting("GATEWAY_SECRET"))


def _payment(said: Any, kind: str) -> Payment:
    """A message in our own type; every field of the right kind, or Unbelievable."""
    if not isinstance(said, dict) or said.get("kind") != kind:
        raise Unbelievable(f"this is no message of the kind {kind}")
    at, paise = _whole(said.get("at")), _whole(said.get("amount_paise"))
    if at is None or paise is None or not 0 <= paise < 2**53:
        raise Unbelievable("the moment and the amount must be whole numbers")
    words = [said.get(name) for name in ("order_id", "status", "payment_id", "currency")]
    if not all(isinstance(word, str) and len(word) <= 64 and word.isprintable() for word in words):
        raise Unbelievable("order, status, payment and currency must be short texts")
    if words[1] not in STATUSES:
        raise Unbelievable("the status is none of SUCCESS, FAILED and OPEN")
    if abs(clock.now().timestamp() - at) > WINDOW_SECONDS:
        raise Unbelievable("the message is too old, or a clock is wrong")
    return Payment(str(words[0]), str(words[1]), str(words[2]), paise, str(words[3]))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
