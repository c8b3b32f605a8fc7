"""A clerk logs in with DGFT in a real browser, through the real sandbox as `python run.py` starts it, without any script."""

import pytest
from playwright.sync_api import sync_playwright

from tests.exporters.provider import RAVI
from tests.people import PASSWORD
from tests.test_browser import CHROMIUM, NEEDS_CHROMIUM


@pytest.mark.browser
@pytest.mark.slow
@NEEDS_CHROMIUM
def test_a_clerk_logs_in_with_dgft(live: str) -> None:
    """By the keyboard alone: a wrong password, the right one, the page that was asked for; then somebody without an IEC."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800}).new_page()
        page.goto(f"{live}/wallet/topup")
        page.get_by_role("link", name="Log in with DGFT").press("Enter")
        assert "it is not DGFT" in page.inner_text("main")
        page.fill("#password", "wrong")
        page.press("#password", "Enter")
        assert page.get_by_role("alert").inner_text() == "The password is not right."
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{live}/wallet/topup")
        page.goto(f"{live}/account/")
        assert "Meera Patel" in page.inner_text("main")
        page.goto(f"{live}/logout/")
        page.get_by_role("link", name="Log in with DGFT").click()
        page.get_by_role("button", name="Cancel").click()
        assert "was not finished" in page.inner_text("body")
        page.get_by_role("link", name="Log in with DGFT").click()
        page.check(f"input[value={RAVI}]")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{live}/")
        assert "not linked to an IEC" in page.inner_text("main")
        browser.close()
