"""Takes in the stamp of an office or the signature of an officer, and makes of it the picture that a certificate carries."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

from app.core.errors import BusinessError
from app.infra.uploads import MEBIBYTE, sniff

# The image rule, domain.md 4.2: measured on drawn stamps and signatures, so a filled disc in its square still passes.
MAX_CLEAN_BYTES = MEBIBYTE // 2
SMALLEST_SIDE, LARGEST_SIDE = 150, 2000
LEAST_CLEAR, LEAST_OPAQUE, MOST_WHITE = 0.20, 0.005, 0.80

MAX_PHOTO_BYTES = 8 * MEBIBYTE
MAX_PHOTO_PIXELS = 24_000_000
WORKING_SIDE = 1600  # more shows nothing more of a stamp, and costs memory
PRINTED_SIDE = 400  # 35 mm at 300 dots per inch; larger pictures make every signing slower

TURN, SIZE, OPACITY = (-180, 180), (50, 150), (40, 100)
FULL_BLOCK = 0.88  # a stamp that is ink all over its rectangle gets a frame, so that a fifth of the picture is clear

UNREADABLE = "The picture cannot be read; it may be damaged. Photograph or scan it again."
TOO_MANY_PIXELS = "The picture has more than 24 million pixels. Photograph or scan it at a lower resolution."
MOVING = "The picture is animated. Send a still picture."

Colour = tuple[int, int, int]


def accept_clean(content: bytes, kind: str) -> bytes:
    """A picture whose background is already removed, as the PNG to keep: re-encoded, at most 400 px on the longer side.

    `kind` is STAMP or SIGNATURE and only names it in the sentence. Nothing but the pixels survives: no EXIF, text, profile
    or tail. BusinessError when it breaks the image rule (domain.md 4.2).
    """
    noun = kind.lower()
    if len(content) > MAX_CLEAN_BYTES:
        raise BusinessError(f"The {noun} is larger than 512 KiB. Save it with fewer pixels and send it again.")
    if sniff(content) != "image/png":
        raise BusinessError(f"The {noun} is not a PNG. Save it as PNG with a transparent background and send it again.")
    with _opened(content, "PNG") as picture:
        if getattr(picture, "is_animated", False):
            raise BusinessError(MOVING)
        if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in picture.size):
            raise BusinessError(
                f"The {noun} is {picture.width} by {picture.height} pixels. Each side must have between 150 and 2,000."
            )
        transparent = picture.has_transparency_data
        image = picture.convert("RGBA")
    fault = fault_in(image, kind) if transparent else _has_ground(noun)
    if fault:
        raise BusinessError(fault)
    return _png(_printable(image))


def fault_in(image: Image.Image, kind: str) -> str | None:
    """What the image rule (domain.md 4.2) has against an RGBA picture, as a sentence with the cure; None when it may be used."""
    noun = kind.lower()
    alpha = image.getchannel("A")
    counts, pixels = alpha.histogram(), image.width * image.height
    clear, opaque = sum(counts[:16]) / pixels, sum(counts[201:]) / pixels
    if clear < LEAST_CLEAR:
        return _has_ground(noun) if clear == 0 else (
            f"Only {clear:.0%} of the picture is transparent. Remove the background around the {noun} and inside it."
        )  # fmt: skip
    if opaque < LEAST_OPAQUE:
        return f"There is almost no ink in the picture. Send the {noun} in full strength, filling most of the picture."
    palest = darkest_band(image.convert("RGB")).histogram(mask=alpha.point(lambda value: 255 * (value > 200)))
    if sum(palest[236:]) / sum(palest) > MOST_WHITE:
        return f"A white box is left behind the {noun}. Remove the white as well, so that only the ink remains."
    return None


def open_photo(content: bytes) -> Image.Image:
    """A phone's photo or a scan, opened safely: upright, RGB (RGBA when it has clear parts), at most 1,600 px a side.

    Nothing but its pixels is kept. BusinessError for anything but a still PNG or JPEG of at most 8 MiB and 24 megapixels.
    """
    mime = sniff(content)
    if mime not in {"image/png", "image/jpeg"}:
        raise BusinessError("The file is not a photo. Send it as JPEG or PNG.")
    if len(content) > MAX_PHOTO_BYTES:
        raise BusinessError("The photo is larger than 8 MiB. Photograph or scan it at a lower resolution.")
    with _opened(content, mime.removeprefix("image/").upper()) as picture:
        if picture.width * picture.height > MAX_PHOTO_PIXELS:
            raise BusinessError(TOO_MANY_PIXELS)
        if min(picture.size) < SMALLEST_SIDE:
            raise BusinessError("The picture is too small. Each side must have at least 150 pixels.")
        # A JPEG with a second picture inside, as some phones make, is not animated: its first picture is the photo.
        if mime == "image/png" and getattr(picture, "is_animated", False):
            raise BusinessError(MOVING)
        picture.draft("RGB", (WORKING_SIDE, WORKING_SIDE))
        return _working_copy(picture)


def adjust(image: Image.Image, *, rotate_degrees: float, size_percent: int, opacity_percent: int) -> bytes:
    """The PNG that is printed: turned clockwise (-180 to 180 degrees), 50 to 150 % of its place, 40 to 100 % as strong.

    At 100 % the ink fills its place, which is as large as it can be printed; less leaves a clear frame around it.
    Weaker ink is paler, not clearer: on white paper the two look alike, and the picture still passes the image rule.
    BusinessError for a figure out of range, and for ink that grows too thin to pass the rule.
    """
    for name, value, (least, most) in (
        ("turn", rotate_degrees, TURN),
        ("size", size_percent, SIZE),
        ("strength", opacity_percent, OPACITY),
    ):
        if not least <= value <= most:
            raise BusinessError(f"The {name} must be between {least} and {most}.")
    turned = crop_to_ink(image.rotate(-rotate_degrees, resample=Image.Resampling.BICUBIC, expand=True))
    share = min(size_percent, 100) / 100
    if turned.getchannel("A").histogram()[0] < LEAST_CLEAR * turned.width * turned.height:
        share = min(share, FULL_BLOCK)
    framed = _centred(turned, round(turned.width / share), round(turned.height / share))
    bands = [band.point(lambda value: 255 - round((255 - value) * opacity_percent / 100)) for band in framed.split()[:3]]
    final = _printable(Image.merge("RGBA", [*bands, framed.getchannel("A")]))
    if fault_in(final, "INK"):
        raise BusinessError("The ink is too thin to be printed like this. Choose a larger size.")
    return _png(final)


def checkerboard(image: Image.Image, background: str = "checker") -> bytes:
    """The RGBA picture as a PNG to look at before it is accepted: on a grey "checker", or on "paper" as cream as a form."""
    ground = Image.new("RGB", image.size, (255, 255, 255) if background == "checker" else (250, 246, 232))
    if background == "checker":
        pen = ImageDraw.Draw(ground)
        for y in range(0, image.height, 12):
            for x in range(y // 12 % 2 * 12, image.width, 24):
                pen.rectangle((x, y, x + 11, y + 11), fill=(216, 220, 228))
    ground.paste(image, (0, 0), image)
    return _png(ground)


def on_white(image: Image.Image) -> Image.Image:
    """The RGBA picture on white paper, RGB."""
    ground = Image.new("RGB", image.size, (255, 255, 255))
    ground.paste(image, (0, 0), image)
    return ground


def darkest_band(image: Image.Image) -> Image.Image:
    """The lowest of red, green and blue at each pixel: low wherever there is ink of any colour."""
    red, green, blue = image.split()
    return ImageChops.darker(ImageChops.darker(red, green), blue)


def crop_to_ink(image: Image.Image) -> Image.Image:
    """The RGBA picture without the clear part around its ink; unchanged when it has none."""
    return image.crop(image.getchannel("A").point(lambda value: 255 * (value > 16)).getbbox() or (0, 0, *image.size))


def fitted(image: Image.Image, side: int) -> Image.Image:
    """A copy of at most so many pixels on the longer side; never enlarged."""
    copy = image.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3)
    return copy


@contextmanager
def _opened(content: bytes, form: str) -> Iterator[Image.Image]:
    """The picture, of this one format, not yet decoded; whatever is wrong with it becomes a sentence."""
    try:
        with Image.open(io.BytesIO(content), formats=[form]) as picture:
            yield picture
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BusinessError(TOO_MANY_PIXELS) from error
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError, struct.error, zlib.error) as error:
        raise BusinessError(UNREADABLE) from error


def _working_copy(picture: Image.Image) -> Image.Image:
    """Upright, eight bits a colour and small, without anything that was written beside the pixels."""
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):  # sixteen bits of grey, as some scanners save
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if upright.mode in {"1", "P", "PA"} or upright.has_transparency_data:
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    copy = fitted(upright, WORKING_SIDE)
    if copy.mode != "RGBA" or copy.getchannel("A").getextrema() == (255, 255):
        copy = copy.convert("RGB")
    copy.info = {}
    return copy


def _has_ground(noun: str) -> str:
    return f"The background of the {noun} is not transparent. Remove it, or send a photo and have it removed here."


def _centred(image: Image.Image, width: int, height: int) -> Image.Image:
    canvas = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    canvas.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
    return canvas


def _printable(image: Image.Image) -> Image.Image:
    """At most 400 px, no side under 150 (clear pixels are added), and one colour under all that is clear.

    A reader of PDF files may blend colours across the edge of the ink, so that colour is the ink's own.
    """
    small = fitted(image, PRINTED_SIDE)
    small = _centred(small, max(small.width, SMALLEST_SIDE), max(small.height, SMALLEST_SIDE))
    alpha = small.getchannel("A").point(lambda value: 0 if value < 8 else value)
    ink = alpha.point(lambda value: 255 * (value > 128))
    mean = ImageStat.Stat(small.convert("RGB"), ink if ink.getbbox() else None).mean
    ground = Image.new("RGB", small.size, tuple(round(value) for value in mean))
    ground.paste(small.convert("RGB"), (0, 0), alpha.point(lambda value: 255 * (value > 0)))
    ground.putalpha(alpha)
    return ground


def _png(image: Image.Image) -> bytes:
    """The pixels alone: a profile or a text that came with the picture is left behind."""
    image.info = {}
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
