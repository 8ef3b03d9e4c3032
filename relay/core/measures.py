"""From raw readings to metrics: gauges, rates of counters, ratios and quantiles of histograms.

The rule: a measure that can't be taken is absent, never zero. Rates need the reading before; a counter that fell was
reset and counts from zero, as Prometheus does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite

from relay.core import histograms
from relay.core.growth import Observed, growth, observed, observed_since
from relay.core.matching import matches
from relay.core.model import Labels, Readings


class Combine(StrEnum):
    """How several series of one name become one value."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Selector:
    """Readings by name; ``where`` holds label values that must match, where a trailing ``*`` matches any ending."""

    name: str
    where: Labels = ()

    def values(self, readings: Readings) -> dict[Labels, float]:
        """Return the matching readings by their labels; a value may be NaN or infinite."""
        return {
            reading.labels: reading.value
            for reading in readings.values
            if reading.name == self.name and matches(dict(reading.labels), self.where)
        }


@dataclass(frozen=True, slots=True)
class Gauge:
    """A present value: several series are combined, then multiplied by ``scale`` (100 / limit makes a percentage)."""

    of: Selector
    combine: Combine = Combine.SUM
    scale: float = 1.0

    @property
    def names(self) -> frozenset[str]:
        """The readings it needs."""
        return frozenset({self.of.name})

    def take(self, _before: Readings | None, now: Readings) -> float | None:
        """Return the value, or None where there is none."""
        value = _combined(self.of.values(now).values(), self.combine)
        return None if value is None else _finite(value * self.scale)


@dataclass(frozen=True, slots=True)
class Share:
    """One gauge as a percentage of another: connections in use of those that the plan allows."""

    of: Selector
    total: Selector

    @property
    def names(self) -> frozenset[str]:
        """The readings it needs."""
        return frozenset({self.of.name, self.total.name})

    def take(self, _before: Readings | None, now: Readings) -> float | None:
        """Return the percentage, or None where one of them is missing or the total is not above zero."""
        part = _combined(self.of.values(now).values(), Combine.SUM)
        total = _combined(self.total.values(now).values(), Combine.SUM)
        return None if part is None or total is None or total <= 0 else _finite(100 * part / total)


@dataclass(frozen=True, slots=True)
class Rate:
    """A counter's growth per second, multiplied by ``scale`` (100 makes CPU seconds a percentage)."""

    of: Selector
    scale: float = 1.0

    @property
    def names(self) -> frozenset[str]:
        """The readings it needs."""
        return frozenset({self.of.name})

    def take(self, before: Readings | None, now: Readings) -> float | None:
        """Return growth per second since ``before``, or None without it."""
        grown = _growth(self.of, before, now)
        seconds = _seconds(before, now)
        return None if grown is None or seconds <= 0 else _finite(grown / seconds * self.scale)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One counter's growth as a percentage of another's: failed requests of all requests.

    No growth of the whole is no data: an application without traffic has no error rate. No series of the part is a part of
    zero: a counter of failures often has no series before the first one.
    """

    of: Selector
    total: Selector

    @property
    def names(self) -> frozenset[str]:
        """The readings it needs."""
        return frozenset({self.of.name, self.total.name})

    def take(self, before: Readings | None, now: Readings) -> float | None:
        """Return the percentage since ``before``, or None without traffic."""
        total = self.whole(before, now)
        part = _growth(self.of, before, now) if self.of.values(now) else 0.0
        return None if not total or part is None else _finite(100 * part / total)

    def whole(self, before: Readings | None, now: Readings) -> float | None:
        """Return of how many the percentage is one."""
        return _growth(self.total, before, now)


@dataclass(frozen=True, slots=True)
class Above:
    """The percentage of a histogram's observations since the reading before that are larger than ``bound``.

    A bound within a bucket takes the bucket's part below it, as quantiles do.
    """

    of: Selector
    bound: float

    @property
    def names(self) -> frozenset[str]:
        """The readings it needs."""
        return frozenset({f"{self.of.name}_bucket"})

    def take(self, before: Readings | None, now: Readings) -> float | None:
        """Return the percentage, or None when nothing was observed."""
        if before is None:
            return None
        part = histograms.part_above(self._buckets(before, now), self.bound)
        return None if part is None else _finite(100 * part)

    def whole(self, before: Readings | None, now: Readings) -> float | None:
        """Return how many observations there were."""
        observed = self._buckets(before, now) if before is not None else []
        return _finite(max(count for _, count in observed)) if observed else None

    def _buckets(self, before: Readings, now: Readings) -> list[histograms.Bucket]:
        series = Selector(f"{self.of.name}_bucket", self.of.where)
        return histograms.buckets(series.values(before), series.values(now))


@dataclass(frozen=True, slots=True)
class Mean:
    """A histogram's or summary's mean since the reading before: growth of ``_sum`` over growth of ``_count``."""

    of: Selector

    @property
    def names(self) -> frozenset[str]:
        """The readings it needs."""
        return frozenset({f"{self.of.name}_sum", f"{self.of.name}_count"})

    def take(self, before: Readings | None, now: Readings) -> float | None:
        """Return the mean, or None when nothing was observed."""
        if before is None:
            return None
        seen = observed_since(_observed(self.of, before), _observed(self.of, now))
        return _finite(seen.total / seen.count) if 0 < seen.count < inf else None


@dataclass(frozen=True, slots=True)
class Quantile:
    """A histogram's quantile (0 to 1) since the reading before, of all its series together."""

    of: Selector
    quantile: float

    def __post_init__(self) -> None:
        if not 0 <= self.quantile <= 1:
            raise ValueError("a quantile is between 0 and 1")

    @property
    def names(self) -> frozenset[str]:
        """The readings it needs."""
        return frozenset({f"{self.of.name}_bucket"})

    def take(self, before: Readings | None, now: Readings) -> float | None:
        """Return the quantile, or None when nothing was observed."""
        if before is None:
            return None
        series = Selector(f"{self.of.name}_bucket", self.of.where)
        buckets = histograms.buckets(series.values(before), series.values(now))
        found = histograms.quantile(buckets, self.quantile)
        return None if found is None else _finite(found)


Measure = Gauge | Share | Rate | Ratio | Mean | Quantile | Above


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a target: its name in the threshold table, how it is taken, and its unit."""

    name: str
    measure: Measure
    unit: str = ""


def _combined(values: Iterable[float], combine: Combine) -> float | None:
    known = [value for value in values if isfinite(value)]
    if not known:
        return None
    match combine:
        case Combine.SUM:
            return _finite(sum(known))
        case Combine.MAX:
            return max(known)
        case Combine.MIN:
            return min(known)
        case Combine.MEAN:
            return _finite(sum(known) / len(known))


def _seconds(before: Readings | None, now: Readings) -> float:
    return (now.at - before.at).total_seconds() if before else 0.0


def _growth(of: Selector, before: Readings | None, now: Readings) -> float | None:
    """Return the growth of all series together; None where it can't be known."""
    if before is None:
        return None
    grown = growth(of.values(before), of.values(now))
    return _finite(sum(grown.values())) if grown else None


def _observed(of: Selector, readings: Readings) -> dict[Labels, Observed]:
    sums = Selector(f"{of.name}_sum", of.where)
    counts = Selector(f"{of.name}_count", of.where)
    return observed(sums.values(readings), counts.values(readings))


def _finite(value: float) -> float | None:
    """A sample is finite: what overflowed is absent."""
    return value if isfinite(value) else None
