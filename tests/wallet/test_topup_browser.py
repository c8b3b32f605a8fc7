"""A clerk tops up and files in a real browser, through the real sandbox, as `python run.py` starts them; nothing complains."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.people import EXPORTER, PASSWORD
from tests.test_browser import CHROMIUM, NEEDS_CHROMIUM, fill_in, press


@pytest.mark.browser
@pytest.mark.slow
@NEEDS_CHROMIUM
def test_a_clerk_tops_up_and_files(live: str, tmp_path: Path) -> None:
    """Amount, payment page, pay, back; once with the message lost, when the gateway is asked by hand; then an application."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.goto(f"{live}/login/")
        page.fill("input[name=username]", EXPORTER)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        complaints.clear()
        before = available(page, live)
        pay(page, live, "pay")
        page.wait_for_selector("text=were added to the wallet")  # by itself, once the gateway's message has come
        pay(page, live, "lose")
        assert "Not paid yet, as far as we know." in page.inner_text("main")
        page.click("text=I have paid: ask the gateway")
        page.wait_for_selector("text=were added to the wallet")
        assert available(page, live) == before + 2 * 5000
        page.goto(f"{live}/filing/")
        fill_in(page, tmp_path, gross="1744")
        page.get_by_role("button", name="Save the draft").last.click()
        page.wait_for_url("**/applications/show/*")
        press(page, "Submit and pay")
        number = page.locator("h1").inner_text().split()[0]
        assert available(page, live) == before + 2 * 5000 - 200
        page.click("text=Statement")
        assert number in page.inner_text("main"), "the fee that is set aside names its application"
        assert complaints == []
        browser.close()


def pay(page: Any, live: str, button: str) -> None:
    page.goto(f"{live}/wallet/topup")
    page.click("text=₹5,000")
    page.click("text=Go to the payment page")
    page.click(f"button[value={button}]")
    page.wait_for_url("**/wallet/topups/show/*?back=*")


def available(page: Any, live: str) -> int:
    """Whole rupees on the wallet's page."""
    page.goto(f"{live}/walletview/list/")
    return int(page.inner_text(".money").replace("₹", "").replace(",", "").removesuffix(".00"))
