"""The fast path: memory that ends within minutes is found from the last samples alone.

The rule: the nearer the end, the less must have grown; what grows since the process began may be a start, and must have
grown much more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from relay.core.detectors.leak.life import Life
from relay.core.detectors.leak.trend import line

# Within so many seconds to the limit, so large a share of the headroom must be gone.
ENDS = ((360.0, 0.10), (600.0, 0.12), (900.0, 0.15), (1200.0, 0.18))
SAMPLES = (5, 8, 12, 16)
YOUNG = 2400.0


@dataclass(frozen=True, slots=True)
class Rush:
    """A straight run towards the limit: its first sample's time, its slope a second."""

    since: float
    slope: float


def rush(life: Life) -> Rush | None:
    """Return the run that the newest samples are, if the limit is minutes away."""
    newest = life.recent[-1]
    # What is not above all that was before, by a good part, is not worth a sum.
    risen = newest - life.before
    if life.age < 300 or risen < 0.06 * (life.limit - life.before):
        return None
    # A job that was seen to give as much back is one again.
    if risen < 1.2 * life.largest_fall:
        return None
    return next((found for count in SAMPLES if (found := _run(life, count)) is not None), None)


def _run(life: Life, count: int) -> Rush | None:
    at, y = life.recent_at[-count:], life.recent[-count:]
    if len(y) < count or at[-1] - at[0] > ENDS[-1][0]:
        return None
    room, headroom = life.limit - y[-1], life.limit - y[0]
    if headroom <= 0:
        return None
    slope, residual = line(at, y)
    share = (y[-1] - y[0]) / headroom
    young = 0.25 if life.age < YOUNG else 0.0
    wanted = next((least for within, least in ENDS if room <= slope * within), None)
    if wanted is None or share < wanted + young or residual > 0.06 * _variation(y) or not _steady(y):
        return None
    return Rush(at[0], slope)


def _variation(y: Sequence[float]) -> float:
    mean = sum(y) / len(y)
    return sum((value - mean) ** 2 for value in y)


def _steady(y: Sequence[float]) -> bool:
    """Whether no single step brought half of it: that would be a step, not a run."""
    return max(after - before for before, after in pairwise(y)) < 0.5 * (y[-1] - y[0])
