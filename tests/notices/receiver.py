"""A firm's own system: a real HTTP server that checks signatures as docs/api.md tells it to, and answers as a test wants."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What came, and what is answered: a status for each call, the last one for all that follow."""

    address: str = ""
    secret: str = ""
    answers: list[int] = field(default_factory=lambda: [204])
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    slow: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def said(self) -> list[dict[str, Any]]:
        """The bodies, as they came."""
        return [json.loads(body) for _headers, body in self.calls]

    def is_genuine(self, number: int = -1, secret: str = "", now: float | None = None) -> bool:
        """Does the call carry a signature by this secret, not older than five minutes?"""
        headers, body = self.calls[number]
        parts = [part.partition("=")[::2] for part in headers["Udgam-Signature"].split(",")]
        at = dict(parts)["t"]
        wanted = hmac.new((secret or self.secret).encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        fresh = abs((now or time.time()) - int(at)) <= 300
        return fresh and any(name == "v1" and hmac.compare_digest(value, wanted) for name, value in parts)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens on this machine."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.calls.append((dict(self.headers), body))
            status = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if receiver.slow:
                self.send_header("Content-Length", "1000")
            self.end_headers()
            end = time.monotonic() + receiver.slow
            while time.monotonic() < end:
                try:
                    self.wfile.write(b".")
                except OSError:
                    return
                time.sleep(0.05)

        def log_message(self, *_words: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver.address = f"http://127.0.0.1:{server.server_port}/udgam?from=test"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
