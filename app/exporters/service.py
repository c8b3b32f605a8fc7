"""Find the firm and the person behind an account."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import PUBLIC_ACTOR, Actor, Role
from app.exporters.models import Branch, DgftProfile, Exporter, ExporterUser
from app.exporters.rules import how_to_link
from app.infra import current
from app.notices import webhooks
from app.signing import registration

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


def unlinked_actor(session: Session, user_id: int) -> Actor | None:
    """Somebody DGFT knows who belongs to no firm here: sees what the public sees, and is told how to link the IEC."""
    query = select(DgftProfile).where(DgftProfile.user_id == user_id, DgftProfile.active.is_(True))
    profile = session.scalar(query, execution_options=_UNSCOPED)
    if profile is None:
        return None
    return replace(PUBLIC_ACTOR, user_id=user_id, name=profile.full_name, read_only=how_to_link(profile.iec))


current.RESOLVERS += [exporter_actor, unlinked_actor]


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


def keepers(session: Session, exporter_id: int) -> list[int]:
    """The accounts of the firm's primary users, who look after its webhooks."""
    return [person.user_id for person in people(session, exporter_id) if person.role == Role.PRIMARY]


webhooks.KEEPERS.append(keepers)


def firm_name(session: Session, actor: Actor) -> str | None:
    """The firm a person belongs to; None for others, and for those who only act for it."""
    return firm(session, actor.exporter_id).firm_name if actor.exporter_id and actor.exporter_user_id else None


registration.ORGANISATIONS.append(firm_name)
