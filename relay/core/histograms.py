"""Histograms with cumulative buckets: what was observed between two readings, and quantiles of it.

The rule: as Prometheus does it, https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile,
except that a histogram's buckets are reset together and not one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import inf, isfinite, isnan

from relay.core.growth import Counters, is_count
from relay.core.model import Labels

Bucket = tuple[float, float]


def buckets(before: Counters, now: Counters) -> list[Bucket]:
    """Return what was observed as (upper bound, cumulative count), ascending, summed over all histograms."""
    earlier = _histograms(before)
    merged: dict[float, float] = {}
    for labels, counts in _histograms(now).items():
        for bound, count in _since(earlier.get(labels, {}), counts).items():
            merged[bound] = merged.get(bound, 0.0) + count
    return sorted(merged.items())


def quantile(observed: Sequence[Bucket], wanted: float) -> float | None:
    """Return the quantile, interpolated within its bucket; None when nothing was observed.

    In the last, infinite bucket it is the bound before. Half of ten observations, all between 1 and 2:

    >>> quantile([(1, 0), (2, 10), (float("inf"), 10)], 0.5)
    1.5
    """
    if len(observed) < 2 or observed[-1][0] != inf:
        return None
    # Buckets of several layouts, or read while they were written, can fall: a lower bucket's count holds above it too.
    counts = list(accumulate((count for _, count in observed), max))
    if counts[-1] <= 0 or not isfinite(counts[-1]):
        return None
    rank = wanted * counts[-1]
    found = next(index for index, count in enumerate(counts) if count >= rank and count > 0)
    if found == len(observed) - 1:
        return observed[-2][0]
    if found == 0 and observed[0][0] <= 0:
        return observed[0][0]
    lower, below = (observed[found - 1][0], counts[found - 1]) if found else (0.0, 0.0)
    return lower + (observed[found][0] - lower) * ((rank - below) / (counts[found] - below))


def part_above(observed: Sequence[Bucket], bound: float) -> float | None:
    """Return the part of observations above ``bound``, interpolated within its bucket; None when nothing was observed.

    >>> part_above([(1, 6), (2, 8), (float("inf"), 10)], 1.5)
    0.3
    """
    counts = list(accumulate((count for _, count in observed), max))
    if not counts or observed[-1][0] != inf or counts[-1] <= 0 or not isfinite(counts[-1]):
        return None
    lower, below = 0.0, 0.0
    for (upper, _), count in zip(observed, counts, strict=True):
        if bound < upper:
            # All that the last, infinite bucket holds is taken to be above.
            share = (bound - lower) / (upper - lower) if upper != inf and bound > lower else 0.0
            return (counts[-1] - below - share * (count - below)) / counts[-1]
        lower, below = upper, count
    return 0.0


def _since(before: Mapping[float, float], now: Mapping[float, float]) -> Mapping[float, float]:
    if not all(is_count(count) for count in (*before.values(), *now.values())):
        return {}
    # A bound that is new tells of another layout, hence of a new start.
    if any(bound not in before or count < before[bound] for bound, count in now.items()):
        return now
    return {bound: count - before[bound] for bound, count in now.items()}


def _histograms(series: Counters) -> dict[Labels, dict[float, float]]:
    """Return cumulative counts by upper bound, by the labels that remain without ``le``."""
    histograms: dict[Labels, dict[float, float]] = {}
    for labels, count in series.items():
        bound = _bound(dict(labels).get("le", ""))
        if bound is not None:
            rest = tuple(label for label in labels if label[0] != "le")
            histograms.setdefault(rest, {})[bound] = count
    return histograms


def _bound(written: str) -> float | None:
    try:
        bound = float(written)
    except ValueError:
        return None
    return None if isnan(bound) or bound == -inf else bound
