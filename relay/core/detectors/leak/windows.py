"""The stretches of a life that are looked at: all of it, its later parts, the last hours, the last hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

from relay.core.detectors.leak.buckets import Buckets
from relay.core.detectors.leak.life import Life
from relay.core.detectors.leak.trend import drawdown

LEAST = 12
# Of the whole life, so that a start that bends is left behind.
PARTS = (1.0, 0.85, 0.67, 0.5, 0.33)
# From this part on a window counts as the whole life.
NEARLY_ALL = 0.6
# Of the headroom; no gate lets so small a growth through.
LITTLE = 0.006


@dataclass(frozen=True, slots=True)
class Window:
    """Columns from one moment to now. ``earlier`` are the floors before it, empty where the window is the whole life."""

    at: list[float]
    floor: list[float]
    requests: list[float] | None
    earlier: list[float]
    part: float

    @property
    def span(self) -> float:
        """Seconds from the first bucket to the last."""
        return self.at[-1] - self.at[0]

    def outgrows(self) -> bool:
        """Whether it ends above all that was before, by more than memory ever fell back."""
        if not self.earlier:
            return True
        now = min(self.floor[-2:])
        top = max(self.earlier)
        return now > top and now - self.floor[0] > 2 * drawdown(self.earlier)


def windows(life: Life) -> Iterator[Window]:
    """Yield what can be judged, the longest first; the first five minutes of a life never count."""
    whole = life.whole
    skip = _first_after(whole, life.born_at + 300)
    length = len(whole.at) - skip
    for part in PARTS:
        start = skip + round(length * (1 - part))
        if len(whole.at) - start >= LEAST and _grew(whole, start, life.limit):
            yield _window(whole, start, list(whole.floor[skip:start]), part)
    for ring in (life.coarse, life.fine):
        if not ring.at:
            continue
        start = _first_after(ring, life.born_at + 300)
        if len(ring.at) - start < LEAST or not _grew(ring, start, life.limit):
            continue
        before = [floor for at, floor in zip(whole.at, whole.floor, strict=True) if at <= ring.at[start]][
            skip:
        ]
        share = (ring.at[-1] - ring.at[start]) / max(1.0, ring.at[-1] - life.born_at)
        # A ring that holds nearly the whole life says nothing new.
        if share < 0.9:
            yield _window(ring, start, before, share)


def _grew(buckets: Buckets, start: int, limit: float) -> bool:
    """Whether it grew at all: cheaper than to take the columns apart, and most windows did not."""
    began = min(buckets.floor[start : start + 3])
    return min(buckets.floor[-2:]) - began > LITTLE * (limit - began)


def _first_after(buckets: Buckets, at: float) -> int:
    return next((i for i, end in enumerate(buckets.at) if end > at), len(buckets.at))


def _window(buckets: Buckets, start: int, earlier: list[float], part: float) -> Window:
    requests: list[float] | None = list(buckets.requests[start:])
    if requests is None or isnan(requests[0]) or requests[-1] <= requests[0]:
        requests = None
    return Window(list(buckets.at[start:]), list(buckets.floor[start:]), requests, earlier, part)
