"""Who may see a firm: its own people and DGFT; the agencies it filed with are added by applications/scope.py."""

from app.exporters.models import Branch, DgftProfile, Exporter, ExporterUser, SyncRun
from app.infra.tenancy import ALL, by, guard

_own = by("exporter_id", "exporter_id")
guard(Exporter, exporter=by("id", "exporter_id"), supervisor=ALL, broker=by("id", "exporter_id"))
guard(Branch, exporter=_own, supervisor=ALL, broker=_own)
guard(ExporterUser, exporter=_own, supervisor=ALL)
guard(DgftProfile, supervisor=ALL)
guard(SyncRun, supervisor=ALL)
