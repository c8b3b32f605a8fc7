"""The door of DGFT's system, opened for tests, and short ways to look at people and firms."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.exporters.provider import Bent, Door, serving
from tests.exporters.scene import SECRET, Scim


@pytest.fixture
def scim(app: Flask, client: Any, monkeypatch: pytest.MonkeyPatch) -> Scim:
    """SCIM as DGFT's system speaks it."""
    monkeypatch.setitem(app.config, "SCIM_SECRET", SECRET)
    return Scim(client)


@pytest.fixture
def member(session: Any) -> Callable[[str], Any]:
    """The person of a firm with this e-mail address, read afresh."""
    from app.exporters.models import ExporterUser

    def find(email: str) -> Any:
        session.expire_all()
        return session.scalar(select(ExporterUser).where(ExporterUser.email == email).order_by(ExporterUser.id.desc()))

    return find


@pytest.fixture
def dgft(app: Flask, rolled_back: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bent]:
    """DGFT's log-in, on a port of this machine."""
    with serving(app, monkeypatch) as provider:
        yield provider


@pytest.fixture
def door(app: Flask, dgft: Bent) -> Door:
    """A browser that will go there and come back."""
    return Door(app)
