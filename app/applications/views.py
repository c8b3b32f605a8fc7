"""The screens of an application: the firm's list, the page of one with its goods, papers and queries, and its buttons."""

from typing import Any

from flask import Response, g, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext as _

from app.agencies import service as agencies
from app.applications import beside, by_token, esigning
from app.applications.desk_words import pressing_words
from app.applications.models import Application, Attachment, Evidence, GoodsItem, Invoice, Query
from app.applications.question_view import QuestionScreens
from app.applications.queue_order import following
from app.applications.rules import LIFE
from app.applications.service import VERBS
from app.applications.submitting import last_look
from app.audit.service import history
from app.core.actor import Role
from app.core.errors import BusinessError
from app.core.workflow import Move
from app.infra import current, store
from app.infra.codes import country_name
from app.infra.db import db
from app.infra.movable import Movable
from app.infra.screens import FastInterface, Screen, is_id
from app.infra.tenancy import seen


class GoodsItemView(Screen):
    """The goods lines of an application."""

    datamodel = FastInterface(GoodsItem)
    list_title = _("Goods lines")
    base_order = ("line_no", "asc")
    page_size = 50
    list_columns = ["line_no", "description", "itc_hs", "package_count", "package_kind", "quantity", "uqc",
                    "gross_weight_kg", "fob_value", "origin_country", "origin_criterion"]  # fmt: skip
    show_columns = [*list_columns, "marks", "net_weight_kg", "invoice"]
    search_columns = ["itc_hs", "description"]
    label_columns = {
        "line_no": _("No."), "description": _("Description"), "itc_hs": _("ITC(HS)"), "package_count": _("Packages"),
        "package_kind": _("Kind"), "quantity": _("Quantity"), "uqc": _("Unit"), "gross_weight_kg": _("Gross kg"),
        "fob_value": _("FOB value"), "origin_country": _("Origin"), "origin_criterion": _("Criterion"),
        "marks": _("Marks and numbers"), "net_weight_kg": _("Net kg"), "invoice": _("Invoice"),
    }  # fmt: skip


class InvoiceView(Screen):
    """The invoices of an application."""

    datamodel = FastInterface(Invoice)
    list_title = _("Invoices")
    base_order = ("id", "asc")
    list_columns = ["no", "date", "value", "currency"]
    show_columns = list_columns
    search_columns = ["no", "currency"]
    label_columns = {"no": _("Number"), "date": _("Date"), "value": _("Value"), "currency": _("Currency")}


class EvidenceView(Screen):
    """The papers that prove a foreign origin."""

    datamodel = FastInterface(Evidence)
    list_title = _("Evidence of origin")
    base_order = ("id", "asc")
    list_columns = ["kind", "number", "date", "issuer", "country"]
    show_columns = list_columns
    search_columns = ["kind", "number"]
    formatters_columns = {"country": country_name}
    label_columns = {
        "kind": _("Kind"),
        "number": _("Number"),
        "date": _("Date"),
        "issuer": _("Issued by"),
        "country": _("Country"),
    }


class AttachmentView(Screen):
    """The papers put in with an application."""

    datamodel = FastInterface(Attachment)
    list_title = _("Papers")
    base_order = ("id", "asc")
    list_columns = ["kind", "filename", "size", "created_at"]
    show_columns = [*list_columns, "mime", "sha256"]
    search_columns = ["kind", "filename"]
    label_columns = {"kind": _("Kind"), "filename": _("File"), "size": _("Bytes"), "created_at": _("Added"),
                     "mime": _("Type"), "sha256": _("SHA-256")}  # fmt: skip


class QueryView(Screen):
    """The officer's questions and the firm's replies."""

    datamodel = FastInterface(Query)
    list_title = _("Queries")
    base_order = ("id", "asc")
    list_columns = ["round", "raised_by", "raised_at", "due_on", "status", "replied_at"]
    show_columns = [*list_columns, "reply", "replied_by"]
    search_columns = ["status"]
    state_column = "status"
    label_columns = {
        "round": _("Round"), "raised_by": _("Raised by"), "raised_at": _("Raised"), "due_on": _("Reply until"),
        "status": _("Status"), "replied_at": _("Replied"), "reply": _("Reply"), "replied_by": _("Replied by"),
    }  # fmt: skip


class ApplicationView(QuestionScreens):
    """The applications a person may see, and what may be done with each in its present state."""

    route_base = "/applications"
    base_permissions = [*Movable.base_permissions, "can_paper"]
    datamodel = FastInterface(Application, joined=("office",))
    list_title = _("Applications")
    list_columns = [
        "number",
        "status",
        "exporter_name",
        "consignee_name",
        "destination_country",
        "kind",
        "office",
        "submitted_at",
    ]
    show_columns = [
        "number", "status", "status_since", "kind", "exporter_name", "exporter_iec", "consignee_name", "consignee_address",
        "consignee_country", "destination_country", "port_of_loading", "port_of_discharge", "final_destination",
        "vessel_flight", "voyage", "departure_date", "total_fob", "currency", "agency", "office", "assigned_officer",
        "submitted_at", "declared_by", "lapse_on", "decision_reason",
    ]  # fmt: skip
    search_columns = ["number", "status", "exporter_name", "consignee_name", "destination_country", "kind"]
    show_template = "udgam/application.html"
    state_column = "status"
    formatters_columns = {"destination_country": country_name, "consignee_country": country_name}
    workflow, verbs = LIFE, VERBS
    label_columns = {
        "number": _("Number"), "status": _("Status"), "status_since": _("Since"), "kind": _("Kind"),
        "exporter_name": _("Exporter"), "exporter_iec": _("IEC"), "consignee_name": _("Consignee"),
        "consignee_address": _("Address"), "consignee_country": _("Country"), "destination_country": _("Destination"),
        "port_of_loading": _("Port of loading"), "port_of_discharge": _("Port of discharge"),
        "final_destination": _("Final destination"), "vessel_flight": _("Vessel or flight"), "voyage": _("Voyage"),
        "departure_date": _("Departure"), "total_fob": _("FOB value"), "currency": _("Currency"), "agency": _("Agency"),
        "office": _("Office"), "assigned_officer": _("With"), "submitted_at": _("Submitted"), "declared_by": _("Signed by"),
        "lapse_on": _("Reply until"), "decision_reason": _("Reason"),
    }  # fmt: skip

    @expose("/<int:pk>", methods=["GET"])
    @has_access
    @permission_name("show")
    def page(self, pk: int) -> Any:
        """The short address of an application, as notices and mails give it."""
        desk = current.actor().role == Role.OFFICER  # it sends on what has left it
        return redirect(url_for("DeskView.show" if desk else "ApplicationView.show", pk=pk))

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: str) -> Any:
        """One application; for the officer who has it in hand this is working on it."""
        if is_id(pk) and current.actor().role == Role.OFFICER:
            self.goes_on(int(pk))
            g.words = beside.read_ahead(db.session, int(pk))
        return super().show(pk)

    def moves_for(self, item: Application) -> list[Move]:
        """Of the moves of the role, those of the holder are shown to the holder only, attesting where a paper waits for it."""
        holds = item.assigned_officer_id == current.actor().agency_user_id
        offered = [move for move in super().moves_for(item) if holds or not move.holder]
        offered = [move for move in offered if move.name != "take_over" or (not holds and (item.hold is None or item.hold.free))]
        return [move for move in offered if move.name != "attest" or item.to_attest]

    def show_extra(self, item: Application) -> dict[str, Any]:
        """Papers, questions and history beside the form."""
        return super().show_extra(item) | {
            "papers": item.attachments, "queries": item.queries, "history": history(db.session, item),
            "beside": beside.page(db.session, item, g.words) if "words" in g else None,
            "following": following(db.session, current.actor(), item.id) if "words" in g else None, "presses": pressing_words,
            "waits_for_token": by_token.waits(db.session, item, current.actor()),
        }  # fmt: skip

    def choices(self, move: Move, item: Any) -> dict[str, list[tuple[int, str]]]:
        """The officers an application may be given to."""
        if move.name != "reassign":
            return {}
        people = agencies.officers_of(db.session, item.office_id)
        return {"officer": [(person.id, person.full_name) for person in people if person.status == "ACTIVE"]}

    def asked(self, move: Move, item: Application, refusal: BusinessError | None) -> dict[str, Any]:
        """Before submitting: what the office is likely to ask, what it costs, and the words that are signed."""
        if move.name != "submit":
            return super().asked(move, item, refusal)
        actor = current.actor()
        ways = {"esign": esigning.offered(db.session, actor), "by_token": by_token.signs(db.session, actor)}
        return {"before": last_look(db.session, item)} | ways

    @expose("/paper/<int:pk>", methods=["GET"])
    @has_access
    def paper(self, pk: int) -> Response:
        """Hand out a paper to those who see its application: always as a download, with its own type and nothing else."""
        row: Attachment = seen(Attachment, pk)
        headers = {
            "Content-Disposition": 'attachment; filename="'
            + row.filename.encode("ascii", "replace").decode().replace('"', "")
            + '"'
        }
        return Response(store.get(row.sha256), mimetype=row.mime, headers=headers)
