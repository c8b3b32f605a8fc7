"""Agencies, offices and officers over REST: read, and moved by the same tables as on the screens."""

from typing import Any

from app.agencies.life import AGENCY_VERBS, OFFICE_VERBS
from app.agencies.models import Agency, AgencyUser, Office
from app.agencies.people import PEOPLE_VERBS
from app.agencies.rules import AGENCY_LIFE, OFFICE_LIFE, PERSON_LIFE
from app.infra.rest import ReadApi, with_moves
from app.infra.screens import FastInterface


def state(row: Any) -> dict[str, Any]:
    """What is answered after a move."""
    return {"id": row.id, "status": row.status}


@with_moves(AGENCY_LIFE, AGENCY_VERBS, state)
class AgencyApi(ReadApi):
    """Resource `agencies`."""

    resource_name = "agencies"
    openapi_spec_tag = "Agencies"
    datamodel = FastInterface(Agency)
    base_permissions = ["can_get", "can_move"]
    list_columns = ["id", "code", "name", "kind", "city", "state_code", "status"]
    show_columns = [*list_columns, "appendix_2e_ref", "address", "pin", "phone", "website", "icc_accreditation_code"]
    search_columns = ["code", "name", "kind", "city", "status"]
    order_columns = ["id", "code", "name"]


@with_moves(OFFICE_LIFE, OFFICE_VERBS, state)
class OfficeApi(ReadApi):
    """Resource `offices`."""

    resource_name = "offices"
    openapi_spec_tag = "Offices"
    datamodel = FastInterface(Office)
    base_permissions = ["can_get", "can_move"]
    list_columns = ["id", "agency_id", "code", "name", "city", "state_code", "status"]
    show_columns = [*list_columns, "address1", "address2", "pin", "phone", "email"]
    search_columns = ["agency_id", "code", "name", "city", "status"]
    order_columns = ["id", "code", "name"]


@with_moves(PERSON_LIFE, PEOPLE_VERBS, state)
class OfficerApi(ReadApi):
    """Resource `officers`: the people of an agency, for the agency and DGFT."""

    resource_name = "officers"
    openapi_spec_tag = "Officers"
    datamodel = FastInterface(AgencyUser)
    base_permissions = ["can_get", "can_move"]
    list_columns = ["id", "agency_id", "full_name", "designation", "role", "email", "status"]
    show_columns = list_columns
    search_columns = ["agency_id", "full_name", "role", "status"]
    order_columns = ["id", "full_name"]
