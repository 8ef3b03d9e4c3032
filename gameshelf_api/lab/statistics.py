"""The few statistics of the diagnosis; pure, small samples only (they are O(n²))."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import correlation as pearson
from statistics import median

# Of the normal distribution, for 95 % between both sides.
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Trend:
    """A slope with its 95 % interval, and the chance to see such an order where there is no trend."""

    slope: float
    low: float
    high: float
    p_value: float


def trend(xs: Sequence[float], ys: Sequence[float]) -> Trend:
    """Return Theil and Sen's slope with Sen's interval, and Mann and Kendall's two-sided p.

    Needs three points or more. Source: Sen, JASA 63 (1968) 1379; no correction for ties.

    >>> found = trend(range(10), [3 * x + 1 for x in range(10)])
    >>> found.slope, found.low, found.high, found.p_value < 0.001
    (3.0, 3.0, 3.0, True)
    """
    count = len(xs)
    pairs = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in combinations(zip(xs, ys, strict=True), 2)]
    slopes = sorted(rise / run for run, rise in pairs if run)
    spread = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    score = sum((rise > 0) - (rise < 0) for _, rise in pairs)
    z = (abs(score) - 1) / spread if score else 0.0
    reach = round(Z95 * spread)
    low = slopes[max((len(slopes) - reach) // 2, 0)]
    high = slopes[min((len(slopes) + reach) // 2, len(slopes) - 1)]
    return Trend(median(slopes), low, high, math.erfc(max(z, 0.0) / math.sqrt(2)))


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return Pearson's r, and 0 where one side never changes.

    >>> correlation([1, 2, 3], [2, 4, 6]), correlation([1, 2, 3], [5, 5, 5])
    (1.0, 0.0)
    """
    if len(set(xs)) < 2 or len(set(ys)) < 2:
        return 0.0
    return round(pearson(xs, ys), 12)


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value below which ``part`` of ``values`` lie, by the nearest rank.

    >>> quantile([4, 1, 3, 2], 0.5), quantile([7], 0.99)
    (2, 7)
    """
    ranked = sorted(values)
    return ranked[max(math.ceil(part * len(ranked)) - 1, 0)]
