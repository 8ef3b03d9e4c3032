"""From raw readings to metrics: gauges, rates of counters, ratios and quantiles of histograms.

The rule: a measure that can't be taken is absent, never zero. Rates need the reading before; a counter that fell was
reset and counts from zero, as Prometheus does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite, isnan
from operator import itemgetter

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
        """Return the matching readings that are numbers, by their labels."""
        return {
            reading.labels: reading.value
            for reading in readings.values
            if reading.name == self.name
            and not isnan(reading.value)
            and matches(dict(reading.labels), self.where)
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
        return None if value is None else value * self.scale


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
        """Return the percentage, or None where the total is missing or zero."""
        part = _combined(self.of.values(now).values(), Combine.SUM)
        total = _combined(self.total.values(now).values(), Combine.SUM)
        return None if part is None or not total else 100 * part / total


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
        growth = _growth(self.of, before, now)
        seconds = _seconds(before, now)
        if growth is None or seconds <= 0:
            return None
        return sum(growth.values()) / seconds * self.scale


@dataclass(frozen=True, slots=True)
class Ratio:
    """One counter's growth as a percentage of another's: failed requests of all requests.

    No growth of the whole is no data: an application without traffic has no error rate.
    """

    of: Selector
    total: Selector

    @property
    def names(self) -> frozenset[str]:
        """The readings it needs."""
        return frozenset({self.of.name, self.total.name})

    def take(self, before: Readings | None, now: Readings) -> float | None:
        """Return the percentage since ``before``, or None without traffic."""
        total = _growth(self.total, before, now)
        if total is None or sum(total.values()) <= 0:
            return None
        part = _growth(self.of, before, now) or {}
        return 100 * sum(part.values()) / sum(total.values())


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
        total = _growth(Selector(f"{self.of.name}_sum", self.of.where), before, now)
        count = _growth(Selector(f"{self.of.name}_count", self.of.where), before, now)
        if not total or not count or sum(count.values()) <= 0:
            return None
        return sum(total.values()) / sum(count.values())


@dataclass(frozen=True, slots=True)
class Quantile:
    """A histogram's quantile since the reading before, interpolated within its bucket as Prometheus does it.

    Formula: https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
    """

    of: Selector
    quantile: float

    @property
    def names(self) -> frozenset[str]:
        """The readings it needs."""
        return frozenset({f"{self.of.name}_bucket"})

    def take(self, before: Readings | None, now: Readings) -> float | None:
        """Return the quantile, or None when nothing was observed."""
        growth = _growth(Selector(f"{self.of.name}_bucket", self.of.where), before, now)
        buckets: dict[float, float] = {}
        for labels, count in (growth or {}).items():
            bound = _bound(dict(labels).get("le", ""))
            if bound is not None:
                buckets[bound] = buckets.get(bound, 0.0) + count
        return _interpolated(sorted(buckets.items(), key=itemgetter(0)), self.quantile)


Measure = Gauge | Share | Rate | Ratio | Mean | Quantile


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
            return sum(known)
        case Combine.MAX:
            return max(known)
        case Combine.MIN:
            return min(known)
        case Combine.MEAN:
            return sum(known) / len(known)


def _seconds(before: Readings | None, now: Readings) -> float:
    return (now.at - before.at).total_seconds() if before else 0.0


def _growth(of: Selector, before: Readings | None, now: Readings) -> dict[Labels, float] | None:
    """Return each series' growth; a series that is new counts from zero, as does one that fell (a reset)."""
    if before is None:
        return None
    earlier = of.values(before)
    current = of.values(now)
    if not current:
        return None
    grown = {labels: value - earlier.get(labels, 0.0) for labels, value in current.items() if isfinite(value)}
    return {labels: current[labels] if growth < 0 else growth for labels, growth in grown.items()}


def _bound(le: str) -> float | None:
    try:
        return float(le)
    except ValueError:
        return None


def _interpolated(buckets: list[tuple[float, float]], quantile: float) -> float | None:
    """``buckets`` are cumulative counts by upper bound, ascending, the last one infinite."""
    if len(buckets) < 2 or buckets[-1][0] != inf or buckets[-1][1] <= 0:
        return None
    rank = quantile * buckets[-1][1]
    lower, below = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if bound == inf:
                return lower
            return lower + (bound - lower) * ((rank - below) / (count - below) if count > below else 0.0)
        lower, below = bound, count
    return lower
