"""Templates over REST: what the firm begins from, kept from a filing that need not be whole."""

from typing import Any

from flask import Response
from flask_appbuilder.api import expose, protect, safe
from flask_appbuilder.security.decorators import permission_name

from app.applications import advised, starting
from app.applications.fields import MISSING
from app.applications.models import Template
from app.core.errors import Fault, InvalidInput
from app.infra import current
from app.infra.db import db
from app.infra.rest import Answer, ReadApi, parse_body
from app.infra.screens import FastInterface


class TemplateApi(ReadApi):
    """Resource `templates`."""

    resource_name = "templates"
    openapi_spec_tag = "Templates"
    datamodel = FastInterface(Template)
    base_permissions = ["can_get", "can_keep"]
    list_columns = ["id", "name", "made_by", "created_at"]
    show_columns = [*list_columns, "filing"]
    search_columns = ["name"]
    order_columns = ["id", "name"]

    @expose("/", methods=("POST",))
    @protect()
    @safe
    @permission_name("keep")
    def keep(self) -> Response:
        """Keep a filing as a template; what belongs to one shipment is left out.
        ---
        post:
          summary: Keep a template
          parameters:
          - {in: header, name: Idempotency-Key, schema: {type: string, maxLength: 200}}
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [name, filing]
                  properties: {name: {type: string, maxLength: 80}, filing: {type: object}}
          responses:
            201: {description: the template's id}
            422: {description: every fault by its field}
        """

        def work() -> Answer:
            said = _said(parse_body(), {"name": str, "filing": dict})
            _must_be_well_formed(said["filing"])
            row = starting.keep(db.session, current.actor(), said["name"], said["filing"])
            return 201, {"id": row.id, "result": {"id": row.id, "name": row.name}}

        return self.act(work)

    @expose("/<int:pk>", methods=("PUT",))
    @protect()
    @safe
    @permission_name("keep")
    def rename(self, pk: int) -> Response:
        """Give a template another name.
        ---
        put:
          summary: Rename a template
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          requestBody:
            required: true
            content: {application/json: {schema: {type: object, properties: {name: {type: string, maxLength: 80}}}}}
          responses:
            200: {description: its new name}
            404: {description: no such template}
            422: {description: every fault by its field}
        """

        def work() -> Answer:
            row = self.found(pk)
            starting.rename(db.session, row, current.actor(), **_said(parse_body(), {"name": str}))
            return 200, {"id": pk, "result": {"id": pk, "name": row.name}}

        return self.act(work)

    @expose("/<int:pk>", methods=("DELETE",))
    @protect()
    @safe
    @permission_name("keep")
    def remove(self, pk: int) -> Response:
        """Delete a template.
        ---
        delete:
          summary: Delete a template
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          responses:
            200: {description: it is gone}
            404: {description: no such template}
        """

        def work() -> Answer:
            starting.remove(db.session, self.found(pk), current.actor())
            return 200, {"id": pk, "result": None}

        return self.act(work)


def _must_be_well_formed(filing: dict[str, Any]) -> None:
    """Parts may be missing, but what is there has the form of a filing: somebody will begin from it."""
    _clean, faults = advised.read_partly(filing)
    wrong = [Fault(f"filing.{fault.field}", fault.message) for fault in faults if fault.message != MISSING]
    if wrong:
        raise InvalidInput(wrong)


def _said(body: Any, wanted: dict[str, type]) -> dict[str, Any]:
    """The named values of the body, each of its type; InvalidInput names what is missing, wrong or unknown."""
    body = body if isinstance(body, dict) else {}
    faults = [Fault(str(name)[:80], "This field is not known here. Check its spelling.") for name in body if name not in wanted]
    for name, kind in wanted.items():
        if not isinstance(body.get(name), kind):
            what = "text" if kind is str else "a filing, a JSON object"
            faults.append(Fault(name, f"This is missing, or is not {what}."))
    if faults:
        raise InvalidInput(faults)
    return {name: body[name] for name in wanted}
