"""What must never be in the register is refused by the database itself, whatever program writes it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.certificates.models import Certificate

WRONG = {
    "a number given twice": "UPDATE certificate SET number = (SELECT number FROM certificate WHERE id <> :id LIMIT 1)",
    "a number that reads the same": "UPDATE certificate SET number_norm ="
    " (SELECT number_norm FROM certificate WHERE id <> :id LIMIT 1)",
    "a place in the series given twice": "UPDATE certificate SET sequence ="
    " (SELECT sequence FROM certificate WHERE id <> :id LIMIT 1)",
    "a token given twice": "UPDATE certificate SET verify_token = (SELECT verify_token FROM certificate WHERE id <> :id LIMIT 1)",
    "two living certificates of one application": "UPDATE certificate SET live_application_id ="
    " (SELECT live_application_id FROM certificate WHERE id <> :id LIMIT 1)",
    "valid and never issued": "UPDATE certificate SET issued_at = NULL",
    "a state that is none": "UPDATE certificate SET status = 'GOOD'",
    "nobody's certificate": "UPDATE certificate SET exporter_id = NULL",
    "a certificate of no application": "UPDATE certificate SET application_id = 987654",
    "a certificate by no officer": "UPDATE certificate SET officer_id = 987654",
    "a leaf of a kind that is none": "UPDATE leaf SET kind = 'GREEN'",
    "nobody's application": "UPDATE application SET exporter_id = NULL",
    "an application in no state": "UPDATE application SET status = 'LOST'",
    "an application number given twice": "UPDATE application SET number = 'NPA-2026-00000001'",
    "an application to no office": "UPDATE application SET office_id = 987654",
    "lighter than its contents": "UPDATE goods_item SET gross_weight_kg = '1.000', net_weight_kg = '2.000'",
    "a criterion that is none": "UPDATE goods_item SET origin_criterion = 'X'",
    "a paper of a kind that is none": "UPDATE attachment SET kind = 'SELFIE'",
    "an agency in no state": "UPDATE agency SET status = 'RETIRED'",
    "an office of the code 000": "UPDATE office SET code = '000'",
    "two offices of one code": "UPDATE office SET code = '001'",
    "a mapping that ends before it begins": "UPDATE office_mapping SET to_date = '2001-01-01'",
    "an account of two officers": "UPDATE agency_user SET user_id = (SELECT min(user_id) FROM agency_user)",
    "a person of no role": "UPDATE exporter_user SET role = 'KING'",
    "a short IEC": "UPDATE exporter SET iec = '123'",
    "a firm twice": "UPDATE exporter SET iec = (SELECT min(iec) FROM exporter)",
    "two active keys of one person": "UPDATE dsc_registration SET user_id = (SELECT min(user_id) FROM dsc_registration)",
    "a job in no state": "UPDATE job SET state = 'SLEEPING'",
    "a job promised twice": "UPDATE job SET key = 'the same'",
}


@pytest.fixture
def two(session: Any, issued: Callable[..., Certificate]) -> int:
    """Two issued certificates; the id of the second."""
    issued()
    identity = issued().id
    session.commit()
    return int(identity)


def test_the_database_refuses_what_must_never_be(session: Any, two: int) -> None:
    """Each of them alone, and the rows are as they were."""
    accepted = []
    for name, statement in WRONG.items():
        try:
            with session.begin_nested():
                session.execute(text(statement), {"id": two} if ":id" in statement else {})
            accepted.append(name)
        except IntegrityError:
            continue
    assert accepted == []
