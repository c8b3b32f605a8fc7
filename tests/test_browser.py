"""A person's whole errand in a real browser: log in, fill in, submit, approve, download; and nothing complains."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.factories import pdf
from tests.people import EXPORTER, OFFICER, PASSWORD

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's Chromium; the build server always has it"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def enter(browser: Browser, base: str, email: str, width: int = 1280) -> tuple[Page, list[str]]:
    """A page of somebody who has logged in, and the complaints of its console."""
    page = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{base}/login/")
    page.fill("input[name=username]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page, complaints


def fill_in(page: Page, papers: Path, office: str = "FIEC/001", gross: str = "1500") -> None:
    """The form, as a clerk fills it in."""
    page.select_option("#office", office)
    for name, value in {
        "consignee-name": "Nordlicht Handel GmbH & Co. KG",
        "consignee-address": "Speicherstraße 9\n20457 Hamburg",
        "port_of_loading": "INNSA1",
        "port_of_discharge": "DEHAM",
        "final_destination": "Hamburg",
        "invoices-0-no": "BTX/26/0042",
        "invoices-0-date": "2026-08-03",
        "invoices-0-value": "12500.00",
        "items-0-description": "Cotton terry towels, piece-dyed <500 g/m²>",
        "items-0-marks": "NH/42",
        "items-0-itc_hs": "63026090",
        "items-0-package_count": "80",
        "items-0-quantity": "4000",
        "items-0-net_weight_kg": "1600",
        "items-0-gross_weight_kg": gross,
        "items-0-fob_value": "12500",
        "items-0-invoice": "BTX/26/0042",
    }.items():
        page.fill(f"#{name}", value)
    for name, choice in {
        "consignee-country": "DE",
        "destination_country": "DE",
        "invoices-0-currency": "EUR",
        "items-0-package_kind": "CT",
        "items-0-uqc": "PCS",
        "items-0-origin_criterion": "M",
    }.items():
        page.select_option(f"#{name}", choice)
    for name in ("invoice", "packing_list"):
        paper = papers / f"{name}.pdf"
        paper.write_bytes(pdf(name))
        page.set_input_files(f"#{name}_file", paper)


def test_a_clerk_files_and_an_officer_issues(browser: Browser, live: str, tmp_path: Path) -> None:
    """Two people, no script and no manual: the certificate is in the exporter's hands at the end."""
    exporter, complaints = enter(browser, live, EXPORTER)
    exporter.goto(f"{live}/filing/")
    fill_in(exporter, tmp_path)
    exporter.get_by_role("button", name="Save the draft").last.click()
    assert exporter.get_by_text("the gross weight is less than the net weight").first.is_visible(), "told what is wrong"
    assert exporter.input_value("#consignee-name") == "Nordlicht Handel GmbH & Co. KG", "and nothing typed is lost"
    exporter.fill("#items-0-gross_weight_kg", "1744")
    for name in ("invoice", "packing_list"):
        exporter.set_input_files(f"#{name}_file", tmp_path / f"{name}.pdf")
    exporter.get_by_role("button", name="Save the draft").last.click()
    exporter.wait_for_url("**/applications/show/*")
    address = exporter.url
    press(exporter, "Submit and pay")
    number = exporter.locator("h1").inner_text().split()[0]
    assert number.startswith("NPA-")

    officer, more = enter(browser, live, OFFICER)
    officer.goto(f"{live}/desk/list/?_flt_0_number={number}")
    officer.get_by_role("link", name=number).first.click()
    press(officer, "Take up")
    press(officer, "Approve", tick=True)

    exporter.goto(address)
    wait_for_state(exporter, "Issued")
    exporter.get_by_role("link", name="Open the certificate").click()
    with exporter.expect_download() as download:
        exporter.get_by_role("link", name="Download").first.click()
    file = Path(download.value.path()).read_bytes()
    assert file.startswith(b"%PDF-")
    assert b"ETSI.CAdES.detached" in file
    assert [*complaints, *more] == []


def press(page: Page, label: str, *, tick: bool = False) -> None:
    """Press a button of the state table, and say on the page it opens what it asks for."""
    page.locator(f"a:has-text('{label}'), button:has-text('{label}')").first.click()
    page.wait_for_load_state()
    if "/move/" in page.url:
        if tick:
            page.locator("main input[type=checkbox]").first.check()
        page.locator(f"main form button:has-text('{label}')").first.click()
        page.wait_for_load_state()
    assert "/move/" not in page.url, page.locator("main").inner_text()[:500]


def wait_for_state(page: Page, state: str) -> None:
    """Reload until the state is shown; the worker needs a moment."""
    page.wait_for_function("() => document.readyState === 'complete'")
    for _ in range(60):
        if page.locator(".state", has_text=state).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(page.locator("main").inner_text()[:500])


def test_no_page_scrolls_sideways_on_a_phone(browser: Browser, live: str) -> None:
    """A customs clerk with a phone sees whole pages."""
    page, complaints = enter(browser, live, EXPORTER, width=360)
    for address in ("/", "/applications/list/", "/certificates/list/", "/walletview/list/", "/filing/", "/verify"):
        page.goto(live + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
    assert complaints == []


def test_every_page_can_be_walked_with_the_keyboard(browser: Browser, live: str) -> None:
    """The first press of Tab offers to skip the menu, and the focus can be seen."""
    page, _ = enter(browser, live, OFFICER)
    page.goto(f"{live}/desk/list/")
    page.keyboard.press("Tab")
    focused: Any = page.evaluate(
        "() => { const e = document.activeElement; return [e.getAttribute('href'), getComputedStyle(e).outlineStyle]; }"
    )
    assert focused[0] == "#main"
    assert focused[1] != "none"
