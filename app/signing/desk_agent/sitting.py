"""One PIN for a sitting: how long and how often the key may be used before the PIN is asked for again."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a sitting, as they were set when the agent was started."""

    minutes: int = 60
    idle_minutes: int = 10
    signatures: int = 500


class Sitting:
    """Open after the right PIN; over by time, by idleness, by count, by hand, or when the token is gone."""

    def __init__(self, bounds: Bounds, now: Callable[[], float] = time.monotonic) -> None:
        self.bounds, self._now = bounds, now
        self.is_open, self.used = False, 0
        self._began = self._last = 0.0

    def begin(self) -> None:
        """The PIN was right."""
        self.is_open, self.used = True, 0
        self._began = self._last = self._now()

    def end(self) -> None:
        """From here on the PIN is asked for again."""
        self.is_open = False

    def why_over(self) -> str:
        """Why the sitting that is open has to end now; empty when it may go on."""
        now, bounds = self._now(), self.bounds
        if now - self._began >= bounds.minutes * 60:
            return f"The sitting has lasted {bounds.minutes} minutes."
        if now - self._last >= bounds.idle_minutes * 60:
            return f"Nothing was signed for {bounds.idle_minutes} minutes."
        if self.used >= bounds.signatures:
            return f"{bounds.signatures} signatures were made in this sitting."
        return ""

    def has_room_for(self, number: int) -> bool:
        """Whether so many signatures more may be made under this PIN."""
        return self.is_open and not self.why_over() and self.used + number <= self.bounds.signatures

    def count(self) -> None:
        """One signature was made."""
        self.used, self._last = self.used + 1, self._now()

    def seconds_left(self) -> int:
        """How long the sitting may still last if it is not idle."""
        return max(0, int(self._began + self.bounds.minutes * 60 - self._now())) if self.is_open else 0
