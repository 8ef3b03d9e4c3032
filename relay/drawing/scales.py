"""Scales: where a value or a time stands on a drawing, and which round ones to write beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor, log10

_MINUTE, _DAY = 60, 86_400
_STEPS = tuple(
    timedelta(seconds=number * unit)
    for unit, numbers in (
        (1, (1, 2, 5, 10, 15, 30)),
        (_MINUTE, (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)),
        (_DAY, (1, 2, 7, 14, 30, 90, 365)),
    )
    for number in numbers
)
# Beyond these, differences would overflow or vanish.
_LARGEST, _SMALLEST = 1e300, 1e-300
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from ``low`` … ``high`` to ``begin`` … ``end`` (which may run downwards)."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Return where ``value`` stands, to a tenth of a unit.

        >>> Scale(0, 10, 100, 0).at(5)
        50.0
        """
        share = (value - self.low) / (self.high - self.low)
        return round(self.begin + share * (self.end - self.begin), 1)


def bounds(values: Sequence[float]) -> tuple[float, float]:
    """Return the range to draw: with some air, from zero where the values are not far from it.

    >>> bounds([40, 92])
    (0.0, 97.2)
    """
    low, high = (max(-_LARGEST, min(_LARGEST, value)) for value in (min(values), max(values)))
    air = (high - low) * 0.1 or abs(high) * 0.1
    air = air if air > _SMALLEST else 1.0
    if low >= 0 and low <= high * 0.6:
        return 0.0, high + air
    return (max(0.0, low - air) if low >= 0 else low - air), high + air


def round_values(low: float, high: float, most: int) -> list[float]:
    """Return at most ``most`` round values from ``low`` to ``high``.

    >>> round_values(0, 97.2, 5)
    [0.0, 20.0, 40.0, 60.0, 80.0]
    """
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10, 20) if (high - low) / (factor * power) < most)
    return [number * step for number in range(ceil(low / step), floor(high / step) + 1)]


def round_times(begin: datetime, end: datetime, most: int) -> list[datetime]:
    """Return at most ``most`` round times from ``begin`` to ``end``."""
    span = end - begin
    step = next((step for step in _STEPS if span / step < most), _STEPS[-1])
    first = -((_EPOCH - begin) // step)
    times = (_EPOCH + step * number for number in range(first, first + most + 1))
    return [at for at in times if begin <= at <= end]


def clock(at: datetime, span: timedelta) -> str:
    """Return a time as an axis writes it: as short as ``span`` allows."""
    if span < timedelta(minutes=4):
        return f"{at:%H:%M:%S}"
    return f"{at:%H:%M}" if span < timedelta(hours=36) else f"{at:%m-%d}"
