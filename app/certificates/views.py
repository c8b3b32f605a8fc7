"""The officer's desk, the register of certificates, and the jobs behind them."""

from typing import Any

from flask import Response, abort
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.filters import FilterInFunction
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _

from app.applications.rules import Status
from app.applications.views import ApplicationView
from app.audit.service import history
from app.certificates.download import handed_out
from app.certificates.issue import CERTIFICATE_VERBS
from app.certificates.models import Certificate
from app.certificates.rules import LIFE
from app.infra import current
from app.infra.codes import country_name
from app.infra.db import db
from app.infra.movable import Movable
from app.infra.queue import Job
from app.infra.screens import FastInterface, Screen

ON_THE_DESK = [Status.SUBMITTED, Status.RESUBMITTED, Status.UNDER_REVIEW, Status.APPROVED, Status.SIGNING, Status.SIGN_FAILED]


class DeskView(ApplicationView):
    """What waits for an officer of this office, the oldest first."""

    route_base = "/desk"
    list_title = _("Officer's desk")
    base_order = ("submitted_at", "asc")
    base_filters = [["status", FilterInFunction, lambda: [str(state) for state in ON_THE_DESK]]]
    list_columns = [
        "number",
        "status",
        "exporter_name",
        "consignee_name",
        "destination_country",
        "kind",
        "submitted_at",
        "assigned_officer",
    ]
    exclude_route_methods = {*ApplicationView.exclude_route_methods, "page", "paper"}


class CertificateView(Movable):
    """The register of certificates."""

    route_base = "/certificates"
    base_permissions = [*Movable.base_permissions, "can_pdf"]
    datamodel = FastInterface(Certificate)
    list_title = _("Certificates")
    list_columns = ["number", "status", "exporter_name", "consignee_name", "destination_country", "office_name", "issued_at"]
    show_columns = [
        "number", "status", "status_reason", "kind", "exporter_name", "consignee_name", "destination_country",
        "agency_name", "office_name", "officer_name", "issue_date", "issued_at", "endorsements", "sha256", "dsc_sha256",
        "download_count", "verify_count",
    ]  # fmt: skip
    search_columns = ["number", "status", "exporter_name", "consignee_name", "destination_country", "kind"]
    show_template = "udgam/certificate.html"
    state_column = "status"
    formatters_columns = {"destination_country": country_name}
    workflow, verbs = LIFE, CERTIFICATE_VERBS
    label_columns = {
        "number": _("Number"), "status": _("Status"), "status_reason": _("Reason"), "kind": _("Kind"),
        "exporter_name": _("Exporter"), "consignee_name": _("Consignee"), "destination_country": _("Destination"),
        "agency_name": _("Agency"), "office_name": _("Office"), "officer_name": _("Signed by"), "issue_date": _("Date"),
        "issued_at": _("Issued"), "endorsements": _("Endorsements"), "sha256": _("SHA-256 of the file"),
        "dsc_sha256": _("Signing certificate"), "download_count": _("Downloads"), "verify_count": _("Verifications"),
    }  # fmt: skip

    def show_extra(self, item: Certificate) -> dict[str, Any]:
        return {"verify_url": item.verify_url, "history": history(db.session, item)}

    @expose("/pdf/<int:pk>", methods=["GET"])
    @has_access
    def pdf(self, pk: int) -> Response:
        """The signed file."""
        certificate = self.datamodel.get(pk, self._base_filters) if pk < 2**31 else None
        if certificate is None:
            abort(404)
        return handed_out(certificate, current.actor())


class JobView(Screen):
    """The work behind the screens: what it is for, how often it was tried, and what went wrong."""

    route_base = "/jobs"
    datamodel = FastInterface(Job)
    list_title = _("Jobs")
    list_columns = ["id", "kind", "ref", "state", "attempts", "created_at", "finished_at", "error"]
    show_columns = [*list_columns, "key", "priority", "run_after", "lease_until"]
    search_columns = ["kind", "state", "ref"]
    state_column = "state"
    label_columns = {
        "id": _("No."), "kind": _("Work"), "ref": _("Certificate"), "state": _("State"), "attempts": _("Tries"),
        "created_at": _("Promised"), "finished_at": _("Done"), "error": _("Last error"), "key": _("Key"),
        "priority": _("Priority"), "run_after": _("Not before"), "lease_until": _("Held until"),
    }  # fmt: skip
