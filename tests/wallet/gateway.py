"""The gateway's side in a test's hands: signed messages, and the sandbox started as the process it is."""

import hashlib
import hmac
import json
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

import config
from app.core import clock
from tests.running import free_port, until

CALLBACK = "/gateway/callback"


def signed(app: Flask, body: bytes) -> dict[str, str]:
    """The headers a true message has."""
    secret = app.config["GATEWAY_SECRET"].encode()
    return {"X-Gateway-Signature": hmac.new(secret, body, hashlib.sha256).hexdigest(), "Content-Type": "application/json"}


def message(topup: Any, **changes: Any) -> bytes:
    """What the gateway says of a paid order; `changes` make it say something else."""
    said = {
        "kind": "payment", "at": int(clock.now().timestamp()), "order_id": topup.gateway_order_id, "status": "SUCCESS",
        "payment_id": f"PAY-{topup.id}", "amount_paise": topup.amount_paise, "currency": "INR",
    }  # fmt: skip
    return json.dumps({name: value for name, value in (said | changes).items() if value is not None}).encode()


def say(app: Flask, body: bytes, headers: dict[str, str] | None = None) -> Any:
    """The gateway calls."""
    return app.test_client().post(CALLBACK, data=body, headers=signed(app, body) if headers is None else headers)


@contextmanager
def sandbox(app: Flask, folder: Path, monkeypatch: Any) -> Iterator[str]:
    """The sandbox as a process of its own, and our pages on a real port for it to call; yields its address."""
    port, secret = free_port(), folder / "secret"
    secret.write_text(app.config["GATEWAY_SECRET"])
    web = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{web.server_port}"
    words = ["--port", str(port), "--secret-file", str(secret), "--callback", base + CALLBACK]
    process = subprocess.Popen([sys.executable, "-m", "app.wallet.sandbox_gateway", *words], cwd=config.ROOT)
    monkeypatch.setitem(app.config, "GATEWAY_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setitem(app.config, "BASE_URL", base)
    try:
        assert until(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).close() is None, 90)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        web.shutdown()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


def press(page: str, button: str) -> str:
    """Press a button on the sandbox's page; returns where it leads."""
    form = urllib.parse.urlencode({"do": button}).encode()
    with pytest.raises(urllib.error.HTTPError) as led:
        urllib.request.build_opener(_Stay).open(page, form, timeout=60)
    led.value.close()
    assert led.value.code == 303
    return str(led.value.headers["Location"])
