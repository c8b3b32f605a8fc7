"""Reads an uploaded PDF in a process of its own, which may be stopped at any moment, and prints what it found in it.

Started by traces.py as a bare script: it knows no settings, no database and no secret, allows itself little memory and
time, and opens no file and no connection. One line of JSON for each finding, the quickest first, so that what was found
before it was stopped is not lost.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

MAX_BYTES = 5 * 1024 * 1024
MEMORY_BYTES, CPU_SECONDS = 512 * 1024 * 1024, 4
PAGES, LINKS, CHARACTERS = 3, 50, 50_000
SIGNATURES = 8
_SIGNATURE = re.compile(rb"/Contents\s{0,4}<([0-9A-Fa-f]{100,200000})>")


def main() -> None:
    """Limit ourselves, read the file from the standard input, print what is in it."""
    limit()
    content = sys.stdin.buffer.read(MAX_BYTES + 1)[:MAX_BYTES]
    for kind, found in look(content):
        print(json.dumps({kind: found[:CHARACTERS]}), flush=True)


def limit() -> None:
    """Little memory, little time, no files written; a system that cannot limit one of these still limits the rest."""
    import resource

    wanted = {
        "RLIMIT_AS": MEMORY_BYTES,
        "RLIMIT_CPU": CPU_SECONDS,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CORE": 0,
    }
    for name, most in wanted.items():
        with suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (most, most))


def look(content: bytes) -> Iterator[tuple[str, str]]:
    """("certificate", SHA-256 of a signer's certificate) and ("text", words), in the order in which they cost time."""
    with suppress(Exception):
        yield from (("certificate", found) for found in signers(content))
    yield from texts(content)


def signers(content: bytes) -> Iterator[str]:
    """The certificates in the file's signatures, by their SHA-256; whether the signatures hold is not asked."""
    from asn1crypto import cms

    for number, written in enumerate(_SIGNATURE.finditer(content)):
        if number == SIGNATURES:
            return
        with suppress(Exception):  # not a signature, or a broken one: the next
            signed = cms.ContentInfo.load(bytes.fromhex(written[1].decode()[: len(written[1]) // 2 * 2]))["content"]
            for certificate in signed["certificates"]:
                yield str(certificate.chosen.sha256.hex())


def texts(content: bytes) -> Iterator[tuple[str, str]]:
    """Title and subject, the XMP packet as it stands, then the words and links of the first pages."""
    from pypdf import PdfReader

    reader: Any = None
    with suppress(Exception):  # a broken file says nothing, and that is no fault of ours
        reader = PdfReader(BytesIO(content))
        yield "text", " \n".join(str(value) for value in (reader.metadata or {}).values())
    with suppress(Exception):
        yield "text", reader.trailer["/Root"]["/Metadata"].get_data()[:CHARACTERS].decode(errors="replace")
    for number in range(PAGES):
        with suppress(Exception):
            page = reader.pages[number]
            yield "text", " \n".join(links(page))
            yield "text", page.extract_text()


def links(page: Any) -> Iterator[str]:
    """The addresses behind the page's links."""
    for link in list(page.get("/Annots", ()))[:LINKS]:
        with suppress(Exception):
            yield str(link.get_object()["/A"]["/URI"])


if __name__ == "__main__":
    main()
