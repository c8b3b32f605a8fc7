"""Who may see a broker and a delegation: the two firms it binds, and DGFT; acting for one firm, a broker sees that one alone."""

from app.brokers.models import Broker, BrokerUser, Delegation
from app.infra.tenancy import ALL, by, guard

_own = by("broker_id", "broker_id")
guard(Broker, supervisor=ALL, idle_broker=by("id", "broker_id"))
guard(BrokerUser, supervisor=ALL, idle_broker=_own)
guard(
    Delegation,
    exporter=by("exporter_id", "exporter_id"),
    supervisor=ALL,
    broker=by("id", "delegation_id"),
    idle_broker=_own,
)
