"""What Udgam has of the people DGFT speaks of, read in a few statements and held until the transaction ends."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import insert, inspect, or_, select
from sqlalchemy.orm import Session

from app.exporters.facts import PersonFacts
from app.exporters.models import DgftProfile, Exporter, ExporterUser

AT_ONCE = 500  # values in one statement; both databases take them
AFRESH = {"unscoped": True, "populate_existing": True}


@dataclass(slots=True)
class Standing:
    """Everything that bears on a batch of people: their profiles, firms, accounts, and who else is primary in the firms."""

    profiles: dict[str, DgftProfile] = field(default_factory=dict)  # by DGFT's number of the person
    firms: dict[str, Exporter] = field(default_factory=dict)  # by IEC
    users: dict[int, User] = field(default_factory=dict)
    by_address: dict[str, User] = field(default_factory=dict)
    by_ref: dict[str, int] = field(default_factory=dict)  # accounts of people without a profile, by DGFT's number
    members: dict[int, ExporterUser] = field(default_factory=dict)  # by account
    owners: dict[int, DgftProfile] = field(default_factory=dict)  # by account
    primaries: dict[int, set[int]] = field(default_factory=dict)  # firm -> accounts of its active primary users

    def user_of(self, profile: DgftProfile | None) -> User | None:
        return self.users.get(profile.user_id) if profile is not None and profile.user_id is not None else None

    def member_of(self, user: User | None) -> ExporterUser | None:
        return self.members.get(user.id) if user is not None and user.id is not None else None


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """So many values at a time, in order and each once."""
    ordered = sorted(set(values))
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))


def hold(session: Session, people: Iterable[PersonFacts]) -> Standing:
    """Read and lock: first the firms, then the people, each in the order of their numbers, so that nobody waits in a ring."""
    stand, facts = Standing(), list(people)
    refs = {each.user_ref for each in facts}
    iecs = {each.iec for each in facts if each.iec}
    for part in chunks(refs):
        of_now = select(DgftProfile.iec).where(DgftProfile.user_ref.in_(part), DgftProfile.iec != "")
        iecs |= set(session.scalars(of_now, execution_options=AFRESH))
    for part in chunks(iecs):
        query = select(Exporter).where(Exporter.iec.in_(part)).order_by(Exporter.id).with_for_update()
        stand.firms |= {row.iec: row for row in session.scalars(query, execution_options=AFRESH)}
    for part in chunks(refs):
        profiles = select(DgftProfile).where(DgftProfile.user_ref.in_(part)).order_by(DgftProfile.id).with_for_update()
        stand.profiles |= {row.user_ref: row for row in session.scalars(profiles, execution_options=AFRESH)}
    _accounts(session, stand, {each.email for each in facts if each.active}, refs - set(stand.profiles))
    _people(session, stand)
    return stand


def _accounts(session: Session, stand: Standing, addresses: set[str], without_profile: set[str]) -> None:
    """The accounts of the profiles, of people a firm has under DGFT's number already, and those that have the addresses now."""
    ids = [row.user_id for row in stand.profiles.values() if row.user_id is not None]
    for part in chunks(without_profile):
        members = select(ExporterUser.dgft_user_ref, ExporterUser.user_id).where(ExporterUser.dgft_user_ref.in_(part))
        stand.by_ref |= {str(ref): user for ref, user in session.execute(members, execution_options={"unscoped": True})}
    ids += stand.by_ref.values()
    for part in chunks(ids):
        stand.users |= {row.id: row for row in session.scalars(select(User).where(User.id.in_(part)))}
    for part in chunks(addresses):
        having = select(User).where(or_(User.username.in_(part), User.email.in_(part)))
        stand.users |= {row.id: row for row in session.scalars(having)}
    stand.by_address = {name: row for row in stand.users.values() for name in (row.username, row.email)}


def _people(session: Session, stand: Standing) -> None:
    """Whom those accounts belong to, and the active primary users of the firms."""
    for part in chunks(stand.users):
        members = select(ExporterUser).where(ExporterUser.user_id.in_(part))
        stand.members |= {row.user_id: row for row in session.scalars(members, execution_options=AFRESH)}
        owners = select(DgftProfile).where(DgftProfile.user_id.in_(part))
        found = session.scalars(owners, execution_options={"unscoped": True})
        stand.owners |= {row.user_id: row for row in found if row.user_id is not None}
    firms = {row.id for row in stand.firms.values()} | {row.exporter_id for row in stand.members.values()}
    for part in chunks(firms):
        primary = select(ExporterUser.exporter_id, ExporterUser.user_id).where(
            ExporterUser.exporter_id.in_(part), ExporterUser.role == "PRIMARY", ExporterUser.status == "ACTIVE"
        )
        for firm_id, user_id in session.execute(primary, execution_options={"unscoped": True}):
            stand.primaries.setdefault(firm_id, set()).add(user_id)


def store(session: Session, rows: Sequence[Any], key: str) -> dict[Any, Any]:
    """New rows of one table in one statement (SQLite would take them one by one), read back by a column that is unique."""
    if not rows:
        return {}
    model = type(rows[0])
    found: dict[Any, Any] = {}
    columns = [column.key for column in inspect(model).column_attrs]
    values = [{name: row.__dict__[name] for name in columns if name in row.__dict__} for row in rows]
    session.execute(insert(model), values)
    for part in chunks(each[key] for each in values):
        again = session.scalars(select(model).where(getattr(model, key).in_(part)), execution_options={"unscoped": True})
        found |= {getattr(row, key): row for row in again}
    return found
