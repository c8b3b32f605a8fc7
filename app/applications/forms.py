"""The application as a form to fill in, in the order of the paper form; it holds words, and the filing rules judge them."""

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from app.applications.checks import MINIMAL_OPERATIONS
from app.core import codes
from app.core.errors import Fault
from app.infra.codes import countries, currencies

NOTHING = [("", "–")]


def _named(values: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """A pick list in the order of its names, with the code behind each."""
    return sorted(((code, f"{name} ({code})") for code, name in values), key=lambda pair: pair[1].casefold())


def _countries() -> list[tuple[str, str]]:
    return NOTHING + _named(countries().items())


def _day(label: Any) -> DateField:
    return DateField(label, validators=[Optional()])


class Pick(SelectField):
    """A pick list that leaves the judging to the filing rules, which say in a sentence what is wrong."""

    def __init__(self, label: Any = None, choices: Any = (), **more: Any) -> None:
        made = (lambda: picks(choices())) if callable(choices) else picks(choices)
        super().__init__(label, choices=made, validate_choice=False, **more)


def picks(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Pairs of value and label as WTForms wants its options."""
    return [SelectChoice(value, label) for value, label in pairs]


class ConsigneePart(Form):
    """Box 2."""

    name = StringField(_("Name"))
    address = TextAreaField(_("Address"))
    country = Pick(_("Country"), choices=_countries)


class InvoicePart(Form):
    """An invoice."""

    no = StringField(_("Number"))
    date = _day(_("Date"))
    value = StringField(_("Value"))
    currency = Pick(_("Currency"), choices=lambda: NOTHING + [(code, code) for code in sorted(currencies())])


EVIDENCE_KINDS = [
    *NOTHING,
    ("FOREIGN_COO", _("Foreign certificate of origin")),
    ("BILL_OF_ENTRY", _("Bill of entry")),
    ("INVOICE", _("Invoice")),
    ("OTHER", _("Other")),
]


class EvidencePart(Form):
    """A paper that proves a foreign origin."""

    kind = Pick(_("Kind"), choices=EVIDENCE_KINDS)
    number = StringField(_("Number"))
    date = _day(_("Date"))
    issuer = StringField(_("Issued by"))
    country = Pick(_("Country"), choices=_countries)


class ItemPart(Form):
    """A goods line."""

    itc_hs = StringField(_("ITC(HS), 8 digits"))
    description = TextAreaField(_("Description of the goods"))
    marks = TextAreaField(_("Marks and numbers"))
    package_count = StringField(_("Packages"))
    package_kind = Pick(_("Kind"), choices=NOTHING + _named((code, names[1]) for code, names in codes.PACKAGES.items()))
    quantity = StringField(_("Quantity"))
    uqc = Pick(_("Unit"), choices=NOTHING + _named(codes.UNITS.items()))
    net_weight_kg = StringField(_("Net weight, kg"))
    gross_weight_kg = StringField(_("Gross weight, kg"))
    fob_value = StringField(_("FOB value"))
    invoice = StringField(_("Invoice number"))
    origin_country = Pick(_("Country of origin"), choices=_countries, default="IN")
    origin_criterion = Pick(_("Origin criterion"), choices=[
        *NOTHING, ("W", _("W – wholly obtained in India")), ("M", _("M – made from Indian inputs")),
        ("P", _("P – processed in India with imported inputs")), ("F", _("F – foreign goods"))])  # fmt: skip


class FilingForm(FlaskForm):
    """The whole application on one page."""

    kind = Pick(_("What do you apply for?"), choices=[
        ("ORIGINAL", _("A certificate for Indian goods")), ("BACK_TO_BACK", _("A back-to-back certificate for foreign goods")),
        ("IN_LIEU", _("A certificate in lieu of one with a mistake"))])  # fmt: skip
    office = Pick(_("Agency and office"))
    consignee = FormField(ConsigneePart)
    destination_country = Pick(_("Country of destination"), choices=_countries)
    transport_mode = Pick(_("Means of transport"), choices=[(str(n), name) for n, name in codes.TRANSPORT_MODES.items()])
    vessel_flight = StringField(_("Vessel or flight"))
    voyage = StringField(_("Voyage"))
    departure_date = _day(_("Departure date"))
    port_of_loading = StringField(_("Port of loading (code)"))
    port_of_discharge = StringField(_("Port of discharge (code or name)"))
    final_destination = StringField(_("Final destination"))
    transport_doc_no = StringField(_("B/L or AWB number"))
    transport_doc_date = _day(_("B/L or AWB date"))
    invoices = FieldList(FormField(InvoicePart), min_entries=1, max_entries=20)
    items = FieldList(FormField(ItemPart), min_entries=1, max_entries=500)
    imported_inputs_used = BooleanField(_("Imported inputs were used"))
    process_note = TextAreaField(_("How the inputs were processed in India"))
    b2b_purpose = Pick(_("Purpose"), choices=[*NOTHING, ("REEXPORT", _("Re-export")), ("TRANSHIPMENT", _("Trans-shipment")),
                                                     ("MERCHANTING", _("Merchanting trade"))])  # fmt: skip
    b2b_evidence = FieldList(FormField(EvidencePart), min_entries=0, max_entries=20)
    b2b_no_coo_reason = StringField(_("Why there is no foreign certificate of origin"))
    in_lieu_of = StringField(_("Number of the certificate to be replaced"))
    in_lieu_reason = TextAreaField(_("What is wrong with it"))
    retro_reason = TextAreaField(_("Why the certificate is asked for after departure"))
    invoice_file = FileField(_("Invoice (PDF, JPEG or PNG, at most 5 MiB)"))
    packing_list_file = FileField(_("Packing list (PDF, JPEG or PNG, at most 5 MiB)"))


for _code, _words in MINIMAL_OPERATIONS.items():
    setattr(FilingForm, _code, BooleanField(_words[0].upper() + _words[1:]))

LISTS: dict[str, Callable[[FilingForm], FieldList]] = {
    "invoices": lambda form: form.invoices,
    "items": lambda form: form.items,
    "b2b_evidence": lambda form: form.b2b_evidence,
}
_SKIPPED = {"csrf_token", "office", "invoice_file", "packing_list_file", *MINIMAL_OPERATIONS}


def fill_in(form: FilingForm, filing: dict[str, Any]) -> None:
    """Show an existing filing in the form (a fresh form, before anything was posted)."""
    for name, value in filing.items():
        if name in LISTS:
            rows = LISTS[name](form)
            while rows.entries:
                rows.pop_entry()
            for row in value:
                rows.append_entry(_shown(row))
        elif name == "consignee":
            form.consignee.process(None, data=value)
        elif name in form:
            form[name].process(None, data=_shown({name: value})[name])
    form.office.data = f"{filing['agency']}/{filing['office']}"
    for code in MINIMAL_OPERATIONS:
        form[code].data = filing["minimal_operations"].get(code) == "goes beyond"


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """Values as form fields hold them: dates as dates, numbers as text."""
    from datetime import date

    def show(name: str, value: Any) -> Any:
        if "date" in name:
            return date.fromisoformat(value) if value else None
        return value if isinstance(value, bool) or value is None else str(value)

    return {name: show(name, value) for name, value in row.items()}


def as_filing(form: FilingForm) -> dict[str, Any]:
    """The form's words in the shape of the API: one door for both."""
    agency, _slash, office = (form.office.data or "/").partition("/")
    filing: dict[str, Any] = {"agency": agency, "office": office}
    for field in form:
        if field.short_name in _SKIPPED:
            continue
        if field.short_name in LISTS:
            filing[field.short_name] = [_row(entry.form) for entry in field.entries]
        elif field.short_name == "consignee":
            filing["consignee"] = _row(field.form)
        else:
            filing[field.short_name] = _value(field)
    mode = form.transport_mode.data or "0"
    filing["transport_mode"] = int(mode) if mode in map(str, codes.TRANSPORT_MODES) else mode
    if form.imported_inputs_used.data:
        filing["minimal_operations"] = {code: "goes beyond" if form[code].data else "does not" for code in MINIMAL_OPERATIONS}
    return {name: value for name, value in filing.items() if value is not None}


def _row(form: Form) -> dict[str, Any]:
    row = {field.short_name: _value(field) for field in form}
    if "package_count" in row and str(row["package_count"]).isdecimal():
        row["package_count"] = int(row["package_count"][:9])
    return {name: value for name, value in row.items() if value is not None}


def _value(field: Any) -> Any:
    """The field's word; a date that cannot be read is passed on as typed, so that the filing rules name it."""
    if isinstance(field, DateField):
        return field.data.isoformat() if field.data else (field.raw_data or [None])[0] or None
    if isinstance(field, BooleanField):
        return bool(field.data)
    return (field.data or "").strip() if field.data is not None else None


def place_faults(form: FilingForm, faults: Iterable[Fault]) -> list[str]:
    """Put each fault beside its field; returns the sentences that belong to no field of the form."""
    loose = []
    for fault in faults:
        field = _find(form, fault.field)
        if field is None or isinstance(field, FieldList | FormField):
            loose.append(fault.message)
        else:
            field.errors = [*field.errors, fault.message]
    return loose


def _find(form: Any, path: str) -> Any:
    """items[2].itc_hs → the field of the third goods line."""
    here: Any = form
    for step in path.replace("minimal_operations.", "").replace("]", "").replace("[", ".").split("."):
        try:
            here = here.entries[int(step)] if isinstance(here, FieldList) else here["office" if step == "agency" else step]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return here
