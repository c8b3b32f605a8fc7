"""DGFT's log-in as Udgam sees it: where a person is sent, and what the answer proves (OpenID Connect, code flow with PKCE).

Authlib speaks the protocol. What is added here is distrust: the discovery document must be the issuer's own, only a few
signature algorithms count whatever it offers, no redirect or proxy is followed, and seconds and bytes are counted.
"""

import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth, OAuthError
from authlib.integrations.requests_client import OAuth2Session
from flask import current_app
from joserfc.errors import JoseError
from requests import RequestException, Response
from requests.exceptions import InvalidJSONError
from urllib3.exceptions import HTTPError

from app.core.errors import BusinessError
from app.infra.settings import setting
from app.infra.words import N_

log = logging.getLogger(__name__)

NAME = "dgft"
SIGNED_BY = ("RS256", "PS256", "ES256")
PATIENCE, IN_ALL, MOST_BYTES = 3.0, 5.0, 256 * 1024  # seconds without a byte, seconds for an answer, its size
KEPT_FOR, LEFT_ALONE = 600.0, 5.0  # seconds a discovery document is kept, and a silent provider not asked again
LEEWAY = 60  # seconds two clocks may differ
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL = ("userinfo_endpoint", "authorization_response_iss_parameter_supported")

# What authlib, joserfc and json raise over an answer that is not what it should be: they expect dictionaries and texts.
UNFIT = (JoseError, InvalidJSONError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
SILENT = N_("DGFT's log-in does not answer just now. Try again in a minute, or log in with your Udgam password.")
UNBELIEVABLE = N_(
    "DGFT's log-in gave an answer that cannot be believed, so nobody was logged in. Try again, or tell the help desk."
)
SPENT = N_("DGFT no longer knows this log-in: it was used before, or took too long. Begin again.")


class Silent(BusinessError):
    """The provider could not be reached, or is in trouble itself."""


class NotProved(BusinessError):
    """What came back does not prove who somebody is."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What one log-in was begun with; kept in the person's own cookie until they come back."""

    state: str
    nonce: str
    verifier: str


class Line(OAuth2Session):
    """HTTP to the provider: no proxy, no redirect, nothing that is slow or large."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trust_env = False
        self.verify = ssl.get_default_verify_paths().cafile or True

    def request(self, method: str, url: str, withhold_token: bool = False, auth: Any = None, **kwargs: Any) -> Any:
        """As requests does it, with the body read here."""
        until = time.monotonic() + IN_ALL
        kwargs |= {"timeout": PATIENCE, "allow_redirects": False, "stream": True}
        answer = super().request(method, url, withhold_token=withhold_token, auth=auth, **kwargs)
        with answer:
            answer._content = _body(answer, until)
        if 300 <= answer.status_code < 400:
            raise ValueError(f"redirected by {urlsplit(url).path}")
        return answer


def _body(answer: Response, until: float) -> bytes:
    """All of it in time; a byte now and then would keep a thread for ever."""
    content = bytearray()
    try:
        while part := answer.raw.read1(65_536, decode_content=True):
            content += part
            if len(content) > MOST_BYTES:
                raise ValueError("the answer is too large")
            if time.monotonic() > until:
                raise RequestException("the answer was too slow")
    except HTTPError as error:  # urllib3's, for a line that broke or fell silent
        raise RequestException(str(error)) from error
    return bytes(content)


class Provider(FlaskOAuth2App):
    """Authlib's client, with a discovery document that is checked and not kept for ever."""

    client_cls = Line

    def __init__(self, *args: Any, issuer: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issuer, self.loaded, self.silent_until = issuer, float("-inf"), 0.0

    def load_server_metadata(self) -> dict[str, Any]:
        """The discovery document; after ten minutes it and the keys are fetched anew."""
        if time.monotonic() - self.loaded > KEPT_FOR:
            with self._get_session() as line:
                answer = line.request("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", withhold_token=True)
            answer.raise_for_status()
            self.server_metadata = checked(answer.json(), self.issuer)
            self.loaded = time.monotonic()
        found: dict[str, Any] = self.server_metadata
        return found


def checked(said: Any, issuer: str) -> dict[str, Any]:
    """What we use of a discovery document; ValueError when it is another's, or names an address one could listen to."""
    if not isinstance(said, dict) or said.get("issuer") != issuer:
        raise ValueError("the discovery document is another issuer's")
    found = {name: said[name] for name in OPTIONAL if said.get(name)} | {name: said.get(name) for name in ENDPOINTS}
    scheme = urlsplit(issuer).scheme
    for name, value in found.items():
        if name != OPTIONAL[1] and (not isinstance(value, str) or urlsplit(value).scheme not in {scheme, "https"}):
            raise ValueError(f"{name} is no address to be trusted")
    offered = said.get("id_token_signing_alg_values_supported") or SIGNED_BY[:1]
    signed_by = [name for name in SIGNED_BY if name in offered]
    if not signed_by:
        raise ValueError("none of the signature algorithms is taken here")
    ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
    return found | {
        "issuer": issuer, "id_token_signing_alg_values_supported": signed_by, "token_endpoint_auth_method": way,
    }  # fmt: skip


# --- the three steps -----------------------------------------------------------------------------------------------------


def is_offered() -> bool:
    """Can people log in with DGFT credentials here?"""
    return bool(setting("OIDC_PROVIDER") != "none")


def back() -> str:
    """The address people come back to, as it is registered with DGFT."""
    return f"{setting('BASE_URL')}/login/dgft/back"


def begin() -> tuple[str, Begun]:
    """Where to send a person, and what to remember of it. Silent or NotProved when the provider is away or not itself."""
    begun = Begun(generate_token(32), generate_token(32), generate_token(64))
    with _asked() as provider:
        made = provider.create_authorization_url(
            back(), state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier, prompt="login"
        )  # logging out here does not log out at DGFT, and the next clerk at this desk is somebody else
        return str(made["url"]), begun


def redeem(begun: Begun, code: str, issuer: str | None) -> dict[str, Any]:
    """The claims about the person whom this code stands for; NotProved when anything about them is not right.

    The ID token must be signed by the issuer's key with one of our algorithms, be meant for us and for this very log-in
    (nonce), and not be over. Where it names no address, the claims of the userinfo endpoint are added.
    """
    with _asked() as provider:
        metadata = provider.load_server_metadata()
        if issuer != metadata["issuer"] and (issuer or metadata.get("authorization_response_iss_parameter_supported")):
            raise ValueError("the way back names another issuer")  # RFC 9207
        token = provider.fetch_access_token(back(), code=code, code_verifier=begun.verifier)
        options = {
            "iss": {"essential": True, "value": metadata["issuer"]},
            "aud": {"essential": True, "value": provider.client_id},
        }
        claims = provider.parse_id_token(token, nonce=begun.nonce, claims_options=options, leeway=LEEWAY)
        if claims is None:
            raise ValueError("no ID token came")
        found = dict(claims)
        if not found.get("email") and metadata.get("userinfo_endpoint"):
            more = provider.userinfo(token=token)
            if more.get("sub") != found["sub"]:
                raise ValueError("the userinfo is about another person")
            found = dict(more) | found
        return found


@contextmanager
def _asked() -> Iterator[Provider]:
    """The provider, with everything it may do wrong turned into a sentence; the reason is for the record."""
    provider = _provider()
    if time.monotonic() < provider.silent_until:
        raise Silent(SILENT)
    try:
        yield provider
    except OAuthError as refusal:
        log.warning("DGFT's log-in refused: %s", refusal.error)
        raise NotProved(SPENT if refusal.error == "invalid_grant" else UNBELIEVABLE) from refusal
    except UNFIT as error:
        log.warning("DGFT's log-in is not believed: %s: %s", type(error).__name__, error)
        raise NotProved(UNBELIEVABLE) from error
    except (RequestException, OSError) as error:
        provider.silent_until = time.monotonic() + LEFT_ALONE
        log.warning("DGFT's log-in does not answer: %s", type(error).__name__)
        raise Silent(SILENT) from error


def _provider() -> Provider:
    """The client for the settings of now, made once for each."""
    issuer, client_id, secret = (str(setting(name)) for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"))
    known: dict[Any, Provider] = current_app.extensions.setdefault("udgam_oidc", {})
    if (issuer, client_id, secret) not in known:
        registry = OAuth(current_app)
        known[issuer, client_id, secret] = registry.register(
            NAME, client_cls=Provider, issuer=issuer, client_id=client_id, client_secret=secret,
            client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
        )  # fmt: skip
    return known[issuer, client_id, secret]
