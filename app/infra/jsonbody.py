"""The JSON of a request body, read without losing a digit and without letting it grow without bounds."""

import json
from decimal import Decimal
from typing import Any

from app.core.errors import Fault, InvalidInput

MAX_BYTES = 4 * 1024 * 1024
MAX_CONTAINERS = 20_000


def parse_json(body: bytes) -> Any:
    """Numbers become exact decimals; NaN, a second BOM, megabytes and bottomless nesting are refused in a sentence."""
    if len(body) > MAX_BYTES:
        raise InvalidInput([Fault("", "The body is larger than 4 MiB. A filing has at most 500 goods lines.")])
    try:
        if body.count(b"[") + body.count(b"{") > MAX_CONTAINERS:
            raise ValueError("nested too deeply")
        return json.loads(
            body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_each_once
        )
    except InvalidInput:
        raise
    except (ValueError, RecursionError) as error:
        fault = Fault("", "The body is not JSON. Send a JSON object in UTF-8 with Content-Type application/json.")
        raise InvalidInput([fault]) from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values for one name: whoever checked the one may have signed the other (RFC 8259, section 4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput([Fault(twice[:80], "This field is given twice. Send it once.")])
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
