"""Papers over REST: what lies with the applications one may see, the file as it came, and its attested copy."""

from typing import Any

from flask import Response
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name

from app.applications.models import Attachment
from app.core.errors import WrongState
from app.infra import current, store
from app.infra.rest import ReadApi
from app.infra.screens import FastInterface
from app.infra.tenancy import must_see

LISTED = [
    "id", "application_id", "kind", "filename", "mime", "size", "sha256", "created_at", "replaced_by_id", "attest_requested",
    "attested_at", "attested_by", "attested_sha256",
]  # fmt: skip


class PaperApi(ReadApi):
    """Resource `papers`."""

    resource_name = "papers"
    openapi_spec_tag = "Papers"
    datamodel = FastInterface(Attachment)
    base_permissions = ["can_get"]
    list_columns = LISTED
    show_columns = LISTED
    search_columns = ["application_id", "kind", "sha256"]
    order_columns = ["id", "created_at"]

    @expose("/<int:pk>/file", methods=("GET",))
    @protect()  # not @safe: it would answer 500 to a refusal
    @permission_name("get")
    def file(self, pk: int) -> Response:
        """The file as it came, always as a download.
        ---
        get:
          summary: The file of a paper
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          responses:
            200: {description: the bytes that were put in}
            404: {description: no such paper}
        """
        row = self.row(pk)
        return self.response_404() if row is None else _handed_out(row, row.sha256, row.mime, f"paper-{pk}")

    @expose("/<int:pk>/attested", methods=("GET",))
    @protect()
    @permission_name("get")
    def attested(self, pk: int) -> Response:
        """The attested copy, once the officer has made it.
        ---
        get:
          summary: The attested copy of a paper
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          responses:
            200: {description: the PDF, content: {application/pdf: {schema: {type: string, format: binary}}}}
            404: {description: no such paper}
            409: {description: there is no attested copy}
        """
        row = self.row(pk)
        if row is None:
            return self.response_404()
        if not row.attested_sha256:
            raise WrongState("There is no attested copy of this paper. Ask for one; the officer makes it after the issue.")
        return _handed_out(row, row.attested_sha256, "application/pdf", f"attested-copy-{pk}")


def _handed_out(row: Attachment, digest: str, mime: str, name: str) -> Response:
    must_see(current.actor(), row)
    ending: Any = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}[mime]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"', "X-Content-SHA256": digest}
    return Response(store.get(digest), mimetype=mime, headers=headers)
