"""DGFT's log-in in a test's hands: the sandbox on a real port, bent where a test wants it bent, and the way through it."""

import itertools
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask

from app.exporters.sandbox_provider import Counter, Provider
from tests.people import CLERK, EXPORTER, PASSWORD

HERE = "http://127.0.0.1:8080"  # where the test's browser believes to be
SECRET = "oidc-secret-of-the-tests-0123456789"
MEERA, KIRAN, RAVI, GHOST = "DGFT-100241", "DGFT-100242", "DGFT-100512", "DGFT-900001"
PEOPLE = [
    {"sub": MEERA, "name": "Meera Patel", "email": EXPORTER, "email_verified": True},
    {"sub": KIRAN, "name": "Kiran Desai", "email": CLERK, "email_verified": True},
    {"sub": RAVI, "name": "Ravi Menon", "email": "newcomer@mail.example", "email_verified": True},
]


class Bent(Provider):
    """The sandbox; `bend` lists what it does otherwise, by the name of what it bends."""

    def __init__(self, issuer: str) -> None:
        people = [dict(each) for each in PEOPLE]
        super().__init__(issuer, "udgam", SECRET, f"{HERE}/login/dgft/back", PASSWORD, people)
        self.bend: dict[str, Callable[[Any], Any]] = {}
        self.asked: list[str] = []
        self.heard_out = False  # somebody listened to an answer that never ends, to its end

    def _bent(self, name: str, value: Any) -> Any:
        return self.bend[name](value) if name in self.bend else value

    def discovery(self) -> dict[str, Any]:
        return self._bent("discovery", super().discovery())

    def keys(self) -> dict[str, Any]:
        return self._bent("keys", super().keys())

    def claims(self, asked: dict[str, str], person: dict[str, Any]) -> dict[str, Any]:
        return self._bent("claims", super().claims(asked, person))

    def sign(self, claims: dict[str, Any]) -> str:
        return self._bent("sign", super().sign(claims))

    def redeem(self, said: dict[str, str]) -> dict[str, Any] | None:
        return self._bent("redeem", super().redeem(said))


class Noted(Counter):
    """Each address asked for is noted; a bend may answer in its own way."""

    provider: Bent

    def do_GET(self) -> None:
        self.provider.asked.append(self.path.partition("?")[0])
        super().do_GET()

    def do_POST(self) -> None:
        self.provider.asked.append(self.path.partition("?")[0])
        super().do_POST()

    def plainly(self, status: int, said: Any) -> None:
        """An answer of the test's own."""
        super().answer(status, said)

    def answer(self, status: int, said: Any, kind: str = "application/json") -> None:
        bend = self.provider.bend.get(f"answer {self.path.partition('?')[0]}")
        if bend is None:
            super().answer(status, said, kind)
        else:
            bend(self)


@contextmanager
def serving(app: Flask, monkeypatch: Any) -> Iterator[Bent]:
    """The sandbox on a port of this machine, and the program told of it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Noted) as server:
        provider = Bent(f"http://127.0.0.1:{server.server_port}")
        server.RequestHandlerClass = type("Ours", (Noted,), {"provider": provider})
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        settings = {"OIDC_PROVIDER": "sandbox", "OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": "udgam",
                    "OIDC_CLIENT_SECRET": SECRET, "BASE_URL": HERE}  # fmt: skip
        for name, value in settings.items():
            monkeypatch.setitem(app.config, name, value)
        try:
            yield provider
        finally:
            server.shutdown()


_doors = itertools.count(1)  # each browser has an address of its own: failures are counted by address


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


class Door:
    """A browser at Udgam that goes to DGFT's log-in and comes back."""

    def __init__(self, app: Flask, said: str = "Firefox/140.0 Windows") -> None:
        self.client = app.test_client()
        self.client.environ_base |= {"HTTP_USER_AGENT": said, "REMOTE_ADDR": f"198.18.{next(_doors)}.1"}

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, base_url=HERE, **more)

    def begin(self, way: str = "") -> str:
        """Press the button; the address at DGFT one is sent to."""
        answer = self.get("/login/dgft/", query_string={"next": way} if way else None)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def decide(self, there: str, sub: str = "", password: str = PASSWORD, do: str = "in") -> str:
        """Log in at DGFT, or press another button; the address one is sent back to."""
        form = urllib.parse.urlencode({"sub": sub, "password": password, "do": do}).encode()
        with pytest.raises(urllib.error.HTTPError) as led:
            urllib.request.build_opener(_Stay).open(there, form, timeout=60)
        led.value.close()
        assert led.value.code == 303
        return str(led.value.headers["Location"])

    def come_back(self, back: str) -> Any:
        """The browser follows the way back."""
        assert back.startswith(f"{HERE}/login/dgft/back?")
        return self.get(back.removeprefix(HERE))

    def enter(self, sub: str = MEERA, way: str = "") -> Any:
        """All of it."""
        return self.come_back(self.decide(self.begin(way), sub))

    def refused(self, answer: Any) -> str:
        """The sentence on the log-in page, to which every refusal leads; and nobody is logged in."""
        assert answer.status_code == 302, answer.text
        assert answer.headers["Location"].startswith("/login/"), answer.headers["Location"]
        page = self.get(answer.headers["Location"])
        assert page.status_code == 200
        assert self.get("/account/").status_code == 302
        return str(page.text)
