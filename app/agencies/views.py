"""The screens of agencies, offices and officers."""

from flask_babel import lazy_gettext as _

from app.agencies.models import Agency, AgencyUser, Office
from app.agencies.rules import parse_agency_code, parse_office_code
from app.core.errors import NotAllowed
from app.infra import current
from app.infra.screens import EditableScreen, FastInterface, Screen
from app.infra.validators import by_rule


class OfficerView(Screen):
    """The administrators and officers of an agency."""

    datamodel = FastInterface(AgencyUser, joined=("agency",))
    list_title = _("Officers and administrators")
    list_columns = ["full_name", "designation", "role", "agency", "office_list", "email", "status"]
    show_columns = [*list_columns, "mobile", "employee_code", "decided_at", "reason"]
    search_columns = ["full_name", "email", "role", "status"]
    state_column = "status"
    label_columns = {
        "full_name": _("Name"), "designation": _("Designation"), "role": _("Role"), "agency": _("Agency"),
        "office_list": _("Offices"), "email": _("Official e-mail"), "status": _("Status"), "mobile": _("Mobile"),
        "employee_code": _("Employee code"), "decided_at": _("Decided on"), "reason": _("Reason"),
    }  # fmt: skip


class OfficeView(EditableScreen):
    """The regional offices of an agency."""

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
    ]
    add_columns = ["code", "name", "address1", "address2", "city", "state_code", "pin", "phone", "email"]
    edit_columns = ["name", "address1", "address2", "city", "state_code", "pin", "phone", "email"]
    search_columns = ["code", "name", "city", "status"]
    state_column = "status"
    validators_columns = {"code": [by_rule(parse_office_code)]}
    label_columns = {
        "code": _("Code"), "name": _("Name"), "agency_name": _("Agency"), "address1": _("Address"),
        "address2": _("Address, second line"), "city": _("City"), "state_code": _("State (GST code)"), "pin": _("PIN"),
        "phone": _("Phone"), "email": _("E-mail"), "status": _("Status"),
    }  # fmt: skip

    def pre_add(self, item: Office) -> None:
        """An administrator's office belongs to the administrator's agency, whatever was posted."""
        agency_id = current.actor().agency_id
        if agency_id is None:
            raise NotAllowed("Only an agency's administrator adds its offices.")
        item.agency_id = agency_id


class AgencyView(EditableScreen):
    """The agencies of Appendix 2E."""

    datamodel = FastInterface(Agency)
    list_title, add_title, edit_title = _("Agencies"), _("Add an agency"), _("Change the agency")
    list_columns = ["code", "name", "kind", "city", "appendix_2e_ref", "status"]
    show_columns = [*list_columns, "address", "state_code", "pin", "phone", "website", "official_email", "email_domains",
                    "jurisdiction_states", "notified_on", "delisted_on", "icc_accreditation_code"]  # fmt: skip
    add_columns = ["code", "name", "appendix_2e_ref", "official_email", "address", "city", "pin", "phone", "website"]
    edit_columns = ["name", "appendix_2e_ref", "official_email", "address", "city", "pin", "phone", "website"]
    search_columns = ["code", "name", "city", "status"]
    related_views = [OfficeView, OfficerView]
    state_column = "status"
    validators_columns = {"code": [by_rule(parse_agency_code)]}
    label_columns = {
        "code": _("Code"), "name": _("Name"), "kind": _("Kind"), "city": _("City"), "appendix_2e_ref": _("Appendix 2E"),
        "status": _("Status"), "address": _("Address"), "state_code": _("State (GST code)"), "pin": _("PIN"),
        "phone": _("Phone"), "website": _("Website"), "official_email": _("Official e-mail"),
        "email_domains": _("E-mail domains"), "jurisdiction_states": _("States served (empty: all India)"),
        "notified_on": _("Notified on"), "delisted_on": _("De-listed on"), "icc_accreditation_code": _("ICC code"),
    }  # fmt: skip
