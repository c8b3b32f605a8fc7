"""The filing page in a real browser: found by name with the keyboard, kept when the tab closes, checked while it is typed."""

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.factories import filing, pdf
from tests.people import CLERK, PASSWORD
from tests.test_acceptance import House
from tests.test_browser import browser, enter, fill_in, pytestmark  # noqa: F401  the fixture and the mark are used by pytest

KEPT = "Kept for you at"
# A word and a key before the page has drawn breath.
FASTER = """(input, key) => {
  input.value = "germany";
  input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  if (key === "Tab") input.blur();
}"""


def fresh(browser: Browser, live: str) -> tuple[Page, list[str]]:  # noqa: F811  a fixture's name
    """The clerk before an empty form: what an earlier test left unsaved is thrown away."""
    page, complaints = enter(browser, live, CLERK)
    page.goto(f"{live}/filing/")
    if page.get_by_role("button", name="Throw away").count():
        page.get_by_role("button", name="Throw away").click()
    expect(page.locator("#filing-told summary")).to_contain_text("Still to fill in")
    return page, complaints


def test_a_country_and_a_port_are_found_by_keyboard(browser: Browser, live: str) -> None:  # noqa: F811  a fixture's name
    page, complaints = fresh(browser, live)
    country = page.get_by_role("combobox", name="Country", exact=True)
    country.focus()
    page.keyboard.type("united")
    expect(page.locator(".combo-list [role=option]:visible").first).to_be_visible()
    expect(country).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".combo-list [role=option]:visible")).to_have_count(4)
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".combo-list [role=option][aria-selected=true]:visible").inner_text()
    assert country.get_attribute("aria-activedescendant")
    page.keyboard.press("Enter")
    expect(country).to_have_value(chosen)
    assert page.input_value("#consignee-country") == chosen.split(" – ")[0]
    assert page.input_value("#destination_country") == chosen.split(" – ")[0], "mostly the goods go there"
    page.keyboard.type("DE")
    page.keyboard.press("Escape")
    expect(country).to_have_value(chosen)
    country.select_text()
    page.keyboard.type("germany")
    page.keyboard.press("Tab")
    expect(country).to_have_value("DE – Germany")
    for key in ("Tab", "Enter"):  # faster than the list: what stands in it belongs to what was typed before, and is not taken
        country.select_text()
        page.keyboard.type("g")
        expect(page.locator(".combo-list [role=option][aria-selected=true]:visible")).not_to_contain_text("Germany")
        country.evaluate(FASTER, key)
        if key == "Enter":
            expect(page.locator(".combo-list [role=option][aria-selected=true]:visible")).to_have_text("DE – Germany")
            page.keyboard.press("Enter")
        expect(country).to_have_value("DE – Germany")
        assert page.input_value("#consignee-country") == "DE"
    country.focus()
    page.keyboard.type("Atlantis")
    page.keyboard.press("Tab")
    expect(country).to_have_value("")
    port = page.get_by_role("combobox", name="Port of loading (code)")
    port.focus()
    page.keyboard.type("mundra")
    expect(page.get_by_role("option", name="INMUN1 – Mundra")).to_be_visible()
    page.keyboard.press("Enter")
    expect(port).to_have_value("INMUN1")
    expect(page.locator("[data-combo-name]", has_text="Mundra")).to_be_visible()
    assert complaints == []


def test_a_closed_tab_loses_nothing(browser: Browser, live: str, tmp_path: Path) -> None:  # noqa: F811  a fixture's name
    page, complaints = fresh(browser, live)
    page.fill("#consignee-name", "Nordlicht Handel")
    page.click("#items-0-description")
    page.keyboard.type("Cotton ")
    expect(page.locator("#filing-state")).to_contain_text(KEPT)
    page.keyboard.type("towels")
    page.keyboard.press("Enter")
    (tmp_path / "inv.pdf").write_bytes(pdf("inv"))
    page.set_input_files("#invoice_file", tmp_path / "inv.pdf")
    expect(page.locator("#filing-papers")).to_contain_text("inv.pdf")
    page.locator("summary", has_text="Letter of credit").click()
    with page.expect_response(lambda answer: "LC-77" in (answer.request.post_data or "")):
        page.fill("#lc_no", "LC-77")
    page.close(run_before_unload=False)
    again = browser.contexts[-1].new_page()
    again.goto(f"{live}/filing/")
    expect(again.get_by_text("You have unsaved work from")).to_be_visible()
    again.get_by_role("link", name="Go on with it").click()
    assert again.input_value("#consignee-name") == "Nordlicht Handel"
    assert again.input_value("#lc_no") == "LC-77"
    goods = "document.getElementById('goods').sheet.lines.rows[0].join('|')"
    again.wait_for_function("document.getElementById('goods').sheet")
    assert "Cotton towels" in again.evaluate(goods), "the space that stood at the end while it was kept is there too"
    expect(again.locator("#filing-papers")).to_contain_text("inv.pdf")
    other = browser.contexts[-1].new_page()
    other.goto(f"{live}/filing/")
    other.fill("#consignee-name", "Another window")
    expect(other.locator("#filing-state")).to_contain_text("Another window holds unsaved work")
    assert complaints == []


def test_it_goes_on_after_the_session_ended(browser: Browser, live: str) -> None:  # noqa: F811  a fixture's name
    page, _complaints = fresh(browser, live)
    page.fill("#consignee-name", "Before")
    expect(page.locator("#filing-state")).to_contain_text(KEPT)
    page.context.clear_cookies()
    page.fill("#consignee-name", "After the session ended")
    expect(page.locator("#filing-state")).to_contain_text("You are logged out")
    page.get_by_role("button", name="Save the draft").last.click()
    assert page.input_value("#consignee-name") == "After the session ended", "the page stays, with what was typed"
    with page.context.expect_page() as opened:
        page.locator("#filing-state a", has_text="Log in").click()
    there = opened.value
    there.fill("input[name=username]", CLERK)
    there.fill("input[name=password]", PASSWORD)
    there.press("input[name=password]", "Enter")
    there.wait_for_url(lambda url: "/login" not in url)
    there.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#filing-state")).to_contain_text(KEPT)


def test_faults_appear_at_their_fields_while_somebody_types(browser: Browser, live: str, tmp_path: Path) -> None:  # noqa: F811  a fixture's name
    page, complaints = fresh(browser, live)
    assert page.locator(".filing-error:visible").count() == 0, "an empty form is no fault yet"
    fill_in(page, tmp_path, gross="1744")
    told = page.locator("#filing-told summary")
    expect(told).not_to_contain_text("Still to fill in", timeout=60_000)
    page.fill("#invoices-0-date", "2035-01-01")
    page.press("#invoices-0-date", "Tab")
    expect(page.locator("#invoices-0-date-error")).to_contain_text("lies in the future")
    expect(page.locator("#invoices-0-date")).to_have_attribute("aria-invalid", "true")
    expect(told).to_contain_text("To put right: 1")
    told.click()
    page.locator("#filing-told a", has_text="future").click()
    assert page.evaluate("document.activeElement.id") == "invoices-0-date"
    page.fill("#invoices-0-date", "2026-08-03")
    expect(page.locator("#invoices-0-date-error")).to_have_count(0)
    page.fill("#final_destination", "Rotterdam, Netherlands")
    page.press("#final_destination", "Tab")
    expect(page.locator("#final_destination-odd")).to_contain_text("Correct one of them")
    page.fill("#final_destination", "Hamburg")
    expect(page.locator("#final_destination-odd")).to_have_count(0)

    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#filing-preview img").first).to_be_visible(timeout=60_000)
    page.keyboard.press("Escape")

    page.locator("summary", has_text="Keep this as a template").click()
    page.fill("#template_name", "Towels to Hamburg")
    page.get_by_role("button", name="Keep as a template").click()
    expect(page.get_by_text("Kept as the template «Towels to Hamburg»")).to_be_visible()
    page.get_by_role("button", name="Save the draft").last.click()
    page.wait_for_url("**/applications/show/*")
    page.locator("a", has_text="Submit and pay").first.click()
    expect(page.get_by_text("What you declare and sign")).to_be_visible()
    expect(page.get_by_text("After submitting the wallet has")).to_be_visible()
    page.goto(f"{live}/filing/")
    expect(page.get_by_text("You have unsaved work")).to_have_count(0)
    page.get_by_role("link", name="Towels to Hamburg").click()
    assert page.input_value("#consignee-name") == "Nordlicht Handel GmbH & Co. KG"
    assert page.input_value("#invoices-0-no") == ""
    assert complaints == []


# What a spreadsheet puts on the clipboard, put down where the cursor is.
PASTED = """(text) => {
  const clip = new DataTransfer();
  clip.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: clip, bubbles: true, cancelable: true }));
}"""


def test_the_sheet_gives_way_only_where_the_officer_asked(browser: Browser, live: str) -> None:  # noqa: F811  a fixture's name
    """A cell that was asked about is changed and saved; keys and pastes change nothing else, and a sentence says why."""
    house = House({"PORT": str(urlsplit(live).port), "UDGAM_HOME": ""})
    pk = house.on_the_desk(filing())
    asked = {"reason": "GOODS_UNCLEAR", "text": "Which?"}
    items = [asked | {"field_path": f"items[0].{name}"} for name in ("marks", "description")]
    house.officer.send(f"/api/v1/applications/{pk}/query", {"items": items})
    page, complaints = enter(browser, live, CLERK)
    page.goto(f"{live}/filing/{pk}")
    cell = page.get_by_role("grid", name="Goods lines").get_by_role("textbox")
    page.locator("#items-0-quantity").click()
    expect(cell).not_to_be_editable()
    for key in ("x", "Alt+Shift+ArrowDown", "Alt+Delete", "Control+d", "Alt+Enter"):
        page.keyboard.press(key)
    refused = "Only the cells that the officer asked about can be changed; the lines stay as they are."
    expect(page.locator(".goods-message")).to_have_text(refused)
    expect(page.locator("#goods tbody tr")).to_have_count(1)
    page.locator("#items-0-marks").click()
    expect(cell).to_be_editable()
    lines = "document.getElementById('goods').sheet.lines.rows"
    before = page.evaluate(lines)
    for text in ("marks\tquantity\nNH/44\t7", "marks\tdescription\nNH/44\tSilk\nNH/45\tJute"):
        page.evaluate("document.getElementById('goods').sheet.tell('')")
        page.evaluate(PASTED, text)
        expect(page.locator(".goods-message")).to_have_text(refused)
        assert page.evaluate(lines) == before, "one cell that was not asked about, or a line more, and nothing is taken"
    page.evaluate(PASTED, "marks\tdescription\nNH/43 HAMBURG\tCotton terry towels, piece-dyed, hemmed")
    expect(page.locator(".goods-taken")).to_contain_text("1 line is taken")
    page.get_by_role("button", name="Save the changes").last.click()
    page.wait_for_url("**/applications/show/*")
    expect(page.locator("main")).to_contain_text("NH/43 HAMBURG")
    expect(page.locator("main")).to_contain_text("Cotton terry towels, piece-dyed, hemmed")
    assert complaints == []
