"""The door for DGFT's own system: SCIM 2.0 at /scim/v2, opened by a bearer secret and by nothing else (RFC 7644)."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import Response, current_app, g, json, request
from flask_appbuilder import BaseView, expose
from flask_login import AnonymousUserMixin
from sqlalchemy.exc import IntegrityError

from app.access import door
from app.core.actor import SYSTEM_ACTOR, Actor
from app.core.errors import BusinessError
from app.exporters import scim, scim_schema
from app.exporters.models import DgftProfile
from app.exporters.scim_filter import ScimError
from app.infra.db import db, reading, transaction
from app.infra.jsonbody import parse_json
from app.infra.settings import setting

MEDIA = "application/scim+json"
ACCOUNT = "scim"  # under this name failures are counted; no e-mail address is written like it
ALL = ["GET", "POST", "PUT", "PATCH", "DELETE"]
CLOSED = "There is no SCIM service here: SCIM_SECRET is not set."
WRONG = "Show the secret of this service as bearer token."
LOCKED = "Too many wrong secrets from this address. Wait 15 minutes and try again."
STALE = "This user has changed since the version you name. Read it again, then send the change."
KIND = f"Send JSON with Content-Type {MEDIA}."
Answer = tuple[int, Any, dict[str, str]]


def answered(method: Callable[..., Answer]) -> Callable[..., Response]:
    """Ask for the secret, then answer in SCIM's own form, refusals too."""

    @wraps(method)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Response:
        try:
            _open_the_door()
            return _answer(*method(self, *args, **kwargs))
        except IntegrityError:  # of two who bring the same person at once, one comes second
            db.session.rollback()
            return _refusal(ScimError(409, scim.EXISTS, "uniqueness"))
        except BusinessError as refusal:
            db.session.rollback()
            return _refusal(refusal)

    return wrapped


class ScimView(BaseView):
    """Users, and what the service says of itself. No cookie counts here, and none is given."""

    route_base = "/scim/v2"
    default_view = "users"

    def create_blueprint(self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None) -> Any:
        """A program sends no form token: the secret stands in its place."""
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        current_app.extensions["csrf"].exempt(blueprint)
        return blueprint

    @expose("/Users", methods=["GET"])
    @answered
    def users(self) -> Answer:
        """Find people."""
        return 200, scim.search(db.session, _base(), request.args, _chosen(request.args)), {}

    @expose("/Users/.search", methods=["POST"])
    @answered
    def search(self) -> Answer:
        """The same, with the question in the body."""
        said = _body()
        if not isinstance(said, dict) or scim_schema.SEARCH not in (said.get("schemas") or []):
            raise ScimError(400, f"A search has the schema {scim_schema.SEARCH}.", "invalidSyntax")
        return 200, scim.search(db.session, _base(), said, _chosen(said)), {}

    @expose("/Users", methods=["POST"])
    @answered
    def create(self) -> Answer:
        """A new person."""
        body = _body()
        with transaction(db.session):
            made = _one(scim.create(db.session, _actor(), body))
        return 201, *made

    @expose("/Users/<string:pk>", methods=["GET"])
    @answered
    def user(self, pk: str) -> Answer:
        """One person; nothing but the version when the client has it already."""
        found = scim.find(db.session, pk)
        if _names(request.headers.get("If-None-Match", ""), found):
            return 304, None, {"ETag": scim.etag(found)}
        return 200, *_one(found)

    @expose("/Users/<string:pk>", methods=["PUT"])
    @answered
    def replace(self, pk: str) -> Answer:
        """A person as the resource says."""
        body = _body()
        with transaction(db.session):
            changed = _one(scim.put(db.session, _actor(), pk, body, _fits))
        return 200, *changed

    @expose("/Users/<string:pk>", methods=["PATCH"])
    @answered
    def patch(self, pk: str) -> Answer:
        """A person after a list of changes."""
        body = _body()
        with transaction(db.session):
            changed = _one(scim.patch(db.session, _actor(), pk, body, _base(), _fits))
        return 200, *changed

    @expose("/Users/<string:pk>", methods=["DELETE"])
    @answered
    def withdraw(self, pk: str) -> Answer:
        """A person leaves."""
        with transaction(db.session):
            scim.withdraw(db.session, _actor(), pk, _fits)
        return 204, None, {}

    @expose("/ServiceProviderConfig", methods=["GET"])
    @answered
    def provider(self) -> Answer:
        """What this service can do."""
        _unfiltered()
        return 200, scim_schema.provider(_base()), {}

    @expose("/ResourceTypes", methods=["GET"])
    @expose("/ResourceTypes/<string:pk>", methods=["GET"])
    @answered
    def types(self, pk: str = "") -> Answer:
        """The kinds of resources: all of them, or one."""
        return 200, _listed(scim_schema.types(_base()), pk), {}

    @expose("/Schemas", methods=["GET"])
    @expose("/Schemas/<string:pk>", methods=["GET"])
    @answered
    def schemas(self, pk: str = "") -> Answer:
        """The attributes of a person: of both schemas, or of one."""
        return 200, _listed(scim_schema.schemas(_base()), pk), {}

    @expose("/<path:name>", methods=ALL)
    @answered
    def nothing(self, name: str) -> Answer:
        """Any other address, or an address with a method it does not take."""
        if name in {"Bulk", "Me"}:
            raise ScimError(501, f"/{name} is not offered here.")
        known = name in {"Users", "ServiceProviderConfig", "ResourceTypes", "Schemas"} or name.startswith("Users/")
        raise ScimError(405 if known else 404, "This address does not take that." if known else "There is nothing here.")


# --- the door ------------------------------------------------------------------------------------------------------------


def _open_the_door() -> None:
    """Whoever is logged in by cookie is nobody here; wrong secrets are counted, and after too many the door is shut."""
    g.user = AnonymousUserMixin()
    secret, address = str(setting("SCIM_SECRET")), request.remote_addr or ""
    if not secret:
        raise ScimError(404, CLOSED)
    if door.is_shut(db.session, ACCOUNT, address):
        raise ScimError(429, LOCKED)
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and hmac.compare_digest(_digest(shown.strip()), _digest(secret)):
        return
    db.session.rollback()
    token = reading.set(False)  # a failure is noted, whatever the method
    try:
        door.failed(db.session, ACCOUNT, address)
    finally:
        reading.reset(token)
    raise ScimError(401, WRONG)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _actor() -> Actor:
    return replace(SYSTEM_ACTOR, name="DGFT (SCIM)", ip=request.remote_addr or "")


# --- what comes in and goes out ------------------------------------------------------------------------------------------


def _body() -> Any:
    if request.mimetype not in {MEDIA, "application/json"}:
        raise ScimError(415, KIND)
    try:
        return parse_json(request.get_data())
    except BusinessError as refusal:
        raise ScimError(400, scim.sentence_of(refusal), "invalidSyntax") from refusal


def _base() -> str:
    return f"{setting('BASE_URL')}/scim/v2"


def _one(profile: DgftProfile) -> tuple[Any, dict[str, str]]:
    """A person and the headers that go with them; made before the commit, which forgets the row."""
    db.session.flush()
    resource = scim.show(profile, _base())
    headers = {"ETag": resource["meta"]["version"], "Location": resource["meta"]["location"]}
    return _chosen(request.args)(resource), headers


def _unfiltered() -> None:
    """These pages take no filter, and must not look as if they had (RFC 7644, section 4)."""
    if "filter" in request.args:
        raise ScimError(403, "This page takes no filter. Leave it out.")


def _listed(known: list[dict[str, Any]], pk: str) -> Any:
    """All of them as a list, or the one that is asked for."""
    _unfiltered()
    if not pk:
        counts = {"totalResults": len(known), "startIndex": 1, "itemsPerPage": len(known)}
        return {"schemas": [scim_schema.LIST], **counts, "Resources": known}
    for one in known:
        if one["id"] == pk:
            return one
    raise ScimError(404, f"Resource {pk[:80]} not found")


def _fits(profile: DgftProfile) -> None:
    """With If-Match, only the version that the client has seen is changed."""
    wanted = request.headers.get("If-Match", "")
    if wanted and not _names(wanted, profile):
        raise ScimError(412, STALE)


def _names(header: str, profile: DgftProfile) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or scim.etag(profile).removeprefix("W/") in tags


def _chosen(said: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Only the attributes asked for, or all but those not wanted; schemas and id always (RFC 7644, 3.9)."""
    wanted, unwanted = (_named(said.get(name)) for name in ("attributes", "excludedAttributes"))

    def choose(resource: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, value in resource.items():
            parts = {
                path[len(name) + 1 :] for path in wanted | unwanted if path.startswith((f"{name.lower()}.", f"{name.lower()}:"))
            }
            if name in {"schemas", "id"} or (name.lower() in wanted if wanted else name.lower() not in unwanted and not parts):
                kept[name] = value
            elif parts:
                kept[name] = _parts(value, parts, keep=bool(wanted))
        return kept

    return choose


def _parts(value: Any, names: set[str], *, keep: bool) -> Any:
    if isinstance(value, list):
        return [_parts(each, names, keep=keep) for each in value]
    return {name: each for name, each in value.items() if (name.lower() in names) is keep} if isinstance(value, dict) else value


def _named(said: Any) -> set[str]:
    names = said if isinstance(said, list) else str(said or "").split(",")
    return {str(name).strip().lower().removeprefix(f"{scim_schema.USER.lower()}:") for name in names} - {""}


def _answer(status: int, body: Any, headers: dict[str, str]) -> Response:
    text = "" if body is None else json.dumps(body, ensure_ascii=False)
    shown = text.encode("utf-8", "replace")  # half a character that was sent may be repeated in a refusal
    return Response(shown, status=status, headers=headers, content_type=MEDIA)


def _refusal(error: BusinessError) -> Response:
    status, kind = (error.status, error.kind) if isinstance(error, ScimError) else (409, "")
    body = {"schemas": [scim_schema.ERROR], "status": str(status), "detail": scim.sentence_of(error)}
    headers = {401: {"WWW-Authenticate": 'Bearer realm="scim"'}, 429: {"Retry-After": "900"}}.get(status, {})
    return _answer(status, body | ({"scimType": kind} if kind else {}), headers)
