"""Asks the time-stamping authority when something was signed, and believes the answer only after looking at all of it."""

import base64
import hashlib
import logging
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, ClassVar

from asn1crypto import cms, core, tsp

from app.core import clock
from app.infra.queue import NotYet
from app.infra.settings import setting
from app.signing import lasting, testca, trust
from app.signing.lasting import Trust

log = logging.getLogger(__name__)

MOMENT = "X-Sandbox-Moment"
QUERY = "application/timestamp-query"
PATIENCE_SECONDS, MOST_BYTES = 5, 32 * 1024
CLOSE = timedelta(minutes=5)  # how far the authority's clock and ours may differ
AGAIN_SECONDS = 20
STRONG = frozenset({"sha256", "sha384", "sha512"})


class Response(core.Sequence):
    """An answer as RFC 3161 has it: a refusal brings no token, which the library's own class does not know."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class NoTimeStamp(NotYet):
    """There is no time stamp yet: what needs it waits, and is never done without."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Waiting for the time stamp: {why}", AGAIN_SECONDS)


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A token that was looked at: the very bytes, the moment it names, and the certificate that stamped."""

    token: bytes  # a ContentInfo, DER
    time: datetime
    authority: str
    ends: datetime  # when the certificate that stamped ends


def token_over(data: bytes) -> bytes:
    """A token (DER) that says when these bytes were there; NoTimeStamp when there is none to be had."""
    return stamp(hashlib.sha256(data).digest()).token


def stamp(digest: bytes) -> TimeStamp:
    """A time stamp over a SHA-256; NoTimeStamp with the reason, when nobody answers or the answer does not hold."""
    nonce = secrets.randbits(63)
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    if setting("TSA_POLICY"):
        asked["req_policy"] = setting("TSA_POLICY")
    answer = _sent(bytes(asked.dump()))
    try:
        return _believed(answer, digest, nonce)
    except _Unbelievable as fault:
        log.error("the time-stamping authority's answer does not hold: %s", fault)
        raise NoTimeStamp(f"the answer of the time-stamping authority does not hold ({fault}).") from fault
    # A broken answer can fail anywhere in the parser, with any error; each means the same.
    except Exception as error:
        log.exception("the time-stamping authority's answer cannot be read")
        raise NoTimeStamp("the answer of the time-stamping authority cannot be read.") from error


class _Unbelievable(Exception):
    """What is wrong with an answer."""


def _sent(query: bytes) -> bytes:
    """The authority's answer. Never through a proxy, never on to another address, and no more than we take."""
    address = str(setting("TSA_URL"))
    if not address:
        raise NoTimeStamp("no time-stamping authority is named; the operator sets TSA_URL.")
    headers = {"Content-Type": QUERY, "Accept": "application/timestamp-reply"} | _credentials()
    if (elsewhen := clock.elsewhen()) is not None:  # only the demonstration and tests live at another time
        headers[MOMENT] = elsewhen.isoformat()
    sent = urllib.request.Request(address, query, headers)  # noqa: S310  our own setting, http or https
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere)
    try:
        with opener.open(sent, timeout=PATIENCE_SECONDS) as answer:
            return bytes(answer.read(MOST_BYTES))
    except urllib.error.HTTPError as refusal:
        refusal.close()
        raise NoTimeStamp(f"the time-stamping authority answers {refusal.code}.") from refusal
    except (OSError, HTTPException, ValueError) as error:  # a time-out is an OSError
        raise NoTimeStamp("the time-stamping authority does not answer.") from error


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


def _credentials() -> dict[str, str]:
    """Name and password, where the authority asks for them."""
    said = str(setting("TSA_CREDENTIALS"))
    return {"Authorization": f"Basic {base64.b64encode(said.encode()).decode()}"} if said else {}


def _believed(answer: bytes, digest: bytes, nonce: int) -> TimeStamp:
    """The token, once everything about it is as it should be."""
    response = Response.load(answer, strict=True)
    status = response["status"]["status"].native
    if status not in {"granted", "granted_with_mods"}:
        raise _Unbelievable(f"it says {status}")
    token = response["time_stamp_token"]
    signed = token["content"]
    info = signed["encap_content_info"]["content"].parsed
    if not isinstance(info, tsp.TSTInfo):
        raise _Unbelievable("it is no time stamp")
    _about(info, digest, nonce)
    certificate = _signed_by(signed, digest, info["gen_time"].native)
    return TimeStamp(
        bytes(token.dump()), info["gen_time"].native, str(certificate.subject.native.get("common_name", "")),
        certificate.not_valid_after,
    )  # fmt: skip


def _about(info: Any, digest: bytes, nonce: int) -> None:
    """It answers this question, under the policy we asked for, and its clock agrees with ours."""
    imprint, moment = info["message_imprint"], info["gen_time"].native
    if imprint["hash_algorithm"]["algorithm"].native != "sha256" or imprint["hashed_message"].native != digest:
        raise _Unbelievable("it is about another document")
    if info["nonce"].native != nonce:
        raise _Unbelievable("it answers another question")
    if setting("TSA_POLICY") and info["policy"].dotted != setting("TSA_POLICY"):
        raise _Unbelievable("it was made under another policy")
    if abs(moment - clock.now()) > CLOSE:
        raise _Unbelievable(f"it says {clock.stamp(moment)} and it is {clock.stamp(clock.now())}")


def _signed_by(signed: Any, digest: bytes, moment: datetime) -> Any:
    """The certificate that stamped: under a root we trust, for stamping alone, not revoked, and the signature verifies."""
    if len(signed["signer_infos"]) != 1 or signed["signer_infos"][0]["digest_algorithm"]["algorithm"].native not in STRONG:
        raise _Unbelievable("it is not signed as it should be")
    lists = [each.der for each in trust.lists()]
    seen = lasting.look_at_token(signed, lambda _hash: digest, Trust(trust.stamp_roots(), lists=lists), moment)
    if seen.fault:
        raise _Unbelievable(seen.fault)
    _for_stamping_alone(seen.certificate)
    return seen.certificate


def _for_stamping_alone(certificate: Any) -> None:
    """RFC 3161, 2.3: one purpose, and critical. And no authority of ours for tests in production."""
    purposes = certificate.extended_key_usage_value
    critical = any(
        part["extn_id"].native == "extended_key_usage" and part["critical"].native
        for part in certificate["tbs_certificate"]["extensions"]
    )
    if purposes is None or purposes.native != ["time_stamping"] or not critical:
        raise _Unbelievable("its certificate is not for time stamps alone")
    if setting("UDGAM_ENV") == "production" and testca.WARNING in certificate.subject.native.values():
        raise _Unbelievable("its certificate is one for tests")
