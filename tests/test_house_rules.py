"""The house rules as failing tests: who may use whom, how long things may be, and what must never be written."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "app" / "infra" / "migrations"
PRODUCT = [
    *(file for file in sorted((ROOT / "app").rglob("*.py")) if MIGRATIONS not in file.parents),
    ROOT / "config.py",
    ROOT / "run.py",
]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "app" / "templates").rglob("*.html"))
VERBS = [file for file in PRODUCT if file.name in {"service.py", "issue.py", "moves.py", "submission.py"}]
LONGEST_FILE, LONGEST_FUNCTION = 300, 50

# Longer than LONGEST_FILE, each with the reason why it is not split.
LONGER: dict[str, str] = {}
# Who touches the environment besides config.py, and what for.
ENVIRONMENT = {
    "run.py:start_queue": "tells its children the socket of the queue it has just started",
    "run.py:start_sandbox": "tells its children the address of the sandbox it has just started",
}
# Addresses that nothing is ever fetched from: names of XML vocabularies, and domains that exist for examples.
NAMES_ONLY = re.compile(
    r"(www\.w3\.org|purl\.org|ns\.adobe\.com|127\.0\.0\.1|localhost|(.+\.)?(example|invalid|test)(\.\w+)?)(:\d*)?"
)


def name(file: Path) -> str:
    """A file as the report names it."""
    return str(file.relative_to(ROOT))


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file, methods and inner ones too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    """One of the tools, in a process of its own."""
    return subprocess.run([*words], cwd=ROOT, capture_output=True, text=True, timeout=300)


def tool(word: str) -> str:
    """A program beside this Python."""
    return str(Path(sys.executable).parent / word)


def test_folders_use_only_the_folders_below_them() -> None:
    """The import contracts of pyproject.toml hold, and every folder has its place in them."""
    told = run(tool("lint-imports"), "--no-cache")
    assert told.returncode == 0, told.stdout


def test_files_and_functions_stay_short_enough_to_be_read() -> None:
    """No file is longer than 300 lines and no function longer than 50, unless a reason stands beside it."""
    lengths = {name(file): len(file.read_text().splitlines()) for file in PRODUCT}
    too_long = [f"{file} ({lines})" for file, lines in lengths.items() if lines > LONGEST_FILE and file not in LONGER]
    too_long += [
        f"{name(file)}:{function.lineno} {function.name} ({lines})"
        for file in PRODUCT
        for function in functions(file)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not too_long
    assert all(lengths.get(file, 0) > LONGEST_FILE and reason for file, reason in LONGER.items()), "an exception outlived"


def test_nothing_is_too_entangled() -> None:
    """No function has more branches than pyproject.toml allows."""
    told = run(tool("ruff"), "check", "--quiet", "--no-cache", "--select", "C901", "app", "config.py", "run.py")
    assert told.returncode == 0, told.stdout


def test_a_verb_never_commits() -> None:
    """Whoever starts the work ends the transaction: no commit where verbs or rules are."""
    calls = [
        f"{name(file)}:{node.lineno}"
        for file in PRODUCT
        if file in VERBS or file.name == "rules.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not calls


def test_every_module_says_what_it_is_for() -> None:
    """Each module begins with one sentence; what follows it stands in a paragraph of its own."""
    silent = []
    for file in PRODUCT + TESTS:
        first, _, rest = (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n")
        if not first.endswith((".", "?", "!", ":")) or (rest and not rest.startswith("\n")):
            silent.append(name(file))
    assert not silent


def test_every_verb_says_what_it_does() -> None:
    """Each function of a service that others may call has a docstring."""
    silent = [
        f"{name(file)}:{node.lineno} {node.name}"
        for file in VERBS
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not silent


def test_the_laws_can_be_read_without_the_frameworks() -> None:
    """Importing every rules.py and the whole core loads no framework, when run and not only on paper."""
    files = [*(ROOT / "app").glob("*/rules.py"), *(ROOT / "app" / "core").glob("*.py")]
    modules = sorted(name(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in files)
    assert {"app.wallet.rules", "app.applications.rules", "app.core.money"} <= set(modules)
    heavy = "{'flask', 'sqlalchemy', 'redis', 'rq', 'werkzeug'}"
    told = run(sys.executable, "-c", f"import sys, {', '.join(modules)}; print(sorted({heavy} & set(sys.modules)))")
    assert (told.stdout.strip(), told.stderr) == ("[]", "")


def test_only_config_reads_the_environment() -> None:
    """One file reads environment variables, so that one page can list them all."""
    seen = set()
    for file in PRODUCT:
        tree = ast.parse(file.read_text())
        owners = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "putenv"}):
                continue
            within = [owner.name for owner in owners if owner.lineno <= node.lineno <= (owner.end_lineno or 0)]
            seen.add(f"{name(file)}:{within[-1] if within else ''}")
        assert not re.search(r"from os import[^\n]*(environ|getenv)", file.read_text()), name(file)
    assert {place for place in seen if not place.startswith("config.py:")} == set(ENVIRONMENT)


def test_no_file_is_a_drawer_for_odds_and_ends() -> None:
    """No file or folder is called utils, helpers, common or misc: it would say nothing and hold everything."""
    parts = {part for file in PRODUCT + TESTS for part in file.relative_to(ROOT).with_suffix("").parts}
    assert not {part for part in parts if re.fullmatch(r"(test_)?(utils?|helpers?|commons?|misc)", part)}


def test_no_page_and_no_program_knows_an_outside_host() -> None:
    """Nothing is fetched from anywhere at run time: no address of a real host in code, templates or styles."""
    served = [file for file in (ROOT / "app" / "static").rglob("*") if file.suffix in {".css", ".js", ".svg", ".html", ".json"}]
    found = []
    for file in [*PRODUCT, *TEMPLATES, *served]:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            hosts = re.findall(r"(?:https?:)//([A-Za-z0-9][^\s\"'/<>{}`)\\]*)", line)
            hosts += re.findall(r"(?:src|href|url\()=?[\"'(]?//([^\s\"'/)]+)", line)
            found += [f"{name(file)}:{number} {host}" for host in hosts if not NAMES_ONLY.fullmatch(host)]
    assert not found


def test_every_exception_to_a_rule_carries_its_reason() -> None:
    """A noqa or a type: ignore says on its own line why it is there, and which rule it means."""
    bare = []
    for file in PRODUCT + TESTS:
        for token in tokenize.generate_tokens(io.StringIO(file.read_text()).readline):
            if token.type == tokenize.COMMENT and re.match(r"#\s*(noqa|type:\s*ignore)", token.string):
                reason = re.sub(r"#\s*(noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\])", "", token.string)
                if not re.search(r"[a-z]{2,}.*\s\S|CursorResult", reason) or re.search(r"noqa(?!:)|ignore(?!\[)", token.string):
                    bare.append(f"{name(file)}:{token.start[0]} {token.string}")
    assert not bare


def test_every_table_with_tenants_in_it_is_guarded() -> None:
    """A table that names a firm, an agency or an office has a line in a scope.py; a forgotten one stops the program."""
    from app.factory import load_scopes
    from app.infra import tenancy
    from app.infra.db import db

    load_scopes()
    tenants = {"exporter_id", "agency_id", "desk_agency_id", "office_id", "desk_office_id"}
    models = [mapper.class_ for mapper in db.Model.registry.mappers if mapper.class_.__module__.startswith("app.")]
    assert len(models) > 20
    assert {model for model in models if tenants & set(model.__mapper__.columns.keys())} <= tenancy.guarded()


def test_a_forgotten_table_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking one line out of a scope.py is noticed at the start, by name."""
    from app.applications.models import Application
    from app.factory import load_scopes
    from app.infra import tenancy

    load_scopes()
    monkeypatch.delitem(tenancy._rules, Application)
    with pytest.raises(LookupError, match="Application"):
        tenancy.must_be_complete()


def names_of(kind: str, work: Any) -> Iterator[str]:
    """How a test may name a kind of job: in words, by its constant (jobs.HISTORY), or by the function that does it."""
    yield rf"['\"]{re.escape(kind)}"
    yield rf"\b{work.__name__}\b"
    for module in [module for place, module in sys.modules.items() if place.startswith("app.")]:
        here = module.__name__.rpartition(".")[2]
        yield from (
            rf"\b{here}\.{constant}\b" for constant, value in vars(module).items() if value == kind and constant.isupper()
        )


def test_whatever_happens_by_itself_has_a_test() -> None:
    """Every kind of job and every regular one is named in some test."""
    from app.factory import load_jobs
    from app.infra import queue

    load_jobs()
    words = "\n".join(file.read_text() for file in TESTS if file != Path(__file__).resolve())
    ours = {kind: work for kind, work in queue.HANDLERS.items() if work.__module__.startswith("app.")}
    assert {kind for kind, _ in queue.PERIODIC} <= set(queue.HANDLERS)
    assert not [kind for kind, work in ours.items() if not any(re.search(name, words) for name in names_of(kind, work))]


def test_every_page_stands_on_the_same_base() -> None:
    """Each template leads to udgam/base.html, or is a part that another template takes in."""
    texts = {str(file.relative_to(ROOT / "app" / "templates")): file.read_text() for file in TEMPLATES}
    parents = {page: re.search(r"{%-?\s*extends\s+['\"](.+?)['\"]", text) for page, text in texts.items()}
    for page, text in texts.items():
        if page == "udgam/base.html":
            continue
        assert not re.search("<(html|body)", text), f"{page} is a page of its own"
        parent: Any = parents[page]
        if parent is None:
            taken = any(re.search(rf"(include|import|from)\s+['\"]{re.escape(page)}", other) for other in texts.values())
            assert taken or page.startswith("appbuilder/"), f"{page} extends nothing and nothing takes it in"
            continue
        above = parent[1]
        while above != "udgam/base.html":
            assert parents.get(above), f"{page} stands on {above}"
            above = parents[above][1]


def test_pages_keep_to_the_content_security_policy() -> None:
    """No style element, and no script without its nonce: the browser would refuse them."""
    faults = [
        f"{name(file)}: {tag}"
        for file in TEMPLATES
        for tag in re.findall(r"<style[^>]*>|<script(?![^>]*nonce=)[^>]*>|\son[a-z]+=\"", file.read_text())
    ]
    assert not faults
