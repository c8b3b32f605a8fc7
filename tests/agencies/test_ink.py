"""The ink of stamps and signatures: what may be sent in, what is found in photos, and what is refused with which words."""

import io
import random
import struct
import zipfile
import zlib
from contextlib import suppress
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, PngImagePlugin

from app.agencies.ink import accept_clean, adjust, checkerboard, fault_in, open_photo
from app.agencies.ink_find import find_ink
from app.bench_ink import rows
from app.certificates.artwork import draw_signature, draw_stamp
from app.core.errors import BusinessError
from app.demo.photos import GOOD, Plan, judge, make
from tests.agencies.photos import BAD

STAMP = draw_stamp("Federation of Indian Export Chambers", "New Delhi")
HAND = draw_signature("Meera Patel")


def saved(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def picture(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.copy()


def chunk(name: bytes, data: bytes) -> bytes:
    """One part of a PNG, by hand."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes) -> bytes:
    """A grey PNG that claims this size and holds these (compressed) rows."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bomb(side: int) -> bytes:
    """A PNG of this many empty pixels a side, a thousand times smaller than the memory it asks for."""
    squeeze = zlib.compressobj(9)
    line = bytes(side + 1)
    return png(side, side, b"".join(squeeze.compress(line) for _ in range(side)) + squeeze.flush())


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hidden.txt", "hidden words")
    return out.getvalue()


def photo_of(mark: str = "round:Udgam", **changes: Any) -> Image.Image:
    return open_photo(make(Plan("a photo", mark, **changes)).content)


# --- photos ---------------------------------------------------------------------------------------------------------------


def test_there_are_enough_photos_to_measure_on() -> None:
    """At least forty to be cleaned and twelve to be refused, each under a name of its own."""
    names = [plan.name for plan in GOOD] + [plan.name for plan, _ in BAD]
    assert len(GOOD) >= 40
    assert len(BAD) >= 12
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("plan", GOOD, ids=lambda plan: plan.name)
def test_the_paper_goes_and_the_ink_stays(plan: Plan) -> None:
    """At most 2 % of the true paper is left in, at least 95 % of the true ink is kept, in about its own colour."""
    photo = make(plan)
    found = find_ink(open_photo(photo.content), photo.kind)
    left, kept = judge(photo, found)
    assert left <= 0.02
    assert kept >= 0.95
    assert found.cleaned
    assert found.image.mode == "RGBA"
    assert max(found.image.size) == 400
    assert (max(found.colour) - min(found.colour) < 30) == (plan.ink == "black")
    turned = adjust(found.image, rotate_degrees=0, size_percent=100, opacity_percent=100)
    assert fault_in(picture(turned), plan.kind) is None


@pytest.mark.parametrize(("plan", "word"), BAD, ids=[plan.name for plan, _ in BAD])
def test_what_cannot_be_cleaned_is_refused(plan: Plan, word: str) -> None:
    """The sentence names what is wrong and what to do."""
    photo = make(plan)
    with pytest.raises(BusinessError, match=word) as refused:
        find_ink(open_photo(photo.content), photo.kind)
    assert "photograph it on plain paper, in even light" in str(refused.value) or "transparent background" in str(refused.value)


@pytest.mark.parametrize("tone", ["black", "white", (128, 10, 10)])
def test_an_empty_picture_is_refused(tone: Any) -> None:
    """One tone all over, with or without an alpha, holds no ink."""
    for sheet in (Image.new("RGB", (400, 300), tone), Image.new("RGBA", (400, 300), (0, 0, 0, 0))):
        with pytest.raises(BusinessError, match="photograph it on plain paper"):
            find_ink(open_photo(saved(sheet)), "SIGNATURE")


def test_a_clear_picture_stays_as_it_is() -> None:
    """Ink whose background was removed before is only cropped."""
    before = picture(STAMP).convert("RGBA")
    found = find_ink(open_photo(STAMP), "STAMP")
    assert not found.cleaned
    assert ImageChops.difference(before.crop(found.box), found.image).getextrema() == ((0, 0),) * 4


@pytest.mark.parametrize("clear", [False, True])
def test_a_white_box_is_taken_away(clear: bool) -> None:
    """White all over, and a white box in a clear frame, are both cleaned."""
    ink = picture(HAND).convert("RGBA")
    sheet = Image.new("RGBA", (ink.width + 120, ink.height + 120), (255, 255, 255, 255))
    sheet.paste(ink, (60, 60), ink)
    if clear:
        framed = Image.new("RGBA", (sheet.width * 2, sheet.height * 2), (0, 0, 0, 0))
        framed.paste(sheet, (sheet.width // 2, sheet.height // 2))
        sheet = framed
    found = find_ink(open_photo(saved(sheet)), "SIGNATURE")
    assert found.cleaned
    assert found.image.getchannel("A").histogram()[0] > 0.7 * found.image.width * found.image.height


def test_two_inks_keep_their_colours() -> None:
    """A red frame with blue words stays red and blue."""
    sheet = Image.new("RGB", (900, 700), (250, 250, 248))
    pen = ImageDraw.Draw(sheet)
    pen.ellipse((150, 100, 750, 600), outline=(190, 30, 40), width=22)
    for y in range(230, 480, 60):
        pen.rectangle((300, y, 600, y + 26), fill=(30, 50, 160))
    image = find_ink(sheet, "STAMP").image
    ink: list[Any] = [colour for _, colour in image.getcolors(image.width * image.height) or ()]
    red = [colour for colour in ink if colour[3] > 200 and colour[0] > 150 and colour[2] < 90]
    blue = [colour for colour in ink if colour[3] > 200 and colour[0] < 90 and colour[2] > 120]
    assert red
    assert blue


# --- the image rule -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [STAMP, HAND])
def test_a_clean_picture_is_accepted_and_may_be_sent_again(content: bytes) -> None:
    """What comes out passes the rule it came in by."""
    kept = accept_clean(content, "STAMP")
    assert max(picture(kept).size) <= 400
    assert min(picture(kept).size) >= 150
    assert picture(accept_clean(kept, "STAMP")).tobytes() == picture(kept).tobytes()


def ringed(size: tuple[int, int] = (300, 300), ground: Any = (0, 0, 0, 0), width: int = 12) -> Image.Image:
    image = Image.new("RGBA", size, ground)
    ImageDraw.Draw(image).ellipse((10, 10, size[0] - 10, size[1] - 10), outline=(40, 40, 140, 255), width=width)
    return image


def boxed() -> Image.Image:
    """A white box left in, within a clear frame."""
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (50, 50, 250, 250))
    ImageDraw.Draw(image).line((80, 150, 220, 150), fill=(30, 30, 120, 255), width=8)
    return image


def disc(share: int) -> Image.Image:
    """A filled disc that leaves about 1 - pi/4 of its square, or less with a corner filled."""
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((0, 0, 399, 399), fill=(90, 40, 140, 255))
    image.paste((90, 40, 140, 255), (0, 0, 400, share))
    return image


FAULTS = {
    "no PNG": (saved(ringed().convert("RGB"), "JPEG"), "not a PNG"),
    "too many bytes": (STAMP + bytes(512 * 1024), "larger than 512 KiB"),
    "too small": (saved(ringed((149, 300))), "149 by 300 pixels"),
    "too large": (saved(ringed((300, 2001))), "300 by 2001 pixels"),
    "no alpha": (saved(ringed().convert("RGB")), "not transparent"),
    "grey without alpha": (saved(ringed().convert("L")), "not transparent"),
    "palette without alpha": (saved(ringed().convert("RGB").quantize(8)), "not transparent"),
    "opaque alpha": (saved(ringed(ground=(255, 255, 255, 255))), "not transparent"),
    "hardly clear": (saved(disc(60)), "Only 1"),
    "nothing there": (saved(ringed(width=0)), "almost no ink"),
    "a thin line": (saved(ringed((2000, 2000), width=1)), "almost no ink"),
    "a white box": (saved(boxed()), "white box"),
    "animated": (saved(ringed(), save_all=True, append_images=[ringed(width=30)]), "animated"),
    "damaged": (STAMP[: len(STAMP) // 2], "cannot be read"),
    "empty": (b"", "not a PNG"),
}


@pytest.mark.parametrize(("content", "word"), FAULTS.values(), ids=FAULTS)
def test_a_picture_that_breaks_the_rule_is_refused(content: bytes, word: str) -> None:
    """One sentence for each part of the rule."""
    with pytest.raises(BusinessError, match=word):
        accept_clean(content, "STAMP")


@pytest.mark.parametrize(
    "image",
    [disc(0), ringed((150, 2000), width=30), ringed().quantize(8), ringed().convert("LA"), ringed((150, 150))],
    ids=["filled disc", "largest and smallest side", "palette", "grey with alpha", "smallest"],
)
def test_what_just_keeps_the_rule_is_accepted(image: Image.Image) -> None:
    """A filled disc leaves 21 % clear; a palette or grey picture with transparency counts as one with alpha."""
    assert picture(accept_clean(saved(image), "STAMP")).mode == "RGBA"


def test_nothing_but_the_pixels_is_kept() -> None:
    """EXIF, text, profile, a ZIP behind the picture, and what lies hidden under clear pixels do not survive."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "hidden words")
    exif = Image.Exif()
    exif[0x010E] = "hidden words"
    image = ringed(ground=(200, 10, 10, 0))
    sent = saved(image, pnginfo=notes, exif=exif, icc_profile=b"hidden words" * 20, compress_level=0) + zipped()
    assert sent.count(b"hidden") > 3
    kept = accept_clean(sent, "STAMP")
    assert {kept[at : at + 4] for at in (12, 37)} == {b"IHDR", b"IDAT"}
    assert b"hidden" not in kept
    assert b"PK" not in kept[-200:]
    assert kept.endswith(chunk(b"IEND", b""))
    assert picture(kept).getpixel((0, 0))[:3] != (200, 10, 10)  # type: ignore[index]  # four bands, so a tuple


# --- what is opened -------------------------------------------------------------------------------------------------------

PHOTO = make(GOOD[0]).content
SCAN = saved(photo_of(size=(500, 400)))
ATTACKS = {
    "bomb": (bomb(13000), "24 million"),
    "lesser bomb": (bomb(5000), "24 million"),
    "animated": (saved(ringed(), save_all=True, append_images=[ringed(width=30)]), "animated"),
    "GIF named PNG": (saved(ringed().convert("P"), "GIF"), "not a photo"),
    "TIFF": (saved(ringed(), "TIFF"), "not a photo"),
    "PDF": (saved(ringed().convert("RGB"), "PDF"), "not a photo"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "not a photo"),
    "HTML in front": (b"<html>" + SCAN, "not a photo"),
    "truncated JPEG": (PHOTO[: len(PHOTO) // 2], "cannot be read"),
    "truncated PNG": (SCAN[: len(SCAN) // 2], "cannot be read"),
    "lying header": (png(4000, 4000, zlib.compress(bytes(401) * 400)), "cannot be read"),
    "only a header": (b"\x89PNG\r\n\x1a\n", "cannot be read"),
    "too many bytes": (PHOTO + bytes(8 * 1024 * 1024), "larger than 8 MiB"),
    "a dot": (saved(ringed((149, 149)).convert("RGB")), "too small"),
    "empty": (b"", "not a photo"),
}


@pytest.mark.parametrize(("content", "word"), ATTACKS.values(), ids=ATTACKS)
def test_what_is_no_photo_is_refused(content: bytes, word: str) -> None:
    """Bombs before they are decoded, other formats by their bytes, damaged files whatever their library says."""
    with pytest.raises(BusinessError, match=word):
        open_photo(content)


def test_a_damaged_photo_never_breaks_the_program() -> None:
    """Whatever byte is wrong: a picture, or a sentence."""
    chance = random.Random(7)
    for content in [STAMP, saved(photo_of(size=(240, 200)), "JPEG")] * 150:
        broken = bytearray(content)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(min(len(broken), chance.choice((60, 700, len(broken)))))] = chance.randrange(256)
        for door in (open_photo, lambda sent: accept_clean(sent, "STAMP")):
            with suppress(BusinessError):
                door(bytes(broken))


def test_a_photo_is_stood_upright_and_forgets_where_it_was_taken() -> None:
    """EXIF turns the picture, and then goes, its place with it; a ZIP behind the picture is not kept."""
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    exif.get_ifd(0x8825)[2] = (28.0, 36.0, 50.0)  # New Delhi
    lying = picture(PHOTO).convert("RGB")
    opened = open_photo(saved(lying, "JPEG", exif=exif) + zipped())
    assert opened.size == (lying.height, lying.width)
    assert opened.info == {}
    assert not opened.getexif()
    upright = lying.transpose(Image.Transpose.ROTATE_270)
    assert max(high for _, high in ImageChops.difference(opened, upright).getextrema()) < 60  # type: ignore[misc]  # a pair a band


@pytest.mark.parametrize(("mode", "form"), [("CMYK", "JPEG"), ("L", "JPEG"), ("L", "PNG"), ("P", "PNG"), ("I;16", "PNG")])
def test_every_kind_of_photo_becomes_the_same(mode: str, form: str) -> None:
    """Print colours, grey, a palette and sixteen bits are all read, and the ink is found in them."""
    plain = picture(PHOTO)
    if mode == "I;16":
        sent = plain.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
    else:
        sent = plain.quantize(64) if mode == "P" else plain.convert(mode)
    opened = open_photo(saved(sent, form))
    assert opened.mode == "RGB"
    unlike: Any = ImageChops.difference(opened.convert("L"), plain.convert("L")).getextrema()
    assert unlike[1] < 60
    assert find_ink(opened, "STAMP").cleaned


def test_a_large_photo_is_made_small_at_once() -> None:
    """At most 1,600 pixels a side, whatever the camera can do."""
    assert open_photo(saved(Image.new("RGB", (5600, 4200), "white"), "JPEG")).size == (1600, 1200)
    assert open_photo(saved(Image.new("RGB", (3000, 1500), "white"))).size == (1600, 800)


# --- turning, sizing, looking ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [50, 80, 100, 150])
@pytest.mark.parametrize("turn", [-180, -33.5, 0, 90])
@pytest.mark.parametrize("content", [STAMP, HAND, saved(disc(0))])
def test_adjusted_ink_passes_the_rule(content: bytes, turn: float, size: int) -> None:
    """Whatever the turn and size, at the palest strength."""
    final = adjust(picture(content).convert("RGBA"), rotate_degrees=turn, size_percent=size, opacity_percent=40)
    assert picture(accept_clean(final, "STAMP")).tobytes() == picture(final).tobytes()


def test_a_block_of_ink_gets_a_frame() -> None:
    """A rectangle that is ink all over could not pass the rule without one."""
    block = Image.new("RGBA", (300, 200), (120, 20, 30, 255))
    assert accept_clean(adjust(block, rotate_degrees=0, size_percent=100, opacity_percent=100), "STAMP")


def test_ink_turns_clockwise() -> None:
    """A mark at the top goes to the right."""
    image = ringed(width=3)
    image.paste((40, 40, 140, 255), (130, 12, 170, 60))
    alpha = picture(adjust(image, rotate_degrees=90, size_percent=100, opacity_percent=100)).getchannel("A")
    width, height = alpha.size
    assert alpha.getpixel((width - 20, height // 2)) == 255
    assert alpha.getpixel((width // 2, 20)) == 0


def test_size_and_strength_do_what_they_say() -> None:
    """Half the size is half the width of the picture; weaker ink is paler and as opaque as before."""
    full = picture(adjust(ringed(width=30), rotate_degrees=0, size_percent=100, opacity_percent=100))
    half = picture(adjust(ringed(width=30), rotate_degrees=0, size_percent=50, opacity_percent=50))
    box = half.getchannel("A").getbbox()
    assert box is not None
    assert (box[2] - box[0]) / half.width == pytest.approx(0.5, abs=0.03)
    assert full.getpixel((5, full.height // 2)) == (40, 40, 140, 255)
    assert half.getpixel((box[0] + 5, half.height // 2)) == (147, 147, 197, 255)


@pytest.mark.parametrize(
    ("turn", "size", "strength", "word"),
    [
        (180.5, 100, 100, "turn"),
        (-181, 100, 100, "turn"),
        (float("nan"), 100, 100, "turn"),
        (0, 49, 100, "size"),
        (0, 151, 100, "size"),
        (0, 100, 39, "strength"),
        (0, 100, 101, "strength"),
    ],
)
def test_figures_out_of_range_are_refused(turn: float, size: int, strength: int, word: str) -> None:
    """The sentence says which figure, and its range."""
    with pytest.raises(BusinessError, match=f"The {word} must be between"):
        adjust(ringed(), rotate_degrees=turn, size_percent=size, opacity_percent=strength)


def test_ink_too_thin_to_print_is_refused() -> None:
    """A hair of a line would not be seen at half the size."""
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 399, 399), outline=(0, 0, 90, 255))
    with pytest.raises(BusinessError, match="too thin"):
        adjust(image, rotate_degrees=0, size_percent=50, opacity_percent=100)


def test_the_preview_shows_what_is_clear() -> None:
    """Squares of two greys, or paper, where there is no ink."""
    squares, paper = (picture(checkerboard(ringed(), ground)) for ground in ("checker", "paper"))
    assert {squares.getpixel((at, 150)) for at in (30, 42)} == {(255, 255, 255), (216, 220, 228)}
    assert paper.getpixel((150, 150)) == (250, 246, 232)
    assert paper.getpixel((15, 150)) == (40, 40, 140)


def test_the_benchmark_prints_its_lines() -> None:
    """Times by the picture that comes clean, and the worst figures of a few photos."""
    lines = list(rows(1, photos=1))
    assert [line["name"] for line in lines] == ["accept_clean", "find_ink", "accept_clean", "adjust_ink", "ink_worst"]
    assert lines[-1]["worst_background_share"] <= 0.02
    assert lines[-1]["worst_ink_kept"] >= 0.95
