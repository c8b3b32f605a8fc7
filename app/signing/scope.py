"""Who may see a registered certificate: its owner, the owner's agency or firm, and DGFT."""

from app.infra.tenancy import ALL, by, guard
from app.signing.models import DscChallenge, DscRegistration

guard(
    DscRegistration,
    exporter=by("exporter_id", "exporter_id"),
    officer=by("user_id", "user_id"),
    administrator=by("agency_id", "agency_id"),
    supervisor=ALL,
)
_mine = by("user_id", "user_id")
guard(DscChallenge, exporter=_mine, officer=_mine, administrator=_mine, supervisor=_mine)
