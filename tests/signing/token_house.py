"""A house of its own and a token in SoftHSM2 behind an agent that nobody has paired yet, for a real browser to work with."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.signing import testca
from tests.running import environment, free_port, started
from tests.signing.at_desk import AgentAtDesk, at_desk
from tests.signing.bench import Made
from tests.signing.softhsm import Module, fresh
from tests.test_acceptance import House


@contextmanager
def token_house(
    folder: Path, holder: str, organisation: str, *usages: str, **settings: str
) -> Iterator[tuple[House, AgentAtDesk]]:
    """The house with these settings, and on the token one certificate of the holder for each usage, numbered from 01."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SOFTHSM2_CONF", str(fresh(folder)))
        module = Module(folder)
        module.new_token()
        surroundings = environment(folder / "home") | {"DESK_AGENT_PORT": str(port)} | settings
        with started(surroundings):
            house = House(surroundings)
            authority = testca.load(house.home / "keys" / "authority")
            for number, usage in enumerate(usages, 1):
                made = authority.issue(holder, organisation, key="rsa2048", usage=usage)
                module.put(Made(*made), usage, f"{number:02}")
            agent = AgentAtDesk(folder / "agent", port=port)
            agent.origin = house.base
            with at_desk(agent):
                yield house, agent
