"""Nobody lists accounts of supervisors, failed log-ins or sessions through a screen."""

from app.access.models import LoginFailure, Supervisor, WebSession
from app.infra.tenancy import ALL, guard

guard(Supervisor, supervisor=ALL)
# Read by the log-in itself, before anybody is anybody; no screen or API shows them.
UNGUARDED = (LoginFailure, WebSession)
