"""One's own notices over REST: the list, marking as read, and how one wants to be told."""

from typing import Any

from flask import Response, jsonify
from flask_appbuilder.api import expose, permission_name, protect, safe

from app.core.errors import Fault, InvalidInput
from app.infra import current
from app.infra.db import db
from app.infra.rest import Answer, ReadApi, parse_body
from app.infra.screens import FastInterface
from app.notices import service
from app.notices.models import Notice
from app.notices.rules import MANNERS, Kind

MOST_IDS = 1000


class NoticeApi(ReadApi):
    """Resource `notices`."""

    resource_name = "notices"
    openapi_spec_tag = "Notices"
    datamodel = FastInterface(Notice)
    base_permissions = ["can_get", "can_choose"]
    list_columns = ["id", "kind", "text", "url", "created_at", "read_at"]
    show_columns = list_columns
    search_columns = ["kind", "read_at", "created_at"]
    order_columns = ["id", "created_at"]

    @expose("/read", methods=("POST",))
    @protect()
    @safe
    @permission_name("choose")
    def read(self) -> Response:
        """Mark notices as read.
        ---
        post:
          summary: Mark notices as read
          parameters:
          - {in: header, name: Idempotency-Key, schema: {type: string, maxLength: 200}}
          requestBody:
            content:
              application/json:
                schema: {type: object, properties: {ids: {type: array, maxItems: 1000, items: {type: integer}}}}
          responses:
            200: {description: "how many were new; without `ids`, all are marked"}
            422: {description: every fault by its field}
        """

        def work() -> Answer:
            return 200, {"result": {"marked": service.mark_read(db.session, current.actor(), _ids(parse_body()))}}

        return self.act(work)

    @expose("/preferences", methods=("GET",))
    @protect()
    @safe
    @permission_name("get")
    def preferences(self) -> Response:
        """How this person is told of what.
        ---
        get:
          summary: How you are told of what
          responses:
            200: {description: "for each kind `bell` and `mail`, and which of them may not be switched off (`fixed`)"}
        """
        return jsonify(result=_told(service.preferences(db.session, current.actor())))

    @expose("/preferences", methods=("PUT",))
    @protect()
    @safe
    @permission_name("choose")
    def prefer(self) -> Response:
        """Say how you want to be told; kinds that are not named stay as they are.
        ---
        put:
          summary: Say how you want to be told
          requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
          responses:
            200: {description: all preferences as they are now}
            422: {description: every fault by its field}
        """

        def work() -> Answer:
            now = service.preferences(db.session, current.actor())
            service.prefer(db.session, current.actor(), _wishes(parse_body(), now))
            return 200, {"result": _told(service.preferences(db.session, current.actor()))}

        return self.act(work)


def _told(ways: dict[Kind, tuple[bool, bool]]) -> dict[str, Any]:
    fixed = {
        kind: [name for name, stays in (("bell", m.bell_stays), ("mail", m.mail_stays)) if stays] for kind, m in MANNERS.items()
    }
    return {kind.value: {"bell": bell, "mail": mail, "fixed": fixed[kind]} for kind, (bell, mail) in ways.items()}


def _ids(said: Any) -> list[int] | None:
    """The numbers of the body, strictly; None when it names none."""
    if not isinstance(said, dict) or set(said) - {"ids"}:
        raise InvalidInput([Fault("ids", "Send an object with ids and nothing else, or nothing for all.")])
    ids = said.get("ids")
    if ids is None:
        return None
    whole = isinstance(ids, list) and all(
        isinstance(each, int) and not isinstance(each, bool) and 0 < each < 2**31 for each in ids
    )
    if not whole or len(ids) > MOST_IDS:
        raise InvalidInput([Fault("ids", f"The ids must be a list of at most {MOST_IDS} numbers of notices.")])
    return list(ids)


def _wishes(said: Any, now: dict[Kind, tuple[bool, bool]]) -> dict[Kind, tuple[bool, bool]]:
    """What is wanted, strictly: known kinds, each with bell or mail as true or false."""
    if not isinstance(said, dict) or not said:
        raise InvalidInput([Fault("", 'Send an object such as {"DECISION": {"bell": true, "mail": false}}.')])
    faults, wishes = list[Fault](), dict[Kind, tuple[bool, bool]]()
    for name, wish in said.items():
        kind = next((kind for kind in now if kind.value == name), None)
        if kind is None:
            faults.append(Fault(str(name)[:80], f"The kinds you are told of are {', '.join(now)}."))
        elif not _is_wish(wish):
            faults.append(Fault(str(name)[:80], "Say bell and mail, each true or false."))
        else:
            bell, mail = now[kind]
            wishes[kind] = (wish.get("bell", bell), wish.get("mail", mail))
    if faults:
        raise InvalidInput(faults)
    return wishes


def _is_wish(wish: Any) -> bool:
    known = isinstance(wish, dict) and not set(wish) - {"bell", "mail", "fixed"}
    return known and all(isinstance(wish.get(way, True), bool) for way in ("bell", "mail"))
