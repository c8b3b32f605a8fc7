"""The pages of a paper as pictures: nobody's browser ever opens what somebody else has sent."""

import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import lru_cache

from app.core.errors import BusinessError
from app.infra import draw_paper, store

SECONDS = 12.0
READABLE, PRINTED = 1_600, 2_000  # pixels of the longest side, on the screen and on an attested copy
MOST_PAGES = 60  # of one attested copy
_places = threading.BoundedSemaphore(2)
BUSY = "Many papers are being drawn just now. Reload the page in a minute."
UNDRAWN = "This page cannot be shown as a picture. Download the paper to read it."


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many pages a paper has, and the pictures that were asked for."""

    pages: int
    pictures: tuple[bytes, ...]


@lru_cache(maxsize=48)
def page(sha256: str, mime: str, number: int) -> Drawn:
    """One page (the first is 1) as PNG; the last ones looked at are kept, for people leaf to and fro."""
    drawn = draw(store.get(sha256), mime, "PNG", READABLE, number - 1, 1)
    if len(drawn.pictures) != 1:
        raise BusinessError(UNDRAWN)
    return drawn


def whole(content: bytes, mime: str) -> Drawn:
    """Every page as JPEG, for print; refused when there are too many."""
    drawn = draw(content, mime, "JPEG", PRINTED, 0, MOST_PAGES)
    if drawn.pages > MOST_PAGES:
        raise BusinessError(f"The paper has {drawn.pages} pages; at most {MOST_PAGES} can be attested. Split it.")
    if len(drawn.pictures) != drawn.pages or not drawn.pages:
        raise BusinessError("Not every page of the paper can be drawn. Ask for a clean scan of it.")
    return drawn


def draw(content: bytes, mime: str, form: str, longest: int, first: int, most: int) -> Drawn:
    """Have a child of ours draw, two at a time; what it cannot do within its limits is refused."""
    if not _places.acquire(timeout=SECONDS):
        raise BusinessError(BUSY)
    asked = [mime, form, *map(str, (longest, first, most))]
    try:
        done = subprocess.run(  # noqa: S603  our own script; the file is on its standard input, the environment is empty
            [sys.executable, "-I", draw_paper.__file__, *asked], input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=SECONDS * (1 if most == 1 else 3), env={}, cwd="/", check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BusinessError(UNDRAWN) from error
    finally:
        _places.release()
    return _read(done.stdout)


def _read(said: bytes) -> Drawn:
    """The number of pages, and each whole picture; one that was cut off is left out."""
    if len(said) < 8:
        raise BusinessError(UNDRAWN)
    at, pictures = 8, []
    while at + 8 <= len(said):
        size = int.from_bytes(said[at : at + 8])
        if at + 8 + size > len(said):
            break
        pictures.append(said[at + 8 : at + 8 + size])
        at += 8 + size
    return Drawn(int.from_bytes(said[:8]), tuple(pictures))
