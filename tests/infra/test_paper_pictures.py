"""Papers become pictures in a process of its own, within its limits; whatever is in them, pixels come out."""

import io
from typing import Any

import pikepdf
import pytest
from flask import Flask
from PIL import Image

from app.core.errors import BusinessError
from app.infra import paper_pictures, store
from tests.factories import pdf


def pages(count: int, size: tuple[float, float] = (595, 842)) -> bytes:
    """A PDF of so many pages."""
    document, out = pikepdf.new(), io.BytesIO()
    for _number in range(count):
        document.add_blank_page(page_size=size)
    document.save(out)
    return out.getvalue()


def picture(kind: str, size: tuple[int, int] = (300, 200), **more: Any) -> bytes:
    """A JPEG or PNG."""
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind, **more)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content), formats=["PNG", "JPEG"])


def test_each_page_is_drawn_at_reading_size(app: Flask) -> None:
    """And the paper says how many it has; a page that is not there is refused."""
    with app.app_context():
        kept = store.put(pages(3))
        drawn = paper_pictures.page(kept, "application/pdf", 3)
        assert (drawn.pages, opened(drawn.pictures[0]).format, max(opened(drawn.pictures[0]).size)) == (3, "PNG", 1600)
        for wrong in (0, 4, 9999):
            with pytest.raises(BusinessError, match="cannot be shown"):
                paper_pictures.page(kept, "application/pdf", wrong)


@pytest.mark.parametrize("size", [(14_400, 14_400), (14_400, 3), (3, 14_400), (3, 3)], ids=str)
def test_a_page_of_any_size_stays_a_picture_of_ours(size: tuple[float, float]) -> None:
    """Five metres by five metres, or a thread."""
    drawn = paper_pictures.draw(pages(1, size), "application/pdf", "PNG", 1600, 0, 1)
    assert max(opened(drawn.pictures[0]).size) <= 1600


def test_a_photo_is_drawn_upright_and_small_without_what_was_hidden_in_it(app: Flask) -> None:
    """Its position, its thumbnail and what was appended stay behind."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "SECRET"  # turned, and a description
    sent = picture("JPEG", (4000, 1000), exif=exif) + b"<script>alert(1)</script>"
    drawn = paper_pictures.draw(sent, "image/jpeg", "PNG", 1600, 0, 1).pictures[0]
    assert opened(drawn).size[0] < opened(drawn).size[1] <= 1600
    assert b"SECRET" not in drawn
    assert b"script" not in drawn


@pytest.mark.parametrize("content", [b"%PDF-1.7 nothing", b"", pdf()[:200], b"\x89PNG\r\n\x1a\n"], ids=range(4))
def test_what_cannot_be_drawn_is_a_sentence(content: bytes) -> None:
    """Never a broken picture."""
    for mime in ("application/pdf", "image/png"):
        with pytest.raises(BusinessError):
            paper_pictures.whole(content, mime)


def test_a_paper_with_too_many_pages_is_not_attested() -> None:
    """It can still be leafed through."""
    with pytest.raises(BusinessError, match="61 pages; at most 60"):
        paper_pictures.whole(pages(61, (20, 20)), "application/pdf")
    assert len(paper_pictures.whole(pages(60, (20, 20)), "application/pdf").pictures) == 60


def test_a_bomb_of_a_page_costs_only_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that draws itself in tenfold, ten deep: given up within the limit, and the next paper is drawn."""
    monkeypatch.setattr(paper_pictures, "SECONDS", 2.0)
    document, out = pikepdf.new(), io.BytesIO()
    page = document.add_blank_page(page_size=(600, 800))
    inner = None
    for _depth in range(9):
        form = document.make_stream(b"0 0 500 500 re S " if inner is None else b"/F Do " * 10)
        form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 600, 800]
        if inner is not None:
            form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
        inner = document.make_indirect(form)
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
    page.obj.Contents = document.make_stream(b"/F Do")
    document.save(out)
    with pytest.raises(BusinessError):
        paper_pictures.draw(out.getvalue(), "application/pdf", "PNG", 1600, 0, 1)
    assert paper_pictures.draw(pdf(), "application/pdf", "PNG", 1600, 0, 1).pages == 1


def test_when_all_places_are_taken_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And waits for nobody for ever."""
    monkeypatch.setattr(paper_pictures, "SECONDS", 0.05)
    with paper_pictures._places, paper_pictures._places, pytest.raises(BusinessError, match="just now"):
        paper_pictures.draw(pdf(), "application/pdf", "PNG", 1600, 0, 1)
