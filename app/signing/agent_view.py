"""The desk agent's page: how it is installed and paired, and how a certificate on a token is registered through it."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.core.errors import BusinessError, Fault, InvalidInput, NotFound
from app.infra import current, pages, problems
from app.infra.db import db, transaction
from app.infra.rest import parse_body
from app.infra.sentences import translated
from app.infra.settings import setting
from app.signing import proof, registration, seal
from app.signing.agent_package import NAME, package
from app.signing.models import DscChallenge

SHOWN = {"error", "reason", "sentence"}  # what is a sentence in an answer to a page's script


def address() -> str:
    """Where a page looks for the agent: on the computer it is shown on."""
    return f"http://127.0.0.1:{setting('DESK_AGENT_PORT')}"


def facts() -> dict[str, Any]:
    """What a page needs to talk to the agent; its scripts may reach it from now on."""
    pages.may_reach(address())
    return {"agent": address(), "pairing": seal.pairing(), "port": setting("DESK_AGENT_PORT")}


def spoken(work: Callable[[], Any]) -> Any:
    """A script asks: JSON back, refusals as problem details."""
    try:
        return jsonify(_as_read(work()))
    except BusinessError as refusal:
        db.session.rollback()
        return problems.of_business_error(refusal)


def _as_read(told: Any) -> Any:
    """What the page shows of an answer, in the language of its reader."""
    if isinstance(told, list):
        return [_as_read(each) for each in told]
    if not isinstance(told, dict):
        return told
    return {name: translated(value) if name in SHOWN and value else _as_read(value) for name, value in told.items()}


class AgentView(BaseView):
    """Desk agent."""

    route_base = "/desk-agent"
    default_view = "open"

    @expose("/", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """What it is, where it is, how it is paired; and the certificates on the token, to register one."""
        digest = hashlib.sha256(package()).hexdigest()
        return self.render_template("signing/agent.html", title=_("Desk agent"), name=NAME, digest=digest, **facts())

    @expose(f"/{NAME}", methods=["GET"])
    @has_access
    @permission_name("open")
    def download(self) -> Response:
        """The program itself."""
        headers = {"Content-Disposition": f'attachment; filename="{NAME}"'}
        return Response(package(), mimetype="application/octet-stream", headers=headers)

    @expose("/list", methods=["POST"])
    @has_access
    @permission_name("open")
    def list(self) -> Any:
        """An order that the agent list the certificates on the token."""
        return spoken(self._list)

    @expose("/begin", methods=["POST"])
    @has_access
    @permission_name("open")
    def begin(self) -> Any:
        """One of these certificates is to be registered: the text to sign, as an order for the agent."""
        return spoken(lambda: self._begin(parse_body()))

    @expose("/prove", methods=["POST"])
    @has_access
    @permission_name("open")
    def prove(self) -> Any:
        """The signature over the text; the certificate is registered then."""
        return spoken(lambda: self._prove(parse_body()))

    def _list(self) -> dict[str, Any]:
        actor = current.actor()
        registration.must_hold(actor)
        return {"sealed": seal.sealed("list", actor.name)}

    def _begin(self, said: Any) -> dict[str, Any]:
        certificate, actor = _bytes(said, "certificate"), current.actor()
        with transaction(db.session):
            begun = registration.begin(db.session, actor, certificate=certificate)
            pk, text = begun.id, proof.text_of(begun.nonce)
        sha256 = hashlib.sha256(certificate).hexdigest()
        return {"challenge": pk, "sealed": seal.sealed("prove", actor.name, certificate=sha256, text=text)}

    def _prove(self, said: Any) -> dict[str, Any]:
        answer, pk = _bytes(said, "signature"), said.get("challenge")
        found: DscChallenge | None = db.session.get(DscChallenge, pk) if type(pk) is int and 0 < pk < 2**31 else None
        if found is None:
            raise NotFound("This text to sign is not there any more. Begin again.")
        with transaction(db.session):
            registration.answer(db.session, found, current.actor(), answer=answer)
        return {"sentence": gettext("The certificate is registered and active."), "next": url_for("DscView.open")}


def _bytes(said: Any, name: str) -> bytes:
    """What a script sent as base64; refused when it is nothing of the kind."""
    try:
        if not isinstance(said, dict) or not isinstance(said.get(name), str):
            raise ValueError
        return base64.b64decode(said[name], validate=True)
    except (ValueError, binascii.Error) as error:
        raise InvalidInput([Fault(name, "This must be sent as base64.")]) from error
