"""What the exporter signs and the officer approves: the application as canonical data, the same however it was filed."""

from datetime import date
from decimal import Decimal
from typing import Any

from app.applications.models import Application, GoodsItem
from app.core.canonical import canonical_json, sha256_hex

_PLAIN = (
    "kind", "certificate_type", "branch_id", "notify_party", "buyer", "manufacturer", "destination_country",
    "transport_mode", "vessel_flight", "voyage", "departure_date", "port_of_loading", "port_of_discharge",
    "final_destination", "transport_doc_no", "transport_doc_date", "shipping_bill_no", "shipping_bill_date",
    "container_nos", "lc_no", "contract_no", "po_no", "imported_inputs_used", "minimal_operations", "process_note",
    "b2b_purpose", "b2b_no_coo_reason", "in_lieu_of", "in_lieu_reason", "retro_reason",
)  # fmt: skip
_ITEM = (
    "itc_hs", "description", "marks", "package_count", "package_kind", "quantity", "uqc", "net_weight_kg",
    "gross_weight_kg", "fob_value", "invoice", "origin_country", "origin_criterion",
)  # fmt: skip
_MONEY = frozenset({"fob_value"})


def plain(value: Any, places: int = 3) -> Any:
    """A value as JSON has it: decimals and dates as text, the rest as it is."""
    if isinstance(value, Decimal):
        return f"{value:.{places}f}"
    return value.isoformat() if isinstance(value, date) else value


def filing(application: Application) -> dict[str, Any]:
    """The application in the shape it is filed in; filing this again gives an equal draft."""
    return {
        **{name: plain(getattr(application, name)) for name in _PLAIN},
        "agency": application.agency.code,
        "office": application.filed_office or application.office.code,
        "consignee": {
            "name": application.consignee_name,
            "address": application.consignee_address,
            "country": application.consignee_country,
        },
        "invoices": [
            {"no": row.no, "date": row.date.isoformat(), "value": plain(row.value, 2), "currency": row.currency}
            for row in application.invoices
        ],
        "b2b_evidence": [
            {"kind": row.kind, "number": row.number, "date": row.date.isoformat(), "issuer": row.issuer, "country": row.country}
            for row in application.evidence
        ],
        "items": [_item(row) for row in application.items],
    }


def as_stored(clean: dict[str, Any]) -> dict[str, Any]:
    """A clean filing that was just read, in the shape `filing` gives for the stored one: the two can be compared."""
    return {
        **{name: plain(clean[name]) for name in _PLAIN},
        **{name: clean[name] for name in ("agency", "office", "consignee")},
        "invoices": [{name: plain(value, 2) for name, value in row.items()} for row in clean["invoices"]],
        "b2b_evidence": [{name: plain(value) for name, value in row.items()} for row in clean["b2b_evidence"]],
        "items": [{name: plain(row[name], 2 if name in _MONEY else 3) for name in _ITEM} for row in clean["items"]],
    }


def _item(row: GoodsItem) -> dict[str, Any]:
    return {name: plain(getattr(row, name), 2 if name in _MONEY else 3) for name in _ITEM}


def signed(application: Application) -> dict[str, Any]:
    """The filing together with who files it and which papers go with it: what the signature covers."""
    return signed_by(application, application.broker)


def signed_by(application: Application, broker: dict[str, Any] | None) -> dict[str, Any]:
    """The same as this customs broker's person would sign it for the firm, which is said and signed with it; None for its own."""
    papers = sorted((row.kind, row.sha256) for row in application.attachments if row.replaced_by_id is None)
    signer = {"broker": broker} if broker else {}
    return {
        **signer,
        "filing": filing(application),
        "exporter": {"iec": application.exporter_iec, "name": application.exporter_name},
        "papers": [{"kind": kind, "sha256": sha256} for kind, sha256 in papers],
    }


def signed_bytes(application: Application) -> bytes:
    """The canonical JSON that is signed."""
    return canonical_json(signed(application))


def digest(application: Application) -> str:
    """SHA-256 of what is signed; approval demands that it has not moved since."""
    return sha256_hex(signed_bytes(application))
