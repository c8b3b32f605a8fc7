"""Applications over REST: file a draft, attach papers, make the moves of the state table, read what comes of it."""

from typing import Any

from flask import Response, request
from flask_appbuilder.api import expose, protect, safe
from flask_appbuilder.security.decorators import permission_name

from app.applications import payload, service
from app.applications.models import Application
from app.applications.rules import LIFE
from app.applications.service import VERBS
from app.core.errors import Fault, InvalidInput, NotFound
from app.infra import current, problems
from app.infra.db import db
from app.infra.rest import Answer, ReadApi, parse_body, with_moves
from app.infra.screens import FastInterface
from app.infra.uploads import Upload, paper

ATTACHMENT_KINDS = ("INVOICE", "PACKING_LIST", "FOREIGN_COO", "BILL_OF_ENTRY", "BL_AWB", "TRANSLATION", "AUTH_LETTER", "OTHER")
LISTED = [
    "id", "number", "status", "kind", "exporter_name", "exporter_iec", "consignee_name", "destination_country",
    "agency_id", "office_id", "currency", "submitted_at", "status_since", "certificate_id", "fee_paise",
]  # fmt: skip
SHOWN = [
    *LISTED, "certificate_type", "payload_sha256", "gst_paise", "query_round", "lapse_on", "decision_reason",
    "decided_at", "declared_at", "declared_by", "created_at", "version",
]  # fmt: skip


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
class ApplicationApi(ReadApi):
    """Resource `applications`."""

    resource_name = "applications"
    openapi_spec_tag = "Applications"
    datamodel = FastInterface(Application)
    base_permissions = ["can_get", "can_move", "can_file"]
    list_columns = LISTED
    show_columns = SHOWN
    search_columns = ["number", "status", "kind", "exporter_name", "consignee_name", "destination_country", "office_id"]
    order_columns = ["id", "number", "status", "submitted_at", "status_since"]

    def pre_get(self, data: dict[str, Any]) -> None:
        """Beside the columns: the filing as it was filed, the papers, the queries, and what may be done next."""
        application = self.row(int(data["id"]))
        data["result"]["filing"] = payload.filing(application)
        data["result"]["attachments"] = [_attachment(row) for row in application.attachments]
        data["result"]["queries"] = [
            {"round": row.round, "status": row.status, "items": row.items, "due_on": row.due_on.isoformat(), "reply": row.reply}
            for row in application.queries
        ]
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
                  properties: {kind: {type: string}, file: {type: string, format: binary}}
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
        taken: list[Upload] = []

        def look() -> None:
            faults = []
            if kind not in ATTACHMENT_KINDS:
                faults.append(Fault("kind", f"The kind must be one of {', '.join(ATTACHMENT_KINDS)}."))
            if sent is None:
                faults.append(Fault("file", "There is no file. Send it as multipart/form-data in the part «file»."))
            if faults:
                raise InvalidInput(faults)
            taken.append(paper(name, content))

        def work() -> Answer:
            row = service.attach(db.session, self.row(pk), current.actor(), kind=kind, paper=taken[0])
            db.session.flush()
            return 201, {"id": row.id, "result": _attachment(row)}

        said = "\n".join((kind, name)).encode() + b"\n" + content  # not the body: its boundary is another each time
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
            application = self.row(pk)
            if application is None:
                raise NotFound(problems.SENTENCES[404])
            service.delete(db.session, application, current.actor())
            return 200, {"id": pk, "result": None}

        return self.act(work)  # asked again with its key, it answers as it did when there was something to delete


def _attachment(row: Any) -> dict[str, Any]:
    return {"id": row.id, "kind": row.kind, "filename": row.filename, "mime": row.mime, "size": row.size, "sha256": row.sha256}
