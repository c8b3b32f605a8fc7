"""Makes the fixed page of the certificate once from its template: border, rules, labels and legal words."""

import io
import logging
import re
import tempfile
import zlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jinja2
import pikepdf
from markupsafe import Markup
from pikepdf import Array, Dictionary, Name
from PIL import Image

from app.certificates import guilloche, layout, shape
from app.core.errors import BusinessError
from app.infra import fonts

COLUMN_LABELS = (
    ("item", "5. Item No."),
    ("marks", "6. Marks and numbers of packages"),
    ("description", "7. Number and kind of packages; description of goods; HS code"),
    ("origin", "8. Origin criterion"),
    ("weight", "9. Gross weight or other quantity"),
    ("invoice", "10. Number and date of invoice"),
)
SHEETS = {"first": ("certificate.html", "heads", "goods"), "next": ("continuation.html", "next-heads", "next-goods")}


class TemplateFault(BusinessError):
    """The template does not come out as it should, so nothing is issued with it."""


@cache
def form() -> pikepdf.Pdf:
    """Both fixed pages as reusable drawings, kept for the life of the process."""
    kept = pikepdf.new()
    kept.Root[Name.engraved] = _engraved(kept)
    for key, (template, heads, goods) in SHEETS.items():
        with pikepdf.open(io.BytesIO(_printed(template, heads, goods))) as printed:
            kept.Root[Name(f"/{key}")] = kept.copy_foreign(_as_drawing(printed))
    shape.mend_to_unicode(kept)
    return kept


def _printed(template: str, heads: str, goods: str) -> bytes:
    """The template through xhtml2pdf, which may read the two fonts only and must have nothing to warn about."""
    from xhtml2pdf import pisa
    from xhtml2pdf.config.resources import ResourceAccessPolicy

    places = layout.millimetres()
    table = {"top": places[heads]["top"], "height": places[heads]["height"] + places[goods]["height"]}
    engine = jinja2.Environment(
        loader=jinja2.FileSystemLoader(layout.TEMPLATE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    with tempfile.TemporaryDirectory(prefix="udgam-fonts-") as name, _Listening() as heard:
        assets = Path(name)
        fonts.materialise(assets)
        style = Markup(layout.style())  # noqa: S704 - our own file; nothing a person typed is in it
        html = engine.get_template(template).render(css=style, columns=COLUMN_LABELS, table=table)
        out = io.BytesIO()
        result = pisa.CreatePDF(
            html,
            dest=out,
            path=str(assets / template),
            encoding="utf-8",
            resource_policy=ResourceAccessPolicy.server(assets, allow_remote=False),
        )
    if result.err or heard.records:
        raise TemplateFault(f"The certificate's template has a fault: {'; '.join(heard.records) or 'see the log'}.")
    return out.getvalue()


class _Listening(logging.Handler):
    """Hears what xhtml2pdf warns about: it reports a missing letter or image as a warning and prints on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record.getMessage())

    def __enter__(self) -> "_Listening":
        logger = logging.getLogger("xhtml2pdf")
        self.level_before = logger.level
        logger.setLevel(logging.WARNING)
        logger.addHandler(self)
        return self

    def __exit__(self, *_: Any) -> None:
        logger = logging.getLogger("xhtml2pdf")
        logger.removeHandler(self)
        logger.setLevel(self.level_before)


def _as_drawing(printed: pikepdf.Pdf) -> pikepdf.Object:
    """The words, labels and rules of the printed page as one form XObject."""
    page = printed.pages[0]
    if len(printed.pages) != 1:
        raise TemplateFault("The certificate's template runs over its sheet.")
    words = b"\n".join(part.read_bytes() for part in _contents(page))
    # xhtml2pdf selects a font it does not use and does not embed at the head of each page
    words = re.sub(rb"BT /\w+ 12 Tf 14\.4 TL ET", b"", words)
    return _drawing(printed, words, (0, 0, layout.PAGE_WIDTH, layout.PAGE_HEIGHT), Font=_used_fonts(page, words))


def _engraved(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """The engraved lines as one drawing that both sheets share."""
    border, inner = layout.box("border"), layout.box("inner")
    engraving = guilloche.sheet(layout.PAGE_WIDTH, layout.PAGE_HEIGHT, border.left, inner.left)
    figures = Dictionary({f"/{name}": _drawing(pdf, path, box) for name, (path, box) in engraving.figures.items()})
    return _drawing(pdf, engraving.strokes, (0, 0, layout.PAGE_WIDTH, layout.PAGE_HEIGHT), XObject=figures)


def _drawing(pdf: pikepdf.Pdf, strokes: bytes, box: tuple[float, ...], **resources: Any) -> pikepdf.Object:
    """A form XObject, compressed once so that no certificate has to do it again."""
    drawing = pikepdf.Stream(
        pdf,
        zlib.compress(strokes, 9),
        Type=Name.XObject,
        Subtype=Name.Form,
        Filter=Name.FlateDecode,
        BBox=Array([round(value, 2) for value in box]),
        Resources=Dictionary(**resources),
    )
    return pdf.make_indirect(drawing)


def _contents(page: pikepdf.Page) -> list[Any]:
    contents = page.obj[Name.Contents]
    return list(contents) if isinstance(contents, Array) else [contents]


def _used_fonts(page: pikepdf.Page, words: bytes) -> Dictionary:
    """Only the fonts the page really writes with, so that none is named without being embedded."""
    named = page.obj[Name.Resources][Name.Font]
    return Dictionary({key: named[key] for key in map(str, named) if key.encode() + b" " in words})


@lru_cache(maxsize=64)
def picture(png: bytes) -> tuple[pikepdf.Pdf, float]:
    """A stamp or signature made ready for the page once (in the file's /picture), and its width for a height of one."""
    kept = pikepdf.new()
    with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
        image = opened.convert("RGBA")
    planes = image.convert("RGB").tobytes(), image.getchannel("A").tobytes()
    common: dict[str, Any] = {
        "Type": Name.XObject,
        "Subtype": Name.Image,
        "Width": image.width,
        "Height": image.height,
        "BitsPerComponent": 8,
        "Filter": Name.FlateDecode,
    }
    clear = pikepdf.Stream(kept, zlib.compress(planes[1], 9), ColorSpace=Name.DeviceGray, **common)
    kept.Root.picture = pikepdf.Stream(
        kept, zlib.compress(planes[0], 9), ColorSpace=Name.DeviceRGB, SMask=kept.make_indirect(clear), **common
    )
    return kept, image.width / image.height
