"""The demonstration's stamps and signatures are real pictures with a clear ground."""

import io

import pytest
from PIL import Image

from app.certificates.artwork import draw_signature, draw_stamp

AGENCIES = [
    ("Federation of Indian Export Chambers", "New Delhi"),
    ("SWCC", "Mumbai"),
    ("The Southern and Western India Chamber of Commerce, Industry and Agriculture", "Thiruvananthapuram"),
]


def shares(png: bytes) -> tuple[float, float, float]:
    """The shares of clear pixels, of inked pixels, and of near-white among the inked."""
    with Image.open(io.BytesIO(png)) as image:
        assert image.mode == "RGBA"
        assert all(150 <= side <= 450 for side in image.size)
        pixels = list(image.get_flattened_data() if hasattr(image, "get_flattened_data") else image.getdata())
    inked = [pixel for pixel in pixels if pixel[3] > 200]
    white = [pixel for pixel in inked if min(pixel[:3]) > 235]
    clear = sum(pixel[3] < 16 for pixel in pixels)
    return clear / len(pixels), len(inked) / len(pixels), len(white) / max(1, len(inked))


@pytest.mark.parametrize(
    "png",
    [
        *(draw_stamp(*agency) for agency in AGENCIES),
        *(draw_signature(name) for name in ("R. K. Srinivasan", "Anjali Deshpande", "Li", "Meera Patel", "श्री")),
    ],
)
def test_artwork_has_a_clear_ground_and_real_ink(png: bytes) -> None:
    """Each picture would pass the check an agency's own upload must pass."""
    clear, inked, white = shares(png)
    assert clear >= 0.2
    assert inked >= 0.005
    assert white <= 0.8


def test_artwork_belongs_to_its_name() -> None:
    """The same name gives the same picture, another name another."""
    assert draw_signature("Meera Patel") == draw_signature("Meera Patel")
    assert draw_signature("Meera Patel") != draw_signature("Vikram Singh")
    assert draw_stamp(*AGENCIES[0]) == draw_stamp(*AGENCIES[0])
    assert draw_stamp(*AGENCIES[0]) != draw_stamp(*AGENCIES[1])
