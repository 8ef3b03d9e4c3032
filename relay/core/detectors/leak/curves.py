"""Whether a growth is a line or a curve that levels off: least squares of both, each with a start that bends, and the odds.

The rule: a process warms up before it shows what it is, so both sides may begin with a rise that dies out; a line counts as
one only when no curve that ends below the limit fits as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, log1p, sqrt

from relay.core.detectors.leak.trend import dot
from relay.core.detectors.leak.windows import Window

# More points than this say nothing more of a shape and cost time.
POINTS = 40
# How long the start may take to die out, and how slow a curve may be, in parts of the window.
STARTS = (0.04, 0.1, 0.22)
# Curves on [0, 1], each with how much it still grows after 1, in units of what it grew by; roots and logarithms never end,
# but slow down so much that what they do within ten times the window is all that counts.
Curve = Callable[[float], float]


def _levelling(scale: float) -> tuple[Curve, float]:
    whole = 1 - exp(-1 / scale)
    return (lambda u: 1 - exp(-u / scale)), (1 - whole) / whole


def _hyperbola(half: float) -> tuple[Curve, float]:
    return (lambda u: u / (u + half)), half


CURVES: tuple[tuple[Curve, float], ...] = (
    *(_levelling(scale) for scale in (0.35, 0.7, 1.4, 2.8)),
    _hyperbola(0.6),
    (sqrt, sqrt(10) - 1),
    (lambda u: log1p(10 * u), log1p(100) / log1p(10) - 1),
)
Column = list[float]


@dataclass(frozen=True, slots=True)
class Line:
    """The line in a window: its growth there with its standard error, and what the start added to each bucket.

    ``odds`` is twice the logarithm of how much likelier the line is than the best curve that levels off below the limit.
    """

    growth: float
    error: float
    by_requests: bool
    per_unit: float
    start: Column | None
    odds: float


def best_line(window: Window, floor: Column, room: float) -> Line | None:
    """Return the line that fits best, None where nothing grows; ``room`` is what is left to the limit."""
    fit = _Fit(window, floor)
    found = fit.line()
    return None if found is None else fit.judged(found, room)


@dataclass(frozen=True, slots=True)
class _Found:
    """A column with its weight beside a start with its own, and the squares left over."""

    column: Column
    weight: float
    start: Column | None
    start_scale: float
    start_weight: float
    left: float
    own: float
    by_requests: bool


class _Fit:
    def __init__(self, window: Window, floor: Column) -> None:
        self.window, self.floor = window, floor
        self.stride = 2 if len(floor) > POINTS else 1
        self.y = _centred(self._thin(floor))
        self.yy = dot(self.y, self.y)
        self.u = _unit(self._thin(window.at))
        self.v = None if window.requests is None else _unit(self._thin(window.requests))
        self.starts: list[tuple[Column | None, float, float, float]] = [(None, 0.0, 1.0, 0.0)]
        if window.part >= 0.3:
            for scale in STARTS:
                column = _centred([exp(-value / scale) for value in self.u])
                self.starts.append((column, scale, dot(column, column), dot(self.y, column)))

    def _thin(self, values: Sequence[float]) -> Column:
        if self.stride == 1:
            return list(values)
        return [(values[i] + values[i + 1]) / 2 for i in range(len(values) % 2, len(values) - 1, 2)]

    def line(self) -> _Found | None:
        found = list(self._with_starts(_centred(self.u), by_requests=False))
        if self.v is not None:
            found += self._with_starts(_centred(self.v), by_requests=True)
        return min(found, key=lambda each: each.left, default=None)

    def _with_starts(self, column: Column, *, by_requests: bool) -> Iterator[_Found]:
        """Yield the fits of a column beside each start, of those that rise."""
        square, product = dot(column, column), dot(column, self.y)
        for start, scale, start_square, start_product in self.starts:
            shared = 0.0 if start is None else dot(start, column)
            own = square - shared * shared / start_square
            if own <= 1e-3 * square:
                continue
            weight = (product - shared * start_product / start_square) / own
            start_weight = (start_product - weight * shared) / start_square
            # exp falls: a start that rises has a negative weight.
            if weight <= 0 or (start is not None and start_weight >= 0):
                continue
            left = self.yy - start_product * start_product / start_square - weight * weight * own
            yield _Found(column, weight, start, scale, start_weight, max(left, 1e-9), own, by_requests)

    def judged(self, found: _Found, room: float) -> Line:
        residuals = [
            y - found.weight * x - (found.start_weight * s)
            for y, x, s in zip(self.y, found.column, found.start or [0.0] * len(self.y), strict=True)
        ]
        free = _independent(residuals)
        # Rounded memory is never known better than a thousandth of what grew.
        grain = len(self.y) * (0.002 * found.weight) ** 2
        error = sqrt((found.left + grain) / len(self.y) / free * len(self.y) / found.own)
        curved = min(self._curves(found, room), default=None)
        odds = 99.0 if curved is None else free * log((curved + grain) / (found.left + grain))
        span = self.window.requests if found.by_requests else self.window.at
        assert span is not None
        return Line(
            growth=found.weight,
            error=error,
            by_requests=found.by_requests,
            per_unit=found.weight / (span[-1] - span[0]),
            start=self._start(found),
            odds=odds,
        )

    def _curves(self, found: _Found, room: float) -> Iterator[float]:
        """Yield the squares that curves leave, of those that would end below the limit."""
        axis = self.v if found.by_requests and self.v is not None else self.u
        for curve, ahead in CURVES:
            column = _centred([curve(value) for value in axis])
            rise = curve(1.0)
            for fitted in self._with_starts(column, by_requests=False):
                if fitted.weight * rise * ahead < 0.6 * room:
                    yield fitted.left

    def _start(self, found: _Found) -> Column | None:
        """Return what the start adds to each bucket: below nothing at first, nothing at the end."""
        if found.start is None:
            return None
        first, last = self.window.at[0], self.window.at[-1]
        return [
            found.start_weight * exp(-(at - first) / (last - first) / found.start_scale)
            for at in self.window.at
        ]


def _centred(values: Column) -> Column:
    mean = sum(values) / len(values)
    return [value - mean for value in values]


def _unit(values: Column) -> Column:
    low, span = values[0], values[-1] - values[0]
    return [(value - low) / span for value in values]


def _independent(residuals: Column) -> float:
    """Return how many of the residuals are worth counting: neighbours that err alike are one."""
    square = dot(residuals, residuals)
    if square <= 0:
        return float(len(residuals))
    alike = min(0.9, max(0.0, dot(residuals[1:], residuals[:-1]) / square))
    return max(3.0, (len(residuals) - 4) * (1 - alike) / (1 + alike))
