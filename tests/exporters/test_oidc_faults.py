"""What goes wrong between Udgam and DGFT's log-in: every fault ends as a sentence on the log-in page, and nobody is let in."""

import base64
import hmac
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Engine, func, select

import config
from app.exporters import oidc_client
from app.exporters.models import DgftProfile
from app.exporters.sandbox_provider import encoded
from tests.exporters.provider import KIRAN, MEERA, RAVI, Bent, Door, serving
from tests.own_database import at_once
from tests.running import free_port

UNBELIEVED, SILENT, SPENT, STALE = "cannot be believed", "does not answer just now", "no longer knows", "begun too long ago"
Bend = Callable[[Any], Any]


def claim(**changes: Any) -> Bend:
    """The ID token says something else, and leaves out what is None."""
    return lambda claims: {name: value for name, value in (claims | changes).items() if value is not None}


def parts(token: str) -> list[str]:
    return token.split(".")


def payload(token: str) -> dict[str, Any]:
    text = parts(token)[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def headed(header: dict[str, Any], sign: Callable[[bytes], bytes] = lambda _text: b"") -> Bend:
    """The same claims under another header and signature."""

    def bend(token: str) -> str:
        text = f"{encoded(json.dumps(header).encode())}.{parts(token)[1]}"
        return f"{text}.{encoded(sign(text.encode()))}"

    return bend


# --- the token -----------------------------------------------------------------------------------------------------------

NOW = int(time.time())
CLAIMS = {
    "another issuer": claim(iss="https://evil.example"), "no issuer": claim(iss=None),
    "another audience": claim(aud="another"), "no audience": claim(aud=None), "an empty audience": claim(aud=[]),
    "several without azp": claim(aud=["udgam", "another"]), "several for another": claim(aud=["udgam", "another"], azp="another"),
    "azp of another": claim(azp="another"), "another nonce": claim(nonce="another"), "no nonce": claim(nonce=None),
    "an empty nonce": claim(nonce=""), "over": claim(exp=NOW - 3600), "no end": claim(exp=None), "an end in words": claim(exp="later"),
    "from tomorrow": claim(iat=NOW + 86_400), "not yet": claim(nbf=NOW + 86_400), "no beginning": claim(iat=None),
    "another access token": claim(at_hash="x"), "nobody": claim(sub=None),
}  # fmt: skip


@pytest.mark.parametrize("bend", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_token_that_says_something_else(door: Door, dgft: Bent, session: Any, bend: Bend) -> None:
    """Signed by DGFT, and yet not for us, not for this log-in, or not for now."""
    dgft.bend["claims"] = bend
    assert UNBELIEVED in door.refused(door.enter(RAVI))
    assert session.scalar(select(func.count()).select_from(DgftProfile)) == 0


def test_a_clock_that_is_a_little_off_is_forgiven(door: Door, dgft: Bent) -> None:
    """Thirty seconds."""
    dgft.bend["claims"] = claim(iat=int(time.time()) + 30, exp=int(time.time()) - 30)
    assert door.enter(MEERA).headers["Location"] == "/"


def test_several_audiences_with_us_as_the_party_are_fine(door: Door, dgft: Bent) -> None:
    dgft.bend["claims"] = claim(aud=["udgam", "another"], azp="udgam")
    assert door.enter(MEERA).headers["Location"] == "/"


def test_a_token_that_was_altered(door: Door, dgft: Bent) -> None:
    """Its person exchanged, after the signature."""

    def bend(token: str) -> str:
        head, _, signature = parts(token)
        return f"{head}.{encoded(json.dumps(payload(token) | {'sub': KIRAN}).encode())}.{signature}"

    dgft.bend["sign"] = bend
    assert UNBELIEVED in door.refused(door.enter(MEERA))


def test_a_token_by_another_key(door: Door, dgft: Bent) -> None:
    """Under the right name, and under an unknown one (the keys are asked for once more, not for ever)."""
    other = Bent(dgft.issuer)
    dgft.bend["sign"] = lambda token: Bent.sign(other, payload(token))
    assert UNBELIEVED in door.refused(door.enter(MEERA))
    assert dgft.asked.count("/jwks") == 2
    other.kid = dgft.kid
    assert UNBELIEVED in door.refused(door.enter(MEERA))


def test_a_token_without_a_real_signature(door: Door, dgft: Bent) -> None:
    """alg none; HS256 with what everybody knows (the public key) or with our own secret; an algorithm nobody knows."""
    public = dgft.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for header, sign in (
        ({"alg": "none"}, lambda _text: b""),
        ({"alg": "none", "kid": dgft.kid}, lambda _text: b""),
        ({"alg": "HS256", "kid": dgft.kid}, lambda text: hmac.digest(public, text, "sha256")),
        ({"alg": "HS256"}, lambda text: hmac.digest(dgft.secret.encode(), text, "sha256")),
        ({"alg": "XX999", "kid": dgft.kid}, lambda _text: b"x"),
        ({"kid": dgft.kid}, lambda _text: b"x"),
    ):
        dgft.bend["sign"] = headed(header, sign)
        assert UNBELIEVED in door.refused(door.enter(MEERA))


def test_what_the_provider_offers_does_not_widen_what_we_take(door: Door, dgft: Bent) -> None:
    """A discovery document that names HS256 and none, and keys with a shared one among them."""
    shared = {"kty": "oct", "kid": "shared", "alg": "HS256", "k": encoded(b"everybody knows this secret of 32 bytes!")}
    dgft.bend["discovery"] = lambda said: said | {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256"]}
    dgft.bend["keys"] = lambda said: {"keys": [*said["keys"], shared]}
    secret = b"everybody knows this secret of 32 bytes!"
    dgft.bend["sign"] = headed({"alg": "HS256", "kid": "shared"}, lambda text: hmac.digest(secret, text, "sha256"))
    assert UNBELIEVED in door.refused(door.enter(MEERA))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "....", "é.é.é", None, 7, [], {}])
def test_a_token_that_is_none(door: Door, dgft: Bent, token: Any) -> None:
    dgft.bend["sign"] = lambda _token: token
    assert UNBELIEVED in door.refused(door.enter(MEERA))


@pytest.mark.parametrize(
    "answer", [{"access_token": "x", "token_type": "Bearer"}, [], ["x"], "x", 7, {"id_token": "x"}, {"error": {}}]
)
def test_an_answer_that_is_none(door: Door, dgft: Bent, answer: Any) -> None:
    """JSON, but not what was asked for."""
    dgft.bend["redeem"] = lambda _found: answer
    door.refused(door.enter(MEERA))


@pytest.mark.parametrize(
    "keys", [{}, [], {"keys": []}, {"keys": [{}]}, {"keys": "x"}, {"keys": [{"kty": "RSA", "n": "!", "e": ""}]}, 7]
)
def test_keys_that_are_none(door: Door, dgft: Bent, keys: Any) -> None:
    dgft.bend["keys"] = lambda _said: keys
    assert UNBELIEVED in door.refused(door.enter(MEERA))


def test_userinfo_about_somebody_else(door: Door, dgft: Bent) -> None:
    """Its claims would be mixed with another person's token (OpenID Connect Core, 5.3.2)."""
    dgft.bend["claims"] = claim(email=None)
    dgft.bend["answer /userinfo"] = lambda ours: ours.plainly(200, {"sub": KIRAN, "email": "a@b.example", "email_verified": True})
    assert UNBELIEVED in door.refused(door.enter(RAVI))


# --- the documents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [{"issuer": "https://evil.example"}, {"issuer": None}, {"token_endpoint": None}, {"jwks_uri": "file:///etc/passwd"},
     {"authorization_endpoint": "javascript:alert(1)"}, {"token_endpoint": 7}, {"userinfo_endpoint": "ftp://127.0.0.1/"},
     {"id_token_signing_alg_values_supported": ["HS256", "none"]}],
)  # fmt: skip
def test_a_discovery_document_that_is_not_the_issuers(door: Door, dgft: Bent, change: dict[str, Any]) -> None:
    """Nobody is even sent there."""
    dgft.bend["discovery"] = lambda said: said | change
    assert UNBELIEVED in door.refused(door.get("/login/dgft/"))


@pytest.mark.parametrize("said", [[], "x", None, 7])
def test_a_discovery_document_that_is_none(door: Door, dgft: Bent, said: Any) -> None:
    dgft.bend["discovery"] = lambda _said: said
    assert UNBELIEVED in door.refused(door.get("/login/dgft/"))


def test_an_https_issuer_has_https_endpoints() -> None:
    """One in the clear would be listened to."""
    good = {name: "https://dgft.example/x" for name in oidc_client.ENDPOINTS} | {"issuer": "https://dgft.example"}
    assert oidc_client.checked(good, "https://dgft.example")["id_token_signing_alg_values_supported"] == ["RS256"]
    for name in (*oidc_client.ENDPOINTS, "userinfo_endpoint"):
        with pytest.raises(ValueError, match=name):
            oidc_client.checked(good | {name: "http://dgft.example/x"}, "https://dgft.example")
    with pytest.raises(ValueError, match="another issuer"):
        oidc_client.checked(good, "https://dgft.example/")
    posted = oidc_client.checked(good | {"token_endpoint_auth_methods_supported": ["client_secret_post"]}, "https://dgft.example")
    assert posted["token_endpoint_auth_method"] == "client_secret_post"


# --- the line ------------------------------------------------------------------------------------------------------------


def drip(ours: Any) -> None:
    """A byte now and then, for as long as somebody listens."""
    ours.send_response(200)
    ours.send_header("Content-Type", "application/json")
    ours.send_header("Content-Length", "1000")
    ours.end_headers()
    for _ in range(300):
        try:
            ours.wfile.write(b" ")
            ours.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)
    ours.provider.heard_out = True


LINE = {
    "in trouble": (lambda ours: ours.plainly(503, {}), SILENT), "broken": (lambda ours: ours.plainly(500, b"<html>"), SILENT),
    "no JSON": (lambda ours: ours.plainly(200, b"<html>"), UNBELIEVED), "nothing": (lambda ours: ours.plainly(200, b""), UNBELIEVED),
    "too large": (lambda ours: ours.plainly(200, b"[" + b" " * 400_000 + b"]"), UNBELIEVED),
    "not UTF-8": (lambda ours: ours.plainly(200, b"\xff\xfe{"), UNBELIEVED),
    "nested": (lambda ours: ours.plainly(200, b"[" * 100_000), UNBELIEVED),
    "hung up": (lambda ours: ours.connection.shutdown(socket.SHUT_RDWR), SILENT), "slow": (drip, SILENT),
}  # fmt: skip


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
@pytest.mark.parametrize(("bend", "sentence"), LINE.values(), ids=LINE.keys())
def test_a_line_that_fails(door: Door, dgft: Bent, monkeypatch: pytest.MonkeyPatch, path: str, bend: Bend, sentence: str) -> None:
    """At each of the three places where DGFT is asked."""
    if bend is drip:  # the others answer at once, and are not to be cut short on a busy machine
        monkeypatch.setattr(oidc_client, "IN_ALL", 2.0)
    dgft.bend[f"answer {path}"] = bend
    answer = door.get("/login/dgft/") if path.startswith("/.well") else door.enter(MEERA)
    assert sentence in door.refused(answer)
    assert dgft.asked.count(path) == 1  # nothing asks again
    assert not dgft.heard_out  # a line that hangs is given up


def test_no_redirect_is_followed(door: Door, dgft: Bent) -> None:
    """The client's secret is shown to nobody else."""

    def elsewhere(ours: Any) -> None:
        ours.send_response(307)
        ours.send_header("Location", f"{dgft.issuer}/stolen")
        ours.send_header("Content-Length", "0")
        ours.end_headers()

    dgft.bend["answer /token"] = elsewhere
    assert UNBELIEVED in door.refused(door.enter(MEERA))
    assert "/stolen" not in dgft.asked


def test_a_provider_that_is_down(app: Flask, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens; where one wanted to go is not forgotten."""
    monkeypatch.setitem(app.config, "OIDC_ISSUER", f"http://127.0.0.1:{free_port()}")
    answer = door.get("/login/dgft/?next=/wallet/")
    assert answer.headers["Location"] == "/login/?next=/wallet/"
    assert SILENT in door.refused(answer)


def test_a_provider_in_trouble_is_left_alone_for_a_moment(door: Door, dgft: Bent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused at once meanwhile, so that its silence does not hold up the pages of everybody else; then asked again."""
    dgft.bend["answer /.well-known/openid-configuration"] = lambda ours: ours.plainly(503, {})
    for _ in range(3):
        assert SILENT in door.refused(door.get("/login/dgft/"))
    assert len(dgft.asked) == 1
    dgft.bend.clear()
    later = time.monotonic() + oidc_client.LEFT_ALONE + 1
    monkeypatch.setattr(oidc_client.time, "monotonic", lambda: later)
    assert "/authorize?" in door.begin()


def test_nothing_is_held_while_dgft_is_slow(app: Flask, own: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others write while a code is redeemed, on SQLite too, which has one writer."""
    from app.access import door as lock
    from app.infra.db import db

    done: list[str] = []

    def meanwhile(found: Any) -> Any:
        with app.app_context():
            lock.failed(db.session, "somebody", "192.0.2.9")
            db.session.remove()
        done.append("written")
        return found

    with serving(app, monkeypatch) as provider:
        provider.bend["redeem"] = meanwhile
        monkeypatch.setattr(oidc_client, "PATIENCE", 2.0)
        assert Door(app).enter(MEERA).headers["Location"] == "/"
    assert done == ["written"]


def test_two_first_log_ins_at_once_make_one_account(app: Flask, own: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both come in, to the same account."""
    from app.infra.db import db

    with serving(app, monkeypatch):
        doors = [Door(app) for _ in range(4)]
        backs = [each.decide(each.begin(), RAVI) for each in doors]
        acts = [
            lambda each=each, back=back: each.come_back(back).headers["Location"] for each, back in zip(doors, backs, strict=True)
        ]
        assert at_once(app, *acts) == ["/"] * 4
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(DgftProfile)) == 1
        assert db.session.scalar(select(func.count()).select_from(User).where(User.email == "newcomer@mail.example")) == 1


# --- the way back --------------------------------------------------------------------------------------------------------


def test_a_code_is_good_once(app: Flask, door: Door) -> None:
    """The same way back again finds nothing begun; with a copy of the cookie DGFT refuses the code."""
    there = door.begin()
    kept = door.client.get_cookie("session", domain="127.0.0.1")
    assert kept is not None
    back = door.decide(there, MEERA)
    assert door.come_back(back).headers["Location"] == "/"
    door.get("/logout/")
    assert STALE in door.refused(door.come_back(back))
    copy = Door(app)
    copy.client.set_cookie("session", kept.value, domain="127.0.0.1")
    assert SPENT in copy.refused(copy.come_back(back))


def test_a_strangers_code_does_not_log_me_in_as_them(app: Flask, door: Door, dgft: Bent) -> None:
    """Sent as a link, it was begun elsewhere; put under my own state, its proof key does not fit."""
    stranger = Door(app)
    theirs = stranger.decide(stranger.begin(), KIRAN)
    there = door.begin()
    state = there.split("state=")[1].split("&")[0]
    assert STALE in door.refused(door.come_back(theirs))
    mixed = theirs.split("state=")[0] + f"state={state}&iss=" + dgft.issuer
    assert SPENT in door.refused(door.come_back(mixed))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("error=access_denied", "was not finished"), ("error=server_error", SILENT), ("error=temporarily_unavailable", SILENT),
     ("error=%3Cscript%3E&error_description=%3Cscript%3Ealert(1)%3C/script%3E", "DGFT refused the log-in"), ("code=", UNBELIEVED),
     ("", UNBELIEVED), ("code=x&iss=https://evil.example", UNBELIEVED), ("code=x", UNBELIEVED)],
)  # fmt: skip
def test_what_may_come_back(door: Door, query: str, sentence: str) -> None:
    """Refused there, half an answer, or another provider's (RFC 9207); what it says of itself is not repeated."""
    state = door.begin().split("state=")[1].split("&")[0]
    page = door.refused(door.get(f"/login/dgft/back?{query}&state={state}"))
    assert sentence in page
    assert "<script>" not in page


def test_cancel_at_dgft(door: Door) -> None:
    """And the page that was asked for is not forgotten."""
    answer = door.come_back(door.decide(door.begin("/wallet/"), do="cancel"))
    assert answer.headers["Location"] == "/login/?next=/wallet/"
    assert "was not finished" in door.refused(answer)


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?code=x&state=", "?state=x", "?error=access_denied", "?state=x&state=y", "?code=%00"]
)
def test_nobody_begun_this(door: Door, query: str) -> None:
    answer = door.get(f"/login/dgft/back{query}")
    assert answer.status_code == 400 if "%00" in query else STALE in door.refused(answer)


def test_ten_minutes_are_enough(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.exporters import oidc_view

    monkeypatch.setattr(oidc_view, "GOOD_FOR", -1)
    assert STALE in door.refused(door.enter(MEERA))


def test_several_tabs(door: Door) -> None:
    """The last three are remembered, so that the cookie stays small."""
    theres = [door.begin() for _ in range(5)]
    assert STALE in door.refused(door.come_back(door.decide(theres[0], MEERA)))
    cookie = door.client.get_cookie("session", domain="127.0.0.1")
    assert cookie is not None
    assert len(cookie.value) < 2500
    assert door.come_back(door.decide(theres[2], MEERA)).headers["Location"] == "/"


def test_our_secret_is_wrong(app: Flask, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "OIDC_CLIENT_SECRET", "another secret")
    assert UNBELIEVED in door.refused(door.enter(MEERA))


# --- the settings --------------------------------------------------------------------------------------------------------

WHOLE = {"OIDC_PROVIDER": "hosted", "OIDC_ISSUER": "https://login.dgft.example", "OIDC_CLIENT_ID": "udgam", "BASE_URL": "https://udgam.example",
         "UDGAM_ENV": "production", "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz0123456789", "MAIL_URL": "smtp://mail.example"}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({}, ""), ({"OIDC_PROVIDER": ""}, ""), ({"OIDC_PROVIDER": "sandbox"}, "for the demo only"), ({"OIDC_PROVIDER": "google"}, "must be sandbox"),
     ({"OIDC_ISSUER": ""}, "belong together"), ({"OIDC_CLIENT_ID": ""}, "belong together"), ({"OIDC_CLIENT_SECRET_FILE": "/nowhere/at/all"}, "cannot be read"),
     ({"OIDC_CLIENT_SECRET_FILE": "empty"}, "belong together"), ({"OIDC_PROVIDER": "", "OIDC_ISSUER": ""}, "belong together"),
     ({"OIDC_ISSUER": "http://login.dgft.example"}, "https"), ({"OIDC_ISSUER": "http://127.0.0.1:8082"}, "https"),
     ({"OIDC_ISSUER": "https://"}, "https"), ({"OIDC_ISSUER": "https://dgft.example/?x=1"}, "https"), ({"OIDC_ISSUER": "https://a:b@dgft.example"}, "https"),
     ({"BASE_URL": "http://udgam.example"}, "BASE_URL"), ({"UDGAM_ENV": "demo", "OIDC_ISSUER": "http://127.0.0.1:8082"}, ""),
     ({"UDGAM_ENV": "demo", "OIDC_PROVIDER": "sandbox"}, "on this machine"), ({"OIDC_PROVIDER": "none", "OIDC_ISSUER": ""}, "")],
)  # fmt: skip
def test_settings_that_are_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], sentence: str) -> None:
    """Half set, in the clear, or the sandbox where it counts."""
    (tmp_path / "secret").write_text("a secret that DGFT gave\n")
    (tmp_path / "empty").touch()
    monkeypatch.setenv("UDGAM_HOME", str(tmp_path))
    for name, value in (WHOLE | {"OIDC_CLIENT_SECRET_FILE": "secret"} | change).items():
        monkeypatch.setenv(name, str(tmp_path / value) if name.endswith("_FILE") else value)
    if not sentence:
        assert config.settings()["OIDC_PROVIDER"] == (change.get("OIDC_PROVIDER") or "hosted")
        return
    with pytest.raises(config.ConfigurationError, match=sentence):
        config.settings()


def test_without_settings_production_offers_nothing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a demonstration the sandbox."""
    monkeypatch.setenv("UDGAM_HOME", str(tmp_path))
    assert config.settings()["OIDC_PROVIDER"] == "sandbox"
    for name in ("UDGAM_ENV", "SECRET_KEY", "MAIL_URL"):
        monkeypatch.setenv(name, WHOLE[name])
    assert config.settings()["OIDC_PROVIDER"] == "none"
