"""An exporter signs with Aadhaar in a real browser, through the real sandbox as `python run.py` starts it."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.people import EXPORTER
from tests.test_browser import browser, enter, fill_in, pytestmark  # noqa: F401  the fixture and the mark are used by pytest


def test_an_exporter_signs_with_aadhaar(browser: Browser, live: str, tmp_path: Path) -> None:  # noqa: F811  a fixture's name
    """Agree, go to the provider, mistype the code, sign, come back: submitted. And cancelled: still a draft."""
    page, complaints = enter(browser, live, EXPORTER, width=360)
    page.goto(f"{live}/filing/")
    fill_in(page, tmp_path, gross="1744")
    page.get_by_role("button", name="Save the draft").last.click()
    page.wait_for_url("**/applications/show/*")
    draft = page.url.rsplit("/", 1)[1]
    page.goto(f"{live}/applications/move/{draft}/submit")
    page.get_by_role("button", name="Sign with Aadhaar, submit and pay").click()
    assert page.url.endswith("/submit"), "without the tick the browser itself keeps one here"
    page.get_by_label("I agree that Udgam").check()
    page.get_by_role("button", name="Sign with Aadhaar, submit and pay").click()
    page.wait_for_url("**/sign/*")
    expect(page.get_by_text("what is signed has no legal effect")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url(f"{live}/esign/*")
    expect(page.get_by_role("alert")).to_contain_text("The signer cancelled the signature. Nothing was changed.")
    page.get_by_role("link", name="Sign once more").click()
    page.get_by_label("I agree that Udgam").check()
    page.get_by_role("button", name="Sign with Aadhaar, submit and pay").press("Enter")
    page.wait_for_url("**/sign/*")
    page.get_by_label("Meera Patel").check()
    page.get_by_label("I let this provider").check()
    page.fill("#otp", "000000")
    page.press("#otp", "Enter")
    expect(page.get_by_role("alert")).to_have_text("The one-time password is not right.")
    page.get_by_label("I let this provider").check()
    page.fill("#otp", "123456")
    page.press("#otp", "Enter")
    page.wait_for_url(f"{live}/esign/*")
    expect(page.get_by_role("status")).to_contain_text("Signed and submitted: the application has the number NPA-")
    page.get_by_role("link", name="To the application").click()
    expect(page.locator("main")).to_contain_text("Submitted")
    assert [each for each in complaints if "401" not in each] == []
