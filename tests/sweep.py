"""Ask every address of the program for everything, as one person, and tell which of some words came back."""

import importlib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import prison
from flask import Flask
from werkzeug.routing import Rule

from tests.browserlike import Client
from tests.people import PASSWORD, token_for

NOT_ASKED = {"static", "appbuilder.static", "SignInView.logout", "devanagari_font", "health.metrics", "health.ready"}
NOT_TENANTS = {"FtaInfoView", "TradeEventView", "LocaleView", "UtilView", "SwaggerView"}
MOST_IDS = 60
PAPERS = ("PaperView.look", "PaperView.picture", "PaperView.attested")
THOROUGH = {"ApplicationView.list", "CertificateView.list"}  # every kind of filter; elsewhere the first and the last


class Person:
    """A person with a browser and a token, or nobody in particular; pages are not parsed, so that many can be asked for."""

    def __init__(self, app: Flask, email: str | None, acting_for: str = "") -> None:
        self.client = Client(app, app.response_class, use_cookies=True)
        self.headers = {}
        if email:
            self.headers = {"Authorization": f"Bearer {token_for(app, email)}"}
            self.client.post("/login/", data={"username": email, "password": PASSWORD})
        if acting_for:
            self.headers["X-Acting-For"] = acting_for
            assert self.client.post(f"/firms/for/{acting_for}").status_code == 302

    def get(self, path: str, **more: Any) -> tuple[int, str]:
        """The status, and everything that came back: headers and body."""
        headers = self.headers if path.startswith("/api/") else {}
        with self.client.get(path, headers=headers, **more) as answer:
            assert answer.status_code != 500, path
            return answer.status_code, str(answer.headers) + answer.get_data().decode("utf-8", "replace")


def screens(app: Flask) -> dict[str, Any]:
    """Every screen and resource that shows rows of a table, by the first part of its endpoints."""
    return {view.endpoint: view for view in app.appbuilder.baseviews if getattr(view, "datamodel", None) is not None}  # type: ignore[attr-defined]  # put there by Flask-AppBuilder


def rules(app: Flask) -> Iterator[Rule]:
    """Every address that answers to GET."""
    for rule in app.url_map.iter_rules():
        asked = rule.endpoint not in NOT_ASKED and rule.endpoint.split(".")[0] not in NOT_TENANTS
        if asked and "GET" in (rule.methods or ()):
            yield rule


# The tables of addresses whose screen has none of its own, by the beginning of the endpoint; the longest counts.
TABLES = {
    "FilingView.": ("applications", "Application"),
    "FilingView.begin": ("applications", "Template"),
    "CertificateView.leaf": ("certificates", "LeafPrint"),
    "TrailView.": ("certificates", "Certificate"),
    "StudioView.office": ("agencies", "Office"),
    "StudioView.officer": ("agencies", "AgencyUser"),
    "StudioView.": ("agencies", "OfficialImage"),
    "DscView.": ("signing", "DscChallenge"),
    "EsignView.": ("signing", "EsignOrder"),
    "ScimView.": ("exporters", "DgftProfile"),
    "AdjustView.": ("wallet", "Wallet"),
    "RefundView.": ("wallet", "LedgerEntry"),
    "SuspenseView.": ("wallet", "LedgerEntry"),
    "WebhookView.call": ("notices", "Delivery"),
    "WebhookView.": ("notices", "Webhook"),
    "LetterView.": ("agencies", "AgencyUser"),
}


def model_of(app: Flask, endpoint: str) -> Any:
    """The table whose ids an address takes; papers have an address among the applications."""
    from app.applications.models import Attachment

    for beginning in sorted(TABLES, key=len, reverse=True):
        if endpoint.startswith(beginning):
            folder, name = TABLES[beginning]
            return getattr(importlib.import_module(f"app.{folder}.models"), name)
    view = screens(app).get(endpoint.split(".")[0])
    return Attachment if endpoint.endswith((".paper", *PAPERS)) else view.datamodel.obj if view else None


def ids_of(app: Flask, model: Any) -> list[int]:
    """The newest ids of a table, whosever they are, and one that is nobody's."""
    from app.infra.db import db

    with app.app_context():
        found = db.session.query(model.id).order_by(model.id.desc()).limit(MOST_IDS).all()
    return [*(row[0] for row in found), 987654]


def addresses(app: Flask, words: str, iec: str) -> Iterator[tuple[str, str]]:
    """(endpoint, path) of every list, page, export, search, order, form and file; `words` are searched for."""
    for rule in rules(app):
        values: dict[str, list[Any]] = {
            "version": ["v1"],
            "locale": ["en"],
            "token": ["a" * 32],
            "name": ["per-day"],
            "number": [1],
            "iec": [iec],
        }
        if rule.endpoint.endswith(".move"):
            values["name"] = ["submit", "reassign", "reply", "propose_revocation"]
        if "pk" in rule.arguments:
            values["pk"] = ids_of(app, model_of(app, rule.endpoint))
        if "paper_pk" in rule.arguments:
            values["paper_pk"] = ids_of(app, model_of(app, "CertificateView.leaf"))
        paths = [rule.rule]
        for name in sorted(rule.arguments):
            paths = [fill(path, name, value) for path in paths for value in values[name]]
        yield from ((rule.endpoint, path) for path in paths)
        if rule.endpoint.endswith((".list", ".export", ".get_list")):
            yield from ((rule.endpoint, rule.rule + asked) for asked in questions(app, rule.endpoint, words))


def fill(path: str, name: str, value: Any) -> str:
    """Put a value where the address has a name."""
    for converter in ("int:", "string:", "path:", ""):
        path = path.replace(f"<{converter}{name}>", str(value))
    return path


def questions(app: Flask, endpoint: str, words: str) -> Iterator[str]:
    """Every search and order that a list knows, with words that are part of what must not be found."""
    view = screens(app)[endpoint.split(".")[0]]
    if endpoint.endswith(".get_list"):
        for column in view.search_columns:
            yield "?q=" + quote(prison.dumps({"filters": [{"col": column, "opr": "ct", "value": words}], "page_size": 100}))
        for column in view.order_columns:
            yield "?q=" + quote(prison.dumps({"order_column": column, "order_direction": "asc", "page_size": 100}))
        return
    kinds = view._filters.get_search_filters()
    for column in view.search_columns:
        asked = range(len(kinds[column])) if endpoint in THOROUGH else (0, len(kinds[column]) - 1)
        yield from (f"?_flt_{number}_{column}={quote(words)}" for number in asked)
    name = type(view).__name__
    yield from (f"?_oc_{name}={column}&_od_{name}=asc&psize_{name}=100" for column in view.order_columns)


def sweep(app: Flask, email: str | None, canaries: set[str], words: str, acting_for: str = "") -> dict[str, set[str]]:
    """Which canaries came back from which address; the number of requests is under «requests»."""
    person, found, closed, count = Person(app, email, acting_for), defaultdict(set), set(), 0
    for endpoint, path in addresses(app, words, acting_for or "AAAAA0000A"):
        if endpoint in closed:
            continue
        status, everything = person.get(path)
        count += 1
        if status in {401, 403} or "/login/" in everything[:600]:
            closed.add(endpoint)  # the role does not open this at all: one refusal tells as much as sixty
        for canary in canaries:
            if canary in everything:
                found[endpoint].add(canary)
    found["requests"] = {str(count)}
    return dict(found)
