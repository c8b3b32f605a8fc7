"""The application as a form to fill in, in the order of the paper form; it holds words, and the filing rules judge them."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from app.applications.checks import MINIMAL_OPERATIONS
from app.applications.goods_field import GoodsField
from app.core import codes
from app.infra.codes import countries, currencies

NOTHING = [("", "–")]


def _named(values: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """A pick list in the order of its names, with the code behind each."""
    return sorted(((code, f"{name} ({code})") for code, name in values), key=lambda pair: pair[1].casefold())


def _countries() -> list[tuple[str, str]]:
    return NOTHING + _named(countries().items())


class Day(DateField):
    """A date; one that cannot be read is kept as typed, for the filing rules to name."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        with suppress(ValueError):
            super().process_formdata(valuelist)


def _day(label: Any) -> Day:
    return Day(label, validators=[Optional()])


class Lines(TextAreaField):
    """A list of codes, one in each line."""


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


class FilingForm(FlaskForm):
    """The whole application on one page; every field of the filing has its place here (a test walks them)."""

    version = HiddenField()  # of the draft that the page was made from
    kept_version = HiddenField()  # of what was typed and is not saved, as this window kept it last
    kept_window = HiddenField()  # a word of the window's own
    kind = Pick(_("What do you apply for?"), choices=[
        ("ORIGINAL", _("A certificate for Indian goods")), ("BACK_TO_BACK", _("A back-to-back certificate for foreign goods")),
        ("IN_LIEU", _("A certificate in lieu of one with a mistake"))])  # fmt: skip
    certificate_type = Pick(_("Type of certificate"), choices=[
        ("NON_PREFERENTIAL", _("Non-preferential")), ("PREFERENTIAL", _("Preferential (filed on eCoO 1.0)"))])  # fmt: skip
    office = Pick(_("Agency and office"))
    branch_id = Pick(_("Box 1: the branch that files"))
    consignee = FormField(ConsigneePart, _("Consignee"))
    notify_party = TextAreaField(_("Notify party, with address"))
    buyer = TextAreaField(_("Buyer, if not the consignee"))
    manufacturer = TextAreaField(_("Manufacturer, if not your firm"))
    destination_country = Pick(_("Country of destination"), choices=_countries)
    transport_mode = Pick(_("Means of transport"), choices=[(str(n), _(name)) for n, name in codes.TRANSPORT_MODES.items()])
    vessel_flight = StringField(_("Vessel or flight"))
    voyage = StringField(_("Voyage"))
    departure_date = _day(_("Departure date"))
    port_of_loading = StringField(_("Port of loading (code)"))
    port_of_discharge = StringField(_("Port of discharge (code or name)"))
    final_destination = StringField(_("Final destination"))
    transport_doc_no = StringField(_("B/L or AWB number"))
    transport_doc_date = _day(_("B/L or AWB date"))
    shipping_bill_no = StringField(_("Shipping bill number"))
    shipping_bill_date = _day(_("Shipping bill date"))
    container_nos = Lines(_("Container numbers"))
    invoices = FieldList(FormField(InvoicePart), _("Invoices"), min_entries=1)
    lc_no = StringField(_("Letter of credit number"))
    contract_no = StringField(_("Contract number"))
    po_no = StringField(_("Purchase order number"))
    items = GoodsField(_("Goods lines"))
    imported_inputs_used = BooleanField(_("Imported inputs were used"))
    process_note = TextAreaField(_("How the inputs were processed in India"))
    b2b_purpose = Pick(_("Purpose"), choices=[*NOTHING, ("REEXPORT", _("Re-export")), ("TRANSHIPMENT", _("Trans-shipment")),
                                                     ("MERCHANTING", _("Merchanting trade"))])  # fmt: skip
    b2b_evidence = FieldList(FormField(EvidencePart), _("Proof of origin"), min_entries=0)
    b2b_no_coo_reason = TextAreaField(_("Why there is no foreign certificate of origin"))
    in_lieu_of = StringField(_("Number of the certificate to be replaced"))
    in_lieu_reason = TextAreaField(_("What is wrong with it"))
    retro_reason = TextAreaField(_("Why the certificate is asked for after departure"))
    invoice_file = FileField(_("Invoice (PDF, JPEG or PNG, at most 5 MiB)"))
    invoice_beside = BooleanField(_("Add it beside the former one instead of replacing it"))
    packing_list_file = FileField(_("Packing list (PDF, JPEG or PNG, at most 5 MiB)"))
    packing_list_beside = BooleanField(_("Add it beside the former one instead of replacing it"))


for _code, _words in MINIMAL_OPERATIONS.items():
    setattr(FilingForm, _code, BooleanField(_words[0].upper() + _words[1:]))

# The parts that come in rows, besides the goods: where they are, and how many a filing may have.
LISTS: dict[str, tuple[Callable[[FilingForm], FieldList], int]] = {
    "invoices": (lambda form: form.invoices, 20),
    "b2b_evidence": (lambda form: form.b2b_evidence, 20),
}
