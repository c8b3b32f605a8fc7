"""A test browser that refuses sloppy pages: whatever HTML a test sees must parse without a single error."""

from typing import Any

import html5lib
from flask import g, has_app_context
from flask.testing import FlaskClient


class Client(FlaskClient):
    """The test client of Flask; a test that holds a context shares its `g` with every request, and nobody stays logged in there."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        for name in list(g) if has_app_context() else ():
            g.pop(name)
        return super().open(*args, **kwargs)


class StrictClient(Client):
    """The same with a strict HTML parser behind it."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().open(*args, **kwargs)
        if answer.mimetype == "text/html" and answer.data and not 300 <= answer.status_code < 400:
            parse_strictly(answer.data, answer.request.path)
        return answer


def parse_strictly(page: bytes, where: str) -> Any:
    """The page as a tree; an assertion error names the first fault and its line."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    tree = parser.parse(page, transport_encoding="utf-8")
    if parser.errors:
        (line, column), code, detail = parser.errors[0]
        text = page.decode("utf-8", "replace").splitlines()
        raise AssertionError(f"{where}, line {line}, column {column}: {code} {detail}\n{text[max(0, line - 1)][:200]}")
    return tree
