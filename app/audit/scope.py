"""Who may read the trail: DGFT all of it, an agency and a firm what concerns them."""

from app.audit.models import AuditEvent, AuditHead
from app.infra.tenancy import ALL, NONE, by, guard

guard(
    AuditEvent,
    exporter=by("exporter_id", "exporter_id"),
    broker=by("exporter_id", "exporter_id"),
    officer=by("desk_office_id", "office_ids"),
    administrator=by("desk_agency_id", "agency_id"),
    supervisor=ALL,
)
guard(AuditHead, exporter=NONE, officer=NONE, administrator=NONE, supervisor=NONE)
