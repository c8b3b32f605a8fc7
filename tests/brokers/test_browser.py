"""Granting, acting, filing a draft and being cut off, in a real browser with two people; and nothing complains."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.people import BALAJI, BROKER, EXPORTER, NILGIRI
from tests.test_browser import browser as _browser
from tests.test_browser import enter, fill_in, press, pytestmark  # noqa: F401  the marks of every browser test

browser = _browser


@pytest.fixture
def again(browser: Browser, live: str) -> Iterator[None]:
    """Afterwards the broker may submit for Balaji as at first: the server is shared by the module."""
    yield
    firm, _complaints = enter(browser, live, EXPORTER)
    grant(firm, live, "SUBMIT")
    broker, _complaints = enter(browser, live, BROKER)
    press(broker, "Accept")


def grant(firm, live: str, scope: str) -> None:  # type: ignore[no-untyped-def]  # Playwright's page
    """As the primary user does it."""
    firm.goto(f"{live}/delegations/grant")
    firm.fill("#licence_no", "aakcs7712qch001")
    firm.check(f"input[value={scope}]")
    firm.fill("#until", (date.today() + timedelta(days=90)).isoformat())
    firm.locator("main button[type=submit]").click()
    firm.get_by_text("has been asked").wait_for()


@pytest.mark.usefixtures("again")
def test_a_broker_is_let_in_works_and_is_cut_off(browser: Browser, live: str, tmp_path: Path) -> None:
    """The firm ends what there is and grants drafting; the broker accepts, drafts, cannot submit, and is stopped mid-work."""
    firm, complaints = enter(browser, live, EXPORTER)
    firm.goto(f"{live}/delegations/list/")
    firm.get_by_role("link", name="Seaways Logistics").first.click()
    press(firm, "End it now")
    grant(firm, live, "DRAFT")

    broker, more = enter(browser, live, BROKER)
    assert broker.url.endswith("/firms/")
    press(broker, "Accept")
    broker.locator(f"form[action$='/firms/for/{BALAJI}'] button").click()
    assert "Acting for" in broker.locator(".acting").inner_text()
    assert BALAJI in broker.locator(".acting").inner_text()
    broker.goto(f"{live}/filing/")
    fill_in(broker, tmp_path, gross="1744")
    broker.get_by_role("button", name="Save the draft").last.click()
    broker.wait_for_url("**/applications/show/*")
    assert broker.locator("a:has-text('Submit and pay')").count() == 0
    assert "Ravi Kumar (Seaways Logistics) for" in broker.locator("main").inner_text()
    address = broker.url
    pk = re.sub(r".*/", "", address)
    broker.goto(f"{live}/filing/{pk}")

    firm.goto(f"{live}/delegations/list/?_flt_0_status=ACTIVE")
    firm.get_by_role("link", name="Seaways Logistics").first.click()
    press(firm, "End it now")
    more.clear()
    with broker.expect_navigation():
        broker.get_by_role("button", name="Save the draft").last.click()
    assert "ended the right of Seaways Logistics to act for" in broker.locator("main").inner_text()
    assert broker.goto(address).status == 403
    broker.goto(f"{live}/firms/")
    assert broker.locator(f"form[action$='/firms/for/{BALAJI}']").count() == 0
    firm.goto(address)
    assert firm.locator("a:has-text('Submit and pay')").count() == 1, "the draft is the firm's"
    assert [*complaints, *(said for said in more if "403" not in said)] == []


def test_a_page_of_one_firm_waits_while_one_acts_for_another(browser: Browser, live: str) -> None:
    """Two tabs: what is typed for Balaji is neither lost nor kept for Nilgiri, and goes on once one acts for Balaji again."""
    mine, _complaints = enter(browser, live, BROKER)
    other = mine.context.new_page()
    act_for(mine, live, BALAJI)
    mine.goto(f"{live}/filing/")
    act_for(other, live, NILGIRI)
    mine.fill("#consignee-name", "A buyer of Balaji")
    mine.locator("#filing-state", has_text="you act for another firm now").wait_for()
    other.goto(f"{live}/filing/")
    assert "unsaved work" not in other.locator("main").inner_text()
    act_for(other, live, BALAJI)
    mine.fill("#consignee-name", "A buyer of Balaji, Hamburg")
    mine.evaluate("window.dispatchEvent(new Event('focus'))")  # as coming back to the tab does
    mine.locator("#filing-state", has_text="Kept").wait_for()


def act_for(page, live: str, iec: str) -> None:  # type: ignore[no-untyped-def]  # Playwright's page
    """Choose the firm, another than the present one."""
    page.goto(f"{live}/firms/for/{iec}")
    page.get_by_role("button", name="Act for this firm").click()
    page.locator(".acting", has_text=iec).wait_for()
