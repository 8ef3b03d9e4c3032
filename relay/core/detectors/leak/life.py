"""One life of a process: its memory in buckets since it was born, and how a new life is told from the old one.

The rule: a request counter that falls means a restart; without a counter, a fall below all that the last hour held does.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from math import inf, isnan, nan

from relay.core.detectors.leak.buckets import Buckets

MINUTE = 60.0
RECENT = 17
MEANS = 10
# So many samples in a row must lie below what was.
FALLING = 3


@dataclass(slots=True)
class Life:
    """What is known of one life. ``requests`` counts since the first sample that had a counter."""

    born_at: float
    limit: float
    whole: Buckets = field(default_factory=lambda: Buckets(MINUTE, whole=True))
    coarse: Buckets = field(default_factory=lambda: Buckets(6 * MINUTE, whole=False))
    fine: Buckets = field(default_factory=lambda: Buckets(MINUTE, whole=False))
    # The newest samples as they came, for what ends within minutes.
    recent_at: array[float] = field(default_factory=lambda: array("d"))
    recent: array[float] = field(default_factory=lambda: array("d"))
    # The mean of each of the newest minutes, where the buckets keep the floor.
    means: array[float] = field(default_factory=lambda: array("f"))
    requests: float = nan
    samples: int = 0
    highest: float = -inf
    # The floor that the minutes before the newest samples held.
    before: float = inf
    fallen: int = 0
    largest_fall: float = 0.0
    _minute_began: float = nan
    _low: float = inf
    _total: float = 0.0
    _count: int = 0

    @property
    def age(self) -> float:
        """Seconds since the first sample of this life."""
        return self.recent_at[-1] - self.born_at if self.recent_at else 0.0

    def counted(self, requests: float) -> bool:
        """Take the counter; return whether it fell, which is a restart. A dip of a twentieth is a counter's, not a life's."""
        if isnan(requests):
            return False
        if not isnan(self.requests) and requests < 0.95 * self.requests:
            return True
        self.requests = requests if isnan(self.requests) else max(requests, self.requests)
        return False

    def fell(self, memory: float, at: float) -> bool:
        """Whether memory fell as only a new process does; for series without a counter.

        Three samples in a row, or one after a gap, below what the last hour's floors held.
        """
        if not isnan(self.requests) or len(self.fine.floor) < 2 * FALLING:
            return False
        # Without the newest: those hold the fall itself until it is sure.
        settled = self.fine.floor[:-FALLING]
        level = min(settled[-FALLING:])
        below = len(settled) >= 15 and memory < min(settled) - 0.03 * self.limit
        spread = self.highest - min(self.whole.floor)
        deep = level - memory > max(0.1 * self.limit, 0.6 * spread, 1.5 * self.largest_fall)
        if not (below or deep):
            self.fallen = 0
            return False
        self.fallen += 1
        after_gap = at - self.recent_at[-1] > 5 * MINUTE
        return self.fallen >= FALLING or after_gap

    def add(self, at: float, memory: float) -> bool:
        """Take a sample; return whether a minute closed with it."""
        self.samples += 1
        self.recent_at.append(at)
        self.recent.append(memory)
        if len(self.recent) > RECENT:
            del self.recent_at[0], self.recent[0]
        if isnan(self._minute_began):
            self._minute_began = at
        self._low = min(self._low, memory)
        self._total += memory
        self._count += 1
        step = at - self.recent_at[-2] if len(self.recent_at) > 1 else 0.0
        # Closed by its last sample: where the next one is not due within the minute.
        if at + min(step, MINUTE) - self._minute_began < MINUTE - 0.5:
            return False
        self._close(at)
        return True

    def _settled_fall(self) -> float:
        """The fall that the minutes before the newest saw: one that turns out a restart is none of this life's."""
        floors = self.fine.floor
        return min(floors[-2 * FALLING : -FALLING]) - floors[-FALLING] if len(floors) >= 2 * FALLING else 0.0

    def _close(self, at: float) -> None:
        low, mean, self._low, self._total = self._low, self._total / self._count, inf, 0.0
        self._count, self._minute_began = 0, nan
        if self.fine.floor:
            self.largest_fall = max(self.largest_fall, self._settled_fall())
        self.highest = max(self.highest, low)
        self.before = max(self.fine.floor[:-2], default=low)
        for kept in (self.whole, self.coarse, self.fine):
            kept.add(at, low, self.requests)
        self.means.append(mean)
        del self.means[:-MEANS]
