"""The desk by keys alone: from the list to the page, taken up, approved with the tick, and on; no key decides by itself."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests import factories
from tests.people import EXPORTER, OFFICER
from tests.test_acceptance import House
from tests.test_browser import browser, enter, fill_in, press, pytestmark  # noqa: F401  the fixture and the mark are used by pytest


def test_an_officer_works_the_desk_by_keys(browser: Browser, live: str, tmp_path: Path) -> None:  # noqa: F811  a fixture's name
    """j, Enter, t, a and the tick: approved; what is typed in a field is no command, and the keys can be switched off."""
    exporter, _ = enter(browser, live, EXPORTER)
    exporter.goto(f"{live}/filing/")
    fill_in(exporter, tmp_path, gross="1744")
    exporter.get_by_role("button", name="Save the draft").last.click()
    exporter.wait_for_url("**/applications/show/*")
    first = exporter.url
    press(exporter, "Submit and pay")
    number = exporter.locator("h1").inner_text().split()[0]
    exporter.goto(first.replace("/applications/show/", "/filing/like/"))
    for name in ("invoice", "packing_list"):
        exporter.set_input_files(f"#{name}_file", tmp_path / f"{name}.pdf")
    exporter.get_by_role("button", name="Save the draft").last.click()
    exporter.wait_for_url("**/applications/show/*")
    press(exporter, "Submit and pay")
    another = exporter.locator("h1").inner_text().split()[0]

    page, complaints = enter(browser, live, OFFICER)
    page.goto(f"{live}/desk/list/")
    page.keyboard.press("/")
    expect(page.locator(".search-box :focus")).to_have_count(1)
    page.goto(f"{live}/desk/list/?_flt_0_number={number}")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=number).first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".keys-told")).to_contain_text("no further application")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/show/*")
    page.keyboard.press("a")
    expect(page.locator(".keys-told")).to_contain_text("cannot be done here")
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Take up")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Approve").wait_for()
    page.wait_for_load_state()  # the keys are heard once the script at the page's end has run
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Back to the queue")).to_be_focused()

    page.keyboard.press("]")
    expect(page.locator(".paper-tabs .here")).to_contain_text("Packing list")
    expect(page.locator(".paper-page")).to_have_text("Page 1 of 1")
    page.keyboard.press("+")
    expect(page.locator(".paper-sheet")).to_have_attribute("data-zoom", "1")
    page.get_by_label("Ask about this: Final destination").focus()
    page.keyboard.press("q")
    page.wait_for_url("**/query?about=*")
    expect(page.locator("#question-1-about")).to_have_value("final_destination")
    page.go_back()
    page.keyboard.press("d")
    expect(page.locator(".value.odd :focus, .value.differs :focus")).to_have_count(1)

    page.keyboard.press("?")
    expect(page.locator("#keys-off")).to_be_visible()
    page.check("#keys-off")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.reload()
    assert "/move/" not in page.url, "single keys are off, also after the page is read anew"
    page.locator(".keys summary").click()
    page.uncheck("#keys-off")
    page.keyboard.press("Escape")

    page.keyboard.press("a")
    page.wait_for_url("**/approve")
    page.goto(page.url.replace("/approve", "").replace("/move/", "/show/"))
    expect(page.locator(".state").first).to_have_text(re.compile("Under review"))
    page.clock.install()
    page.keyboard.press("a")
    page.wait_for_url("**/approve")
    page.clock.fast_forward("06:00")
    with page.expect_request(lambda asked: asked.method == "HEAD" and asked.url.endswith("/approve")):
        page.keyboard.press("Shift")
    page.check("#origin_criteria_checked")
    page.locator("main form button[type=submit]").last.press("Enter")
    page.wait_for_url(re.compile("/show/"))
    expect(page.locator("h1")).to_contain_text(number)
    expect(page.locator(".state").first).not_to_have_text(re.compile("Under review"))
    following = re.search(r"NPA-\d+-\d+", page.get_by_role("link", name="Next in the queue").inner_text())
    assert following, "the link names what is next; which one depends on what other tests have left in the queue"
    page.keyboard.press("n")
    expect(page.locator("h1")).to_contain_text(following.group())
    page.goto(f"{live}/desk/list/?_flt_0_number={another}")
    page.get_by_role("link", name=another).first.click()
    expect(page.locator("h1")).to_contain_text(another)
    expect(page.locator(".alert-warning")).to_contain_text(number)
    assert complaints == []


def test_an_officer_decides_on_many_at_once(browser: Browser, live: str) -> None:  # noqa: F811  a fixture's name
    """x picks, a preview shows what goes, one confirmation starts it, and the page follows it to its end without being reloaded."""
    house = House({"PORT": live.rsplit(":", 1)[1], "UDGAM_HOME": ""})
    for _filing in range(2):
        house.on_the_desk(factories.filing(consignee=factories.FILING["consignee"] | {"name": "Seestern Import GmbH"}))
    page, complaints = enter(browser, live, OFFICER)
    page.goto(f"{live}/desk/list/?_flt_2_consignee_name=Seestern")
    for _row in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    expect(page.locator(".pick-count")).to_have_text("picked: 2")
    page.keyboard.press("x")
    expect(page.locator(".pick-count")).to_have_text("picked: 1")
    page.keyboard.press("x")
    page.get_by_role("button", name="Approve…", exact=True).click()
    expect(page.locator(".next")).to_contain_text("2 applications go. Nothing has been started yet.")
    page.check("#origin_criteria_checked")
    page.get_by_role("button", name="Approve: 2").click()
    expect(page.locator("h1 + .state")).to_have_text("Done", timeout=30_000)
    expect(page.locator("[data-figure=done]")).to_have_text("2")
    page.go_back()
    expect(page.locator("h1 + .state")).not_to_have_text("Preview")
    assert complaints == []
