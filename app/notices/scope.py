"""A notice is its reader's alone."""

from app.infra.tenancy import by, guard
from app.notices.models import Mail, Notice

_own = by("user_id", "user_id")
guard(Notice, exporter=_own, officer=_own, administrator=_own, supervisor=_own)
guard(Mail)  # nobody reads the mails of others; they are sent and forgotten
