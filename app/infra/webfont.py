"""The letters of Hindi for a machine that has none, cut out of the typeface that certificates are printed with."""

from functools import cache

import pymupdf_fonts
import uharfbuzz
from flask import Flask, Response

DEVANAGARI = (*range(0x0900, 0x0980), 0x0020, 0x00A0, 0x200C, 0x200D, 0x20B9, 0x25CC)
A_YEAR = 31_536_000


@cache
def devanagari() -> bytes:
    """A TrueType font with the Devanagari block and nothing else."""
    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(DEVANAGARI)
    return bytes(uharfbuzz.subset(uharfbuzz.Face(pymupdf_fonts.myfont("figo")), wanted).blob.data)


def init_app(app: Flask) -> None:
    """Serve it; the stylesheet names it after the system's own faces, so most browsers never ask."""

    @app.get("/fonts/devanagari.ttf")
    def devanagari_font() -> Response:
        kept = {"Cache-Control": f"public, max-age={A_YEAR}, immutable"}
        return Response(devanagari(), mimetype="font/ttf", headers=kept)
