"""Everybody's first page: what a person needs, on one page, and nothing of anybody else's."""

from collections.abc import Callable

from flask.testing import FlaskClient

from tests.people import EXPORTER, OFFICER


def test_scenario_6_one_page_has_applications_agreements_events_and_the_wallet(
    filed: Callable[..., int], login: Callable[..., FlaskClient]
) -> None:
    """The firm, its applications by state and what waits, the wallet, trade agreements and events, all at once."""
    filed("QUERY_RAISED", consignee={"name": "Seestern Import GmbH", "address": "Kai 7\n20457 Hamburg", "country": "DE"})
    page = login(EXPORTER).get("/").text
    for words in (
        "AABCS4821K",
        "Query raised",
        "Seestern Import GmbH",
        "Wallet",
        "available",
        "Trade agreements",
        "Trade events",
    ):
        assert words in page, words
    assert "/applications/list/?" in page
    officer = login(OFFICER).get("/").text
    assert "Wallet</h2>" not in officer
    assert "Trade agreements" in officer
