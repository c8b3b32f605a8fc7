"""Reads from the template where each box of the certificate stands, so that its position is written down only once."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TEMPLATE = Path(__file__).with_name("template")
MM = 72 / 25.4
PAGE_WIDTH, PAGE_HEIGHT = 210 * MM, 297 * MM

# The text of a box keeps this far from its rules, and below its printed label.
PADDING = 1.6 * MM
LABEL = 4.5 * MM

COLUMNS = ("item", "marks", "description", "origin", "weight", "invoice")


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the sheet in points, measured as PDF does: y grows upwards."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top - self.height

    def inside(self, label: float = LABEL) -> "Box":
        """The part of a labelled box that values are written in."""
        return Box(self.left + PADDING, self.top - label, self.width - 2 * PADDING, self.height - label - PADDING / 2)


@cache
def style() -> str:
    """The template's style sheet."""
    return (TEMPLATE / "certificate.css").read_text(encoding="utf-8")


@cache
def millimetres() -> dict[str, dict[str, float]]:
    """Left, top, width and height of every `#name` rule of the style sheet, as written there.

    The sheet is ours and keeps to one rule a line, so that it needs no parser.
    """
    rules = re.findall(r"^#([\w-]+) \{([^}]*)\}", style(), re.MULTILINE)
    return {
        name: {side: float(length) for side, length in re.findall(r"\b(left|top|width|height): ([\d.]+)mm;", declared)}
        for name, declared in rules
    }


@cache
def box(name: str) -> Box:
    """One box by the name it has in the template."""
    place = millimetres()[name]
    return Box(place["left"] * MM, PAGE_HEIGHT - place["top"] * MM, place["width"] * MM, place["height"] * MM)


@cache
def columns() -> tuple[tuple[float, float], ...]:
    """Left edge and width of the six goods columns."""
    return tuple((millimetres()[name]["left"] * MM, millimetres()[name]["width"] * MM) for name in COLUMNS)
