"""Find the firm and the person behind an account."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.exporters.models import Branch, Exporter, ExporterUser
from app.infra import current

_UNSCOPED = {"unscoped": True}


def exporter_actor(session: Session, user_id: int) -> Actor | None:
    """The actor behind a firm's account, or None when it is no such account or not active."""
    person = session.scalar(select(ExporterUser).where(ExporterUser.user_id == user_id), execution_options=_UNSCOPED)
    if person is None or person.status != "ACTIVE":
        return None
    return Actor(
        role=Role(person.role),
        user_id=user_id,
        name=person.full_name,
        exporter_id=person.exporter_id,
        exporter_user_id=person.id,
    )


current.RESOLVERS.append(exporter_actor)


def firm(session: Session, exporter_id: int) -> Exporter:
    """The firm with this id, whoever asks."""
    return session.get_one(Exporter, exporter_id, execution_options=_UNSCOPED)


def person(session: Session, exporter_user_id: int) -> ExporterUser:
    """The firm's person with this id, whoever asks."""
    return session.get_one(ExporterUser, exporter_user_id, execution_options=_UNSCOPED)


def main_branch(session: Session, exporter_id: int) -> Branch | None:
    """The branch that is filed from when none is chosen: the registered one, else the first."""
    query = select(Branch).where(Branch.exporter_id == exporter_id).order_by(Branch.kind != "REGISTERED", Branch.id)
    return session.scalar(query.limit(1), execution_options=_UNSCOPED)


def people(session: Session, exporter_id: int) -> list[ExporterUser]:
    """The active people of a firm."""
    query = select(ExporterUser).where(ExporterUser.exporter_id == exporter_id, ExporterUser.status == "ACTIVE")
    return list(session.scalars(query, execution_options=_UNSCOPED))
