"""An exporter with a real token in a real browser: registered, submitted with one PIN typed at the agent, and the books agree."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import factories
from tests.people import EXPORTER
from tests.signing.at_desk import AgentAtDesk
from tests.signing.softhsm import PIN
from tests.signing.token_house import token_house
from tests.test_acceptance import House
from tests.test_browser import enter
from tests.test_signing_sitting import browser, pytestmark, shot, typed  # noqa: F401  fixture and marks are used by pytest

FIRM = "Shree Balaji Textiles & Overseas Pvt. Ltd."


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, AgentAtDesk]]:
    """A house of its own, and the exporter's token behind an agent that nobody has paired yet."""
    with token_house(tmp_path_factory.mktemp("token"), "Meera Patel", FIRM, "sign") as found:
        yield found


def test_registered_and_submitted_with_the_token(browser: Browser, desk: tuple[House, AgentAtDesk]) -> None:  # noqa: F811  a fixture's name
    """Two drafts, a wrong PIN, then one PIN for both; the third is submitted while the sitting is open, without another."""
    house, agent = desk
    page, complaints = enter(browser, house.base, EXPORTER)
    page.goto(f"{house.base}/desk-agent/")
    assert agent.shows("Paste the pairing code")
    agent.type(page.locator("#pairing").inner_text())
    agent.ready()
    page.get_by_role("button", name="Look again").click()
    page.get_by_role("button", name="Show the certificates on my token").click()
    typed(agent, 0)
    page.get_by_role("button", name="Register this one").click()
    page.wait_for_url("**/dsc/")
    assert agent.ask("POST", "/end", {})[0] == 202
    assert agent.shows("Ended on the page")

    pks = []
    for _ in range(3):
        pk = int(house.clerk.send("/api/v1/applications/", factories.filing())["id"])
        for kind in ("INVOICE", "PACKING_LIST"):
            house.clerk.upload(f"/api/v1/applications/{pk}/attachments", f"{kind}.pdf", factories.pdf(kind), kind=kind)
        pks.append(pk)
    for pk in pks[:2]:
        page.goto(f"{house.base}/applications/move/{pk}/submit")
        shot(page, "submit")
        page.get_by_role("button", name="Submit and pay", exact=True).click()
        page.wait_for_url("**/with-token/")
    page.get_by_text("running", exact=True).wait_for()
    shot(page, "waits")
    before = agent.asked()
    page.get_by_role("button", name="Sign", exact=True).click()
    assert agent.shows("PIN of the token", before + 1)
    shot(page, "pin")
    agent.type("not the PIN")
    expect(page.locator("#trouble")).to_contain_text("PIN")
    shot(page, "wrong-pin")
    assert {house.application(pk)["status"] for pk in pks} == {"DRAFT"}
    page.get_by_role("button", name="Sign", exact=True).click()
    typed(agent, before + 1)
    expect(page.locator("#said")).to_have_text("Signed and sent.", timeout=60_000)
    shot(page, "sent")
    assert "asks you to sign 2 applications:" in agent.screen
    assert [house.application(pk)["status"] for pk in pks] == ["SUBMITTED", "SUBMITTED", "DRAFT"]

    page.goto(f"{house.base}/applications/move/{pks[2]}/submit")
    page.get_by_role("button", name="Submit and pay", exact=True).click()
    page.get_by_text("running", exact=True).wait_for()
    page.get_by_role("button", name="Sign", exact=True).click()
    page.wait_for_url(f"**/applications/show/{pks[2]}")
    assert (house.application(pks[2])["status"], agent.asked()) == ("SUBMITTED", before + 2)
    assert house.wallet()[1] == 3 * 20_000
    house.command("check")
    house.command("prove")
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(f"{house.base}/with-token/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expected = ("ERR_CONNECTION_REFUSED", f"403 (Forbidden) http://127.0.0.1:{agent.port}/orders/")  # no agent yet; the wrong PIN
    assert [each for each in complaints if not any(words in each for words in expected)] == []
    kept = [file for file in Path(house.home).parent.rglob("*") if file.is_file() and "tokens" not in file.parts]
    assert [file for file in kept if PIN.encode() in file.read_bytes()] == []
