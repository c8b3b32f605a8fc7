"""The acceptance scenarios, 1 to 42: each is named by a test, so that none is forgotten when tests are moved."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
# Not built yet, each with what it waits for.
WAITING: dict[int, str] = {}


def named() -> set[int]:
    """The scenarios that a test's name or its docstring speaks of."""
    found: set[int] = set()
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                words = f"{node.name} {ast.get_docstring(node) or ''}"
                for many in re.findall(r"[Ss]cenarios?[ _]((?:\d+(?:, | and | to |_)?)+)", words):
                    found |= {int(number) for number in re.findall(r"\d+", many)}
    return found


def test_every_scenario_is_named_by_a_test() -> None:
    """1 to 42, but for those that wait for something; and whatever waits is taken off the list when it is there."""
    assert set(range(1, 43)) - named() == set(WAITING)
