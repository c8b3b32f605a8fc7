"""The e-sign provider in a test's hands: the real sandbox within this process, bent where a test wants it bent."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.demo.cast import at_esign
from app.signing.sandbox_esign import Asked, Provider
from app.signing.sandbox_esign_keys import Keys, keys_in
from tests.signing.stamps import settings

PEOPLE: Any = at_esign()
NUMBERS = {each["name"]: each["number"] for each in PEOPLE["people"]}
BACK = "http://127.0.0.1:8080/esign/back"
SIGNER = "Meera Patel"


class Bent(Provider):
    """The sandbox; `bend` makes another answer of a request than the sandbox would."""

    bend: Callable[["Bent", Asked], bytes] | None = None

    def signed(self, asked: Asked, name: str) -> bytes:
        """What a test wants to be answered, or what the sandbox answers."""
        return super().signed(asked, name) if self.bend is None else self.bend(self, asked)

    def answers(self, fields: dict[str, str], name: str = SIGNER, **said: str) -> str:
        """The person at the provider's page does everything right, or as `said`; what their browser brings back."""
        asked = self.known[self.take(fields["eSignRequest"].encode())]
        given = {"number": NUMBERS[name], "otp": self.otp, "consent": "yes", "do": "sign"} | said
        assert self.decide(asked, given) == ""
        return asked.answer.decode()


@contextmanager
def at_hand(app: Flask, folder: Path) -> Iterator[Bent]:
    """Within the block the program knows this provider; its keys are made once in the folder."""
    provider = Bent(keys_in(folder), BACK, PEOPLE["people"], PEOPLE["otp"])
    told = {
        "ESIGN_PROVIDER": "sandbox", "ESIGN_URL": "http://127.0.0.1:8084/esign", "ESIGN_ASP_ID": provider.asp_id,
        "ESIGN_ASP_KEY": str(folder / "asp.pem"), "ESIGN_RESPONSE_CERT": str(folder / "response.pem"),
        "ESIGN_ROOTS": str(folder / "root.pem"), "BASE_URL": BACK.removesuffix("/esign/back"),
    }  # fmt: skip
    with settings(app, **told):
        yield provider


def other_keys(folder: Path) -> Keys:
    """Keys of somebody else, who calls himself the same."""
    return keys_in(folder)


def fields_on(page: str) -> dict[str, str]:
    """The hidden fields of the form that leads to the provider, or back from it."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def begun(browser: FlaskClient, pk: int) -> tuple[int, dict[str, str]]:
    """Somebody agrees on the page of an application: the order's number, and the form that leads to the provider."""
    sent = browser.post(f"/esign/begin/{pk}", data={"consent": "yes"})
    assert sent.status_code == 302, sent.status_code
    place = sent.headers["Location"]
    assert place.endswith("/send"), place
    page = browser.get(place)
    assert page.status_code == 200
    return int(place.split("/")[2]), fields_on(page.get_data(as_text=True))


def came_back(app: Flask, answer: str) -> Any:
    """The browser posts the answer here from the provider's site: no cookie comes with it."""
    return app.test_client(use_cookies=False).post("/esign/back", data={"eSignResponse": answer, "espTxnID": "x"})
