"""Every word that screens show out of a table is there for the translators: a new state, button or event without one fails here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import pofile
from flask import Flask
from flask_appbuilder import Model

import config
from app.access.roles import MENU
from app.core.workflow import words
from app.handbook import workflows
from app.infra.search import choices
from app.infra.words import CALLED

HINDI = config.ROOT / "translations" / "hi" / "LC_MESSAGES" / "messages.po"
CODES = {"mime", "origin_criterion", "currency", "key_alg"}  # columns whose values are codes in every language


def called(value: str) -> str:
    """The name of a value or state, as `word` makes it."""
    return CALLED.get(value) or words(value).capitalize()


def begun(event: str) -> str:
    """An event as the history begins its line with it."""
    return event[:1].upper() + event[1:]


def of_workflows() -> Iterator[tuple[str, str]]:
    """States, buttons, what they ask, and the events of every table of moves."""
    for _file, table in workflows():
        yield from ((called(state), f"state of the {table.name}") for state in table.states)
        for move in table.moves:
            yield begun(move.event), f"event of the {table.name}"
            if not move.automatic:
                yield move.label, f"button of the {table.name}"
            for arg in move.args:
                yield from ((text, f"asked by {move.name}") for text in (arg.label, arg.help) if text)


def of_columns() -> Iterator[tuple[str, str]]:
    """The values that the database lets a column hold."""
    for mapper in Model.registry.mappers:
        for column in mapper.local_table.columns if hasattr(mapper.class_, "__table__") else ():  # type: ignore[attr-defined]  # a mapper's table
            if column.name not in CODES:
                values = choices(mapper.class_, column.name)
                yield from ((called(value), f"{mapper.class_.__name__}.{column.name}") for value in values)


def of_records() -> Iterator[tuple[str, str]]:
    """The events that verbs record with words of their own."""
    for file in Path(config.ROOT, "app").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", getattr(call.func, "attr", "")) != "record":
                continue
            for said in call.args[2:3]:
                if isinstance(said, ast.Constant) and isinstance(said.value, str):
                    yield begun(said.value), f"event in {file.name}"


@pytest.fixture(scope="module")
def hindi() -> dict[str, str]:
    """The texts of the catalogue with their translations."""
    with HINDI.open("rb") as file:
        texts = pofile.read_po(file, locale="hi")
    return {text.id if isinstance(text.id, str) else text.id[0]: str(text.string) for text in texts if text.id}


def test_words_of_tables_are_translated(app: Flask, hindi: dict[str, str]) -> None:
    """Nobody who reads Hindi meets an English button, state, event, value or menu entry."""
    needed = dict([*of_records(), *of_columns(), *of_workflows(), *((name, "menu") for name, *_rest in MENU)])
    assert len(needed) > 200
    missing = {text: where for text, where in needed.items() if not hindi.get(text)}
    assert missing == {}, "add them to app/infra/words.py and translate them"
