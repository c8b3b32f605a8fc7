"""The REST API of Flask-AppBuilder, made safe for many tenants: read-only unless a capability adds a verb.

Columns are named one by one, so that nothing is shown, searched or sorted by that was not meant to be; nothing is written
but through verbs, each in one transaction and once for each Idempotency-Key.
"""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import yaml
from flask import Response, current_app, jsonify, request
from flask_appbuilder.api import ModelRestApi, expose, protect, safe
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from werkzeug.exceptions import HTTPException

from app.core.errors import BusinessError, NotFound, WrongState
from app.core.workflow import Arg, Move, Workflow
from app.infra import current, idempotency, problems
from app.infra.db import db, transaction
from app.infra.jsonbody import parse_json
from app.infra.moves import json_schema, read_args

READ_ONLY = ["can_info", "can_get", "can_get_list"]
# What a filter of the wrong type or size ends in, differently in each database and converter.
UNANSWERABLE = (StatementError, ArithmeticError, ValueError, TypeError, LookupError, AttributeError)
Answer = tuple[int, Any]
Api = TypeVar("Api", bound="type[ReadApi]")


class InOurWords:
    """What breaks while Flask-AppBuilder reads a request, told as what it is: often the asker's mistake, not a 500."""

    def response_500(self, **_kwargs: Any) -> Response:
        db.session.rollback()
        error = sys.exc_info()[1]
        if isinstance(error, RecursionError):  # a question nested without end
            return problems.problem(400, problems.WRONG_QUESTION)
        status = (error.code or 500) if isinstance(error, HTTPException) else 500
        return problems.problem(status, problems.SENTENCES.get(status, problems.SENTENCES[500]))


class ReadApi(InOurWords, ModelRestApi):
    """A resource that is listed and read; every column is named by the subclass."""

    allow_browser_login = False  # tokens only, so no cookie can be made to act from elsewhere
    max_page_size = 100
    page_size = 25
    base_order = ("id", "desc")
    exclude_route_methods = {"info", "post", "put", "delete"}
    may_wait: frozenset[str] = frozenset()  # moves that may have to wait for a signature, and are then answered with 202

    def __init__(self) -> None:
        if not (self.list_columns and self.show_columns and self.search_columns and self.order_columns):
            raise TypeError(f"{type(self).__name__} must name its list, show, search and order columns")
        super().__init__()

    def _handle_filters_args(self, rison_args: dict[str, Any]) -> Any:
        """Filters of this request only; FAB keeps one object for all and two users' filters then mix."""
        filters = self.datamodel.get_filters(search_columns=self.search_columns, search_filters=self.search_filters)
        filters.rest_add_filters(rison_args.get("filters", []))
        return filters.get_joined_filters(self._base_filters)

    def get_headless(self, pk: Any, **kwargs: Any) -> Response:
        if not str(pk).isascii() or not str(pk).isdigit() or int(pk) >= 2**31:
            return self.response_404()
        answer: Response = super().get_headless(pk, **kwargs)
        return answer

    def get_list_headless(self, **kwargs: Any) -> Response:
        """A filter value the database cannot compare with is the asker's mistake, not ours."""
        try:
            answer: Response = super().get_list_headless(**kwargs)
            return answer
        except UNANSWERABLE as error:
            if isinstance(error, OperationalError) or not request.args.get("q"):
                raise
            current_app.logger.warning("A list was asked for in a way the database cannot answer: %s", error)
            db.session.rollback()
            return problems.problem(400, problems.WRONG_QUESTION)

    def response_400(self, **_kwargs: Any) -> Response:
        return problems.problem(400, problems.WRONG_QUESTION)

    def response_404(self) -> Response:
        return problems.problem(404, problems.SENTENCES[404])

    def response_403(self) -> Response:
        return problems.problem(403, problems.why_closed() or "Your role does not open this resource.")

    def row(self, pk: int) -> Any:
        """The row with this id if the actor may know of it, else None."""
        return self.datamodel.get(pk, self._base_filters) if pk < 2**31 else None

    def found(self, pk: int) -> Any:
        """The row, or NotFound when there is none or the actor may not know of it."""
        row = self.row(pk)
        if row is None:
            raise NotFound(problems.SENTENCES[404])
        return row

    def instead(self, name: str, item: Any, args: dict[str, Any]) -> Answer | None:
        """What is done and answered in place of a move in `may_wait`; None when the move is made at once."""
        return None

    def act(self, work: Callable[[], Answer], said: bytes | None = None, first: Callable[[], None] | None = None) -> Response:
        """Run a verb in one transaction; with an Idempotency-Key, once, and the same answer for every repeat.

        `said` is what was asked, where the raw body says the same in other bytes each time; `first` is what takes long and
        needs no transaction.
        """
        key, body = request.headers.get("Idempotency-Key", "").strip(), request.get_data() if said is None else said
        user_id = current.actor().user_id or 0
        whose = current.acting_for().encode()  # asked for two firms, it is two questions
        printed = idempotency.fingerprint(request.method, request.path, whose + b"\n" + body if whose else body)
        try:
            if len(key) > 200:
                raise BusinessError("The Idempotency-Key is longer than 200 characters.")
            kept = idempotency.recall(db.session, user_id, key, printed) if key else None
            if kept is None:
                if first is not None:
                    db.session.rollback()  # nobody waits for a lock while we look
                    first()
                kept = self._once(work, user_id, key, printed)
        except BusinessError as refusal:
            db.session.rollback()
            return problems.of_business_error(refusal)
        return _answer(*kept)

    def _once(self, work: Callable[[], Answer], user_id: int, key: str, printed: str) -> Answer:
        """A twin with the same key may have been first, and then the table refuses us: its answer is ours."""
        try:
            with transaction(db.session):
                status, result = work()
                if key:
                    idempotency.remember(db.session, user_id, key, printed, status, result)
        except (IntegrityError, BusinessError) as clash:
            kept = idempotency.recall(db.session, user_id, key, printed) if key else None
            if kept is not None:
                return kept
            if isinstance(clash, BusinessError):
                raise
            raise WrongState("This was changed by somebody else at the same moment. Look again, then repeat.") from clash
        return status, result


def _answer(status: int, body: Any) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response


def with_moves(workflow: Workflow, verbs: dict[str, Callable[..., Any]], state: Callable[[Any], Any]) -> Callable[[Api], Api]:
    """Give a resource one POST for each move of its state table; `state` is what is answered after a move."""

    def add(api: Api) -> Api:
        for name in workflow.names:
            if not workflow.rows(name)[0].automatic:
                setattr(api, f"move_{name}", _endpoint(api, workflow, verbs, state, name))
        return api

    return add


def _endpoint(
    api: type[ReadApi], workflow: Workflow, verbs: dict[str, Callable[..., Any]], state: Callable[[Any], Any], name: str
) -> Any:
    move = workflow.rows(name)[0]

    def endpoint(self: ReadApi, pk: int) -> Response:
        def work() -> Answer:
            item = self.row(pk)
            given = parse_body()
            workflow.check(name, item.status, current.actor().role)
            args = read_args(move, given)
            waits = self.instead(name, item, args) if name in self.may_wait else None
            if waits is not None:
                return waits
            verbs[name](db.session, item, current.actor(), **args)
            db.session.flush()
            return 200, {"id": pk, "result": state(item) if move.to is not None else None}

        if self.row(pk) is None:
            return self.response_404()
        return self.act(work)

    endpoint.__name__ = f"move_{name}"
    endpoint.__doc__ = _documentation(workflow, name, waits=name in api.may_wait)
    endpoint._permission_name = "move"  # type: ignore[attr-defined]  # one permission; the table says who
    return expose(f"/<int:pk>/{name}", methods=("POST",))(protect()(safe(endpoint)))


def parse_body() -> Any:
    """The JSON of the body; an empty body is an empty object."""
    body = request.get_data()
    return parse_json(body) if body.strip() else {}


def _documentation(workflow: Workflow, name: str, *, waits: bool) -> str:
    """The OpenAPI text of a move, made from its line in the table."""
    rows = workflow.rows(name)
    move = rows[0]
    froms = sorted({state for row in rows for state in row.froms})
    operation: dict[str, Any] = {
        "summary": move.label,
        "description": _in_words(froms, move),
        "parameters": [
            {"in": "path", "name": "pk", "schema": {"type": "integer"}, "required": True},
            {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "maxLength": 200}},
        ],
        "requestBody": {"content": {"application/json": {"schema": _body_schema(move.args)}}},
        "responses": {
            "200": {"description": f"{move.event}"},
            "403": {"description": "the actor may not"},
            "404": {"description": "nothing there, or not the actor's to see"},
            "409": {"description": "not possible in the present state; `detail` is the sentence"},
            "422": {"description": "every fault by its field"},
        },
    }
    if waits:
        operation["responses"]["202"] = {"description": "a token has to sign first; `order` says which order waits and where"}
    return f"{move.label}\n---\n{yaml.safe_dump({'post': operation}, sort_keys=False)}"


def _in_words(froms: list[str], move: Move) -> str:
    return f"From {', '.join(froms)} to {move.to or 'deleted'}, by {', '.join(sorted(move.by))}. {move.guard}".strip()


def _body_schema(args: tuple[Arg, ...]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": {arg.name: json_schema(arg) for arg in args}}
    required = [arg.name for arg in args if arg.required]
    return schema | {"required": required} if required else schema
