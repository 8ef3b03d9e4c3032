"""The memory of a life in few numbers: columns of buckets, either over the whole life or over its newest part.

The rule: a bucket keeps its lowest value, since what a collector leaves is what the process really holds.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

CAPACITY = 64


def _column() -> array[float]:
    return array("d")


def _short() -> array[float]:
    # Seven digits are more than memory is known to.
    return array("f")


@dataclass(slots=True)
class Buckets:
    """Columns, oldest first: the end of each bucket, its lowest value, and the requests counted at its end.

    ``whole`` keeps the whole life by joining neighbours when full, so that the width doubles; otherwise the oldest go.
    """

    width: float
    whole: bool
    at: array[float] = field(default_factory=_column)
    floor: array[float] = field(default_factory=_short)
    requests: array[float] = field(default_factory=_column)
    _began: float = 0.0
    _low: float = 0.0
    _count: int = 0

    def add(self, at: float, low: float, requests: float) -> bool:
        """Take what one minute, or one sample, held; return whether that closed a bucket."""
        if not self._count:
            self._began, self._low = at, low
        self._low = min(self._low, low)
        self._count += 1
        # The first sample of the next bucket is one interval later: half of the shortest tells the two apart.
        if at - self._began < self.width - 60.5:
            return False
        self._close(at, requests)
        return True

    def _close(self, at: float, requests: float) -> None:
        self.at.append(at)
        self.floor.append(self._low)
        self.requests.append(requests)
        self._count = 0
        if len(self.at) <= CAPACITY:
            return
        if self.whole:
            self._halve()
        else:
            for column in (self.at, self.floor, self.requests):
                del column[0]

    def _halve(self) -> None:
        """Join neighbours; the one left over at the end is opened again."""
        pairs = range(0, len(self.at) - 1, 2)
        self._began, self._low = self.at[-2] + 60.0, self.floor[-1]
        self._count = 1
        self.floor = array("f", [min(self.floor[i], self.floor[i + 1]) for i in pairs])
        self.at = array("d", [self.at[i + 1] for i in pairs])
        self.requests = array("d", [self.requests[i + 1] for i in pairs])
        self.width *= 2
