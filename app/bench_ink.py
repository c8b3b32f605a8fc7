"""Measures how long the ink of a stamp takes to find in a photo, and how cleanly it is found in all that we can make."""

from collections.abc import Iterator
from functools import partial
from time import perf_counter
from typing import Any

from app.agencies.ink import accept_clean, adjust, open_photo
from app.agencies.ink_find import Found, find_ink
from app.certificates.artwork import draw_stamp
from app.demo.photos import GOOD, Photo, judge, make


def rows(n: int = 10, photos: int = len(GOOD)) -> Iterator[dict[str, Any]]:
    """Lines as `app.bench` prints them, each measured `n` times, all but the last by the picture that comes clean.

    The last, `ink_worst`, is one pass over the first so many demonstration photos: how long each took to clean, by their own
    middle, with two keys more: the largest share of paper left in, and the smallest share of ink kept.
    """
    from app.bench import pair  # here, because app.bench may ask for these lines itself

    photo, clean = make(GOOD[0]), draw_stamp("Bench", "New Delhi")
    ink = _found(photo).image
    turned = partial(adjust, ink, rotate_degrees=7, size_percent=90, opacity_percent=80)
    for name, act in (("find_ink", partial(_found, photo)), ("adjust_ink", turned)):
        yield from pair(name, act, "accept_clean", partial(accept_clean, clean, "STAMP"), n)
    yield _worst(photos)


def _found(photo: Photo) -> Found:
    return find_ink(open_photo(photo.content), photo.kind)


def _worst(photos: int) -> dict[str, Any]:
    from app.bench import row

    times, figures = [], []
    for photo in map(make, GOOD[:photos]):
        began = perf_counter()
        found = _found(photo)
        times.append(perf_counter() - began)
        figures.append(judge(photo, found))
    paper, ink = zip(*figures, strict=True)
    quality = {"worst_background_share": round(max(paper), 4), "worst_ink_kept": round(min(ink), 4)}
    return row("ink_worst", times, "ink_worst", 1.0) | quality
