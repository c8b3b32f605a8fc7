"""What every page has in common: language, the security headers, and the words templates may use."""

import re
import secrets
from decimal import Decimal
from typing import Any

from flask import Flask, Response, abort, g, request, session
from flask_appbuilder.utils.base import get_safe_redirect

from app.core import clock, codes
from app.core.actor import Role
from app.core.money import rupees
from app.infra import current, webfont
from app.infra.codes import country_name
from app.infra.search import list_url, search_fields, word
from app.infra.sentences import translated


def figure(value: Decimal) -> str:
    """A weight or quantity without idle zeros: 1,692 or 2,913.19."""
    return f"{value.normalize():,f}"


def value_of(value: Decimal, currency: str) -> str:
    """A value with its currency: 18,432.00 EUR."""
    return f"{value:,.2f} {currency}".strip()


def port(code: str) -> str:
    """An Indian port by code and name."""
    name = codes.PORTS.get(code)
    return f"{name} ({code})" if name else code


def nonce() -> str:
    """The nonce of this response's scripts."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return g.nonce  # type: ignore[no-any-return]  # flask.g holds anything


def may_reach(address: str) -> None:
    """The scripts of this response may ask a program at this address, besides the server they came from."""
    g.beside = address


def may_send_to(origin: str) -> None:
    """The forms of this response may be sent to this place of somebody else's, besides the server they came from."""
    g.form_to = origin


def language() -> str:
    """The language chosen for this session, for <html lang>."""
    chosen = session.get("locale", "en")
    return chosen if chosen in {"en", "hi"} else "en"


# What templates of widgets need too; FAB renders those without Flask's context, so they are Jinja globals.
GLOBALS: dict[str, Any] = {
    "stamp": clock.stamp, "day": clock.day, "rupees": rupees, "figure": figure, "value_of": value_of, "word": word,
    "country": country_name, "port": port, "csp_nonce": nonce, "page_language": language,
    "seen_version": lambda: g.get("seen_version"),
    "actor": current.actor, "Role": Role, "search_fields": search_fields, "list_url": list_url,
}  # fmt: skip


def init_app(app: Flask) -> None:
    """Hook the headers and the template words into the application."""
    app.jinja_env.globals.update(GLOBALS)
    app.jinja_env.filters["translated"] = translated
    app.jinja_env.globals["appbuilder"] = app.appbuilder  # type: ignore[attr-defined]  # FAB hangs itself on the app
    webfont.init_app(app)
    app.before_request(_pages_are_numbers)
    app.after_request(_back_to_the_page)
    app.after_request(_headers)
    app.after_request(_printable)


def _pages_are_numbers() -> None:
    """A page number that is none is the asker's mistake; Flask-AppBuilder would break on it."""
    for name, value in request.args.items():
        if re.search("(page|psize)_", name) and not re.fullmatch(r"-?[0-9]{1,9}", value, re.ASCII):
            abort(400)


def _back_to_the_page(response: Response) -> Response:
    """The language switch leads back to the page it was pressed on; FAB's own leads home."""
    if request.endpoint == "LocaleView.index" and response.status_code == 302:
        response.location = asked_for()
    return response


def asked_for() -> str:
    """The page of ours that `next` names, else the home page; browsers read a backslash as a slash.

    Flask-AppBuilder names the page that asked for a log-in by its whole address.
    """
    address = request.args.get("next", "").removeprefix(request.host_url.rstrip("/"))
    ours = address if re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", address) else ""
    return str(get_safe_redirect(ours))


# Characters HTML has no place for: controls, lone surrogates and noncharacters; typed into a form, they come back in it.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


def _printable(response: Response) -> Response:
    """A page that shows again what was typed leaves out what no page may hold."""
    if response.mimetype == "text/html" and not response.direct_passthrough and not response.is_streamed:
        text = response.get_data(as_text=True)
        if _UNFIT.search(text):
            response.set_data(_UNFIT.sub("", text))
    return response


def _headers(response: Response) -> Response:
    """No outside host, no inline script without the nonce, no framing, no guessed types, private pages not kept."""
    used = f" 'nonce-{g.nonce}'" if "nonce" in g else ""
    beside = f"connect-src 'self' {g.beside}; " if "beside" in g else ""
    forms = f"form-action 'self' {g.form_to}" if "form_to" in g else "form-action 'self'"
    policy = (
        "default-src 'self'; "
        f"script-src 'self'{used}; "
        f"{beside}style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        f"object-src 'none'; base-uri 'none'; {forms}; frame-ancestors 'none'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
