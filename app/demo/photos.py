"""Makes photos of stamps and signatures as clerks take them, with the true ink beside each, to measure what is found."""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import cos, pi, sin

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from app.agencies.ink import WORKING_SIDE, Colour, fitted
from app.agencies.ink_find import Found
from app.certificates.artwork import draw_signature, draw_stamp
from app.infra import fonts

Size = tuple[int, int]
Spoil = Callable[[Image.Image], Image.Image]

INKS: dict[str, Colour] = {"blue": (30, 52, 150), "red": (186, 32, 44), "black": (34, 34, 38), "violet": (88, 48, 146)}
PAPERS: dict[str, Colour] = {
    "white": (248, 248, 247), "cream": (247, 238, 214), "grey": (203, 204, 206), "yellow": (252, 240, 166),
    "blush": (246, 224, 222),
}  # fmt: skip


def _untouched(picture: Image.Image) -> Image.Image:
    return picture


@dataclass(frozen=True, slots=True)
class Plan:
    """One photo to make: what is on which paper, in what light, and how the camera treats it."""

    name: str
    mark: str
    ink: str = "blue"
    paper: str = "white"
    light: str = "even"
    lines: str = ""
    tilt: float = 0.0  # of the mark, degrees
    slope: float = 0.0  # of the paper's lines, degrees
    noise: int = 8  # levels either way
    jpeg: int = 85  # quality; 0 for PNG
    size: Size = (1200, 1000)
    fill: float = 0.62  # the mark's share of the picture's width
    strength: float = 0.92
    under: Spoil = _untouched  # what lies on the paper before the mark
    over: Spoil = _untouched  # and what falls on it afterwards
    shift: float = 0.02  # of the mark to the right, in its widths

    @property
    def kind(self) -> str:
        """STAMP or SIGNATURE."""
        return "SIGNATURE" if self.mark.startswith("signature") else "STAMP"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is sent in, and how much ink (0 to 255) truly lies at each of its pixels once it is opened."""

    name: str
    kind: str
    content: bytes
    truth: Image.Image


def make(plan: Plan) -> Photo:
    """The photo of a plan: the same plan gives the same bytes."""
    chance = random.Random(plan.name)
    shape, _, word = plan.mark.partition(":")
    truth = _placed(MARKS[shape](word or "Udgam"), plan)
    laid = truth.point(lambda value: round(value * plan.strength))
    photo = ImageChops.multiply(Image.new("RGB", plan.size, PAPERS[plan.paper]), _texture(plan.size, chance))
    if plan.lines:
        photo = _ruled(photo, plan)
    photo = plan.under(photo)
    photo = Image.composite(ImageChops.multiply(photo, Image.new("RGB", plan.size, INKS[plan.ink])), photo, laid)
    photo = plan.over(ImageChops.multiply(photo, LIGHTS[plan.light](plan.size)))
    if plan.noise:
        photo = _grainy(photo.filter(ImageFilter.GaussianBlur(0.8)), plan.noise, chance)
    out = io.BytesIO()
    photo.save(out, "JPEG" if plan.jpeg else "PNG", quality=plan.jpeg or 75)
    return Photo(plan.name, plan.kind, out.getvalue(), fitted(truth, WORKING_SIDE))


def judge(photo: Photo, found: Found) -> tuple[float, float]:
    """The share of true paper that was left in (alpha over 16), and of true ink that was kept (alpha over 100).

    Paper is what has no true ink within two pixels of the result; ink is what has two thirds of full strength, and what was
    cropped away counts as lost.
    """
    alpha = found.image.getchannel("A")
    truth = photo.truth.resize(alpha.size, Image.Resampling.BOX, box=found.box)
    left = alpha.histogram(mask=truth.filter(ImageFilter.MaxFilter(5)).point(lambda value: 255 * (value < 4)))
    kept = alpha.histogram(mask=_core(truth))
    outside = _core(photo.truth)
    outside.paste(0, found.box)
    lost = outside.histogram()[255] * (alpha.width / (found.box[2] - found.box[0])) ** 2
    return sum(left[17:]) / max(1, sum(left)), sum(kept[101:]) / max(1.0, sum(kept) + lost)


def _core(truth: Image.Image) -> Image.Image:
    return truth.point(lambda value: 255 * (value > 170))


def font(size: int) -> ImageFont.FreeTypeFont:
    """The certificate's own bold face, so many pixels high."""
    return ImageFont.truetype(io.BytesIO(fonts.faces(True)[0].data), size)


def _drawn(png: bytes) -> Image.Image:
    with Image.open(io.BytesIO(png)) as picture:
        alpha = picture.getchannel("A")
    return alpha.resize((alpha.width * 2, alpha.height * 2), Image.Resampling.BICUBIC)


@cache
def _round(word: str) -> Image.Image:
    return _drawn(draw_stamp(f"{word} Chamber of Commerce", "New Delhi"))


def _hand(word: str) -> Image.Image:
    return _drawn(draw_signature(word))


def _box_stamp(word: str) -> Image.Image:
    """A frame with four lines of text, as offices use them."""
    ink = Image.new("L", (900, 420), 0)
    pen = ImageDraw.Draw(ink)
    pen.rectangle((6, 6, 893, 413), outline=255, width=10)
    lines = (f"FOR {word.upper()} CHAMBER", "CERTIFIED - NON-PREFERENTIAL", "Authorised Signatory", "Date: 12.03.2026")
    for row, words in enumerate(lines):
        pen.text((450, 75 + row * 92), words, fill=255, font=font(48), anchor="mm")
    return ink


def _words(word: str) -> Image.Image:
    """Lines of text without any frame."""
    ink = Image.new("L", (900, 330), 0)
    pen = ImageDraw.Draw(ink)
    for row, words in enumerate((f"For {word} Exports Pvt. Ltd.", "Authorised Signatory", "New Delhi - 110 001")):
        pen.text((450, 60 + row * 105), words, fill=255, font=font(62), anchor="mm")
    return ink


def _disc(word: str) -> Image.Image:
    """A filled disc with the letters left out."""
    ink = Image.new("L", (700, 700), 0)
    pen = ImageDraw.Draw(ink)
    pen.ellipse((5, 5, 695, 695), fill=255)
    pen.ellipse((60, 60, 640, 640), outline=0, width=12)
    for row, words in enumerate((word.upper(), "CHAMBER OF", "COMMERCE")):
        pen.text((350, 250 + row * 100), words, fill=0, font=font(74), anchor="mm")
    return ink


def _oval(word: str) -> Image.Image:
    """Two ovals, a name and a star between."""
    ink = Image.new("L", (860, 520), 0)
    pen = ImageDraw.Draw(ink)
    pen.ellipse((6, 6, 853, 513), outline=255, width=14)
    pen.ellipse((40, 40, 819, 479), outline=255, width=5)
    star = [
        (430 + (46 if i % 2 == 0 else 19) * sin(i * pi / 5), 130 - (46 if i % 2 == 0 else 19) * cos(i * pi / 5))
        for i in range(10)
    ]
    pen.polygon(star, fill=255)
    for row, words in enumerate((f"{word.upper()} CHAMBER", "- MUMBAI -", "EST. 1927")):
        pen.text((430, 240 + row * 90), words, fill=255, font=font(66), anchor="mm")
    return ink


MARKS: dict[str, Callable[[str], Image.Image]] = {
    "round": _round, "box": _box_stamp, "words": _words, "disc": _disc, "oval": _oval, "signature": _hand,
    "nothing": lambda _: Image.new("L", (400, 400), 0),
}  # fmt: skip


def _placed(ink: Image.Image, plan: Plan) -> Image.Image:
    """The mark turned, sized and laid on the picture."""
    ink = ink.rotate(plan.tilt, resample=Image.Resampling.BICUBIC, expand=True)
    ink = ink.crop(ink.getbbox() or (0, 0, *ink.size))
    scale = min(plan.size[0] * plan.fill / ink.width, plan.size[1] * 0.86 / ink.height)
    ink = ink.resize((round(ink.width * scale), round(ink.height * scale)), Image.Resampling.LANCZOS)
    sheet = Image.new("L", plan.size, 0)
    left = (plan.size[0] - ink.width) / 2 + plan.shift * ink.width
    sheet.paste(ink, (round(left), (plan.size[1] - ink.height) // 2))
    return sheet


def _texture(size: Size, chance: random.Random) -> Image.Image:
    """Paper is never quite even: broad clouds of a few levels."""
    clouds = Image.frombytes("L", (24, 20), bytes(chance.randint(246, 255) for _ in range(480)))
    return clouds.resize(size, Image.Resampling.BICUBIC).convert("RGB")


def _ruled(photo: Image.Image, plan: Plan) -> Image.Image:
    """Writing paper: blue or grey lines, squares, or lines with a red margin."""
    wide, high = plan.size[0] * 2, plan.size[1] * 2
    colour = {"blue": (150, 178, 226), "margin": (150, 178, 226), "grey": (176, 178, 182), "squares": (186, 200, 222)}[plan.lines]
    sheet = Image.new("RGB", (wide, high), (255, 255, 255))
    pen = ImageDraw.Draw(sheet)
    for y in range(20, high, 78):
        pen.line((0, y, wide, y), fill=colour, width=3)
    if plan.lines == "squares":
        for x in range(10, wide, 78):
            pen.line((x, 0, x, high), fill=colour, width=3)
    if plan.lines == "margin":
        pen.line((wide * 0.32, 0, wide * 0.32, high), fill=(228, 140, 146), width=4)
    left, top = plan.size[0] // 2, plan.size[1] // 2
    box = (left, top, left + plan.size[0], top + plan.size[1])
    return ImageChops.multiply(photo, sheet.rotate(plan.slope, resample=Image.Resampling.BILINEAR).crop(box))


def _slope(size: Size, dark: int) -> Image.Image:
    """Light that falls off from one corner to the other."""
    ramp = Image.frombytes("L", (2, 2), bytes((255, (255 + dark) // 2, (255 + dark) // 2, dark)))
    return ramp.resize(size, Image.Resampling.BICUBIC, box=(0.5, 0.5, 1.5, 1.5)).convert("RGB")


def _lamp(size: Size) -> Image.Image:
    """A lamp from above: bright in the middle, dimmer to the corners."""
    dim = ImageChops.invert(Image.radial_gradient("L").resize(size))
    return dim.point(lambda value: 150 + round(value * 0.41)).convert("RGB")


def _shadow(size: Size) -> Image.Image:
    """The soft shadow of the hand that holds the phone."""
    shade = Image.new("L", (size[0] // 8, size[1] // 8), 255)
    wide, high = shade.size
    ImageDraw.Draw(shade).polygon([(wide * 0.45, high), (wide * 0.7, high * 0.35), (wide, 0), (wide * 1.3, high * 1.2)], fill=168)
    return shade.filter(ImageFilter.GaussianBlur(wide * 0.09)).resize(size, Image.Resampling.BICUBIC).convert("RGB")


LIGHTS: dict[str, Callable[[Size], Image.Image]] = {
    "even": lambda size: Image.new("RGB", size, (255, 255, 255)), "dim": lambda size: Image.new("RGB", size, (150, 150, 152)),
    "warm": lambda size: Image.new("RGB", size, (255, 232, 192)),
    "slope": lambda size: _slope(size, 140), "lamp": _lamp, "shadow": _shadow,
}  # fmt: skip


def _grainy(photo: Image.Image, levels: int, chance: random.Random) -> Image.Image:
    """The grain of a small sensor, in each colour on its own."""
    bands = []
    for band in photo.split():
        grain = Image.frombytes("L", photo.size, chance.randbytes(photo.width * photo.height))
        grain = grain.point(lambda value: 128 + round((value - 127.5) / 127.5 * levels))
        bands.append(ImageChops.add(band, grain, 1, -128))
    return Image.merge("RGB", bands)


# --- the photos that must come out clean ----------------------------------------------------------------------------------

GOOD = (
    Plan("plain", "round:Surat"),
    Plan("red on cream", "round:Surat", ink="red", paper="cream", tilt=6),
    Plan("violet in a slope of light", "round:Kochi", ink="violet", light="slope"),
    Plan("black under a lamp", "round:Udgam", ink="black", light="lamp", tilt=-9),
    Plan("blue on grey", "round:Surat", paper="grey", noise=14),
    Plan("violet in a shadow", "round:Kochi", ink="violet", light="shadow"),
    Plan("blue on yellow", "round:Udgam", paper="yellow", jpeg=70),
    Plan("violet on ruled paper", "round:Surat", ink="violet", lines="blue", slope=1.4),
    Plan("red on squares", "round:Kochi", ink="red", lines="squares", slope=-2.2),
    Plan("black on ruled paper", "round:Udgam", ink="black", lines="margin", slope=0.6),
    Plan("small and noisy", "round:Surat", size=(640, 520), noise=16, jpeg=60),
    Plan("large", "round:Kochi", size=(2400, 1800), jpeg=80),
    Plan("dim room", "round:Udgam", light="dim", noise=14, jpeg=70),
    Plan("warm lamp", "round:Surat", ink="violet", light="warm", noise=10),
    Plan("pale stamp", "round:Kochi", strength=0.6),
    Plan("far away", "round:Udgam", fill=0.3, size=(1600, 1200)),
    Plan("box", "box:Madras", ink="violet"),
    Plan("box askew on cream", "box:Bengal", paper="cream", tilt=5, light="slope"),
    Plan("box on ruled paper", "box:Coorg", lines="grey", tilt=-3, slope=-1),
    Plan("box on squares", "box:Karur", ink="black", lines="squares", fill=0.8),
    Plan("words", "words:Nilgiri", ink="violet", fill=0.7),
    Plan("words on grey", "words:Sivakasi", ink="black", paper="grey", light="lamp"),
    Plan("words on ruled paper", "words:Bharuch", ink="blue", lines="blue", tilt=2),
    Plan("disc", "disc:Udgam", ink="violet"),
    Plan("disc in a slope of light", "disc:Malabar", ink="red", light="slope", tilt=8),
    Plan("disc on cream", "disc:Konkan", ink="blue", paper="cream", light="shadow", fill=0.5),
    Plan("oval on yellow", "oval:Assam", ink="black", paper="yellow", light="lamp"),
    Plan("oval on ruled paper", "oval:Punjab", ink="red", lines="margin", slope=2),
    Plan("signature in black", "signature:Ravi Kumar", ink="black", fill=0.8, size=(1300, 700)),
    Plan("signature in a shadow", "signature:Asha Nair", fill=0.7, light="shadow", size=(1300, 800)),
    Plan("signature on ruled paper", "signature:Ravi Shankar", fill=0.72, lines="blue", slope=1, size=(1300, 800)),
    Plan("signature on margin paper", "signature:Vikram Singh", ink="black", fill=0.7, lines="margin", size=(1300, 800)),
    Plan("signature on squares", "signature:Anjali Deshpande", fill=0.75, lines="squares", size=(1300, 800)),
    Plan("signature on cream", "signature:R. K. Srinivasan", paper="cream", fill=0.7, light="slope", size=(1200, 700)),
    Plan("signature on yellow", "signature:Li", ink="red", paper="yellow", fill=0.6, size=(1200, 900)),
    Plan("signature, dim", "signature:Fatima Sheikh", light="dim", noise=16, jpeg=65, fill=0.8, size=(1300, 700)),
    Plan("signature, lamp", "signature:George Mathew", ink="violet", light="lamp", fill=0.7, size=(1400, 900)),
    Plan("signature, small", "signature:Meera Iyer", size=(700, 400), fill=0.8, jpeg=75),
    Plan("scan of a stamp", "round:Surat", noise=0, jpeg=0, size=(900, 900), fill=0.8),
    Plan("scan of a signature", "signature:Kiran Rao", noise=2, jpeg=0, size=(1000, 500), fill=0.85),
    Plan("poor scan", "round:Kochi", ink="black", noise=3, jpeg=35, size=(900, 800)),
    Plan("poor scan of a signature", "signature:Dev Anand", noise=3, jpeg=35, size=(1000, 500), fill=0.8),
)
