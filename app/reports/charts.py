"""Draws named numbers as a picture: SVG in the colours of the site, with no script and nothing from elsewhere."""

from itertools import count
from typing import Any

import pygal
from flask_babel import gettext as _
from pygal.style import Style

from app.core.money import rupees
from app.reports.queries import Series

INK, GREEN, PALE, PAPER = "#12352b", "#1f7a5c", "#d3e0da", "#ffffff"
TEXT = 13  # pixels on the screen: a chart is drawn for its width, never scaled down
WIDE, NARROW = 640, 330
MOST_BARS = 12
_FONT = "'Noto Sans', system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"
_STYLE = Style(
    background=PAPER, plot_background=PAPER, foreground=INK, foreground_strong=INK, foreground_subtle=PALE,
    guide_stroke_color=PALE, major_guide_stroke_color=PALE, guide_stroke_dasharray="none",
    major_guide_stroke_dasharray="none", colors=(GREEN,), value_colors=(INK,), opacity="1", stroke_opacity="0",
    transition="none", font_family=_FONT, label_font_size=TEXT, major_label_font_size=TEXT, value_font_size=TEXT,
    value_label_font_size=TEXT, no_data_font_size=15,
)  # fmt: skip
# The value stands right of its bar; the zero line is as quiet as the others.
_OWN = ".horizontal .text-overlay text.value{text-anchor:start} #chart-report .axis .line{stroke:" + PALE + "}"
_SHEETS = ("file://style.css", "file://graph.css", f"inline:{_OWN}")
_NEEDLESS = frozenset({"script", "desc"})  # what only pygal's own script would read


def columns(series: Series, width: int = WIDE) -> str:
    """A column for each row in a time line, with a scale at the left and as many dates as fit below."""
    ticks = scale(max((number for _name, number in series.rows), default=0))
    chart = _chart(pygal.Bar, width, 260, y_labels=ticks, range=(0, ticks[-1]), margin_right=30)
    chart.x_labels = spaced([short(name) for name, _number in series.rows], width - 60)
    return _drawn(chart, series, [number for _name, number in series.rows])


def bars(series: Series, width: int = WIDE) -> str:
    """A bar for each row, the first on top, with its number beside it."""
    rows = folded(series.rows)[::-1]
    most = max((number for _name, number in rows), default=0)
    room = 1 + 9 * max(len(grouped(most)), 2) / (width - 140)  # what the longest number needs beside the longest bar
    chart = _chart(
        pygal.HorizontalBar, width, 34 * len(rows) + 20, range=(0, (most or 1) * room), print_values=True,
        print_values_position="top", show_x_labels=False, show_y_guides=False, show_x_guides=False,
    )  # fmt: skip
    chart.x_labels = [name for name, _number in rows]
    return _drawn(chart, series, [number for _name, number in rows])


def _chart(kind: type[Any], width: int, height: int, **more: Any) -> Any:
    return kind(
        width=width, height=max(height, 60), style=_STYLE, css=_SHEETS, js=[],
        disable_xml_declaration=True, explicit_size=True, show_legend=False, truncate_label=-1,
        rounded_bars=2, value_formatter=grouped, no_data_text=_("Nothing to show"), **{"margin": 10, **more},
    )  # fmt: skip


def _drawn(chart: Any, series: Series, numbers: list[int]) -> str:
    chart.uuid = "report"  # pygal's is random; the same numbers shall be the same picture
    if any(numbers):
        chart.add(series.label_y, numbers)
    else:
        # pygal cannot draw the labels of an empty chart; its one sentence is enough.
        chart.x_labels = chart.y_labels = None
        chart.show_y_labels = False
    chart.add_xml_filter(lambda root: _plain(root, series.title))
    return str(chart.render(is_unicode=True))


def _plain(root: Any, title: str) -> Any:
    """Only the picture: no script, no comment with an address, and the series' own title."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] in _NEEDLESS:
                parent.remove(child)
    root.find("{*}title").text = title
    root.set("role", "img")
    return root


def scale(most: int) -> list[int]:
    """Whole numbers from 0 to at least `most` in at most five even steps of 1, 2 or 5 times a power of ten."""
    step = next(n * 10**power for power in count() for n in (1, 2, 5) if n * 10**power * 5 >= most)
    return list(range(0, max(-(-most // step), 1) * step + 1, step))


def spaced(names: list[str], width: int) -> list[str]:
    """The last name and every so-many-th before it, so that none runs into the next; the others are left blank."""
    longest = max((len(name) for name in names), default=0) * TEXT * 0.62 + 10
    every = max(1, -(-int(len(names) * longest) // width))
    return [name if (len(names) - 1 - place) % every == 0 else "" for place, name in enumerate(names)]


def folded(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """At most MOST_BARS rows: the rest are one row; the table beside the chart has them all."""
    if len(rows) <= MOST_BARS:
        return rows
    kept, rest = rows[: MOST_BARS - 1], rows[MOST_BARS - 1 :]
    return [*kept, (_("%(count)s others", count=len(rest)), sum(number for _name, number in rest))]


def short(name: str) -> str:
    """A date without its year, which the table has."""
    words = name.split(" ")
    return " ".join(words[:2]) if len(words) == 3 and words[2].isdigit() else name


def grouped(number: float) -> str:
    """1,23,456: the digits of a number in the groups in which rupees are written."""
    return rupees(round(number) * 100).removeprefix("₹").removesuffix(".00")
