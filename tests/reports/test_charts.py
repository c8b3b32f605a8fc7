"""The pictures: whole steps on the scale, names that keep apart, and nothing in the file but the drawing."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.core import clock
from app.reports import charts
from app.reports.queries import Series


@pytest.fixture
def words(app: Any) -> Iterator[None]:
    """A request, so that words can be translated."""
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("most", "steps"),
    [(0, [0, 1]), (5, [*range(6)]), (6, [0, 2, 4, 6]), (59, [0, 20, 40, 60]), (999, [*range(0, 1001, 200)])],
)  # fmt: skip
def test_scale(most: int, steps: list[int]) -> None:
    """Even whole steps from zero that reach the largest number."""
    assert charts.scale(most) == steps


def test_names_keep_apart() -> None:
    """Of thirty dates as many are shown as fit, the last always."""
    shown = charts.spaced([f"{n} Nov" for n in range(1, 31)], 270)
    assert shown[-1] == "30 Nov"
    assert 3 <= len([name for name in shown if name]) <= 6


@pytest.mark.usefixtures("words")
def test_many_rows_are_folded() -> None:
    """More agencies than fit are drawn as one row; no certificate is lost."""
    rows = [(f"A{n}", 100 - n) for n in range(40)]
    folded = charts.folded(rows)
    assert len(folded) == charts.MOST_BARS
    assert folded[-1][0] == "29 others"
    assert sum(number for _name, number in folded) == sum(number for _name, number in rows)


@pytest.mark.usefixtures("words")
def test_the_same_numbers_are_the_same_picture() -> None:
    """Nothing random and no date of drawing is in the file."""
    series = Series("Title", "Day", "Certificates", [(clock.day(clock.india_today()), 3)])
    assert charts.columns(series) == charts.columns(series)


def test_numbers_are_grouped_as_rupees() -> None:
    """A lakh is written as one."""
    assert charts.grouped(123456) == "1,23,456"
    assert charts.grouped(0) == "0"
