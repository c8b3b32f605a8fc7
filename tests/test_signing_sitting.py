"""An officer's sitting in a real browser with a real token: paired, registered, fifty certificates signed with one PIN."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests import factories
from tests.people import OFFICER
from tests.running import until
from tests.signing.at_desk import ASKS_PIN, AgentAtDesk
from tests.signing.bench import FIRM
from tests.signing.softhsm import NEEDED, PIN
from tests.signing.token_house import token_house
from tests.test_acceptance import House
from tests.test_browser import NEEDS_CHROMIUM, browser, enter  # noqa: F401  the fixture is used by pytest

MANY, CLOSED_AFTER = 50, 10
SHOTS = os.environ.get("SHOTS", "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.servers,
    NEEDS_CHROMIUM,
    NEEDED,
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, AgentAtDesk]]:
    """A house of its own, a token with the officer's two certificates, and an agent that nobody has paired yet."""
    folder = tmp_path_factory.mktemp("sitting")
    with token_house(folder, "R. K. Srinivasan", FIRM, "sign", "encrypt", UDGAM_WORKERS="2") as found:
        yield found


def shot(page: Page, name: str) -> None:
    """A picture, when somebody wants to look."""
    if SHOTS:
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


def typed(agent: AgentAtDesk, before: int) -> None:
    """The officer turns to the agent's window and types the PIN there."""
    assert agent.shows(ASKS_PIN, before + 1, 180), agent.screen[-1500:]
    agent.type(PIN)


def test_the_agent_is_paired_and_the_certificate_registered(
    browser: Browser,  # noqa: F811  a fixture's name
    desk: tuple[House, AgentAtDesk],
) -> None:
    """By the page's own words: look for the agent, paste the code, show the certificates, choose the only one."""
    house, agent = desk
    page, complaints = enter(browser, house.base, OFFICER)
    page.goto(f"{house.base}/desk-agent/")
    page.get_by_text("not found", exact=True).wait_for()
    shot(page, "agent-away")
    assert agent.shows("Paste the pairing code")
    agent.type(page.locator("#pairing").inner_text())
    agent.ready()
    page.get_by_role("button", name="Look again").click()
    page.get_by_text("running", exact=True).wait_for()
    page.get_by_role("button", name="Show the certificates on my token").click()
    page.locator("#said", has_text="Type your PIN in the window of the desk agent").wait_for()
    shot(page, "agent-pin")
    typed(agent, 0)
    chosen = page.get_by_role("button", name="Register this one")
    chosen.wait_for()
    shot(page, "agent-found")
    assert chosen.count() == 1, "the one for encryption is not offered"
    chosen.click()
    page.wait_for_url("**/dsc/")
    assert page.get_by_text("With its holder, on a token or computer").is_visible()
    shot(page, "registered")
    page.goto(f"{house.base}/to-sign/")
    assert "Nothing waits for your signature" in page.inner_text("main")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert agent.asked() == 1
    assert not [each for each in complaints if "ERR_CONNECTION_REFUSED" not in each]
    assert agent.ask("POST", "/end", {})[0] == 202
    assert agent.shows("Ended on the page")


def test_a_sitting_of_fifty_with_one_pin(
    browser: Browser,  # noqa: F811  a fixture's name
    desk: tuple[House, AgentAtDesk],
) -> None:
    """Press Sign, type the PIN, close the page in the middle, come back and press again: all issued, one PIN for all."""
    house, agent = desk
    pks = [house.on_the_desk(factories.filing()) for _ in range(MANY)]
    for pk in pks:
        assert house.officer.send(f"/api/v1/applications/{pk}/approve", {})["result"]["status"] == "APPROVED"
    page, complaints = enter(browser, house.base, OFFICER)
    policies: dict[str, str] = {}
    page.on("response", lambda answer: policies.setdefault(answer.url, answer.headers.get("content-security-policy", "")))
    page.goto(f"{house.base}/to-sign/")
    page.get_by_text("running", exact=True).wait_for()
    shot(page, "to-sign")
    before = agent.asked()
    page.get_by_role("button", name="Sign the chosen ones").click()
    typed(agent, before)
    assert until(lambda: signed(page) >= CLOSED_AFTER, 300), page.inner_text("main")[:800]
    shot(page, "sitting")
    page.close()

    page, more = enter(browser, house.base, OFFICER)
    page.goto(f"{house.base}/to-sign/")
    page.get_by_text("running", exact=True).wait_for()
    shot(page, "resumed")
    if page.locator("#to-sign").count():
        page.get_by_role("button", name="Sign the chosen ones").click()
        page.get_by_text("signed and issued. You may close this page.").wait_for(timeout=300_000)
        shot(page, "done")
    assert agent.asked() == before + 1, "one PIN"
    assert until(lambda: all(house.is_issued(pk) for pk in pks), 300)
    numbers = sorted(house.certificate(pk)["number"] for pk in pks)
    assert len(set(numbers)) == MANY
    assert [fee for pk in pks for fee in house.fees(pk)] == [-20_000] * MANY
    house.command("check")
    house.command("prove")
    assert [*complaints, *more] == []
    assert f"connect-src 'self' http://127.0.0.1:{agent.port};" in policies[f"{house.base}/to-sign/"]
    page.goto(f"{house.base}/desk/list/")
    assert "connect-src" not in policies.get(f"{house.base}/desk/list/", "")
    page.set_viewport_size({"width": 360, "height": 900})
    for address in ("/to-sign/", "/desk-agent/", "/dsc/"):
        page.goto(house.base + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address


def test_the_pin_was_nowhere_but_at_the_token(desk: tuple[House, AgentAtDesk]) -> None:
    """Not in the server's database, documents, queue and logs, not in what the agent keeps, not on its terminal."""
    house, agent = desk
    folder = Path(house.surroundings["UDGAM_HOME"]).parent
    looked = 0
    for file in folder.rglob("*"):
        if file.is_file() and "tokens" not in file.parts:
            looked += 1
            assert PIN.encode() not in file.read_bytes(), file
    assert looked > MANY
    assert PIN not in agent.screen


def signed(page: Page) -> int:
    """How many the page says are signed."""
    found: Any = re.match(r"(\d+) of", page.locator("#progress-words").inner_text())
    return int(found[1]) if found else 0
