"""Who may see an agency, its offices and its people; any exporter may choose among agencies and offices."""

from app.agencies.models import Agency, AgencyUser, Office, OfficeMapping, OfficialImage
from app.infra.queue import Job
from app.infra.tenancy import ALL, NONE, by, guard

guard(Agency, exporter=ALL, broker=ALL, officer=by("id", "agency_id"), administrator=by("id", "agency_id"), supervisor=ALL)
_own = by("agency_id", "agency_id")
guard(Office, exporter=ALL, broker=ALL, officer=_own, administrator=_own, supervisor=ALL)
guard(AgencyUser, officer=_own, administrator=_own, supervisor=ALL)
guard(OfficeMapping, officer=_own, administrator=_own, supervisor=ALL)
guard(OfficialImage, officer=_own, administrator=_own, supervisor=ALL)
guard(Job, exporter=NONE, officer=NONE, administrator=_own, supervisor=ALL)
