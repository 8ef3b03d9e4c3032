"""The slope of a growth that may begin with a start: least squares of a line beside a rise that dies out.

The rule: a process warms up while it leaks, and a line alone would count the warm-up as leaked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, sqrt

from relay.core.detectors.leak.trend import Column, dot

# How long a start may take to die out, in parts of the window; slower ones can't be told from the line's own bend.
STARTS = (0.04, 0.1, 0.22)
# More than 1.96 standard errors, since the best of several starts is taken.
WIDE = 2.3


@dataclass(frozen=True, slots=True)
class Slope:
    """Memory by one unit of the axis, and its 95 % interval."""

    each: float
    low: float
    high: float

    def times(self, factor: float) -> Slope:
        """Return the slope on an axis of other units."""
        return Slope(self.each * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class _Fit:
    slope: float
    # The squares that are left over, and those of the axis that the start does not share.
    left: float
    own: float
    residuals: list[float]


def slope(at: Column, axis: Column, y: Column, *, starts: bool = True) -> Slope:
    """Return the slope of ``y`` on ``axis``; ``at`` are the times, on which a start dies out."""
    fits = _fits(at, _centred(axis), _centred(y), starts=starts)
    best = min(fits, key=lambda fit: fit.left)
    if best.own <= 0:
        return Slope(0.0, 0.0, 0.0)
    error = WIDE * sqrt(best.left / _independent(best.residuals) / best.own)
    return Slope(best.slope, best.slope - error, best.slope + error)


def _fits(at: Column, x: list[float], y: list[float], *, starts: bool) -> Iterator[_Fit]:
    square, product = dot(x, x), dot(x, y)
    alone = product / square if square > 0 else 0.0
    yield _fit(x, y, alone, square)
    span = at[-1] - at[0]
    if not starts or span <= 0:
        return
    for part in STARTS:
        start = _centred([exp((at[0] - each) / (part * span)) for each in at])
        own_start, shared, pull = dot(start, start), dot(start, x), dot(start, y)
        own = square - shared * shared / own_start
        if own <= 0.01 * square:
            continue
        each = (product - shared * pull / own_start) / own
        rise = (pull - each * shared) / own_start
        # The exponential falls: what rises at the start has a weight below nothing.
        if each > 0 and rise < 0:
            yield _fit(x, [value - rise * more for value, more in zip(y, start, strict=True)], each, own)


def _fit(x: list[float], y: list[float], each: float, own: float) -> _Fit:
    residuals = [value - each * place for value, place in zip(y, x, strict=True)]
    return _Fit(each, dot(residuals, residuals), own, residuals)


def _centred(values: Column) -> list[float]:
    mean = sum(values) / len(values)
    return [value - mean for value in values]


def _independent(residuals: list[float]) -> float:
    """Return how many residuals are worth counting: neighbours that err alike count less."""
    square = dot(residuals, residuals)
    if square <= 0:
        return float(len(residuals))
    alike = min(0.9, max(0.0, dot(residuals[1:], residuals[:-1]) / square))
    return max(2.0, (len(residuals) - 4) * (1 - alike) / (1 + alike))
