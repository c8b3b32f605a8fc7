"""Every address of the program has a line here saying who may open it; an address without a line fails the test."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.access.roles import SCREENS
from app.core.actor import Role
from tests import states
from tests.brokers import scene
from tests.people import BALAJI, BROKER, BY_ROLE, CLERK, EXPORTER

# What a method of a generated screen or resource asks for; the screen's own line is in app/access/roles.py.
BY_METHOD = {
    "list": "can_list", "show": "can_show", "export": "can_export", "add": "can_add", "edit": "can_edit", "move": "can_move",
    "get": "can_get", "get_list": "can_get", "file": "can_file", "file_again": "can_file", "file_not": "can_file",
    "file_attachment": "can_file", "check": "can_file", "advice": "can_get", "file_attachment_not": "can_file",
}  # fmt: skip
# Addresses that are not of that kind: (screen, permission).
BY_ADDRESS = {
    "AccountView.open": ("AccountView", "can_open"),
    "AccountView.password": ("AccountView", "can_open"),
    "AccountView.factor": ("AccountView", "can_open"),
    "AccountView.factor_begin": ("AccountView", "can_open"),
    "AccountView.end_session": ("AccountView", "can_open"),
    "AccountView.end_sessions": ("AccountView", "can_open"),
    "BrokerView.admit": ("BrokerView", "can_admit"),
    "BrokerView.person": ("BrokerView", "can_admit"),
    "DelegationApi.grant": ("DelegationApi", "can_grant"),
    "DelegationView.grant": ("DelegationView", "can_grant"),
    "FirmsView.open": ("FirmsView", "can_open"),
    "FirmsView.choose": ("FirmsView", "can_open"),
    "FirmsView.leave": ("FirmsView", "can_open"),
    "AppendixView.open": ("AppendixView", "can_open"),
    "AppendixView.template": ("AppendixView", "can_open"),
    "ApplicationView.page": ("ApplicationView", "can_show"),
    "ApplicationView.paper": ("ApplicationView", "can_paper"),
    "BundleView.page": ("BundleView", "can_show"),
    "BundleView.file": ("BundleView", "can_file"),
    "CertificateApi.leaf_pdf": ("CertificateApi", "can_get"),
    "CertificateApi.leaves": ("CertificateApi", "can_get"),
    "CertificateApi.pdf": ("CertificateApi", "can_get"),
    "CertificateView.archive": ("CertificateView", "can_together"),
    "CertificateView.leaf": ("CertificateView", "can_pdf"),
    "CertificateView.print_run": ("CertificateView", "can_together"),
    "CertificateView.pdf": ("CertificateView", "can_pdf"),
    "TrailView.open": ("TrailView", "can_open"),
    "TrailView.file": ("TrailView", "can_open"),
    "AgentView.open": ("AgentView", "can_open"),
    "AgentView.download": ("AgentView", "can_open"),
    "AgentView.list": ("AgentView", "can_open"),
    "AgentView.begin": ("AgentView", "can_open"),
    "AgentView.prove": ("AgentView", "can_open"),
    "TokenView.open": ("TokenView", "can_open"),
    "TokenView.sealed": ("TokenView", "can_open"),
    "TokenView.answers": ("TokenView", "can_open"),
    "TokenView.refuse": ("TokenView", "can_open"),
    "ToSignView.open": ("ToSignView", "can_open"),
    "ToSignView.state": ("ToSignView", "can_open"),
    "ToSignView.prepare": ("ToSignView", "can_open"),
    "ToSignView.send": ("ToSignView", "can_open"),
    "ToSignView.sealed": ("ToSignView", "can_open"),
    "ToSignView.answers": ("ToSignView", "can_open"),
    "ToSignView.refuse": ("ToSignView", "can_open"),
    "SignatureOrderApi.sealed": ("SignatureOrderApi", "can_move"),
    "SignatureOrderApi.answers": ("SignatureOrderApi", "can_move"),
    "SignatureOrderApi.pairing": ("SignatureOrderApi", "can_get"),
    "ApplicationApi.esign": ("ApplicationApi", "can_move"),
    "EsignView.begin": ("EsignView", "can_open"),
    "EsignView.send": ("EsignView", "can_open"),
    "EsignView.show": ("EsignView", "can_open"),
    "SittingApi.make": ("SittingApi", "can_move"),
    "SittingApi.rows": ("SittingApi", "can_get"),
    "DeskView.approve_picked": ("DeskView", "can_sit"),
    "DeskView.take_up_picked": ("DeskView", "can_sit"),
    "DeskView.sign_picked": ("DeskView", "can_sit"),
    "SittingView.start": ("SittingView", "can_move"),
    "SittingView.state": ("SittingView", "can_show"),
    "SittingView.report": ("SittingView", "can_show"),
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
    "FilingView.begin": ("FilingView", "can_open"),
    "PreviewView.pdf": ("PreviewView", "can_open"),
    "PreviewView.pages": ("PreviewView", "can_open"),
    "TemplateView.open": ("TemplateView", "can_open"),
    "TemplateView.rename": ("TemplateView", "can_open"),
    "TemplateView.remove": ("TemplateView", "can_open"),
    "TypingView.who": ("TypingView", "can_open"),
    "TypingView.look": ("TypingView", "can_open"),
    "TypingView.forget": ("TypingView", "can_open"),
    "TypingView.paper": ("TypingView", "can_open"),
    "TypingView.codes": ("TypingView", "can_open"),
    "GoodsView.read": ("GoodsView", "can_open"),
    "GoodsView.look": ("GoodsView", "can_open"),
    "GoodsView.lines": ("GoodsView", "can_open"),
    "GoodsView.template": ("GoodsView", "can_open"),
    "InviteView.open": ("InviteView", "can_open"),
    "InviteView.template": ("InviteView", "can_open"),
    "LetterView.letter": ("LetterView", "can_open"),
    "LetterView.preview": ("LetterView", "can_open"),
    "NoticeView.open": ("NoticeView", "can_open"),
    "NoticeApi.read": ("NoticeApi", "can_choose"),
    "NoticeApi.preferences": ("NoticeApi", "can_get"),
    "NoticeApi.prefer": ("NoticeApi", "can_choose"),
    "PreferenceView.open": ("PreferenceView", "can_open"),
    "OnboardingView.table": ("OnboardingView", "can_export"),
    "OnboardingView.open": ("OnboardingView", "can_open"),
    "SpecimenView.page": ("SpecimenView", "can_list"),
    "SpecimenView.make": ("SpecimenView", "can_make"),
    "SpecimenView.pdf": ("SpecimenView", "can_pdf"),
    "PaperView.look": ("PaperView", "can_open"),
    "PaperView.picture": ("PaperView", "can_open"),
    "PaperView.attested": ("PaperView", "can_open"),
    "PaperView.ask": ("PaperView", "can_open"),
    "PayView.open": ("PayView", "can_open"),
    "AdjustView.open": ("AdjustView", "can_open"),
    "PaperApi.attested": ("PaperApi", "can_get"),
    "PaperApi.file": ("PaperApi", "can_get"),
    "RefundView.open": ("RefundView", "can_open"),
    "TemplateApi.keep": ("TemplateApi", "can_keep"),
    "TemplateApi.remove": ("TemplateApi", "can_keep"),
    "TemplateApi.rename": ("TemplateApi", "can_keep"),
    "SuspenseView.open": ("SuspenseView", "can_open"),
    "SettlementView.open": ("SettlementView", "can_open"),
    "SettlementView.table": ("SettlementView", "can_open"),
    "StatementView.open": ("StatementView", "can_open"),
    "StatementView.pdf": ("StatementView", "can_open"),
    "StatementView.table": ("StatementView", "can_open"),
    "TopUpView.ask": ("TopUpView", "can_move"),
    "WebhookView.open": ("WebhookView", "can_open"),
    "WebhookView.one": ("WebhookView", "can_open"),
    "WebhookView.call": ("WebhookView", "can_open"),
    "WebhookApi.register": ("WebhookApi", "can_keep"),
    "WebhookApi.change": ("WebhookApi", "can_keep"),
    "WebhookApi.remove": ("WebhookApi", "can_keep"),
    "WebhookApi.rotate": ("WebhookApi", "can_keep"),
    "WebhookApi.ping": ("WebhookApi", "can_keep"),
    "DeliveryApi.replay": ("DeliveryApi", "can_replay"),
    "WalletView.low": ("WalletView", "can_low"),
    "WalletApi.low": ("WalletApi", "can_low"),
    "WalletApi.statement": ("WalletApi", "can_get"),
    "WalletApi.statement_table": ("WalletApi", "can_get"),
    "WalletApi.topup": ("WalletApi", "can_topup"),
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
    "DgftLoginView.begin": "the way to DGFT's log-in",
    "DgftLoginView.back": "and back from it",
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
    "ScimView.users": "whoever shows the secret of SCIM",
    "ScimView.search": "whoever shows the secret of SCIM",
    "ScimView.create": "whoever shows the secret of SCIM",
    "ScimView.user": "whoever shows the secret of SCIM",
    "ScimView.replace": "whoever shows the secret of SCIM",
    "ScimView.patch": "whoever shows the secret of SCIM",
    "ScimView.withdraw": "whoever shows the secret of SCIM",
    "ScimView.provider": "whoever shows the secret of SCIM",
    "ScimView.types": "whoever shows the secret of SCIM",
    "ScimView.schemas": "whoever shows the secret of SCIM",
    "ScimView.nothing": "whoever shows the secret of SCIM",
    "CallbackView.hear": "the payment gateway does not log in: its signature says who it is",
    "EsignBackView.hear": "the e-sign provider does not log in: its signature says who speaks",
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
SCOPES = {Role.BROKER_READER: "READ", Role.BROKER_DRAFTER: "DRAFT", Role.BROKER_FILER: "SUBMIT"}
PEOPLE: dict[Role, str] = {**BY_ROLE, Role.VIEWER: CLERK, **dict.fromkeys(SCOPES, BROKER)}


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
        "number": 1,
        "locale": "en",
        "filename": "udgam.css",
        "paper_pk": pk,
        "iec": BALAJI,
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
    if role in SCOPES:
        scene.granted(app, SCOPES[role])
        program, browser = scene.For(program), scene.chosen(browser)
    token = program.headers if role is not Role.PUBLIC else {}
    for rule in rules(app):
        if rule.endpoint in {"SignInView.logout", "AccountView.end_session", "FirmsView.leave"}:
            continue  # or the rest would be asked without a log-in, or a firm
        ends = rule.endpoint.startswith("DelegationApi.move_")  # or whoever acts by it could not be asked about the rest
        path, method = address(rule, 987654 if ends else pk), method_of(rule)
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
