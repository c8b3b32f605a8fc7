"""What people send us is what it says it is, not too large, harmless when opened, and has a name safe to show."""

import io
import resource
import struct
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.core.errors import BusinessError
from app.infra.uploads import MAX_BYTES, paper, safe_name, sniff
from tests.factories import pdf

Spoil = Callable[[pikepdf.Pdf], object]


def image(kind: str) -> bytes:
    """A small real picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, kind)
    return out.getvalue()


def made(spoil: Spoil, **saving: object) -> bytes:
    """A PDF with something in it that no paper needs."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(200, 200))
    spoil(document)
    out = io.BytesIO()
    document.save(out, **saving)  # type: ignore[arg-type]  # whatever pikepdf knows
    return out.getvalue()


def script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(
        pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    )


def launch(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe"))


def script_within(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def launch_within(document: pikepdf.Pdf) -> None:
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    link.A = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")
    document.pages[0].obj.Annots = pikepdf.Array([link])


def film(document: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.RichMedia, Rect=[0, 0, 9, 9])
    document.pages[0].obj.Annots = pikepdf.Array([note])


def names(document: pikepdf.Pdf) -> None:
    action = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1"))
    tree = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["a", action])))
    document.Root.Names = document.make_indirect(tree)


def on_page(document: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")
    document.pages[0].obj.AA = pikepdf.Dictionary(O=document.make_indirect(action))


def form(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = document.make_indirect(pikepdf.Dictionary(XFA="<xdp/>", Fields=pikepdf.Array()))


def attached(document: pikepdf.Pdf) -> None:
    document.attachments["evil.exe"] = pikepdf.AttachedFileSpec(document, b"MZ", filename="evil.exe")


ACTIVE: dict[str, bytes] = {
    "script on opening": made(script),
    "script in a compressed object": made(script, object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "script under an escaped name": made(script).replace(b"/JavaScript", b"/J#61vaScript"),
    "program started on opening": made(launch),
    "script written into the catalogue": made(script_within),
    "program started by a link": made(launch_within),
    "film": made(film),
    "script by name": made(names),
    "script on a page": made(on_page),
    "form with code": made(form),
    "file attached": made(attached),
}


@pytest.mark.parametrize(
    ("content", "mime"),
    [(pdf(), "application/pdf"), (image("JPEG"), "image/jpeg"), (image("PNG"), "image/png")],
    ids=["pdf", "jpeg", "png"],
)
def test_pdf_jpeg_and_png_are_taken_whatever_they_are_called(content: bytes, mime: str) -> None:
    """The bytes say what it is."""
    kept = paper("invoice.exe", content)
    assert (kept.mime, kept.content, kept.filename) == (mime, content, "invoice.exe")


@pytest.mark.parametrize(
    "content",
    [b"<html><script>", b"MZ\x90\0", b"PK\x03\x04", b"GIF89a", b"%!PS-Adobe", b" %PDF-1.7", b"<svg/>", b"\xff\xd8", b"RIFF"],
    ids=repr,
)
def test_anything_else_is_not(content: bytes) -> None:
    """Under whatever name it comes."""
    assert sniff(content) is None
    with pytest.raises(BusinessError, match="not a PDF, JPEG or PNG"):
        paper("invoice.pdf", content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_one_to_its_last_line(kind: str) -> None:
    """The first bytes alone make no picture, nor does half a file."""
    out = io.BytesIO()
    Image.effect_noise((300, 300), 60).save(out, kind)
    for content in (image(kind)[:12], out.getvalue()[: len(out.getvalue()) // 2], image(kind)[:8] + b"<script>" * 40):
        with pytest.raises(BusinessError, match="picture cannot be read"):
            paper("scan", content)


@pytest.mark.parametrize("size", [(8_000, 8_000), (12_000, 12_000), (30_000, 30_000)], ids=repr)
def test_a_picture_that_unfolds_without_end_is_refused(size: tuple[int, int]) -> None:
    """A few kilobytes may say they are gigabytes; they are never unfolded."""
    head = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    body = [struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks]
    with pytest.raises(BusinessError, match="50 million pixels"):
        paper("scan.png", b"\x89PNG\r\n\x1a\n" + b"".join(body))


def test_five_mebibytes_and_not_a_byte_more() -> None:
    """The limit itself is still good; nothing at all is not."""
    full = image("PNG").ljust(MAX_BYTES, b"\0")
    assert len(paper("scan.png", full).content) == 5 * 1024 * 1024
    with pytest.raises(BusinessError, match="larger than 5 MiB"):
        paper("scan.png", full + b"\0")
    with pytest.raises(BusinessError, match="empty"):
        paper("scan.png", b"")


@pytest.mark.parametrize("name", ACTIVE)
def test_a_pdf_that_does_something_is_refused(name: str) -> None:
    """However it is hidden."""
    with pytest.raises(BusinessError, match="scripts or attachments"):
        paper("invoice.pdf", ACTIVE[name])


def test_links_and_forms_without_code_are_harmless() -> None:
    """A paper from an office program has them: an address to click on, a field, an outline."""

    def harmless(document: pikepdf.Pdf) -> None:
        link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
        link.A = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://buyer.example")
        document.pages[0].obj.Annots = pikepdf.Array([link])
        document.Root.OpenAction = pikepdf.Array([document.pages[0].obj, pikepdf.Name.Fit])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array())

    assert paper("invoice.pdf", made(harmless)).mime == "application/pdf"


@pytest.mark.parametrize("user", ["", "secret"])
def test_a_pdf_under_a_password_is_refused(user: str) -> None:
    """Also when it opens without one: its contents could not be looked through by others."""
    locked = made(lambda _document: None, encryption=pikepdf.Encryption(owner="owner", user=user))
    with pytest.raises(BusinessError, match="password"):
        paper("invoice.pdf", locked)


@pytest.mark.parametrize("content", [b"%PDF-", b"%PDF-1.7\n" + b"\0" * 500, pdf()[:60]], ids=["mark only", "zeros", "torn"])
def test_a_pdf_that_is_none_is_refused(content: bytes) -> None:
    """With the advice to print it anew."""
    with pytest.raises(BusinessError, match="may be damaged"):
        paper("invoice.pdf", content)


def unfolding(numbers: int) -> bytes:
    """A PDF of a few kilobytes whose one compressed object is an array with this many numbers."""
    inner = zlib.compress(b"5 0 [" + b"0 " * numbers + b"]", 9)
    out, at = bytearray(b"%PDF-1.5\n"), {}
    body = {
        1: b"<</Type/Catalog/Pages 2 0 R/X 5 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        4: b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(inner), inner),
    }
    for number, words in body.items():
        at[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, words)
    rows = [(0, 0, 0), *((1, at[number], 0) for number in body), (2, 4, 0), (1, len(out), 0)]
    table = b"".join(bytes([kind]) + place.to_bytes(4, "big") + bytes([index]) for kind, place, index in rows)
    start = len(out)
    out += b"6 0 obj\n<</Type/XRef/Size 7/Root 1 0 R/W[1 4 1]/Length %d>>stream\n%b\nendstream\nendobj\n" % (len(table), table)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def test_a_pdf_that_unfolds_to_gigabytes_is_refused_and_costs_us_nothing() -> None:
    """It is looked at in a process with little memory and time; a small one of the same make is good."""
    assert paper("small.pdf", unfolding(10)).mime == "application/pdf"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BusinessError, match="too involved to be examined"):
        paper("bomb.pdf", unfolding(20_000_000))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024, "KiB of this process"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Meera\\scan 1.pdf", "scan 1.pdf"),
        ("बीजक २०२६.pdf", "बीजक २०२६.pdf"),
        ("inv\u202efdp.exe", "invfdp.exe"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie_ b.pdf"),
        ('"><script>.pdf', "___script_.pdf"),
        ("..", "paper"),
        ("", "paper"),
        ("\u200b\u200b", "paper"),
        (".pdf", "pdf"),
    ],
)
def test_a_name_is_made_safe_to_show(sent: str, kept: str) -> None:
    """No path, no control signs, nothing that turns text round, and never empty; letters of any script stay."""
    assert safe_name(sent) == kept


def test_a_long_name_keeps_its_ending() -> None:
    """120 characters are enough."""
    kept = safe_name("n" * 500 + ".pdf")
    assert (len(kept), kept[-5:]) == (120, "n.pdf")
    assert len(safe_name("n" * 500)) == 120


@given(st.text(max_size=300))
def test_no_name_is_dangerous(sent: str) -> None:
    """Whatever is typed."""
    kept = safe_name(sent)
    assert 0 < len(kept) <= 120
    assert not set(kept) & set("/\\<>\"'&;:|?*\r\n\0")
    assert kept not in {".", ".."}
    assert safe_name(kept) == kept
