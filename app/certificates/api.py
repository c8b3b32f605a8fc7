"""Certificates over REST: their facts and the signed file."""

from typing import Any

from flask import Response, jsonify, request
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name

from app.certificates import leaves as leaves  # the prints of the paper leaves are verbs of the table
from app.certificates.download import handed_leaf, handed_out
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
    paper = [
        {"id": copy.id, "leaf": leaf.kind, "code": leaf.code, "print": copy.number, "sha256": copy.sha256,
         "printed_by": copy.printed_by, "printed_at": copy.created_at.isoformat()}
        for leaf in certificate.leaves for copy in leaf.copies
    ]  # fmt: skip
    return {"id": certificate.id, "number": certificate.number, "status": certificate.status, "paper_leaves": paper}


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
        "signature_level",
        "stamped_at",
        "archived_sha256",
        "endorsements",
        "changed_fields",
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
        """The signed electronic certificate as it was issued, or its form for the archive.
        ---
        get:
          summary: The signed file
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          - {in: query, name: form, schema: {type: string, enum: [archive]}}
          responses:
            200: {description: the PDF, content: {application/pdf: {schema: {type: string, format: binary}}}}
            404: {description: no such certificate}
            409: {description: not issued yet}
        """
        certificate = self.row(pk)
        return self.response_404() if certificate is None else _out(certificate)

    @expose("/<int:pk>/leaves", methods=("GET",))
    @protect()
    @permission_name("get")
    def leaves(self, pk: int) -> Response:
        """The prints of the paper leaves.
        ---
        get:
          summary: Prints of the original and the duplicate
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          responses:
            200: {description: "where the certificate stands, with paper_leaves"}
            404: {description: no such certificate}
        """
        certificate = self.row(pk)
        return self.response_404() if certificate is None else jsonify(id=pk, result=state(certificate))

    @expose("/<int:pk>/leaves/<int:paper_pk>/pdf", methods=("GET",))
    @protect()
    @permission_name("get")
    def leaf_pdf(self, pk: int, paper_pk: int) -> Response:
        """One print of a paper leaf.
        ---
        get:
          summary: The file of one print
          parameters:
          - {in: path, name: pk, schema: {type: integer}, required: true}
          - {in: path, name: paper_pk, schema: {type: integer}, required: true}
          responses:
            200: {description: the PDF, content: {application/pdf: {schema: {type: string, format: binary}}}}
            404: {description: no such print}
            409: {description: not made yet}
        """
        certificate = self.row(pk)
        copies = [copy for leaf in certificate.leaves for copy in leaf.copies if copy.id == paper_pk] if certificate else []
        return handed_leaf(copies[0], current.actor()) if copies else self.response_404()


def _out(certificate: Certificate) -> Response:
    return handed_out(certificate, current.actor(), archived=request.args.get("form") == "archive")
