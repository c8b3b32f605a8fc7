"""Signing with Aadhaar over REST: a program asks for an order, and hands the browser of its person over to the provider."""

from typing import Any

from flask import Response
from flask_appbuilder.api import expose, protect, safe
from flask_appbuilder.security.decorators import permission_name

from app.applications import esigning
from app.applications.esigning import What
from app.applications.rules import LIFE
from app.core.errors import Fault, InvalidInput
from app.infra import current
from app.infra.db import db
from app.infra.moves import read_args
from app.infra.rest import Answer, ReadApi, parse_body
from app.infra.screens import FastInterface
from app.signing import esign, esign_orders
from app.signing.models import EsignOrder

LISTED = [
    "id", "status", "what", "application_id", "about", "sha256", "name", "consent", "consented_at", "created_at", "expires_at",
    "ended_at", "reason", "reference",
]  # fmt: skip
MOVES = {What.SUBMIT: "submit", What.REPLY: "reply"}


class EsignCalls:
    """What the resource `applications` answers about signing with Aadhaar."""

    @expose("/<int:pk>/esign", methods=("POST",))
    @protect()
    @safe
    @permission_name("move")
    def esign(self, pk: int) -> Response:
        """Begin to sign with Aadhaar.
        ---
        post:
          summary: Begin to submit, or to reply, with an Aadhaar e-signature
          description: >-
            Post `form.fields` as a form to `form.address` in the signer's own browser; the signer comes back to Udgam, where
            the application is submitted (or the reply sent) in the moment the signature is there. Read the order to see.
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [consent]
                  properties:
                    consent: {type: boolean, description: "true: the signer has read the words of consent and agrees"}
                    what: {type: string, enum: [submit, reply], default: submit}
                    reply: {type: string, description: "as in the move reply"}
                    answers: {type: array, items: {type: string}}
          responses:
            201: {description: "the order's id, the provider's form, the words of consent"}
            403: {description: the actor may not}
            404: {description: no such application}
            409: {description: "not possible now, as the move itself would say"}
            422: {description: without consent, or something must be put right}
        """

        def work() -> Answer:
            application = self.found(pk)  # type: ignore[attr-defined]  # of the resource this is part of
            what, agreed, said = asked(parse_body())
            order = esigning.begin(db.session, application, current.actor(), what=what, agreed=agreed, said=said)
            form = esign.form_for(order)
            answer = {"order": esign_orders.state_of(order), "consent": order.consent}
            return 201, {"id": order.id, "result": answer | {"form": {"address": form.address, "fields": form.fields}}}

        return self.act(work)  # type: ignore[attr-defined,no-any-return]  # as above


def asked(said: Any) -> tuple[What, bool, dict[str, Any]]:
    """What a program asks for, read strictly: what is to be signed, whether there is consent, and the arguments of the move."""
    if not isinstance(said, dict):
        raise InvalidInput([Fault("", "The body must be a JSON object.")])
    what = next((each for each, move in MOVES.items() if move == said.get("what", "submit")), None)
    if what is None:
        raise InvalidInput([Fault("what", "This must be submit or reply.")])
    rest = {name: value for name, value in said.items() if name not in {"what", "consent"}}
    return what, said.get("consent") is True, read_args(LIFE.rows(MOVES[what])[0], rest)


class EsignOrderApi(ReadApi):
    """Resource `signing/esign_orders`."""

    resource_name = "signing/esign_orders"
    openapi_spec_tag = "Orders to sign"
    datamodel = FastInterface(EsignOrder)
    base_permissions = ["can_get"]
    list_columns = LISTED
    show_columns = LISTED
    search_columns = ["status", "what", "application_id"]
    order_columns = ["id", "created_at", "expires_at"]
