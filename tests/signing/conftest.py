"""Throw-away authorities, key files and a printed page, made once for all tests of signing."""

from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from reportlab.pdfgen.canvas import Canvas

from app.signing import certcheck, testca
from app.signing.signer import Order
from app.signing.soft import SoftSigner
from tests.browserlike import StrictClient
from tests.factories import settle

OFFICER = "Asha Rao"
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Holder:
    """Somebody with a key file."""

    p12: bytes
    certificate: bytes  # PEM

    @property
    def sha256(self) -> str:
        """The fingerprint the register keeps."""
        return certcheck.read(self.certificate).sha256


@pytest.fixture(scope="session")
def authority() -> testca.Authority:
    """The authority that is trusted."""
    return testca.make_authority("Udgam")


@pytest.fixture(scope="session")
def rogue() -> testca.Authority:
    """An authority with the same name that nobody trusts."""
    return testca.make_authority("Udgam")


@pytest.fixture(scope="session")
def officer(authority: testca.Authority) -> Holder:
    """The officer, with the usual RSA key."""
    return Holder(*authority.issue(OFFICER, "Federation of Exporters"))


@pytest.fixture(scope="session")
def officer_p256(authority: testca.Authority) -> Holder:
    """The officer, with a key on curve P-256."""
    return Holder(*authority.issue(OFFICER, "Federation of Exporters", key="p256"))


@pytest.fixture(scope="session")
def page() -> bytes:
    """A certificate as it is printed, its words readable in the file so that a test can alter them."""
    return printed("Certificate of origin: 100 boxes of tea, Balaji Exports")


@pytest.fixture(scope="session")
def signed(authority: testca.Authority, officer: Holder, page: bytes) -> bytes:
    """The page, signed by the officer."""
    return sign(order(page, officer, authority), officer)


class Apart(StrictClient):
    """A browser whose requests know nothing of the test's own session, as in real life."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        settle()
        return Context().run(super().open, *args, **kwargs)


@pytest.fixture
def login(app: Flask, login: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> Callable[..., FlaskClient]:
    """As ever, for tests that look into the rows between two requests."""
    monkeypatch.setattr(app, "test_client_class", Apart)
    return login


def printed(words: str) -> bytes:
    """A page with these words."""
    file = BytesIO()
    canvas = Canvas(file, invariant=1, pageCompression=0)
    canvas.drawString(72, 720, words)
    canvas.save()
    return file.getvalue()


def order(pdf: bytes, holder: Holder, authority: testca.Authority) -> Order:
    """The order to sign this file with this holder's certificate."""
    return Order(pdf, holder.certificate, (authority.chain_pem,), OFFICER, "Certificate of origin issued", "New Delhi", NOW)


def sign(ordered: Order, holder: Holder) -> bytes:
    """What the holder's key file makes of the order."""
    done = SoftSigner(holder.p12, testca.PASSPHRASE, "demo").start(ordered)
    assert isinstance(done, bytes)
    return done


@pytest.fixture(scope="session")
def make_order() -> Callable[[bytes, Holder, testca.Authority], Order]:
    """`order`, for tests that build their own."""
    return order


@pytest.fixture(scope="session")
def make_signed() -> Callable[[Order, Holder], bytes]:
    """`sign`, for tests that sign their own."""
    return sign


@pytest.fixture(scope="session")
def make_holder() -> type[Holder]:
    """`Holder`, for tests that issue their own certificates."""
    return Holder
