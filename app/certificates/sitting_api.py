"""Bulk sittings over REST: begin one from the ids of applications, read how far it is, read its rows, move it."""

from typing import Any

from flask import Response, jsonify, request
from flask_appbuilder.api import expose, protect, safe
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy import func, select

from app.certificates import sitting
from app.certificates.sitting_models import Sitting, SittingRow
from app.certificates.sitting_rules import MOST, SITTING_LIFE, RowState, SittingKind
from app.core.errors import Fault, InvalidInput
from app.infra import current
from app.infra.db import db
from app.infra.rest import ReadApi, parse_body, with_moves
from app.infra.screens import FastInterface, is_id

LISTED = [
    "id", "kind", "status", "reason", "officer_name", "total", "done", "refused", "failed", "skipped", "created_at",
    "started_at", "ended_at",
]  # fmt: skip
A_PAGE = 100


def state(row: Sitting) -> dict[str, Any]:
    """How far a sitting is; `waiting` have not had their turn, `skipped` never will."""
    facts = {name: getattr(row, name) for name in LISTED if not name.endswith("_at")}
    times = {name: moment.isoformat() if (moment := getattr(row, name)) else None for name in ("started_at", "ended_at")}
    return facts | times | {"waiting": max(0, row.total - row.gone_through) if row.status != "CANCELLED" else 0}


def read_body(said: Any) -> tuple[SittingKind, list[int], bool, bool]:
    """Kind, ids, whether to start at once, and the statement, out of a JSON object; InvalidInput names every fault."""
    if not isinstance(said, dict):
        raise InvalidInput([Fault("", "The body must be a JSON object.")])
    faults = [Fault(str(name)[:80], "This field is not known here. Check its spelling.")
              for name in said if name not in {"kind", "ids", "start", "origin_criteria_checked"}]  # fmt: skip
    kinds = [kind.value for kind in SittingKind]
    if said.get("kind", "APPROVE") not in kinds:
        faults.append(Fault("kind", f"The kind is one of {', '.join(kinds)}."))
    ids = said.get("ids")
    if not isinstance(ids, list) or not all(type(pk) is int and 0 < pk < 2**31 for pk in ids) or not 0 < len(ids) <= MOST:
        faults.append(Fault("ids", f"Send the numbers of 1 to {MOST:,} applications as «ids»."))
    for name in ("start", "origin_criteria_checked"):
        if not isinstance(said.get(name, True), bool):
            faults.append(Fault(name, "This must be true or false."))
    if faults or not isinstance(ids, list):
        raise InvalidInput(faults)
    kind = SittingKind(said.get("kind", "APPROVE"))
    return kind, ids, said.get("start", True), said.get("origin_criteria_checked", False)


@with_moves(SITTING_LIFE, sitting.SITTING_VERBS, state)
class SittingApi(ReadApi):
    """Resource `sittings`."""

    resource_name = "sittings"
    openapi_spec_tag = "Sittings"
    datamodel = FastInterface(Sitting)
    base_permissions = ["can_get", "can_move"]
    list_columns = LISTED
    show_columns = [*LISTED, "origin_criteria_checked"]
    search_columns = ["kind", "status"]
    order_columns = ["id", "created_at", "ended_at"]

    @expose("/", methods=("POST",))
    @protect()
    @safe
    @permission_name("move")
    def make(self) -> Response:
        """Begin a sitting over many applications.
        ---
        post:
          summary: Decide on many applications at once
          description: >-
            Each id is looked at: what cannot go is skipped and says why. With start false it stays a preview, which the move
            start starts; otherwise the worker begins at once. APPROVE takes what the officer has under review, TAKE_UP also
            what nobody has taken up, SIGN what was approved and is not signed.
          parameters:
          - {in: header, name: Idempotency-Key, schema: {type: string, maxLength: 200}}
          requestBody:
            content:
              application/json:
                schema:
                  type: object
                  required: [ids]
                  properties:
                    kind: {type: string, enum: [APPROVE, TAKE_UP, SIGN]}
                    ids: {type: array, maxItems: 5000, items: {type: integer}}
                    start: {type: boolean}
                    origin_criteria_checked: {type: boolean}
          responses:
            201: {description: "how far it is"}
            403: {description: the actor is no officer}
            409: {description: nothing of it can go}
            422: {description: "an id that is not there, or another fault"}
        """
        return self.act(self._made)

    def _made(self) -> tuple[int, Any]:
        kind, ids, at_once, checked = read_body(parse_body())
        row = sitting.prepare(db.session, current.actor(), kind, ids)
        if at_once:
            sitting.start(db.session, row, current.actor(), origin_criteria_checked=checked)
        db.session.flush()
        return 201, {"id": row.id, "result": state(row)}

    @expose("/<int:pk>/rows", methods=("GET",))
    @protect()
    @safe
    @permission_name("get")
    def rows(self, pk: int) -> Response:
        """What became of each application.
        ---
        get:
          summary: The rows of a sitting
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          - {in: query, name: state, schema: {type: string, enum: [WAITING, DONE, REFUSED, FAILED, SKIPPED]}}
          - {in: query, name: page, schema: {type: integer}, description: of a hundred, from 0}
          responses:
            200: {description: "count, and result: application_id, number, state, sentence"}
            404: {description: "no such sitting, or not the actor's to see"}
        """
        if self.row(pk) is None:
            return self.response_404()
        asked, page = request.args.get("state", ""), request.args.get("page", "0")
        query = select(SittingRow).where(SittingRow.sitting_id == pk)
        if asked in list(RowState):
            query = query.where(SittingRow.state == asked)
        number = db.session.scalar(select(func.count()).select_from(query.subquery()))
        start = min(int(page), MOST) * A_PAGE if is_id(page) else 0
        found = db.session.scalars(query.order_by(SittingRow.id).offset(start).limit(A_PAGE))
        told = [{"application_id": row.application_id, "number": row.number, "state": row.state, "sentence": row.sentence}
                for row in found]  # fmt: skip
        return jsonify(count=number, result=told)
