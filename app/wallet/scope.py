"""Who may see money: a firm its own wallet, an agency what it earned, DGFT the whole."""

from sqlalchemy import select

from app.core.actor import Actor, Role
from app.infra.tenancy import ALL, Criterion, by, guard, guard_by_query
from app.wallet.models import GatewayMessage, LedgerEntry, LedgerMovement, LegacyWalletNote, TopUp, Wallet

_own = by("exporter_id", "exporter_id")
guard(Wallet, exporter=_own, supervisor=ALL)
guard(LedgerMovement, exporter=_own, supervisor=ALL)
guard(TopUp, exporter=_own, supervisor=ALL)
guard(LegacyWalletNote, exporter=_own, supervisor=ALL)
guard(GatewayMessage, supervisor=ALL)
guard(LedgerEntry, exporter=_own, administrator=by("agency_id", "agency_id"), supervisor=ALL)


def _earned(actor: Actor) -> Criterion:
    """The movements behind an agency's own entries: its ledger names each one's reference."""
    agency = actor.agency_id
    return lambda cls: cls.id.in_(select(LedgerEntry.movement_id).where(LedgerEntry.agency_id == agency))


guard_by_query(LedgerMovement, Role.ADMINISTRATOR, _earned)
