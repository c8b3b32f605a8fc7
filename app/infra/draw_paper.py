"""Draws the pages of one paper as pictures, in a process of its own which may be stopped at any moment.

Started by paper_pictures.py as a bare script with the bytes on its standard input, as examine.py is and within the same limits.
It prints the number of pages, then each picture behind its length; of what it cannot draw, nothing. A script, a link or a
font trick in a PDF ends here: what leaves is pixels.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CPU_SECONDS = 20


def main() -> None:
    """Limit ourselves, draw what was asked for: type of the paper, of the pictures, longest side, first page, how many."""
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    from app.infra.examine import limit

    limit(CPU_SECONDS)
    mime, form = sys.argv[1:3]
    longest, first, most = map(int, sys.argv[3:6])
    content, out = sys.stdin.buffer.read(), sys.stdout.buffer
    count, pictures = of_pdf(content, longest, first, most) if mime == "application/pdf" else of_picture(content, mime, longest)
    out.write(count.to_bytes(8))
    for picture in pictures:
        drawn = io.BytesIO()
        picture.save(drawn, form, **({"quality": 85} if form == "JPEG" else {}))
        out.write(len(drawn.getvalue()).to_bytes(8) + drawn.getvalue())


def of_pdf(content: bytes, longest: int, first: int, most: int) -> tuple[int, Iterator[Any]]:
    """How many pages there are, and those that were asked for; comments and form fields are drawn as they are printed."""
    import pypdfium2

    pdf = pypdfium2.PdfDocument(content)

    def pages() -> Iterator[Any]:
        for number in range(first, min(first + most, len(pdf))):
            page = pdf[number]
            width, height = page.get_size()
            yield page.render(scale=min(longest / max(width, height, 1), 4)).to_pil().convert("RGB")
            page.close()

    return len(pdf), pages()


def of_picture(content: bytes, mime: str, longest: int) -> tuple[int, Iterator[Any]]:
    """The picture itself: upright, on white, without anything that was hidden in it."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=[mime.removeprefix("image/").upper()]) as sent:
        sent.draft("RGB", (longest, longest))
        sent.thumbnail((longest, longest))
        upright: Any = ImageOps.exif_transpose(sent)
        seen = upright.convert("RGBA")
        page = Image.new("RGB", seen.size, "white")
        page.paste(seen, mask=seen.getchannel("A"))
    return 1, iter([page])


if __name__ == "__main__":
    main()
