"""The page where somebody registers a digital signature certificate, sees what is registered, and revokes it at once."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.core import clock
from app.core.errors import BusinessError
from app.infra import current
from app.infra.db import db, transaction
from app.infra.problems import status_of
from app.infra.screens import badge, flash_refusal
from app.infra.tenancy import seen
from app.signing import demonstration, esign, pkcs11, proof, registration, service
from app.signing.diagnosis import LARGEST, Unfit
from app.signing.models import DscChallenge
from app.signing.rules import Code

HEADINGS = {
    Code.EXPIRED: _("Expired"),
    Code.ENDS_SOON: _("Ends too soon"),
    Code.NOT_YET_VALID: _("Not yet valid"),
    Code.CLOCK_SKEW: _("A clock is wrong"),
    Code.ENCRYPTION: _("Not for signing"),
    Code.AUTHORITY: _("Not a person's certificate"),
    Code.NO_SIGNING: _("Not for signing"),
    Code.WRONG_CLASS: _("Wrong class"),
    Code.KEY_TOO_SMALL: _("Key too small"),
    Code.WRONG_KEY: _("Unusual key"),
    Code.WEAK_HASH: _("Outdated"),
    Code.WRONG_NAME: _("Another name"),
    Code.WRONG_FIRM: _("Another organisation"),
    Code.UNKNOWN_ISSUER: _("Unknown authority"),
    Code.BROKEN_CHAIN: _("Unknown authority"),
    Code.REVOKED: _("Revoked"),
    Code.REVOCATION_UNKNOWN: _("Cannot be checked"),
    Code.ALREADY_REGISTERED: _("Registered already"),
    Code.UNREADABLE: _("Not a certificate"),
    Code.PRIVATE_KEY_SENT: _("A private key was sent"),
    Code.NO_PRIVATE_KEY: _("The key does not answer"),
    Code.CHALLENGE_EXPIRED: _("Too late"),
}
PLACES = {
    "SOFT": _("On this demonstration server"),
    "PKCS11": _("In this server's hardware security module"),
    "DESK_AGENT": _("With its holder, on a token or computer"),
    "ESIGN": _("With the e-sign provider"),
}


class DscView(BaseView):
    """Register Digital Signature Certificate."""

    route_base = "/dsc"
    default_view = "open"

    @expose("/", methods=["GET"])
    @has_access
    def open(self) -> Any:
        """What is registered, what was before, and the ways to register."""
        return self._overview()

    @expose("/certificate", methods=["POST"])
    @has_access
    @permission_name("open")
    def certificate(self) -> Any:
        """The public certificate comes in; the doctor lists what is wrong, or the text to sign follows."""
        sent = {"certificate": _file("certificate"), "chain": _file("chain")}
        return self._try(lambda: self._begun(registration.begin, **sent))

    @expose("/hsm", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def hsm(self) -> Any:
        """The officer's keys in the server's hardware security module, to choose one from."""
        if not pkcs11.is_configured():
            abort(404)
        if request.method == "POST":
            return self._try(lambda: self._at_once(registration.begin_in_hsm, key_ref=request.form.get("key", "")))
        keys = registration.keys_in_hsm(db.session, current.actor())
        return self.render_template(
            "signing/hsm.html", title=_("Keys in the hardware security module"), keys=keys, on=_on, issuer=_issuer
        )

    @expose("/demonstration", methods=["POST"])
    @has_access
    @permission_name("open")
    def demonstration(self) -> Any:
        """A test certificate, made and registered in one go."""
        return self._try(lambda: self._at_once(registration.begin_demonstration))

    @expose("/challenge/<int:pk>", methods=["GET", "POST"])
    @has_access
    @permission_name("open")
    def challenge(self, pk: int) -> Any:
        """The text to sign; the signature comes back here."""
        challenge = _own(pk)
        if request.method == "POST":
            answer = _file("file") or request.form.get("signature", "").encode()
            return self._try(lambda: self._answered(challenge, answer), challenge)
        if challenge.used_at is not None:
            return redirect(url_for("DscView.open"))
        return self._text(challenge)

    @expose("/challenge/<int:pk>/challenge.txt", methods=["GET"])
    @has_access
    @permission_name("open")
    def text(self, pk: int) -> Response:
        """The same text as a file, to the last letter."""
        headers = {"Content-Disposition": 'attachment; filename="challenge.txt"'}
        return Response(proof.text_of(_own(pk).nonce), mimetype="text/plain", headers=headers)

    @expose("/revoke", methods=["POST"])
    @has_access
    @permission_name("open")
    def revoke(self) -> Any:
        """Nothing is signed with the certificate from this moment on."""
        return self._try(self._revoked)

    def _try(self, act: Callable[[], Any], challenge: DscChallenge | None = None) -> Any:
        """Do it; a refusal comes back as a page that says everything that is wrong, and how to put it right."""
        pk = challenge.id if challenge is not None else 0
        try:
            return act()
        except Unfit as refusal:
            return self._doctor(refusal, pk), status_of(refusal)
        except BusinessError as refusal:
            flash_refusal(refusal)
            return self._overview(), status_of(refusal)

    def _begun(self, begin: Callable[..., DscChallenge], **given: Any) -> Any:
        with transaction(db.session):
            pk = begin(db.session, current.actor(), **given).id
        return redirect(url_for("DscView.challenge", pk=pk))

    def _at_once(self, begin: Callable[..., DscChallenge], **given: Any) -> Any:
        """The key is within the server's reach: it signs the text itself, between two transactions."""
        with transaction(db.session):
            pk = begin(db.session, current.actor(), **given).id
        challenge = _own(pk)
        return self._answered(challenge, registration.sign_here(challenge, proof.text_of(challenge.nonce)))

    def _answered(self, challenge: DscChallenge, answer: bytes) -> Any:
        with transaction(db.session):
            registration.answer(db.session, challenge, current.actor(), answer=answer)
        flash(gettext("The certificate is registered and active."), "success")
        return redirect(url_for("DscView.open"))

    def _revoked(self) -> Any:
        with transaction(db.session):
            registration.revoke(db.session, current.actor(), reason=request.form.get("reason", ""))
        flash(gettext("The certificate is revoked. Nothing is signed with it from now on."), "success")
        return redirect(url_for("DscView.open"))

    def _overview(self) -> str:
        actor, now = current.actor(), clock.now()
        active = service.active_registration(db.session, actor.user_id)
        rows = registration.history(db.session, actor)
        page: str = self.render_template(
            "signing/dsc.html", title=_("Register Digital Signature Certificate"), active=active,
            badge=badge, on=_on, issuer=_issuer,
            days_left=clock.days_between(now, active.not_after) if active else 0, places=PLACES,
            history=[row for row in rows if active is None or row.id != active.id],
            waiting=registration.waiting(db.session, actor), read_only=actor.read_only,
            hsm=pkcs11.is_configured() and actor.agency_id is not None, demonstration=demonstration.is_offered(),
            aadhaar=esign.is_offered() and actor.agency_id is None,
        )  # fmt: skip
        return page

    def _text(self, challenge: DscChallenge) -> Any:
        """The text to sign, and what the doctor could not check."""
        pem = challenge.certificate_pem.encode()
        seen = registration.look(db.session, current.actor(), pem, challenge.chain_pem.encode())
        left = max(0, int((challenge.expires_at - clock.now()).total_seconds()) // 60)
        return self.render_template(
            "signing/challenge.html", title=_("Sign to prove that the key is yours"), challenge=challenge, seen=seen,
            on=_on, issuer=_issuer,
            text=proof.text_of(challenge.nonce), minutes=left, is_over=clock.now() > challenge.expires_at,
        )  # fmt: skip

    def _doctor(self, refusal: Unfit, pk: int) -> Any:
        """Every finding; a signature that does not fit may be tried again while the text is good."""
        again = pk if all(found.code in RETRY for found in refusal.findings) else 0
        return self.render_template(
            "signing/diagnosis.html", title=_("The certificate cannot be registered"), findings=refusal.findings,
            headings=HEADINGS, again=again,
        )  # fmt: skip


RETRY = {Code.NO_PRIVATE_KEY, Code.PRIVATE_KEY_SENT}


def _own(pk: int) -> DscChallenge:
    """The challenge of this person; somebody else's is not there."""
    found: DscChallenge = seen(DscChallenge, pk)
    return found


def _on(moment: datetime) -> str:
    """The day of a moment in India."""
    return clock.day(clock.india_today(moment))


def _issuer(name: str) -> str:
    """The common name of an authority out of its full name, which nobody reads; all of it when there is none."""
    found = re.search(r"CN=(.+?)(?:, [A-Za-z_]+=|$)", name)
    return found[1] if found else name


def _file(name: str) -> bytes:
    """What was uploaded under this name, no more than the doctor takes and one byte; empty when nothing was."""
    sent = request.files.get(name)
    return sent.stream.read(LARGEST + 1) if sent is not None else b""
