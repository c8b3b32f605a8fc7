"""Nobody lists accounts of supervisors, failed log-ins or sessions of others through a screen."""

from app.access.models import LoginFailure, PasswordLink, SignIn, Supervisor, WebSession
from app.infra.tenancy import ALL, guard

guard(Supervisor, supervisor=ALL)
# Read by the log-in itself, before anybody is anybody; no screen or API lists them, and a person sees only the own ones.
UNGUARDED = (LoginFailure, WebSession, SignIn, PasswordLink)
