"""How the kinds of movements are called on the screens and in files."""

from flask_babel import lazy_gettext as _

KINDS = {
    "OPENING": _("Opening balance"), "TOPUP": _("Top-up"), "HOLD": _("Fee set aside"), "FEE": _("Fee"), "GST": _("GST"),
    "RELEASE": _("Fee given back"), "REFUND": _("Refund"), "ADJUSTMENT": _("Adjustment"),
    "SUSPENSE": _("Payment that fits no order"),
}  # fmt: skip
