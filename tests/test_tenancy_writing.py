"""What is one firm's is changed there alone: no verb, no form and no reference from outside, and a rule for every table."""

from typing import Any

import pytest
from flask import Flask

from app.core.errors import NotFound
from tests import factories, states
from tests.brokers.scene import For, acting, chosen
from tests.people import ADMIN, BALAJI, BROKER, EVERYBODY, EXPORTER, NILGIRI, OFFICER, OTHER_ADMIN, OTHER_EXPORTER, OTHER_OFFICER
from tests.scene import Scene

OUTSIDERS = [OTHER_EXPORTER, OTHER_OFFICER, OTHER_ADMIN]


@pytest.fixture
def scene(app: Flask, rolled_back: None) -> Scene:
    """Balaji's world and the neighbour's."""
    return Scene(app)


# --- writing ------------------------------------------------------------------------------------------------------------

ARGS: dict[str, dict[str, Any]] = {
    "edit": {"filing": factories.filing()}, "query": {"items": [{"text": "Which towels are these?"}]}, "reply": {"reply": "Bath towels."},
    "reject": {"reason": states.REASON}, "give_up": {"reason": states.REASON}, "propose_revocation": {"reason": states.REASON},
    "revoke": {"reason": states.REASON}, "reassign": {"officer": 1}, "take_over": {"reason": states.REASON},
}  # fmt: skip


def test_nothing_of_a_firm_is_changed_from_outside(app: Flask, scene: Scene, api: Any, login: Any) -> None:
    """Every move, PUT, DELETE, paper, form and button on a foreign id is 404 (or 403 by the role), and nothing changes."""
    from app.applications.service import VERBS

    with states.as_the_system(app, scene.issued) as (_session, application):
        certificate = application.certificate_id
    before = states.picture(app)
    for email in (*OUTSIDERS, BROKER):
        program, browser = api(email), login(email)
        if email == BROKER:
            program, browser = For(program, NILGIRI), chosen(browser, NILGIRI)
        for pk in (scene.draft, scene.reviewed, scene.asked, scene.issued):
            for name in set(VERBS) - {"lapse"}:
                assert program.post(f"/applications/{pk}/{name}", ARGS.get(name, {})).status_code == 404, f"{email} {name}"
                assert browser.post(f"/applications/move/{pk}/{name}", data=ARGS.get(name, {})).status_code == 404
                assert browser.post(f"/desk/move/{pk}/{name}", data={}).status_code in {403, 404}
            answers = [program.put(f"/applications/{pk}", factories.filing()), program.delete(f"/applications/{pk}"),
                       program.attach(pk, "OTHER"), browser.post(f"/filing/{pk}", data={"kind": "ORIGINAL"})]  # fmt: skip
            want = 404 if email in (OTHER_EXPORTER, BROKER) else 403
            assert {answer.status_code for answer in answers} == {want}, email
        for name in ("propose_revocation", "revoke"):
            gone = 403 if email == BROKER else 404  # a broker makes no move of any certificate
            assert program.post(f"/certificates/{certificate}/{name}", ARGS[name]).status_code == gone
            assert browser.post(f"/certificates/move/{certificate}/{name}", data=ARGS[name]).status_code == gone
    assert states.changed(before, states.picture(app)) == []
    assert api(EXPORTER).put(f"/applications/{scene.draft}", factories.filing()).status_code == 200, "the owner may"


def test_the_verbs_themselves_refuse_strangers(app: Flask, scene: Scene) -> None:
    """Without any screen between: every verb says there is nothing, to a foreign actor, whatever the state."""
    from app.applications import service
    from app.applications.service import VERBS
    from app.certificates.issue import CERTIFICATE_VERBS
    from app.certificates.models import Certificate
    from app.infra.uploads import paper

    before = states.picture(app)
    strangers = {email: states.told(app, email) for email in EVERYBODY if email in OUTSIDERS}
    strangers |= {"a broker at work for the neighbour": acting(app, NILGIRI), "a broker at rest": states.told(app, BROKER)}
    for actor in strangers.values():
        for pk in (scene.draft, scene.asked, scene.issued):
            with app.app_context():
                from app.infra.db import db

                application = db.session.get_one(service.Application, pk)
                for name in set(VERBS) - {"lapse"}:
                    with pytest.raises(NotFound):
                        VERBS[name](db.session, application, actor, **ARGS.get(name, {}))
                with pytest.raises(NotFound):
                    service.attach(db.session, application, actor, kind="OTHER", paper=paper("a.pdf", factories.pdf()))
                with pytest.raises(NotFound):
                    service.detach(db.session, application.attachments[0], actor)
                for name in CERTIFICATE_VERBS if application.certificate_id else ():
                    certificate = db.session.get_one(Certificate, application.certificate_id)
                    with pytest.raises(NotFound):
                        CERTIFICATE_VERBS[name](db.session, certificate, actor, **ARGS.get(name, {}))
                db.session.rollback()
    for name in set(VERBS) - {"lapse"}:  # and of a draft not even the firm's own agency knows
        with app.app_context(), pytest.raises(NotFound):
            VERBS[name](
                db.session, db.session.get_one(service.Application, scene.draft), states.told(app, OFFICER), **ARGS.get(name, {})
            )
    assert states.changed(before, states.picture(app)) == []


# --- links to what is another's -------------------------------------------------------------------------------------------


def refused(answer: Any) -> dict[str, str]:
    """The faults of a 422 answer, by field."""
    assert answer.status_code == 422, answer.json
    return {fault["field"]: fault["message"] for fault in answer.json["errors"]}


def test_a_filing_cannot_point_at_another_firms_branch(app: Flask, scene: Scene, api: Any) -> None:
    """The number of a foreign branch is as unknown as one that is nobody's; one's own is taken."""
    from app.exporters.models import Branch

    with states.as_the_system(app, scene.draft) as (session, draft):
        own = session.query(Branch).filter_by(exporter_id=draft.exporter_id).first().id
        foreign = session.query(Branch).filter(Branch.exporter_id != draft.exporter_id).first().id
    exporter = api(EXPORTER)
    told = [refused(exporter.post("/applications/", factories.filing(branch_id=pk))) for pk in (foreign, 987654)]
    assert told[0] == told[1]
    assert set(told[0]) == {"branch_id"}
    assert set(refused(exporter.put(f"/applications/{scene.draft}", factories.filing(branch_id=foreign)))) == {"branch_id"}
    assert exporter.post("/applications/", factories.filing(branch_id=own)).status_code == 201


def test_a_filing_cannot_replace_another_firms_certificate(app: Flask, scene: Scene, api: Any) -> None:
    """In lieu of a foreign certificate: told as if there were none, at its field; and other agencies do not replace it."""
    from app.certificates.models import Certificate

    with states.as_the_system(app, scene.issued) as (session, application):
        number = session.get_one(Certificate, application.certificate_id).number
    in_lieu = {"kind": "IN_LIEU", "in_lieu_reason": "The consignee's name was misspelt."}
    neighbour, exporter = api(OTHER_EXPORTER), api(EXPORTER)
    told = [
        refused(neighbour.post("/applications/", factories.filing(in_lieu_of=given, **in_lieu))) for given in (number, "FIEC/1")
    ]
    assert told[0] == told[1]
    assert set(told[0]) == {"in_lieu_of"}
    elsewhere = factories.filing(in_lieu_of=number, agency="SWCC", **in_lieu)
    assert "Only the agency that issued it" in refused(exporter.post("/applications/", elsewhere))["in_lieu_of"]
    assert exporter.post("/applications/", factories.filing(in_lieu_of=number, **in_lieu)).status_code == 201


def test_a_question_cannot_point_at_another_applications_paper(app: Flask, scene: Scene, api: Any) -> None:
    """A paper of another application, even of the same firm, is refused at its place in the list; its own is taken."""
    from app.applications.models import Attachment

    with states.as_the_system(app, scene.reviewed) as (session, reviewed):
        own = reviewed.attachments[0].id
        foreign = session.query(Attachment).filter_by(application_id=scene.neighbours).first().id
        other = session.query(Attachment).filter_by(application_id=scene.issued).first().id
    officer, text = api(OFFICER), "Which towels are these?"
    for paper in (foreign, other, 987654):
        body = {"items": [{"text": text}, {"text": text, "attachment_id": paper}]}
        assert set(refused(officer.post(f"/applications/{scene.reviewed}/query", body))) == {"items[1].attachment_id"}
    assert (
        officer.post(f"/applications/{scene.reviewed}/query", {"items": [{"text": text, "attachment_id": own}]}).status_code
        == 200
    )


def test_an_application_cannot_be_given_to_another_agencys_officer(app: Flask, scene: Scene, api: Any, login: Any) -> None:
    """Nor to an administrator, nor to nobody; the form offers the office's own officers alone."""
    strangers = [states.officer_id(app, email) for email in (OTHER_OFFICER, ADMIN)]
    for officer in (*strangers, 987654):
        assert set(refused(api(ADMIN).post(f"/applications/{scene.reviewed}/reassign", {"officer": officer}))) == {"officer"}
    form = login(ADMIN).get(f"/applications/move/{scene.reviewed}/reassign").text
    assert "Farah Qureshi" in form
    assert "Thomas Kurian" not in form


# --- the rule itself --------------------------------------------------------------------------------------------------------


def test_a_table_of_tenants_without_a_rule_stops_the_program(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever forgets to say who may see a table cannot start the program; the refusal names the table."""
    from app.infra import tenancy

    tenancy.must_be_complete()
    for model in tenancy.guarded():
        if set(model.__mapper__.columns.keys()) & {
            "exporter_id",
            "agency_id",
            "desk_agency_id",
            "office_id",
            "desk_office_id",
            "public",
        }:
            with monkeypatch.context() as patch:
                patch.delitem(tenancy._rules, model)
                with pytest.raises(LookupError, match=model.__name__):
                    tenancy.must_be_complete()


def test_what_a_query_shows_a_verb_allows(app: Flask, scene: Scene) -> None:
    """The two answers made from one rule agree for every row and everybody: seen by a query if and only if allowed to a verb."""
    from sqlalchemy import select

    from app.infra import tenancy
    from app.infra.db import db

    actors = {email: states.told(app, email) for email in (*EVERYBODY, BROKER)} | {
        iec: acting(app, iec) for iec in (BALAJI, NILGIRI)
    }
    for email, actor in actors.items():
        for model in tenancy.guarded():
            if (model, actor.role) in tenancy._also:
                continue  # seen through other rows; no verb asks for these
            with app.app_context():
                seen = set(db.session.scalars(select(model.id).where(tenancy.visible_to(actor, model))))
                allowed = {row.id for row in db.session.scalars(select(model)) if tenancy.allows(actor, row)}
                assert seen == allowed, f"{email} {model.__name__}"
