"""The shape of a window's growth: how much, how straight, how noisy, in how many steps, and whether load explains it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from relay.core.detectors.leak.trend import (
    Bend,
    drawdown,
    line,
    parabola,
    plane,
    scaled,
    sliding_floor,
)
from relay.core.detectors.leak.windows import LEAST, Window

# How much the request rate must vary before it can explain anything: its coefficient of variation.
VARIES = 0.12
# Two fits are alike when neither's spread is below this part of the other's.
ALIKE = 0.75


@dataclass(frozen=True, slots=True)
class Shape:
    """One growth, in shares of itself where not said otherwise.

    ``step`` is the most that came at once, beyond what its part of the axis explains; ``least_quarter`` what the poorest
    quarter brought against its fair part, ``last_quarter`` likewise; ``ending`` is the bend of the later half.
    """

    growth: float
    bend: Bend
    fall: float
    step: float
    least_quarter: float
    last_quarter: float
    ending: Bend
    by_requests: bool

    @property
    def spread(self) -> float:
        """The standard deviation around the parabola."""
        return self.bend.spread / self.growth if self.growth > 0 else 9.0


def without_load(window: Window) -> tuple[list[float], bool]:
    """Return the floor without the part that follows the request rate, and whether the rate alone explains the growth."""
    if window.requests is None:
        return window.floor, False
    counts, at = window.requests, window.at
    rates = [(counts[i] - counts[i - 1]) / (at[i] - at[i - 1]) for i in range(1, len(at))]
    rates.insert(0, rates[0])
    mean = sum(rates) / len(rates)
    varies = sqrt(sum((rate - mean) ** 2 for rate in rates) / len(rates))
    if mean <= 0 or varies < VARIES * mean:
        return window.floor, False
    _, alone = line(rates, window.floor)
    _, by_time, least_time = plane(at, rates, window.floor)
    _, by_count, least_count = plane(counts, rates, window.floor)
    close = (0.04 * (max(window.floor) - min(window.floor))) ** 2 * len(rates)
    if alone < max(close, 1.5 * min(least_time, least_count)):
        return window.floor, True
    per_rate = by_count if least_count <= least_time else by_time
    if per_rate <= 0:
        return window.floor, False
    floor = [value - per_rate * (rate - mean) for value, rate in zip(window.floor, rates, strict=True)]
    return floor, False


def shape(window: Window, floor: list[float], span: int, least: float) -> Shape | None:
    """Return the growth's shape on the axis it is straighter on, seen through a floor of ``span`` buckets.

    None where it grew by less than ``least``, or the window is too short for such a floor.
    """
    y = sliding_floor(floor, span)
    if len(y) < LEAST:
        return None
    lag = span - 1
    u = scaled(window.at[lag:])
    if u is None:
        return None
    bend, by_requests, axis = parabola(u, y), False, u
    if window.requests is not None:
        v = scaled(window.requests[lag:])
        if v is not None:
            other = parabola(v, y)
            if _preferred(other, bend):
                bend, by_requests, axis = other, True, v
    growth = bend.growth
    if growth <= 0 or growth < least:
        return None
    quarters = _parts(axis, y, 4)
    fair = growth / 4
    return Shape(
        growth=growth,
        bend=bend,
        fall=drawdown(y) / growth,
        step=_largest_step(axis, y) / growth,
        ending=_ending(axis, y) or bend,
        least_quarter=min(quarters) / fair,
        last_quarter=quarters[-1] / fair,
        by_requests=by_requests,
    )


def _preferred(one: Bend, other: Bend) -> bool:
    """Whether the first fits clearly better or, where both fit alike, bends down more: the doubt is with the growth."""
    if one.spread < ALIKE * other.spread:
        return True
    if other.spread < ALIKE * one.spread:
        return False
    return one.late_to_early < other.late_to_early


def _ending(axis: list[float], y: list[float]) -> Bend | None:
    """Return the bend of the later half, None where it is too short to have one."""
    half = len(y) // 2
    if len(y) - half < LEAST:
        return None
    u = scaled(axis[half:])
    return None if u is None else parabola(u, y[half:])


def _largest_step(axis: list[float], y: list[float]) -> float:
    """Return the most that three neighbours rise above the three before them, less what a straight line would."""
    rise = (y[-1] - y[0]) / 2
    sums = [y[i] + y[i + 1] + y[i + 2] for i in range(len(y) - 2)]
    return max((sums[i + 3] - sums[i]) / 3 - rise * (axis[i + 4] - axis[i + 1]) for i in range(len(sums) - 3))


def _parts(axis: list[float], y: list[float], count: int) -> list[float]:
    """Return how much each of ``count`` equal parts of the axis brought, each end averaged over its neighbours."""
    low, high, ends, place, last = axis[0], axis[-1], [], 0, len(y) - 1
    for part in range(count + 1):
        bound = low + (high - low) * part / count
        while place < last and axis[place] < bound - 1e-9:
            place += 1
        near = y[max(0, place - 1) : place + 2]
        ends.append(sum(near) / len(near))
    return [ends[part + 1] - ends[part] for part in range(count)]
