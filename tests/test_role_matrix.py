"""Who may do what: every move in every state by everybody, every address by every role, every button on the page."""

import re
from typing import Any

import pytest

from app.agencies.rules import AGENCY_LIFE, OFFICE_LIFE, PERSON_LIFE
from app.applications.rules import LIFE, Status
from app.applications.service import VERBS
from app.brokers.rules import BROKER_LIFE, BROKER_PERSON_LIFE, DELEGATION_LIFE
from app.certificates.issue import CERTIFICATE_VERBS
from app.certificates.rules import LIFE as CERTIFICATE_LIFE
from app.certificates.rules import CertificateStatus
from app.certificates.sitting import SITTING_VERBS
from app.certificates.sitting_rules import SITTING_LIFE
from app.core.actor import Role
from app.core.errors import NotAllowed, NotFound, WrongState
from app.core.workflow import Workflow
from app.wallet.rules import TOPUP_LIFE, WALLET_LIFE
from tests import factories, states
from tests.people import ADMIN, CLERK, EVERYBODY, EXPORTER, OFFICER, OFFICER2, OTHER_OFFICER, SUPERVISOR

ROLES = {
    SUPERVISOR: Role.SUPERVISOR, ADMIN: Role.ADMINISTRATOR, OFFICER: Role.OFFICER, OFFICER2: Role.OFFICER,
    EXPORTER: Role.PRIMARY, CLERK: Role.APPLICANT,
}  # fmt: skip
FIRM, ELSEWHERE = {EXPORTER, CLERK}, set(EVERYBODY) - set(ROLES)
TABLES = [
    LIFE,
    CERTIFICATE_LIFE,
    PERSON_LIFE,
    OFFICE_LIFE,
    AGENCY_LIFE,
    TOPUP_LIFE,
    WALLET_LIFE,
    DELEGATION_LIFE,
    BROKER_LIFE,
    BROKER_PERSON_LIFE,
    SITTING_LIFE,
]
MOVES = [name for name in LIFE.names if not LIFE.rows(name)[0].automatic]
# Bringing one application to ISSUED does every job that waits, so the one that is being signed is made after it.
SIGNING_LAST = sorted(LIFE.states, key="SIGNING".__eq__)
# What only the officer may do who has the application in hand, or who approved it.
HOLDERS_ALONE = {"release", "query", "approve", "reject", "sign", "recall"}
ARGS: dict[str, dict[str, Any]] = {
    "edit": {"filing": factories.filing(vessel_flight="EVER GIVEN")},
    "query": {"items": [{"text": "Which towels are these?"}]},
    "reply": {"reply": "Bath towels, as on the invoice."},
    "reject": {"reason": states.REASON},
    "take_over": {"reason": states.REASON},
    "give_up": {"reason": states.REASON},
    "propose_revocation": {"reason": states.REASON},
    "revoke": {"reason": states.REASON},
}


def by_the_table(workflow: Workflow, name: str, state: str, role: Role) -> int:
    """What HTTP answers by the lines of the table: done, the wrong role, or the wrong state."""
    lines = [move for move in workflow.moves if move.name == name]
    if any(state in move.froms and role in move.by for move in lines):
        return 200
    elsewhere = any(role in move.by for move in lines)
    here = any(state in move.froms for move in lines)
    return 409 if elsewhere and not here else 403


# --- the tables by themselves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("workflow", TABLES, ids=lambda workflow: workflow.name)
def test_exactly_the_lines_of_the_table_pass(workflow: Workflow) -> None:
    """Every move x state x role: the table's lines and no others; the role is refused before the state."""
    errors = {200: None, 403: NotAllowed, 409: WrongState}
    tried = 0
    for name, state, role in [(n, s, r) for n in workflow.names for s in workflow.states for r in Role]:
        tried += 1
        error = errors[by_the_table(workflow, name, state, role)]
        if error is None:
            move = workflow.check(name, state, role)
            assert (move.name, state in move.froms, role in move.by) == (name, True, True)
        else:
            with pytest.raises(error):
                workflow.check(name, state, role)
    assert tried == len(workflow.names) * len(workflow.states) * len(Role)


@pytest.mark.parametrize("workflow", TABLES, ids=lambda workflow: workflow.name)
def test_a_move_that_is_not_in_the_table_is_not_there(workflow: Workflow) -> None:
    """An unknown move is refused for every role in every state."""
    for state, role in [(s, r) for s in workflow.states for r in Role]:
        with pytest.raises(NotFound):
            workflow.check("stamp", state, role)


def test_the_tables_know_every_state() -> None:
    """A state that is declared but not in the table, or the other way round, would be a dead end."""
    assert set(LIFE.states) == set(Status)
    assert set(CERTIFICATE_LIFE.states) == set(CertificateStatus)


def test_every_move_has_a_verb_and_every_verb_a_move(app: Any) -> None:
    """What the table offers somebody can do, and nothing can be done that is not in the table, once the program is whole."""
    assert set(VERBS) - {"lapse"} == set(MOVES), "lapse is the system's own, and has its verb"
    assert set(SITTING_VERBS) == {move.name for move in SITTING_LIFE.moves if not move.automatic}
    assert set(CERTIFICATE_VERBS) == {move.name for move in CERTIFICATE_LIFE.moves if not move.automatic}


def test_nobody_but_an_officer_approves_and_signs() -> None:
    """The supervisor and the administrator make no certificate; the exporter decides nothing (scenario 40)."""
    decisions = {"take_up", "take_over", "release", "query", "approve", "reject", "sign", "recall"}
    assert all(set(move.by) == {Role.OFFICER} for name in decisions for move in LIFE.rows(name))
    assert not any(Role.SUPERVISOR in move.by or Role.VIEWER in move.by or Role.PUBLIC in move.by for move in LIFE.moves)


# --- over HTTP ----------------------------------------------------------------------------------------------------------


def expected(email: str, name: str, state: str) -> int:
    """What the table, the guards and the visibility say together."""
    if email in ELSEWHERE or (state == Status.DRAFT and email not in FIRM):
        return 404
    status = by_the_table(LIFE, name, state, ROLES[email])
    if name == "take_over" and status == 200:
        return 409  # whoever took it up has just done so; what may be taken over is in test_holding.py
    held_by_another = name in HOLDERS_ALONE or (name == "take_up" and state == Status.RESUBMITTED)
    return 403 if status == 200 and email == OFFICER2 and held_by_another else status


@pytest.mark.parametrize("state", LIFE.states)
def test_every_move_over_rest_by_everybody(app: Any, api: Any, state: str) -> None:
    """In each state, everybody of the cast tries every move: done, 403, 404 or 409, and a refusal changes nothing."""
    pk = states.brought(app, state)
    args = ARGS | {"reassign": {"officer": states.officer_id(app, OFFICER2)}}
    people = {email: api(email) for email in EVERYBODY}
    before = states.picture(app)
    for email, person in people.items():
        for name in MOVES:
            want = expected(email, name, state)
            with states.undone(app):
                answer = person.post(f"/applications/{pk}/{name}", args.get(name, {}))
                assert answer.status_code == want, f"{email} {name} in {state}: {answer.json}"
                if want == 200:
                    assert states.changed(before, states.picture(app)), f"{email} {name} in {state} did nothing"
                    assert_arrived(answer.json["result"], name, state)
                else:
                    assert answer.json["detail"].endswith((".", "»")), "a refusal is a sentence"
        assert states.changed(before, states.picture(app)) == [], f"{email} in {state}"


def assert_arrived(result: dict[str, Any] | None, name: str, state: str) -> None:
    """The state after the move is the one the table names (a soft key signs at once)."""
    move = next(move for move in LIFE.rows(name) if state in move.froms)
    if move.to is None:
        assert result is None
    else:
        assert result is not None
        assert result["status"] == ("SIGNING" if name == "approve" else move.to)


@pytest.mark.parametrize("state", LIFE.states)
def test_the_other_doors_to_a_filing_follow_the_table(app: Any, api: Any, state: str) -> None:
    """PUT, DELETE and papers: only the firm, only where the table says edit or delete; nothing changes otherwise."""
    pk = states.brought(app, state)
    people = {email: api(email) for email in EVERYBODY}
    before = states.picture(app)
    for email, person in people.items():
        doors = {
            "edit": lambda person=person: person.put(f"/applications/{pk}", factories.filing()),
            "delete": lambda person=person: person.delete(f"/applications/{pk}"),
            "attach": lambda person=person: person.attach(pk, "OTHER"),
        }
        for name, knock in doors.items():
            files = ROLES.get(email, Role.PRIMARY if "exporter" in email else Role.OFFICER) in {Role.PRIMARY, Role.APPLICANT}
            want = expected(email, {"attach": "edit"}.get(name, name), state) if files else 403
            with states.undone(app):
                answer = knock()
                assert answer.status_code == {200: 201}.get(want, want) if name == "attach" else want, (
                    f"{email} {name} {answer.json}"
                )
        assert states.changed(before, states.picture(app)) == [], f"{email} in {state}"


@pytest.mark.parametrize("status", CERTIFICATE_LIFE.states)
def test_every_move_of_a_certificate_by_everybody(app: Any, api: Any, status: str) -> None:
    """The agency proposes, DGFT revokes what was proposed; nobody else, and nothing that is not valid."""
    pk = states.certified(app, status)
    people = {email: api(email) for email in EVERYBODY}
    before = states.picture(app)
    for email, person in people.items():
        for name in CERTIFICATE_VERBS:
            want = 404 if email in ELSEWHERE else by_the_table(CERTIFICATE_LIFE, name, status, ROLES[email])
            if (name, want) == ("revoke", 200):
                want = 409  # the guard: the agency has not proposed it
            with states.undone(app):
                answer = person.post(f"/certificates/{pk}/{name}", ARGS.get(name, {}))
                assert answer.status_code == want, f"{email} {name} {status}: {answer.json}"
        assert states.changed(before, states.picture(app)) == [], f"{email} in {status}"


def test_what_the_agency_proposed_the_supervisor_revokes(app: Any, api: Any) -> None:
    """The guard opens once the administrator has proposed; the administrator does not revoke."""
    pk = states.certified(app, "VALID")
    assert api(ADMIN).post(f"/certificates/{pk}/propose_revocation", ARGS["revoke"]).status_code == 200
    assert api(ADMIN).post(f"/certificates/{pk}/revoke", ARGS["revoke"]).status_code == 403
    assert api(SUPERVISOR).post(f"/certificates/{pk}/revoke", ARGS["revoke"]).json["result"]["status"] == "REVOKED"


def test_without_a_token_nothing_moves(app: Any, client: Any) -> None:
    """401 for every move of every state's table, and for the automatic ones there is no address at all."""
    pk = states.brought(app, "UNDER_REVIEW")
    before = states.picture(app)
    for path in (*(f"/applications/{pk}/{name}" for name in MOVES), *(f"/certificates/1/{name}" for name in CERTIFICATE_VERBS)):
        assert client.post(f"/api/v1{path}", json={}).status_code == 401, path
        assert client.post(f"/api/v1{path}", json={}, headers={"Authorization": "Bearer x.y.z"}).status_code in {401, 422}, path
    for name in ("lapse", "issue", "fail"):
        assert client.post(f"/api/v1/applications/{pk}/{name}", json={}).status_code == 404
    assert states.changed(before, states.picture(app)) == []


def test_a_viewer_reads_and_moves_nothing(app: Any, api: Any) -> None:
    """With the role of a viewer the clerk sees the firm's applications, and every move is refused."""
    from app.exporters.models import ExporterUser

    pks = {state: states.brought(app, state) for state in ("DRAFT", "QUERY_RAISED", "SUBMITTED")}
    with states.as_the_system(app, pks["DRAFT"]) as (session, _application):
        session.query(ExporterUser).filter_by(email=CLERK).one().role = Role.VIEWER.value
    viewer = api(CLERK)
    before = states.picture(app)
    for state, pk in pks.items():
        assert viewer.get(f"/applications/{pk}").json["result"]["moves"] == [], state
        assert {viewer.post(f"/applications/{pk}/{name}", ARGS.get(name, {})).status_code for name in MOVES} == {403}, state
        answers = (
            viewer.put(f"/applications/{pk}", factories.filing()),
            viewer.delete(f"/applications/{pk}"),
            viewer.attach(pk, "OTHER"),
        )
        assert {answer.status_code for answer in answers} == {403}, state
    assert viewer.post("/applications/", factories.filing()).status_code == 403
    assert states.changed(before, states.picture(app)) == []


def test_a_right_ends_with_the_next_request(app: Any, api: Any, login: Any) -> None:
    """An officer who is deactivated, or no longer mapped to the office, acts no more: same token, same cookie."""
    from app.agencies.models import AgencyUser, OfficeMapping

    pk = states.brought(app, "UNDER_REVIEW")
    token, cookie = api(OFFICER), login(OFFICER)
    assert cookie.get(f"/applications/show/{pk}").status_code == token.get(f"/applications/{pk}").status_code == 200
    person = states.officer_id(app, OFFICER)
    with states.undone(app):
        with states.as_the_system(app, pk) as (session, _application):
            session.query(OfficeMapping).filter_by(agency_user_id=person).delete()
        assert token.post(f"/applications/{pk}/approve", {}).status_code == 404
        assert cookie.get(f"/applications/show/{pk}").status_code == 404
    with states.as_the_system(app, pk) as (session, _application):
        session.get_one(AgencyUser, person).status = "INACTIVE"
    assert token.post(f"/applications/{pk}/approve", {}).status_code == 403
    assert cookie.get(f"/applications/show/{pk}").status_code == 403


# --- the buttons ----------------------------------------------------------------------------------------------------------


def buttons(answer: Any, address: str) -> set[str]:
    """The moves a page leads to: links and forms whose address begins with `address` (the client has parsed it strictly)."""
    addresses = re.findall(r'(?:href|action)="([^"]*)"', answer.text)
    return {found.removeprefix(address).split("?")[0] for found in addresses if found.startswith(address)}


def offered(state: str, role: Role, *, holds: bool = True) -> set[str]:
    """The lines of the table with this state and role; editing is a form of its own, and the holder's are the holder's."""
    lines = [move for move in LIFE.moves if state in move.froms and role in move.by and move.name != "edit"]
    return {move.name for move in lines if holds or not move.holder} - {"take_over"}  # not while it is held


def test_the_page_shows_exactly_the_moves_of_the_table(app: Any, login: Any) -> None:
    """Each state x everybody: the page has a button for each move offered and none besides; strangers get no page."""
    pks = {state: states.brought(app, state) for state in SIGNING_LAST}
    for email in EVERYBODY:
        browser = login(email)
        for state, pk in pks.items():
            page = browser.get(f"/applications/show/{pk}")
            if expected(email, "submit", state) == 404:
                assert page.status_code == 404, f"{email} sees {state}"
                continue
            assert buttons(page, f"/applications/move/{pk}/") == offered(state, ROLES[email], holds=email != OFFICER2), (
                f"{email} {state}"
            )
            edits = any(state in move.froms and ROLES[email] in move.by for move in LIFE.rows("edit"))
            assert ("" in buttons(page, f"/filing/{pk}")) == edits, f"{email} {state}"


def test_the_desk_shows_the_same_buttons(app: Any, login: Any) -> None:
    """On the officer's desk too; what is not on the desk is found among the applications, and a draft nowhere."""
    from app.certificates.views import ON_THE_DESK

    pks = {state: states.brought(app, state) for state in SIGNING_LAST}
    browser = login(OFFICER)
    for state, pk in pks.items():
        page = browser.get(f"/desk/show/{pk}")
        if state in ON_THE_DESK:
            assert buttons(page, f"/desk/move/{pk}/") == offered(state, Role.OFFICER), state
        else:
            assert page.status_code == (404 if state == "DRAFT" else 302), state
    assert login(OTHER_OFFICER).get(f"/desk/show/{pks['SUBMITTED']}").status_code == 404


@pytest.mark.parametrize("state", ["DRAFT", "UNDER_REVIEW", "QUERY_RAISED", "ISSUED"])
def test_a_button_pressed_without_the_right_does_nothing(app: Any, login: Any, state: str) -> None:
    """The screens' GET and POST follow the same table as REST, whatever buttons were shown."""
    pk = states.brought(app, state)
    forms = {name: {key: "A reason long enough." for key in ("reason", "items", "reply")} for name in MOVES}
    forms["reassign"] = {"officer": str(states.officer_id(app, OFFICER2))}
    forms["approve"] = {"origin_criteria_checked": "y"}
    for email in EVERYBODY:
        browser = login(email)
        before = states.picture(app)
        for name in set(MOVES) - {"edit"}:
            want = expected(email, name, state)
            with states.undone(app):
                answer = browser.post(f"/applications/move/{pk}/{name}", data=forms[name])
                if want == 200:
                    assert answer.status_code == 302, f"{email} {name} in {state}"
                    assert states.changed(before, states.picture(app)), f"{email} {name} in {state} did nothing"
                else:  # a guard's refusal is shown on the page one comes back to
                    officers = {OFFICER, OFFICER2} if name == "take_over" else {OFFICER2}
                    guarded = email in officers and by_the_table(LIFE, name, state, Role.OFFICER) == 200
                    assert answer.status_code in ({200, 302} if guarded else {want}), f"{email} {name} in {state}"
        assert browser.post(f"/applications/move/{pk}/edit", data={}).status_code in {403, 404, 409}, (
            "edited in a form of its own"
        )
        assert states.changed(before, states.picture(app)) == [], f"{email} in {state}"
