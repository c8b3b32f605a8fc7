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
from app.agencies.images import CALLED as CALLED_IMAGES
from app.core.codes import TRANSPORT_MODES
from app.core.workflow import words
from app.exporters import profiles
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


# Events whose words are put together where they are recorded, by file: what they may come to.
PUT_TOGETHER = {
    "images.py": [f"{image} {what}" for image in CALLED_IMAGES.values()
                  for what in ("uploaded", "put to use", "draft thrown away", "taken up again")],
    "registration.py": [f"certificate {status}" for status in ("revoked", "expired", "replaced")],
    "profiles.py": [profiles.CREATED, profiles.CHANGED, profiles.DISABLED],
    "appendix.py": ["agency added to Appendix 2E", "agency changed from a table"],
}  # fmt: skip
PASSED_ON = {"told.py", "webhooks.py"}  # a function of theirs is called with the words, and its calls are walked


def of_records() -> Iterator[tuple[str, str]]:
    """The events that verbs record with words of their own; one that this cannot read must be listed above."""
    for file in Path(config.ROOT, "app").rglob("*.py"):
        tree = ast.parse(file.read_text())
        constants = {each.id: value for node in tree.body if isinstance(node, ast.Assign) for each, value in named(node)}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            place = {"record": 2, "_record": 2, "changed": 4}.get(getattr(call.func, "id", getattr(call.func, "attr", "")))
            if place is not None and len(call.args) > place and "migrations" not in file.parts:
                yield from ((begun(text), f"event in {file.name}") for text in texts(call.args[place], constants, file.name))


def named(node: ast.Assign) -> Iterator[tuple[ast.Name, ast.expr]]:
    """The names of an assignment with their values, one by one."""
    for target in node.targets:
        pairs = (
            zip(target.elts, node.value.elts, strict=False)
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            else [(target, node.value)]
        )
        yield from ((each, value) for each, value in pairs if isinstance(each, ast.Name))


def texts(said: ast.expr, constants: dict[str, ast.expr], file: str) -> list[str]:
    """What the words may be."""
    if isinstance(said, ast.Constant):
        return [said.value] if isinstance(said.value, str) else []
    if isinstance(said, ast.IfExp):
        return texts(said.body, constants, file) + texts(said.orelse, constants, file)
    if isinstance(said, ast.Name) and said.id in constants:
        return texts(constants[said.id], constants, file)
    if isinstance(said, ast.Attribute) and said.attr == "event":
        return []  # a move's: walked with its table
    assert file in {*PUT_TOGETHER, *PASSED_ON}, f"{ast.unparse(said)} in {file}: list what it may come to"
    return PUT_TOGETHER.get(file, [])


@pytest.fixture(scope="module")
def hindi() -> dict[str, str]:
    """The texts of the catalogue with their translations."""
    with HINDI.open("rb") as file:
        texts = pofile.read_po(file, locale="hi")
    return {text.id if isinstance(text.id, str) else text.id[0]: str(text.string) for text in texts if text.id}


def test_words_of_tables_are_translated(app: Flask, hindi: dict[str, str]) -> None:
    """Nobody who reads Hindi meets an English button, state, event, value or menu entry."""
    needed = dict([*of_records(), *of_columns(), *of_workflows(), *((name, "menu") for name, *_rest in MENU),
                   *((name, "means of transport") for name in TRANSPORT_MODES.values())])  # fmt: skip
    assert len(needed) > 200
    missing = {text: where for text, where in needed.items() if not hindi.get(text)}
    assert missing == {}, "add them to app/infra/words.py and translate them"
