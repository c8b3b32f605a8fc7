"""Who may see an application: its firm always, its office's officers, its agency and DGFT once it is submitted."""

from typing import Any

from sqlalchemy import select

from app.applications.models import Application, Attachment, Evidence, GoodsItem, Invoice, Query, Template, Unfinished
from app.core.actor import Actor, Role
from app.exporters.models import Branch, Exporter
from app.infra.tenancy import MINE_HERE, SUBMITTED, Criterion, by, guard, guard_by_query
from app.infra.tenancy import visible_to as _visible_to

for _model in (Application, Invoice, GoodsItem, Evidence, Attachment, Query):
    guard(
        _model,
        exporter=by("exporter_id", "exporter_id"),
        broker=by("exporter_id", "exporter_id"),
        officer=by("desk_office_id", "office_ids"),
        administrator=by("desk_agency_id", "agency_id"),
        supervisor=SUBMITTED,
    )

guard(Template, exporter=by("exporter_id", "exporter_id"), broker=by("exporter_id", "exporter_id"))
guard(Unfinished, exporter=by("user_id", "user_id"), broker=MINE_HERE)


def _firms_of_agency(actor: Actor) -> Criterion:
    """An agency knows the firms that have filed with it."""
    agency = actor.agency_id
    return lambda cls: cls.id.in_(select(Application.exporter_id).where(Application.desk_agency_id == agency))


def _branches_of_agency(actor: Actor) -> Criterion:
    agency = actor.agency_id
    return lambda cls: cls.exporter_id.in_(select(Application.exporter_id).where(Application.desk_agency_id == agency))


for _role in (Role.OFFICER, Role.ADMINISTRATOR):
    guard_by_query(Exporter, _role, _firms_of_agency)
    guard_by_query(Branch, _role, _branches_of_agency)


def visible_to(actor: Actor) -> Any:
    """The SQL condition on Application for this actor."""
    return _visible_to(actor, Application)
