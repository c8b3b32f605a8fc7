"""Who may see a registered certificate: its owner, the owner's agency or firm, and DGFT."""

from app.infra.tenancy import ALL, MINE_HERE, by, guard
from app.signing.models import DscChallenge, DscRegistration, EsignOrder, SignatureOrder

guard(
    DscRegistration,
    exporter=by("exporter_id", "exporter_id"),
    officer=by("user_id", "user_id"),
    administrator=by("agency_id", "agency_id"),
    supervisor=ALL,
    idle_broker=by("user_id", "user_id"),
)
_mine = by("user_id", "user_id")
guard(DscChallenge, exporter=_mine, officer=_mine, administrator=_mine, supervisor=_mine, idle_broker=_mine)
guard(SignatureOrder, exporter=MINE_HERE, officer=_mine, broker=MINE_HERE)
guard(EsignOrder, exporter=_mine, broker=MINE_HERE)
