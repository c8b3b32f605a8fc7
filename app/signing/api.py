"""Orders to sign over REST, so that a program of an agency or a firm can stand between this server and the desk agent."""

from typing import Any

from flask import Response, jsonify
from flask_appbuilder.api import expose, protect, safe
from flask_appbuilder.security.decorators import permission_name

from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra import current, problems
from app.infra.db import db, transaction
from app.infra.rest import ReadApi, parse_body, with_moves
from app.infra.screens import FastInterface
from app.signing import orders, seal
from app.signing.models import SignatureOrder
from app.signing.rules import ORDER_LIFE

LISTED = [
    "id", "status", "subject", "subject_id", "number", "exporter_name", "consignee_name", "certificate_sha256", "created_at",
    "expires_at", "answered_at", "ended_at", "reason",
]  # fmt: skip
MOST_ANSWERS = 200


def ids_in(said: Any) -> list[int] | None:
    """The numbers of orders somebody sent, or None for all of them; refused when they are not numbers."""
    ids = said.get("ids") if isinstance(said, dict) else None
    if not isinstance(said, dict) or set(said) - {"ids"} or not (ids is None or _are_numbers(ids)):
        raise InvalidInput([Fault("ids", "Send {} for all that waits, or the numbers of orders as «ids».")])
    return ids


def answers_in(said: Any) -> dict[int, Any]:
    """Signatures by the number of their order; refused when that is not what was sent."""
    rows = said.get("answers") if isinstance(said, dict) else None
    fits = isinstance(rows, list) and 0 < len(rows) <= MOST_ANSWERS and all(isinstance(row, dict) for row in rows)
    if not fits or not _are_numbers([row.get("id") for row in rows or ()]):
        raise InvalidInput([Fault("answers", f"Send up to {MOST_ANSWERS} answers, each with id and signature.")])
    return {row["id"]: row.get("signature") for row in rows or ()}


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 < value < 2**31 for value in values)


def take_answers(said: Any) -> dict[str, Any]:
    """Each answer in a transaction of its own: what one locks, no other has to wait for, and one refused undoes no other."""
    told: dict[int, dict[str, Any]] = {}
    for pk, signature in sorted(answers_in(said).items()):
        with transaction(db.session):
            told[pk] = orders.answered_or_why_not(db.session, current.actor(), pk, signature)
    return {"answers": list(told.values())}


@with_moves(ORDER_LIFE, {"answer": orders.answer, "refuse": orders.refuse}, orders.state_of)
class SignatureOrderApi(ReadApi):
    """Resource `signing/orders`."""

    resource_name = "signing/orders"
    openapi_spec_tag = "Orders to sign"
    datamodel = FastInterface(SignatureOrder)
    base_permissions = ["can_get", "can_move"]
    list_columns = LISTED
    show_columns = LISTED
    search_columns = ["status", "number", "subject", "subject_id"]
    order_columns = ["id", "created_at", "expires_at"]

    @expose("/sealed", methods=("POST",))
    @protect()
    @safe
    @permission_name("move")
    def sealed(self) -> Response:
        """One sealed order for the desk agent.
        ---
        post:
          summary: Seal what waits
          description: An order for the paired desk agent, good once and for five minutes; null when nothing waits.
          requestBody:
            content:
              application/json:
                schema: {type: object, properties: {ids: {type: array, items: {type: integer}}}}
          responses:
            200: {description: "ids, and sealed: what the agent takes at POST /orders"}
            403: {description: the actor signs nothing}
        """
        return self.act(lambda: (200, orders.sealed(db.session, current.actor(), ids_in(parse_body()))))

    @expose("/answers", methods=("POST",))
    @protect()
    @safe
    @permission_name("move")
    def answers(self) -> Response:
        """Hand signatures over.
        ---
        post:
          summary: Hand signatures over
          description: Each is taken or refused for itself; the same again changes nothing. FAILED comes with the reason.
          requestBody:
            content:
              application/json:
                schema:
                  type: object
                  required: [answers]
                  properties:
                    answers:
                      type: array
                      maxItems: 200
                      items:
                        type: object
                        required: [id, signature]
                        properties: {id: {type: integer}, signature: {type: string, description: base64}}
          responses:
            200: {description: "for each: id, status and reason, or id and error"}
            422: {description: not a list of answers}
        """
        try:
            return jsonify(take_answers(parse_body()))
        except BusinessError as refusal:
            return problems.of_business_error(refusal)

    @expose("/pairing", methods=("GET",))
    @protect()
    @safe
    @permission_name("get")
    def pairing(self) -> Response:
        """What a desk agent has to know of this server.
        ---
        get:
          summary: The pairing code
          responses:
            200: {description: "code for the agent, and the fingerprint it shows"}
        """
        known = seal.pairing()
        return self.act(lambda: (200, {"code": known.code, "fingerprint": known.fingerprint}))
