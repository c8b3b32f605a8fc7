"""Who may see a certificate and its leaves: as with the application it was issued on."""

from app.certificates.models import Bundle, Certificate, Leaf, LeafPrint, Revision, Specimen
from app.certificates.sitting_models import Sitting, SittingRow
from app.infra.tenancy import ALL, SUBMITTED, by, guard

for _model in (Certificate, Leaf, LeafPrint, Revision):
    guard(
        _model,
        exporter=by("exporter_id", "exporter_id"),
        broker=by("exporter_id", "exporter_id"),
        officer=by("desk_office_id", "office_ids"),
        administrator=by("desk_agency_id", "agency_id"),
        supervisor=SUBMITTED,
    )

_own = by("agency_id", "agency_id")
guard(Specimen, officer=_own, administrator=_own, supervisor=ALL)

_mine = by("user_id", "user_id")
guard(Bundle, exporter=_mine, officer=_mine, administrator=_mine, supervisor=_mine)

# A sitting is the officer's own; the agency's administrator and DGFT look on.
for _row in (Sitting, SittingRow):
    guard(_row, officer=_mine, administrator=_own, supervisor=ALL)
