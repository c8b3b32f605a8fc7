"""A notice is its reader's alone."""

from app.infra.tenancy import MINE_HERE, by, guard
from app.notices.models import Delivery, Mail, Notice, Preference, Webhook

_own = by("user_id", "user_id")
guard(Notice, exporter=_own, officer=_own, administrator=_own, supervisor=_own, broker=MINE_HERE, idle_broker=_own)
guard(Mail)  # nobody reads the mails of others; they are sent and forgotten
guard(Preference, exporter=_own, officer=_own, administrator=_own, supervisor=_own, broker=_own, idle_broker=_own)
_firm = by("exporter_id", "exporter_id")
guard(Webhook, exporter=_firm)
guard(Delivery, exporter=_firm)
