"""Certificates over REST: their facts and the signed file."""

from typing import Any

from flask import Response
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name

from app.certificates.download import handed_out
from app.certificates.issue import CERTIFICATE_VERBS
from app.certificates.models import Certificate
from app.certificates.rules import LIFE
from app.infra import current
from app.infra.rest import ReadApi, with_moves
from app.infra.screens import FastInterface

LISTED = [
    "id", "number", "status", "kind", "application_id", "exporter_name", "consignee_name", "destination_country",
    "agency_id", "office_id", "agency_name", "office_name", "officer_name", "issue_date", "issued_at", "sha256", "verify_url",
]  # fmt: skip


def state(certificate: Certificate) -> dict[str, Any]:
    """What is answered after a move."""
    return {"id": certificate.id, "number": certificate.number, "status": certificate.status}


@with_moves(LIFE, CERTIFICATE_VERBS, state)
class CertificateApi(ReadApi):
    """Resource `certificates`."""

    resource_name = "certificates"
    openapi_spec_tag = "Certificates"
    datamodel = FastInterface(Certificate)
    base_permissions = ["can_get", "can_move"]
    list_columns = LISTED
    show_columns = [
        *LISTED,
        "data_sha256",
        "payload_sha256",
        "dsc_sha256",
        "signature_time",
        "endorsements",
        "template_version",
        "superseded_by_id",
        "supersedes_id",
        "status_reason",
        "download_count",
        "verify_count",
    ]
    search_columns = ["number", "status", "kind", "exporter_name", "consignee_name", "destination_country", "office_id", "sha256"]
    order_columns = ["id", "number", "issue_date", "issued_at"]

    @expose("/<int:pk>/pdf", methods=("GET",))
    @protect()  # not @safe: it would answer 500 to a refusal
    @permission_name("get")  # the right to read is the right to the file
    def pdf(self, pk: int) -> Response:
        """The signed electronic certificate.
        ---
        get:
          summary: The signed file
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          responses:
            200: {description: the PDF, content: {application/pdf: {schema: {type: string, format: binary}}}}
            404: {description: no such certificate}
            409: {description: not issued yet}
        """
        certificate = self.row(pk)
        return self.response_404() if certificate is None else handed_out(certificate, current.actor())
