"""Webhooks and their calls over REST: for the firm's primary user."""

from typing import Any

from flask import Response, jsonify
from flask_appbuilder.api import expose, permission_name, protect, safe

from app.core.errors import Fault, InvalidInput
from app.infra import current
from app.infra.db import db
from app.infra.rest import Answer, ReadApi, parse_body
from app.infra.screens import FastInterface
from app.notices import webhooks
from app.notices.models import Delivery, Webhook

KINDS: dict[str, type] = {"url": str, "events": list, "active": bool}


class WebhookApi(ReadApi):
    """Resource `webhooks`."""

    resource_name = "webhooks"
    openapi_spec_tag = "Webhooks"
    datamodel = FastInterface(Webhook)
    base_permissions = ["can_get", "can_keep"]
    list_columns = ["id", "url", "events", "active", "why_off", "failures", "rests_until", "last_taken_at", "created_at"]
    show_columns = [*list_columns, "former_until"]
    search_columns = ["active"]
    order_columns = ["id"]

    @expose("/", methods=("POST",))
    @protect()
    @safe
    @permission_name("keep")
    def register(self) -> Response:
        """Register an address; its secret is in this answer and never again.
        ---
        post:
          summary: Register a webhook
          parameters:
          - {in: header, name: Idempotency-Key, schema: {type: string, maxLength: 200}}
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [url]
                  properties: {url: {type: string}, events: {type: array, items: {type: string}}}
          responses:
            201: {description: the webhook; `secret` is left out when the same key is sent again}
            403: {description: the actor may not}
            422: {description: every fault by its field}
        """
        shown: list[str] = []

        def work() -> Answer:
            said = _said(parse_body(), {"url", "events"}, {"url"})
            row, secret = webhooks.register(db.session, current.actor(), **said)
            shown.append(secret)
            return 201, {"id": row.id, "result": told(row)}

        return _with_secret(self.act(work, first=_look_first), shown)

    @expose("/<int:pk>", methods=("PUT",))
    @protect()
    @safe
    @permission_name("keep")
    def change(self, pk: int) -> Response:
        """Another address, other events, on or off; what is not named stays.
        ---
        put:
          summary: Change a webhook
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
          responses:
            200: {description: the webhook}
            404: {description: no such webhook}
            422: {description: every fault by its field}
        """

        def work() -> Answer:
            row = self.found(pk)
            webhooks.change(db.session, row, current.actor(), **_said(parse_body(), set(KINDS), set()))
            return 200, {"id": pk, "result": told(row)}

        return self.act(work, first=_look_first)

    @expose("/<int:pk>", methods=("DELETE",))
    @protect()
    @safe
    @permission_name("keep")
    def remove(self, pk: int) -> Response:
        """Remove a webhook and its log.
        ---
        delete:
          summary: Remove a webhook
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          responses:
            200: {description: it is gone}
            404: {description: no such webhook}
        """

        def work() -> Answer:
            webhooks.remove(db.session, self.found(pk), current.actor())
            return 200, {"id": pk, "result": None}

        return self.act(work)

    @expose("/<int:pk>/rotate", methods=("POST",))
    @protect()
    @safe
    @permission_name("keep")
    def rotate(self, pk: int) -> Response:
        """A new secret; for 24 hours the former one signs too.
        ---
        post:
          summary: Make a new secret
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          - {in: header, name: Idempotency-Key, schema: {type: string, maxLength: 200}}
          responses:
            200: {description: the webhook and its new `secret`, which is shown this once}
            404: {description: no such webhook}
        """
        shown: list[str] = []

        def work() -> Answer:
            row = self.found(pk)
            shown.append(webhooks.rotate(db.session, row, current.actor()))
            return 200, {"id": pk, "result": told(row)}

        return _with_secret(self.act(work), shown)

    @expose("/<int:pk>/ping", methods=("POST",))
    @protect()
    @safe
    @permission_name("keep")
    def ping(self, pk: int) -> Response:
        """Send a call that tells of nothing.
        ---
        post:
          summary: Try a webhook
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          responses:
            201: {description: "the call; `GET /api/v1/webhook_deliveries/{id}` says what came of it"}
            404: {description: no such webhook}
            409: {description: it is switched off}
        """

        def work() -> Answer:
            return 201, {"id": webhooks.ping(db.session, self.found(pk), current.actor()).id, "result": None}

        return self.act(work)


class DeliveryApi(ReadApi):
    """Resource `webhook_deliveries`: what was sent, and what was answered."""

    resource_name = "webhook_deliveries"
    openapi_spec_tag = "Webhooks"
    datamodel = FastInterface(Delivery)
    base_permissions = ["can_get", "can_replay"]
    list_columns = [
        "id",
        "webhook_id",
        "event",
        "event_id",
        "state",
        "tries",
        "answer_status",
        "error",
        "created_at",
        "delivered_at",
    ]
    show_columns = [*list_columns, "next_at", "body", "attempts"]
    search_columns = ["webhook_id", "event", "event_id", "state"]
    order_columns = ["id"]

    @expose("/<int:pk>/replay", methods=("POST",))
    @protect()
    @safe
    @permission_name("replay")
    def replay(self, pk: int) -> Response:
        """Send a call again: the same event id and words, signed anew.
        ---
        post:
          summary: Send a call again
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          - {in: header, name: Idempotency-Key, schema: {type: string, maxLength: 200}}
          responses:
            200: {description: it is on its way}
            404: {description: no such call}
            409: {description: it is under way, or the webhook is switched off}
        """

        def work() -> Answer:
            row = self.found(pk)
            webhooks.replay(db.session, row, current.actor())
            return 200, {"id": pk, "result": {"state": row.state}}

        return self.act(work)


def told(row: Webhook) -> dict[str, Any]:
    """What is answered after a change."""
    return {"url": row.url, "events": row.events, "active": row.active, "why_off": row.why_off}


def _with_secret(answer: Response, shown: list[str]) -> Response:
    """The secret is put in on the way out, so that the answer kept for a repeat does not hold it."""
    if answer.status_code >= 300 or not shown:
        return answer
    status, body = answer.status_code, dict(answer.get_json())
    body["result"] = body["result"] | {"secret": shown[-1]}
    fresh = jsonify(body)
    fresh.status_code, fresh.headers["Cache-Control"] = status, "no-store"
    return fresh


def _look_first() -> None:
    """Looking a name up takes long and needs no transaction; what has the wrong form is refused later, field by field."""
    said = parse_body()
    if isinstance(said, dict) and isinstance(said.get("url"), str):
        webhooks.reachable(said["url"])


def _said(said: Any, known: set[str], needed: set[str]) -> dict[str, Any]:
    """The body's fields, strictly."""
    if not isinstance(said, dict):
        raise InvalidInput([Fault("", "The body must be a JSON object.")])
    faults = [Fault(str(name)[:80], "This field is not known here. Check its spelling.") for name in said if name not in known]
    faults += [Fault(name, "This is missing. Fill it in.") for name in sorted(needed - set(said))]
    for name in sorted(known & set(said)):
        wanted = {"url": "an address", "events": "a list of events", "active": "true or false"}[name]
        texts = name != "events" or (isinstance(said[name], list) and all(isinstance(each, str) for each in said[name]))
        if not isinstance(said[name], KINDS[name]) or not texts:
            faults.append(Fault(name, f"This must be {wanted}."))
    if faults:
        raise InvalidInput(faults)
    return said
