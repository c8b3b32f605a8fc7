"""Every address of the program has a line here saying who may open it; an address without a line fails the test."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.access.roles import SCREENS
from app.core.actor import Role
from tests import states
from tests.people import BY_ROLE, CLERK, EXPORTER

# What a method of a generated screen or resource asks for; the screen's own line is in app/access/roles.py.
BY_METHOD = {
    "list": "can_list", "show": "can_show", "export": "can_export", "add": "can_add", "edit": "can_edit", "move": "can_move",
    "get": "can_get", "get_list": "can_get", "file": "can_file", "file_again": "can_file", "file_not": "can_file",
    "file_attachment": "can_file", "file_attachment_not": "can_file",
}  # fmt: skip
# Addresses that are not of that kind: (screen, permission).
BY_ADDRESS = {
    "AccountView.open": ("AccountView", "can_open"),
    "AccountView.password": ("AccountView", "can_open"),
    "AccountView.factor": ("AccountView", "can_open"),
    "AccountView.factor_begin": ("AccountView", "can_open"),
    "AccountView.end_session": ("AccountView", "can_open"),
    "AccountView.end_sessions": ("AccountView", "can_open"),
    "AppendixView.open": ("AppendixView", "can_open"),
    "AppendixView.template": ("AppendixView", "can_open"),
    "ApplicationView.page": ("ApplicationView", "can_show"),
    "ApplicationView.paper": ("ApplicationView", "can_paper"),
    "CertificateApi.pdf": ("CertificateApi", "can_get"),
    "CertificateView.pdf": ("CertificateView", "can_pdf"),
    "DscView.open": ("DscView", "can_open"),
    "DscView.certificate": ("DscView", "can_open"),
    "DscView.hsm": ("DscView", "can_open"),
    "DscView.demonstration": ("DscView", "can_open"),
    "DscView.challenge": ("DscView", "can_open"),
    "DscView.text": ("DscView", "can_open"),
    "DscView.revoke": ("DscView", "can_open"),
    "FilingView.open": ("FilingView", "can_open"),
    "FilingView.edit": ("FilingView", "can_open"),
    "FilingView.like": ("FilingView", "can_open"),
    "InviteView.open": ("InviteView", "can_open"),
    "InviteView.template": ("InviteView", "can_open"),
    "LetterView.letter": ("LetterView", "can_open"),
    "LetterView.preview": ("LetterView", "can_open"),
    "NoticeView.open": ("NoticeView", "can_open"),
    "OnboardingView.table": ("OnboardingView", "can_export"),
    "OnboardingView.open": ("OnboardingView", "can_open"),
    "SpecimenView.page": ("SpecimenView", "can_list"),
    "SpecimenView.make": ("SpecimenView", "can_make"),
    "SpecimenView.pdf": ("SpecimenView", "can_pdf"),
    "ReportView.open": ("ReportView", "can_open"),
    "ReportView.chart": ("ReportView", "can_open"),
    "ReportView.data": ("ReportView", "can_open"),
    "StudioView.office": ("StudioView", "can_open"),
    "StudioView.officer": ("StudioView", "can_open"),
    "StudioView.version": ("StudioView", "can_open"),
    "StudioView.picture": ("StudioView", "can_open"),
    "StudioView.office_picture": ("StudioView", "can_open"),
    "StudioView.officer_picture": ("StudioView", "can_open"),
}
# Open to everybody, and why.
PUBLIC = {
    "HomeView.index": "says welcome to strangers",
    "SignInView.login": "the log-in",
    "SignInView.code": "the second step of the log-in",
    "SignInView.logout": "ends what may have begun",
    "PasswordView.forgot": "whoever forgot the password cannot log in",
    "PasswordView.reset": "the link that was mailed",
    "TokenApi.login": "the log-in of programs",
    "UtilView.back": "leads back",
    "LocaleView.index": "the language",
    "OpenApi.get": "the description of the API",
    "RegisterView.form": "anybody may ask to be registered for an agency",
    "RegisterView.code": "whoever has the secret address of a request",
    "RegisterView.again": "whoever has the secret address of a request",
    "VerifyView.page": "anybody may verify",
    "VerifyView.file": "anybody may verify",
    "VerifyView.token": "anybody may verify",
    "health.alive": "is the process there",
    "health.ready": "is it ready",
    "health.metrics": "figures without names",
    "static": "style and pictures",
    "appbuilder.static": "style and pictures",
    "devanagari_font": "a typeface",
}
# Closed to every role: Flask-AppBuilder brings them, and nobody has a use for them.
CLOSED = {"MenuApi.get_menu_data": "the menu as data", "TokenApi.refresh": "takes a refresh token and nothing else"}
PEOPLE: dict[Role, str] = {**BY_ROLE, Role.VIEWER: CLERK}


def line_of(endpoint: str) -> tuple[str, str] | None:
    """The (screen, permission) of an address; None when it is open or closed to everybody; an error without a line."""
    if endpoint in PUBLIC or endpoint in CLOSED:
        return None
    if endpoint in BY_ADDRESS:
        return BY_ADDRESS[endpoint]
    screen, _, method = endpoint.partition(".")
    permission = "can_move" if method.startswith("move_") else BY_METHOD.get(method)
    known = any(screen in lines for lines in SCREENS.values())
    assert permission, f"{endpoint} has no line: say in tests/test_routes.py who may open it"
    assert known, f"no role opens {screen}: say in access/roles.py who does"
    return screen, permission


def rules(app: Flask) -> list[Rule]:
    """Every address of the program."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))


def address(rule: Rule, pk: int) -> str:
    """The address filled in with something that may be there."""
    filled = {
        "pk": pk,
        "name": "submit",
        "version": "v1",
        "token": "x" * 32,
        "locale": "en",
        "filename": "udgam.css",
        "paper_pk": pk,
    }
    path = rule.rule
    for argument in rule.arguments:
        for converter in ("int:", "string:", "path:", ""):
            path = path.replace(f"<{converter}{argument}>", str(filled[argument]))
    assert "<" not in path, f"{path} is not filled in"
    return path


def method_of(rule: Rule) -> str:
    """GET where there is one, else what the address takes."""
    methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return "GET" if "GET" in methods else sorted(methods)[0]


def test_every_address_has_a_line(app: Flask) -> None:
    """A new address without a line fails here, and a line without an address is taken out."""
    endpoints = {rule.endpoint for rule in rules(app)}
    for endpoint in endpoints:
        line_of(endpoint)
    stale = (set(PUBLIC) | set(CLOSED) | set(BY_ADDRESS)) - endpoints
    assert not stale, f"nobody serves {stale}"


def test_every_line_of_the_roles_is_an_address(app: Flask) -> None:
    """A permission that no address asks for is a slip of the pen in roles.py."""
    asked = {line for line in (line_of(rule.endpoint) for rule in rules(app)) if line}
    public = {("OpenApi", "can_get"), ("LocaleView", "can_index"), ("HomeView", "can_open")}
    given = {
        (screen, permission) for lines in SCREENS.values() for screen, permissions in lines.items() for permission in permissions
    }
    assert given - asked - public == set()
    assert asked - given == set(), "nobody at all may open this"


@pytest.mark.parametrize("role", [*PEOPLE, Role.PUBLIC], ids=str)
def test_every_address_by_every_role(app: Flask, api: Any, login: Any, client: Any, role: Role) -> None:
    """Allowed opens (or finds nothing there), denied is 403; without a log-in the way leads to the log-in, or 401."""
    pk = states.brought(app, "SUBMITTED")
    if role is Role.VIEWER:
        from app.exporters.models import ExporterUser

        with states.as_the_system(app, pk) as (session, _application):
            session.query(ExporterUser).filter_by(email=CLERK).one().role = "VIEWER"
    program = api(PEOPLE.get(role, EXPORTER))
    browser = login(PEOPLE[role]) if role is not Role.PUBLIC else client
    token = program.headers if role is not Role.PUBLIC else {}
    for rule in rules(app):
        if rule.endpoint in {"SignInView.logout", "AccountView.end_session"}:
            continue  # or the rest would be asked without a log-in
        path, method = address(rule, pk), method_of(rule)
        is_api = path.startswith("/api/")
        with (client if is_api else browser).open(path, method=method, headers=token if is_api else {}) as answer:
            assert_answer(answer, rule.endpoint, role, f"{role} {method} {path}", is_api=is_api)


def assert_answer(answer: Any, endpoint: str, role: Role, what: str, *, is_api: bool) -> None:
    """Does the answer agree with the line of the address?"""
    line, status = line_of(endpoint), answer.status_code
    assert status < 500 or endpoint == "health.ready", what  # not ready: no worker runs here
    if endpoint in CLOSED:
        assert status in ({401} if role is Role.PUBLIC else {403, 422}), what
    elif line is None:
        assert status not in {401, 403}, what
    elif line[1] in SCREENS[role].get(line[0], frozenset()):
        assert status in {200, 302, 400, 404, 409, 422} or (status == 403 and line[1] == "can_move"), f"{what}: {status}"
        assert "/login" not in answer.headers.get("Location", ""), what
    elif role is not Role.PUBLIC:
        assert status == 403, f"{what}: {status}"
    elif is_api:
        assert status == 401, f"{what}: {status}"
    else:
        assert (status, answer.headers["Location"].split("?")[0]) == (302, "/login/"), what


def test_the_menu_leads_only_where_one_may_go(app: Flask, login: Any) -> None:
    """Each role follows every link of its first page, and none is refused."""
    from tests.browserlike import parse_strictly

    states.brought(app, "SUBMITTED")
    for role, email in BY_ROLE.items():
        browser = login(email)
        tree = parse_strictly(browser.get("/").data, "/")
        links = {link.get("href", "") for link in tree.iter("a")}
        for link in sorted(href for href in links if href.startswith("/") and "logout" not in href and "/lang/" not in href):
            assert browser.get(link).status_code in {200, 302}, f"{role}: {link}"
