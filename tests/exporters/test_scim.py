"""SCIM 2.0 as RFC 7644 shows it: create, read, find, replace, change, withdraw; errors, versions, and the one door."""

import threading
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Engine, func, select

from app.exporters.models import DgftProfile, ExporterUser
from tests.exporters.scene import BALAJI, FIRM, KONKAN, NILGIRI, PATCH, SECRET, USER, Scim, resource, row, said, sync
from tests.people import ADMIN, CLERK, SUPERVISOR

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def refused(answer: Any, status: int, kind: str = "") -> None:
    """An error in the form of RFC 7644, 3.12: status as text, a sentence, and the kind where there is one."""
    assert answer.status_code == status, answer.json
    assert answer.json["schemas"] == [ERROR]
    assert answer.json["status"] == str(status)
    assert answer.json.get("scimType", "") == kind
    assert len(answer.json["detail"]) > 10


# --- create (3.3) --------------------------------------------------------------------------------------------------------


def test_create_answers_as_the_rfc_shows(scim: Scim, member: Any) -> None:
    """201, Location and ETag, the whole resource with id and meta; and the person is of the firm."""
    answer = scim.make()
    made = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == made["meta"]["location"] == f"http://127.0.0.1:8080/scim/v2/Users/{made['id']}"
    assert answer.headers["ETag"] == made["meta"]["version"] == 'W/"1"'
    assert made["meta"]["resourceType"] == "User"
    assert made["meta"]["created"].endswith("Z")
    assert {key: made[key] for key in ("schemas", "userName", "externalId", "active")} == {
        "schemas": [USER, FIRM], "userName": "barbara@balaji.example", "externalId": "barbara", "active": True,
    }  # fmt: skip
    assert made["name"] == {"formatted": "Barbara J Jensen", "givenName": "Barbara", "familyName": "J Jensen"}
    assert made["emails"] == [{"value": "barbara@balaji.example", "type": "work", "primary": True}]
    assert made[FIRM] == {"iec": "AABCS4821K", "firmRole": "APPLICANT", "mobile": "9876543210"}
    assert member("barbara@balaji.example").status == "ACTIVE"


def test_a_second_create_is_409_and_makes_nothing(scim: Scim, session: Any) -> None:
    """By userName in any case, or by externalId."""
    scim.make()
    for again in (
        resource(),
        resource("BARBARA@balaji.example", externalId="other"),
        resource("other@balaji.example", externalId="barbara"),
    ):
        refused(scim.ask("POST", "/Users", again), 409, "uniqueness")
    assert session.scalar(select(func.count()).select_from(DgftProfile)) == 1


@pytest.mark.parametrize("email", [ADMIN, SUPERVISOR])
def test_an_account_of_an_agency_is_never_taken_over(scim: Scim, login: Any, email: str) -> None:
    """409, and the account is what it was."""
    refused(scim.make(email), 409, "uniqueness")
    assert login(email).get("/agencies/list/").status_code == 200


def test_a_known_person_of_a_firm_keeps_password_and_account(scim: Scim, session: Any, login: Any) -> None:
    """Scenario 23 by SCIM: old credentials work."""
    person = session.query(ExporterUser).filter_by(email=CLERK).one()
    account, person.dgft_user_ref = person.user_id, None
    session.commit()
    assert scim.make(CLERK, name={"formatted": "Kiran Desai"}).status_code == 201
    assert session.query(ExporterUser).filter_by(email=CLERK).one().user_id == account
    assert login(CLERK).get("/").status_code == 200


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"schemas": []}, "invalidSyntax"), ({"userName": ""}, "invalidValue"), ({"userName": "bjensen"}, "invalidValue"),
     ({"name": {}}, "invalidValue"), ({"active": "perhaps"}, "invalidValue"), ({FIRM: {"iec": "X"}}, "invalidValue"),
     ({FIRM: {"firmRole": "OFFICER"}}, "invalidValue"), ({"emails": "x"}, "invalidValue"),
     ({"emails": [{"value": "other@balaji.example"}]}, "invalidValue"), ({FIRM: {"mobile": ["1"]}}, "invalidValue"),
     ({"externalId": ["x"]}, "invalidValue"), ({"externalId": {"a": 1}}, "invalidValue"), ({"name": {"givenName": ["x"]}}, "invalidValue"),
     ({"displayName": [1]}, "invalidValue"), ({"USERNAME": "other@balaji.example"}, "invalidSyntax"), ({"name": {"formatted": "\ud800"}}, "invalidValue"),
     ({"userName": "a\u0000@balaji.example"}, "invalidValue")],
)  # fmt: skip
def test_what_cannot_be_read_is_400(scim: Scim, session: Any, change: dict[str, Any], kind: str) -> None:
    """With the kind of table 9, and nothing made."""
    refused(scim.ask("POST", "/Users", resource() | change), 400, kind)
    assert session.scalar(select(func.count()).select_from(DgftProfile)) == 0


def test_a_person_without_a_firm_waits(scim: Scim, session: Any, member: Any) -> None:
    """No IEC, or one nobody knows: an account, and no place in a firm."""
    assert scim.make("free@mail.example", iec="").status_code == 201
    assert scim.make("early@konkan.example", iec=KONKAN).json[FIRM]["iec"] == KONKAN
    assert member("free@mail.example") is None
    assert member("early@konkan.example") is None
    assert session.query(User).filter_by(username="free@mail.example").one().active


# --- read and find (3.4) -------------------------------------------------------------------------------------------------


def test_read_one(scim: Scim) -> None:
    """200 with the resource; 304 when the client has this version; 404 for what is not there."""
    made = scim.make().json
    answer = scim.ask("GET", f"/Users/{made['id']}")
    assert (answer.status_code, answer.json) == (200, made)
    assert scim.ask("GET", f"/Users/{made['id']}", If_None_Match=made["meta"]["version"]).status_code == 304
    for pk in ("999999", "abc", "0", "²", "9" * 40):
        refused(scim.ask("GET", f"/Users/{pk}"), 404)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [('userName eq "a@balaji.example"', "a"), ('userName eq "A@BALAJI.example"', "a"), ('USERNAME Eq "a@balaji.example"', "a"),
     ('externalId eq "b"', "b"), ('externalId eq "B"', ""), ('emails.value eq "b@balaji.example"', "b"),
     ('emails[type eq "work" and value co "c@"]', "c"), ("active eq false", "c"), ("active eq true", "ab"), ('active eq "True"', "ab"),
     ('userName sw "a@" or externalId eq "c"', "ac"), ('not (externalId eq "a")', "bc"), ('userName ew "example" and active eq true', "ab"),
     ('(externalId eq "a" or externalId eq "b") and not (active eq false)', "ab"), ("externalId pr", "abc"), ('userName co "%"', ""),
     (f'{FIRM}:firmRole eq "viewer"', "b"), (f'{USER}:userName eq "a@balaji.example"', "a"), ('meta.lastModified gt "2011-05-13T04:42:34Z"', "abc"),
     ('id eq "x"', ""), ('externalId gt "a"', "bc"), ('displayName ne "nobody"', "abc")],
)  # fmt: skip
def test_find_by_filter(scim: Scim, wanted: str, found: str) -> None:
    """As RFC 7644, 3.4.2.2 writes them; a ListResponse, by GET and by POST alike."""
    scim.make("a@balaji.example")
    scim.make("b@balaji.example", role="VIEWER")
    scim.make("c@balaji.example", active=False)
    answer = scim.client.get("/scim/v2/Users", query_string={"filter": wanted}, headers=scim.headers)
    assert answer.json["schemas"] == [LIST]
    assert "".join(each["externalId"] for each in answer.json["Resources"]) == found
    assert answer.json["totalResults"] == answer.json["itemsPerPage"] == len(found)
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": wanted}
    assert scim.ask("POST", "/Users/.search", body).json == answer.json


@pytest.mark.parametrize(
    "wanted",
    ["userName", "userName eq", 'userName is "a"', 'shoeSize eq "9"', 'userName eq "a', "userName eq a", "(active eq true",
     "active eq true)", "active gt true", "not active eq true", 'userName eq "a" and', "active eq 1", "userName eq true",
     'meta.created gt "today"', 'meta.created gt "2011-05-13T04:42:34"', "(" * 60, 'userName eq "' + "x" * 3000 + '"', "[", "emails[active eq true",
     'userName eq "\\ud800"', 'displayName co "\\u0000"', '\\ud800 eq "x"'],
)  # fmt: skip
def test_a_filter_that_cannot_be_read(scim: Scim, wanted: str) -> None:
    """400 invalidFilter with what is wrong."""
    refused(scim.client.get("/scim/v2/Users", query_string={"filter": wanted}, headers=scim.headers), 400, "invalidFilter")


def test_pages_and_attributes(scim: Scim) -> None:
    """startIndex from 1, count, attributes and excludedAttributes (3.4.2.4, 3.9)."""
    for letter in "abcde":
        scim.make(f"{letter}@balaji.example")
    page = scim.ask("GET", "/Users?startIndex=2&count=2&attributes=userName,name.givenName").json
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert [set(each) for each in page["Resources"]] == [{"schemas", "id", "userName", "name"}] * 2
    assert page["Resources"][0]["name"] == {"givenName": "Barbara"}
    assert scim.ask("GET", "/Users?count=0").json["Resources"] == scim.ask("GET", "/Users?count=-1").json["Resources"] == []
    assert len(scim.ask("GET", "/Users?startIndex=-3").json["Resources"]) == 5
    assert scim.ask("GET", "/Users?startIndex=99").json["Resources"] == []
    without = scim.ask("GET", "/Users?excludedAttributes=emails,name.formatted,id").json["Resources"][0]
    assert "emails" not in without
    assert "id" in without
    assert set(without["name"]) == {"givenName", "familyName"}
    refused(scim.ask("GET", "/Users?count=many"), 400, "invalidValue")


# --- replace (3.5.1) -----------------------------------------------------------------------------------------------------


def test_replace(scim: Scim, member: Any) -> None:
    """The resource as sent, a new version; the account stays, the log-in name follows."""
    made = scim.make().json
    account = member("barbara@balaji.example").user_id
    news = resource(
        "babs@balaji.example", role="VIEWER", externalId="barbara", name={"givenName": "Babs", "familyName": "Jensen"}
    )
    answer = scim.ask("PUT", f"/Users/{made['id']}", news, If_Match=made["meta"]["version"])
    assert (answer.status_code, answer.json["userName"], answer.json["name"]["formatted"]) == (
        200,
        "babs@balaji.example",
        "Babs Jensen",
    )
    assert answer.json["meta"]["version"] == answer.headers["ETag"] == 'W/"2"'
    now = member("babs@balaji.example")
    assert (now.user_id, now.role) == (account, "VIEWER")
    assert scim.ask("PUT", f"/Users/{made['id']}", news).json == answer.json


def test_replace_leaves_what_it_does_not_speak_of(scim: Scim) -> None:
    """A client that does not know our extension unlinks nobody; one that says nothing of active lets nobody in again."""
    made = scim.make(active=False).json
    answer = scim.ask("PUT", f"/Users/{made['id']}", {"schemas": [USER], "userName": made["userName"], "name": made["name"]})
    assert (answer.json["active"], answer.json[FIRM]["iec"], answer.json["externalId"]) == (False, "AABCS4821K", "barbara")
    answer = scim.ask("PUT", f"/Users/{made['id']}", resource(iec=""))
    assert "iec" not in answer.json[FIRM]


def test_a_stale_version_is_412(scim: Scim) -> None:
    """Also for changes and withdrawals; * is any version."""
    made = scim.make().json
    path = f"/Users/{made['id']}"
    scim.change(made["id"], {"op": "replace", "path": "displayName", "value": "Babs"}, If_Match="*")
    old = {"If_Match": made["meta"]["version"]}
    refused(scim.ask("PUT", path, resource(), **old), 412)
    refused(scim.change(made["id"], {"op": "replace", "path": "active", "value": False}, **old), 412)
    refused(scim.ask("DELETE", path, **old), 412)
    assert scim.ask("GET", path).json["displayName"] == "Babs"


def test_the_external_id_does_not_change(scim: Scim) -> None:
    """One that was missing may be sent later, unless somebody has it."""
    made = scim.make().json
    refused(scim.ask("PUT", f"/Users/{made['id']}", resource(externalId="else")), 400, "mutability")
    bare = scim.make("bare@balaji.example", externalId=None).json
    assert "externalId" not in bare
    refused(scim.change(bare["id"], {"op": "add", "path": "externalId", "value": "barbara"}), 409, "uniqueness")
    assert scim.change(bare["id"], {"op": "add", "path": "externalId", "value": "bare"}).json["externalId"] == "bare"


def test_replacing_by_somebody_elses_address_is_409(scim: Scim) -> None:
    """Of another person, and of an agency."""
    scim.make("a@balaji.example")
    made = scim.make("b@balaji.example").json
    for taken in ("a@balaji.example", ADMIN):
        refused(scim.change(made["id"], {"op": "replace", "path": "userName", "value": taken}), 409, "uniqueness")


# --- change (3.5.2) ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "path", "after"),
    [
        ({"op": "replace", "path": "active", "value": False}, "active", False),
        ({"op": "Replace", "path": "active", "value": "False"}, "active", False),  # Entra ID
        ({"op": "replace", "value": {"active": False}}, "active", False),  # Okta
        ({"op": "add", "value": {"name": {"givenName": "Babs"}}}, "displayName", "Babs J Jensen"),
        ({"op": "Add", "value": {"name.familyName": "Jensen"}}, "displayName", "Barbara Jensen"),  # Entra ID without a path
        ({"op": "replace", "path": "name.formatted", "value": "B. Jensen"}, "displayName", "B. Jensen"),
        ({"op": "replace", "path": f"{USER}:displayName", "value": "B. J."}, "displayName", "B. J."),
        ({"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@balaji.example"}, "userName", "b@balaji.example"),
        ({"op": "replace", "path": "emails[primary eq true].value", "value": "b@balaji.example"}, "userName", "b@balaji.example"),
        ({"op": "replace", "path": "emails", "value": [{"value": "b@balaji.example", "primary": True}]}, "userName", "b@balaji.example"),
        ({"op": "replace", "path": "userName", "value": "b@balaji.example"}, "userName", "b@balaji.example"),
        ({"op": "add", "path": f"{FIRM}:firmRole", "value": "VIEWER"}, "firmRole", "VIEWER"),
        ({"op": "replace", "value": {FIRM: {"firmRole": "viewer"}}}, "firmRole", "VIEWER"),
        ({"op": "add", "value": {f"{FIRM}:mobile": "+91 9123456789"}}, "mobile", "9123456789"),
        ({"op": "remove", "path": f"{FIRM}:mobile"}, "mobile", None),
        ({"op": "remove", "path": f"{FIRM}:iec"}, "iec", None),
        ({"op": "remove", "path": FIRM}, "iec", None),
        ({"op": "add", "path": "title", "value": "Tour Guide"}, "title", None),  # known to the RFC, not kept
    ],
)  # fmt: skip
def test_change(scim: Scim, operation: dict[str, Any], path: str, after: Any) -> None:
    """add, replace and remove, with and without a path, as Entra ID and Okta send them."""
    made = scim.make().json
    answer = scim.change(made["id"], operation)
    assert answer.status_code == 200, answer.json
    assert (answer.json | answer.json[FIRM]).get(path) == after
    assert scim.ask("GET", f"/Users/{made['id']}").json == answer.json


@pytest.mark.parametrize(
    ("operation", "kind"),
    [({"op": "move", "path": "active"}, "invalidSyntax"), ("x", "invalidSyntax"), ({"op": "remove"}, "noTarget"),
     ({"op": "replace", "path": "active"}, "invalidValue"), ({"op": "replace", "value": "x"}, "invalidValue"),
     ({"op": "replace", "path": "shoeSize", "value": 9}, "invalidPath"), ({"op": "replace", "path": "name[x]", "value": 9}, "invalidPath"),
     ({"op": "replace", "path": "name.shoe", "value": 9}, "invalidPath"), ({"op": "replace", "path": "(", "value": 9}, "invalidPath"),
     ({"op": "replace", "path": f"{FIRM}:shoe", "value": 9}, "invalidPath"), ({"op": "replace", "path": "id", "value": "9"}, "mutability"),
     ({"op": "replace", "path": "meta.version", "value": "9"}, "mutability"), ({"op": "remove", "path": "userName"}, "invalidValue"),
     ({"op": "replace", "path": 'emails[type eq "home"].value', "value": "b@balaji.example"}, "noTarget"),
     ({"op": "replace", "path": 'emails[type ne "home"].value', "value": "b@balaji.example"}, "invalidFilter"),
     ({"op": "replace", "path": "emails", "value": 7}, "invalidValue"), ({"op": "replace", "path": "emails.shoe", "value": 7}, "invalidPath"),
     ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue"), ({"op": "replace", "path": FIRM, "value": 3}, "invalidPath")],
)  # fmt: skip
def test_a_change_that_cannot_be_made_changes_nothing(scim: Scim, operation: Any, kind: str) -> None:
    """All operations or none: the good one before it is not kept."""
    made = scim.make().json
    refused(scim.change(made["id"], {"op": "replace", "path": "displayName", "value": "Babs"}, operation), 400, kind)
    assert scim.ask("GET", f"/Users/{made['id']}").json == made


def test_a_change_needs_its_schema(scim: Scim) -> None:
    """And a list of operations."""
    path = f"/Users/{scim.make().json['id']}"
    for body in (
        {},
        [],
        {"schemas": [PATCH]},
        {"schemas": [PATCH], "Operations": []},
        {"Operations": [{"op": "remove", "path": FIRM}]},
    ):
        refused(scim.ask("PATCH", path, body), 400, "invalidSyntax")
    many = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": True}] * 101}
    refused(scim.ask("PATCH", path, many), 400, "tooMany")


def test_switched_off_is_out_at_once(scim: Scim, session: Any, login: Any) -> None:
    """Sessions end, the account is off; switched on again, the password is still good."""
    session.query(ExporterUser).filter_by(email=CLERK).one().dgft_user_ref = None
    session.commit()
    made = scim.make(CLERK).json
    browser = login(CLERK)
    scim.change(made["id"], {"op": "replace", "path": "active", "value": False})
    assert browser.get("/applications/list/").status_code == 302
    scim.change(made["id"], {"op": "replace", "path": "active", "value": True})
    assert browser.get("/applications/list/").status_code == 302  # the old session stays closed
    assert login(CLERK).get("/applications/list/").status_code == 200


def test_the_last_primary_user_is_kept(scim: Scim, session: Any) -> None:
    """Neither demoted nor switched off nor withdrawn; with another one, yes."""
    from tests.exporters.scene import firm

    sync(session, said(firms=[firm()], complete=False))
    made = scim.make("p@konkan.example", iec=KONKAN, role="PRIMARY").json
    for operation in ({"op": "replace", "path": "active", "value": False}, {"op": "remove", "path": f"{FIRM}:iec"},
                      {"op": "replace", "path": f"{FIRM}:iec", "value": NILGIRI}):  # fmt: skip
        refused(scim.change(made["id"], operation), 400, "mutability")
    refused(scim.ask("DELETE", f"/Users/{made['id']}"), 400, "mutability")
    scim.make("q@konkan.example", iec=KONKAN, role="PRIMARY")
    assert scim.ask("DELETE", f"/Users/{made['id']}").status_code == 204


# --- withdraw (3.6) ------------------------------------------------------------------------------------------------------


def test_withdrawn_is_404_everywhere_and_nothing_is_deleted(scim: Scim, session: Any, member: Any) -> None:
    """Out of every answer, no conflict for a new one; row, account and history stay."""
    made = scim.make().json
    account = member("barbara@balaji.example").user_id
    path = f"/Users/{made['id']}"
    answer = scim.ask("DELETE", path)
    assert (answer.status_code, answer.data) == (204, b"")
    for again in (scim.ask("GET", path), scim.ask("PUT", path, resource()), scim.ask("DELETE", path),
                  scim.change(made["id"], {"op": "replace", "path": "active", "value": True})):  # fmt: skip
        refused(again, 404)
    assert scim.ask("GET", "/Users").json["totalResults"] == 0
    assert (member("barbara@balaji.example").status, session.get(User, account).active) == ("DISABLED", False)
    other = scim.make(externalId="somebody-else")
    assert (other.status_code, other.json["id"] != made["id"]) == (201, True)
    scim.ask("DELETE", f"/Users/{other.json['id']}")
    assert scim.make().json["id"] == made["id"]  # the same externalId is the same person


# --- what the service says of itself (4) ---------------------------------------------------------------------------------


def test_what_the_service_says_of_itself_takes_no_filter(scim: Scim) -> None:
    """403, lest a client believes that it was filtered (RFC 7644, section 4)."""
    for name in ("ServiceProviderConfig", "ResourceTypes", "Schemas"):
        refused(scim.ask("GET", f"/{name}?filter=id eq 1"), 403)


def test_half_a_character_is_refused_wherever_it_stands(scim: Scim) -> None:
    """JSON can carry what no text can; a refusal repeats it without breaking."""
    made = scim.make().json
    refused(scim.change(made["id"], {"op": "replace", "path": "\ud800", "value": 1}), 400, "invalidPath")
    refused(scim.change(made["id"], {"op": "replace", "path": f"{FIRM}:\ud800", "value": 1}), 400, "invalidPath")
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": '\ud800 eq "x"'}
    refused(scim.ask("POST", "/Users/.search", body), 400, "invalidFilter")


def test_the_service_describes_itself(scim: Scim) -> None:
    """ServiceProviderConfig, ResourceTypes and Schemas name what is done, and each is found by its own location."""
    provider = scim.ask("GET", "/ServiceProviderConfig").json
    assert {key: provider[key]["supported"] for key in ("patch", "bulk", "filter", "changePassword", "sort", "etag")} == {
        "patch": True, "bulk": False, "filter": True, "changePassword": False, "sort": False, "etag": True,
    }  # fmt: skip
    for name in ("ResourceTypes", "Schemas"):
        listed = scim.ask("GET", f"/{name}").json
        assert listed["totalResults"] == len(listed["Resources"])
        for each in listed["Resources"]:
            assert scim.ask("GET", each["meta"]["location"].split("/scim/v2")[1]).json == each
        refused(scim.ask("GET", f"/{name}/Group"), 404)
    attributes = {each["name"] for each in scim.ask("GET", f"/Schemas/{FIRM}").json["attributes"]}
    assert attributes == {"iec", "firmRole", "mobile"}


def test_other_addresses_and_methods(scim: Scim) -> None:
    """In SCIM's own form."""
    refused(scim.ask("GET", "/Groups"), 404)
    refused(scim.ask("GET", "/Me"), 501)
    refused(scim.ask("POST", "/Bulk", {}), 501)
    refused(scim.ask("DELETE", "/Users"), 405)
    refused(scim.ask("POST", "/Schemas", {}), 405)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"x"', b"[" * 50_000, b'{"userName": 1, "userName": 2}', b"NaN"])
def test_a_body_that_is_no_json_object(scim: Scim, body: bytes) -> None:
    """400 invalidSyntax; another kind of content is 415."""
    for kind, status in (("application/scim+json", 400), ("application/json", 400), ("text/plain", 415)):
        answer = scim.client.post("/scim/v2/Users", data=body, content_type=kind, headers=scim.headers)
        refused(answer, status, "invalidSyntax" if status == 400 else "")


# --- the door ------------------------------------------------------------------------------------------------------------


def test_without_the_setting_there_is_no_door(client: Any) -> None:
    """404, whatever is shown."""
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {SECRET}"}):
        refused(client.get("/scim/v2/Users", headers=headers), 404)


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer x", f"Basic {SECRET}", f"Bearer {SECRET}x", SECRET, "Bearer é"])
def test_only_the_secret_opens(scim: Scim, shown: str) -> None:
    """401 with the way in; every method and address alike."""
    scim.headers = {"Authorization": shown} if shown else {}
    for method, path in (("GET", "/Users"), ("POST", "/Users"), ("DELETE", "/Users/1"), ("GET", "/Schemas"), ("GET", "/nothing")):
        answer = scim.ask(method, path)
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="scim"'


def test_no_log_in_opens_this_door(scim: Scim, login: Any, api: Any) -> None:
    """Neither a supervisor's cookie nor a token of the API."""
    refused(login(SUPERVISOR).get("/scim/v2/Users"), 401)
    refused(scim.client.get("/scim/v2/Users", headers=api(SUPERVISOR).headers), 401)


def test_a_cookie_beside_the_secret_makes_nobody(app: Any, scim: Scim, login: Any, session: Any) -> None:
    """The system acts, whoever happens to be logged in: the firm's clerk does not narrow what DGFT sees."""
    scim.make("n@nilgiri.example", iec=NILGIRI)
    scim.client = login(CLERK)
    answer = scim.client.get("/scim/v2/Users", headers=scim.headers)
    assert answer.json["totalResults"] == 1
    made = scim.client.post("/scim/v2/Users", json=resource(), headers=scim.headers)
    assert made.status_code == 201
    assert session.get(DgftProfile, int(made.json["id"])).created_by_id is None


def test_too_many_wrong_secrets_shut_the_door(scim: Scim) -> None:
    """For this address and a while, for the right one too: a guess learns nothing."""
    right, scim.headers = scim.headers, {"Authorization": "Bearer guess"}
    assert {scim.ask("GET", "/Users").status_code for _ in range(10)} == {401}
    refused(scim.ask("GET", "/Users"), 429)
    scim.headers = right
    answer = scim.ask("GET", "/Users")
    refused(answer, 429)
    assert answer.headers["Retry-After"] == "900"


def test_no_form_token_is_asked_for(app: Any, scim: Scim, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program has no page to take one from."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert scim.make().status_code == 201


def test_the_trail_names_the_door(scim: Scim, session: Any) -> None:
    """Who, what and whom, without address and telephone."""
    from app.audit.models import AuditEvent
    from app.audit.service import prove

    made = scim.make().json
    scim.change(made["id"], {"op": "replace", "path": f"{FIRM}:firmRole", "value": "VIEWER"})
    scim.change(made["id"], {"op": "replace", "path": f"{FIRM}:firmRole", "value": "VIEWER"})  # no change, no event
    scim.ask("DELETE", f"/Users/{made['id']}")
    events = session.scalars(select(AuditEvent).where(AuditEvent.object_kind == "dgft_profile").order_by(AuditEvent.id)).all()
    assert [event.event for event in events] == [
        "DGFT profile created", "DGFT profile changed", "DGFT profile switched off", "DGFT profile withdrawn",
    ]  # fmt: skip
    assert {event.actor_name for event in events} == {"DGFT (SCIM)"}
    assert events[1].detail["changes"]["role"] == ["APPLICANT", "VIEWER"]
    assert "barbara@balaji" not in str([event.detail for event in events])
    assert list(prove(session)) == []


@pytest.mark.parametrize("iec", [BALAJI, ""])
def test_two_creates_at_once_make_one(app: Any, own: Engine, monkeypatch: pytest.MonkeyPatch, iec: str) -> None:
    """One 201, the others 409; one profile, one account."""
    from app.infra.db import db

    monkeypatch.setitem(app.config, "SCIM_SECRET", SECRET)
    together, statuses = threading.Barrier(6), []

    def make() -> None:
        door = Scim(app.test_client())
        together.wait()
        statuses.append(door.make(iec=iec).status_code)

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409, 409, 409]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(DgftProfile)) == 1
        assert db.session.scalar(select(func.count()).select_from(User).where(User.username == "barbara@balaji.example")) == 1


def test_what_the_feed_brought_is_seen_here_and_changed_here(scim: Scim, session: Any) -> None:
    """Both ways end in one row."""
    sync(session, said(row("F")))
    found = scim.client.get("/scim/v2/Users", query_string={"filter": 'externalId eq "F"'}, headers=scim.headers).json[
        "Resources"
    ]
    assert [each["userName"] for each in found] == ["f@balaji.example"]
    refused(scim.make("f@balaji.example"), 409, "uniqueness")
    scim.change(found[0]["id"], {"op": "replace", "path": "active", "value": False})
    assert session.query(ExporterUser).filter_by(dgft_user_ref="F").one().status == "DISABLED"


def test_two_primary_users_do_not_leave_at_once(app: Any, own: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alone might go; of both at once, one stays."""
    from app.infra.db import db

    monkeypatch.setitem(app.config, "SCIM_SECRET", SECRET)
    with app.app_context():
        from tests.exporters.scene import firm

        sync(db.session, said(firms=[firm()], complete=False))
    made = [Scim(app.test_client()).make(f"{name}@konkan.example", iec=KONKAN, role="PRIMARY").json["id"] for name in "ab"]
    together, statuses = threading.Barrier(2), []

    def leave(pk: str) -> None:
        door = Scim(app.test_client())
        together.wait()
        statuses.append(door.ask("DELETE", f"/Users/{pk}").status_code)

    threads = [threading.Thread(target=leave, args=(pk,)) for pk in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [204, 400]
