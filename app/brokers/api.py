"""Delegations over REST: the firm grants and ends, the broker answers and ends; a program acts for a firm by a header."""

from datetime import date
from typing import Any

from flask import Response
from flask_appbuilder.api import expose, permission_name, protect, safe

from app.brokers import granting
from app.brokers.models import Delegation
from app.brokers.rules import DELEGATION_LIFE
from app.core.errors import Fault, InvalidInput
from app.infra import current
from app.infra.db import db
from app.infra.rest import Answer, ReadApi, parse_body, with_moves
from app.infra.screens import FastInterface

ASKED = ("licence_no", "scope", "from_date", "until")


def state(delegation: Delegation) -> dict[str, Any]:
    """What is answered after a move."""
    return {"id": delegation.id, "status": delegation.status, "scope": delegation.scope, "until": delegation.until.isoformat()}


@with_moves(DELEGATION_LIFE, granting.DELEGATION_VERBS, state)
class DelegationApi(ReadApi):
    """Resource `delegations`."""

    resource_name = "delegations"
    openapi_spec_tag = "Delegations"
    datamodel = FastInterface(Delegation)
    base_permissions = ["can_get", "can_move", "can_grant"]
    list_columns = [
        "id", "exporter_iec", "exporter_name", "licence_no", "broker_name", "scope", "from_date", "until", "status",
    ]  # fmt: skip
    show_columns = [*list_columns, "granted_by", "answered_by", "answered_at", "ended_by", "ended_at", "reason"]
    search_columns = ["exporter_iec", "licence_no", "scope", "status"]
    order_columns = ["id", "from_date", "until"]

    @expose("/", methods=("POST",))
    @protect()
    @safe
    @permission_name("grant")
    def grant(self) -> Response:
        """Let a customs broker act for the own firm.
        ---
        post:
          summary: Let a customs broker act for the firm
          description: >-
            By the firm's primary user. Once the broker has accepted, its programs act for the firm by sending the firm's IEC
            in the header X-Acting-For with every request.
          parameters:
          - {in: header, name: Idempotency-Key, schema: {type: string, maxLength: 200}}
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [licence_no, scope, from_date, until]
                  properties:
                    licence_no: {type: string}
                    scope: {type: string, enum: [READ, DRAFT, SUBMIT]}
                    from_date: {type: string, format: date}
                    until: {type: string, format: date}
          responses:
            201: {description: the delegation's id; the broker has been asked}
            403: {description: the actor may not grant}
            409: {description: this broker acts for the firm already}
            422: {description: every fault by its field}
        """

        def work() -> Answer:
            row = granting.grant(db.session, current.actor(), **_read(parse_body()))
            return 201, {"id": row.id, "result": state(row)}

        return self.act(work)


def _read(said: Any) -> dict[str, Any]:
    """The body, strictly: four texts, two of them days."""
    if not isinstance(said, dict):
        raise InvalidInput([Fault("", "The body must be a JSON object.")])
    faults = [Fault(str(name)[:80], "This field is not known here. Check its spelling.") for name in said if name not in ASKED]
    faults += [Fault(name, "This is missing. Send it as text.") for name in ASKED if not isinstance(said.get(name), str)]
    values: dict[str, Any] = {name: said.get(name) for name in ASKED}
    for name in ("from_date", "until") if not faults else ():
        try:
            values[name] = date.fromisoformat(values[name])
        except ValueError:
            faults.append(Fault(name, "Write the date as year-month-day, such as 2026-11-23."))
    if faults:
        raise InvalidInput(faults)
    return values
