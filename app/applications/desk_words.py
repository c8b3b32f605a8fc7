"""How the desk says why an application presses and who has it in hand, in the reader's language."""

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.applications.in_hand import Hold
from app.applications.pressing import Pressing, Rank

PRESSING = {
    Rank.FAILED: _("signing failed"), Rank.LEAVING: _("leaves today"), Rank.ANSWERED: _("query answered"),
    Rank.WAITING: _("came today"), Rank.SIGNING: _("being signed"),
}  # fmt: skip


def pressing_words(value: Pressing) -> str:
    """Why an application stands where it does on the desk."""
    rank, days = value.rank, abs(value.days)
    if rank == Rank.LEAVING and value.days < 0:
        return str(ngettext("left %(num)s day ago", "left %(num)s days ago", days))
    if rank == Rank.LEAVING and days:
        return str(ngettext("leaves in %(num)s day", "leaves in %(num)s days", days))
    if rank == Rank.WAITING and days:
        return str(ngettext("waits %(num)s day", "waits %(num)s days", days))
    return f"{PRESSING[rank]}"


def hold_words(value: Hold | None) -> str:
    """Who has it in hand, and until when nobody else may take it over."""
    if value is None:
        return "–"
    if value.free:
        return str(gettext("%(name)s, may be taken over", name=value.name))
    return str(gettext("%(name)s until %(hour)s", name=value.name, hour=value.hour)) if value.until else value.name
