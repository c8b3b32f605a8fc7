"""The screens of agencies, offices and their people, with what may be done to each."""

from typing import Any

from flask import current_app, url_for
from flask_appbuilder.models.sqla.filters import FilterNotEqual
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.access.service import last_sign_in
from app.agencies.appendix import parse_domain, parse_state
from app.agencies.domains import parse_email
from app.agencies.life import AGENCY_VERBS, OFFICE_VERBS, open_cases
from app.agencies.models import Agency, AgencyUser, Office
from app.agencies.people import PEOPLE_VERBS
from app.agencies.rules import (
    AGENCY_LIFE,
    OFFICE_LIFE,
    PERSON_LIFE,
    OfficeStatus,
    PersonStatus,
    may_decide,
    parse_agency_code,
    parse_office_code,
)
from app.agencies.service import steps_of, window_of
from app.audit.service import record
from app.core.actor import Role
from app.core.errors import NotAllowed
from app.core.identifiers import parse_pin
from app.core.workflow import Move
from app.infra import current
from app.infra.db import db
from app.infra.editable import EditableScreen
from app.infra.movable import Movable
from app.infra.screens import FastInterface
from app.infra.validators import WordList, by_rule


class OfficerView(Movable):
    """User Management: the administrators and officers of an agency, and those who ask to become one."""

    route_base = "/officers"
    datamodel = FastInterface(AgencyUser, joined=("agency",))
    list_title = _("Officers and administrators")
    base_filters = [["status", FilterNotEqual, str(PersonStatus.EMAIL_UNVERIFIED)]]
    list_columns = ["full_name", "designation", "role", "agency", "office_list", "email", "status"]
    show_columns = [
        "full_name", "designation", "role", "agency", "requested_office", "office_list", "email", "email_verified_at", "mobile",
        "employee_code", "status", "created_at", "decided_at", "reason",
    ]  # fmt: skip
    search_columns = ["full_name", "email", "role", "status"]
    show_template = "agencies/person.html"
    state_column = "status"
    workflow, verbs = PERSON_LIFE, PEOPLE_VERBS
    label_columns = {
        "full_name": _("Name"), "designation": _("Designation"), "role": _("Role"), "agency": _("Agency"),
        "office_list": _("Offices"), "email": _("Official e-mail"), "status": _("Status"), "mobile": _("Mobile"),
        "employee_code": _("Employee code"), "decided_at": _("Decided on"), "reason": _("Reason"),
        "requested_office": _("Office asked for"), "email_verified_at": _("E-mail proven"), "created_at": _("Asked on"),
    }  # fmt: skip

    def moves_for(self, item: AgencyUser) -> list[Move]:
        """The table's moves, for those who decide on this person; mapping is for officers."""
        actor = current.actor()
        if actor.read_only or item.user_id == actor.user_id is not None:
            return []
        if not may_decide(actor.role, actor.agency_id, item.role, item.agency_id):
            return []
        names = {"map_office", "unmap_office"} if item.role != Role.OFFICER else set()
        names |= {"unmap_office"} if not item.mappings else set()
        return [move for move in super().moves_for(item) if move.name not in names]

    def show_extra(self, item: AgencyUser) -> dict[str, Any]:
        """What an officer still needs, where the signature image is, and when the person was last here."""
        return {"steps": steps_of(db.session, item), "studio": studio(item), "signed_in": last_sign_in(db.session, item.user_id)}

    def choices(self, move: Move, item: AgencyUser) -> dict[str, list[tuple[int, str]]]:
        """The offices one can be mapped to, or is mapped to."""
        if move.name == "unmap_office":
            return {"office": sorted({(row.office_id, str(row.office)) for row in item.mappings})}
        return {"office": active_offices(item.agency_id)}


class OfficeView(Movable, EditableScreen):
    """Office Management: the regional offices of an agency."""

    route_base = "/offices"
    base_permissions = [*EditableScreen.base_permissions, "can_move"]
    datamodel = FastInterface(Office, joined=("agency",))
    list_title, add_title, edit_title = _("Offices"), _("Add an office"), _("Change the office")
    list_columns = ["code", "name", "agency_name", "city", "phone", "status"]
    show_columns = [
        "code",
        "name",
        "agency_name",
        "address1",
        "address2",
        "city",
        "state_code",
        "pin",
        "phone",
        "email",
        "status",
        "status_reason",
    ]
    add_columns = ["code", "name", "address1", "address2", "city", "state_code", "pin", "phone", "email"]
    edit_columns = ["name", "address1", "address2", "city", "state_code", "pin", "phone", "email"]
    search_columns = ["code", "name", "city", "status"]
    show_template = "agencies/office.html"
    state_column = "status"
    workflow, verbs = OFFICE_LIFE, OFFICE_VERBS
    validators_columns = {"code": [by_rule(parse_office_code)], "email": [by_rule(parse_email)], "pin": [by_rule(parse_pin)],
                          "state_code": [by_rule(parse_state)]}  # fmt: skip
    label_columns = {
        "code": _("Code"), "name": _("Name"), "agency_name": _("Agency"), "address1": _("Address"),
        "address2": _("Address, second line"), "city": _("City"), "state_code": _("State (GST code)"), "pin": _("PIN"),
        "phone": _("Phone"), "email": _("E-mail"), "status": _("Status"), "status_reason": _("Reason"),
    }  # fmt: skip

    def pre_add(self, item: Office) -> None:
        """An administrator's office belongs to the administrator's agency, whatever was posted."""
        actor = current.actor()
        if actor.agency_id is None:
            raise NotAllowed("Only an agency's administrator adds its offices.")
        if actor.read_only:
            raise NotAllowed(actor.read_only)
        item.agency_id = actor.agency_id

    def pre_update(self, item: Office) -> None:
        """A suspended agency's data stay as they are."""
        if reason := current.actor().read_only:
            raise NotAllowed(reason)

    def written(self, item: Office, *, new: bool) -> None:
        """Who added or changed it."""
        record(db.session, current.actor(), "office added" if new else "office changed", item, code=item.code)

    def moves_for(self, item: Office) -> list[Move]:
        """The table's moves; none while the agency may only read."""
        return [] if current.actor().read_only else super().moves_for(item)

    def choices(self, move: Move, item: Office) -> dict[str, list[tuple[int, str]]]:
        """The other offices of the agency."""
        return {"office": [(pk, name) for pk, name in active_offices(item.agency_id) if pk != item.id]}

    def show_extra(self, item: Office) -> dict[str, Any]:
        """How many applications lie here, for whoever wants to close the office."""
        movable, approved = open_cases(db.session, item.id)
        missing = [] if item.stamp_sha256 else [_("This office has no stamp yet, so exporters are not offered it.")]
        return {"movable": movable, "approved": approved, "missing": missing, "studio": studio(item)}


class AgencyView(Movable, EditableScreen):
    """The agencies of Appendix 2E."""

    route_base = "/agencies"
    base_permissions = [*EditableScreen.base_permissions, "can_move"]
    datamodel = FastInterface(Agency)
    list_title, add_title, edit_title = _("Agencies"), _("Add an agency"), _("Change the agency")
    list_columns = ["code", "name", "kind", "city", "appendix_2e_ref", "status"]
    show_columns = [*list_columns, "status_reason", "address", "state_code", "pin", "phone", "website", "official_email",
                    "email_domains", "jurisdiction_states", "notified_on", "onboard_by", "live_at", "delisted_on",
                    "icc_accreditation_code"]  # fmt: skip
    add_columns = ["code", "name", "appendix_2e_ref", "official_email", "email_domains", "jurisdiction_states", "address",
                   "city", "state_code", "pin", "phone", "website", "notified_on", "onboard_by"]  # fmt: skip
    edit_columns = [name for name in add_columns if name not in {"code", "notified_on"}]
    add_form_extra_fields = edit_form_extra_fields = {
        "email_domains": WordList(_("E-mail domains"), parse_domain, description=_("With commas between: chamber.org.in")),
        "jurisdiction_states": WordList(_("States served"), parse_state, description=_("GST codes, such as 27; empty: all")),
    }  # fmt: skip
    search_columns = ["code", "name", "city", "status"]
    related_views = [OfficeView, OfficerView]
    state_column = "status"
    workflow, verbs = AGENCY_LIFE, AGENCY_VERBS
    validators_columns = {"code": [by_rule(parse_agency_code)], "official_email": [by_rule(parse_email)],
                          "pin": [by_rule(parse_pin)], "state_code": [by_rule(parse_state)]}  # fmt: skip
    label_columns = {
        "code": _("Code"), "name": _("Name"), "kind": _("Kind"), "city": _("City"), "appendix_2e_ref": _("Appendix 2E"),
        "status": _("Status"), "address": _("Address"), "state_code": _("State (GST code)"), "pin": _("PIN"),
        "phone": _("Phone"), "website": _("Website"), "official_email": _("Official e-mail"),
        "email_domains": _("E-mail domains"), "jurisdiction_states": _("States served (empty: all India)"),
        "notified_on": _("Notified on"), "delisted_on": _("De-listed on"), "icc_accreditation_code": _("ICC code"),
        "status_reason": _("Reason"), "onboard_by": _("Registration open until (empty: no end)"), "live_at": _("Live since"),
    }  # fmt: skip

    def prefill_new(self, form: Any) -> None:
        """The window of a new agency, which DGFT may change or take away."""
        form.onboard_by.data = window_of(Agency())

    def written(self, item: Agency, *, new: bool) -> None:
        """Who added or changed it."""
        record(db.session, current.actor(), "agency added" if new else "agency changed", item, code=item.code)

    def after(self, move: Move, pk: int) -> str:
        """Going live leads back to the agency, for the administrator as well."""
        return url_for("AgencyView.show", pk=pk)


def studio(owner: Office | AgencyUser) -> str:
    """The address of the studio for an office's stamp or an officer's signature; empty for whoever may not change it."""
    actor, kind = current.actor(), "office" if isinstance(owner, Office) else "officer"
    mine = actor.role is Role.ADMINISTRATOR and actor.agency_id == owner.agency_id and not actor.read_only
    return url_for(f"StudioView.{kind}", pk=owner.id) if mine and "StudioView.office" in current_app.view_functions else ""


def active_offices(agency_id: int) -> list[tuple[int, str]]:
    """The active offices of an agency as a pick list."""
    query = select(Office).where(Office.agency_id == agency_id, Office.status == OfficeStatus.ACTIVE).order_by(Office.code)
    return [(office.id, str(office)) for office in db.session.scalars(query)]
