"""Applications over REST: file a draft, attach papers, make the moves of the state table, read what comes of it."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, request
from flask_appbuilder.api import expose, protect, safe
from flask_appbuilder.security.decorators import permission_name

from app.applications import advised, by_token, payload, service
from app.applications.esign_api import EsignCalls
from app.applications.models import Application
from app.applications.rules import LIFE
from app.applications.service import VERBS
from app.core.actor import Role
from app.core.errors import BusinessError, Fault, InvalidInput, NotFound
from app.infra import current, problems
from app.infra.db import db
from app.infra.rest import Answer, ReadApi, parse_body, with_moves
from app.infra.screens import FastInterface, is_id
from app.infra.uploads import Upload, paper

ATTACHMENT_KINDS = ("INVOICE", "PACKING_LIST", "FOREIGN_COO", "BILL_OF_ENTRY", "BL_AWB", "TRANSLATION", "AUTH_LETTER", "OTHER")
YES = {"true", "yes", "on", "1"}
LISTED = [
    "id", "number", "status", "kind", "exporter_name", "exporter_iec", "consignee_name", "destination_country",
    "agency_id", "office_id", "currency", "submitted_at", "status_since", "certificate_id", "fee_paise",
]  # fmt: skip
SHOWN = [
    *LISTED, "certificate_type", "payload_sha256", "gst_paise", "query_round", "lapse_on", "decision_reason",
    "decided_at", "declared_at", "declared_by", "created_at", "version",
]  # fmt: skip
DESK = {Role.OFFICER, Role.ADMINISTRATOR, Role.SUPERVISOR}  # who is told which officer has it in hand


def state(application: Application) -> dict[str, Any]:
    """What is answered after a move: where the application stands now."""
    return {
        "id": application.id,
        "number": application.number,
        "status": application.status,
        "certificate_id": application.certificate_id,
        "version": application.version,
    }


@with_moves(LIFE, VERBS, state)
class ApplicationApi(EsignCalls, ReadApi):
    """Resource `applications`."""

    resource_name = "applications"
    openapi_spec_tag = "Applications"
    datamodel = FastInterface(Application)
    base_permissions = ["can_get", "can_move", "can_file"]
    list_columns = LISTED
    show_columns = SHOWN
    search_columns = ["number", "status", "kind", "exporter_name", "consignee_name", "destination_country", "office_id"]
    order_columns = ["id", "number", "status", "submitted_at", "status_since"]
    may_wait = frozenset(by_token.SUBJECTS)

    def instead(self, name: str, item: Application, args: dict[str, Any]) -> Answer | None:
        """Whoever signs with a token gets an order for it; answering that makes the move."""
        actor = current.actor()
        order = by_token.ask(db.session, item, actor, name, **args) if by_token.signs(db.session, actor) else None
        if order is None:
            return None
        return 202, {"id": item.id, "result": state(item)} | by_token.told(order)

    def pre_get(self, data: dict[str, Any]) -> None:
        """Beside the columns: the filing as it was filed, the papers, the queries, and what may be done next."""
        application = self.row(int(data["id"]))
        data["result"]["filing"] = payload.filing(application)
        data["result"]["attachments"] = [_attachment(row) for row in application.attachments]
        data["result"]["queries"] = [
            {
                "round": row.round,
                "status": row.status,
                "items": row.items,
                "due_on": row.due_on.isoformat(),
                "reply": row.reply,
                "changes": row.changes,
            }
            for row in application.queries
        ]
        if current.actor().role in DESK:
            data["result"]["hold"] = application.hold.stated() if application.hold else None
        data["result"]["moves"] = [move.name for move in LIFE.offered(application.status, current.actor().role)]

    @expose("/", methods=("POST",))
    @protect()
    @safe
    @permission_name("file")
    def file(self) -> Response:
        """File a new draft.
        ---
        post:
          summary: File a new draft
          parameters:
          - {in: header, name: Idempotency-Key, schema: {type: string, maxLength: 200}}
          requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
          responses:
            201: {description: the draft's id}
            403: {description: the actor may not file}
            422: {description: every fault by its field}
        """

        def work() -> Answer:
            application = service.create(db.session, current.actor(), parse_body())
            db.session.flush()
            return 201, {"id": application.id, "result": state(application)}

        return self.act(work)

    @expose("/check", methods=("POST",))
    @protect()
    @safe
    @permission_name("file")
    def check(self) -> Response:
        """Check a filing as it is typed; nothing is stored.
        ---
        post:
          summary: Check a filing without filing it
          description: >-
            The filing may be incomplete. Faults would be refused; warnings are what the office is likely to ask about.
          requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
          responses:
            200: {description: "faults and warnings, each a list of field and message"}
            403: {description: the actor may not file}
            422: {description: the body is no JSON}
        """
        try:
            faults, warnings = advised.look(db.session, current.actor(), parse_body())
        except BusinessError as refusal:
            return problems.of_business_error(refusal)
        return jsonify(faults=list(map(asdict, faults)), warnings=list(map(asdict, warnings)))

    @expose("/<int:pk>/advice", methods=("GET",))
    @protect()
    @safe
    @permission_name("get")
    def advice(self, pk: int) -> Response:
        """What the office is likely to ask about an application, the attached invoice's words compared with it.
        ---
        get:
          summary: What is likely to be asked
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          responses:
            200: {description: "warnings, a list of field and message"}
            404: {description: no such application}
        """
        application = self.row(pk)
        if application is None:
            return self.response_404()
        return jsonify(id=pk, result=list(map(asdict, advised.of_application(db.session, application))))

    @expose("/<int:pk>/attachments", methods=("POST",))
    @protect()
    @safe
    @permission_name("file")
    def file_attachment(self, pk: int) -> Response:
        """Put a paper in with the application.
        ---
        post:
          summary: Attach a paper
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          requestBody:
            content:
              multipart/form-data:
                schema:
                  type: object
                  properties:
                    kind: {type: string}
                    file: {type: string, format: binary}
                    replaces: {type: integer, description: "the paper whose place it takes; during a query one that is marked"}
                    attest: {type: boolean, description: "whether an attested copy of it is wanted"}
          responses:
            201: {description: the paper's id and SHA-256}
            404: {description: no such application}
            409: {description: not possible in this state}
            422: {description: wrong kind or file}
        """

        if self.row(pk) is None:
            return self.response_404()
        kind, sent = request.form.get("kind", "").strip().upper(), request.files.get("file")
        name, content = (sent.filename or "", sent.stream.read()) if sent is not None else ("", b"")
        former, wanted = request.form.get("replaces", "").strip(), request.form.get("attest", "").strip().lower()
        replaces = int(former) if is_id(former) else None
        taken: list[Upload] = []

        def look() -> None:
            faults = list(_wrong(kind, former, there=sent is not None))
            if faults:
                raise InvalidInput(faults)
            taken.append(paper(name, content))

        def work() -> Answer:
            row = service.attach(
                db.session, self.row(pk), current.actor(), kind=kind, paper=taken[0], replaces=replaces, attest=wanted in YES
            )
            db.session.flush()
            return 201, {"id": row.id, "result": _attachment(row)}

        said = (
            "\n".join((kind, name, former, wanted)).encode() + b"\n" + content
        )  # not the body: its boundary is another each time
        return self.act(work, said=said, first=look)

    @expose("/<int:pk>/attachments/<int:paper_pk>", methods=("DELETE",))
    @protect()
    @safe
    @permission_name("file")
    def file_attachment_not(self, pk: int, paper_pk: int) -> Response:
        """Take a paper out of a draft again.
        ---
        delete:
          summary: Remove a paper from a draft
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          - {in: path, name: paper_pk, schema: {type: integer}, required: true}
          responses:
            200: {description: the paper is gone}
            403: {description: a paper that was submitted stays}
            404: {description: no such paper}
        """

        def work() -> Answer:
            application = self.row(pk)
            held = [row for row in application.attachments if row.id == paper_pk] if application else []
            if not held:
                raise NotFound(problems.SENTENCES[404])
            service.detach(db.session, held[0], current.actor())
            return 200, {"id": paper_pk, "result": None}

        return self.act(work)

    @expose("/<int:pk>", methods=("PUT",))
    @protect()
    @safe
    @permission_name("file")
    def file_again(self, pk: int) -> Response:
        """Replace the filing of a draft, or of an application with an open query.
        ---
        put:
          summary: Replace the filing
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
          responses:
            200: {description: where the application stands}
            409: {description: not possible in this state}
            422: {description: every fault by its field}
        """

        def work() -> Answer:
            application = self.row(pk)
            service.edit(db.session, application, current.actor(), filing=parse_body())
            return 200, {"id": pk, "result": state(application)}

        return self.act(work) if self.row(pk) is not None else self.response_404()

    @expose("/<int:pk>", methods=("DELETE",))
    @protect()
    @safe
    @permission_name("file")
    def file_not(self, pk: int) -> Response:
        """Delete a draft.
        ---
        delete:
          summary: Delete a draft
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          responses:
            200: {description: the draft is gone}
            409: {description: only drafts are deleted}
        """

        def work() -> Answer:
            service.delete(db.session, self.found(pk), current.actor())
            return 200, {"id": pk, "result": None}

        return self.act(work)  # asked again with its key, it answers as it did when there was something to delete


def _attachment(row: Any) -> dict[str, Any]:
    names = ("id", "kind", "filename", "mime", "size", "sha256", "replaced_by_id", "attest_requested", "attested_sha256")
    return {name: getattr(row, name) for name in names}


def _wrong(kind: str, former: str, *, there: bool) -> Iterator[Fault]:
    """What is wrong with a paper that was sent, before anybody looks at its bytes."""
    if kind not in ATTACHMENT_KINDS:
        yield Fault("kind", f"The kind must be one of {', '.join(ATTACHMENT_KINDS)}.")
    if former and not is_id(former):
        yield Fault("replaces", "This must be the number of a paper.")
    if not there:
        yield Fault("file", "There is no file. Send it as multipart/form-data in the part «file».")
