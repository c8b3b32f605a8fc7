"""The documents say what the program is: their settings, commands, folders, names, states, accounts and links hold."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import config
from app import handbook
from app.cli import udgam
from app.demo.cast import AGENCIES, BROKERS, FIRMS, PASSWORD, SUPERVISOR

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
DOCS = sorted((ROOT / "docs").rglob("*.md"))
WALK = re.findall(r"`([\w./]+\.py): ([\w.]+)`", (ROOT / "docs" / "walk.md").read_text())
SETTINGS = (ROOT / "docs" / "settings.md").read_text()


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def variables() -> dict[str, Any]:
    """Every environment variable that config.py and run.py ask for, with its default where that is a plain value."""
    found: dict[str, Any] = {}
    for name in ("config.py", "run.py"):
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if function in {"env", "env_int", "env_bool"}:
                variable = str(node.args[0].value)
                found[variable] = plain(node.args[1]) if len(node.args) > 1 else found.get(variable)
    return found


def plain(default: ast.expr) -> Any:
    """A default as it is written, or None when it is worked out."""
    if isinstance(default, ast.Name):
        return getattr(config, default.id)
    return default.value if isinstance(default, ast.Constant) else None


def test_every_variable_is_documented_with_its_default() -> None:
    """docs/settings.md lists the variables the program reads, no others, and the defaults it has."""
    documented = {cells[0].strip("`"): cells[2] for cells in rows(SETTINGS, "From the environment")}
    read = variables()
    assert set(documented) == set(read)
    for variable, default in read.items():
        if default is not None:
            shown = {True: "yes", False: "no"}[default] if isinstance(default, bool) else str(default)
            assert documented[variable] == f"`{shown}`", variable


def test_every_setting_is_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry of config.settings() stands in one of the two tables, and every line of them says something."""
    monkeypatch.setenv("UDGAM_HOME", str(tmp_path))
    environment, fixed = rows(SETTINGS, "From the environment"), rows(SETTINGS, "Fixed in `config.py`")
    named = {name for cells in environment for name in re.findall(r"`(\w+)`", cells[1])}
    named |= {cells[0].strip("`") for cells in fixed}
    assert named == set(config.settings())
    assert all(cell for cells in environment + fixed for cell in cells)


def test_every_command_is_documented() -> None:
    """The operator's page lists the commands of `flask udgam`, no others, each with the options it has."""
    written = {cells[0].strip("`"): cells[1] for cells in rows((ROOT / "docs" / "operations.md").read_text(), "Commands")}
    assert set(written) == set(udgam.commands)
    for name, command in udgam.commands.items():
        assert command.help, name
        assert all(option in written[name] for parameter in command.params for option in parameter.opts), name


def test_every_make_target_is_documented() -> None:
    """Whatever `make` lists is in the README."""
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test", "check", "bench", "docs"} <= set(targets)
    assert not [target for target in targets if target != "help" and f"make {target}" not in README]


def test_every_folder_has_its_place_on_the_map() -> None:
    """The README's map names each folder of the program, and nothing that is not there."""
    mapped = {name for cells in rows(README, "Where things are") for name in re.findall(r"`([\w/]+)/`", cells[0])}
    folders = {path.relative_to(ROOT) for path in (ROOT / "app").iterdir() if any(path.rglob("*.*")) and path.is_dir()}
    assert {str(path) for path in folders if path.name != "__pycache__"} <= mapped
    assert all((ROOT / name).is_dir() for name in mapped)
    packages = {path.name for path in folders if (ROOT / path / "__init__.py").exists()}
    order = ast.get_docstring(ast.parse((ROOT / "app" / "__init__.py").read_text())) or ""
    assert not [name for name in packages - {"demo"} if not re.search(rf"\b{name}  ?", order)]


def test_the_map_stays_short() -> None:
    """A folder's purpose is six words, or nearly."""
    assert all(len(re.findall(r"[\w'/-]+", cells[1])) <= 8 for cells in rows(README, "Where things are"))
    assert len(README.splitlines()) < 120


@cache
def defined(file: str) -> set[str]:
    """Every function, class and method of a file: `build`, `Claim.done`."""
    found: set[str] = set()
    for node in ast.parse((ROOT / file).read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
            if isinstance(node, ast.ClassDef):
                found |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


@pytest.mark.parametrize(("file", "name"), WALK, ids=[f"{file}:{name}" for file, name in WALK])
def test_the_walk_is_true_to_the_code(file: str, name: str) -> None:
    """Every stop of docs/walk.md exists under that name in that file."""
    assert (ROOT / file).is_file()
    assert name in defined(file)


def test_the_walk_passes_every_capability() -> None:
    """No folder on a certificate's path is left out."""
    folders = {file.split("/")[1] for file, _ in WALK if file.startswith("app/")}
    assert {
        "core",
        "infra",
        "access",
        "audit",
        "signing",
        "agencies",
        "wallet",
        "applications",
        "certificates",
        "verification",
    } <= folders


def test_the_page_of_states_equals_the_tables() -> None:
    """docs/states.md is what `make docs` would write now."""
    assert (ROOT / "docs" / "states.md").read_text() == handbook.states(), "run `make docs`"


def test_every_table_of_moves_is_in_the_handbook() -> None:
    """The two lives of a certificate are on the page, each move with its line."""
    tables = {table.name: table for _, table in handbook.workflows()}
    assert {"application", "certificate"} <= set(tables)
    page = handbook.states()
    assert sum(len(table.moves) for table in tables.values()) == len(re.findall(r"^\| `", page, re.MULTILINE))


def test_the_readme_names_the_cast() -> None:
    """Its table of accounts lists the people of the demonstration's cast, no others, and their password."""
    people = {person.email for group in (*AGENCIES, *FIRMS, *BROKERS) for person in group.people} | {SUPERVISOR.email}
    assert {cells[0].strip("`") for cells in rows(README, "Log in")} == people
    assert PASSWORD in README


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file or a heading finds it; nothing links to a host outside."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        assert "://" not in target
        file, _, heading = target.partition("#")
        found = (page.parent / file).resolve()
        assert found.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", words).lower().replace(" ", "-") for words in headings}


def test_pages_name_files_that_exist() -> None:
    """A path of this project in a document leads to a file or folder."""
    for page in [ROOT / "README.md", *DOCS]:
        for path in re.findall(r"`((?:app|docs|tests|samples|translations)/[\w/.-]+)`", page.read_text()):
            numbered = list((ROOT / path).parent.glob(f"{Path(path).name}*"))
            assert (ROOT / path).exists() or numbered, f"{page.name}: {path}"


def test_decisions_are_numbered_without_gaps() -> None:
    """0001, 0002, ...: the file's number is its heading's, and each says what, why and what was given up, briefly."""
    files = sorted((ROOT / "docs" / "decisions").iterdir())
    assert [file.name[:5] for file in files] == [f"{number:04d}-" for number in range(1, len(files) + 1)]
    for file in files:
        text = file.read_text()
        assert re.findall(r"^#+ (.+)$", text, re.MULTILINE)[1:] == ["What", "Why", "What we gave up"], file.name
        assert text.startswith(f"# {file.name[:4]}: "), file.name
        assert 12 <= len(text.splitlines()) <= 20, file.name
