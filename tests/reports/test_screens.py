"""The supervisor's page, its pictures and its files: who may open them, and what is in them."""

import csv
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from app.core import clock
from tests.people import BROKER, BY_ROLE, EVERYBODY, SUPERVISOR

NAMES = ("per-day", "per-agency", "pending-by-age")
PATHS = (
    "/reports/",
    *(f"/reports/chart/{name}.svg" for name in NAMES),
    *(f"/reports/data/{name}.csv" for name in NAMES),
)


def test_the_supervisor_opens_everything(login: Callable[[str], Any]) -> None:
    """Page, pictures and files open over an empty register, which is told in sentences."""
    browser = login(SUPERVISOR)
    for path in PATHS:
        for period in ("", "?days=7", "?days=30", "?days=90"):
            assert browser.get(path + period).status_code == 200, path + period
    page = browser.get("/reports/").text
    assert "No certificate was issued in this period." in page
    assert "<img" not in page


@pytest.mark.parametrize("email", [email for email in (*EVERYBODY, BROKER) if email != SUPERVISOR])
def test_nobody_else_opens_them(login: Callable[[str], Any], email: str) -> None:
    """Every other role is refused, on each address."""
    browser = login(email)
    for path in PATHS:
        assert browser.get(path).status_code == 403, path


def test_the_public_is_asked_to_log_in(client: Any) -> None:
    """Without a log-in every address leads to the log-in page."""
    for path in PATHS:
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert "/login/" in answer.headers["Location"]


def test_the_page_shows_what_was_issued(issued: Callable[..., Any], login: Callable[[str], Any]) -> None:
    """With a certificate the charts are there, each with its words, its table and its file."""
    issued()
    page = login(SUPERVISOR).get("/reports/").text
    assert page.count("<img") == 2  # nothing is pending
    assert 'src="/reports/chart/per-agency.svg"' in page
    assert "1 in all. Most: 1 (Agency: FIEC)." in page
    assert "₹200.00" in page
    assert "/reports/data/per-day.csv" in page
    assert "No application is waiting." in page


def test_a_period_is_one_of_three(login: Callable[[str], Any]) -> None:
    """Any other period is refused with a sentence; an unknown chart is not there."""
    browser = login(SUPERVISOR)
    for wrong in ("31", "", "-7", "7.0", "٣٠", "30 or 1=1"):
        for path in PATHS:
            answer = browser.get(path, query_string={"days": wrong})
            assert answer.status_code == 400, (path, wrong)
            assert "Choose a period of 7, 30 or 90 days." in answer.text
    for path in ("/reports/chart/nothing.svg", "/reports/data/nothing.csv", "/reports/data/per-day.svg"):
        assert browser.get(path).status_code == 404


@pytest.mark.parametrize("width", ["", "?width=narrow"])
def test_a_picture_is_only_a_picture(issued: Callable[..., Any], login: Callable[[str], Any], width: str) -> None:
    """Well-formed SVG without scripts or addresses but the names of the format, under its own policy."""
    issued()
    browser = login(SUPERVISOR)
    for name in NAMES:
        answer = browser.get(f"/reports/chart/{name}.svg{width}")
        assert answer.mimetype == "image/svg+xml"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        tree = ElementTree.fromstring(answer.data)  # noqa: S314  our own picture
        tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
        assert tree.tag == "{http://www.w3.org/2000/svg}svg"
        assert not tags & {"script", "a", "image", "foreignObject", "use"}
        assert all(address.startswith("http://www.w3.org/") for address in re.findall(r"\w+://[^\s\"'<)]*", answer.text))
        assert "@import" not in answer.text
        assert "url(" not in answer.text


def test_a_file_holds_the_table(issued: Callable[..., Any], login: Callable[[str], Any]) -> None:
    """The CSV has a heading and the chart's numbers, is saved under its name and date, and no cell is a formula."""
    issued()
    browser = login(SUPERVISOR)
    answer = browser.get("/reports/data/per-day.csv?days=7")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="per-day-{clock.india_today()}.csv"'
    rows = list(csv.reader(answer.text.splitlines()))
    assert rows[0] == ["Day", "Certificates"]
    assert rows[-1] == [clock.day(clock.india_today()), "1"]
    assert len(rows) == 8
    for name in NAMES:
        for row in csv.reader(browser.get(f"/reports/data/{name}.csv").text.splitlines()):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)


def test_every_role_of_the_cast_was_tried() -> None:
    """The list of people above covers each role that logs in."""
    assert set(BY_ROLE.values()) <= {*EVERYBODY, BROKER}
