"""Whose rows: one table of who sees which rows of what, asked by every verb and laid over every query of a request.

A capability's scope.py says it once (`guard(Application, OFFICER=by("desk_office_id", "office_ids"), ...)`).
From that line come both answers: `allows(actor, row)` for a row in hand, and a criterion that the session adds to each
SELECT, UPDATE and DELETE of a request, so that a list, a pick list, an export or a generated page cannot forget it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption

from app.core.actor import ACTING_ROLES, Actor, Role
from app.core.errors import NotFound
from app.infra import current
from app.infra.db import db

Criterion = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class By:
    """A row is seen when its `column` equals (or is among) the actor's `fact`."""

    column: str
    fact: str


ALL = "all"
NONE = "none"
Rule = By | str

# SQLAlchemy caches a lambda by its code, so each tenant column has a lambda of its own; values ride in the closure.
_EQUALS: dict[str, Callable[[Any], Criterion]] = {
    "id": lambda value: lambda cls: cls.id == value,
    "exporter_id": lambda value: lambda cls: cls.exporter_id == value,
    "agency_id": lambda value: lambda cls: cls.agency_id == value,
    "desk_agency_id": lambda value: lambda cls: cls.desk_agency_id == value,
    "user_id": lambda value: lambda cls: cls.user_id == value,
    "broker_id": lambda value: lambda cls: cls.broker_id == value,
    "public": lambda value: lambda cls: cls.public == value,
}
_AMONG: dict[str, Callable[[Any], Criterion]] = {
    "id": lambda values: lambda cls: cls.id.in_(values),
    "office_id": lambda values: lambda cls: cls.office_id.in_(values),
    "desk_office_id": lambda values: lambda cls: cls.desk_office_id.in_(values),
}


def _mine_here(user_id: int, exporter_id: int) -> Criterion:
    return lambda cls: (cls.user_id == user_id) & (cls.exporter_id == exporter_id)


_SUBMITTED: Criterion = lambda cls: cls.desk_agency_id.is_not(None)  # noqa: E731  a lambda, because SQLAlchemy reads its code
_NOTHING: Criterion = lambda cls: cls.id == -1  # noqa: E731  as above; ids start at 1

MINE_HERE = "mine here"  # a person's own rows about the firm they work for now: a broker's person works for several
SUBMITTED = "submitted"  # every row that has left the exporter's desk: drafts are nobody else's business

_rules: dict[type[Any], dict[Role, Rule]] = {}
_also: dict[tuple[type[Any], Role], Callable[[Actor], Criterion]] = {}


def by(column: str, fact: str) -> By:
    """The rule «column of the row = fact of the actor»; checked here so that a typing slip fails at start."""
    if column not in _EQUALS and column not in _AMONG:
        raise LookupError(f"{column} is not a tenant column")
    return By(column, fact)


def guard(model: type[Any], *, exporter: Rule = NONE, officer: Rule = NONE, administrator: Rule = NONE,
          supervisor: Rule = NONE, public: Rule = NONE, broker: Rule = NONE, idle_broker: Rule = NONE) -> None:  # fmt: skip
    """Say who sees which rows of `model`; what is not said is not seen.

    `broker` is a customs broker's person acting for one firm, `idle_broker` the same person acting for nobody.
    """
    _rules[model] = {
        Role.PRIMARY: exporter, Role.APPLICANT: exporter, Role.VIEWER: exporter, Role.OFFICER: officer,
        Role.ADMINISTRATOR: administrator, Role.SUPERVISOR: supervisor, Role.PUBLIC: public, Role.SYSTEM: ALL,
        Role.BROKER: idle_broker, **dict.fromkeys(ACTING_ROLES, broker),
    }  # fmt: skip


def guard_by_query(model: type[Any], role: Role, criterion: Callable[[Actor], Criterion]) -> None:
    """For one role, rows are seen through other rows (an officer sees the exporters who filed with the agency)."""
    _also[model, role] = criterion


def must_be_complete() -> None:
    """Refuse to start when a table with a tenant column has no rule: what was forgotten would be everybody's."""
    columns = set(_EQUALS) | set(_AMONG)
    forgotten = [
        mapper.class_.__name__ for mapper in db.Model.registry.mappers
        if mapper.class_.__module__.startswith("app.") and mapper.class_ not in _rules
        and (columns - {"id", "user_id"}) & set(mapper.columns.keys())
    ]  # fmt: skip
    if forgotten:
        raise LookupError(f"nobody has said who may see rows of {', '.join(sorted(forgotten))} (scope.py)")


def guarded() -> frozenset[type[Any]]:
    """Every model that has a rule; a test compares this with every table that has a tenant column."""
    return frozenset(_rules)


def allows(actor: Actor, row: Any) -> bool:
    """May this actor know of this row? The same table the queries use."""
    rule = _rules[type(row)][actor.role]
    if isinstance(rule, By):
        fact, value = getattr(actor, rule.fact), getattr(row, rule.column)
        return value is not None and (value in fact if isinstance(fact, tuple) else value == fact)
    if rule == MINE_HERE:
        return None not in (actor.user_id, actor.exporter_id) and (row.user_id, row.exporter_id) == (
            actor.user_id,
            actor.exporter_id,
        )
    if rule == SUBMITTED:
        return row.desk_agency_id is not None
    return rule == ALL


def must_see(actor: Actor, row: Any) -> None:
    """Refuse, as if there were nothing, when the actor may not know of the row."""
    if row is None or not allows(actor, row):
        raise NotFound("There is nothing here under that number, or it is not yours to see.")


def seen(model: type[Any], pk: int) -> Any:
    """The row under this number out of an address, as the actor of the request may know it; else NotFound.

    Asked twice, because a row that the session holds already is given without a query.
    """
    row = db.session.get(model, pk) if 0 < pk < 2**31 else None
    must_see(current.actor(), row)
    return row


def criterion(actor: Actor, model: type[Any]) -> Criterion | None:
    """What the session adds to a query on `model`; None when everything is seen."""
    if (model, actor.role) in _also:
        return _also[model, actor.role](actor)
    rule = _rules[model][actor.role]
    if isinstance(rule, By):
        fact = getattr(actor, rule.fact)
        if fact is None:
            return _NOTHING  # and not the rows in which nobody is named
        return _AMONG[rule.column](list(fact)) if isinstance(fact, tuple) else _EQUALS[rule.column](fact)
    if rule == MINE_HERE:
        return _mine_here(actor.user_id or 0, actor.exporter_id or 0)
    return {ALL: None, SUBMITTED: _SUBMITTED, NONE: _NOTHING}[rule]


@lru_cache(maxsize=256)
def options(actor: Actor) -> tuple[LoaderCriteriaOption, ...]:
    """The criteria of every guarded model for this actor, as SQLAlchemy loader options.

    Made once for the same actor, because each statement of a request takes all of them; whoever differs in anything (an office
    more, another firm) is another actor.
    """
    pairs = ((model, criterion(actor, model)) for model in _rules)
    return tuple(with_loader_criteria(model, rule, include_aliases=True) for model, rule in pairs if rule is not None)


def visible_to(actor: Actor, model: type[Any]) -> Any:
    """The rule as an SQL condition, for queries made outside a request (jobs, reports, the command line)."""
    from sqlalchemy import true

    rule = criterion(actor, model)
    return true() if rule is None else rule(model)


UNSCOPED = {"unscoped": True}


def unscoped(session: Session, statement: Any) -> Any:
    """Run a statement the tenancy rule must not touch: finding out who the actor is, counters, uniqueness."""
    return session.execute(statement, execution_options=UNSCOPED)


@event.listens_for(db.session.session_factory, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    """Every ORM statement of a request is narrowed to what the actor may know of."""
    if state.execution_options.get("unscoped") or not (state.is_select or state.is_update or state.is_delete):
        return
    actor = current.actor()
    statement = _without_criteria(state.statement)
    state.statement = statement.options(*options(actor)) if actor.role is not Role.SYSTEM else statement


def _without_criteria(statement: Any) -> Any:
    """The statement without the criteria that a row brings along from whoever read it, when something is read from that row.

    Applied as well they would hold four times, and where somebody else acts now, in place of theirs: SQLAlchemy knows criteria
    of the same code apart by nothing. They must come along all the same (propagate_to_loaders), or joins are not narrowed.
    """
    brought: tuple[Any, ...] = statement._with_options
    kept = tuple(each for each in brought if not isinstance(each, LoaderCriteriaOption))
    if len(kept) == len(brought):
        return statement
    bare = statement._clone()
    bare._with_options = kept
    return bare
