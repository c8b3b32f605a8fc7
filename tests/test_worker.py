"""The worker loads once what every job needs, because a forked child forgets what it has loaded when its job is done."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import config

# Where the work of a job is; what is loaded inside their functions is loaded late, so that the web pages go without.
FOLDERS = ("app/certificates", "app/signing")
# Not loaded by the job that issues certificates: the screens, what is done at the desk, the demonstration's own, and the
# library of a security module, which worker.load loads where there is one.
ELSEWHERE = {"views.py", "preview_view.py", "api.py", "desk_agent.py", "testca.py", "specimen.py", "pkcs11.py"}


def loaded_late() -> Iterator[str]:
    """Every module that a function of the pipeline imports when it is called."""
    for file in sorted(path for folder in FOLDERS for path in (config.ROOT / folder).glob("*.py")):
        functions = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)]
        for node in (inner for function in functions for inner in ast.walk(function)):
            if isinstance(node, ast.ImportFrom) and node.module and file.name not in ELSEWHERE:
                yield node.module
            elif isinstance(node, ast.Import) and file.name not in ELSEWHERE:
                yield from (alias.name for alias in node.names)


def test_a_job_finds_everything_loaded(tmp_path: Path) -> None:
    """Nothing that rendering, signing and judging load late is left for the child to load."""
    script = (
        "import sys; from app import create_app, worker; worker.load(create_app());"
        f"print(*[name for name in {sorted(set(loaded_late()))!r} if name not in sys.modules])"
    )
    surroundings = {"PATH": "", "UDGAM_HOME": str(tmp_path), "LANG": "C.UTF-8"}
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=config.ROOT, env=surroundings, capture_output=True, text=True, timeout=300
    )
    assert (told.stdout.split(), told.returncode) == ([], 0), told.stderr
