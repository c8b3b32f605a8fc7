"""The wallet, its ledger and its top-ups over REST: money moves only with an application, or through the gateway."""

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify
from flask_appbuilder.api import expose, permission_name, protect, safe

from app.core.errors import BusinessError, Fault, InvalidInput
from app.infra import current, problems
from app.infra.db import db
from app.infra.rest import Answer, ReadApi, parse_body, with_moves
from app.infra.screens import FastInterface
from app.infra.settings import setting
from app.wallet import asking, freezing, topups
from app.wallet import low as marks
from app.wallet.gateway import the_gateway
from app.wallet.models import LedgerEntry, TopUp, Wallet
from app.wallet.rules import TOPUP_LIFE, WALLET_LIFE
from app.wallet.statement import Statement
from app.wallet.statement_files import as_csv, asked_statement


def wallet_state(wallet: Wallet) -> dict[str, Any]:
    """What is told of a wallet after a move."""
    return {"status": wallet.status, "frozen_because": wallet.frozen_because}


@with_moves(WALLET_LIFE, freezing.VERBS, wallet_state)
class WalletApi(ReadApi):
    """Resource `wallets`; amounts in paise."""

    resource_name = "wallets"
    openapi_spec_tag = "Wallets"
    datamodel = FastInterface(Wallet)
    base_permissions = ["can_get", "can_topup", "can_low", "can_move"]
    list_columns = [
        "id",
        "exporter_id",
        "firm_name",
        "iec",
        "currency",
        "balance_paise",
        "held_paise",
        "available_paise",
        "status",
    ]
    show_columns = [*list_columns, "frozen_because", "opened_at", "low_paise"]
    search_columns = ["exporter_id", "status"]
    order_columns = ["id"]

    @expose("/topups", methods=("POST",))
    @protect()
    @safe
    @permission_name("topup")
    def topup(self) -> Response:
        """Order a top-up of the firm's wallet.
        ---
        post:
          summary: Order a top-up
          description: Somebody then pays it at `pay_url`; `GET /api/v1/topups/{id}` says what became of it.
          parameters:
          - {in: header, name: Idempotency-Key, schema: {type: string, maxLength: 200}}
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [amount_paise]
                  properties: {amount_paise: {type: integer, minimum: 10000, maximum: 50000000}}
          responses:
            201: {description: the order with the address where it is paid}
            403: {description: the actor may not top up}
            409: {description: topping up is switched off or the wallet is frozen}
            422: {description: every fault by its field}
        """

        ordered: list[int] = []

        def work() -> Answer:
            topup = topups.create(db.session, current.actor(), _paise(parse_body(), "amount_paise"))
            ordered.append(topup.id)
            return 201, {"id": topup.id, "result": topup_state(topup)}

        answer = self.act(work)
        for topup_id in ordered if answer.status_code == 201 else ():
            try:
                asking.ask(db.session, topup_id)
            except BusinessError:  # the row is there: the job places the order when the gateway answers again
                db.session.rollback()
        return answer

    @expose("/<int:pk>", methods=("PUT",))
    @protect()
    @safe
    @permission_name("low")
    def low(self, pk: int) -> Response:
        """Set below how many paise the firm is told that little is left.
        ---
        put:
          summary: Set below how many paise the firm is told
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [low_paise]
                  properties: {low_paise: {type: integer, nullable: true, minimum: 0, maximum: 50000000}}
          responses:
            200: {description: the mark as it is now}
            404: {description: no such wallet}
            422: {description: every fault by its field}
        """

        def work() -> Answer:
            wallet, said = self.found(pk), parse_body()
            clear = isinstance(said, dict) and said == {"low_paise": None}
            marks.set_mark(db.session, wallet, current.actor(), None if clear else _paise(said, "low_paise"))
            return 200, {"id": pk, "result": {"low_paise": wallet.low_paise, "mark_paise": marks.mark(wallet)}}

        return self.act(work)

    @expose("/statement", methods=("GET",))
    @protect()
    @safe
    @permission_name("get")
    def statement(self) -> Response:
        """The statement of a firm between two days in India, both included; amounts in paise.
        ---
        get:
          summary: The statement between two days
          parameters:
          - {in: query, name: first, schema: {type: string, format: date}}
          - {in: query, name: last, schema: {type: string, format: date}}
          - {in: query, name: firm, schema: {type: integer}, description: for DGFT}
          responses:
            200: {description: "opening and closing balance, sums, and each line with its certificate"}
            404: {description: not the actor's to see}
            422: {description: every fault by its field}
        """
        try:
            told = asked_statement()
        except BusinessError as refusal:
            return problems.of_business_error(refusal)
        return jsonify(result=as_json(told))

    @expose("/statement.csv", methods=("GET",))
    @protect()
    @safe
    @permission_name("get")
    def statement_table(self) -> Response:
        """The same as a table, amounts in rupees.
        ---
        get:
          summary: The statement as CSV
          parameters:
          - {in: query, name: first, schema: {type: string, format: date}}
          - {in: query, name: last, schema: {type: string, format: date}}
          - {in: query, name: firm, schema: {type: integer}}
          responses:
            200: {description: the table, content: {text/csv: {schema: {type: string}}}}
            422: {description: every fault by its field}
        """
        try:
            return as_csv(asked_statement())
        except BusinessError as refusal:
            return problems.of_business_error(refusal)


def _paise(said: Any, name: str) -> int:
    """The paise of the body under this name, strictly: a whole number and nothing beside it."""
    if not isinstance(said, dict) or set(said) != {name}:
        raise InvalidInput([Fault(name, f"Send an object with {name} and nothing else.")])
    paise = said[name]
    if isinstance(paise, bool) or not isinstance(paise, int):
        raise InvalidInput([Fault(name, "The amount must be a whole number of paise.")])
    return paise


def as_json(told: Statement) -> dict[str, Any]:
    """A statement as data."""
    names = ("opening_paise", "opening_aside_paise", "in_paise", "out_paise", "closing_paise", "closing_aside_paise")
    whose = {"exporter_id": told.firm.id, "firm_name": told.firm.firm_name, "iec": told.firm.iec}
    days = {"first": told.period.first.isoformat(), "last": told.period.last.isoformat()}
    lines = [asdict(line) | {"at": line.at.isoformat()} for line in told.lines]
    return whose | days | {name: getattr(told, name) for name in names} | {"lines": lines}


def topup_state(topup: TopUp) -> dict[str, Any]:
    """What is told of a top-up after a call."""
    page = the_gateway().page(topup.gateway_order_id) if setting("GATEWAY") != "none" else ""
    return {"status": topup.status, "amount_paise": topup.amount_paise, "pay_url": page}


@with_moves(TOPUP_LIFE, topups.VERBS, topup_state)
class TopUpApi(ReadApi):
    """Resource `topups`; amounts in paise."""

    resource_name = "topups"
    openapi_spec_tag = "Top-ups"
    datamodel = FastInterface(TopUp)
    base_permissions = ["can_get", "can_move"]
    list_columns = [
        "id",
        "exporter_id",
        "amount_paise",
        "currency",
        "status",
        "gateway_order_id",
        "gateway_payment_id",
        "created_at",
        "settled_at",
    ]
    show_columns = [*list_columns, "status_since", "expires_at", "reason", "asked_by"]
    search_columns = ["status", "exporter_id", "gateway_order_id"]
    order_columns = ["id", "created_at"]


class LedgerApi(ReadApi):
    """Resource `ledger`: every entry, in paise."""

    resource_name = "ledger"
    openapi_spec_tag = "Ledger"
    datamodel = FastInterface(LedgerEntry)
    base_permissions = ["can_get"]
    list_columns = [
        "id",
        "at",
        "kind",
        "account",
        "amount_paise",
        "balance_after_paise",
        "exporter_id",
        "agency_id",
        "application_id",
        "reference",
    ]
    show_columns = [*list_columns, "actor_name"]
    search_columns = ["kind", "account", "application_id"]
    order_columns = ["id", "at"]
