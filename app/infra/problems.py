"""A refusal reaches people as a sentence: a page for a browser, RFC 9457 problem details for a program."""

import logging
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from app.core.actor import Role
from app.core.errors import BusinessError, InvalidInput, NotAllowed, NotFound
from app.infra import current
from app.infra.db import db
from app.infra.idempotency import KeyReused
from app.infra.sentences import translated
from app.infra.words import N_

log = logging.getLogger(__name__)

TITLES = {
    400: N_("Not understood"), 401: N_("Log in first"), 403: N_("Not allowed"), 404: N_("Nothing here"),
    405: N_("Not possible here"), 409: N_("Not possible now"), 413: N_("Too large"), 415: N_("Wrong kind of content"),
    422: N_("Something must be put right"), 429: N_("Too many requests"), 500: N_("Something went wrong"),
    503: N_("Not available just now"),
}  # fmt: skip
SENTENCES = {
    400: "The request could not be understood. Go back, reload the page and try again.",
    401: "Log in to see this page.",
    403: "Your role does not open this page.",
    404: "There is nothing at this address, or it is not yours to see.",
    405: "This address does not take that kind of request.",
    413: "What was sent is too large. A paper may have 5 MiB, a request 12 MiB.",
    415: "Send JSON with Content-Type application/json.",
    429: "Too many requests from this address. Wait a minute and try again.",
    500: "Something went wrong on our side; it has been noted. Nothing was changed. Try again, or tell the help desk.",
    503: "The system cannot answer just now. Nothing was changed. Try again in a minute.",
}
WRONG_QUESTION = "The list cannot be asked for like this. Check the filter's column, operator and value."


def status_of(error: BusinessError) -> int:
    """The HTTP status of a refusal: 422 for input, 404, 403, else 409 (the table or a rule refuses)."""
    for kind, status in ((InvalidInput, 422), (KeyReused, 422), (NotFound, 404), (NotAllowed, 403)):
        if isinstance(error, kind):
            return status
    return 409


def problem(status: int, sentence: str, faults: list[dict[str, str]] | None = None) -> Response:
    """Problem details; `message` repeats the sentence for clients of Flask-AppBuilder's own answers."""
    sentence = translated(sentence)
    body: dict[str, Any] = {"type": "about:blank", "title": TITLES.get(status, "Refused"), "status": status,
                            "detail": sentence, "message": sentence}  # fmt: skip
    if faults is not None:
        body["errors"] = faults
    response = jsonify(body)
    response.status_code, response.mimetype = status, "application/problem+json"
    return response


def of_business_error(error: BusinessError) -> Response:
    """The problem details of a refusal, with every fault by its path."""
    if not isinstance(error, InvalidInput):
        return problem(status_of(error), error.sentence)
    faults = [{"field": fault.field, "message": translated(fault.message)} for fault in error.faults]
    told = " ".join(translated(fault.message) for fault in error.faults[:3]) if error.joined else error.sentence
    return problem(status_of(error), told, faults)


def wants_json() -> bool:
    """Is this a program? By its address, or by what it asks for."""
    if request.path.startswith(("/api/", "/scim/", "/healthz", "/readyz")):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def refuse(status: int, sentence: str) -> Any:
    """The sentence, as the asker can read it."""
    if wants_json():
        return problem(status, sentence)
    page = render_template(
        "udgam/problem.html", title=gettext(TITLES.get(status, N_("Refused"))), sentence=sentence, status=status
    )
    return page, status


def _business(error: BusinessError) -> Any:
    db.session.rollback()
    return of_business_error(error) if wants_json() else refuse(status_of(error), error.sentence)


def forged(_error: CSRFError) -> Any:
    """A form without the token of this session."""
    return refuse(400, "The page was open for too long or came from elsewhere. Reload it and try again.")


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if 300 <= status < 400:
        return error
    if status == 403 and (why := why_closed()):
        return refuse(status, why)
    return refuse(status, SENTENCES.get(status, error.description or TITLES.get(status, "Refused.")))


def why_closed() -> str:
    """Why this person finds most pages shut, if there is more to say than the role: how an IEC is linked, or chosen."""
    actor = current.actor()
    return actor.closed or (actor.read_only if actor.role is Role.PUBLIC else "")


def _database(error: OperationalError) -> Any:
    db.session.rollback()
    log.error("the database did not answer: %s", error.orig)
    return refuse(503, SENTENCES[503])


def _out_of_range(error: Exception) -> Any:
    """A number in a list's filter that no column holds is the asker's; anywhere else it is our mistake."""
    if "_flt_" not in request.query_string.decode(errors="replace"):
        return _unforeseen(error)
    db.session.rollback()
    return refuse(400, WRONG_QUESTION)


def _unforeseen(error: Exception) -> Any:
    db.session.rollback()
    log.exception("%s %s failed", request.method, request.path, exc_info=error)
    return refuse(500, SENTENCES[500])


HANDLERS: dict[type[Exception], Any] = {
    BusinessError: _business,
    CSRFError: forged,
    HTTPException: _http,
    OperationalError: _database,
    DataError: _out_of_range,
    OverflowError: _out_of_range,
    Exception: _unforeseen,
}


def init_app(app: Flask) -> None:
    """Answer every kind of error with a sentence; only unforeseen ones are logged with their cause."""
    for kind, handler in HANDLERS.items():
        app.register_error_handler(kind, handler)
