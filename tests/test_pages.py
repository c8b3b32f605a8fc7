"""Every kind of page: correct HTML in its language, one heading, a way past the menu, named fields, no inline code."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON

from tests.browserlike import parse_strictly
from tests.people import EXPORTER, OFFICER, PASSWORD

ADMINISTRATOR, SUPERVISOR = "admin@fiec.example", "supervisor@dgft.example"
PUBLIC_PAGES = ["/", "/login/", "/verify", "/nothing-here"]
LISTS = {
    EXPORTER: [
        "/",
        "/applications/list/",
        "/certificates/list/",
        "/walletview/list/",
        "/ledgerview/list/",
        "/notices/",
        "/agreements/list/",
    ],
    OFFICER: ["/", "/desk/list/", "/exporterview/list/", "/offices/show/1", "/swagger/v1"],
    ADMINISTRATOR: [
        "/",
        "/offices/list/",
        "/offices/add",
        "/offices/edit/1",
        "/officers/list/",
        "/jobs/list/",
    ],
    SUPERVISOR: ["/", "/agencies/list/", "/agencies/show/1", "/audit/list/", "/events/add", "/reports/"],
}
MOVES = [
    ("DRAFT", EXPORTER, "submit"),
    ("DRAFT", EXPORTER, "delete"),
    ("QUERY_RAISED", EXPORTER, "reply"),
    ("SUBMITTED", EXPORTER, "withdraw"),
    ("UNDER_REVIEW", OFFICER, "query"),
    ("UNDER_REVIEW", OFFICER, "approve"),
    ("UNDER_REVIEW", OFFICER, "reject"),
    ("UNDER_REVIEW", ADMINISTRATOR, "reassign"),
]
NAMELESS = {"hidden", "submit", "button"}

Login = Callable[[str], FlaskClient]


def page(browser: FlaskClient, address: str, status: int = 200) -> Any:
    """The tree of a page that keeps what every page promises."""
    answer = browser.get(address)
    assert answer.status_code == status, address
    tree = parse_strictly(answer.data, address)
    assert tree.get("lang") in {"en", "hi"}
    assert tree.findtext("head/title")
    assert len(tree.findall(".//h1")) == 1, address
    assert len(tree.findall(".//main")) == 1, address
    assert any(link.get("href") == "#main" for link in tree.iter("a")), "no way past the menu"
    assert unnamed(tree) == []
    assert inline(tree) == []
    return tree


def unnamed(tree: Any) -> list[str]:
    """The fields without a label, the links and buttons without words, and the ids used twice."""
    labelled = {label.get("for") for label in tree.iter("label")}
    fields = [field for kind in ("input", "select", "textarea") for field in tree.iter(kind)]
    found = [
        f"{field.tag} {field.get('name')}" for field in fields
        if field.get("type") not in NAMELESS and field.get("id") not in labelled and not field.get("aria-label")
    ]  # fmt: skip
    for kind in ("a", "button"):
        found += [kind for each in tree.iter(kind) if not "".join(each.itertext()).strip() and not each.get("aria-label")]
    ids = [each.get("id") for each in tree.iter() if each.get("id")]
    return found + [f"id {name}" for name in sorted(set(ids)) if ids.count(name) > 1]


def inline(tree: Any) -> list[str]:
    """What the content security policy would refuse: handlers, style elements, scripts without a nonce, other hosts."""
    found = [f"{each.tag} {name}" for each in tree.iter() for name in each.attrib if name.startswith("on")]
    found += ["style" for _ in tree.iter("style")]
    found += ["script" for script in tree.iter("script") if not script.get("nonce")]
    sources = [each.get(name, "") for each in tree.iter() for name in ("src", "srcset", "action")]
    sources += [link.get("href", "") for link in tree.iter("link")]
    return found + [source for source in sources if "//" in source]


@pytest.mark.parametrize("address", PUBLIC_PAGES)
def test_a_public_page_is_whole(client: FlaskClient, address: str) -> None:
    """Strangers meet correct pages too, the one for a wrong address included."""
    page(client, address, 404 if address == "/nothing-here" else 200)


@pytest.mark.parametrize(("email", "address"), [(email, address) for email, each in LISTS.items() for address in each])
def test_a_page_of_each_role_is_whole(login: Login, email: str, address: str) -> None:
    """First pages, lists, forms and the pages of single rows."""
    page(login(email), address)


@pytest.mark.parametrize(("state", "email", "move"), MOVES)
def test_a_page_that_asks_before_a_move_is_whole(
    filed: Callable[..., int], login: Login, state: str, email: str, move: str
) -> None:
    """It names its fields, and says in its heading what the button does."""
    number = filed(state)
    tree = page(login(email), f"/applications/move/{number}/{move}")
    heading = "".join(tree.find(".//h1").itertext())
    assert heading in ["".join(button.itertext()) for button in tree.iter("button")]


@pytest.mark.parametrize("state", ["DRAFT", "SUBMITTED", "UNDER_REVIEW", "QUERY_RAISED", "RESUBMITTED", "REJECTED"])
def test_an_application_is_whole_in_every_state(filed: Callable[..., int], login: Login, state: str) -> None:
    """The page tells the state and leads back to the list."""
    tree = page(login(EXPORTER), f"/applications/show/{filed(state)}")
    badge = next(each for each in tree.iter("span") if "state " in each.get("class", ""))
    assert badge.get("class") == f"state state-{state.lower()}"
    assert any(link.get("href") == "/applications/list/" for link in tree.iter("a"))


def test_what_has_left_the_desk_is_found_among_the_applications(filed: Callable[..., int], login: Login) -> None:
    """The page says «reload» while a certificate is being signed; then it is issued, and the address still leads to it."""
    pk = filed("ISSUED")
    officer, stranger = login("officer@fiec.example"), login("officer@swcc.example")
    assert officer.get(f"/desk/show/{pk}").location == f"/applications/show/{pk}"
    assert officer.get(f"/applications/show/{pk}").status_code == 200
    assert officer.get("/desk/show/987654").status_code == 404
    answer = stranger.get(f"/desk/show/{pk}", follow_redirects=True)
    assert answer.status_code == 404


def test_a_certificate_offers_its_file_and_its_verification(issued: Callable[..., Any], login: Login) -> None:
    """Download, verify and the application are one press away."""
    certificate = issued()
    number, token = certificate.id, certificate.verify_token
    links = [link.get("href", "") for link in page(login(EXPORTER), f"/certificates/show/{number}").iter("a")]
    assert f"/certificates/pdf/{number}" in links
    assert any(link.endswith(f"/verify/{token}") for link in links)


def test_every_list_is_put_in_order_by_what_every_database_can_order(app: Flask) -> None:
    """PostgreSQL has no order for JSON: a heading that offers it ends in a fault there, though not on SQLite."""
    offered = [
        (type(view).__name__, column, view.datamodel.list_columns[column].type)
        for view in app.appbuilder.baseviews  # type: ignore[attr-defined]  # Flask-AppBuilder hangs itself on the app
        for column in getattr(view, "order_columns", None) or ()
        if column in view.datamodel.list_columns
    ]
    assert len(offered) > 100, "the lists were not found"
    assert [row for row in offered if isinstance(row[2], JSON)] == []


def test_a_page_in_hindi_says_so(login: Login) -> None:
    """The language switch leads back to the page it was pressed on, and survives the log-in."""
    browser = login(EXPORTER)
    answer = browser.get("/lang/hi?next=/applications/list/")
    assert answer.location.endswith("/applications/list/")
    tree = page(browser, "/applications/list/")
    assert tree.get("lang") == "hi"
    assert any("लॉग आउट" in "".join(link.itertext()) for link in tree.iter("a"))
    browser.get("/logout/")
    assert page(browser, "/login/").get("lang") == "hi"


def test_the_language_switch_leads_to_no_other_house(client: FlaskClient) -> None:
    """An address in the link cannot send people elsewhere."""
    assert "elsewhere" not in client.get("/lang/hi?next=https://elsewhere.example/").location


ELSEWHERE = ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/%5Celsewhere.example", "\\\\elsewhere.example",
             "/%09/elsewhere.example", "/%0d%0aSet-Cookie:%20a=b", "javascript:alert(1)", "/\u202eelsewhere.example%20",
             "http://localhost.elsewhere.example/", "http://localhost@elsewhere.example/", "http://localhost//elsewhere.example/",
             "http://localhost:80/elsewhere", "https://localhost/elsewhere"]  # fmt: skip


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_log_in_leads_to_no_other_house(client: FlaskClient, address: str) -> None:
    """Not by another address, nor by a backslash or a tab, which browsers read as a slash or not at all."""
    for path in ("/login/", "/lang/hi"):
        kept = {"username": EXPORTER, "password": PASSWORD}
        answer = client.post(f"{path}?next={address}", data=kept) if path == "/login/" else client.get(f"{path}?next={address}")
        assert answer.status_code == 302
        assert "elsewhere" not in answer.location
        assert "Set-Cookie" not in answer.location


def test_a_log_in_leads_to_the_page_that_was_asked_for(client: FlaskClient) -> None:
    """With its question."""
    data = {"username": EXPORTER, "password": PASSWORD}
    answer = client.post("/login/?next=/applications/list/%3F_flt_0_status%3DDRAFT", data=data)
    assert answer.location.endswith("/applications/list/?_flt_0_status=DRAFT")


def test_a_page_that_asks_for_a_log_in_opens_after_it(client: FlaskClient) -> None:
    """A link out of a mail leads through the log-in to where it leads."""
    asked = client.get("/applications/list/?_flt_0_status=DRAFT")
    assert (asked.status_code, "/login/" in asked.location) == (302, True)
    answer = client.post(asked.location, data={"username": EXPORTER, "password": PASSWORD})
    assert answer.location == "/applications/list/?_flt_0_status=DRAFT"


@pytest.mark.parametrize("pk", ["0", "99999999", str(2**31), "9" * 20, "%C2%B2", "-1", "abc"])
def test_a_row_that_cannot_be_is_404(login: Login, pk: str) -> None:
    """To look at and to change, whatever is in the address."""
    for path in (f"/offices/show/{pk}", f"/offices/edit/{pk}", f"/officers/show/{pk}", f"/agencies/show/{pk}"):
        assert login(ADMINISTRATOR).get(path).status_code in {404, 403}, path


def test_a_search_keeps_what_was_asked(filed: Callable[..., int], login: Login) -> None:
    """States and countries are picked from a list; the export has the same filter; nothing found is a sentence."""
    filed("SUBMITTED")
    browser = login(EXPORTER)
    names = {each.get("name", ""): each for each in page(browser, "/applications/list/").iter("select")}
    status = next(name for name in names if name.endswith("_status"))
    tree = page(browser, f"/applications/list/?{status}=SUBMITTED")
    assert [each.get("value") for each in tree.iter("option") if each.get("selected") is not None] == ["SUBMITTED"]
    assert any(link.get("href") == f"/applications/export?{status}=SUBMITTED" for link in tree.iter("a"))
    assert b"Nothing matches this search" in browser.get(f"/applications/list/?{status}=ISSUED").data


def test_each_question_has_a_box_of_its_own(filed: Callable[..., int], login: Login) -> None:
    """Two questions, two labelled boxes; what is typed there answers them one by one."""
    number = filed("UNDER_REVIEW")
    questions = {"items": "Which mill wove it?\nWhich of the two weights is right?"}
    login(OFFICER).post(f"/applications/move/{number}/query", data=questions)
    exporter = login(EXPORTER)
    tree = page(exporter, f"/applications/move/{number}/reply")
    assert [each.get("name") for each in tree.iter("textarea")] == ["answers", "answers"]
    answers = {"answers": ["Nilgiri Mills,\nCoimbatore.", "The gross one."]}
    told = exporter.post(f"/applications/move/{number}/reply", data=answers)
    assert told.status_code == 302
    assert "The gross one." in exporter.get(f"/applications/show/{number}").get_data(as_text=True)


def test_a_form_refused_keeps_what_was_typed_and_says_where(login: Login) -> None:
    """The faults stand at the top, each leading to its field."""
    answer = login(ADMINISTRATOR).post("/offices/add", data={"code": "abc", "name": "Kochi office"})
    tree = parse_strictly(answer.data, "/offices/add")
    assert any(link.get("href") == "#code" for link in tree.iter("a"))
    assert "Kochi office" in [field.get("value") for field in tree.iter("input")]
    code = next(field for field in tree.iter("input") if field.get("name") == "code")
    assert code.get("aria-describedby") == "code-error"


def test_the_letters_of_hindi_come_from_this_house(client: FlaskClient) -> None:
    """A machine without Devanagari gets a small font, and may keep it."""
    from reportlab.pdfbase.ttfonts import TTFontFile

    answer = client.get("/fonts/devanagari.ttf")
    assert answer.headers["Cache-Control"].startswith("public")
    assert 0x0909 in TTFontFile(io.BytesIO(answer.data)).charToGlyph
