"""In lieu, back-to-back, retrospective: what the page says of it, and what happens to the certificate replaced."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.errors import BusinessError, InvalidInput
from tests.desk import Desk
from tests.people import ADMIN, OFFICER, OTHER_EXPORTER, SUPERVISOR
from tests.states import RIGHT, WRONG, certificate_move

Filed = Callable[..., int]
Run = Callable[[], int]


@pytest.fixture(autouse=True)
def _ten_past_noon() -> Iterator[None]:
    """Dates are compared with India's today, which must not change at midnight in the middle of a test."""
    noon = clock.india_midnight(clock.india_today()) + timedelta(hours=12)
    with clock.travel(noon):
        yield


def in_lieu(number: str, **more: Any) -> dict[str, Any]:
    """What a filing says when it replaces a certificate."""
    return {"kind": "IN_LIEU", "in_lieu_of": number, "in_lieu_reason": WRONG, "consignee": RIGHT, **more}


def verdict(client: Any, token: str) -> str:
    """What the public page says now."""
    return str(client.get(f"/verify/{token}", headers={"Accept": "application/json"}).json["verdict"])


def refusal(file: Callable[[], Any], field: str) -> str:
    """The sentence on this field with which a filing is refused."""
    with pytest.raises(InvalidInput) as told:
        file()
    return " ".join(fault.message for fault in told.value.faults if fault.field == field)


def test_the_old_one_is_superseded_when_the_new_one_is_valid_and_not_before(
    desk: Desk, filed: Filed, run_jobs: Run, client: Any
) -> None:
    """Until the moment of issue verifiers hear VALID of the old one (scenario 34)."""
    old = desk.certificate(filed("ISSUED"))
    number, token, issued = old.number, old.verify_token, clock.day(clock.india_today(old.issued_at)).upper()
    pk = filed("SIGNING", **in_lieu(number))
    assert (verdict(client, token), verdict(client, desk.certificate(pk).verify_token)) == ("VALID", "UNKNOWN")
    run_jobs()
    new = desk.certificate(pk)
    assert (verdict(client, token), verdict(client, new.verify_token)) == ("SUPERSEDED", "VALID")
    desk.session.refresh(old)
    assert (old.superseded_by_id, new.supersedes_id) == (new.id, old.id)
    assert f"ISSUED IN LIEU OF {number} DATED {issued}" in desk.words(pk)


def test_another_agency_another_firm_and_the_old_system_replace_nothing(desk: Desk, filed: Filed) -> None:
    """Only the agency that issued it, only for the firm it was issued to, only what was issued here."""
    number = desk.certificate(filed("ISSUED")).number
    elsewhere = in_lieu(number, agency="SWCC")
    assert "Only the agency that issued it" in refusal(lambda: filed(**elsewhere), "in_lieu_of")
    others = in_lieu(number, exporter=OTHER_EXPORTER)
    assert "no certificate of this number here" in refusal(lambda: filed(**others), "in_lieu_of")
    assert "eCoO 1.0" in refusal(lambda: filed(**in_lieu("COO/2023/004511")), "in_lieu_of")


def test_what_is_being_replaced_or_is_replaced_is_not_replaced_again(desk: Desk, filed: Filed, run_jobs: Run) -> None:
    """One successor, and only of a valid certificate."""
    number = desk.certificate(filed("ISSUED")).number
    filed("SIGNING", **in_lieu(number))
    assert "Another application already replaces" in refusal(lambda: filed(**in_lieu(number)), "in_lieu_of")
    run_jobs()
    assert "not valid any more" in refusal(lambda: filed(**in_lieu(number)), "in_lieu_of")


def test_what_is_revoked_meanwhile_is_not_replaced(desk: Desk, app: Flask, filed: Filed, run_jobs: Run) -> None:
    """The signing fails, and nothing half-done stays."""
    old = desk.certificate(filed("ISSUED"))
    identity, number = old.id, old.number
    late = filed("SIGNING", **in_lieu(number))
    for who, name in ((ADMIN, "propose_revocation"), (SUPERVISOR, "revoke")):
        certificate_move(app, identity, who, name)
    run_jobs()
    assert (desk.application(late).status, desk.certificate(late).status) == ("SIGN_FAILED", "PREPARED")
    assert (desk.certificate(late).sha256, desk.fees(late)) == (None, 0)


def test_an_officer_cannot_approve_in_lieu_of_what_was_revoked(desk: Desk, app: Flask, filed: Filed) -> None:
    """The sentence names the number; no number is used up."""
    old = desk.certificate(filed("ISSUED"))
    identity, number = old.id, old.number
    pk = filed("UNDER_REVIEW", **in_lieu(number))
    for who, name in ((ADMIN, "propose_revocation"), (SUPERVISOR, "revoke")):
        certificate_move(app, identity, who, name)
    with pytest.raises(BusinessError, match="no longer valid"):
        desk.move(pk, OFFICER, "approve")
    assert (desk.application(pk).status, desk.certificates(pk)) == ("UNDER_REVIEW", [])


def test_a_back_to_back_certificate_speaks_of_the_foreign_country_only(desk: Desk, filed: Filed) -> None:
    """It names the country and each proof, and nowhere reads as if India made the goods (scenario 33)."""
    evidence = [
        {"kind": "FOREIGN_COO", "number": "LK-2026-5511", "date": "2026-06-02", "issuer": "Ceylon Chamber", "country": "LK"},
        {"kind": "BILL_OF_ENTRY", "number": "7719824", "date": "2026-06-20", "issuer": "Customs, Chennai", "country": "IN"},
    ]
    words = desk.words(filed("ISSUED", kind="BACK_TO_BACK", b2b_evidence=evidence))
    assert "BACK-TO-BACK: GOODS OF SRI LANKA ORIGIN" in words
    assert "originate in SRI LANKA" in words
    assert "FOREIGN" in words
    for paper in ("LK-2026-5511 of 2 Jun 2026, Ceylon Chamber", "7719824 of 20 Jun 2026, Customs, Chennai"):
        assert paper in words
    assert "produced in" not in words
    assert "INDIAN" not in words


def test_goods_that_left_before_are_endorsed(desk: Desk, filed: Filed, run_jobs: Run, app: Flask) -> None:
    """With a reason it is issued, and says ISSUED RETROSPECTIVELY (scenario 36)."""
    yesterday = (clock.india_today() - timedelta(days=1)).isoformat()
    assert "say why" in refusal(lambda: filed(departure_date=yesterday), "retro_reason")
    pk = filed("ISSUED", departure_date=yesterday, retro_reason="The buyer asked for it after the ship had sailed.")
    assert "ISSUED RETROSPECTIVELY" in desk.words(pk)
    today = filed("ISSUED", departure_date=clock.india_today().isoformat())
    assert "RETROSPECTIVELY" not in desk.words(today)


def test_goods_that_leave_while_the_officer_reads_are_endorsed_too(desk: Desk, filed: Filed, run_jobs: Run) -> None:
    """What counts is the day of issue, not the day of filing."""
    pk = filed("UNDER_REVIEW", departure_date=clock.india_today().isoformat())
    with clock.travel(clock.now() + timedelta(days=2)):
        desk.move(pk, OFFICER, "approve")
        run_jobs()
    assert "ISSUED RETROSPECTIVELY" in desk.words(pk)


def test_every_certificate_says_what_it_is(desk: Desk, filed: Filed) -> None:
    """NON-PREFERENTIAL, the number and the name of the officer (scenario 35)."""
    pk = filed("ISSUED")
    words = desk.words(pk)
    for expected in ("NON-PREFERENTIAL", desk.certificate(pk).number, "R. K. Srinivasan", "produced in INDIA"):
        assert expected in words
