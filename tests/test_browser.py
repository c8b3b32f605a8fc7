"""A person's whole errand in a real browser: log in, fill in, submit, approve, download; and nothing complains."""

import csv
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import config
from tests.factories import pdf
from tests.people import EXPORTER, OFFICER, PASSWORD

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 90_000  # ms; a build server does much else at once, and what never comes is told by the page's own words
expect.set_options(timeout=30_000)  # its own five seconds are for a machine that does nothing else
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's Chromium; the build server always has it")
pytestmark = [pytest.mark.browser, pytest.mark.slow, NEEDS_CHROMIUM]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def enter(browser: Browser, base: str, email: str, width: int = 1280) -> tuple[Page, list[str]]:
    """A page of somebody who has logged in, and the complaints of its console."""
    context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: (
            complaints.append(f"{message.text} {message.location['url']}") if message.type in {"error", "warning"} else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{base}/login/")
    page.fill("input[name=username]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page, complaints


GOODS = {
    "description": "Cotton terry towels, piece-dyed <500 g/m²>", "marks": "NH/42", "itc_hs": "63026090", "package_count": "80",
    "package_kind": "CT", "quantity": "4000", "uqc": "PCS", "net_weight_kg": "1600", "fob_value": "12500",
    "invoice": "BTX/26/0042", "origin_criterion": "M",
}  # fmt: skip


def type_into(page: Page, cell: str, text: str) -> None:
    """A cell of the sheet: a click opens it, what is typed takes the place of what was there."""
    page.click(f"#{cell}")
    page.keyboard.insert_text(text)
    page.keyboard.press("Enter")


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
    }.items():
        page.fill(f"#{name}", value)
    for name, choice in {
        "consignee-country": "DE",
        "destination_country": "DE",
        "invoices-0-currency": "EUR",
    }.items():
        page.select_option(f"#{name}", choice)
    for name, value in (GOODS | {"gross_weight_kg": gross}).items():
        type_into(page, f"items-0-{name}", value)
    for name in ("invoice", "packing_list"):
        paper = papers / f"{name}.pdf"
        paper.write_bytes(pdf(name))
        page.set_input_files(f"#{name}_file", paper)


def test_a_clerk_files_and_an_officer_issues(browser: Browser, live: str, tmp_path: Path) -> None:
    """Two people and no manual: the certificate is in the exporter's hands at the end."""
    exporter, complaints = enter(browser, live, EXPORTER)
    exporter.goto(f"{live}/filing/")
    fill_in(exporter, tmp_path)
    exporter.get_by_role("button", name="Save the draft").last.click()
    exporter.get_by_text("the gross weight is less than the net weight").first.wait_for()
    assert exporter.input_value("#consignee-name") == "Nordlicht Handel GmbH & Co. KG", "and nothing typed is lost"
    type_into(exporter, "items-0-gross_weight_kg", "1744")
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


OWN = config.ROOT / "samples" / "goods-120-lines.csv"
THEIRS = config.ROOT.parent / "shared" / "samples" / "valves-120-lines.json"  # where it lies beside the repository
HEADINGS = {
    "gross_weight_kg": "Gross Wt. (Kgs)", "itc_hs": "HS Code", "description": "Description of Goods", "invoice": "Inv. No",
    "package_count": "Pkgs", "marks": "Shipping Marks", "net_weight_kg": "Net Wt", "fob_value": "Amount (USD)", "uqc": "UOM",
    "quantity": "Qty", "origin_country": "Country of Origin", "origin_criterion": "Criterion", "package_kind": "Packing",
}  # fmt: skip


def copied(rows: list[list[str]]) -> str:
    """Cells as a spreadsheet program puts them on the clipboard."""
    quoted = [[f'"{cell}"' if "\n" in cell else cell for cell in row] for row in rows]
    return "\r\n".join("\t".join(row) for row in quoted) + "\r\n"


def hundred_and_twenty() -> dict[str, tuple[list[tuple[str, str, str]], str, str]]:
    """Tables of 120 lines to paste, with their invoices and what was done to imported inputs: ours, the other where it is."""
    own = [("WXF/26/117", "2026-09-02", "106256.25"), ("WXF/26/118", "2026-09-03", "202308.75")]
    found = {"own": (own, "", copied(list(csv.reader(OWN.read_text(encoding="utf-8").splitlines(keepends=True)))))}
    if THEIRS.exists():
        filing = json.loads(THEIRS.read_text(encoding="utf-8"))
        rows = [[*HEADINGS.values()], *([str(item[name]) for name in HEADINGS] for item in filing["items"])]
        found["theirs"] = (
            [(row["no"], row["date"], row["value"]) for row in filing["invoices"]],
            filing["process_note"],
            copied(rows),
        )
    return found


def fill_in_around(page: Page, papers: Path, invoices: list[tuple[str, str, str]], note: str) -> None:
    """All but the goods, for two invoices."""
    page.click("button[name=add_row][value=invoices]")
    page.wait_for_selector("#invoices-1-no")
    for name, choice in {"office": "FIEC/001", "consignee-country": "KE", "destination_country": "KE"}.items():
        page.select_option(f"#{name}", choice)
    texts = {"consignee-name": "Pwani Pipes & Valves Ltd", "consignee-address": "Shimanzi Road\nMombasa",
             "port_of_loading": "INMUN1", "port_of_discharge": "KEMBA"}  # fmt: skip
    for number, invoice in enumerate(invoices):
        texts |= {f"invoices-{number}-{name}": text for name, text in zip(("no", "date", "value"), invoice, strict=True)}
        page.select_option(f"#invoices-{number}-currency", "USD")
    if note:
        page.check("#imported_inputs_used")
        page.locator("details", has=page.locator("#process_note")).locator("summary").click()
        for number in range(1, 11):
            page.check(f"#MO{number}")
        texts["process_note"] = note
    for name, text in texts.items():
        page.fill(f"#{name}", text)
    for name in ("invoice", "packing_list"):
        paper = papers / f"{name}.pdf"
        paper.write_bytes(pdf(name))
        page.set_input_files(f"#{name}_file", paper)


@pytest.mark.parametrize("which", hundred_and_twenty())
def test_120_lines_are_filed_by_pasting_them_from_a_spreadsheet(browser: Browser, live: str, tmp_path: Path, which: str) -> None:
    """Copied with their heading row, pasted into the sheet, saved and submitted; every line is there, to the last gramme."""
    invoices, note, table = hundred_and_twenty()[which]
    page, complaints = enter(browser, live, EXPORTER)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live}/filing/")
    fill_in_around(page, tmp_path, invoices, note)
    page.evaluate("text => navigator.clipboard.writeText(text)", table)
    page.click("#items-0-marks")
    page.keyboard.press("Control+V")
    page.get_by_text("120 lines are taken").wait_for()
    assert page.locator(".goods-not").count() == 0, page.locator(".goods-taken").inner_text()
    assert page.locator("#goods-left").count() == 0, "everything found its place"
    assert page.locator(".goods-invoices .off").count() == 0, page.locator(".goods-invoices").inner_text()
    pasted = page.evaluate("document.getElementById('goods').sheet.lines.rows")
    page.get_by_role("button", name="Save the draft").last.click()
    page.wait_for_url("**/applications/show/*")
    address = page.url
    page.goto(address.replace("/applications/show/", "/filing/"))
    saved = page.evaluate("document.getElementById('goods').sheet.lines.rows")
    assert [figures(line) for line in saved] == [figures(line) for line in pasted]
    assert len(saved) == 120
    page.goto(address)
    press(page, "Submit and pay")
    assert page.locator("h1").inner_text().startswith("NPA-")
    wait_for_state(page, "Submitted")
    assert complaints == []


def figures(line: list[str]) -> list[str]:
    """A line without idle zeros, which the sheet leaves as they are pasted and the draft fills up."""
    return [re.sub(r"(\.\d*?)0+$", r"\1", text).rstrip(".") if "." in text and text[:1].isdigit() else text for text in line]


def test_the_sheet_is_worked_by_keys_alone(browser: Browser, live: str) -> None:
    """To the next cell, back, copied from above, moved, removed and brought back; and out of the sheet again."""
    page, complaints = enter(browser, live, EXPORTER, width=360)
    page.goto(f"{live}/filing/")
    page.click("#items-0-description")
    keys = page.keyboard

    def rows() -> Any:
        return page.evaluate("document.getElementById('goods').sheet.lines.rows")

    def here() -> str:
        return str(page.evaluate("document.activeElement.closest('td')?.id ?? document.activeElement.tagName"))

    for word in ("Towels", "63026090", "A/1", "12"):
        keys.insert_text(word)
        keys.press("Tab")
    keys.press("Shift+Tab")
    assert here() == "items-0-package_count"
    keys.press("Enter")
    assert here() == "items-1-package_count", "below the last line is a new one"
    keys.press("Control+d")
    keys.press("ArrowLeft")
    keys.insert_text("B/2")
    keys.press("Alt+Enter")
    keys.insert_text("second")
    keys.press("Tab")
    assert [row[2:4] for row in rows()] == [["A/1", "12"], ["B/2\nsecond", "12"]]
    keys.insert_text("99")
    keys.press("Escape")
    assert (rows()[1][3], here()) == ("12", "items-1-package_count")
    keys.press("Alt+ArrowUp")
    assert ([row[2] for row in rows()], here()) == (["B/2\nsecond", "A/1"], "items-0-package_count")
    keys.press("Alt+Shift+ArrowDown")
    assert [row[2] for row in rows()] == ["B/2\nsecond", "B/2\nsecond", "A/1"]
    keys.press("Alt+Delete")
    assert len(rows()) == 2
    keys.press("Control+z")
    assert len(rows()) == 3
    keys.press("Escape")
    assert here() == "BUTTON", "the sheet lets go of the keyboard"
    assert complaints == []


def press(page: Page, label: str, *, tick: bool = False) -> None:
    """Press a button of the state table, and say on the page it opens what it asks for."""
    with page.expect_navigation():  # asked for before the click: afterwards the old page may be the one that is loaded
        page.locator(f"a:has-text('{label}'), button:has-text('{label}')").first.click()
    if "/move/" in page.url:
        if tick:
            page.locator("main input[type=checkbox]").first.check()
        with page.expect_navigation():
            page.locator(f"main form button:has-text('{label}')").first.click()
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


def test_a_query_is_raised_answered_and_approved(browser: Browser, live: str, tmp_path: Path) -> None:
    """The officer marks a line and a paper, the exporter changes these alone, the officer reads what changed and approves."""
    exporter, complaints = enter(browser, live, EXPORTER)
    exporter.goto(f"{live}/filing/")
    fill_in(exporter, tmp_path, gross="1744")
    exporter.get_by_role("button", name="Save the draft").last.click()
    exporter.wait_for_url("**/applications/show/*")
    address = exporter.url
    press(exporter, "Submit and pay")
    number = exporter.locator("h1").inner_text().split()[0]

    officer, more = enter(browser, live, OFFICER)
    officer.goto(f"{live}/desk/list/?_flt_0_number={number}")
    officer.get_by_role("link", name=number).first.click()
    desk = officer.url
    press(officer, "Take up")
    officer.wait_for_function("() => [...document.querySelectorAll('.paper-picture')].some(p => p.naturalWidth > 200)")
    officer.get_by_label("Ask about this: Goods line 1").check()
    officer.get_by_role("button", name="Ask about what is ticked").click()
    officer.select_option("#question-1-reason", "GOODS_UNCLEAR")
    officer.get_by_role("button", name="Another question").click()
    officer.select_option("#question-2-about", index=1)
    officer.fill("#question-2-text", "The second page is missing.")
    officer.get_by_role("button", name="Raise a query").last.click()
    officer.wait_for_url("**/applications/show/*")

    exporter.goto(address)
    press_reply = exporter.get_by_role("link", name="Send the reply").first
    press_reply.click()
    exporter.fill("#q0-description", "Cotton terry bath towels, piece-dyed")
    exporter.set_input_files("#q1-file", tmp_path / "packing_list.pdf")
    exporter.fill("#answer-1", "They are bath towels.")
    exporter.fill("#answer-2", "Here is the whole of it.")
    exporter.get_by_role("button", name="Send the reply", exact=True).click()
    exporter.wait_for_url("**/applications/show/*")

    officer.goto(desk)
    changes = officer.locator("table.changes").inner_text()
    assert "Cotton terry bath towels, piece-dyed" in changes
    assert "invoice.pdf" in changes
    assert "packing_list.pdf" in changes
    press(officer, "Take up")
    press(officer, "Approve", tick=True)
    exporter.goto(address)
    wait_for_state(exporter, "Issued")
    assert [*complaints, *more] == []
