"""The record of a certificate: whole for those whose it is, nothing for others, and it shows what was altered."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.certificates.trail import trail
from app.core.errors import NotFound
from tests import states
from tests.people import (
    ADMIN,
    BROKER,
    CLERK,
    EXPORTER,
    OFFICER,
    OTHER_ADMIN,
    OTHER_EXPORTER,
    OTHER_OFFICER,
    SUPERVISOR,
    actor_for,
)
from tests.tampering import tamper

Login = Callable[[str], FlaskClient]


def test_the_record_tells_the_whole_life(session: Any, issued: Callable[..., Any]) -> None:
    """From the filing to the issue, each entry once and in order, with the hashes that prove it."""
    certificate = issued()
    told = trail(session, actor_for(session, SUPERVISOR), certificate)
    events = [step.event for step in told.steps]
    for earlier, later in [("application submitted", "application approved"), ("application approved", "certificate issued")]:
        assert events.index(earlier) < events.index(later)
    assert len({step.number for step in told.steps}) == len(told.steps)
    assert told.altered == 0
    assert sorted(step.of_application for step in told.steps if step.event == "certificate issued") == [False, True]
    assert told.rendered_sha256 not in ("", certificate.sha256)


@pytest.mark.parametrize("who", [EXPORTER, CLERK, OFFICER, ADMIN, SUPERVISOR])
def test_those_whose_it_is_find_it_from_the_certificate(login: Login, issued: Callable[..., Any], who: str) -> None:
    certificate = issued()
    browser = login(who)
    assert f'href="/certificates/record/{certificate.id}"' in browser.get(f"/certificates/show/{certificate.id}").text
    page = browser.get(f"/certificates/record/{certificate.id}")
    assert page.status_code == 200
    for said in (certificate.number, certificate.sha256, certificate.data_sha256, "all are as they were written"):
        assert said in page.text


@pytest.mark.parametrize("who", [OTHER_EXPORTER, OTHER_OFFICER, OTHER_ADMIN])
def test_another_tenants_record_is_not_there(session: Any, login: Login, issued: Callable[..., Any], who: str) -> None:
    certificate = issued()
    page = login(who).get(f"/certificates/record/{certificate.id}")
    assert page.status_code == 404
    assert certificate.number not in page.text
    with pytest.raises(NotFound):
        trail(session, actor_for(session, who), certificate)


def test_a_broker_and_the_public_have_no_such_page(login: Login, client: FlaskClient, issued: Callable[..., Any]) -> None:
    certificate = issued()
    for browser in (client, login(BROKER)):
        page = browser.get(f"/certificates/record/{certificate.id}")
        assert page.status_code in {302, 403, 404}
        assert certificate.sha256 not in page.text


def test_only_dgft_reads_addresses_of_computers(session: Any, login: Login, issued: Callable[..., Any]) -> None:
    certificate = issued()
    row = session.scalars(select(AuditEvent).where(AuditEvent.event == "application submitted")).all()[-1]
    tamper(session, "UPDATE audit_event SET ip = '203.0.113.77' WHERE id = :id", id=row.id)
    address = f"/certificates/record/{certificate.id}"
    assert {who for who in (EXPORTER, OFFICER, ADMIN, SUPERVISOR) if "203.0.113.77" in login(who).get(address).text} == {
        SUPERVISOR
    }


def test_an_altered_entry_is_named(session: Any, login: Login, issued: Callable[..., Any]) -> None:
    """Somebody with the database's password made another person the one who approved."""
    certificate = issued()
    row = session.scalars(select(AuditEvent).where(AuditEvent.event == "application approved")).all()[-1]
    tamper(session, "UPDATE audit_event SET actor_name = 'Somebody Else' WHERE id = :id", id=row.id)
    page = login(EXPORTER).get(f"/certificates/record/{certificate.id}").text
    assert "Not as they were written: 1 of these entries" in page
    assert page.count("this entry was altered") == 1
    assert "all are as they were written" not in page


def test_a_number_that_was_voided_has_its_record_too(app: Flask, login: Login, session: Any) -> None:
    """Nothing was signed, and the page says so."""
    page = login(OFFICER).get(f"/certificates/record/{states.certified(app, 'VOID')}")
    assert page.status_code == 200
    assert "It is not signed." in page.text
    assert login(OFFICER).get("/certificates/record/99999999999").status_code == 404
