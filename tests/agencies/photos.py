"""Photos of stamps and signatures that must be refused, each with a word of the sentence that says why."""

from dataclasses import replace

from PIL import Image, ImageDraw, ImageFilter

from app.demo.photos import Plan, Spoil, font


def _print(photo: Image.Image) -> Image.Image:
    """A printed letter."""
    pen, face = ImageDraw.Draw(photo), font(30)
    for row, y in enumerate(range(20, photo.height, 52)):
        words = ("We certify that the goods described below were made in India. ", "Consignment of 240 bags by sea to Hamburg; ")
        pen.text((-20 - 37 * (row % 5), y), words[row % 2] * 4, fill=(40, 40, 44), font=face)
    return photo


def _paragraph(photo: Image.Image) -> Image.Image:
    """A printed paragraph with margins, so that no letter touches the edge."""
    pen, face = ImageDraw.Draw(photo), font(34)
    for y in range(round(photo.height * 0.15), round(photo.height * 0.85), 60):
        pen.text((photo.width * 0.08, y), "Certified that the goods below are of Indian origin", fill=(40, 40, 44), font=face)
    return photo


def _words(photo: Image.Image) -> Image.Image:
    """A few printed words, all of them under the stamp."""
    words = "Certified that\nthe goods are\nof Indian origin"
    ImageDraw.Draw(photo).text((photo.width * 0.36, photo.height * 0.38), words, fill=(40, 40, 44), font=font(40))
    return photo


def _hard_shadow(photo: Image.Image) -> Image.Image:
    """The edge of a phone's shadow in the sun."""
    shade = Image.new("L", photo.size, 255)
    wide, high = photo.size
    ImageDraw.Draw(shade).polygon([(wide * 0.4, 0), (wide, 0), (wide, high), (wide * 0.55, high)], fill=60)
    shade = shade.filter(ImageFilter.GaussianBlur(3))
    return Image.composite(photo, photo.point(lambda value: round(value * 0.5)), shade)


def _squares(cell: int) -> Spoil:
    def painted(photo: Image.Image) -> Image.Image:
        pen = ImageDraw.Draw(photo)
        pen.rectangle((0, 0, *photo.size), fill=(255, 255, 255))
        for y in range(0, photo.height, cell):
            for x in range(y // cell % 2 * cell, photo.width, 2 * cell):
                pen.rectangle((x, y, x + cell - 1, y + cell - 1), fill=(204, 204, 204))
        return photo

    return painted


def _cloth(photo: Image.Image) -> Image.Image:
    """A checked cloth."""
    pen = ImageDraw.Draw(photo, "RGBA")
    for at in range(0, photo.width, 70):
        pen.rectangle((at, 0, at + 34, photo.height), fill=(120, 30, 40, 110))
    for at in range(0, photo.height, 70):
        pen.rectangle((0, at, photo.width, at + 34), fill=(120, 30, 40, 110))
    return photo


def _wood(photo: Image.Image) -> Image.Image:
    """The grain of a table."""
    pen = ImageDraw.Draw(photo)
    for at in range(0, photo.height, 9):
        tone = 130 + (at * 37 % 61)
        pen.line(
            [(x, at + (x * 7 // 90 + at) % 11) for x in range(0, photo.width + 60, 60)],
            fill=(tone, tone - 35, tone - 75),
            width=9,
        )
    return photo


def _table(photo: Image.Image) -> Image.Image:
    """The sheet ends, and a dark table begins."""
    ImageDraw.Draw(photo).rectangle((0, 0, photo.width, photo.height * 0.12), fill=(70, 50, 38))
    return photo


_STAMP, _HAND = (
    Plan("a stamp", "round:Udgam", ink="violet"),
    Plan("a signature", "signature:Asha Nair", fill=0.7, size=(1300, 800)),
)

BAD = (
    (Plan("blank", "nothing"), "no stamp"),
    (Plan("blank and ruled", "nothing", lines="blue", slope=1.0), "no stamp"),
    (Plan("blank, dim and noisy", "nothing", light="shadow", noise=22), "no stamp"),
    (replace(_STAMP, name="worn pad", strength=0.13), "faint"),
    (replace(_HAND, name="pencil", ink="black", strength=0.2), "faint"),
    (replace(_STAMP, name="cut stamp", shift=-0.65, fill=0.7), "cut off"),
    (replace(_HAND, name="cut signature", shift=0.4), "cut off"),
    (replace(_STAMP, name="stamp in a hard shadow", over=_hard_shadow), "shadow"),
    (replace(_HAND, name="signature in a hard shadow", over=_hard_shadow), "shadow"),
    (replace(_STAMP, name="stamp on a letter", under=_print), "print"),
    (replace(_STAMP, name="black stamp on a letter", ink="black", under=_print), "print"),
    (replace(_STAMP, name="stamp on a paragraph", under=_paragraph), "print"),
    (replace(_STAMP, name="stamp on a few words", under=_words), "black print"),
    (replace(_HAND, name="signature on a letter", under=_print), "print"),
    (replace(_HAND, name="signature on a paragraph", under=_paragraph), "print"),
    (replace(_STAMP, name="far too small", fill=0.1), "too small"),
    (replace(_STAMP, name="painted squares", under=_squares(16), noise=0, jpeg=0), "squares"),
    (replace(_STAMP, name="painted squares, JPEG", under=_squares(10), noise=0, jpeg=60), "squares"),
    (replace(_HAND, name="painted squares, photographed", under=_squares(25)), "squares"),
    (replace(_STAMP, name="on cloth", under=_cloth), "hard shadow"),
    (replace(_STAMP, name="on wood", under=_wood), "pattern"),
    (replace(_STAMP, name="on a dark table", over=_table), "edge of the sheet"),
)
