"""Exporters over REST, read only: the facts are DGFT's."""

from app.exporters.models import Exporter
from app.infra.rest import ReadApi
from app.infra.screens import FastInterface


class ExporterApi(ReadApi):
    """Resource `exporters`."""

    resource_name = "exporters"
    openapi_spec_tag = "Exporters"
    datamodel = FastInterface(Exporter)
    base_permissions = ["can_get"]
    list_columns = ["id", "iec", "firm_name", "city", "state_code", "status"]
    show_columns = [*list_columns, "constitution", "address1", "address2", "pin", "gstins"]
    search_columns = ["iec", "firm_name", "city", "status"]
    order_columns = ["id", "iec", "firm_name"]
