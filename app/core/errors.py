"""When a rule says no, it says so in a sentence the person in front of the screen can act on."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was filed: `field` is its path (`items[2].itc_hs`), `message` a sentence with the cure."""

    field: str
    message: str


class BusinessError(Exception):
    """A rule refused. The text is shown as it stands, on the screen and in the API; nothing was changed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class WrongState(BusinessError):
    """The move exists, but not from the state the thing is in now."""


class NotAllowed(BusinessError):
    """The thing may be seen, but this actor may not do this to it."""


class NotFound(BusinessError):
    """Nothing there, or nothing this actor may know of: the two are told alike."""


class InvalidInput(BusinessError):
    """What was sent cannot be taken: every fault at once, so that it can be put right in one go."""

    def __init__(self, faults: Iterable[Fault], sentence: str = "") -> None:
        self.faults = tuple(faults)
        self.joined = not sentence  # of the first faults
        super().__init__(sentence or " ".join(fault.message for fault in self.faults[:3]))
