"""How far counters grew between two readings.

The rule: a series that fell was reset and counts from zero, as does one that is new; one with a value that is no count
(negative, infinite, NaN) is left out at both ends, so that it counts neither as zero nor from zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from relay.core.model import Labels

Counters = Mapping[Labels, float]


def growth(before: Counters, now: Counters) -> dict[Labels, float]:
    """Return each counter's growth.

    >>> growth({(): 10.0}, {(): 12.0}), growth({(): 10.0}, {(): 3.0}), growth({}, {(): 3.0})
    ({(): 2.0}, {(): 3.0}, {(): 3.0})
    """
    return {
        labels: count if count < before.get(labels, 0.0) else count - before.get(labels, 0.0)
        for labels, count in now.items()
        if is_count(count) and is_count(before.get(labels, 0.0))
    }


@dataclass(frozen=True, slots=True)
class Observed:
    """What a histogram or a summary has observed: the sum of the observations, and how many there were."""

    total: float = 0.0
    count: float = 0.0

    def since(self, before: Observed) -> Observed:
        """Return what was observed since ``before``.

        Both are reset together, so that either one's fall tells of it: observations are taken to be positive, as Prometheus
        takes them.
        """
        if self.total < before.total or self.count < before.count:
            return self
        return Observed(self.total - before.total, self.count - before.count)

    def is_known(self) -> bool:
        """Whether both are what they can be."""
        return isfinite(self.total) and is_count(self.count)


def observed(sums: Counters, counts: Counters) -> dict[Labels, Observed]:
    """Return what each series that has both a sum and a count has observed."""
    return {labels: Observed(sums[labels], count) for labels, count in counts.items() if labels in sums}


def observed_since(before: Mapping[Labels, Observed], now: Mapping[Labels, Observed]) -> Observed:
    """Return what all series together have observed since ``before``."""
    grown = [
        seen.since(before.get(labels, Observed()))
        for labels, seen in now.items()
        if seen.is_known() and before.get(labels, Observed()).is_known()
    ]
    return Observed(sum(each.total for each in grown), sum(each.count for each in grown))


def is_count(value: float) -> bool:
    """Whether a counter can have this value."""
    return isfinite(value) and value >= 0
