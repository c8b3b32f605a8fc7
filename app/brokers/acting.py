"""The firm a browser acts for: chosen on «My firms», kept in the session, and tied to every form the pages make.

The token that every form carries against forgery is made anew for each firm, out of a secret of the session and the IEC. A
form of a page that was made for another firm than the session acts for now is therefore refused, whichever form it is.
"""

import hashlib
import secrets
from typing import Any

from flask import Flask, current_app, g, request, session
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData, URLSafeTimedSerializer

from app.infra import current, problems

_FIRM, _BASE, _TOKEN, _BEFORE = "acting_for", "acting_base", "csrf_token", "acted_for"
MOST_FIRMS = 50  # whose pages are recognised in one session; of others a form is refused all the same, in other words
OTHER_FIRM = (
    "This page was made while you acted for {before}, and now you act for {now}. Nothing was changed, for either. "
    "Choose {before} again on the page «My firms», go back to the page and send it once more."
)
NOBODY = "nobody"


def act_for(iec: str) -> None:
    """From the next page on this browser acts for the firm with this IEC; "" for nobody. Whether it may is asked at each page."""
    base = session.setdefault(_BASE, session.get(_TOKEN) or secrets.token_hex(20))
    known = [*session.get(_BEFORE, []), session.get(_FIRM, ""), iec]
    session[_BEFORE] = list(dict.fromkeys(known))[-MOST_FIRMS:]
    session[_FIRM], session[_TOKEN] = iec, _token(base, iec)
    g.pop("csrf_token", None)
    current.forget()


def _token(base: str, iec: str) -> str:
    """The token's secret for a firm; pages of nobody in particular keep the one they had."""
    return hashlib.sha256(f"{base}:{iec}".encode()).hexdigest() if iec else base


def made_for(sent: str) -> str | None:
    """The firm for which the page was made that sent this token; None when it is none of this session's."""
    base = session.get(_BASE)
    if not base or not sent:
        return None
    secret = current_app.config.get("WTF_CSRF_SECRET_KEY") or current_app.config["SECRET_KEY"]
    seal = URLSafeTimedSerializer(secret, salt="wtf-csrf-token")
    try:
        said = seal.loads(sent)
    except BadData:
        return None
    return next((iec for iec in session.get(_BEFORE, []) if _token(base, iec) == said), None)


def init_app(app: Flask) -> None:
    """Say it in a sentence when a form comes from a page that was made for another firm."""
    app.register_error_handler(CSRFError, _refused)


def _refused(error: CSRFError) -> Any:
    before = made_for(request.form.get(_TOKEN) or request.headers.get("X-CSRFToken", ""))
    if before is None or before == session.get(_FIRM, ""):
        return problems.forged(error)
    g.user = current_user  # the page that tells it has its usual head
    now = session.get(_FIRM, "")
    names = {"before": f"the IEC {before}" if before else NOBODY, "now": f"the IEC {now}" if now else NOBODY}
    return problems.refuse(409, OTHER_FIRM.format(**names))
