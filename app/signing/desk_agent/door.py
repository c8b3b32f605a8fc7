"""What a page in this computer's browser may ask of the agent; everybody else is refused before anything is read."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.signing.desk_agent.pairing import Folder, Pairing
from app.signing.desk_agent.sealed import LARGEST, Refused, open_order
from app.signing.desk_agent.work import Work

VERSION = "1"
LOOPBACK = "127.0.0.1"
NOT_HERE = "There is nothing at this address."


class Door(ThreadingHTTPServer):
    """Listens on this computer only."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, pairing: Pairing, folder: Folder, work: Work) -> None:
        self.pairing, self.folder, self.work = pairing, folder, work
        super().__init__((LOOPBACK, port), Visitor)
        self.names = {f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost")}


class Visitor(BaseHTTPRequestHandler):
    """One request: to the right name, from a page of the paired server, in the right form, or it ends here."""

    server: Door
    server_version, sys_version = "UdgamDeskAgent", ""
    protocol_version = "HTTP/1.1"
    timeout = 15
    read = False  # was the body read?

    def do_OPTIONS(self) -> None:
        """The browser asks on behalf of a page whether it may ask."""
        self._answer(lambda: (204, None))

    def do_GET(self) -> None:
        """How the agent is, or how far an order is."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """A sealed order, or the wish that the sitting end."""
        self._answer(self._post)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what matters is said on the terminal, and no log can then hold what should not be in one."""

    def _get(self) -> tuple[int, Any]:
        address = urlsplit(self.path)
        if address.path == "/state":
            return 200, {"version": VERSION, "fingerprint": self.server.pairing.fingerprint} | self.server.work.told()
        name = address.path.removeprefix("/orders/")
        if name == address.path:
            raise Refused(404, "unknown", NOT_HERE)
        since = parse_qs(address.query).get("since", ["0"])[0]
        task = self.server.work.task(name)
        told = task.told(int(since) if since.isascii() and since.isdigit() else 0)
        if task.refusal is None:
            return 200, told
        return task.refusal.status, told | _words(task.refusal)

    def _post(self) -> tuple[int, Any]:
        said = self._body()
        if self.path == "/end":
            self.server.work.end_soon()
            return 202, {}
        if self.path != "/orders":
            raise Refused(404, "unknown", NOT_HERE)
        pairing, work = self.server.pairing, self.server.work
        order = open_order(said, pairing.key, self._origin(), work.now())
        if not self.server.folder.use(order.id, order.expires):
            raise Refused(409, "replayed", "This order was given before. Press Sign on the page again for a new one.")
        return 202, {"id": order.id, **work.take(order).told(0)}

    def _answer(self, act: Callable[[], tuple[int, Any]]) -> None:
        self.read = False
        try:
            self._must_be_welcome()
            status, body = act()
        except Refused as refusal:
            status, body = refusal.status, _words(refusal)
            self._swallow()
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in self._headers().items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _must_be_welcome(self) -> None:
        """The name first: a page that had its own name pointed at this computer would send its own (DNS rebinding)."""
        if self.headers.get("Host", "") not in self.server.names:
            raise Refused(421, "other_host", "The agent answers to its own name only.")
        if self._origin() != self.server.pairing.origin:
            raise Refused(403, "other_origin", "The agent listens to pages of the server it is paired with only.")

    def _origin(self) -> str:
        return str(self.headers.get("Origin", ""))

    def _swallow(self) -> None:
        """Read away what was sent and not looked at, or the browser would see a broken connection instead of the refusal."""
        length = self.headers.get("Content-Length", "0")
        if not self.read and length.isascii() and length.isdigit() and int(length) <= LARGEST:
            self.rfile.read(int(length))
        self.close_connection = True

    def _body(self) -> Any:
        """The JSON of the request; its type is one that a browser sends only after it has asked."""
        length = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != "application/json" or not (length.isascii() and length.isdigit()):
            raise Refused(400, "unreadable", "The agent takes JSON of a stated length.")
        if int(length) > LARGEST:
            raise Refused(413, "too_large", "This is more than an order can be.")
        self.read = True
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise Refused(400, "unreadable", "The agent takes JSON.") from error

    def _headers(self) -> dict[str, str]:
        """Only the paired pages may read an answer; browsers also ask whether a page may reach this computer at all."""
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if self._origin() == self.server.pairing.origin:
            headers |= {
                "Access-Control-Allow-Origin": self.server.pairing.origin,
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": "Content-Type",
                "Access-Control-Allow-Private-Network": "true",
                "Access-Control-Max-Age": "600",
            }
        return headers | {"Vary": "Origin"}


def _words(refusal: Refused) -> dict[str, Any]:
    return {"error": refusal.code, "sentence": refusal.sentence} | refusal.more
