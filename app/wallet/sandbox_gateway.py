"""A payment gateway for the demonstration and the tests: no money, but the same signed words as a real one.

`python -m app.wallet.sandbox_gateway --port 8081 --secret-file FILE --callback http://127.0.0.1:8080/gateway/callback`
It is a program of its own with the standard library only, and knows nothing of Udgam but the words they exchange:
POST /orders and POST /state, signed by the shop, and GET /pay/ORDER, where a person plays the payer. Orders are kept in
memory. What was decided is told to the callback up to five times, and asked for again with /state.
"""

import argparse
import hashlib
import hmac
import html
import json
import secrets
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SIGNATURE = "X-Gateway-Signature"
TRIES, PAUSE, MOST_BYTES, MOST_ORDERS = 5, 1.0, 16 * 1024, 10_000
WINDOW_SECONDS = 300
CHOICES = (
    ("pay", "Pay"),
    ("fail", "Let the payment fail"),
    ("lose", "Pay, but lose the message to the shop"),
    ("leave", "Leave without paying"),
)
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1rem/1.5 sans-serif;margin:0;background:#eef0f4;color:#1b2333}}main{{max-width:30rem;margin:2rem auto;
padding:1.25rem 1.5rem;background:#fff;border:1px solid #c5cad6;border-radius:6px}}h1{{font-size:1.375rem;margin:0 0 .25rem}}
.sum{{font-size:2rem;font-weight:650;margin:.5rem 0}}p{{margin:.25rem 0 .75rem}}small{{color:#515b6e}}button{{display:block;
width:100%;min-height:2.75rem;margin:.5rem 0;font:inherit;border:1px solid #5a6480;border-radius:6px;background:#fff}}
button[value=pay]{{background:#284b9b;border-color:#284b9b;color:#fff;font-weight:600}}</style></head>
<body><main><p><small>Sandbox payment gateway. No money moves here.</small></p>{body}</main></body></html>"""


@dataclass
class Book:
    """The orders this gateway knows, with one lock for all of them."""

    secret: bytes
    callback: str
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sign(self, body: bytes) -> str:
        """HMAC-SHA256 of the very bytes."""
        return hmac.new(self.secret, body, hashlib.sha256).hexdigest()

    def take(self, said: dict[str, Any]) -> bool:
        """Know an order; the same one again is fine, another one under its name is not."""
        named = {name: said[name] for name in ("order_id", "amount_paise", "currency", "payer", "return_url")}
        with self.lock:
            known = self.orders.get(named["order_id"])
            if known is None and len(self.orders) < MOST_ORDERS:
                self.orders[named["order_id"]] = known = named | {"status": "OPEN", "payment_id": ""}
            return known is not None and all(known[name] == value for name, value in named.items())

    def decide(self, order_id: str, status: str) -> dict[str, Any] | None:
        """The payer has decided: the first word counts. None when the order is not known."""
        with self.lock:
            order = self.orders.get(order_id)
            if order is not None and order["status"] == "OPEN" and status != "OPEN":
                order |= {"status": status, "payment_id": f"PAY-{secrets.token_hex(8)}" if status == "SUCCESS" else ""}
            return order

    def message(self, order: dict[str, Any], kind: str) -> bytes:
        """What became of an order, as it is signed and sent."""
        names = ("order_id", "status", "payment_id", "amount_paise", "currency")
        return json.dumps({"kind": kind, "at": int(time.time())} | {name: order[name] for name in names}).encode()

    def tell(self, order: dict[str, Any]) -> None:
        """Tell the shop, again after a while when it does not answer; it may hear the same thing twice."""
        for attempt in range(TRIES):
            body = self.message(order, "payment")
            headers = {"Content-Type": "application/json", SIGNATURE: self.sign(body)}
            sent = urllib.request.Request(self.callback, body, headers)  # noqa: S310  given at the start, http or https
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sent, timeout=5).close()
                return
            except urllib.error.HTTPError as refusal:
                refusal.close()
                if refusal.code < 500:
                    return
            except OSError:
                pass
            time.sleep(PAUSE * 2**attempt)


class Counter(BaseHTTPRequestHandler):
    """What the shop and the payer may say."""

    book: Book
    server_version, sys_version = "sandbox", ""

    def do_GET(self) -> None:
        """The page of one order."""
        order = self.book.orders.get(self.path.removeprefix("/pay/"))
        if self.path == "/":
            self.page(200, "Sandbox", "<h1>The sandbox is open</h1>")
        elif order is None:
            self.page(404, "No such order", "<h1>No such order</h1><p>Go back to the shop and order again.</p>")
        else:
            self.page(200, "Pay", self.offer(order))

    def do_POST(self) -> None:
        """An order, a question, or the payer's decision."""
        size = self.headers.get("Content-Length", "")
        if not size.isdigit() or int(size) > MOST_BYTES:
            self.close_connection = True
            return self.answer(413, b"{}")
        body = self.rfile.read(int(size))
        if self.path in ("/orders", "/state"):
            return self.shop(body)
        return self.payer(body)

    def shop(self, body: bytes) -> None:
        """Signed words of the shop."""
        if not hmac.compare_digest(self.book.sign(body), self.headers.get(SIGNATURE, "")):
            return self.answer(401, b"{}")
        try:
            said = json.loads(body)
            fresh = abs(time.time() - said["at"]) <= WINDOW_SECONDS
            if self.path == "/orders":
                known = fresh and said["kind"] == "order" and self.book.take(said)
                return self.answer(201 if known else 409, b"{}")
            order = self.book.orders.get(said["order_id"]) if fresh and said["kind"] == "question" else None
        except (ValueError, KeyError, TypeError):
            return self.answer(400, b"{}")
        return self.answer(200, self.book.message(order, "state")) if order else self.answer(404, b"{}")

    def payer(self, body: bytes) -> None:
        """One of the buttons; afterwards the person is sent back to the shop."""
        chosen = urllib.parse.parse_qs(body.decode(errors="replace")).get("do", [""])[0]
        status = {"pay": "SUCCESS", "lose": "SUCCESS", "fail": "FAILED"}.get(chosen, "OPEN")
        order = self.book.decide(self.path.removeprefix("/pay/"), status)
        if order is None:
            return self.page(404, "No such order", "<h1>No such order</h1>")
        if order["status"] != "OPEN" and chosen in ("pay", "fail"):
            threading.Thread(target=self.book.tell, args=(dict(order),), daemon=True).start()
        self.send_response(303)
        self.send_header("Location", order["return_url"])
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def offer(self, order: dict[str, Any]) -> str:
        """The sum and the buttons, or that it is settled."""
        paise = order["amount_paise"]
        head = f"<h1>{html.escape(order['payer'])}</h1><p class=sum>₹{paise // 100:,}.{paise % 100:02d}</p>"
        head += f"<p><small>Order {html.escape(order['order_id'])}</small></p>"
        if order["status"] != "OPEN":
            back = html.escape(order["return_url"], quote=True)
            return f'{head}<p>This order is settled: {order["status"].lower()}.</p><p><a href="{back}">Back to the shop</a></p>'
        buttons = "".join(f'<button name="do" value="{value}">{words}</button>' for value, words in CHOICES)
        return f'{head}<form method="post">{buttons}</form>'

    def page(self, status: int, title: str, body: str) -> None:
        """A page for the payer."""
        self.answer(status, PAGE.format(title=title, body=body).encode(), "text/html; charset=utf-8")

    def answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        """Every answer is signed, so that nobody between us can make one up."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header(SIGNATURE, self.book.sign(body))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the shop keeps the record."""


def main() -> None:
    """Serve on this machine until ended."""
    given = argparse.ArgumentParser(description="A payment gateway without money.")
    given.add_argument("--port", type=int, required=True)
    given.add_argument("--secret-file", type=Path, required=True)
    given.add_argument("--callback", required=True)
    chosen = given.parse_args()
    book = Book(chosen.secret_file.read_text().strip().encode(), chosen.callback)
    ThreadingHTTPServer(("127.0.0.1", chosen.port), type("OurCounter", (Counter,), {"book": book})).serve_forever()


if __name__ == "__main__":
    main()
