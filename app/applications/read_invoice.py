"""Takes the words out of an invoice in PDF, in a process of its own which may be stopped at any moment.

Started by paper_facts.py as a bare script with the bytes on its standard input, as examine.py is and within the same limits.
It prints the text of the first pages; of a scan, which has none, and of what it cannot read, nothing.
"""

import io
import sys
from contextlib import suppress
from pathlib import Path

PAGES, LETTERS = 5, 50_000


def main() -> None:
    """Limit ourselves, read the paper, print its words."""
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from app.infra.examine import limit

    limit()
    sys.stdout.buffer.write(of_pdf(sys.stdin.buffer.read()).encode("utf-8", "replace"))


def of_pdf(content: bytes) -> str:
    """The text of the first five pages; as many of them as can be read."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    said: list[str] = []
    with suppress(PyPdfError, RecursionError, MemoryError, ValueError, LookupError, TypeError, AttributeError):
        for page in PdfReader(io.BytesIO(content)).pages[:PAGES]:
            said.append(page.extract_text())
    return "\n".join(said)[:LETTERS]


if __name__ == "__main__":
    main()
