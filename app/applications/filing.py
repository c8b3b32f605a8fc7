"""What a filing may contain: the JSON of an application, read strictly, every fault named by its path in a sentence."""

from collections.abc import Iterator
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from app.applications.fields import MISSING, Choice, Code, Day, Listed, Many, Number, Text, Tick, Whole
from app.core import codes, identifiers
from app.core.errors import Fault, InvalidInput
from app.infra.codes import countries, currencies

MAX_LINES = 500


class Strict(Schema):
    """A part of a filing: nothing unknown, everything required said so in words."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "This field is not known here. Check its spelling.", "type": "This must be an object."}


def _country() -> Listed:
    return Listed(countries, "{value} is not a country code of ISO 3166 such as DE.", required=True)


class ConsigneeSchema(Strict):
    """Box 2."""

    name = Text(200, required=True)
    address = Text(400, lines=True, required=True)
    country = _country()


class InvoiceSchema(Strict):
    """Box 10."""

    no = Text(35, required=True)
    date = Day(required=True)
    value = Number(2, positive=True, required=True)
    currency = Listed(currencies, "{value} is not a currency code of ISO 4217 such as USD.", required=True)


class EvidenceSchema(Strict):
    """A paper that proves a foreign origin."""

    kind = Choice("FOREIGN_COO", "BILL_OF_ENTRY", "INVOICE", "OTHER", required=True)
    number = Text(60, required=True)
    date = Day(required=True)
    issuer = Text(200, required=True)
    country = _country()


class ItemSchema(Strict):
    """A goods line, boxes 5 to 10."""

    itc_hs = Code(identifiers.parse_itc_hs, required=True)
    description = Text(1000, lines=True, required=True)
    marks = Text(500, lines=True, blank=True, load_default="N/M")
    package_count = Whole(0, 9_999_999, required=True)
    package_kind = Listed(lambda: codes.PACKAGES, "{value} is not a package code of UN Rec 21 such as CT.", required=True)
    quantity = Number(3, positive=True, required=True)
    uqc = Listed(lambda: codes.UNITS, "{value} is not a unit code such as KGS or PCS.", required=True)
    net_weight_kg = Number(3, positive=True, required=True)
    gross_weight_kg = Number(3, positive=True, required=True)
    fob_value = Number(2, required=True)
    invoice = Text(35, required=True)
    origin_country = _country()
    origin_criterion = Choice("W", "M", "P", "F", required=True)


class FilingSchema(Strict):
    """An application for a certificate, as filed through the API or the form."""

    kind = Choice("ORIGINAL", "IN_LIEU", "BACK_TO_BACK", load_default="ORIGINAL")
    certificate_type = Choice("NON_PREFERENTIAL", "PREFERENTIAL", load_default="NON_PREFERENTIAL")
    agency = Text(10, required=True)
    office = Text(3, required=True)
    branch_id = Whole(1, 2**31 - 1, load_default=None, allow_none=True)
    consignee = fields.Nested(ConsigneeSchema, required=True)
    notify_party = Text(400, lines=True, blank=True, load_default="")
    buyer = Text(400, lines=True, blank=True, load_default="")
    manufacturer = Text(400, lines=True, blank=True, load_default="")
    destination_country = _country()
    transport_mode = Whole(1, 8, required=True)
    vessel_flight = Text(70, blank=True, load_default="")
    voyage = Text(70, blank=True, load_default="")
    departure_date = Day(load_default=None, allow_none=True)
    port_of_loading = Text(6, required=True)
    port_of_discharge = Text(70, required=True)
    final_destination = Text(70, blank=True, load_default="")
    transport_doc_no = Text(35, blank=True, load_default="")
    transport_doc_date = Day(load_default=None, allow_none=True)
    shipping_bill_no = Code(identifiers.parse_shipping_bill, blank=True, load_default="")
    shipping_bill_date = Day(load_default=None, allow_none=True)
    container_nos = Many(Code(identifiers.parse_container), 50, what="containers", load_default=list)
    invoices = Many(fields.Nested(InvoiceSchema), 20, least=1, what="invoices", required=True)
    lc_no = Text(35, blank=True, load_default="")
    contract_no = Text(35, blank=True, load_default="")
    po_no = Text(35, blank=True, load_default="")
    imported_inputs_used = Tick(load_default=False)
    minimal_operations = fields.Dict(
        keys=Choice(*(f"MO{n}" for n in range(1, 11))), values=Choice("goes beyond", "does not"), load_default=dict
    )
    process_note = Text(1000, lines=True, blank=True, load_default="")
    b2b_purpose = Choice("REEXPORT", "TRANSHIPMENT", "MERCHANTING", "", load_default="")
    b2b_evidence = Many(fields.Nested(EvidenceSchema), 20, what="papers of evidence", load_default=list)
    b2b_no_coo_reason = Text(500, lines=True, blank=True, load_default="")
    in_lieu_of = Text(40, blank=True, load_default="")
    in_lieu_reason = Text(500, lines=True, blank=True, load_default="")
    retro_reason = Text(500, lines=True, blank=True, load_default="")
    items = Many(fields.Nested(ItemSchema), MAX_LINES, least=1, what="goods lines", required=True)

    @post_load
    def _settle(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data["agency"] = data["agency"].upper()
        for item in data["items"]:
            item["marks"] = item["marks"] or "N/M"
        return data


def _word_all(schema: type[Schema]) -> None:
    """Give every field the same sentence for what is missing."""
    for field in schema._declared_fields.values():
        field.error_messages = {
            **field.error_messages,
            "required": MISSING,
            "null": MISSING,
            "invalid": "This has the wrong form.",
        }


for _schema in (ConsigneeSchema, InvoiceSchema, EvidenceSchema, ItemSchema, FilingSchema):
    _word_all(_schema)


def read(payload: Any) -> dict[str, Any]:
    """The clean filing, or InvalidInput with every fault of form in it."""
    if not isinstance(payload, dict):
        raise InvalidInput([Fault("", "The filing must be a JSON object.")])
    try:
        return FilingSchema().load(payload)  # type: ignore[no-any-return]  # marshmallow is untyped here
    except ValidationError as error:
        raise InvalidInput(list(faults(error.messages))) from error


def faults(messages: Any, path: str = "") -> Iterator[Fault]:
    """Flatten marshmallow's nested messages into faults with paths like items[2].itc_hs."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            if key == "_schema":
                step = path
            else:
                step = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}" if path else str(key)[:80]
            yield from faults(inner, step)
    elif isinstance(messages, list):
        for message in messages:
            yield from faults(message, path)
    else:
        yield Fault(path, str(messages))
