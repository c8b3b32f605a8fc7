"""A SCIM change list (RFC 7644, 3.5.2) carried out on a resource: with and without paths, as Entra ID and Okta send them."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from app.exporters.scim_filter import ScimError
from app.exporters.scim_schema import FIRM, NOT_KEPT, PATCH, USER

READ_ONLY = frozenset({"id", "meta", "schemas"})
KNOWN = {"username": "userName", "externalid": "externalId", "name": "name", "displayname": "displayName", "emails": "emails",
         "active": "active"}  # fmt: skip
PARTS = {"name": {"formatted": "formatted", "givenname": "givenName", "familyname": "familyName"},
         "emails": {"value": "value", "type": "type", "primary": "primary"}}  # fmt: skip
OF_FIRM = {"iec": "iec", "firmrole": "firmRole", "mobile": "mobile"}
_PATH = re.compile(r"(?P<name>[A-Za-z$][\w$-]*)(?:\[(?P<filter>[^\]]*)\])?(?:\.(?P<part>[A-Za-z$][\w$-]*))?")
_FILTER = re.compile(r'\s*(\w+)\s+eq\s+(?:"([^"]*)"|(true|false))\s*', re.IGNORECASE)
MOST_OPERATIONS = 100


def carry_out(resource: Mapping[str, Any], request: Any) -> dict[str, Any]:
    """The resource after all operations, or ScimError after none; whether its values are good is asked afterwards."""
    said = {str(key).lower(): value for key, value in request.items()} if isinstance(request, dict) else {}
    operations = said.get("operations")
    if PATCH not in (said.get("schemas") or []) or not isinstance(operations, list) or not operations:
        raise ScimError(400, f"A change needs the schema {PATCH} and a list of Operations.", "invalidSyntax")
    if len(operations) > MOST_OPERATIONS:
        raise ScimError(400, f"At most {MOST_OPERATIONS} operations go into one change.", "tooMany")
    changed = deepcopy(dict(resource))
    for operation in operations:
        _one(changed, operation)
    return changed


def _one(resource: dict[str, Any], operation: Any) -> None:
    if not isinstance(operation, dict):
        raise ScimError(400, "An operation is an object with op, path and value.", "invalidSyntax")
    verb, path = str(operation.get("op", "")).lower(), operation.get("path")
    if verb not in {"add", "replace", "remove"}:
        raise ScimError(400, "The op of an operation is add, replace or remove.", "invalidSyntax")
    if verb == "remove":
        if not path:
            raise ScimError(400, "To remove something, name its path.", "noTarget")
        _set(resource, str(path), None)
    elif "value" not in operation:
        raise ScimError(400, "This operation needs a value.", "invalidValue")
    elif path:
        _set(resource, str(path), operation["value"])
    else:
        _merge(resource, operation["value"])


def _merge(resource: dict[str, Any], values: Any) -> None:
    """Without a path the value is an object; its names may be paths themselves (Entra ID writes "name.givenName")."""
    if not isinstance(values, dict):
        raise ScimError(400, "Without a path, the value is an object of attributes.", "invalidValue")
    for path, value in values.items():
        if path.lower() != "schemas":
            _set(resource, path, value)


def _set(resource: dict[str, Any], path: str, value: Any) -> None:
    for urn in (FIRM, USER):
        if path.lower().startswith(urn.lower()):
            inner = path[len(urn) :].lstrip(":")
            if not inner and isinstance(value, dict | None):
                _whole(resource, urn, value)
            elif urn == FIRM:
                _of_firm(resource, inner, value)
            else:
                _core(resource, inner, value)
            return
    _core(resource, path, value)


def _whole(resource: dict[str, Any], urn: str, value: dict[str, Any] | None) -> None:
    """A schema named as a whole: all its attributes, or all of them taken away."""
    if urn == FIRM:
        for name in OF_FIRM if value is None else value:
            _of_firm(resource, name, None if value is None else value[name])
    else:
        _merge(resource, value)


def _of_firm(resource: dict[str, Any], name: str, value: Any) -> None:
    if name.lower() not in OF_FIRM:
        raise ScimError(400, f"There is no attribute «{name[:80]}» in {FIRM}.", "invalidPath")
    resource.setdefault(FIRM, {})[OF_FIRM[name.lower()]] = value


def _core(resource: dict[str, Any], path: str, value: Any) -> None:
    found = _PATH.fullmatch(path.strip())
    name = found["name"].lower() if found else ""
    if found is None or (name not in KNOWN and name not in READ_ONLY | NOT_KEPT):
        raise ScimError(400, f"There is no attribute at the path «{path[:80]}».", "invalidPath")
    if name in READ_ONLY:
        raise ScimError(400, f"{name} is not changed from outside.", "mutability")
    if name in NOT_KEPT:
        return
    if name == "emails":
        _email(resource, found["filter"], found["part"], value)
    elif found["filter"] is not None:
        raise ScimError(400, f"{KNOWN[name]} has one value and takes no filter.", "invalidPath")
    elif found["part"] is not None or (name in PARTS and isinstance(value, dict)):
        _parts(resource, name, {found["part"]: value} if found["part"] is not None else value)
    else:
        resource[KNOWN[name]] = value


def _parts(resource: dict[str, Any], name: str, values: Mapping[str, Any]) -> None:
    """Parts of a name; those not sent stay."""
    target = resource.setdefault(KNOWN[name], {}) or {}
    for part, value in values.items():
        if part.lower() not in PARTS.get(name, {}):
            raise ScimError(400, f"There is no attribute «{name}.{part[:80]}».", "invalidPath")
        target[PARTS[name][part.lower()]] = value
    resource[KNOWN[name]] = target


def _email(resource: dict[str, Any], wanted: str | None, part: str | None, value: Any) -> None:
    """There is one address: a filter names it or nothing, and what is sent takes its place."""
    if wanted is not None and not _names_the_address(resource, wanted):
        raise ScimError(400, "No e-mail address fits the filter in this path.", "noTarget")
    if part is not None and part.lower() not in PARTS["emails"]:
        raise ScimError(400, f"There is no attribute «emails.{part[:80]}».", "invalidPath")
    if part is not None and part.lower() != "value":
        return
    resource["emails"] = value if isinstance(value, list) else [value if isinstance(value, dict) else {"value": value}]


def _names_the_address(resource: Mapping[str, Any], wanted: str) -> bool:
    found = _FILTER.fullmatch(wanted)
    if found is None:
        raise ScimError(400, 'The filter in a path is like type eq "work".', "invalidFilter")
    address = {"type": "work", "primary": "true", "value": str(resource["userName"])}
    return address.get(found[1].lower(), "").lower() == (found[2] or found[3] or "").lower()
