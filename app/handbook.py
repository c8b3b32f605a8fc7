"""Write the page of the handbook that is made from the tables: every state and every move, as pictures and as lists."""

import importlib
from collections.abc import Iterator
from pathlib import Path

from app.core.workflow import Move, Workflow

HEAD = """\
# States and moves

Written by `make docs` from the tables in `app/*/rules.py`; change the table, not this page.
Nothing else is possible: screens, REST endpoints, the role matrix of the tests and this page all read the same lines.
"""
COLUMNS = ("Move", "From", "To", "Who", "What is said", "Only if", "In the audit trail")


def workflows() -> list[tuple[str, Workflow]]:
    """Every table of moves with the file it stands in, in the order of the folders' names."""
    found = []
    for file in sorted(Path(__file__).parent.glob("*/*rules.py")):
        module = importlib.import_module(f"app.{file.parent.name}.{file.stem}")
        tables = [value for value in vars(module).values() if isinstance(value, Workflow)]
        found += [(f"app/{file.parent.name}/{file.name}", table) for table in tables]
    return found


def states() -> str:
    """The text of docs/states.md."""
    return "\n".join([HEAD, *("\n".join(_section(file, table)) for file, table in workflows())])


def _section(file: str, table: Workflow) -> Iterator[str]:
    yield from (f"## {table.name.capitalize()}", "", f"From `{file}`.", "", "```mermaid", table.mermaid(), "```", "")
    yield from (_line(COLUMNS), _line(tuple("---" for _ in COLUMNS)))
    yield from (_line(_cells(move)) for move in table.moves)
    yield ""


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _cells(move: Move) -> tuple[str, ...]:
    """One move as people read it; arguments that may be left out stand in brackets."""
    said = ", ".join(f"`{arg.name}`" if arg.required else f"(`{arg.name}`)" for arg in move.args)
    who = ", ".join(sorted(role.capitalize() for role in move.by))
    froms, to = ", ".join(sorted(move.froms)), move.to or "deleted"
    return (f"`{move.name}`", froms, to, who, said or "–", move.guard or "–", move.event)
