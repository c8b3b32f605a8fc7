"""The page where an agency's administrator invites many officers from a table."""

from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from app.agencies import invite
from app.agencies.appendix_view import SheetView
from app.infra.sheets import Plan


class InviteView(SheetView):
    """Officers of the own agency, from a table."""

    route_base = "/invite"
    title = _("Invite officers")
    lead = _(
        "Officers are invited from a table: each gets an account at once, is mapped to the offices, and is mailed a password. "
        "You first see whom the file would invite; they are invited only when you then press «Invite»."
    )
    note = _("Officers who are aboard already are not changed by a table; leave them out. At most 100 are invited at once.")
    columns = invite.COLUMNS
    needed = ("full_name", "designation", "email", "mobile", "offices")
    example = invite.EXAMPLE
    shown = ("full_name", "designation", "mobile", "employee_code", "offices")
    template_name = "officers"
    leads_to = "OfficerView.list"
    button = _("Invite")
    plan = staticmethod(invite.plan)
    take_over = staticmethod(invite.take_over)
    labels = {
        "full_name": _("Name"), "designation": _("Designation"), "email": _("Official e-mail"), "mobile": _("Mobile"),
        "employee_code": _("Employee code"), "offices": _("Offices"),
    }  # fmt: skip
    helps = {
        "full_name": _("as it is printed on certificates"),
        "designation": _("as it is printed on certificates"),
        "email": _("under your agency's domain, as DGFT has recorded it"),
        "mobile": _("ten digits"),
        "offices": _("codes of your active offices, with ; between them"),
    }

    def would(self, plan: Plan) -> str:
        return str(ngettext("%(num)s officer would be invited.", "%(num)s officers would be invited.", len(plan.added)))

    def did(self, plan: Plan) -> str:
        return str(ngettext("%(num)s officer was invited.", "%(num)s officers were invited.", len(plan.added)))
