"""Who acts for which firm: found anew at every request, and once more, under a lock, in the verb that changes something."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.brokers.models import Broker, BrokerUser, Delegation
from app.brokers.rules import CHOOSE, NOT_YOURS, ROLE_OF, SUSPENDED, Scope, Term, called, why_not_act
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotAllowed
from app.infra import current
from app.signing import registration

_FRESH = {"unscoped": True, "populate_existing": True}


def broker_actor(session: Session, user_id: int) -> Actor | None:
    """The actor behind a broker's account: for the firm this request names, if the firm lets them now, else for nobody."""
    return acting(session, user_id, current.acting_for())


current.RESOLVERS.append(broker_actor)


def acting(session: Session, user_id: int, iec: str) -> Actor | None:
    """The actor behind a broker's account for the firm with this IEC ("" for none), or None when it is no such account."""
    query = select(BrokerUser, Broker).join(Broker, Broker.id == BrokerUser.broker_id).where(BrokerUser.user_id == user_id)
    found = session.execute(query, execution_options={"unscoped": True}).one_or_none()
    if found is None or found[0].status != "ACTIVE":
        return None
    person, broker = found
    delegation = delegation_for(session, broker.id, iec) if iec else None
    why = _why_idle(broker, delegation, iec)
    if delegation is None or why:
        return Actor(
            Role.BROKER, user_id, called(person.full_name, broker.name), broker_id=broker.id, broker_user_id=person.id,
            person=person.full_name, closed=why,
            read_only=SUSPENDED.format(broker=broker.name) if broker.status != "ACTIVE" else "",
        )  # fmt: skip
    return Actor(
        ROLE_OF[Scope(delegation.scope)], user_id, called(person.full_name, broker.name, delegation.exporter_name),
        exporter_id=delegation.exporter_id, broker_id=broker.id, broker_user_id=person.id, delegation_id=delegation.id,
        person=person.full_name, acting_for=f"{delegation.exporter_name} (IEC {delegation.exporter_iec})",
    )  # fmt: skip


def _why_idle(broker: Broker, delegation: Delegation | None, iec: str) -> str:
    """Why this person acts for nobody; empty when they act."""
    if broker.status != "ACTIVE":
        return SUSPENDED.format(broker=broker.name)
    if not iec:
        return CHOOSE
    if delegation is None:
        return NOT_YOURS.format(iec=iec[:20])
    return why_not_act(term(delegation), clock.india_today())


def term(delegation: Delegation) -> Term:
    """What a delegation says of itself."""
    return Term(
        delegation.status, delegation.from_date, delegation.until, delegation.broker_name, delegation.exporter_name,
        delegation.ended_by, clock.stamp(delegation.ended_at) if delegation.ended_at else "",
    )  # fmt: skip


def delegation_for(session: Session, broker_id: int, iec: str) -> Delegation | None:
    """The newest delegation of this firm to this broker; of several only the newest can be under way."""
    query = select(Delegation).where(Delegation.broker_id == broker_id, Delegation.exporter_iec == iec)
    return session.scalar(query.order_by(Delegation.id.desc()).limit(1), execution_options={"unscoped": True})


def must_still_act(session: Session, actor: Actor) -> None:
    """For a broker's act: the firm lets them at this very moment. Whoever ends it waits for this act, or this act is refused.

    Called first in a verb, before other rows are locked.
    """
    if actor.delegation_id is None:
        return
    query = select(Delegation).where(Delegation.id == actor.delegation_id).with_for_update(read=True)
    delegation = session.scalars(query, execution_options=_FRESH).one()
    person = session.get_one(BrokerUser, actor.broker_user_id, execution_options=_FRESH)
    broker = session.get_one(Broker, delegation.broker_id, execution_options=_FRESH)
    why = _why_idle(broker, delegation, delegation.exporter_iec)
    if why or person.status != "ACTIVE" or ROLE_OF[Scope(delegation.scope)] != actor.role:
        raise NotAllowed(why or CHOOSE)


def signer(session: Session, actor: Actor) -> dict[str, str | int | None]:
    """Who of which broker signs for the firm, as the signed data and the trail name them."""
    person = session.get_one(BrokerUser, actor.broker_user_id, execution_options={"unscoped": True})
    broker = session.get_one(Broker, person.broker_id, execution_options={"unscoped": True})
    return {"person": person.full_name, "broker": broker.name, "licence_no": broker.licence_no, "delegation": actor.delegation_id}


def people_for(session: Session, exporter_id: int) -> list[tuple[int, str, str]]:
    """(account, IEC, firm) of every broker's person who may act for this firm now; for telling them."""
    today = clock.india_today()
    query = (
        select(BrokerUser.user_id, Delegation.exporter_iec, Delegation.exporter_name)
        .join(Broker, Broker.id == BrokerUser.broker_id)
        .join(Delegation, Delegation.broker_id == Broker.id)
        .where(
            Delegation.exporter_id == exporter_id, Delegation.status == "ACTIVE", Delegation.from_date <= today,
            Delegation.until >= today, Broker.status == "ACTIVE", BrokerUser.status == "ACTIVE",
        )
    )  # fmt: skip
    return [(user_id, iec, firm) for user_id, iec, firm in session.execute(query, execution_options={"unscoped": True})]


def broker_name(session: Session, actor: Actor) -> str | None:
    """The customs broker a person belongs to; None for others."""
    if actor.broker_id is None:
        return None
    return session.get_one(Broker, actor.broker_id, execution_options={"unscoped": True}).name


registration.ORGANISATIONS.append(broker_name)
