"""A chamber nobody has heard of comes aboard: from the first registration to its first signed certificate, in a real browser."""

import email
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, BrowserContext, Page

from app.certificates.artwork import draw_signature, draw_stamp
from tests.factories import pdf
from tests.people import EXPORTER, PASSWORD, SUPERVISOR
from tests.running import environment, free_port, servers, started
from tests.test_browser import NEEDS_CHROMIUM, browser, fill_in, press, wait_for_state

__all__ = ["browser"]  # the fixture
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.servers,
    NEEDS_CHROMIUM,
]
CHIEF, OFFICER = "secretary@kecc.example", "asha.menon@kecc.example"
NEW_PASSWORD = "seven brass lamps at dusk"
MOST = 60  # clicks and fields for each person


class Letterbox:
    """A real mail server on loopback; what came in, by recipient."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content)
        text = message.get_payload(decode=True)
        assert isinstance(text, bytes)
        self.mails += [(recipient, text.decode()) for recipient in envelope.rcpt_tos]
        return "250 OK"

    def wait_for(self, recipient: str, pattern: str) -> str:
        """The first group of the pattern in the newest mail to somebody that has it."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            for to, text in reversed(self.mails):
                if to == recipient and (found := re.search(pattern, text)):
                    return found[1]
            time.sleep(0.1)
        raise AssertionError(f"no mail to {recipient} with {pattern}: {self.mails}")


class Somebody:
    """A person before a screen, with every click and every field counted."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.base, self.efforts = base, 0
        self.complaints: list[str] = []
        context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        self.page: Page = context.new_page()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    def fill(self, selector: str, text: str) -> None:
        self.efforts += 1
        self.page.fill(selector, text)

    def choose(self, selector: str, label: str) -> None:
        self.efforts += 1
        option = self.page.locator(f"{selector} option").filter(has_text=label).first
        self.page.select_option(selector, option.get_attribute("value"))

    def upload(self, selector: str, path: Path) -> None:
        self.efforts += 1
        self.page.set_input_files(selector, path)

    def tick(self, selector: str) -> None:
        self.efforts += 1
        self.page.check(selector)

    def press(self, label: str) -> None:
        """A button or a link with these words."""
        self.efforts += 1
        self.page.locator(f"main a:has-text('{label}'), main button:has-text('{label}')").first.click()
        self.page.wait_for_load_state()

    def save(self) -> None:
        """A generated form, which leads away when it is kept."""
        self.press("Save")
        assert not self.page.url.endswith("/add"), self.page.locator("main").inner_text()[:800]

    def move(self, label: str, **fields: str) -> None:
        """A button of the state table, and what its page asks for."""
        self.press(label)
        for name, text in fields.items():
            self.fill(f"#{name}", text)
        if "/move/" in self.page.url:
            self.efforts += 1
            self.page.locator(f"main form button:has-text('{label}')").first.click()
            self.page.wait_for_load_state()
        assert "/move/" not in self.page.url, self.page.locator("main").inner_text()[:500]

    def log_in(self, name: str, password: str) -> None:
        self.open("/login/")
        self.fill("input[name=username]", name)
        self.fill("input[name=password]", password)
        self.efforts += 1
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/login" not in url)

    def change_the_password(self, issued: str) -> None:
        """Whoever has an issued password is led here at once."""
        assert "/account/password" in self.page.url
        for name, text in (("old", issued), ("new", NEW_PASSWORD), ("again", NEW_PASSWORD)):
            self.fill(f"#{name}", text)
        self.press("Set the password")
        assert "/account/password" not in self.page.url, self.page.locator("main").inner_text()[:500]

    def register(self, box: Letterbox, role: str, name: str, address: str, office: str = "", letter: Path | None = None) -> None:
        """The public form, and the code from the mail."""
        self.open("/register/agency")
        self.choose("#agency", "Konkan Export Chamber")
        self.tick(f"#role-{role}")
        if office:
            self.choose("#office", office)
        for field, text in (("full_name", name), ("designation", "Certification"), ("email", address), ("mobile", "9876543210")):
            self.fill(f"#{field}", text)
        if letter is not None:
            self.upload("#letter", letter)
        self.tick("#undertaking")
        self.press("Send the code to my e-mail")
        self.fill("#code", box.wait_for(address, r"\b(\d{6})\b"))
        self.press("Prove my e-mail address")
        assert self.page.get_by_text("Your e-mail address is proven").is_visible()


@pytest.fixture(scope="module")
def box() -> Iterator[Letterbox]:
    """The mail server."""
    letterbox = Letterbox()
    server = Controller(letterbox, hostname="127.0.0.1", port=free_port())
    server.start()
    letterbox.port = server.port  # type: ignore[attr-defined]  # for the fixture below
    yield letterbox
    server.stop()


@pytest.fixture(scope="module")
def base(box: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real thing with a real mail server; on PostgreSQL and Redis where the tests have them."""
    surroundings = environment(tmp_path_factory.mktemp("aboard") / "home")
    surroundings |= {"MAIL_URL": f"smtp://127.0.0.1:{box.port}", "MAIL_FROM": "udgam@dgft.example"}
    with servers() as addresses, started(surroundings | addresses):
        yield f"http://127.0.0.1:{surroundings['PORT']}"


def test_a_new_agency_comes_aboard_and_signs(browser: Browser, base: str, box: Letterbox, tmp_path: Path) -> None:
    """Four people, real mail, fewer than sixty clicks and fields each; the certificate is signed at the end."""
    dgft, chief, officer, exporter = (Somebody(browser, base) for _ in range(4))
    letter, stamp, signature = (tmp_path / name for name in ("letter.pdf", "stamp.png", "signature.png"))
    letter.write_bytes(pdf("On the letterhead of the chamber"))
    stamp.write_bytes(draw_stamp("Konkan Export Chamber", "Ratnagiri"))
    signature.write_bytes(draw_signature("Asha Menon"))

    dgft.log_in(SUPERVISOR, PASSWORD)
    dgft.open("/agencies/add")
    for name, text in (("code", "KECC"), ("name", "Konkan Export Chamber"), ("official_email", CHIEF), ("city", "Ratnagiri"),
                       ("email_domains", "kecc.example")):  # fmt: skip
        dgft.fill(f"#{name}", text)
    dgft.save()

    chief.register(box, "administrator", "Ravi Kadam", CHIEF, letter=letter)
    dgft.open("/notices/")
    dgft.press("Ravi Kadam")
    dgft.move("Activate")
    issued = box.wait_for(CHIEF, r"Password: (\S+)")
    chief.log_in(CHIEF, issued)
    chief.change_the_password(issued)
    chief.open("/offices/add")
    for name, text in (("code", "001"), ("name", "Head Office, Ratnagiri"), ("address1", "Mandvi Road 4"), ("city", "Ratnagiri"),
                       ("state_code", "27"), ("pin", "415612"), ("phone", "02352 222333"), ("email", CHIEF)):  # fmt: skip
        chief.fill(f"#{name}", text)
    chief.save()
    chief.press("001")
    chief.press("Stamp")
    chief.upload("#picture", stamp)
    chief.press("Send and look at it")
    chief.press("Use from now on")

    officer.register(box, "officer", "Asha Menon", OFFICER, office="Ratnagiri")
    chief.open("/notices/")
    chief.press("Asha Menon")
    chief.move("Activate")
    chief.press("Signature image")
    chief.upload("#picture", signature)
    chief.press("Send and look at it")
    chief.press("Use from now on")

    issued = box.wait_for(OFFICER, r"Password: (\S+)")
    officer.log_in(OFFICER, issued)
    officer.change_the_password(issued)
    officer.open("/dsc/")
    officer.press("Make a demonstration certificate")

    chief.open("/onboarding/")
    assert chief.page.get_by_text("Nothing is missing").is_visible() or "Go live" in chief.page.locator("main").inner_text()
    chief.move("Go live")

    exporter.log_in(EXPORTER, PASSWORD)
    exporter.open("/filing/")
    fill_in(exporter.page, tmp_path, office="KECC/001", gross="1744")
    exporter.page.get_by_role("button", name="Save the draft").last.click()
    exporter.page.wait_for_url("**/applications/show/*")
    address = exporter.page.url
    press(exporter.page, "Submit and pay")
    number = exporter.page.locator("h1").inner_text().split()[0]
    officer.open(f"/desk/list/?_flt_0_number={number}")
    officer.press(number)
    press(officer.page, "Take up")
    press(officer.page, "Approve", tick=True)
    exporter.page.goto(address)
    wait_for_state(exporter.page, "Issued")
    exporter.press("Open the certificate")
    assert exporter.page.locator("h1").inner_text().startswith("KECC/")
    efforts = {"DGFT": dgft.efforts, "administrator": chief.efforts, "officer": officer.efforts}
    assert max(efforts.values()) < MOST, efforts
    assert [said for person in (dgft, chief, officer, exporter) for said in person.complaints] == []
