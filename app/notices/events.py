"""What a firm's own system can be told of: which line of the trail is which event, and what is said about it."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

SIGNATURE, EVENT, EVENT_ID = "Udgam-Signature", "Udgam-Event", "Udgam-Event-Id"
PING = "ping"
# (kind of row, event of the trail) -> type of event. A test compares this with the tables of moves.
TYPES: dict[tuple[str, str], str] = {
    ("application", "application submitted"): "application.submitted",
    ("application", "application taken up"): "application.taken_up",
    ("application", "query raised"): "application.query_raised",
    ("application", "query answered"): "application.resubmitted",
    ("application", "application approved"): "application.approved",
    ("application", "approval recalled"): "application.approval_recalled",
    ("application", "approval taken back"): "application.approval_recalled",
    ("application", "application rejected"): "application.rejected",
    ("application", "given up by the agency"): "application.rejected",
    ("application", "application withdrawn"): "application.withdrawn",
    ("application", "application lapsed unanswered"): "application.lapsed",
    ("application", "certificate issued"): "certificate.issued",
    ("certificate", "certificate superseded"): "certificate.superseded",
    ("certificate", "certificate revoked"): "certificate.revoked",
    ("wallet", "wallet low"): "wallet.low",
    ("topup", "top-up credited"): "wallet.credited",
    ("topup", "top-up credited late"): "wallet.credited",
    ("ledger_movement", "fee refunded"): "wallet.refunded",
}
EVENTS = tuple(dict.fromkeys(TYPES.values()))
# What is said of a row beside its id, and where it is: the page, and the resource.
FACTS = {
    "application": ("number", "status", "certificate_id"),
    "certificate": ("number", "status", "application_id"),
    "wallet": ("available_paise", "held_paise", "currency"),
    "topup": ("status", "amount_paise", "currency"),
    "ledger_movement": ("kind", "application_id"),
}
PLACES = {
    "application": ("/applications/{id}", "/api/v1/applications/{id}"),
    "certificate": ("/certificateview/show/{id}", "/api/v1/certificates/{id}"),
    "wallet": ("/walletview/list/", "/api/v1/wallets/{id}"),
    "topup": ("/wallet/topups/show/{id}", "/api/v1/topups/{id}"),
    "ledger_movement": ("/wallet/statement", "/api/v1/wallets/statement"),
}
# How long after each failed try the next one comes; after the last one it is given up.
PAUSES = tuple(timedelta(seconds=each) for each in (10, 60, 300, 1800, 7200, 21_600, 43_200))
OVERLAP = timedelta(hours=24)  # for so long a former secret signs too
KEPT = timedelta(days=90)
GONE = 410  # an answer that says: never again


def saying(kind: str, row_id: int, thing: Any, base: str) -> dict[str, Any]:
    """The part of a call that says what it is about: no more than the firm sees on its own pages."""
    page, resource = PLACES[kind]
    data: Mapping[str, Any] = {name: getattr(thing, name, None) for name in FACTS[kind]}
    links = {"page": base + page.format(id=row_id), "api": base + resource.format(id=row_id)}
    return {"data": {f"{kind}_id": row_id, **data}, "links": links}


def signature(secrets: list[str], body: bytes, at: int) -> str:
    """The header: when it was signed, and the HMAC-SHA256 of «time.body» by each secret that is good at the moment."""
    signed = [hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={each}" for each in signed)])
