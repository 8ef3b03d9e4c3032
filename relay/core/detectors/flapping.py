"""Trouble that comes and goes: how often of late, and how long its end is waited for.

The rule: only an end waits. What begins or gets worse is told at once, however often it did before; and what is remembered is a
function of the samples of the last hours, so that a restart changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# So far back bouts count. The first ends as its rule says; from the second on the wait doubles with each. As bench/flapping.py
# measures: a day brings a quarter fewer messages than twelve hours, which are half as much to read again after a start.
WITHIN = timedelta(hours=24)
FREE = 1
FIRST_WAIT = timedelta(minutes=20)
# More bouts than these wait no longer.
MOST = 12


@dataclass(frozen=True, slots=True)
class Bouts:
    """The times of trouble of one level, each by its newest sample; ``rested``: whether a calm has ended the last."""

    ends: tuple[datetime, ...] = ()
    rested: bool = False

    def troubled(self, at: datetime) -> Bouts:
        """Return them with a sample of trouble: of the last bout, or of a new one after a calm."""
        kept = self.ends if self.rested else self.ends[:-1]
        return Bouts((*kept[1 - MOST :], at))

    def calmed(self) -> Bouts:
        """Return them with the last bout ended."""
        return self if self.rested or not self.ends else Bouts(self.ends, rested=True)

    def number(self, at: datetime) -> int:
        """Return how many there were within the last hours."""
        return sum(at - end <= WITHIN for end in self.ends)

    def flap(self, at: datetime) -> bool:
        """Whether it has come and gone too often."""
        return len(self.ends) > FREE and self.number(at) > FREE

    def wait(self, at: datetime, release: timedelta, longest: timedelta) -> timedelta:
        """Return how long a calm must last to be the end: ``release``, and up to ``longest`` where it flaps."""
        if not self.flap(at):
            return release
        doubled = FIRST_WAIT * (1 << (self.number(at) - FREE - 1))
        return max(release, min(longest, doubled))
