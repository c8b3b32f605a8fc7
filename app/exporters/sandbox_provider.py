"""DGFT's log-in for the demonstration and the tests: the protocol of a real one, and people who are nobody.

`python -m app.exporters.sandbox_provider --port 8082 --secret-file FILE --people FILE --back http://127.0.0.1:8080/login/dgft/back`
It is a program of its own and knows nothing of Udgam but the words they exchange: OpenID Connect, the code flow with PKCE,
signed RS256 by a key made at the start. The people come from a file: `{"password": "…", "people": [{"sub", "name", "email",
"email_verified", "about"}]}`. Codes are kept in memory, for a minute, and are good once.
"""

import argparse
import base64
import hashlib
import hmac
import html
import json
import secrets
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

MOST_BYTES, MOST_CODES, CODE_SECONDS, TOKEN_SECONDS = 16 * 1024, 10_000, 60, 300
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:1rem/1.5 sans-serif;margin:0;background:#eef0f4;color:#1b2333}}main{{max-width:32rem;margin:2rem auto;
padding:1.25rem 1.5rem;background:#fff;border:1px solid #c5cad6;border-radius:6px}}h1{{font-size:1.375rem;margin:0 0 .75rem}}
.sandbox{{margin:-1.25rem -1.5rem 1rem;padding:.625rem 1.5rem;background:#fff3d6;border-bottom:1px solid #e0c078;
border-radius:6px 6px 0 0}}.wrong{{color:#9b1c1c;font-weight:600}}fieldset{{border:0;padding:0;margin:0 0 1rem}}legend{{padding:0;
font-weight:600}}.who{{display:flex;gap:.625rem;align-items:flex-start;padding:.5rem 0;border-bottom:1px solid #e3e6ee}}
.who input{{margin:.35rem 0 0;width:1.125rem;height:1.125rem;flex:none}}.who small{{display:block;color:#515b6e;
overflow-wrap:anywhere}}.word{{display:block;font-weight:600;margin:0 0 .25rem}}input[type=password]{{box-sizing:border-box;
width:100%;min-height:2.75rem;font:inherit;padding:.25rem .625rem;border:1px solid #5a6480;border-radius:6px}}button{{
display:block;width:100%;min-height:2.75rem;margin:.75rem 0 0;font:inherit;border:1px solid #5a6480;border-radius:6px;
background:#fff;color:inherit;cursor:pointer}}button[value=in]{{background:#284b9b;border-color:#284b9b;color:#fff;font-weight:600}}</style></head>
<body><main><p class="sandbox"><b>Sandbox.</b> This stands for DGFT's log-in; it is not DGFT, and nobody here is real.</p>
{body}</main></body></html>"""


@dataclass
class Provider:
    """Who may ask, who may log in, and the codes that are out; one lock for all of it."""

    issuer: str
    client_id: str
    secret: str
    back: str
    password: str
    people: list[dict[str, Any]]
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    kid: str = field(default_factory=lambda: secrets.token_hex(8))
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def discovery(self) -> dict[str, Any]:
        """What this provider says of itself (OpenID Connect Discovery, section 3)."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "email", "profile"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def keys(self) -> dict[str, Any]:
        """The public half of the signing key."""
        numbers = self.key.public_key().public_numbers()
        n, e = (encoded(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (numbers.n, numbers.e))
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e}]}

    def why_not(self, asked: dict[str, str]) -> str:
        """Why this request is not answered at all; nobody is sent back to an address that was not agreed."""
        if asked.get("client_id") != self.client_id or asked.get("redirect_uri") != self.back:
            return "This program is not known here."
        if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            return "This is no request to log in."
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return "The request has no proof key (PKCE)."
        return ""

    def grant(self, asked: dict[str, str], person: dict[str, Any]) -> str:
        """A code for somebody who has logged in."""
        code = secrets.token_urlsafe(32)
        with self.lock:
            now = time.time()
            self.codes = {each: kept for each, kept in self.codes.items() if kept["until"] > now}
            if len(self.codes) < MOST_CODES:
                self.codes[code] = {"asked": asked, "person": person, "until": now + CODE_SECONDS}
        return code

    def redeem(self, said: dict[str, str]) -> dict[str, Any] | None:
        """What the token endpoint answers for a code: once, in time, and only with its proof key."""
        with self.lock:
            kept = self.codes.pop(said.get("code", ""), None)
        if kept is None or kept["until"] < time.time() or said.get("redirect_uri") != kept["asked"]["redirect_uri"]:
            return None
        challenge = encoded(hashlib.sha256(said.get("code_verifier", "").encode()).digest())
        if not hmac.compare_digest(challenge, kept["asked"]["code_challenge"]):
            return None
        token = secrets.token_urlsafe(32)
        with self.lock:
            self.tokens[token] = kept["person"]["sub"]
        id_token = self.sign(self.claims(kept["asked"], kept["person"]))
        return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "id_token": id_token}

    def claims(self, asked: dict[str, str], person: dict[str, Any]) -> dict[str, Any]:
        """What the ID token says."""
        now = int(time.time())
        times = {"iat": now, "auth_time": now, "exp": now + TOKEN_SECONDS}
        return {"iss": self.issuer, "aud": self.client_id, "nonce": asked.get("nonce", "")} | times | self.facts(person)

    def facts(self, person: dict[str, Any]) -> dict[str, Any]:
        """What is told about a person."""
        return {name: person[name] for name in ("sub", "name", "email", "email_verified") if name in person}

    def sign(self, claims: dict[str, Any]) -> str:
        """A JWT, signed RS256."""
        parts = ({"alg": "RS256", "typ": "JWT", "kid": self.kid}, claims)
        text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        return f"{text}.{encoded(self.key.sign(text.encode(), padding.PKCS1v15(), SHA256()))}"

    def knows(self, authorization: str) -> bool:
        """Is this our client, by its secret (client_secret_basic)?"""
        wanted = base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        return hmac.compare_digest(authorization.encode(), f"Basic {wanted}".encode())

    def person(self, sub: str) -> dict[str, Any] | None:
        """Somebody of the list."""
        return next((each for each in self.people if each["sub"] == sub), None)


def encoded(value: bytes) -> str:
    """Base64 as tokens write it."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class Counter(BaseHTTPRequestHandler):
    """What programs ask, and the page on which a person logs in."""

    provider: Provider
    server_version, sys_version = "sandbox", ""

    def do_GET(self) -> None:
        """The documents, and the page."""
        path, _, query = self.path.partition("?")
        documents = {"/.well-known/openid-configuration": self.provider.discovery, "/jwks": self.provider.keys}
        if path in documents:
            return self.answer(200, documents[path]())
        if path == "/userinfo":
            sub = self.provider.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "), "")
            person = self.provider.person(sub)
            return self.answer(200, self.provider.facts(person)) if person else self.answer(401, {"error": "invalid_token"})
        if path == "/authorize":
            return self.log_in(fields(query), "", "")
        return self.page(
            200 if path == "/" else 404, "Sandbox", "<h1>The sandbox is open</h1>" if path == "/" else "<h1>Nothing here</h1>"
        )

    def do_POST(self) -> None:
        """A code is redeemed, or the person has pressed a button."""
        size = self.headers.get("Content-Length", "")
        if not size.isdigit() or int(size) > MOST_BYTES:
            self.close_connection = True
            return self.answer(413, {"error": "invalid_request"})
        said = fields(self.rfile.read(int(size)).decode(errors="replace"))
        path, _, query = self.path.partition("?")
        if path == "/authorize":
            return self.decide(fields(query), said)
        if path != "/token":
            return self.answer(404, {"error": "invalid_request"})
        if not self.provider.knows(self.headers.get("Authorization", "")):
            return self.answer(401, {"error": "invalid_client"})
        found = self.provider.redeem(said) if said.get("grant_type") == "authorization_code" else None
        return self.answer(200, found) if found else self.answer(400, {"error": "invalid_grant"})

    def decide(self, asked: dict[str, str], said: dict[str, str]) -> None:
        """Back with a code, back without one, or the page again."""
        if self.provider.why_not(asked):
            return self.log_in(asked, "", "")
        if said.get("do") == "cancel":
            return self.send_back(asked, {"error": "access_denied"})
        person = self.provider.person(said.get("sub", ""))
        if person is None:
            return self.log_in(asked, "", "Choose somebody.")
        if not hmac.compare_digest(said.get("password", "").encode(), self.provider.password.encode()):
            return self.log_in(asked, person["sub"], "The password is not right.")
        return self.send_back(asked, {"code": self.provider.grant(asked, person)})

    def send_back(self, asked: dict[str, str], said: dict[str, str]) -> None:
        """To the program that asked."""
        words = urllib.parse.urlencode(said | {"state": asked.get("state", ""), "iss": self.provider.issuer})
        self.send_response(303)
        self.send_header("Location", f"{self.provider.back}?{words}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_in(self, asked: dict[str, str], chosen: str, wrong: str) -> None:
        """The people to choose from, and the password."""
        if refusal := self.provider.why_not(asked):
            return self.page(400, "Not answered", f"<h1>Not answered</h1><p>{html.escape(refusal)}</p>")
        rows = "".join(
            f'<label class="who"><input type="radio" name="sub" value="{html.escape(each["sub"])}"'
            f"{' checked' if each['sub'] == (chosen or self.provider.people[0]['sub']) else ''}>"
            f"<span>{html.escape(each['name'])}<small>{html.escape(each['email'])}</small>"
            f"<small>{html.escape(each.get('about', ''))}</small></span></label>"
            for each in self.provider.people
        )
        told = f'<p class="wrong" role="alert">{html.escape(wrong)}</p>' if wrong else ""
        hint = f"Everybody's is {self.provider.password}"
        form = (
            f'<h1>Log in with DGFT</h1>{told}<form method="post"><fieldset><legend>Who are you?</legend>{rows}</fieldset>'
            '<label class="word" for="password">Password</label>'
            '<input id="password" name="password" type="password" autocomplete="current-password" aria-describedby="hint">'
            f'<p id="hint"><small>{html.escape(hint)}</small></p>'
            '<button name="do" value="in">Log in</button><button name="do" value="cancel">Cancel, back to Udgam</button></form>'
        )
        return self.page(401 if wrong else 200, "Log in with DGFT (sandbox)", form)

    def page(self, status: int, title: str, body: str) -> None:
        """A page for a person."""
        self.answer(status, PAGE.format(title=title, body=body).encode(), "text/html; charset=utf-8")

    def answer(self, status: int, said: Any, kind: str = "application/json") -> None:
        """Whatever is answered is not kept."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: codes would stand in the log."""


def fields(text: str) -> dict[str, str]:
    """The first of each field of a query or a form."""
    return {name: values[0] for name, values in urllib.parse.parse_qs(text, keep_blank_values=True).items()}


def main() -> None:
    """Serve on this machine until ended."""
    given = argparse.ArgumentParser(description="A log-in where everybody is invented.")
    given.add_argument("--port", type=int, required=True)
    given.add_argument("--secret-file", type=Path, required=True)
    given.add_argument("--people", type=Path, required=True)
    given.add_argument("--back", required=True)
    given.add_argument("--client-id", default="udgam")
    chosen = given.parse_args()
    people, secret = json.loads(chosen.people.read_text()), chosen.secret_file.read_text().strip()
    issuer = f"http://127.0.0.1:{chosen.port}"
    provider = Provider(issuer, chosen.client_id, secret, chosen.back, people["password"], people["people"])
    ThreadingHTTPServer(("127.0.0.1", chosen.port), type("OurCounter", (Counter,), {"provider": provider})).serve_forever()


if __name__ == "__main__":
    main()
