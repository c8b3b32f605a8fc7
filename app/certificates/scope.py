"""Who may see a certificate and its leaves: as with the application it was issued on."""

from app.certificates.models import Certificate, Leaf, Specimen
from app.infra.tenancy import ALL, SUBMITTED, by, guard

for _model in (Certificate, Leaf):
    guard(
        _model,
        exporter=by("exporter_id", "exporter_id"),
        officer=by("desk_office_id", "office_ids"),
        administrator=by("desk_agency_id", "agency_id"),
        supervisor=SUBMITTED,
    )

_own = by("agency_id", "agency_id")
guard(Specimen, officer=_own, administrator=_own, supervisor=ALL)
