"""The life of a thing as a table: which move leads from where to where, and who may make it; no other is possible."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from app.core.actor import Role
from app.core.errors import NotAllowed, NotFound, WrongState

ArgKind = Literal["text", "paragraph", "tick", "query_items", "answers", "officer", "office", "date", "filing"]


@dataclass(frozen=True, slots=True)
class Arg:
    """One thing the person must say when making a move; forms, the API and its documentation are made from it."""

    name: str
    label: str
    kind: ArgKind
    required: bool = True
    min_length: int = 0
    max_length: int = 1000
    help: str = ""
    options: tuple[str, ...] = ()  # the codes that may be given, where there is a list of them


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table. `to` is None when the row is deleted; `automatic` moves are the system's alone."""

    name: str
    froms: frozenset[str]
    to: str | None
    by: frozenset[Role]
    event: str
    label: str
    args: tuple[Arg, ...] = ()
    tone: Literal["primary", "danger", "default"] = "default"
    automatic: bool = False
    holder: bool = False  # only for whoever has taken the thing up; others see no button
    guard: str = ""
    bulk: bool = False  # may be made on several rows of a list at once


class Workflow:
    """A table of moves, checked when it is made: names, states and final states must agree."""

    def __init__(self, name: str, initial: str, moves: Iterable[Move], final: frozenset[str]) -> None:
        self.name, self.initial, self.moves, self.final = name, str(initial), tuple(moves), frozenset(map(str, final))
        self.states = tuple(dict.fromkeys(self._all_states()))
        self.names = tuple(dict.fromkeys(move.name for move in self.moves))
        self._validate()

    def _all_states(self) -> Iterable[str]:
        yield self.initial
        for move in self.moves:
            if move.to is not None:
                yield str(move.to)

    def _validate(self) -> None:
        known, left = set(self.states), {str(state) for move in self.moves for state in move.froms}
        if missing := (self.final | left) - known:
            raise ValueError(f"{self.name}: nothing leads to {', '.join(sorted(missing))}")
        if stuck := known - self.final - left:
            raise ValueError(f"{self.name}: no way out of {', '.join(sorted(stuck))}, which is not final")
        seen: set[tuple[str, str]] = set()
        for move in self.moves:
            if not move.froms or (move.automatic and move.by != {Role.SYSTEM}):
                raise ValueError(f"{self.name}: {move.name} starts nowhere, or is automatic but not the system's alone")
            for state in move.froms:
                if state in self.final and move.to != state:
                    raise ValueError(f"{self.name}: {move.name} leaves the final state {state}")
                if (move.name, state) in seen:
                    raise ValueError(f"{self.name}: {move.name} starts twice from {state}")
                seen.add((move.name, state))

    def rows(self, name: str) -> tuple[Move, ...]:
        """The lines of one move; NotFound when the table has no such move."""
        rows = tuple(move for move in self.moves if move.name == name)
        if not rows:
            raise NotFound(f"There is no move {name[:40]} here.")
        return rows

    def check(self, name: str, state: str, role: Role) -> Move:
        """The line that applies, or a refusal: NotFound, then NotAllowed (the role), then WrongState."""
        rows = self.rows(name)
        mine = tuple(move for move in rows if role in move.by)
        here = tuple(move for move in rows if state in move.froms)
        for move in here:
            if role in move.by:
                return move
        if here or not mine:
            raise NotAllowed(f"Your role may not do this: {rows[0].label.lower()}.")
        raise WrongState(f"This cannot be done now: the {self.name} is {words(state)}. {self._possible(mine)}")

    def _possible(self, rows: tuple[Move, ...]) -> str:
        froms = [words(state) for state in self.states if any(state in move.froms for move in rows)]
        listed = " or ".join([", ".join(froms[:-1]), froms[-1]]) if len(froms) > 1 else froms[0]
        return f"«{rows[0].label}» is possible while it is {listed}."

    def offered(self, state: str, role: Role) -> list[Move]:
        """The buttons this role sees on a thing in this state."""
        return [move for move in self.moves if state in move.froms and role in move.by and not move.automatic]

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for move in self.moves:
            who = ", ".join(sorted(role.lower() for role in move.by))
            target = move.to if move.to is not None else "[*]"
            lines += [f"    {state} --> {target}: {move.name} ({who})" for state in self.states if state in move.froms]
        lines += [f"    {state} --> [*]" for state in self.states if state in self.final]
        return "\n".join(lines)


def words(state: str) -> str:
    """A state as people read it."""
    return state.replace("_", " ").lower()
