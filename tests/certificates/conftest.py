"""What the tests of issuing share: a look behind the certificate, after which all the books must agree."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.audit.service import prove as prove_trail
from app.certificates import register
from app.wallet.service import prove as prove_ledger
from tests.desk import Desk


@pytest.fixture
def desk(session: Any, app: Flask) -> Iterator[Desk]:
    """The rows behind an application; at the end ledger, trail and register must be whole, whatever was done."""
    found = Desk(session, app)
    yield found
    session.expire_all()
    faults = [*prove_ledger(session), *prove_trail(session), *register.check(session)]
    assert [fault for fault in faults if not found.on_purpose or found.on_purpose not in fault] == []
    assert bool(faults) == bool(found.on_purpose), "what a test altered on purpose must be found"
