"""Sums over short columns: a line, a plane, a parabola, a floor. Nothing here knows about memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from operator import mul

Column = Sequence[float]


@dataclass(frozen=True, slots=True)
class Bend:
    """A parabola over a window: how much it grows, its slope late against early, and how far points lie from it.

    ``bend_error`` is the standard error of ``late_to_early``; ``spread`` the standard deviation of the residuals.
    """

    growth: float
    late_to_early: float
    bend_error: float
    spread: float


def dot(left: Column, right: Column) -> float:
    """Return the inner product."""
    product: float = sum(map(mul, left, right))
    return product


def scaled(values: Column) -> list[float] | None:
    """Return values on [-1, 1] by their first and last, or None where they don't grow."""
    low, high = values[0], values[-1]
    if high <= low:
        return None
    middle, half = (low + high) / 2, (high - low) / 2
    return [(value - middle) / half for value in values]


def parabola(u: Column, y: Column) -> Bend:
    """Fit y = a + b u + c u² on u in [-1, 1] by least squares."""
    n = len(u)
    mean_u, mean_y = sum(u) / n, sum(y) / n
    x = [value - mean_u for value in u]
    z = [value - mean_y for value in y]
    xx = dot(x, x) or 1e-12
    squares = list(map(mul, x, x))
    mean_q, tilt = xx / n, dot(squares, x) / xx
    q = [s - mean_q - tilt * v for s, v in zip(squares, x, strict=True)]
    qq = dot(q, q) or 1e-12
    slope, curve = dot(x, z) / xx, dot(q, z) / qq
    residual = max(0.0, dot(z, z) - slope * slope * xx - curve * curve * qq)
    spread = sqrt(residual / max(1, n - 3))
    # The slope a quarter and three quarters along, of slope·x + curve·(x² - tilt·x), with u = x + mean_u.
    early = slope + curve * (2 * (-0.5 - mean_u) - tilt)
    late = slope + curve * (2 * (0.5 - mean_u) - tilt)
    error = spread / sqrt(qq)
    if early <= 0 or slope <= 0:
        ratio = 9.0 if late > 0 else 0.0
        return Bend(2 * slope, ratio, 9.0, spread)
    return Bend(2 * slope, late / early, 2 * error / slope, spread)


def line(x: Column, y: Column) -> tuple[float, float]:
    """Return slope and sum of squared residuals of y = a + b x."""
    n = len(x)
    mean_x, mean_y = sum(x) / n, sum(y) / n
    dx = [value - mean_x for value in x]
    dy = [value - mean_y for value in y]
    xx = dot(dx, dx)
    if xx <= 0:
        return 0.0, dot(dy, dy)
    slope = dot(dx, dy) / xx
    return slope, max(0.0, dot(dy, dy) - slope * slope * xx)


def plane(x: Column, r: Column, y: Column) -> tuple[float, float, float]:
    """Return the slopes on ``x`` and on ``r``, and the sum of squared residuals, of y = a + b x + c r."""
    n = len(x)
    mx, mr, my = sum(x) / n, sum(r) / n, sum(y) / n
    dx = [value - mx for value in x]
    dr = [value - mr for value in r]
    dy = [value - my for value in y]
    xx, rr, xr = dot(dx, dx), dot(dr, dr), dot(dx, dr)
    xy, ry, yy = dot(dx, dy), dot(dr, dy), dot(dy, dy)
    determinant = xx * rr - xr * xr
    if determinant <= 1e-9 * xx * rr:
        slope = xy / xx if xx > 0 else 0.0
        return slope, 0.0, max(0.0, yy - slope * xy)
    b = (xy * rr - ry * xr) / determinant
    c = (ry * xx - xy * xr) / determinant
    return b, c, max(0.0, yy - b * xy - c * ry)


def sliding_floor(values: Column, span: int) -> list[float]:
    """Return the lowest of the last ``span`` values at each place, from the first full span on."""
    if span <= 1:
        return list(values)
    # Van Herk: blocks' prefix and suffix minima would be faster; spans are at most ten.
    return [min(values[i - span + 1 : i + 1]) for i in range(span - 1, len(values))]


def drawdown(values: Column) -> float:
    """Return the deepest fall below an earlier value."""
    top, deepest = values[0], 0.0
    for value in values:
        if value > top:
            top = value
        elif top - value > deepest:
            deepest = top - value
    return deepest
