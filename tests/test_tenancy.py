"""What is one firm's or one office's is read there alone: swept for words, ids and counts, as everybody else."""

import json
import re
from typing import Any

import prison
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import immediateload, joinedload, lazyload, selectinload, subqueryload

from tests import states
from tests.people import (
    ADMIN,
    BALAJI,
    BROKER,
    CLERK,
    EXPORTER,
    NILGIRI,
    OFFICER,
    OFFICER2,
    OTHER_ADMIN,
    OTHER_EXPORTER,
    OTHER_OFFICER,
    SUPERVISOR,
    actor_for,
)  # fmt: skip
from tests.scene import CANARY, DRAFT, NORTH, PART, PEOPLE_OF_BALAJI, Scene
from tests.sweep import Person, model_of, screens, sweep

OUTSIDERS = [OTHER_EXPORTER, OTHER_OFFICER, OTHER_ADMIN]


@pytest.fixture
def scene(app: Flask, rolled_back: None) -> Scene:
    """Balaji's world and the neighbour's."""
    return Scene(app)


# --- reading ------------------------------------------------------------------------------------------------------------


# What the tenancy rule adds is the same for both databases: the real servers are asked by one outsider and the owner.
SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "email",
    [OTHER_EXPORTER, *(pytest.param(who, marks=SLOW) for who in (*OUTSIDERS[1:], BROKER, None))],
    ids=lambda email: email or "the public",
)
def test_no_word_of_a_firm_reaches_outsiders(app: Flask, scene: Scene, email: str | None) -> None:
    """Every list, page, export, search, order, form and file, as another firm, another agency, and nobody.

    And as a customs broker who may submit for Balaji, and acts for the neighbour at the moment.
    """
    secrets = {CANARY, DRAFT, NORTH} | PEOPLE_OF_BALAJI | scene.numbers()
    if email is None:
        secrets -= {"balaji.example"}  # the log-in names the demonstration's accounts
    else:
        secrets -= hashes_of_papers(app, OTHER_EXPORTER)
    found = sweep(app, email, secrets, PART, NILGIRI if email == BROKER else "")
    asked = int(found.pop("requests").pop())
    assert found == {}
    assert asked > (30 if email is None else 200), "the sweep has asked too little to prove anything"


def hashes_of_papers(app: Flask, email: str) -> set[str]:
    """The hashes of a firm's own papers: the factory's small papers are byte for byte the same for both firms."""
    from app.applications.models import Attachment
    from app.infra.db import db

    with app.app_context():
        mine = db.session.query(Attachment).filter_by(exporter_id=actor_for(db.session, email).exporter_id)
        return {row.sha256 for row in mine}


@pytest.mark.parametrize(
    ("email", "hidden"),
    [
        pytest.param(OFFICER, {DRAFT}, marks=SLOW),
        (OFFICER2, {DRAFT, NORTH}),
        pytest.param(ADMIN, {DRAFT}, marks=SLOW),
        pytest.param(SUPERVISOR, {DRAFT}, marks=SLOW),
    ],
)
def test_drafts_and_other_offices_stay_hidden(app: Flask, scene: Scene, email: str, hidden: set[str]) -> None:
    """Drafts are the firm's alone, and an officer sees the offices he is mapped to and no others; the rest they do see."""
    found = sweep(app, email, {CANARY, DRAFT, NORTH}, PART)
    assert {endpoint for endpoint, seen in found.items() if seen & hidden} == set()
    shown = {CANARY, NORTH} - hidden
    for endpoint in (
        "ApplicationView.list",
        "ApplicationView.show",
        "ApplicationView.export",
        "ApplicationApi.get",
        "ApplicationApi.get_list",
    ):
        assert found[endpoint] == shown, endpoint


@SLOW
def test_a_broker_who_acts_for_nobody_sees_nothing(app: Flask, scene: Scene) -> None:
    """Of a firm that lets them act only the name, in the list of firms, and what the bell rang."""
    secrets = {CANARY, DRAFT, NORTH, "balaji.example", "Meera Patel", "Kiran Desai"} | scene.numbers()
    found = sweep(app, BROKER, secrets, PART)
    found.pop("requests")
    assert found.pop("NoticeView.open", set()) <= scene.numbers(), "the bell of all firms at once names numbers and no goods"
    assert set(found) <= {"DelegationView.show", "DelegationApi.get"}
    assert {word for words in found.values() for word in words} <= {"Meera Patel"}, "who granted it"


@SLOW
def test_a_broker_sees_what_the_firm_lets_them_see(app: Flask, scene: Scene) -> None:
    """Acting for Balaji, the same sweep finds its papers, and nothing of the people, the money or the neighbour."""
    found = sweep(app, BROKER, {CANARY, DRAFT, NORTH, "balaji.example", "Nilgiri", NILGIRI}, PART, BALAJI)
    for endpoint in (
        "ApplicationView.list",
        "ApplicationView.show",
        "ApplicationView.paper",
        "ApplicationApi.get",
        "FilingView.edit",
    ):
        assert {CANARY, DRAFT} & found[endpoint], endpoint
    found.pop("requests")
    others = {word for words in found.values() for word in words} & {"Nilgiri", NILGIRI}
    assert others == set(), {endpoint: words & others for endpoint, words in found.items() if words & others}


def test_the_owner_sees_all_of_it(app: Flask, scene: Scene) -> None:
    """The same sweep by the firm's clerk finds the canaries everywhere they are: it would have found a leak."""
    found = sweep(app, CLERK, {CANARY, DRAFT, NORTH}, PART)
    for endpoint in ("ApplicationView.list", "ApplicationView.show", "ApplicationView.export", "ApplicationView.paper", "ApplicationApi.get",
                     "ApplicationApi.get_list", "GoodsItemView.list", "GoodsItemView.show", "GoodsItemView.export", "InvoiceView.list",
                     "AttachmentView.list"):  # fmt: skip
        assert found[endpoint] == {CANARY, DRAFT, NORTH}, endpoint
    for endpoint in ("CertificateView.list", "CertificateView.export", "CertificateApi.get", "QueryView.show", "FilingView.edit"):
        assert CANARY in found[endpoint], endpoint
    assert NORTH in found["EvidenceView.list"]


@pytest.mark.parametrize("held", [False, True], ids=["asked for", "held by the session"])
def test_every_id_of_the_firm_answers_404(app: Flask, scene: Scene, held: bool) -> None:
    """Each row of Balaji, at every address that takes its id, is as little there for outsiders as a row that never was.

    Also where the session holds the row already, and gives it without a query that could be narrowed down.
    """
    with states.as_the_system(app, scene.draft) as (session, draft):
        balaji = draft.exporter_id
        rows = {
            model: session.query(model).filter_by(exporter_id=balaji).all()
            for model in {model_of(app, rule.endpoint) for rule in app.url_map.iter_rules()} if hasattr(model, "exporter_id")
        }  # fmt: skip
        ids = {model: [row.id for row in found][:25] for model, found in rows.items()}
        for email in (*OUTSIDERS, BROKER) if held else ():
            must_find_nothing(app, email, ids)
    for email in (*OUTSIDERS, BROKER) if not held else ():
        must_find_nothing(app, email, ids)


def must_find_nothing(app: Flask, email: str, ids: dict[Any, list[int]]) -> None:
    """As this person, every address that takes an id of one of these tables says that nothing is there."""
    person = Person(app, email, NILGIRI if email == BROKER else "")
    for rule in (rule for rule in app.url_map.iter_rules() if "pk" in rule.arguments and "GET" in (rule.methods or ())):
        for pk in ids.get(model_of(app, rule.endpoint), []):
            path = rule.rule.replace("<int:pk>", str(pk)).replace("<pk>", str(pk)).replace("<string:name>", "withdraw")
            status, _body = person.get(path)
            moved_on = rule.endpoint == "ApplicationView.page" and status == 302  # the short address looks nothing up
            assert status in {403, 404} or moved_on, f"{email} {path}: {status}"
            if status == 403:
                break


def test_what_one_reads_neither_widens_nor_narrows_what_the_next_reads(app: Flask, scene: Scene) -> None:
    """A row that was read for one person, and read on for another: each gets their own, though the session holds the row."""
    from app.infra import current

    with states.as_the_system(app, scene.reviewed) as (session, application), app.test_request_context("/"):
        people = {email: actor_for(session, email) for email in (EXPORTER, OTHER_EXPORTER)}
        for email, lines in ((OTHER_EXPORTER, 0), (EXPORTER, 1), (OTHER_EXPORTER, 0), (EXPORTER, 1)):
            with current.standing_in(people[email]):
                session.expire(application)
                assert [len(application.items), len(application.invoices)] == [lines, lines]
                assert bool(application.attachments) == bool(lines)


@pytest.mark.parametrize("loader", [joinedload, selectinload, subqueryload, immediateload, lazyload])
def test_however_something_is_read_along_it_is_narrowed(app: Flask, scene: Scene, loader: Any) -> None:
    """An exporter knows nothing of officers' rows, nor of another firm's goods lines, whatever way they come with the application."""
    from app.applications.models import Application, GoodsItem
    from app.infra import current

    with states.as_the_system(app, scene.reviewed) as (session, _application), app.test_request_context("/"):
        mine, other = actor_for(session, EXPORTER), actor_for(session, OTHER_EXPORTER)
        odd = update(GoodsItem).where(GoodsItem.application_id == scene.draft).values(exporter_id=other.exporter_id)
        session.execute(odd, execution_options={"unscoped": True})
        ways = [loader(Application.assigned_officer), loader(Application.items)]
        for pk, lines in ((scene.reviewed, 1), (scene.draft, 0), (scene.reviewed, 1)):
            session.expunge_all()
            with current.standing_in(mine):
                row = session.scalars(select(Application).where(Application.id == pk).options(*ways)).unique().one()
                assert row.assigned_officer is None
                assert len(row.items) == lines
        session.rollback()


def test_verifying_by_number_gives_no_goods_away(app: Flask, scene: Scene, client: Any) -> None:
    """The public hears of an issued certificate that it is genuine and whose it is, and not a word of what is in it."""
    with states.as_the_system(app, scene.issued) as (session, application):
        from app.certificates.models import Certificate

        number = session.get_one(Certificate, application.certificate_id).number
        filed = application.number
    for headers in ({}, {"Accept": "application/json"}):
        answer = client.get("/verify", query_string={"number": number}, headers=headers)
        assert "Balaji" in answer.text
        assert not any(word in answer.text for word in (CANARY, filed, "balaji.example", "Meera"))


# --- asking about what is hidden ------------------------------------------------------------------------------------------


def test_no_list_can_be_filtered_or_ordered_by_a_hidden_column(app: Flask, scene: Scene) -> None:
    """A filter or order by a column that a list does not offer is refused or ignored: no count and no order tells its value."""
    person, offered = Person(app, SUPERVISOR), ("id", "asc")
    view, path = screens(app)["ApplicationApi"], "/api/v1/applications/"
    usual = rest_answer(person, path, view, order=("id", "desc"))
    assert rest_answer(person, path, view, order=offered) == (usual or [])[::-1] != usual, "an order that is offered is an order"
    assert rest_answer(person, path, view, flt=("status", "-7")) == [], "a filter that is offered filters"
    for endpoint, view in screens(app).items():
        columns = [column.key for column in view.datamodel.obj.__mapper__.columns]
        api = hasattr(view, "resource_name")
        ask, path = (rest_answer, f"/api/v1/{view.resource_name}/") if api else (screen_answer, f"{view.route_base}/list/")
        status, usual = person.get(path)
        if status == 403:
            continue
        for column in columns:
            if column not in view.search_columns:
                assert ask(person, path, view, flt=(column, "-7")) in (None, rows_in(usual)), f"{endpoint} filters by {column}"
            if column not in view.order_columns:
                assert ask(person, path, view, order=(column, "asc")) in (None, rows_in(usual)), f"{endpoint} orders by {column}"


def rows_in(body: str) -> list[str]:
    """What tells one answer from another: the rows of a page or of a JSON list, in their order."""
    start = body.find('{"')
    if "application/json" in body[:400] and start >= 0:
        return [str(identity) for identity in json.loads(body[start:])["ids"]]
    return re.findall(r'href="[^"]*/show/(\d+)', body)


def rest_answer(person: Person, path: str, view: Any, flt: Any = None, order: Any = None) -> list[str] | None:
    """The rows REST gives, or None when the question is refused."""
    asked = (
        {"filters": [{"col": flt[0], "opr": "sw", "value": flt[1]}]}
        if flt
        else {"order_column": order[0], "order_direction": order[1]}
    )
    status, body = person.get(path, query_string={"q": prison.dumps(asked)})
    return rows_in(body) if status == 200 else None


def screen_answer(person: Person, path: str, view: Any, flt: Any = None, order: Any = None) -> list[str] | None:
    """The rows a page gives, or None when the question is refused."""
    name = type(view).__name__
    asked = {f"_flt_0_{flt[0]}": flt[1]} if flt else {f"_oc_{name}": order[0], f"_od_{name}": order[1]}
    status, body = person.get(path, query_string=asked)
    return rows_in(body) if status == 200 else None
