"""The officer's desk, the register of certificates, and the jobs behind them."""

from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.filters import FilterInFunction
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.applications.desk_words import hold_words, pressing_words
from app.applications.models import Application
from app.applications.queue_order import COLUMN, DeskInterface
from app.applications.rules import Status
from app.applications.views import ApplicationView
from app.audit.service import history
from app.certificates import attest as attest  # attesting is a verb of the table
from app.certificates import bundles, sitting
from app.certificates import leaves as leaves  # the prints of the paper leaves are verbs of the table
from app.certificates.download import handed_leaf, handed_out
from app.certificates.earlier import before
from app.certificates.issue import CERTIFICATE_VERBS
from app.certificates.models import Certificate, LeafPrint
from app.certificates.rules import LIFE
from app.certificates.sitting_rules import MOST, SittingKind
from app.core.errors import BusinessError
from app.core.workflow import Move
from app.infra import current
from app.infra.codes import country_name
from app.infra.db import db, transaction
from app.infra.movable import Movable
from app.infra.picking import Pick, picked
from app.infra.queue import Job
from app.infra.screens import FastInterface, Screen, flash_refusal, is_id
from app.infra.tenancy import allows, seen

ON_THE_DESK = [Status.SUBMITTED, Status.RESUBMITTED, Status.UNDER_REVIEW, Status.APPROVED, Status.SIGNING, Status.SIGN_FAILED]


class DeskView(ApplicationView):
    """What waits for an officer of this office, the most pressing first."""

    route_base = "/desk"
    base_permissions = [*ApplicationView.base_permissions, "can_sit"]
    pickers = (
        Pick(_("Approve…"), "DeskView.approve_picked", "can_sit"),
        Pick(_("Take up and approve…"), "DeskView.take_up_picked", "can_sit"),
        Pick(_("Sign again…"), "DeskView.sign_picked", "can_sit"),
    )
    list_title = _("Officer's desk")
    datamodel = DeskInterface(Application, joined=("office", "assigned_officer"))
    list_template = "applications/desk.html"
    base_order = (COLUMN, "asc")
    base_filters = [["status", FilterInFunction, lambda: [str(state) for state in ON_THE_DESK]]]
    list_columns = [
        "number",
        "status",
        "exporter_name",
        "consignee_name",
        "kind",
        COLUMN,
        "submitted_at",
        "hold",
    ]
    formatters_columns = {**(ApplicationView.formatters_columns or {}), COLUMN: pressing_words, "hold": hold_words}
    label_columns = {**ApplicationView.label_columns, COLUMN: _("Pressing"), "hold": _("With")}
    exclude_route_methods = {*ApplicationView.exclude_route_methods, "page", "paper"}

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """One on the desk; what has been issued or sent back meanwhile is shown where every application is."""
        gone = is_id(pk) and self.datamodel.get(int(pk), self._base_filters) is None
        row = db.session.get(Application, int(pk)) if gone else None
        if row is not None and allows(current.actor(), row):  # a row in hand is given without asking the database whose it is
            return redirect(url_for("ApplicationView.show", pk=pk))
        return super().show(pk)

    @expose("/sittings/approve", methods=["POST"])
    @has_access
    @permission_name("sit")
    def approve_picked(self) -> Any:
        """Look at approving what was picked."""
        return self._look(SittingKind.APPROVE)

    @expose("/sittings/take-up", methods=["POST"])
    @has_access
    @permission_name("sit")
    def take_up_picked(self) -> Any:
        """Look at taking up and approving what was picked."""
        return self._look(SittingKind.TAKE_UP)

    @expose("/sittings/sign", methods=["POST"])
    @has_access
    @permission_name("sit")
    def sign_picked(self) -> Any:
        """Look at signing again what was picked."""
        return self._look(SittingKind.SIGN)

    def _look(self, kind: SittingKind) -> Any:
        """Keep what was picked as a sitting that is not started, and go to its page; a refusal goes back to the list."""
        try:
            ids = picked(self, MOST)
            with transaction(db.session):
                made = sitting.prepare(db.session, current.actor(), kind, ids)
        except BusinessError as refusal:
            flash_refusal(refusal)
            return redirect(f"{url_for('DeskView.list')}?{request.query_string.decode(errors='replace')}")
        return redirect(url_for("SittingView.show", pk=made.id))

    def show_extra(self, item: Application) -> dict[str, Any]:
        """What the same exporter had before stands with what waits."""
        return super().show_extra(item) | {"earlier": before(db.session, item, current.actor())}

    def after(self, move: Move, pk: int) -> str:
        """What has left the desk has its page among the applications."""
        return super().after(move, pk) if move.to in ON_THE_DESK else url_for("ApplicationView.show", pk=pk)


class CertificateView(Movable):
    """The register of certificates."""

    route_base = "/certificates"
    base_permissions = [*Movable.base_permissions, "can_pdf", "can_together"]
    pickers = (
        Pick(_("Download as an archive"), "CertificateView.archive", "can_together"),
        Pick(_("Put together for printing"), "CertificateView.print_run", "can_together"),
    )
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
        "archived_sha256": _("SHA-256 of the long-term form"), "signature_level": _("Signature"),
        "dsc_sha256": _("Signing certificate"), "download_count": _("Downloads"), "verify_count": _("Verifications"),
    }  # fmt: skip

    def show_extra(self, item: Certificate) -> dict[str, Any]:
        paper = [leaf for leaf in item.leaves if leaf.code]
        return {"verify_url": item.verify_url, "history": history(db.session, item), "paper_leaves": paper}

    @expose("/pdf/<int:pk>", methods=["GET"])
    @has_access
    def pdf(self, pk: int) -> Response:
        """The signed file as it was issued, or with ?form=archive its form for the archive."""
        certificate = self.datamodel.get(pk, self._base_filters) if pk < 2**31 else None
        if certificate is None:
            abort(404)
        return handed_out(certificate, current.actor(), archived=request.args.get("form") == "archive")

    @expose("/leaf/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("pdf")
    def leaf(self, pk: int) -> Response:
        """One print of a paper leaf."""
        return handed_leaf(seen(LeafPrint, pk), current.actor())

    @expose("/archive", methods=["POST"])
    @has_access
    @permission_name("together")
    def archive(self) -> Any:
        """The picked certificates as an archive of their signed files."""
        return self._together("ZIP")

    @expose("/print-run", methods=["POST"])
    @has_access
    @permission_name("together")
    def print_run(self) -> Any:
        """The picked certificates as one file for the printer."""
        return self._together("PRINT")

    def _together(self, kind: str) -> Any:
        """Promise the file and go to its page; a refusal goes back to the list."""
        try:
            ids = picked(self, bundles.MOST)
            with transaction(db.session):
                bundle = bundles.ask(db.session, current.actor(), kind, ids)
        except BusinessError as refusal:
            flash_refusal(refusal)
            return redirect(f"{url_for('CertificateView.list')}?{request.query_string.decode(errors='replace')}")
        return redirect(url_for("BundleView.show", pk=bundle.id))


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
