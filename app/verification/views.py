"""The public page: is this certificate genuine? By the QR code, by the number, or by the file; no log-in, no script."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_babel import lazy_gettext as _
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.infra import limit
from app.infra.db import db, reading, transaction
from app.infra.problems import refuse, wants_json
from app.infra.settings import setting
from app.infra.uploads import MAX_BYTES
from app.verification import service, traces
from app.verification.rules import Answer, Verdict

log = logging.getLogger(__name__)

TOO_MANY = "Too many certificates were asked about from this address. Wait a minute and ask again."
NOT_NOW = "The register cannot be asked just now, so nothing can be said about this certificate. Try again in a minute."
TOO_LARGE = "The file is larger than 5 MiB. No certificate is that large; scan the QR code or type the number instead."
NO_FILE = "Choose the certificate's PDF file first, then press the button again."

WORDS = {
    Verdict.VALID: (_("Valid"), "✓"),
    Verdict.SUPERSEDED: (_("Superseded"), "!"),
    Verdict.REVOKED: (_("Revoked"), "✕"),
    Verdict.ALTERED: (_("Altered"), "✕"),
    Verdict.UNKNOWN: (_("Unknown"), "?"),
}
Handler = Callable[..., Any]


def careful(handler: Handler) -> Handler:
    """A few questions a minute from each address; and no verdict at all when the register does not answer."""

    @wraps(handler)
    def answered(self: "VerifyView", *args: Any, **kwargs: Any) -> Any:
        asks = request.method == "POST" or "number" in request.args or bool(request.view_args)
        if asks and not limit.allowed("verify", request.remote_addr or "", setting("VERIFY_PER_MINUTE")):
            return _refused(429, TOO_MANY, {"Retry-After": "60"})
        try:
            return handler(self, *args, **kwargs)
        except (OperationalError, PoolTimeout) as error:
            db.session.rollback()
            log.error("no verification: the database does not answer (%s)", type(error).__name__)
            return _refused(503, NOT_NOW, {"Retry-After": "60"})

    return answered


class VerifyView(BaseView):
    """Open to everybody: what is shown here is what service.py lets the public know."""

    route_base = ""
    default_view = "page"

    def create_blueprint(self, *args: Any, **kwargs: Any) -> Any:
        """Sending a file needs no CSRF token: whoever verifies has no session, and nothing changes but a counter."""
        current_app.extensions["csrf"].exempt(VerifyView.file)
        return super().create_blueprint(*args, **kwargs)

    @expose("/verify/<string:token>", methods=["GET"])
    @careful
    def token(self, token: str) -> Any:
        """The address in the QR code."""
        return self.tell(service.by_token(db.session, token, request.args.get("leaf", "")))

    @expose("/verify", methods=["GET"])
    @careful
    def page(self) -> Any:
        """The forms, or the answer for a number."""
        number = request.args.get("number")
        if number is None or not number.strip():
            return self.show(None)
        return self.tell(service.by_number(db.session, number))

    @expose("/verify", methods=["POST"])
    @careful
    def file(self) -> Any:
        """The answer for a file. No connection to the database is held while the file is looked into."""
        sent = request.files.get("file")
        content = sent.stream.read(MAX_BYTES + 1) if sent is not None else b""
        if not content:
            return _refused(400, NO_FILE) if wants_json() else (self.show(None, NO_FILE), 400)
        if len(content) > MAX_BYTES:
            return _refused(413, TOO_LARGE) if wants_json() else (self.show(None, TOO_LARGE), 413)
        answer = service.of_issued_file(db.session, content)
        if answer is None:
            db.session.rollback()
            try:
                found = traces.of(content)
            except traces.Busy as busy:
                return _refused(503, busy.sentence, {"Retry-After": "60"})
            answer = service.of_traces(db.session, found)
        return self.tell(answer)

    def tell(self, answer: Answer) -> Any:
        """The answer as a page or as JSON, and one more on the certificate's counter."""
        told = jsonify(as_json(answer)) if wants_json() else self.show(answer)
        if answer.certificate_id is not None and request.method != "HEAD":
            _count(answer.certificate_id)
        return told

    def show(self, answer: Answer | None, complaint: str = "") -> Any:
        """The page; `complaint` says what was wrong with what was sent."""
        word, symbol = WORDS[answer.verdict] if answer else ("", "")
        if answer and answer.is_specimen:
            word, symbol = _("Specimen"), "✕"
        return self.render_template(
            "verification/verify.html", title=_("Verify a certificate"), answer=answer, word=word, symbol=symbol,
            complaint=complaint, asked=request.args.get("number", "")[:80],
        )  # fmt: skip


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer for a program: always the same keys, and `boxes` where they may be seen."""
    facts = answer.facts
    told: dict[str, Any] = {
        "verdict": answer.verdict.value,
        "sentence": answer.sentence,
        "number": facts.number if facts else None,
        "status": facts.status if facts else None,
        "issued_on": facts.issued_on.isoformat() if facts else None,
        "exporter": facts.exporter if facts else None,
        "agency": facts.agency if facts else None,
        "office": facts.office if facts else None,
        "office_address": facts.office_address if facts else None,
        "successor": facts.successor if facts else None,
        "leaf": answer.leaf,
        "signature_level": (facts.level or None) if facts else None,
        "signed_at": facts.stamped_at.isoformat() if facts and facts.stamped_at else None,
    }
    return told | {"boxes": answer.boxes} if answer.boxes is not None else told


def _count(certificate_id: int) -> None:
    """Counting is a write of its own, after the answer is made; an answer is not taken back because counting failed."""
    db.session.rollback()
    token = reading.set(False)
    try:
        with transaction(db.session):
            service.count(db.session, certificate_id)
    except (DBAPIError, PoolTimeout) as error:
        log.warning("a verification was not counted (%s)", type(error).__name__)
    finally:
        reading.reset(token)


def _refused(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    response = current_app.make_response(refuse(status, sentence))
    response.headers.update(headers or {})
    return response
