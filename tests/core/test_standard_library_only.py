"""The core runs where nothing is installed: it loads no framework, no database, nothing from outside."""

import json
import subprocess
import sys
from pathlib import Path

from app.core import codes

CORE = Path(codes.__file__).parent
PROGRAM = """
import importlib, json, sys
before = set(sys.modules)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({module.split(".")[0] for module in set(sys.modules) - before})))
"""


def test_importing_the_core_loads_nothing_from_outside() -> None:
    """In a fresh process, every module of the core: only `app` and the standard library are loaded."""
    modules = sorted(f"app.core.{path.stem}" for path in CORE.glob("*.py") if path.stem != "__init__")
    assert "app.core.workflow" in modules
    child = subprocess.run(
        [sys.executable, "-c", PROGRAM, *modules],
        cwd=CORE.parents[1],
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    loaded = set(json.loads(child.stdout))
    assert "app" in loaded
    assert loaded - {"app"} <= sys.stdlib_module_names
    assert not loaded & {"flask", "sqlalchemy", "pycountry"}
