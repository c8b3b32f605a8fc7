"""A SCIM filter (`userName eq "a@b.in" and active eq true`) read into a condition on the profiles (RFC 7644, 3.4.2.2)."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, not_, or_, true

from app.core.errors import BusinessError
from app.exporters.models import DgftProfile
from app.exporters.scim_schema import FIRM, USER

LONGEST, DEEPEST, MOST_PARTS = 2_000, 20, 100
_TOKEN = re.compile(r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[()\[\]])|(?P<word>[^\s()\[\]"]+))')

_UNKEPT = re.compile("[\x00\ud800-\udfff]")  # what no database takes


class ScimError(BusinessError):
    """A refusal with the HTTP status and, where RFC 7644 (table 9) has one, the keyword of its kind."""

    def __init__(self, status: int, sentence: str, kind: str = "") -> None:
        super().__init__(sentence)
        self.status, self.kind = status, kind


def bad_filter(sentence: str) -> ScimError:
    """The filter cannot be taken."""
    return ScimError(400, sentence, "invalidFilter")


# attribute (small letters) -> (column, what it holds)
COLUMNS: dict[str, tuple[Any, str]] = {
    "id": (DgftProfile.id, "number"),
    "externalid": (DgftProfile.user_ref, "exact"),
    "username": (DgftProfile.email, "text"),
    "emails": (DgftProfile.email, "text"),
    "emails.value": (DgftProfile.email, "text"),
    "name.formatted": (DgftProfile.full_name, "text"),
    "displayname": (DgftProfile.full_name, "text"),
    "active": (DgftProfile.active, "flag"),
    "meta.created": (DgftProfile.created_at, "time"),
    "meta.lastmodified": (DgftProfile.updated_at, "time"),
    f"{FIRM}:iec".lower(): (DgftProfile.iec, "text"),
    f"{FIRM}:firmRole".lower(): (DgftProfile.role, "text"),
    f"{FIRM}:mobile".lower(): (DgftProfile.mobile, "text"),
}
TEXT: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: column != value,
    "co": lambda column, value: column.contains(value, autoescape=True),
    "sw": lambda column, value: column.startswith(value, autoescape=True),
    "ew": lambda column, value: column.endswith(value, autoescape=True),
}
ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "gt": lambda column, value: column > value,
    "ge": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "le": lambda column, value: column <= value,
}
EQUAL = {name: TEXT[name] for name in ("eq", "ne")}
TAKES = {"number": EQUAL, "flag": EQUAL, "exact": TEXT | ORDER, "text": TEXT | ORDER, "time": EQUAL | ORDER}


def condition(text: str) -> Any:
    """The filter as an SQL condition; ScimError (invalidFilter) with what is wrong."""
    if len(text) > LONGEST:
        raise bad_filter("The filter is too long.")
    reader = _Reader(_tokens(text))
    found = reader.either(0)
    if reader.rest:
        raise bad_filter(f"The filter should end before «{reader.rest[0][:40]}».")
    return found


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None:
            raise bad_filter("The filter cannot be read: a quotation mark is not closed.")
        found.append(token[0].strip())
        place = token.end()
    if len(found) > MOST_PARTS:
        raise bad_filter("The filter has too many parts.")
    return found


class _Reader:
    """Reads tokens one by one; `or` binds less than `and`, and that less than `not`."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens

    def take(self, what: str = "something") -> str:
        if not self.rest:
            raise bad_filter(f"The filter ends where {what} should follow.")
        return self.rest.pop(0)

    def next_is(self, word: str) -> bool:
        return bool(self.rest) and self.rest[0].lower() == word

    def either(self, depth: int, prefix: str = "") -> Any:
        parts = [self.both(depth, prefix)]
        while self.next_is("or"):
            self.take()
            parts.append(self.both(depth, prefix))
        return or_(*parts)

    def both(self, depth: int, prefix: str) -> Any:
        parts = [self.one(depth, prefix)]
        while self.next_is("and"):
            self.take()
            parts.append(self.one(depth, prefix))
        return and_(*parts)

    def one(self, depth: int, prefix: str) -> Any:
        if depth > DEEPEST:
            raise bad_filter("The filter is nested too deeply.")
        if self.next_is("not"):
            self.take()
            return not_(self.group(depth, prefix, "(", ")"))
        if self.next_is("("):
            return self.group(depth, prefix, "(", ")")
        name = self.take("an attribute")
        if self.next_is("["):
            return self.group(depth, f"{name}.", "[", "]")
        return self.compared(prefix + name)

    def group(self, depth: int, prefix: str, opens: str, closes: str) -> Any:
        if self.take(f"«{opens}»") != opens:
            raise bad_filter(f"«{opens}» should follow «not».")
        found = self.either(depth + 1, prefix)
        if self.take(f"«{closes}»") != closes:
            raise bad_filter(f"«{closes}» is missing.")
        return found

    def compared(self, name: str) -> Any:
        verb = self.take("an operator such as eq").lower()
        key = name.lower().removeprefix(f"{USER}:".lower())
        if key in {"emails.type", "emails.primary"}:  # there is one address, and it is both
            return _of_the_one_address(key, verb, self.take("a value") if verb != "pr" else "")
        if key not in COLUMNS:
            raise bad_filter(f"Udgam does not search by «{name[:80]}».")
        column, kind = COLUMNS[key]
        if verb == "pr":
            return true() if kind in {"number", "flag", "time"} else column != ""
        if verb not in TAKES[kind]:
            raise bad_filter(f"«{verb[:20]}» does not go with {name[:80]}.")
        value = _value(self.take("a value"), kind)
        return TAKES[kind][verb](func.lower(column) if kind == "text" else column, value)


def _of_the_one_address(key: str, verb: str, token: str) -> Any:
    if verb not in {"eq", "pr"}:
        raise bad_filter(f"«{verb[:20]}» does not go with {key}.")
    wanted = {"emails.type": '"work"', "emails.primary": "true"}[key]
    return true() if verb == "pr" or token.lower() == wanted else not_(true())


def _value(token: str, kind: str) -> Any:
    """The value of a comparison as its column holds it."""
    try:
        value = json.loads(token.lower() if token[:1] != '"' else token)
    except ValueError as error:
        raise bad_filter(f"«{token[:40]}» is no value: text stands in quotation marks.") from error
    if kind == "flag" and isinstance(value, str) and value.lower() in {"true", "false"}:
        value = value.lower() == "true"
    if isinstance(value, bool) != (kind == "flag") or (kind != "flag" and not isinstance(value, str)):
        raise bad_filter(f"«{token[:40]}» is not the kind of value this attribute has.")
    if isinstance(value, str) and _UNKEPT.search(value):
        raise bad_filter("No attribute holds such a character.")
    if kind == "number":
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1
    return _moment(value) if kind == "time" else value.lower() if kind == "text" else value


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise bad_filter("A time is written 2026-03-27T10:00:00Z.") from error
    if moment.tzinfo is None:
        raise bad_filter("A time needs its zone: 2026-03-27T10:00:00Z.")
    return moment
