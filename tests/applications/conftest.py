"""What the tests of filing and deciding share: a look behind the application, after which the books must agree."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.audit.service import prove as prove_trail
from app.wallet.service import prove as prove_ledger
from tests.desk import Desk


@pytest.fixture
def desk(session: Any, app: Flask) -> Iterator[Desk]:
    """The rows behind an application; at the end ledger and trail must be whole."""
    yield Desk(session, app)
    session.expire_all()
    assert [*prove_ledger(session), *prove_trail(session)] == []
