"""Packs the desk agent into one file that runs on the computer of whoever signs without the rest of the program."""

import io
import zipfile
from functools import lru_cache
from pathlib import Path

NAME = "udgam-desk-agent.pyz"
AGENT = Path(__file__).parent / "desk_agent"
START = "import sys\n\nfrom app.signing.desk_agent.__main__ import main\n\nsys.exit(main())\n"
EMPTY = '"""Only the desk agent is here."""\n'  # in place of the packages around it, which it has no use for


@lru_cache(maxsize=1)
def package() -> bytes:
    """The program as a Python archive: the same bytes wherever it is packed, so that its SHA-256 can be compared."""
    files = {"__main__.py": START, "app/__init__.py": EMPTY, "app/signing/__init__.py": EMPTY}
    files |= {f"app/signing/desk_agent/{file.name}": file.read_text() for file in sorted(AGENT.glob("*.py"))}
    packed = io.BytesIO(b"#!/usr/bin/env python3\n")
    packed.seek(0, io.SEEK_END)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


if __name__ == "__main__":
    Path(NAME).write_bytes(package())
