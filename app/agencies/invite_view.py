"""The page where an agency's administrator invites many officers from a table."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.agencies import invite
from app.agencies.appendix_view import SheetView
from app.infra.sheets import Plan


class InviteView(SheetView):
    """Officers of the own agency, from a table."""

    route_base = "/invite"
    title = _("Invite officers")
    lead = _(
        "Officers are invited from a table: each gets an account at once, is mapped to the offices, and is mailed a password. "
        "You first see whom the file would invite; nobody is invited until then."
    )
    note = _("Officers who are aboard already are not changed by a table; leave them out. At most 100 are invited at once.")
    columns = invite.COLUMNS
    needed = ("full_name", "designation", "email", "mobile", "offices")
    example = invite.EXAMPLE
    shown = ("full_name", "designation", "mobile", "employee_code", "offices")
    template_name = "officers"
    leads_to = "OfficerView.list"
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

    def summary(self, plan: Plan) -> str:
        return str(gettext("Officers invited: %(number)s.", number=len(plan.added)))
