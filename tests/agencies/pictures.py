"""Pictures as people send them: a clean stamp, a photo of one on paper, and every kind of file that must be refused."""

import io
import random
import struct
import zlib

from PIL import Image, ImageDraw

from app.certificates.artwork import draw_signature, draw_stamp

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png(image: Image.Image, **more: object) -> bytes:
    """The picture as PNG."""
    out = io.BytesIO()
    image.save(out, "PNG", **more)
    return out.getvalue()


def jpeg(image: Image.Image) -> bytes:
    """The picture as JPEG."""
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=88)
    return out.getvalue()


def stamp(city: str = "Mumbai") -> bytes:
    """A clean stamp."""
    return draw_stamp("Federation of Indian Export Chambers", city)


def signature(name: str = "R. K. Srinivasan") -> bytes:
    """A clean signature."""
    return draw_signature(name)


def on_paper(clean: bytes, *, side: int = 900) -> Image.Image:
    """A clean picture lying on warm paper that darkens to one side, with the noise of a camera."""
    chance = random.Random(7)
    paper = Image.new("RGB", (side, side))
    noise = Image.effect_noise((side, side), 9)
    shade = Image.linear_gradient("L").rotate(90).resize((side, side)).point(lambda value: 190 + value // 5)
    paper = Image.merge("RGB", [Image.blend(shade, noise, 0.08).point(lambda v, t=tint: min(255, v + t)) for tint in (8, 4, 0)])
    with Image.open(io.BytesIO(clean)) as opened:
        ink = opened.convert("RGBA")
    scale = 0.7 * side / max(ink.size)
    ink = ink.resize((round(ink.width * scale), round(ink.height * scale)), Image.Resampling.LANCZOS)
    at = (side - ink.width) // 2 + chance.randrange(20), (side - ink.height) // 2
    paper.paste(ink, at, ink)
    return paper


def photo(clean: bytes) -> bytes:
    """A phone's JPEG of it."""
    return jpeg(on_paper(clean))


def white_box(clean: bytes) -> bytes:
    """Cut out carelessly: the surroundings are clear, but the white paper is left right round the ink."""
    with Image.open(io.BytesIO(clean)) as opened:
        ink = opened.convert("RGBA")
    box = Image.new("RGBA", (ink.width * 2, ink.height * 2), (0, 0, 0, 0))
    left, top = ink.width // 2, ink.height // 2
    ImageDraw.Draw(box).rectangle((left, top, left + ink.width, top + ink.height), fill=(255, 255, 255, 255))
    box.alpha_composite(ink, (left, top))
    return png(box)


def on_white(clean: bytes) -> bytes:
    """On plain white, as PNG."""
    with Image.open(io.BytesIO(clean)) as opened:
        ink = opened.convert("RGBA")
    ground = Image.new("RGBA", ink.size, (255, 255, 255, 255))
    ground.alpha_composite(ink)
    return png(ground)


def blank() -> bytes:
    """Nothing on it at all."""
    return png(Image.new("RGBA", (400, 150), (0, 0, 0, 0)))


def bomb(side: int = 30_000) -> bytes:
    """A PNG that says it is enormous."""
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    parts = [(b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def animated() -> bytes:
    """A PNG that moves."""
    with Image.open(io.BytesIO(stamp())) as opened:
        first = opened.convert("RGBA")
    return png(first, save_all=True, append_images=[first.rotate(40)], duration=200)


# What no way leads from to a picture of ink.
UNUSABLE = {
    "svg": SVG,
    "html": b"<html><body onload=alert(1)></body></html>",
    "pdf": b"%PDF-1.7\n1 0 obj<<>>endobj",
    "bomb": bomb(),
    "truncated png": stamp()[:2000],
    "truncated jpeg": photo(stamp())[:3000],
    "gif polyglot": b"GIF89a/*" + b"\0" * 600 + b"*/=1;alert(1)",
    "empty": b"",
    "animated": animated(),
    "blank": blank(),
    "blank paper": png(Image.new("RGB", (600, 600), (250, 250, 248))),
    "tiny": png(Image.new("RGBA", (40, 40), (0, 0, 90, 255))),
}
