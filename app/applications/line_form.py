"""One goods line as plain fields, for the page on which an exporter puts right what a question marks."""

from wtforms import Form, StringField, TextAreaField

from app.applications.forms import NOTHING, Pick, _countries, _named
from app.applications.goods_columns import BY_NAME, CRITERIA
from app.core import codes


class ItemPart(Form):
    """A goods line; the columns of the sheet, with pick lists."""

    itc_hs = StringField(BY_NAME["itc_hs"].label)
    description = TextAreaField(BY_NAME["description"].label)
    marks = TextAreaField(BY_NAME["marks"].label)
    package_count = StringField(BY_NAME["package_count"].label)
    package_kind = Pick(
        BY_NAME["package_kind"].label,
        choices=lambda: NOTHING + _named((code, names[1]) for code, names in codes.PACKAGES.items()),
    )
    quantity = StringField(BY_NAME["quantity"].label)
    uqc = Pick(BY_NAME["uqc"].label, choices=lambda: NOTHING + _named(codes.UNITS.items()))
    net_weight_kg = StringField(BY_NAME["net_weight_kg"].label)
    gross_weight_kg = StringField(BY_NAME["gross_weight_kg"].label)
    fob_value = StringField(BY_NAME["fob_value"].label)
    invoice = StringField(BY_NAME["invoice"].label)
    origin_country = Pick(BY_NAME["origin_country"].label, choices=_countries)
    origin_criterion = Pick(BY_NAME["origin_criterion"].label, choices=[*NOTHING, *CRITERIA.items()])
